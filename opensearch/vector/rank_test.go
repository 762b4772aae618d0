package vector

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func sizeNames(r SizeVectorIndexResult) (names []string) {
	for _, s := range r.Techniques {
		names = append(names, s.Name)
	}
	return names
}

// recallAt is a measurement of an encoding.
func recallAt(e Encoding, oversample, recall float64, vectors int64) TechniqueRecall {
	return TechniqueRecall{
		Technique:  Technique{FAISS, HNSW, OnDisk, e},
		Oversample: oversample, Target: RecallAt{Vectors: vectors, Recall: recall, Low: recall - 0.01, High: min(1, recall+0.01)},
	}
}

func TestRankBySize(t *testing.T) {
	r := sizeIt(t, SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384})
	last := r.Techniques[len(r.Techniques)-1]
	if last.Technique.Engine != NMSLIB || len(last.Excluded) == 0 || last.Create != nil {
		t.Errorf("the last is %s, excluded by %q", last.Name, last.Excluded)
	}
	for i := range len(r.Techniques) - 2 {
		if a, b := r.Techniques[i], r.Techniques[i+1]; a.Memory.Total > b.Memory.Total {
			t.Errorf("%s takes %d and is before %s with %d", a.Name, a.Memory.Total, b.Name, b.Memory.Total)
		}
	}
}

// TestRankByCost tests that disk counts where it costs enough.
func TestRankByCost(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384, Version: "2.17", PricePerGBHour: 0.0001, PricePerDiskGBMonth: 100}
	r := sizeIt(t, o)
	if first := r.Techniques[0]; first.Technique.Encoding.Encoder != Byte || first.Technique.Engine != Lucene {
		t.Errorf("the first is %s", first.Name)
	}
	for i := range len(r.Techniques) - 2 {
		if a, b := r.Techniques[i], r.Techniques[i+1]; a.MonthlyCost > b.MonthlyCost {
			t.Errorf("%s costs %v and is before %s with %v", a.Name, a.MonthlyCost, b.Name, b.MonthlyCost)
		}
	}
}

// TestRankByRecall tests the order: met, unknown, missed, not to be had.
func TestRankByRecall(t *testing.T) {
	const n = 1_000_000
	bq1, bq2, bq4 := Encoding{Encoder: Binary, Bits: 1}, Encoding{Encoder: Binary, Bits: 2}, Encoding{Encoder: Binary, Bits: 4}
	o := SizeVectorIndexOptions{Vectors: n, Dimension: 384, MinRecall: 0.9}
	o.Recalls = []TechniqueRecall{
		recallAt(Encoding{Encoder: FP32}, 0, 1, n),
		recallAt(bq1, 5, 0.7, n),
		recallAt(bq2, 5, 0.93, n/2), // of fewer vectors
		recallAt(bq4, 5, 0.95, n),
		recallAt(Encoding{Encoder: SQ7}, 1, 0.5, n/2), // of fewer vectors, and too low
		{Technique: Technique{FAISS, HNSW, InMemory, Encoding{Encoder: FP16}}, Refused: "numbers beyond fp16"},
	}
	r := sizeIt(t, o)
	place := map[Encoding]int{}
	for i, s := range r.Techniques {
		place[s.Technique.Encoding] = i
		meets := s.Recall != nil && s.Recall.Recall >= 0.9
		switch e := s.Technique.Encoding; {
		case s.Technique.Engine == NMSLIB:
		case s.Technique.Method == IVF && e != bq1:
			if s.Recall != nil || len(s.Excluded) != 0 { // one list of four is searched
				t.Errorf("%s: recall %v, excluded %q", s.Name, s.Recall, s.Excluded)
			}
		case e == bq4 || e.Encoder == FP32:
			if !meets || len(s.Excluded) != 0 {
				t.Errorf("%s: recall %v, excluded %q", s.Name, s.Recall, s.Excluded)
			}
		case e == bq1 || e.Encoder == SQ7:
			if len(s.Excluded) != 1 || s.Recall == nil {
				t.Errorf("%s: recall %v, excluded %q", s.Name, s.Recall, s.Excluded)
			}
		default:
			if s.Recall != nil || len(s.Excluded) != 0 || !strings.Contains(strings.Join(s.Warnings, ";"), "is not known") {
				t.Errorf("%s: recall %v, excluded %q, warnings %q", s.Name, s.Recall, s.Excluded, s.Warnings)
			}
		}
	}
	if got := r.Techniques[0].Technique.Encoding; got != bq4 {
		t.Errorf("the first is %s", got)
	}
	o.NLists, o.NProbes = 8, 8
	if s := sizeIt(t, o).Techniques[0]; s.Technique.Encoding != bq4 || s.Technique.Method != IVF {
		t.Errorf("with all lists searched, the first is %s", s.Name)
	}
	if place[bq2] > place[bq1] || place[Encoding{Encoder: Byte}] > place[bq1] {
		t.Errorf("what is unknown is before what is too low: %q", sizeNames(r))
	}
}

// TestRankAsks tests that what meets the wish only with a greater factor is had with it.
func TestRankAsks(t *testing.T) {
	const n = 1_000_000
	bq := Encoding{Encoder: Binary, Bits: 1}
	o := SizeVectorIndexOptions{Vectors: n, Dimension: 384, MinRecall: 0.9}
	o.Recalls = []TechniqueRecall{recallAt(bq, 5, 0.7, n), recallAt(bq, 30, 0.97, n), recallAt(bq, 20, 0.92, n), recallAt(bq, 10, 0.8, n)}
	s := sizeOf(t, sizeIt(t, o), FAISS, HNSW, bq)
	if s.Oversample != 20 || s.Recall == nil || s.Recall.Recall != 0.92 || s.Rescoring.Factor != 5 || string(s.Search) != `{"oversample_factor":20}` {
		t.Errorf("asks for %v, recall %v, search %s", s.Oversample, s.Recall, s.Search)
	}
	o.MinRecall = 0
	s = sizeOf(t, sizeIt(t, o), FAISS, HNSW, bq)
	if s.Oversample != 0 || s.Recall.Recall != 0.7 || len(s.Excluded) != 0 {
		t.Errorf("without a wish: asks for %v, recall %v, excluded %q", s.Oversample, s.Recall, s.Excluded)
	}
}

// TestRankAsksOnly tests that rescoring is asked for only of what can do it.
func TestRankAsksOnly(t *testing.T) {
	const n = 1_000_000
	o := SizeVectorIndexOptions{Vectors: n, Dimension: 384, MinRecall: 0.9}
	for _, encoder := range []Encoder{Byte, SQ7} {
		o.Recalls = append(o.Recalls, recallAt(Encoding{Encoder: encoder}, 0, 0.5, n), recallAt(Encoding{Encoder: encoder}, 5, 0.99, n))
	}
	for _, test := range []struct {
		version string
		engine  Engine
		encoder Encoder
		asks    float64
	}{{"3.8", FAISS, Byte, 0}, {"3.8", Lucene, SQ7, 5}, {"3.0", Lucene, SQ7, 0}} {
		o.Version = test.version
		if s := sizeOf(t, sizeIt(t, o), test.engine, HNSW, Encoding{Encoder: test.encoder}); s.Oversample != test.asks {
			t.Errorf("%s, %s: asks for %v", test.version, s.Name, s.Oversample)
		}
	}
}

// TestRankNotSure tests the warning where a recall may be lower than is wished for.
func TestRankNotSure(t *testing.T) {
	const n = 1_000_000
	for recall, want := range map[float64]bool{0.905: true, 0.92: false} {
		o := SizeVectorIndexOptions{Vectors: n, Dimension: 384, MinRecall: 0.9, Recalls: []TechniqueRecall{recallAt(Encoding{Encoder: FP16}, 0, recall, n)}}
		s := sizeOf(t, sizeIt(t, o), FAISS, HNSW, Encoding{Encoder: FP16})
		if got := strings.Contains(strings.Join(s.Warnings, "; "), "may be lower than 0.900"); got != want || len(s.Excluded) != 0 {
			t.Errorf("%v: warnings %q, excluded %q", recall, s.Warnings, s.Excluded)
		}
	}
}

func TestRankRecommendation(t *testing.T) {
	const n = 1_000_000
	bq := Encoding{Encoder: Binary, Bits: 4}
	o := SizeVectorIndexOptions{Vectors: n, Dimension: 384, MinRecall: 0.9}
	o.Recommendation = &Recommendation{Technique: Technique{FAISS, HNSW, OnDisk, bq}, Oversample: 8, Recall: RecallAt{Vectors: n, Recall: 0.95, Low: 0.94, High: 0.96}}
	r := sizeIt(t, o)
	if s := r.Techniques[0]; s.Technique != o.Recommendation.Technique || s.Oversample != 8 || s.Recall.Recall != 0.95 {
		t.Errorf("the first is %s, asks for %v, recall %v", s.Name, s.Oversample, s.Recall)
	}
	o.Recalls = []TechniqueRecall{recallAt(bq, 5, 0.93, n), recallAt(bq, 3, 0.91, n)}
	if s := sizeIt(t, o).Techniques[0]; s.Oversample != 8 || s.Recall.Recall != 0.95 {
		t.Errorf("what is recommended is not asked for, but %v with recall %v", s.Oversample, s.Recall)
	}
	o.Recalls = nil
	o.Recommendation.Oversample = 5 // as by itself
	if s := sizeIt(t, o).Techniques[0]; s.Technique != o.Recommendation.Technique || s.Oversample != 0 || s.Recall.Recall != 0.95 {
		t.Errorf("the first is %s, asks for %v, recall %v", s.Name, s.Oversample, s.Recall)
	}
	for _, change := range []func(*Recommendation){
		func(r *Recommendation) { r.Technique.Engine = NMSLIB },
		func(r *Recommendation) {
			r.Technique = Technique{NMSLIB, HNSW, InMemory, Encoding{Encoder: FP32}}
		},
		func(r *Recommendation) { r.Recall.Recall = 0.5 },
	} {
		wrong := *o.Recommendation
		change(&wrong)
		o := o
		o.Recommendation = &wrong
		r := sizeIt(t, o)
		if r.Techniques[0].Technique == wrong.Technique || !strings.Contains(strings.Join(r.Notes, ";"), "was recommended") {
			t.Errorf("the first is %s; notes %q", r.Techniques[0].Name, r.Notes)
		}
	}
}

// TestRankOrder tests that the ranking does not depend on the order of the candidates.
func TestRankOrder(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: 384, Version: "3.8", MinRecall: 0.9, PricePerGBHour: 0.01}
	o.Recalls = []TechniqueRecall{recallAt(Encoding{Encoder: OSQ}, 2, 0.95, 1_000_000)}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	want := sizeNames(sizeAll(o, sizeFake(o), sizeFakeBodies))
	for seed := range uint64(50) {
		all := sizeFake(o)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got := sizeNames(sizeAll(o, all, sizeFakeBodies)); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// TestSizeLeavesOptions tests that the caller's options are not changed.
func TestSizeLeavesOptions(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1000, Dimension: 384, Version: "3.8", MinRecall: 0.9}
	o.Recalls = []TechniqueRecall{recallAt(Encoding{Encoder: OSQ}, 2, 0.95, 1000)}
	before, _ := json.Marshal(o)
	r := sizeIt(t, o)
	for _, s := range r.Techniques {
		if s.Recall != nil {
			s.Recall.Recall = 0
		}
	}
	if after, _ := json.Marshal(o); string(after) != string(before) {
		t.Errorf("got %s, want %s", after, before)
	}
}

func TestLatencyWarnings(t *testing.T) {
	o := SizeVectorIndexOptions{Vectors: 1000, Dimension: 384, MaxLatency: 90 * time.Millisecond}
	r := sizeIt(t, o)
	for _, test := range []struct {
		e    Encoding
		want []string
	}{
		{Encoding{Encoder: FP32}, nil},
		{Encoding{Encoder: FP16}, nil},
		{Encoding{Encoder: Binary, Bits: 4}, []string{"96.3ms was published", diskBlog, "claims < 200ms", articlePage}},
		{Encoding{Encoder: Binary, Bits: 2}, []string{"108ms was published"}},
		{Encoding{Encoder: OSQ}, []string{"nothing that was published"}},
	} {
		got := strings.Join(sizeOf(t, r, FAISS, HNSW, test.e).Warnings, "; ")
		if test.want == nil && got != "" {
			t.Errorf("%s: %s", test.e, got)
		}
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not tell %s", test.e, got, want)
			}
		}
	}
	for _, s := range r.Techniques {
		if len(s.Excluded) > 0 && s.Technique.Engine != NMSLIB {
			t.Errorf("%s is excluded by what is not known: %q", s.Name, s.Excluded)
		}
	}
}
