package opensearch

import (
	"bytes"
	"encoding/json"
)

// A member is one of an object, in its order.
type member struct {
	key   string
	value []byte
}

func members(object []byte) (list []member) {
	s := scanner{b: object}
	s.peek()
	s.object(func(key []byte) error {
		value, err := s.value()
		list = append(list, member{string(key), value})
		return err
	}) // it has been checked
	return list
}

func compact(value []byte) []byte {
	var b bytes.Buffer
	json.Compact(&b, value) // it has been checked
	return b.Bytes()
}

// mergeJSON returns an object with the members of another beside or instead, and
// whether that changed it. Objects in it are merged, everything else is replaced
// (XContentHelper.update).
func mergeJSON(object, with []byte) (merged []byte, changed bool) {
	list := members(object)
	for _, m := range members(with) {
		i := 0
		for i < len(list) && list[i].key != m.key {
			i++
		}
		switch {
		case i == len(list):
			list, changed = append(list, m), true
		case list[i].value[0] == '{' && m.value[0] == '{':
			value, inside := mergeJSON(list[i].value, m.value)
			list[i].value, changed = value, changed || inside
		case !equalJSON(list[i].value, m.value):
			list[i].value, changed = m.value, true
		}
	}
	return objectOf(list), changed
}

// objectOf is an object of members.
func objectOf(list []member) []byte {
	b := []byte{'{'}
	for i, m := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.key), ':')
		b = append(b, compact(m.value)...)
	}
	return append(b, '}')
}

// equalJSON tells whether two values are equal but for the order of members and
// white space. 1 and 1.0 are not.
func equalJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	return bytes.Equal(canonical(a), canonical(b))
}

func canonical(value []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	d.Decode(&v) // it has been checked
	return marshal(v)
}
