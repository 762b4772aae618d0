package opensearch_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

func TestRefreshIntervals(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		interval       time.Duration // negative is never
	}{
		{"default", `{}`, time.Second},
		{"5s", `{"refresh_interval":"5s"}`, 5 * time.Second},
		{"500ms", `{"refresh_interval":"500ms"}`, 500 * time.Millisecond},
		{"never", `{"refresh_interval":"-1"}`, -1},
		{"never, as a number", `{"refresh_interval":-1}`, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := opensearch.New()
				ok(t, s, "PUT", "/a", `{"settings":`+c.settings+`}`)
				ok(t, s, "POST", "/a/_bulk", lines("index", 0, 3))
				if n := count(t, s, "a"); n != 0 {
					t.Errorf("got %d at once", n)
				}
				if c.interval < 0 {
					time.Sleep(24 * time.Hour)
					if n := count(t, s, "a"); n != 0 {
						t.Errorf("got %d without a refresh", n)
					}
					ok(t, s, "PUT", "/a/_settings", `{"refresh_interval":"1s"}`)
					if n := count(t, s, "a"); n != 0 {
						t.Errorf("got %d before the new interval has passed", n)
					}
					c.interval = time.Second
				}
				time.Sleep(c.interval)
				if n := count(t, s, "a"); n != 3 {
					t.Errorf("got %d when the interval had passed", n)
				}
			})
		})
	}
}

// What searches see is a state that was: not changes that came since, and not
// deletions either.
func TestSearchSeesTheLastRefresh(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/a", `{"settings":{"refresh_interval":"-1"}}`)
	ok(t, s, "POST", "/a/_bulk?refresh=true", lines("index", 0, 2))
	ok(t, s, "POST", "/a/_bulk", "{\"index\":{\"_id\":\"0\"}}\n{\"n\":100}\n{\"delete\":{\"_id\":\"1\"}}\n{\"index\":{\"_id\":\"2\"}}\n{\"n\":2}\n")
	search := `{"query":{"terms":{"n":[0,1,2,100]}},"sort":"_id"}`
	if got := ids(t, ok(t, s, "POST", "/a/_search", search)); got != "0:0 1:1" {
		t.Errorf("got %s before the refresh", got)
	}
	if n := count(t, s, "a"); n != 2 {
		t.Errorf("got %d before the refresh", n)
	}
	ok(t, s, "POST", "/a/_refresh", "")
	if got := ids(t, ok(t, s, "POST", "/a/_search", search)); got != "0:100 2:2" {
		t.Errorf("got %s", got)
	}
	if n := count(t, s, "a"); n != 2 {
		t.Errorf("got %d", n)
	}
	ok(t, s, "POST", "/a/_bulk?refresh=wait_for", "{\"create\":{\"_id\":\"1\"}}\n{\"n\":7}\n")
	if got := ids(t, ok(t, s, "POST", "/a/_search", `{"sort":"_id"}`)); got != "0:100 1:7 2:2" {
		t.Errorf("got %s: a document that was deleted is there again", got)
	}
}

func TestHealthWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opensearch.New()
		s.DataNodes, s.ReplicaTime = 2, 3*time.Second
		ok(t, s, "PUT", "/a", `{"settings":{"number_of_replicas":1}}`)
		status := func(path string) (int, string) {
			code, answer := send(t, s, "GET", path, "")
			var body struct{ Status string }
			if err := json.Unmarshal([]byte(answer), &body); err != nil {
				t.Fatal(err)
			}
			return code, body.Status
		}
		start := time.Now()
		if code, is := status("/_cluster/health/a?wait_for_status=green&timeout=1s"); code != 408 || is != "yellow" || time.Since(start) != time.Second {
			t.Errorf("got %d %s after %v", code, is, time.Since(start))
		}
		if code, is := status("/_cluster/health/a?wait_for_status=green"); code != 200 || is != "green" || time.Since(start).Round(100*time.Millisecond) != 3*time.Second {
			t.Errorf("got %d %s after %v", code, is, time.Since(start))
		}
		ok(t, s, "PUT", "/a/_settings", `{"number_of_replicas":0}`)
		ok(t, s, "PUT", "/a/_settings", `{"number_of_replicas":1}`)
		if code, is := status("/_cluster/health/a"); code != 200 || is != "yellow" {
			t.Errorf("got %d %s: the replica is to be copied again", code, is)
		}
		ok(t, s, "PUT", "/a/_settings", `{"number_of_replicas":2}`)
		time.Sleep(time.Hour)
		if code, is := status("/_cluster/health/a"); code != 200 || is != "yellow" {
			t.Errorf("got %d %s: three copies on two nodes", code, is)
		}
	})
}

func TestTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opensearch.New()
		s.TaskTime = time.Minute
		ok(t, s, "POST", "/from/_bulk?refresh=true", lines("index", 0, 2500))
		var started struct{ Task string }
		if err := json.Unmarshal([]byte(ok(t, s, "POST", "/_reindex?wait_for_completion=false&refresh=true", `{"source":{"index":"from"},"dest":{"index":"to"}}`)), &started); err != nil {
			t.Fatal(err)
		}
		ok(t, s, "POST", "/from/_bulk?refresh=true", lines("index", 2500, 1))
		time.Sleep(time.Minute - time.Nanosecond)
		if answer := ok(t, s, "GET", "/_tasks/"+started.Task, ""); !strings.HasPrefix(answer, `{"completed":false,`) || strings.Contains(answer, "response") || s.Len("to") != 0 {
			t.Errorf("got %s, %d documents", answer, s.Len("to"))
		}
		time.Sleep(time.Nanosecond)
		answer := ok(t, s, "GET", "/_tasks/"+started.Task, "")
		if !strings.HasPrefix(answer, `{"completed":true,`) || !strings.Contains(answer, `"total":2500,"updated":0,"created":2500,"deleted":0,"batches":3,`) {
			t.Errorf("got %s", answer)
		}
		if n := count(t, s, "to"); n != 2500 {
			t.Errorf("got %d documents, want those that were there when it began", n)
		}
	})
}
