package bulk

import (
	"math/bits"
	"sync"
)

// A Tracker knows how far all is done, of numbers that are given out in order and
// done in any order. It keeps a bit for each number from the mark on, so that its
// memory is an eighth of a byte for each number that is under way or waits for an
// earlier one. The zero value is ready for use; its methods may be called from several
// goroutines.
type Tracker struct {
	mu    sync.Mutex
	ring  []uint64 // a word of 64 numbers; the length is a power of two
	first int64    // the word that holds the mark, counted from number 0
	next  int64
}

// leastRing is the number of words that a ring does not shrink below.
const leastRing = 16

// Next gives out a number: 0, 1, 2 and so on.
func (t *Tracker) Next() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.next
	if words := n>>6 - t.first; words >= int64(len(t.ring)) {
		t.resize(max(leastRing, 2*len(t.ring)))
	}
	t.next++
	return n
}

// Done says that what has the number n is done. To say it again has no effect. A
// number that was not given out is a bug of the caller, and panics.
func (t *Tracker) Done(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n < 0 || n >= t.next {
		panic("bulk: done with a number that was not given out")
	}
	if n>>6 < t.first {
		return
	}
	*t.word(n >> 6) |= 1 << (n & 63)
	t.advance()
}

// Mark returns the first number that is not done: all below it are.
func (t *Tracker) Mark() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mark()
}

// Open returns how many numbers lie between the mark and the next one.
func (t *Tracker) Open() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next - t.mark()
}

func (t *Tracker) mark() int64 {
	if len(t.ring) == 0 {
		return 0
	}
	return t.first<<6 + int64(bits.TrailingZeros64(^*t.word(t.first)))
}

func (t *Tracker) word(w int64) *uint64 { return &t.ring[w&int64(len(t.ring)-1)] }

// advance gives up words whose numbers are all done.
func (t *Tracker) advance() {
	for w := t.word(t.first); *w == ^uint64(0); w = t.word(t.first) {
		*w = 0
		t.first++
	}
	if used := (t.next-1)>>6 - t.first + 1; len(t.ring) > leastRing && used < int64(len(t.ring)/8) {
		t.resize(len(t.ring) / 2)
	}
}

// resize moves the words in use to a ring of another size, which holds them.
func (t *Tracker) resize(size int) {
	ring := make([]uint64, size)
	for w := t.first; len(t.ring) > 0 && w <= (t.next-1)>>6; w++ {
		ring[w&int64(size-1)] = *t.word(w)
	}
	t.ring = ring
}
