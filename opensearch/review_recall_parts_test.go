package opensearch

import (
	"testing"
)

// A disk that is full ends the reading, and not only when all is read.
func TestRecallSpoolFull(t *testing.T) {
	s, err := newRecallSpool(t.TempDir(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.vectors.Close()
	values := make([]float32, 1000)
	for range 200 { // 800,000 bytes
		if err = s.add("k", values); err != nil {
			return
		}
	}
	t.Error("vectors are added to a file that takes none")
}

// No two documents have one key, whatever is in their ids.
func TestRecallKey(t *testing.T) {
	a, b := recallKey{"a\x00b\x00", ""}, recallKey{"a", "b\x00\x00"}
	if a.key() == b.key() {
		t.Errorf("%q is the key of %q and %q", a.key(), a, b)
	}
}

// An object may be in a list.
func TestRecallValueInLists(t *testing.T) {
	m := recallMeasurer{field: recallField{path: "o.v", dimension: 2}}
	dst := make([]float32, 2)
	for _, source := range []string{`{"o":[{"v":[1,2]}]}`, `{"o":[{"n":1},{"v":null},{"v":["1",2]}]}`, `{"o.v":[1,2]}`} {
		if err := m.vectorOf(recallHit{Source: []byte(source)}, dst); err != nil || dst[0] != 1 || dst[1] != 2 {
			t.Errorf("%s: got %v, %v", source, dst, err)
		}
	}
	for _, source := range []string{`{"o":[]}`, `{"o":[[[{"v":[1,2,3]}]]]}`, `{"o":[{"v":["x",2]}]}`, `{"o":{"v":{"w":1}}}`, `{"o":[{"v":["1e60",2]}]}`, `{"o":[1,"v"]}`} {
		if err := m.vectorOf(recallHit{Source: []byte(source)}, dst); err == nil {
			t.Errorf("%s: got %v", source, dst)
		}
	}
}
