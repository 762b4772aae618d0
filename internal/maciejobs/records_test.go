package maciejobs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

const records = "export/AWSLogs/" + account + "/Macie/" + region + "/" + job + "/"

// An exported world has a bucket to which Macie exports.
type exported struct {
	*awstest.Cloud
	s3 *s3.Service
}

func newExported(c *awstest.Cloud) *exported {
	w := &exported{c, s3.New(c)}
	w.s3.CreateBucket("macie", s3.Bucket{Owner: account, Region: region, ListPrefix: records})
	return w
}

func (w *exported) put(name string, body []byte) {
	w.s3.Put("macie", records+name, s3.Object{Body: body})
}

// read returns the keys of the records and the errors, in order.
func (w *exported) read(ctx context.Context) (keys []string, errs []error) {
	client := s3sdk.NewFromConfig(w.Config(region, account))
	for a, err := range maciejobs.Records(ctx, client, maciejobs.Export{Bucket: "macie", Prefix: "export/", Owner: account}, account, region, job) {
		if err != nil {
			errs = append(errs, err)
		} else {
			keys = append(keys, a.Key)
		}
	}
	return keys, errs
}

// recordOf returns the record of an object with nothing in it, in a line.
func recordOf(key string) string {
	return fmt.Sprintf(`{"classificationDetails":{"jobId":%q,"result":{"status":{"code":"COMPLETE","reason":null},"sensitiveData":[],`+
		`"customDataIdentifiers":{"totalCount":0,"detections":[]}}},"resourcesAffected":{"s3Bucket":{"name":"results"},"s3Object":{"key":%q}},`+
		`"severity":null,"title":null,"type":null}`+"\n", job, key)
}

// A packer is large, and the tests pack thousands of files.
var (
	packing sync.Mutex
	packer  = gzip.NewWriter(nil)
)

func gzipped(texts ...string) []byte {
	packing.Lock()
	defer packing.Unlock()
	var b bytes.Buffer
	for _, text := range texts { // each its own member
		packer.Reset(&b)
		packer.Write([]byte(text))
		packer.Close()
	}
	return b.Bytes()
}

func TestRecordsPrefix(t *testing.T) {
	for prefix, want := range map[string]string{"": "AWSLogs/1/Macie/r/j/", "p": "p/AWSLogs/1/Macie/r/j/", "p/q/": "p/q/AWSLogs/1/Macie/r/j/"} {
		if got := maciejobs.RecordsPrefix(maciejobs.Export{Prefix: prefix}, "1", "r", "j"); got != want {
			t.Errorf("%q: got %q", prefix, got)
		}
	}
}

// TestRecord reads a record with all that this package looks at, in the form of
// the documentation, with counts as numbers and as strings.
func TestRecord(t *testing.T) {
	text := `{"accountId":"123456789012","category":"CLASSIFICATION","id":"r1","severity":{"description":"High","score":3},
"classificationDetails":{"jobArn":"arn:aws:macie2:…","jobId":"` + job + `","originType":"SENSITIVE_DATA_DISCOVERY_JOB","detailedResultsLocation":"s3://macie/x",
"result":{"status":{"code":"COMPLETE","reason":null},"sizeClassified":"80","mimeType":"text/plain",
"sensitiveData":[{"category":"PERSONAL_INFORMATION","totalCount":3,"detections":[
{"type":"NAME","count":2,"occurrences":{"lineRanges":[{"start":1,"end":1,"startColumn":6},{"start":9,"end":10,"startColumn":null}],"offsetRanges":null,"pages":null,"records":null,"cells":null}},
{"type":"ADDRESS","count":"1","occurrences":null}]}],
"customDataIdentifiers":{"totalCount":1,"detections":[{"arn":"arn:aws:macie2:…:custom-data-identifier/7","name":"NRIC","count":1,"occurrences":{"lineRanges":[{"start":"2","end":"2","startColumn":"4"}]}}]}}},
"resourcesAffected":{"s3Bucket":{"arn":"arn:aws:s3:::results","name":"results","tags":["x"]},"s3Object":{"bucketArn":"arn:aws:s3:::results","key":"runs/1/ä b.txt","eTag":"\"e\"","versionId":"v","tags":[]}}}`
	w := newExported(awstest.New(t))
	w.put("1.jsonl.gz", gzipped(strings.ReplaceAll(text, "\n", "")))
	n := 0
	client := s3sdk.NewFromConfig(w.Config(region, account))
	for a, err := range maciejobs.Records(t.Context(), client, maciejobs.Export{Bucket: "macie", Prefix: "export"}, account, region, job) {
		n++
		want := maciejobs.Analysis{
			ID: "r1", JobID: job, Bucket: "results", Key: "runs/1/ä b.txt", VersionID: "v", ETag: "e", Status: "COMPLETE", Severity: "High",
			Record: true, ResultsLocation: "s3://macie/x", SizeClassified: 80, More: true, // ADDRESS has no place
			Detections: []maciejobs.Detection{
				{Type: "NAME", Category: "PERSONAL_INFORMATION", Count: 2, Spans: []ocr.Span{{Line: 1, Column: 6, EndLine: 1}, {Line: 9, EndLine: 10}}},
				{Type: "ADDRESS", Category: "PERSONAL_INFORMATION", Count: 1},
				{Category: "CUSTOM_IDENTIFIER", ARN: "arn:aws:macie2:…:custom-data-identifier/7", Name: "NRIC", Custom: true, Count: 1, Spans: []ocr.Span{{Line: 2, Column: 4, EndLine: 2}}},
			},
		}
		if err != nil || !reflect.DeepEqual(a, want) {
			t.Errorf("got  %+v, %v\nwant %+v", a, err, want)
		}
	}
	if n != 1 {
		t.Errorf("got %d records", n)
	}
}

// TestRecordsBroken reads three files, one of them broken, with a caller that goes
// on after errors.
func TestRecordsBroken(t *testing.T) {
	whole := gzipped(recordOf("b1")+recordOf("b2"), recordOf("b3"))
	corrupt := bytes.Clone(whole)
	corrupt[len(corrupt)-6] ^= 1 // of the checksum of the last member
	other := strings.Replace(recordOf("b1"), job, "another", 1)
	tests := []struct {
		name string
		body []byte
		want string // of the records between a and c
		says []string
	}{
		{name: "whole", body: whole, want: "b1 b2 b3"},
		{name: "no newline at the end", body: gzipped(strings.TrimSpace(recordOf("b1"))), want: "b1"},
		{name: "empty lines", body: gzipped("\n\r\n" + recordOf("b1") + "\n"), want: "b1"},
		{name: "no lines", body: gzipped("")},
		{name: "nothing", body: nil, says: []string{"line 1", "unexpected EOF"}},
		{name: "not packed", body: []byte(recordOf("b1")), says: []string{"line 1", "gzip: invalid header"}},
		{name: "cut in the header", body: whole[:5], says: []string{"line 1", "unexpected EOF"}},
		{name: "cut", body: gzipped(recordOf("b1") + recordOf(strings.Repeat("x", 9)))[:100], says: []string{"line 1", "unexpected EOF"}},
		{name: "checksum", body: corrupt, want: "b1 b2 b3", says: []string{"line 4", "checksum"}}, // known at the end of the member
		{name: "garbage behind", body: append(bytes.Clone(whole), "garbage garbage"...), want: "b1 b2 b3", says: []string{"line 4", "invalid header"}},
		{name: "a line that is no JSON", body: gzipped(recordOf("b1") + "{\"a\": \n" + recordOf("b3")), want: "b1 b3", says: []string{"line 2", "JSON"}},
		{name: "a line of another kind", body: gzipped(recordOf("b1") + "[]\n" + recordOf("b3")), want: "b1 b3", says: []string{"line 2"}},
		{name: "a line without an object", body: gzipped("{}\n" + recordOf("b3")), want: "b3", says: []string{"line 1", "lacks"}},
		{name: "null", body: gzipped("null\n" + recordOf("b3")), want: "b3", says: []string{"line 1", "lacks"}},
		{name: "another job", body: gzipped(other + recordOf("b3")), want: "b3", says: []string{"line 1", `"another"`}},
		{name: "a line without end", body: gzipped(recordOf("b1") + strings.Repeat(" ", 17<<20)), want: "b1", says: []string{"line 2", "longer than 16777216 bytes"}},
		{name: "a fraction", body: gzipped(strings.Replace(recordOf("b1"), `"result":{`, `"result":{"sizeClassified":1.5,`, 1)), says: []string{"line 1", "no whole number"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newExported(awstest.New(t))
			w.put(account+"/a.jsonl.gz", gzipped(recordOf("a")))
			w.put(account+"/b.jsonl.gz", test.body)
			w.put(account+"/c.jsonl.gz", gzipped(recordOf("c")))
			w.put("", nil) // a console's folder
			keys, errs := w.read(t.Context())
			want := strings.Join(strings.Fields("a "+test.want+" c"), " ")
			if got := strings.Join(keys, " "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if (len(errs) > 0) != (test.says != nil) || len(errs) > 1 {
				t.Fatalf("got the errors %v", errs)
			}
			for _, says := range append(test.says, "s3://macie/"+records+account+"/b.jsonl.gz") {
				if len(errs) > 0 && !strings.Contains(errs[0].Error(), says) {
					t.Errorf("got %v, want %q", errs[0], says)
				}
			}
		})
	}
}

func TestRecordsErrors(t *testing.T) {
	tests := []struct {
		name  string
		do    func(w *exported)
		want  string
		says  []string
		calls int // 0 for any
	}{
		{name: "none yet", do: func(w *exported) {
			for _, k := range []string{"a", "b", "c"} {
				w.s3.Delete("macie", records+k+".gz")
			}
		}},
		{
			name: "listing denied", do: func(w *exported) { w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Err: awstest.Denied()}) },
			says: []string{"listing s3://macie/" + records},
		},
		{
			name: "one denied", want: "a c", says: []string{"b.gz", "needs s3:GetObject", "kms:Decrypt"},
			do: func(w *exported) {
				w.Inject(awstest.Fault{Operation: "S3.GetObject", Err: awstest.Denied(), Match: func(c awstest.Call) bool { return strings.Contains(c.Target, "b.gz") }})
			},
		},
		{
			name: "throttled", want: "a b c",
			do: func(w *exported) { w.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()}) },
		},
		{
			name: "the connection breaks", want: "a b c", calls: 5,
			do: func(w *exported) { w.s3.BreakBody("macie", records+"b.gz", 70, nil) },
		},
		{
			name: "the connection breaks at the end", want: "a b c",
			do: func(w *exported) { w.s3.BreakBody("macie", records+"b.gz", 1<<20, nil) },
		},
		{
			name: "the connection breaks, and it is another file", want: "a c", says: []string{"b.gz", "line 1", "reading on at byte 70"},
			do: func(w *exported) {
				w.s3.BreakBody("macie", records+"b.gz", 70, func() { w.put("b.gz", gzipped(recordOf("changed"))) })
			},
		},
		{
			name: "another owner", says: []string{"listing", "AccessDenied"},
			do: func(w *exported) {
				w.s3.CreateBucket("macie", s3.Bucket{Owner: "999999999999", Region: region})
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newExported(awstest.New(t))
				for _, key := range []string{"a", "b", "c"} {
					w.put(key+".gz", gzipped(recordOf(key)))
				}
				test.do(w)
				keys, errs := w.read(t.Context())
				if got := strings.Join(keys, " "); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if (len(errs) > 0) != (test.says != nil) || len(errs) > 1 {
					t.Fatalf("got the errors %v", errs)
				}
				for _, says := range test.says {
					if !strings.Contains(errs[0].Error(), says) {
						t.Errorf("got %v, want %q", errs[0], says)
					}
				}
				if test.calls != 0 && w.Count() != test.calls {
					t.Errorf("%d calls, want %d", w.Count(), test.calls)
				}
			})
		})
	}
}

// TestRecordsMany reads the records of 20,000 objects in order, from 1,000 files of
// which several are read at a time, and keeps none.
func TestRecordsMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const files, perFile = 1000, 20
		c := awstest.New(t)
		c.MaxCalls, c.LogLimit, c.Latency = 2*files, -1, 25*time.Millisecond
		w := newExported(c)
		for i := range files {
			var lines strings.Builder
			for k := range perFile {
				lines.WriteString(recordOf(fmt.Sprintf("%05d", i*perFile+k)))
			}
			w.put(fmt.Sprintf("%05d.jsonl.gz", i), gzipped(lines.String()))
		}
		before := heap()
		var most uint64
		client := s3sdk.NewFromConfig(w.Config(region, account))
		start, n := time.Now(), 0
		for a, err := range maciejobs.Records(t.Context(), client, maciejobs.Export{Bucket: "macie", Prefix: "export/"}, account, region, job) {
			if err != nil || a.Key != fmt.Sprintf("%05d", n) {
				t.Fatalf("record %d: got %q, %v", n, a.Key, err)
			}
			if n++; n%1000 == 0 {
				most = max(most, heap()-min(before, heap()))
			}
		}
		if n != files*perFile {
			t.Errorf("got %d records", n)
		}
		if most > 8<<20 {
			t.Errorf("%d bytes more in use while reading", most)
		}
		if took, alone := time.Since(start), files*25*time.Millisecond; took > alone/6 {
			t.Errorf("took %s, and one after the other takes %s", took, alone)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestRecordsEnds leaves in the middle: nothing is read on, no goroutine stays (the
// bubble would tell), and the end of a context is an error.
func TestRecordsEnds(t *testing.T) {
	why := errors.New("shut down")
	for at := range 20 {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			c.Latency = time.Millisecond
			w := newExported(c)
			for i := range 12 {
				w.put(fmt.Sprintf("%03d.gz", i), gzipped(strings.Repeat(recordOf(fmt.Sprint(i)), 40)))
			}
			client := s3sdk.NewFromConfig(w.Config(region, account))
			export := maciejobs.Export{Bucket: "macie", Prefix: "export/"}
			n := 0
			for range maciejobs.Records(t.Context(), client, export, account, region, job) {
				if n++; n > at {
					break
				}
			}
			if w.Count() > 10 {
				t.Errorf("%d calls for %d records", w.Count(), n)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			n = 0
			var errs []error
			for _, err := range maciejobs.Records(ctx, client, export, account, region, job) {
				if err != nil {
					errs = append(errs, err)
				}
				if n++; n > at {
					cancel(why)
				}
			}
			if len(errs) != 1 || !errors.Is(errs[0], why) || n > 480 {
				t.Errorf("got %v after %d", errs, n)
			}
			cancel(nil)
		})
	}
}

// FuzzRecords reads anything as a file and as a line of one. What is read as a
// record can be used.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(recordOf("a")+recordOf("b")), false)
	f.Add(gzipped(recordOf("a")), true)
	f.Add([]byte(`{"classificationDetails":{"jobId":"`+job+`","result":{"status":{"code":"PARTIAL"},"sensitiveData":[{"detections":[{"count":1e3,"occurrences":{"lineRanges":[{"start":-1},{"start":"2","end":1}]}}]}]}},"resourcesAffected":{"s3Object":{"bucketArn":"arn:aws:s3:::b","key":"k"}}}`), false)
	f.Fuzz(func(t *testing.T, body []byte, packed bool) {
		if !packed {
			body = gzipped(string(body))
		}
		for a, err := range maciejobs.ParseRecords(bytes.NewReader(body), job) {
			if err != nil {
				if !strings.Contains(err.Error(), "line ") {
					t.Errorf("the error does not tell the line: %v", err)
				}
				continue
			}
			if a.Bucket == "" || a.Key == "" || a.Status == "" || a.JobID != job || !a.Record {
				t.Errorf("got %+v", a)
			}
			for _, d := range a.Detections {
				if d.Count > int64(len(d.Spans)) && !a.More {
					t.Errorf("%d of %d places, and no more: %+v", len(d.Spans), d.Count, a)
				}
				for _, s := range d.Spans {
					if s.Line < 1 || s.Column < 0 || s.EndLine < s.Line {
						t.Errorf("got the span %+v", s)
					}
				}
			}
			if _, err := json.Marshal(a); err != nil {
				t.Error(err)
			}
		}
	})
}
