package statetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/awspatterns/awspatterns/state"
)

var concurrentCases = []testCase[*tester]{
	{"one winner for each version", func(t *tester) { oneWinner([]*tester{t}, 16, 5) }},
	{"no addition is lost", func(t *tester) { additions([]*tester{t}, 6, 5) }},
	{"many records at the same time", func(t *tester) {
		var writers sync.WaitGroup
		all := make([][]state.Record, 8)
		for i := range all {
			writers.Go(func() {
				for j := range 20 {
					all[i] = append(all[i], record(fmt.Sprintf("%d-%02d", i, j), "value"))
				}
				if err := t.Put(t.Context(), all[i]); err != nil {
					t.Error(err)
				}
				for j, r := range all[i] {
					batch := []state.Record{with(r, "other")}
					if err := t.Put(t.Context(), batch); err != nil {
						t.Error(err)
					}
					all[i][j] = batch[0]
				}
			})
		}
		writers.Wait()
		t.wantList("set", "", byKey(slices.Concat(all...)))
	}},
}

var sharedCases = []testCase[[2]*tester]{
	{"what one writes the other sees", func(t [2]*tester) {
		a, b := t[0], t[1]
		b.want(state.Record{Set: "set", Key: "key"})
		first := a.put(record("key", "value"))
		b.want(first)
		b.wantList("set", "", []state.Record{first})
		second := b.put(with(first, "other"))
		a.want(second)
		a.refuse(with(first, "third"))
		a.refuse(record("key", "fourth"))
		a.wantList("set", "", []state.Record{second})
	}},
	{"change and change back between two", func(t [2]*tester) {
		a, b := t[0], t[1]
		first := a.put(record("key", "A"))
		b.put(with(b.put(with(b.get("set", "key"), "B")), "A"))
		a.refuse(with(first, "C"))
	}},
	{"one winner among two", func(t [2]*tester) { oneWinner(t[:], 16, 5) }},
	{"no addition of two is lost", func(t [2]*tester) { additions(t[:], 6, 5) }},
}

// oneWinner lets several write one record under the same version, some rounds
// long.
func oneWinner(stores []*tester, writers, rounds int) {
	t := stores[0]
	current := record("key", "")
	for round := range rounds {
		batches := make([][]state.Record, writers)
		errs := make([]error, writers)
		var running sync.WaitGroup
		for i := range writers {
			running.Go(func() {
				batches[i] = []state.Record{with(current, fmt.Sprint("writer ", i))}
				errs[i] = stores[i%len(stores)].Put(t.Context(), batches[i])
			})
		}
		running.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				t.Errorf("round %d: %d and %d have both won", round, winner, i)
			case err == nil:
				winner = i
			case !errors.Is(err, state.ErrConflict):
				t.Errorf("round %d: %v", round, err)
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody has won", round)
		}
		current = batches[winner][0]
		t.want(current)
	}
}

// additions lets several count in one record.
func additions(stores []*tester, writers, each int) {
	t := stores[0]
	var running sync.WaitGroup
	for i := range writers {
		s := stores[i%len(stores)]
		running.Go(func() {
			for done := 0; done < each; {
				r, err := s.Get(t.Context(), "set", "count")
				if err != nil {
					t.Error(err)
					return
				}
				n, _ := strconv.Atoi(string(r.Value))
				err = s.Put(t.Context(), []state.Record{with(r, strconv.Itoa(n+1))})
				switch {
				case err == nil:
					done++
				case !errors.Is(err, state.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	if got, want := string(t.get("set", "count").Value), strconv.Itoa(writers*each); got != want {
		t.Errorf("counted to %s, want %s", got, want)
	}
}
