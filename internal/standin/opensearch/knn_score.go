package opensearch

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A scriptQuery scores documents with the script knn_score: exactly.
type scriptQuery struct {
	matches query
	field   string
	vector  json.RawMessage
	space   string
}

func readScript(body []byte) (ranking, *apiError) {
	var given struct {
		Query  json.RawMessage
		Script struct {
			Lang, Source string
			Params       struct {
				Field string
				Query json.RawMessage `json:"query_value"`
				Space string          `json:"space_type"`
			}
		}
	}
	if json.Unmarshal(body, &given) != nil || given.Query == nil {
		return nil, newError(400, "parsing_exception", "[script_score] requires 'query' and 'script'")
	}
	if given.Script.Lang != "knn" {
		return nil, notImplemented("scripts of " + given.Script.Lang)
	}
	if given.Script.Source != "knn_score" {
		return nil, illegalArgument("Unknown script name %s", given.Script.Source)
	}
	matches, fail := readQuery(given.Query)
	p := given.Script.Params
	return &scriptQuery{matches, p.Field, p.Query, p.Space}, fail
}

func (q *scriptQuery) check(s *Server, m *mapping, _ *index) *apiError {
	v, values, why := vectorOf(s, m, q.field, q.vector)
	switch {
	case why != nil:
	case !slices.Contains([]string{"l2", "innerproduct", "cosinesimil"}, q.space):
		why = illegalArgument("Invalid space type. Please refer to the available space types.")
	case len(values) != v.dimension:
		why = newError(500, "illegal_state_exception", "Object's length=%d does not match the expected length=%d.", len(values), v.dimension)
	case q.space == "cosinesimil" && !slices.ContainsFunc(values, func(x float32) bool { return x != 0 }):
		why = illegalArgument("zero vector is not supported when space type is [cosinesimil]")
	}
	if why != nil {
		return notCreated(why)
	}
	return nil
}

// rank scores all: those without a vector with 0.
func (q *scriptQuery) rank(s *Server, m *mapping, all []hit) []hit {
	_, query, _ := vectorOf(s, m, q.field, q.vector) // checked
	all = slices.DeleteFunc(all, func(h hit) bool { return !q.matches(m, h) })
	for i := range all {
		all[i].score = 0
		if values := all[i].vector(q.field); values != nil {
			all[i].score = scriptScore(q.space, query, values)
		}
	}
	return best(all, len(all))
}

// scriptScore is the score of knn_score (KNNScoringSpace).
func scriptScore(space string, a, b []float32) float32 {
	l2, dot, cosine := compareVectors(a, b)
	switch {
	case space == "l2":
		return 1 / (1 + l2)
	case space == "cosinesimil":
		return 1 + cosine
	case dot >= 0:
		return 1 + dot
	}
	return 1 / (1 - dot)
}

// annScore is the score of a k-NN search, which differs for the cosine.
func annScore(space string, a, b []float32) float32 {
	if space == "cosinesimil" {
		_, _, cosine := compareVectors(a, b)
		return (1 + cosine) / 2
	}
	return scriptScore(space, a, b)
}

func compareVectors(a, b []float32) (l2, dot, cosine float32) {
	var aa, bb float32
	for i, x := range a {
		y := b[i]
		l2, dot, aa, bb = l2+(x-y)*(x-y), dot+x*y, aa+x*x, bb+y*y
	}
	return l2, dot, float32(float64(dot) / math.Sqrt(float64(aa)*float64(bb)))
}

// A randomQuery scores documents at random, by a seed: not with the scores that
// OpenSearch gives.
type randomQuery struct {
	matches query
	seed    string
}

func readRandom(body []byte) (ranking, *apiError) {
	var given struct {
		Query  json.RawMessage
		Random *struct {
			Seed  json.RawMessage
			Field string
		} `json:"random_score"`
		Mode string `json:"boost_mode"`
	}
	if json.Unmarshal(body, &given) != nil || given.Query == nil || given.Random == nil || given.Mode != "replace" {
		return nil, notImplemented("function_score other than a random_score that replaces")
	}
	matches, fail := readQuery(given.Query)
	return &randomQuery{matches, string(given.Random.Seed)}, fail
}

func (q *randomQuery) check(*Server, *mapping, *index) *apiError { return nil }

func (q *randomQuery) rank(_ *Server, m *mapping, all []hit) []hit {
	all = slices.DeleteFunc(all, func(h hit) bool { return !q.matches(m, h) })
	for i := range all {
		hash := fnv.New32a()
		hash.Write([]byte(q.seed + "/" + strconv.FormatInt(all[i].seq, 10) + "/" + all[i].id))
		all[i].score = float32(hash.Sum32()>>8) / (1 << 24)
	}
	return best(all, len(all))
}

// scoreText is a score as Java prints a float in JSON.
func scoreText(score float32) string {
	x := math.Abs(float64(score))
	if x != 0 && (x < 1e-3 || x >= 1e7) {
		text := strconv.FormatFloat(float64(score), 'E', -1, 32)
		digits, exponent, _ := strings.Cut(text, "E")
		if !strings.Contains(digits, ".") {
			digits += ".0"
		}
		n, _ := strconv.Atoi(exponent)
		return digits + "E" + strconv.Itoa(n)
	}
	text := strconv.FormatFloat(float64(score), 'f', -1, 32)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
