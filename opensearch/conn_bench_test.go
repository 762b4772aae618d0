package opensearch_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

// BenchmarkDo sends bulk requests of 5 MiB to a server in this process.
func BenchmarkDo(b *testing.B) {
	body := bytes.Repeat([]byte(`{"index":{"_id":"tt0111161"}}`+"\n"+`{"title":"The Shawshank Redemption","year":1994}`+"\n"), 5<<20/79)
	for _, bench := range []struct {
		name     string
		opts     opensearch.ConnOptions
		compress bool
	}{
		{"plain", opensearch.ConnOptions{}, false},
		{"signed", opensearch.ConnOptions{Product: opensearch.Domain, Region: "eu-west-1", Credentials: awstest.Credentials(account)}, false},
		{"signed gzip", opensearch.ConnOptions{Product: opensearch.Domain, Region: "eu-west-1", Credentials: awstest.Credentials(account)}, true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			conn, _ := serve(b, bench.opts, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				io.WriteString(w, `{"errors":false}`)
			})
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := conn.Do(b.Context(), opensearch.Request{Method: "POST", Path: "/_bulk", Body: body, Compress: bench.compress}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOverhead is what a small signed request costs before it is sent.
func BenchmarkOverhead(b *testing.B) {
	ok := client(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	})
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}, HTTPClient: ok, Credentials: awstest.Credentials(account)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		conn.Do(b.Context(), opensearch.Request{Method: "GET", Path: "/movies/_doc/1"})
	}
}
