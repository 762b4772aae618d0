package opensearch

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

func TestDocuments(t *testing.T) {
	long := strings.Repeat("ä", 256)
	given := docs(
		Document{ID: "own", Source: []byte(`{"id":"1","r":"x"}`)},
		Document{Routing: "own", Source: []byte(`{"id":"2","r":"x"}`)},
		Document{ID: "own", Routing: "own", Source: []byte(`{}`)},
		doc("{\"id\":\"4\",\r\n\"r\":\"x\"}\n"),
		doc(`{"id":"5"}`),
		doc(`{"r":"x"}`),
		doc(`{"id":{},"r":"x"}`),
		doc(`[]`), doc(``), doc(`{} {}`), doc(`{"a":}`), doc(`null`),
		Document{ID: long, Routing: "own", Source: []byte(`{}`)},
		Document{ID: long + "i", Routing: "own", Source: []byte(`{}`)},
		Document{ID: "\xff", Routing: "own", Source: []byte(`{}`)},
		Document{ID: "i", Routing: "\xff", Source: []byte(`{}`)},
	)
	s := open(t, Clients{}, IngestOptions{Documents: given, IDField: "id", RoutingField: "r"})
	check(t, s,
		`0:0 own@x {"id":"1","r":"x"}`,
		`0:1 2@own {"id":"2","r":"x"}`,
		`0:2 own@own {}`,
		`0:3 4@x {"id":"4",  "r":"x"}`,
		`0:4 bad routing_error: {"id":"5"}`,
		`0:5 bad id_error: {"r":"x"}`,
		`0:6 bad id_error: {"id":{},"r":"x"}`,
		`0:7 bad document_error: []`,
		`0:8 bad document_error: `,
		`0:9 bad document_error: {} {}`,
		`0:10 bad document_error: {"a":}`,
		`0:11 bad document_error: null`,
		`0:12 `+long+`@own {}`,
		`0:13 bad id_too_long: {}`,
		`0:14 bad id_error: {}`,
		`0:15 bad routing_error: {}`,
	)
	if s.size() != 0 || s.done() != 0 {
		t.Errorf("%d of %d bytes", s.done(), s.size())
	}
}

// TestRejectedWithID checks that a rejection has the id and routing that are known, and
// that it is JSON whatever they are.
func TestRejectedWithID(t *testing.T) {
	long := strings.Repeat("i", 513)
	for _, test := range []struct{ given, want Document }{
		{Document{ID: "i", Routing: "r", Source: []byte("no")}, Document{ID: "i", Routing: "r", Source: []byte("no")}},
		{Document{ID: long, Source: []byte("{}")}, Document{ID: long, Source: []byte("{}")}},
		{Document{ID: "\xff", Routing: "r", Source: []byte("{}")}, Document{Routing: "r", Source: []byte("{}")}},
		{Document{ID: "i", Routing: "\xff", Source: []byte("{}")}, Document{ID: "i", Source: []byte("{}")}},
	} {
		for it := range open(t, Clients{}, IngestOptions{Documents: docs(test.given)}).items(t.Context(), Position{}) {
			got := it.bad.Document()
			if got.ID != test.want.ID || got.Routing != test.want.Routing || !bytes.Equal(got.Source, test.want.Source) {
				t.Errorf("%+v became %+v", test.given, got)
			}
		}
	}
}

func TestDocumentsFail(t *testing.T) {
	cause := errors.New("the database is gone")
	failing := func(yield func(Document, error) bool) {
		for range 2 {
			if !yield(doc("{}"), nil) {
				return
			}
		}
		yield(Document{}, cause)
	}
	for from, want := range map[int64]int{0: 2, 1: 1, 2: 0, 9: 0} {
		got, err := collect(t.Context(), open(t, Clients{}, IngestOptions{Documents: failing}), Position{Record: from})
		if len(got) != want || !errors.Is(err, cause) || !strings.Contains(err.Error(), "document 2") {
			t.Errorf("from %d: got %q, %v", from, got, err)
		}
	}
}

// TestDocumentsStop checks that the caller's loop is told when no more is wanted.
func TestDocumentsStop(t *testing.T) {
	given, ended := 0, false
	endless := func(yield func(Document, error) bool) {
		defer func() { ended = true }()
		for yield(doc("{}"), nil) {
			given++
		}
	}
	for range open(t, Clients{}, IngestOptions{Documents: endless}).items(t.Context(), Position{Record: 3}) {
		break
	}
	if given != 3 || !ended {
		t.Errorf("%d more documents were taken, ended: %t", given, ended)
	}
}

// TestDocumentsReused has a caller that reuses its memory, as it may.
func TestDocumentsReused(t *testing.T) {
	var reused iter.Seq2[Document, error] = func(yield func(Document, error) bool) {
		buf := make([]byte, 0, 64)
		for i := range 3 {
			if !yield(Document{Source: fmt.Appendf(buf, `{"id":%d}`, i)}, nil) {
				return
			}
			copy(buf[:cap(buf)], strings.Repeat("#", 64))
		}
	}
	check(t, open(t, Clients{}, IngestOptions{Documents: reused, IDField: "id"}), `0:0 0@ {"id":0}`, `0:1 1@ {"id":1}`, `0:2 2@ {"id":2}`)
}

func TestDocumentsShaped(t *testing.T) {
	opts := IngestOptions{
		Documents: docs(doc(`{"a":"1","b":2,"c":null}`), doc(`{"a":"x"}`)), IDField: "n",
		Fields: rows.Fields{Rename: map[string]string{"a": "n"}, Types: map[string]rows.Type{"a": rows.Integer}, Drop: []string{"b"}, OmitNull: true},
	}
	check(t, open(t, Clients{}, opts), `0:0 1@ {"n":1}`, `0:1 bad field_error: {"a":"x"}`)
}

func TestDocumentsVersion(t *testing.T) {
	version := func(v string, mode Mode) string {
		return open(t, Clients{}, IngestOptions{Documents: docs(), Version: v, Mode: mode}).version()
	}
	if version("1", "") != version("1", Append) || version("1", "") == version("2", "") || version("1", "") == version("1", Upsert) {
		t.Error("versions do not tell documents and modes from each other")
	}
}
