package vector

import (
	"cmp"
	"fmt"
	"slices"
)

// What is known of a wish for recall, in the order of the ranking.
const (
	recallMet     = iota // or not wished for
	recallUnknown        // not measured, or for fewer vectors
	recallMissed
	notToBeHad
)

// A ranked is a technique with its place.
type ranked struct {
	TechniqueSize
	group int
}

// rank sorts techniques: those that can be had first, of them those that meet the wish
// for recall, and then those of which no recall is known; the cheapest first, or without
// prices the smallest; and by name. The recommendation goes before all.
func rank(o SizeVectorIndexOptions, all []ranked) {
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(
			cmp.Compare(recommended(o, a), recommended(o, b)),
			cmp.Compare(a.group, b.group),
			cmp.Compare(a.MonthlyCost, b.MonthlyCost),
			cmp.Compare(a.Memory.Total, b.Memory.Total),
			cmp.Compare(a.Disk, b.Disk),
			cmp.Compare(a.Name, b.Name),
		)
	})
}

// recommended returns 0 for the recommendation, if it can be had, and 1 for others.
func recommended(o SizeVectorIndexOptions, r ranked) int {
	if o.Recommendation != nil && r.Technique == o.Recommendation.Technique && r.group != notToBeHad {
		return 0
	}
	return 1
}

// recallOf finds what was measured of a technique with the rescoring that it has by
// itself: recall depends on the encoding and the rescoring, and not on where it is.
func recallOf(o SizeVectorIndexOptions, c candidate) (found *TechniqueRecall, others []TechniqueRecall) {
	for i, r := range o.Recalls {
		switch {
		case r.Technique.Encoding != c.Technique.Encoding || r.Refused != "":
		case c.Rescoring.Known && r.Oversample == c.Rescoring.Factor:
			found = &o.Recalls[i]
		default:
			others = append(others, r)
		}
	}
	return found, others
}

// judge puts the recall of a technique to it, and says whether it meets the wish.
func judge(o SizeVectorIndexOptions, c candidate, t *TechniqueSize) int {
	group := judgeRecall(o, c, t)
	switch {
	case len(c.Excluded) > 0:
		return notToBeHad
	case o.MinRecall == 0:
		return recallMet
	case group == recallMissed:
		t.Excluded = append(t.Excluded, fmt.Sprintf("recall@%d is %.3f as measured, and %.3f is wished for", o.K, t.Recall.Recall, o.MinRecall))
	case group == recallUnknown:
		t.Warnings = append(t.Warnings, fmt.Sprintf("whether recall@%d is %.3f is not known: measure it with MeasureRecall", o.K, o.MinRecall))
	}
	return group
}

func judgeRecall(o SizeVectorIndexOptions, c candidate, t *TechniqueSize) int {
	for _, r := range o.Recalls {
		if r.Technique.Encoding == c.Technique.Encoding && r.Refused != "" {
			t.Warnings = append(t.Warnings, "recall was not measured: "+r.Refused)
		}
	}
	found, others := recallOf(o, c)
	if best := cheapestThatMeets(o, others); best != nil && (found == nil || found.Target.Recall < o.MinRecall) {
		t.Warnings = append(t.Warnings, fmt.Sprintf("with an oversample_factor of %g in searches, recall@%d was measured as %.3f", best.Oversample, o.K, best.Target.Recall))
	}
	if found == nil {
		return recallUnknown
	}
	at := found.Target
	fewer := at.Vectors < o.Vectors
	if fewer {
		t.Warnings = append(t.Warnings, fmt.Sprintf("recall@%d of %.3f is for %d vectors, and falls with their number", o.K, at.Recall, at.Vectors))
	}
	switch {
	case at.Recall < o.MinRecall: // with more vectors it is lower still
		t.Recall = &at
		return recallMissed
	case fewer:
		return recallUnknown
	}
	t.Recall = &at
	return recallMet
}

// cheapestThatMeets returns the measurement with the least oversampling that meets the
// wish, if there is a wish.
func cheapestThatMeets(o SizeVectorIndexOptions, measured []TechniqueRecall) *TechniqueRecall {
	var best *TechniqueRecall
	for i, r := range measured {
		if o.MinRecall > 0 && r.Target.Vectors >= o.Vectors && r.Target.Recall >= o.MinRecall && (best == nil || r.Oversample < best.Oversample) {
			best = &measured[i]
		}
	}
	return best
}
