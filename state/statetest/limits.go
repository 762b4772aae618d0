package statetest

import (
	"bytes"
	"errors"
	"strings"

	"github.com/awspatterns/awspatterns/state"
)

var limitCases = []testCase[*tester]{
	{"values", func(t *tester) {
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		for name, value := range map[string][]byte{
			"nil": nil, "empty": {}, "zero": {0}, "newline": []byte("\n"), "every byte": every, "JSON": []byte(`{"set":"x"}` + "\n{}"),
			"longest": bytes.Repeat([]byte("\n\x00v"), (state.MaxValue+2)/3)[:state.MaxValue],
		} {
			r := t.put(record(name, string(value)))
			t.want(r)
			r.Value = value
			t.want(t.put(r))
		}
		if got := len(t.list("set", "")); got != 7 {
			t.Errorf("listed %d records", got)
		}
	}},
	{"the longest record", func(t *tester) {
		r := t.put(state.Record{
			Set: strings.Repeat("\x01", state.MaxSet), Key: strings.Repeat("\x01", state.MaxKey), Value: make([]byte, state.MaxValue),
		})
		t.want(r)
		t.wantList(r.Set, "", []state.Record{r})
	}},
	{"records that cannot be kept", func(t *tester) {
		stored := t.put(record("key", "value"))
		for name, wrong := range map[string]state.Record{
			"no set":           {Key: "key"},
			"no key":           {Set: "set"},
			"long set":         {Set: strings.Repeat("s", state.MaxSet+1), Key: "key"},
			"long key":         {Set: "set", Key: strings.Repeat("k", state.MaxKey+1)},
			"long value":       {Set: "set", Key: "key 2", Value: make([]byte, state.MaxValue+1)},
			"set of no UTF-8":  {Set: "s\xff", Key: "key"},
			"key of no UTF-8":  {Set: "set", Key: "k\xff"},
			"surrogate in key": {Set: "set", Key: "\xed\xa0\x80"},
		} {
			batch := []state.Record{record("new", ""), wrong, with(stored, "new")}
			if err := t.Put(t.Context(), batch); err == nil || errors.Is(err, state.ErrConflict) || !strings.HasPrefix(err.Error(), "state: ") {
				t.Errorf("%s: got %v", name, err)
			}
			if _, err := t.Get(t.Context(), wrong.Set, wrong.Key); (err == nil) != (name == "long value") {
				t.Errorf("%s: Get: got %v", name, err)
			}
			for _, err := range t.List(t.Context(), wrong.Set, "") {
				if (err == nil) != (wrong.Set == "set" || wrong.Set == "other") {
					t.Errorf("%s: List: got %v", name, err)
				}
			}
		}
		t.wantList("set", "", []state.Record{stored})
	}},
	{"two of a batch for one record", func(t *tester) {
		batch := []state.Record{record("new", ""), record("key", "a"), record("other", ""), record("key", "b")}
		if err := t.Put(t.Context(), batch); err == nil || errors.Is(err, state.ErrConflict) || !strings.Contains(err.Error(), `"key"`) {
			t.Errorf("got %v", err)
		}
		t.wantList("set", "", nil)
	}},
	{"one key in two sets of a batch", func(t *tester) {
		batch := []state.Record{{Set: "a", Key: "key"}, {Set: "b", Key: "key"}}
		if err := t.Put(t.Context(), batch); err != nil {
			t.Error(err)
		}
		t.want(batch[0])
		t.want(batch[1])
	}},
}
