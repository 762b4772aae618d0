package logs

import (
	"hash/maphash"
	"slices"
)

// bounded is a tally that holds no more than so many keys.
type bounded struct {
	questions []Question
	groups    []group
	sketches  []*sketch // by question
	events    []uint64
	key       []byte
}

func newBounded(questions []Question, groups []group, entries int, seed maphash.Seed) *bounded {
	b := &bounded{questions: questions, groups: groups, events: make([]uint64, len(questions))}
	for range questions {
		b.sketches = append(b.sketches, newSketch(entries, seed))
	}
	return b
}

func (b *bounded) add(e *event) {
	for i := range b.groups {
		g := &b.groups[i]
		if g.log != e.log || !holds(g.filter, e) {
			continue
		}
		if b.key = appendKey(b.key[:0], e, g.keys); len(b.key) == 0 {
			continue
		}
		for _, q := range g.questions {
			b.events[q]++
			if weight := e.weight(b.questions[q].Value); weight > 0 {
				b.sketches[q].add(b.key, weight)
			}
		}
	}
}

func (b *bounded) merge(t tally) {
	o := t.(*bounded)
	for q, s := range b.sketches {
		s.merge(o.sketches[q])
		b.events[q] += o.events[q]
	}
}

func (b *bounded) answers(top int) []Answer {
	var list []Answer
	for q := range b.questions {
		list = append(list, b.answer(q, top))
	}
	return list
}

func (b *bounded) answer(question, top int) Answer {
	s := b.sketches[question]
	a := Answer{Question: b.questions[question], Events: b.events[question], Total: s.total}
	if s.floor == 0 {
		a.Keys = len(s.entries)
	}
	best, next := largest(top, len(s.entries),
		func(i int) uint64 { return s.entries[i].count },
		func(i, j int) int {
			return slices.Compare(splitKey(s.key(&s.entries[i])), splitKey(s.key(&s.entries[j])))
		})
	a.Unlisted = max(s.floor, next)
	for _, r := range best {
		e := &s.entries[r.at]
		a.Rows = append(a.Rows, Row{Values: splitKey(s.key(e)), Count: e.count, Excess: e.excess})
	}
	return a
}
