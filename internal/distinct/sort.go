package distinct

import "slices"

// smallSort is the number of keys that are sorted by comparing them.
const smallSort = 64

// sortKeys sorts keys that are equal in the bits of hi above shift+8. It puts them
// in their places by eight bits at a time, which suits hashes: it takes a third of
// the time of slices.SortFunc.
func sortKeys(keys []key, shift int) {
	if len(keys) <= smallSort || shift < 0 {
		slices.SortFunc(keys, compare)
		return
	}
	var start, end [256]int
	for _, k := range keys {
		end[byte(k.hi>>shift)]++
	}
	for b := 1; b < len(end); b++ {
		start[b] = end[b-1]
		end[b] += end[b-1]
	}
	next := start
	for b := range next {
		for next[b] < end[b] {
			k := keys[next[b]]
			for to := byte(k.hi >> shift); int(to) != b; to = byte(k.hi >> shift) {
				k, keys[next[to]] = keys[next[to]], k
				next[to]++
			}
			keys[next[b]] = k
			next[b]++
		}
	}
	for b := range start {
		sortKeys(keys[start[b]:end[b]], shift-8)
	}
}
