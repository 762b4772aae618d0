package logs

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// A sketch adds up weights by key and keeps the keys that have most, at most twice
// as many as its size. Each entry tells how much it is at most too high; a key
// that has none has at most floor, which is never more than total/(size+1).
//
// It is Space-Saving (Metwally, Agrawal, El Abbadi 2005) where keys are thrown out
// many at a time: when all places are taken, only the size largest entries stay, and
// the floor is the count of the next one. A key that comes then gets the floor on
// top, since it may have been thrown out with as much. Two sketches add
// up to one with the same promise (Agarwal et al., Mergeable summaries, 2012).
type sketch struct {
	size    int
	total   uint64
	floor   uint64
	entries []entry
	texts   []byte  // the keys of the entries
	slots   []int32 // a hash table of the entries: number plus 1, 0 for none
	seed    maphash.Seed

	spare  []byte // for texts, when entries go
	counts []uint64
}

type entry struct {
	at, end       int // of the key in texts
	hash          uint64
	count, excess uint64
}

func newSketch(size int, seed maphash.Seed) *sketch { return &sketch{size: size, seed: seed} }

func (s *sketch) key(e *entry) []byte { return s.texts[e.at:e.end] }

// add counts weight for a key. It allocates nothing once the sketch was full.
func (s *sketch) add(key []byte, weight uint64) {
	s.total = plus(s.total, weight)
	hash := maphash.Bytes(s.seed, key)
	if e := s.find(key, hash); e != nil {
		e.count = plus(e.count, weight)
		return
	}
	if len(s.entries) == 2*s.size {
		s.shrink()
	}
	s.insert(key, hash, plus(weight, s.floor), s.floor)
}

func (s *sketch) find(key []byte, hash uint64) *entry {
	if len(s.slots) == 0 {
		return nil
	}
	if number := s.slots[s.slot(key, hash)]; number != 0 {
		return &s.entries[number-1]
	}
	return nil
}

// insert makes an entry for a key that has none.
func (s *sketch) insert(key []byte, hash uint64, count, excess uint64) {
	if 2*len(s.entries) >= len(s.slots) {
		s.spread(max(64, 2*len(s.slots)))
	}
	at := len(s.texts)
	s.texts = append(s.texts, key...)
	s.entries = append(s.entries, entry{at: at, end: len(s.texts), hash: hash, count: count, excess: excess})
	s.slots[s.slot(key, hash)] = int32(len(s.entries))
}

// slot returns where a key is in the hash table, or where it belongs.
func (s *sketch) slot(key []byte, hash uint64) int {
	mask := len(s.slots) - 1
	i := int(hash) & mask
	for s.slots[i] != 0 {
		if e := &s.entries[s.slots[i]-1]; e.hash == hash && bytes.Equal(s.key(e), key) {
			break
		}
		i = (i + 1) & mask
	}
	return i
}

// spread makes a hash table of n slots, a power of two.
func (s *sketch) spread(n int) {
	if n > len(s.slots) {
		s.slots = make([]int32, n)
	} else {
		clear(s.slots)
	}
	mask := n - 1
	for number, e := range s.entries {
		i := int(e.hash) & mask
		for s.slots[i] != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = int32(number + 1)
	}
}

// shrink throws out all but the size largest entries; of equal ones, those that came
// first stay. The floor is what the largest of the others has.
func (s *sketch) shrink() {
	s.counts = s.counts[:0]
	for i := range s.entries {
		s.counts = append(s.counts, s.entries[i].count)
	}
	slices.Sort(s.counts)
	s.floor = s.counts[len(s.counts)-s.size-1]
	above, _ := slices.BinarySearchFunc(s.counts, s.floor, func(count, floor uint64) int {
		if count > floor {
			return 1
		}
		return -1
	})
	equal := s.size - (len(s.counts) - above) // that many of those with as much as the floor stay

	kept, texts := s.entries[:0], s.spare[:0]
	for _, e := range s.entries {
		if e.count == s.floor {
			equal--
		}
		if e.count > s.floor || e.count == s.floor && equal >= 0 {
			at := len(texts)
			texts = append(texts, s.key(&e)...)
			e.at, e.end = at, len(texts)
			kept = append(kept, e)
		}
	}
	s.entries, s.texts, s.spare = kept, texts, s.texts
	s.spread(len(s.slots))
}

// merge adds what o has counted: a key that one of the two does not know may have
// had as much there as its floor.
func (s *sketch) merge(o *sketch) {
	for i := range s.entries {
		e := &s.entries[i]
		count, excess := o.floor, o.floor
		if theirs := o.find(s.key(e), e.hash); theirs != nil {
			count, excess = theirs.count, theirs.excess
		}
		e.count, e.excess = plus(e.count, count), plus(e.excess, excess)
	}
	for i := range o.entries {
		e := &o.entries[i]
		if key := o.key(e); s.find(key, e.hash) == nil {
			s.insert(key, e.hash, plus(e.count, s.floor), plus(e.excess, s.floor))
		}
	}
	s.total, s.floor = plus(s.total, o.total), plus(s.floor, o.floor)
	if len(s.entries) > 2*s.size {
		s.shrink()
	}
}

// plus adds without running over: what does not fit in 64 bits is as much as does.
func plus(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return ^uint64(0)
}

// appendKey appends the values of fields so that they can be told apart again. It
// returns nothing if none has a value.
func appendKey(b []byte, e *event, fields []field) []byte {
	some := false
	start := len(b)
	for _, f := range fields {
		some = some || len(e.text[f]) > 0
		b = binary.AppendUvarint(b, uint64(len(e.text[f])))
		b = append(b, e.text[f]...)
	}
	if !some {
		return b[:start]
	}
	return b
}

// splitKey returns the values of a key.
func splitKey(key []byte) []string {
	var values []string
	for len(key) > 0 {
		n, size := binary.Uvarint(key)
		key = key[size:]
		values = append(values, string(key[:n]))
		key = key[n:]
	}
	return values
}
