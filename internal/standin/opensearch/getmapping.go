package opensearch

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

func getMapping(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	all := map[string]any{}
	for _, ix := range found {
		all[ix.name] = map[string]any{"mappings": ix.mapping.Load()}
	}
	return http.StatusOK, all, nil
}

// putMapping adds to the mappings of indices: to all of them, or to none.
func putMapping(s *Server, q *request) (int, any, error) {
	if len(q.body) == 0 {
		return 0, nil, invalid("mapping source is missing")
	}
	if err := checkJSON(q.body); err != nil {
		return 0, nil, s.parseFailure(err)
	}
	change, fail := s.mappingOf(q.body)
	s.mu.Lock()
	defer s.mu.Unlock()
	found, missing := s.resolve(q.index, q.resolving(open))
	if missing == nil {
		missing = unchangeable(found, false)
	}
	if missing != nil {
		return 0, nil, missing
	}
	if fail != nil {
		return 0, nil, fail
	}
	merged := make([]*mapping, len(found))
	for i, ix := range found {
		if merged[i], fail = ix.mapping.Load().merge(change); fail != nil {
			return 0, nil, fail
		}
	}
	for i, ix := range found {
		ix.mapping.Store(merged[i])
	}
	return http.StatusOK, acknowledged{true}, nil
}

// MarshalJSON writes the mapping as GET _mapping shows it.
func (m *mapping) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	if m.dynamic != "" {
		b = fmt.Appendf(b, `"dynamic":%q,`, m.dynamic)
	}
	if m.meta != nil {
		b = fmt.Appendf(b, `"_meta":%s,`, m.meta)
	}
	for _, name := range slices.Sorted(maps.Keys(m.others)) {
		b = fmt.Appendf(b, "%q:%s,", name, m.others[name])
	}
	b = m.root.appendFields(b)
	return append(bytes.TrimSuffix(b, []byte(",")), '}'), nil
}

// appendFields appends the fields in the order of their names, as OpenSearch does.
func (f *field) appendFields(b []byte) []byte {
	if len(f.fields) == 0 {
		return b
	}
	b = append(b, `"properties":{`...)
	for i, name := range slices.Sorted(maps.Keys(f.fields)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = f.fields[name].append(b)
	}
	return append(b, "},"...)
}

func (f *field) append(b []byte) []byte {
	b = append(b, '{')
	if f.typ != "object" || len(f.fields) == 0 {
		b = fmt.Appendf(b, `"type":%q,`, f.typ)
	}
	if f.dynamic != "" {
		b = fmt.Appendf(b, `"dynamic":%q,`, f.dynamic)
	}
	for _, name := range slices.Sorted(maps.Keys(f.params)) {
		b = fmt.Appendf(b, "%q:%s,", name, f.params[name])
	}
	b = f.appendFields(b)
	return append(bytes.TrimSuffix(b, []byte(",")), '}')
}
