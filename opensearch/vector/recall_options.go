package vector

import "math"

// MeasureRecallOptions say what to measure.
type MeasureRecallOptions struct {
	K int // results of a search, 1 to 10,000; defaults to 10

	// Queries are searched for. Without them, NumQueries vectors are taken out of the
	// sample, and are not in the index then. NumQueries defaults to 200, at most a 10th of the sample.
	Queries    Vectors `json:"-"`
	NumQueries int

	Space   Space  // defaults to L2
	Version string // as SizeVectorIndexOptions.Version. Required.

	// Techniques to measure. Defaults to all that can be had. Those of one encoding and
	// rescoring are measured once: what a graph or lists lose is not measured.
	Techniques []Technique

	// Oversample are oversample_factors to measure beside the default of the version, 1
	// to 100, for techniques that can be asked for them: not bytes, which have nothing
	// more exact, Lucene from version 3.1 on, and nothing on Serverless, of which it is
	// not known.
	Oversample []float64

	TargetVectors    int64 // what the index is to hold, without replicas; 0 is as many as the sample
	Shards           int   // primary shards; defaults to 1
	SegmentsPerShard int   // defaults to DefaultSegmentsPerShard

	// Size is what else SizeVectorIndex takes: nodes, prices, wishes. What is above is
	// put into it.
	Size SizeVectorIndexOptions

	Seed    uint64 // of all that is drawn; one seed gives one result
	Workers int    // goroutines; defaults to GOMAXPROCS

	Progress func(MeasureProgress) `json:"-"`
}

// MeasureProgress is how far MeasureRecall has come.
type MeasureProgress struct {
	Done, Total int64 // vectors, over all sizes that are measured
}

// MeasureRecallResult is what was measured.
type MeasureRecallResult struct {
	Vectors   int    `json:"vectors"` // of the sample, without queries that were taken out of it
	Queries   int    `json:"queries"`
	Dimension int    `json:"dimension"`
	K         int    `json:"k"`
	Space     Space  `json:"space"`
	Version   string `json:"version"`
	Shards    int    `json:"shards"`
	Segments  int    `json:"segments"` // of a shard
	Target    int64  `json:"target"`

	Techniques []TechniqueRecall `json:"techniques"` // the least memory first

	Wish float64 `json:"wish"` // for recall, that the recommendation meets

	// Recommendation is nil if there is none, and Why then says why.
	Recommendation *Recommendation `json:"recommendation,omitempty"`
	Why            string          `json:"why,omitempty"`
	Notes          []string        `json:"notes,omitempty"`
}

// A TechniqueRecall is how much of the truth a technique finds.
type TechniqueRecall struct {
	Technique  Technique `json:"technique"`
	Name       string    `json:"name"`
	Oversample float64   `json:"oversample"`   // 0 is no rescoring
	Default    bool      `json:"default"`      // whether that is the default of the version
	FirstPassK int       `json:"first_pass_k"` // candidates of each shard

	Measured []RecallAt `json:"measured,omitempty"` // for an 8th, a 4th, half and all of the sample
	Target   RecallAt   `json:"target"`             // for TargetVectors

	Memory      int64   `json:"memory"` // bytes for TargetVectors, with replicas
	MonthlyCost float64 `json:"monthly_cost"`

	// Refused is why there is no figure, such as numbers beyond the range of fp16.
	Refused string `json:"refused,omitempty"`

	Of RecallOf `json:"of,omitzero"`
}

// A RecallOf is what recall was measured for, so that it is not taken for that of other
// searches. What is zero is not known.
type RecallOf struct {
	K         int    `json:"k"`
	Space     Space  `json:"space"`
	Version   string `json:"version"`
	Dimension int    `json:"dimension"`
	Shards    int    `json:"shards"` // each of which has candidates of its own: with fewer, recall is lower
}

// A RecallAt is the recall for a number of vectors: the part of the K nearest that are
// among the K that are found, on average over the queries.
type RecallAt struct {
	Vectors      int64   `json:"vectors"`
	Recall       float64 `json:"recall"`
	Low          float64 `json:"low"` // with High, where it lies with 95 % confidence
	High         float64 `json:"high"`
	Extrapolated bool    `json:"extrapolated,omitempty"` // not measured: beyond what was, or below the least of it
}

// A Recommendation is the technique that takes the least memory, or money, of those
// that meet the wish for recall.
type Recommendation struct {
	Technique  Technique `json:"technique"`
	Oversample float64   `json:"oversample"` // to ask for in searches; 0 is no rescoring
	Recall     RecallAt  `json:"recall"`
	Why        string    `json:"why"`
	Of         RecallOf  `json:"of,omitzero"`
}

// FirstPassK returns how many candidates each shard scores again, for k results:
// min(10000, max(100, ceil(k·factor))), in float32 as Java's float has it: 110 for 100
// and 1.1, where float64 gives 111; k without rescoring.
//
// Source: RescoreContext.getFirstPassK of the k-NN plugin, 2.17 to 3.8.
func (r Rescoring) FirstPassK(k int) int {
	if r.Factor == 0 {
		return k
	}
	return min(10_000, max(100, int(math.Ceil(float64(float32(k)*float32(r.Factor))))))
}
