package opensearch

import (
	"net/http"
)

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
		if e := s.checkNewName(name); e != nil && s.autoCreating() {
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
	return ix.blockedBy(func(b block) bool { return b.writes })
}

// A block is a setting that forbids something.
type block struct {
	setting, text    string
	status           int
	writes           bool // of documents
	changes, removal bool // of the index
}

var blocks = []block{
	{"index.blocks.read_only", "FORBIDDEN/5/index read-only (api)", http.StatusForbidden, true, true, true},
	{"index.blocks.write", "FORBIDDEN/8/index write (api)", http.StatusForbidden, true, false, false},
	{"index.blocks.metadata", "FORBIDDEN/9/index metadata (api)", http.StatusForbidden, false, true, true},
	{"index.blocks.read_only_allow_delete", "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block",
		http.StatusTooManyRequests, true, true, false},
}

func (ix *index) blockedBy(matters func(block) bool) *apiError {
	for _, b := range blocks {
		if matters(b) && ix.settings[b.setting] == "true" {
			return newError(b.status, "cluster_block_exception", "index [%s] blocked by: [%s];", ix.name, b.text)
		}
	}
	return nil
}

// unchangeable refuses indices whose mapping and aliases cannot be changed, or that
// cannot be removed.
func unchangeable(found []*index, removing bool) *apiError {
	for _, ix := range found {
		if fail := ix.blockedBy(func(b block) bool { return removing && b.removal || !removing && b.changes }); fail != nil {
			return fail
		}
	}
	return nil
}

// A target is where the items go that name one index.
type target struct {
	*index
	total, successful int // copies
	fail              *apiError
	routing           string // of the alias
	stream            bool
}

// makeIndices makes the indices that are not there.
func (w *writing) makeIndices(ops []operation) {
	s := w.server
	if !s.autoCreates() {
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

func (s *Server) autoCreates() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.autoCreating()
}

// autoCreating tells whether writing makes indices. The caller holds s.mu.
func (s *Server) autoCreating() bool { return !s.NoAutoCreate && !s.autoCreateOff }

func (s *Server) exists(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.indices[name] != nil || s.aliases[name] != nil || s.streams[name] != nil
}

func (s *Server) autoCreate(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.checkNewName(name) == nil {
		s.createAuto(name) // or the items say that there is no such index
	}
}
