package opensearch

import (
	"net/http"
	"sync"
	"time"
)

// A Node is one of the cluster. It answers from the same state as all others.
type Node struct {
	server *Server
	name   string

	mu      sync.Mutex
	down    bool
	latency time.Duration
	faults  func(*http.Request) *Fault
}

// Node returns the node of a name, which is made if it is not there.
func (s *Server) Node(name string) *Node {
	s.nodesMu.Lock()
	defer s.nodesMu.Unlock()
	if s.nodesMade == nil {
		s.nodesMade = map[string]*Node{}
	}
	if s.nodesMade[name] == nil {
		s.nodesMade[name] = &Node{server: s, name: name}
	}
	return s.nodesMade[name]
}

// ServeHTTP answers a request.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) { n.server.serve(w, r, n) }

// SetDown breaks the connections of all requests from now on, or no longer.
func (n *Node) SetDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

// SetLatency makes all requests from now on wait.
func (n *Node) SetLatency(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.latency = d
}

// SetFault is RequestFault for the requests to this node.
func (n *Node) SetFault(f func(*http.Request) *Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = f
}

// fault returns what the node does to a request, nil if nothing.
func (n *Node) fault(r *http.Request) *Fault {
	n.mu.Lock()
	down, latency, faults := n.down, n.latency, n.faults
	n.mu.Unlock()
	if down {
		return &Fault{Reset: true}
	}
	fault := &Fault{}
	if faults != nil {
		if own := faults(r); own != nil {
			fault = new(*own)
		}
	}
	fault.Latency += latency
	return fault
}
