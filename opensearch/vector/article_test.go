package vector

import (
	"fmt"
	"strings"
	"testing"
)

// articleIs is the example of the article: a billion vectors of 384 dimensions, m 16,
// 100 GB of metadata, and PQ of 16 sub-vectors.
func articleIs(t *testing.T) SizeVectorIndexResult {
	t.Helper()
	r, err := SizeVectorIndex(SizeVectorIndexOptions{Vectors: 1_000_000_000, Dimension: 384, Version: "3.8", M: 16, SubVectors: []int{16}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// articleEncodings are those of the article's tables.
var articleEncodings = []struct {
	name          string
	e             Encoding
	memory, total string // GB, as the article has them; total with 100 GB of metadata
	claimed       string // part of the cost
	ratio         string // of the memory
}{
	{"fp32", Encoding{Encoder: FP32}, "1830.4", "1930.4", "$X", "1.000"},
	{"fp16", Encoding{Encoder: FP16}, "985.6", "1085.6", "$0.5X", "0.538"},
	{"byte", Encoding{Encoder: Byte}, "563.2", "663.2", "$0.25X", "0.308"},
	{"binary 1 bit", Encoding{Encoder: Binary, Bits: 1}, "193.6", "293.6", "$0.15X", "0.106"},
	{"binary 2 bit", Encoding{Encoder: Binary, Bits: 2}, "246.4", "", "", "0.135"},
	{"binary 4 bit", Encoding{Encoder: Binary, Bits: 4}, "352.0", "", "", "0.192"},
}

// TestArticleMemory reproduces every figure of memory that the article has, but that of
// PQ, which is wrong: see error 1.
func TestArticleMemory(t *testing.T) {
	r := articleIs(t)
	for _, x := range articleEncodings {
		m := sizeOf(t, r, FAISS, HNSW, x.e).Memory
		if got := fmt.Sprintf("%.1f", float64(m.Total)/gb); got != x.memory {
			t.Errorf("%s: %s GB, want %s", x.name, got, x.memory)
		}
		if got := fmt.Sprintf("%.1f", float64(m.Total)/gb+100); x.total != "" && got != x.total {
			t.Errorf("%s: %s GB with metadata, want %s", x.name, got, x.total)
		}
	}
	million := articleSize(t, "2.19", 384)
	if got := inUnits(sizeOf(t, million, FAISS, HNSW, Encoding{Encoder: FP32}).Memory.Total, gb); got != "1.830" {
		t.Errorf("a million vectors: %s GB, want 1.830", got)
	}
}

// TestArticleError01PQ: the formula has one m and no codebooks. Both numbers are told,
// and ours is named right.
func TestArticleError01PQ(t *testing.T) {
	r := articleIs(t)
	pq := Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}
	o := SizeVectorIndexOptions{Vectors: 1_000_000_000, Dimension: 384, M: 16}
	if got := articlePQ(o, pq); got != 184_800_000_000 {
		t.Errorf("the article's formula gives %d, want 184.8 GB", got)
	}
	m := sizeOf(t, r, FAISS, HNSW, pq).Memory
	if want := int64(184_800_000_000 + 11*10*256*4*384/10); m.Primary != want { // 10 segments
		t.Errorf("got %d, want %d", m.Primary, want)
	}
	note := strings.Join(r.Notes, "\n")
	for _, want := range []string{"the article's formula gives 184.800 GB", "leaves out the codebooks of 10 segments", "with them it is 184.804 GB", "which is right"} {
		if !strings.Contains(note, want) {
			t.Errorf("%q is not in %s", want, note)
		}
	}
	few := sizeIt(t, SizeVectorIndexOptions{Vectors: 100_000, Dimension: 384, SubVectors: []int{16}, SegmentsPerShard: 300})
	small := sizeOf(t, few, FAISS, HNSW, pq).Memory
	if small.Primary < 7*(small.Vectors+small.Graph) {
		t.Errorf("with few vectors, codebooks are most of it: %d of %d", small.Shared, small.Primary)
	}
}

// TestArticleError02Range: the table says that fp16 has -65536 to 65535, where the text
// has ±65504, which is right.
func TestArticleError02Range(t *testing.T) {
	for x, ok := range map[float32]bool{65504: true, -65504: true, 65535: false, -65536: false, 65505: false} {
		if err := CheckFP16([]float32{0, x}); (err == nil) != ok {
			t.Errorf("%v: %v", x, err)
		}
		clamped := make([]float32, 1)
		if _, err := ClampFP16(clamped, []float32{x}); err != nil || clamped[0] > 65504 || clamped[0] < -65504 {
			t.Errorf("%v is clamped to %v: %v", x, clamped[0], err)
		}
	}
}

// TestArticleError06Cost: the savings that the article claims do not follow from its own
// memory. They are quoted, and not calculated with.
func TestArticleError06Cost(t *testing.T) {
	r := articleIs(t)
	fp32 := sizeOf(t, r, FAISS, HNSW, Encoding{Encoder: FP32}).Memory.Total
	quoted := fmt.Sprint(r.Claims)
	for _, x := range articleEncodings {
		m := sizeOf(t, r, FAISS, HNSW, x.e).Memory
		if got := fmt.Sprintf("%.3f", float64(m.Total)/float64(fp32)); got != x.ratio {
			t.Errorf("%s takes %s of the memory, want %s", x.name, got, x.ratio)
		}
		if !strings.Contains(quoted, x.claimed) {
			t.Errorf("%s is not among the claims: %s", x.claimed, quoted)
		}
	}
	for _, s := range r.Techniques {
		if s.MonthlyCost != 0 || s.Recall != nil {
			t.Errorf("%s costs %v and finds %v, without a price and a measurement", s.Name, s.MonthlyCost, s.Recall)
		}
	}
}

// TestArticleError07Compression: "up to 64x" is said of PQ; its own example is 96x of
// the vector, and 9.9x of the index.
func TestArticleError07Compression(t *testing.T) {
	m := sizeOf(t, articleIs(t), FAISS, HNSW, Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}).Memory
	if m.VectorCompression != 96 || twoDigits(m.Compression) != "9.90" {
		t.Errorf("got %vx of the vector, %vx of the index", m.VectorCompression, m.Compression)
	}
}

// TestArticleClaims tests that claims are quoted as they are, with their source.
func TestArticleClaims(t *testing.T) {
	r := articleIs(t)
	if len(r.Claims) != 5 {
		t.Fatalf("got %d claims", len(r.Claims))
	}
	text := fmt.Sprint(r.Claims)
	for _, want := range []string{">= 0.99", "> 0.7", ">= 0.95", ">= 0.90", "< 50 ms", "< 200 ms", "$20,923.14", "$2,092.31", "$10,461.57", "$5,230.79", "$3,138.47"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not quoted", want)
		}
	}
	for _, c := range r.Claims {
		if c.Source != articlePage {
			t.Errorf("%s: source %q", c.Technique, c.Source)
		}
	}
}
