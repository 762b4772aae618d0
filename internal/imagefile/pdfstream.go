package imagefile

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

const (
	maxStream   = 8 << 20  // bytes of a stream as it is in the file
	maxInflated = 16 << 20 // bytes that a stream makes
	maxAllBytes = 64 << 20 // that all streams make
)

// An objectStream is the text of a stream of objects (7.5.7), the first of which
// is at first. Before it stands a table of n pairs: number and place.
type objectStream struct {
	data     []byte
	n, first int64
}

// streamed returns an object out of an object stream.
func (p *pdf) streamed(stream, index, num int64) (any, error) {
	s, err := p.objectStream(stream)
	var at int64
	if err == nil {
		at, err = s.place(index, num)
	}
	if err != nil {
		return nil, fmt.Errorf("object stream %d: %w", stream, err)
	}
	return (&lexer{text: s.data, pos: int(at), last: true}).value(0)
}

func (p *pdf) objectStream(num int64) (objectStream, error) {
	if s, ok := p.streams[num]; ok {
		return s, nil
	}
	e, err := p.find(num)
	if err != nil {
		return objectStream{}, err
	}
	if e.kind != inFile {
		return objectStream{}, errors.New("not there")
	}
	dict, data, err := p.stream(e.where, num)
	if err != nil {
		return objectStream{}, err
	}
	s := objectStream{data, number(dict, "N", 0), number(dict, "First", 0)}
	if s.first < 0 || s.first > int64(len(data)) {
		return s, fmt.Errorf("objects from %d on, in %d bytes", s.first, len(data))
	}
	p.streams[num] = s
	return s, nil
}

// place returns where in s.data the object is that stands at index.
func (s objectStream) place(index, num int64) (int64, error) {
	if index < 0 || index >= s.n {
		return 0, fmt.Errorf("place %d of %d", index, s.n)
	}
	table := &lexer{text: s.data[:s.first], last: true}
	var pair [2]int64
	for range index + 1 {
		for i := range pair {
			var err error
			if pair[i], err = table.integer(); err != nil {
				return 0, err
			}
		}
	}
	if pair[0] != num || pair[1] > int64(len(s.data))-s.first {
		return 0, fmt.Errorf("object %d at %d of %d bytes", pair[0], pair[1], len(s.data))
	}
	return s.first + pair[1], nil
}

// stream returns the dictionary and the decoded bytes of the stream at an offset.
func (p *pdf) stream(off, num int64) (pdfDict, []byte, error) {
	v, at, err := p.objectAt(off, num)
	if err != nil {
		return nil, nil, err
	}
	dict, ok := v.(pdfDict)
	if !ok || at == 0 {
		return nil, nil, errors.New("no stream")
	}
	deflated, err := filter(dict)
	if err != nil {
		return nil, nil, err
	}
	raw, err := p.raw(dict, at, deflated)
	if err == nil && deflated {
		raw, err = p.inflate(raw)
	}
	if err == nil && deflated {
		raw, err = predict(dict, raw)
	}
	return dict, raw, err
}

// filter tells whether a stream is deflated. Other filters are not used for
// tables and objects.
func filter(dict pdfDict) (bool, error) {
	name := dict["Filter"]
	if names, ok := name.([]any); ok && len(names) <= 1 {
		name = nil
		if len(names) == 1 {
			name = names[0]
		}
	}
	switch name {
	case nil:
		return false, nil
	case pdfName("FlateDecode"), pdfName("Fl"):
		return true, nil
	}
	return false, fmt.Errorf("filter %v", name)
}

// raw returns the bytes of a stream as they are in the file. What is deflated
// ends by itself, so its length may be more than it is.
func (p *pdf) raw(dict pdfDict, at int64, deflated bool) ([]byte, error) {
	at += p.base
	length, err := p.resolve(dict["Length"])
	n, ok := length.(int64)
	if err != nil || !ok || n < 0 || n > p.in.size-at {
		if err != nil && !deflated {
			return nil, fmt.Errorf("length: %w", err)
		}
		if !deflated {
			return nil, fmt.Errorf("stream of %v bytes at %d of %d", length, at, p.in.size)
		}
		n = min(maxObject, p.in.size-at)
	}
	if n > maxStream {
		return nil, fmt.Errorf("stream of %d bytes", n)
	}
	return p.in.at(at, int(n))
}

// inflate returns what raw makes, if that is not too much.
func (p *pdf) inflate(raw []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	limit := min(maxInflated, maxAllBytes-p.inflated)
	data, err := io.ReadAll(io.LimitReader(z, limit+1))
	p.inflated += int64(len(data))
	switch {
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("stream makes more than %d bytes", limit)
	case errors.Is(err, zlib.ErrChecksum):
		return data, nil // as other readers do
	}
	return data, err
}

// predict undoes the predictor of a deflated stream (7.4.4.4). Of the two kinds
// only that of PNG is used for tables.
func predict(dict pdfDict, data []byte) ([]byte, error) {
	v := dict["DecodeParms"]
	if array, ok := v.([]any); ok && len(array) == 1 {
		v = array[0]
	}
	parms, _ := v.(pdfDict)
	switch predictor := number(parms, "Predictor", 1); {
	case predictor == 1:
		return data, nil
	case predictor < 10 || predictor > 15:
		return nil, fmt.Errorf("predictor %d", predictor)
	}
	colours, bits, columns := number(parms, "Colors", 1), number(parms, "BitsPerComponent", 8), number(parms, "Columns", 1)
	if colours < 1 || colours > 32 || bits < 1 || bits > 16 || columns < 1 || columns > maxObject {
		return nil, fmt.Errorf("predictor of %d x %d x %d bits", columns, colours, bits)
	}
	return unfilter(data, int((colours*bits*columns+7)/8), int((colours*bits+7)/8))
}

func number(dict pdfDict, key pdfName, otherwise int64) int64 {
	if n, ok := dict[key].(int64); ok {
		return n
	}
	return otherwise
}

// unfilter undoes the filters of PNG, for rows of width bytes, in place. Each row
// has its filter before it.
// Source: https://www.w3.org/TR/png/#9Filters
func unfilter(data []byte, width, step int) ([]byte, error) {
	previous, out := make([]byte, width), data[:0]
	for len(data) > width {
		row := data[1 : width+1]
		for i := range row {
			var left, corner byte
			if i >= step {
				left, corner = row[i-step], previous[i-step]
			}
			switch data[0] {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += previous[i]
			case 3:
				row[i] += byte((int(left) + int(previous[i])) / 2)
			case 4:
				row[i] += paeth(left, previous[i], corner)
			default:
				return nil, fmt.Errorf("row filter %d", data[0])
			}
		}
		copy(previous, row)
		out, data = append(out, row...), data[width+1:]
	}
	return out, nil
}

func paeth(left, above, corner byte) byte {
	p := int(left) + int(above) - int(corner)
	toLeft, toAbove, toCorner := distance(p, left), distance(p, above), distance(p, corner)
	switch {
	case toLeft <= toAbove && toLeft <= toCorner:
		return left
	case toAbove <= toCorner:
		return above
	}
	return corner
}

func distance(p int, b byte) int { return max(p-int(b), int(b)-p) }
