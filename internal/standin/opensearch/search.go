package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A searchBody is what a search asks for.
type searchBody struct {
	Query       json.RawMessage `json:"query"`
	Size        *int            `json:"size"`
	From        int             `json:"from"`
	Sort        json.RawMessage `json:"sort"`
	SearchAfter json.RawMessage `json:"search_after"`
	Source      json.RawMessage `json:"_source"`
	Track       json.RawMessage `json:"track_total_hits"`
	SeqNo       bool            `json:"seq_no_primary_term"`
	Version     bool            `json:"version"`
	Timeout     json.RawMessage `json:"timeout"`
	TrackScores bool            `json:"track_scores"`
}

// A searchRequest is one that has been read.
type searchRequest struct {
	searchBody
	size    int
	matches query
	ranks   ranking // instead of matches, if scores matter
	keys    []sortKey
	after   []any
	sources sourceFilter
	score   string
	track   int // how many hits are counted at most; negative is none
}

var searchMembers = []string{"query", "size", "from", "sort", "search_after", "_source", "track_total_hits", "seq_no_primary_term", "version", "timeout", "track_scores"}

func (s *Server) readSearch(q *request) (r searchRequest, fail *apiError) {
	if len(q.body) > 0 {
		var given map[string]json.RawMessage
		if fail := s.decode(q.body, &given); fail != nil {
			return r, fail
		}
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if !slices.Contains(searchMembers, name) {
				return r, notImplemented("searches with " + name)
			}
		}
		if fail := s.decode(q.body, &r.searchBody); fail != nil {
			return r, fail
		}
	}
	if len(r.Query) > 0 {
		if r.ranks, fail = readRanking(r.Query); fail == nil && r.ranks == nil {
			r.matches, fail = readQuery(r.Query)
		}
		if fail != nil {
			return r, fail
		}
	}
	if fail := r.complete(q); fail != nil {
		return r, fail
	}
	if r.ranks != nil && len(r.keys) > 0 {
		return r, notImplemented("sorting what is found by score")
	}
	return r, nil
}

// complete takes what the parameters of the request say beside the body.
func (r *searchRequest) complete(q *request) (fail *apiError) {
	r.size, r.score = 10, "1.0"
	if onlyFilters(r.Query) {
		r.score = "0.0"
	}
	if r.Size != nil {
		r.size = *r.Size
	}
	for name, into := range map[string]*int{"size": &r.size, "from": &r.From} {
		if text := q.query.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return illegalArgument("Failed to parse int parameter [%s] with value [%s]", name, text)
			}
			*into = n
		}
	}
	switch {
	case r.From < 0:
		return illegalArgument("[from] parameter cannot be negative, found [%d]", r.From)
	case r.size < 0:
		return illegalArgument("[size] parameter cannot be negative, found [%d]", r.size)
	}
	if r.sources, fail = sourcesOf(q); fail != nil {
		return fail
	}
	if len(r.Source) > 0 {
		if r.sources, fail = readSources(r.Source); fail != nil {
			return fail
		}
	}
	if r.keys, fail = readSort(r.Sort, q.query.Get("sort")); fail != nil {
		return fail
	}
	track := string(r.Track)
	if q.query.Has("track_total_hits") {
		track = q.query.Get("track_total_hits")
	}
	switch n, err := strconv.Atoi(track); {
	case track == "false":
		r.track = -1
	case track == "true":
		r.track = math.MaxInt
	case err == nil:
		r.track = n
	default:
		r.track = 10_000
	}
	return r.checkAfter()
}

func (r *searchRequest) checkAfter() *apiError {
	if len(r.SearchAfter) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(r.SearchAfter))
	decoder.UseNumber()
	if decoder.Decode(&r.after) != nil {
		return newError(http.StatusBadRequest, "parsing_exception", "[search_after] expected an array")
	}
	return nil
}

func search(s *Server, q *request) (int, any, error) {
	r, fail := s.readSearch(q)
	if fail != nil {
		return 0, nil, fail
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	scopes, fail := s.scopes(q)
	if fail != nil {
		return 0, nil, fail
	}
	if fail := r.check(s, scopes); fail != nil {
		return 0, nil, fail
	}
	hits, total := r.collect(s, scopes)
	answer := fmt.Appendf(nil, `{"took":%d,"timed_out":false,"_shards":%s,"hits":`, time.Since(q.start).Milliseconds(), marshal(infoOf(scopes)))
	return http.StatusOK, append(r.append(answer, hits, total), '}'), nil
}

// check refuses what a shard refuses.
func (r *searchRequest) check(s *Server, scopes []scope) *apiError {
	for _, sc := range scopes {
		if most := sc.limit("index.max_result_window", 10_000); r.From+r.size > most {
			return s.allShardsFailed(sc.index, illegalArgument("Result window is too large, from + size must be less than or equal to: [%d] but was [%d]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.", most, r.From+r.size))
		}
		switch {
		case r.after == nil:
		case r.From > 0:
			return s.allShardsFailed(sc.index, newError(http.StatusInternalServerError, "search_exception", "`from` parameter must be set to 0 when `search_after` is used."))
		case len(r.after) != len(r.keys):
			return s.allShardsFailed(sc.index, illegalArgument("search_after has %d value(s) but sort has %d.", len(r.after), len(r.keys)))
		}
		if r.ranks != nil {
			if fail := r.ranks.check(s, sc.mapping.Load(), sc.index); fail != nil {
				return s.allShardsFailed(sc.index, fail)
			}
		}
		for _, key := range r.keys {
			if fail := key.check(sc.mapping.Load()); fail != nil {
				return s.allShardsFailed(sc.index, fail)
			}
		}
	}
	return nil
}

func (s *Server) allShardsFailed(ix *index, why *apiError) *apiError {
	e := newError(why.Status, "search_phase_execution_exception", "all shards failed")
	e.Phase, e.Grouped, e.root = "query", true, why
	e.FailedShards = &[]failedShard{{Index: ix.name, Node: nodeID, Reason: why}}
	if why.Type == "query_shard_exception" {
		why.Index, why.IndexUUID = ix.name, ix.uuid
		e.root = new(*why)
		e.root.CausedBy = nil
	}
	switch {
	case why.Type == "illegal_argument_exception":
		e.CausedBy = new(*why)
		e.CausedBy.CausedBy = why
	case s.major() >= 3:
		e.CausedBy = why
	}
	return e
}

// collect returns the hits in their order, and how many there are.
func (r *searchRequest) collect(s *Server, scopes []scope) (hits []hit, total int) {
	if r.ranks != nil {
		return r.rank(s, scopes)
	}
	for _, sc := range scopes {
		m := sc.mapping.Load()
		sc.hits(r.matches, func(h hit) {
			total++
			if r.size == 0 {
				return
			}
			for _, key := range r.keys {
				h.sort = append(h.sort, key.value(m, h, len(hits)))
			}
			hits = append(hits, h)
		})
	}
	if len(r.keys) > 0 {
		slices.SortStableFunc(hits, func(a, b hit) int { return r.compare(a.sort, b.sort) })
	}
	if r.after != nil {
		hits = slices.DeleteFunc(hits, func(h hit) bool { return r.compare(h.sort, r.after) <= 0 })
	}
	hits = hits[min(r.From, len(hits)):]
	return hits[:min(r.size, len(hits))], total
}

// rank is collect for hits in the order of their scores.
func (r *searchRequest) rank(s *Server, scopes []scope) (hits []hit, total int) {
	for _, sc := range scopes {
		for _, sh := range sc.shards {
			one := sc
			one.shards = []*shard{sh}
			var all []hit
			one.hits(nil, func(h hit) { all = append(all, h) })
			hits = append(hits, r.ranks.rank(s, sc.mapping.Load(), all)...)
		}
	}
	total = len(hits)
	hits = best(hits, len(hits))
	if len(hits) > 0 {
		r.score = scoreText(hits[0].score)
	}
	hits = hits[min(r.From, len(hits)):]
	return hits[:min(r.size, len(hits))], total
}

// onlyFilters tells whether a query does not score.
func onlyFilters(query json.RawMessage) bool {
	list := members(query)
	return len(list) == 1 && list[0].key == "bool" && !slices.ContainsFunc(members(list[0].value), func(m member) bool {
		return m.key == "must" || m.key == "should"
	})
}

// append appends the hits as JSON. Scores are not computed but by a ranking: all are
// 1, or 0 where only filters were asked.
func (r *searchRequest) append(b []byte, hits []hit, total int) []byte {
	b = append(b, '{')
	if r.track >= 0 && total > r.track {
		b = fmt.Appendf(b, `"total":{"value":%d,"relation":"gte"},`, r.track)
	} else if r.track >= 0 {
		b = fmt.Appendf(b, `"total":{"value":%d,"relation":"eq"},`, total)
	}
	score := "null"
	if len(r.keys) == 0 && len(hits) > 0 {
		score = r.score
	}
	b = fmt.Appendf(b, `"max_score":%s,"hits":[`, score)
	for i, h := range hits {
		if i > 0 {
			b = append(b, ',')
		}
		if r.ranks != nil {
			score = scoreText(h.score)
		}
		b = r.appendHit(b, h, score)
	}
	return append(b, "]}"...)
}

func (r *searchRequest) appendHit(b []byte, h hit, score string) []byte {
	b = appendString(append(b, `{"_index":`...), h.index.name)
	b = appendString(append(b, `,"_id":`...), h.id)
	if r.Version {
		b = fmt.Appendf(b, `,"_version":%d`, h.version)
	}
	if r.SeqNo {
		b = fmt.Appendf(b, `,"_seq_no":%d,"_primary_term":1`, h.seq)
	}
	b = append(append(b, `,"_score":`...), score...)
	if h.routing != "" {
		b = appendString(append(b, `,"_routing":`...), h.routing)
	}
	if source := r.sources.apply(h.source); source != nil {
		b = append(append(b, `,"_source":`...), source...)
	}
	if len(h.sort) > 0 {
		b = append(append(b, `,"sort":`...), marshal(h.sort)...)
	}
	return append(b, '}')
}
