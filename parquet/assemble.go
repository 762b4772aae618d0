package parquet

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Rows are made of the values of the leaves by their levels, as Dremel does: the
// definition level tells how much of the path of a value is there, the repetition level
// which list on the path it goes on with.

// peek returns the next value of the row below n. All leaves below n know whether n is
// there, so the first is asked.
func (r *group) peek(n *node) (v cell, ok bool) {
	c := r.leaves[n.from]
	if c.next == len(c.cells) {
		return v, false
	}
	return c.cells[c.next], true
}

// field returns the value of n within its parent, which is there.
func (r *group) field(n *node) (any, error) {
	v, ok := r.peek(n)
	switch {
	case !ok:
		return nil, n.wrap(errLevels)
	case n.repeated:
		return r.repeated(n, n)
	case v.def < n.def:
		return nil, r.absent(n)
	}
	return r.content(n)
}

// absent uses up the values that say that n is not there.
func (r *group) absent(n *node) error {
	for _, c := range r.leaves[n.from:n.to] {
		if c.next == len(c.cells) || c.cells[c.next].def >= n.def {
			return n.wrap(errLevels)
		}
		c.next++
	}
	return nil
}

// content returns the value of n, which is there.
func (r *group) content(n *node) (any, error) {
	switch {
	case n.leaf():
		return r.leafValue(n)
	case n.list():
		return r.repeated(n.children[0], n.children[0].elements(n))
	case n.mapping():
		return r.mapping(n.children[0])
	}
	object := make(map[string]any, len(n.children))
	for _, child := range n.children {
		v, err := r.field(child)
		if err != nil {
			return nil, err
		}
		object[child.name] = v
	}
	return object, nil
}

func (r *group) leafValue(n *node) (any, error) {
	v, ok := r.peek(n)
	if !ok {
		return nil, n.wrap(errLevels)
	}
	r.leaves[n.from].next++
	return v.value, nil
}

// each calls element for each time that n is there in the list at hand.
func (r *group) each(n *node, element func() error) error {
	v, ok := r.peek(n)
	if !ok {
		return n.wrap(errLevels)
	}
	if v.def < n.def {
		return r.absent(n)
	}
	for {
		if err := element(); err != nil {
			return err
		}
		v, ok := r.peek(n)
		if !ok || v.rep < n.rep {
			return nil
		}
		if v.rep > n.rep || v.def < n.def {
			return n.wrap(errLevels)
		}
	}
}

// repeated returns the list of n, whose elements are element: n or the field in it.
func (r *group) repeated(n, element *node) (any, error) {
	list := []any{}
	err := r.each(n, func() error {
		read := r.content
		if element != n {
			read = r.field
		}
		v, err := read(element)
		list = append(list, v)
		return err
	})
	return list, err
}

// mapping returns the map of the repeated pairs n. Of equal keys the last one counts,
// as the format says.
func (r *group) mapping(n *node) (any, error) {
	object := map[string]any{}
	err := r.each(n, func() error {
		k, err := r.field(n.children[0])
		if err != nil {
			return err
		}
		name, ok := keyText(k)
		if !ok {
			return n.wrap(fmt.Errorf("a map with a key of type %T", k))
		}
		object[name] = nil
		if len(n.children) == 2 {
			object[name], err = r.field(n.children[1])
		}
		return err
	})
	return object, err
}

func keyText(k any) (string, bool) {
	switch k := k.(type) {
	case string:
		return k, true
	case json.Number:
		return string(k), true
	case bool:
		return strconv.FormatBool(k), true
	case int64:
		return strconv.FormatInt(k, 10), true
	case uint64:
		return strconv.FormatUint(k, 10), true
	case float32:
		return strconv.FormatFloat(float64(k), 'g', -1, 32), true
	case float64:
		return strconv.FormatFloat(k, 'g', -1, 64), true
	case time.Time:
		return k.Format(time.RFC3339Nano), true
	case []byte:
		return base64.StdEncoding.EncodeToString(k), true
	}
	return "", false
}
