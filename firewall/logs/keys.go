package logs

import (
	"encoding/binary"
	"slices"
)

// keys are those that objects had so far. Logs are written by a program: a key is
// mostly followed by one that followed it before, and to compare is faster than to
// read.
type keys struct {
	first [inOther + 1]seenKey // stand before the first key of an object
	seen  map[keyOf]*seenKey
}

// A seenKey is a key, as it stands in lines.
type seenKey struct {
	text  string    // with its quotes and its colon
	words [2]uint64 // the first 16 bytes of text
	masks [2]uint64 // and which of their bits text has
	is    field
	next  []*seenKey // at most so many as it takes no longer to read
}

func newSeenKey(key []byte, is field) *seenKey {
	s := &seenKey{text: `"` + string(key) + `":`, is: is}
	for i := range min(len(s.text), 16) {
		s.words[i/8] |= uint64(s.text[i]) << (i % 8 * 8)
		s.masks[i/8] |= 0xff << (i % 8 * 8)
	}
	return s
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
		if next.begins(text) {
			if i > 0 {
				s.next[0], s.next[i] = next, s.next[0]
			}
			return next
		}
	}
	return nil
}

func (s *seenKey) begins(text []byte) bool {
	if len(text) < 16 {
		return len(text) > len(s.text) && string(text[:len(s.text)]) == s.text
	}
	first := binary.LittleEndian.Uint64(text)&s.masks[0] ^ s.words[0]
	second := binary.LittleEndian.Uint64(text[8:])&s.masks[1] ^ s.words[1]
	return first|second == 0 && (len(s.text) <= 16 || len(text) > len(s.text) && string(text[16:len(s.text)]) == s.text[16:])
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
		s = newSeenKey(key, is)
		k.seen[keyOf{of, string(key)}] = s
	}
	if len(last.next) == mostNext {
		last.next = slices.Delete(last.next, mostNext-1, mostNext)
	}
	last.next = append(last.next, s)
	return s
}
