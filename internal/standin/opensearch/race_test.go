package opensearch_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

// Whoever reads through an alias while it is moved sees one of the indices, whole.
func TestReadersOfAnAliasThatIsMoved(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "POST", "/old/_bulk?refresh=true", lines("index", 0, 10))
	ok(t, s, "POST", "/new/_bulk?refresh=true", lines("index", 0, 20))
	ok(t, s, "PUT", "/old/_alias/books", "")
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		defer close(done)
		for i := range 100 {
			from, to := "old", "new"
			if i%2 == 1 {
				from, to = to, from
			}
			ok(t, s, "POST", "/_aliases", fmt.Sprintf(`{"actions":[{"remove":{"index":%q,"alias":"books"}},{"add":{"index":%q,"alias":"books"}}]}`, from, to))
		}
	})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if n := count(t, s, "books"); n != 10 && n != 20 {
					t.Errorf("a reader saw %d documents", n)
					return
				}
			}
		})
	}
	group.Wait()
}

// Everything at once: that nothing is lost, and nothing races.
func TestConcurrentRequests(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/a", `{"settings":{"number_of_shards":3}}`)
	var group sync.WaitGroup
	const writers, documents = 8, 200
	for w := range writers {
		group.Go(func() {
			for i := range 10 {
				body := lines("create", w*documents+i*documents/10, documents/10)
				body += fmt.Sprintf("{\"index\":{\"_id\":\"over\"}}\n{\"n\":%d}\n", i)
				body += fmt.Sprintf("{\"update\":{\"_id\":\"shared\"}}\n{\"doc\":{\"field%d\":%d},\"doc_as_upsert\":true}\n", w, i)
				for _, status := range statuses(t, ok(t, s, "POST", "/a/_bulk", body)) {
					if status != http.StatusOK && status != http.StatusCreated {
						t.Errorf("got %d", status)
					}
				}
			}
		})
	}
	for _, path := range []string{"/a/_count", "/a/_mapping", "/a/_search", "/a/_settings", "/_cluster/health", "/_stats", "/_cat/indices?format=json", "/a/_doc/5"} {
		group.Go(func() {
			for range 50 {
				if status, answer := send(t, s, "GET", path, ""); status != http.StatusOK && status != http.StatusNotFound {
					t.Errorf("%s: got %d %s", path, status, answer)
				}
			}
		})
	}
	group.Go(func() {
		for i := range 50 {
			ok(t, s, "POST", "/a/_refresh", "")
			ok(t, s, "PUT", "/a/_settings", fmt.Sprintf(`{"priority":%d}`, i))
			ok(t, s, "PUT", "/a/_mapping", fmt.Sprintf(`{"_meta":{"i":%d}}`, i))
			ok(t, s, "POST", fmt.Sprintf("/other%d/_bulk", i%3), lines("index", 0, 3))
			send(t, s, "DELETE", fmt.Sprintf("/other%d", i%3), "")
			s.State()
		}
	})
	group.Wait()
	ok(t, s, "POST", "/a/_refresh", "")
	if n := count(t, s, "a"); n != writers*documents+2 {
		t.Errorf("got %d documents, want %d", n, writers*documents+2)
	}
	if shared := s.Docs("a")["shared"]; shared.Creates != 1 || shared.Version != writers*10 {
		t.Errorf("got %+v", shared)
	}
}

// A search shows documents as they were when it looked, also if they change before
// its answer is written.
func TestSearchOfWhatChanges(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "POST", "/a/_bulk?refresh=true", lines("index", 0, 50))
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for range 100 {
				ok(t, s, "POST", "/a/_bulk?refresh=true", lines("index", 0, 50))
			}
		})
		group.Go(func() {
			for range 100 {
				if got := ids(t, ok(t, s, "POST", "/a/_search", `{"size":50,"sort":"n"}`)); len(got) < 50 {
					t.Errorf("got %s", got)
				}
			}
		})
	}
	group.Wait()
}
