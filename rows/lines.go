package rows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	bufferSize  = 256 << 10
	defaultMax  = 100 << 20 // bytes of a record
	longExcerpt = 4 << 10   // bytes that are kept of a line that is too long
)

// lines divides what a reader gives into lines. A record is one line, or, where a
// field in quotes goes on, several: it stays in one piece.
type lines struct {
	ctx context.Context
	r   io.Reader
	max int

	// buf[start:pos] is the record, buf[pos:end] is not yet looked at.
	buf             []byte
	start, pos, end int
	base            int64 // offset of buf[0]
	err             error // from r

	line    int64 // of the start of the record, from 1
	count   int64 // of the lines in the record
	tooLong bool  // the record is longer than max: its line was skipped, text is its start
	excerpt []byte
}

func newLines(ctx context.Context, r io.Reader, limit int) *lines {
	if limit <= 0 {
		limit = defaultMax
	}
	return &lines{ctx: ctx, r: r, max: limit, buf: make([]byte, bufferSize)}
}

// next goes on to the next line. It returns false at the end and after an error.
func (l *lines) next() bool {
	if l.line == 0 && !l.begin() {
		return false
	}
	l.start, l.tooLong = l.pos, false
	l.line, l.count = l.line+l.count, 0
	return l.more()
}

// begin leaves out a byte order mark.
func (l *lines) begin() bool {
	l.line = 1
	for l.end < len("\ufeff") && l.fill() {
	}
	switch text := l.buf[:l.end]; {
	case bytes.HasPrefix(text, []byte("\ufeff")):
		l.pos = len("\ufeff")
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		l.err = errors.New("is UTF-16: save it as UTF-8")
		return false
	}
	return true
}

// more adds the next line to the record. It returns false at the end and after an
// error. A record that gets too long is skipped to the end of that line.
func (l *lines) more() bool {
	seen := l.pos
	for {
		if i := bytes.IndexByte(l.buf[seen:l.end], '\n'); i >= 0 {
			l.pos = seen + i + 1
			break
		}
		if l.end-l.start > l.max+len("\r") {
			return l.skip()
		}
		seen = l.end - l.start
		filled := l.fill()
		seen += l.start
		if !filled {
			if l.err != io.EOF || l.pos == l.end {
				return false
			}
			l.pos = l.end
			break
		}
	}
	l.count++
	if len(trimEnd(l.buf[l.start:l.pos])) > l.max {
		l.tooLong = true
		l.excerpt = l.excerpt[:0]
		l.keep(l.buf[l.start:l.pos])
	}
	return true
}

// skip uses up the rest of a line that is too long.
func (l *lines) skip() bool {
	l.tooLong = true
	l.excerpt = l.excerpt[:0]
	for end := -1; end < 0; {
		rest := l.buf[l.start:l.end]
		if end = bytes.IndexByte(rest, '\n'); end >= 0 {
			rest = rest[:end+1]
		}
		l.keep(rest)
		l.start += len(rest)
		l.pos = l.start
		if end < 0 && !l.fill() {
			if l.err != io.EOF {
				return false
			}
			break
		}
	}
	l.count++
	return true
}

// keep adds to the start of a record that is too long.
func (l *lines) keep(b []byte) {
	l.excerpt = append(l.excerpt, b[:min(len(b), longExcerpt-len(l.excerpt))]...)
}

// text returns the record, with its line ends.
func (l *lines) text() []byte {
	if l.tooLong {
		return l.excerpt
	}
	return l.buf[l.start:l.pos]
}

// fill reads more, and keeps what is behind start.
func (l *lines) fill() bool {
	if l.err != nil {
		return false
	}
	if l.err = l.ctx.Err(); l.err != nil {
		return false
	}
	l.makeRoom()
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end, l.err = l.end+n, err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	l.err = io.ErrNoProgress
	return false
}

// makeRoom moves the record to the start of the buffer, or makes that larger.
func (l *lines) makeRoom() {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.base += int64(l.start)
		l.pos, l.end, l.start = l.pos-l.start, l.end-l.start, 0
	}
	if l.end == len(l.buf) {
		l.buf = slices.Grow(l.buf, len(l.buf))
		l.buf = l.buf[:cap(l.buf)]
	}
}

// failed returns the error that ended reading, which is of record n of in; nil at the
// end.
func (l *lines) failed(in Input, n int64) error {
	if l.err == nil || l.err == io.EOF {
		return nil
	}
	return fmt.Errorf("rows: %s: record %d, behind byte %d: %w", in.Name, n, l.base+int64(l.end), l.err)
}

// where names the lines of the record.
func (l *lines) where() string {
	if l.count > 1 {
		return fmt.Sprintf("lines %d to %d", l.line, l.line+l.count-1)
	}
	return fmt.Sprintf("line %d", l.line)
}

// trimEnd returns a line without its end.
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// bad returns record n, with what is wrong with it.
func (l *lines) bad(n int64, err error) Record {
	return Record{Number: n, Line: l.line, Raw: trimEnd(l.text()), Err: fmt.Errorf("%s: %w", l.where(), err)}
}
