package vector

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// Vectors of bytes have nothing to be scored again with, Lucene does so from 3.1 on
// only, and of Serverless it is not known.
func TestMeasureRecallAsksForWhatThereIs(t *testing.T) {
	sample := structured(t, 400, 32, 6, 5)
	for _, version := range []string{"2.17", "3.0", "3.1", "3.8", Serverless} {
		opts := MeasureRecallOptions{Version: version, Space: InnerProduct, Oversample: []float64{4}}
		if err := opts.complete(sample); err != nil {
			t.Fatal(err)
		}
		r, _ := parseVersion(version)
		for _, row := range recallRows(opts) {
			if !row.Default && row.Oversample > 0 && !canRescore(r, row.Technique) {
				t.Errorf("%s: %s with factor %v, which it cannot be asked for", version, row.Name, row.Oversample)
			}
		}
	}
}

// A version has one interval by whatever name it goes.
func TestMeasureRecallVersionNames(t *testing.T) {
	sample := structured(t, 1200, 48, 20, 5)
	recall := func(version string) float64 {
		techniques := []Technique{{Lucene, HNSW, OnDisk, Encoding{Encoder: SQ7}}}
		result, err := MeasureRecall(t.Context(), sample, MeasureRecallOptions{Version: version, Techniques: techniques, Oversample: []float64{1}})
		if err != nil {
			t.Fatal(err)
		}
		if result.Version != "3.6" {
			t.Errorf("version is %q", result.Version)
		}
		return result.Techniques[0].Target.Recall
	}
	if a, b := confidenceIntervalOf(t, sample, "OpenSearch_3.6"), confidenceIntervalOf(t, sample, "3.6"); a != b {
		t.Errorf("%v and %v", a, b)
	}
	if a, b := recall("OpenSearch_3.6"), recall("3.6"); a != b {
		t.Errorf("%v and %v", a, b)
	}
}

func confidenceIntervalOf(t *testing.T, sample Vectors, version string) float64 {
	opts := MeasureRecallOptions{Version: version}
	if err := opts.complete(sample); err != nil {
		t.Fatal(err)
	}
	return confidenceInterval(opts.Version, 48)
}

func TestMeasureRecallUnknownTechnique(t *testing.T) {
	techniques := []Technique{{FAISS, HNSW, InMemory, Encoding{Encoder: PQ, SubVectors: 3, CodeSize: 8}}}
	_, err := MeasureRecall(t.Context(), structured(t, 400, 9, 3, 5), MeasureRecallOptions{Version: "3.6", Techniques: techniques, Size: SizeVectorIndexOptions{SubVectors: []int{9}}})
	if err == nil || !strings.Contains(err.Error(), "Techniques[0]") {
		t.Errorf("%v", err)
	}
}

// A query of zeros is told from one of NaN.
func TestMeasureRecallZeroQuery(t *testing.T) {
	queries := madeVectors(t, 3, 8, func(i, d int) float32 { return float32(2 - i) })
	var value *ValueError
	_, err := MeasureRecall(t.Context(), structured(t, 400, 8, 3, 5), MeasureRecallOptions{Version: "3.6", Space: Cosine, Queries: queries})
	if !errors.As(err, &value) || value.Vector != 2 || value.Index != -1 || !strings.Contains(err.Error(), "queries") {
		t.Errorf("%v", err)
	}
}

// One query does not scatter, which says nothing.
func TestMeanRecallOfFew(t *testing.T) {
	if at := meanRecall(1000, []float64{0.9}, 10_000); at.Low > 0.5 {
		t.Errorf("one query: %+v", at)
	}
	if at := meanRecall(1000, []float64{0.9, 0.8}, 1000); at.Low > 0.3 {
		t.Errorf("two queries: %+v", at)
	}
}

// Fewer vectors than were measured lose no more, and more lose no less.
func TestExtrapolateAroundTheSample(t *testing.T) {
	sizes := []int{1000, 2000, 4000, 8000}
	curves := func(passes []int, means ...float64) (all []curve) {
		for c, pass := range passes {
			some := curve{pass: pass}
			for _, mean := range means {
				recalls := make([]float64, 50)
				for q := range recalls {
					recalls[q] = min(1, max(0, mean-0.1*float64(len(passes)-1-c)+0.02*float64(q%5-2)))
				}
				some.recalls = append(some.recalls, recalls)
			}
			all = append(all, some)
		}
		return all
	}
	for _, passes := range [][]int{{0}, {0, 50, 100}} {
		for _, means := range [][]float64{{1, 1, 1, 0.7}, {0.9, 0.8, 0.7, 0.6}, {1, 1, 1, 1}, {0.95, 0.94, 0.93, 0.92}, {0, 0, 0, 0}, {0.5, 0.6, 0.7, 0.8}} {
			own := curves(passes, means...)
			last := RecallAt{Recall: 1, Low: 1, High: 1}
			for _, target := range []int64{1, 10, 500, 1000, 1500, 2000, 3999, 7999, 8000, 8001, 9000, 16_000, 1e6, 1e12, math.MaxInt64} {
				at := extrapolate(sizes, own, target, 10, 1)
				if !(at.Low >= 0 && at.Low <= at.Recall && at.Recall <= at.High && at.High <= 1) {
					t.Errorf("%v, %v, %d: %+v", passes, means, target, at)
				}
				if at.Recall > last.Recall+1e-9 && means[0] >= means[3] {
					t.Errorf("%v, %v, %d: %+v, after %+v", passes, means, target, at, last)
				}
				if at.Extrapolated != (target > 8000 || target < 1000) {
					t.Errorf("%v, %v, %d: %+v", passes, means, target, at)
				}
				last = at
			}
		}
	}
}

// What Java's Math.ceil(k * factor) gives with its float.
func TestFirstPassKAsJava(t *testing.T) {
	for _, c := range []struct {
		k      int
		factor float64
		want   int
	}{{100, 1.1, 110}, {1000, 1.1, 1100}, {10, 5, 100}, {100, 3.3, 330}, {700, 1.4, 980}, {333, 1.7, 567}, {10_000, 100, 10_000}, {101, 1, 101}, {1000, 2.3, 2300}, {5, 0, 5}} {
		if got := (Rescoring{Factor: c.factor}).FirstPassK(c.k); got != c.want {
			t.Errorf("%d times %v: %d, want %d", c.k, c.factor, got, c.want)
		}
	}
}
