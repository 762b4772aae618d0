package opensearch

import (
	"net/http"
	"slices"
	"strings"
)

// A scope is what a search sees of one index.
type scope struct {
	*index
	shards []*shard
	filter query // of the alias that it came by; nil if there is none
}

// scopes returns what a search sees, with what is due visible. The caller holds
// s.mu.
func (s *Server) scopes(q *request) ([]scope, *apiError) {
	found, fail := s.resolve(q.index, q.resolving(searching))
	if fail == nil {
		fail = openOnes(found)
	}
	if fail != nil {
		return nil, fail
	}
	if len(found) > 0 && !slices.ContainsFunc(found, func(ix *index) bool { return !ix.homeless() }) {
		e := newError(http.StatusServiceUnavailable, "search_phase_execution_exception", "all shards failed")
		e.Phase, e.Grouped, e.rootless, e.FailedShards = "query", true, true, &[]failedShard{}
		return nil, e
	}
	scopes := make([]scope, len(found))
	for i, ix := range found {
		s.refreshDue(ix, q.start)
		scopes[i] = s.scope(ix, q.index, q.query.Get("routing"))
	}
	return scopes, nil
}

// scope narrows an index to a routing, and to what aliases show of it: those that
// the expression names, unless it names the index itself, too.
func (s *Server) scope(ix *index, expression, routing string) scope {
	sc := scope{index: ix, shards: ix.shards}
	var filters []query
	for part := range strings.SplitSeq(expression, ",") {
		a := s.aliases[part][ix.name]
		if a == nil && part != ix.name && !matchName(part, ix.name) {
			continue
		}
		if a == nil || a.Filter == nil {
			filters = append(filters, nil)
		} else {
			filter, _ := readQuery(a.Filter) // checked
			filters = append(filters, filter)
		}
		if a != nil && routing == "" {
			routing = a.SearchRouting
		}
	}
	if len(filters) > 0 && !slices.ContainsFunc(filters, func(q query) bool { return q == nil }) {
		sc.filter = func(m *mapping, h hit) bool {
			return slices.ContainsFunc(filters, func(q query) bool { return q(m, h) })
		}
	}
	if routing == "" {
		return sc
	}
	sc.shards = nil
	for one := range strings.SplitSeq(routing, ",") {
		if sh := ix.shardOf(one); !slices.Contains(sc.shards, sh) {
			sc.shards = append(sc.shards, sh)
		}
	}
	return sc
}

// hits calls f with what searches see and matches. A nil query matches all.
func (sc *scope) hits(matches query, f func(hit)) {
	m := sc.mapping.Load()
	for _, sh := range sc.shards {
		sh.mu.RLock()
		for _, e := range sh.order {
			shown := e.shown()
			if shown == nil {
				continue
			}
			h := hit{id: e.id, revision: *shown, index: sc.index, shard: sh}
			if (sc.filter == nil || sc.filter(m, h)) && (matches == nil || matches(m, h)) {
				f(h)
			}
		}
		sh.mu.RUnlock()
	}
}

// A hit is a document as searches see it.
type hit struct {
	id string
	revision
	index *index
	shard *shard
	sort  []any
	score float32 // of a ranking
}
