package chargeback

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// CSV is gzipped CSV: a header with the names of the columns, a line for each row, numbers
// as digits, "true" and "false", and timestamps as RFC 3339 has them, in UTC with
// microseconds. The same rows make the same bytes.
//
// In text a backslash is \\, a line feed \n, a carriage return \r, and other control
// characters and bytes that are no UTF-8 are \xHH, so that a row is a line whatever it
// holds. A missing string is \N, another missing value is empty.
//
// It keeps no kinds, so that values are decoded as text: without the escapes, nil for \N,
// and empty for other missing values. Objects that unpack to more than 4 GiB, and lines of
// more than 64 KiB, are errors.
type CSV struct {
	limit int64 // bytes that an object may unpack to; 0 is maxUnpacked
}

const (
	maxUnpacked = 4 << 30
	maxLine     = 64 << 10
)

const timestampLayout = "2006-01-02T15:04:05.000000Z"

// Extension implements [Format].
func (CSV) Extension() string { return ".csv.gz" }

// Encode implements [Format].
func (CSV) Encode(w io.Writer, columns, kinds []string, rows iter.Seq2[[]any, error]) error {
	if err := checkColumns(columns, len(kinds)); err != nil {
		return err
	}
	zip := gzip.NewWriter(w)
	header := make([]any, len(columns))
	for i, name := range columns {
		header[i] = name
	}
	var line []byte
	write := func(row []any, kindOf func(i int) string) (err error) {
		if line, err = appendLine(line[:0], row, kindOf); err == nil {
			_, err = zip.Write(line)
		}
		return err
	}
	if err := write(header, func(int) string { return "string" }); err != nil {
		return fmt.Errorf("the header: %w", err)
	}
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		n++
		if len(row) != len(columns) {
			return fmt.Errorf("row %d has %d values for %d columns", n, len(row), len(columns))
		}
		if err := write(row, func(i int) string { return kinds[i] }); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
	}
	return zip.Close()
}

func checkColumns(columns []string, kinds int) error {
	if len(columns) == 0 || len(columns) != kinds {
		return fmt.Errorf("%d columns of %d kinds", len(columns), kinds)
	}
	for i, name := range columns {
		if name == "" || slices.Contains(columns[:i], name) {
			return fmt.Errorf("the name %q of column %d is empty or there twice", name, i+1)
		}
	}
	return nil
}

func appendLine(line []byte, row []any, kindOf func(i int) string) ([]byte, error) {
	for i, value := range row {
		if i > 0 {
			line = append(line, ',')
		}
		var err error
		if line, err = appendField(line, value, kindOf(i)); err != nil {
			return nil, fmt.Errorf("value %d: %w", i+1, err)
		}
	}
	if line = append(line, '\n'); len(line) > maxLine {
		return nil, fmt.Errorf("it takes %d bytes, and may take %d", len(line), maxLine)
	}
	return line, nil
}

func appendField(line []byte, value any, kind string) ([]byte, error) {
	switch value := value.(type) {
	case nil:
		if kind == "string" {
			return append(line, `\N`...), nil
		}
		return line, nil
	case string:
		if kind == "string" {
			return appendText(line, value), nil
		}
	case int64:
		if kind == "int64" {
			return strconv.AppendInt(line, value, 10), nil
		}
	case bool:
		if kind == "bool" {
			return strconv.AppendBool(line, value), nil
		}
	case time.Time:
		if kind == "timestamp" {
			return appendTimestamp(line, value)
		}
	}
	return nil, fmt.Errorf("%T is no value of the kind %q", value, kind)
}

func appendTimestamp(line []byte, at time.Time) ([]byte, error) {
	if at = at.UTC(); at.Year() < 0 || at.Year() > 9999 {
		return nil, fmt.Errorf("a time in the year %d", at.Year())
	}
	return at.AppendFormat(line, timestampLayout), nil
}

// appendText escapes a text, and quotes it where CSV demands it.
func appendText(line []byte, text string) []byte {
	quote := strings.ContainsAny(text, `,"`) || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ")
	if quote {
		line = append(line, '"')
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '"':
			line = append(line, `""`...)
		case r == '\\':
			line = append(line, `\\`...)
		case r == '\n':
			line = append(line, `\n`...)
		case r == '\r':
			line = append(line, `\r`...)
		case r < ' ', r == 0x7f, r == utf8.RuneError && size == 1:
			line = fmt.Appendf(line, `\x%02x`, text[i])
		default:
			line = append(line, text[i:i+size]...)
		}
		i += size
	}
	if quote {
		line = append(line, '"')
	}
	return line
}

// Decode implements [Format].
func (f CSV) Decode(r io.ReaderAt, size int64) (columns []string, rows iter.Seq2[[]any, error], err error) {
	zip, err := gzip.NewReader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, nil, fmt.Errorf("it is no gzipped CSV: %w", err)
	}
	limit := f.limit
	if limit == 0 {
		limit = maxUnpacked
	}
	lines := bufio.NewReaderSize(&capped{zip, limit}, maxLine)
	header, err := readLine(lines, nil)
	if err == io.EOF {
		err = errors.New("it is empty, without a header")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the header: %w", err)
	}
	for _, value := range header {
		name, _ := value.(string) // nil is no name
		columns = append(columns, name)
	}
	if err := checkColumns(columns, len(columns)); err != nil {
		return nil, nil, fmt.Errorf("the header: %w", err)
	}
	return columns, func(yield func([]any, error) bool) { handLines(lines, len(columns), yield) }, nil
}

// handLines hands over the rows that are left.
func handLines(lines *bufio.Reader, columns int, yield func([]any, error) bool) {
	row := make([]any, 0, columns)
	for {
		var err error
		row, err = readLine(lines, row[:0])
		if err == io.EOF {
			return
		}
		if err == nil && len(row) != columns {
			err = fmt.Errorf("it has %d values for %d columns", len(row), columns)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		if !yield(row, nil) {
			return
		}
	}
}

// readLine reads the values of the next line. A line without its end is not whole.
func readLine(lines *bufio.Reader, row []any) ([]any, error) {
	text, err := lines.ReadSlice('\n')
	switch {
	case err == io.EOF && len(text) == 0:
		return nil, io.EOF
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	case err == bufio.ErrBufferFull:
		return nil, fmt.Errorf("it takes more than %d bytes", maxLine)
	case err != nil:
		return nil, err
	}
	return parseLine(row, strings.TrimSuffix(string(text[:len(text)-1]), "\r"))
}

// parseLine appends the values of a line.
func parseLine(row []any, line string) ([]any, error) {
	for {
		field, rest, more, err := cutField(line)
		if err != nil {
			return nil, err
		}
		if field == `\N` {
			row = append(row, nil)
		} else {
			text, err := unescaped(field)
			if err != nil {
				return nil, err
			}
			row = append(row, text)
		}
		if !more {
			return row, nil
		}
		line = rest
	}
}

// cutField returns the first field of a line without its quotes, and what is behind it.
func cutField(line string) (field, rest string, more bool, err error) {
	if !strings.HasPrefix(line, `"`) {
		field, rest, more = strings.Cut(line, ",")
		if strings.Contains(field, `"`) {
			err = fmt.Errorf("a quote in %q, which does not begin with one", field)
		}
		return field, rest, more, err
	}
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] != '"':
		case strings.HasPrefix(line[i+1:], `"`):
			i++
		default:
			field = strings.ReplaceAll(line[1:i], `""`, `"`)
			if rest = line[i+1:]; rest != "" && rest[0] != ',' {
				return "", "", false, fmt.Errorf("%.20q is behind a quote", rest)
			}
			rest, more = strings.CutPrefix(rest, ",")
			return field, rest, more, nil
		}
	}
	return "", "", false, errors.New("a quote without its end")
}

// unescaped undoes the escapes of appendText.
func unescaped(field string) (string, error) {
	if !strings.Contains(field, `\`) {
		return field, nil
	}
	text := make([]byte, 0, len(field))
	for i := 0; i < len(field); i++ {
		if field[i] != '\\' {
			text = append(text, field[i])
			continue
		}
		i++
		switch {
		case strings.HasPrefix(field[i:], `\`):
			text = append(text, '\\')
		case strings.HasPrefix(field[i:], "n"):
			text = append(text, '\n')
		case strings.HasPrefix(field[i:], "r"):
			text = append(text, '\r')
		default:
			c, err := hexByte(field[i:])
			if err != nil {
				return "", err
			}
			text, i = append(text, c), i+2
		}
	}
	return string(text), nil
}

// hexByte reads what is behind the backslash of \xHH.
func hexByte(text string) (byte, error) {
	if len(text) >= 3 && text[0] == 'x' {
		if c, err := strconv.ParseUint(text[1:3], 16, 8); err == nil {
			return byte(c), nil
		}
	}
	return 0, fmt.Errorf(`%.4q is behind a backslash, and no escape`, text)
}

// A capped reader fails at the end of what may be read: an object of a few kilobytes may
// unpack to as much as one likes.
type capped struct {
	r    io.Reader
	left int64
}

var errTooLarge = errors.New("it unpacks to more than an object may hold")

func (c *capped) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
