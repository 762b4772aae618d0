package ses

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// answering has GetImportJob tell something else of jobs that have ended.
func answering(w *listWorld, change func(*sesv2.GetImportJobOutput)) {
	awstest.Handle(w.cloud, func(_ context.Context, in *sesv2.GetImportJobInput) (*sesv2.GetImportJobOutput, error) {
		out := &sesv2.GetImportJobOutput{JobId: in.JobId, JobStatus: sestypes.JobStatusCompleted, ProcessedRecordsCount: ptr[int32](4)}
		change(out)
		return out, nil
	})
}

// TestImportError tells of jobs that did not import all.
func TestImportError(t *testing.T) {
	tests := []struct {
		name   string
		change func(*sesv2.GetImportJobOutput)
		want   *ImportError
		text   string
	}{
		{"all", func(*sesv2.GetImportJobOutput) {}, nil, ""},
		{
			"records", func(o *sesv2.GetImportJobOutput) {
				o.FailedRecordsCount, o.FailureInfo = ptr[int32](3), &sestypes.FailureInfo{FailedRecordsS3Url: ptr("https://bucket/records?X-Amz-Signature=secret")}
			},
			&ImportError{Status: "COMPLETED", Failed: 3, Processed: 4, URL: "https://bucket/records?X-Amz-Signature=secret"},
			"COMPLETED, 3 of 4 records failed (ImportError.URL is where they are)",
		},
		{
			"failed", func(o *sesv2.GetImportJobOutput) {
				o.JobStatus, o.FailureInfo = sestypes.JobStatusFailed, &sestypes.FailureInfo{ErrorMessage: ptr("Access Denied")}
				o.ProcessedRecordsCount = nil
			},
			&ImportError{Status: "FAILED", Message: "Access Denied"},
			"FAILED, 0 of 0 records failed: Access Denied: does the policy of the bucket let ses.amazonaws.com read",
		},
		{
			"canceled", func(o *sesv2.GetImportJobOutput) { o.JobStatus = sestypes.JobStatusCancelled },
			&ImportError{Status: "CANCELLED", Processed: 4}, "CANCELLED",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inLists(t, func(t *testing.T, w *listWorld) {
				suppress(w.home, addresses("a", 5)...)
				answering(w, test.change)
				err := w.sync(t.Context())
				got, is := errors.AsType[*ImportError](err)
				if is != (test.want != nil) {
					t.Fatalf("got %v", err)
				}
				if staged := w.staged(); len(staged) > 0 {
					t.Errorf("still staged: %v", staged)
				}
				if !is {
					return // the stand-in's jobs wrote nothing yet, which is as well
				}
				if got.Job == "" || got.Region != listAway {
					t.Errorf("of %q in %q", got.Job, got.Region)
				}
				got.Job, got.Region = "", ""
				if *got != *test.want {
					t.Errorf("got %+v", got)
				}
				if !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// TestImportFailsForReal has SES not be let read the bucket, and then be let.
func TestImportFailsForReal(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 12)...)
		w.aws.S3.CreateBucket(listBucket, s3.Bucket{Owner: listAccount, Region: listAway}) // without a policy
		if failed, is := errors.AsType[*ImportError](w.sync(t.Context())); !is || failed.Status != "FAILED" {
			t.Errorf("got %v", failed)
		}
		if staged := w.staged(); len(staged) > 0 {
			t.Errorf("still staged: %v", staged)
		}
		w.openBuckets()
		w.mustSync(t)
		if !maps.Equal(w.home.Suppressed(""), w.away.Suppressed("")) {
			t.Errorf("got %v", w.away.Suppressed(""))
		}
	})
}

// TestImportCanceled ends the context while jobs run: nothing stays staged, and the next run
// writes the rest.
func TestImportCanceled(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 20)...)
		ctx, cancel := context.WithCancelCause(t.Context())
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.GetImportJob", Latency: time.Second, Match: func(awstest.Call) bool {
			cancel(errors.New("shut down"))
			return true
		}})
		if err := w.sync(ctx); err == nil || !strings.Contains(err.Error(), "shut down") {
			t.Errorf("got %v", err)
		}
		if staged := w.staged(); len(staged) > 0 {
			t.Errorf("still staged: %v", staged)
		}
		w.cloud.ClearFaults()
		w.mustSync(t)
		if !maps.Equal(w.home.Suppressed(""), w.away.Suppressed("")) {
			t.Errorf("got %v", w.away.Suppressed(""))
		}
	})
}

// TestImportSourceFails has the source become unreadable when jobs run: these are waited
// for, since they read what is staged.
func TestImportSourceFails(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 20)...)
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		step := w.steps(w.difference(t.Context(), p))[0]
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Region: listHome, Skip: 3, Err: awstest.Denied()})
		err = p.writeSuppression(t.Context(), step, w.staging, w.limits, nil)
		if err == nil || !strings.Contains(err.Error(), "eu-west-1 to us-east-1") || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("got %v", err)
		}
		if n := len(w.away.Suppressed("")); n != 8 || len(w.staged()) > 0 {
			t.Errorf("%d written, still staged: %v", n, w.staged())
		}
	})
}

// TestImportLeftovers has objects in the bucket: those of a killed run are deleted, when its
// job has ended, and those of others are left.
func TestImportLeftovers(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 7)...)
		mark := map[string]string{stagedMark: listAccount + " " + listAway + " suppression list"}
		body := []byte("{\"emailAddress\":\"a06@example.com\",\"reason\":\"BOUNCE\"}\n")
		w.aws.S3.Put(listBucket, "below/suppression-list/left.json", s3.Object{Body: body, Metadata: mark})
		w.aws.S3.Put(listBucket, "below/suppression-list/foreign.json", s3.Object{Body: body})
		w.aws.S3.Put(listBucket, "below/suppression-list/primary.json", s3.Object{Body: body, Metadata: map[string]string{stagedMark: listAccount + " " + listHome + " suppression list"}})
		w.aws.S3.Put(listBucket, "beside.json", s3.Object{Body: body, Metadata: mark})
		for _, key := range []string{"below/suppression-list/left.json", "beside.json"} {
			w.startJob(listAway, "s3://staging/"+key)
		}
		if err := w.sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "[below/suppression-list/foreign.json below/suppression-list/primary.json beside.json]"
		if got := fmt.Sprint(w.staged()); got != want {
			t.Errorf("left %s", got)
		}
		if !maps.Equal(w.home.Suppressed(""), w.away.Suppressed("")) {
			t.Errorf("got %v", w.away.Suppressed(""))
		}
		// One of the seven came by the job that was left, and one is written last.
		if jobs, puts := w.calls("CreateImportJob", listAway, 0)-2, w.calls("PutSuppressedDestination", listAway, 0); jobs != 2 || puts != 1 {
			t.Errorf("%d jobs and %d puts", jobs, puts)
		}
	})
}

// TestImportLimit waits while others have as many jobs run as may.
func TestImportLimit(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.aws.Settle = 10 * time.Minute
		suppress(w.home, addresses("a", 90)...) // 23 jobs of four
		w.mustSync(t)
		if !maps.Equal(w.home.Suppressed(""), w.away.Suppressed("")) {
			t.Errorf("%d of 90", len(w.away.Suppressed("")))
		}
		refused := 0
		for _, c := range w.cloud.Calls() {
			if _, full := errors.AsType[*sestypes.LimitExceededException](c.Err); full {
				refused++
			}
		}
		if refused == 0 {
			t.Error("the limit was never met")
		}
	})
}

// TestImportParts splits by bytes, too, and reports how much is written.
func TestImportParts(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.limits = suppressionLimits{oneByOne: 1, partRecords: 1000, partBytes: 150, poll: time.Second}
		suppress(w.home, addresses("a", 20)...) // of 52 bytes each
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		step := w.steps(w.difference(t.Context(), p))[0]
		var told []int
		if err := p.writeSuppression(t.Context(), step, w.staging, w.limits, func(done int) { told = append(told, done) }); err != nil {
			t.Fatal(err)
		}
		if n := w.calls("CreateImportJob", listAway, 0); n != 10 {
			t.Errorf("%d jobs", n)
		}
		for _, c := range w.cloud.Calls() {
			if in, is := c.Input.(*sesv2.CreateImportJobInput); is && !strings.HasPrefix(*in.ImportDataSource.S3Url, "s3://staging/below/suppression-list/") {
				t.Errorf("a job reads %s", *in.ImportDataSource.S3Url)
			}
		}
		if got := fmt.Sprint(told); got != "[2 4 6 8 10 12 14 16 18 19 20]" {
			t.Errorf("told of %s", got)
		}
	})
}

// TestStagedObjects looks at what is staged: lines of JSON, below the prefix, with the mark.
func TestStagedObjects(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, `"odd, one"@example.com`, "o'neil+tag@example.com", "c<>&@example.com", "d@example.com", "é@example.com")
		var bodies string
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.CreateImportJob", Err: awstest.Error(400, "BadRequestException", "no"), Match: func(awstest.Call) bool {
			contents, _ := w.aws.S3.Contents(listBucket, func(string) bool { return true })
			for _, o := range contents.Objects {
				kept, _ := w.aws.S3.Get(listBucket, o.Key)
				bodies += kept.Metadata[stagedMark] + "\n" + string(o.Body)
			}
			return true
		}})
		if err := w.sync(t.Context()); err == nil {
			t.Error("no error")
		}
		for _, line := range strings.Split(strings.TrimSpace(bodies), "\n")[1:] {
			if !strings.HasPrefix(line, `{"emailAddress":"`) || !strings.HasSuffix(line, `"}`) {
				t.Errorf("line %s", line)
			}
		}
		if !strings.HasPrefix(bodies, "111122223333 us-east-1 suppression list\n") || strings.Count(bodies, "\n") != 5 {
			t.Errorf("staged %s", bodies)
		}
		if staged := w.staged(); len(staged) > 0 {
			t.Errorf("still staged: %v", staged)
		}
	})
}
