package rows

import (
	"bytes"
	"fmt"
)

// TSVOptions say how to read TSV.
type TSVOptions struct {
	Columns []string // names; without them, the first line has them
	Null    string   // what stands for no value; defaults to \N

	// Escapes reads \t, \n, \r, \b, \f, \v and \\ as the COPY of PostgreSQL writes them.
	// Otherwise a backslash is one.
	Escapes bool

	// MaxLine is how many bytes a line may have. A longer one is an error of its
	// record, and skipped. Defaults to 100 MiB; memory is used for lines that there are.
	MaxLine int
}

// TSV reads values that tabs divide, as IMDb publishes them: a line is a record, a
// quote is a character like others, and \N is no value. Lines that are empty are
// left out, and not counted. A line with too few or too many values is an error of
// its record.
func TSV(opts TSVOptions) Format {
	if opts.Null == "" {
		opts.Null = `\N`
	}
	return textFormat{text: fmt.Sprintf("%#v", opts), columns: opts.Columns, max: opts.MaxLine, splitter: opts.splitter}
}

func (o TSVOptions) splitter(l *lines) splitter {
	return func(fields [][]byte, limit int) ([][]byte, int, error) {
		line := trimEnd(l.text())
		for len(fields) < limit {
			i := bytes.IndexByte(line, '\t')
			if i < 0 {
				return append(fields, o.value(line)), len(fields) + 1, nil
			}
			fields = append(fields, o.value(line[:i:i]))
			line = line[i+1:]
		}
		return fields, len(fields) + 1 + bytes.Count(line, []byte("\t")), nil
	}
}

func (o *TSVOptions) value(field []byte) []byte {
	if string(field) == o.Null {
		return nil
	}
	if o.Escapes {
		return unescape(field)
	}
	return field
}

var escapes = [256]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// unescape replaces escapes where they stand. As in PostgreSQL, a backslash before
// any other character is left out.
func unescape(b []byte) []byte {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return b
	}
	out := b[:i]
	for ; i < len(b); i++ {
		c := b[i]
		if c == '\\' && i+1 < len(b) {
			i++
			if c = escapes[b[i]]; c == 0 {
				c = b[i]
			}
		}
		out = append(out, c)
	}
	return out
}
