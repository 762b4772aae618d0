package opensearch_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

// BenchmarkBulk writes small documents, 1,000 in a request.
func BenchmarkBulk(b *testing.B) {
	for name, keep := range map[string]opensearch.Keep{
		"documents": opensearch.KeepDocuments, "ids": opensearch.KeepIDs, "nothing": opensearch.KeepNothing,
	} {
		b.Run(name, func(b *testing.B) { benchmarkBulk(b, keep) })
	}
}

func benchmarkBulk(b *testing.B, keep opensearch.Keep) {
	s := opensearch.New()
	s.Keep = keep
	const size = 1000
	var body bytes.Buffer
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		body.Reset()
		for range size {
			n++
			fmt.Fprintf(&body, "{\"create\":{\"_id\":\"tt%07d\"}}\n{\"title\":\"A title of some words\",\"year\":%d,\"rating\":7.25,\"adult\":false}\n", n, 1900+n%100)
		}
		r := httptest.NewRequest("POST", "/a/_bulk", bytes.NewReader(body.Bytes()))
		r.Header.Set("Content-Type", "application/x-ndjson")
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "documents/s")
}
