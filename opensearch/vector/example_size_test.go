package vector_test

import (
	"fmt"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A billion vectors, with a replica: what the graphs take that keep each dimension as it
// is, with 16 bits, with 1 bit.
func ExampleSizeVectorIndex() {
	sizes, err := vector.SizeVectorIndex(vector.SizeVectorIndexOptions{
		Vectors: 1_000_000_000, Dimension: 384, Version: "3.8",
		Shards: 40, Replicas: 1, Node: vector.Node{RAM: 128 << 30},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range sizes.Techniques {
		switch t.Technique {
		case vector.Technique{Engine: vector.FAISS, Method: vector.HNSW, Mode: vector.InMemory, Encoding: vector.Encoding{Encoder: vector.FP32}},
			vector.Technique{Engine: vector.FAISS, Method: vector.HNSW, Mode: vector.InMemory, Encoding: vector.Encoding{Encoder: vector.FP16}},
			vector.Technique{Engine: vector.FAISS, Method: vector.HNSW, Mode: vector.OnDisk, Encoding: vector.Encoding{Encoder: vector.OSQ}}:
			fmt.Printf("%s: %.1f GB, %d nodes\n  %s\n", t.Name, float64(t.Memory.Total)/1e9, t.Nodes, t.Memory.Formula)
		}
	}
	// Output:
	// faiss hnsw osq 1 bit, on_disk: 422.4 GB, 6 nodes
	//   1.1 * (1*384/8 + 16 + 8*16) * 1000000000 * 2
	// faiss hnsw fp16, in_memory: 1971.2 GB, 40 nodes
	//   1.1 * (2*384 + 8*16) * 1000000000 * 2
	// faiss hnsw fp32, in_memory: 3660.8 GB, 80 nodes
	//   1.1 * (4*384 + 8*16) * 1000000000 * 2
}
