package opensearch

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// An operation is one on a document.
type operation struct {
	verb         verb
	index        string // as the request names it
	id           string
	generated    bool // id is to be made, or was
	routing      string
	source       []byte
	pipeline     string
	requireAlias bool

	versionType versionType
	version     int64
	versioned   bool  // it was given
	ifSeqNo     int64 // negative if it was not given
	ifTerm      int64
}

type verb int8

const (
	verbIndex verb = iota
	verbCreate
	verbUpdate
	verbDelete
)

var verbs = [...]string{"index", "create", "update", "delete"}

func (v verb) String() string { return verbs[v] }

type versionType int8

const (
	internalVersion versionType = iota
	externalVersion
	externalGTE
)

// bulk answers a bulk request. Nothing is written if one line of it is malformed.
func bulk(s *Server, q *request) (int, any, error) {
	if len(q.body) == 0 {
		return 0, nil, newError(http.StatusBadRequest, "parse_exception", "request body is required")
	}
	if fail := s.checkRefresh(q); fail != nil {
		return 0, nil, fail
	}
	p := bulkParser{server: s, rest: q.body, defaults: operation{
		index: q.index, routing: q.query.Get("routing"), pipeline: q.query.Get("pipeline"),
		requireAlias: q.flag("require_alias"), ifSeqNo: -1, ifTerm: -1}}
	if fail := p.parse(); fail != nil {
		return 0, nil, fail
	}
	if fail := validate(p.ops); fail != nil {
		return 0, nil, fail
	}
	defer s.bulks.Add(-1)
	faults := s.faults()
	full := int(s.bulks.Add(1)) > faults.MaxBulks && faults.MaxBulks > 0
	if faults.BulkTime != nil && !full {
		wait(q.Context(), &Fault{Latency: faults.BulkTime(len(p.ops))})
	}
	w := writing{server: s, now: time.Now(), faults: s.itemFaults(faults.ItemFault, p.ops), full: full, refresh: q.query.Get("refresh"),
		wanted: q.query.Get("wait_for_active_shards"), timeout: cmp.Or(q.query.Get("timeout"), "1m")}
	w.makeIndices(p.ops)
	w.all(p.ops)
	return http.StatusOK, w.answer(q), nil
}

// checkRefresh refuses what is no way to refresh, and for collections all.
func (s *Server) checkRefresh(q *request) *apiError {
	switch policy := q.query.Get("refresh"); policy {
	case "true", "wait_for":
		if s.Product.Serverless() {
			return illegalArgument("%s refresh policy is not supported.", policy)
		}
	case "", "false":
	default:
		return illegalArgument("Unknown value for refresh: [%s].", policy)
	}
	return nil
}

// validate refuses requests with items that no index could take.
func validate(ops []operation) *apiError {
	var reasons []string
	for i := range ops {
		op := &ops[i]
		if op.index == "" {
			reasons = append(reasons, "index is missing")
		}
		if op.id == "" && (op.verb == verbDelete || op.verb == verbUpdate) {
			reasons = append(reasons, "id is missing")
		}
		if why := op.wrongVersion(); why != "" {
			reasons = append(reasons, why)
		}
		if len(op.id) > 512 {
			reasons = append(reasons, "id ["+op.id+"] is too long, must be no longer than 512 bytes but was: "+strconv.Itoa(len(op.id)))
		}
	}
	if len(ops) == 0 {
		reasons = []string{"no requests added"}
	}
	if len(reasons) > 0 {
		return invalid(reasons...)
	}
	return nil
}

// wrongVersion tells what is wrong with the conditions of an operation; empty if
// nothing is.
func (op *operation) wrongVersion() string {
	switch {
	case op.verb == verbCreate && op.versionType != internalVersion:
		return "create operations only support internal versioning. use index instead"
	case op.versioned && op.versionType == internalVersion:
		return "internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead"
	case op.ifSeqNo >= 0 && op.ifTerm <= 0:
		return "ifSeqNo is set, but primary term is [0]"
	case op.ifSeqNo < 0 && op.ifTerm > 0:
		return fmt.Sprintf("ifSeqNo is unassigned, but primary term is [%d]", op.ifTerm)
	}
	return ""
}

// A writing is the work on one bulk request.
type writing struct {
	server  *Server
	now     time.Time
	faults  []*ItemError
	full    bool
	refresh string
	wanted  string // copies of the shard
	timeout string
	body    []byte
	failed  bool
	touched map[*index]bool

	// The target of the last item, since most have the same.
	name   string
	alias  bool // requireAlias of it
	target target
}

func (w *writing) all(ops []operation) {
	s := w.server
	w.body = make([]byte, startSize, startSize+180*len(ops))
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range ops {
		if i > 0 {
			w.body = append(w.body, ',')
		}
		var fault *ItemError
		if w.faults != nil {
			fault = w.faults[i]
		}
		if fault == nil && w.full {
			fault = Rejected()
		}
		w.item(&ops[i], fault)
	}
	for ix := range w.touched {
		ix.refresh()
	}
}

// item does one operation and appends its answer.
func (w *writing) item(op *operation, fault *ItemError) {
	if op.index != w.name || op.requireAlias != w.alias || w.target.index == nil && w.target.fail == nil {
		w.name, w.alias, w.target = op.index, op.requireAlias, w.server.target(op.index, op.requireAlias)
	}
	t := &w.target
	if fault != nil && !fault.Applied {
		if op.generated && op.id == "" && t.index != nil {
			op.id = w.server.autoID()
		}
		w.refuse(op, newError(fault.Status, fault.Type, "%s", fault.Reason))
		return
	}
	fail := w.available(t)
	var done outcome
	if fail == nil {
		done, fail = w.server.perform(op, t, w.now)
	}
	if fault != nil {
		fail = newError(fault.Status, fault.Type, "%s", fault.Reason)
	}
	if fail != nil {
		w.refuse(op, fail)
		return
	}
	if w.refresh == "true" || w.refresh == "wait_for" {
		if w.touched == nil {
			w.touched = map[*index]bool{}
		}
		w.touched[t.index] = true
	}
	w.accept(op, t, done)
}

// available refuses to write where there are too few copies of a shard. The real one
// waits for them until the timeout.
func (w *writing) available(t *target) *apiError {
	wanted := 1
	if w.wanted != "" {
		wanted = wantedCopies(w.wanted, t.total)
	}
	switch {
	case t.fail != nil:
		return nil
	case t.successful == 0:
		return newError(http.StatusServiceUnavailable, "unavailable_shards_exception", "[%s][0] primary shard is not active Timeout: [%s]", t.name, w.timeout)
	case t.successful < wanted:
		return newError(http.StatusServiceUnavailable, "unavailable_shards_exception",
			"[%s][0] Not enough active copies to meet shard count of [%d] (have %d, needed %d). Timeout: [%s]", t.name, wanted, t.successful, wanted, w.timeout)
	}
	return nil
}

// startSize is what the start of an answer takes at most, which is known last.
const startSize = 64

func (w *writing) answer(q *request) []byte {
	start := fmt.Appendf(nil, `{"took":%d,"errors":%t,"items":[`, time.Since(q.start).Milliseconds(), w.failed)
	first := startSize - len(start)
	copy(w.body[first:], start)
	return append(w.body[first:], "]}"...)
}

func (w *writing) start(op *operation, index string) {
	b := append(w.body, `{"`...)
	b = append(b, op.verb.String()...)
	b = append(b, `":{"_index":`...)
	b = appendString(b, index)
	b = append(b, `,"_id":`...)
	if op.generated && op.id == "" {
		b = append(b, "null"...)
	} else {
		b = appendString(b, op.id)
	}
	w.body = b
}

func (w *writing) refuse(op *operation, fail *apiError) {
	w.failed = true
	name := op.index
	if w.target.index != nil {
		name = w.target.name
	}
	w.start(op, name)
	b := append(w.body, `,"status":`...)
	b = strconv.AppendInt(b, int64(fail.Status), 10)
	b = append(b, `,"error":`...)
	b = append(b, marshal(fail)...)
	w.body = append(b, "}}"...)
}

func (w *writing) accept(op *operation, t *target, done outcome) {
	total, successful, seq, term := int64(t.total), int64(t.successful), done.seq, int64(1)
	if w.server.Product.Serverless() { // which does not tell
		total, successful, seq, term = 0, 0, 0, 0
	}
	w.start(op, t.name)
	b := append(w.body, `,"_version":`...)
	b = strconv.AppendInt(b, done.version, 10)
	b = append(b, `,"result":"`...)
	b = append(b, done.result...)
	b = append(b, '"')
	if w.refresh == "true" {
		b = append(b, `,"forced_refresh":true`...)
	}
	b = append(b, `,"_shards":{"total":`...)
	b = strconv.AppendInt(b, total, 10)
	b = append(b, `,"successful":`...)
	b = strconv.AppendInt(b, successful, 10)
	b = append(b, `,"failed":0},"_seq_no":`...)
	b = strconv.AppendInt(b, seq, 10)
	b = append(b, `,"_primary_term":`...)
	b = strconv.AppendInt(b, term, 10)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(done.status), 10)
	w.body = append(b, "}}"...)
}
