package macie_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dynamodbsdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/servicequotas"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// strictWorld allows its callers to list only what the declared policy says, so
// that a key that is not there is answered with 403.
func strictWorld(t *testing.T) (*world, macie.ScanImagesOptions) {
	w := newWorld(awstest.New(t))
	w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region, ListPrefix: "in/"})
	w.s3.CreateBucket(results, s3.Bucket{Owner: account, Region: region, KMSKey: kmsKey, ListPrefix: "scan/ocr/"})
	w.s3.CreateBucket(exports, s3.Bucket{Owner: account, Region: region, ListPrefix: "records/"})
	w.macie.Export(account, region, exports, "records", kmsKey)
	servicequotas.New(w.Cloud)
	topic := sns.New(w.Cloud).CreateTopic(account, region, "scans")

	_, err := s3sdk.NewFromConfig(w.Config(region, account)).PutBucketLifecycleConfiguration(t.Context(), &s3sdk.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String(results),
		LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{{
			ID: aws.String("texts"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("scan/")},
			Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(7)},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	opts := w.options()
	opts.Sources[0].Prefix = "in/"
	opts.Unprotected, opts.Quotas, opts.TopicARN = false, macie.TextractQuotas{}, topic
	opts.Results.KMSKey = kmsKey
	opts.Export = macie.ResultsLocation{Bucket: exports, Prefix: "records/", KMSKey: kmsKey}
	return w, opts
}

func actionTables(calls []awstest.Call) []awstest.Actions {
	return []awstest.Actions{
		s3.Actions, sts.Actions, macie2.Actions, servicequotas.Actions, sns.Actions, dynamodb.Actions, textract.ActionsOf(calls),
	}
}

// TestScanImagesPermissions compares what is declared with what is called, both
// ways: by a scan whose job is refused once, so that the next looks for it, and by
// an estimate.
func TestScanImagesPermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := strictWorld(t)
		w.put("in/a.png", pngOf(card))
		w.put("in/b.pdf", pdfOf(plain, card))
		w.put("in/c.png", pngOf(plain))
		w.put("other/d.png", pngOf(card))
		opts.Identifiers = identifiersIn(t, w)
		begin := len(w.Calls())
		w.Inject(awstest.Fault{
			Operation: "Macie2.CreateClassificationJob", Times: 1, Err: awstest.Status(402, &macietypes.ServiceQuotaExceededException{}),
		})
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil {
			t.Error("the job was refused, and there is no error")
		}
		wantStates(t, w.mustScan(t, opts), "in/a.png finding", "in/b.pdf finding", "in/c.png clean")
		calls := w.Calls()[begin:]
		permissions := macie.ScanImagesPermissions(opts)
		awstest.CheckPermissions(t, permissions.Apply, calls, actionTables(calls)...)

		w.put("in/d.png", pngOf(card))
		planning := len(w.Calls())
		estimate, err := macie.EstimateScan(t.Context(), w.clients(), opts)
		if err != nil || estimate.Pages != 1 || estimate.Images != 1 || estimate.Listed != 4 {
			t.Errorf("got %+v, %v", estimate, err)
		}
		calls = w.Calls()[planning:]
		awstest.CheckPermissions(t, permissions.Plan, calls, actionTables(calls)...)
		onlyReadsSources(t, w.Calls()[begin:])
	})
}

func identifiersIn(t *testing.T, w *world) macie.Identifiers {
	client := macie2sdk.NewFromConfig(w.Config(region, account))
	id, err := client.CreateCustomDataIdentifier(t.Context(), &macie2sdk.CreateCustomDataIdentifierInput{Name: aws.String("NRIC"), Regex: aws.String("S[0-9]{7}")})
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.CreateAllowList(t.Context(), &macie2sdk.CreateAllowListInput{
		Name: aws.String("none"), ClientToken: aws.String("1"), Criteria: &macietypes.AllowListCriteria{Regex: aws.String("nothing")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return macie.Identifiers{Custom: []string{*id.CustomDataIdentifierId}, AllowLists: []string{*list.Id}}
}

// onlyReadsSources checks that source buckets are listed and read, and nothing else.
func onlyReadsSources(t *testing.T, calls []awstest.Call) {
	t.Helper()
	reads := 0
	for _, call := range calls {
		if call.Service != "S3" || !strings.Contains(call.Target, scans+".s3.") {
			continue
		}
		reads++
		if !slices.Contains([]string{"ListObjectsV2", "GetObject", "HeadObject"}, call.Operation) {
			t.Errorf("%s on a source", call)
		}
	}
	if reads == 0 {
		t.Error("no call on a source was seen")
	}
}

// TestScanImagesPermissionsOfOthers are those of a scan with versions, by another
// detector and with a store in AWS.
func TestScanImagesPermissionsOfOthers(t *testing.T) {
	stores := map[string]func(t *testing.T, w *world) (state.Store, awspatterns.Policy){
		"in DynamoDB": func(t *testing.T, w *world) (state.Store, awspatterns.Policy) {
			dynamodb.New(w.Cloud)
			client := dynamodbsdk.NewFromConfig(w.Config(region, account))
			out, err := client.CreateTable(t.Context(), state.DynamoDBTable("scans"))
			if err != nil {
				t.Fatal(err)
			}
			return state.NewDynamoDB(client, "scans"), state.DynamoDBPermissions(*out.TableDescription.TableArn)
		},
		"in S3": func(t *testing.T, w *world) (state.Store, awspatterns.Policy) {
			w.s3.CreateBucket("states", s3.Bucket{Owner: account, Region: region, ListPrefix: "state/"})
			store, err := state.NewS3(s3sdk.NewFromConfig(w.Config(region, account)), "states", "state/", state.S3Options{})
			if err != nil {
				t.Fatal(err)
			}
			return store, state.S3Permissions("states", "state/", "")
		},
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, opts := strictWorld(t)
				w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region, ListPrefix: "in/", Versioned: true})
				w.put("in/a.png", pngOf(card))
				w.put("in/b.pdf", pdfOf(card, plain))
				opts.Detector = macie.PatternDetector()
				store, policy := open(t, w)
				opts.Store = store
				begin := len(w.Calls())
				result := w.mustScan(t, opts)
				wantStates(t, result, "in/a.png finding", "in/b.pdf finding")
				calls := w.Calls()[begin:]
				policy = append(policy, macie.ScanImagesPermissions(opts).Apply...)
				for i := range policy { // only where there are versions it is needed
					if policy[i].Action == "s3:GetObjectVersion" {
						policy[i].ImpliedBy = ""
					}
				}
				awstest.CheckPermissions(t, policy, calls, actionTables(calls)...)
			})
		})
	}
}

// TestScanImagesPolicy has the rendered policy of a scan as a golden file.
func TestScanImagesPolicy(t *testing.T) {
	opts := macie.ScanImagesOptions{
		Sources:     []macie.ImageSource{{Bucket: "passports", Prefix: "in/*/", KMSKey: kmsKey}, {Bucket: "invoices", Owner: "210987654321"}},
		Results:     macie.ResultsLocation{Bucket: "texts", Prefix: "scan/", KMSKey: kmsKey},
		Export:      macie.ResultsLocation{Bucket: "records", Prefix: "macie", KMSKey: kmsKey},
		Identifiers: macie.Identifiers{Custom: []string{"11111111-2222-3333-4444-555555555555"}, AllowLists: []string{"abc"}},
		TopicARN:    "arn:aws:sns:eu-west-1:123456789012:scans",
		Lease:       time.Minute,
	}
	permissions := macie.ScanImagesPermissions(opts)
	for name, policy := range map[string]awspatterns.Policy{"plan": permissions.Plan, "apply": permissions.Apply} {
		document := policy.Document(awspatterns.Target{Account: account, Region: region, Partition: "aws"})
		golden.Equal(t, "testdata/golden/scan_policy_"+name+".json", string(document))
	}
}
