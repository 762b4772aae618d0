package vector

import (
	"fmt"
	"testing"
)

// rescoringRow are the factors of a version for 8x, 16x, 32x (binary), 4x and sq with 1
// bit, with dimensions up to 1,000 and above. -1 is an encoder that there is not.
type rescoringRow struct {
	versions   []string
	small, big [5]float64
}

var rescoringRows = []rescoringRow{
	{[]string{"2.17"}, [5]float64{2, 3, 3, 0, -1}, [5]float64{2, 3, 3, 0, -1}},
	{[]string{"2.18", "2.19", "3.0"}, [5]float64{5, 5, 5, 0, -1}, [5]float64{2, 3, 3, 0, -1}},
	{[]string{"3.1", "3.2", "3.3", "3.4", "3.5"}, [5]float64{5, 5, 5, 1, -1}, [5]float64{2, 3, 3, 1, -1}},
	{[]string{"3.6", "3.7", "3.8"}, [5]float64{5, 5, 5, 1, 2}, [5]float64{2, 3, 3, 1, 2}},
}

func TestRescoringOfVersions(t *testing.T) {
	known := map[string]bool{}
	for _, row := range rescoringRows {
		for _, version := range row.versions {
			known[version] = true
			for dimension, want := range map[int][5]float64{1: row.small, 768: row.small, 1000: row.small, 1001: row.big, 16_000: row.big} {
				checkRescoring(t, version, dimension, want)
			}
		}
	}
	for _, r := range releases {
		if !known[r.String()] {
			t.Errorf("version %s is in no row", r)
		}
	}
}

func checkRescoring(t *testing.T, version string, dimension int, want [5]float64) {
	t.Helper()
	r, err := parseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	for i, technique := range []Technique{
		{FAISS, HNSW, OnDisk, Encoding{Encoder: Binary, Bits: 4}},
		{FAISS, HNSW, OnDisk, Encoding{Encoder: Binary, Bits: 2}},
		{FAISS, HNSW, OnDisk, Encoding{Encoder: Binary, Bits: 1}},
		{Lucene, HNSW, OnDisk, Encoding{Encoder: SQ7}},
	} {
		name := fmt.Sprintf("%s, %d dimensions, %s", version, dimension, technique)
		if got := rescoring(r, technique, dimension); got.Factor != want[i] || !got.Known || got.Source == "" {
			t.Errorf("%s: got %+v, want %v", name, got, want[i])
		}
		technique.Mode = InMemory
		if got := rescoring(r, technique, dimension); got.Factor != 0 || !got.Known {
			t.Errorf("%s: got %+v, want none", name, got)
		}
	}
	if want[4] < 0 {
		return
	}
	for _, technique := range []Technique{
		{FAISS, HNSW, OnDisk, Encoding{Encoder: OSQ}}, {FAISS, HNSW, InMemory, Encoding{Encoder: OSQ}},
		{Lucene, HNSW, OnDisk, Encoding{Encoder: OSQ}}, {Lucene, HNSW, InMemory, Encoding{Encoder: OSQ}},
		{Lucene, Flat, OnDisk, Encoding{Encoder: OSQ}},
	} {
		if got := rescoring(r, technique, dimension); got.Factor != want[4] {
			t.Errorf("%s, %d dimensions, %s: got %+v, want %v", version, dimension, technique, got, want[4])
		}
	}
}

// IVF keeps binary from 3.6 on, and is rescored as before.
func TestRescoringOfOthers(t *testing.T) {
	binary, rotated := Encoding{Encoder: Binary, Bits: 1}, Encoding{Encoder: Binary, Bits: 1, ADC: true, RandomRotation: true}
	for _, test := range []struct {
		technique Technique
		dimension int
		want      float64
	}{
		{Technique{FAISS, IVF, OnDisk, binary}, 1000, 5},
		{Technique{FAISS, IVF, OnDisk, binary}, 1001, 3},
		{Technique{FAISS, HNSW, OnDisk, rotated}, 384, 5},
		{Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: FP16}}, 384, 0},
		{Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: FP32}}, 384, 0},
		{Technique{FAISS, HNSW, InMemory, Encoding{Encoder: Byte}}, 384, 0},
		{Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}}, 384, 5},   // 96, which is 64x
		{Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}}, 1600, 5},  // 400, which is 64x
		{Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: PQ, SubVectors: 800, CodeSize: 8}}, 1600, 2}, // 8x
		{Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: PQ, SubVectors: 96, CodeSize: 8}}, 96, 1},    // 4x
		{Technique{FAISS, HNSW, InMemory, Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 8}}, 384, 0},
	} {
		if got := rescoring(release{3, 8}, test.technique, test.dimension); got.Factor != test.want {
			t.Errorf("%s of %d: got %v, want %v", test.technique, test.dimension, got.Factor, test.want)
		}
	}
	got := rescoring(release{}, Technique{FAISS, HNSW, OnDisk, binary}, 384)
	if got.Known || got.Factor != 0 {
		t.Errorf("of Serverless, %+v is said to be known", got)
	}
}

func TestCompressionOfPQ(t *testing.T) {
	for _, test := range []struct{ dimension, m, codeSize, want int }{
		{8, 8, 32, 1}, {8, 8, 17, 1}, {8, 8, 16, 2}, {8, 8, 9, 2}, {8, 8, 8, 4}, {8, 4, 8, 8}, {8, 2, 8, 16},
		{8, 1, 8, 32}, {16, 1, 8, 64}, {384, 16, 8, 64}, {384, 48, 8, 32}, {384, 96, 8, 16}, {24, 1, 8, 64}, {12, 3, 8, 16}, {10, 2, 7, 16},
	} {
		if got := compression(Encoding{Encoder: PQ, SubVectors: test.m, CodeSize: test.codeSize}, test.dimension); got != test.want {
			t.Errorf("%d dimensions, %d×%d: got %dx, want %dx", test.dimension, test.m, test.codeSize, got, test.want)
		}
	}
}
