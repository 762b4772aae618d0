package macie2_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

func onlyFirst(_, key string) bool { return strings.HasSuffix(key, "0000.txt") }

func TestOutcomes(t *testing.T) {
	for _, test := range []struct {
		name              string
		outcome           macie2.Outcome
		status            types.JobStatus
		failed            types.LastRunErrorStatusCode
		findings, records int
		log               string
	}{
		{"complete", macie2.Outcome{}, "COMPLETE", "NONE", 3, 3, "JOB_COMPLETED"},
		{"with an error", macie2.Outcome{Error: true, Reached: onlyFirst}, "COMPLETE", "ERROR", 1, 1, "JOB_COMPLETED"},
		{"cancelled", macie2.Outcome{Ends: types.JobStatusCancelled}, "CANCELLED", "NONE", 0, 0, "JOB_CANCELLED"},
		{"cancelled late", macie2.Outcome{Ends: types.JobStatusCancelled, Reached: onlyFirst}, "CANCELLED", "NONE", 1, 1, "JOB_CANCELLED"},
		{"paused by the quota", macie2.Outcome{Ends: types.JobStatusPaused, Reached: onlyFirst}, "PAUSED", "NONE", 1, 1, "JOB_PAUSED_BY_MACIE_SERVICE_QUOTA_MET"},
		{"paused by a user", macie2.Outcome{Ends: types.JobStatusUserPaused}, "USER_PAUSED", "NONE", 0, 0, "JOB_PAUSED_BY_USER"},
		{"short", macie2.Outcome{Duration: time.Minute}, "COMPLETE", "NONE", 3, 3, "JOB_COMPLETED"},
		{"long", macie2.Outcome{Duration: time.Hour}, "RUNNING", "NONE", 0, 0, "ONE_TIME_JOB_STARTED"},
		{"findings lost", macie2.Outcome{LoseFindings: true}, "COMPLETE", "NONE", 0, 3, "JOB_COMPLETED"},
		{"records lost", macie2.Outcome{LoseRecords: true}, "COMPLETE", "NONE", 3, 0, "JOB_COMPLETED"},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			w.macie.Export(account, region, "export", "", key2)
			w.macie.Outcomes(test.outcome)
			w.many(3)
			id := w.create(job("1"))
			w.wait()
			out, err := w.DescribeClassificationJob(t.Context(), &macie2sdk.DescribeClassificationJobInput{JobId: &id})
			if err != nil || out.JobStatus != test.status || out.LastRunErrorStatus.Code != test.failed {
				t.Errorf("got %+v, %v", out, err)
			}
			if findings, records := len(w.findings(id)), len(w.records(id)); findings != test.findings || records != test.records {
				t.Errorf("got %d findings, %d records", findings, records)
			}
			if got := w.logged(); got[len(got)-1] != test.log {
				t.Errorf("got %q", got)
			}
			// The next job goes well.
			second := w.create(job("2"))
			w.wait()
			if got := w.status(second); got != types.JobStatusComplete {
				t.Errorf("got %s", got)
			}
		})
	}
}

// logged returns the types of the log's events.
func (w *world) logged() []string {
	var kinds []string
	for _, e := range w.macie.LogEvents() {
		var fields struct{ EventType string }
		if err := json.Unmarshal(e.JSON, &fields); err != nil {
			w.t.Fatal(err)
		}
		kinds = append(kinds, fields.EventType)
	}
	return kinds
}

func TestResume(t *testing.T) {
	in(t, "after the quota", func(t *testing.T, w *world) {
		w.macie.Export(account, region, "export", "", key2)
		w.macie.Outcomes(macie2.Outcome{Ends: types.JobStatusPaused, Reached: onlyFirst})
		w.many(3)
		id := w.create(job("1"))
		w.wait()
		if got := w.status(id); got != types.JobStatusPaused {
			t.Fatalf("got %s", got)
		}
		time.Sleep(24 * time.Hour)
		w.macie.Resume(id)
		if got := w.status(id); got != types.JobStatusRunning {
			t.Errorf("got %s", got)
		}
		w.wait()
		if got := w.status(id); got != types.JobStatusComplete || len(w.findings(id)) != 3 || len(w.records(id)) != 3 {
			t.Errorf("got %s, %d findings, %d records", got, len(w.findings(id)), len(w.records(id)))
		}
	})
	in(t, "paused while it runs", func(t *testing.T, w *world) {
		id := w.create(job("1"))
		time.Sleep(time.Minute)
		w.macie.Pause(id)
		time.Sleep(time.Hour)
		if got := w.status(id); got != types.JobStatusPaused {
			t.Errorf("got %s", got)
		}
		w.macie.Resume(id)
		time.Sleep(14 * time.Minute)
		if got := w.status(id); got != types.JobStatusComplete {
			t.Errorf("got %s", got)
		}
	})
}

func TestBucketErrors(t *testing.T) {
	for event, change := range map[string]func(*world){
		"BUCKET_DOES_NOT_EXIST":      func(*world) {},
		"BUCKET_ACCESS_DENIED":       func(w *world) { w.s3.CreateBucket("second", bucketOf(account, region)); w.macie.DenyBucket("second") },
		"BUCKET_IN_DIFFERENT_REGION": func(w *world) { w.s3.CreateBucket("second", bucketOf(account, "us-east-1")) },
		"BUCKET_OWNER_CHANGED":       func(w *world) { w.s3.CreateBucket("second", bucketOf(other, region)) },
	} {
		in(t, event, func(t *testing.T, w *world) {
			w.many(1)
			settings := job("1")
			buckets(account, "text", "second")(settings)
			id := w.create(settings)
			change(w)
			w.wait()
			out, err := w.DescribeClassificationJob(t.Context(), &macie2sdk.DescribeClassificationJobInput{JobId: &id})
			if err != nil || out.JobStatus != types.JobStatusComplete || out.LastRunErrorStatus.Code != types.LastRunErrorStatusCodeError {
				t.Errorf("got %+v, %v", out, err)
			}
			if got := fmt.Sprint(w.logged()); got != "[JOB_CREATED ONE_TIME_JOB_STARTED "+event+" JOB_COMPLETED]" {
				t.Errorf("got %s", got)
			}
			if got := len(w.findings(id)); got != 1 { // of the other bucket
				t.Errorf("got %d findings", got)
			}
			events := w.macie.LogEvents()
			var fields struct {
				AdminAccountID, JobID, JobName, OccurredAt, RunDate, AffectedAccount string
				AffectedResource                                                     struct{ Type, Value string }
			}
			if err := json.Unmarshal(events[2].JSON, &fields); err != nil {
				t.Fatal(err)
			}
			if fields.JobID != id || fields.AffectedResource.Value != "second" || fields.AffectedResource.Type != "S3_BUCKET_NAME" || fields.AffectedAccount != account || fields.RunDate == "" {
				t.Errorf("got %s", events[2].JSON)
			}
		})
	}
}

func bucketOf(owner, region string) s3.Bucket { return s3.Bucket{Owner: owner, Region: region} }

func TestConcurrency(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.macie.JobInterval = 0
		w.macie.Export(account, region, "export", "", key2)
		w.many(5)
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				out, err := w.CreateClassificationJob(t.Context(), job(fmt.Sprint(i%10)))
				if err != nil {
					t.Error(err)
					return
				}
				w.put(fmt.Sprintf("runs/1/%d.txt", i), "passport A12345678")
				time.Sleep(15 * time.Minute)
				if got := w.status(*out.JobId); got != types.JobStatusComplete {
					t.Errorf("got %s", got)
				}
				if got := len(w.findings(*out.JobId)); got != 25 {
					t.Errorf("got %d findings", got)
				}
				w.macie.Events()
			})
		}
		group.Wait()
		if got := w.macie.Jobs(); got != 10 {
			t.Errorf("got %d jobs", got)
		}
	})
}

// TestReproducible compares two runs.
func TestReproducible(t *testing.T) {
	var dumps []string
	for range 2 {
		in(t, "", func(t *testing.T, w *world) {
			w.macie.Export(account, region, "export", "", key2)
			w.many(5)
			w.identifier(identifier("NRIC", `[SFTG]\d{7}[A-Z]`))
			id := w.create(job("1"))
			w.wait()
			dumps = append(dumps, w.macie.Dump()+id+fmt.Sprint(w.records(id)))
		})
	}
	if dumps[0] != dumps[1] {
		t.Errorf("got\n%s\nand\n%s", dumps[0], dumps[1])
	}
}
