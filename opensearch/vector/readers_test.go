package vector

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fileNumbers are vectors that all formats hold exactly.
func fileNumbers(count, dimension int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, count*dimension)
	for i := range values {
		values[i] = float32(r.IntN(255) - 127)
	}
	return values
}

// fvecsOf writes vectors as .fvecs.
func fvecsOf(dimension int, values []float32) []byte {
	var b []byte
	for len(values) > 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(dimension))
		for _, x := range values[:dimension] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		values = values[dimension:]
	}
	return b
}

// npyOf writes a .npy file of version 1.
func npyOf(header string, numbers []byte) []byte {
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(b, header...), numbers...)
}

// npyFloats is npyOf for float32.
func npyFloats(dimension int, values []float32) []byte {
	var b []byte
	for _, x := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }\n", len(values)/dimension, dimension)
	return npyOf(header, b)
}

// jsonLinesOf writes vectors as JSON lines, of arrays or of objects.
func jsonLinesOf(dimension int, values []float32, field string) []byte {
	var b []byte
	for i := 0; len(values) > 0; i++ {
		array := strings.ReplaceAll(fmt.Sprint(values[:dimension]), " ", ", ")
		if field == "" {
			b = fmt.Appendf(b, "%s\n", array)
		} else {
			b = fmt.Appendf(b, `{"id": %d, %q: %s, "tags": ["a", {"b": "}"}]}`+"\n", i, field, array)
		}
		values = values[dimension:]
	}
	return b
}

func gzipOf(b []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(b)
	w.Close()
	return packed.Bytes()
}

// allVectors reads all vectors, in blocks of several sizes.
func allVectors(t *testing.T, v Vectors) []float32 {
	t.Helper()
	d := v.Dimension()
	values := make([]float32, v.Len()*d)
	for from, n := 0, 1; from < v.Len(); from, n = from+n, n*2+1 {
		n = min(n, v.Len()-from)
		if err := v.ReadVectors(values[from*d:(from+n)*d], from); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

func writeFile(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOpenFormats opens the same vectors in all formats, packed and not.
func TestOpenFormats(t *testing.T) {
	for _, size := range []struct{ count, dimension int }{{1, 1}, {3, 1}, {1000, 7}, {50, 384}, {3, MaxDimension}} {
		values := fileNumbers(size.count, size.dimension)
		for name, content := range map[string][]byte{
			"a.fvecs": fvecsOf(size.dimension, values),
			"a.npy":   npyFloats(size.dimension, values),
			"a.jsonl": jsonLinesOf(size.dimension, values, ""),
			"A.JSON":  jsonLinesOf(size.dimension, values, "the vector"),
		} {
			for _, packed := range []bool{false, true} {
				t.Run(fmt.Sprint(size, name, packed), func(t *testing.T) {
					if packed {
						name, content = name+".gz", gzipOf(content)
					}
					openSame(t, writeFile(t, name, content), size.dimension, values)
				})
			}
		}
	}
}

func openSame(t *testing.T, path string, dimension int, values []float32) {
	t.Helper()
	temp := t.TempDir()
	f, err := Open(t.Context(), path, OpenOptions{TempDir: temp})
	if err != nil {
		t.Fatal(err)
	}
	if f.Dimension() != dimension || f.Len() != len(values)/dimension || f.Name() != path {
		t.Fatalf("%d vectors of %d dimensions in %s", f.Len(), f.Dimension(), f.Name())
	}
	if !slices.Equal(allVectors(t, f), values) {
		t.Error("other numbers")
	}
	if err := f.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestReadVectorsTogether reads one file from several goroutines.
func TestReadVectorsTogether(t *testing.T) {
	values := fileNumbers(5000, 20)
	f, err := Open(t.Context(), writeFile(t, "a.jsonl", jsonLinesOf(20, values, "")), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(3, uint64(i)))
			for range 200 {
				from := r.IntN(5000)
				dst := make([]float32, 20*r.IntN(min(1000, 5001-from)))
				if err := f.ReadVectors(dst, from); err != nil || !slices.Equal(dst, values[20*from:20*from+len(dst)]) {
					t.Errorf("from %d: %d numbers: %v", from, len(dst), err)
				}
			}
		})
	}
	group.Wait()
}

func TestReadVectorsRange(t *testing.T) {
	f, err := OpenFVecs(bytes.NewReader(fvecsOf(2, fileNumbers(3, 2))), 36)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ numbers, from int }{{2, -1}, {2, 3}, {4, 2}, {3, 0}, {8, 0}, {2, math.MaxInt}, {2, math.MinInt}} {
		if err := f.ReadVectors(make([]float32, test.numbers), test.from); err == nil {
			t.Errorf("%d numbers from %d: no error", test.numbers, test.from)
		}
	}
	if err := f.ReadVectors(nil, 3); err != nil {
		t.Errorf("nothing from the end on: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("nothing to close: %v", err)
	}
}

func TestNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	values := fileNumbers(40_000, 2)
	values[70_001], values[70_004], values[79_999] = inf, nan, nan
	f, err := Open(t.Context(), writeFile(t, "a.npy", npyFloats(2, values)), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var found *ValueError
	if err := f.Check(t.Context()); !errors.As(err, &found) || found.Vector != 35_000 || found.Index != 1 || found.Value != inf {
		t.Errorf("got %v", err)
	}
	if err := f.ReadVectors(make([]float32, 4), 35_001); !errors.As(err, &found) || found.Vector != 35_002 || found.Index != 0 {
		t.Errorf("got %v", err)
	}
	if err := f.ReadVectors(make([]float32, 4), 34_998); err != nil {
		t.Errorf("vectors beside: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if err := f.Check(ctx); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
	want := "a.npy: vector 35000 has -Inf as number 1: OpenSearch takes finite numbers only (the first of 3 such numbers)"
	if err := f.Check(t.Context()); !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// TestOpenErrors opens what cannot be read as vectors.
func TestOpenErrors(t *testing.T) {
	two := fvecsOf(3, fileNumbers(4, 3))
	mixed := append(fvecsOf(3, fileNumbers(100, 3)), fvecsOf(5, fileNumbers(100, 5))...)
	npy := npyFloats(3, fileNumbers(4, 3))
	array := func(descr, order, shape string, bytes int) []byte {
		return npyOf("{'descr': "+descr+", 'fortran_order': "+order+", 'shape': "+shape+", }", make([]byte, bytes))
	}
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"a.txt", nil, `".txt" is no ending that is known`},
		{"a", nil, `"" is no ending`},
		{"a.parquet", nil, "call FromRows"},
		{"a.fvecs", nil, "has no vectors"},
		{"a.fvecs", two[:3], "ends at byte 3"},
		{"a.fvecs", two[:10], "is cut off: it has 10 bytes, of which vector 0, of 3 dimensions, has 10 of 16"},
		{"a.fvecs", two[:50], "is cut off: it has 50 bytes, of which vector 3, of 3 dimensions, has 2 of 16"},
		{"a.fvecs", two[:61], "is cut off: it has 61 bytes, of which vector 3, of 3 dimensions, has 13 of 16"},
		{"a.fvecs", mixed, "vector 100, byte 1600: begins with dimension 5, the first with 3"},
		{"a.fvecs", make([]byte, 40), "0 dimensions: a vector has 1 to 16000"},
		{"a.fvecs", bytes.Repeat([]byte{255}, 40), "-1 dimensions"},
		{"a.fvecs", []byte("PK\x03\x04 a zip file"), "is it .fvecs"},
		{"a.fvecs.gz", gzipOf(two)[:40], "unpack: unexpected EOF"},
		{"a.npy", nil, "has no vectors"},
		{"a.npy", npy[:5], "does not begin as a .npy file does, but with"},
		{"a.npy", npy[:9], "header says that it has 60 bytes"},
		{"a.npy", npy[:40], "header says that it has 60 bytes"},
		{"a.npy", npy[:len(npy)-1], "is cut off: its header says 4 vectors of 12 bytes, but there are 47"},
		{"a.npy", append(npy[:len(npy):len(npy)], 0), "has 1 bytes more than the 4 vectors"},
		{"a.npy", two, "does not begin as a .npy file does"},
		{"a.npy", []byte("\x93NUMPY\x09\x00\x00\x00"), "has version 9.0"},
		{"a.npy", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), "says that it has 4294967295 bytes"},
		{"a.npy", array("'<f4'", "False", "(9223372036854775807, 16000)", 8), "is cut off: its header says 9223372036854775807 vectors"},
		{"a.npy", array("'<f4'", "False", "(9223372036854775808, 3)", 8), "where a number should be"},
		{"a.npy", array("'<f4'", "False", "(0, 3)", 0), "has no vectors"},
		{"a.npy", array("'<f4'", "False", "(3, 0)", 0), "0 dimensions"},
		{"a.npy", array("'<f4'", "False", "(1, 16001)", 64004), "16001 dimensions"},
		{"a.npy", array("'<f4'", "False", "(12,)", 48), "has 1 axes: save two"},
		{"a.npy", array("'<f4'", "False", "()", 4), "has 0 axes"},
		{"a.npy", array("'<f4'", "False", "(2, 3, 4)", 96), "has 3 axes"},
		{"a.npy", array("'<f4'", "True", "(3, 4)", 48), "np.ascontiguousarray"},
		{"a.npy", array("'<i8'", "False", "(3, 4)", 96), `type "<i8"`},
		{"a.npy", array("'|O'", "False", "(3, 4)", 96), `type "|O"`},
		{"a.npy", array("[('x', '<f4')]", "False", "(3, 4)", 48), "records of several fields"},
		{"a.npy", npyOf("{'descr': '<f4'}", nil), "lacks one of"},
		{"a.npy", npyOf("{'descr': '<f4', 'descr': '<f4'}", nil), "is there twice"},
		{"a.npy", npyOf("{'descr': '<f4', 'more': 1}", nil), "is no key"},
		{"a.npy", npyOf("{", nil), "text in quotes should be"},
		{"a.npy", npyOf("", nil), "{ should be"},
		{"a.npy", npyOf("{'descr", nil), "the end of a text"},
		{"a.npy", npyOf("{'descr'", nil), "a colon should be"},
		{"a.npy", npyOf("{'shape': (1", nil), "a comma or )"},
		{"a.npy", npyOf("{'shape': ("+strings.Repeat("1, ", 40)+")}", nil), "a number should be"},
	}
	for _, test := range tests {
		path := writeFile(t, test.name, test.content)
		f, err := Open(t.Context(), path, OpenOptions{})
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), "vector: open: ") || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s %.20q: got %v, want %q", test.name, test.content, err, test.want)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "missing.npy"), OpenOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: got %v", err)
	}
	folder := filepath.Join(t.TempDir(), "folder.npy")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), folder, OpenOptions{}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: got %v", err)
	}
}

// TestFileChanges cuts a file off, and mixes dimensions, behind what opening looks at.
func TestFileChanges(t *testing.T) {
	path := writeFile(t, "a.fvecs", fvecsOf(3, fileNumbers(100, 3)))
	f, err := Open(t.Context(), path, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	if err := f.ReadVectors(make([]float32, 300), 0); err == nil || !strings.Contains(err.Error(), "ends at byte 1000") {
		t.Errorf("got %v", err)
	}
	if err := f.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "ends at byte 1000") {
		t.Errorf("got %v", err)
	}
	content := fvecsOf(3, fileNumbers(100, 3))
	content[160] = 4
	f, err = OpenFVecs(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ReadVectors(make([]float32, 30), 0); err != nil {
		t.Errorf("before it: %v", err)
	}
	if err := f.ReadVectors(make([]float32, 30), 5); err == nil || err.Error() != "vector 10, byte 160: begins with dimension 4, the first with 3: vectors of one file have one dimension" {
		t.Errorf("got %v", err)
	}
}

// TestNPYItems reads each type of number, with the values at its ends.
func TestNPYItems(t *testing.T) {
	inf := math.Inf(1)
	float64s := func(order binary.AppendByteOrder, xs ...float64) (b []byte) {
		for _, x := range xs {
			b = order.AppendUint64(b, math.Float64bits(x))
		}
		return b
	}
	little, big := binary.LittleEndian, binary.BigEndian
	for _, test := range []struct {
		descr string
		bytes []byte
		want  []float64
	}{
		{"|i1", []byte{0, 1, 127, 128, 255}, []float64{0, 1, 127, -128, -1}},
		{"|u1", []byte{0, 1, 127, 128, 255}, []float64{0, 1, 127, 128, 255}},
		{"<f2", []byte{0, 0x3c, 1, 0, 0xff, 0x7b, 0, 0xc0, 0, 0x80}, []float64{1, 0x1p-24, 65504, -2, 0}},
		{">f2", []byte{0x3c, 0, 0x03, 0xff, 0x04, 0, 0xfb, 0xff, 0x7c, 0}, []float64{1, 1023 * 0x1p-24, 0x1p-14, -65504, inf}},
		{"<f4", []byte{0, 0, 0x80, 0x3f, 1, 0, 0, 0}, []float64{1, math.SmallestNonzeroFloat32}},
		{">f4", []byte{0x3f, 0x80, 0, 0, 0xff, 0x7f, 0xff, 0xff}, []float64{1, -math.MaxFloat32}},
		{"<f8", float64s(little, 1, -0.5, 1e39, 0.1), []float64{1, -0.5, inf, float64(float32(0.1))}},
		{">f8", float64s(big, 1, -0.5, 1e-300, 1e38), []float64{1, -0.5, 0, float64(float32(1e38))}},
	} {
		file := npyOf(fmt.Sprintf(`{"shape":(1,%d),"fortran_order":False,"descr":"%s"}`, len(test.want), test.descr), test.bytes)
		f, err := OpenNPY(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatalf("%s: %v", test.descr, err)
		}
		got := make([]float32, len(test.want))
		if err := f.read(got, 0); err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			if float64(got[i]) != want {
				t.Errorf("%s: number %d is %v, want %v", test.descr, i, got[i], want)
			}
		}
	}
}

// TestFinite puts what is no number in each place.
func TestFinite(t *testing.T) {
	great := []float32{math.MaxFloat32, -math.MaxFloat32, 0, math.SmallestNonzeroFloat32}
	for n := range 40 {
		values := slices.Repeat(great, 10)[:n]
		if i := finite(values); i != -1 {
			t.Errorf("%d numbers: got %d", n, i)
		}
		for at := range n {
			for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				bad := slices.Clone(values)
				bad[at], bad[n-1] = float32(x), float32(math.Inf(1))
				if i := finite(bad); i != at {
					t.Errorf("%v at %d of %d: got %d", x, at, n, i)
				}
			}
		}
	}
}

// brokenReader fails at a byte.
type brokenReader struct {
	io.ReaderAt
	at  int64
	err error
}

func (r brokenReader) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > r.at {
		return 0, r.err
	}
	return r.ReaderAt.ReadAt(b, off)
}

func TestBrokenReader(t *testing.T) {
	broken := errors.New("broken")
	for name, content := range map[string][]byte{"fvecs": fvecsOf(3, fileNumbers(9, 3)), "npy": npyFloats(3, fileNumbers(9, 3))} {
		open := OpenFVecs
		if name == "npy" {
			open = OpenNPY
		}
		for at := range int64(len(content)) {
			f, err := open(brokenReader{bytes.NewReader(content), at, broken}, int64(len(content)))
			if err == nil {
				err = f.ReadVectors(make([]float32, 27), 0)
			}
			if !errors.Is(err, broken) {
				t.Fatalf("%s, byte %d: got %v", name, at, err)
			}
		}
	}
}

// BenchmarkReadVectors reads 1,000 vectors of 384 dimensions at once; the bytes are those
// of the file.
func BenchmarkReadVectors(b *testing.B) {
	values := fileNumbers(1000, 384)
	bytesOf := make([]byte, len(values))
	for name, content := range map[string][]byte{
		"fvecs":    fvecsOf(384, values),
		"npy-f4":   npyFloats(384, values),
		"npy-int8": npyOf("{'descr': '|i1', 'fortran_order': False, 'shape': (1000, 384)}", bytesOf),
		"npy-f2":   npyOf("{'descr': '<f2', 'fortran_order': False, 'shape': (1000, 384)}", slices.Repeat(bytesOf, 2)),
	} {
		b.Run(name, func(b *testing.B) {
			open := OpenNPY
			if name == "fvecs" {
				open = OpenFVecs
			}
			f, err := open(bytes.NewReader(content), int64(len(content)))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if err := f.ReadVectors(values, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
