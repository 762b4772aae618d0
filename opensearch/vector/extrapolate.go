package vector

import (
	"math"
	"math/rand/v2"
	"slices"
)

// meanRecall returns the mean of the recalls of queries, for k results each, and where it
// lies with 95 % confidence. Where all queries are equal, their scatter says nothing:
// the rule of three then does, after which what was not seen in n trials has a chance
// of at most 3/n.
func meanRecall(vectors int64, recalls []float64, k int) RecallAt {
	n := float64(len(recalls))
	mean := mean(recalls)
	var squares float64
	for _, x := range recalls {
		squares += (x - mean) * (x - mean)
	}
	half := 3 / (n * float64(k))
	if squares > 0 {
		half = max(half, 1.96*math.Sqrt(squares/max(1, n-1)/n))
	}
	return RecallAt{Vectors: vectors, Recall: mean, Low: max(0, mean-half), High: min(1, mean+half)}
}

func mean(values []float64) (sum float64) {
	for _, x := range values {
		sum += x
	}
	return sum / float64(len(values))
}

// extrapolate returns the recall for another number of vectors than was measured.
// recalls are those of a technique with its number of candidates and with smaller ones,
// by number of candidates, size and query.
//
// Two lines are laid through the points of each doubling: of the logarithm of the recall,
// which falls too slowly, and of the logarithm of its odds, log(r/(1-r)), which falls too
// fast. The recall is taken to be in the middle of what they say, and its interval reaches
// from the one to the other, each with the queries drawn anew (bootstrap). Since more
// candidates never find less, none falls below what fewer of them are said to find: their
// curves can be told when that of more is still flat.
func extrapolate(sizes []int, recalls [][][]float64, target int64, k int, seed uint64) RecallAt {
	own := recalls[len(recalls)-1]
	last := len(sizes) - 1
	at := meanRecall(target, own[last], k)
	if int64(sizes[last]) == target {
		return at
	}
	at.Extrapolated = true
	if len(sizes) < 3 { // no line
		at.Low = 0
		return at
	}
	x := make([]float64, len(sizes))
	for i, n := range sizes {
		x[i] = math.Log2(float64(n))
	}
	to := math.Log2(float64(target))
	fast, slow := foretell(x, recalls, nil, to, k)
	at.Recall = (fast + slow) / 2
	lows, highs := drawAgain(x, recalls, to, k, seed)
	at.Low, at.High = min(lows[draws*25/1000], at.Recall), max(highs[draws*975/1000], at.Recall)
	return at
}

// draws is how often queries are drawn anew.
const draws = 400

// drawAgain returns what the lines say for queries drawn anew, in rising order.
func drawAgain(x []float64, recalls [][][]float64, to float64, k int, seed uint64) (fast, slow []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	queries := make([]int, len(recalls[0][0]))
	fast, slow = make([]float64, draws), make([]float64, draws)
	for i := range draws {
		for q := range queries {
			queries[q] = r.IntN(len(queries))
		}
		fast[i], slow[i] = foretell(x, recalls, queries, to, k)
	}
	slices.Sort(fast)
	slices.Sort(slow)
	return fast, slow
}

// foretell returns what the two lines say, for the queries that are given, or all.
func foretell(x []float64, recalls [][][]float64, queries []int, to float64, k int) (fast, slow float64) {
	odds, logs := make([]float64, len(x)), make([]float64, len(x))
	least := 0.5 / float64(len(recalls[0][0])*k)
	for _, some := range recalls {
		for i := range x {
			r := meanOf(some[i], queries, least)
			logs[i] = math.Log(r)
			r = min(r, 1-least) // likewise
			odds[i] = math.Log(r / (1 - r))
		}
		fast = max(fast, 1/(1+math.Exp(-lineAt(x, odds, to))))
		slow = max(slow, math.Exp(lineAt(x, logs, to)))
	}
	return fast, slow
}

// meanOf returns the mean for some queries, or all. 0 is taken for half a neighbour.
func meanOf(recalls []float64, queries []int, least float64) float64 {
	sum := 0.0
	for q, x := range recalls {
		if queries != nil {
			x = recalls[queries[q]]
		}
		sum += x
	}
	return max(sum/float64(len(recalls)), least)
}

// lineAt returns where a line through points that does not rise is at a place: the line
// of least squares, in which later points weigh more, since curves get flatter.
func lineAt(x, y []float64, to float64) float64 {
	var sum, middle, center, product, spread float64
	for i := range x {
		w := float64(i + 1)
		sum, middle, center = sum+w, middle+w*y[i], center+w*x[i]
	}
	middle, center = middle/sum, center/sum
	for i := range x {
		w := float64(i + 1)
		product += w * (x[i] - center) * (y[i] - middle)
		spread += w * (x[i] - center) * (x[i] - center)
	}
	return middle + min(0, product/spread)*(to-center)
}
