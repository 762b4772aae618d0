package vector

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// reviewSize sizes a million vectors, or what is given.
func reviewSize(t *testing.T, o SizeVectorIndexOptions) SizeVectorIndexResult {
	t.Helper()
	if o.Vectors == 0 {
		o.Vectors = 1_000_000
	}
	if o.Dimension == 0 {
		o.Dimension = 384
	}
	if o.Version == "" {
		o.Version = "3.6"
	}
	r, err := SizeVectorIndex(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReviewRecommendedPQ tests that PQ that was measured and recommended is sized,
// though it is not among the numbers of sub-vectors that are tried.
func TestReviewRecommendedPQ(t *testing.T) {
	pq := Technique{FAISS, HNSW, InMemory, Encoding{Encoder: PQ, SubVectors: 32, CodeSize: 8}}
	for _, tried := range [][]int{nil, {48}, {32}, {48, 32}} {
		o := SizeVectorIndexOptions{SubVectors: tried, MinRecall: 0.9,
			Recommendation: &Recommendation{Technique: pq, Recall: RecallAt{Vectors: 1_000_000, Recall: 0.95, Low: 0.94, High: 0.96}}}
		r := reviewSize(t, o)
		if first := r.Techniques[0]; first.Technique != pq || first.Recall == nil {
			t.Errorf("with %v, the first is %s; notes %q", tried, first.Name, r.Notes)
		}
	}
	if r := reviewSize(t, SizeVectorIndexOptions{Recommendation: &Recommendation{Technique: Technique{FAISS, IVF, InMemory, Encoding{Encoder: PQ, SubVectors: 16, CodeSize: 4}}}}); strings.Contains(fmt.Sprint(r.Notes), "cannot be had") {
		t.Errorf("PQ with 4 bits can be had: %q", r.Notes)
	}
}

// TestReviewRecallOfMore tests that what was measured for more vectors, where recall is
// lower, excludes nothing.
func TestReviewRecallOfMore(t *testing.T) {
	bq := Encoding{Encoder: Binary, Bits: 1}
	o := SizeVectorIndexOptions{MinRecall: 0.9, Recalls: []TechniqueRecall{recallAt(bq, 5, 0.85, 1_000_000_000)}}
	s := sizeOfTechnique(t, reviewSize(t, o), Technique{FAISS, HNSW, OnDisk, bq})
	if len(s.Excluded) > 0 || s.Recall != nil {
		t.Errorf("a thousandth of the vectors is excluded by %q, recall %v", s.Excluded, s.Recall)
	}
	o.Vectors, o.Recalls[0].Target.Extrapolated = 1_000_000_000, true
	s = sizeOfTechnique(t, reviewSize(t, o), Technique{FAISS, HNSW, OnDisk, bq})
	if got := strings.Join(s.Excluded, ";"); strings.Contains(got, "was measured") || !strings.Contains(got, "extrapolated") {
		t.Errorf("what was extrapolated is called measured: %q", got)
	}
}

// TestReviewRecallOfOthers tests that recall of other searches is not taken for this one.
func TestReviewRecallOfOthers(t *testing.T) {
	sq7 := Technique{Lucene, HNSW, OnDisk, Encoding{Encoder: SQ7}}
	for name, change := range map[string]func(*RecallOf){
		"K is 100":         func(r *RecallOf) { r.K = 100 },
		"Version is 2.19":  func(r *RecallOf) { r.Version = "2.19.1" },
		"Space is l2":      func(r *RecallOf) { r.Space = InnerProduct },
		"Dimension is 384": func(r *RecallOf) { r.Dimension = 768 },
		"Shards is 1":      func(r *RecallOf) { r.Shards = 2 },
	} {
		of := RecallOf{K: 10, Version: "OpenSearch_3.6", Space: L2, Dimension: 384, Shards: 1}
		o := SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384, Version: "3.6", Recalls: []TechniqueRecall{recallAt(sq7.Encoding, 1, 0.95, 1_000_000)}}
		o.Recalls[0].Of = of
		o.Recommendation = &Recommendation{Technique: sq7, Oversample: 1, Recall: o.Recalls[0].Target, Of: of}
		if _, err := SizeVectorIndex(o); err != nil {
			t.Errorf("%+v: %v", of, err)
		}
		change(&of)
		field, _, _ := strings.Cut(name, " ")
		recalls, recommendation := o, o
		recalls.Recalls = []TechniqueRecall{o.Recalls[0]}
		recalls.Recalls[0].Of, recalls.Recommendation = of, nil
		recommendation.Recalls, recommendation.Recommendation = nil, &Recommendation{Technique: sq7, Oversample: 1, Of: of}
		for prefix, o := range map[string]SizeVectorIndexOptions{"Recalls[0]": recalls, "Recommendation": recommendation} {
			if _, err := SizeVectorIndex(o); err == nil || !strings.Contains(err.Error(), prefix) || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %s of %+v: %v", name, prefix, of, err)
			}
		}
	}
	more := SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384, Version: "3.6", Shards: 4, Recalls: []TechniqueRecall{recallAt(sq7.Encoding, 1, 0.95, 1_000_000)}}
	more.Recalls[0].Of = RecallOf{Shards: 2} // more shards find no less
	if _, err := SizeVectorIndex(more); err != nil {
		t.Error(err)
	}
}

// TestReviewLatencyOfFAISS tests that what was published of FAISS is not said of others.
func TestReviewLatencyOfFAISS(t *testing.T) {
	for _, s := range reviewSize(t, SizeVectorIndexOptions{Version: "2.19", MaxLatency: 20 * time.Millisecond}).Techniques {
		if got := strings.Join(s.Warnings, ";"); s.Technique.Engine != FAISS && (strings.Contains(got, "was published,") || strings.Contains(got, "article claims")) {
			t.Errorf("%s: %s", s.Name, got)
		}
	}
}

// TestReviewShards tests that no number of shards is advised that an index cannot have,
// and that a shard has no more vectors than Lucene can number.
func TestReviewShards(t *testing.T) {
	for _, node := range []Node{{RAM: 2 << 20}, {RAM: 1}, {RAM: 64 << 30, Disk: 1}} {
		for _, s := range reviewSize(t, SizeVectorIndexOptions{Vectors: 1_000_000_000, Node: node}).Techniques {
			for _, w := range s.Warnings {
				var shards int64
				if _, after, found := strings.Cut(w, ": make "); found {
					fmt.Sscan(after, &shards)
				}
				if shards > maxShards {
					t.Fatalf("%s: %s", s.Name, w)
				}
			}
		}
	}
	o := SizeVectorIndexOptions{Vectors: 2_147_483_519 * 2, Dimension: 8, Version: "3.6", Shards: 2}
	if _, err := SizeVectorIndex(o); err != nil {
		t.Error(err)
	}
	o.Vectors++
	if _, err := SizeVectorIndex(o); err == nil || !strings.Contains(err.Error(), "Shards is 2") || !strings.Contains(err.Error(), "give 3") {
		t.Errorf("3 shards are needed: %v", err)
	}
}

// TestReviewCostOfDisk tests that it is said if disk is not in the cost.
func TestReviewCostOfDisk(t *testing.T) {
	for price, want := range map[float64]bool{0: true, 0.1: false} {
		r := reviewSize(t, SizeVectorIndexOptions{PricePerGBHour: 0.01, PricePerDiskGBMonth: price})
		if got := strings.Contains(strings.Join(r.Notes, ";"), "PricePerDiskGBMonth"); got != want {
			t.Errorf("%v: notes %q", price, r.Notes)
		}
	}
}

// TestReviewFactors tests that no factor is asked for that OpenSearch refuses.
func TestReviewFactors(t *testing.T) {
	for factor, ok := range map[float64]bool{0: true, 1: true, 0.5: false, 100: true, 100.5: false} {
		o := SizeVectorIndexOptions{Vectors: 1000, Dimension: 8, Version: "3.6", Recommendation: &Recommendation{
			Technique: Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: OSQ}}, Oversample: factor, Recall: RecallAt{Vectors: 1000, Recall: 0.9}}}
		if _, err := SizeVectorIndex(o); (err == nil) != ok {
			t.Errorf("Recommendation.Oversample %v: %v", factor, err)
		}
		o.Recalls, o.Recommendation = []TechniqueRecall{recallAt(Encoding{Encoder: OSQ}, factor, 0.9, 1000)}, nil
		if _, err := SizeVectorIndex(o); (err == nil) != ok {
			t.Errorf("Recalls[0].Oversample %v: %v", factor, err)
		}
	}
}

// TestReviewFirstPassK tests that candidates are counted in float32, as the plugin does.
func TestReviewFirstPassK(t *testing.T) {
	for _, test := range []struct {
		k      int
		factor float64
		want   int
	}{{100, 1.1, 110}, {1000, 1.1, 1100}, {100, 1.15, 115}, {500, 2.2, 1100}, {10, 5, 100}, {100, 5, 500}, {9000, 5, 10_000}, {10, 0, 10}} {
		if got := (Rescoring{Factor: test.factor}).FirstPassK(test.k); got != test.want {
			t.Errorf("%d·%v: got %d, want %d", test.k, test.factor, got, test.want)
		}
	}
}

// TestReviewNameOfTraining tests that the index for training can be made, too.
func TestReviewNameOfTraining(t *testing.T) {
	for length, ok := range map[int]bool{246: true, 247: false} {
		o := SizeVectorIndexOptions{Vectors: 1000, Dimension: 8, Version: "3.6", Index: strings.Repeat("a", length)}
		if _, err := SizeVectorIndex(o); (err == nil) != ok {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

// TestReviewFields tests that fields are refused that the engines refuse: those that they
// have themselves, and those of more than 20 parts.
func TestReviewFields(t *testing.T) {
	for field, ok := range map[string]bool{
		"_id": false, "_source": false, "_seq_no": false, "_source.v": false, "_foo": true, "v._id": true,
		strings.Repeat("f.", 19) + "f": true, strings.Repeat("f.", 20) + "f": false,
	} {
		o := SizeVectorIndexOptions{Vectors: 1000, Dimension: 8, Version: "3.6", Field: field}
		if _, err := SizeVectorIndex(o); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "Field is") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestReviewRotation tests that the matrix of a rotation is told of, which no formula has.
func TestReviewRotation(t *testing.T) {
	for _, s := range reviewSize(t, SizeVectorIndexOptions{Dimension: 16_000}).Techniques {
		got := strings.Contains(strings.Join(s.Preconditions, ";"), "a matrix of 1.024 GB (0.954 GiB)")
		if got != s.Technique.Encoding.RandomRotation {
			t.Errorf("%s: %q", s.Name, s.Preconditions)
		}
	}
}

// TestReviewServerless tests that what Serverless encodes with is said not to be known, in
// the table, too.
func TestReviewServerless(t *testing.T) {
	text := reviewSize(t, SizeVectorIndexOptions{Version: Serverless}).String()
	if !strings.Contains(text, "nor is it known what Serverless encodes its levels with") {
		t.Error(text)
	}
	if text := reviewSize(t, SizeVectorIndexOptions{}).String(); strings.Contains(text, "Serverless") {
		t.Error(text)
	}
}

// TestReviewServerlessRecall tests that recall of binary is not taken for that of a level
// of Serverless, of which it is not known whether it is binary.
func TestReviewServerlessRecall(t *testing.T) {
	for e, known := range map[Encoding]bool{{Encoder: Binary, Bits: 4}: false, {Encoder: FP16}: true} {
		technique := Technique{FAISS, HNSW, OnDisk, e}
		if known {
			technique.Mode = InMemory
		}
		s := sizeOfTechnique(t, reviewSize(t, SizeVectorIndexOptions{Version: Serverless, MinRecall: 0.9, Recommendation: &Recommendation{
			Technique: technique, Recall: RecallAt{Vectors: 1_000_000, Recall: 0.95, Low: 0.94, High: 0.96}}}), technique)
		if (s.Recall != nil) != known || known == strings.Contains(strings.Join(s.Warnings, ";"), "it is not known whether recall@10 is at least") {
			t.Errorf("%s: recall %v, warnings %q", s.Name, s.Recall, s.Warnings)
		}
	}
}
