package opensearch

import (
	"math/rand/v2"
	"sync"
	"time"
)

// An endpoint that fails rests for restFirst, twice as long each time it fails again,
// and no longer than restMost.
const (
	restFirst = time.Second
	restMost  = time.Minute
)

// nodes are the endpoints, which take turns.
type nodes struct {
	mu   sync.Mutex
	list []*node
	next int
}

type node struct {
	endpoint string
	failures int       // in a row
	until    time.Time // it rests, if failures is not 0
}

// A turn is a request to an endpoint that had failed so often when it was picked.
type turn struct {
	*node
	failures int
}

func newNodes(endpoints []string) *nodes {
	n := &nodes{next: rand.IntN(len(endpoints))} // many processes do not all begin with the first
	for _, e := range endpoints {
		n.list = append(n.list, &node{endpoint: e})
	}
	return n
}

// pick returns the endpoint whose turn it is, or if all rest, the one that is done
// with it first.
func (n *nodes) pick() turn {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	best := n.list[n.next%len(n.list)]
	for i := range n.list {
		at := (n.next + i) % len(n.list)
		candidate := n.list[at]
		if candidate.ready(now) {
			n.next = at + 1
			candidate.rest(now) // only one request finds out whether it is back
			return turn{candidate, candidate.failures}
		}
		if candidate.until.Before(best.until) {
			best = candidate
		}
	}
	return turn{best, best.failures}
}

// one returns a func that picks the same endpoint always.
func (n *nodes) one(of *node) func() turn {
	return func() turn {
		n.mu.Lock()
		defer n.mu.Unlock()
		return turn{of, of.failures}
	}
}

// failed notes that an endpoint failed. Requests that were under way together count
// once.
func (n *nodes) failed(t turn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if t.node.failures == t.failures {
		t.node.failures++
		t.node.rest(time.Now())
	}
}

// answered notes that an endpoint works.
func (n *nodes) answered(t turn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t.node.failures = 0
}

// another reports whether an endpoint is ready besides that one.
func (n *nodes) another(t turn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	for _, other := range n.list {
		if other != t.node && other.ready(now) {
			return true
		}
	}
	return false
}

func (n *node) ready(now time.Time) bool { return n.failures == 0 || !n.until.After(now) }

func (n *node) rest(now time.Time) {
	if n.failures > 0 {
		n.until = now.Add(jitter(grown(restFirst, restMost, n.failures)))
	}
}

// grown returns first, doubled for every time after the first, and at most most.
func grown(first, most time.Duration, times int) time.Duration {
	return min(most, first<<min(times-1, 20))
}

// jitter returns between a half and the whole of d, so that those who failed together
// do not come back together.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}
