package opensearch

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// A found document, or one that is not there, as get and mget show it.
type found struct {
	Index       string          `json:"_index"`
	ID          string          `json:"_id"`
	Version     int64           `json:"_version,omitempty"`
	SeqNo       *int64          `json:"_seq_no,omitempty"`
	PrimaryTerm int             `json:"_primary_term,omitempty"`
	Routing     string          `json:"_routing,omitempty"`
	Found       *bool           `json:"found,omitempty"`
	Source      json.RawMessage `json:"_source,omitempty"`
	Error       any             `json:"error,omitempty"`
}

// lookup finds a document as it was written last: without waiting for a refresh. The
// caller holds s.mu.
func (s *Server) lookup(name, id, routing string, sources sourceFilter) (found, *apiError) {
	answer := found{Index: name, ID: id}
	all, fail := s.resolve(name, resolving{aliases: true, closed: true})
	switch {
	case fail != nil:
		return answer, notFound(name, "index_expression")
	case len(all) != 1:
		return answer, illegalArgument("alias [%s] has more than one index associated with it %s, can't execute a single index op", name, namesIn(all))
	}
	ix := all[0]
	if answer.Index = ix.name; ix.closed {
		return answer, indexClosed(ix)
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
	e := sh.entries[id]
	if answer.Found = new(e.exists()); e.exists() {
		answer.Version, answer.SeqNo, answer.PrimaryTerm = e.version, new(e.seq), 1
		if sources.all {
			answer.Routing = e.routing // known only if the stored fields are read
		}
		answer.Source = sources.apply(e.source)
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
	case !*answer.Found:
		return http.StatusNotFound, answer, nil
	}
	return http.StatusOK, answer, nil
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
	answers := []found{}
	for _, d := range body.Docs {
		sources := all
		if len(d.Source) > 0 {
			if sources, fail = readSources(d.Source); fail != nil {
				return 0, nil, fail
			}
		}
		one, fail := s.lookup(d.Index, d.ID, d.Routing, sources)
		if fail != nil {
			one.Error = fail.inItem()
		}
		answers = append(answers, one)
	}
	return http.StatusOK, map[string]any{"docs": answers}, nil
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
