package opensearch_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

// send makes a request and returns the answer.
func send(t testing.TB, h http.Handler, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// ok is send where the status is 200 or 201.
func ok(t testing.TB, h http.Handler, method, path, body string) string {
	t.Helper()
	status, answer := send(t, h, method, path, body)
	if status != http.StatusOK && status != http.StatusCreated {
		t.Fatalf("%s %s: got %d %s", method, path, status, answer)
	}
	return answer
}

// count returns what _count says of an index.
func count(t testing.TB, h http.Handler, index string) int {
	t.Helper()
	var answer struct{ Count int }
	if err := json.Unmarshal([]byte(ok(t, h, "GET", "/"+index+"/_count", "")), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Count
}

// lines is the body of a bulk request that indexes n documents, from the first id.
func lines(action string, first, n int) string {
	var b strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "{%q:{\"_id\":\"%d\"}}\n{\"n\":%d,\"name\":\"document %d\"}\n", action, i, i, i)
	}
	return b.String()
}

// statuses are those of the items of a bulk answer.
func statuses(t testing.TB, answer string) (all []int) {
	t.Helper()
	var body struct {
		Items []map[string]struct{ Status int }
	}
	if err := json.Unmarshal([]byte(answer), &body); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	for _, item := range body.Items {
		for _, inside := range item {
			all = append(all, inside.Status)
		}
	}
	return all
}

func TestUnknownIsRefused(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/a", "")
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/a/_search", `{"aggs":{}}`, "searches with aggs"},
		{"POST", "/a/_search", `{"query":{"match":{"n":1}}}`, "the query match"},
		{"POST", "/a/_bulk", "{\"update\":{\"_id\":\"1\"}}\n{\"script\":\"x\"}\n", "scripts"},
		{"POST", "/_reindex", `{"source":{"index":"a"},"dest":{"index":"b"},"script":{}}`, "script"},
		{"GET", "/_cat/indices", "", "tables"},
	} {
		if status, answer := send(t, s, c.method, c.path, c.body); status != http.StatusNotImplemented || !strings.Contains(answer, c.want) {
			t.Errorf("%s %s %s: got %d %s", c.method, c.path, c.body, status, answer)
		}
	}
}

func TestState(t *testing.T) {
	world := func(order []string) string {
		s := opensearch.New()
		for _, name := range order {
			ok(t, s, "PUT", "/"+name, `{"settings":{"number_of_shards":3},"mappings":{"_meta":{"of":"`+name+`"}}}`)
			ok(t, s, "POST", "/"+name+"/_bulk", lines("index", 0, 20))
			ok(t, s, "PUT", "/"+name+"/_alias/both", "")
		}
		ok(t, s, "POST", "/a/_refresh", "")
		return s.State()
	}
	one, other := world([]string{"a", "b"}), world([]string{"b", "a"})
	if one != other {
		t.Errorf("equal clusters differ:\n%s\n%s", one, other)
	}
	for _, want := range []string{
		"index a\n  index.number_of_replicas: 1\n  index.number_of_shards: 3\n  mapping: {\"_meta\":{\"of\":\"a\"},\"properties\":",
		"\n  doc 7 {\"n\":7,\"name\":\"document 7\"}\n", "\n  doc 7 * {\"n\":7", "alias both\n  a {}\n  b {}\n",
	} {
		if !strings.Contains(one, want) {
			t.Errorf("no %q in\n%s", want, one)
		}
	}
}

func TestInspection(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "POST", "/a/_bulk", lines("index", 0, 3)+lines("create", 1, 1)+lines("index", 2, 1)+"{\"delete\":{\"_id\":\"0\"}}\n"+
		"{\"index\":{}}\n{\"n\":1}\n{\"index\":{}}\n{\"n\":1}\n{\"index\":{\"_id\":\"1\",\"routing\":\"r\"}}\n{}\n")
	docs := s.Docs("a")
	if len(docs) != 4 || s.Len("a") != 4 {
		t.Errorf("got %d documents and %d: %v", len(docs), s.Len("a"), docs)
	}
	if one := docs["1"]; one.Writes != 2 || one.Creates != 1 || one.Version != 2 || one.Routing != "r" || string(one.Source) != "{}" {
		t.Errorf("got %+v: with one shard the routing makes no difference", one)
	}
	if two := docs["2"]; two.Writes != 2 || two.Version != 2 || string(two.Source) != `{"n":2,"name":"document 2"}` {
		t.Errorf("got %+v", two)
	}
	if doubles := s.Doubles("a"); len(doubles) != 1 || doubles[`{"n":1}`] != 2 {
		t.Errorf("got doubles %v", doubles)
	}
	if s.Requests() != 1 {
		t.Errorf("got %d requests", s.Requests())
	}
	if got := fmt.Sprint(s.Indices(), s.Aliases()); got != "[a] map[]" {
		t.Errorf("got %s", got)
	}
	if s.Docs("nix") != nil {
		t.Error("an index that is not there has documents")
	}
}

func TestOneIDUnderTwoRoutings(t *testing.T) {
	s := opensearch.New()
	ok(t, s, "PUT", "/a", `{"settings":{"number_of_shards":3}}`)
	ok(t, s, "POST", "/a/_bulk", "{\"index\":{\"_id\":\"d\",\"routing\":\"a\"}}\n{}\n{\"index\":{\"_id\":\"d\",\"routing\":\"b\"}}\n{}\n")
	docs := s.Docs("a")
	if _, other := docs["d[a]"]; len(docs) != 2 || !other && docs["d[b]"].Routing != "b" {
		t.Errorf("got %v", docs)
	}
}

func TestKeep(t *testing.T) {
	for keep, want := range map[opensearch.Keep]string{
		opensearch.KeepDocuments: `10 10 {"n":3,"name":"document 3"}`,
		opensearch.KeepIDs:       `10 10 {}`,
		opensearch.KeepNothing:   `20 20 `,
	} {
		s := opensearch.New()
		s.Keep = keep
		for range 2 {
			if got := statuses(t, ok(t, s, "POST", "/a/_bulk", lines("index", 0, 10))); len(got) != 10 {
				t.Errorf("got statuses %v", got)
			}
		}
		ok(t, s, "POST", "/a/_refresh", "")
		if got := fmt.Sprintf("%d %d %s", count(t, s, "a"), s.Len("a"), s.Docs("a")["3"].Source); got != want {
			t.Errorf("keeping %d: got %s, want %s", keep, got, want)
		}
	}
}
