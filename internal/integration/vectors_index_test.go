package integration_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// TestMeasureIndexRecall measures indices of a real server, of known shards and
// segments. By script and by reading, the same recall comes out; and it is the one that
// vector.MeasureRecall predicts, but for what the graph loses, which the index
// without quantization shows.
func TestMeasureIndexRecall(t *testing.T) {
	const n, dimension, k = 6_000, 64, 60
	vectors, queries := hardVectors(1, n, dimension), hardVectors(2, 60, dimension)
	method := `"method":{"name":"hnsw","engine":"lucene","space_type":"l2"}`
	tests := []struct {
		version, name, field string
		encoder              vector.Encoder
		factors              []float64
		easy, hard           float64 // recall of the first factor is from hard to easy
	}{
		{"3knn", "fp32", method, vector.FP32, []float64{0}, 1, 0.99},
		{"3knn", "4x", `"mode":"on_disk","compression_level":"4x"`, vector.SQ7, []float64{0, 3}, 0.97, 0.6},
		{"3knn", "32x", `"mode":"on_disk","compression_level":"32x",` + method, vector.OSQ, []float64{0, 1, 5}, 0.9, 0.5},
		{"2knn", "7 bits", `"method":{"name":"hnsw","engine":"lucene","space_type":"l2","parameters":{"encoder":{"name":"sq"}}}`, vector.SQ7, []float64{0}, 0.97, 0.6},
	}
	sample, err := vector.FromSlices(queries)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.version+" "+test.name, func(t *testing.T) {
			server := sharedOpenSearch(t, test.version)
			index := uniqueName(t)
			server.createHardIndex(t, index, dimension, test.field)
			for half := range 2 {
				server.loadHard(t, index, vectors[half*n/2:(half+1)*n/2], half*n/2)
			}
			opts := opensearch.MeasureIndexRecallOptions{
				Index: index, Field: "v", K: k, Queries: sample, Oversample: test.factors, GroundTruth: opensearch.ByReading, Predict: true, Dir: t.TempDir(),
			}
			read, err := opensearch.MeasureIndexRecall(t.Context(), server.recallClients(t), opts)
			if err != nil {
				t.Fatal(err)
			}
			opts.GroundTruth, opts.Predict = opensearch.ByScript, false
			scored, err := opensearch.MeasureIndexRecall(t.Context(), server.recallClients(t), opts)
			if err != nil {
				t.Fatal(err)
			}
			if segments := segmentsOf(read.Shards); len(read.Shards) != 2 || segments != 4 || read.Documents != n || read.Changed || len(read.Unknown) > 0 {
				t.Errorf("got %+v of %d segments", read, segments)
			}
			if !read.Technique.Known || read.Technique.Engine != vector.Lucene || read.Technique.Encoding.Encoder != test.encoder {
				t.Errorf("got %+v", read.Technique)
			}
			for i, r := range read.Recalls {
				if s := scored.Recalls[i]; r.Recall != s.Recall || r.Least != s.Least {
					t.Errorf("oversample_factor %v: by reading %+v, by script %+v", r.Oversample, r.Recall, s.Recall)
				}
				if r.Predicted == nil || math.Abs(r.Recall.Recall-r.Predicted.Recall) > 0.02 {
					t.Errorf("oversample_factor %v: measured %+v, predicted %+v", r.Oversample, r.Recall, r.Predicted)
				} else {
					t.Logf("oversample_factor %v: measured %.4f, predicted %.4f, median %v", r.Oversample, r.Recall.Recall, r.Predicted.Recall, r.Median)
				}
			}
			if r := read.Recalls[0].Recall.Recall; r < test.hard || r > test.easy {
				t.Errorf("the data shows nothing with a recall of %v", r)
			}
		})
	}
}

func segmentsOf(shards []opensearch.IndexShard) (n int) {
	for _, s := range shards {
		n += s.Segments
	}
	return n
}

// hardVectors have directions in which they differ much and others in which they hardly
// do, around one centre: graphs find their neighbours, and single bits do not tell them.
func hardVectors(seed uint64, n, dimension int) [][]float32 {
	random := rand.New(rand.NewPCG(seed, 7))
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = make([]float32, dimension)
		for j := range vectors[i] {
			vectors[i][j] = float32(random.NormFloat64() * math.Exp(-3*float64(j)/float64(dimension)))
		}
	}
	return vectors
}

func (s *openSearchServer) recallClients(t *testing.T) opensearch.Clients {
	t.Helper()
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{s.URL(0)}})
	if err != nil {
		t.Fatal(err)
	}
	return opensearch.Clients{Conn: conn}
}

// createHardIndex makes an index of two shards that is refreshed when it is told to.
func (s *openSearchServer) createHardIndex(t *testing.T, index string, dimension int, field string) {
	t.Helper()
	s.want(t, "PUT", "/"+index, json.RawMessage(fmt.Sprintf(`{
		"settings":{"index.knn":true,"number_of_shards":2,"number_of_replicas":0,"refresh_interval":"-1"},
		"mappings":{"properties":{"v":{"type":"knn_vector","dimension":%d,%s}}}}`, dimension, field)), 200)
}

// loadHard makes a segment of vectors in each shard.
func (s *openSearchServer) loadHard(t *testing.T, index string, vectors [][]float32, first int) {
	t.Helper()
	for from := 0; from < len(vectors); from += 1000 {
		var lines strings.Builder
		for i, v := range vectors[from:min(len(vectors), from+1000)] {
			fmt.Fprintf(&lines, "{\"index\":{\"_id\":\"%d\"}}\n{\"v\":%s}\n", first+from+i, strings.ReplaceAll(fmt.Sprint(v), " ", ","))
		}
		s.want(t, "POST", "/"+index+"/_bulk", lines.String(), 200, `"errors":false`)
	}
	s.want(t, "POST", "/"+index+"/_refresh", nil, 200)
}
