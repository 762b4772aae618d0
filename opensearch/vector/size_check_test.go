package vector

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestSizeRefuses(t *testing.T) {
	good := SizeVectorIndexOptions{Vectors: 1000, Dimension: 384, Version: "3.8"}
	for _, test := range []struct {
		field  string
		change func(*SizeVectorIndexOptions)
		want   string
	}{
		{"Vectors", func(o *SizeVectorIndexOptions) { o.Vectors = 0 }, "Vectors is 0"},
		{"Vectors", func(o *SizeVectorIndexOptions) { o.Vectors = math.MinInt64 }, "Vectors is -9223372036854775808"},
		{"Dimension", func(o *SizeVectorIndexOptions) { o.Dimension = 16_001 }, "Dimension is 16001: give 1 to 16000"},
		{"Dimension", func(o *SizeVectorIndexOptions) { o.Dimension = -1 }, "Dimension is -1"},
		{"Space", func(o *SizeVectorIndexOptions) { o.Space = "l1" }, `Space is "l1"`},
		{"Version", func(o *SizeVectorIndexOptions) { o.Version = "" }, `Version is ""`},
		{"Version", func(o *SizeVectorIndexOptions) { o.Version = "2.16" }, `Version is "2.16"`},
		{"Version", func(o *SizeVectorIndexOptions) { o.Version = "3.9" }, `Version is "3.9"`},
		{"Version", func(o *SizeVectorIndexOptions) { o.Version = "3.8 " }, `Version is "3.8 "`},
		{"Shards", func(o *SizeVectorIndexOptions) { o.Shards = 1025 }, "Shards is 1025"},
		{"Replicas", func(o *SizeVectorIndexOptions) { o.Replicas = -1 }, "Replicas is -1"},
		{"SegmentsPerShard", func(o *SizeVectorIndexOptions) { o.SegmentsPerShard = -1 }, "SegmentsPerShard is -1"},
		{"M", func(o *SizeVectorIndexOptions) { o.M = 1 }, "M is 1: give 2 to 512"},
		{"EFConstruction", func(o *SizeVectorIndexOptions) { o.EFConstruction = 4000 }, "EFConstruction is 4000"},
		{"NLists", func(o *SizeVectorIndexOptions) { o.NLists = 20_000 }, "NLists is 20000"},
		{"NProbes", func(o *SizeVectorIndexOptions) { o.NProbes = 5 }, "NProbes is 5: give 1 to 4"},
		{"SubVectors", func(o *SizeVectorIndexOptions) { o.SubVectors = []int{48, 7} }, "SubVectors[1] is 7: give a divisor of the dimension of 384"},
		{"SubVectors", func(o *SizeVectorIndexOptions) { o.SubVectors = []int{0} }, "SubVectors[0] is 0"},
		{"SubVectors", func(o *SizeVectorIndexOptions) { o.SubVectors = []int{8, 8} }, "SubVectors[1] is 8 as one before it"},
		{"Metadata", func(o *SizeVectorIndexOptions) { o.Metadata = -1 }, "Metadata is -1"},
		{"Node", func(o *SizeVectorIndexOptions) { o.Node.Disk = 5 }, "Node.RAM is 0"},
		{"Node", func(o *SizeVectorIndexOptions) { o.Node = Node{RAM: 1 << 30, Heap: 1 << 30} }, "Node.Heap is 1073741824"},
		{"Node", func(o *SizeVectorIndexOptions) { o.Node = Node{RAM: -5} }, "Node.RAM is -5"},
		{"Node", func(o *SizeVectorIndexOptions) { o.Node = Node{RAM: 1 << 30, CircuitBreaker: 50} }, "Node.CircuitBreaker is 50: give 0 to 1"},
		{"Node", func(o *SizeVectorIndexOptions) { o.Node = Node{RAM: 1 << 30, PageCache: math.NaN()} }, "Node.PageCache is NaN"},
		{"price", func(o *SizeVectorIndexOptions) { o.PricePerGBHour = math.Inf(1) }, "PricePerGBHour is +Inf"},
		{"price", func(o *SizeVectorIndexOptions) { o.PricePerGBHour = -1 }, "PricePerGBHour is -1"},
		{"price", func(o *SizeVectorIndexOptions) { o.PricePerDiskGBMonth = 1 }, "PricePerDiskGBMonth 1: give both"},
		{"Currency", func(o *SizeVectorIndexOptions) { o.Currency = "U\x1b[2J" }, `Currency is "U\x1b[2J"`},
		{"K", func(o *SizeVectorIndexOptions) { o.K = 10_001 }, "K is 10001"},
		{"MinRecall", func(o *SizeVectorIndexOptions) { o.MinRecall = 90 }, "MinRecall is 90: give 0 to 1"},
		{"MinRecall", func(o *SizeVectorIndexOptions) { o.MinRecall = math.NaN() }, "MinRecall is NaN"},
		{"MaxLatency", func(o *SizeVectorIndexOptions) { o.MaxLatency = -1 }, "MaxLatency is -1ns"},
		{"Index", func(o *SizeVectorIndexOptions) { o.Index = "_all" }, `Index is "_all"`},
		{"Index", func(o *SizeVectorIndexOptions) { o.Index = "a/b" }, `Index is "a/b"`},
		{"Index", func(o *SizeVectorIndexOptions) { o.Index = "Vectors" }, `Index is "Vectors"`},
		{"Field", func(o *SizeVectorIndexOptions) { o.Field = "a..b" }, `Field is "a..b"`},
		{"Recalls", func(o *SizeVectorIndexOptions) { o.Recalls = []TechniqueRecall{{Target: RecallAt{Recall: math.NaN()}}} }, "Recalls[0].Target has NaN"},
		{"Recalls", func(o *SizeVectorIndexOptions) { o.Recommendation = &Recommendation{Oversample: 101} }, "Recommendation.Oversample is 101"},
	} {
		t.Run(test.field, func(t *testing.T) {
			o := good
			test.change(&o)
			_, err := SizeVectorIndex(o)
			if err == nil || !strings.HasPrefix(err.Error(), "vector: size vector index: "+test.want) && !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one error: %v", err)
			}
		})
	}
	for _, version := range []string{"3.8", "3.8.0", "OpenSearch_3.8"} {
		good.Version = version
		if r, err := SizeVectorIndex(good); err != nil || r.Version != "3.8" {
			t.Errorf("%s: %q, %v", version, r.Version, err)
		}
	}
}

// TestSizeRefusesAll tests that all that is wrong is told at once.
func TestSizeRefusesAll(t *testing.T) {
	_, err := SizeVectorIndex(SizeVectorIndexOptions{Replicas: -1, MinRecall: 2, Index: "A"})
	for _, want := range []string{"Vectors is 0", "Dimension is 0", "Version is", "Replicas is -1", "MinRecall is 2", `Index is "A"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell %s", err, want)
		}
	}
}

// TestSizeHuge tests that what is beyond int64 is refused, and what is not is exact.
func TestSizeHuge(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1e12, Dimension: MaxDimension, Shards: 512}
	m := sizeOf(t, sizeIt(t, o), FAISS, HNSW, Encoding{Encoder: FP32}).Memory
	if m.Total != 70_540_800_000_000_000 {
		t.Errorf("got %d", m.Total)
	}
	for _, change := range []func(*SizeVectorIndexOptions){
		func(o *SizeVectorIndexOptions) { o.Vectors = math.MaxInt64 },
		func(o *SizeVectorIndexOptions) { o.Replicas = 1000 },
		func(o *SizeVectorIndexOptions) { o.Metadata = math.MaxInt64 },
	} {
		o := SizeVectorIndexOptions{Vectors: 1e12, Dimension: MaxDimension, Shards: 512, Version: "2.17"}
		change(&o)
		if _, err := SizeVectorIndex(o); err == nil || !strings.Contains(err.Error(), "give what takes less") {
			t.Errorf("got %v", err)
		}
	}
}

func TestDefaultSubVectors(t *testing.T) {
	for dimension, want := range map[int][]int{
		384: {16, 48, 96}, 768: {32, 96, 192}, 1: {1}, 7: {1}, 1021: {1}, 100: {4, 10, 25}, 16_000: {640, 1000}, 6: {1}, 8: {1, 2},
	} {
		got := defaultSubVectors(dimension)
		if !slices.Equal(got, want) {
			t.Errorf("%d: got %v, want %v", dimension, got, want)
		}
	}
	for dimension := 1; dimension <= MaxDimension; dimension += 7 {
		for _, m := range defaultSubVectors(dimension) {
			if dimension%m != 0 || m > maxSubVectors {
				t.Fatalf("%d: %d", dimension, m)
			}
		}
	}
}
