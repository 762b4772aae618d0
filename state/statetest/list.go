package statetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/state"
)

var listCases = []testCase[*tester]{
	{"list a set without records", func(t *tester) {
		t.wantList("set", "", nil)
		t.wantList("set", "key", nil)
		t.put(record("key", "value"))
		t.wantList("other", "", nil)
	}},
	{"list after", func(t *tester) {
		all := t.putMany(5) // 0000, 0010, …
		for after, want := range map[string]int{
			"": 0, "\x00": 0, "/": 0, "0": 0, "0000": 1, "0000\x00": 1, "0001": 1, "001": 1, "0010": 2, "0010\xff": 2, "0039\xff\xff": 4,
			"0040": 5, "0040\x00": 5, "00400": 5, "1": 5, "\xff": 5, strings.Repeat("0", 5000): 1, "0010" + strings.Repeat("\xff", 5000): 2,
		} {
			t.wantList("set", after, all[want:])
		}
	}},
	{"list after long marks", func(t *tester) {
		longest := strings.Repeat("m", state.MaxKey)
		before, exact := t.put(record(longest[:state.MaxKey-1], "")), t.put(record(longest, ""))
		behind := t.put(record("n", ""))
		for _, test := range []struct {
			after string
			want  []state.Record
		}{
			{longest[:state.MaxKey-2], []state.Record{before, exact, behind}},
			{longest[:state.MaxKey-1], []state.Record{exact, behind}},
			{longest, []state.Record{behind}},
			{longest + "m", []state.Record{behind}},
			{longest[:state.MaxKey-1] + "l\xff", []state.Record{exact, behind}},
			{longest[:state.MaxKey-1] + "n", []state.Record{behind}},
		} {
			t.wantList("set", test.after, test.want)
		}
	}},
	{"list many", func(t *tester) {
		all := t.putMany(600)
		t.wantList("set", "", all)
		t.wantList("set", all[299].Key, all[300:])
	}},
	{"list and stop", func(t *tester) {
		all := t.putMany(40)
		for range 3 {
			for r, err := range t.List(t.Context(), "set", "") {
				if err != nil || !same(r, all[0]) {
					t.Errorf("got %s and %v", show(r), err)
				}
				break
			}
		}
		t.wantList("set", "", all)
	}},
	{"range twice over one list", func(t *tester) {
		all := t.putMany(3)
		list := t.List(t.Context(), "set", "")
		for range 2 {
			n := 0
			for r, err := range list {
				if err != nil || !same(r, all[n]) {
					t.Errorf("got %s and %v", show(r), err)
				}
				n++
			}
			if n != len(all) {
				t.Errorf("got %d records", n)
			}
		}
	}},
	{"write while listing", func(t *tester) {
		all := t.putMany(300)
		n := 0
		for r, err := range t.List(t.Context(), "set", "") {
			if err != nil {
				t.Fatal(err)
			}
			if n < len(all) && r.Key != all[n].Key {
				t.Fatalf("record %d is %q", n, r.Key)
			}
			if n%50 == 0 {
				t.put(with(t.get("set", r.Key), "written")) // where the list is
				t.put(record("-"+r.Key, "before"))
				if listed := t.list("set", r.Key); len(listed) != len(all)-n-1 {
					t.Errorf("a list within a list has %d records", len(listed))
				}
			}
			n++
		}
		if n != len(all) {
			t.Errorf("got %d records, want %d", n, len(all))
		}
	}},
	{"cancel while listing", func(t *tester) {
		t.putMany(60)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range t.List(ctx, "set", "") {
			if last != nil {
				t.Fatal("a list goes on after an error")
			}
			last = err
			if n++; n == 3 {
				cancel()
			}
		}
		if n != 4 || !errors.Is(last, context.Canceled) {
			t.Errorf("got %d records and %v", n, last)
		}
	}},
}

// putMany writes n records with keys of 4 digits, ten apart, and returns them in
// their order. They are written in another.
func (t *tester) putMany(n int) []state.Record {
	t.Helper()
	batch := make([]state.Record, n)
	for i := range batch {
		batch[(i*7919)%n] = record(fmt.Sprintf("%04d", i*10), fmt.Sprint("value of ", i))
	}
	if err := t.Put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return byKey(batch)
}
