package logs

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// numbers are those of the values of several fields. All zero is none.
type numbers [mostKeys]uint32

// sums is what one key has.
type sums struct{ events, packets, bytes uint64 }

func (s *sums) value(v Value) uint64 {
	switch v {
	case Packets:
		return s.packets
	case Bytes:
		return s.bytes
	}
	return s.events
}

// A store adds up by numbers.
type store interface {
	add(numbers, sums)
	flush() // is called before rows are looked at
	len() int
	at(row int) (numbers, sums) // a row may have nothing
}

func newStore(fields int, all bool) store {
	values := 1
	if all {
		values = 3
	}
	if fields == 1 {
		return &column{values: values}
	}
	keys := (fields + 1) / 2
	size := keys + values
	return &table{
		keys: keys, size: size, slots: make([]slot, 2*batch), pages: [][]uint64{make([]uint64, pageRows*size)},
		waiting: make([]uint64, 0, batch*size), seed: [2]uint64{rand.Uint64(), rand.Uint64()},
	}
}

// A column is a store for one field: its number is the row.
type column struct {
	values int // 1 for events alone, 3 for packets and bytes too
	words  []uint64
}

func (c *column) add(key numbers, s sums) {
	if key[0] == 0 {
		return
	}
	from := int(key[0]) * c.values
	if missing := from + c.values - len(c.words); missing > 0 {
		c.words = append(c.words, make([]uint64, missing)...)
	}
	addTo(c.words[from:from+c.values], s)
}

func (c *column) flush() {}

func (c *column) len() int { return len(c.words) / c.values }

func (c *column) at(row int) (numbers, sums) {
	return numbers{uint32(row)}, sumsOf(c.words[row*c.values : (row+1)*c.values])
}

func addTo(words []uint64, s sums) {
	words[0] += s.events
	if len(words) == 3 {
		words[1] = plus(words[1], s.packets)
		words[2] = plus(words[2], s.bytes)
	}
}

func sumsOf(words []uint64) sums {
	if len(words) == 3 {
		return sums{words[0], words[1], words[2]}
	}
	return sums{events: words[0]}
}

// A table is a store for several fields. Rows of large tables are far away in
// memory, so many additions are collected, and what they need is looked for all at
// once: a processor waits for several places in memory at a time, as long as none
// depends on the content of another.
type table struct {
	keys, size int // words of a row's key, and of the row
	slots      []slot
	count      int
	pages      [][]uint64 // of rows, pageRows each, so that nothing is copied to make room
	waiting    []uint64   // rows
	hashes     [batch]uint32
	found      [batch]uint32
	seed       [2]uint64
	seen       uint64 // keeps the first look from being optimized away
}

const pageRows = 1 << 11

// row returns a row. They are counted from 1; row 0 stays empty.
func (t *table) row(number uint32) []uint64 {
	return t.pages[number/pageRows][int(number%pageRows)*t.size:][:t.size]
}

const batch = 64

// A slot is a place of a hash table, whose size is a power of two.
type slot struct {
	hash uint32
	row  uint32 // 0 is a free slot
}

func (t *table) add(key numbers, s sums) {
	if key == (numbers{}) {
		return
	}
	for k := range t.keys {
		word := uint64(key[2*k])
		if 2*k+1 < len(key) {
			word |= uint64(key[2*k+1]) << 32
		}
		t.waiting = append(t.waiting, word)
	}
	t.waiting = append(t.waiting, s.events)
	if t.size == t.keys+3 {
		t.waiting = append(t.waiting, s.packets, s.bytes)
	}
	if len(t.waiting) == cap(t.waiting) {
		t.flush()
	}
}

// flush does what is waiting.
func (t *table) flush() {
	n := len(t.waiting) / t.size
	for t.count+n > len(t.slots)/2 {
		t.grow()
	}
	// No branch may depend on what is loaded here, or the next load would wait.
	mask := uint32(len(t.slots) - 1)
	for i := range n {
		t.hashes[i] = t.hash(t.waiting[i*t.size:][:t.keys])
		t.found[i] = t.slots[t.hashes[i]&mask].row
	}
	for _, row := range t.found[:n] {
		t.seen += t.pages[row/pageRows][int(row%pageRows)*t.size]
	}
	for i := range n {
		from := t.waiting[i*t.size:][:t.size]
		row := t.find(from[:t.keys], t.hashes[i])
		addTo(row[t.keys:], sumsOf(from[t.keys:]))
	}
	t.waiting = t.waiting[:0]
}

// find returns the row of a key, which is new if the key is.
func (t *table) find(key []uint64, hash uint32) []uint64 {
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for t.slots[i].row > 0 {
		if s := t.slots[i]; s.hash == hash {
			if row := t.row(s.row); slices.Equal(row[:t.keys], key) {
				return row
			}
		}
		i = (i + 1) & mask
	}
	t.count++
	if t.count/pageRows == len(t.pages) {
		t.pages = append(t.pages, make([]uint64, pageRows*t.size))
	}
	row := t.row(uint32(t.count))
	copy(row, key)
	t.slots[i] = slot{hash, uint32(t.count)}
	return row
}

func (t *table) len() int { return t.count }

func (t *table) at(row int) (key numbers, s sums) {
	words := t.row(uint32(row + 1))
	for k, word := range words[:t.keys] {
		key[2*k] = uint32(word)
		if 2*k+1 < len(key) {
			key[2*k+1] = uint32(word >> 32)
		}
	}
	return key, sumsOf(words[t.keys:])
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.row > 0 {
			i := s.hash & mask
			for t.slots[i].row > 0 {
				i = (i + 1) & mask
			}
			t.slots[i] = s
		}
	}
}

// hash mixes as wyhash does, with a seed that nobody who writes logs can know.
func (t *table) hash(key []uint64) uint32 {
	h := t.seed[0]
	for _, word := range key {
		high, low := bits.Mul64(h^word, t.seed[1]|1)
		h = high ^ low
	}
	return uint32(h ^ h>>32)
}
