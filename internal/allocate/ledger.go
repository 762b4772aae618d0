package allocate

import (
	"cmp"
	"math/bits"
	"slices"
	"time"
)

// A Ledger keeps what was active when: the weights of activities by step of time and key.
// Its memory is that of the distinct pairs of them, not that of the activities.
type Ledger struct {
	step  int64 // microseconds
	steps map[int64]*stepShares

	// running is the sum from the step that was asked for last.
	running runningSum
}

// A runningSum is that of the steps from one until before another.
type runningSum struct {
	from, to int64
	sums     map[int]int64
}

func (r *runningSum) add(shares []Share) {
	for _, s := range shares {
		r.sums[s.Key] += s.Amount
	}
}

// A Share is an amount of a key.
type Share struct {
	Key    int
	Amount int64
}

// NewLedger returns an empty ledger with steps of that length.
func NewLedger(step time.Duration) *Ledger {
	return &Ledger{step: max(step.Microseconds(), 1), steps: map[int64]*stepShares{}}
}

// Add adds an activity. Its weight is spread evenly over its time, exactly; one that took no
// time is in the step in which it was. A weight that is not positive is none.
func (l *Ledger) Add(key int, from, to time.Time, weight int64) {
	if weight <= 0 {
		return
	}
	l.running.sums = nil
	start, end := from.UnixMicro(), to.UnixMicro()
	first := floorDiv(start, l.step)
	if end <= start || floorDiv(end-1, l.step) == first {
		l.add(first, key, weight)
		return
	}
	// What is due until the end of each step, less what was given before, loses nothing.
	var given int64
	for s := first; s*l.step < end; s++ {
		due := portion(weight, min((s+1)*l.step, end)-start, end-start)
		l.add(s, key, due-given)
		given = due
	}
}

// portion is weight×part/whole, rounded down.
func portion(weight, part, whole int64) int64 {
	high, low := bits.Mul64(uint64(weight), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole)) // part is at most whole
	return int64(quotient)
}

func (l *Ledger) add(step int64, key int, weight int64) {
	if weight == 0 {
		return
	}
	s := l.steps[step]
	if s == nil {
		s = new(stepShares)
		l.steps[step] = s
	}
	s.latest = append(s.latest, Share{key, weight})
	if len(s.latest) >= latest+len(s.sorted) {
		s.settle()
	}
}

// latest is how many activities a step keeps beside its sums at least.
const latest = 64

// stepShares are the weights of a step by key: sums, and what came since.
type stepShares struct{ sorted, latest []Share }

// settle adds what came since to the sums.
func (s *stepShares) settle() []Share {
	if len(s.latest) == 0 {
		return s.sorted
	}
	all := append(s.sorted, s.latest...)
	slices.SortFunc(all, byKey)
	sums := all[:0]
	for _, next := range all {
		if last := len(sums) - 1; last >= 0 && sums[last].Key == next.Key {
			sums[last].Amount += next.Amount
		} else {
			sums = append(sums, next)
		}
	}
	s.sorted, s.latest = slices.Clip(slices.Clone(sums)), s.latest[:0]
	return s.sorted
}

func byKey(a, b Share) int { return cmp.Compare(a.Key, b.Key) }

// of are the weights of a step, in order of the keys.
func (l *Ledger) of(step int64) []Share {
	if s := l.steps[step]; s != nil {
		return s.settle()
	}
	return nil
}

// Active returns the weights of what was active from a time until before another, in steps
// that they touch, in order of the keys.
func (l *Ledger) Active(from, to time.Time) []Share {
	first, end := floorDiv(from.UnixMicro(), l.step), ceilDiv(to.UnixMicro(), l.step)
	if end-first <= 1 {
		return slices.Clone(l.of(first))
	}
	return l.sum(first, end)
}

// sum adds up steps. Windows that begin alike go on from where the last one ended.
func (l *Ledger) sum(first, end int64) []Share {
	r := &l.running
	if r.sums == nil || r.from != first || r.to > end {
		r.from, r.to, r.sums = first, first, map[int]int64{}
	}
	if end-r.to > int64(len(l.steps)) { // of a long time, only the steps that there are
		for s, shares := range l.steps {
			if s >= r.to && s < end {
				r.add(shares.settle())
			}
		}
		r.to = end
	}
	for ; r.to < end; r.to++ {
		r.add(l.of(r.to))
	}
	all := make([]Share, 0, len(r.sums))
	for key, amount := range r.sums {
		all = append(all, Share{key, amount})
	}
	slices.SortFunc(all, byKey)
	return all
}

// Share splits total among what was active in a time, by weight. It reports false if
// nothing was.
func (l *Ledger) Share(from, to time.Time, total int64) ([]Share, bool) {
	active := l.Active(from, to)
	weights := make([]int64, len(active))
	for i, s := range active {
		weights[i] = s.Amount
	}
	shares := Split(total, weights)
	for i := range shares {
		active[i].Amount = shares[i]
	}
	return active, len(shares) > 0
}

func floorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }
