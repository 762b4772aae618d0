package rows

import (
	"bytes"
	"fmt"
	"slices"
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
	var text []byte // of values that are not as they were read
	return func(fields [][]byte, limit int) ([][]byte, int, error) {
		line := trimEnd(l.text())
		text = text[:0]
		for len(fields) < limit {
			field, rest, more := bytes.Cut(line, []byte{'\t'})
			switch {
			case string(field) == o.Null:
				field = nil
			case o.Escapes && bytes.IndexByte(field, '\\') >= 0:
				start := len(text)
				text = unescape(text, field)
				field = text[start:]
			}
			fields = append(fields, slices.Clip(field))
			if !more {
				return fields, len(fields), nil
			}
			line = rest
		}
		return fields, len(fields) + 1 + bytes.Count(line, []byte("\t")), nil
	}
}

var escapes = [256]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// unescape appends b without its escapes. As in PostgreSQL, a backslash before any other
// character is left out. The line stays as it is, since it may turn out bad.
func unescape(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '\\' && i+1 < len(b) {
			i++
			if c = escapes[b[i]]; c == 0 {
				c = b[i]
			}
		}
		dst = append(dst, c)
	}
	return dst
}
