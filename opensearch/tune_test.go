package opensearch_test

import (
	"context"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

const withMeta = `{"settings": {"refresh_interval": "30s", "number_of_replicas": 2}, "mappings": {"_meta": {"awspatterns": {"later": [1.0]}, "owner": {"n": 12345678901234567890}}, "properties": {"n": {"type": "integer"}}}}`

// TestTune tunes and restores indices of all kinds.
func TestTune(t *testing.T) {
	tests := []struct {
		name   string
		create string
		tuned  string
	}{
		{"nothing set", `{}`, `refresh "-1" replicas "0"`},
		{"set, and a _meta of others", withMeta, `refresh "-1" replicas "0"`},
		{"so already", `{"settings": {"refresh_interval": "-1", "number_of_replicas": 0}}`, `refresh "-1" replicas "0"`},
		{"one so already", `{"settings": {"refresh_interval": "-1", "number_of_replicas": 2}}`, `refresh "-1" replicas "0"`},
		{"auto_expand_replicas", `{"settings": {"auto_expand_replicas": "0-1", "number_of_replicas": 1}}`, `refresh "-1" replicas "1"`},
		{"no auto_expand_replicas", `{"settings": {"auto_expand_replicas": "false", "number_of_replicas": 1}}`, `refresh "-1" replicas "0"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newReplaceWorld(awstest.New(t), booksHost)
			w.server.DataNodes = 2
			w.do("PUT", "/books", test.create)
			before := w.server.State()
			c := w.clients().Conn
			for range 2 { // the originals stay those of the first time
				if err := opensearch.Tune(t.Context(), c, "books"); err != nil {
					t.Fatal(err)
				}
				if got := w.settings("books"); got != test.tuned {
					t.Errorf("tuned: %s", got)
				}
			}
			changed := w.server.State() != before
			restored, err := opensearch.Restore(t.Context(), c, "books")
			if err != nil || restored != changed {
				t.Errorf("restored %t, %v", restored, err)
			}
			if after := w.server.State(); after != withoutEmptyMeta(before, after) {
				t.Errorf("got\n%s\nwant\n%s", after, before)
			}
			calls := w.Count()
			if restored, err := opensearch.Restore(t.Context(), c, "books"); restored || err != nil || w.Count() != calls+1 {
				t.Errorf("restored again: %t, %v", restored, err)
			}
		})
	}
}

// withoutEmptyMeta returns before, but that an index that had no _meta has an empty one:
// OpenSearch cannot take one away.
func withoutEmptyMeta(before, after string) string {
	const empty, none = `mapping: {"_meta":{}}`, `mapping: {}`
	if strings.Contains(after, empty) {
		return strings.Replace(before, none, empty, 1)
	}
	return before
}

// TestTuneChangedMeanwhile: what somebody changes while an index is tuned stays.
func TestTuneChangedMeanwhile(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	w.do("PUT", "/books", withMeta)
	c := w.clients().Conn
	if err := opensearch.Tune(t.Context(), c, "books"); err != nil {
		t.Fatal(err)
	}
	w.do("PUT", "/books/_settings", `{"index.refresh_interval": "7s"}`)
	if restored, err := opensearch.Restore(t.Context(), c, "books"); restored || err != nil {
		t.Errorf("restored %t, %v", restored, err)
	}
	if got, want := w.settings("books"), `refresh "7s" replicas "2"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := w.meta("books"); got != `{"later":[1.0]}` {
		t.Errorf("kept %s", got)
	}

	// Tuned again, the change is what is restored.
	if err := opensearch.Tune(t.Context(), c, "books"); err != nil {
		t.Fatal(err)
	}
	w.do("PUT", "/books/_settings", `{"index.refresh_interval": "8s"}`)
	if err := opensearch.Tune(t.Context(), c, "books"); err != nil {
		t.Fatal(err)
	}
	if restored, err := opensearch.Restore(t.Context(), c, "books"); !restored || err != nil {
		t.Errorf("restored %t, %v", restored, err)
	}
	if got, want := w.settings("books"), `refresh "8s" replicas "2"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTuneAlias tunes the write index of an alias, and restores whichever was tuned.
func TestTuneAlias(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	w.do("PUT", "/a", `{"settings": {"refresh_interval": "1s"}, "aliases": {"all": {}}}`)
	w.do("PUT", "/b", `{"settings": {"refresh_interval": "2s"}, "aliases": {"all": {"is_write_index": true}}}`)
	c := w.clients().Conn
	if err := opensearch.Tune(t.Context(), c, "all"); err != nil {
		t.Fatal(err)
	}
	if a, b := w.settings("a"), w.settings("b"); a != `refresh "1s" replicas "1"` || b != `refresh "-1" replicas "0"` {
		t.Errorf("got a: %s, b: %s", a, b)
	}
	w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "a", "alias": "all", "is_write_index": true}}, {"add": {"index": "b", "alias": "all", "is_write_index": false}}]}`)
	if restored, err := opensearch.Restore(t.Context(), c, "all"); !restored || err != nil {
		t.Errorf("restored %t, %v", restored, err)
	}
	if got := w.settings("b"); got != `refresh "2s" replicas "1"` {
		t.Errorf("got %s", got)
	}
}

func TestTuneRefuses(t *testing.T) {
	w := newReplaceWorld(awstest.New(t), booksHost)
	c := w.clients().Conn
	failsWith(t, opensearch.Tune(t.Context(), c, "books"), "there is no index books")
	if restored, err := opensearch.Restore(t.Context(), c, "books"); restored || err != nil {
		t.Errorf("no index: restored %t, %v", restored, err)
	}
	w.do("PUT", "/a", `{"aliases": {"all": {}}}`)
	w.do("PUT", "/b", `{"aliases": {"all": {}}}`)
	failsWith(t, opensearch.Tune(t.Context(), c, "all"), "none of the indices of all is its write index: a, b")
	w.do("PUT", "/odd", `{"mappings": {"_meta": {"awspatterns": 7}}}`)
	failsWith(t, opensearch.Tune(t.Context(), c, "odd"), `odd: "awspatterns" in the _meta of its mapping`)

	w = newReplaceWorld(awstest.New(t), booksCollection)
	failsWith(t, opensearch.Tune(t.Context(), w.clients().Conn, "books"), "option Tune is not for Serverless")
	if restored, err := opensearch.Restore(t.Context(), w.clients().Conn, "books"); restored || err != nil || w.Count() != 0 {
		t.Errorf("Serverless: restored %t, %v, %d calls", restored, err, w.Count())
	}
}

// TestTuneProof: killed at any request, twice, a further run ends with the originals.
func TestTuneProof(t *testing.T) {
	sweep(t)
	proof := awstest.Proof[*replaceWorld]{
		Start: func(c *awstest.Cloud) *replaceWorld {
			w := newReplaceWorld(c, booksHost)
			w.do("PUT", "/books-1", withMeta)
			w.do("POST", "/_aliases", `{"actions": [{"add": {"index": "books-1", "alias": "books"}}]}`)
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *replaceWorld) error {
			if err := opensearch.Tune(ctx, w.clients().Conn, "books"); err != nil {
				return err
			}
			_, err := opensearch.Restore(ctx, w.clients().Conn, "books")
			return err
		},
		State:     func(w *replaceWorld) string { return w.server.State() },
		NoDeletes: true,
	}
	t.Run("converges", proof.Converges)
	t.Run("converges after two crashes", proof.ConvergesTwice)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)

	// A run that does not tune restores, too.
	proof.Run = func(ctx context.Context, _ *awstest.Cloud, w *replaceWorld) error {
		conn := w.clients().Conn
		if _, err := opensearch.Restore(ctx, conn, "books"); err != nil {
			return err
		}
		if w.settings("books-1") != `refresh "30s" replicas "2"` {
			t.Errorf("after restore: %s", w.settings("books-1"))
		}
		if err := opensearch.Tune(ctx, conn, "books"); err != nil {
			return err
		}
		_, err := opensearch.Restore(ctx, conn, "books")
		return err
	}
	t.Run("the next run restores first", proof.Converges)
}
