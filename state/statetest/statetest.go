// Package statetest checks that a [state.Store] keeps its promises. The stores of
// package state pass it, and so should one of your own:
//
//	func TestStore(t *testing.T) {
//		statetest.Run(t, func(t *testing.T) state.Store { return newStore(t) })
//	}
package statetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/state"
)

// Run checks stores that open returns. It calls open for every case and wants a
// store without records; what is to be closed, open leaves to t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) state.Store) {
	t.Helper()
	run(t, cases, func(t *testing.T) *tester { return &tester{t, open(t)} })
}

// RunShared checks two stores that open returns, which share their records, as two
// processes do.
func RunShared(t *testing.T, open func(t *testing.T) (a, b state.Store)) {
	t.Helper()
	run(t, sharedCases, func(t *testing.T) [2]*tester {
		a, b := open(t)
		return [2]*tester{{t, a}, {t, b}}
	})
}

type testCase[T any] struct {
	name string
	run  func(T)
}

func run[T any](t *testing.T, cases []testCase[T], open func(*testing.T) T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(open(t)) })
	}
}

var cases = slices.Concat(writeCases, keyCases, listCases, limitCases, concurrentCases)

// A tester is a store with what the cases do to it.
type tester struct {
	*testing.T
	state.Store
}

// put writes a record that must not be refused, and returns it with its version.
func (t *tester) put(r state.Record) state.Record {
	t.Helper()
	records := []state.Record{r}
	if err := t.Put(t.Context(), records); err != nil {
		t.Fatalf("put %.40q %.40q: %v", r.Set, r.Key, err)
	}
	if records[0].Version == "" {
		t.Fatalf("put %.40q %.40q: no version", r.Set, r.Key)
	}
	return records[0]
}

// refuse writes a record that must be refused for its version, and tells so.
func (t *tester) refuse(r state.Record) {
	t.Helper()
	records := []state.Record{r}
	err := t.Put(t.Context(), records)
	conflict, ok := errors.AsType[*state.ConflictError](err)
	if !ok || !errors.Is(err, state.ErrConflict) || conflict.Set != r.Set || conflict.Key != r.Key {
		t.Errorf("got %v, want a conflict of %.40q %.40q", err, r.Set, r.Key)
	}
	if records[0].Version != r.Version {
		t.Errorf("a refused record got the version %q, it had %q", records[0].Version, r.Version)
	}
}

func (t *tester) get(set, key string) state.Record {
	t.Helper()
	r, err := t.Get(t.Context(), set, key)
	if err != nil {
		t.Fatalf("get %.40q %.40q: %v", set, key, err)
	}
	return r
}

// want checks what is stored for a record.
func (t *tester) want(r state.Record) {
	t.Helper()
	if got := t.get(r.Set, r.Key); !same(got, r) {
		t.Errorf("got %s, want %s", show(got), show(r))
	}
}

// list returns the records of a set after a mark.
func (t *tester) list(set, after string) []state.Record {
	t.Helper()
	var all []state.Record
	for r, err := range t.List(t.Context(), set, after) {
		if err != nil {
			t.Fatalf("list %.40q after %.40q: %v", set, after, err)
		}
		all = append(all, r)
	}
	return all
}

// wantList checks what is listed of a set after a mark.
func (t *tester) wantList(set, after string, want []state.Record) {
	t.Helper()
	got := t.list(set, after)
	for i := range min(len(got), len(want)) {
		if !same(got[i], want[i]) {
			t.Errorf("after %.40q: record %d is %s, want %s", after, i, show(got[i]), show(want[i]))
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("after %.40q: got %d records, want %d", after, len(got), len(want))
	}
}

func same(a, b state.Record) bool {
	return a.Set == b.Set && a.Key == b.Key && a.Version == b.Version && bytes.Equal(a.Value, b.Value)
}

func show(r state.Record) string {
	return fmt.Sprintf("%.40q %.40q version %q with %d bytes %.20q", r.Set, r.Key, r.Version, len(r.Value), r.Value)
}

// record returns a record that is not stored yet.
func record(key, value string) state.Record {
	return state.Record{Set: "set", Key: key, Value: []byte(value)}
}

// with returns a record with another value.
func with(r state.Record, value string) state.Record {
	r.Value = []byte(value)
	return r
}

// byKey returns records in the order of their keys.
func byKey(records []state.Record) []state.Record {
	sorted := slices.Clone(records)
	slices.SortFunc(sorted, func(a, b state.Record) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	return sorted
}

// canceled returns a context that has ended.
func (t *tester) canceled() context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
