package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A recallKey is the id of a document, with its routing: an id is unique within its
// shard only.
type recallKey struct{ id, routing string }

// key is no other's, whatever is in id and routing.
func (k recallKey) key() string { return strconv.Itoa(len(k.id)) + ":" + k.id + k.routing }

// A recallHit is a document that a search found.
type recallHit struct {
	ID      string          `json:"_id"`
	Routing string          `json:"_routing"`
	Score   json.Number     `json:"_score"`
	Source  json.RawMessage `json:"_source"`
	Sort    []json.Number   `json:"sort"`
}

func (h recallHit) key() recallKey { return recallKey{h.ID, h.Routing} }

// A recallAnswer is the answer to a search.
type recallAnswer struct {
	Took     int64
	TimedOut bool   `json:"timed_out"`
	Shards   shards `json:"_shards"`
	Hits     struct{ Hits []recallHit }
}

// whole returns an error for an answer that lacks something.
func (a recallAnswer) whole(index string) error {
	if a.TimedOut {
		return unreadError("search " + index + ": it timed out on the cluster, and the answer is not whole")
	}
	return a.Shards.searched("search " + index)
}

// search makes a search. An answer that is not whole is asked for again, as often as
// a request that fails.
func (m *recallMeasurer) search(ctx context.Context, body map[string]any) (recallAnswer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return recallAnswer{}, err
	}
	var answer recallAnswer
	err = m.untilWhole(ctx, func() (partial, err error) {
		answer, err = ask[recallAnswer](ctx, m.conn, Request{
			Method: http.MethodPost, Path: pathOf(m.field.index, "_search"), Body: text, Repeat: true,
		})
		return answer.whole(m.field.index), err
	})
	return answer, err
}

// untilWhole makes a request until its answer is whole; it returns what it lacks.
func (m *recallMeasurer) untilWhole(ctx context.Context, request func() (partial, err error)) error {
	for attempt := 1; ; attempt++ {
		m.requests.Add(1)
		partial, err := request()
		if err != nil || partial == nil {
			return err
		}
		if attempt >= m.conn.attempts {
			return fmt.Errorf("%w (%d attempts)", partial, attempt)
		}
		if err := pace.Sleep(ctx, jitter(grown(pauseFirst, pauseMost, attempt))); err != nil {
			return fmt.Errorf("%w; %w while waiting to ask again", partial, err)
		}
	}
}

// searchNear makes a k-NN search. It returns what was found, nearest first, and how
// many milliseconds the cluster took.
func (m *recallMeasurer) searchNear(ctx context.Context, query []float32, factor float64) (keys []recallKey, took int64, err error) {
	knn := map[string]any{"vector": query, "k": m.asked()}
	if factor != 0 {
		knn["rescore"] = map[string]any{"oversample_factor": factor}
	}
	if m.opts.EFSearch != 0 {
		knn["method_parameters"] = map[string]any{"ef_search": m.opts.EFSearch}
	}
	answer, err := m.search(ctx, map[string]any{
		"size": m.asked(), "_source": false, "track_total_hits": false, "query": map[string]any{"knn": map[string]any{m.field.path: knn}},
	})
	if err != nil {
		return nil, 0, fmt.Errorf("k-NN search%s: %w", m.asks(factor), err)
	}
	for _, h := range answer.Hits.Hits {
		keys = append(keys, h.key())
	}
	return keys, answer.Took, nil
}

// asks names what a search asks for that not every version and engine takes.
func (m *recallMeasurer) asks(factor float64) (names string) {
	if factor != 0 {
		names += fmt.Sprintf(" with the oversample_factor %v of Oversample", factor)
	}
	if m.opts.EFSearch != 0 {
		names += fmt.Sprintf(" with the ef_search %d of EFSearch", m.opts.EFSearch)
	}
	return names
}

// lastSequence returns the greatest sequence number of the documents with a vector.
func (m *recallMeasurer) lastSequence(ctx context.Context) (int64, error) {
	answer, err := m.search(ctx, map[string]any{
		"size": 1, "_source": false, "track_total_hits": false, "query": m.hasVector(), "sort": []any{map[string]any{"_seq_no": "desc"}},
	})
	if err != nil || len(answer.Hits.Hits) == 0 {
		return -1, err
	}
	return answer.Hits.Hits[0].sequence()
}

func (h recallHit) sequence() (int64, error) {
	if len(h.Sort) != 1 {
		return 0, fmt.Errorf("document %q came without the sequence number that was sorted by", h.ID)
	}
	n, err := h.Sort[0].Int64()
	if err != nil {
		return 0, fmt.Errorf("document %q came with the sequence number %q", h.ID, h.Sort[0])
	}
	return n, nil
}

// errNoVector is that a document came without its vector, although it has one.
var errNoVector = errors.New("its _source has no vector: either _source is disabled for it or leaves the field out, and then nothing can read vectors: give Queries, and GroundTruth ByScript")

// vectorOf reads the vector of a hit into dst.
func (m *recallMeasurer) vectorOf(h recallHit, dst []float32) error {
	value, err := valueAt(h.Source, strings.Split(m.field.path, "."))
	if err != nil {
		return fmt.Errorf("document %q: %w", h.ID, err)
	}
	values, err := numbersOf(value, dst[:0:len(dst)])
	if err != nil {
		return fmt.Errorf("document %q: its vector is no list of numbers: %w", h.ID, err)
	}
	if len(values) != len(dst) {
		return fmt.Errorf("document %q: its vector has %d dimensions, not %d", h.ID, len(values), len(dst))
	}
	if err := m.field.check(dst); err != nil {
		return fmt.Errorf("document %q: %w", h.ID, err)
	}
	return nil
}

// numbersOf reads a list of numbers into dst. OpenSearch also takes numbers in quotation
// marks.
func numbersOf(value json.RawMessage, dst []float32) ([]float32, error) {
	first := json.Unmarshal(value, &dst)
	if first == nil {
		return dst, nil
	}
	var texts []json.Number
	if json.Unmarshal(value, &texts) != nil {
		return nil, first
	}
	dst = dst[:0]
	for _, text := range texts {
		x, err := strconv.ParseFloat(text.String(), 32)
		if err != nil {
			return nil, err
		}
		dst = append(dst, float32(x))
	}
	return dst, nil
}

// valueAt returns the value at a path, whose steps may also be joined by dots, and lead
// through lists of objects, one of which has it.
func valueAt(source json.RawMessage, path []string) (json.RawMessage, error) {
	if len(path) == 0 {
		return source, nil
	}
	if source = bytes.TrimSpace(source); len(source) > 0 && source[0] == '[' {
		return valueIn(source, path)
	}
	if len(source) == 0 || source[0] != '{' {
		return nil, errNoVector
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(source, &fields); err != nil {
		return nil, err
	}
	for n := 1; n <= len(path); n++ {
		if inner := fields[strings.Join(path[:n], ".")]; inner != nil && string(inner) != "null" {
			if value, err := valueAt(inner, path[n:]); err == nil {
				return value, nil
			}
		}
	}
	return nil, errNoVector
}

// valueIn returns the value at a path of the first in a list that has one.
func valueIn(list json.RawMessage, path []string) (json.RawMessage, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, err
	}
	for _, one := range all {
		if value, err := valueAt(one, path); err == nil {
			return value, nil
		}
	}
	return nil, errNoVector
}

// check refuses numbers that a vector of the field cannot have.
func (f recallField) check(values []float32) error {
	zero := true
	for i, x := range values {
		zero = zero && x == 0
		switch {
		case math.IsNaN(float64(x)) || math.IsInf(float64(x), 0):
			return fmt.Errorf("number %d is %v", i, x)
		case f.bytes && (x != float32(math.Trunc(float64(x))) || x < -128 || x > 127):
			return fmt.Errorf("number %d is %v: the field has data_type byte, whose numbers are whole, -128 to 127", i, x)
		}
	}
	if zero && f.space == vector.Cosine {
		return errors.New("it is zero, and has no angle to others")
	}
	return nil
}
