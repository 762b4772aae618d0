package opensearch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
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
