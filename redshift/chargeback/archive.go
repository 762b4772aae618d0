package chargeback

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
)

// A Store keeps objects by name, such as files of a folder or objects in S3. Names are
// slash-separated and of printable ASCII; no part of one is empty or begins with a dot.
type Store interface {
	// Get returns an object and its version. The error wraps fs.ErrNotExist if there is
	// none; one that could not be read is another error.
	Get(ctx context.Context, name string) (body []byte, version string, err error)

	// Put writes an object whose version is still the given one, empty for one that is not
	// there yet. The error wraps ErrConflict if it is not.
	Put(ctx context.Context, name, version string, body []byte) error

	// List returns the names that begin with a prefix, in order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// ErrConflict is wrapped by the error of a Put that found another version.
var ErrConflict = errors.New("the object was changed meanwhile")

// A Format writes and reads a table of rows. Values are string, int64, bool, time.Time (UTC,
// to the microsecond) or nil; kinds names the type of each column: "string", "int64",
// "bool" or "timestamp". The same rows are the same bytes.
type Format interface {
	Extension() string // of names, such as ".csv.gz"
	Encode(w io.Writer, columns, kinds []string, rows iter.Seq2[[]any, error]) error

	// Decode may return values as the text that the format has for them, where it does not
	// keep kinds. A row may be used until the next one.
	Decode(r io.ReaderAt, size int64) (columns []string, rows iter.Seq2[[]any, error], err error)
}

// An Archive is harvested usage in a Store. Objects are named
// <warehouse>/<table>/day=2026-11-01/hour=13<extension>, with the hour in UTC, for queries,
// transactions and scans, <warehouse>/<table>/day=2026-11-01/rows<extension> for the other
// tables, and <warehouse>/coverage.json. Of the key of the warehouse lower case letters,
// digits, "-" and "_" stay as they are, "/" becomes "~", and all other bytes %xx.
//
// Nothing else may be kept below <warehouse>/<table>: what cannot be read is an error and
// never left out of a bill.
type Archive struct {
	Store  Store
	Format Format // defaults to gzipped CSV
}

func (a Archive) format() Format { return cmp.Or[Format](a.Format, CSV{}) }

var errNoStore = errors.New("the archive has no store")
