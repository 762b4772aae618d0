package opensearch

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A template is what new indices get whose names fit.
type template struct {
	body     json.RawMessage
	patterns []string
	priority int
	create   createBody
	stream   bool // names that fit are data streams
}

func putTemplate(s *Server, q *request) (int, any, error) {
	var body struct {
		IndexPatterns json.RawMessage `json:"index_patterns"`
		Template      json.RawMessage `json:"template"`
		Priority      int             `json:"priority"`
		DataStream    json.RawMessage `json:"data_stream"`
		ComposedOf    []string        `json:"composed_of"`
	}
	if fail := s.decode(q.body, &body); fail != nil {
		return 0, nil, fail
	}
	if len(body.ComposedOf) > 0 {
		return 0, nil, notImplemented("component templates")
	}
	t := &template{body: compact(q.body), patterns: words(body.IndexPatterns), priority: body.Priority, stream: body.DataStream != nil}
	if len(t.patterns) == 0 {
		return 0, nil, invalid("index patterns are missing")
	}
	var fail *apiError
	if t.create, fail = s.readCreate(body.Template); fail != nil {
		return 0, nil, fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.templates[q.name] = t
	return http.StatusOK, acknowledged{true}, nil
}

func getTemplate(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.templates)) {
		if q.name == "" || matchName(q.name, name) {
			all = append(all, map[string]any{"name": name, "index_template": s.templates[name].body})
		}
	}
	if len(all) == 0 && q.name != "" && !strings.Contains(q.name, "*") {
		return 0, nil, newError(http.StatusNotFound, "resource_not_found_exception", "index template matching [%s] not found", q.name)
	}
	return http.StatusOK, map[string]any{"index_templates": all}, nil
}

func deleteTemplate(s *Server, q *request) (int, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.templates[q.name] == nil {
		return 0, nil, newError(http.StatusNotFound, "index_template_missing_exception", "index_template [%s] missing", q.name)
	}
	delete(s.templates, q.name)
	return http.StatusOK, acknowledged{true}, nil
}

// templateFor returns the template of a name, with the highest priority; nil if
// there is none. The caller holds s.mu.
func (s *Server) templateFor(name string) *template {
	fit := slices.DeleteFunc(slices.Collect(maps.Values(s.templates)), func(t *template) bool {
		return !slices.ContainsFunc(t.patterns, func(p string) bool { return matchName(p, name) })
	})
	if len(fit) == 0 {
		return nil
	}
	return slices.MaxFunc(fit, func(a, b *template) int { return cmp.Compare(a.priority, b.priority) })
}

// under returns what a new index is made of, where the request goes before the
// template. Members of _meta are put together.
func (c createBody) under(t *template) (createBody, *apiError) {
	if t == nil {
		return c, nil
	}
	merged := createBody{settings: map[string]*string{}, aliases: map[string]*alias{}}
	maps.Copy(merged.settings, t.create.settings)
	maps.Copy(merged.settings, c.settings)
	maps.Copy(merged.aliases, t.create.aliases)
	maps.Copy(merged.aliases, c.aliases)
	var fail *apiError
	if merged.mapping, fail = t.create.mapping.merge(c.mapping); fail != nil {
		return c, fail
	}
	if t.create.mapping.meta != nil && c.mapping.meta != nil {
		merged.mapping.meta, _ = mergeJSON(t.create.mapping.meta, c.mapping.meta)
	}
	return merged, nil
}
