package statetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/state"
)

var writeCases = []testCase[*tester]{
	{"what is not there", func(t *tester) {
		t.want(state.Record{Set: "set", Key: "key"})
		t.put(record("key", "value"))
		t.want(state.Record{Set: "set", Key: "key2"})
		t.want(state.Record{Set: "set2", Key: "key"})
	}},
	{"create", func(t *tester) {
		r := t.put(record("key", "value"))
		t.want(r)
		t.wantList("set", "", []state.Record{r})
	}},
	{"create what is there", func(t *tester) {
		r := t.put(record("key", "value"))
		t.refuse(record("key", "other"))
		t.refuse(record("key", "value"))
		t.want(r)
	}},
	{"replace", func(t *tester) {
		first := t.put(record("key", "value"))
		second := t.put(with(first, "other"))
		t.want(second)
		t.refuse(with(first, "third"))
		t.want(second)
		t.want(t.put(with(second, "")))
	}},
	{"replace what is not there", func(t *tester) {
		r := t.put(record("key", "value"))
		r.Key = "missing"
		t.refuse(r)
		t.want(state.Record{Set: "set", Key: "missing"})
		r.Set = "other"
		t.refuse(r)
		t.wantList("set", "key", nil)
	}},
	{"replace with a version that never was", func(t *tester) {
		r := t.put(record("key", "value"))
		for _, version := range []string{"0", "-1", "x", r.Version + "0", "0" + r.Version, strings.Repeat("9", 30)} {
			forged := with(r, "forged")
			forged.Version = version
			t.refuse(forged)
		}
		t.want(r)
	}},
	{"write the same value again", func(t *tester) {
		first := t.put(record("key", "value"))
		second := t.put(first)
		if first.Version == second.Version {
			t.Errorf("two writes have the version %q", first.Version)
		}
		t.refuse(first)
	}},
	{"change and change back", func(t *tester) {
		first := t.put(record("key", "A"))
		t.want(t.put(with(t.put(with(first, "B")), "A")))
		t.refuse(with(first, "C"))
		if got := t.get("set", "key"); string(got.Value) != "A" {
			t.Errorf("got %s, want A", show(got))
		}
	}},
	{"some of a batch refused", someRefused},
	{"all of a batch refused", func(t *tester) {
		a, b := t.put(record("a", "1")), t.put(record("b", "1"))
		err := t.Put(t.Context(), []state.Record{record("a", "2"), record("b", "2")})
		if got := conflicts(err); !slices.Equal(got, []string{"set a", "set b"}) {
			t.Errorf("got conflicts of %q in %v", got, err)
		}
		t.wantList("set", "", []state.Record{a, b})
	}},
	{"nothing in a batch", func(t *tester) {
		if err := t.Put(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}},
	{"values are the caller's own", func(t *tester) {
		value := []byte("value")
		r := t.put(state.Record{Set: "set", Key: "key", Value: value})
		value[0] = 'X'
		got := t.get("set", "key")
		r.Value = []byte("value")
		t.want(r)
		got.Value[0] = 'X'
		t.want(r)
		for _, listed := range t.list("set", "") {
			listed.Value[0] = 'X'
		}
		t.want(r)
	}},
	{"canceled", func(t *tester) {
		r := t.put(record("key", "value"))
		ctx := t.canceled()
		for range 10 { // so that no luck helps
			if _, err := t.Get(ctx, "set", "key"); !errors.Is(err, context.Canceled) {
				t.Errorf("Get: got %v", err)
			}
			if err := t.Put(ctx, []state.Record{with(r, "other"), record("new", "value")}); !errors.Is(err, context.Canceled) || errors.Is(err, state.ErrConflict) {
				t.Errorf("Put: got %v", err)
			}
		}
		t.wantList("set", "", []state.Record{r})
		for _, set := range []string{"set", "empty"} {
			var errs []error
			for _, err := range t.List(ctx, set, "") {
				errs = append(errs, err)
			}
			if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
				t.Errorf("List: got %v", errs)
			}
		}
	}},
}

// someRefused writes a batch of which every other record is refused, in several
// sets.
func someRefused(t *tester) {
	var stored, batch []state.Record
	for i := range 30 {
		r := state.Record{Set: fmt.Sprintf("set%d", i%3), Key: fmt.Sprintf("%02d", i), Value: []byte("first")}
		if i%2 == 1 {
			stored = append(stored, t.put(r))
		}
		batch = append(batch, with(r, "second")) // without a version, a create
	}
	batch[1].Version = stored[0].Version
	batch[2].Version = stored[0].Version
	err := t.Put(t.Context(), batch)
	refused := conflicts(err)
	for i, r := range batch {
		written := i == 1 || i%2 == 0 && i != 2
		if slices.Contains(refused, r.Set+" "+r.Key) == written {
			t.Errorf("%s %s: written %t, and the conflicts are %q", r.Set, r.Key, written, refused)
		}
		switch {
		case written:
			t.want(r)
		case i == 2:
			t.want(state.Record{Set: r.Set, Key: r.Key})
		default:
			t.want(stored[i/2])
			if r.Version != "" {
				t.Errorf("%s %s was refused and has the version %q", r.Set, r.Key, r.Version)
			}
		}
	}
}

// conflicts returns the records that the conflicts in an error are about, sorted.
func conflicts(err error) []string {
	var found []string
	switch e := err.(type) {
	case *state.ConflictError:
		found = append(found, e.Set+" "+e.Key)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			found = append(found, conflicts(err)...)
		}
	case interface{ Unwrap() error }:
		found = conflicts(e.Unwrap())
	}
	slices.Sort(found)
	return found
}
