package logs

import "slices"

// A cube adds up the events of a log by some fields, from which several groups can
// be answered: top sources, and pairs, and flows of TCP are all in the sums by
// source, destination, port and protocol. So each event is added once, and not to
// a table for each question.
type cube struct {
	log    Log
	fields []field
	filter []filter // of its group, if there is but one
	sums   bool     // of packets and bytes are asked for, too
}

// cubesOf returns the cubes that answer groups, and for each group the number of
// its cube.
func cubesOf(groups []group, questions []Question) (cubes []cube, of []int) {
	of = slices.Repeat([]int{-1}, len(groups))
	for {
		best, covered := []field(nil), []int(nil)
		var log Log
		for i := range groups {
			if fields := groups[i].fields(); of[i] < 0 && canShare(fields) {
				if all := coveredBy(groups, of, groups[i].log, fields); len(all) > len(covered) {
					best, covered, log = fields, all, groups[i].log
				}
			}
		}
		if len(covered) < 2 {
			break
		}
		for _, i := range covered {
			of[i] = len(cubes)
		}
		cubes = append(cubes, cube{log: log, fields: best})
	}
	for i, g := range groups {
		if of[i] < 0 {
			of[i] = len(cubes)
			cubes = append(cubes, cube{log: g.log, fields: g.keys, filter: g.filter})
		}
	}
	for i, g := range groups {
		for _, q := range g.questions {
			if questions[q].Value != Events {
				cubes[of[i]].sums = true
			}
		}
	}
	return cubes, of
}

// fields are those that a group needs: its keys, then what its filter looks at.
func (g *group) fields() []field {
	fields := slices.Clone(g.keys)
	for _, f := range filtered(g.filter) {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// filtered are the fields that filters look at.
func filtered(filters []filter) (fields []field) {
	for _, f := range filters {
		fields = append(fields, f.fields...)
	}
	return fields
}

// places are those of fields in the rows of a cube.
func (c *cube) places(fields []field) (places []int) {
	for _, f := range fields {
		places = append(places, slices.Index(c.fields, f))
	}
	return places
}

// canShare tells whether sums by fields are of use to others. A field that has
// another value in nearly every event makes none.
func canShare(fields []field) bool {
	return len(fields) <= mostKeys && !slices.ContainsFunc(fields, func(f field) bool {
		return f == srcPort || f == flowID || f == age || f == url || f == userAgent
	})
}

// coveredBy returns the groups without a cube that sums by fields answer.
func coveredBy(groups []group, of []int, log Log, fields []field) (covered []int) {
	for i := range groups {
		g := &groups[i]
		missing := slices.ContainsFunc(g.fields(), func(f field) bool { return !slices.Contains(fields, f) })
		if of[i] < 0 && g.log == log && !missing {
			covered = append(covered, i)
		}
	}
	return covered
}

// keeps tells whether no two rows of the cube that belong to a group have the same
// keys there: what is not a key, its filter allows one value.
func (c *cube) keeps(g *group) bool {
	for _, f := range c.fields {
		one := func(is filter) bool {
			return is.op == In && len(is.values) == 1 && len(is.fields) == 1 && is.fields[0] == f
		}
		if !slices.Contains(g.keys, f) && !slices.ContainsFunc(g.filter, one) {
			return false
		}
	}
	return true
}
