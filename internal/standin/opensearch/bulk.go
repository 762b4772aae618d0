package opensearch

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
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
	full := int(s.bulks.Add(1)) > s.MaxBulks && s.MaxBulks > 0
	w := writing{server: s, now: time.Now(), faults: s.itemFaults(p.ops), full: full, refresh: q.query.Get("refresh")}
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

// A writing is the work on one bulk request.
type writing struct {
	server  *Server
	now     time.Time
	faults  []*ItemError
	full    bool
	refresh string
	body    []byte
	failed  bool
	touched map[*index]bool

	// The target of the last item, since most have the same.
	name   string
	alias  bool // requireAlias of it
	target target
}

// A target is where the items go that name one index.
type target struct {
	*index
	total, successful int // copies
	fail              *apiError
	failName          string // that the answer names
	routing           string // of the alias
	stream            bool
}

// makeIndices makes the indices that are not there.
func (w *writing) makeIndices(ops []operation) {
	s := w.server
	if s.NoAutoCreate {
		return
	}
	last := ""
	for i := range ops {
		if name := ops[i].index; name != last || i == 0 {
			if last = name; !s.exists(name) && !ops[i].requireAlias && ops[i].verb != verbDelete {
				s.autoCreate(name)
			}
		}
	}
}

func (s *Server) exists(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.indices[name] != nil || s.aliases[name] != nil || s.streams[name] != nil
}

func (s *Server) autoCreate(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.checkNewName(name) == nil {
		s.create(name, createBody{mapping: newMapping()}) // cannot fail
	}
}

func (w *writing) all(ops []operation) {
	s := w.server
	w.body = make([]byte, 0, 64+160*len(ops))
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
		w.refuse(op, newError(fault.Status, fault.Type, "%s", fault.Reason))
		return
	}
	done, fail := w.server.perform(op, t, w.now)
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

func (w *writing) answer(q *request) []byte {
	took := strconv.AppendInt([]byte(`{"took":`), time.Since(q.start).Milliseconds(), 10)
	took = append(took, `,"errors":`...)
	took = strconv.AppendBool(took, w.failed)
	took = append(took, `,"items":[`...)
	body := make([]byte, 0, len(took)+len(w.body)+2)
	body = append(append(body, took...), w.body...)
	return append(body, "]}"...)
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
	b = strconv.AppendInt(b, int64(t.total), 10)
	b = append(b, `,"successful":`...)
	b = strconv.AppendInt(b, int64(t.successful), 10)
	b = append(b, `,"failed":0},"_seq_no":`...)
	b = strconv.AppendInt(b, done.seq, 10)
	b = append(b, `,"_primary_term":1,"status":`...)
	b = strconv.AppendInt(b, int64(done.status), 10)
	w.body = append(b, "}}"...)
}

// target returns where a write to a name goes. The caller holds s.mu.
func (s *Server) target(name string, requireAlias bool) target {
	fail := func(e *apiError) target { return target{fail: e} }
	ix := s.indices[name]
	t := target{}
	switch members := s.aliases[name]; {
	case members != nil:
		one, a := writeIndex(members)
		if one == "" {
			return fail(illegalArgument("no write index is defined for alias [%s]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index", name))
		}
		ix, t.routing = s.indices[one], a.IndexRouting
	case requireAlias:
		e := notFound(name, "")
		e.ResourceID, e.ResourceType = "", ""
		e.Reason = "no such index [" + name + "] and [require_alias] request flag is [true] and [" + name + "] is not an alias"
		return fail(e)
	case s.streams[name] != nil:
		ix, t.stream = s.indices[s.streams[name].backing], true
	case ix == nil:
		if e := s.checkNewName(name); e != nil && !s.NoAutoCreate {
			return fail(e)
		}
		return fail(notFound(name, "index_expression"))
	}
	t.index = ix
	t.total, t.successful = s.copies(ix)
	t.fail = ix.blocked()
	return t
}

// blocked tells why nothing can be written.
func (ix *index) blocked() *apiError {
	if ix.closed {
		return indexClosed(ix)
	}
	for _, block := range [...]struct {
		setting, text string
		status        int
	}{
		{"index.blocks.write", "FORBIDDEN/8/index write (api)", 403},
		{"index.blocks.read_only", "FORBIDDEN/5/index read-only (api)", 403},
		{"index.blocks.read_only_allow_delete", "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block", 429},
	} {
		if ix.settings[block.setting] == "true" {
			return newError(block.status, "cluster_block_exception", "index [%s] blocked by: [%s];", ix.name, block.text)
		}
	}
	return nil
}

// A bulkParser splits the body of a bulk request into operations.
type bulkParser struct {
	server   *Server
	rest     []byte
	defaults operation
	line     int
	ops      []operation
}

func (p *bulkParser) parse() *apiError {
	p.ops = make([]operation, 0, 1+bytes.Count(p.rest, []byte("\n"))/2)
	for len(p.rest) > 0 {
		line, ok := p.next()
		if !ok {
			return illegalArgument("The bulk request must be terminated by a newline [\\n]")
		}
		if len(line) == 0 {
			continue
		}
		op := p.defaults
		if fail := p.action(line, &op); fail != nil {
			return fail
		}
		if op.verb != verbDelete {
			if len(p.rest) == 0 {
				break
			}
			if op.source, ok = p.next(); !ok {
				return illegalArgument("The bulk request must be terminated by a newline [\\n]")
			}
			if op.verb == verbUpdate {
				if fail := p.checkUpdate(op.source); fail != nil {
					return fail
				}
			}
		}
		p.ops = append(p.ops, op)
	}
	return nil
}

func (p *bulkParser) next() (line []byte, ok bool) {
	p.line++
	line, rest, ok := bytes.Cut(p.rest, []byte("\n"))
	p.rest = rest
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, ok
}

// action reads the line of an action. What comes behind its object is not looked
// at, as OpenSearch does not.
func (p *bulkParser) action(line []byte, op *operation) *apiError {
	s := scanner{b: line}
	switch c := s.peek(); c {
	case '{':
		s.i++
	default:
		if err := s.skip(); err != nil {
			return p.server.jsonError(err)
		}
		return illegalArgument("Malformed action/metadata line [%d], expected START_OBJECT or END_OBJECT but found [%s]", p.line, tokenName(c))
	}
	if s.peek() != '"' {
		if s.peek() == '}' {
			return illegalArgument("Malformed action/metadata line [%d], expected FIELD_NAME but found [END_OBJECT]", p.line)
		}
		return p.server.jsonError(s.unexpected())
	}
	name, err := s.text()
	if err != nil {
		return p.server.jsonError(err)
	}
	if s.peek() != ':' {
		return p.server.jsonError(s.unexpected())
	}
	s.i++
	if !op.setVerb(name) {
		return illegalArgument("Malformed action/metadata line [%d], expected one of [create, delete, index, update] but found [%s]", p.line, name)
	}
	if c := s.peek(); c != '{' {
		if c == '}' || c == 0 {
			return p.server.jsonError(s.unexpected())
		}
		return illegalArgument("Malformed action/metadata line [%d], expected START_OBJECT or END_OBJECT but found [%s]", p.line, tokenName(c))
	}
	err = s.object(func(key []byte) error { return p.parameter(&s, key, op) })
	if fail, ok := err.(*apiError); ok {
		return fail
	} else if err != nil {
		return p.server.jsonError(err)
	}
	op.generated = op.id == "" && op.generated
	return nil
}

func (op *operation) setVerb(name []byte) bool {
	op.generated = true // until there is an _id
	for v, word := range verbs {
		if string(name) == word {
			op.verb = verb(v)
			return true
		}
	}
	return false
}

func tokenName(c byte) string {
	switch c {
	case '"':
		return "VALUE_STRING"
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	case 't':
		return "VALUE_TRUE"
	case 'f':
		return "VALUE_FALSE"
	case 'n':
		return "VALUE_NULL"
	}
	return "VALUE_NUMBER"
}

// parameter reads one of the parameters of an action.
func (p *bulkParser) parameter(s *scanner, key []byte, op *operation) error {
	c := s.peek()
	if c == '{' || c == '[' {
		return illegalArgument("Malformed action/metadata line [%d], expected a simple value for field [%s] but found [%s]", p.line, key, tokenName(c))
	}
	raw, text, err := s.scalar()
	if err != nil {
		return err
	}
	if raw[0] == 'n' {
		return nil
	}
	switch string(key) {
	case "_index":
		if string(text) != op.index {
			op.index = p.sameIndex(text)
		}
	case "_id":
		op.id, op.generated = string(text), false
	case "routing":
		op.routing = string(text)
	case "pipeline":
		op.pipeline = string(text)
	case "require_alias":
		op.requireAlias = string(text) == "true"
	case "op_type":
		if op.verb == verbIndex && string(text) == "create" {
			op.verb = verbCreate
		}
	case "version":
		op.version, err = strconv.ParseInt(string(text), 10, 64)
	case "version_type":
		return op.setVersionType(string(text))
	case "if_seq_no":
		op.ifSeqNo, err = strconv.ParseInt(string(text), 10, 64)
	case "if_primary_term":
		op.ifTerm, err = strconv.ParseInt(string(text), 10, 64)
	case "retry_on_conflict", "_source":
	default:
		return illegalArgument("Action/metadata line [%d] contains an unknown parameter [%s]", p.line, key)
	}
	if err != nil {
		return illegalArgument("Failed to parse value [%s] for [%s]", text, key)
	}
	return nil
}

// sameIndex is the name as a string, which is that of the operation before if it is equal.
func (p *bulkParser) sameIndex(name []byte) string {
	if n := len(p.ops); n > 0 && p.ops[n-1].index == string(name) {
		return p.ops[n-1].index
	}
	return string(name)
}

func (op *operation) setVersionType(word string) error {
	switch strings.ToLower(word) {
	case "internal":
		op.versionType = internalVersion
	case "external":
		op.versionType = externalVersion
	case "external_gte":
		op.versionType = externalGTE
	default:
		return illegalArgument("No version type match [%s]", word)
	}
	return nil
}
