package chargeback

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// minute returns a time so many minutes after noon.
func minuteAt(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func minutesOf(all ...int) (intervals []Interval) {
	for i := 0; i < len(all); i += 2 {
		intervals = append(intervals, Interval{minuteAt(all[i]), minuteAt(all[i+1])})
	}
	return intervals
}

// TestCoverageModel covers intervals at random, and compares with a set of minutes.
func TestCoverageModel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var c Coverage
		var covered [30]bool
		for range r.IntN(8) {
			from, to := r.IntN(30), r.IntN(31)
			before := slices.Clone(c.Covered[Queries])
			more := c.With(Queries, minutesOf(from, to)[0])
			if !slices.Equal(c.Covered[Queries], before) {
				t.Fatalf("the coverage itself has become %v", c.Covered)
			}
			c = more
			for i := from; i < to; i++ {
				covered[i] = true
			}
		}
		from, to := r.IntN(30), r.IntN(31)
		if got, want := c.Covered[Queries], runs(covered[:], true, 0, 30); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if got, want := c.Missing(Queries, minutesOf(from, to)[0]), runs(covered[:], false, from, to); !slices.Equal(got, want) {
			t.Fatalf("of %v missing from %d to %d: got %v, want %v", c.Covered[Queries], from, to, got, want)
		}
	}
}

// runs returns the intervals of minutes that are as wanted.
func runs(set []bool, wanted bool, from, to int) (all []Interval) {
	for i := from; i < to; i++ {
		begun := i
		for i < to && set[i] == wanted {
			i++
		}
		if i > begun {
			all = append(all, minutesOf(begun, i)...)
		}
	}
	return all
}

func TestCover(t *testing.T) {
	store := NewMemory().(*memory)
	a := Archive{Store: store}
	if got, err := a.Coverage(t.Context(), warehouse); err != nil || !reflect.DeepEqual(got, Coverage{}) {
		t.Errorf("got %+v and %v", got, err)
	}
	zone := time.FixedZone("", 3600)
	for range 2 { // the second time nothing is written
		err := a.Cover(t.Context(), warehouse, func(c *Coverage) {
			*c = c.With(Queries, minutesOf(5, 9)[0]).With(Queries, Interval{minuteAt(0).In(zone), minuteAt(5).In(zone)})
			c.Region = "us-east-1"
			c.Taken = map[Table][]time.Time{Opens: {minuteAt(3), minuteAt(1).In(zone), minuteAt(3)}}
			c.Denied = map[Table]string{Minutes: "not a superuser"}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const want = `{
  "warehouse": "111111111111/us-east-1/workgroup/sales",
  "region": "us-east-1",
  "covered": {
    "queries": [
      {
        "from": "2026-11-01T12:00:00Z",
        "to": "2026-11-01T12:09:00Z"
      }
    ]
  },
  "taken": {
    "open": [
      "2026-11-01T12:01:00Z",
      "2026-11-01T12:03:00Z"
    ]
  },
  "denied": {
    "minutes": "not a superuser"
  }
}
`
	const name = "111111111111~us-east-1~workgroup~sales/coverage.json"
	if got := string(store.objects[name].body); got != want || store.writes != 1 {
		t.Errorf("got %d writes, %s", store.writes, got)
	}
	got, err := a.Coverage(t.Context(), warehouse)
	if err != nil || !slices.Equal(got.Covered[Queries], minutesOf(0, 9)) || len(got.Taken[Opens]) != 2 || got.Denied[Minutes] == "" {
		t.Errorf("got %+v and %v", got, err)
	}
	for body, want := range map[string]string{"": "unexpected end", "{": "unexpected end", `{"warehouse":"x"}`: `that of "x"`} {
		store.objects[name] = memoryObject{[]byte(body), "9"}
		_, err := a.Coverage(t.Context(), warehouse)
		writeErr := a.Cover(t.Context(), warehouse, func(*Coverage) {})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) || writeErr == nil {
			t.Errorf("%q: got %v and %v", body, err, writeErr)
		}
	}
}

func TestCoverConflicts(t *testing.T) {
	for times, want := range map[int]error{1: nil, 10: ErrConflict} {
		store, n := NewMemory(), 100
		r := &racing{store, times, func() {
			n += 2
			if err := (Archive{Store: store}).Cover(t.Context(), warehouse, func(c *Coverage) { *c = c.With(Scans, minutesOf(n, n+1)[0]) }); err != nil {
				t.Error(err)
			}
		}}
		err := Archive{Store: r}.Cover(t.Context(), warehouse, func(c *Coverage) { *c = c.With(Scans, minutesOf(0, 1)[0]) })
		got, readErr := Archive{Store: store}.Coverage(t.Context(), warehouse)
		if !errors.Is(err, want) || readErr != nil || err == nil && len(got.Covered[Scans]) != times+1 {
			t.Errorf("%d times: got %v and %v, %v", times, err, readErr, got)
		}
	}
}
