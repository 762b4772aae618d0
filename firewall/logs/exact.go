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

// merge adds what another has counted. Its numbers are not ours.
func (x *exact) merge(t tally) {
	o := t.(*exact)
	var ours [fieldCount]translation
	for f, n := range o.names {
		ours[f] = n.in(x.names[f])
	}
	parallel.ForEach(len(x.cubes), runtime.GOMAXPROCS(0), func(i int) {
		from := o.stores[i]
		from.flush()
		for row := range from.len() {
			key, s := from.at(row)
			if s.events == 0 {
				continue
			}
			for k, f := range x.cubes[i].fields {
				key[k] = ours[f].of(key[k])
			}
			x.stores[i].add(key, s)
		}
	})
}

func (x *exact) answers(top int) []Answer {
	for _, s := range x.stores {
		s.flush()
	}
	answers := make([]Answer, len(x.questions))
	parallel.ForEach(len(x.groups), runtime.GOMAXPROCS(0), func(i int) {
		v := x.view(i)
		for _, q := range x.groups[i].questions {
			answers[q] = v.answer(x.questions[q], top)
		}
	})
	return answers
}

// A view is the rows of a group.
type view struct {
	store  store
	rows   []uint32 // those of the store that are the group's
	all    bool     // all are
	keys   []field
	places []int // of the keys in a row
	names  *[fieldCount]*names
}

// view returns the rows of a group from those of its cube.
func (x *exact) view(group int) view {
	g, n := &x.groups[group], x.cubeOf[group]
	c := &x.cubes[n]
	v := view{store: x.stores[n], keys: g.keys, places: c.places(g.keys), names: &x.names}
	filter := x.rowFilter(g, c)
	switch {
	case len(filter.filters) == 0 && len(c.fields) == len(g.keys):
		v.all = true
	case c.keeps(g):
		for row := range v.store.len() {
			if key, _ := v.store.at(row); v.key(&key) != (numbers{}) && filter.holds(&key) {
				v.rows = append(v.rows, uint32(row))
			}
		}
	default:
		v.addUp(c, &filter)
	}
	return v
}

// addUp makes a store of its own for a view, since several rows of the cube belong
// together there.
func (v *view) addUp(c *cube, filter *rowFilter) {
	from := v.store
	v.store, v.all = newStore(len(v.keys), c.sums), true
	for row := range from.len() {
		key, s := from.at(row)
		if s.events == 0 || !filter.holds(&key) {
			continue
		}
		v.store.add(v.key(&key), s)
	}
	v.store.flush()
	for k := range v.places {
		v.places[k] = k
	}
}

// key returns the keys of a row of the store.
func (v *view) key(row *numbers) (key numbers) {
	for k, place := range v.places {
		key[k] = row[place]
	}
	return key
}

func (v *view) len() int {
	if v.all {
		return v.store.len()
	}
	return len(v.rows)
}

func (v *view) at(row int) (numbers, sums) {
	if !v.all {
		row = int(v.rows[row])
	}
	return v.store.at(row)
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
	best, next := largest(top, v.len(), func(row int) uint64 {
		_, s := v.at(row)
		count := s.value(q.Value)
		a.Events += s.events
		a.Total = plus(a.Total, count)
		if count > 0 {
			a.Keys++
		}
		return count
	}, v.compare)
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
		values[k] = v.names[f].name(key[v.places[k]])
	}
	return values
}

// compare is the order of rows that have equal counts.
func (v *view) compare(a, b int) int {
	keyA, _ := v.at(a)
	keyB, _ := v.at(b)
	for k, f := range v.keys {
		names, place := v.names[f], v.places[k]
		if order := strings.Compare(names.name(keyA[place]), names.name(keyB[place])); order != 0 {
			return order
		}
	}
	return 0
}
