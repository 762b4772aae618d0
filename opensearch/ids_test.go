package opensearch

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestContentID pins the ids that are made: with others, documents that are loaded
// again would be doubled.
func TestContentID(t *testing.T) {
	tests := []struct{ source, routing, want string }{
		{`{}`, "", "RBNvo1WzZ4oRRq0W9-hknpT7T8If536D"},
		{`{"a":1}`, "", "AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXO"},
		{`{}`, "r", "O6eLuWmpUtOsd6fDJn07dznnOOpbFaL3"},
	}
	for _, test := range tests {
		if got := contentID([]byte(test.source), test.routing); got != test.want {
			t.Errorf("%s, %q: got %q", test.source, test.routing, got)
		}
	}
}

func TestContentIDs(t *testing.T) {
	same := open(t, Clients{}, IngestOptions{Documents: docs(doc(`{"a":1}`), doc(`{"a":2}`), doc(" {\"a\":1}\n"), Document{Routing: "r", Source: []byte(`{"a":1}`)}, doc(`{"a":1}`))})
	ids := map[string][]int64{}
	for it, err := range same.items(t.Context(), Position{}) {
		if err != nil || it.bad != nil || len(it.doc.ID) != 32 {
			t.Fatalf("%+v, %v", it, err)
		}
		ids[it.doc.ID] = append(ids[it.doc.ID], it.pos.Record)
	}
	if first := ids[contentID([]byte(`{"a":1}`), "")]; len(ids) != 3 || !slices.Equal(first, []int64{0, 2, 4}) {
		t.Errorf("got %v", ids)
	}
}

func TestGeneratedIDs(t *testing.T) {
	opts := IngestOptions{Documents: docs(doc(`{}`), Document{ID: "own", Source: []byte(`{}`)}), GeneratedIDs: true}
	check(t, open(t, Clients{}, opts), `0:0 @ {}`, `0:1 own@ {}`)
}

func TestJoinedIDs(t *testing.T) {
	opts := IngestOptions{IDField: "a,b", Documents: docs(
		doc(`{"a":"x","b":"y"}`), doc(`{"b":2.50,"a":true}`), doc(`{"a":"x/y","b":"z"}`), doc(`{"a":"x","b":"y/z"}`), doc(`{"a":"100%","b":"%2F"}`), doc(`{"a":"","b":"y"}`), doc(`{"a":"x","b":null}`),
	)}
	var got []string
	for it, err := range open(t, Clients{}, opts).items(t.Context(), Position{}) {
		if err != nil {
			t.Fatal(err)
		}
		if it.bad != nil {
			got = append(got, it.bad.Type)
			continue
		}
		got = append(got, it.doc.ID)
	}
	if want := []string{"x/y", "true/2.50", "x%2Fy/z", "x/y%2Fz", "100%25/%252F", "id_error", "id_error"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	one := IngestOptions{IDField: "a", Documents: docs(doc(`{"a":"x/y%"}`))}
	check(t, open(t, Clients{}, one), `0:0 x/y%@ {"a":"x/y%"}`)
}

// FuzzJoinID checks that an id tells the values that it was made of.
func FuzzJoinID(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("a/", "%2F", "100%25/")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		values := []string{a, b, c}
		id := joinID(slices.Clone(values))
		var got []string
		for part := range strings.SplitSeq(id, "/") {
			value, err := url.PathUnescape(part)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, value)
		}
		if !slices.Equal(got, values) {
			t.Errorf("%q became %q, that is %q", values, id, got)
		}
	})
}
