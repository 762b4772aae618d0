package opensearch_test

import (
	"io"
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
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}

func TestFirst(t *testing.T) {
	s := opensearch.New()
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/", ""},
		{"PUT", "/a", `{"settings": {"number_of_shards": 2, "number_of_replicas": 0}, "mappings": {"properties": {"n": {"type": "integer"}, "t": {"type": "text"}}}}`},
		{"PUT", "/a", `{}`},
		{"POST", "/a/_bulk", "{\"create\": {\"_id\": \"1\"}}\n{\"n\": 1}\n{\"index\": {\"_id\": \"2\"}}\n{\"n\": \"x\"}\n{\"update\":{\"_id\":\"u\"}}\n{\"doc\":{\"a\":{\"b\":1.5}},\"doc_as_upsert\":true}\n{\"create\":{\"_id\":\"1\"}}\n{}\n{\"delete\":{\"_id\":\"q\"}}\n"},
		{"GET", "/a/_count", ""},
		{"POST", "/a/_refresh", ""},
		{"GET", "/a/_count", ""},
		{"GET", "/a/_count", `{"query":{"term":{"n":1}}}`},
		{"GET", "/a/_doc/1", ""},
		{"POST", "/a/_mget", `{"ids":["1","nix"]}`},
		{"GET", "/a/_mapping", ""},
		{"PUT", "/a/_settings", `{"index":{"refresh_interval":"-1"}}`},
		{"GET", "/a/_settings?flat_settings=true", ""},
		{"POST", "/_aliases", `{"actions":[{"add":{"index":"a","alias":"al"}}]}`},
		{"GET", "/_alias/al", ""},
		{"GET", "/a/_settings?flat_settings=true&filter_path=*.settings.index.refresh_interval", ""},
		{"DELETE", "/al", ""},
		{"DELETE", "/a", ""},
		{"GET", "/nix/da/wo", ""},
	} {
		status, body := send(t, s, r.method, r.path, r.body)
		t.Log(r.method, r.path, r.body, "\n  ->", status, body)
	}
}
