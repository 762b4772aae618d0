package vector

import (
	"math"
	"testing"
)

// What is measured of real embeddings must be near to what others have published of a
// model of the same family (k-NN issue 2714, MiniLM over MS MARCO, 32x on disk with the
// default rescoring: 0.90), and of other data (the blogs about fp16, bytes and disk-based
// search).
func TestPublished(t *testing.T) {
	if raceEnabled {
		t.Skip("it is about figures, and takes long with the race detector")
	}
	sample, err := Open(t.Context(), "../../examples/opensearch-vectors/vectors.npy", OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer sample.Close()
	bits := func(n int) Technique { return Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: Binary, Bits: n}} }
	opts := MeasureRecallOptions{Version: "2.19", Space: Cosine, K: 100, TargetVectors: 1e6, Techniques: []Technique{
		bits(1), bits(2), bits(4), {FAISS, HNSW, InMemory, Encoding{Encoder: FP16}}, {Lucene, HNSW, InMemory, Encoding{Encoder: Byte}},
	}}
	result, err := MeasureRecall(t.Context(), sample, opts)
	if err != nil {
		t.Fatal(err)
	}
	found := map[Encoding]RecallAt{}
	for _, row := range result.Techniques {
		found[row.Technique.Encoding] = row.Target
		t.Logf("%s: %.3f, from %.3f to %.3f", row.Name, row.Target.Recall, row.Target.Low, row.Target.High)
	}
	for _, c := range []struct {
		technique Technique
		published float64 // of fp32, where it is of a search through a graph
		off       float64
	}{
		{bits(1), 0.90, 0.06}, {bits(2), 0.97, 0.03}, {bits(4), 0.98, 0.02}, {opts.Techniques[3], 0.9994, 0.002}, {opts.Techniques[4], 0.99, 0.03},
	} {
		at := found[c.technique.Encoding]
		if math.Abs(at.Recall-c.published) > c.off || at.Low > c.published || at.High < c.published-0.001 {
			t.Errorf("%s: %.3f, from %.3f to %.3f; published is %.3f", c.technique, at.Recall, at.Low, at.High, c.published)
		}
	}
}
