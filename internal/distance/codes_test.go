package distance

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// codeFuncs are the functions of codes, and the plain loops that say what is right.
// parts is how many codes a query has.
var codeFuncs = []struct {
	name  string
	parts int
	run   func(l level, out []int32, query, codes []byte, stride int)
	want  func(query, code []byte) int
}{
	{"hamming", 1, hammings, naiveHamming},
	{"int8", 1, func(l level, out []int32, query, codes []byte, stride int) {
		int8Dots(l, out, signed(query), codes, stride)
	}, naiveInt8},
	{"nibble", 4, nibbleDots, naiveNibble},
}

func signed(b []byte) []int8 {
	out := make([]int8, len(b))
	for i, x := range b {
		out[i] = int8(x)
	}
	return out
}

func naiveHamming(query, code []byte) (n int) {
	for i, x := range query {
		n += bits.OnesCount8(x ^ code[i])
	}
	return n
}

func naiveInt8(query, code []byte) (sum int) {
	for i, x := range query {
		sum += int(int8(x)) * int(int8(code[i]))
	}
	return sum
}

func naiveNibble(planes, code []byte) (sum int) {
	for i, c := range code {
		for p := range 4 {
			sum += bits.OnesCount8(c&planes[p*len(code)+i]) << p
		}
	}
	return sum
}

func checkCodes(t *testing.T, l level, query, codes []byte, size, stride, n int) {
	t.Helper()
	for _, f := range codeFuncs {
		query := query[:size*f.parts]
		const guard = 12345
		out := make([]int32, n+1)
		out[n] = guard
		f.run(l, out[:n], query, codes, stride)
		if out[n] != guard {
			t.Fatalf("%s of %d codes of %d bytes wrote beyond its results", f.name, n, size)
		}
		for i, got := range out[:n] {
			if want := f.want(query, codes[i*stride:][:size]); int(got) != want {
				t.Fatalf("%s of code %d of %d, %d bytes each, one every %d: %d, want %d", f.name, i, n, size, stride, got, want)
			}
		}
	}
}

// someBytes returns random bytes at an odd address.
func someBytes(r *rand.Rand, n int) []byte {
	skip := 1 + 2*r.IntN(30)
	b := make([]byte, skip+n)[skip:]
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestCodes(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		r := rand.New(rand.NewPCG(3, 3))
		sizes := []int{383, 384, 1000, 2000, 15_999, 16_000}
		for size := range 200 {
			sizes = append(sizes, size)
		}
		for _, size := range sizes {
			n, stride := r.IntN(40), size+r.IntN(9)
			checkCodes(t, l, someBytes(r, 4*size), someBytes(r, max(0, n-1)*stride+size), size, stride, n)
		}
		for n := range 40 {
			checkCodes(t, l, someBytes(r, 4*48), someBytes(r, n*48+48), 48, 48, n)
		}
		checkCodes(t, l, someBytes(r, 4*48), someBytes(r, 20_000*49), 48, 49, 20_000) // more than one call of a kernel
		checkCodes(t, l, someBytes(r, 4*48), someBytes(r, 48), 48, 0, 11)
	})
}

// The largest sums: -128 times -128 in every dimension, and all bits set.
func TestCodesLargest(t *testing.T) {
	eachLevel(t, func(t *testing.T, l level) {
		const size, n = 16_000, 9
		for _, x := range []byte{0x80, 0x7f, 0xff} {
			all := slices.Repeat([]byte{x}, n*size)
			checkCodes(t, l, all, all, size, size, n)
		}
		all := slices.Repeat([]byte{0x80}, 131_071)
		out := make([]int32, 1)
		int8Dots(l, out, signed(all), all, 0)
		if want := int32(131_071 * 128 * 128); out[0] != want {
			t.Errorf("with 131,071 dimensions: %d, want %d", out[0], want)
		}
	})
}

func TestCodesExported(t *testing.T) {
	out := make([]int32, 2)
	Hammings(out, []byte{0xf0}, []byte{0xff, 9, 0xf1}, 2)
	if want := []int32{4, 1}; !slices.Equal(out, want) {
		t.Errorf("Hammings are %v, want %v", out, want)
	}
	Int8Dots(out, []int8{-1, 2}, []byte{3, 0xff, 0, 1}, 2)
	if want := []int32{-5, 2}; !slices.Equal(out, want) {
		t.Errorf("Int8Dots are %v, want %v", out, want)
	}
	NibbleDots(out, []byte{1, 2, 2, 3}, []byte{3, 1}, 1)
	if want := []int32{1 + 2 + 4 + 16, 1 + 8}; !slices.Equal(out, want) {
		t.Errorf("NibbleDots are %v, want %v", out, want)
	}
	for name, call := range map[string]func(){
		"Hammings":           func() { Hammings(out, make([]byte, 8), make([]byte, 15), 8) },
		"Int8Dots":           func() { Int8Dots(out, make([]int8, 8), make([]byte, 15), 8) },
		"NibbleDots":         func() { NibbleDots(out, make([]byte, 32), make([]byte, 15), 8) },
		"no code":            func() { Hammings(out[:1], make([]byte, 8), nil, 8) },
		"a negative stride":  func() { Hammings(out, make([]byte, 8), make([]byte, 100), -8) },
		"an infinite stride": func() { Hammings(make([]int32, 5), make([]byte, 8), make([]byte, 100), math.MaxInt/2) },
	} {
		if !panics(call) {
			t.Errorf("%s: codes that end too early are no panic", name)
		}
	}
	Hammings(nil, make([]byte, 8), nil, 8)
	Hammings(out, nil, nil, 0)
	if out[0] != 0 {
		t.Errorf("codes without bytes differ in %d bits", out[0])
	}
}

// FuzzLevels compares all levels on bytes that are taken for numbers of every kind.
func FuzzLevels(f *testing.F) {
	f.Add(uint16(3), uint16(5), []byte("some bytes that are numbers"))
	f.Add(uint16(17), uint16(1), slices.Repeat([]byte{0x80}, 400))
	f.Add(uint16(1), uint16(100), slices.Repeat([]byte{0x00, 0x00, 0x80, 0x7f}, 40))
	f.Add(uint16(40), uint16(7), slices.Repeat([]byte{0xff, 1, 2}, 400))
	f.Fuzz(func(t *testing.T, size, n uint16, data []byte) {
		if size == 0 || len(data) < 4*int(size) {
			return
		}
		values := make([]float32, len(data)/4)
		for i := range values {
			values[i] = float32(int8(data[4*i])) * float32(int8(data[4*i+1])) / 256
		}
		whole := len(values) / int(size) * int(size)
		query := data[:4*int(size)]
		codes := min(int(n), len(data)/int(size))
		for _, l := range levels() {
			checkFloats(t, l, values[:min(whole, 7*int(size))], values[:whole], int(size))
			checkCodes(t, l, query, data, int(size), int(size), codes)
		}
	})
}

// Nothing is allocated, not even for the few codes and rows that fill no tile.
func TestAllocations(t *testing.T) {
	values, out := make([]float32, 7*20), make([]float32, 49)
	codes, ints := make([]byte, 300), make([]int32, 49)
	for _, l := range levels() {
		if n := testing.AllocsPerRun(10, func() {
			floats(l, dot, out, values, values, 20)
			floats(l, l2, out, values, values, 20)
			out[0] += one(l, dot, values, values)
			for _, n := range []int{3, 11} {
				hammings(l, ints[:n], codes[:20], codes, 20)
				nibbleDots(l, ints[:n], codes[:80], codes, 20)
				int8Dots(l, ints[:n], []int8{19: 1}, codes, 20)
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations", l, n)
		}
	}
}
