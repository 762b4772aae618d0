// Package rows reads records from files and objects: JSON lines, CSV and TSV here,
// Parquet in the nested module github.com/awspatterns/awspatterns/parquet. It
// drops, renames and types their fields, and makes JSON objects of them.
//
// It is pure: it imports no AWS SDK, and reads what [Input] opens.
package rows

import (
	"context"
	"io"
	"iter"
)

// A Table is rows with named columns. All its types are those of the standard
// library, so that a package that reads another format needs not import this one.
type Table interface {
	// Columns returns the names of the columns.
	Columns() []string

	// Rows reads the rows, beginning with number from, where 0 is the first. A row has
	// a value for each column: nil (NULL), bool, int64, uint64, float32, float64,
	// json.Number (a decimal, exact), string, []byte, time.Time, or, nested, []any and
	// map[string]any of such values. The slice may be used until the next row. After
	// an error there are no more rows.
	Rows(from int64) iter.Seq2[[]any, error]
}

// A Record is what a [Format] reads: JSON, or Columns with Values or Text. Its bytes
// and values may be used until the next record.
type Record struct {
	Number int64 // in its input, from 0, without empty lines, comments and the header
	Line   int64 // that it begins in, from 1; 0 if the format has no lines

	Columns []string
	Values  []any    // as in Table.Rows
	Text    [][]byte // of formats without types; nil is no value (NULL)

	JSON []byte // an object, as it was read; not yet checked, which Shape.JSON does

	// Err is what is wrong with this record; the records behind it can be read. Raw
	// is what was read, or the first 4 KiB of it if it is too long.
	Err error
	Raw []byte
}

// An Input is a file or object.
type Input struct {
	Name string // such as its path or URL, for errors

	// Open returns the content from the start, unpacked: see Unpack.
	Open func(ctx context.Context) (io.ReadCloser, error)

	// OpenAt returns the content for a format that is not read from first to last,
	// with its size in bytes.
	OpenAt func(ctx context.Context) (File, int64, error)
}

// A File is read in any order.
type File interface {
	io.ReaderAt
	io.Closer
}

// A Format reads the records of an input.
type Format interface {
	// Records reads the records, beginning with number from, where 0 is the first. An
	// error of the iteration is the last it gives; what is wrong with one record alone
	// is in Record.Err.
	Records(ctx context.Context, in Input, from int64) iter.Seq2[Record, error]
}
