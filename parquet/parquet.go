// Package parquet reads Parquet files, for rows.Of(parquet.Open): a [File] is a Table
// of package github.com/awspatterns/awspatterns/rows, of which it needs no import. It is a
// module of its own, so that its dependency is only that of those who use it.
//
// Values are what the logical types say: integers int64, unsigned ones uint64, FLOAT
// and FLOAT16 float32, DOUBLE float64, DECIMAL json.Number with all digits, text,
// ENUM, JSON and UUID string, DATE and TIMESTAMP time.Time (UTC, also where the file
// says that they are of no zone), INT96 likewise, TIME a string such as
// "15:04:05.123", INTERVAL one such as "P1M2DT3.5S" (ISO 8601), and all other bytes
// []byte. Lists are []any, maps and structs map[string]any, where keys that are no text
// become it. VARIANT is refused.
//
// All encodings of the format are read, but for levels in BIT_PACKED, which were given
// up in 2013, and all compressions but LZO and the LZ4 of Hadoop. Memory is needed for
// a page and the dictionary of each column, up to 1 GiB each, and for a row; larger ones
// are errors, as are more than 2^24 values in a dictionary or a row, encrypted files, and
// damaged ones where sizes, levels or checksums tell.
//
// The pages are read here, and not by parquet-go, of which this package has the schema
// and the encodings: its v0.32.0 takes pages of LZ4_RAW for zeros and runs of true
// for false, without an error.
package parquet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"
)

// A File is an open file. Its methods may be called from several goroutines, as far as
// those of the io.ReaderAt may.
type File struct {
	r       io.ReaderAt
	size    int64
	meta    *format.FileMetaData
	columns []*node
	names   []string
}

// Open reads the schema of a file of a size in bytes. Reading its rows reads all
// columns.
func Open(r io.ReaderAt, size int64) (*File, error) { return OpenColumns(r, size) }

// OpenColumns is Open for some columns, given by name, in the order that they are to
// have. Others are not read. Without columns it opens all.
func OpenColumns(r io.ReaderAt, size int64, columns ...string) (f *File, err error) {
	defer catch(&err)
	r = io.NewSectionReader(r, 0, size) // what says that it is elsewhere is an error then
	meta, err := readFooter(r, size)
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	root, err := schemaOf(meta)
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	f = &File{r: r, size: size, meta: meta}
	if err := f.choose(root.children, columns); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	return f, nil
}

// choose keeps the columns that have these names.
func (f *File) choose(all []*node, names []string) error {
	f.columns = all
	if len(names) > 0 {
		f.columns = nil
	}
	for i, name := range names {
		n := find(all, name)
		if n == nil {
			return fmt.Errorf("there is no column %q", name)
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("column %q is given twice", name)
		}
		f.columns = append(f.columns, n)
	}
	for _, n := range f.columns {
		f.names = append(f.names, n.name)
		if err := n.check(); err != nil {
			return err
		}
		for _, leaf := range n.leaves() {
			if err := checkCodecs(f.meta, leaf); err != nil {
				return err
			}
		}
	}
	return nil
}

func find(all []*node, name string) *node {
	for _, n := range all {
		if n.name == name {
			return n
		}
	}
	return nil
}

// Columns returns the names of the columns.
func (f *File) Columns() []string { return slices.Clone(f.names) }

// NumRows returns how many rows there are.
func (f *File) NumRows() int64 {
	n := int64(0)
	for i := range f.meta.RowGroups {
		n += f.meta.RowGroups[i].NumRows
	}
	return n
}

// Rows reads the rows from number from on, where 0 is the first: what is before it is
// skipped by row groups and, where the file has an index of them, by pages. The
// slice may be used until the next row.
func (f *File) Rows(from int64) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		if from < 0 {
			yield(nil, fmt.Errorf("parquet: row %d is negative", from))
			return
		}
		first := from
		for i := range f.meta.RowGroups {
			n := f.meta.RowGroups[i].NumRows
			if first >= n {
				first -= n
				continue
			}
			more, err := f.group(i, first, n, yield)
			if err != nil {
				yield(nil, fmt.Errorf("parquet: row group %d: %w", i, err))
			}
			if err != nil || !more {
				return
			}
			first = 0
		}
	}
}

// group reads the rows from and up to to of row group i.
func (f *File) group(i int, from, to int64, yield func([]any, error) bool) (more bool, err error) {
	r, err := f.openGroup(i, from)
	if err != nil {
		return false, err
	}
	for n := from; n < to; n++ {
		row, err := r.next()
		if err != nil {
			return false, fmt.Errorf("row %d: %w", n, err)
		}
		if !yield(row, nil) {
			return false, nil
		}
	}
	return true, r.end()
}

// catch makes an error of a panic: parquet-go is made for files that are sound.
func catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case error:
		*err = fmt.Errorf("parquet: the file is damaged, or of a kind that is not known: %w", p)
	default:
		*err = fmt.Errorf("parquet: the file is damaged, or of a kind that is not known: %v", p)
	}
}

var errLevels = errors.New("the levels of its values contradict the schema")

func quoted(path []string) string { return fmt.Sprintf("%q", strings.Join(path, ".")) }
