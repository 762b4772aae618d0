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
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/opensearch"
)

// TestReplaceRefuses: options that are wrong are refused before the first call.
func TestReplaceRefuses(t *testing.T) {
	alias := func(name string) func(*opensearch.ReplaceOptions) {
		return func(o *opensearch.ReplaceOptions) { o.Alias = name }
	}
	body := func(text string) func(*opensearch.ReplaceOptions) {
		return func(o *opensearch.ReplaceOptions) { o.Body = json.RawMessage(text) }
	}
	tests := []struct {
		name   string
		change func(*opensearch.ReplaceOptions)
		want   string
	}{
		{"no alias", alias(""), "no Alias"},
		{"all", alias("*"), "has a character"},
		{"some", alias("b*"), "has a character"},
		{"two", alias("a,b"), "has a character"},
		{"path", alias("a/_search"), "has a character"},
		{"date math", alias("<a-{now/d}>"), "has a character"},
		{"query", alias("a?b"), "has a character"},
		{"cluster", alias("remote:a"), "has a character"},
		{"newline", alias("a\nx delete"), "has a character"},
		{"direction", alias("a\u202eb"), "has a character"},
		{"no UTF-8", alias("a\xff"), "has a character"},
		{"api", alias("_all"), "begins with"},
		{"exclusion", alias("-a"), "begins with"},
		{"plus", alias("+a"), "begins with"},
		{"dot", alias("."), "is . or .."},
		{"dots", alias(".."), "is . or .."},
		{"capital", alias("Über"), "has a capital letter outside of ASCII"},
		{"too long", alias(strings.Repeat("a", 249)), "the Alias has 249 bytes"},
		{"index", func(o *opensearch.ReplaceOptions) { o.Ingest.Index = "x" }, "the plan decides on them"},
		{"mode", func(o *opensearch.ReplaceOptions) { o.Ingest.Mode = opensearch.Upsert }, "the plan decides on them"},
		{"tune", func(o *opensearch.ReplaceOptions) { o.Ingest.Tune = true }, "the plan decides on them"},
		{"no version", func(o *opensearch.ReplaceOptions) { o.Ingest.Version = "" }, "Ingest.Documents without a Version"},
		{"nothing to load", func(o *opensearch.ReplaceOptions) { o.Ingest.Documents, o.Ingest.Version = nil, "" }, "0 of Files, Objects and Documents are set"},
		{"keep", func(o *opensearch.ReplaceOptions) { o.Keep = -2 }, "Keep is -2"},
		{"sample", func(o *opensearch.ReplaceOptions) { o.Sample = -2 }, "Sample is -2"},
		{"negative", func(o *opensearch.ReplaceOptions) { o.WaitFor = -1 }, "is negative"},
		{"rejected", func(o *opensearch.ReplaceOptions) { o.MaxRejected = 1 }, "MaxRejected without Ingest.DeadLetters"},
		{"workers", func(o *opensearch.ReplaceOptions) { o.Ingest.Workers = -1 }, "Workers is -1"},
		{"body", body(`[]`), "Body: want an object"},
		{"body of two", body(`{} {}`), "Body: there is more behind the JSON object"},
		{"unknown part", body(`{"mapping": {}}`), `unknown field "mapping"`},
		{"alias in body", body(`{"aliases": {"all-books": {}}}`), `the alias "all-books": only "books" can be given`},
		{"odd alias in body", body(`{"aliases": {"books": {"filters": {}}}}`), `unknown field "filters"`},
		{"setting of an index", body(`{"settings": {"index": {"uuid": "x"}}}`), "index.uuid is not for a new index"},
		{"block", body(`{"settings": {"blocks.write": true}}`), "index.blocks.write is not for a new index"},
		{"setting twice", body(`{"settings": {"index.number_of_shards": 1, "number_of_shards": 2}}`), "index.number_of_shards is set twice"},
		{"meta", body(`{"mappings": {"_meta": 1}}`), `Body: "_meta" in the _meta of its mapping`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
			opts := replaceOptions()
			test.change(&opts)
			_, err := opensearch.PlanReplace(t.Context(), w.clients(), opts)
			failsWith(t, err, test.want)
			if w.Count() != 0 {
				t.Errorf("after %d calls", w.Count())
			}
			if text := fmt.Sprint(err); strings.ContainsAny(text, "\n\u202e") || !utf8.ValidString(text) {
				t.Errorf("the error is not safe to look at: %q", err)
			}
		})
	}
	opts := replaceOptions()
	opts.ForceMerge = 1
	_, err := opensearch.PlanReplace(t.Context(), newReplaceWorld(awstest.New(t), booksCollection).clients(), opts)
	failsWith(t, err, "Serverless merges when it wants")
	_, err = opensearch.PlanReplace(t.Context(), opensearch.Clients{}, opts)
	failsWith(t, err, "the Clients have no Conn")
}

// TestReplaceAltered: a plan is applied to what it was made for, or not at all.
func TestReplaceAltered(t *testing.T) {
	tests := []struct {
		name   string
		change func(*replaceWorld, *opensearch.ReplacePlan)
		is     error
		want   string
	}{
		{"another digest", func(_ *replaceWorld, p *opensearch.ReplacePlan) { p.Index = "books-000007" }, awspatterns.ErrAltered, "digest"},
		{"another fields", func(_ *replaceWorld, p *opensearch.ReplacePlan) {
			p.Options.Ingest.Documents = nil
		}, nil, "set Options.Ingest.Documents again"},
		{"another cluster", func(w *replaceWorld, _ *opensearch.ReplacePlan) { w.server.ClusterUUID = "another" }, awspatterns.ErrWrongAccount, "cluster another"},
		{"the alias moved", func(w *replaceWorld, _ *opensearch.ReplacePlan) {
			w.do("PUT", "/hotfix", `{}`)
			w.do("POST", "/_aliases", `{"actions": [{"remove": {"index": "library", "alias": "books"}}, {"add": {"index": "hotfix", "alias": "books"}}]}`)
		}, awspatterns.ErrStale, "update OpenSearch alias books"},
		{"the alias has another filter", func(w *replaceWorld, _ *opensearch.ReplacePlan) {
			w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "library", "alias": "books"}}]}`)
		}, awspatterns.ErrStale, "update OpenSearch alias books"},
		{"the old index is another one", func(w *replaceWorld, _ *opensearch.ReplacePlan) {
			w.do("DELETE", "/library", "")
			w.do("PUT", "/library", `{"aliases": {"books": {"filter": {"exists": {"field": "n"}}, "is_write_index": true}}}`)
		}, awspatterns.ErrStale, "update OpenSearch alias books"},
		{"others write to the old index", func(w *replaceWorld, _ *opensearch.ReplacePlan) { w.add("library", "third", 1) },
			awspatterns.ErrStale, "others have written to what books shows since the plan was made (10 operations then, 11 now)"},
		{"the new index is somebody's", func(w *replaceWorld, _ *opensearch.ReplacePlan) { w.do("PUT", "/books-000001", `{}`) },
			awspatterns.ErrStale, "create OpenSearch index books-000001"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
			plan := planned(t, w, replaceOptions())
			test.change(w, &plan)
			shown := w.server.Aliases()["books"]
			_, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan)
			failsWith(t, err, test.want)
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want %v", err, test.is)
			}
			if got := w.server.Aliases()["books"]; !slices.Equal(got, shown) {
				t.Errorf("books shows %v", got)
			}
		})
	}

	// What is loaded is told by its version, wherever the plan was kept.
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	plan := planned(t, w, replaceOptions())
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	kept := opensearch.ReplacePlan{}
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	kept.Options.Ingest.Documents = editions("second", 12)
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), kept); err != nil {
		t.Error(err)
	}
}

// TestReplaceAllowWrites moves the alias also if others have written.
func TestReplaceAllowWrites(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	opts := replaceOptions()
	opts.AllowWrites = true
	plan := planned(t, w, opts)
	w.add("library", "third", 1)
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan); err != nil {
		t.Error(err)
	}
}

// TestReplaceWaits: the alias is moved to an index that is as healthy as the old one.
func TestReplaceWaits(t *testing.T) {
	tests := []struct {
		name     string
		old      int // replicas
		replicas int
		nodes    int
		later    bool // the replicas of the new index take a minute
		never    bool
		want     string // in the error
	}{
		{name: "no replicas", nodes: 1},
		{name: "green at once", old: 1, replicas: 1, nodes: 2},
		{name: "green later", old: 1, replicas: 1, nodes: 2, later: true},
		{name: "yellow, as the old one", old: 1, replicas: 1, nodes: 1},
		{name: "more replicas than the old one", old: 0, replicas: 2, nodes: 2},
		{name: "fewer replicas than the old one", old: 2, replicas: 0, nodes: 3},
		{name: "never", old: 1, replicas: 1, nodes: 2, never: true,
			want: "books-000001 is yellow after 10m0s: it has 1 copies of its 1 shards, and each is to have 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
				w.server.DataNodes = test.nodes
				w.do("PUT", "/library/_settings", fmt.Sprintf(`{"number_of_replicas": %d}`, test.old))
				if test.later {
					w.assigned = time.Now().Add(time.Minute)
				}
				if test.never {
					w.assigned = time.Now().Add(time.Hour)
				}
				opts := replaceOptions()
				opts.Body = json.RawMessage(fmt.Sprintf(`{"settings": {"number_of_replicas": %d}, "mappings": %s}`, test.replicas, booksMapping))
				begun := time.Now()
				_, err := replaced(t.Context(), w.clients(), opts)
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got %v", err)
				}
				if waited := time.Since(begun) >= time.Minute; waited != (test.later || test.never) {
					t.Errorf("waited %v", time.Since(begun))
				}
				if err == nil {
					return
				}
				if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"library"}) {
					t.Errorf("books shows %v", got)
				}
				time.Sleep(time.Hour) // the next run goes on
				result, err := replaced(t.Context(), w.clients(), opts)
				if err != nil || states(result.Outcomes) != "applied books" {
					t.Errorf("got %s, %v", states(result.Outcomes), err)
				}
			})
		})
	}
}

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
		{"none at all", documents(), opensearch.Verification{NotCompared: "there are no documents with an id"}},
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

// TestReplaceTemplate: a template that shows every new index of books from the
// beginning does not show one that is being loaded.
func TestReplaceTemplate(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	w.do("PUT", "/_index_template/all", `{"index_patterns": ["books-*"], "template": {"aliases": {"books": {}}}}`)
	before := w.server.State()
	_, err := replaced(t.Context(), w.clients(), replaceOptions())
	failsWith(t, err, "an index template gives books-000001 an alias from the beginning")
	if after := w.server.State(); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// TestReplaceRollback: after somebody has the alias show an old index again, the next content
// becomes a new index, and none that was shown is deleted before that.
func TestReplaceRollback(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	applied(t, w, edition("1", 5))
	applied(t, w, edition("2", 6))
	w.do("POST", "/_aliases", `{"actions": [{"remove": {"index": "books-000002", "alias": "books"}}, {"add": {"index": "books-000001", "alias": "books"}}]}`)
	plan := planned(t, w, edition("2", 6))
	if len(plan.Changes) != 1 || !strings.Contains(plan.Changes[0].Reason, "loaded with this content already") {
		t.Errorf("the same content: %s", plan)
	}
	plan = planned(t, w, edition("3", 7))
	if plan.Index != "books-000003" || len(plan.Deleted) != 1 || plan.Deleted["books-000002"] == "" || plan.Kept["books-000001"] == "" {
		t.Errorf("got %s, kept %v", plan, plan.Kept)
	}
	w.do("PUT", "/books-000002/_doc/99?refresh=true", `{"n": 99}`)
	_, err := replaced(t.Context(), w.clients(), edition("2", 6))
	failsWith(t, err, "books-000002 has 7 documents, and was loaded with 6")
	if !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("got %v", err)
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

// TestReplaceMerges: merging that takes longer than an answer may is waited for, and a
// kill on the way costs no more than the merging.
func TestReplaceMerges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
		opts := replaceOptions()
		opts.ForceMerge = 2
		crash := true
		polled := 0
		w.server.RequestFault = func(r *http.Request) *standin.Fault {
			switch r.URL.Path {
			case "/books-000001/_forcemerge":
				if crash {
					w.CrashAfter(1)
				}
				return &standin.Fault{Latency: time.Hour}
			case "/books-000001/_stats/merge":
				polled++
				return &standin.Fault{Status: 200, Body: fmt.Sprintf(`{"_all": {"total": {"merges": {"current": %d}}}}`, max(0, 3-polled))}
			}
			return nil
		}
		if _, err := replaced(t.Context(), w.clients(), opts); err == nil || !strings.Contains(w.meta("books-000001"), `"forceMerge":2`) {
			t.Errorf("got %v, %s", err, w.meta("books-000001"))
		}
		w.Recover()
		crash = false
		result := applied(t, w, opts)
		if states(result.Outcomes) != "applied books" || polled != 3 || strings.Contains(w.meta("books-000001"), "forceMerge") {
			t.Errorf("got %s, polled %d times, %s", states(result.Outcomes), polled, w.meta("books-000001"))
		}
	})
}

// TestReplaceOfTwo: a second process does not take the index that the first one is
// loading.
func TestReplaceOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
		slow := replaceOptions()
		slow.Ingest.MaxBatchDocuments = 1
		slow.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
			for d := range editions("second", 12) {
				time.Sleep(5 * time.Second)
				if !yield(d, nil) {
					return
				}
			}
		}
		first := make(chan error)
		go func() {
			_, err := replaced(t.Context(), w.clients(), slow)
			first <- err
		}()
		time.Sleep(12 * time.Second)
		_, err := replaced(t.Context(), w.clients(), edition("third", 12))
		failsWith(t, err, "another process is loading books-000001: wait until it has ended")
		if !errors.Is(err, awspatterns.ErrStale) {
			t.Errorf("got %v", err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first process: %v", err)
		}
		applied(t, w, edition("third", 12))
	})
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
	if len(plan.Costs) != 1 || plan.Costs[0].Quantity <= 0 {
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
