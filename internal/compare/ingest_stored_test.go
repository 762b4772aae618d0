package compare

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An operation is two lines of a bulk request.
type operation struct {
	create bool // rather than index
	id     []byte
	source []byte
}

// operations calls f with all operations of a request. It knows no more of JSON than
// the documents of these tests need.
func operations(body []byte, f func(operation)) error {
	for len(body) > 0 {
		action, rest, ok := bytes.Cut(body, []byte("\n"))
		source, rest, ok2 := bytes.Cut(rest, []byte("\n"))
		if !ok || !ok2 || len(source) == 0 || source[0] != '{' {
			return fmt.Errorf("the bulk request must be terminated by a newline: %.100q", body)
		}
		op := operation{create: bytes.HasPrefix(action, []byte(`{"create"`)), source: source}
		if !op.create && !bytes.HasPrefix(action, []byte(`{"index"`)) {
			return fmt.Errorf("malformed action: %.100q", action)
		}
		if _, id, found := bytes.Cut(action, []byte(`"_id":"`)); found {
			op.id, _, _ = bytes.Cut(id, []byte(`"`))
		}
		f(op)
		body = rest
	}
	return nil
}

// apply writes what a bulk request asks for, and returns the answer.
func (s *sink) apply(body []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items, errors := make([]byte, 0, len(body)), false
	err := operations(body, func(op operation) {
		id, status := s.write(op)
		items = appendItem(items, op, id, status)
		errors = errors || status >= 300 || status == idRefused
	})
	return appendAnswer(nil, items, errors), err
}

// count is what bulk does where no document is kept, as cheaply as it can be done: for
// benchmarks, which measure clients.
func (s *sink) count(w http.ResponseWriter, r *http.Request) {
	body, _ := s.buffers.Get().(*bytes.Buffer)
	text, _ := s.buffers.Get().(*bytes.Buffer)
	if body == nil || text == nil {
		body, text = new(bytes.Buffer), new(bytes.Buffer)
	}
	defer s.buffers.Put(body)
	defer s.buffers.Put(text)
	body.Reset()
	text.Reset()
	_, err := body.ReadFrom(r.Body)
	items := append(text.AvailableBuffer(), `{"took":1,"errors":false,"items":[`...)
	n := int64(0)
	if err == nil {
		err = operations(body.Bytes(), func(op operation) {
			n++
			items = appendItem(items, op, cmp.Or(string(op.id), "VXq5gZIBkT7uVqd9Zf3x"), 201)
		})
	}
	if err != nil {
		answer(w, 400, refusal(400))
		return
	}
	text.Write(append(bytes.TrimSuffix(items, []byte(",")), "]}"...))
	pause(r.Context(), s.slow)
	s.counted.Add(n)
	s.requests.Add(1)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(text.Len()))
	w.Write(text.Bytes())
}

// write writes one document and returns its id and the status.
func (s *sink) write(op operation) (id string, status int) {
	n := number(op.source)
	if n < 0 || n >= len(s.copies) {
		panic(fmt.Sprintf("not a document of the test: %s", op.source))
	}
	s.tries[n]++
	id = string(op.id)
	other, found := s.ids[id]
	if found && other != n {
		panic(fmt.Sprintf("id %s for documents %d and %d", id, other, n))
	}
	switch {
	case id != "" && s.ownIDs:
		return id, idRefused
	case s.refusedForGood(n):
		return id, 400
	case s.hitItem(n):
		return id, s.itemStatus
	case found && op.create:
		return id, 409
	case found:
		return id, 200
	}
	if id == "" {
		s.made++
		id = fmt.Sprintf("made-%d", s.made)
	}
	s.ids[id] = n
	s.copies[n]++
	return id, 201
}

func (s *sink) refusedForGood(n int) bool { return s.bad > 0 && n%s.bad == 0 }

func (s *sink) hitItem(n int) bool {
	return rand.New(rand.NewPCG(s.seed+uint64(n), uint64(s.tries[n]))).Float64() < s.itemShare
}

// idRefused stands for 400 where it is the id that is refused.
const idRefused = -400

// appendItem appends what OpenSearch answers for one operation.
func appendItem(b []byte, op operation, id string, status int) []byte {
	name, result := "index", "created"
	if op.create {
		name = "create"
	}
	if status == 200 {
		result = "updated"
	}
	b = append(append(b, `{"`...), name...)
	b = append(append(b, `":{"_index":"bench","_id":"`...), id...)
	if status >= 300 || status == idRefused {
		b = append(append(b, `","error":`...), cause(status)...)
		status = max(status, -status)
	} else {
		b = append(append(b, `","_version":1,"result":"`...), result...)
		b = append(b, `","_shards":{"total":2,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1`...)
	}
	b = strconv.AppendInt(append(b, `,"status":`...), int64(status), 10)
	return append(b, "}},"...)
}

func appendAnswer(b, items []byte, errors bool) []byte {
	b = strconv.AppendBool(append(b, `{"took":1,"errors":`...), errors)
	b = append(append(b, `,"items":[`...), bytes.TrimSuffix(items, []byte(","))...)
	return append(b, "]}"...)
}

// cause is what OpenSearch and OpenSearch Serverless say of an item.
func cause(status int) string {
	switch status {
	case 400:
		return `{"type":"mapper_parsing_exception","reason":"failed to parse field [title] of type [long] in document"}`
	case idRefused:
		return `{"type":"illegal_argument_exception","reason":"Document ID is not supported in create/index operation request"}`
	case 402:
		return `{"type":"service_quota_exceeded","reason":"maximum OCU capacity reached"}`
	case 409:
		return `{"type":"version_conflict_engine_exception","reason":"version conflict, document already exists (current version [1])"}`
	case 429:
		return `{"type":"rejected_execution_exception","reason":"rejected execution of primary operation"}`
	}
	return `{"type":"unavailable_shards_exception","reason":"primary shard is not active"}`
}

// refusal is what is said of a whole request.
func refusal(status int) string {
	if status == 413 {
		return "<html><body><h1>413 Request Entity Too Large</h1></body></html>"
	}
	return fmt.Sprintf(`{"error":%s,"status":%d}`, cause(status), status)
}

// A tally is what the sink holds.
type tally struct {
	Stored  int // documents
	Lost    int // that are not there and were not refused for good
	Doubled int // that are there more than once
}

func (s *sink) tally() tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	var t tally
	for n, copies := range s.copies {
		switch {
		case copies > 0:
			t.Stored++
			t.Doubled += min(copies-1, 1)
		case !s.refusedForGood(n):
			t.Lost++
		}
	}
	return t
}

func (s *sink) holds(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copies[n] > 0
}

// TestSink checks that the sink sees what a client does wrong.
func TestSink(t *testing.T) {
	const create, index = `{"create":{"_id":"a"}}`, `{"index":{"_id":"a"}}`
	for _, test := range []struct {
		name string
		faults
		lines []string
		want  tally
		code  []int
	}{
		{"created", faults{}, []string{create, `{"n":0}`}, tally{1, 1, 0}, []int{201}},
		{"created twice", faults{}, []string{create, `{"n":0}`, create, `{"n":0}`}, tally{1, 1, 0}, []int{201, 409}},
		{"indexed twice", faults{}, []string{index, `{"n":1}`, index, `{"n":1}`}, tally{1, 1, 0}, []int{201, 200}},
		{"twice without id", faults{}, []string{`{"index":{}}`, `{"n":0}`, `{"create":{}}`, `{"n":0}`}, tally{1, 1, 1}, []int{201, 201}},
		{"two ids", faults{}, []string{create, `{"n":0}`, `{"create":{"_id":"b"}}`, `{"n":0}`}, tally{1, 1, 1}, []int{201, 201}},
		{"refused for good", faults{bad: 2}, []string{create, `{"n":0}`}, tally{0, 1, 0}, []int{400}},
		{"refused for now", faults{itemShare: 1, itemStatus: 429}, []string{create, `{"n":0}`}, tally{0, 2, 0}, []int{429}},
		{"own ids", faults{ownIDs: true}, []string{create, `{"n":0}`, `{"create":{}}`, `{"n":1}`}, tally{1, 1, 0}, []int{400, 201}},
	} {
		s := newSink(t, test.faults, 2)
		response, err := http.Post(s.urls[0]+"/bench/_bulk", "application/x-ndjson", strings.NewReader(strings.Join(test.lines, "\n")+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Items []map[string]struct{ Status int }
		}
		err = json.NewDecoder(response.Body).Decode(&got)
		response.Body.Close()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		var code []int
		for _, item := range got.Items {
			for _, result := range item {
				code = append(code, result.Status)
			}
		}
		if there := s.tally(); there != test.want || !slices.Equal(code, test.code) {
			t.Errorf("%s: got %+v, %v, want %+v, %v", test.name, there, code, test.want, test.code)
		}
	}
}
