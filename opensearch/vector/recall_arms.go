package vector

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// An arm is an encoding that is measured.
type arm struct {
	encoding Encoding
	method   quantizer.Method
	trained  quantizer.Quantizer // of all shards; nil if each segment has its own
	refused  string              // why it is not measured

	// passes are the numbers of candidates of a shard that are scored again, rising; 0 is
	// none.
	passes  []int
	hits    [][]int                 // true neighbours found, by pass and query, of what is being measured
	found   []*best                 // what codes alone find, by query, likewise; nil with one shard, whose hits are counted at once
	recalls map[setup][][][]float64 // by pass, level and query
	targets map[int]RecallAt        // by pass: several rows have one
}

func (a *arm) begin(queries int, s setup) {
	a.hits, a.found = make([][]int, len(a.passes)), nil
	for v := range a.hits {
		a.hits[v] = make([]int, queries)
	}
	for range queries * min(1, s.shards-1) {
		a.found = append(a.found, newBest(s.k))
	}
	if a.recalls == nil {
		a.recalls = make(map[setup][][][]float64)
	}
	if a.recalls[s] == nil {
		a.recalls[s] = make([][][]float64, len(a.passes))
	}
}

// kept is how many candidates of a shard are needed.
func (a *arm) kept(k int) int { return max(k, slices.Max(a.passes)) }

func (a *arm) rescored() bool { return slices.Max(a.passes) > 0 }

// keep adds the first candidates of a shard to the best of a query, by their codes.
func (a *arm) keep(q, first int, candidates []int32, codes []float64) {
	for i, number := range candidates[:min(first, len(candidates))] {
		a.found[q].add(codes[i], number)
	}
}

// hit counts the true neighbours among the first candidates of a shard. Of k results
// that are the nearest of all candidates, they are the first: so that it does not matter
// which others there are.
func (a *arm) hit(v, q, first, k int, scores []float64, truth least) {
	for _, score := range scores[:min(first, len(scores))] {
		if score >= float64(truth) && a.hits[v][q] < k {
			a.hits[v][q]++
		}
	}
}

// queryMemory is about how many bytes a prepared query takes.
func (a *arm) queryMemory(dimension int) int {
	switch e := a.encoding; {
	case e.Encoder == PQ:
		return 1024 * e.SubVectors // tables of 256 sums
	case e.ADC:
		return 128 * dimension // a table of 256 sums for each byte of a code
	}
	return 8 * dimension
}

// refuse says why an arm cannot be measured with the sample.
func (a *arm) refuse(m *measurement) {
	n := m.sizes[len(m.sizes)-1]
	switch e := a.encoding; {
	case e.Encoder == FP16 && !m.values.fitsFP16():
		a.refused = fmt.Sprintf("the vectors have numbers from %g to %g: fp16 takes -%d to %d", m.values.least, m.values.greatest, MaxFP16, MaxFP16)
	case e.Encoder == Byte && m.values.least == m.values.greatest:
		a.refused = fmt.Sprintf("all numbers of the vectors are %g: there is nothing to scale", m.values.least)
	case e.RandomRotation && m.vectors.Dimension() > quantizer.MaxRotation:
		a.refused = fmt.Sprintf("the matrix of a rotation of %d dimensions takes %d MiB in each segment, and is not made here for more than %d",
			m.vectors.Dimension(), 4*m.vectors.Dimension()*m.vectors.Dimension()>>20, quantizer.MaxRotation)
	case e.Encoder == PQ && n < 1<<e.CodeSize:
		a.refused = fmt.Sprintf("the sample has %d vectors: training takes at least %d", n, 1<<e.CodeSize)
	}
}

// train trains what is trained once for an index.
func (m *measurement) train(ctx context.Context) (err error) {
	for _, a := range m.arms {
		if a.encoding.Encoder != PQ {
			continue
		}
		if a.trained, err = m.trainArm(ctx, a, m.numbers(len(m.sizes)-1)); err != nil {
			return fmt.Errorf("%s: %w", a.encoding, err)
		}
	}
	m.dropRefused(nil)
	return nil
}

// recallRows returns what is to be measured: each technique with the default of its
// version, and with the factors that were asked for.
func recallRows(o MeasureRecallOptions) (rows []TechniqueRecall) {
	version, _ := parseVersion(o.Size.Version) // was checked
	for _, c := range candidates(o.Size) {
		asked := slices.Contains(o.Techniques, c.Technique)
		if len(o.Techniques) > 0 && !asked || len(c.Excluded) > 0 && !asked {
			continue
		}
		row := TechniqueRecall{Technique: c.Technique, Name: c.Technique.String(), Default: c.Rescoring.Known, Oversample: c.Rescoring.Factor}
		row.FirstPassK = c.Rescoring.FirstPassK(o.K)
		if len(c.Excluded) > 0 {
			row.Refused = c.Excluded[0]
		}
		rows = append(rows, row)
		for _, factor := range o.Oversample {
			if factor == c.Rescoring.Factor || c.Technique.Encoding.Encoder == FP32 || !canRescore(version, c.Technique) {
				continue
			}
			row.Oversample, row.Default = factor, false
			row.FirstPassK = Rescoring{Factor: factor}.FirstPassK(o.K)
			rows = append(rows, row)
		}
	}
	return rows
}

// armsOf returns the arms that measure the rows: one for each encoding.
func armsOf(rows []TechniqueRecall, o MeasureRecallOptions) (arms []*arm) {
	for _, row := range rows {
		if row.Refused != "" || row.Technique.Encoding.Encoder == FP32 {
			continue
		}
		i := slices.IndexFunc(arms, func(a *arm) bool { return a.encoding == row.Technique.Encoding })
		if i < 0 {
			i = len(arms)
			arms = append(arms, &arm{encoding: row.Technique.Encoding, targets: map[int]RecallAt{}})
		}
		arms[i].passes = append(arms[i].passes, 0, row.pass())
		for pass := row.pass() / 2; pass > 0 && pass*o.Shards >= o.K; pass /= 2 {
			arms[i].passes = append(arms[i].passes, pass)
		}
	}
	for _, a := range arms {
		slices.Sort(a.passes)
		a.passes = slices.Compact(a.passes)
	}
	return arms
}

// curves returns the recalls of a number of candidates and of smaller ones, which are
// measured for extrapolate.
func (a *arm) curves(s setup, pass int) (curves []curve) {
	for v, p := range a.passes[:slices.Index(a.passes, pass)+1] {
		curves = append(curves, curve{p, a.recalls[s][v]})
	}
	return curves
}

// pass is how many candidates of a shard are scored again.
func (r TechniqueRecall) pass() int {
	if r.Oversample == 0 {
		return 0
	}
	return r.FirstPassK
}

// methodOf returns the quantizer of an encoding, for vectors with numbers of a range. All
// share the matrices of rotations.
func methodOf(e Encoding, o MeasureRecallOptions, values valueRange, rotations *quantizer.Rotations) quantizer.Method {
	space := quantizer.InnerProduct
	if o.Space == L2 {
		space = quantizer.L2
	}
	switch e.Encoder {
	case FP16:
		return quantizer.FP16{Space: space, Clip: true} // what is beyond the range is refused before
	case Byte:
		return quantizer.Byte{Space: space, Cosine: o.Space == Cosine, Min: values.least, Max: values.greatest}
	case SQ7:
		return quantizer.SQ7{Space: space, Seed: o.Seed, ConfidenceInterval: confidenceInterval(o.Version, o.Size.Dimension)}
	case Binary:
		return quantizer.Binary{
			Bits: e.Bits, ADC: e.ADC, RandomRotation: e.RandomRotation, Sums: o.Version != Serverless && !sizeSince(o.Version, 3, 2),
			Space: space, Seed: o.Seed, Rotations: rotations,
		}
	case OSQ:
		return quantizer.OSQ{Space: space, Cosine: o.Space == Cosine}
	case PQ:
		return quantizer.PQ{Space: space, SubVectors: e.SubVectors, CodeSize: e.CodeSize, Seed: o.Seed, Workers: o.Workers}
	}
	panic("no quantizer for " + string(e.Encoder))
}

// confidenceInterval is which part of all numbers 7 bits span in a version, if the
// mapping does not say; 0 is what Lucene takes. From 3.6 on, the k-NN plugin writes the
// format itself, since Lucene 10.4 does no more, and its copy takes another default:
// 0.934 of 96 dimensions instead of 0.990, and 0.9 from 1,024 on instead of 0.999.
//
// Source: calculateDefaultConfidenceInterval of Lucene99ScalarQuantizedVectorsWriter in
// the k-NN plugin 3.6; a server of 3.6 finds what codes with it find.
func confidenceInterval(version string, dimension int) float64 {
	if !sizeSince(version, 3, 6) {
		return 0
	}
	return max(0.9, 1-math.Log2(float64(dimension))/100)
}

func (o *MeasureRecallOptions) complete(sample Vectors) error {
	if sample == nil {
		return fmt.Errorf("there is no sample")
	}
	o.setDefaults(sample)
	n, dimension := sample.Len(), sample.Dimension()
	switch {
	case o.K < 1 || o.K > 10_000:
		return fmt.Errorf("option K is %d: give 1 to 10,000", o.K)
	case o.Workers < 1:
		return fmt.Errorf("%d Workers: give a number of goroutines", o.Workers)
	case o.Shards < 1 || o.Shards > 1024:
		return fmt.Errorf("%d Shards: an index has 1 to 1,024 primary shards", o.Shards)
	case o.SegmentsPerShard < 0:
		return fmt.Errorf("%d SegmentsPerShard: give how many segments a shard has", o.SegmentsPerShard)
	case o.TargetVectors < 0:
		return fmt.Errorf("%d TargetVectors: give how many vectors the index is to hold", o.TargetVectors)
	case n > 1<<31-1:
		return fmt.Errorf("the sample has %d vectors: more than %d are not measured; give a part of them", n, 1<<31-1)
	case o.Queries == nil && (o.NumQueries < 1 || o.NumQueries > n/2):
		return fmt.Errorf("%d NumQueries, of a sample of %d vectors: give 1 to %d, or Queries", o.NumQueries, n, n/2)
	case o.Queries != nil && o.Queries.Len() == 0:
		return fmt.Errorf("there are no queries")
	case o.Queries != nil && o.Queries.Dimension() != dimension:
		return fmt.Errorf("the sample has %d dimensions and queries %d", dimension, o.Queries.Dimension())
	case n-o.NumQueries < o.K:
		return fmt.Errorf("option K is %d: the sample has %d vectors beside the queries", o.K, n-o.NumQueries)
	}
	for _, factor := range o.Oversample {
		if !(factor >= 1 && factor <= 100) {
			return fmt.Errorf("oversample_factor %v: OpenSearch takes 1 to 100", factor)
		}
	}
	if err := o.Size.complete(); err != nil {
		return err
	}
	o.Version = o.Size.Version // by its short name
	return o.checkTechniques()
}

// checkTechniques returns an error for the first technique that there is not.
func (o *MeasureRecallOptions) checkTechniques() error {
	all := candidates(o.Size)
	for i, t := range o.Techniques {
		if !slices.ContainsFunc(all, func(c candidate) bool { return c.Technique == t }) {
			return fmt.Errorf("option Techniques[%d] is %s: give some that SizeVectorIndex names; of PQ, those of Size.SubVectors, %v", i, t, o.Size.SubVectors)
		}
	}
	return nil
}

func (o *MeasureRecallOptions) setDefaults(sample Vectors) {
	if o.K == 0 {
		o.K = 10
	}
	if o.Space == "" {
		o.Space = L2
	}
	if o.Shards == 0 {
		o.Shards = 1
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Queries != nil {
		o.NumQueries = 0
	} else if o.NumQueries == 0 {
		o.NumQueries = min(200, max(1, sample.Len()/10))
	}
	if o.TargetVectors == 0 {
		o.TargetVectors = int64(sample.Len() - o.NumQueries)
	}
	s := &o.Size
	s.Vectors, s.Dimension, s.Space, s.Version, s.K = o.TargetVectors, sample.Dimension(), o.Space, o.Version, o.K
	s.Shards, s.SegmentsPerShard = o.Shards, o.SegmentsPerShard
}
