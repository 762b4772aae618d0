// Package distinct counts distinct ids exactly, in bounded memory, and takes a
// sample of them that does not depend on the order in which they come.
package distinct

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Options are what a Set may use.
type Options struct {
	// Dir is where files go that memory does not hold, 16 bytes for each id. Defaults
	// to the directory for temporary files.
	Dir string

	// Memory is how many bytes of ids, at 16 for each, are kept before they go to a
	// file. Defaults to 64 MiB. While this grows, and while files are read, half as much
	// and up to 10 MiB are needed besides.
	Memory int

	// Sample is how many ids to keep as a sample.
	Sample int

	// Canonical, if set, is what is made of content before the sample keeps a hash of
	// it. It is called only for what the sample keeps.
	Canonical func([]byte) []byte
}

const (
	defaultMemory = 64 << 20
	firstKeys     = 4096 // that there is room for at first
)

// A Set is a set of ids. It keeps 96 bits of the SHA-256 of each, so that the chance
// that two of n ids are taken for one is about n² / 2^97: 6 in 10^12 for a thousand
// million. Its methods must not be called at the same time.
type Set struct {
	opts   Options
	buffer []key
	files  files
	sample sample
	err    error
}

// A key is an id with its routing: 96 bits of the hash of the id, then 32 of that of
// the routing, 0 if that is empty.
type key struct{ hi, lo uint64 }

const keySize = 16

func (k key) id() key { return key{k.hi, k.lo &^ (1<<32 - 1)} }

func newKey(id, routing string) key {
	h := sha256.Sum256([]byte(id))
	k := key{binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:])}.id()
	if routing != "" {
		h := sha256.Sum256([]byte(routing))
		k.lo |= uint64(binary.BigEndian.Uint32(h[:]))
	}
	return k
}

func compare(a, b key) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi || a.hi == b.hi && a.lo < b.lo:
		return -1
	}
	return 1
}

// New returns an empty Set.
func New(opts Options) *Set {
	if opts.Memory <= 0 {
		opts.Memory = defaultMemory
	}
	return &Set{opts: opts, files: files{dir: opts.Dir}, sample: sample{size: opts.Sample, canonical: opts.Canonical}}
}

// Add adds an id. Content is what the sample keeps a hash of. That a file could not
// be written is for Err and Count to tell.
func (s *Set) Add(id, routing string, content []byte) {
	k := newKey(id, routing)
	s.sample.add(k, id, routing, content)
	if len(s.buffer) == cap(s.buffer) {
		s.makeRoom()
	}
	s.buffer = append(s.buffer, k)
}

// makeRoom lets the buffer grow up to what it may take, then has it emptied into a
// file, unless most of it is there twice.
func (s *Set) makeRoom() {
	most := max(s.opts.Memory/keySize, 2)
	if size := cap(s.buffer); size < most {
		s.buffer = append(make([]key, 0, min(most, max(2*size, firstKeys))), s.buffer...)
		return
	}
	s.compact()
	if len(s.buffer) <= most/2 {
		return
	}
	if s.err == nil {
		s.err = s.files.write(s.buffer)
	}
	s.buffer = s.buffer[:0]
}

// compact sorts what is in memory and leaves out what is there twice.
func (s *Set) compact() {
	sortKeys(s.buffer, 56)
	s.buffer = slices.Compact(s.buffer)
}

// Err returns the error that kept ids from being written to a file.
func (s *Set) Err() error { return s.err }

// Count returns how many different ids were added, and how many pairs of an id and
// a routing. An id with several routings may be as many documents of an index as the
// routings have shards, so an index holds at least as many as ids, and no more than pairs.
// Ids may be added afterwards.
func (s *Set) Count() (ids, pairs int64, err error) {
	if s.err != nil {
		return 0, 0, s.err
	}
	s.compact()
	var last key
	err = s.files.merge(s.buffer, func(k key) {
		if pairs == 0 || k.id() != last.id() {
			ids++
		}
		if pairs == 0 || k != last {
			pairs++
		}
		last = k
	})
	return ids, pairs, err
}

// Close removes all files.
func (s *Set) Close() error {
	s.buffer = nil
	return s.files.close()
}
