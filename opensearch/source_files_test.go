package opensearch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// write makes a file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns what a source yields from a position on, as text.
func read(t *testing.T, s source, from Position) []string {
	t.Helper()
	var got []string
	for it, err := range s.items(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, describe(it))
	}
	return got
}

// describe is an item without what its bytes refer to.
func describe(it item) string {
	if it.bad != nil {
		return "bad " + it.bad.Type + ": " + it.bad.Reason + ": " + string(it.bad.Source)
	}
	return it.doc.ID + "@" + it.doc.Routing + " " + string(it.doc.Source)
}

func TestFiles(t *testing.T) {
	one := write(t, "one.jsonl", "{\"id\": 1}\n{\"id\": 2}\n")
	two := write(t, "two.jsonl", "{\"id\": 3}\nnothing\n{\"id\": null}")
	s, err := openSource(t.Context(), Clients{}, IngestOptions{Files: []string{one, two}, IDField: "id"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1@ {"id": 1}`,
		`2@ {"id": 2}`,
		`3@ {"id": 3}`,
		`bad document_error: line 2: not JSON: 'n' at byte 0 where an object should stand: nothing`,
		`bad id_error: line 3: field "id": has no value: {"id": null}`,
	}
	if got := read(t, s, Position{}); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if s.done() != s.size() || s.size() == 0 {
		t.Errorf("%d of %d bytes", s.done(), s.size())
	}
}
