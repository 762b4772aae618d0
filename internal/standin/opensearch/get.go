package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A found document, or one that is not there, as get and mget show it.
type found struct {
	index, id string
	revision  // without a source it is not there
	source    []byte
	routing   bool // is shown
	fail      *apiError
}

// append appends f as JSON, with the document as it came, byte for byte.
func (f found) append(b []byte) []byte {
	b = appendString(append(b, `{"_index":`...), f.index)
	b = appendString(append(b, `,"_id":`...), f.id)
	switch {
	case f.fail != nil:
		return append(append(append(b, `,"error":`...), f.fail.inItem()...), '}')
	case f.revision.source == nil:
		return append(b, `,"found":false}`...)
	}
	b = fmt.Appendf(b, `,"_version":%d,"_seq_no":%d,"_primary_term":1`, f.version, f.seq)
	if f.routing && f.revision.routing != "" {
		b = appendString(append(b, `,"_routing":`...), f.revision.routing)
	}
	b = append(b, `,"found":true`...)
	if f.source != nil {
		b = append(append(b, `,"_source":`...), f.source...)
	}
	return append(b, '}')
}

// lookup finds a document as it was written last: without waiting for a refresh. The
// caller holds s.mu.
func (s *Server) lookup(name, id, routing string, sources sourceFilter) (found, *apiError) {
	answer := found{index: name, id: id, routing: sources.all} // it is known only if the stored fields are read
	all, fail := s.resolve(name, resolving{aliases: true, closed: true})
	switch {
	case fail != nil:
		return answer, notFound(name, "index_expression")
	case len(all) != 1:
		return answer, illegalArgument("alias [%s] has more than one index associated with it %s, can't execute a single index op", name, namesIn(all))
	}
	ix := all[0]
	if answer.index = ix.name; ix.closed {
		return answer, indexClosed(ix)
	}
	if ix.homeless() {
		return answer, newError(http.StatusServiceUnavailable, "no_shard_available_action_exception", "No shard available for [get [%s][%s]: routing [null]]", ix.name, id)
	}
	if a := s.aliases[name][ix.name]; a != nil && routing == "" {
		routing = a.SearchRouting
	}
	if routing == "" && ix.mapping.Load().routing {
		e := newError(http.StatusBadRequest, "routing_missing_exception", "routing is required for [%s]/[%s]", ix.name, id)
		e.Index, e.IndexUUID = ix.name, "_na_"
		return answer, e
	}
	place := id
	if routing != "" {
		place = routing
	}
	sh := ix.shardOf(place)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if e := sh.entries[id]; e.exists() {
		answer.revision, answer.source = e.revision, sources.apply(e.revision.source)
	}
	return answer, nil
}

func namesIn(all []*index) string {
	var names []string
	for _, ix := range all {
		names = append(names, ix.name)
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func getDocument(s *Server, q *request) (int, any, error) {
	sources, fail := sourcesOf(q)
	if fail != nil {
		return 0, nil, fail
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	answer, fail := s.lookup(q.index, q.name, q.query.Get("routing"), sources)
	switch {
	case fail != nil:
		return 0, nil, fail
	case answer.revision.source == nil:
		return http.StatusNotFound, answer.append(nil), nil
	}
	return http.StatusOK, answer.append(nil), nil
}

type mgetBody struct {
	Docs []mgetItem `json:"docs"`
	IDs  []string   `json:"ids"`
}

type mgetItem struct {
	Index   string          `json:"_index"`
	ID      string          `json:"_id"`
	Routing string          `json:"routing"`
	Source  json.RawMessage `json:"_source"`
}

func mget(s *Server, q *request) (int, any, error) {
	var body mgetBody
	if len(q.body) == 0 {
		return 0, nil, newError(http.StatusBadRequest, "parse_exception", "request body is required")
	}
	if fail := s.decode(q.body, &body); fail != nil {
		return 0, nil, fail
	}
	all, fail := sourcesOf(q)
	if fail != nil {
		return 0, nil, fail
	}
	for _, id := range body.IDs {
		body.Docs = append(body.Docs, mgetItem{ID: id})
	}
	if fail := body.complete(q); fail != nil {
		return 0, nil, fail
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	answer := []byte(`{"docs":[`)
	for i, d := range body.Docs {
		if i > 0 {
			answer = append(answer, ',')
		}
		sources := all
		if len(d.Source) > 0 {
			if sources, fail = readSources(d.Source); fail != nil {
				return 0, nil, fail
			}
		}
		one, fail := s.lookup(d.Index, d.ID, d.Routing, sources)
		one.fail = fail
		answer = one.append(answer)
	}
	return http.StatusOK, append(answer, "]}"...), nil
}

// complete fills in what the request says for all.
func (b *mgetBody) complete(q *request) *apiError {
	var reasons []string
	for i := range b.Docs {
		d := &b.Docs[i]
		if d.Index == "" {
			d.Index = q.index
		}
		if d.Routing == "" {
			d.Routing = q.query.Get("routing")
		}
		if d.Index == "" {
			reasons = append(reasons, "index is missing for doc "+d.ID)
		}
		if d.ID == "" {
			reasons = append(reasons, "id is missing for doc "+d.Index)
		}
	}
	if len(b.Docs) == 0 {
		reasons = []string{"no documents to get"}
	}
	if len(reasons) > 0 {
		return invalid(reasons...)
	}
	return nil
}

// inItem is an error with its root, without the status.
func (e *apiError) inItem() json.RawMessage {
	body := marshal(e.body())
	var whole struct{ Error json.RawMessage }
	json.Unmarshal(body, &whole) // made here
	return bytes.TrimSpace(whole.Error)
}
