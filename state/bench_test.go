package state_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/awspatterns/awspatterns/state"
)

// benchmarkStores runs f for stores that take no calls.
func benchmarkStores(b *testing.B, f func(b *testing.B, s state.Store)) {
	b.Run("memory", func(b *testing.B) { f(b, state.NewMemory()) })
	b.Run("file", func(b *testing.B) {
		s, err := state.OpenFile(filepath.Join(b.TempDir(), "scan.db"))
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		f(b, s)
	})
}

// BenchmarkPut creates 1,000 records in one call, in a set of their own.
func BenchmarkPut(b *testing.B) {
	benchmarkStores(b, func(b *testing.B, s state.Store) {
		batch := batchOf(1000)
		for n := 0; b.Loop(); n++ {
			for i := range batch {
				batch[i].Set, batch[i].Version = fmt.Sprint("set ", n), ""
			}
			if err := s.Put(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkList lists 1,000 records.
func BenchmarkList(b *testing.B) {
	benchmarkStores(b, func(b *testing.B, s state.Store) {
		if err := s.Put(b.Context(), batchOf(1000)); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			n := 0
			for _, err := range s.List(b.Context(), "set", "") {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 1000 {
				b.Fatalf("listed %d records", n)
			}
		}
	})
}
