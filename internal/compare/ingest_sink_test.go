package compare

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
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
