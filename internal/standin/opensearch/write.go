package opensearch

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// An outcome is what an operation did.
type outcome struct {
	result  string
	status  int
	version int64
	seq     int64
}

// perform does one operation. The caller holds s.mu for reading.
func (s *Server) perform(op *operation, t *target, now time.Time) (outcome, *apiError) {
	if t.fail != nil && !(op.verb == verbDelete && t.fail.Status == http.StatusTooManyRequests) {
		return outcome{}, t.fail
	}
	if op.routing == "" {
		op.routing = t.routing
	}
	if fail := s.prepare(op, t); fail != nil {
		return outcome{}, fail
	}
	ix := t.index
	if op.verb != verbDelete && op.verb != verbUpdate && s.Keep != KeepNothing {
		if fail := s.conform(ix, op.id, op.source); fail != nil {
			return outcome{}, fail
		}
		if t.stream {
			if fail := checkTimestamp(op.source); fail != nil {
				return outcome{}, fail
			}
		}
	}
	place := op.id
	if op.routing != "" {
		place = op.routing
	}
	n := ix.shardNumber(place)
	sh := ix.shards[n]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s.Keep == KeepNothing {
		return sh.count(now), nil
	}
	done, fail := s.apply(ix, sh, op, now)
	if fail != nil && (fail.Status == http.StatusConflict || fail.Status == http.StatusNotFound) {
		fail.Index, fail.Shard, fail.IndexUUID = ix.name, strconv.Itoa(n), ix.uuid
	}
	return done, fail
}

// prepare checks what is known before the document is looked at, and makes an id.
func (s *Server) prepare(op *operation, t *target) *apiError {
	writesWhole := op.verb == verbIndex || op.verb == verbCreate
	switch {
	case writesWhole && op.id == "" && !op.generated:
		return illegalArgument("if _id is specified it must not be empty")
	case (writesWhole || op.verb == verbUpdate) && op.id != "" && s.noIDs():
		return illegalArgument("Document ID is not supported in create/index operation request")
	case t.stream && op.verb != verbCreate:
		return illegalArgument("only write ops with an op_type of create are allowed in data streams")
	}
	if writesWhole && op.id == "" {
		op.id = s.autoID()
	}
	if t.index.mapping.Load().routing && op.routing == "" {
		e := newError(http.StatusBadRequest, "routing_missing_exception", "routing is required for [%s]/[%s]", t.name, op.id)
		e.Index, e.IndexUUID = t.name, "_na_"
		return e
	}
	return s.runPipeline(op, t)
}

func (s *Server) runPipeline(op *operation, t *target) *apiError {
	name := op.pipeline
	if name == "" {
		name = t.settings["index.default_pipeline"]
	}
	if name == "" || name == "_none" || op.verb == verbDelete || op.verb == verbUpdate {
		return nil
	}
	pipeline, ok := s.Pipelines[name]
	if !ok {
		return illegalArgument("pipeline with id [%s] does not exist", name)
	}
	op.source = pipeline(op.source)
	return nil
}

// autoID returns an id as OpenSearch makes them: 20 characters that no other has.
func (s *Server) autoID() string {
	n := strconv.FormatInt(s.autoIDs.Add(1), 36)
	id := "generated-0000000000"[:20-len(n)] + n
	if s.Product.Serverless() {
		id = "1%3A0%3A" + id
	}
	return id
}

// noIDs tells whether documents cannot have ids that they bring.
func (s *Server) noIDs() bool { return s.Product == VectorSearch || s.Product == TimeSeries }

// conform checks a document against the mapping of an index, to which it adds the
// fields that are new. One that another document made otherwise in the meantime is
// an error, as it is for OpenSearch: the next time, the mapping decides.
func (s *Server) conform(ix *index, id string, source []byte) *apiError {
	r, _ := s.readings.Get().(*reading)
	if r == nil {
		r = &reading{server: s}
	}
	defer s.readings.Put(r)
	r.begin(ix.mapping.Load(), id, source)
	if fail := r.read(); fail != nil || len(r.added) == 0 {
		return fail
	}
	ix.mapMu.Lock()
	defer ix.mapMu.Unlock()
	now := ix.mapping.Load() // another document may have been faster
	merged, fail := now.with(r.added)
	if fail != nil {
		return fail
	}
	if most := ix.limit("index.mapping.total_fields.limit", 1000); merged.total > most && merged.total > now.total {
		return illegalArgument("Limit of total fields [%d] has been exceeded", most)
	}
	ix.mapping.Store(merged)
	return nil
}

func (ix *index) limit(setting string, otherwise int) int {
	if n, err := strconv.Atoi(ix.settings[setting]); err == nil {
		return n
	}
	return otherwise
}

// count only counts a document.
func (sh *shard) count(now time.Time) outcome {
	if sh.live == sh.visible {
		sh.since = now
	}
	sh.live++
	sh.seq++
	sh.writes++
	return outcome{"created", http.StatusCreated, 1, sh.seq - 1}
}

// apply does one operation on a shard, whose lock the caller holds.
func (s *Server) apply(ix *index, sh *shard, op *operation, now time.Time) (outcome, *apiError) {
	e := sh.entries[op.id]
	if fail := conflict(e, op); fail != nil {
		return outcome{}, fail
	}
	switch op.verb {
	case verbDelete:
		return sh.delete(e, op, now), nil
	case verbUpdate:
		return s.update(ix, sh, e, op, now)
	}
	return s.put(sh, e, op, op.source, now), nil
}

func (e *entry) exists() bool { return e != nil && e.source != nil }

// conflict tells why an operation does not find what it demands.
func conflict(e *entry, op *operation) *apiError {
	why := ""
	switch {
	case op.verb == verbCreate && e.exists():
		why = fmt.Sprintf("document already exists (current version [%d])", e.version)
	case op.ifSeqNo >= 0 && !e.exists():
		why = fmt.Sprintf("required seqNo [%d], primary term [%d]. but no document was found", op.ifSeqNo, op.ifTerm)
	case op.ifSeqNo >= 0 && (e.seq != op.ifSeqNo || op.ifTerm != 1):
		why = fmt.Sprintf("required seqNo [%d], primary term [%d]. current document has seqNo [%d] and primary term [1]", op.ifSeqNo, op.ifTerm, e.seq)
	case op.versionType == externalVersion && e != nil && e.version >= op.version:
		why = fmt.Sprintf("current version [%d] is higher or equal to the one provided [%d]", e.version, op.version)
	case op.versionType == externalGTE && e != nil && e.version > op.version:
		why = fmt.Sprintf("current version [%d] is higher than the one provided [%d]", e.version, op.version)
	default:
		return nil
	}
	return newError(http.StatusConflict, "version_conflict_engine_exception", "[%s]: version conflict, %s", op.id, why)
}

// put stores a whole document.
func (s *Server) put(sh *shard, e *entry, op *operation, source []byte, now time.Time) outcome {
	done := outcome{"created", http.StatusCreated, 1, sh.seq}
	if e == nil {
		e = sh.newEntry(op.id)
		e.madeUp = op.generated
	} else {
		if done.version = e.version + 1; e.source != nil {
			done.result, done.status = "updated", http.StatusOK
		}
	}
	if op.versionType != internalVersion {
		done.version = op.version
	}
	if s.Keep == KeepIDs {
		source = empty
	}
	sh.set(e, now, revision{source: source, routing: op.routing, version: done.version})
	return done
}

var empty = []byte("{}")

func (sh *shard) delete(e *entry, op *operation, now time.Time) outcome {
	done := outcome{"deleted", http.StatusOK, 1, sh.seq}
	if !e.exists() {
		done.result, done.status = "not_found", http.StatusNotFound
	}
	if e == nil {
		e = sh.newEntry(op.id)
	} else {
		done.version = e.version + 1
	}
	if op.versionType != internalVersion {
		done.version = op.version
	}
	sh.set(e, now, revision{version: done.version})
	return done
}
