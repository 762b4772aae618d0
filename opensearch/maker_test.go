package opensearch

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/rows"
)

// made returns what a maker makes of a record.
func made(t *testing.T, opts IngestOptions, r rows.Record) string {
	t.Helper()
	m, err := newMaker(opts)
	if err != nil {
		t.Fatal(err)
	}
	it, err := m.item(Position{}, "", r, Document{})
	if err != nil {
		t.Fatal(err)
	}
	return describe(it)
}

// TestMakerOfRows is about what of a row goes to the dead letters: an object with its
// fields as they were, as far as JSON can.
func TestMakerOfRows(t *testing.T) {
	types := IngestOptions{Fields: rows.Fields{Rename: map[string]string{"n": "number"}, Types: map[string]rows.Type{"n": rows.Integer}}, IDField: "number"}
	columns := []string{"n", "s"}
	tests := map[string]struct {
		opts   IngestOptions
		record rows.Record
		want   string
	}{
		"row":             {types, rows.Record{Columns: columns, Text: [][]byte{[]byte("1"), nil}}, `0:0 1@ {"number":1,"s":null}`},
		"typed":           {types, rows.Record{Columns: columns, Text: [][]byte{[]byte("a\"b"), nil}}, `0:0 bad field_error: {"n":"a\"b","s":null}`},
		"no id":           {types, rows.Record{Columns: columns, Values: []any{nil, true}}, `0:0 bad id_error: {"n":null,"s":true}`},
		"not UTF-8":       {IngestOptions{}, rows.Record{Columns: columns, Text: [][]byte{[]byte("1"), []byte("a\xff")}}, `0:0 bad field_error: {"n":"1","s":"a\ufffd"}`},
		"not a number":    {IngestOptions{}, rows.Record{Columns: columns, Values: []any{math.NaN(), "a"}}, `0:0 bad field_error: {"n":"NaN","s":"a"}`},
		"unreadable":      {types, rows.Record{Err: errors.New("line 3: broken"), Raw: []byte("a\"")}, `0:0 bad record_error: a"`},
		"values too many": {types, rows.Record{Columns: columns, Values: []any{"1", "a", "b"}}, `0:0 bad field_error: {"n":"1","s":"a"}`},
		"values too few":  {types, rows.Record{Columns: columns, Text: [][]byte{[]byte("1")}}, `0:0 bad field_error: {"n":"1","s":null}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := made(t, test.opts, test.record); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// FuzzMaker checks that whatever is read becomes a document that can be sent, or goes
// to the dead letters as it was.
func FuzzMaker(f *testing.F) {
	f.Add([]byte(`{"id":"1","r":"x"}`), "", "", byte(0))
	f.Add([]byte("{\"id\":1.5e3,\n\"r\":true}"), "", "", byte(3))
	f.Add([]byte(`{"id":{},"id":"2"}`), "own", "own", byte(7))
	f.Add([]byte("\xff"), "\xff", "", byte(4))
	f.Fuzz(func(t *testing.T, source []byte, id, routing string, flags byte) {
		opts := IngestOptions{}
		if flags&1 != 0 {
			opts.IDField = "id,r"
		}
		if flags&2 != 0 {
			opts.RoutingField = "r"
		}
		if flags&4 != 0 {
			opts.Fields = rows.Fields{Rename: map[string]string{"a": "id"}, Types: map[string]rows.Type{"r": rows.String}, OmitNull: true}
		}
		m, err := newMaker(opts)
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(source)
		it, err := m.item(Position{1, 2}, "in", rows.Record{JSON: source}, Document{ID: id, Routing: routing})
		if err != nil {
			t.Fatal(err)
		}
		if it.bad != nil {
			if it.bad.Type == "" || it.bad.Reason == "" || !bytes.Equal(it.bad.Source, before) || it.bad.Position != it.pos {
				t.Errorf("%q: %+v", before, it.bad)
			}
			if _, err := json.Marshal(it.bad); err != nil {
				t.Error(err)
			}
			return
		}
		d := it.doc
		if d.Source[0] != '{' || bytes.ContainsAny(d.Source, "\r\n") || !json.Valid(d.Source) && len(before) < 9_000 {
			t.Errorf("%q became %q", before, d.Source)
		}
		if d.ID == "" || len(d.ID) > maxID || !utf8.ValidString(d.ID) || !utf8.ValidString(d.Routing) || id != "" && d.ID != id || routing != "" && d.Routing != routing {
			t.Errorf("%q: id %q, routing %q", before, d.ID, d.Routing)
		}
		again, err := m.item(Position{1, 2}, "in", rows.Record{JSON: before}, Document{ID: id, Routing: routing})
		if err != nil || again.bad != nil || again.doc.ID != d.ID {
			t.Errorf("%q: the id changes", before)
		}
	})
}

func BenchmarkMaker(b *testing.B) {
	record := rows.Record{JSON: []byte(`{"tconst":"tt0000001","titleType":"short","primaryTitle":"Carmencita","startYear":1894,"runtimeMinutes":1,"genres":["Documentary","Short"]}`)}
	for name, opts := range map[string]IngestOptions{"ids from content": {}, "ids from a field": {IDField: "tconst"}} {
		b.Run(name, func(b *testing.B) {
			m, err := newMaker(opts)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(record.JSON)))
			b.ReportAllocs()
			for b.Loop() {
				if it, err := m.item(Position{}, "", record, Document{}); err != nil || it.bad != nil {
					b.Fatal(err, it.bad)
				}
			}
		})
	}
}
