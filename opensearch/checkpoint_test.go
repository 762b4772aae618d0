package opensearch

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/state"
)

func TestCheckpoint(t *testing.T) {
	store := state.NewMemory()
	c := NewCheckpoint(store, "nightly")
	if value, err := c.Load(t.Context()); value != nil || err != nil {
		t.Errorf("got %q, %v of nothing", value, err)
	}
	for _, value := range []string{"one", "two", "two"} {
		if err := c.Save(t.Context(), []byte(value)); err != nil {
			t.Fatal(err)
		}
		got, err := NewCheckpoint(store, "nightly").Load(t.Context())
		if string(got) != value || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, value)
		}
	}
	if value, err := NewCheckpoint(store, "other").Load(t.Context()); value != nil || err != nil {
		t.Errorf("got %q, %v of another name", value, err)
	}
}

// TestCheckpointOfTwoRuns has two runs begin at every state of a checkpoint: the one
// that saves first goes on.
func TestCheckpointOfTwoRuns(t *testing.T) {
	for _, before := range []string{"", "before"} {
		store := state.NewMemory()
		if before != "" {
			if err := NewCheckpoint(store, "n").Save(t.Context(), []byte(before)); err != nil {
				t.Fatal(err)
			}
		}
		one, two := NewCheckpoint(store, "n"), NewCheckpoint(store, "n")
		for _, c := range []Checkpoint{one, two} {
			if value, err := c.Load(t.Context()); string(value) != before || err != nil {
				t.Fatalf("got %q, %v", value, err)
			}
		}
		if err := one.Save(t.Context(), []byte("1")); err != nil {
			t.Fatal(err)
		}
		for range 2 { // it does not get through by trying again
			err := two.Save(t.Context(), []byte("2"))
			if !errors.Is(err, state.ErrConflict) || !strings.Contains(err.Error(), "another run uses it at the same time") {
				t.Errorf("got %v", err)
			}
		}
		if err := one.Save(t.Context(), []byte("3")); err != nil {
			t.Errorf("the first run: %v", err)
		}
		if value, _ := NewCheckpoint(store, "n").Load(t.Context()); string(value) != "3" {
			t.Errorf("kept %q", value)
		}
	}
}

// A lossy store loses the answers to some writes.
type lossy struct {
	state.Store
	lost    int  // of the next writes
	written bool // whether these have their effect
}

var errLost = errors.New("the answer is lost")

func (l *lossy) Put(ctx context.Context, records []state.Record) error {
	if l.lost == 0 {
		return l.Store.Put(ctx, records)
	}
	l.lost--
	if l.written {
		if err := l.Store.Put(ctx, append([]state.Record(nil), records...)); err != nil {
			return err
		}
	}
	return errLost
}

func TestCheckpointLostAnswers(t *testing.T) {
	for _, written := range []bool{true, false} {
		store := &lossy{Store: state.NewMemory(), written: written}
		c := NewCheckpoint(store, "n")
		if err := c.Save(t.Context(), []byte("1")); err != nil {
			t.Fatal(err)
		}
		store.lost = 1
		if err := c.Save(t.Context(), []byte("2")); !errors.Is(err, errLost) {
			t.Fatalf("got %v", err)
		}
		if err := c.Save(t.Context(), []byte("3")); err != nil {
			t.Errorf("written %t: %v", written, err)
		}
		if value, _ := c.Load(t.Context()); string(value) != "3" {
			t.Errorf("written %t: kept %q", written, value)
		}
	}
}

// TestCheckpointLostToAnother has the answer lost and the record replaced by another
// run: that is a conflict all the same.
func TestCheckpointLostToAnother(t *testing.T) {
	store := &lossy{Store: state.NewMemory(), written: true}
	c, other := NewCheckpoint(store, "n"), NewCheckpoint(store.Store, "n")
	store.lost = 1
	if err := c.Save(t.Context(), []byte("1")); !errors.Is(err, errLost) {
		t.Fatalf("got %v", err)
	}
	if _, err := other.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.Save(t.Context(), []byte("other")); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(t.Context(), []byte("2")); !errors.Is(err, state.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

var someMark = bookmark{
	Run: "r", Source: "content.options", Index: "movies", Cluster: "u", Next: Position{2, 7},
	Read: 9, Rejected: []Position{{0, 3}, {2, 1}},
}

func TestMark(t *testing.T) {
	text, err := someMark.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeBookmark(text)
	want := someMark
	want.Format = bookmarkFormat
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMarkFits(t *testing.T) {
	m := someMark
	m.Index, m.Next, m.Read = strings.Repeat("x", 255), Position{math.MaxInt32, math.MaxInt64}, math.MaxInt64
	for range maxRejected {
		m.Rejected = append(m.Rejected, Position{math.MaxInt32, math.MaxInt64})
	}
	text, err := m.encode()
	if err != nil || len(text) > state.MaxValue {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestDecodeMarkRefuses(t *testing.T) {
	good, err := someMark.encode()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ text, want string }{
		"nothing":      {"", "not one that this package made"},
		"other text":   {"hello", "not one that this package made"},
		"other JSON":   {`{"version": 3}`, "has format 0"},
		"later format": {`{"format": 2, "shards": []}`, "has format 2, and this version reads 1: go on with the version that made it"},
		"later field":  {strings.Replace(string(good), `"run"`, `"runs"`, 1), "damaged"},
		"cut":          {string(good[:len(good)-2]), "not one that this package made"},
		"twice":        {string(good) + string(good), "not one that this package made"},
		"no source":    {strings.Replace(string(good), "content.options", "", 1), "damaged"},
		"Read before":  {strings.Replace(string(good), `"read":9`, `"read":-9`, 1), "damaged"},
		"before 0":     {strings.Replace(string(good), `"record":7`, `"record":-7`, 1), "damaged"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeBookmark([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMarkResumes(t *testing.T) {
	m := bookmark{Source: "content.options", Index: "movies", Cluster: "u"}
	tests := []struct {
		source, index, cluster string
		want                   string // in the error
	}{
		{"content.options", "movies", "u", ""},
		{"content.options", "movies", "", ""},
		{"content.options", "films", "u", `it writes to "movies" and not to "films"`},
		{"content.options", "movies", "v", "its cluster is u and not v"},
		{"other.options", "movies", "u", "or have changed since"},
		{"content.other", "movies", "u", "its Mode, Format, Fields, IDField, GeneratedIDs, RoutingField or Pipeline are not these"},
		{"other.options", "films", "u", `to "films", its files`},
	}
	for _, test := range tests {
		m.Complete = false
		resumes, err := m.resumes(test.source, test.index, test.cluster)
		if test.want == "" {
			if !resumes || err != nil {
				t.Errorf("%+v: got %t, %v", test, resumes, err)
			}
		} else if resumes || !errors.Is(err, ErrOtherCheckpoint) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "another name") {
			t.Errorf("%+v: got %t, %v", test, resumes, err)
		}

		m.Complete = true // then the name is free
		if resumes, err := m.resumes(test.source, test.index, test.cluster); err != nil || resumes != (test.want == "") {
			t.Errorf("%+v: got %t, %v of one that has ended", test, resumes, err)
		}
	}
	if resumes, err := (bookmark{Source: "content.options", Index: "movies"}).resumes("content.options", "movies", "v"); !resumes || err != nil {
		t.Errorf("got %t, %v of an unknown cluster", resumes, err)
	}
}

func FuzzDecodeMark(f *testing.F) {
	good, _ := someMark.encode()
	f.Add(good)
	f.Add([]byte(`{"format":1,"source":"a","index":"b","next":{"input":0,"record":0},"read":3}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := decodeBookmark(text)
		if err != nil {
			return
		}
		if len(m.Rejected) == 0 {
			m.Rejected = nil
		}
		again, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decodeBookmark(again); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%q became %q: %v", text, again, err)
		}
	})
}
