package opensearch_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// before has another hand do something before the n-th call that begins with target,
// a method and a path.
func (w *replaceWorld) before(target string, n int, do func()) {
	method, path, _ := strings.Cut(target, " ")
	w.Inject(awstest.Fault{Match: func(c awstest.Call) bool {
		if strings.HasPrefix(c.Target, method+" https://"+w.host+path) {
			if n--; n == 0 {
				do()
			}
		}
		return false
	}})
}

// begin makes an index that a run has begun to load and left behind.
func (w *replaceWorld) begin() {
	w.do("PUT", "/books-000001", `{"mappings": {"_meta": {"awspatterns": {"replace": {"alias": "books", "generation": 1, "state": "loading"}}}}}`)
}

// TestReplaceByTwo: when two processes apply the same plan, the one that fails does not
// delete the index that the other one has moved the alias to.
func TestReplaceByTwo(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	opts := replaceOptions()
	opts.Ingest.Checkpoint = w.checkpoint
	plan := planned(t, w, opts)
	mine, other := plan, plan
	mine.Options.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
		if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), other); err != nil {
			t.Error(err)
		}
		yield(opensearch.Document{}, errors.New("the database is gone"))
	}
	_, err := opensearch.ApplyReplace(t.Context(), w.clients(), mine)
	failsWith(t, err, "the database is gone")
	if strings.Contains(err.Error(), "deleted again") {
		t.Errorf("got %v", err)
	}
	if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"books-000001"}) {
		t.Errorf("books shows %v", got)
	}
}

// TestReplaceLoadedMeanwhile: an index that was left behind when it was looked at, and
// that another process has loaded since, is not deleted.
func TestReplaceLoadedMeanwhile(t *testing.T) {
	changes := map[string]func(*replaceWorld){
		"loaded": func(w *replaceWorld) {
			w.do("PUT", "/books-000001/_mapping", `{"_meta": {"awspatterns": {"replace": {"alias": "books", "generation": 1, "state": "loaded"}}}}`)
		},
		"shown": func(w *replaceWorld) {
			w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "books-000001", "alias": "preview"}}]}`)
		},
		"another's": func(w *replaceWorld) {
			w.do("PUT", "/books-000001/_mapping", `{"_meta": {}}`)
		},
	}
	for name, change := range changes {
		for look := 1; look <= 3; look++ {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
					w.begin()
					w.add("books-000001", "kept", 1)
					plan := planned(t, w, replaceOptions())
					w.before("GET /books-000001?", look, func() { change(w) })
					if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrStale) {
						t.Errorf("got %v", err)
					}
					if status, got := w.request("GET", "/books-000001/_doc/0", ""); status != 200 {
						t.Errorf("the index is gone: %s", got)
					}
				})
			})
		}
	}
}

// TestReplaceBegunIsShown: an index that a run left behind, and that somebody shows
// with an alias, stays.
func TestReplaceBegunIsShown(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	w.begin()
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "books-000001", "alias": "preview"}}]}`)
	plan := planned(t, w, replaceOptions())
	if len(plan.Changes) != 1 || plan.Count(awspatterns.Blocked) != 1 || !strings.Contains(plan.Changes[0].Reason, "preview") {
		t.Errorf("got %s", plan)
	}
}

// TestReplaceIndexOfAliases: with an index its aliases would go, and who searches them
// would find nothing.
func TestReplaceIndexOfAliases(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	w.do("PUT", "/books", `{"mappings": `+booksMapping+`}`)
	w.add("books", "first", 10)
	opts := replaceOptions()
	opts.ReplaceIndex = true
	late := planned(t, w, opts)
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "books", "alias": "library"}}]}`)
	plan := planned(t, w, opts)
	if len(plan.Changes) != 1 || plan.Count(awspatterns.Blocked) != 1 || !strings.Contains(plan.Changes[0].Reason, "library") {
		t.Errorf("got %s", plan)
	}
	if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), late); !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("got %v", err)
	}
	if got := w.server.Aliases()["library"]; !slices.Equal(got, []string{"books"}) {
		t.Errorf("library shows %v", got)
	}
}

// TestReplaceSourceChanges: what is loaded is what was planned, also if it changes
// after it was looked at for the last time before the index is created.
func TestReplaceSourceChanges(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	file := filepath.Join(t.TempDir(), "books.jsonl")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"n": 1, "edition": "second"}` + "\n")
	opts := replaceOptions()
	opts.Ingest.Documents, opts.Ingest.Version, opts.Ingest.Files = nil, "", []string{file}
	plan := planned(t, w, opts)
	w.before("PUT /books-000001", 1, func() { write(`{"n": 1, "edition": "another"}` + "\n") })
	_, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan)
	if !errors.Is(err, awspatterns.ErrAltered) {
		t.Errorf("got %v", err)
	}
	if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"library"}) {
		t.Errorf("books shows %v", got)
	}
}

// TestReplaceUnverified: what cannot be verified just now, since shards do not answer,
// is neither shown nor thrown away: the next run goes on.
func TestReplaceUnverified(t *testing.T) {
	answers := map[string]struct{ path, body string }{
		"a shard failed":          {"/_count", `{"count": 5, "_shards": {"total": 2, "successful": 1, "skipped": 0, "failed": 1}}`},
		"a shard is not there":    {"/_count", `{"count": 5, "_shards": {"total": 2, "successful": 1, "skipped": 0, "failed": 0}}`},
		"all seem to be there":    {"/_count", `{"count": 12, "_shards": {"total": 2, "successful": 1, "skipped": 0, "failed": 0}}`},
		"no shard for a document": {"/_mget", `{"docs": [{"_id": "3", "error": {"type": "no_shard_available_action_exception", "reason": "No shard available"}}]}`},
		"not refreshed":           {"/_refresh", `{"_shards": {"total": 2, "successful": 1, "failed": 1}}`},
		"mark not confirmed":      {"/_mapping", `{"acknowledged": false}`},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
				w.server.RequestFault = func(r *http.Request) *standin.Fault {
					if r.URL.Path == "/books-000001"+answer.path {
						return &standin.Fault{Status: 200, Body: answer.body}
					}
					return nil
				}
				opts := replaceOptions()
				opts.Sample, opts.Ingest.Checkpoint = 1, w.checkpoint
				if answer.path == "/_mget" {
					opts.Ingest.Documents = func(yield func(opensearch.Document, error) bool) {
						yield(opensearch.Document{ID: "3", Source: []byte(`{"n": 3}`)}, nil)
					}
				}
				_, err := replaced(t.Context(), w.clients(), opts)
				if _, other := errors.AsType[*opensearch.VerifyError](err); err == nil || other || strings.Contains(err.Error(), "deleted again") {
					t.Errorf("got %v", err)
				}
				if got := w.server.Aliases()["books"]; !slices.Equal(got, []string{"library"}) {
					t.Errorf("books shows %v", got)
				}
				w.server.RequestFault = nil
				if result, err := replaced(t.Context(), w.clients(), opts); err != nil || !result.Ingest.Resumed {
					t.Errorf("the next run: %+v, %v", result, err)
				}
			})
		})
	}
}

// TestReplaceOfTuned: the new index gets the settings that the old one is meant to have.
func TestReplaceOfTuned(t *testing.T) {
	const saved = `{"index.number_of_replicas": "1", "index.refresh_interval": "5s"}`
	tests := []struct{ name, settings, mark, refresh, replicas string }{
		{"a load was killed", `{"number_of_replicas": 0, "refresh_interval": "-1"}`, `{"settings": ` + saved + `}`, "5s", "1"},
		{"and somebody has set others since", `{"number_of_replicas": 2, "refresh_interval": "-1"}`, `{"settings": ` + saved + `}`, "5s", "2"},
		{"a replacement was killed, and its index shown by hand", `{"number_of_replicas": 0, "refresh_interval": "-1"}`,
			`{"replace": {"alias": "books", "generation": 1, "state": "loaded", "settings": ` + saved + `}}`, "5s", "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newReplaceWorld(awstest.New(t), booksHost)
			w.do("PUT", "/books-000001", `{"settings": `+test.settings+`, "aliases": {"books": {}}, "mappings": {"_meta": {"awspatterns": `+test.mark+`}}}`)
			opts := replaceOptions()
			opts.Ingest.Version = "third"
			plan := planned(t, w, opts)
			var d struct{ Settings map[string]any }
			if err := json.Unmarshal(plan.Definition, &d); err != nil {
				t.Fatal(plan, err)
			}
			if got := d.Settings; got["index.refresh_interval"] != test.refresh || got["index.number_of_replicas"] != test.replicas {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestReplaceRoom: a plan says what is known of the room that it takes, and no cost
// that does not arise.
func TestReplaceRoom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.jsonl")
	if err := os.WriteFile(file, []byte(`{"n": 1, "edition": "second"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := replaceOptions()
	opts.Ingest.Documents, opts.Ingest.Version, opts.Ingest.Files = nil, "", []string{file}
	plan := planned(t, oldBooks(newReplaceWorld(awstest.New(t), booksHost)), opts)
	if want := "what the alias shows takes"; len(plan.Costs) > 0 || !strings.Contains(plan.String(), want) {
		t.Errorf("got %v %s", plan.Costs, plan)
	}
}

// TestReplaceTemplateAdds: what an index template adds may keep documents from being
// compared with what was sent.
func TestReplaceTemplateAdds(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	w.do("PUT", "/_index_template/all", `{"index_patterns": ["books-*"], "template": {"mappings": {"_source": {"enabled": false}}}}`)
	opts := replaceOptions()
	opts.Body = json.RawMessage(`{"mappings": {"properties": {"n": {"type": "integer"}}}}`)
	result, err := replaced(t.Context(), w.clients(), opts)
	if err != nil || result.Verified.NotCompared != "_source is disabled" {
		t.Errorf("got %+v, %v", result.Verified, err)
	}
}
