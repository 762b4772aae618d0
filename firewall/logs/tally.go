package logs

import "slices"

// A group is questions that look at the same events by the same keys.
type group struct {
	log       Log
	filter    []filter
	keys      []field
	questions []int
}

// holds tells whether all filters do.
func holds(filters []filter, e *event) bool {
	for i := range filters {
		if !filters[i].holds(e) {
			return false
		}
	}
	return true
}

// groupsOf puts questions together that differ in their value alone.
func groupsOf(questions []Question) []group {
	var groups []group
	for i, q := range questions {
		same := func(g group) bool {
			first := questions[g.questions[0]]
			return first.Log == q.Log && slices.Equal(first.Keys, q.Keys) && slices.EqualFunc(first.Filter, q.Filter, Condition.equal)
		}
		at := slices.IndexFunc(groups, same)
		if at < 0 {
			at = len(groups)
			g := group{log: q.Log, filter: filters(q.Filter)}
			for _, f := range q.Keys {
				g.keys = append(g.keys, fieldOf[f])
			}
			groups = append(groups, g)
		}
		groups[at].questions = append(groups[at].questions, i)
	}
	return groups
}

func (c Condition) equal(d Condition) bool {
	return c.Op == d.Op && slices.Equal(c.Fields, d.Fields) && slices.Equal(c.Values, d.Values)
}

// A tally is what one goroutine has counted.
type tally interface {
	add(*event)
	merge(tally)              // of the same questions
	answers(top int) []Answer // of all questions, in their order
}

// weight is what an event adds to a question.
func (e *event) weight(v Value) uint64 {
	switch v {
	case Packets:
		return e.packets
	case Bytes:
		return e.bytes
	}
	return 1
}
