package opensearch

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func putStream(s *Server, q *request) (int, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[q.name] != nil {
		return 0, nil, newError(http.StatusBadRequest, "resource_already_exists_exception", "data_stream [%s] already exists", q.name)
	}
	if fail := s.checkNewName(q.name); fail != nil {
		return 0, nil, fail
	}
	if fail := s.createStream(q.name); fail != nil {
		return 0, nil, fail
	}
	return http.StatusOK, acknowledged{true}, nil
}

func getStream(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.streams)) {
		if q.name != "" && !matchName(q.name, name) {
			continue
		}
		st := s.streams[name]
		all = append(all, map[string]any{"name": name, "timestamp_field": map[string]string{"name": "@timestamp"}, "generation": st.generation,
			"indices": []any{map[string]string{"index_name": st.backing, "index_uuid": s.indices[st.backing].uuid}}, "status": "GREEN"})
	}
	if len(all) == 0 && q.name != "" && !strings.Contains(q.name, "*") {
		return 0, nil, indexNotFound(q.name)
	}
	return http.StatusOK, map[string]any{"data_streams": all}, nil
}

func deleteStream(s *Server, q *request) (int, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.streams[q.name]
	if st == nil {
		return 0, nil, indexNotFound(q.name)
	}
	delete(s.streams, q.name)
	s.remove(st.backing)
	return http.StatusOK, acknowledged{true}, nil
}

// checkTimestamp refuses documents of data streams without one.
func checkTimestamp(source []byte) *apiError {
	for _, m := range members(source) {
		if m.key == "@timestamp" && m.value[0] != 'n' {
			return nil
		}
	}
	e := mapperParsing("failed to parse")
	e.CausedBy = illegalArgument("data stream timestamp field [@timestamp] is missing")
	return e
}

// createAuto makes an index or a data stream since somebody writes to it. The
// caller holds s.mu and has checked the name.
func (s *Server) createAuto(name string) *apiError {
	if t := s.templateFor(name); t != nil && t.stream {
		return s.createStream(name)
	}
	return s.create(name, createBody{mapping: newMapping()})
}

func (s *Server) createStream(name string) *apiError {
	t := s.templateFor(name)
	if t == nil || !t.stream {
		return illegalArgument("no matching index template found for data stream [%s]", name)
	}
	st := &stream{backing: fmt.Sprintf(".ds-%s-%06d", name, 1), generation: 1}
	timestamp, fail := s.mappingOf([]byte(`{"properties":{"@timestamp":{"type":"date"}}}`))
	if fail != nil {
		return fail
	}
	c, fail := createBody{mapping: timestamp, settings: map[string]*string{"index.hidden": new("true")}}.under(t)
	if fail != nil {
		return fail
	}
	if fail := s.create(st.backing, c); fail != nil {
		return fail
	}
	s.streams[name] = st
	return nil
}

// A stream is a data stream. Here it has one index at any time.
type stream struct {
	backing    string
	generation int
}
