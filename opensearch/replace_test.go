package opensearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/opensearch"
)

// editions yields n documents of an edition, by which a reader tells what it sees.
func editions(edition string, n int) iter.Seq2[opensearch.Document, error] {
	return func(yield func(opensearch.Document, error) bool) {
		for i := range n {
			source := fmt.Appendf(nil, `{"n": %d, "edition": %q, "price": 1%d.50}`, i, edition, i)
			if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: source}, nil) {
				return
			}
		}
	}
}

// replaceOptions are to show the second edition of 12 books.
func replaceOptions() opensearch.ReplaceOptions {
	return opensearch.ReplaceOptions{
		Alias:  "books",
		Ingest: opensearch.IngestOptions{Documents: editions("second", 12), Version: "second", Workers: 1, MaxBatchDocuments: 5},
	}
}

const booksMapping = `{"_meta": {"owner": "search"}, "properties": {"n": {"type": "integer"}, "edition": {"type": "keyword"}, "price": {"type": "double"}}}`

// oldBooks is a domain where books shows an index that somebody made by hand.
func oldBooks(w *replaceWorld) *replaceWorld {
	w.do("PUT", "/library", `{"settings": {"number_of_shards": 2, "refresh_interval": "5s", "blocks.metadata": false}, "mappings": `+booksMapping+`}`)
	w.add("library", "first", 10)
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "library", "alias": "books", "filter": {"exists": {"field": "n"}}, "is_write_index": true}}]}`)
	return w
}

// add adds documents by another hand.
func (w *replaceWorld) add(index, edition string, n int) {
	var body strings.Builder
	for d := range editions(edition, n) {
		fmt.Fprintf(&body, `{"index": {"_id": %q}}`+"\n%s\n", d.ID, d.Source)
	}
	if w.host == booksCollection {
		w.do("POST", "/"+index+"/_bulk", body.String())
		time.Sleep(10 * time.Second) // in a bubble
		return
	}
	w.do("POST", "/"+index+"/_bulk?refresh=true", body.String())
}

func planned(t *testing.T, w *replaceWorld, opts opensearch.ReplaceOptions) opensearch.ReplacePlan {
	t.Helper()
	plan, err := opensearch.PlanReplace(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// replaced plans and applies.
func replaced(ctx context.Context, c opensearch.Clients, opts opensearch.ReplaceOptions) (opensearch.ReplaceResult, error) {
	plan, err := opensearch.PlanReplace(ctx, c, opts)
	if err != nil {
		return opensearch.ReplaceResult{}, err
	}
	return opensearch.ApplyReplace(ctx, c, plan)
}

func applied(t *testing.T, w *replaceWorld, opts opensearch.ReplaceOptions) opensearch.ReplaceResult {
	t.Helper()
	result, err := replaced(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if again := planned(t, w, opts); !again.Empty() {
		t.Errorf("planning after applying is not empty:\n%s", again)
	}
	return result
}

// edition returns options for documents of an edition.
func edition(name string, n int) opensearch.ReplaceOptions {
	opts := replaceOptions()
	opts.Ingest.Documents, opts.Ingest.Version = editions(name, n), name
	return opts
}

func TestReplace(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	opts := replaceOptions()
	opts.ForceMerge = 1
	plan := planned(t, w, opts)
	golden.Equal(t, "testdata/golden/replace_plan.txt", plan.String())

	result, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if result.Index != "books-000001" || result.Ingest.Created != 12 || result.Verified.Documents != 12 || result.Verified.Compared != 12 || result.Verified.NotCompared != "" {
		t.Errorf("got %+v", result)
	}
	if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"books-000001"}) {
		t.Errorf("books shows %v", got)
	}
	if got := w.server.Indices(); !slices.Equal(got, []string{"books-000001", "library"}) {
		t.Errorf("there are %v", got)
	}
	if got := w.settings("books-000001"); got != `refresh "5s" replicas "1"` {
		t.Errorf("got %s", got)
	}
	merge := "POST https://" + booksHost + "/books-000001/_forcemerge?max_num_segments=1"
	if !slices.ContainsFunc(w.Calls(), func(c awstest.Call) bool { return c.Target == merge }) {
		t.Errorf("not merged: %v", w.Calls())
	}
	golden.Equal(t, "testdata/golden/replace_state.txt", w.server.State())
	if again := planned(t, w, opts); !again.Empty() || again.Kept["library"] != "" {
		t.Errorf("planning after applying is not empty:\n%s\n%v", again, again.Kept)
	}
	calls := w.Count()
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), planned(t, w, opts)); err != nil {
		t.Error(err)
	}
	if got := len(w.Calls()[calls:]); got != 4 {
		t.Errorf("planning and applying again made %d calls", got)
	}
	result, err = opensearch.ApplyReplace(t.Context(), w.clients(), plan)
	if err != nil || states(result.Outcomes) != "already books-000001, already books" {
		t.Errorf("the same plan again: %v, %v", states(result.Outcomes), err)
	}
}

func states(outcomes []awspatterns.Outcome) string {
	var got []string
	for _, o := range outcomes {
		got = append(got, fmt.Sprint(o.State, " ", o.Resource.ID))
	}
	return strings.Join(got, ", ")
}

// TestReplaceKeeps replaces again and again.
func TestReplaceKeeps(t *testing.T) {
	for keep, want := range map[int]string{
		-1: "books-000005 library",
		0:  "books-000004 books-000005 library",
		2:  "books-000003 books-000004 books-000005 library",
		9:  "books-000001 books-000002 books-000003 books-000004 books-000005 library",
	} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
			for i := range 5 {
				opts := edition(fmt.Sprint("edition ", i), 12+i)
				opts.Keep = keep
				applied(t, w, opts)
			}
			if got := strings.Join(w.server.Indices(), " "); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"books-000005"}) {
				t.Errorf("books shows %v", got)
			}
		})
	}
}

// TestReplaceNeverDeletesOthers: indices of others stay, whatever their names.
func TestReplaceNeverDeletesOthers(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	applied(t, w, edition("1", 3))
	w.do("PUT", "/books-000000", `{}`)
	w.do("PUT", "/books-archive", `{"mappings": {"_meta": {"awspatterns": {"replace": {"alias": "books", "generation": 1, "state": "loaded"}}}}}`)
	w.do("PUT", "/books-x-000001", `{"mappings": {"_meta": {"awspatterns": {"replace": {"alias": "books-x", "generation": 1, "state": "loaded"}}}}}`)
	applied(t, w, edition("2", 3))
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "books-000001", "alias": "last-year"}}]}`)
	opts := edition("3", 3)
	opts.Keep = -1
	plan := planned(t, w, opts)
	if plan.Kept["books-000001"] != "it bears the alias last-year" {
		t.Errorf("kept %v", plan.Kept)
	}
	applied(t, w, opts)
	want := "books-000000 books-000001 books-000003 books-archive books-x-000001 library"
	if got := strings.Join(w.server.Indices(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}

	w.do("PUT", "/books-000004", `{}`)
	plan = planned(t, w, edition("4", 3))
	if plan.Count(awspatterns.Blocked) != 1 || len(plan.Changes) != 1 || plan.Changes[0].Resource.ID != "books-000004" {
		t.Errorf("got %s", plan)
	}
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
}

// TestReplaceIndex takes the place of an index that has the name itself.
func TestReplaceIndex(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	w.do("PUT", "/books", `{"mappings": `+booksMapping+`}`)
	w.add("books", "first", 10)
	plan := planned(t, w, replaceOptions())
	golden.Equal(t, "testdata/golden/replace_blocked.txt", plan.String())
	opts := replaceOptions()
	opts.ReplaceIndex = true
	golden.Equal(t, "testdata/golden/replace_index.txt", planned(t, w, opts).String())
	applied(t, w, opts)
	if got := w.server.Indices(); !slices.Equal(got, []string{"books-000001"}) {
		t.Errorf("there are %v", got)
	}
	if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"books-000001"}) {
		t.Errorf("books shows %v", got)
	}
}

// TestReplaceFirst makes an alias that was not there, from a Body.
func TestReplaceFirst(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	opts := replaceOptions()
	opts.Alias, opts.Ingest.RoutingField = "Books", "edition"
	_, err := opensearch.PlanReplace(t.Context(), w.clients(), opts)
	failsWith(t, err, "opensearch: plan to replace Books: there is neither an alias nor an index of that name")

	opts.Body = json.RawMessage(`{
		"settings": {"index": {"number_of_shards": 2, "analysis": {"analyzer": {"a": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]}}}}, "number_of_replicas": 0},
		"mappings": ` + booksMapping + `,
		"aliases": {"Books": {"routing": "second", "filter": {"term": {"edition": "second"}}}}
	}`)
	golden.Equal(t, "testdata/golden/replace_first.txt", planned(t, w, opts).String())
	applied(t, w, opts)
	golden.Equal(t, "testdata/golden/replace_first_state.txt", w.server.State())

	opts.Body = json.RawMessage(strings.Replace(string(opts.Body), `"routing": "second"`, `"search_routing": "second"`, 1))
	plan := planned(t, w, opts)
	if len(plan.Changes) != 1 || plan.Changes[0].Action != awspatterns.Update || plan.Index != "books-000001" {
		t.Errorf("another routing: %s", plan)
	}
	applied(t, w, opts)
	if got := w.do("GET", "/_alias/Books", ""); strings.Contains(got, `"index_routing"`) {
		t.Errorf("got %s", got)
	}

	opts.Body = json.RawMessage(strings.Replace(string(opts.Body), `"keyword"`, `"text"`, 1))
	applied(t, w, opts)
	if got := w.server.Aliases()["Books"]; !slices.Equal(got, []string{"books-000002"}) {
		t.Errorf("another mapping: Books shows %v", got)
	}
}

// TestReplaceSeveral has one index take the place of several.
func TestReplaceSeveral(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	w.do("PUT", "/a", `{"mappings": `+booksMapping+`, "aliases": {"books": {"filter": {"exists": {"field": "n"}}}}}`)
	w.do("PUT", "/b", `{"mappings": `+booksMapping+`, "aliases": {"books": {}}}`)
	golden.Equal(t, "testdata/golden/replace_several.txt", planned(t, w, replaceOptions()).String())
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "b", "alias": "books", "filter": {"exists": {"field": "n"}}, "is_write_index": true}}]}`)
	applied(t, w, replaceOptions())
	if got := w.do("GET", "/_alias/books", ""); got != `{"books-000001":{"aliases":{"books":{"filter":{"exists":{"field":"n"}},"is_write_index":true}}}}` {
		t.Errorf("got %s", got)
	}

	// Somebody adds an index to the alias: it is taken out again, and nothing is loaded.
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "a", "alias": "books", "filter": {"exists": {"field": "n"}}}}]}`)
	plan := planned(t, w, replaceOptions())
	if len(plan.Changes) != 1 || plan.Changes[0].Resource.Type != "OpenSearch alias" {
		t.Errorf("got %s", plan)
	}
	applied(t, w, replaceOptions())
	if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"books-000001"}) {
		t.Errorf("books shows %v", got)
	}
}

// TestReplaceFails: what cannot be loaded, or is not what was loaded, leaves the alias
// as it is and no index behind.
func TestReplaceFails(t *testing.T) {
	double := func(yield func(opensearch.Document, error) bool) {
		for d := range editions("second", 3) {
			if !yield(d, nil) {
				return
			}
		}
		yield(opensearch.Document{}, errors.New("the database is gone"))
	}
	type test struct {
		name   string
		change func(*replaceWorld, *opensearch.ReplaceOptions)
		want   string
	}
	tests := []test{
		{"a document is refused", func(_ *replaceWorld, o *opensearch.ReplaceOptions) {
			o.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
				yield(opensearch.Document{ID: "1", Source: []byte(`{"n": "one"}`)}, nil)
			}
		}, "1 documents were refused for good"},
		{"a document is refused, into dead letters", func(w *replaceWorld, o *opensearch.ReplaceOptions) {
			o.Ingest.DeadLetters = &keptDeadLetters{cloud: w.Cloud}
			o.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
				_ = yield(opensearch.Document{ID: "1", Source: []byte(`{"n": "one"}`)}, nil) &&
					yield(opensearch.Document{ID: "2", Source: []byte(`{"n": 2}`)}, nil)
			}
		}, "1 documents were refused for good, more than MaxRejected"},
		{"the source ends early", func(_ *replaceWorld, o *opensearch.ReplaceOptions) { o.Ingest.Documents = double },
			"the database is gone"},
		{"the body is refused", func(_ *replaceWorld, o *opensearch.ReplaceOptions) {
			o.Body = json.RawMessage(`{"mappings": {"properties": {"n": {"type": "nix"}}}}`)
		}, "No handler for type [nix]"},
		{"a document too many", func(w *replaceWorld, o *opensearch.ReplaceOptions) {
			o.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
				w.add("books-000001", "other", 20)
				for d := range editions("second", 12) {
					if !yield(d, nil) {
						return
					}
				}
			}
		}, "books-000001 has 20 documents, and 12 were loaded"},
		{"a document is lost", func(w *replaceWorld, o *opensearch.ReplaceOptions) {
			w.lose = true
		}, "books-000001 has 11 documents, and 12 were loaded; of 12 compared, 1 are missing and 0 are not as they were sent: \"3\""},
		{"a document is spoiled", func(w *replaceWorld, o *opensearch.ReplaceOptions) {
			w.spoil = true
		}, "books-000001 has 12 documents, and 12 were loaded; of 12 compared, 0 are missing and 1 are not as they were sent: \"3\""},
	}
	tests = append(tests, test{"a routing that the documents do not have", func(_ *replaceWorld, o *opensearch.ReplaceOptions) {
		o.Body = json.RawMessage(`{"settings": {"number_of_shards": 3}, "aliases": {"books": {"routing": "second"}}}`)
	}, "of them with its search routing: set RoutingField"})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
				before := w.server.State()
				opts := replaceOptions()
				test.change(w, &opts)
				result, err := replaced(t.Context(), w.clients(), opts)
				failsWith(t, err, test.want)
				if strings.Count(fmt.Sprint(err), "opensearch:") != 1 {
					t.Errorf("the error has not one prefix: %v", err)
				}
				if after := w.server.State(); after != before {
					t.Errorf("got\n%s\nwant\n%s", after, before)
				}
				if states(result.Outcomes) != "failed books-000001, pending books" {
					t.Errorf("got %s", states(result.Outcomes))
				}
			})
		})
	}
}
