package opensearch

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// An alias is what one says about one index.
type alias struct {
	Filter        json.RawMessage `json:"filter,omitempty"`
	IndexRouting  string          `json:"index_routing,omitempty"`
	SearchRouting string          `json:"search_routing,omitempty"`
	IsWriteIndex  *bool           `json:"is_write_index,omitempty"`
	IsHidden      *bool           `json:"is_hidden,omitempty"`
}

// aliasBody is an alias as requests put it.
type aliasBody struct {
	alias
	Routing any `json:"routing"`
}

// complete returns the alias, with a routing that is for writing and searching put in
// both places.
func (b aliasBody) complete() (*alias, *apiError) {
	a := b.alias
	if routing, ok := b.Routing.(string); ok {
		if a.IndexRouting == "" {
			a.IndexRouting = routing
		}
		if a.SearchRouting == "" {
			a.SearchRouting = routing
		}
	}
	if len(a.Filter) > 0 {
		if string(a.Filter) == "null" || string(a.Filter) == "{}" {
			a.Filter = nil
			return &a, nil
		}
		if _, fail := readQuery(a.Filter); fail != nil {
			return nil, fail
		}
		a.Filter = compact(a.Filter)
	}
	return &a, nil
}

// severalRoutings refuses an alias that writes to more than one.
func (a *alias) severalRoutings(name string) *apiError {
	if strings.Contains(a.IndexRouting, ",") {
		return illegalArgument("alias [%s] has several index routing values associated with it", name)
	}
	return nil
}

// readAliases reads the aliases that a new index is to have.
func (s *Server) readAliases(body json.RawMessage) (map[string]*alias, *apiError) {
	var given map[string]aliasBody
	if err := json.Unmarshal(body, &given); err != nil {
		return nil, newError(http.StatusBadRequest, "parse_exception", "%v", err)
	}
	all := map[string]*alias{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if why := wrongName(name); why != "" {
			return nil, invalidAliasName(name, why)
		}
		a, fail := given[name].complete()
		if fail == nil {
			fail = a.severalRoutings(name)
		}
		if fail != nil {
			return nil, fail
		}
		all[name] = a
	}
	return all, nil
}

func invalidAliasName(name, why string) *apiError {
	return newError(http.StatusBadRequest, "invalid_alias_name_exception", "Invalid alias name [%s]: %s", name, why)
}

func (s *Server) aliasIsIndex(name string) *apiError {
	e := newError(http.StatusBadRequest, "invalid_alias_name_exception", "Invalid alias name [%s], an index exists with the same name as the alias", name)
	e.Index, e.IndexUUID = name, "_na_"
	if ix := s.indices[name]; ix != nil {
		e.IndexUUID = ix.uuid
	}
	return e
}

// setAlias adds an index to an alias. The caller holds s.mu.
func (s *Server) setAlias(name, index string, a *alias) {
	if s.aliases[name] == nil {
		s.aliases[name] = map[string]*alias{}
	}
	s.aliases[name][index] = a
}

// aliasesOf returns the aliases of an index.
func (s *Server) aliasesOf(index string) map[string]*alias {
	all := map[string]*alias{}
	for name, members := range s.aliases {
		if a := members[index]; a != nil {
			all[name] = a
		}
	}
	return all
}

// writeIndex returns the index of an alias that is written to: the one that is
// designated, or the only one, unless it is designated not to be.
func writeIndex(members map[string]*alias) (string, *alias) {
	for name, a := range members {
		if a.IsWriteIndex != nil && *a.IsWriteIndex {
			return name, a
		}
	}
	for name, a := range members {
		if len(members) == 1 && a.IsWriteIndex == nil {
			return name, a
		}
	}
	return "", nil
}

func getAlias(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	patterns := []string{"*"}
	if q.name != "" && q.name != "_all" {
		patterns = strings.Split(q.name, ",")
	}
	type entry struct {
		Aliases map[string]*alias `json:"aliases"`
	}
	all, seen := map[string]any{}, map[string]bool{}
	for _, ix := range found {
		shown := map[string]*alias{}
		for name, a := range s.aliasesOf(ix.name) {
			for _, pattern := range patterns {
				if matchName(pattern, name) {
					shown[name], seen[pattern] = a, true
				}
			}
		}
		if len(shown) > 0 || q.name == "" {
			all[ix.name] = entry{shown}
		}
	}
	missing := slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return seen[p] || strings.Contains(p, "*") })
	if len(missing) == 0 {
		return http.StatusOK, all, nil
	}
	all["error"], all["status"] = "alias ["+strings.Join(missing, ",")+"] missing", http.StatusNotFound
	if len(missing) > 1 {
		all["error"] = "aliases [" + strings.Join(missing, ",") + "] missing"
	}
	return http.StatusNotFound, all, nil
}

func putAlias(s *Server, q *request) (int, any, error) {
	var body aliasBody
	if len(q.body) > 0 {
		if fail := s.decode(q.body, &body); fail != nil {
			return 0, nil, fail
		}
	}
	a, fail := body.complete()
	if fail != nil {
		return 0, nil, fail
	}
	return s.oneAlias(aliasAction{kind: "add", indices: strings.Split(q.index, ","), names: []string{q.name}, alias: a})
}

func deleteAlias(s *Server, q *request) (int, any, error) {
	return s.oneAlias(aliasAction{kind: "remove", indices: strings.Split(q.index, ","), names: strings.Split(q.name, ","), must: nil})
}

func (s *Server) oneAlias(a aliasAction) (int, any, error) {
	if fail := a.check(); fail != nil {
		return 0, nil, fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if fail := s.changeAliases([]aliasAction{a}); fail != nil {
		return 0, nil, fail
	}
	return http.StatusOK, acknowledged{true}, nil
}
