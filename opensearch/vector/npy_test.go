package vector

import (
	"bytes"
	"encoding/binary"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// plainNPY is a file as NumPy writes it, of version 1, of float32.
var plainNPY = regexp.MustCompile(`(?s)^\x93NUMPY\x01.(..)\{'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9]{1,18}), ([0-9]{1,18})\), \} *\n(.*)$`)

// naiveNPY reads such a file, or returns nothing.
func naiveNPY(content []byte) (values []float32, dimension int) {
	latin := make([]rune, len(content)) // so that each byte is one of the expression
	for i, c := range content {
		latin[i] = rune(c)
	}
	m := plainNPY.FindStringSubmatchIndex(string(latin))
	if m == nil {
		return nil, 0
	}
	part := func(i int) []byte { return []byte(string(latin)[m[2*i]:m[2*i+1]]) }
	var numbers []byte
	for _, c := range string(part(4)) {
		numbers = append(numbers, byte(c))
	}
	var length []byte
	for _, c := range string(part(1)) {
		length = append(length, byte(c))
	}
	count, _ := strconv.Atoi(string(part(2)))
	d, _ := strconv.Atoi(string(part(3)))
	if int(binary.LittleEndian.Uint16(length)) != len(content)-10-len(numbers) || d < 1 || d > MaxDimension || count < 1 || count > len(numbers) || len(numbers) != 4*count*d {
		return nil, 0
	}
	for i := range count * d {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:])))
	}
	return values, d
}

func FuzzNPY(f *testing.F) {
	f.Add(npyFloats(3, fileNumbers(4, 3)))
	f.Add(npyFloats(1, []float32{float32(math.NaN())}))
	f.Add(npyOf("{'shape': (2, 3), 'fortran_order': True, 'descr': '>f8'}", make([]byte, 48)))
	f.Add(npyOf("{'shape': (2, 3), 'fortran_order': False, 'descr': '|u1'}", make([]byte, 6)))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		want, dimension := naiveNPY(content)
		got, err := OpenNPY(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			if dimension > 0 {
				t.Fatalf("%q: %v", content, err)
			}
			return
		}
		values := make([]float32, got.Len()*got.Dimension())
		if err := got.read(values, 0); err != nil {
			t.Fatalf("%q: %v", content, err)
		}
		same := func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
		if dimension > 0 && (got.Dimension() != dimension || !slices.EqualFunc(values, want, same)) {
			t.Errorf("%q: got %v, want %v", content, values, want)
		}
		if l := got.layout; l.start+int64(l.count)*int64(l.stride()) != int64(len(content)) {
			t.Errorf("%q: %+v is not all of it", content, l)
		}
	})
}
