package layered

// exchange swaps neighbours in layer l for as long as that takes crossings away,
// but goes over the layer a few times only.
func (s *sketch) exchange(l int) {
	nodes := s.layers[l]
	if len(nodes) < 2 {
		return
	}
	ends := s.endsOf(nodes)
	const rounds = 3
	for range rounds {
		swapped := false
		for i := range len(nodes) - 1 {
			a, b := ends[i], ends[i+1]
			if crossed(a.in, b.in)+crossed(a.out, b.out) > crossed(b.in, a.in)+crossed(b.out, a.out) {
				nodes[i], nodes[i+1] = nodes[i+1], nodes[i]
				ends[i], ends[i+1] = b, a
				swapped = true
			}
		}
		if !swapped {
			break
		}
	}
	for i, v := range nodes {
		s.pos[v] = int32(i)
	}
}

// ends are the positions of a node's neighbours, ascending.
type ends struct{ in, out []int32 }

func (s *sketch) endsOf(nodes []int32) []ends {
	total := 0
	for _, v := range nodes {
		total += len(s.g.In(v)) + len(s.g.Out(v))
	}
	room := make([]int32, 0, total) // never grows, for the lists are parts of it
	list := make([]ends, len(nodes))
	for i, v := range nodes {
		in := s.positions(room, s.g.In(v))
		out := s.positions(in[len(in):], s.g.Out(v))
		list[i] = ends{in, out}
		room = out[len(out):]
	}
	return list
}

// crossed counts the crossings of the edges of a node with neighbours a and those
// of the node below it with neighbours b.
func crossed(a, b []int32) int {
	n, i := 0, 0 // i of b are less than the neighbour of a at hand
	for _, p := range a {
		for i < len(b) && b[i] < p {
			i++
		}
		n += i
	}
	return n
}
