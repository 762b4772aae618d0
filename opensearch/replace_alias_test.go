package opensearch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

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
