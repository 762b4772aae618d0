package rows

import (
	"context"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// textFormat reads records of text, whose values have no types.
type textFormat struct {
	text    string // what it is, with its options
	columns []string
	comment byte // lines that begin with it are left out; 0 is none
	max     int
	err     error // what is wrong with the options

	// splitter returns a function that divides the record whose first line was read,
	// appends the fields, up to limit, and tells how many there are. What is wrong with
	// the record is its error; if it cannot go on, it sets lines.err.
	splitter func(*lines) splitter
}

type splitter func(fields [][]byte, limit int) (all [][]byte, n int, err error)

const maxColumns = 1 << 16

// String tells formats with other options from each other.
func (f textFormat) String() string { return f.text }

func (f textFormat) Records(ctx context.Context, in Input, from int64) iter.Seq2[Record, error] {
	if f.err != nil {
		return func(yield func(Record, error) bool) { yield(Record{}, fmt.Errorf("rows: %w", f.err)) }
	}
	return records(ctx, in, f.max, func(l *lines, yield func(Record, error) bool) {
		t := textReader{textFormat: f, lines: l, split: f.splitter(l)}
		if err := t.read(in, from, yield); err != nil {
			yield(Record{}, err)
		}
	})
}

type textReader struct {
	textFormat
	lines  *lines
	split  splitter
	fields [][]byte
}

// read yields the records from number from on.
func (t *textReader) read(in Input, from int64, yield func(Record, error) bool) error {
	if err := t.header(); err != nil {
		return fmt.Errorf("rows: %s: %w", in.Name, err)
	}
	n := int64(0)
	for t.next() {
		r := t.record(n)
		if t.stopped() {
			break
		}
		if n >= from && !yield(r, nil) {
			return nil
		}
		n++
	}
	return t.lines.failed(in, n)
}

// next goes on to the next line that is neither empty nor a comment.
func (t *textReader) next() bool {
	for t.lines.next() {
		line := trimEnd(t.lines.text())
		if len(line) > 0 && (t.comment == 0 || line[0] != t.comment) || t.lines.tooLong {
			return true
		}
	}
	return false
}

func (t *textReader) stopped() bool { return t.lines.err != nil && t.lines.err != io.EOF }

// header reads the names of the columns, unless they were given.
func (t *textReader) header() error {
	if t.columns == nil && t.next() {
		r := t.record(0)
		if t.stopped() {
			return t.lines.err
		}
		if t.columns = nil; r.Err != nil {
			return fmt.Errorf("the names of the columns: %w", r.Err)
		}
		for _, name := range t.fields {
			t.columns = append(t.columns, string(name))
		}
	}
	return checkColumns(t.columns)
}

// record divides the record whose first line was read.
func (t *textReader) record(n int64) Record {
	l := t.lines
	if l.tooLong {
		return l.bad(n, fmt.Errorf("longer than %d bytes", l.max))
	}
	limit := maxColumns
	if t.columns != nil {
		limit = len(t.columns)
	}
	var count int
	var err error
	if t.fields, count, err = t.split(t.fields[:0], limit); err != nil {
		return l.bad(n, err)
	}
	if t.columns == nil && count > limit {
		return l.bad(n, fmt.Errorf("%d columns: there may be %d", count, limit))
	}
	if t.columns != nil && count != limit {
		return l.bad(n, fmt.Errorf("%d values for %d columns", count, limit))
	}
	return Record{Number: n, Line: l.line, Columns: t.columns, Text: t.fields}
}

// checkColumns refuses names that cannot be those of the members of one object.
func checkColumns(columns []string) error {
	seen := make(map[string]bool, len(columns))
	for i, name := range columns {
		switch {
		case name == "":
			return fmt.Errorf("column %d has no name", i+1)
		case !utf8.ValidString(name):
			return fmt.Errorf("the name of column %d, %q, is not UTF-8", i+1, name)
		case seen[name]:
			return fmt.Errorf("two columns have the name %q", name)
		}
		seen[name] = true
	}
	return nil
}
