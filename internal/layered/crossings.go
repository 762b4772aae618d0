package layered

import "slices"

// crossings counts the edges that cross each other, given the order of all layers.
func (s *sketch) crossings() int {
	total := 0
	var sums fenwick
	var ends []int32
	for l := range len(s.layers) - 1 {
		if len(s.layers[l]) == 1 || len(s.layers[l+1]) == 1 {
			continue
		}
		sums.reset(len(s.layers[l+1]))
		for _, v := range s.layers[l] {
			ends = s.positions(ends[:0], s.g.Out(v))
			for _, p := range ends {
				total += sums.after(p)
			}
			for _, p := range ends {
				sums.add(p)
			}
		}
	}
	return total
}

// positions appends the positions of nodes to list, ascending.
func (s *sketch) positions(list, nodes []int32) []int32 {
	for _, w := range nodes {
		list = append(list, s.pos[w])
	}
	slices.Sort(list)
	return list
}

// fenwick counts numbers and tells how many of them are greater than another, both
// in logarithmic time. Node i of the tree, from 1, counts the i&-i numbers up to
// i-1.
type fenwick struct {
	count []int32
	total int
}

func (f *fenwick) reset(n int) {
	f.count = append(f.count[:0], make([]int32, n+1)...)
	f.total = 0
}

func (f *fenwick) add(p int32) {
	f.total++
	for i := p + 1; int(i) < len(f.count); i += i & -i {
		f.count[i]++
	}
}

func (f *fenwick) after(p int32) int {
	upTo := int32(0)
	for i := p + 1; i > 0; i -= i & -i {
		upTo += f.count[i]
	}
	return f.total - int(upTo)
}
