package opensearch_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

func TestItemFaults(t *testing.T) {
	s := opensearch.New()
	var seen []string
	s.ItemFault = func(i opensearch.Item) *opensearch.ItemError {
		seen = append(seen, fmt.Sprintf("%s %s %s %d", i.Action, i.Index, i.ID, i.Attempt))
		switch {
		case i.ID == "1" && i.Attempt < 3:
			return opensearch.Rejected()
		case i.ID == "2" && i.Attempt == 1:
			return opensearch.Unavailable()
		case i.ID == "3" && i.Attempt == 1:
			lost := opensearch.OverCapacity()
			lost.Applied = true
			return lost
		}
		return nil
	}
	var got [][]int
	for range 3 {
		got = append(got, statuses(t, ok(t, s, "POST", "/a/_bulk", lines("create", 0, 4))))
	}
	want := [][]int{{201, 429, 503, 402}, {409, 429, 201, 409}, {409, 201, 409, 409}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(seen) != 12 || seen[1] != "create a 1 1" || seen[9] != "create a 1 3" {
		t.Errorf("asked about %v", seen)
	}
	if n := s.Len("a"); n != 4 {
		t.Errorf("got %d documents", n)
	}
}

func TestItemFaultOfGeneratedID(t *testing.T) {
	s := opensearch.New()
	s.ItemFault = func(i opensearch.Item) *opensearch.ItemError {
		if i.ID != "" || i.Attempt > 1 {
			return nil
		}
		return opensearch.Rejected()
	}
	body := "{\"create\":{}}\n{\"n\":1}\n{\"create\":{}}\n{\"n\":2}\n"
	first := ok(t, s, "POST", "/a/_bulk", body)
	if !strings.Contains(first, `"_id":"generated-`) || s.Len("a") != 0 {
		t.Errorf("got %s, %d documents: an item that is refused has an id, too", first, s.Len("a"))
	}
	if got := statuses(t, ok(t, s, "POST", "/a/_bulk", body)); !slices.Equal(got, []int{201, 201}) {
		t.Errorf("got %v", got)
	}
}

// over serves h over real connections.
func over(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	return server
}

func post(server *httptest.Server, path, body string) (int, http.Header, string, error) {
	answer, err := server.Client().Post(server.URL+path, "application/x-ndjson", strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, string(b), err
}

func TestRequestFaults(t *testing.T) {
	s := opensearch.New()
	server := over(t, s)
	var fault atomic.Pointer[opensearch.Fault]
	s.RequestFault = func(r *http.Request) *opensearch.Fault {
		if b, err := io.ReadAll(r.Body); err != nil || r.Method == "POST" && len(b) == 0 {
			t.Errorf("the body cannot be read: %q, %v", b, err)
		}
		return fault.Load()
	}
	for i, c := range []struct {
		name    string
		fault   *opensearch.Fault
		status  int
		want    string // in the answer
		applied bool
	}{
		{"none", nil, 200, `"errors":false`, true},
		{"error of OpenSearch", &opensearch.Fault{Status: 429, Type: "rejected_execution_exception", Reason: "full"}, 429, `"reason":"full"`, false},
		{"error of the service", opensearch.Throttled("/a/_bulk"), 429, "429 Too Many Requests /a/_bulk", false},
		{"answer that is lost", &opensearch.Fault{Status: 503, Body: "x", Applied: true}, 503, "x", true},
		{"connection that breaks before", &opensearch.Fault{Reset: true}, 0, "", false},
		{"connection that breaks behind", &opensearch.Fault{Reset: true, Applied: true}, 0, "", true},
		{"latency alone", &opensearch.Fault{Latency: time.Millisecond}, 200, `"errors":false`, true},
		{"with the time to wait", &opensearch.Fault{Status: 503, RetryAfter: 3 * time.Second}, 503, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			fault.Store(c.fault)
			before := s.Len("a")
			status, header, answer, err := post(server, "/a/_bulk", lines("index", 10*i, 2))
			if status != c.status || (err != nil) != (status == 0) || !strings.Contains(answer, c.want) {
				t.Errorf("got %d %s, %v", status, answer, err)
			}
			if applied := s.Len("a") - before; applied != map[bool]int{true: 2}[c.applied] {
				t.Errorf("%d documents were written", applied)
			}
			if c.fault != nil && c.fault.RetryAfter > 0 && header.Get("Retry-After") != "3" {
				t.Errorf("got header %v", header)
			}
		})
	}
}

// A crash point or a fault of the Cloud, and one of the server, look the same.
func TestFaultsUnderCloud(t *testing.T) {
	cloud := awstest.New(t)
	s := opensearch.New()
	s.Handle(cloud, "cluster.test:9200")
	s.RequestFault = func(*http.Request) *opensearch.Fault { return &opensearch.Fault{Reset: true, Applied: true} }
	r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://cluster.test:9200/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cloud.HTTPClient().Do(r); !errors.Is(err, io.ErrUnexpectedEOF) || len(s.Indices()) != 1 {
		t.Errorf("got %v, indices %v", err, s.Indices())
	}
}

func TestNodes(t *testing.T) {
	s := opensearch.New()
	one, two := over(t, s.Node("one")), over(t, s.Node("two"))
	if status, _, _, err := post(one, "/a/_bulk", lines("index", 0, 1)); status != 200 {
		t.Fatal(status, err)
	}
	s.Node("one").SetDown(true)
	if _, _, _, err := post(one, "/a/_bulk", lines("index", 1, 1)); err == nil {
		t.Error("a node that is down answers")
	}
	s.Node("two").SetFault(func(*http.Request) *opensearch.Fault { return &opensearch.Fault{Status: 502, Body: "bad gateway"} })
	if status, _, _, _ := post(two, "/a/_bulk", lines("index", 2, 1)); status != 502 {
		t.Errorf("got %d", status)
	}
	s.Node("one").SetDown(false)
	s.Node("two").SetFault(nil)
	for i, node := range []*httptest.Server{one, two} {
		if status, _, _, err := post(node, "/a/_bulk", lines("index", 3+i, 1)); status != 200 {
			t.Error(status, err)
		}
	}
	if n := s.Len("a"); n != 3 {
		t.Errorf("got %d documents, want those of all nodes", n)
	}
}

func TestLatencyOfNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opensearch.New()
		s.Node("slow").SetLatency(time.Second)
		start := time.Now()
		ok(t, s.Node("slow"), "PUT", "/a", "")
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
		start = time.Now()
		ok(t, s.Node("fast"), "GET", "/a", "")
		if took := time.Since(start); took != 0 {
			t.Errorf("another node took %v", took)
		}
	})
}

func TestMaxBulks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opensearch.New()
		s.MaxBulks = 2
		s.BulkTime = func(documents int) time.Duration { return time.Duration(documents) * time.Millisecond }
		var mu sync.Mutex
		all := map[int]int{}
		var group sync.WaitGroup
		for i := range 5 {
			group.Go(func() {
				got := statuses(t, ok(t, s, "POST", "/a/_bulk", lines("index", 10*i, 10)))
				mu.Lock()
				defer mu.Unlock()
				for _, status := range got {
					all[status]++
				}
			})
		}
		group.Wait()
		if all[201] != 20 || all[429] != 30 {
			t.Errorf("got %v, want two of five requests done", all)
		}
		if got := statuses(t, ok(t, s, "POST", "/a/_bulk", lines("index", 90, 1))); got[0] != 201 {
			t.Errorf("got %v when nothing is under way", got)
		}
	})
}

func TestBodies(t *testing.T) {
	s := opensearch.New()
	s.MaxContentLength = 1000
	server := over(t, s)
	packed := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write([]byte(text))
		w.Close()
		return b.String()
	}
	large := lines("index", 0, 50)
	for _, c := range []struct {
		name, body, encoding string
		chunked              bool
		status               int
	}{
		{"small", lines("index", 0, 2), "", false, 200},
		{"packed", packed(lines("index", 0, 2)), "gzip", false, 200},
		{"large", large, "", false, 413},
		{"large in chunks", large, "", true, 413},
		{"large when unpacked", packed(large), "gzip", false, 413},
		{"not packed", lines("index", 0, 2), "gzip", false, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(c.body)
			if c.chunked {
				body = io.MultiReader(body)
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/a/_bulk", body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if c.encoding != "" {
				r.Header.Set("Content-Encoding", c.encoding)
			}
			answer, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			b, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != c.status {
				t.Errorf("got %d %s %v", answer.StatusCode, b, err)
			}
			if c.status == 413 && (len(b) > 0 || answer.Header.Get("Content-Type") != "") {
				t.Errorf("got %q of %v, want an empty answer", b, answer.Header)
			}
		})
	}
	if n := s.Len("a"); n != 2 {
		t.Errorf("got %d documents", n)
	}
}

// Faults can change while a program runs that gets no answers.
func TestSetFaults(t *testing.T) {
	s := opensearch.New()
	s.RequestFault = func(*http.Request) *opensearch.Fault { return &opensearch.Fault{Reset: true} }
	server := over(t, s)
	if _, _, _, err := post(server, "/a/_bulk", lines("index", 0, 1)); err == nil {
		t.Error("the connection did not break")
	}
	s.SetFaults(func(f *opensearch.Faults) { *f = opensearch.Faults{} })
	if status, _, _, err := post(server, "/a/_bulk", lines("index", 0, 1)); status != 200 {
		t.Error(status, err)
	}
}
