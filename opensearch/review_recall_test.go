package opensearch_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// Vectors of small numbers have distances that a score of 32 bits does not tell apart:
// what an index finds by such scores is no truth.
func TestMeasureIndexRecallSmallNumbers(t *testing.T) {
	for _, space := range []string{"l2", "innerproduct"} {
		vectors := recallData(1, 400, 8)
		for _, v := range vectors {
			for i := range v {
				v[i] *= 1e-5
			}
		}
		w := newRecallWorld(t, vectorsHost)
		w.index("books", "", `,"space_type":"`+space+`"`, vectors)
		opts := opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", GroundTruth: opensearch.ByReading, Dir: t.TempDir()}
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts)
		if err != nil || result.Recalls[0].Recall.Recall > 0.9 || len(result.Notes) > 0 {
			t.Errorf("%s: the index orders by scores that are all alike, and is said to find %+v, %q, %v", space, result.Recalls, result.Notes, err)
		}
		opts.GroundTruth = opensearch.ByScript
		result, err = opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts)
		if err != nil || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "the distances of 100 of 100 queries are too small") {
			t.Errorf("%s: scripts tell no distances, and it is not said: %q, %v", space, result.Notes, err)
		}
	}
}

// A window of two results leaves no third of it for documents at equal distance.
func TestMeasureIndexRecallSmallWindow(t *testing.T) {
	same := make([][]float32, 40)
	for i := range same {
		same[i] = []float32{1, 2}
	}
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.MaxCalls = 500
		w.index("books", `,"max_result_window":2`, "", same)
		w.whenever("/_search", func(_ int, body string) *standin.Fault {
			if !strings.Contains(body, `"knn":{"v"`) {
				return nil
			}
			return &standin.Fault{Status: 200, Body: `{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[{"_id":"38"},{"_id":"39"}]}}`}
		})
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
			Index: "books", Field: "v", K: 2, Queries: slicesOf(t, same[:1]), GroundTruth: truth, Dir: t.TempDir(),
		})
		if truth == opensearch.ByReading { // one page of two cannot have all that share a number, but has them here
			if err != nil && !strings.Contains(err.Error(), "reading vectors") {
				t.Errorf("got %v", err)
			}
			continue
		}
		if err != nil || result.Recalls[0].Recall.Recall != 1 {
			t.Errorf("%s: got %+v, %v", truth, result.Recalls, err)
		}
	}
}

// Vectors are read in every form that OpenSearch takes: with numbers in quotation marks, and in
// an object that is in a list.
func TestMeasureIndexRecallForms(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.do("PUT", "/books", `{"settings":{"index.knn":true},"mappings":{"properties":{"o":{"properties":{"v":{"type":"knn_vector","dimension":1}}}}}}`)
		w.do("POST", "/books/_bulk?refresh=true", `{"index":{}}
{"o":{"v":["1.5"]}}
{"index":{}}
{"o":[{"n":1},{"v":["2.5"]}]}
{"index":{}}
{"o":{"v":[4]}}
`)
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
			Index: "books", Field: "o.v", K: 2, GroundTruth: truth, Dir: t.TempDir(),
		})
		if err != nil || result.Recalls[0].Recall.Recall != 1 || result.Queries != int(result.Documents) || result.Documents != 3 {
			t.Errorf("%s: got %+v, %v", truth, result, err)
		}
	}
}

// An index that was deleted and made again meanwhile is another, although it has as
// many documents and writes.
func TestMeasureIndexRecallReplaced(t *testing.T) {
	w := newRecallWorld(t, vectorsHost)
	w.index("books", "", "", recallData(1, 60, 4))
	done := false
	result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
		Index: "books", Field: "v", NumQueries: 20, Concurrency: 1,
		Progress: func(p opensearch.MeasureIndexRecallProgress) {
			if p.Measured == 10 && !done {
				done = true
				w.do("DELETE", "/books", "")
				w.index("books", "", oneBit, recallData(1, 60, 4))
			}
		},
	})
	if err != nil || !done || !result.Changed || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "another index of this name") {
		t.Errorf("got %+v, %v", result, err)
	}
}

// Documents that pages leave out, as those of a copy that lags behind, are not passed over.
func TestMeasureIndexRecallReadsLess(t *testing.T) {
	w := newRecallWorld(t, vectorsHost)
	vectors := recallData(1, 60, 2)
	w.index("books", "", "", vectors)
	w.whenever("/_search", func(_ int, body string) *standin.Fault {
		if !strings.Contains(body, `"asc"`) {
			return nil
		}
		hit := fmt.Sprintf(`{"_id":"7","_source":{"v":%s},"sort":[7]}`, vectorText(vectors[7]))
		return &standin.Fault{Status: 200, Body: `{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[` + hit + `]}}`}
	})
	result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
		Index: "books", Field: "v", K: 1, Queries: slicesOf(t, vectors[7:8]), GroundTruth: opensearch.ByReading, Dir: t.TempDir(),
	})
	if err != nil || !result.Changed || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "1 documents with a vector were read, where 60 were counted") {
		t.Errorf("got %+v, %v", result, err)
	}
}

// A count without all shards is asked for again, like a search.
func TestMeasureIndexRecallCountPartial(t *testing.T) {
	for _, always := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newRecallWorld(t, vectorsHost)
			w.index("books", "", "", recallData(1, 50, 4))
			w.whenever("/_count", func(n int, _ string) *standin.Fault {
				if always || n%2 == 1 {
					return &standin.Fault{Status: 200, Body: `{"count":7,"_shards":{"total":2,"successful":1,"failed":0}}`}
				}
				return nil
			})
			result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", NumQueries: 5})
			if always && (err == nil || !strings.Contains(err.Error(), "only 1 of 2 shards have answered (5 attempts)")) {
				t.Errorf("got %v", err)
			}
			if !always && (err != nil || result.Documents != 50 || result.Changed) {
				t.Errorf("got %+v, %v", result, err)
			}
		})
	}
}

// What an engine or version refuses is named by the option that asks for it.
func TestMeasureIndexRecallNamesWhatIsRefused(t *testing.T) {
	w := newRecallWorld(t, vectorsHost)
	w.index("books", "", "", recallData(1, 50, 4))
	w.whenever("/_search", func(_ int, body string) *standin.Fault {
		if !strings.Contains(body, `"knn":{"v"`) {
			return nil
		}
		return &standin.Fault{Status: http.StatusBadRequest, Type: "x_content_parse_exception", Reason: "[knn] unknown field [rescore]"}
	})
	_, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
		Index: "books", Field: "v", NumQueries: 5, Oversample: []float64{2.5}, EFSearch: 300,
	})
	refused, ok := errors.AsType[*opensearch.Error](err)
	if !ok || refused.Status != 400 || !strings.Contains(err.Error(), "k-NN search with the oversample_factor 2.5 of Oversample with the ef_search 300 of EFSearch: ") {
		t.Errorf("got %v", err)
	}
}

// Nothing is left of what was read even if the caller's own function panics.
func TestMeasureIndexRecallPanics(t *testing.T) {
	dir := t.TempDir()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}()
	w := newRecallWorld(t, vectorsHost)
	w.index("books", "", "", recallData(1, 50, 4))
	_, _ = opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
		Index: "books", Field: "v", GroundTruth: opensearch.ByReading, Dir: dir,
		Progress: func(p opensearch.MeasureIndexRecallProgress) {
			if p.Read > 0 {
				panic("a bug of the caller")
			}
		},
	})
}
