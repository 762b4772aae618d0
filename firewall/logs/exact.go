package logs

import (
	"runtime"
	"strings"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// exact is a tally that knows every key. Values have numbers.
type exact struct {
	questions []Question
	groups    []group
	cubes     []cube
	cubeOf    []int // by group
	stores    []store
	names     [fieldCount]*names
	ids       [fieldCount]uint32 // of the values of the event at hand
	known     uint64             // bit f is set if ids[f] is that of the event at hand
	parts     []part             // what others have counted
}

func newExact(questions []Question, groups []group) *exact {
	x := &exact{questions: questions, groups: groups}
	for f := range x.names {
		x.names[f] = newNames(field(f) == srcPort)
	}
	x.names[destIP], x.names[destPort] = x.names[srcIP], x.names[srcPort]
	x.cubes, x.cubeOf = cubesOf(groups, questions)
	for _, c := range x.cubes {
		x.stores = append(x.stores, newStore(len(c.fields), c.sums))
	}
	return x
}

func (x *exact) add(e *event) {
	x.known = 0
	for i := range x.cubes {
		if c := &x.cubes[i]; c.log == e.log && holds(c.filter, e) {
			var key numbers
			for k, f := range c.fields {
				key[k] = x.id(e, f)
			}
			x.stores[i].add(key, sums{1, e.packets, e.bytes})
		}
	}
}

func (x *exact) id(e *event, f field) uint32 {
	if x.known&(1<<f) == 0 {
		x.ids[f] = x.names[f].id(e.text[f])
		x.known |= 1 << f
	}
	return x.ids[f]
}

// merge takes over what another has counted. Its rows are added up with ours when
// somebody asks, since questions need but parts of them.
func (x *exact) merge(t tally) {
	o := t.(*exact)
	p := part{stores: o.stores}
	for f, n := range o.names {
		p.numbers[f] = n.in(x.names[f])
	}
	x.parts = append(x.parts, p)
}

// A part is what one goroutine has counted, and our numbers for its values.
type part struct {
	stores  []store
	numbers [fieldCount]translation
}

func (x *exact) answers(top int) []Answer {
	own := part{stores: x.stores}
	for f, n := range x.names {
		own.numbers[f] = n.in(n)
	}
	parts := append(x.parts, own)
	for _, p := range parts {
		for _, s := range p.stores {
			s.flush()
		}
	}
	answers := make([]Answer, len(x.questions))
	parallel.ForEach(len(x.groups), runtime.GOMAXPROCS(0), func(i int) {
		v := x.view(i, parts)
		for _, q := range x.groups[i].questions {
			answers[q] = v.answer(x.questions[q], top)
		}
	})
	return answers
}

// A view is the rows of a group.
type view struct {
	store
	keys  []field
	names *[fieldCount]*names
}

// view adds up the rows of a group from those of its cube.
func (x *exact) view(group int, parts []part) view {
	g, n := &x.groups[group], x.cubeOf[group]
	c := &x.cubes[n]
	v := view{newStore(len(g.keys), c.sums), g.keys, &x.names}
	places, filter := c.places(g.keys), x.rowFilter(g, c)
	for _, p := range parts {
		from := p.stores[n]
		for row := range from.len() {
			key, s := from.at(row)
			if s.events == 0 {
				continue
			}
			for k, f := range c.fields {
				key[k] = p.numbers[f].of(key[k])
			}
			if !filter.holds(&key) {
				continue
			}
			var to numbers
			for k, place := range places {
				to[k] = key[place]
			}
			v.add(to, s)
		}
	}
	v.flush()
	return v
}

// A rowFilter tells whether the filters of a group hold for the rows of its cube.
// It looks at each value once.
type rowFilter struct {
	filters []filter
	names   *[fieldCount]*names
	places  [][]int    // by filter: of its fields in the row
	known   [][][]int8 // by filter, field and number: 1 if it matches, -1 if not
}

func (x *exact) rowFilter(g *group, c *cube) rowFilter {
	r := rowFilter{names: &x.names}
	if c.filter != nil {
		return r // it was asked of each event
	}
	r.filters = g.filter
	for _, f := range g.filter {
		r.places = append(r.places, c.places(f.fields))
		r.known = append(r.known, make([][]int8, len(f.fields)))
	}
	return r
}

func (r *rowFilter) holds(key *numbers) bool {
	for i := range r.filters {
		one := false
		for k, place := range r.places[i] {
			one = one || r.matches(i, k, key[place])
		}
		if !one {
			return false
		}
	}
	return true
}

func (r *rowFilter) matches(filter, k int, id uint32) bool {
	known := &r.known[filter][k]
	if missing := int(id) + 1 - len(*known); missing > 0 {
		*known = append(*known, make([]int8, missing)...)
	}
	if (*known)[id] == 0 {
		(*known)[id] = -1
		f := &r.filters[filter]
		if f.matches([]byte(r.names[f.fields[k]].name(id))) {
			(*known)[id] = 1
		}
	}
	return (*known)[id] > 0
}

func (v *view) answer(q Question, top int) Answer {
	a := Answer{Question: q}
	count := func(row int) uint64 {
		_, s := v.at(row)
		return s.value(q.Value)
	}
	for row := range v.len() {
		_, s := v.at(row)
		a.Events += s.events
		a.Total = plus(a.Total, s.value(q.Value))
		if s.value(q.Value) > 0 {
			a.Keys++
		}
	}
	best, next := largest(top, v.len(), count, v.compare)
	a.Unlisted = next
	for _, r := range best {
		a.Rows = append(a.Rows, Row{Values: v.values(r.at), Count: r.count})
	}
	return a
}

func (v *view) values(row int) []string {
	key, _ := v.at(row)
	values := make([]string, len(v.keys))
	for k, f := range v.keys {
		values[k] = v.names[f].name(key[k])
	}
	return values
}

// compare is the order of rows that have equal counts.
func (v *view) compare(a, b int) int {
	keyA, _ := v.at(a)
	keyB, _ := v.at(b)
	for k, f := range v.keys {
		if order := strings.Compare(v.names[f].name(keyA[k]), v.names[f].name(keyB[k])); order != 0 {
			return order
		}
	}
	return 0
}
