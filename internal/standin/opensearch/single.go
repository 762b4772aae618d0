package opensearch

import (
	"encoding/json"
	"net/http"
	"slices"
)

// writeDocument writes one document by a request of its own.
func writeDocument(s *Server, q *request) (int, any, error) {
	op := operation{verb: verbIndex, index: q.index, id: q.name, routing: q.query.Get("routing"), source: q.body, generated: q.name == "",
		pipeline: q.query.Get("pipeline"), requireAlias: q.flag("require_alias"), ifSeqNo: -1, ifTerm: -1}
	if fail := op.readQuery(q); fail != nil {
		return 0, nil, fail
	}
	if op.verb != verbDelete && len(q.body) == 0 {
		return 0, nil, newError(http.StatusBadRequest, "parse_exception", "request body is required")
	}
	if op.verb == verbUpdate {
		if fail := (&bulkParser{server: s}).checkUpdate(op.source); fail != nil {
			return 0, nil, fail
		}
	}
	if fail := s.checkRefresh(q); fail != nil {
		return 0, nil, fail
	}
	if fail := validate([]operation{op}); fail != nil {
		return 0, nil, fail
	}
	w := writing{server: s, now: q.start, refresh: q.query.Get("refresh")}
	w.makeIndices([]operation{op})
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.target(op.index, op.requireAlias)
	done, fail := s.perform(&op, &t, q.start)
	if fail != nil {
		return 0, nil, fail
	}
	if w.refresh == "true" || w.refresh == "wait_for" {
		t.refresh()
	}
	if done.result == "noop" {
		t.total, t.successful = 0, 0
	}
	w.accept(&op, &t, done)
	return done.status, w.single(), nil
}

// readQuery reads what the path and the parameters say of the operation.
func (op *operation) readQuery(q *request) *apiError {
	switch q.path[1] {
	case "_create":
		op.verb = verbCreate
	case "_update":
		op.verb = verbUpdate
	}
	if q.Method == http.MethodDelete {
		op.verb = verbDelete
	}
	if q.query.Get("op_type") == "create" {
		op.verb = verbCreate
	}
	for name, into := range map[string]*int64{"version": &op.version, "if_seq_no": &op.ifSeqNo, "if_primary_term": &op.ifTerm} {
		if text := q.query.Get(name); text != "" {
			if json.Unmarshal([]byte(text), into) != nil {
				return illegalArgument("Failed to parse long parameter [%s] with value [%s]", name, text)
			}
		}
	}
	op.versioned = q.query.Has("version")
	if word := q.query.Get("version_type"); word != "" {
		if err := op.setVersionType(word); err != nil {
			return err.(*apiError)
		}
	}
	return nil
}

// single is the answer to an operation that is a request of its own.
func (w *writing) single() []byte {
	var item map[string]json.RawMessage
	json.Unmarshal(w.body, &item) // made here
	for _, inside := range item {
		list := members(inside)
		list = slices.DeleteFunc(list, func(m member) bool { return m.key == "status" })
		return objectOf(list)
	}
	return nil
}
