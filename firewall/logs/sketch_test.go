package logs

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"
)

// streams make keys and weights.
var streams = map[string]func(r *rand.Rand) func(i int) (key int, weight uint64){
	"zipf": func(r *rand.Rand) func(int) (int, uint64) {
		z := rand.NewZipf(r, 1.2, 1, 1<<20)
		return func(int) (int, uint64) { return int(z.Uint64()), 1 }
	},
	"zipf, heavy weights": func(r *rand.Rand) func(int) (int, uint64) {
		z := rand.NewZipf(r, 1.05, 1, 1<<20)
		return func(int) (int, uint64) { return int(z.Uint64()), r.Uint64N(1 << r.IntN(40)) }
	},
	"uniform": func(r *rand.Rand) func(int) (int, uint64) {
		return func(int) (int, uint64) { return r.IntN(5000), 1 + r.Uint64N(100) }
	},
	"all different": func(*rand.Rand) func(int) (int, uint64) {
		return func(i int) (int, uint64) { return i, 1 }
	},
	"rising": func(*rand.Rand) func(int) (int, uint64) {
		return func(i int) (int, uint64) { return i, uint64(i) }
	},
	"one just behind the others": func(*rand.Rand) func(int) (int, uint64) {
		// As many keys as there are places, then one more, over and over.
		return func(i int) (int, uint64) { return i % 41, 1 }
	},
	"heavy hitter late": func(*rand.Rand) func(int) (int, uint64) {
		return func(i int) (int, uint64) {
			if i > 15_000 && i%2 == 0 {
				return -1, 3
			}
			return i, 1
		}
	},
	"enormous": func(r *rand.Rand) func(int) (int, uint64) {
		return func(i int) (int, uint64) { return r.IntN(100), 1 << 62 }
	},
}

// TestSketchAgainstExact checks each promise of a sketch, alone and merged from the
// parts of a stream, against a map.
func TestSketchAgainstExact(t *testing.T) {
	for name, stream := range streams {
		for _, size := range []int{1, 2, 20, 300} {
			for _, parts := range []int{1, 2, 5} {
				t.Run(fmt.Sprintf("%s/%d/%d", name, size, parts), func(t *testing.T) {
					seed := maphash.MakeSeed()
					next := stream(rand.New(rand.NewPCG(uint64(size), uint64(parts))))
					exact, list := map[string]uint64{}, make([]*sketch, parts)
					for i := range list {
						list[i] = newSketch(size, seed)
					}
					for i := range 20_000 {
						n, weight := next(i)
						key := fmt.Sprint(n)
						exact[key] = plus(exact[key], weight)
						list[i*parts/20_000].add([]byte(key), weight)
					}
					for _, o := range list[1:] {
						list[0].merge(o)
					}
					checkSketch(t, list[0], exact)
				})
			}
		}
	}
}

func checkSketch(t *testing.T, s *sketch, exact map[string]uint64) {
	t.Helper()
	var total uint64
	for _, count := range exact {
		total = plus(total, count)
	}
	if s.total != total {
		t.Errorf("total %d, want %d", s.total, total)
	}
	if most := total / uint64(s.size+1); s.floor > most && total < 1<<63 {
		t.Errorf("floor %d, want at most %d", s.floor, most)
	}
	if len(s.entries) > 2*s.size {
		t.Errorf("%d entries, want at most %d", len(s.entries), 2*s.size)
	}
	listed := map[string]bool{}
	for i := range s.entries {
		e := &s.entries[i]
		key := string(s.key(e))
		if listed[key] {
			t.Errorf("%s is there twice", key)
		}
		listed[key] = true
		if n := exact[key]; e.count < n || e.count-min(e.count, e.excess) > n || e.excess > s.floor {
			t.Errorf("%s: counted %d, at most %d too high (floor %d); it is %d", key, e.count, e.excess, s.floor, n)
		}
	}
	for key, n := range exact {
		if !listed[key] && n > s.floor {
			t.Errorf("%s has %d and is not listed; the floor is %d", key, n, s.floor)
		}
	}
}

// TestSketchFindsHeavyHitters checks that a key with more than its share is never
// missed, however late it comes.
func TestSketchFindsHeavyHitters(t *testing.T) {
	s := newSketch(10, maphash.MakeSeed())
	for i := range 100_000 {
		s.add(fmt.Append(nil, i), 1)
	}
	for range 12_000 { // more than a tenth
		s.add([]byte("late"), 1)
	}
	e := s.find([]byte("late"), maphash.Bytes(s.seed, []byte("late")))
	if e == nil || e.count < 12_000 || e.count-e.excess > 12_000 {
		t.Errorf("got %+v, want about 12000", e)
	}
}

// TestSketchHoldsNoMore checks that nothing grows with the stream.
func TestSketchHoldsNoMore(t *testing.T) {
	s := newSketch(100, maphash.MakeSeed())
	key := make([]byte, 8)
	r := rand.New(rand.NewPCG(1, 2))
	held := func() [5]int {
		return [5]int{cap(s.entries), cap(s.texts), cap(s.spare), cap(s.slots), cap(s.counts)}
	}
	add := func(n int) {
		for range n {
			for i := range key {
				key[i] = byte(r.Uint32())
			}
			s.add(key, 1)
		}
	}
	add(2000)
	before := held()
	if allocs := testing.AllocsPerRun(5, func() { add(20_000) }); allocs > 0 {
		t.Errorf("%v allocations for 20,000 keys that were never seen before", allocs)
	}
	if after := held(); after != before {
		t.Errorf("held %v, then %v", before, after)
	}
}

// TestSketchOrder checks that equal streams give equal sketches, though the hashes
// differ between runs.
func TestSketchOrder(t *testing.T) {
	var texts []string
	for range 2 {
		s := newSketch(20, maphash.MakeSeed())
		z := rand.NewZipf(rand.New(rand.NewPCG(5, 5)), 1.1, 1, 1<<16)
		for range 10_000 {
			s.add(fmt.Append(nil, z.Uint64()), 1)
		}
		text := ""
		for i := range s.entries {
			text += fmt.Sprintf("%s %d %d\n", s.key(&s.entries[i]), s.entries[i].count, s.entries[i].excess)
		}
		texts = append(texts, text)
	}
	if texts[0] != texts[1] {
		t.Errorf("got\n%s\nthen\n%s", texts[0], texts[1])
	}
}

func TestKeys(t *testing.T) {
	var e event
	e.text[srcIP], e.text[sni] = []byte("10.0.0.1"), []byte("a\x00b")
	if got := splitKey(appendKey(nil, &e, []field{srcIP, destIP, sni})); fmt.Sprintf("%q", got) != `["10.0.0.1" "" "a\x00b"]` {
		t.Errorf("got %q", got)
	}
	if got := appendKey([]byte("x"), &e, []field{destIP, hostname}); string(got) != "x" {
		t.Errorf("a key of nothing: %q", got)
	}
}

// TestSketchSaturated checks that keys with as much as can be counted are not all thrown
// out when there are too many of them.
func TestSketchSaturated(t *testing.T) {
	s := newSketch(2, maphash.MakeSeed())
	for i := range 5 {
		s.add(fmt.Appendf(nil, "key %d", i), ^uint64(0))
	}
	if len(s.entries) < 2 || string(s.key(&s.entries[0])) != "key 0" {
		t.Errorf("%d entries are left of 5", len(s.entries))
	}
}
