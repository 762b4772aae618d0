package macie2_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

func TestRun(t *testing.T) {
	in(t, "time", func(t *testing.T, w *world) {
		w.put("runs/1/a.txt", "nothing")
		id := w.create(job("1"))
		time.Sleep(15*time.Minute - time.Millisecond)
		if got := w.status(id); got != types.JobStatusRunning {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Millisecond)
		out, err := w.DescribeClassificationJob(t.Context(), &macie2sdk.DescribeClassificationJobInput{JobId: &id})
		if err != nil {
			t.Fatal(err)
		}
		if out.JobStatus != types.JobStatusComplete || out.LastRunErrorStatus.Code != types.LastRunErrorStatusCodeNone ||
			*out.Statistics.ApproximateNumberOfObjectsToProcess != 0 || *out.JobArn != "arn:aws:macie2:eu-central-1:123456789012:classification-job/"+id {
			t.Errorf("got %+v", out)
		}
	})
	in(t, "one finding", func(t *testing.T, w *world) {
		etag, version := w.put("runs/1/a.txt", "Invoice\nÄÖ Passport No: 123456789\n")
		w.put("runs/1/b.txt", "nothing")
		w.put("runs/1/a.json", "Passport No: 123456789")
		w.put("runs/2/a.txt", "Passport No: 123456789")
		id := w.create(job("1"))
		time.Sleep(time.Hour)
		found := w.findings(id)
		if len(found) != 1 {
			t.Fatalf("got %d findings", len(found))
		}
		f := found[0]
		o := f.ResourcesAffected.S3Object
		if *o.Key != "runs/1/a.txt" || `"`+*o.ETag+`"` != etag || *o.VersionId != version || *o.Path != "text/runs/1/a.txt" ||
			*o.Extension != "txt" || *o.Size != 36 || *o.BucketArn != "arn:aws:s3:::text" || aws.ToString(o.ServerSideEncryption.KmsMasterKeyId) != key {
			t.Errorf("got object %+v", o)
		}
		item := f.ClassificationDetails.Result.SensitiveData[0]
		at := item.Detections[0].Occurrences.LineRanges[0]
		if f.Type != types.FindingTypeSensitiveDataS3ObjectPersonal || f.Severity.Description != types.SeverityDescriptionMedium ||
			*item.Detections[0].Type != "USA_PASSPORT_NUMBER" || *item.TotalCount != 1 || *at.Start != 2 || *at.End != 2 || *at.StartColumn != 17 {
			t.Errorf("got %+v at %d %d %d", item, *at.Start, *at.End, *at.StartColumn)
		}
		if *f.ClassificationDetails.JobId != id || *f.ClassificationDetails.Result.SizeClassified != 36 || *f.ClassificationDetails.Result.MimeType != "text/plain" {
			t.Errorf("got %+v", f.ClassificationDetails)
		}
	})
}
