package opensearch

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A query tells whether it matches a document.
type query func(*mapping, hit) bool

// readQuery reads a query. Those that are not known are refused.
func readQuery(body json.RawMessage) (query, *apiError) {
	list := members(body)
	if len(list) != 1 || checkJSON(body) != nil {
		return nil, newError(400, "parsing_exception", "query malformed, empty clause found")
	}
	name, value := list[0].key, json.RawMessage(list[0].value)
	switch name {
	case "match_all":
		return func(*mapping, hit) bool { return true }, nil
	case "match_none":
		return func(*mapping, hit) bool { return false }, nil
	case "ids":
		return idsQuery(value)
	case "term":
		return termQuery(value)
	case "terms":
		return termsQuery(value)
	case "exists":
		return existsQuery(value)
	case "bool":
		return boolQuery(value)
	case "constant_score":
		var inner struct{ Filter json.RawMessage }
		if json.Unmarshal(value, &inner) != nil || inner.Filter == nil {
			return nil, newError(400, "parsing_exception", "[constant_score] requires a 'filter' element")
		}
		return readQuery(inner.Filter)
	}
	if slices.Contains(otherQueries, name) {
		return nil, notImplemented("the query " + name)
	}
	return nil, newError(400, "parsing_exception", "unknown query [%s]", name)
}

// otherQueries are those that OpenSearch knows, and that are not known here.
var otherQueries = strings.Fields(`match match_phrase match_phrase_prefix match_bool_prefix multi_match range prefix wildcard regexp fuzzy
	query_string simple_query_string nested function_score script script_score knn geo_bounding_box geo_distance geo_polygon geo_shape
	more_like_this dis_max boosting terms_set intervals wrapper has_child has_parent parent_id rank_feature percolate distance_feature
	span_term span_near span_or span_not span_first span_multi span_containing span_within neural hybrid template`)

func idsQuery(body json.RawMessage) (query, *apiError) {
	var given struct{ Values json.RawMessage }
	json.Unmarshal(body, &given) // it is an object or has no values
	ids := words(given.Values)
	return func(_ *mapping, h hit) bool { return slices.Contains(ids, h.id) }, nil
}

func termQuery(body json.RawMessage) (query, *apiError) {
	list := members(body)
	if len(list) != 1 {
		return nil, newError(400, "parsing_exception", "[term] query malformed, no start_object after query name")
	}
	value := json.RawMessage(list[0].value)
	if value[0] == '{' {
		var inner struct{ Value json.RawMessage }
		json.Unmarshal(value, &inner) // checked as a whole
		value = inner.Value
	}
	return oneOf(list[0].key, []json.RawMessage{value}), nil
}

func termsQuery(body json.RawMessage) (query, *apiError) {
	var given map[string]json.RawMessage
	json.Unmarshal(body, &given) // checked as a whole
	delete(given, "boost")
	names := slices.Sorted(maps.Keys(given))
	if len(names) != 1 {
		return nil, newError(400, "parsing_exception", "[terms] query requires one field name")
	}
	var values []json.RawMessage
	if json.Unmarshal(given[names[0]], &values) != nil {
		return nil, notImplemented("terms lookup")
	}
	return oneOf(names[0], values), nil
}

// oneOf matches documents with one of the values in a field.
func oneOf(name string, values []json.RawMessage) query {
	var wanted []string
	for _, value := range values {
		wanted = append(wanted, scalarText(value))
	}
	return func(m *mapping, h hit) bool {
		switch name {
		case "_id":
			return slices.Contains(wanted, h.id)
		case "_index":
			return h.index != nil && slices.Contains(wanted, h.index.name)
		case "_routing":
			return slices.Contains(wanted, h.routing)
		}
		path, text := m.analyzed(name)
		return slices.ContainsFunc(valuesAt(h.source, strings.Split(path, ".")), func(value []byte) bool {
			have := scalarText(value)
			for _, want := range wanted {
				if text && slices.Contains(tokens(have), want) || !text && (have == want || sameNumber(have, want)) {
					return true
				}
			}
			return false
		})
	}
}

// analyzed returns the path in the document that a field is made of, and whether
// its values are split into words.
func (m *mapping) analyzed(name string) (path string, text bool) {
	f, path := m.root, ""
	for step := range strings.SplitSeq(name, ".") {
		child := f.fields[step]
		if child == nil {
			if f.params["fields"] != nil { // a multi-field is made of its parent
				return path, false
			}
			return name, false
		}
		f, path = child, join(path, []byte(step))
	}
	return path, f.typ == "text"
}

// find returns the field of a name, or the one that a multi-field is made of; nil if
// there is none.
func (m *mapping) find(name string) (f *field, multi bool) {
	f = m.root
	for step := range strings.SplitSeq(name, ".") {
		child := f.fields[step]
		if child == nil {
			var several map[string]json.RawMessage
			json.Unmarshal(f.params["fields"], &several) // made by a body that was checked
			if several[step] != nil {
				return f, true
			}
			return nil, false
		}
		f = child
	}
	return f, false
}

// tokens is the standard analyzer, for plain words.
func tokens(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r >= 0x80)
	})
}

func scalarText(value []byte) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func sameNumber(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && x == y
}

// valuesAt returns the values at a path: several, if there are arrays. null is none.
func valuesAt(value []byte, path []string) (all [][]byte) {
	switch value = bytes.TrimSpace(value); {
	case len(value) == 0 || value[0] == 'n':
	case value[0] == '[':
		var elements []json.RawMessage
		json.Unmarshal(value, &elements) // it has been checked
		for _, e := range elements {
			all = append(all, valuesAt(e, path)...)
		}
	case len(path) == 0:
		all = [][]byte{value}
	case value[0] == '{':
		for _, m := range members(value) {
			for n := 1; n <= len(path); n++ {
				if m.key == strings.Join(path[:n], ".") {
					all = append(all, valuesAt(m.value, path[n:])...)
				}
			}
		}
	}
	return all
}

func existsQuery(body json.RawMessage) (query, *apiError) {
	var given struct{ Field string }
	if json.Unmarshal(body, &given) != nil || given.Field == "" {
		return nil, newError(400, "parsing_exception", "[exists] must be provided with a [field]")
	}
	return func(m *mapping, h hit) bool {
		if f, _ := m.find(given.Field); f != nil && f.kind == kindVector && h.shard != nil {
			return h.vector(given.Field) != nil
		}
		path, _ := m.analyzed(given.Field)
		return len(valuesAt(h.source, strings.Split(path, "."))) > 0
	}, nil
}

func boolQuery(body json.RawMessage) (query, *apiError) {
	var all, some, none []query
	minimum := -1
	for _, m := range members(body) {
		var into *[]query
		switch m.key {
		case "must", "filter":
			into = &all
		case "should":
			into = &some
		case "must_not":
			into = &none
		case "minimum_should_match":
			n, err := strconv.Atoi(scalarText(m.value))
			if err != nil {
				return nil, notImplemented("minimum_should_match of " + string(m.value))
			}
			minimum = n
			continue
		case "boost", "adjust_pure_negative", "_name":
			continue
		default:
			return nil, newError(400, "x_content_parse_exception", "[bool] unknown field [%s]", m.key)
		}
		clauses := []json.RawMessage{m.value}
		if m.value[0] == '[' {
			clauses = nil
			json.Unmarshal(m.value, &clauses) // checked as a whole
		}
		for _, clause := range clauses {
			q, fail := readQuery(clause)
			if fail != nil {
				return nil, fail
			}
			*into = append(*into, q)
		}
	}
	if minimum < 0 && len(all) == 0 && len(some) > 0 {
		minimum = 1
	}
	return func(m *mapping, h hit) bool {
		hits := 0
		for _, q := range some {
			if q(m, h) {
				hits++
			}
		}
		matches := func(q query) bool { return q(m, h) }
		return hits >= minimum && !slices.ContainsFunc(all, func(q query) bool { return !q(m, h) }) && !slices.ContainsFunc(none, matches)
	}, nil
}
