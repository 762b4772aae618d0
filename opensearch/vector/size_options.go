package vector

import (
	"encoding/json"
	"time"
)

// SizeVectorIndexOptions say what is to be kept, where, and what is wished for.
type SizeVectorIndexOptions struct {
	Vectors   int64 // how many, without replicas. Required.
	Dimension int   // 1 to 16,000. Required.
	Space     Space // defaults to L2

	// Version of OpenSearch, "2.17" to "3.8", or Serverless, of which it is not known
	// what version it is. Required.
	Version string

	Shards           int // primary shards; defaults to 1
	Replicas         int // copies of each shard beside the primary
	SegmentsPerShard int // defaults to DefaultSegmentsPerShard; PQ keeps its centroids for each

	M              int // of HNSW: edges of a node; defaults to 16
	EFConstruction int // of HNSW; defaults to 100
	NLists         int // of IVF: defaults to 4
	NProbes        int // of IVF: defaults to 1

	// SubVectors are what is tried for PQ. Defaults to the divisors of the dimension
	// that are nearest to a 24th, an 8th and a 4th of it.
	SubVectors []int

	// Metadata is how many bytes the documents take beside their vectors, without
	// replicas.
	Metadata int64

	Node Node // of the domain; without its RAM, no nodes are counted

	// PricePerGBHour is what a GB (10⁹ bytes) of memory costs for an hour, in Currency,
	// as the caller knows it: this library ships no prices. PricePerDiskGBMonth
	// likewise for a month of disk, and goes with the other.
	PricePerGBHour      float64
	PricePerDiskGBMonth float64
	Currency            string // defaults to USD

	K          int           // results of a search; defaults to 10
	MinRecall  float64       // wish: recall@K of at least this, 0 to 1
	MaxLatency time.Duration // wish: 90 % of searches within this

	// Recalls are what MeasureRecall found. Without them no recall is known here, and
	// no technique can be said to meet MinRecall. What was measured for another K, space,
	// version or dimension, or with more shards, is refused.
	Recalls []TechniqueRecall

	// Recommendation of MeasureRecall goes first, if it is admissible. Its SubVectors are
	// tried with those above.
	Recommendation *Recommendation

	Index string // name in the bodies; defaults to "my-vector-index"
	Field string // defaults to "my_vector"
}

// A Node is a data node.
type Node struct {
	RAM  int64 // bytes
	Heap int64 // bytes of the JVM's heap; defaults to half of RAM, at most 32 GiB
	Disk int64 // bytes; 0 is not known

	// CircuitBreaker is which part of RAM less heap may be taken by vectors of native
	// engines, as knn.memory.circuit_breaker.limit says. Defaults to 0.5.
	CircuitBreaker float64

	// PageCache is which part of RAM less heap the files of Lucene may fill, which are
	// read through the page cache of the operating system. OpenSearch documents no such
	// limit: the default of 0.75 is this library's, and leaves the rest to other files.
	PageCache float64
}

// Serverless is the version to give for collections of OpenSearch Serverless.
const Serverless = "serverless"

// DefaultSegmentsPerShard is what SizeVectorIndex and MeasureRecall take for the number
// of segments of a shard.
const DefaultSegmentsPerShard = 10

// SizeVectorIndexResult is what every technique would take.
type SizeVectorIndexResult struct {
	Vectors   int64  `json:"vectors"`
	Dimension int    `json:"dimension"`
	Version   string `json:"version"`
	Replicas  int    `json:"replicas"`
	K         int    `json:"k"`
	Currency  string `json:"currency,omitempty"` // of the costs; empty without prices

	// DefaultEngine is that of a field that names no engine, mode or level; empty if it is
	// not known. The bodies in Techniques always name theirs.
	DefaultEngine Engine `json:"default_engine,omitempty"`

	Techniques []TechniqueSize `json:"techniques"` // those that can be had, best first, then those that cannot
	Claims     []Claim         `json:"claims"`     // of the article; neither measured nor calculated here
	Notes      []string        `json:"notes,omitempty"`
}

// A TechniqueSize is what a technique would take.
type TechniqueSize struct {
	Technique Technique `json:"technique"`
	Name      string    `json:"name"`

	// Excluded is why it cannot be had, or does not meet a wish; empty if nothing is
	// against it.
	Excluded []string `json:"excluded,omitempty"`

	Memory Memory `json:"memory"`
	Disk   int64  `json:"disk"`  // bytes, with replicas; an estimate, see SizeVectorIndex
	Nodes  int64  `json:"nodes"` // that its memory and disk take; 0 without Node

	// MonthlyCost is in the caller's currency, of 730 hours; 0 without prices.
	MonthlyCost float64 `json:"monthly_cost"`

	Preconditions []string   `json:"preconditions,omitempty"`
	Resolved      Resolution `json:"resolved"`
	Rescoring     Rescoring  `json:"rescoring"`

	Recall *RecallAt `json:"recall,omitempty"` // as MeasureRecall found it for this many vectors; nil if it is not known

	// Oversample is an oversample_factor that Search asks for, since Recall was measured
	// with it and not with what the version does by itself; 0 otherwise.
	Oversample float64 `json:"oversample,omitempty"`

	Create   []Step          `json:"create,omitempty"` // requests that make the index, in their order, with training
	Search   json.RawMessage `json:"search,omitempty"` // body of a search, with rescoring
	Ingest   Ingest          `json:"ingest"`
	Warnings []string        `json:"warnings,omitempty"`
}

// Memory is bytes of memory.
type Memory struct {
	Vectors int64 `json:"vectors"` // codes with what is kept beside them, without replicas
	Graph   int64 `json:"graph"`   // edges of HNSW
	Shared  int64 `json:"shared"`  // centroids of PQ and IVF, for each segment
	Primary int64 `json:"primary"` // the three together, with the tenth that the formulas add
	Total   int64 `json:"total"`   // with replicas

	// Documented is what the formula of the documentation gives for Primary. Where that
	// is another number, Note says why.
	Documented int64  `json:"documented"`
	Note       string `json:"note,omitempty"`

	// PageCache is whether this is files that are read through the page cache: those of
	// Lucene, and those of FAISS that are searched without loading them. What does not
	// fit is read from disk, and searches are slower. Other memory is native, and limited
	// by knn.memory.circuit_breaker.limit.
	PageCache bool `json:"page_cache"`

	// VectorCompression is how many times shorter the code alone is than 4 bytes for each
	// dimension, and Compression how many times less Primary is than that of fp32 with
	// HNSW. The graph is not compressed, so that an index of codes of 32x is not a 32nd.
	VectorCompression float64 `json:"vector_compression"`
	Compression       float64 `json:"compression"`

	Formula string `json:"formula"` // of Total, with its numbers
	Source  string `json:"source"`  // the page of the documentation
}

// A Step is a request.
type Step struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"`
	Note   string          `json:"note,omitempty"` // such as what to wait for
}

// Ingest are settings of an index for the time that it is loaded, and those for after.
type Ingest struct {
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	Notes  []string        `json:"notes,omitempty"` // what else to do, such as to merge
}

// A Resolution is what a version makes of what was asked for.
type Resolution struct {
	Known            bool     `json:"known"` // false for Serverless
	Engine           Engine   `json:"engine,omitempty"`
	Method           Method   `json:"method,omitempty"`
	Mode             Mode     `json:"mode,omitempty"`
	Encoding         Encoding `json:"encoding"`
	CompressionLevel string   `json:"compression_level,omitempty"` // such as "32x"
	Notes            []string `json:"notes,omitempty"`
}

// A Rescoring is what a version does by itself after it has searched codes: it takes
// more of them than were asked for, on each shard, and scores them again with the
// vectors.
type Rescoring struct {
	Known  bool    `json:"known"`
	Factor float64 `json:"factor"` // default oversample_factor, 1 to 100; 0 is no rescoring
	Source string  `json:"source,omitempty"`
}

// A Claim is a figure of the article that this package begins with.
type Claim struct {
	Technique string `json:"technique"`
	Recall    string `json:"recall"`
	Latency   string `json:"latency"`
	Cost      string `json:"cost"`
	Source    string `json:"source"`
}
