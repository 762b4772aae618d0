package opensearch_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

// FuzzPath has every path that is sent mean what the caller wrote, and nothing else,
// and be signed as it arrives.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/a%25b", "/<logs-{now%2fd}>/_doc/1", "/a/../b", "/%2e%2E/", "//a", "/a?b", "/ü/", "/a%", "/a b+c", "/%00\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		cloud := awstest.New(t)
		var wire string
		cloud.HandleHTTP(domainHost, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { wire = r.RequestURI }))
		conn := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}})
		if _, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: path, Query: url.Values{"q": {path}}}); err != nil {
			if cloud.Count() != 0 {
				t.Errorf("sent all the same: %v", err)
			}
			return
		}
		sent, query, _ := strings.Cut(wire, "?")
		got, want := strings.Split(sent, "/"), strings.Split(path, "/")
		if len(got) != len(want) {
			t.Fatalf("%q became %q", path, sent)
		}
		for i := range got {
			a, err := url.PathUnescape(got[i])
			b, wrong := url.PathUnescape(want[i])
			if err != nil || wrong != nil || a != b || a == "." || a == ".." {
				t.Errorf("%q became %q", path, sent)
			}
		}
		if values, err := url.ParseQuery(query); err != nil || values.Get("q") != path {
			t.Errorf("the query became %q", query)
		}
	})
}

// FuzzEndpoint has no URL crash NewConn, or get its password into an error.
func FuzzEndpoint(f *testing.F) {
	for _, seed := range []string{
		"https://" + domainHost, "http://localhost:9200", "https://[::1]:9200", "https://u:p@h", "https://a:443:443", "https://h:",
		"//h", "https://%41", "https://h/%2e", "https://123456789012.aoss.us-east-1.on.aws",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, endpoint string) {
		_, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{strings.Replace(endpoint, "//", "//me:hunter2222@", 1)}})
		if err != nil && strings.Contains(err.Error(), "hunter2222") {
			t.Errorf("got %v", err)
		}
		var asked bool
		conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{endpoint}, Attempts: 1, HTTPClient: client(func(r *http.Request) (*http.Response, error) {
			asked = true
			if r.URL.Path != "/a" || r.URL.Host == "" || r.URL.User != nil || r.URL.RawQuery != "" {
				t.Errorf("%q became %v", endpoint, r.URL)
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
		})})
		if err != nil {
			return
		}
		if _, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/a"}); err != nil || !asked {
			t.Errorf("%q was taken, but %v", endpoint, err)
		}
	})
}

// FuzzInfo has anything answer GET /.
func FuzzInfo(f *testing.F) {
	f.Add(root("u1", "opensearch", "2.19.1"), root("u1", "hidden", "7.10.2"))
	f.Add(`{"version":{"number":"1..x"}}`, `{"version":{"number":"-"},"cluster_uuid":"_na_"}`)
	f.Add("null", "[]")
	f.Fuzz(func(t *testing.T, a, b string) {
		conn, err := opensearch.NewConn(opensearch.ConnOptions{
			Endpoints: []string{"https://n0", "https://n1"},
			HTTPClient: client(func(r *http.Request) (*http.Response, error) {
				body := map[string]string{"n0": a, "n1": b}[r.URL.Host]
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		info, err := conn.Info(t.Context())
		if err == nil && (info.Version == "") != (info.Unknown != "") {
			t.Errorf("got %+v", info)
		}
	})
}
