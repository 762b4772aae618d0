package vector

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// TestMemory tests the worked examples of the documentation, which writes GB for GB and
// for GiB.
func TestMemory(t *testing.T) {
	const million = 1_000_000
	type example struct {
		name   string
		engine Engine
		method Method
		e      Encoding
		nlist  int
		bytes  int64
		printed,
		unit string
	}
	for _, x := range []example{
		{"HNSW fp32", FAISS, HNSW, Encoding{Encoder: FP32}, 0, 1_267_200_000, "1.267", "GB"},
		{"IVF fp32", FAISS, IVF, Encoding{Encoder: FP32}, 128, 1_126_544_180, "1.126", "GB"},
		{"HNSW fp16", FAISS, HNSW, Encoding{Encoder: FP16}, 0, 704_000_000, "0.656", "GiB"},
		{"IVF fp16", FAISS, IVF, Encoding{Encoder: FP16}, 128, 563_344_180, "0.525", "GiB"},
		{"HNSW byte", FAISS, HNSW, Encoding{Encoder: Byte}, 0, 422_400_000, "0.39", "GiB"},
		{"HNSW 7 bits", Lucene, HNSW, Encoding{Encoder: SQ7}, 0, 387_200_000, "0.4", "GB"},
		{"HNSW 1 bit", FAISS, HNSW, Encoding{Encoder: Binary, Bits: 1}, 0, 176_000_000, "0.176", "GB"},
		{"HNSW 2 bits", FAISS, HNSW, Encoding{Encoder: Binary, Bits: 2}, 0, 211_200_000, "0.211", "GB"},
		{"HNSW 4 bits", FAISS, HNSW, Encoding{Encoder: Binary, Bits: 4}, 0, 281_600_000, "0.282", "GB"},
		{"HNSW sq of 1 bit", FAISS, HNSW, Encoding{Encoder: OSQ}, 0, 176_000_000, "0.176", "GB"},
		{"IVF 1 bit", FAISS, IVF, Encoding{Encoder: Binary, Bits: 1}, 128, 35_344_180, "0.035", "GB"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := sizeIt(t, SizeVectorIndexOptions{Vectors: million, Dimension: 256, NLists: x.nlist, SegmentsPerShard: 1})
			got := sizeOf(t, r, x.engine, x.method, x.e).Memory
			if got.Documented != x.bytes {
				t.Errorf("got %d, want %d", got.Documented, x.bytes)
			}
			unit := float64(gb)
			if x.unit == "GiB" {
				unit = gib
			}
			if !printedAs(float64(got.Documented)/unit, x.printed) {
				t.Errorf("got %v %s, the documentation has %s", float64(got.Documented)/unit, x.unit, x.printed)
			}
		})
	}
}

// TestMemoryByteIVF tests the one example that is neither GB nor GiB: 0.27.
func TestMemoryByteIVF(t *testing.T) {
	r := sizeIt(t, SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 256, NLists: 128, SegmentsPerShard: 1})
	m := sizeOf(t, r, FAISS, IVF, Encoding{Encoder: Byte}).Memory
	if m.Primary != 281_744_180 || bothUnits(m.Primary) != "0.282 GB (0.262 GiB)" {
		t.Errorf("got %d, %s", m.Primary, bothUnits(m.Primary))
	}
}

// printedAs tells whether x, rounded or cut, is what is printed.
func printedAs(x float64, printed string) bool {
	digits := len(printed) - 2
	value, err := strconv.ParseFloat(printed, 64)
	step := math.Pow10(-digits)
	return err == nil && x-value > -step/2 && x-value < step
}

// TestMemoryPQ tests the worked examples with 100 segments. That of IVF says that it has
// 32 sub-vectors and calculates with 64.
func TestMemoryPQ(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 256, SegmentsPerShard: 100, NLists: 512, SubVectors: []int{32, 64}}
	r := sizeIt(t, o)
	hnsw := sizeOf(t, r, FAISS, HNSW, Encoding{Encoder: PQ, SubVectors: 32, CodeSize: 8}).Memory
	if hnsw.Primary != 231_235_840 || inUnits(hnsw.Primary, gib) != "0.215" {
		t.Errorf("HNSW: got %d, %s GiB", hnsw.Primary, inUnits(hnsw.Primary, gib))
	}
	ivf := sizeOf(t, r, FAISS, IVF, Encoding{Encoder: PQ, SubVectors: 64, CodeSize: 8}).Memory
	if ivf.Primary != 183_307_520 || inUnits(ivf.Primary, gib) != "0.171" {
		t.Errorf("IVF: got %d, %s GiB", ivf.Primary, inUnits(ivf.Primary, gib))
	}
	if ivf.Documented != ivf.Primary || hnsw.Documented != hnsw.Primary {
		t.Error("the documentation has the same")
	}
}

// TestMemoryBeside tests where the format takes more than the documentation says.
func TestMemoryBeside(t *testing.T) {
	const n = 1_000_000
	tests := []struct {
		name      string
		version   string
		dimension int
		engine    Engine
		method    Method
		e         Encoding
		vector    int64 // bytes of a code
		note      bool
	}{
		{"7 bits", "3.8", 384, Lucene, HNSW, Encoding{Encoder: SQ7}, 384 + 4, true},
		{"osq", "3.8", 384, Lucene, HNSW, Encoding{Encoder: OSQ}, 48 + 16, true},
		{"osq, padded", "3.8", 385, FAISS, HNSW, Encoding{Encoder: OSQ}, 49 + 16, true},
		{"flat", "3.8", 384, Lucene, Flat, Encoding{Encoder: OSQ}, 48 + 16, true},
		{"binary", "3.8", 384, FAISS, HNSW, Encoding{Encoder: Binary, Bits: 1}, 48, false},
		{"binary, padded", "3.8", 385, FAISS, HNSW, Encoding{Encoder: Binary, Bits: 1}, 49, true},
		{"binary 2 bits, padded", "3.8", 385, FAISS, HNSW, Encoding{Encoder: Binary, Bits: 2}, 97, true},
		{"binary, dimension 1", "3.8", 1, FAISS, HNSW, Encoding{Encoder: Binary, Bits: 1}, 1, true},
		{"fp32", "3.8", 385, FAISS, HNSW, Encoding{Encoder: FP32}, 1540, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := sizeIt(t, SizeVectorIndexOptions{Vectors: n, Dimension: test.dimension, Version: test.version})
			m := sizeOf(t, r, test.engine, test.method, test.e).Memory
			if m.Vectors != n*test.vector {
				t.Errorf("a code takes %d bytes, want %d", m.Vectors/n, test.vector)
			}
			if graph := int64(8 * 16 * n); test.method == HNSW && m.Graph != graph || test.method == Flat && m.Graph != 0 {
				t.Errorf("the graph takes %d", m.Graph)
			}
			if (m.Note != "") != test.note || test.note != (m.Documented < m.Primary) {
				t.Errorf("note %q, documented %d, counted %d", m.Note, m.Documented, m.Primary)
			}
		})
	}
}

// TestMemoryQuantizers tests that codes take what the quantizers make, which do as the
// code of OpenSearch does. Byte vectors have the square of their length beside them there,
// and codes of PQ have what the formula adds here.
func TestMemoryQuantizers(t *testing.T) {
	for _, dimension := range []int{1, 7, 8, 9, 48} {
		vectors, err := FromValues(dimension, make([]float32, 300*dimension))
		if err != nil {
			t.Fatal(err)
		}
		for e, method := range map[Encoding]quantizer.Method{
			{Encoder: FP16}: quantizer.FP16{},
			{Encoder: SQ7}:  quantizer.SQ7{},
			{Encoder: OSQ}:  quantizer.OSQ{},
			{Encoder: PQ, SubVectors: 1, CodeSize: 8}: quantizer.PQ{SubVectors: 1, CodeSize: 8, Workers: 1},
			{Encoder: PQ, SubVectors: 1, CodeSize: 5}: quantizer.PQ{SubVectors: 1, CodeSize: 5, Workers: 1},
			{Encoder: Binary, Bits: 1}:                quantizer.Binary{Bits: 1},
			{Encoder: Binary, Bits: 2}:                quantizer.Binary{Bits: 2},
			{Encoder: Binary, Bits: 4}:                quantizer.Binary{Bits: 4},
		} {
			q, err := method.Train(t.Context(), vectors)
			if err != nil {
				t.Fatal(err)
			}
			got := codeOf(Technique{Lucene, HNSW, OnDisk, e}, dimension).bytes()
			if e.Encoder == PQ {
				got -= besidePQ
			}
			if got != int64(q.CodeSize()) {
				t.Errorf("%s of %d dimensions: got %d bytes, the quantizer makes %d", e, dimension, got, q.CodeSize())
			}
		}
	}
}

// TestMemoryTenth tests when the tenth of the formulas is too little for FAISS.
func TestMemoryTenth(t *testing.T) {
	r := sizeIt(t, SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384})
	for _, test := range []struct {
		engine Engine
		method Method
		e      Encoding
		want   string
	}{
		{FAISS, HNSW, Encoding{Encoder: Binary, Bits: 1}, "FAISS keeps 20 bytes"}, // 48 + 128
		{FAISS, HNSW, Encoding{Encoder: Binary, Bits: 2}, ""},                     // 96 + 128
		{FAISS, IVF, Encoding{Encoder: Binary, Bits: 1}, "FAISS keeps 8 bytes"},   // 48
		{FAISS, IVF, Encoding{Encoder: Binary, Bits: 2}, ""},                      // 96
		{FAISS, HNSW, Encoding{Encoder: FP32}, ""},
		{Lucene, HNSW, Encoding{Encoder: OSQ}, ""},
	} {
		got := strings.Join(sizeOf(t, r, test.engine, test.method, test.e).Warnings, "; ")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s %s %s: %q, want %q", test.engine, test.method, test.e, got, test.want)
		}
	}
}

// TestMemorySegments tests that each segment has its own centroids, and replicas too.
func TestMemorySegments(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384, Shards: 3, SegmentsPerShard: 7, Replicas: 2, NLists: 10, SubVectors: []int{16}}
	r := sizeIt(t, o)
	pq := Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}
	for _, test := range []struct {
		name   string
		method Method
		e      Encoding
		want   int64
	}{
		{"pq", HNSW, pq, 21 * 256 * 4 * 384},
		{"ivf pq", IVF, pq, 21 * (256*4*384 + 4*10*384)},
		{"ivf", IVF, Encoding{Encoder: FP32}, 21 * 4 * 10 * 384},
		{"hnsw", HNSW, Encoding{Encoder: FP32}, 0},
	} {
		m := sizeOf(t, r, FAISS, test.method, test.e).Memory
		if m.Shared != test.want || m.Total != 3*m.Primary {
			t.Errorf("%s: got %d shared, %d of %d; want %d", test.name, m.Shared, m.Total, m.Primary, test.want)
		}
	}
}

// TestMemoryFormula tests that the formulas, as they are printed, give the memory.
func TestMemoryFormula(t *testing.T) {
	for _, o := range []SizeVectorIndexOptions{
		{Vectors: 1_000_000_000, Dimension: 384},
		{Vectors: 999_983, Dimension: 385, Replicas: 2, Shards: 5, M: 31},
		{Vectors: 1, Dimension: 1},
	} {
		o.Version = "3.8"
		r, err := SizeVectorIndex(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Techniques {
			value, err := types.Eval(token.NewFileSet(), nil, token.NoPos, s.Memory.Formula)
			if err != nil {
				t.Fatalf("%s: %s: %v", s.Name, s.Memory.Formula, err)
			}
			got, _ := constant.Float64Val(value.Value)
			if d := float64(s.Memory.Total) - got; d < -0.5 || d > float64(1+o.Replicas) {
				t.Errorf("%s: %s is %v, not %d", s.Name, s.Memory.Formula, got, s.Memory.Total)
			}
			if s.Memory.Source == "" {
				t.Errorf("%s: no source", s.Name)
			}
		}
	}
}

// TestMemoryCompression tests what "32x" comes to: it is of the vector alone.
func TestMemoryCompression(t *testing.T) {
	r := sizeIt(t, SizeVectorIndexOptions{Vectors: 1_000_000_000, Dimension: 384, SubVectors: []int{16}})
	for _, test := range []struct {
		e             Encoding
		vector, index string
	}{
		{Encoding{Encoder: FP32}, "1.00", "1.00"},
		{Encoding{Encoder: FP16}, "2.00", "1.86"},
		{Encoding{Encoder: Byte}, "4.00", "3.25"},
		{Encoding{Encoder: Binary, Bits: 4}, "8.00", "5.20"},
		{Encoding{Encoder: Binary, Bits: 2}, "16.00", "7.43"},
		{Encoding{Encoder: Binary, Bits: 1}, "32.00", "9.45"},
		{Encoding{Encoder: OSQ}, "32.00", "8.67"},
		{Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}, "96.00", "9.90"},
	} {
		m := sizeOf(t, r, FAISS, HNSW, test.e).Memory
		if got := twoDigits(m.VectorCompression); got != test.vector {
			t.Errorf("%s: the vector is compressed %sx, want %s", test.e, got, test.vector)
		}
		if got := twoDigits(m.Compression); got != test.index {
			t.Errorf("%s: the index is compressed %sx, want %s", test.e, got, test.index)
		}
	}
}

func twoDigits(x float64) string { return fmt.Sprintf("%.2f", x) }

func TestPageCache(t *testing.T) {
	for _, test := range []struct {
		version string
		t       Technique
		want    bool
	}{
		{"3.8", Technique{Lucene, HNSW, InMemory, Encoding{Encoder: FP32}}, true},
		{"3.8", Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: OSQ}}, true},
		{"3.1", Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: FP32}}, true},
		{"3.0", Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: FP32}}, false},
		{"3.8", Technique{FAISS, HNSW, InMemory, Encoding{Encoder: FP32}}, false},
		{"3.8", Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: Binary, Bits: 1}}, false},
	} {
		if got := inPageCache(SizeVectorIndexOptions{Version: test.version}, test.t); got != test.want {
			t.Errorf("%s, %s: got %t", test.version, test.t, got)
		}
	}
}

func TestTenths(t *testing.T) {
	for _, test := range []struct{ x, want int64 }{{0, 0}, {1, 2}, {9, 10}, {10, 11}, {11, 13}, {1 << 61, 1<<61 + (1<<61+9)/10}} {
		if got := tenthMore(test.x); got != test.want {
			t.Errorf("tenthMore(%d) is %d, want %d", test.x, got, test.want)
		}
	}
	for n := int64(0); n < 40; n++ {
		for bits := int64(1); bits < 40; bits++ {
			if got, want := eighths(n, bits), (n*bits+7)/8; got != want {
				t.Fatalf("eighths(%d, %d) is %d, want %d", n, bits, got, want)
			}
		}
	}
}
