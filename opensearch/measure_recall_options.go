package opensearch

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A GroundTruth is where the exact neighbours come from.
type GroundTruth string

// The ground truths.
const (
	// ByScript lets the cluster score all documents with the script knn_score, once for
	// each query. Its nodes read all vectors of the index as often as there are queries.
	ByScript GroundTruth = "script"

	// ByReading reads all vectors of the index once, into a temporary file, and
	// compares them here. It is what is left where scripts are not allowed.
	ByReading GroundTruth = "reading"
)

// MeasureIndexRecallOptions say what to measure.
type MeasureIndexRecallOptions struct {
	// Index is the name of an index, or an alias of one index, which is then searched
	// without the filter and routing of the alias. Required.
	Index string

	// Field is the field of type knn_vector, with the names of the objects that it is
	// in: "book.title_vector". Required. One in a nested object is refused.
	Field string

	K int // results of a search, 1 to 10,000, and one less if the queries are drawn; defaults to 10

	// Queries are searched for, each as it is. Without them, NumQueries vectors are
	// drawn from the index by Seed, and the document that a query was taken from is no
	// result: one more is asked for, and that one is left out. NumQueries defaults to
	// 100, at most 10,000.
	Queries    vector.Vectors `json:"-"`
	NumQueries int
	Seed       uint64

	// Oversample are the oversample_factors to measure, 1 to 100; 0 is a search that
	// names none, so that the index does what it does by default. Defaults to 0 alone.
	Oversample []float64

	// EFSearch is the ef_search of all searches, 1 to 10,000. Without it, that of the
	// index.
	EFSearch int

	// GroundTruth defaults to ByScript, and to ByReading on Serverless, which takes no
	// scripts.
	GroundTruth GroundTruth

	// MaxDocuments is how many vectors the index may have. If it has more, nothing is
	// measured. Defaults to 1,000,000.
	MaxDocuments int64

	// Concurrency is how many requests are made at the same time, 1 to 100. Defaults to
	// 2. How long searches take depends on it.
	Concurrency int

	// Predict also runs vector.MeasureRecall on the vectors of the index, with what its
	// mapping says of it and as many shards and segments. It reads all vectors, as
	// ByReading does.
	Predict bool

	// Dir is where vectors that are read are kept until the end: 4 bytes for each
	// number. Defaults to that of the system for temporary files.
	Dir string

	// ARN of the domain or collection, for the permissions alone. Defaults to all
	// domains of the account and Region.
	ARN string

	// Progress is told how far the measurement is, one call at a time: first when it is
	// known how much there is to do, before it is done.
	Progress func(MeasureIndexRecallProgress) `json:"-"`
}

// MeasureIndexRecallProgress is how far a measurement is.
type MeasureIndexRecallProgress struct {
	Documents int64 // with a vector
	Read      int64 // of them; they are read if GroundTruth is ByReading or Predict is set
	Queries   int   // to measure
	Measured  int   // of them
}

const (
	defaultMaxDocuments = 1_000_000
	maxRecallQueries    = 10_000

	// maxRecallPairs bounds the memory for the neighbours of all queries.
	maxRecallPairs = 10_000_000

	// maxRecallNumbers bounds the memory for queries that are drawn: to 128 MiB.
	maxRecallNumbers = 32 << 20
)

// withDefaults checks options and fills in what they leave out.
func (o MeasureIndexRecallOptions) withDefaults(c Clients) (MeasureIndexRecallOptions, error) {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Conn == nil {
		problem("Clients.Conn is nil: make it with NewConn")
	}
	if err := checkTargetName(o.Index); err != nil {
		problem("Index: %w", err)
	}
	if slices.Contains(strings.Split(o.Field, "."), "") {
		problem("Field is %q: name a field of type knn_vector", o.Field)
	}
	if o.GroundTruth == "" {
		o.GroundTruth = ByScript
		if c.Conn != nil && c.Conn.Product() == Serverless {
			o.GroundTruth = ByReading
		}
	}
	switch {
	case o.GroundTruth != ByScript && o.GroundTruth != ByReading:
		problem("GroundTruth is %q: it is %q or %q", o.GroundTruth, ByScript, ByReading)
	case o.GroundTruth == ByScript && c.Conn != nil && c.Conn.Product() == Serverless:
		problem("GroundTruth is %q: OpenSearch Serverless takes no scripts, so take %q", ByScript, ByReading)
	}
	problems = append(problems, o.recallNumbers()...)
	problems = append(problems, o.recallOversample()...)
	return o, errors.Join(problems...)
}

// recallNumbers checks the numbers of o and fills in their defaults.
func (o *MeasureIndexRecallOptions) recallNumbers() (problems []error) {
	number := func(name string, n *int, byDefault, least, most int) {
		if *n == 0 {
			*n = byDefault
		}
		if *n < least || *n > most {
			problems = append(problems, fmt.Errorf("%s is %d: it is from %d to %d", name, *n, least, most))
		}
	}
	mostK := 10_000 // k of a search, and index.max_result_window
	if o.Queries == nil {
		mostK--
		number("NumQueries", &o.NumQueries, 100, 1, maxRecallQueries)
	} else if o.NumQueries = o.Queries.Len(); o.NumQueries < 1 || o.NumQueries > maxRecallQueries {
		problems = append(problems, fmt.Errorf("there are %d vectors in Queries: give 1 to %d", o.NumQueries, maxRecallQueries))
	}
	number("K", &o.K, 10, 1, mostK)
	number("EFSearch", &o.EFSearch, 0, 0, 10_000)
	number("Concurrency", &o.Concurrency, 2, 1, 100)
	if o.MaxDocuments == 0 {
		o.MaxDocuments = defaultMaxDocuments
	}
	if o.MaxDocuments < 0 {
		problems = append(problems, fmt.Errorf("MaxDocuments is %d: it must not be negative", o.MaxDocuments))
	}
	if len(problems) == 0 && o.K*o.NumQueries > maxRecallPairs {
		problems = append(problems, fmt.Errorf("the product of K and the number of queries is %d: it is at most %d", o.K*o.NumQueries, maxRecallPairs))
	}
	return problems
}

// recallOversample checks the factors.
func (o *MeasureIndexRecallOptions) recallOversample() (problems []error) {
	if len(o.Oversample) == 0 {
		o.Oversample = []float64{0}
	}
	seen := map[float64]bool{}
	for _, f := range o.Oversample {
		switch {
		case math.IsNaN(f) || f != 0 && (f < 1 || f > 100):
			problems = append(problems, fmt.Errorf("there is %v in Oversample: a factor is from 1 to 100, and 0 is that of the index", f))
		case seen[f]:
			problems = append(problems, fmt.Errorf("there is %v twice in Oversample", f))
		}
		seen[f] = true
	}
	return problems
}
