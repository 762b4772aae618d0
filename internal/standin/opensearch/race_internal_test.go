package opensearch

import "testing"

// Two documents that bring one field with two types, neither knowing of the other: the
// second one is refused, and taken if it comes again.
func TestMappingInTheMaking(t *testing.T) {
	s := New()
	if fail := s.create("a", createBody{mapping: newMapping()}); fail != nil {
		t.Fatal(fail)
	}
	ix := s.indices["a"]
	slow := &reading{server: s}
	slow.begin(ix.mapping.Load(), "slow", []byte(`{"n":2.5}`))
	if fail := slow.read(); fail != nil {
		t.Fatal(fail)
	}
	if fail := s.conform(ix, "fast", []byte(`{"n":1}`)); fail != nil {
		t.Fatal(fail)
	}
	_, fail := ix.mapping.Load().with(slow.added)
	if fail == nil || fail.Type != "illegal_argument_exception" || fail.Reason != "mapper [n] cannot be changed from type [long] to [float]" {
		t.Errorf("got %v", fail)
	}
	if fail := s.conform(ix, "slow", []byte(`{"n":2.5}`)); fail != nil {
		t.Errorf("the second time: %v", fail)
	}
}
