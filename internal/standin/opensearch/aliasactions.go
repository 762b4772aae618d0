package opensearch

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// An aliasAction is one of a request that changes aliases.
type aliasAction struct {
	kind    string // add, remove or remove_index
	indices []string
	names   []string
	alias   *alias
	must    *bool
}

type actionBody struct {
	aliasBody
	Index     string   `json:"index"`
	Indices   []string `json:"indices"`
	Alias     string   `json:"alias"`
	Aliases   []string `json:"aliases"`
	MustExist *bool    `json:"must_exist"`
}

func (s *Server) readAction(body json.RawMessage) (aliasAction, *apiError) {
	a := aliasAction{}
	for _, m := range members(body) {
		a.kind = m.key
		var given actionBody
		switch m.key {
		case "add", "remove", "remove_index":
		default:
			cause := newError(http.StatusBadRequest, "x_content_parse_exception", "[1:15] [alias_action] unknown field [%s]", m.key)
			e := inActions(cause)
			e.root = cause
			return a, e
		}
		if err := json.Unmarshal(m.value, &given); err != nil {
			return a, newError(http.StatusBadRequest, "x_content_parse_exception", "[aliases] failed to parse field [actions]: %v", err)
		}
		a.indices, a.names, a.must = given.Indices, given.Aliases, given.MustExist
		if given.Index != "" {
			a.indices = append(a.indices, given.Index)
		}
		if given.Alias != "" {
			a.names = append(a.names, given.Alias)
		}
		var fail *apiError
		if a.alias, fail = given.complete(); fail != nil {
			return a, fail
		}
	}
	return a, a.check()
}

func (a aliasAction) check() *apiError {
	switch {
	case a.kind == "":
		return illegalArgument("No action specified")
	case len(a.indices) == 0:
		return inActions(illegalArgument("One of [index] or [indices] is required"))
	case a.kind != "remove_index" && len(a.names) == 0:
		return inActions(illegalArgument("One of [alias] or [aliases] is required"))
	}
	for _, name := range a.names {
		if a.kind != "add" {
			break
		}
		if why := wrongName(name); why != "" {
			return invalidAliasName(name, why)
		}
		if fail := a.alias.severalRoutings(name); fail != nil {
			return fail
		}
	}
	return nil
}

// inActions is an error of the parser of actions.
func inActions(cause *apiError) *apiError {
	e := newError(http.StatusBadRequest, "x_content_parse_exception", "[1:1] [aliases] failed to parse field [actions]")
	e.CausedBy = cause
	return e
}

func postAliases(s *Server, q *request) (int, any, error) {
	var body struct{ Actions []json.RawMessage }
	if len(q.body) == 0 {
		return 0, nil, newError(http.StatusBadRequest, "parse_exception", "request body is required")
	}
	if fail := s.decode(q.body, &body); fail != nil {
		return 0, nil, fail
	}
	if len(body.Actions) == 0 {
		return 0, nil, illegalArgument("No action specified")
	}
	var actions []aliasAction
	for _, one := range body.Actions {
		a, fail := s.readAction(one)
		if fail != nil {
			return 0, nil, fail
		}
		actions = append(actions, a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if fail := s.changeAliases(actions); fail != nil {
		return 0, nil, fail
	}
	return http.StatusOK, acknowledged{true}, nil
}

// changeAliases does all of the actions, or none. Indices are removed first,
// whatever the order, so that an alias can take the name of one.
func (s *Server) changeAliases(actions []aliasAction) *apiError {
	c := aliasChange{s: s, aliases: map[string]map[string]*alias{}, gone: map[string]bool{}}
	for name, members := range s.aliases {
		c.aliases[name] = maps.Clone(members)
	}
	for _, a := range actions {
		if fail := c.removeIndices(a); fail != nil {
			return fail
		}
	}
	for _, a := range actions {
		if fail := c.do(a); fail != nil {
			return fail
		}
	}
	if len(c.missing) > 0 && !c.some {
		return aliasesNotFound(strings.Join(c.missing, ","))
	}
	if fail := c.check(); fail != nil {
		return fail
	}
	s.aliases = c.aliases
	for name := range c.gone {
		s.remove(name)
	}
	return nil
}

// An aliasChange is what aliases are to be.
type aliasChange struct {
	s       *Server
	aliases map[string]map[string]*alias
	gone    map[string]bool // indices
	some    bool            // anything was to be done
	missing []string
}

func (c *aliasChange) removeIndices(a aliasAction) *apiError {
	if a.kind != "remove_index" {
		return nil
	}
	for _, name := range a.indices {
		found, fail := c.s.resolve(name, concrete)
		if fail != nil {
			return fail
		}
		if fail := unchangeable(found, true); fail != nil {
			return fail
		}
		for _, ix := range found {
			c.gone[ix.name], c.some = true, true
		}
	}
	for name, members := range c.aliases {
		maps.DeleteFunc(members, func(index string, _ *alias) bool { return c.gone[index] })
		if len(members) == 0 {
			delete(c.aliases, name)
		}
	}
	return nil
}

func (c *aliasChange) do(a aliasAction) *apiError {
	if a.kind == "remove_index" {
		return nil
	}
	for _, expression := range a.indices {
		found, fail := c.s.resolve(expression, concrete)
		if fail == nil {
			fail = c.usable(found)
		}
		if fail != nil {
			return fail
		}
		if a.kind == "remove" {
			if fail := c.remove(a, found); fail != nil {
				return fail
			}
			continue
		}
		for _, ix := range found {
			for _, name := range a.names {
				c.add(name, ix.name, a.alias)
			}
		}
	}
	return nil
}

// usable refuses indices that are removed by the same request, and those whose
// metadata cannot be changed.
func (c *aliasChange) usable(found []*index) *apiError {
	for _, ix := range found {
		if c.gone[ix.name] {
			e := notFound(ix.name, "")
			e.ResourceID = ""
			return e
		}
	}
	return unchangeable(found, false)
}

func (c *aliasChange) add(name, index string, a *alias) {
	c.some = true
	if c.aliases[name] == nil {
		c.aliases[name] = map[string]*alias{}
	}
	c.aliases[name][index] = a
}

// remove takes indices from aliases, whose names may be patterns: from those that
// were there before the request. That there is nothing to take is an error if it
// must exist, or if nothing else is to be done.
func (c *aliasChange) remove(a aliasAction, from []*index) *apiError {
	for _, pattern := range a.names {
		hit := false
		for name, members := range c.s.aliases {
			for _, ix := range from {
				if matchName(pattern, name) && members[ix.name] != nil {
					delete(c.aliases[name], ix.name)
					hit = true
				}
			}
			if len(c.aliases[name]) == 0 {
				delete(c.aliases, name)
			}
		}
		switch {
		case hit, a.must != nil && !*a.must:
			c.some = true
		case a.must != nil && *a.must:
			return aliasesNotFound(pattern)
		default:
			c.missing = append(c.missing, pattern)
		}
	}
	return nil
}

// check refuses aliases with the name of an index, and those with two indices to
// write to.
func (c *aliasChange) check() *apiError {
	for _, name := range slices.Sorted(maps.Keys(c.aliases)) {
		if c.s.indices[name] != nil && !c.gone[name] {
			return c.s.aliasIsIndex(name)
		}
		var writers []string
		for index, a := range c.aliases[name] {
			if a.IsWriteIndex != nil && *a.IsWriteIndex {
				writers = append(writers, index)
			}
		}
		if slices.Sort(writers); len(writers) > 1 {
			return newError(http.StatusInternalServerError, "illegal_state_exception", "alias [%s] has more than one write index [%s]", name, strings.Join(writers, ","))
		}
	}
	return nil
}
