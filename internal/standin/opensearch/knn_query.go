package opensearch

import (
	"encoding/json"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// A ranking finds documents in the order of their scores.
type ranking interface {
	// check refuses what a shard of an index refuses.
	check(s *Server, m *mapping, ix *index) *apiError

	// rank returns the hits of a shard, the best first, and how many they are. matches
	// is what an alias lets be seen.
	rank(s *Server, m *mapping, all []hit) []hit
}

// readRanking reads a query whose scores matter; nil if it is another.
func readRanking(body json.RawMessage) (ranking, *apiError) {
	list := members(body)
	if len(list) != 1 {
		return nil, nil
	}
	switch list[0].key {
	case "knn":
		return readKNN(list[0].value)
	case "script_score":
		return readScript(list[0].value)
	case "function_score":
		return readRandom(list[0].value)
	}
	return nil, nil
}

// A knnQuery finds the nearest neighbours, as well as codes of one bit tell.
type knnQuery struct {
	field  string
	vector json.RawMessage
	k      int
	factor *float64 // nil is that of the field
	filter query
}

func readKNN(body []byte) (ranking, *apiError) {
	list := members(body)
	if len(list) != 1 || list[0].value[0] != '{' {
		return nil, newError(400, "parsing_exception", "[knn] query malformed, no start_object after query name")
	}
	q := &knnQuery{field: list[0].key, k: -1}
	for _, m := range members(list[0].value) {
		var fail *apiError
		switch m.key {
		case "vector":
			q.vector = m.value
		case "k":
			q.k, _ = strconv.Atoi(scalarText(m.value)) // what is none is 0
		case "rescore":
			fail = q.readRescore(m.value)
		case "filter":
			q.filter, fail = readQuery(m.value)
		case "method_parameters", "boost", "_name", "expand_nested_docs":
		case "max_distance", "min_score":
			fail = notImplemented("radial search")
		default:
			fail = newError(400, "x_content_parse_exception", "[knn] unknown field [%s]", m.key)
		}
		if fail != nil {
			return nil, fail
		}
	}
	switch {
	case q.vector == nil:
		return nil, illegalArgument("[knn] requires query vector")
	case q.k == -1:
		return nil, illegalArgument("[knn] requires exactly one of k, distance or score to be set")
	case q.k < 1 || q.k > 10_000:
		return nil, illegalArgument("[knn] requires k to be in the range (0, 10000]")
	}
	return q, nil
}

func (q *knnQuery) readRescore(value []byte) *apiError {
	var object struct {
		Factor *float64 `json:"oversample_factor"`
	}
	switch string(value) {
	case "true":
		return nil
	case "false":
		q.factor = new(float64)
		return nil
	}
	json.Unmarshal(value, &object) // what is none is the default
	q.factor = object.Factor
	switch f := q.factor; {
	case f == nil:
	case *f < 1:
		return illegalArgument("[knn] errors in rescore parameter [Validation Failed: 1: Oversample factor [%f] cannot be less than [1.000000];]", *f)
	case *f > 100:
		return illegalArgument("[knn] errors in rescore parameter [Validation Failed: 1: Oversample factor [%f] cannot be more than [100.000000];]", *f)
	}
	return nil
}

// notCreated is the error of a query that a shard cannot make.
func notCreated(why *apiError) *apiError {
	e := newError(400, "query_shard_exception", "failed to create query: %s", why.Reason)
	e.CausedBy = why
	return e
}

// vectorOf finds the field of a query, and reads the vector to compare with.
func vectorOf(s *Server, m *mapping, name string, raw json.RawMessage) (v vectorField, values []float32, why *apiError) {
	f, _ := m.find(name)
	if f == nil || f.kind != kindVector {
		return v, nil, illegalArgument("Field '%s' is not knn_vector type.", name)
	}
	v = f.vector(s)
	values, why, _ = v.read(raw)
	return v, values, why
}

func (q *knnQuery) check(s *Server, m *mapping, ix *index) *apiError {
	v, values, why := vectorOf(s, m, q.field, q.vector)
	switch {
	case why != nil:
	case ix.settings["index.knn"] != "true":
		why = illegalArgument("Field '%s' is not built for ANN search.", q.field)
	case len(values) != v.dimension:
		why = illegalArgument("Query vector has invalid dimension: %d. Dimension should be: %d", len(values), v.dimension)
	case v.space == "cosinesimil" && !slices.ContainsFunc(values, func(x float32) bool { return x != 0 }):
		why = illegalArgument("zero vector is not supported when space type is [cosinesimil]")
	}
	if why != nil {
		return notCreated(why)
	}
	return nil
}

func (q *knnQuery) rank(s *Server, m *mapping, all []hit) []hit {
	v, query, _ := vectorOf(s, m, q.field, q.vector) // checked
	factor := v.factor
	if q.factor != nil {
		factor = *q.factor
	}
	all = slices.DeleteFunc(all, func(h hit) bool {
		return h.vector(q.field) == nil || q.filter != nil && !q.filter(m, h)
	})
	if v.oneBit {
		most := q.k
		if factor > 0 {
			most = min(10_000, max(100, int(math.Ceil(float64(q.k)*factor))))
		}
		all = byCodes(q.field, v, query, all, most)
	}
	if !v.oneBit || factor > 0 {
		for i := range all {
			all[i].score = annScore(v.space, query, all[i].vector(q.field))
		}
	}
	return best(all, q.k)
}

// byCodes leaves the hits whose bits differ least from those of the query: a bit tells
// whether a number is greater than the mean of its dimension.
func byCodes(field string, v vectorField, query []float32, all []hit, most int) []hit {
	mean := make([]float64, v.dimension)
	for _, h := range all {
		for i, x := range h.vector(field) {
			mean[i] += float64(x) / float64(len(all))
		}
	}
	wanted := codeOf(query, mean)
	for i := range all {
		n := 0
		for j, word := range codeOf(all[i].vector(field), mean) {
			n += bits.OnesCount64(word ^ wanted[j])
		}
		all[i].score = 1 / (1 + float32(n))
	}
	return best(all, most)
}

func codeOf(values []float32, mean []float64) []uint64 {
	code := make([]uint64, (len(values)+63)/64)
	for i, x := range values {
		if float64(x) > mean[i] {
			code[i/64] |= 1 << (i % 64)
		}
	}
	return code
}

// best leaves the hits with the best scores, best first.
func best(all []hit, most int) []hit {
	slices.SortStableFunc(all, func(a, b hit) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	return all[:min(len(all), most)]
}

// vector returns the vector of a hit; nil if it has none. What was read once is kept.
func (h hit) vector(name string) []float32 {
	sh := h.shard
	sh.vectorsMu.Lock()
	defer sh.vectorsMu.Unlock()
	if sh.vectors == nil {
		sh.vectors = map[string]map[int64][]float32{}
	}
	if sh.vectors[name] == nil {
		sh.vectors[name] = map[int64][]float32{}
	}
	values, read := sh.vectors[name][h.seq]
	if !read {
		if raw := rawAt(h.source, strings.Split(name, ".")); raw != nil {
			values, _, _ = vectorField{}.read(raw) // checked when it was written
		}
		sh.vectors[name][h.seq] = values
	}
	return values
}

// rawAt returns the value at a path as it is; nil if there is none.
func rawAt(value []byte, path []string) []byte {
	if len(path) == 0 {
		if value[0] == 'n' {
			return nil
		}
		return value
	}
	if value[0] == '[' {
		var list []json.RawMessage
		json.Unmarshal(value, &list) // checked
		for _, one := range list {
			if found := rawAt(one, path); found != nil {
				return found
			}
		}
	}
	if value[0] != '{' {
		return nil
	}
	for _, m := range members(value) {
		for n := 1; n <= len(path); n++ {
			if m.key == strings.Join(path[:n], ".") {
				if found := rawAt(m.value, path[n:]); found != nil {
					return found
				}
			}
		}
	}
	return nil
}
