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

// rankSizes sorts techniques: those that can be had first, of them those that meet the wish
// for recall, and then those of which no recall is known; the cheapest first, or without
// prices the smallest; and by name. The recommendation goes before all.
func rankSizes(o SizeVectorIndexOptions, all []ranked) {
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
	if isRecommended(o, r.Technique) && len(r.Excluded) == 0 {
		return 0
	}
	return 1
}

// judgeRecall puts the recall of a technique to it, and returns what that says of the
// wish. Recall depends on the encoding and the rescoring, and not on where codes are.
func judgeRecall(o SizeVectorIndexOptions, c candidate, t *TechniqueSize) int {
	if len(c.Excluded) > 0 {
		return notToBeHad
	}
	asked, chosen := measuredRecalls(o, c, t)
	if asked != nil && canAsk(o, c) && (chosen == nil || !meets(o, *chosen) || isRecommended(o, c.Technique)) {
		chosen = asked
	}
	if chosen == nil {
		return unknownRecall(o, t, "it was not measured, see MeasureRecall")
	}
	if !c.Resolved.Known && c.Technique.Encoding.Encoder == Binary {
		return unknownRecall(o, t, "what the level is encoded with is not known")
	}
	group := judgeAt(o, chosen.Target, t)
	if group == recallMet && chosen == asked {
		t.Oversample = asked.Oversample
		t.Warnings = append(t.Warnings, fmt.Sprintf("recall is for searches that ask for an oversample_factor of %g", asked.Oversample))
	}
	return group
}

// canAsk tells whether searches of a technique can ask for rescoring.
func canAsk(o SizeVectorIndexOptions, c candidate) bool {
	r, err := parseVersion(o.Version)
	return err == nil && canRescore(r, c.Technique)
}

// judgeAt judges a recall, which may be that of fewer vectors, or of more lists than are
// searched: then it is lower in truth.
func judgeAt(o SizeVectorIndexOptions, at RecallAt, t *TechniqueSize) int {
	switch {
	case at.Recall < o.MinRecall && at.Vectors > o.Vectors:
		return unknownRecall(o, t, fmt.Sprintf("that of %d vectors is %.3f, and may be higher with fewer", at.Vectors, at.Recall))
	case at.Recall < o.MinRecall:
		how := "measured"
		if at.Extrapolated {
			how = "extrapolated"
		}
		t.Excluded = append(t.Excluded, fmt.Sprintf("recall@%d was %s, and is lower than %.3f", o.K, how, o.MinRecall))
		t.Recall = &at
		return recallMissed
	case t.Technique.Method == IVF && o.NProbes < o.NLists:
		return unknownRecall(o, t, fmt.Sprintf("what was measured, %.3f, is of all lists, and %d of %d are searched", at.Recall, o.NProbes, o.NLists))
	case at.Vectors < o.Vectors:
		return unknownRecall(o, t, fmt.Sprintf("that of %d vectors is %.3f, and falls with their number", at.Vectors, at.Recall))
	default:
		t.Recall = &at
		if at.Low < o.MinRecall {
			t.Warnings = append(t.Warnings, fmt.Sprintf("recall@%d may be lower than %.3f: see where it lies with 95 %% confidence", o.K, o.MinRecall))
		}
		return recallMet
	}
}

// unknownRecall says that recall is not known, if there is a wish for it.
func unknownRecall(o SizeVectorIndexOptions, t *TechniqueSize, why string) int {
	if o.MinRecall == 0 {
		return recallMet
	}
	t.Warnings = append(t.Warnings, fmt.Sprintf("it is not known whether recall@%d is at least %.3f: %s", o.K, o.MinRecall, why))
	return recallUnknown
}

// measuredRecalls finds what was measured of a technique: with the rescoring that it has
// by itself, and with one to ask for, which is the recommended one, or else the least
// that meets the wish.
func measuredRecalls(o SizeVectorIndexOptions, c candidate, t *TechniqueSize) (asked, byItself *TechniqueRecall) {
	for _, r := range o.Recalls {
		switch {
		case r.Technique.Encoding != c.Technique.Encoding:
		case r.Refused != "":
			t.Warnings = addOnce(t.Warnings, "recall was not measured: "+r.Refused)
		case c.Rescoring.Known && r.Oversample == c.Rescoring.Factor:
			byItself = &r
		case o.MinRecall > 0 && r.Oversample >= 1 && meets(o, r) && (asked == nil || r.Oversample < asked.Oversample):
			asked = &r
		}
	}
	if !isRecommended(o, c.Technique) {
		return asked, byItself
	}
	best := &TechniqueRecall{Oversample: o.Recommendation.Oversample, Target: o.Recommendation.Recall}
	if c.Rescoring.Known && best.Oversample == c.Rescoring.Factor || best.Oversample == 0 {
		return nil, best
	}
	return best, byItself
}

func isRecommended(o SizeVectorIndexOptions, t Technique) bool {
	return o.Recommendation != nil && o.Recommendation.Technique == t
}

func addOnce(lines []string, line string) []string {
	if slices.Contains(lines, line) {
		return lines
	}
	return append(lines, line)
}

// meets tells whether a measured recall meets a wish, for as many vectors.
func meets(o SizeVectorIndexOptions, r TechniqueRecall) bool {
	return r.Target.Recall >= o.MinRecall && r.Target.Vectors >= o.Vectors
}
