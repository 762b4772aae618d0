// Package state keeps what a pattern knows between calls, such as how far a scan
// has come or when a block is to be lifted, so that it goes on where it was
// stopped, and so that several processes can work on it.
package state

import (
	"context"
	"errors"
	"iter"
)

// A Record is one entry of a [Store].
type Record struct {
	Set     string // up to 255 bytes, not empty
	Key     string // up to 1,024 bytes, not empty; any bytes of UTF-8
	Value   []byte // up to 350,000 bytes
	Version string // of what is stored; empty if nothing is
}

// A Store keeps records under conditional writes. Its methods may be called from
// several goroutines, and from several processes where the store says so. What
// was written is seen by every read after it.
type Store interface {
	// Get returns a record. If it is not there, the record has no Version and no
	// Value, and the error is nil.
	Get(ctx context.Context, set, key string) (Record, error)

	// Put writes each record on the condition that the stored one has its Version,
	// and sets Version to that of what it wrote. Each record stands alone: where one
	// is refused, the others are written all the same. The error then joins a
	// *ConflictError for each that was refused. No two of the records may name the
	// same entry.
	Put(ctx context.Context, records []Record) error

	// List returns the records of a set whose keys are greater than after, in the
	// order of the bytes of their keys. It ends at the first error.
	List(ctx context.Context, set, after string) iter.Seq2[Record, error]
}

// ErrConflict is wrapped by the error of a Put that found another version than
// it was to replace.
var ErrConflict = errors.New("the record was changed meanwhile")

// A ConflictError tells which record was refused.
type ConflictError struct {
	Set, Key string
}

func (e *ConflictError) Error() string {
	return "state: " + e.Set + ": " + e.Key + ": " + ErrConflict.Error()
}

func (e *ConflictError) Unwrap() error { return ErrConflict }
