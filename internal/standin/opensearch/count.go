package opensearch

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// shardsInfo is what answers say of shards.
type shardsInfo struct {
	Total      int  `json:"total"`
	Successful int  `json:"successful"`
	Skipped    *int `json:"skipped,omitempty"`
	Failed     int  `json:"failed"`
}

// searched returns the indices that a search sees, with what is due visible.
func (s *Server) searched(q *request) ([]*index, *apiError) {
	found, fail := s.resolve(q.index, q.resolving(searching))
	if fail != nil {
		return nil, fail
	}
	if fail := openOnes(found); fail != nil {
		return nil, fail
	}
	for _, ix := range found {
		s.refreshDue(ix, q.start)
	}
	return found, nil
}

func infoOf(found []*index) shardsInfo {
	n := 0
	for _, ix := range found {
		n += len(ix.shards)
	}
	return shardsInfo{Total: n, Successful: n, Skipped: new(int)}
}

func count(s *Server, q *request) (int, any, error) {
	matches, fail := s.readCount(q.body)
	if fail != nil {
		return 0, nil, fail
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.searched(q)
	if fail != nil {
		return 0, nil, fail
	}
	total := 0
	for _, ix := range found {
		total += s.countIn(ix, matches, s.filterFor(q.index, ix.name))
	}
	return http.StatusOK, struct {
		Count  int        `json:"count"`
		Shards shardsInfo `json:"_shards"`
	}{total, infoOf(found)}, nil
}

// readCount reads the query of a body. Nil is all documents.
func (s *Server) readCount(body []byte) (query, *apiError) {
	if len(body) == 0 {
		return nil, nil
	}
	var given map[string]json.RawMessage
	if fail := s.decode(body, &given); fail != nil {
		return nil, fail
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if name != "query" {
			return nil, newError(http.StatusBadRequest, "parsing_exception", "request does not support [%s]", name)
		}
	}
	if given["query"] == nil {
		return nil, nil
	}
	return readQuery(given["query"])
}

// countIn counts the documents of an index that queries match. Nil matches all.
func (s *Server) countIn(ix *index, queries ...query) (n int) {
	queries = slices.DeleteFunc(queries, func(q query) bool { return q == nil })
	m := ix.mapping.Load()
	for _, sh := range ix.shards {
		sh.mu.RLock()
		if len(queries) == 0 {
			n += sh.visible
		} else {
			sh.each(func(h hit) {
				if h.matches(m, queries) {
					n++
				}
			})
		}
		sh.mu.RUnlock()
	}
	return n
}

// each calls f with all documents that searches see. The caller holds sh.mu.
func (sh *shard) each(f func(hit)) {
	for _, e := range sh.order {
		if shown := e.shown(); shown != nil {
			f(hit{id: e.id, revision: shown})
		}
	}
}

// A hit is a document as searches see it.
type hit struct {
	id string
	*revision
	index *index
}

func (h hit) matches(m *mapping, queries []query) bool {
	for _, q := range queries {
		if !q(m, h) {
			return false
		}
	}
	return true
}

// filterFor is the filter that an alias puts on an index; nil if there is none, or
// the index is reached in another way, too.
func (s *Server) filterFor(expression, index string) query {
	a := s.aliases[expression][index]
	if a == nil || a.Filter == nil {
		return nil
	}
	q, _ := readQuery(a.Filter) // checked
	return q
}

func refresh(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(searching))
	if fail == nil {
		fail = openOnes(found)
	}
	if fail != nil {
		return 0, nil, fail
	}
	for _, ix := range found {
		ix.refresh()
	}
	return http.StatusOK, s.broadcast(found), nil
}

// broadcast is the answer of what all copies of all shards did.
func (s *Server) broadcast(found []*index) any {
	var info shardsInfo
	for _, ix := range found {
		total, successful := s.copies(ix)
		info.Total += total * len(ix.shards)
		info.Successful += successful * len(ix.shards)
	}
	return map[string]shardsInfo{"_shards": info}
}

// settle does what tasks were to do that are due.
func (s *Server) settle(now time.Time) { s.settleTasks(now) }
