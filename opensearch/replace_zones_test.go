package opensearch_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// inThreeZones refuses what has no copy in each of three zones, as domains in three zones
// do.
func inThreeZones(r *http.Request) *standin.Fault {
	if r.Method != http.MethodPut || !strings.Contains(readAll(r), `"index.number_of_replicas":"0"`) {
		return nil
	}
	return &standin.Fault{Status: 400, Type: "illegal_argument_exception",
		Reason: "Validation Failed: 1: expected total copies needs to be a multiple of total awareness attributes [3];"}
}

// TestZones checks that an index keeps its replicas where it must.
func TestZones(t *testing.T) {
	const zones = `{"settings": {"refresh_interval": "5s", "number_of_replicas": 2}, "mappings": ` + booksMapping + `}`
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	w.server.DataNodes = 3
	w.do("PUT", "/three", zones)
	w.server.RequestFault = inThreeZones
	if err := opensearch.Tune(t.Context(), w.clients().Conn, "three"); err != nil {
		t.Fatal(err)
	}
	if got := w.settings("three"); got != `refresh "-1" replicas "2"` {
		t.Errorf("tuned: %s", got)
	}
	if restored, err := opensearch.Restore(t.Context(), w.clients().Conn, "three"); err != nil || !restored {
		t.Errorf("got %t, %v", restored, err)
	}
	if got := w.settings("three"); got != `refresh "5s" replicas "2"` {
		t.Errorf("restored: %s", got)
	}
	opts := replaceOptions()
	opts.Body = []byte(zones)
	applied(t, w, opts)
	if got := w.settings("books-000001"); got != `refresh "5s" replicas "2"` {
		t.Errorf("replaced: %s", got)
	}
}

// TestReplaceByNothing checks that an alias does not come to show nothing.
func TestReplaceByNothing(t *testing.T) {
	w := oldBooks(newReplaceWorld(awstest.New(t), booksHost))
	opts := replaceOptions()
	opts.Ingest.Documents = editions("second", 0)
	_, err := replaced(t.Context(), w.clients(), opts)
	failsWith(t, err, "set AllowEmpty")
	if got := w.server.Aliases()["books"]; len(got) != 1 || got[0] != "library" {
		t.Errorf("books shows %v", got)
	}
	opts.AllowEmpty = true
	applied(t, w, opts)
}
