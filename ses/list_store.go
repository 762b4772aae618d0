package ses

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// A listKey stands for an address in memory: the first 96 bits of its SHA-256. Two of the
// addresses of a list of a million have one key with a chance of 1 in 10^17.
type listKey [12]byte

// listKeyOf returns the key of an address, as SES keeps it: lists of suppressed addresses
// are case-sensitive
// (https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html).
func listKeyOf(address string) listKey {
	sum := sha256.Sum256([]byte(address))
	return listKey(sum[:])
}

// A listStore holds what a long list says of each address, in 11 bytes each beside the value.
// It is filled with add, then frozen, then asked.
type listStore[V any] struct {
	shards [256][]listEntry[V] // by the first byte of the key
}

type listEntry[V any] struct {
	rest  [11]byte // of the key
	value V
}

// listGrowth is by how many entries a shard grows: so little that hardly any memory stays
// unused.
const listGrowth = 256

func (s *listStore[V]) add(k listKey, v V) {
	shard := &s.shards[k[0]]
	if len(*shard) == cap(*shard) {
		*shard = append(make([]listEntry[V], 0, len(*shard)+listGrowth), *shard...)
	}
	*shard = append(*shard, listEntry[V]{[11]byte(k[1:]), v})
}

// freeze sorts the store. A list that changes while it is read may have an address on two of
// its pages: of those merge makes one.
func (s *listStore[V]) freeze(merge func(a, b V) V) {
	for i, shard := range s.shards {
		slices.SortFunc(shard, func(a, b listEntry[V]) int { return bytes.Compare(a.rest[:], b.rest[:]) })
		kept := shard[:0]
		for _, e := range shard {
			if n := len(kept); n > 0 && kept[n-1].rest == e.rest {
				kept[n-1].value = merge(kept[n-1].value, e.value)
				continue
			}
			kept = append(kept, e)
		}
		s.shards[i] = kept
	}
}

// find returns where the address is in its shard of a frozen store.
func (s *listStore[V]) find(k listKey) (i int, found bool) {
	return slices.BinarySearchFunc(s.shards[k[0]], [11]byte(k[1:]), func(e listEntry[V], rest [11]byte) int {
		return bytes.Compare(e.rest[:], rest[:])
	})
}

// len returns how many addresses a frozen store has.
func (s *listStore[V]) len() (n int) {
	for _, shard := range s.shards {
		n += len(shard)
	}
	return n
}

// each calls f for all addresses, in the order of their keys.
func (s *listStore[V]) each(f func(k listKey, i int, v V)) {
	for first, shard := range s.shards {
		for i, e := range shard {
			f(listKey(append([]byte{byte(first)}, e.rest[:]...)), i, e.value)
		}
	}
}
