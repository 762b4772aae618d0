package opensearch_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// TestResetInsteadOfRefusal has a server reset connections with large requests, whether it has
// answered or not: some systems then throw away the answer, and some proxies have none. Such
// requests are divided, too.
func TestResetInsteadOfRefusal(t *testing.T) {
	const documents, most = 40, 700_000
	server := standin.New()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength <= most {
			server.ServeHTTP(w, r)
			return
		}
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}))
	defer proxy.Close()
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{proxy.URL}})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x", 500_000)
	result, err := opensearch.Ingest(t.Context(), opensearch.Clients{Conn: conn}, opensearch.IngestOptions{
		Index: "movies", MaxBatchBytes: 20 << 20, Workers: 1, RetryFor: 10 * time.Second,
		Documents: func(yield func(opensearch.Document, error) bool) {
			for i := range documents {
				if !yield(opensearch.Document{ID: fmt.Sprint(i), Source: []byte(`{"text":"` + text + `"}`)}, nil) {
					return
				}
			}
		},
	})
	if err != nil || result.Created != documents {
		t.Errorf("%d of %d: %v", result.Created, documents, err)
	}
}
