package vector

import (
	"fmt"
	"time"
)

// articlePage is the article whose figures are quoted.
const articlePage = "https://aws.amazon.com/blogs/big-data/cost-optimized-vector-database-introduction-to-amazon-opensearch-service-quantization-techniques/"

// diskBlog published what searches with codes in memory and vectors on disk take.
const diskBlog = "https://opensearch.org/blog/Reduce-Cost-with-Disk-based-Vector-Search"

// claims returns what the article says of a billion vectors of 384 dimensions: recall of
// 100 results, latency that 90 % of searches are within, and dollars, of which it says
// no configuration. Nothing of it is calculated or measured here; its costs do not
// follow from its memory: $0.15X is said of what takes 0.106 of the memory.
func claims() []Claim {
	return []Claim{
		{"fp32, HNSW", ">= 0.99", "< 50 ms", "$20,923.14 ($X)", articlePage},
		{"PQ of 16 sub-vectors, HNSW", "> 0.7", "< 50 ms", "$2,092.31 ($0.1X)", articlePage},
		{"fp16, in memory", ">= 0.95", "< 50 ms", "$10,461.57 ($0.5X)", articlePage},
		{"byte, in memory", ">= 0.95", "< 50 ms", "$5,230.79 ($0.25X)", articlePage},
		{"binary, on disk", ">= 0.90", "< 200 ms", "$3,138.47 ($0.15X)", articlePage},
	}
}

// published are latencies of 90 % of searches by one client, over 113 million vectors of
// 1,024 dimensions with FAISS and OpenSearch 2.18, as diskBlog has them.
func published(t Technique) (p90 time.Duration, ok bool) {
	switch e := t.Encoding; {
	case t.Engine != FAISS || t.Method != HNSW:
		return 0, false
	case e.Encoder == FP32 && t.Mode == InMemory:
		return 24 * time.Millisecond, true
	case e.Encoder != Binary || t.Mode != OnDisk || e.ADC || e.RandomRotation:
		return 0, false
	case e.Bits == 4:
		return 96_300 * time.Microsecond, true
	case e.Bits == 2:
		return 108 * time.Millisecond, true
	default:
		return 104 * time.Millisecond, true
	}
}

// claimedLatency is the bound that the article claims, for the techniques it has, all of FAISS.
func claimedLatency(t Technique) (bound time.Duration, ok bool) {
	switch e := t.Encoding.Encoder; {
	case t.Engine != FAISS || t.Method != HNSW:
		return 0, false
	case e == Binary && t.Mode == OnDisk:
		return 200 * time.Millisecond, true
	case t.Mode == InMemory && (e == FP32 || e == FP16 || e == Byte || e == PQ):
		return 50 * time.Millisecond, true
	default:
		return 0, false
	}
}

// latencyWarnings say what others have published of a technique that is slower than
// what is wished for, or that nothing is.
func latencyWarnings(o SizeVectorIndexOptions, t Technique) []string {
	if o.MaxLatency == 0 {
		return nil
	}
	p90, measured := published(t)
	bound, claimed := claimedLatency(t)
	var warnings []string
	if measured && p90 > o.MaxLatency {
		warnings = append(warnings, fmt.Sprintf("%v is wished for 90 %% of searches: %v was published, for 113 million vectors of 1,024 dimensions, one client and OpenSearch 2.18 (%s)", o.MaxLatency, p90, diskBlog))
	}
	if claimed && bound > o.MaxLatency {
		warnings = append(warnings, fmt.Sprintf("%v is wished for 90 %% of searches: the article claims < %v (%s)", o.MaxLatency, bound, articlePage))
	}
	if !measured && !claimed {
		warnings = append(warnings, fmt.Sprintf("%v is wished for 90 %% of searches: nothing that was published is known here", o.MaxLatency))
	}
	return warnings
}
