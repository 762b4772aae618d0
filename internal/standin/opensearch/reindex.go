package opensearch

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// batchSize is how many documents are looked at until failures end the work.
const batchSize = 1000

type reindexBody struct {
	Conflicts string          `json:"conflicts"`
	MaxDocs   int             `json:"max_docs"`
	Script    json.RawMessage `json:"script"`
	Source    struct {
		Index  json.RawMessage `json:"index"`
		Query  json.RawMessage `json:"query"`
		Size   int             `json:"size"`
		Source json.RawMessage `json:"_source"`
		Remote json.RawMessage `json:"remote"`
	} `json:"source"`
	Dest struct {
		Index       string `json:"index"`
		OpType      string `json:"op_type"`
		VersionType string `json:"version_type"`
		Pipeline    string `json:"pipeline"`
		Routing     string `json:"routing"`
	} `json:"dest"`
}

// reindex copies the documents that a search sees into another index.
func reindex(s *Server, q *request) (int, any, error) {
	var body reindexBody
	if fail := s.decode(q.body, &body); fail != nil {
		return 0, nil, fail
	}
	switch {
	case body.Script != nil, body.Source.Remote != nil, body.Dest.Routing != "":
		return 0, nil, notImplemented("_reindex with a script, from elsewhere, or with routing")
	case body.Dest.Index == "":
		return 0, nil, invalid("index is missing")
	}
	from := strings.Join(words(body.Source.Index), ",")
	s.mu.Lock()
	defer s.mu.Unlock()
	hits, fail := s.snapshot(q, from, body.Source.Query, body.MaxDocs)
	if fail != nil {
		return 0, nil, fail
	}
	if fail := s.makeDest(body.Dest.Index); fail != nil {
		return 0, nil, fail
	}
	ops, fail := body.operations(hits)
	if fail != nil {
		return 0, nil, fail
	}
	return s.run(q, "indices:data/write/reindex", describe(from, body.Dest.Index), func(now time.Time) tally {
		return s.work(ops, now, body.Conflicts == "proceed", q.flag("refresh"))
	})
}

// snapshot returns what a search sees now. The caller holds s.mu.
func (s *Server) snapshot(q *request, expression string, filter json.RawMessage, most int) (hits []hit, fail *apiError) {
	var matches query
	if len(filter) > 0 {
		if matches, fail = readQuery(filter); fail != nil {
			return nil, fail
		}
	}
	search := *q
	search.index = expression
	search.query = nil
	scopes, fail := s.scopes(&search)
	for _, sc := range scopes {
		sc.hits(matches, func(h hit) {
			if most == 0 || len(hits) < most {
				hits = append(hits, h)
			}
		})
	}
	return hits, fail
}

// makeDest makes the index that is to be written to, if that is allowed. The caller
// holds s.mu.
func (s *Server) makeDest(name string) *apiError {
	if s.indices[name] != nil || s.aliases[name] != nil || s.streams[name] != nil {
		return nil
	}
	if !s.autoCreating() {
		e := notFound(name, "")
		e.ResourceID, e.Reason = "", "no such index ["+name+"] and [action.auto_create_index] is [false]"
		return e
	}
	if fail := s.checkNewName(name); fail != nil {
		return fail
	}
	return s.createAuto(name)
}

func (b *reindexBody) operations(hits []hit) ([]operation, *apiError) {
	sources := sourceFilter{all: true}
	if len(b.Source.Source) > 0 {
		var fail *apiError
		if sources, fail = readSources(b.Source.Source); fail != nil {
			return nil, fail
		}
	}
	ops := make([]operation, 0, len(hits))
	for _, h := range hits {
		op := operation{verb: verbIndex, index: b.Dest.Index, id: h.id, routing: h.routing, source: sources.apply(h.source),
			pipeline: b.Dest.Pipeline, ifSeqNo: -1, ifTerm: -1}
		if b.Dest.OpType == "create" {
			op.verb = verbCreate
		}
		if b.Dest.VersionType != "" {
			if err := op.setVersionType(b.Dest.VersionType); err != nil {
				return nil, err.(*apiError)
			}
			op.version = h.version
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// work does operations, in batches: one with failures is the last. The caller holds
// s.mu.
func (s *Server) work(ops []operation, now time.Time, proceed, refresh bool) tally {
	done := tally{Total: len(ops), PerSecond: json.RawMessage("-1.0")}
	if len(ops) == 0 || ops[0].verb != verbDelete {
		done.Updated, done.Created = new(int), new(int)
	}
	touched := map[*index]bool{}
	for batch := range slices.Chunk(ops, batchSize) {
		done.Batches++
		ended := false
		for i := range batch {
			op := &batch[i]
			t := s.target(op.index, false)
			what, fail := s.perform(op, &t, now)
			name := op.index
			if t.index != nil {
				touched[t.index], name = true, t.name
			}
			ended = !done.note(op, name, what, fail, proceed) || ended
		}
		if ended {
			break
		}
	}
	if refresh {
		for ix := range maps.Keys(touched) {
			ix.refresh()
		}
	}
	return done
}

// deleteByQuery deletes the documents that a search sees.
func deleteByQuery(s *Server, q *request) (int, any, error) {
	var body struct {
		Query   json.RawMessage `json:"query"`
		MaxDocs int             `json:"max_docs"`
	}
	if fail := s.decode(q.body, &body); fail != nil {
		return 0, nil, fail
	}
	if len(body.Query) == 0 {
		return 0, nil, invalid("query is missing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	hits, fail := s.snapshot(q, q.index, body.Query, body.MaxDocs)
	if fail != nil {
		return 0, nil, fail
	}
	var ops []operation
	for _, h := range hits {
		ops = append(ops, operation{verb: verbDelete, index: h.index.name, id: h.id, routing: h.routing, ifSeqNo: h.seq, ifTerm: 1})
	}
	return s.run(q, "indices:data/write/delete/byquery", "delete-by-query ["+q.index+"]", func(now time.Time) tally {
		return s.work(ops, now, q.query.Get("conflicts") == "proceed", q.flag("refresh"))
	})
}
