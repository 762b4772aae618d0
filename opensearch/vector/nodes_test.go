package vector

import (
	"slices"
	"strings"
	"testing"
)

func TestNodes(t *testing.T) {
	const g = 1 << 30
	fp32, osq := Encoding{Encoder: FP32}, Encoding{Encoder: OSQ}
	for _, test := range []struct {
		name    string
		o       SizeVectorIndexOptions
		e       Encoding
		want    int64
		warning string
	}{
		// 1.1·(4·384 + 8·16)·10⁸ is 170.5 GiB; a node has (64 - 32)·0.5, which is 16.
		{"as many shards as nodes", SizeVectorIndexOptions{Shards: 11, Node: Node{RAM: 64 * g}}, fp32, 11, ""},
		{"two shards on a node", SizeVectorIndexOptions{Shards: 22, Node: Node{RAM: 64 * g}}, fp32, 11, ""},
		{"whole shards", SizeVectorIndexOptions{Shards: 12, Node: Node{RAM: 64 * g}}, fp32, 12, ""},
		{"shards are too big", SizeVectorIndexOptions{Shards: 5, Node: Node{RAM: 64 * g}}, fp32, 11, "make 11 primary shards or more"},
		{"a replica doubles", SizeVectorIndexOptions{Shards: 11, Replicas: 1, Node: Node{RAM: 64 * g}}, fp32, 22, ""},
		{"circuit breaker", SizeVectorIndexOptions{Shards: 22, Node: Node{RAM: 64 * g, CircuitBreaker: 0.25}}, fp32, 22, ""},
		{"a smaller heap", SizeVectorIndexOptions{Shards: 11, Node: Node{RAM: 64 * g, Heap: 1 * g}}, fp32, 6, ""},
		{"as many nodes as copies", SizeVectorIndexOptions{Replicas: 2, Node: Node{RAM: 2048 * g}}, fp32, 3, ""},
		// 1.1·(64 + 128)·10⁸ is 19.7 GiB of page cache, of which a node has 32·0.75, 24.
		{"page cache", SizeVectorIndexOptions{Node: Node{RAM: 64 * g}}, osq, 1, ""},
		{"less page cache", SizeVectorIndexOptions{Shards: 2, Node: Node{RAM: 64 * g, PageCache: 0.5}}, osq, 2, ""},
		// disk: (4·384 + 48 + 16 + 128)·10⁸ is 160.9 GiB, of which a node takes 85.
		{"disk", SizeVectorIndexOptions{Shards: 4, Node: Node{RAM: 64 * g, Disk: 100 * g}}, osq, 2, ""},
		{"a disk is not filled", SizeVectorIndexOptions{Shards: 4, Node: Node{RAM: 64 * g, Disk: 165 * g}}, osq, 2, ""},
		{"disk is too small", SizeVectorIndexOptions{Node: Node{RAM: 64 * g, Disk: 100 * g}}, osq, 2, "of disk and a node has"},
		{"no node", SizeVectorIndexOptions{}, fp32, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.Vectors, test.o.Dimension = 100_000_000, 384
			s := sizeOf(t, sizeIt(t, test.o), FAISS, HNSW, test.e)
			if s.Nodes != test.want {
				t.Errorf("got %d nodes, want %d", s.Nodes, test.want)
			}
			warnings := slices.DeleteFunc(s.Warnings, func(s string) bool { return strings.HasPrefix(s, "FAISS keeps") })
			if got := strings.Join(warnings, "; "); (test.warning == "") != (got == "") || !strings.Contains(got, test.warning) {
				t.Errorf("warnings: %q, want %q", got, test.warning)
			}
		})
	}
}

func TestNodesServerless(t *testing.T) {
	r := sizeIt(t, SizeVectorIndexOptions{Vectors: 1000, Dimension: 8, Version: Serverless, Node: Node{RAM: 1 << 34}})
	for _, s := range r.Techniques {
		if s.Nodes != 0 {
			t.Errorf("%s: %d nodes", s.Name, s.Nodes)
		}
	}
	if !slices.ContainsFunc(r.Notes, func(s string) bool { return strings.Contains(s, "no nodes to count") }) {
		t.Errorf("notes: %q", r.Notes)
	}
}

func TestCost(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1_000_000_000, Dimension: 384, PricePerGBHour: 0.01, PricePerDiskGBMonth: 0.1}
	s := sizeOf(t, sizeIt(t, o), FAISS, HNSW, Encoding{Encoder: FP32})
	// 1830.4 GB for 730 hours, and 2·1536 + 128 bytes of 10⁹ vectors on disk
	if s.Disk != 3_200_000_000_000 || s.MonthlyCost != 1830.4*0.01*730+320 {
		t.Errorf("got %v for %d bytes of disk", s.MonthlyCost, s.Disk)
	}
	if s := sizeOf(t, sizeIt(t, SizeVectorIndexOptions{Vectors: 1, Dimension: 1}), FAISS, HNSW, Encoding{Encoder: FP32}); s.MonthlyCost != 0 {
		t.Errorf("it costs %v without prices", s.MonthlyCost)
	}
}

func TestDisk(t *testing.T) {
	const n, d = 1_000_000, 384
	const graph = 8 * 16 * n
	for _, test := range []struct {
		name    string
		version string
		engine  Engine
		e       Encoding
		want    int64
	}{
		{"FAISS has its own vectors", "3.8", FAISS, Encoding{Encoder: FP32}, n*(4*d+4*d) + graph},
		{"Lucene has not", "3.8", Lucene, Encoding{Encoder: FP32}, n*4*d + graph},
		{"Lucene bytes", "3.8", Lucene, Encoding{Encoder: Byte}, n*d + graph},
		{"FAISS bytes", "3.8", FAISS, Encoding{Encoder: Byte}, n*2*d + graph},
		{"codes beside vectors", "3.8", Lucene, Encoding{Encoder: SQ7}, n*(4*d+d+4) + graph},
		{"binary", "3.8", FAISS, Encoding{Encoder: Binary, Bits: 1}, n*(4*d+d/8) + graph},
		{"no text from 3.0 on", "3.0", FAISS, Encoding{Encoder: FP32}, n*(4*d+4*d) + graph},
		{"text in _source", "2.19", FAISS, Encoding{Encoder: FP32}, n*(4*d+4*d+12*d) + graph},
		{"text of bytes", "2.19", Lucene, Encoding{Encoder: Byte}, n*(d+5*d) + graph},
		{"not known", Serverless, Lucene, Encoding{Encoder: FP32}, n*(4*d+12*d) + graph},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := SizeVectorIndexOptions{Vectors: n, Dimension: d, Version: test.version, Metadata: 1000, Replicas: 1}
			if got := sizeOf(t, sizeIt(t, o), test.engine, HNSW, test.e).Disk; got != 2*(test.want+1000) {
				t.Errorf("got %d, want %d", got, 2*(test.want+1000))
			}
		})
	}
}
