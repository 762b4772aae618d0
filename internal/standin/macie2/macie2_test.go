package macie2_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

const (
	account = "123456789012"
	other   = "210987654321"
	region  = "eu-central-1"
	key     = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	key2    = "arn:aws:kms:eu-central-1:123456789012:key/9234abcd-12ab-34cd-56ef-1234567890ab"
)

// A world is a cloud in which Macie is enabled, with the buckets "text" and
// "export", and a client.
type world struct {
	*macie2sdk.Client
	t     *testing.T
	cloud *awstest.Cloud
	s3    *s3.Service
	macie *macie2.Service
}

func newWorld(t *testing.T) *world {
	cloud := awstest.New(t)
	store := s3.New(cloud)
	store.CreateBucket("text", s3.Bucket{Owner: account, Region: region, Versioned: true, KMSKey: key})
	store.CreateBucket("export", s3.Bucket{Owner: account, Region: region})
	macie := macie2.New(cloud, store)
	macie.Enable(account, region)
	return &world{
		// No retries: a test wants to see what was answered.
		macie2sdk.NewFromConfig(cloud.Config(region, account), func(o *macie2sdk.Options) { o.RetryMaxAttempts = 1 }),
		t, cloud, store, macie,
	}
}

// in runs a test in a bubble.
func in(t *testing.T, name string, f func(t *testing.T, w *world)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
	})
}

// want checks the HTTP status and code of an error; "" wants none.
func want(t *testing.T, what string, err error, answer string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	api, ok2 := errors.AsType[smithy.APIError](err)
	if ok && ok2 {
		got = http.StatusText(response.HTTPStatusCode()) + ": " + api.ErrorCode()
	}
	if got != answer {
		t.Errorf("%s: got %q, want %q", what, got, answer)
	}
}

const (
	bad       = "Bad Request: ValidationException"
	throttled = "Too Many Requests: ThrottlingException"
	missing   = "Not Found: ResourceNotFoundException"
	conflict  = "Conflict: ConflictException"
	quota     = "Payment Required: ServiceQuotaExceededException"
	denied    = "Forbidden: AccessDeniedException"
	unknown   = "Not Implemented: NotImplemented"
)

// job returns the settings of a job that reads texts below runs/1/.
func job(token string) *macie2sdk.CreateClassificationJobInput {
	return &macie2sdk.CreateClassificationJobInput{
		ClientToken: &token, Name: aws.String("job " + token), JobType: types.JobTypeOneTime,
		S3JobDefinition: &types.S3JobDefinition{
			BucketDefinitions: []types.S3BucketDefinitionForJob{{AccountId: aws.String(account), Buckets: []string{"text"}}},
			Scoping: &types.Scoping{Includes: &types.JobScopingBlock{And: []types.JobScopeTerm{
				{SimpleScopeTerm: &types.SimpleScopeTerm{Key: types.ScopeFilterKeyObjectKey, Comparator: types.JobComparatorStartsWith, Values: []string{"runs/1/"}}},
				{SimpleScopeTerm: &types.SimpleScopeTerm{Key: types.ScopeFilterKeyObjectExtension, Comparator: types.JobComparatorEq, Values: []string{"txt"}}},
			}}},
		},
	}
}

func (w *world) put(name, text string) (etag, version string) {
	return w.s3.Put("text", name, s3.Object{Body: []byte(text)})
}

func (w *world) create(in *macie2sdk.CreateClassificationJobInput) string {
	w.t.Helper()
	out, err := w.CreateClassificationJob(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.JobId
}

func (w *world) status(id string) types.JobStatus {
	w.t.Helper()
	out, err := w.DescribeClassificationJob(w.t.Context(), &macie2sdk.DescribeClassificationJobInput{JobId: &id})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.JobStatus
}

// findings returns all findings of a job.
func (w *world) findings(id string) []types.Finding {
	w.t.Helper()
	var found []types.Finding
	pages := macie2sdk.NewListFindingsPaginator(w.Client, &macie2sdk.ListFindingsInput{FindingCriteria: ofJob(id)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page.FindingIds) == 0 {
			continue
		}
		got, err := w.GetFindings(w.t.Context(), &macie2sdk.GetFindingsInput{FindingIds: page.FindingIds})
		if err != nil {
			w.t.Fatal(err)
		}
		found = append(found, got.Findings...)
	}
	return found
}

func ofJob(id string) *types.FindingCriteria {
	return &types.FindingCriteria{Criterion: map[string]types.CriterionAdditionalProperties{"classificationDetails.jobId": {Eq: []string{id}}}}
}

// scan runs a job over texts and returns its findings by key.
func (w *world) scan(in *macie2sdk.CreateClassificationJobInput, texts map[string]string) map[string]types.Finding {
	w.t.Helper()
	for name, text := range texts {
		w.put("runs/1/"+name, text)
	}
	id := w.create(in)
	time.Sleep(w.macie.Duration)
	found := map[string]types.Finding{}
	for _, f := range w.findings(id) {
		found[(*f.ResourcesAffected.S3Object.Key)[len("runs/1/"):]] = f
	}
	return found
}

func TestSession(t *testing.T) {
	in(t, "not enabled", func(t *testing.T, w *world) {
		client := macie2sdk.NewFromConfig(w.cloud.Config("us-east-1", account))
		_, err := client.GetMacieSession(t.Context(), nil)
		want(t, "session", err, denied)
		if !errors.As(err, new(*types.AccessDeniedException)) {
			t.Errorf("got %T", err)
		}
		_, err = client.CreateClassificationJob(t.Context(), job("1"))
		want(t, "create", err, denied)
		_, err = client.EnableMacie(t.Context(), &macie2sdk.EnableMacieInput{})
		want(t, "enable", err, "")
		_, err = client.EnableMacie(t.Context(), &macie2sdk.EnableMacieInput{})
		want(t, "enable again", err, conflict)
		out, err := client.GetMacieSession(t.Context(), nil)
		want(t, "session", err, "")
		if out.Status != types.MacieStatusEnabled {
			t.Errorf("got %s", out.Status)
		}
	})
	in(t, "suspended", func(t *testing.T, w *world) {
		id := w.create(job("1"))
		w.macie.Suspend(account, region)
		if got := w.status(id); got != types.JobStatusCancelled {
			t.Errorf("got %s", got)
		}
		out, err := w.GetMacieSession(t.Context(), nil)
		want(t, "session", err, "")
		if out.Status != types.MacieStatusPaused {
			t.Errorf("got %s", out.Status)
		}
		time.Sleep(time.Minute)
		_, err = w.CreateClassificationJob(t.Context(), job("2"))
		want(t, "create", err, denied)
	})
}

func s3Object(text string) s3.Object { return s3.Object{Body: []byte(text)} }

// wait lets every job end that runs.
func (w *world) wait() { time.Sleep(w.macie.Duration) }
