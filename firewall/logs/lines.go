package logs

import (
	"bytes"
	"errors"
	"io"
)

const firstBuffer = 128 << 10

// errTooLong is returned instead of a line that is longer than is read.
var errTooLong = errors.New("line too long")

// lines cuts what r returns into lines. Its buffer grows with the longest line, up
// to most bytes.
type lines struct {
	r          io.Reader
	most       int
	buf        []byte
	start, end int   // what is read and not handed out is buf[start:end]
	offset     int64 // of buf[start] in what r returns
	done       error // what r has returned in the end
}

func (l *lines) reset(r io.Reader, most int, offset int64) {
	if l.buf == nil {
		l.buf = make([]byte, firstBuffer)
	}
	*l = lines{r: r, most: most, buf: l.buf, offset: offset}
}

// next returns a line with its line feed, which it adds where the last line has
// none, and where the line begins. The line is valid until the next one is read.
// What stands behind the last line feed when r fails is no line.
func (l *lines) next() (line []byte, offset int64, err error) {
	searched := l.start
	for {
		if n := bytes.IndexByte(l.buf[searched:l.end], '\n'); n >= 0 {
			return l.line(l.buf[l.start:searched+n+1], searched+n+1-l.start)
		}
		if l.done != nil {
			return l.last()
		}
		if l.end-l.start > l.most {
			offset = l.offset
			l.discard()
			return nil, offset, errTooLong
		}
		pending := l.end - l.start
		l.fill()
		searched = l.start + pending
	}
}

// take hands out n bytes and returns where they begin.
func (l *lines) take(n int) (offset int64) {
	offset = l.offset
	l.start += n
	l.offset += int64(n)
	return offset
}

// last returns what is left when there is no more to read.
func (l *lines) last() ([]byte, int64, error) {
	n := l.end - l.start
	if n == 0 || l.done != io.EOF {
		return nil, l.offset, l.done
	}
	return l.line(append(l.buf[l.start:l.end], '\n'), n)
}

// line hands out a line that takes n bytes.
func (l *lines) line(line []byte, n int) ([]byte, int64, error) {
	offset := l.take(n)
	if len(line)-1 > l.most {
		return nil, offset, errTooLong
	}
	return line, offset, nil
}

// discard uses up a line that is too long.
func (l *lines) discard() {
	for l.done == nil {
		if n := bytes.IndexByte(l.buf[l.start:l.end], '\n'); n >= 0 {
			l.take(n + 1)
			return
		}
		l.take(l.end - l.start)
		l.fill()
	}
	l.take(l.end - l.start)
}

// fill reads once, and makes room before if there is none.
func (l *lines) fill() {
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.done = err
		if n > 0 || err != nil {
			return
		}
	}
	l.done = io.ErrNoProgress
}
