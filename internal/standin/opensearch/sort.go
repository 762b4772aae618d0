package opensearch

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// A sortKey is one of those that hits are sorted by.
type sortKey struct {
	field   string
	desc    bool
	missing string // _first, or else last
	unmap   bool   // a field that the mapping lacks is none
}

// readSort reads the member or the parameter "sort".
func readSort(body json.RawMessage, parameter string) (keys []sortKey, fail *apiError) {
	if len(body) == 0 && parameter != "" {
		for part := range strings.SplitSeq(parameter, ",") {
			field, order, _ := strings.Cut(part, ":")
			keys = append(keys, sortKey{field: field, desc: order == "desc"})
		}
		return keys, nil
	}
	if len(body) == 0 {
		return nil, nil
	}
	parts := []json.RawMessage{body}
	if body[0] == '[' {
		parts = nil
		json.Unmarshal(body, &parts) // checked as a whole
	}
	for _, part := range parts {
		if part[0] == '"' {
			keys = append(keys, sortKey{field: scalarText(part)})
			continue
		}
		for _, m := range members(part) {
			key, fail := readSortKey(m)
			if fail != nil {
				return nil, fail
			}
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func readSortKey(m member) (sortKey, *apiError) {
	key := sortKey{field: m.key}
	if m.value[0] == '"' {
		key.desc = scalarText(m.value) == "desc"
		return key, nil
	}
	for _, option := range members(m.value) {
		switch option.key {
		case "order":
			key.desc = scalarText(option.value) == "desc"
		case "missing":
			key.missing = scalarText(option.value)
		case "unmapped_type":
			key.unmap = true
		case "numeric_type", "format":
		default:
			return key, notImplemented("sorting with " + option.key)
		}
	}
	return key, nil
}

// check refuses to sort by what cannot be sorted by.
func (k sortKey) check(m *mapping) *apiError {
	switch k.field {
	case "_id", "_doc", "_score", "_seq_no":
		return nil
	}
	f, multi := m.find(k.field)
	switch {
	case f == nil && !k.unmap:
		return newError(http.StatusBadRequest, "query_shard_exception", "No mapping found for [%s] in order to sort on", k.field)
	case f != nil && f.typ == "text" && !multi:
		return illegalArgument("Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [%s] in order to load field data by uninverting the inverted index. Note that this can use significant memory.", k.field)
	}
	return nil
}

// value is what a hit is sorted by: nil, a number or a string.
func (k sortKey) value(m *mapping, h hit, place int) any {
	switch k.field {
	case "_id":
		return h.id
	case "_doc":
		return json.Number(strconv.Itoa(place))
	case "_score":
		return json.Number("1.0")
	case "_seq_no":
		return json.Number(strconv.FormatInt(h.seq, 10))
	}
	path, _ := m.analyzed(k.field)
	f, multi := m.find(k.field)
	var best any
	for _, raw := range valuesAt(h.source, strings.Split(path, ".")) {
		v := sortValue(raw, f, multi)
		if best == nil || (compareValues(v, best) < 0) != k.desc {
			best = v
		}
	}
	if best == nil {
		return k.none(f)
	}
	return best
}

// none is what a hit without a value is sorted by: the least or the greatest of the
// type, or nil for strings.
func (k sortKey) none(f *field) any {
	least := (k.missing == "_first") != k.desc
	pick := func(low, high string) any {
		if least {
			return json.Number(low)
		}
		return json.Number(high)
	}
	switch {
	case f == nil || f.kind == kindLong || f.kind == kindDate:
		return pick("-9223372036854775808", "9223372036854775807")
	case f.kind == kindFloat && least:
		return "-Infinity"
	case f.kind == kindFloat:
		return "Infinity"
	case f.kind == kindBoolean || f.kind == kindInteger || f.kind == kindShort || f.kind == kindByte:
		return pick("-2147483648", "2147483647")
	}
	return nil
}

func sortValue(raw []byte, f *field, multi bool) any {
	text := scalarText(raw)
	switch {
	case multi || f == nil || f.kind == kindText:
		return text
	case f.kind == kindDate && raw[0] == '"':
		if t, ok := parseDate(text); ok {
			return json.Number(strconv.FormatInt(t.UnixMilli(), 10))
		}
	case f.kind == kindBoolean:
		return json.Number(map[string]string{"true": "1"}[text] + "0")[:1]
	}
	return json.Number(text)
}

// compare compares what two hits are sorted by.
func (r *searchRequest) compare(a, b []any) int {
	for i, key := range r.keys {
		x, y := a[i], b[i]
		if x == nil || y == nil {
			if (x == nil) == (y == nil) {
				continue
			}
			if (x == nil) == (key.missing == "_first") {
				return -1
			}
			return 1
		}
		if c := compareValues(x, y); c != 0 && key.desc {
			return -c
		} else if c != 0 {
			return c
		}
	}
	return 0
}

func compareValues(a, b any) int {
	_, number := a.(json.Number)
	_, other := b.(json.Number)
	if !number && !other {
		return cmp.Compare(textOf(a), textOf(b))
	}
	i, err := strconv.ParseInt(textOf(a), 10, 64)
	j, err2 := strconv.ParseInt(textOf(b), 10, 64)
	if err == nil && err2 == nil {
		return cmp.Compare(i, j)
	}
	f, _ := strconv.ParseFloat(textOf(a), 64) // also of Infinity
	g, _ := strconv.ParseFloat(textOf(b), 64)
	return cmp.Compare(f, g)
}

func textOf(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case json.Number:
		return string(t)
	}
	return ""
}
