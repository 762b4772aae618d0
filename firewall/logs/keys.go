package logs

import "slices"

// keys are those that objects had so far. Logs are written by a program: a key is
// mostly followed by one that followed it before, and to compare is faster than to
// read.
type keys struct {
	first [inOther + 1]seenKey // stand before the first key of an object
	seen  map[keyOf]*seenKey
}

// A seenKey is a key, as it stands in lines.
type seenKey struct {
	text string // with its quotes and its colon
	is   field
	next []*seenKey // at most so many as it takes no longer to read
}

type keyOf struct {
	of  field
	key string
}

const (
	mostKeysSeen  = 1000 // more than logs have; what comes then is read each time
	mostKeyLength = 64
	mostNext      = 6
)

// followedBy returns the key that a text begins with, if it is one that followed
// before. That one is looked at first the next time.
func (s *seenKey) followedBy(text []byte) *seenKey {
	for i, next := range s.next {
		if n := len(next.text); len(text) > n && string(text[:n]) == next.text {
			s.next[0], s.next[i] = next, s.next[0]
			return next
		}
	}
	return nil
}

// follow notes that a key followed last, and returns it. There is an end to what is
// noted, so that nobody who writes logs can fill the memory.
func (k *keys) follow(last *seenKey, of field, key []byte, is field) *seenKey {
	s := k.seen[keyOf{of, string(key)}]
	if s == nil {
		if len(k.seen) == mostKeysSeen || len(key) > mostKeyLength {
			return last
		}
		if k.seen == nil {
			k.seen = map[keyOf]*seenKey{}
		}
		s = &seenKey{text: `"` + string(key) + `":`, is: is}
		k.seen[keyOf{of, string(key)}] = s
	}
	if len(last.next) == mostNext {
		last.next = slices.Delete(last.next, mostNext-1, mostNext)
	}
	last.next = append(last.next, s)
	return s
}
