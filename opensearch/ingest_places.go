package opensearch

import "sort"

// places tells the position that a sequence number stands for. Numbers are given
// out one by one, and positions mostly follow each other, so it holds only where they
// do not.
type places []place

// A place is where the sequence number seq is; those behind it follow.
type place struct {
	seq int64
	pos Position
}

// add says where seq is, which is higher than all before.
func (p *places) add(seq int64, pos Position) {
	if n := len(*p); n > 0 && (*p)[n-1].at(seq) == pos {
		return
	}
	*p = append(*p, place{seq, pos})
}

// at returns the position of seq, if it follows.
func (p place) at(seq int64) Position {
	return Position{Input: p.pos.Input, Record: p.pos.Record + seq - p.seq}
}

// find returns the position of seq and forgets those before it. Of a number that was
// not given out yet, it is the one behind the last.
func (p *places) find(seq int64) (Position, bool) {
	behind := sort.Search(len(*p), func(i int) bool { return (*p)[i].seq > seq })
	if behind == 0 {
		return Position{}, false
	}
	*p = (*p)[behind-1:]
	return (*p)[0].at(seq), true
}
