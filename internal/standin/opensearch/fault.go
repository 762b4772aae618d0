package opensearch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Faults are what goes wrong.
type Faults struct {
	// ItemFault, if set, decides for each item of a bulk request whether it fails;
	// nil is no. It is called one at a time.
	ItemFault func(Item) *ItemError

	// RequestFault, if set, decides for each request; nil is that nothing is wrong. It may
	// be called from several goroutines, and may read the body.
	RequestFault func(*http.Request) *Fault

	// MaxBulks is how many bulk requests are worked on at the same time, if it is not
	// zero. The items of more are refused with 429.
	MaxBulks int

	// BulkTime, if set, is how long the work on a bulk request takes. Refusing takes none.
	BulkTime func(documents int) time.Duration
}

// SetFaults changes what goes wrong with requests that come from now on, also while
// others are under way, and those whose answers nobody waited for.
func (s *Server) SetFaults(change func(*Faults)) {
	s.faultsMu.Lock()
	defer s.faultsMu.Unlock()
	change(&s.Faults)
}

func (s *Server) faults() Faults {
	s.faultsMu.Lock()
	defer s.faultsMu.Unlock()
	return s.Faults
}

// An Item is one of a bulk request.
type Item struct {
	Action  string // index, create, update or delete
	Index   string // as the request names it
	ID      string // empty if it is to be made
	Routing string
	Source  []byte // what follows the line of the action

	// Attempt counts how often such an item came, from 1: one with the same index, routing
	// and id, or without an id the same source.
	Attempt int
}

// An ItemError is the answer to an item that fails.
type ItemError struct {
	Status  int
	Type    string
	Reason  string
	Applied bool // the document is written nevertheless
}

// Rejected is the answer to an item when the queue for writing is full.
func Rejected() *ItemError {
	return &ItemError{Status: http.StatusTooManyRequests, Type: "rejected_execution_exception",
		Reason: "rejected execution of org.opensearch.action.support.replication.TransportWriteAction$1@0 on OpenSearchThreadPoolExecutor[name = standin/write, queue capacity = 10000]"}
}

// Unavailable is the answer to an item whose shard has no primary.
func Unavailable() *ItemError {
	return &ItemError{Status: http.StatusServiceUnavailable, Type: "unavailable_shards_exception",
		Reason: "[standin][0] primary shard is not active Timeout: [1m]"}
}

// OverCapacity is the answer of Serverless to an item while it scales.
func OverCapacity() *ItemError {
	return &ItemError{Status: http.StatusPaymentRequired, Type: "service_quota_exceeded_exception",
		Reason: "maximum OCU capacity reached"}
}

// A Fault is what a request meets. Without Status and Reset it is only latency.
type Fault struct {
	Latency time.Duration
	Applied bool // the request has its effect nevertheless

	// The answer: either none at all, since the connection breaks, or one with a status.
	Reset      bool
	Status     int
	Type       string        // of the error; without it Body is the answer
	Reason     string        // of the error
	Body       string        // as it is
	RetryAfter time.Duration // in seconds, as a header, if it is not zero
}

// Throttled is the answer of a domain that gets too much: status 429 and plain text.
func Throttled(path string) *Fault {
	return &Fault{Status: http.StatusTooManyRequests, Body: "429 Too Many Requests " + path}
}

// ends tells whether the fault takes the place of the answer.
func (f *Fault) ends() bool { return f.Reset || f.Status != 0 }

// answer sends the answer of a fault. A panic with ErrAbortHandler breaks the
// connection.
func (f *Fault) answer(w http.ResponseWriter) {
	if f.Reset {
		panic(http.ErrAbortHandler)
	}
	body := []byte(f.Body)
	if f.Type != "" {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		body = marshal(newError(f.Status, f.Type, "%s", f.Reason).body())
	} else if json.Valid(body) {
		w.Header().Set("Content-Type", "application/json")
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	w.WriteHeader(f.Status)
	w.Write(body)
}

// faultOf returns what is wrong with a request, once its latency has passed; nil if
// nothing is.
func (s *Server) faultOf(r *http.Request, n *Node) *Fault {
	if n != nil {
		if fault := n.fault(r); fault != nil && wait(r.Context(), fault) {
			return fault
		}
	}
	faults := s.faults()
	if faults.RequestFault == nil {
		return nil
	}
	if fault := faults.RequestFault(r); fault != nil && wait(r.Context(), fault) {
		return fault
	}
	return nil
}

// wait lets the latency of a fault pass, and returns whether more is wrong.
func wait(ctx context.Context, f *Fault) bool {
	if f.Latency > 0 {
		timer := time.NewTimer(f.Latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			panic(http.ErrAbortHandler) // nobody waits for the answer
		}
	}
	return f.ends()
}

// attempts counts items.
type attempts struct {
	mu   sync.Mutex
	seen map[string]int
}

func (a *attempts) next(i Item) int {
	key := fmt.Sprintf("%q %q %q", i.Index, i.Routing, i.ID)
	if i.ID == "" {
		key += string(i.Source)
	}
	if a.seen == nil {
		a.seen = map[string]int{}
	}
	a.seen[key]++
	return a.seen[key]
}

// itemFaults asks ItemFault about the items of a request. Nil is that nothing is
// wrong.
func (s *Server) itemFaults(decide func(Item) *ItemError, ops []operation) []*ItemError {
	if decide == nil {
		return nil
	}
	s.attempts.mu.Lock()
	defer s.attempts.mu.Unlock()
	faults := make([]*ItemError, len(ops))
	for i := range ops {
		op := &ops[i]
		item := Item{Action: op.verb.String(), Index: op.index, ID: op.id, Routing: op.routing, Source: op.source}
		item.Attempt = s.attempts.next(item)
		faults[i] = decide(item)
	}
	return faults
}
