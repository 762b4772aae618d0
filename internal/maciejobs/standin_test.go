package maciejobs_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// TestJob runs a job from its creation to the records of each object.
func TestJob(t *testing.T) {
	for _, prefix := range []string{"", "export", "export/"} {
		t.Run(fmt.Sprintf("prefix %q", prefix), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testJob(t, prefix) })
		})
	}
}

func testJob(t *testing.T, prefix string) {
	c := awstest.New(t)
	store := s3.New(c)
	macie := macie2.New(c, store)
	for _, bucket := range []string{"results", "macie"} {
		store.CreateBucket(bucket, s3.Bucket{Owner: account, Region: region})
	}
	macie.Enable(account, region)
	macie.Export(account, region, "macie", prefix, "arn:aws:kms:eu-central-1:123456789012:key/1")
	for key, text := range map[string]string{
		"runs/1/text/0/a.txt": "Credit card\nnumber 4539 1488 0343 6467", "runs/1/text/0/b.txt": "nothing", "runs/1/text/0/c.txt": "locked",
		"runs/1/text/0/d.json": "4539 1488 0343 6467", "runs/1/text/1/a.txt": "Credit card 4539 1488 0343 6467",
	} {
		store.Put("results", key, s3.Object{Body: []byte(text)})
	}
	macie.SetStatus("results", "runs/1/text/0/c.txt", "SKIPPED", "INVALID_ENCRYPTION")

	j := maciejobs.New(macie2sdk.NewFromConfig(c.Config(region, account)), maciejobs.Config{})
	session, err := j.Session(t.Context())
	if err != nil || !session.Enabled || session.Export == nil {
		t.Fatalf("got %+v, %v", session, err)
	}
	s := spec()
	s.Tags = map[string]string{"run": "1"}
	id, err := j.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := j.Create(t.Context(), s); err != nil || again != id || macie.Jobs() != 1 {
		t.Errorf("created again: got %q, %v, %d jobs", again, err, macie.Jobs())
	}
	if found, ok, err := j.Find(t.Context(), s.Name); err != nil || !ok || found != id {
		t.Errorf("found %q, %t, %v", found, ok, err)
	}
	if status, err := j.Wait(t.Context(), id, nil); err != nil || status != (maciejobs.Status{State: "COMPLETE"}) {
		t.Errorf("got %+v, %v", status, err)
	}
	findings := 0
	for a, err := range j.Analyses(t.Context(), id) {
		findings++
		if err != nil || a.Key != "runs/1/text/0/a.txt" || a.Detections[0].Type != "CREDIT_CARD_NUMBER" || a.Detections[0].Spans[0].Line != 2 || a.Detections[0].Spans[0].Column != 8 {
			t.Errorf("got the finding %+v, %v", a, err)
		}
	}
	if findings != 1 {
		t.Errorf("got %d findings", findings)
	}
	records := map[string]string{}
	client := s3sdk.NewFromConfig(c.Config(region, account))
	for a, err := range maciejobs.Records(t.Context(), client, *session.Export, account, region, id) {
		if err != nil || !a.Record || a.Bucket != "results" {
			t.Errorf("got the record %+v, %v", a, err)
		}
		records[a.Key] = fmt.Sprint(a.Status, a.Reason, len(a.Detections))
	}
	want := map[string]string{"runs/1/text/0/a.txt": "COMPLETE1", "runs/1/text/0/b.txt": "COMPLETE0", "runs/1/text/0/c.txt": "SKIPPEDINVALID_ENCRYPTION0"}
	if fmt.Sprint(records) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", records, want)
	}
}
