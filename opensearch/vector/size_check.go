package vector

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// Limits of options.
const (
	// maxBytes is what an index may take at most, so that no sum is beyond int64.
	maxBytes = 1 << 62

	// maxShards is how many primary shards an index may have. Source:
	// opensearch.index.max_number_of_shards.
	maxShards = 1024

	// maxM and maxEFConstruction are what HNSW of Lucene takes. Source:
	// Lucene99HnswVectorsFormat.
	maxM              = 512
	maxEFConstruction = 3200

	// maxNLists and maxSubVectors are the last below limits of the k-NN plugin. Source:
	// METHOD_PARAMETER_NLIST_LIMIT and ENCODER_PARAMETER_PQ_CODE_COUNT_LIMIT in
	// KNNConstants.
	maxNLists     = 19_999
	maxSubVectors = 1023

	// maxOfShard is how many documents Lucene can number. Source: IndexWriter.MAX_DOCS.
	maxOfShard = 2_147_483_519

	// trainingSuffix is what the name of the index for training ends with.
	trainingSuffix = "-training"

	maxReplicas = 1000
	maxSegments = 1_000_000
	maxK        = 10_000
	maxPrice    = 1e6
)

// complete puts defaults where nothing was said, and returns all that is wrong.
func (o *SizeVectorIndexOptions) complete() error {
	o.setDefaults()
	if err := checkSize(*o); err != nil {
		return err
	}
	r, err := parseVersion(o.Version)
	o.Version = r.String() // 2.19 for OpenSearch_2.19 and 2.19.1
	return err
}

func (o *SizeVectorIndexOptions) setDefaults() {
	o.Space = cmp.Or(o.Space, L2)
	o.Shards = cmp.Or(o.Shards, 1)
	o.SegmentsPerShard = cmp.Or(o.SegmentsPerShard, DefaultSegmentsPerShard)
	o.M = cmp.Or(o.M, 16)
	o.EFConstruction = cmp.Or(o.EFConstruction, 100)
	o.NLists = cmp.Or(o.NLists, 4)
	o.NProbes = cmp.Or(o.NProbes, 1)
	o.K = cmp.Or(o.K, 10)
	o.Currency = cmp.Or(o.Currency, "USD")
	o.Index = cmp.Or(o.Index, "my-vector-index")
	o.Field = cmp.Or(o.Field, "my_vector")
	if o.Node.RAM > 0 {
		o.Node.Heap = cmp.Or(o.Node.Heap, min(o.Node.RAM/2, 32<<30))
		o.Node.CircuitBreaker = cmp.Or(o.Node.CircuitBreaker, 0.5)
		o.Node.PageCache = cmp.Or(o.Node.PageCache, 0.75)
	}
	if len(o.SubVectors) == 0 && o.Dimension >= 1 && o.Dimension <= MaxDimension {
		o.SubVectors = defaultSubVectors(o.Dimension)
	}
	if m := o.recommendedSubVectors(); m > 0 && m <= maxSubVectors && o.Dimension%m == 0 && !slices.Contains(o.SubVectors, m) {
		o.SubVectors = append(slices.Clone(o.SubVectors), m)
	}
}

// recommendedSubVectors returns those of PQ that is recommended; 0 if another is.
func (o *SizeVectorIndexOptions) recommendedSubVectors() int {
	if o.Recommendation == nil || o.Recommendation.Technique.Encoding.Encoder != PQ {
		return 0
	}
	return o.Recommendation.Technique.Encoding.SubVectors
}

// defaultSubVectors returns the divisors of a dimension that are nearest to a 24th, an
// 8th and a 4th of it; the smaller of two that are as near.
func defaultSubVectors(dimension int) []int {
	var found []int
	for _, part := range []int{24, 8, 4} {
		far := func(m int) int { return max(m*part-dimension, dimension-m*part) }
		best := 1
		for m := 1; m <= min(dimension, maxSubVectors); m++ {
			if dimension%m == 0 && far(m) < far(best) {
				best = m
			}
		}
		found = append(found, best)
	}
	return slices.Compact(found)
}

// A sizeCheck collects what is wrong with options.
type sizeCheck struct{ errs []error }

// that adds an error unless ok.
func (c *sizeCheck) that(ok bool, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, fmt.Errorf(format, args...))
	}
}

// within adds an error unless low ≤ x ≤ high.
func (c *sizeCheck) within(field string, x, low, high int64) {
	c.that(low <= x && x <= high, "%s is %d: give %d to %d", field, x, low, high)
}

// part adds an error unless x is a number from 0 to high.
func (c *sizeCheck) part(field string, x, high float64) {
	c.that(x >= 0 && x <= high, "%s is %v: give 0 to %v", field, x, high)
}

// checkSize returns all that is wrong with options that have their defaults.
func checkSize(o SizeVectorIndexOptions) error {
	var c sizeCheck
	c.within("Vectors", o.Vectors, 1, math.MaxInt64)
	c.within("Dimension", int64(o.Dimension), 1, MaxDimension)
	c.that(slices.Contains([]Space{L2, InnerProduct, Cosine}, o.Space), "Space is %q: give %s, %s or %s", o.Space, L2, InnerProduct, Cosine)
	_, err := parseVersion(o.Version)
	c.that(err == nil, "Version is %q: give one of %s", o.Version, knownVersions())
	c.within("Shards", int64(o.Shards), 1, maxShards)
	c.within("Replicas", int64(o.Replicas), 0, maxReplicas)
	c.within("SegmentsPerShard", int64(o.SegmentsPerShard), 1, maxSegments)
	c.within("Metadata", o.Metadata, 0, math.MaxInt64)
	c.within("K", int64(o.K), 1, maxK)
	c.part("MinRecall", o.MinRecall, 1)
	c.that(o.MaxLatency >= 0, "MaxLatency is %v: give a duration, or none", o.MaxLatency)
	c.methods(o)
	c.node(o.Node)
	c.prices(o)
	c.names(o)
	c.recalls(o)
	if len(c.errs) == 0 {
		least := ceilDiv(o.Vectors, maxOfShard)
		c.that(least <= maxShards, "Vectors is %d: an index has %d shards of %d at most", o.Vectors, maxShards, maxOfShard)
		c.that(int64(o.Shards) >= least || least > maxShards, "Shards is %d, and each has %d vectors at most: give %d for %d vectors", o.Shards, maxOfShard, least, o.Vectors)
		most := mostBytes(o)
		c.that(most < maxBytes, "Vectors are %d of %d dimensions with %d replicas, which may take %.2g bytes: give what takes less than %.2g", o.Vectors, o.Dimension, o.Replicas, most, float64(maxBytes))
	}
	return errors.Join(c.errs...)
}

// methods checks the parameters of HNSW, IVF and PQ.
func (c *sizeCheck) methods(o SizeVectorIndexOptions) {
	c.within("M", int64(o.M), 2, maxM)
	c.within("EFConstruction", int64(o.EFConstruction), 1, maxEFConstruction)
	c.within("NLists", int64(o.NLists), 1, maxNLists)
	c.within("NProbes", int64(o.NProbes), 1, int64(max(o.NLists, 1)))
	for i, m := range o.SubVectors {
		ok := 1 <= m && m <= maxSubVectors && o.Dimension%m == 0
		c.that(ok, "SubVectors[%d] is %d: give a divisor of the dimension of %d, 1 to %d", i, m, o.Dimension, maxSubVectors)
		c.that(!slices.Contains(o.SubVectors[:i], m), "SubVectors[%d] is %d as one before it: give each once", i, m)
	}
}

// node checks the node.
func (c *sizeCheck) node(n Node) {
	if n.RAM == 0 {
		c.that(n == (Node{}), "Node.RAM is 0: give it with what else is given of the node, or give none of it")
		return
	}
	c.within("Node.RAM", n.RAM, 1, maxBytes)
	c.that(n.RAM < 0 || n.Heap >= 0 && n.Heap < n.RAM, "Node.Heap is %d: give less than the RAM of %d bytes", n.Heap, n.RAM)
	c.within("Node.Disk", n.Disk, 0, maxBytes)
	c.part("Node.CircuitBreaker", n.CircuitBreaker, 1)
	c.part("Node.PageCache", n.PageCache, 1)
}

// prices checks the caller's prices.
func (c *sizeCheck) prices(o SizeVectorIndexOptions) {
	c.part("PricePerGBHour", o.PricePerGBHour, maxPrice)
	c.part("PricePerDiskGBMonth", o.PricePerDiskGBMonth, maxPrice)
	c.that(o.PricePerDiskGBMonth == 0 || o.PricePerGBHour != 0, "PricePerGBHour is 0 and PricePerDiskGBMonth %v: give both", o.PricePerDiskGBMonth)
	c.that(len(o.Currency) <= 16 && printable.Escape(o.Currency) == o.Currency, "Currency is %q: give a name such as USD", o.Currency)
}

// notInField is what the name of a field of vectors may not have. Source:
// KNNVectorFieldMapper of the k-NN plugin.
const notInField = ` "*\<|,>/?`

// maxParts is how many parts a name of a field has at most. Source:
// index.mapping.depth.limit.
const maxParts = 20

// ofOpenSearch are the fields that every index has. Source:
// IndicesModule.initBuiltInMetadataMappers of OpenSearch.
var ofOpenSearch = []string{
	"_ignored", "_id", "_routing", "_index", "_data_stream_timestamp", "_source", "_nested_path", "_version", "_seq_no", "_doc_count", "_field_names",
}

// names checks the names of the index and its field.
//
// Source: MetadataCreateIndexService.validateIndexOrAliasName of OpenSearch.
func (c *sizeCheck) names(o SizeVectorIndexOptions) {
	ok := len(o.Index+trainingSuffix) <= 255 && o.Index == strings.ToLower(o.Index) && printable.Escape(o.Index) == o.Index &&
		!strings.ContainsAny(o.Index, "\\/*?\"<>| ,#:") && !strings.ContainsAny(o.Index[:1], "_-+.")
	c.that(ok, `Index is %q: give a name in small letters, of at most 246 bytes (one for training is made of it), without spaces and \/*?"<>|,#: and without one of _-+. in front`, o.Index)
	parts := strings.Split(o.Field, ".")
	c.that(len(parts) <= maxParts && !slices.Contains(ofOpenSearch, parts[0]), "Field is %q: give at most %d parts, and none of %s first, which OpenSearch has", o.Field, maxParts, strings.Join(ofOpenSearch, ", "))
	ok = printable.Escape(o.Field) == o.Field && !slices.Contains(parts, "") && strings.TrimSpace(o.Field) == o.Field
	c.that(ok && !strings.ContainsAny(o.Field, notInField), "Field is %q: give the name of a field, without spaces and %s", o.Field, notInField[1:])
}

// recalls checks what is said to be measured.
func (c *sizeCheck) recalls(o SizeVectorIndexOptions) {
	good := func(field string, r RecallAt) {
		for _, x := range []float64{r.Recall, r.Low, r.High} {
			c.that(x >= 0 && x <= 1, "%s has %v: give recalls of 0 to 1", field, x)
		}
	}
	for i, r := range o.Recalls {
		field := fmt.Sprintf("Recalls[%d]", i)
		good(field+".Target", r.Target)
		c.factor(field+".Oversample", r.Oversample)
		c.measuredFor(field, o, r.Of)
	}
	if r := o.Recommendation; r != nil {
		good("Recommendation.Recall", r.Recall)
		c.factor("Recommendation.Oversample", r.Oversample)
		c.measuredFor("Recommendation", o, r.Of)
	}
}

// factor checks an oversample_factor, which is 0 without rescoring.
func (c *sizeCheck) factor(field string, x float64) {
	c.that(x == 0 || x >= 1 && x <= 100, "%s is %v: give 1 to 100, or 0 without rescoring", field, x)
}

// measuredFor checks that recall was measured for searches such as these.
func (c *sizeCheck) measuredFor(field string, o SizeVectorIndexOptions, of RecallOf) {
	same := func(name string, ok bool, was, is any) {
		c.that(ok, "%s is of %s %v, and %s is %v: measure for that", field, name, was, name, is)
	}
	measured, err := parseVersion(of.Version)
	planned, _ := parseVersion(o.Version)
	same("K", of.K == 0 || of.K == o.K, of.K, o.K)
	same("Space", of.Space == "" || of.Space == o.Space, of.Space, o.Space)
	same("Version", of.Version == "" || err == nil && measured == planned, of.Version, o.Version)
	same("Dimension", of.Dimension == 0 || of.Dimension == o.Dimension, of.Dimension, o.Dimension)
	same("Shards", of.Shards <= o.Shards, of.Shards, o.Shards)
}

// mostBytes returns more than any technique takes, memory and disk together.
func mostBytes(o SizeVectorIndexOptions) float64 {
	d := float64(o.Dimension)
	vector := (4+4+textOfFloat)*d + 8*float64(o.M) + 2*besidePQ
	segment := 256*4*d + 4*float64(o.NLists)*d
	once := float64(o.Vectors)*vector + float64(o.Shards)*float64(o.SegmentsPerShard)*segment + float64(o.Metadata)
	return 1.2 * once * float64(1+o.Replicas)
}
