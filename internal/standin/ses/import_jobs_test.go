package ses_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

const stagingPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowSESGet","Effect":"Allow",
	"Principal":{"Service":"ses.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::staging/*"}]}`

// inImports runs f where a bucket is in the Region that SES may read.
func inImports(t *testing.T, f func(w *contentWorld)) {
	synctest.Test(t, func(t *testing.T) {
		w := newContentWorld(t)
		w.Region(contentAccount, contentHome).ProductionAccess(true)
		w.S3 = s3.New(w.cloud)
		w.S3.CreateBucket("staging", s3.Bucket{Owner: contentAccount, Region: contentHome})
		w.setPolicy("staging", stagingPolicy)
		f(w)
	})
}

func (w *contentWorld) setPolicy(bucket, policy string) {
	client := s3sdk.NewFromConfig(w.cloud.Config(contentHome, contentAccount))
	_, err := client.PutBucketPolicy(w.Context(), &s3sdk.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	w.ok(err)
}

func suppressionImport(action types.SuppressionListImportAction) *types.ImportDestination {
	return &types.ImportDestination{SuppressionListDestination: &types.SuppressionListDestination{SuppressionListImportAction: action}}
}

func contactImport(action types.ContactListImportAction) *types.ImportDestination {
	return &types.ImportDestination{ContactListDestination: &types.ContactListDestination{
		ContactListName: aws.String("readers"), ContactListImportAction: action,
	}}
}

func (w *contentWorld) startImport(format types.DataFormat, url string, to *types.ImportDestination) (string, error) {
	out, err := w.client.CreateImportJob(w.Context(), &sesv2.CreateImportJobInput{
		ImportDataSource: &types.ImportDataSource{DataFormat: format, S3Url: &url}, ImportDestination: to,
	})
	if err != nil {
		return "", err
	}
	return *out.JobId, nil
}

func (w *contentWorld) job(id string) *sesv2.GetImportJobOutput {
	w.Helper()
	out, err := w.client.GetImportJob(w.Context(), &sesv2.GetImportJobInput{JobId: &id})
	w.ok(err)
	return out
}

// imports puts text into the bucket and imports it.
func (w *contentWorld) imports(format types.DataFormat, text string, to *types.ImportDestination) *sesv2.GetImportJobOutput {
	w.Helper()
	w.S3.Put("staging", "list", s3.Object{Body: []byte(text)})
	id, err := w.startImport(format, "s3://staging/list", to)
	w.ok(err)
	time.Sleep(30 * time.Second)
	return w.job(id)
}

func TestImportJobTakesItsTime(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		w.S3.Put("staging", "a/list", s3.Object{Body: []byte("a@example.com,BOUNCE\n")})
		id, err := w.startImport("CSV", "s3://staging/a/list", suppressionImport("PUT"))
		w.ok(err)
		for _, status := range []types.JobStatus{"CREATED", "PROCESSING", "PROCESSING", "COMPLETED"} {
			if job := w.job(id); job.JobStatus != status || (job.CompletedTimestamp != nil) != (status == "COMPLETED") {
				w.Errorf("got %s, %v; want %s", job.JobStatus, job.CompletedTimestamp, status)
			}
			if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{}); (len(got) > 0) != (status == "COMPLETED") {
				w.Errorf("%s: got %v", status, got)
			}
			time.Sleep(11 * time.Second)
		}
		if job := w.job(id); *job.ProcessedRecordsCount != 1 || *job.FailedRecordsCount != 0 || job.FailureInfo != nil {
			w.Errorf("got %v", job)
		}
		_, err = w.client.GetImportJob(w.Context(), &sesv2.GetImportJobInput{JobId: aws.String("none")})
		w.want(err, "NotFoundException")
	})
}

func TestSuppressionImports(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		job := w.imports("CSV", "a@example.com,BOUNCE\n\nb@example.com,SPITE\nnobody,BOUNCE\nc@example.com\nA@example.com,COMPLAINT\nd@example.com,BOUNCE,x\n", suppressionImport("PUT"))
		if job.JobStatus != "COMPLETED" || *job.ProcessedRecordsCount != 6 || *job.FailedRecordsCount != 4 || !strings.HasPrefix(*job.FailureInfo.FailedRecordsS3Url, "https://") {
			w.Errorf("got %v", job)
		}
		if got := w.Region(contentAccount, contentHome).FailedRecords(*job.JobId); len(got) != 4 || !strings.HasPrefix(got[0], "b@example.com,SPITE: ") {
			w.Errorf("got %q", got)
		}
		job = w.imports("JSON", `{"emailAddress":"a@example.com","reason":"COMPLAINT"}`+"\n"+`{"emailAddress":`+"\n"+`{"emailAddress":"e@example.com","reason":"BOUNCE"}`, suppressionImport("PUT"))
		if *job.ProcessedRecordsCount != 3 || *job.FailedRecordsCount != 1 {
			w.Errorf("got %v", job)
		}
		want := map[string]types.SuppressionListReason{"a@example.com": complaint, "A@example.com": complaint, "e@example.com": bounce}
		if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{}); !maps.Equal(got, want) {
			w.Errorf("got %v", got)
		}
		w.imports("CSV", "a@example.com\nz@example.com\n", suppressionImport("DELETE"))
		w.imports("JSON", `{"emailAddress":"e@example.com"}`, suppressionImport("DELETE"))
		if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{}); len(got) != 1 || got["A@example.com"] == "" {
			w.Errorf("got %v", got)
		}
	})
}

func TestImportsThatFail(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		var long strings.Builder
		for i := range 10_001 {
			fmt.Fprintf(&long, "user%d@example.com\n", i)
		}
		w.S3.CreateBucket("elsewhere", s3.Bucket{Owner: contentAccount, Region: "us-east-1"})
		w.S3.CreateBucket("private", s3.Bucket{Owner: contentAccount, Region: contentHome})
		w.S3.Put("private", "list", s3.Object{Body: []byte("a@example.com")})
		w.S3.Put("staging", "long", s3.Object{Body: []byte(long.String())})
		for url, reason := range map[string]string{
			"s3://staging/none":   "the object s3://staging/none does not exist",
			"s3://none/list":      "the bucket none does not exist",
			"s3://elsewhere/list": "the bucket elsewhere is in us-east-1, and must be in eu-west-1",
			"s3://private/list":   "access denied: the policy of the bucket private does not allow ses.amazonaws.com s3:GetObject of list",
			"s3://staging/long":   "The object has 10001 records, and may have 10000",
		} {
			id, err := w.startImport("CSV", url, suppressionImport("DELETE"))
			w.ok(err)
			time.Sleep(time.Minute)
			if job := w.job(id); job.JobStatus != types.JobStatusFailed || *job.FailureInfo.ErrorMessage != reason || *job.ProcessedRecordsCount != 0 {
				w.Errorf("%s: got %s, %q", url, job.JobStatus, aws.ToString(job.FailureInfo.ErrorMessage))
			}
		}
		for _, test := range []struct {
			format types.DataFormat
			url    string
			to     *types.ImportDestination
		}{
			{"XML", "s3://staging/list", suppressionImport("PUT")},
			{"CSV", "https://staging/list", suppressionImport("PUT")},
			{"CSV", "s3://staging", suppressionImport("PUT")},
			{"CSV", "s3://staging/list", suppressionImport("MERGE")},
			{"CSV", "s3://staging/list", &types.ImportDestination{}},
			{"CSV", "s3://staging/list", contactImport("PUT")}, // there is no such list
		} {
			_, err := w.startImport(test.format, test.url, test.to)
			w.want(err, "BadRequestException")
		}
	})
}

func TestConcurrentImports(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		for range 20 {
			_, err := w.startImport("CSV", "s3://staging/none", suppressionImport("PUT"))
			w.ok(err)
		}
		_, err := w.startImport("CSV", "s3://staging/none", suppressionImport("PUT"))
		w.want(err, "LimitExceededException")
		time.Sleep(30 * time.Second)
		_, err = w.startImport("CSV", "s3://staging/none", suppressionImport("PUT"))
		w.ok(err)
		w.PageSize = 6
		statuses := map[types.JobStatus]int{}
		for p := sesv2.NewListImportJobsPaginator(w.client, &sesv2.ListImportJobsInput{ImportDestinationType: types.ImportDestinationTypeSuppressionList}); p.HasMorePages(); {
			page, err := p.NextPage(w.Context())
			w.ok(err)
			for _, job := range page.ImportJobs {
				statuses[job.JobStatus]++
			}
		}
		if want := map[types.JobStatus]int{"FAILED": 20, "CREATED": 1}; !maps.Equal(statuses, want) {
			w.Errorf("got %v", statuses)
		}
		out, err := w.client.ListImportJobs(w.Context(), &sesv2.ListImportJobsInput{ImportDestinationType: types.ImportDestinationTypeContactList})
		w.ok(err)
		if len(out.ImportJobs) != 0 {
			w.Errorf("got %v", out.ImportJobs)
		}
	})
}

func TestImportsInSandbox(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		w.Region(contentAccount, contentHome).ProductionAccess(false)
		_, err := w.startImport("CSV", "s3://staging/list", suppressionImport("PUT"))
		w.want(err, "BadRequestException")
		w.want(w.suppress("a@example.com", bounce), "BadRequestException")
	})
}

func TestContactImports(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		w.ok(w.createList("readers", topic("Sports", types.SubscriptionStatusOptOut), topic("Cycling", types.SubscriptionStatusOptIn)))
		job := w.imports("CSV", `emailAddress,unsubscribeAll,attributesData,topicPreferences.Sports,topicPreferences.Cycling
a@example.com,false,{"Name": "John"},OPT_IN,OPT_OUT
b@example.com,true,,OPT_OUT,
c@example.com,perhaps,,,
d@example.com,true,no object,,
`, contactImport("PUT"))
		if job.JobStatus != "COMPLETED" || *job.ProcessedRecordsCount != 4 || *job.FailedRecordsCount != 2 {
			w.Errorf("got %s, %d, %d", job.JobStatus, *job.ProcessedRecordsCount, *job.FailedRecordsCount)
		}
		if c := w.contact("a@example.com"); *c.AttributesData != `{"Name": "John"}` || len(c.TopicPreferences) != 2 || c.UnsubscribeAll {
			w.Errorf("got %v", c)
		}
		if c := w.contact("b@example.com"); c.AttributesData != nil || len(c.TopicPreferences) != 1 || !c.UnsubscribeAll {
			w.Errorf("got %v", c)
		}
		job = w.imports("JSON", `{"emailAddress":"a@example.com","unsubscribeAll":true,"attributesData":"{\"x\":1}","topicPreferences":[{"topicName":"Cycling","subscriptionStatus":"OPT_IN"}]}
{"emailAddress":"e@example.com","topicPreferences":[{"topicName":"Chess","subscriptionStatus":"OPT_IN"}]}
`, contactImport("PUT"))
		if *job.ProcessedRecordsCount != 2 || *job.FailedRecordsCount != 1 {
			w.Errorf("got %v", job)
		}
		if c := w.contact("a@example.com"); *c.AttributesData != `{"x":1}` || len(c.TopicPreferences) != 1 || !c.UnsubscribeAll {
			w.Errorf("got %v", c)
		}
		w.imports("CSV", "emailAddress\na@example.com\n", contactImport("DELETE"))
		out, err := w.client.ListContacts(w.Context(), &sesv2.ListContactsInput{ContactListName: aws.String("readers")})
		w.ok(err)
		if len(out.Contacts) != 1 {
			w.Errorf("got %v", out.Contacts)
		}
	})
}

func TestImportsIntoSink(t *testing.T) {
	inImports(t, func(w *contentWorld) {
		var got []string
		w.Region(contentAccount, contentHome).SinkImports(func(action types.SuppressionListImportAction, address string, reason types.SuppressionListReason) {
			got = append(got, fmt.Sprint(action, address, reason))
		})
		w.imports("CSV", "a@example.com,BOUNCE\n", suppressionImport("PUT"))
		w.imports("CSV", "b@example.com\n", suppressionImport("DELETE"))
		if want := []string{"PUTa@example.comBOUNCE", "DELETEb@example.com"}; !slices.Equal(got, want) {
			w.Errorf("got %q", got)
		}
		if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{}); len(got) != 0 {
			w.Errorf("kept %v", got)
		}
	})
}
