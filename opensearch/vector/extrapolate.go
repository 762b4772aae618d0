package vector

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// meanRecall returns the mean of the recalls of queries, for k results each, and where it
// lies with 95 % confidence. Where all queries are equal, their scatter says nothing:
// the rule of three then does, after which what was not seen in n trials has a chance
// of at most 3/n. One query says nothing of others.
func meanRecall(vectors int64, recalls []float64, k int) RecallAt {
	n := float64(len(recalls))
	mean := meanOf(recalls, nil)
	var squares float64
	for _, x := range recalls {
		squares += (x - mean) * (x - mean)
	}
	half := 3 / (n * float64(k))
	if squares > 0 {
		half = max(half, studentT(n-1)*math.Sqrt(squares/(n-1)/n))
	}
	if n == 1 {
		half = 1
	}
	return RecallAt{Vectors: vectors, Recall: mean, Low: max(0, mean-half), High: min(1, mean+half)}
}

// studentT is, a little rounded up, how many standard errors 95 % lie within when the
// scatter is known from a few only: 12.7 for one degree of freedom, 1.96 for many.
func studentT(freedom float64) float64 {
	return 1.96 + 2.37/freedom + 2.9/(freedom*freedom) + 5.5/(freedom*freedom*freedom)
}

// A curve is the recall of a technique over the number of vectors.
type curve struct {
	pass    int         // candidates of each shard that are scored again; 0 is none
	recalls [][]float64 // by size and query
}

// An extrapolation is from some sizes to another.
type extrapolation struct {
	x    []float64 // logarithms of the sizes to base 2
	to   float64   // likewise
	k    int
	seed uint64
}

// extrapolate returns the recall for another number of vectors than was measured. The
// last curve is that of the technique, those before it of fewer candidates.
//
// How recall will fall is not known, so there are several answers. One is a line through
// its logarithm, which falls too slowly where much is lost already; another a line through
// the logarithm of its odds, log(r/(1-r)), which falls too fast; the third a plane
// through these odds over the sizes and the numbers of candidates, which tells of a
// technique that loses nothing yet when it will. The recall is taken to be in the middle
// between the lowest and the highest, and its interval reaches from the one to the other,
// both with the queries drawn anew (bootstrap). Since more candidates never find less,
// nothing falls below what fewer are said to find; and since more vectors never leave
// more to be found, nothing is above what was measured last.
func extrapolate(sizes []int, curves []curve, target int64, k int, seed uint64) RecallAt {
	own, last := curves[len(curves)-1].recalls, len(sizes)-1
	if target <= int64(sizes[last]) {
		return interpolate(sizes, own, target, k)
	}
	at := meanRecall(target, own[last], k)
	at.Extrapolated = true
	if len(sizes) < 3 { // no line
		at.Low = 0
		return at
	}
	e := extrapolation{x: make([]float64, len(sizes)), to: math.Log2(float64(target)), k: k, seed: seed}
	for i, n := range sizes {
		e.x[i] = math.Log2(float64(n))
	}
	low, high := e.foretell(curves, nil)
	half := max(at.High-at.Recall, at.Recall-at.Low)
	at.Recall = (low + high) / 2
	lows, highs := e.drawAgain(curves)
	at.Low, at.High = max(0, lows[draws*25/1000]-half), min(1, highs[draws*975/1000]+half)
	at.Low, at.High = min(at.Low, at.Recall), max(at.High, at.Recall)
	return at
}

// interpolate returns the recall for a number of vectors that is not above what was
// measured. Fewer than at first lose no more.
func interpolate(sizes []int, recalls [][]float64, target int64, k int) RecallAt {
	i, found := slices.BinarySearchFunc(sizes, target, func(n int, target int64) int { return cmp.Compare(int64(n), target) })
	at := meanRecall(target, recalls[i], k)
	switch {
	case found:
	case i == 0:
		at.High, at.Extrapolated = 1, true
	default:
		before := meanRecall(target, recalls[i-1], k)
		part := math.Log(float64(sizes[i])/float64(target)) / math.Log(float64(sizes[i])/float64(sizes[i-1]))
		at.Recall += part * (before.Recall - at.Recall)
		at.Low, at.High = min(at.Low, before.Low), max(at.High, before.High)
	}
	return at
}

// draws is how often queries are drawn anew.
const draws = 200

// drawAgain returns what is foretold for queries drawn anew, in rising order.
func (e extrapolation) drawAgain(curves []curve) (lows, highs []float64) {
	r := rand.New(rand.NewPCG(e.seed, 1))
	queries := make([]int, len(curves[0].recalls[0]))
	lows, highs = make([]float64, draws), make([]float64, draws)
	for i := range draws {
		for q := range queries {
			queries[q] = r.IntN(len(queries))
		}
		lows[i], highs[i] = e.foretell(curves, queries)
	}
	slices.Sort(lows)
	slices.Sort(highs)
	return lows, highs
}

// foretell returns the lowest and the highest answer, for the queries that are given, or
// all.
func (e extrapolation) foretell(curves []curve, queries []int) (low, high float64) {
	points := make([][]float64, len(curves)) // recalls, by curve and size
	for c, some := range curves {
		for _, recalls := range some.recalls {
			points[c] = append(points[c], meanOf(recalls, queries))
		}
	}
	p := e.plane(curves, points)
	for c, some := range curves {
		slow, fast := math.Exp(e.line(points[c], math.Log, 0)), chance(e.line(points[c], e.odds, leastFall))
		if some.pass > 0 {
			candidates := math.Log2(float64(some.pass))
			slow, fast = max(slow, chance(p.at(e.to, candidates))), min(fast, chance(p.falling(leastFall).at(e.to, candidates)))
		}
		low, high = max(low, fast), max(high, slow)
	}
	last := points[len(points)-1]
	return min(low, last[len(last)-1]), min(high, last[len(last)-1])
}

// meanOf returns the mean for some queries, or all.
func meanOf(recalls []float64, queries []int) (mean float64) {
	for q, x := range recalls {
		if queries != nil {
			x = recalls[queries[q]]
		}
		mean += x
	}
	return mean / float64(len(recalls))
}

// odds returns the logarithm of the odds. 0 and 1 are taken for a little more and less,
// as if a few thousand neighbours had been looked for.
func (e extrapolation) odds(recall float64) float64 {
	recall = min(max(recall, 1e-4), 1-1e-4)
	return math.Log(recall / (1 - recall))
}

func chance(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }

// leastFall is by how much the logarithm of the odds is taken to fall with each doubling
// for the lowest answer, even if it fell by less over what was measured: it did so for
// vectors near spaces of 10 to 30 dimensions, and with a sample of a few thousand that is not
// always to be seen yet.
const leastFall = 0.2

// line returns where a line through points of one curve that falls at least will be: the
// line of least squares, in which later points weigh more, since curves get flatter.
func (e extrapolation) line(recalls []float64, of func(float64) float64, least float64) float64 {
	var sum, middle, center, product, spread float64
	for i, r := range recalls {
		w := float64(i + 1)
		sum, middle, center = sum+w, middle+w*of(max(r, 1e-4)), center+w*e.x[i]
	}
	middle, center = middle/sum, center/sum
	for i, r := range recalls {
		w := float64(i + 1)
		product += w * (e.x[i] - center) * (of(max(r, 1e-4)) - middle)
		spread += w * (e.x[i] - center) * (e.x[i] - center)
	}
	return middle + min(-least, product/spread)*(e.to-center)
}

// A plane is the logarithm of the odds over the logarithms of the number of vectors and
// of candidates.
type plane struct{ middle, vectors, candidates, byVectors, byCandidates float64 }

func (p plane) at(vectors, candidates float64) float64 {
	return p.middle + p.byVectors*(vectors-p.vectors) + p.byCandidates*(candidates-p.candidates)
}

// falling returns the plane that falls at least that much with each doubling, from the
// middle of what was measured.
func (p plane) falling(least float64) plane {
	p.byVectors = min(p.byVectors, -least)
	return p
}

// plane returns the plane of least squares. The odds of a recall that is nearly 0 or 1
// are known badly, so that points weigh as much as the variance of the recall: r·(1-r).
func (e extrapolation) plane(curves []curve, points [][]float64) (p plane) {
	each := func(f func(w, x, z, y float64)) {
		for c, some := range curves {
			for i, r := range points[c] {
				if some.pass > 0 {
					f(max(r*(1-r), 1e-4), e.x[i], math.Log2(float64(some.pass)), e.odds(r))
				}
			}
		}
	}
	var sum float64
	each(func(w, x, z, y float64) {
		sum, p.middle, p.vectors, p.candidates = sum+w, p.middle+w*y, p.vectors+w*x, p.candidates+w*z
	})
	p.middle, p.vectors, p.candidates = p.middle/sum, p.vectors/sum, p.candidates/sum
	var xx, xz, zz, xy, zy float64
	each(func(w, x, z, y float64) {
		x, z, y = x-p.vectors, z-p.candidates, y-p.middle
		xx, xz, zz, xy, zy = xx+w*x*x, xz+w*x*z, zz+w*z*z, xy+w*x*y, zy+w*z*y
	})
	if d := xx*zz - xz*xz; d > 1e-12*xx*zz {
		p.byVectors, p.byCandidates = (xy*zz-zy*xz)/d, (zy*xx-xy*xz)/d
	} else if xx > 0 { // one number of candidates
		p.byVectors = xy / xx
	}
	p.byVectors, p.byCandidates = min(0, p.byVectors), max(0, p.byCandidates)
	return p
}
