package compare

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A sink answers bulk requests as a cluster of three nodes would, and knows what it
// holds. Every document has a number, in the field n, so that one that came in twice
// under two ids is seen.
type sink struct {
	faults
	urls     []string
	requests atomic.Int64 // of _bulk
	busyNow  atomic.Int64
	first    sync.Once
	began    time.Time // of the first request

	counted atomic.Int64 // documents, where they are not kept
	buffers sync.Pool

	mu     sync.Mutex
	made   int64          // ids made here
	ids    map[string]int // number by id
	copies []int          // by number
	tries  []int          // by number, how often it was sent
}

// faults are what goes wrong. Which requests and items are hit follows from the seed,
// and for items from the document, not from the order in which they come.
type faults struct {
	seed uint64

	status int           // of requests that are refused: these
	share  float64       // of all,
	outage time.Duration // all of so long,
	busy   int64         // those above so many at once, which take 5 ms each,
	limit  int           // or those with more bytes (413)

	itemStatus int // of items that are refused inside a 200
	itemShare  float64
	bad        int // one document of so many is refused for good

	before, after, cut float64 // share of requests whose connection breaks, before or after they have their effect, or within the answer
	garbage            float64 // share of requests that have their effect and are answered by something else, with 200

	slow   time.Duration // what the third node takes for a request
	silent bool          // the third node does what is asked and never answers
	down   bool          // nothing listens on the third node

	ownIDs bool // the service makes the ids, and refuses those that are given
}

const sinkNodes = 3

// newSink returns a running sink for documents that have numbers below n.
func newSink(tb testing.TB, f faults, n int) *sink {
	tb.Helper()
	s := &sink{faults: f, ids: map[string]int{}, copies: make([]int, n), tries: make([]int, n)}
	stop, err := s.start(sinkNodes)
	tb.Cleanup(stop)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// start listens on the given number of nodes.
func (s *sink) start(nodes int) (stop func(), err error) {
	var servers []*http.Server
	stop = func() {
		for _, server := range servers {
			server.Close()
		}
	}
	for node := range nodes {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return stop, err
		}
		s.urls = append(s.urls, "http://"+listener.Addr().String())
		if s.down && node == sinkNodes-1 {
			listener.Close()
			continue
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, node) })}
		go server.Serve(listener)
		servers = append(servers, server)
	}
	return stop, nil
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request, node int) {
	index, rest, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case (rest == "_bulk" || index == "_bulk") && s.copies == nil:
		s.count(w, r)
	case rest == "_bulk" || index == "_bulk":
		s.bulk(w, r, node)
	case index == "":
		answer(w, 200, `{"name": "node", "cluster_name": "sink", "cluster_uuid": "Yn6rlqbDQDuNmFhAnPQpWA",
			"version": {"distribution": "opensearch", "number": "2.19.1"}, "tagline": "The OpenSearch Project: https://opensearch.org/"}`)
	case index[0] == '_': // health, nodes: as where they are not permitted
		answer(w, 403, `{"error": {"type": "security_exception", "reason": "no permissions"}, "status": 403}`)
	case r.Method != "GET" && r.Method != "HEAD":
		answer(w, 200, `{"acknowledged": true, "_shards": {"total": 2, "successful": 1, "failed": 0}}`)
	case rest == "_count":
		answer(w, 200, fmt.Sprintf(`{"count": %d, "_shards": {"total": 1, "successful": 1, "failed": 0}}`, int64(s.tally().Stored)+s.counted.Load()))
	default:
		answer(w, 200, fmt.Sprintf(`{%q: {"aliases": {}, "mappings": {}, "settings": {"index": {"uuid": "a", "number_of_shards": "1", "number_of_replicas": "1"}}}}`, index))
	}
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	io.WriteString(w, text)
}

func (s *sink) bulk(w http.ResponseWriter, r *http.Request, node int) {
	s.first.Do(func() { s.began = time.Now() })
	draw := rand.New(rand.NewPCG(s.seed, uint64(s.requests.Add(1)))).Float64()
	defer s.busyNow.Add(-1)
	busy := s.busyNow.Add(1)
	last := node == sinkNodes-1
	switch {
	case last && s.slow > 0:
		pause(r.Context(), s.slow)
	case s.busy > 0:
		pause(r.Context(), 5*time.Millisecond)
	}
	body, err := requestBody(r)
	status := s.refuse(draw, busy, len(body))
	draw = 1 - draw // so that refusals and breaks hit different requests
	switch {
	case err != nil:
		answer(w, 400, refusal(400))
		return
	case status != 0:
		answer(w, status, refusal(status))
		return
	case draw < s.before:
		reset(w)
		return
	}
	text, err := s.apply(body)
	switch {
	case err != nil:
		answer(w, 400, fmt.Sprintf(`{"error": {"type": "illegal_argument_exception", "reason": %q}, "status": 400}`, err))
	case last && s.silent:
		<-r.Context().Done()
	case draw < s.before+s.after:
		reset(w)
	case draw < s.before+s.after+s.cut:
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		w.Write(text[:len(text)/2]) // net/http closes the connection
	case draw < s.before+s.after+s.cut+s.garbage:
		answer(w, 200, "<html><body>Welcome</body></html>")
	default:
		answer(w, 200, string(text))
	}
}

// refuse returns the status of a request that is refused as a whole, otherwise 0.
func (s *sink) refuse(draw float64, busy int64, size int) int {
	switch {
	case s.limit > 0 && size > s.limit:
		return 413
	case draw < s.share, time.Since(s.began) < s.outage, s.busy > 0 && busy > s.busy:
		return s.status
	}
	return 0
}

func requestBody(r *http.Request) ([]byte, error) {
	reader := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		reader = unpacked
	}
	var body bytes.Buffer
	body.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead)
	_, err := body.ReadFrom(reader)
	return body.Bytes(), err
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// reset breaks the connection, so that the client reads ECONNRESET.
func reset(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

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
