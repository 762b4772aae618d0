package layered

import "github.com/awspatterns/awspatterns/internal/digraph"

// acyclic returns g with the edges that close cycles turned round. They are those
// that lead a depth-first search back to a node under way. The search starts
// where the graph does, so that only few edges are turned in a graph that has a
// few stray ones.
func acyclic(g *digraph.Graph) *digraph.Graph {
	order, ok := g.TopoOrder()
	if ok {
		return g
	}
	s := search{g: g, next: make([]int32, g.N()), state: make([]state, g.N())}
	for _, v := range order {
		if s.state[v] == unseen {
			s.visit(v)
		}
	}
	return digraph.New(g.N(), s.edges)
}

// search is a depth-first search that collects edges, turned where needed.
type search struct {
	g     *digraph.Graph
	next  []int32 // edges followed of each node
	state []state
	stack []int32
	edges []digraph.Edge
}

type state uint8

const (
	unseen state = iota
	underWay
	done
)

func (s *search) visit(root int32) {
	s.enter(root)
	for len(s.stack) > 0 {
		v := s.stack[len(s.stack)-1]
		out := s.g.Out(v)
		if int(s.next[v]) == len(out) {
			s.state[v] = done
			s.stack = s.stack[:len(s.stack)-1]
			continue
		}
		w := out[s.next[v]]
		s.next[v]++
		s.follow(v, w)
	}
}

func (s *search) follow(v, w int32) {
	if s.state[w] == underWay {
		v, w = w, v
	}
	s.edges = append(s.edges, digraph.Edge{From: v, To: w})
	if s.state[w] == unseen {
		s.enter(w)
	}
}

func (s *search) enter(v int32) {
	s.state[v] = underWay
	s.stack = append(s.stack, v)
}
