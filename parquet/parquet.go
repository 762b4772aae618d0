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
// Memory is needed for a page and the dictionary of each column. A file that lies
// about these can make it ask for 2 GiB.
package parquet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// A File is an open file. Its methods may be called from several goroutines, as far as
// those of the io.ReaderAt may.
type File struct {
	file    *parquet.File
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
	f = &File{columns: root.children}
	if f.columns, err = choose(root.children, columns); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	for _, c := range f.columns {
		f.names = append(f.names, c.name)
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("parquet: column %q: %w", c.name, err)
		}
	}
	f.file, err = parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(64<<10))
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	return f, nil
}

// choose returns the columns with these names.
func choose(all []*node, names []string) ([]*node, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []*node
	for _, name := range names {
		i := slices.IndexFunc(all, func(n *node) bool { return n.name == name })
		if i < 0 {
			var there []string
			for _, n := range all {
				there = append(there, n.name)
			}
			return nil, fmt.Errorf("there is no column %q, but %q", name, there)
		}
		if slices.Contains(chosen, all[i]) {
			return nil, fmt.Errorf("column %q is given twice", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// Columns returns the names of the columns.
func (f *File) Columns() []string { return slices.Clone(f.names) }

// NumRows returns how many rows there are.
func (f *File) NumRows() int64 {
	n := int64(0)
	for _, g := range f.file.RowGroups() {
		n += g.NumRows()
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
		for i, g := range f.file.RowGroups() {
			if first >= g.NumRows() {
				first -= g.NumRows()
				continue
			}
			more, err := f.group(i, first, g.NumRows(), yield)
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
	defer r.close()
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
