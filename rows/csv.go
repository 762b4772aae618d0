package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// CSVOptions say how to read CSV.
type CSVOptions struct {
	Columns   []string // names; without them, the first record has them
	Separator string   // of values; defaults to a comma
	Comment   byte     // lines that begin with it are left out; 0 is none

	// Null is what stands for no value, unless it is in quotes, such as NULL or \N.
	// EmptyNull is whether an empty value that is not in quotes is none.
	Null      string
	EmptyNull bool

	// LazyQuotes takes a quote where none may be for a character of the value.
	LazyQuotes bool

	// MaxRecord is how many bytes a record may have. A longer line is an error of its
	// record, and skipped. Defaults to 100 MiB; memory is used for records that there are.
	MaxRecord int
}

// CSV reads values that commas divide (RFC 4180). A value in quotes may hold
// separators, line ends and doubled quotes. Lines that are empty are left out, and not
// counted.
//
// A record with too few or too many values, or with a quote where none may be, is
// an error of its record, which names the lines; reading goes on behind them. A quote
// that is not closed within MaxRecord, or at all, ends reading: what is behind it
// cannot be told from the value that it opens.
func CSV(opts CSVOptions) Format {
	if opts.Separator == "" {
		opts.Separator = ","
	}
	f := textFormat{text: fmt.Sprintf("%#v", opts), columns: opts.Columns, comment: opts.Comment, max: opts.MaxRecord, splitter: opts.splitter}
	if strings.ContainsAny(opts.Separator, "\"\r\n") {
		f.err = fmt.Errorf("separator %q: it must not have a quote or a line end", opts.Separator)
	} else if opts.Comment == '"' || opts.Comment == opts.Separator[0] {
		f.err = fmt.Errorf("comment %q: it is the separator or a quote", opts.Comment)
	}
	return f
}

func (o CSVOptions) splitter(l *lines) splitter {
	c := csv{CSVOptions: o, lines: l, sep: []byte(o.Separator)}
	return c.split
}

type csv struct {
	CSVOptions
	lines  *lines
	sep    []byte
	values []csvValue
	limit  int // of values
	count  int // of all values
	pos    int
	text   []byte // of values that are not as they were read
}

// A csvValue is the place of a value in the record. The record is not yet at its place
// for good while it is divided, since it may go on in another line.
type csvValue struct {
	start, end      int // without quotes
	quoted, doubled bool
}

func (c *csv) split(fields [][]byte, limit int) ([][]byte, int, error) {
	c.values, c.limit, c.count, c.pos, c.text = c.values[:0], limit, 0, 0, c.text[:0]
	for more := true; more; {
		var err error
		if more, err = c.next(); err != nil {
			return fields, c.count, err
		}
	}
	record := c.lines.text()
	for _, v := range c.values {
		fields = append(fields, c.value(v, record[v.start:v.end:v.end]))
	}
	return fields, c.count, nil
}

// add keeps a value, if there are not too many.
func (c *csv) add(v csvValue) {
	if c.count++; c.count <= c.limit {
		c.values = append(c.values, v)
	}
}

// next finds the end of the value at pos. It tells whether there is another.
func (c *csv) next() (more bool, err error) {
	record := trimEnd(c.lines.text())
	rest := record[c.pos:]
	if len(rest) > 0 && rest[0] == '"' {
		return c.quoted()
	}
	v := csvValue{start: c.pos, end: len(record)}
	i := bytes.Index(rest, c.sep)
	if i >= 0 {
		v.end = c.pos + i
		c.pos = v.end + len(c.sep)
	}
	if !c.LazyQuotes && bytes.IndexByte(record[v.start:v.end], '"') >= 0 {
		return false, errQuote
	}
	c.add(v)
	return i >= 0, nil
}

// quoted is next for a value in quotes.
func (c *csv) quoted() (more bool, err error) {
	v := csvValue{start: c.pos + 1, quoted: true}
	record, from := c.lines.text(), c.pos+1
	for {
		i := bytes.IndexByte(record[from:], '"')
		if i < 0 {
			from = len(record)
			if record, err = c.more(); err != nil {
				return false, err
			}
			continue
		}
		v.end = from + i
		from = v.end + 1
		rest := record[from:]
		switch {
		case len(rest) > 0 && rest[0] == '"':
			v.doubled = true
			from++
		case bytes.HasPrefix(rest, c.sep):
			c.add(v)
			c.pos = from + len(c.sep)
			return true, nil
		case len(trimEnd(rest)) == 0:
			c.add(v)
			return false, nil
		case !c.LazyQuotes:
			return false, errQuote
		}
	}
}

var errQuote = errors.New("a quote that is neither at an end of its value nor doubled")

// more adds a line to the record.
func (c *csv) more() ([]byte, error) {
	l := c.lines
	if l.more() && !l.tooLong {
		return l.text(), nil
	}
	if l.tooLong {
		l.err = fmt.Errorf("a quote in line %d is not closed within %d bytes", l.line, l.max)
	} else if l.err == nil || l.err == io.EOF {
		l.err = fmt.Errorf("a quote in line %d is not closed: what is behind it was not read", l.line)
	}
	return nil, l.err
}

// value returns the value whose bytes are b.
func (c *csv) value(v csvValue, b []byte) []byte {
	switch {
	case v.doubled:
		return c.undouble(b)
	case v.quoted:
		return b
	case len(b) == 0 && c.EmptyNull, len(b) > 0 && string(b) == c.Null:
		return nil
	}
	return b
}

// undouble makes one quote of two. The record stays as it is, since it may turn out bad.
func (c *csv) undouble(b []byte) []byte {
	start := len(c.text)
	for i := 0; i < len(b); i++ {
		c.text = append(c.text, b[i])
		if b[i] == '"' && i+1 < len(b) && b[i+1] == '"' {
			i++
		}
	}
	return slices.Clip(c.text[start:])
}
