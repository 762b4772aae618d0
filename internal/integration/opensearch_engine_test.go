package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// onOpenSearch runs a test on each version.
func onOpenSearch(t *testing.T, test func(t *testing.T, version string)) {
	for _, version := range openSearchVersions {
		t.Run(version, func(t *testing.T) { test(t, version) })
	}
}

// want fails the test unless a call to the first node has this status and an answer
// that holds these parts.
func (s *openSearchServer) want(t *testing.T, method, path string, body any, status int, parts ...string) string {
	t.Helper()
	got, answer := s.call(t, method, path, body)
	if got != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, got, answer, status)
	}
	for _, part := range parts {
		if !strings.Contains(answer, part) {
			t.Errorf("%s %s: %s, want %s", method, path, answer, part)
		}
	}
	return answer
}

type object = map[string]any

// TestOpenSearch goes once through what the patterns for OpenSearch need of a server.
func TestOpenSearch(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		start := time.Now()
		s := sharedOpenSearch(t, version)
		t.Logf("answers after %v", time.Since(start))
		alias := uniqueName(t)
		old, next := alias+"-1", alias+"-2"
		s.want(t, "GET", "/", nil, 200, `"distribution" : "opensearch"`, `"number" : "`+version+".")
		for i, index := range []string{old, next} {
			s.want(t, "PUT", "/"+index, object{
				"settings": object{"number_of_replicas": 0, "refresh_interval": "-1"},
				"mappings": object{"_meta": object{"made_by": "test"}, "properties": object{"n": object{"type": "integer"}}},
			}, 200, `"acknowledged":true`)
			s.want(t, "POST", "/"+index+"/_bulk", lines(i+1), 200, `"errors":false`)
			s.want(t, "GET", "/"+index+"/_count", nil, 200, `{"count":0,`)
			s.want(t, "POST", "/"+index+"/_refresh", nil, 200)
			s.want(t, "GET", "/"+index+"/_count", nil, 200, fmt.Sprintf(`{"count":%d,`, i+1))
			s.want(t, "GET", "/"+index+"/_mapping", nil, 200, `"_meta":{"made_by":"test"}`)
		}
		s.want(t, "POST", "/_aliases", object{"actions": []object{{"add": object{"index": old, "alias": alias}}}}, 200)
		s.want(t, "GET", "/"+alias+"/_count", nil, 200, `{"count":1,`)
		s.want(t, "POST", "/_aliases", object{"actions": []object{
			{"remove": object{"index": old, "alias": alias, "must_exist": true}},
			{"add": object{"index": next, "alias": alias}},
		}}, 200)
		s.want(t, "GET", "/"+alias+"/_count", nil, 200, `{"count":2,`)
		s.want(t, "DELETE", "/"+old+","+next, nil, 200)
	})
}

// ids returns so many ids.
func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(i)
	}
	return all
}

// lines returns the body of a bulk request that indexes so many documents.
func lines(documents int) string { return linesOf(ids(documents)) }

func linesOf(ids []string) string {
	var body strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&body, `{"index": {"_id": %q}}`+"\n"+`{"n": %s}`+"\n", id, id)
	}
	return body.String()
}

// bulkAnswer is what is looked at of an answer to a bulk request.
type bulkAnswer struct {
	Errors bool
	Items  []map[string]struct {
		ID     string `json:"_id"`
		Status int
		Result string
		Error  struct{ Type, Reason string }
	}
}

// A queue of one request and an index of ten shards: each bulk request becomes ten
// requests to shards at once, of which the server rejects what the queue does not
// hold. So one client sees rejected items reliably, and what was rejected was not
// written.
func TestOpenSearchRejectsItems(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := startOpenSearch(t, version, openSearchOptions{Settings: map[string]string{
			"thread_pool.write.size": "1", "thread_pool.write.queue_size": "1",
		}})
		s.want(t, "PUT", "/films", object{"settings": object{"number_of_shards": 10, "number_of_replicas": 0}}, 200)
		rejected := 0
		for attempt, left := 0, ids(100); len(left) > 0; attempt++ {
			if attempt == 100 {
				t.Fatalf("%d of 100 documents are not written", len(left))
			}
			var answer bulkAnswer
			text := s.want(t, "POST", "/films/_bulk", linesOf(left), 200)
			if err := json.Unmarshal([]byte(text), &answer); err != nil {
				t.Fatal(err)
			}
			if len(answer.Items) != len(left) {
				t.Fatalf("got %d items of %d", len(answer.Items), len(left))
			}
			var again []string
			for i, item := range answer.Items {
				switch index := item["index"]; {
				case index.ID != left[i]:
					t.Fatalf("item %d is %+v", i, item)
				case index.Status == 201:
				case index.Status == 429 && index.Error.Type == "rejected_execution_exception" && answer.Errors:
					again = append(again, index.ID)
				default:
					t.Fatalf("%+v", item)
				}
			}
			left, rejected = again, rejected+len(again)
			s.want(t, "POST", "/films/_refresh", nil, 200)
			s.want(t, "GET", "/films/_count", nil, 200, fmt.Sprintf(`{"count":%d,`, 100-len(left)))
		}
		if rejected == 0 {
			t.Error("no item was rejected")
		}
		t.Log(rejected, "items were rejected")
	})
}

// A request that is too large is refused with an answer that says nothing, also when
// the client is not done with sending; and the server lives on.
func TestOpenSearchRefusesLargeRequests(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := startOpenSearch(t, version, openSearchOptions{Settings: map[string]string{
			"http.max_content_length":        "100kb",
			"indexing_pressure.memory.limit": "50kb",
		}})
		s.want(t, "PUT", "/films", object{"settings": object{"number_of_replicas": 0}}, 200)
		for _, documents := range []int{10_000, 200_000} { // 0.3 and 6 MB
			body := lines(documents)
			for range 3 {
				if got, answer := s.call(t, "POST", "/films/_bulk", body); got != 413 || answer != "" {
					t.Fatalf("%d %q", got, answer)
				}
			}
		}
		// Between the limits all of the request is rejected, however often it is tried.
		for range 3 {
			s.want(t, "POST", "/films/_bulk", lines(1000), 429, `"type":"rejected_execution_exception"`, `"status":429}`)
		}
		s.want(t, "POST", "/films/_bulk", lines(100), 200, `"errors":false`)
	})
}

// The nodes of a cluster answer at URLs of their own and know one another's documents.
// A process that is stopped keeps its clients waiting; one that is killed is gone.
func TestOpenSearchNodes(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		s := startOpenSearch(t, version, openSearchOptions{Nodes: 2})
		s.want(t, "PUT", "/films", object{"settings": object{"number_of_shards": 2, "number_of_replicas": 1}}, 200, `"shards_acknowledged":true`)
		s.want(t, "GET", "/_cluster/health/films?wait_for_status=green", nil, 200, `"status":"green"`, `"number_of_nodes":2`, `"active_shards":4`)
		s.want(t, "POST", "/films/_bulk?refresh=true", lines(10), 200, `"errors":false`, `"successful":2`)
		for node := range 2 {
			if _, answer, err := callOpenSearch(t.Context(), "GET", s.URL(node)+"/films/_count", nil); err != nil || !strings.HasPrefix(answer, `{"count":10,`) {
				t.Errorf("node %d: %s %v", node, answer, err)
			}
		}
		s.Signal(t, syscall.SIGSTOP)
		for { // until all threads have stopped
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			_, _, err := callOpenSearch(ctx, "GET", s.URL(1), nil)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s.Signal(t, syscall.SIGCONT)
		s.want(t, "GET", "/films/_count", nil, 200, `{"count":10,`)
		s.Signal(t, syscall.SIGKILL)
		<-s.exited
		if _, _, err := callOpenSearch(t.Context(), "GET", s.URL(1), nil); err == nil {
			t.Error("a node that was killed answers")
		}
	})
}

// A server that does not start is said so with the reason, which the runner keeps to
// itself.
func TestOpenSearchDoesNotStart(t *testing.T) {
	onOpenSearch(t, func(t *testing.T, version string) {
		command := openSearchCommand(t, version)
		s, err := runOpenSearch(t.TempDir(), command, openSearchOptions{Settings: map[string]string{"thread_pool.write.size": "-7"}})
		if err == nil {
			s.end()
		}
		if err == nil || !strings.Contains(err.Error(), "[-7]") {
			t.Errorf("got %.2000v", err)
		}
	})
}
