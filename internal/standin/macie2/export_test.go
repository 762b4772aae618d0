package macie2_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// A line is one line of the export.
type line struct {
	file string
	text string
}

// records returns the lines of the export of a job, in the order of their files.
func (w *world) records(jobID string) []line {
	w.t.Helper()
	var lines []line
	for _, key := range w.exported() {
		if !strings.Contains(key, "/"+jobID+"/") {
			continue
		}
		o, _ := w.s3.Get("export", key)
		zip, err := gzip.NewReader(bytes.NewReader(o.Body))
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := io.ReadAll(zip)
		if err != nil {
			w.t.Fatal(err)
		}
		for text := range strings.Lines(string(text)) {
			lines = append(lines, line{key, text})
		}
	}
	return lines
}

func (w *world) exported() []string {
	w.t.Helper()
	w.macie.Events() // for what is due
	client := s3sdk.NewFromConfig(w.cloud.Config(region, account))
	var keys []string
	pages := s3sdk.NewListObjectsV2Paginator(client, &s3sdk.ListObjectsV2Input{Bucket: aws.String("export")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	return keys
}

// A record is one line, as far as the tests look at it.
type record struct {
	ClassificationDetails struct {
		JobID                   string
		DetailedResultsLocation string
		Result                  struct {
			Status        struct{ Code, Reason string }
			SensitiveData []struct {
				TotalCount int
				Detections []struct {
					Count       int
					Occurrences struct{ LineRanges []types.Range }
				}
			}
		}
	}
	ResourcesAffected struct{ S3Object struct{ Key, ETag string } }
}

func parse(t *testing.T, l line) record {
	t.Helper()
	var r record
	if err := json.Unmarshal([]byte(l.text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExport(t *testing.T) {
	in(t, "every object", func(t *testing.T, w *world) {
		w.macie.Export(account, region, "export", "results/", key2)
		w.put("runs/1/a.txt", "passport A12345678")
		w.put("runs/1/clean.txt", "nothing")
		w.put("runs/1/empty.txt", "")
		w.put("runs/1/binary.txt", "\x00\xff")
		w.s3.Put("text", "runs/1/locked.txt", s3.Object{Body: []byte("passport A12345678"), KMSKey: key2 + "f"})
		w.macie.DenyKey(key2 + "f")
		w.put("runs/1/cut.txt", "passport A12345678")
		w.macie.SetStatus("text", "runs/1/cut.txt", "PARTIAL", "TIME_CUT_OFF_REACHED")
		w.put("runs/1/gone.txt", "passport A12345678")
		w.macie.SetStatus("text", "runs/1/gone.txt", "SKIPPED", "SOURCE_OBJECT_NO_LONGER_AVAILABLE")
		w.put("runs/2/elsewhere.txt", "passport A12345678")
		id := w.create(job("1"))
		w.wait()
		found := map[string]types.Finding{}
		for _, f := range w.findings(id) {
			found[*f.ResourcesAffected.S3Object.Key] = f
		}
		var got []string
		for _, l := range w.records(id) {
			r := parse(t, l)
			place := r.ClassificationDetails.DetailedResultsLocation
			if place != "s3://export/"+l.file || r.ClassificationDetails.JobID != id {
				t.Errorf("got place %s in %s", place, l.file)
			}
			name := r.ResourcesAffected.S3Object.Key
			if f, ok := found[name]; ok && *f.ClassificationDetails.DetailedResultsLocation != place {
				t.Errorf("finding says %s, record is in %s", *f.ClassificationDetails.DetailedResultsLocation, place)
			}
			got = append(got, fmt.Sprintf("%s %s %s %d", name, r.ClassificationDetails.Result.Status.Code, r.ClassificationDetails.Result.Status.Reason, len(r.ClassificationDetails.Result.SensitiveData)))
		}
		slices.Sort(got)
		golden.Equal(t, "testdata/records.txt", strings.Join(got, "\n")+"\n")
		if len(found) != 2 {
			t.Errorf("got %d findings", len(found))
		}
		if got := w.macie.BytesClassified(); got != int64(2*len("passport A12345678")+len("nothing")) {
			t.Errorf("got %d bytes", got)
		}
		layout := regexp.MustCompile(`^results/AWSLogs/123456789012/Macie/eu-central-1/` + id + `/123456789012/[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}\.jsonl\.gz$`)
		keys := w.exported()
		for _, key := range keys {
			if o, _ := w.s3.Get("export", key); !layout.MatchString(key) || o.KMSKey != key2 {
				t.Errorf("got %s with %s", key, o.KMSKey)
			}
		}
		if len(keys) != 3 { // 7 records, 3 a file
			t.Errorf("got %d files", len(keys))
		}
	})
	in(t, "1,000 places", func(t *testing.T, w *world) {
		w.macie.Export(account, region, "export", "", key2)
		w.put("runs/1/a.txt", strings.Repeat("passport A12345678\n", 1_001))
		id := w.create(job("1"))
		w.wait()
		d := parse(t, w.records(id)[0]).ClassificationDetails.Result.SensitiveData[0].Detections[0]
		if last := d.Occurrences.LineRanges[999]; d.Count != 1_001 || len(d.Occurrences.LineRanges) != 1_000 || *last.Start != 1_000 || *last.StartColumn != 10 {
			t.Errorf("got %d of %d", len(d.Occurrences.LineRanges), d.Count)
		}
	})
	in(t, "delay", func(t *testing.T, w *world) {
		w.macie.Export(account, region, "export", "", key2)
		w.macie.ExportDelay = 10 * time.Minute
		w.many(1)
		id := w.create(job("1"))
		w.wait()
		if got := w.status(id); got != types.JobStatusComplete || len(w.records(id)) != 0 {
			t.Errorf("got %s, %d records", got, len(w.records(id)))
		}
		time.Sleep(10 * time.Minute)
		if got := w.records(id); len(got) != 1 {
			t.Errorf("got %d records", len(got))
		}
	})
	in(t, "configured later", func(t *testing.T, w *world) {
		w.many(1)
		id := w.create(job("1"))
		w.wait()
		f := w.findings(id)[0]
		if place := *f.ClassificationDetails.DetailedResultsLocation; !strings.HasPrefix(place, "s3://[export-config-not-set]/AWSLogs/123456789012/Macie/eu-central-1/"+id+"/") {
			t.Errorf("got %s", place)
		}
		w.macie.Export(account, region, "export", "late", key2)
		if got := w.records(id); len(got) != 1 || parse(t, got[0]).ClassificationDetails.DetailedResultsLocation != "s3://export/"+got[0].file {
			t.Errorf("got %+v", got)
		}
	})
	in(t, "configured too late", func(t *testing.T, w *world) {
		w.many(1)
		id := w.create(job("1"))
		w.wait()
		w.status(id)
		time.Sleep(91 * 24 * time.Hour)
		w.macie.Export(account, region, "export", "", key2)
		if got := w.records(id); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
	})
	in(t, "not allowed", func(t *testing.T, w *world) {
		w.macie.Export(account, region, "export", "", key2)
		w.macie.DenyKey(key2)
		w.many(1)
		id := w.create(job("1"))
		w.wait()
		if got := w.records(id); len(got) != 0 {
			t.Errorf("got %+v", got)
		}
		w.macie.AllowKey(key2)
		if got := w.records(id); len(got) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

// TestRecordJSON shows what is published.
func TestRecordJSON(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.macie.Export(account, region, "export", "", key2)
		settings := job("1")
		settings.CustomDataIdentifierIds = []string{w.identifier(identifier("NRIC", `[SFTG]\d{7}[A-Z]`))}
		w.put("runs/1/a.txt", "passport A12345678\nS1234567D")
		w.put("runs/1/clean.txt", "nothing")
		id := w.create(settings)
		w.wait()
		var text strings.Builder
		for _, l := range w.records(id) {
			text.WriteString(indent(t, l.text))
		}
		golden.Equal(t, "testdata/record.json", text.String())
		events := w.macie.Events()
		if len(events) != 1 || events[0].JobID != id || events[0].Account != account || events[0].Region != region {
			t.Fatalf("got %+v", events)
		}
		golden.Equal(t, "testdata/event.json", indent(t, string(events[0].JSON)))
		text.Reset()
		for _, e := range w.macie.LogEvents() {
			text.WriteString(indent(t, string(e.JSON)))
		}
		golden.Equal(t, "testdata/log.json", text.String())
	})
}

func indent(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String()) + "\n"
}

const allowMacie = `{"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Principal": {"Service": "macie.amazonaws.com"}, "Action": "s3:GetBucketLocation", "Resource": "arn:aws:s3:::export",
	 "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": ["arn:aws:macie2:eu-central-1:123456789012:export-configuration:*", "arn:aws:macie2:eu-central-1:123456789012:classification-job/*"]}}},
	{"Effect": "Allow", "Principal": {"Service": "macie.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::export/p/*",
	 "Condition": {"StringEquals": {"aws:SourceAccount": [123456789012]}, "ArnLike": {"aws:SourceArn": "arn:aws:macie2:eu-central-1:123456789012:classification-job/*"}}},
	{"Effect": "Deny", "Principal": {"Service": "macie.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::export/p/*",
	 "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
	{"Effect": "Deny", "Principal": {"Service": "macie.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::export/p/*",
	 "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-central-1:123456789012:key/9234abcd-12ab-34cd-56ef-1234567890ab"}}},
	{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::export", "arn:aws:s3:::export/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
]}`

func TestPutExport(t *testing.T) {
	plain := func() *types.S3Destination {
		return &types.S3Destination{BucketName: aws.String("export"), KeyPrefix: aws.String("p"), KmsKeyArn: aws.String(key2), ExpectedBucketOwner: aws.String(account)}
	}
	for _, test := range []struct {
		name   string
		policy string
		change func(*types.S3Destination)
		want   string
	}{
		{"as the user guide says", allowMacie, func(*types.S3Destination) {}, ""},
		{"slash behind the prefix", allowMacie, func(d *types.S3Destination) { d.KeyPrefix = aws.String("p/") }, ""},
		{"no policy", "", func(*types.S3Destination) {}, bad},
		{"another prefix", allowMacie, func(d *types.S3Destination) { d.KeyPrefix = aws.String("q") }, bad},
		{"another key", allowMacie, func(d *types.S3Destination) { d.KmsKeyArn = aws.String(key) }, bad},
		{"key denied", allowMacie, func(d *types.S3Destination) { d.KmsKeyArn = aws.String(key2 + "f") }, bad},
		{"key that is none", allowMacie, func(d *types.S3Destination) { d.KmsKeyArn = aws.String("alias/macie") }, bad},
		{"key elsewhere", allowMacie, func(d *types.S3Destination) {
			d.KmsKeyArn = aws.String(strings.Replace(key2, "eu-central-1", "us-east-1", 1))
		}, bad},
		{"another owner", allowMacie, func(d *types.S3Destination) { d.ExpectedBucketOwner = aws.String(other) }, bad},
		{"no bucket", allowMacie, func(d *types.S3Destination) { d.BucketName = aws.String("nowhere") }, bad},
		{"only location", strings.Replace(allowMacie, `"s3:PutObject"`, `"s3:PutObjectAcl"`, 1), func(*types.S3Destination) {}, bad},
		{"no location", strings.Replace(allowMacie, `"s3:GetBucketLocation"`, `"s3:GetBucketAcl"`, 1), func(*types.S3Destination) {}, bad},
		{"another service", strings.ReplaceAll(allowMacie, "macie.amazonaws.com", "logs.amazonaws.com"), func(*types.S3Destination) {}, bad},
		{"another account", strings.ReplaceAll(allowMacie, "[123456789012]", "[210987654321]"), func(*types.S3Destination) {}, bad},
		{"another Region", strings.ReplaceAll(allowMacie, "macie2:eu-central-1", "macie2:us-east-1"), func(*types.S3Destination) {}, bad},
		{"deny that is not known", strings.Replace(allowMacie, `"Bool": {"aws:SecureTransport": "false"}`, `"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}`, 1), func(*types.S3Destination) {}, bad},
		{"capitals", strings.ReplaceAll(allowMacie, `"s3:PutObject"`, `"S3:putobject"`), func(*types.S3Destination) {}, ""},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			w.macie.DenyKey(key2 + "f")
			if test.policy != "" {
				client := s3sdk.NewFromConfig(w.cloud.Config(region, account))
				if _, err := client.PutBucketPolicy(t.Context(), &s3sdk.PutBucketPolicyInput{Bucket: aws.String("export"), Policy: &test.policy}); err != nil {
					t.Fatal(err)
				}
			}
			d := plain()
			test.change(d)
			_, err := w.PutClassificationExportConfiguration(t.Context(), &macie2sdk.PutClassificationExportConfigurationInput{
				Configuration: &types.ClassificationExportConfiguration{S3Destination: d}})
			want(t, "put", err, test.want)
			got, err := w.GetClassificationExportConfiguration(t.Context(), &macie2sdk.GetClassificationExportConfigurationInput{})
			if err != nil || (got.Configuration != nil) != (test.want == "") {
				t.Errorf("got %+v, %v", got, err)
			}
			if keys := w.exported(); test.want == "" && !slices.Equal(keys, []string{"p/macie-test-object"}) || test.want != "" && len(keys) > 0 {
				t.Errorf("got objects %q", keys)
			}
		})
	}
	in(t, "policy taken away", func(t *testing.T, w *world) {
		client := s3sdk.NewFromConfig(w.cloud.Config(region, account))
		if _, err := client.PutBucketPolicy(t.Context(), &s3sdk.PutBucketPolicyInput{Bucket: aws.String("export"), Policy: aws.String(allowMacie)}); err != nil {
			t.Fatal(err)
		}
		_, err := w.PutClassificationExportConfiguration(t.Context(), &macie2sdk.PutClassificationExportConfigurationInput{
			Configuration: &types.ClassificationExportConfiguration{S3Destination: plain()}})
		want(t, "put", err, "")
		if _, err := client.DeleteBucketPolicy(t.Context(), &s3sdk.DeleteBucketPolicyInput{Bucket: aws.String("export")}); err != nil {
			t.Fatal(err)
		}
		w.many(1)
		id := w.create(job("1"))
		w.wait()
		if got := w.records(id); len(got) != 0 {
			t.Errorf("got %d records", len(got))
		}
	})
}
