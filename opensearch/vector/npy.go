package vector

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
)

// OpenNPY opens an array that NumPy saved with np.save, of a size in bytes: two axes,
// vectors and dimensions, in C order, of float16, float32, float64 (with the least byte
// first or last), int8 or uint8. Numbers are read as float32, without a scale.
//
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func OpenNPY(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r}
	if err := f.openNPY(size); err != nil {
		return nil, fmt.Errorf("vector: open npy: %w", err)
	}
	return f, nil
}

func (f *File) openNPY(size int64) error {
	text, start, err := npyHeader(f.r, size)
	if err != nil {
		return err
	}
	h, err := parseNPY(text)
	if err != nil {
		return fmt.Errorf("header %q: %w", shortNPY(text), err)
	}
	f.layout, err = h.layout()
	if err != nil {
		return err
	}
	f.layout.start = start
	return f.checkNPYSize(h.shape[0], size)
}

// checkNPYSize compares what the header says with how long the file is, before
// anything is made of that size.
func (f *File) checkNPYSize(count, size int64) error {
	l := &f.layout
	stride := int64(l.stride())
	has := size - l.start
	switch {
	case count == 0:
		return errEmpty
	case count > has/stride:
		return fmt.Errorf("is cut off: its header says %d vectors of %d bytes, but there are %d bytes", count, stride, has)
	case count*stride != has:
		return fmt.Errorf("has %d bytes more than the %d vectors that its header says", has-count*stride, count)
	case count != int64(int(count)):
		return fmt.Errorf("%d vectors are too many for this machine", count)
	}
	l.count = int(count)
	return nil
}

// maxNPYHeader is how long a header may be. NumPy itself refuses more than 10,000.
const maxNPYHeader = 64 << 10

// npyHeader returns the header of a file, and the offset of what is behind it.
func npyHeader(r io.ReaderAt, size int64) (string, int64, error) {
	var b [12]byte
	if size == 0 {
		return "", 0, errEmpty
	}
	if n, err := r.ReadAt(b[:], 0); n < len(b) && err != io.EOF {
		return "", 0, fmt.Errorf("byte %d: %w", n, err)
	}
	if !bytes.HasPrefix(b[:], []byte("\x93NUMPY")) {
		return "", 0, fmt.Errorf("does not begin as a .npy file does, but with %q", b[:min(size, 6)])
	}
	start, length := int64(10), int64(binary.LittleEndian.Uint16(b[8:]))
	switch b[6] {
	case 1:
	case 2, 3:
		start, length = 12, int64(binary.LittleEndian.Uint32(b[8:]))
	default:
		return "", 0, fmt.Errorf("has version %d.%d of the format: 1.0 to 3.0 are read", b[6], b[7])
	}
	if length > maxNPYHeader || length > size-start {
		return "", 0, fmt.Errorf("its header says that it has %d bytes, of %d that there are: it is cut off, or no .npy file", length, size)
	}
	text := make([]byte, length)
	if n, err := r.ReadAt(text, start); n < len(text) {
		return "", 0, fmt.Errorf("byte %d: %w", start+int64(n), err)
	}
	return string(text), start + length, nil
}

// A npyArray is what a header says.
type npyArray struct {
	descr   string
	fortran bool
	shape   []int64
}

func (h npyArray) layout() (fileLayout, error) {
	item, known := npyItems[h.descr]
	switch {
	case !known:
		return fileLayout{}, fmt.Errorf("has numbers of type %q: float16, float32, float64, int8 and uint8 are read; save x.astype('float32')", h.descr)
	case len(h.shape) != 2:
		return fileLayout{}, fmt.Errorf("has %d axes: save two, vectors and dimensions, with x.reshape(-1, dimension)", len(h.shape))
	case h.fortran:
		return fileLayout{}, fmt.Errorf("is in Fortran order: save np.ascontiguousarray(x)")
	}
	if err := checkFileDimension(h.shape[1]); err != nil {
		return fileLayout{}, err
	}
	return fileLayout{item: item, dimension: int(h.shape[1])}, nil
}

// parseNPY reads a header: a dict of Python with the keys descr, fortran_order and
// shape, each once, in any order.
func parseNPY(text string) (npyArray, error) {
	p := npyParser{text}
	var h npyArray
	seen := map[string]bool{}
	if !p.eat('{') {
		return h, p.expected("{")
	}
	for !p.eat('}') {
		key, err := p.quoted()
		if err != nil {
			return h, err
		}
		if seen[key] {
			return h, fmt.Errorf("%q is there twice", key)
		}
		seen[key] = true
		if !p.eat(':') {
			return h, p.expected("a colon")
		}
		if err := p.value(key, &h); err != nil {
			return h, err
		}
		if !p.eat(',') && p.peek() != '}' {
			return h, p.expected("a comma or }")
		}
	}
	if len(seen) != 3 {
		return h, fmt.Errorf("lacks one of descr, fortran_order and shape")
	}
	if p.peek() != 0 {
		return h, p.expected("the end")
	}
	return h, nil
}

type npyParser struct{ rest string }

func (p *npyParser) value(key string, h *npyArray) (err error) {
	switch key {
	case "descr":
		if p.peek() == '[' {
			return fmt.Errorf("has records of several fields: save the one with the vectors alone")
		}
		h.descr, err = p.quoted()
	case "fortran_order":
		h.fortran, err = p.truth()
	case "shape":
		h.shape, err = p.tuple()
	default:
		err = fmt.Errorf("%q is no key of a .npy file", key)
	}
	return err
}

// peek returns the next byte that is no space, or 0.
func (p *npyParser) peek() byte {
	for i := range len(p.rest) {
		switch c := p.rest[i]; c {
		case ' ', '\n', '\t', '\r':
		default:
			p.rest = p.rest[i:]
			return c
		}
	}
	p.rest = ""
	return 0
}

func (p *npyParser) eat(c byte) bool {
	if c == 0 || p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *npyParser) expected(what string) error {
	return fmt.Errorf("%q where %s should be", shortNPY(p.rest), what)
}

func shortNPY(text string) string { return text[:min(len(text), 120)] }

func (p *npyParser) quoted() (string, error) {
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		return "", p.expected("text in quotes")
	}
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case quote:
			text := p.rest[1:i]
			p.rest = p.rest[i+1:]
			return text, nil
		case '\\':
			return "", p.expected("text without escapes")
		}
	}
	return "", p.expected("the end of a text")
}

func (p *npyParser) truth() (bool, error) {
	p.peek()
	for _, word := range []string{"True", "False"} {
		if len(p.rest) >= len(word) && p.rest[:len(word)] == word {
			p.rest = p.rest[len(word):]
			return word == "True", nil
		}
	}
	return false, p.expected("True or False")
}

// tuple reads numbers in parentheses. More than 32, as many as NumPy has, are none.
func (p *npyParser) tuple() ([]int64, error) {
	if !p.eat('(') {
		return nil, p.expected("a tuple")
	}
	var numbers []int64
	for !p.eat(')') {
		digits := 0
		for p.peek(); digits < len(p.rest) && '0' <= p.rest[digits] && p.rest[digits] <= '9'; {
			digits++
		}
		n, err := strconv.ParseInt(p.rest[:digits], 10, 64)
		if err != nil || len(numbers) == 32 {
			return nil, p.expected("a number")
		}
		numbers, p.rest = append(numbers, n), p.rest[digits:]
		if !p.eat(',') && p.peek() != ')' {
			return nil, p.expected("a comma or )")
		}
	}
	return numbers, nil
}
