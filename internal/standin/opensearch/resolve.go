package opensearch

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// resolving says how the expression in a path is read.
type resolving struct {
	aliases           bool // names may be those of aliases
	closed            bool // patterns match closed indices, too
	hidden            bool // patterns match hidden indices, too
	ignoreUnavailable bool
	allowNone         bool // a pattern may match nothing
}

// The ways of most requests.
var (
	open      = resolving{aliases: true, closed: true, allowNone: true}
	concrete  = resolving{closed: true, allowNone: true}
	searching = resolving{aliases: true, allowNone: true}
)

// resolving returns how with what the query of the request says beside.
func (q *request) resolving(how resolving) resolving {
	how.ignoreUnavailable = q.flag("ignore_unavailable")
	for kind := range strings.SplitSeq(q.query.Get("expand_wildcards"), ",") {
		how.closed = how.closed || kind == "closed" || kind == "all"
		how.hidden = how.hidden || kind == "hidden" || kind == "all"
	}
	if q.query.Has("allow_no_indices") {
		how.allowNone = q.flag("allow_no_indices")
	}
	return how
}

// resolve returns the indices that an expression names: names, patterns and
// exclusions behind a pattern, separated by commas. The caller holds s.mu.
func (s *Server) resolve(expression string, how resolving) ([]*index, *apiError) {
	if expression == "" || expression == "_all" {
		expression = "*"
	}
	found := map[string]*index{}
	patterns := false
	for part := range strings.SplitSeq(expression, ",") {
		exclude := patterns && strings.HasPrefix(part, "-")
		if exclude {
			part = part[1:]
		}
		names, fail := s.namesOf(part, how)
		if fail != nil {
			return nil, fail
		}
		patterns = patterns || strings.Contains(part, "*")
		for _, name := range names {
			if exclude {
				delete(found, name)
			} else {
				found[name] = s.indices[name]
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *index) int { return cmp.Compare(a.name, b.name) }), nil
}

func (s *Server) namesOf(part string, how resolving) ([]string, *apiError) {
	if strings.Contains(part, "*") {
		names := s.matching(part, how)
		if len(names) == 0 && !how.allowNone {
			return nil, indexNotFound(part)
		}
		return names, nil
	}
	switch {
	case s.indices[part] != nil:
		return []string{part}, nil
	case s.streams[part] != nil:
		return []string{s.streams[part].backing}, nil
	case s.aliases[part] != nil && how.aliases:
		return slices.Sorted(maps.Keys(s.aliases[part])), nil
	case s.aliases[part] != nil && !how.ignoreUnavailable:
		return nil, matchesAlias(part)
	case how.ignoreUnavailable:
		return nil, nil
	}
	if why := wrongName(part); strings.HasPrefix(part, "_") && why != "" {
		return nil, invalidIndexName(part, why)
	}
	return nil, indexNotFound(part)
}

// matching returns the indices that fit a pattern, and those of aliases that do.
func (s *Server) matching(pattern string, how resolving) (names []string) {
	for name, ix := range s.indices {
		if matchName(pattern, name) && (how.closed || !ix.closed) &&
			(how.hidden || ix.settings["index.hidden"] != "true" || strings.HasPrefix(name, ".") && strings.HasPrefix(pattern, ".")) {
			names = append(names, name)
		}
	}
	if !how.aliases {
		return names
	}
	for alias, members := range s.aliases {
		if matchName(pattern, alias) {
			names = append(names, slices.Collect(maps.Keys(members))...)
		}
	}
	for stream, of := range s.streams {
		if matchName(pattern, stream) {
			names = append(names, of.backing)
		}
	}
	return names
}

// openOnes refuses closed indices.
func openOnes(found []*index) *apiError {
	for _, ix := range found {
		if ix.closed {
			return indexClosed(ix)
		}
	}
	return nil
}

func indexClosed(ix *index) *apiError {
	e := newError(400, "index_closed_exception", "closed")
	e.Index, e.IndexUUID = ix.name, ix.uuid
	return e
}
