package ses

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestListStore(t *testing.T) {
	store, want := &listStore[int]{}, map[listKey]int{}
	for i := range 20_000 {
		k, v := listKeyOf(fmt.Sprint(rand.IntN(10_000))), i%7
		store.add(k, v)
		want[k] = max(want[k], v)
	}
	store.freeze(func(a, b int) int { return max(a, b) })
	if store.len() != len(want) {
		t.Errorf("%d entries, want %d", store.len(), len(want))
	}
	for k, v := range want {
		if i, found := store.find(k); !found || store.shards[k[0]][i].value != v {
			t.Fatalf("%x: found %t", k, found)
		}
	}
	if _, found := store.find(listKeyOf("nobody")); found {
		t.Error("found what is not there")
	}
	var last listKey
	seen := 0
	store.each(func(k listKey, i int, v int) {
		if seen > 0 && string(k[:]) <= string(last[:]) {
			t.Fatalf("%x after %x", k, last)
		}
		if want[k] != v || store.shards[k[0]][i].value != v {
			t.Fatalf("%x: %d, want %d", k, v, want[k])
		}
		seen, last = seen+1, k
	})
	if seen != len(want) {
		t.Errorf("each: %d of %d", seen, len(want))
	}
}

// TestListStoreEmpty asks a store that holds nothing.
func TestListStoreEmpty(t *testing.T) {
	store := &listStore[int]{}
	store.freeze(func(a, b int) int { return a })
	if _, found := store.find(listKey{}); found || store.len() != 0 {
		t.Error("an empty store has something")
	}
}

// BenchmarkListStore fills, freezes and asks a store of 100,000 addresses.
func BenchmarkListStore(b *testing.B) {
	addresses := make([]string, 100_000)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("somebody.%07d@example.com", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		store := &listStore[suppressionReason]{}
		for _, a := range addresses {
			store.add(listKeyOf(a), suppressedForBounce)
		}
		store.freeze(suppressionRules.stricter)
		for _, a := range addresses {
			if _, found := store.find(listKeyOf(a)); !found {
				b.Fatal(a)
			}
		}
	}
}
