package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

const oneBit = `,"mode":"on_disk","compression_level":"32x","method":{"name":"hnsw","engine":"lucene"}`

// TestMeasureIndexRecallKnown compares with what another implementation finds.
func TestMeasureIndexRecallKnown(t *testing.T) {
	vectors, queries := recallData(1, 800, 48), recallData(2, 20, 48)
	var want []float64
	for _, candidates := range []int{100, 100, 300, 800} { // 100 is the least that is scored again
		want = append(want, oneBitRecall(vectors, queries, 20, candidates))
	}
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.index("books", "", oneBit, vectors)
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
			Index: "books", Field: "v", K: 20, Queries: slicesOf(t, queries), Oversample: []float64{0, 1, 15, 40}, GroundTruth: truth, Dir: t.TempDir(), Concurrency: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range want {
			got := result.Recalls[i]
			if math.Abs(got.Recall.Recall-want) > 1e-9 || got.Recall.Low > want || got.Recall.High < want || got.Least > want || got.Recall.Vectors != 800 {
				t.Errorf("%s: got %+v, want %v", truth, got, want)
			}
		}
		if r := result.Recalls; r[0].Recall.Recall > 0.95 || r[2].Recall.Recall <= r[0].Recall.Recall || r[3].Recall.Recall != 1 {
			t.Errorf("the data shows nothing: %+v", r)
		}
		if result.Documents != 800 || result.DocumentsAfter != 800 || result.Changed || result.Without != 0 || result.Queries != 20 || result.Drawn ||
			result.Dimension != 48 || result.Version != "3.6.0" || !reflect.DeepEqual(result.Shards, []opensearch.IndexShard{{Segments: 1, Documents: 800}}) {
			t.Errorf("got %+v", result)
		}
		if want := (vector.Encoding{Encoder: vector.OSQ}); !result.Technique.Known || result.Technique.Encoding != want || result.Technique.Engine != vector.Lucene {
			t.Errorf("got %+v", result.Technique)
		}
		// index, count twice, sequence, info, segments; afterwards index, count twice, sequence.
		if want := 10 + 20*4 + map[opensearch.GroundTruth]int{opensearch.ByScript: 20, opensearch.ByReading: 1}[truth]; result.Requests != want {
			t.Errorf("%s: %d requests, want %d", truth, result.Requests, want)
		}
		if w.Count() != result.Requests {
			t.Errorf("%d requests are said, and %d were made", result.Requests, w.Count())
		}
	}
}

// An index that loses nothing has a recall of 1, whatever there is in it.
func TestMeasureIndexRecallExact(t *testing.T) {
	data := recallData(1, 150, 12)
	same := make([][]float32, 100)
	for i := range same {
		same[i] = []float32{1, 2, 3}
	}
	twice := append(recallData(1, 30, 4), recallData(1, 30, 4)...)
	tests := []struct {
		name, field string
		vectors     [][]float32
		opts        opensearch.MeasureIndexRecallOptions
		queries     int
	}{
		{"l2", "", data, opensearch.MeasureIndexRecallOptions{}, 100},
		{"inner product", `,"space_type":"innerproduct"`, data, opensearch.MeasureIndexRecallOptions{NumQueries: 300}, 150},
		{"cosine", `,"method":{"name":"hnsw","engine":"lucene","space_type":"cosinesimil"}`, data, opensearch.MeasureIndexRecallOptions{}, 100},
		{"bytes", `,"data_type":"BYTE"`, bytesOf(recallData(1, 150, 12)), opensearch.MeasureIndexRecallOptions{}, 100},
		{"more results than vectors", "", data, opensearch.MeasureIndexRecallOptions{K: 9_999}, 100},
		{"all alike", "", same, opensearch.MeasureIndexRecallOptions{}, 100},
		{"each twice", "", twice, opensearch.MeasureIndexRecallOptions{K: 1}, 60},
		{"two", "", data[:2], opensearch.MeasureIndexRecallOptions{}, 2},
		{"one, and a query", "", data[:1], opensearch.MeasureIndexRecallOptions{Queries: slicesOf(t, data[5:6])}, 1},
		{"with ef_search", "", data, opensearch.MeasureIndexRecallOptions{EFSearch: 200, NumQueries: 5}, 5},
	}
	for _, test := range tests {
		for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
			t.Run(test.name+" by "+string(truth), func(t *testing.T) {
				w := newRecallWorld(t, vectorsHost)
				w.index("books", `,"number_of_shards":3`, test.field, test.vectors)
				w.do("POST", "/books/_bulk?refresh=true", "{\"index\":{\"_id\":\"none\"}}\n{\"v\":null}\n{\"index\":{\"_id\":\"other\"}}\n{\"n\":1}\n")
				test.opts.Index, test.opts.Field, test.opts.GroundTruth, test.opts.Dir = "books", "v", truth, t.TempDir()
				before := w.server.State()
				result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), test.opts)
				if err != nil {
					t.Fatal(err)
				}
				if r := result.Recalls[0]; r.Recall.Recall != 1 || r.Least != 1 || r.Recall.High != 1 || result.Queries != test.queries {
					t.Errorf("got %+v of %d queries", r, result.Queries)
				}
				if result.Documents != int64(len(test.vectors)) || result.Without != 2 || len(result.Shards) != 3 {
					t.Errorf("got %+v", result)
				}
				if w.server.State() != before {
					t.Error("it changed the index")
				}
				if left, err := os.ReadDir(test.opts.Dir); err != nil || len(left) > 0 {
					t.Errorf("left behind: %v, %v", left, err)
				}
			})
		}
	}
}

// Documents at the same distance stand for each other, also beyond those that are
// looked up: an index that finds any of 100 that are alike has found what there is.
func TestMeasureIndexRecallTies(t *testing.T) {
	var vectors [][]float32
	for i := range 200 {
		vectors = append(vectors, []float32{float32(i % 2), 0, 0}) // 100 of each
	}
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.index("books", "", "", vectors)
		// Searches find the last ones first, which no list of neighbours begins with.
		w.whenever("/_search", func(_ int, body string) *standin.Fault {
			if !strings.Contains(body, `"knn":`) {
				return nil
			}
			var hits []string
			for i := 199; i > 178; i -= 2 {
				hits = append(hits, fmt.Sprintf(`{"_index":"books","_id":"%d","_score":0.5}`, i))
			}
			hits[3] = `{"_index":"books","_id":"100","_score":0.5}` // which is another
			hits[4] = `{"_index":"books","_id":"gone","_score":0.5}`
			return &standin.Fault{Status: 200, Body: `{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[` + strings.Join(hits, ",") + `]}}`}
		})
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
			Index: "books", Field: "v", Queries: slicesOf(t, [][]float32{{1, 0, 0}}), GroundTruth: truth, Dir: t.TempDir(),
		})
		if err != nil || result.Recalls[0].Recall.Recall != 0.8 {
			t.Errorf("%s: got %+v, %v", truth, result.Recalls, err)
		}
	}
}

// One seed draws the same queries, another one others.
func TestMeasureIndexRecallSeed(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.index("books", `,"number_of_shards":2`, oneBit, recallData(1, 600, 40))
		var results []opensearch.MeasureIndexRecallResult
		for _, seed := range []uint64{1, 1, 2} {
			r, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
				Index: "books", Field: "v", K: 50, NumQueries: 20, Seed: seed, GroundTruth: truth, Dir: t.TempDir(), Concurrency: 8,
			})
			if err != nil {
				t.Fatal(err)
			}
			r.Recalls[0].Median, r.Recalls[0].P90 = 0, 0
			results = append(results, r)
		}
		if !reflect.DeepEqual(results[0], results[1]) || reflect.DeepEqual(results[0].Recalls, results[2].Recalls) {
			t.Errorf("%s: got %+v", truth, results)
		}
		if r := results[0].Recalls[0].Recall.Recall; r > 0.99 || r < 0.3 {
			t.Errorf("the data shows nothing: %v", r)
		}
	}
}

// Vectors are read in several requests, with documents that share a sequence number.
func TestMeasureIndexRecallPages(t *testing.T) {
	w := newRecallWorld(t, vectorsHost)
	w.index("books", `,"number_of_shards":5,"max_result_window":40`, "", recallData(1, 700, 8))
	var progress []opensearch.MeasureIndexRecallProgress
	opts := opensearch.MeasureIndexRecallOptions{
		Index: "books", Field: "v", GroundTruth: opensearch.ByReading, Dir: t.TempDir(), NumQueries: 30,
		Progress: func(p opensearch.MeasureIndexRecallProgress) { progress = append(progress, p) },
	}
	result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts)
	if err != nil || result.Recalls[0].Recall.Recall != 1 || result.Queries != 30 {
		t.Fatalf("got %+v, %v", result, err)
	}
	first, last := progress[0], progress[len(progress)-1]
	if first != (opensearch.MeasureIndexRecallProgress{Documents: 700, Queries: 30}) || last.Read != 700 || last.Measured != 30 {
		t.Errorf("got %+v and %+v", first, last)
	}
	opts.GroundTruth, opts.NumQueries = opensearch.ByScript, 70 // drawn in two requests
	result, err = opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts)
	if err != nil || result.Recalls[0].Recall.Recall != 1 || result.Queries != 40 {
		t.Errorf("got %+v, %v", result, err)
	}
	opts.K = 40
	if _, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "40 at most (index.max_result_window)") {
		t.Errorf("got %v", err)
	}
}

// What is written meanwhile is seen, and does not come twice.
func TestMeasureIndexRecallMoving(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		for _, change := range []string{
			"{\"index\":{\"_id\":\"new\"}}\n{\"v\":[9,9,9,9]}\n", "{\"index\":{\"_id\":\"3\"}}\n{\"v\":[9,9,9,9]}\n", "{\"delete\":{\"_id\":\"3\"}}\n",
		} {
			w := newRecallWorld(t, vectorsHost)
			w.index("books", `,"max_result_window":40`, "", recallData(1, 200, 4))
			done := false
			result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
				Index: "books", Field: "v", GroundTruth: truth, Dir: t.TempDir(), NumQueries: 20, Concurrency: 1,
				Progress: func(p opensearch.MeasureIndexRecallProgress) {
					if p.Read > 50 || p.Measured > 5 {
						if !done {
							w.do("POST", "/books/_bulk?refresh=true", change)
						}
						done = true
					}
				},
			})
			if err != nil || !done || !result.Changed || len(result.Notes) == 0 || !strings.Contains(result.Notes[0], "while it was measured") || result.Recalls[0].Recall.Recall < 0.9 {
				t.Errorf("%s, %q: got %+v, %v", truth, change, result, err)
			}
		}
	}
}

// An answer that is not whole is asked for again, and never taken for whole.
func TestMeasureIndexRecallPartial(t *testing.T) {
	answers := map[string]string{
		"timed out":          `{"took":3,"timed_out":true,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[]}}`,
		"1 shards failed":    `{"took":3,"timed_out":false,"_shards":{"total":2,"successful":1,"failed":1,"failures":[{"reason":{"type":"x"}}]},"hits":{"hits":[]}}`,
		"only 1 of 2 shards": `{"took":3,"timed_out":false,"_shards":{"total":2,"successful":1,"failed":0},"hits":{"hits":[]}}`,
	}
	for want, answer := range answers {
		for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
			for _, always := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					w := newRecallWorld(t, vectorsHost)
					w.index("books", "", "", recallData(1, 50, 4))
					w.whenever("/_search", func(n int, _ string) *standin.Fault {
						if always && n > 3 || !always && n%3 == 1 {
							return &standin.Fault{Status: 200, Body: answer}
						}
						return nil
					})
					result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
						Index: "books", Field: "v", GroundTruth: truth, Dir: t.TempDir(), NumQueries: 10, Concurrency: 1,
					})
					if !always && (err != nil || result.Recalls[0].Recall.Recall != 1) {
						t.Errorf("got %+v, %v", result, err)
					}
					if always && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "5 attempts")) {
						t.Errorf("%s: got %v", want, err)
					}
				})
			}
		}
	}
}

// What cannot be read is said; without what it needs, nothing is measured.
func TestMeasureIndexRecallDenied(t *testing.T) {
	tests := []struct {
		end     string
		unknown string // in the result
		fails   string // in the error
	}{
		{"/_cat/segments/books", "shards and segments: GET /_cat/segments/books: 403", ""},
		{"com/", "version of the cluster", ""},
		{"/books", "", "the mapping of books, without which nothing can be measured"},
		{"/_count", "", "403"},
		{"/_search", "", "403"},
	}
	for _, test := range tests {
		w := newRecallWorld(t, vectorsHost)
		w.index("books", "", "", recallData(1, 50, 4))
		w.whenever(strings.TrimPrefix(test.end, "com"), func(int, string) *standin.Fault {
			return &standin.Fault{Status: http.StatusForbidden, Type: "security_exception", Reason: "no permissions"}
		})
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", NumQueries: 10})
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: got %v", test.end, err)
			}
			continue
		}
		if err != nil || len(result.Unknown) != 1 || !strings.Contains(result.Unknown[0], test.unknown) || result.Recalls[0].Recall.Recall != 1 {
			t.Errorf("%s: got %+v, %v", test.end, result, err)
		}
		if test.end == "/_cat/segments/books" && result.Shards != nil || test.end == "com/" && (result.Version != "" || result.Created == "" || !result.Technique.Known) {
			t.Errorf("%s: got %+v", test.end, result)
		}
	}
}

func TestMeasureIndexRecallCancelled(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		for after := 1; after < 30; after += 4 {
			w := newRecallWorld(t, vectorsHost)
			w.index("books", `,"max_result_window":40`, "", recallData(1, 200, 4))
			ctx, cancel := context.WithCancelCause(t.Context())
			why := errors.New("enough")
			w.server.SetFaults(func(f *standin.Faults) {
				n := 0
				f.RequestFault = func(*http.Request) *standin.Fault {
					if n++; n == after {
						cancel(why)
					}
					return nil
				}
			})
			dir := t.TempDir()
			_, err := opensearch.MeasureIndexRecall(ctx, w.clients(), opensearch.MeasureIndexRecallOptions{
				Index: "books", Field: "v", GroundTruth: truth, Dir: dir, NumQueries: 20, Concurrency: 1,
			})
			if !errors.Is(err, why) {
				t.Errorf("%s, after %d: got %v", truth, after, err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		}
	}
}

// TestMeasureIndexRecallRefuses checks what cannot be measured, and that no neighbours
// are looked for then.
func TestMeasureIndexRecallRefuses(t *testing.T) {
	w := newRecallWorld(t, vectorsHost)
	w.index("books", "", "", recallData(1, 50, 4))
	w.index("bytes", "", `,"data_type":"byte"`, bytesOf(recallData(1, 50, 4)))
	w.index("one", "", "", recallData(1, 1, 4))
	w.index("cosine", "", `,"space_type":"cosinesimil"`, recallData(1, 50, 4))
	w.do("PUT", "/empty", `{"settings":{"index.knn":true},"mappings":{"properties":{"v":{"type":"knn_vector","dimension":4}}}}`)
	w.do("PUT", "/other", `{"settings":{"index.knn":true},"mappings":{"properties":{"v":{"type":"keyword"},"o":{"type":"nested","properties":{"v":{"type":"knn_vector","dimension":4}}},"l1":{"type":"knn_vector","dimension":4,"space_type":"l1"}}}}`)
	w.do("PUT", "/exact", `{"mappings":{"properties":{"v":{"type":"knn_vector","dimension":4}}}}`)
	w.do("POST", "/_aliases", `{"actions":[{"add":{"index":"books","alias":"both"}},{"add":{"index":"one","alias":"both"}}]}`)
	type options = opensearch.MeasureIndexRecallOptions
	tests := []struct {
		opts options
		want string
	}{
		{options{Field: "v"}, "Index: it is required"},
		{options{Index: "books*", Field: "v"}, "character that no index may have"},
		{options{Index: "books,one", Field: "v"}, "character that no index may have"},
		{options{Index: "_all", Field: "v"}, "begins with"},
		{options{Index: "books/_doc", Field: "v"}, "character that no index may have"},
		{options{Index: "books"}, `Field is ""`},
		{options{Index: "books", Field: "v."}, `Field is "v."`},
		{options{Index: "books", Field: "w"}, `there is no field "w"`},
		{options{Index: "books", Field: "v.w"}, `there is no field "v.w"`},
		{options{Index: "books", Field: "n"}, `is of type "long", not knn_vector`},
		{options{Index: "books", Field: "v\"}\n{"}, "there is no field"},
		{options{Index: "missing", Field: "v"}, "there is no index missing"},
		{options{Index: "both", Field: "v"}, "both shows 2 indices, books and one among them"},
		{options{Index: "empty", Field: "v"}, "no document with a vector"},
		{options{Index: "one", Field: "v"}, "it has no neighbours; give Queries"},
		{options{Index: "other", Field: "v"}, `of type "keyword"`},
		{options{Index: "other", Field: "o.v"}, `in the nested object "o"`},
		{options{Index: "other", Field: "l1"}, "the space of \"l1\" is l1: measured are l2"},
		{options{Index: "exact", Field: "v"}, "index.knn is not true"},
		{options{Index: "books", Field: "v", MaxDocuments: 49}, "books has 50 documents with a vector, more than MaxDocuments, which is 49: to find their exact neighbours, its nodes compare 50 vectors 100 times; if that is wanted, set MaxDocuments to at least 50"},
		{options{Index: "books", Field: "v", MaxDocuments: 49, GroundTruth: opensearch.ByReading}, "0 MB of vectors are read"},
		{options{Index: "books", Field: "v", MaxDocuments: -1}, "MaxDocuments is -1"},
		{options{Index: "books", Field: "v", K: 10_000}, "K is 10000: it is from 1 to 9999"},
		{options{Index: "books", Field: "v", K: -1}, "K is -1"},
		{options{Index: "books", Field: "v", K: 9_999, NumQueries: 10_000}, "the product of K and the number of queries is 99990000"},
		{options{Index: "books", Field: "v", NumQueries: 10_001}, "NumQueries is 10001"},
		{options{Index: "books", Field: "v", Concurrency: 101}, "Concurrency is 101"},
		{options{Index: "books", Field: "v", EFSearch: -1}, "EFSearch is -1"},
		{options{Index: "books", Field: "v", Oversample: []float64{0.5}}, "a factor is from 1 to 100"},
		{options{Index: "books", Field: "v", Oversample: []float64{101}}, "a factor is from 1 to 100"},
		{options{Index: "books", Field: "v", Oversample: []float64{math.NaN()}}, "a factor is from 1 to 100"},
		{options{Index: "books", Field: "v", Oversample: []float64{2, 2}}, "there is 2 twice in Oversample"},
		{options{Index: "books", Field: "v", GroundTruth: "guess"}, `GroundTruth is "guess"`},
		{options{Index: "books", Field: "v", Queries: slicesOf(t, [][]float32{{1, 2, 3}})}, "the vectors of Queries have 3 dimensions"},
		{options{Index: "books", Field: "v", Queries: slicesOf(t, [][]float32{{1, 2, 3, 4}, {1, 2, 3, float32(math.NaN())}})}, "vector 1 of Queries: number 3 is NaN"},
		{options{Index: "bytes", Field: "v", Queries: slicesOf(t, [][]float32{{1, 2, 3, 4.5}})}, "vector 0 of Queries: number 3 is 4.5: the field has data_type byte"},
		{options{Index: "bytes", Field: "v", Queries: slicesOf(t, [][]float32{{128, 2, 3, 4}})}, "vector 0 of Queries: number 0 is 128"},
		{options{Index: "cosine", Field: "v", Queries: slicesOf(t, [][]float32{{0, 0, 0, 0}})}, "vector 0 of Queries: it is zero"},
	}
	for _, test := range tests {
		begun := w.Count()
		test.opts.Dir = t.TempDir()
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), test.opts)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "opensearch: measure index recall: ") {
			t.Errorf("%+v: got %v, want %s", test.opts, err, test.want)
		}
		if !reflect.DeepEqual(result, opensearch.MeasureIndexRecallResult{}) {
			t.Errorf("got %+v", result)
		}
		if n := w.Count() - begun; n > 3 {
			t.Errorf("%+v: %d requests", test.opts, n)
		}
	}
	if _, err := opensearch.MeasureIndexRecall(t.Context(), opensearch.Clients{}, options{Index: "books", Field: "v"}); err == nil || !strings.Contains(err.Error(), "Clients.Conn is nil") {
		t.Errorf("got %v", err)
	}
}

// An alias of one index stands for the index, whatever it filters.
func TestMeasureIndexRecallAlias(t *testing.T) {
	w := newRecallWorld(t, vectorsHost)
	w.index("books-1", `,"number_of_shards":2`, "", recallData(1, 100, 4))
	w.do("POST", "/_aliases", `{"actions":[{"add":{"index":"books-1","alias":"books","filter":{"term":{"n":1}},"routing":"x"}}]}`)
	result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v"})
	if err != nil || result.Index != "books-1" || result.Documents != 100 || result.Recalls[0].Recall.Recall != 1 || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "alias of books-1") {
		t.Errorf("got %+v, %v", result, err)
	}
}

// A field may be in an object, written either way, and an id in several shards.
func TestMeasureIndexRecallFieldsAndRouting(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.do("PUT", "/books", `{"settings":{"index.knn":true,"number_of_shards":4},"mappings":{"properties":{"o":{"properties":{"p":{"properties":{"v":{"type":"knn_vector","dimension":2}}}}}}}}`)
		var lines strings.Builder
		for i := range 60 {
			v := fmt.Sprintf("[%d,%d]", i, i*i%7)
			forms := []string{`{"o":{"p":{"v":` + v + `}}}`, `{"o.p":{"v":` + v + `}}`, `{"o":{"p.v":` + v + `}}`, `{"o.p.v":` + v + `}`}
			fmt.Fprintf(&lines, "{\"index\":{\"_id\":\"%d\",\"routing\":\"r%d\"}}\n%s\n", i/3, i, forms[i%4])
		}
		w.do("POST", "/books/_bulk?refresh=true", lines.String())
		n := w.server.Len("books") // some of one id are in one shard
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{Index: "books", Field: "o.p.v", GroundTruth: truth, Dir: t.TempDir()})
		if err != nil || result.Recalls[0].Recall.Recall != 1 || result.Queries != n || n < 30 {
			t.Errorf("got %+v of %d, %v", result, n, err)
		}
	}
}

// Without _source no vector can be read, and the error says what is left.
func TestMeasureIndexRecallWithoutSource(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		w := newRecallWorld(t, vectorsHost)
		w.index("books", "", "", recallData(1, 50, 4))
		w.whenever("/_search", func(_ int, body string) *standin.Fault {
			if !strings.Contains(body, `"_source":["v"]`) {
				return nil
			}
			return &standin.Fault{Status: 200, Body: `{"took":3,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"hits":[{"_index":"books","_id":"1","_score":0.5,"sort":[1]}]}}`}
		})
		opts := opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", GroundTruth: truth, Dir: t.TempDir()}
		if _, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "give Queries, and GroundTruth ByScript") {
			t.Errorf("got %v", err)
		}
		opts.Queries, opts.GroundTruth = slicesOf(t, recallData(2, 5, 4)), opensearch.ByScript
		if result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts); err != nil || result.Recalls[0].Recall.Recall != 1 {
			t.Errorf("got %+v, %v", result, err)
		}
	}
}

// Serverless takes no scripts and tells no segments.
func TestMeasureIndexRecallServerless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRecallWorld(t, vectorsCollection)
		w.index("books", "", oneBit, recallData(1, 400, 24))
		synctest.Wait()
		opts := opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", NumQueries: 20, Dir: t.TempDir()}
		if _, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "no document with a vector") {
			t.Errorf("nothing is visible yet, got %v", err)
		}
		waitMinutes(2)
		for _, call := range w.Calls() {
			if strings.Contains(call.Operation, "_cat") {
				t.Error("it asks for what collections do not have")
			}
		}
		result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts)
		if want := 8 + 1 + 20; err == nil && result.Requests != want { // index, counts, sequence, each twice; pages; searches
			t.Errorf("%d requests, want %d", result.Requests, want)
		}
		if err != nil || result.GroundTruth != opensearch.ByReading || result.Shards != nil || len(result.Unknown) != 2 || result.Documents != 400 || result.Queries != 20 {
			t.Fatalf("got %+v, %v", result, err)
		}
		opts.GroundTruth = opensearch.ByScript
		if _, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "takes no scripts") {
			t.Errorf("got %v", err)
		}
	})
}

// A prediction stands beside what was measured, for each factor, and takes no more
// vectors than are no queries; one that cannot be made is said, and takes nothing away.
func TestMeasureIndexRecallPredicts(t *testing.T) {
	tests := []struct {
		name, field, version string
		drawn                bool
		unknown              string
	}{
		{"drawn", oneBit, "3.6.0", true, ""},
		{"given", oneBit, "3.6.0", false, ""},
		{"bytes", `,"data_type":"byte","method":{"name":"hnsw","engine":"lucene"}`, "3.6.0", true, ""},
		{"an encoder of its own", `,"method":{"name":"hnsw","engine":"lucene","parameters":{"encoder":{"name":"sq","parameters":{"bits":7,"confidence_interval":0.95}}}}`, "3.6.0", true, "cannot be told from its mapping"},
		{"a version that is not known", oneBit, "9.1.0", true, "prediction: vector: measure recall:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newRecallWorld(t, vectorsHost)
			w.server.Version = test.version
			w.index("books", `,"number_of_shards":2`, test.field, bytesOf(recallData(1, 300, 16)))
			opts := opensearch.MeasureIndexRecallOptions{Index: "books", Field: "v", Oversample: []float64{0, 5}, NumQueries: 30, Predict: true, Dir: t.TempDir()}
			left := 270
			if !test.drawn {
				opts.Queries, left = slicesOf(t, bytesOf(recallData(2, 30, 16))), 300
			}
			result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opts)
			if err != nil {
				t.Fatal(err)
			}
			if test.unknown != "" {
				if result.Prediction != nil || len(result.Unknown) != 1 || !strings.Contains(result.Unknown[0], test.unknown) || len(result.Recalls) != 2 {
					t.Errorf("got %+v", result)
				}
				return
			}
			p := result.Prediction
			if p == nil || len(result.Unknown) > 0 || p.Vectors != left || p.Queries != 30 || p.Shards != 2 || p.Segments != 1 || p.K != 10 {
				t.Fatalf("got %+v, unknown %q", p, result.Unknown)
			}
			for _, r := range result.Recalls {
				if r.Predicted == nil || r.Predicted.Recall < 0.5 || r.Predicted.Extrapolated || r.Predicted.Vectors != int64(left) {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
}

// What passes is waited for, on all requests alike.
func TestMeasureIndexRecallThrottled(t *testing.T) {
	for _, truth := range []opensearch.GroundTruth{opensearch.ByScript, opensearch.ByReading} {
		synctest.Test(t, func(t *testing.T) {
			w := newRecallWorld(t, vectorsHost)
			w.index("books", "", "", recallData(1, 50, 4))
			w.whenever("", func(n int, _ string) *standin.Fault {
				return []*standin.Fault{nil, standin.Throttled("/books"), {Status: http.StatusServiceUnavailable, Body: "busy"}, nil, {Reset: true}}[n%5]
			})
			result, err := opensearch.MeasureIndexRecall(t.Context(), w.clients(), opensearch.MeasureIndexRecallOptions{
				Index: "books", Field: "v", GroundTruth: truth, Dir: t.TempDir(), NumQueries: 10, Concurrency: 1, // so that none meets five faults in a row
			})
			if err != nil || result.Recalls[0].Recall.Recall != 1 || len(result.Unknown) > 0 || result.Changed || w.Count() <= result.Requests {
				t.Errorf("%s: got %+v, %v", truth, result, err)
			}
		})
	}
}
