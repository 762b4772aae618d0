package opensearch_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// vectorWorld is a collection that makes the ids itself.
func vectorWorld(t *testing.T) (*ingestWorld, opensearch.Clients) {
	t.Helper()
	w := newIngestWorld(awstest.New(t))
	w.server.Product = standin.VectorSearch
	conn, err := opensearch.NewConn(opensearch.ConnOptions{
		Endpoints: []string{testHost}, Product: opensearch.Serverless, HTTPClient: w.cloud.HTTPClient(),
		Credentials: awstest.Credentials("111111111111"), Region: "eu-west-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, opensearch.Clients{Conn: conn}
}

// TestIngestModeNeedsIDs checks that a mode that needs ids is given up, and nothing
// written, where the service makes the ids.
func TestIngestModeNeedsIDs(t *testing.T) {
	for _, mode := range []opensearch.Mode{opensearch.Overwrite, opensearch.Upsert} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, clients := vectorWorld(t)
				opts := opensearch.IngestOptions{Index: "docs", Mode: mode, Files: []string{writeLines(t, 100)}, DeadLetters: w.deadLetters}
				result, err := opensearch.Ingest(t.Context(), clients, opts)
				if err == nil || !strings.Contains(err.Error(), "GeneratedIDs") {
					t.Errorf("got %v", err)
				}
				if got := len(w.server.Docs("docs")); got > 0 || len(w.deadLetters.kept) > 0 || result.Pending != 100 {
					t.Errorf("%d documents, %d dead letters, %+v", got, len(w.deadLetters.kept), result)
				}
			})
		})
	}
}

// TestIngestQuotedError checks that a document does not end a run, or lose its id, by
// what it says.
func TestIngestQuotedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newIngestWorld(awstest.New(t))
		w.server.ItemFault = func(i standin.Item) *standin.ItemError {
			if i.ID != "doc-7" {
				return nil
			}
			return &standin.ItemError{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [n]. Preview of field's value: 'Document ID is not supported'"}
		}
		opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(50), DeadLetters: w.deadLetters}
		result, err := opensearch.Ingest(t.Context(), w.clients(t), opts)
		if err != nil || result.Rejected != 1 || result.Created != 49 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}
