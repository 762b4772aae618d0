package vector

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestSizeJSON tests that a result that was stored is the same.
func TestSizeJSON(t *testing.T) {
	const n = 1_000_000
	o := SizeVectorIndexOptions{
		Vectors: n, Dimension: 384, Replicas: 1, Node: Node{RAM: 1 << 36}, PricePerGBHour: 0.01, MinRecall: 0.9, MaxLatency: time.Millisecond,
		Recalls: []TechniqueRecall{recallAt(Encoding{Encoder: OSQ}, 2, 0.95, n), recallAt(Encoding{Encoder: Binary, Bits: 1}, 5, 0.5, n)},
	}
	want := sizeIt(t, o)
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got SizeVectorIndexResult
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.String() != want.String() {
		t.Error("it prints otherwise")
	}
}

// TestSizeGrows tests that nothing takes less for more vectors, dimensions, replicas,
// edges, shards or segments.
func TestSizeGrows(t *testing.T) {
	base := SizeVectorIndexOptions{Vectors: 999_999, Dimension: 360, Shards: 3, SegmentsPerShard: 4, M: 8, SubVectors: []int{6, 12}, NLists: 5, PricePerGBHour: 0.01}
	for name, change := range map[string]func(*SizeVectorIndexOptions){
		"vectors":    func(o *SizeVectorIndexOptions) { o.Vectors++ },
		"dimension":  func(o *SizeVectorIndexOptions) { o.Dimension += 12 },
		"replicas":   func(o *SizeVectorIndexOptions) { o.Replicas++ },
		"edges":      func(o *SizeVectorIndexOptions) { o.M++ },
		"segments":   func(o *SizeVectorIndexOptions) { o.SegmentsPerShard++ },
		"shards":     func(o *SizeVectorIndexOptions) { o.Shards++ },
		"lists":      func(o *SizeVectorIndexOptions) { o.NLists++ },
		"metadata":   func(o *SizeVectorIndexOptions) { o.Metadata++ },
		"no derived": func(o *SizeVectorIndexOptions) { o.Version = "2.19" },
	} {
		o := base
		for range 20 {
			more := o
			change(&more)
			a, b := sizeIt(t, o), sizeIt(t, more)
			for _, s := range a.Techniques {
				m := sizeOfTechnique(t, b, s.Technique)
				grown := m.Memory.Total > s.Memory.Total && m.Disk > s.Disk
				if m.Memory.Total < s.Memory.Total || m.Disk < s.Disk || m.MonthlyCost < s.MonthlyCost ||
					!grown && (name == "vectors" || name == "replicas") {
					t.Fatalf("more %s, %s: %d and %d bytes, then %d and %d", name, s.Name, s.Memory.Total, s.Disk, m.Memory.Total, m.Disk)
				}
			}
			o = more
		}
	}
}

func sizeOfTechnique(t *testing.T, r SizeVectorIndexResult, technique Technique) TechniqueSize {
	t.Helper()
	for _, s := range r.Techniques {
		if s.Technique == technique {
			return s
		}
	}
	t.Fatalf("there is no %s", technique)
	return TechniqueSize{}
}

// TestSizeCompresses tests that codes are never greater than the vectors, for dimensions
// of which the bytes beside codes are not the most. PQ of few dimensions is greater.
func TestSizeCompresses(t *testing.T) {
	for _, dimension := range []int{8, 96, 384, 1000, 1021, 16_000} {
		for _, s := range sizeIt(t, SizeVectorIndexOptions{Vectors: 1e9, Dimension: dimension}).Techniques {
			if e := s.Technique.Encoding.Encoder; e != PQ && s.Memory.Compression < 1 || dimension > 8 && s.Memory.Compression < 1 {
				t.Errorf("%s of %d dimensions: %v", s.Name, dimension, s.Memory.Compression)
			}
			if s.Memory.VectorCompression < s.Memory.Compression && s.Technique.Method == HNSW {
				t.Errorf("%s of %d dimensions: the index is compressed %v, the vector %v", s.Name, dimension, s.Memory.Compression, s.Memory.VectorCompression)
			}
		}
	}
}

// TestSizeAfterMeasuring tests that what MeasureRecall finds decides: techniques of which
// nothing was measured come after those that meet the wish.
func TestSizeAfterMeasuring(t *testing.T) {
	const n, d = 1200, 16
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, n*d)
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	sample, err := FromValues(d, values)
	if err != nil {
		t.Fatal(err)
	}
	fp32 := Technique{FAISS, HNSW, InMemory, Encoding{Encoder: FP32}}
	fp16 := Technique{FAISS, HNSW, InMemory, Encoding{Encoder: FP16}}
	binary := Technique{FAISS, HNSW, InMemory, Encoding{Encoder: Binary, Bits: 1}}
	measured, err := MeasureRecall(t.Context(), sample, MeasureRecallOptions{Version: "3.8", NumQueries: 20, Techniques: []Technique{fp32, fp16, binary}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := SizeVectorIndex(SizeVectorIndexOptions{Vectors: measured.Target, Dimension: d, Version: "3.8", MinRecall: 0.95, Recalls: measured.Techniques, Recommendation: measured.Recommendation})
	if err != nil {
		t.Fatal(err)
	}
	if first := r.Techniques[0]; first.Technique != fp16 || first.Recall == nil || first.Recall.Recall < 0.95 {
		t.Errorf("the first is %s with recall %v", first.Name, first.Recall)
	}
	if s := sizeOfTechnique(t, r, fp32); s.Recall == nil || s.Recall.Recall != 1 {
		t.Errorf("%s has recall %v", s.Name, s.Recall)
	}
	if s := sizeOfTechnique(t, r, binary); len(s.Excluded) == 0 || s.Recall == nil || s.Recall.Recall > 0.9 {
		t.Errorf("%s has recall %v, excluded %q", s.Name, s.Recall, s.Excluded)
	}
}

func FuzzSizeVectorIndex(f *testing.F) {
	f.Add(int64(1e9), 384, "l2", "3.8", 5, 1, 10, 16, 100, 4, 1, 48, int64(1e9), int64(1<<37), int64(0), int64(1<<40), 0.5, 0.75, 0.01, 0.1, "USD", 10, 0.9, int64(1e8), 0.95, 5.0, "i", "f")
	f.Add(int64(1), 1, "", "2.17", 0, 0, 0, 0, 0, 0, 0, 0, int64(0), int64(0), int64(0), int64(0), 0.0, 0.0, 0.0, 0.0, "", 0, 0.0, int64(0), 0.0, 0.0, "", "")
	f.Add(int64(math.MaxInt64), 16_000, "x", Serverless, 1024, 1000, 1_000_000, 512, 3200, 19_999, 19_999, 1, int64(math.MaxInt64), int64(1), int64(0), int64(1), 1.0, 1e-300, 1e6, 1e6, "\n", -1, math.NaN(), int64(-1), math.Inf(1), -1.0, "/", ".")
	f.Add(int64(1e12), 16_000, "l2", "2.17", 1024, 1, 1, 512, 1, 1, 1, 1000, int64(0), int64(1), int64(0), int64(1), 1e-9, 1e-9, 1e6, 1e6, "", 1, 1.0, int64(1), 1.0, 100.0, "", "")
	f.Fuzz(func(t *testing.T, n int64, dimension int, space, version string, shards, replicas, segments, m, ef, lists, probes, sub int, metadata, ram, heap, disk int64, breaker, cache, price, diskPrice float64, currency string, k int, minRecall float64, latency int64, recall, oversample float64, index, field string) {
		o := SizeVectorIndexOptions{
			Vectors: n, Dimension: dimension, Space: Space(space), Version: version, Shards: shards, Replicas: replicas, SegmentsPerShard: segments,
			M: m, EFConstruction: ef, NLists: lists, NProbes: probes, SubVectors: []int{sub}, Metadata: metadata,
			Node:           Node{RAM: ram, Heap: heap, Disk: disk, CircuitBreaker: breaker, PageCache: cache},
			PricePerGBHour: price, PricePerDiskGBMonth: diskPrice, Currency: currency, K: k, MinRecall: minRecall, MaxLatency: time.Duration(latency),
			Recalls: []TechniqueRecall{recallAt(Encoding{Encoder: Binary, Bits: 1}, oversample, recall, n)}, Index: index, Field: field,
		}
		if sub == 0 {
			o.SubVectors = nil
		}
		found, err := SizeVectorIndex(o)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "vector: size vector index: ") {
				t.Errorf("the error begins otherwise: %v", err)
			}
			return
		}
		if err := o.complete(); err != nil {
			t.Fatal(err)
		}
		for _, s := range found.Techniques {
			checkSized(t, o, s)
		}
		r := sizeAll(o, sizeFake(o), sizeFakeBodies)
		for _, s := range r.Techniques {
			checkSized(t, o, s)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
		if strings.ContainsAny(r.String(), "\x1b\r\t") {
			t.Errorf("the table is not printable: %q", r.String())
		}
	})
}

// checkSized checks what holds for any technique and any options.
func checkSized(t *testing.T, o SizeVectorIndexOptions, s TechniqueSize) {
	t.Helper()
	m := s.Memory
	if m.Vectors < o.Vectors || m.Primary < m.Vectors+m.Graph+m.Shared || m.Total < m.Primary || m.Documented < 1 || m.Graph < 0 || m.Shared < 0 {
		t.Errorf("%s: memory %+v", s.Name, m)
	}
	if s.Disk < o.Vectors || s.Disk < o.Metadata || s.Nodes < 0 || s.MonthlyCost < 0 || math.IsInf(s.MonthlyCost, 0) {
		t.Errorf("%s: disk %d, %d nodes, costs %v", s.Name, s.Disk, s.Nodes, s.MonthlyCost)
	}
	if counted := o.Node.RAM > 0 && o.Version != Serverless; counted != (s.Nodes > int64(o.Replicas)) {
		t.Errorf("%s: %d nodes for %d replicas", s.Name, s.Nodes, o.Replicas)
	}
}
