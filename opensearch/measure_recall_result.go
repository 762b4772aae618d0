package opensearch

import (
	"math"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// MeasureIndexRecallResult is what was measured.
type MeasureIndexRecallResult struct {
	Index     string       `json:"index"` // the index itself, if Index of the options is an alias
	Field     string       `json:"field"`
	Dimension int          `json:"dimension"`
	Space     vector.Space `json:"space"`
	K         int          `json:"k"`
	Queries   int          `json:"queries"` // that were searched for
	Drawn     bool         `json:"drawn"`   // whether they were taken from the index

	GroundTruth GroundTruth `json:"ground_truth"`

	// Recalls are those of Oversample, in its order.
	Recalls []IndexRecall `json:"recalls"`

	// Documents with a vector, before and after the measurement, and those without, before.
	// Changed is whether the index was seen to be written to meanwhile: its exact neighbours and what
	// it found are then not of one state, and the recall is that of an index in motion.
	Documents      int64 `json:"documents"`
	DocumentsAfter int64 `json:"documents_after"`
	Without        int64 `json:"without"`
	Changed        bool  `json:"changed"`

	// Version is that of the cluster, and Created the one that made the index, which decides
	// what its mapping means; both empty if not known.
	Version string `json:"version,omitempty"`
	Created string `json:"created,omitempty"`

	// Technique is what the mapping says, and what follows from it.
	Technique vector.Resolution `json:"technique"`

	// Shards are the primary ones; nil if the cluster does not tell.
	Shards []IndexShard `json:"shards,omitempty"`

	// Prediction is what vector.MeasureRecall expects of such an index; nil without Predict, and
	// if Unknown says why there is none.
	Prediction *vector.MeasureRecallResult `json:"prediction,omitempty"`

	Requests int      `json:"requests"`          // that were made, each counted once however often it was repeated
	Unknown  []string `json:"unknown,omitempty"` // what could not be read, and why
	Notes    []string `json:"notes,omitempty"`
}

// An IndexRecall is the recall of an index with one oversample_factor.
type IndexRecall struct {
	Oversample float64 `json:"oversample"` // 0 is what the index does by default

	// Recall is the average over the queries, of an index with as many vectors.
	Recall vector.RecallAt `json:"recall"`
	Least  float64         `json:"least"` // recall of the query that found least

	// Median and P90 are how long searches took on this cluster, at this hour, with
	// Concurrency of them at the same time, as it says itself ("took"): without the way
	// from here to there, in whole milliseconds. The first searches may be slower, as
	// they load the index; and if GroundTruth is ByScript, others that score all documents run
	// beside them, unless Concurrency is 1.
	Median time.Duration `json:"median"`
	P90    time.Duration `json:"p90"`

	// Predicted is the recall of Prediction; nil if there is none.
	Predicted *vector.RecallAt `json:"predicted,omitempty"`
}

// An IndexShard is a primary shard. Documents and deleted documents are those of
// Lucene, among which those without a vector and parts of documents (nested) count.
type IndexShard struct {
	Number    int   `json:"number"`
	Segments  int   `json:"segments"`
	Documents int64 `json:"documents"`
	Deleted   int64 `json:"deleted"` // that are still in the segments
}

// recallOf sums up the recalls of queries, of want neighbours each on average. The
// interval is that of vector.MeasureRecall: of the mean, and no narrower than what was
// not seen in as many trials as there are neighbours may be all the same (the rule of
// three).
func recallOf(documents int64, recalls []float64, want int) (at vector.RecallAt, least float64) {
	n := float64(len(recalls))
	var sum, squares float64
	for _, r := range recalls {
		sum += r
	}
	mean := sum / n
	for _, r := range recalls {
		squares += (r - mean) * (r - mean)
	}
	half := max(3/(n*float64(want)), 1.96*math.Sqrt(squares/max(1, n-1)/n))
	return vector.RecallAt{Vectors: documents, Recall: mean, Low: max(0, mean-half), High: min(1, mean+half)}, slices.Min(recalls)
}

// tookOf returns the median and the 90th percentile of milliseconds.
func tookOf(took []int64) (median, p90 time.Duration) {
	slices.Sort(took)
	at := func(part float64) time.Duration {
		return time.Duration(took[int(math.Ceil(part*float64(len(took))))-1]) * time.Millisecond
	}
	return at(0.5), at(0.9)
}
