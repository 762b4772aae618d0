package distinct

import (
	"crypto/sha256"
	"slices"
	"strings"
)

// A Sampled is an id of the sample.
type Sampled struct {
	ID, Routing string
	Content     [sha256.Size]byte // SHA-256 of it, made canonical

	// Mixed is whether the id was added with other contents or routings, too. Which of
	// them is here depends on their order.
	Mixed bool
}

// Sample returns the ids with the smallest hashes, in the order of these. They are as
// good as chosen by chance, and yet the same in every run.
func (s *Set) Sample() []Sampled {
	out := make([]Sampled, len(s.sample.kept))
	for i, e := range s.sample.kept {
		out[i] = e.Sampled
	}
	return out
}

// A sample keeps the ids with the smallest hashes. What it gave up does not come
// back, since those that it keeps only become smaller.
type sample struct {
	size      int
	kept      []sampled // in order
	canonical func([]byte) []byte
}

type sampled struct {
	key key // without the routing
	Sampled
}

func (s *sample) add(k key, id, routing string, content []byte) {
	k = k.id()
	if s.size <= 0 || len(s.kept) == s.size && compare(k, s.kept[s.size-1].key) > 0 {
		return
	}
	if s.canonical != nil {
		content = s.canonical(content)
	}
	hash := sha256.Sum256(content)
	i, found := slices.BinarySearchFunc(s.kept, k, func(e sampled, k key) int { return compare(e.key, k) })
	if found {
		old := &s.kept[i]
		old.Mixed = old.Mixed || old.Routing != routing || old.Content != hash
		return
	}
	if len(s.kept) == s.size {
		s.kept = s.kept[:s.size-1]
	}
	s.kept = slices.Insert(s.kept, i, sampled{k, Sampled{ID: strings.Clone(id), Routing: strings.Clone(routing), Content: hash}})
}
