package vector

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// leastSample is how many vectors a sample must have for a recommendation: with fewer,
// nearly all are among the candidates that are scored again.
const leastSample = 10_000

func (m *measurement) result(rows []TechniqueRecall, arms []*arm) MeasureRecallResult {
	o, n := m.opts, m.sizes[len(m.sizes)-1]
	r := MeasureRecallResult{
		Vectors: n, Queries: m.queryCount(), Dimension: m.vectors.Dimension(), K: o.K, Space: o.Space, Version: o.Version,
		Wish: cmp.Or(o.Size.MinRecall, DefaultMinRecall), Shards: o.Shards, Segments: m.segments(n / o.Shards), Target: o.TargetVectors,
	}
	of := RecallOf{K: r.K, Space: r.Space, Version: r.Version, Dimension: r.Dimension, Shards: r.Shards}
	for _, row := range rows {
		m.fill(&row, arms)
		row.Of = of
		r.Techniques = append(r.Techniques, row)
	}
	for _, a := range m.arms {
		if pq, ok := a.method.(quantizer.PQ); ok && pq.Warning(n) != "" {
			r.Notes = append(r.Notes, pq.Warning(n))
			break
		}
	}
	r.addSizes(o.Size)
	slices.SortStableFunc(r.Techniques, func(a, b TechniqueRecall) int {
		return cmp.Or(cmp.Compare(a.Memory, b.Memory), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Oversample, b.Oversample))
	})
	r.recommend()
	return r
}

// fill adds what was measured to a row.
func (m *measurement) fill(row *TechniqueRecall, arms []*arm) {
	if row.Refused != "" {
		return
	}
	o := m.opts
	if row.Technique.Encoding.Encoder == FP32 { // nothing is lost
		for _, n := range m.sizes {
			row.Measured = append(row.Measured, RecallAt{Vectors: int64(n), Recall: 1, Low: 1, High: 1})
		}
		row.Target = RecallAt{Vectors: o.TargetVectors, Recall: 1, Low: 1, High: 1}
		return
	}
	a := arms[slices.IndexFunc(arms, func(a *arm) bool { return a.encoding == row.Technique.Encoding })]
	if row.Refused = a.refused; a.refused != "" {
		return
	}
	curves := a.curves(setup{o.Shards, o.K}, row.pass())
	own := curves[len(curves)-1].recalls
	for l, n := range m.sizes {
		row.Measured = append(row.Measured, meanRecall(int64(n), own[l], o.K))
	}
	at, known := a.targets[row.pass()]
	if !known {
		at = m.target(a, row.pass())
		a.targets[row.pass()] = at
	}
	row.Target = at
}

// target is the recall for the target, of an arm that scores that many candidates again:
// what one shard will find, if it was measured for that.
func (m *measurement) target(a *arm, pass int) RecallAt {
	o := m.opts
	setups := m.setups()
	if len(setups) == 1 || pass == 0 {
		return extrapolate(m.sizes, a.curves(setups[0], pass), o.TargetVectors, o.K, o.Seed)
	}
	one := setups[1]
	shard := (o.TargetVectors + int64(o.Shards) - 1) / int64(o.Shards)
	at := extrapolate(m.sizes, a.curves(one, pass), shard, one.k, o.Seed)
	at.Vectors, at.Extrapolated = o.TargetVectors, true
	return at
}

// addSizes adds memory and cost for the target.
func (r *MeasureRecallResult) addSizes(o SizeVectorIndexOptions) {
	sizes, err := SizeVectorIndex(o)
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("memory is not known: %v", err))
		return
	}
	for i := range r.Techniques {
		row := &r.Techniques[i]
		for _, t := range sizes.Techniques {
			if t.Technique == row.Technique {
				row.Memory, row.MonthlyCost = t.Memory.Total, t.MonthlyCost
			}
		}
	}
}

// recommend chooses what costs least, or without prices takes the least memory, of what
// finds enough of the truth: not only on average, but at the lower end of its interval.
func (r *MeasureRecallResult) recommend() {
	if r.Vectors < leastSample {
		r.Why = fmt.Sprintf("the sample has %d vectors: with fewer than %d, recall says nothing about an index worth planning", r.Vectors, leastSample)
		return
	}
	if !slices.ContainsFunc(r.Techniques, func(row TechniqueRecall) bool { return row.Refused == "" && row.Technique.Method == HNSW }) {
		r.Why = "of no technique with HNSW there is a recall: lists of IVF are not all searched and flat compares every code, so that neither is recommended"
		return
	}
	var chosen *TechniqueRecall
	for i := range r.Techniques {
		row := &r.Techniques[i]
		if row.Refused != "" || row.Technique.Method != HNSW || row.Target.Low < r.Wish {
			continue
		}
		if chosen == nil || cmp.Or(cmp.Compare(row.MonthlyCost, chosen.MonthlyCost), cmp.Compare(row.Memory, chosen.Memory),
			cmp.Compare(row.Oversample, chosen.Oversample), cmp.Compare(chosen.Target.Recall, row.Target.Recall)) < 0 {
			chosen = row
		}
	}
	if chosen == nil {
		r.Why = fmt.Sprintf("no technique is sure to find %.3g of the neighbours among %d vectors: measure with a larger sample, a greater Oversample or more memory", r.Wish, r.Target)
		return
	}
	r.Recommendation = &Recommendation{Technique: chosen.Technique, Oversample: chosen.Oversample, Recall: chosen.Target, Of: chosen.Of}
	r.Recommendation.Why = fmt.Sprintf("of the techniques with a graph whose recall@%d is at least %.3g with 95 %% confidence, it takes the least", r.K, r.Wish)
}

// DefaultMinRecall is the wish for recall if there is none.
const DefaultMinRecall = 0.9
