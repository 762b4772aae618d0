package vector

import (
	"cmp"
	"math"
	"slices"
)

// best are the k best of what was added: a heap with the worst of them at the top. Of
// equal scores the lower number is better, so that the order of adding does not matter.
type best struct {
	k       int
	scores  []float64
	numbers []int32
}

func newBest(k int) *best { return &best{k: k} }

// least is the score that something must have at least to be kept.
func (b *best) least() float64 {
	if len(b.scores) < b.k {
		return math.Inf(-1)
	}
	return b.scores[0]
}

// add reports whether it was kept.
func (b *best) add(score float64, number int32) bool {
	if len(b.scores) < b.k {
		b.scores, b.numbers = append(b.scores, score), append(b.numbers, number)
		b.up(len(b.scores) - 1)
		return true
	}
	if b.k == 0 || !worse(b.scores[0], b.numbers[0], score, number) {
		return false
	}
	b.scores[0], b.numbers[0] = score, number
	b.down(0)
	return true
}

func worse(score float64, number int32, than float64, thanNumber int32) bool {
	return score < than || score == than && number > thanNumber
}

func (b *best) less(i, j int) bool {
	return worse(b.scores[i], b.numbers[i], b.scores[j], b.numbers[j])
}

func (b *best) swap(i, j int) {
	b.scores[i], b.scores[j] = b.scores[j], b.scores[i]
	b.numbers[i], b.numbers[j] = b.numbers[j], b.numbers[i]
}

func (b *best) up(i int) {
	for i > 0 && b.less(i, (i-1)/2) {
		b.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (b *best) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(b.scores) {
			return
		}
		if child+1 < len(b.scores) && b.less(child+1, child) {
			child++
		}
		if !b.less(child, i) {
			return
		}
		b.swap(i, child)
		i = child
	}
}

// order returns the positions of what was kept, the best first.
func (b *best) order() []int {
	order := make([]int, len(b.scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(b.scores[j], b.scores[i]), cmp.Compare(b.numbers[i], b.numbers[j]))
	})
	return order
}
