package opensearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/opensearch"
)

// TestReplaceGoesOn: with a checkpoint, what was written before a crash is not written
// again, and is verified all the same.
func TestReplaceGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
		w.Latency = time.Second // so that checkpoints are saved
		opts := replaceOptions()
		opts.Ingest.Checkpoint = w.checkpoint
		opts.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
			n := 0
			for d := range editions("second", 12) {
				if n++; n > 10 && !w.Crashed() && w.checkpoint.saves == 1 {
					w.CrashBefore(1)
				}
				if !yield(d, nil) {
					return
				}
			}
		}
		opts.Ingest.RetryFor = time.Second
		if _, err := replaced(t.Context(), w.clients(), opts); err == nil {
			t.Fatal("there was no crash")
		}
		w.Recover()
		opts.Ingest.Documents = editions("second", 12)
		plan := planned(t, w, opts)
		if len(plan.Changes) != 2 || plan.Changes[0].Action != awspatterns.Update || !strings.Contains(plan.Changes[0].Reason, "goes on") {
			t.Errorf("got %s", plan)
		}
		result, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan)
		if err != nil || !result.Ingest.Resumed || result.Ingest.Skipped == 0 || result.Verified.Documents != 12 || result.Verified.Compared != 12 {
			t.Errorf("got %+v, %v", result, err)
		}

		// Other documents are not mixed with those that are there.
		opts.Ingest.Documents, opts.Ingest.Version = editions("third", 12), "third"
		if result := applied(t, w, opts); result.Ingest.Resumed || result.Ingest.Created != 12 {
			t.Errorf("got %+v", result)
		}
	})
}

// TestReplaceRefusedBefore: documents that an earlier run had refused count.
func TestReplaceRefusedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
		w.Latency = time.Second
		letters := &keptDeadLetters{cloud: w.Cloud}
		opts := replaceOptions()
		opts.Ingest.Checkpoint, opts.Ingest.DeadLetters, opts.Ingest.RetryFor = w.checkpoint, letters, time.Second
		crash := true
		opts.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
			if !yield(opensearch.Document{ID: "bad", Source: []byte(`{"n": "x"}`)}, nil) {
				return
			}
			for d := range editions("second", 12) {
				if crash && w.checkpoint.saves == 1 {
					crash = false
					w.CrashBefore(1)
				}
				if !yield(d, nil) {
					return
				}
			}
		}
		if _, err := replaced(t.Context(), w.clients(), opts); err == nil || crash {
			t.Fatal("there was no crash")
		}
		w.Recover()
		result, err := replaced(t.Context(), w.clients(), opts)
		if !result.Ingest.Resumed || result.Ingest.Rejected != 0 || len(letters.kept) != 1 {
			t.Errorf("got %+v", result.Ingest)
		}
		failsWith(t, err, "1 documents were refused for good, more than MaxRejected")

		opts.MaxRejected = 1
		if result, err := replaced(t.Context(), w.clients(), opts); err != nil || result.Verified.Documents != 12 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestReplaceIDs replaces with documents whose ids are odd.
func TestReplaceIDs(t *testing.T) {
	documents := func(all ...opensearch.Document) func(*opensearch.ReplaceOptions) {
		return func(o *opensearch.ReplaceOptions) {
			o.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
				for _, d := range all {
					if !yield(d, nil) {
						return
					}
				}
			}
		}
	}
	doc := func(id, routing, source string) opensearch.Document {
		return opensearch.Document{ID: id, Routing: routing, Source: []byte(source)}
	}
	tests := []struct {
		name   string
		change func(*opensearch.ReplaceOptions)
		want   opensearch.Verification
	}{
		{"none at all", func(o *opensearch.ReplaceOptions) { documents()(o); o.AllowEmpty = true }, opensearch.Verification{NotCompared: "there are no documents with an id"}},
		{"the last of an id", documents(doc("1", "", `{"n": 1}`), doc("1", "", `{"n": 2}`)), opensearch.Verification{Documents: 1, Compared: 1}},
		{"one id in two shards", documents(doc("1", "a", `{"n": 1}`), doc("1", "b", `{"n": 1}`), doc("1", "c", `{"n": 1}`), doc("1", "d", `{"n": 1}`)),
			opensearch.Verification{Documents: 2, Compared: 1}},
		{"generated", func(o *opensearch.ReplaceOptions) {
			o.Ingest.GeneratedIDs = true
			documents(doc("", "", `{"n": 1}`), doc("", "", `{"n": 1}`))(o)
		}, opensearch.Verification{Documents: 2, NotCompared: "there are no documents with an id"}},
		{"of the content", documents(doc("", "", `{"n": 1}`), doc("", "", `{"n": 1}`)), opensearch.Verification{Documents: 1, Compared: 1}},
		{"odd", documents(doc("a/b %?#\"\\", "r,s", `{"n": 1}`), doc("ü", "ö", `{"n": 1e0, "text": "<&>\u2028"}`)), opensearch.Verification{Documents: 2, Compared: 2}},
		{"not compared", func(o *opensearch.ReplaceOptions) { o.Sample = -1 }, opensearch.Verification{Documents: 12, NotCompared: "Sample is -1"}},
		{"some compared", func(o *opensearch.ReplaceOptions) { o.Sample = 5 }, opensearch.Verification{Documents: 12, Compared: 5}},
		{"without _source", func(o *opensearch.ReplaceOptions) {
			o.Body = json.RawMessage(`{"mappings": {"_source": {"enabled": false}}}`)
		}, opensearch.Verification{Documents: 12, NotCompared: "_source is disabled"}},
		{"pipeline", func(o *opensearch.ReplaceOptions) { o.Ingest.Pipeline = "clean" }, opensearch.Verification{Documents: 12, NotCompared: "an ingest pipeline may change documents"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
			w.server.Pipelines = map[string]func([]byte) []byte{"clean": func(source []byte) []byte { return source }}
			opts := replaceOptions()
			test.change(&opts)
			if result := applied(t, w, opts); result.Verified != test.want {
				t.Errorf("got %+v, want %+v", result.Verified, test.want)
			}
		})
	}
}

// TestReplaceCollections replaces in collections of all types. Those for vectors and
// time series make the ids, and a lost answer may double documents there.
func TestReplaceCollections(t *testing.T) {
	for _, product := range []standin.Product{standin.Search, standin.VectorSearch, standin.TimeSeries} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprint(product, " lost ", lost), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newReplaceWorld(awstest.New(t), booksCollection)
					w.server.Product, w.server.RefreshInterval = product, time.Minute
					w.do("PUT", "/old", `{"mappings": `+booksMapping+`, "aliases": {"books": {}}}`)
					opts := replaceOptions()
					opts.Ingest.GeneratedIDs = product != standin.Search
					opts.Ingest.Documents = unnamed(12)
					least := int64(12)
					if lost {
						once := false
						w.server.RequestFault = func(r *http.Request) *standin.Fault {
							if once || !strings.HasSuffix(r.URL.Path, "_bulk") {
								return nil
							}
							once = true
							return &standin.Fault{Reset: true, Applied: true}
						}
					}
					result := applied(t, w, opts)
					most := least + result.Ingest.MayBeDoubled
					if got := result.Verified.Documents; got < least || got > most || lost && product != standin.Search && got == least {
						t.Errorf("%d documents, want %d to %d", got, least, most)
					}
					for _, c := range w.Calls() {
						for _, not := range []string{"/_refresh", "/_forcemerge", "/_cluster", "/_stats", "/_settings"} {
							if strings.Contains(c.Target, not) {
								t.Errorf("called %s", c)
							}
						}
					}
				})
			})
		}
	}
}

// TestReplaceTuned: what an Ingest that was killed left of its tuning does not become
// the definition of the next index.
func TestReplaceTuned(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	if err := opensearch.Tune(t.Context(), w.clients().Conn, "library"); err != nil {
		t.Fatal(err)
	}
	applied(t, w, replaceOptions())
	if got := w.settings("books-000001"); got != `refresh "5s" replicas "1"` {
		t.Errorf("got %s", got)
	}
	if got := w.meta("books-000001"); strings.Contains(got, "refresh_interval") {
		t.Errorf("got %s", got)
	}
}

// TestReplaceCancelled: a call that is ended leaves what it began to the next one.
func TestReplaceCancelled(t *testing.T) { synctest.Test(t, replaceCancelled) }

func replaceCancelled(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shut down")
	opts := replaceOptions()
	opts.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
		for d := range editions("second", 12) {
			if d.ID == "9" {
				cancel(why)
			}
			if !yield(d, nil) {
				return
			}
		}
	}
	if _, err := replaced(ctx, w.clients(), opts); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
	if got := w.server.Indices(); !slices.Equal(got, []string{"books-000001", "library"}) {
		t.Errorf("there are %v", got)
	}
	opts.Ingest.Documents = editions("second", 12)
	if plan := planned(t, w, opts); plan.Changes[0].Action != awspatterns.Replace {
		t.Errorf("got %s", plan)
	}
	applied(t, w, opts)
}

// TestReplaceLarge compares documents that do not fit into one answer.
func TestReplaceLarge(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	c := w.clients()
	c.Conn.SetMaxResponse(20_000)
	opts := replaceOptions()
	text := strings.Repeat("x", 4_000)
	opts.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
		for i := range 50 {
			if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: fmt.Appendf(nil, `{"n": %d, "text": %q}`, i, text)}, nil) {
				return
			}
		}
	}
	result, err := replaced(t.Context(), c, opts)
	if err != nil || result.Verified.Compared != 50 {
		t.Errorf("got %+v, %v", result.Verified, err)
	}
	c.Conn.SetMaxResponse(3_000)
	opts.Ingest.Version = "again"
	_, err = replaced(t.Context(), c, opts)
	failsWith(t, err, "the answer is too large")
}

// TestReplaceFiles: files that have changed since the plan was made are not what was
// planned.
func TestReplaceFiles(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	opts := replaceOptions()
	opts.Ingest = opensearch.IngestOptions{Files: []string{writeLines(t, 100)}, IDField: "n"}
	opts.Body = json.RawMessage(`{}`)
	plan := planned(t, w, opts)
	if again := planned(t, w, opts); again.Digest != plan.Digest {
		t.Errorf("two plans of one state: %s and %s", plan, again)
	}
	if len(plan.Costs) != 0 {
		t.Errorf("costs %v", plan.Costs)
	}
	if err := os.WriteFile(opts.Ingest.Files[0], []byte(`{"n": 1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := w.server.State()
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrAltered) {
		t.Errorf("got %v", err)
	}
	if w.server.State() != before {
		t.Error("something was changed")
	}
	if result := applied(t, w, opts); result.Verified.Documents != 1 {
		t.Errorf("got %+v", result)
	}
	opts.Ingest.IDField = "" // other documents of the same file
	if plan := planned(t, w, opts); plan.Index != "books-000002" {
		t.Errorf("got %s", plan)
	}
}

// TestReplaceObjects loads what is below a prefix in S3, with the permissions for it.
func TestReplaceObjects(t *testing.T) {
	w := manyBooks(newReplaceWorld(awstest.New(t), booksHost))
	service := s3.New(w.Cloud)
	service.CreateBucket("drops", s3.Bucket{Owner: "123456789012", Region: "eu-central-1"})
	client := w.clients().S3.(*s3sdk.Client)
	put := func(key, text string) {
		if _, err := client.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String("drops"), Key: &key, Body: strings.NewReader(text)}); err != nil {
			t.Fatal(err)
		}
	}
	put("today/1.jsonl", `{"n": 1}`+"\n")
	put("today/2.jsonl", `{"n": 2}`+"\n")
	opts := replaceOptions()
	opts.Ingest = opensearch.IngestOptions{Objects: []string{"s3://drops/today/"}}
	declared := opensearch.ReplacePermissions(opts)
	before := w.Count()
	plan := planned(t, w, opts)
	afterPlan := w.Count()
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan); err != nil {
		t.Fatal(err)
	}
	calls := w.Calls()
	awstest.CheckPermissions(t, declared.Plan, calls[before:afterPlan], standin.Actions, s3.Actions)
	awstest.CheckPermissions(t, declared.Apply, calls[afterPlan:], standin.Actions, s3.Actions)
	if again := planned(t, w, opts); !again.Empty() {
		t.Errorf("got %s", again)
	}
	put("today/3.jsonl", `{"n": 3}`+"\n")
	if result := applied(t, w, opts); result.Verified.Documents != 3 {
		t.Errorf("got %+v", result)
	}

	w.Inject(awstest.Fault{Operation: "S3.*", Err: awstest.Denied()})
	plan = planned(t, w, opts)
	if !plan.Incomplete || len(plan.Changes) != 1 || plan.Changes[0].Action != awspatterns.Unknown {
		t.Errorf("got %s", plan)
	}
}
