package opensearch

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// shardsInfo is what answers say of shards.
type shardsInfo struct {
	Total      int  `json:"total"`
	Successful int  `json:"successful"`
	Skipped    *int `json:"skipped,omitempty"`
	Failed     int  `json:"failed"`
}

func infoOf(scopes []scope) shardsInfo {
	n := 0
	for _, sc := range scopes {
		n += len(sc.shards)
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
	scopes, fail := s.scopes(q)
	if fail != nil {
		return 0, nil, fail
	}
	total := 0
	for _, sc := range scopes {
		total += sc.count(matches)
	}
	return http.StatusOK, struct {
		Count  int        `json:"count"`
		Shards shardsInfo `json:"_shards"`
	}{total, infoOf(scopes)}, nil
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

// count counts what a query matches. To count all, nothing is looked at.
func (sc *scope) count(matches query) (n int) {
	if matches != nil || sc.filter != nil {
		sc.hits(matches, func(hit) { n++ })
		return n
	}
	for _, sh := range sc.shards {
		sh.mu.RLock()
		n += sh.visible
		sh.mu.RUnlock()
	}
	return n
}

func refresh(s *Server, q *request) (int, any, error) {
	return s.broadcast(q, func(ix *index) { ix.refresh() })
}

// flush and forcemerge have no effect that could be seen.
func flush(s *Server, q *request) (int, any, error) { return s.broadcast(q, func(*index) {}) }

// broadcast calls do for indices, and answers as what all copies of all shards did.
func (s *Server) broadcast(q *request, do func(*index)) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(searching))
	if fail == nil {
		fail = openOnes(found)
	}
	if fail != nil {
		return 0, nil, fail
	}
	var info shardsInfo
	for _, ix := range found {
		do(ix)
		total, successful := s.copies(ix)
		info.Total += total * len(ix.shards)
		info.Successful += successful * len(ix.shards)
	}
	return http.StatusOK, map[string]shardsInfo{"_shards": info}, nil
}
