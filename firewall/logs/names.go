package logs

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"strconv"
)

// names are the values that a field has had, with a number for each; 0 is that it
// has none. The map of the language would do; this is several times as fast, since
// it finds a short value with one look at memory.
type names struct {
	slots []nameSlot // a power of two
	list  []string   // by number, less first
	first uint32     // number of the first in list; lower ones are ports
	seeds [2]uint64
	seed  maphash.Seed
}

// A nameSlot holds a value of up to 16 bytes whole, of a longer one both ends.
type nameSlot struct {
	start, end uint64
	hash, size uint32
	id         uint32
}

const portCount = 1 << 16

// newNames returns names for ports, whose numbers are the ports plus 1, or others.
func newNames(ports bool) *names {
	n := &names{slots: make([]nameSlot, 64), first: 1, seeds: [2]uint64{rand.Uint64(), rand.Uint64()}, seed: maphash.MakeSeed()}
	if ports {
		n.first = portCount + 1
	}
	return n
}

// id returns the number of a value, which is new if the value is.
func (n *names) id(text []byte) uint32 {
	if len(text) == 0 {
		return 0
	}
	if n.first > 1 {
		if port, ok := portOf(text); ok {
			return port + 1
		}
	}
	start, end := ends(text)
	hash := n.hash(text, start, end)
	slot := n.find(text, start, end, hash)
	if slot.size == 0 {
		if 2*len(n.list) >= len(n.slots) {
			n.grow()
			slot = n.find(text, start, end, hash)
		}
		*slot = nameSlot{start, end, hash, uint32(len(text)), n.first + uint32(len(n.list))}
		n.list = append(n.list, string(text))
	}
	return slot.id
}

func (n *names) hash(text []byte, start, end uint64) uint32 {
	if len(text) > 16 {
		return uint32(maphash.Bytes(n.seed, text))
	}
	high, low := bits.Mul64(start^n.seeds[0], end^n.seeds[1]^uint64(len(text))<<56)
	h := high ^ low
	return uint32(h ^ h>>32)
}

// find returns where a value is, or where it belongs.
func (n *names) find(text []byte, start, end uint64, hash uint32) *nameSlot {
	mask := uint32(len(n.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &n.slots[i]
		if s.size == 0 {
			return s
		}
		if s.start == start && s.end == end && s.hash == hash && s.size == uint32(len(text)) &&
			(len(text) <= 16 || n.list[s.id-n.first] == string(text)) {
			return s
		}
	}
}

func (n *names) grow() {
	old := n.slots
	n.slots = make([]nameSlot, 2*len(old))
	mask := uint32(len(n.slots) - 1)
	for _, s := range old {
		if s.size > 0 {
			i := s.hash & mask
			for n.slots[i].size > 0 {
				i = (i + 1) & mask
			}
			n.slots[i] = s
		}
	}
}

// ends returns the first and the last bytes of a value: all of it, up to 16 bytes.
func ends(text []byte) (start, end uint64) {
	switch n := len(text); {
	case n >= 8:
		return binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(text)), uint64(binary.LittleEndian.Uint32(text[n-4:]))
	default:
		return uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16, 0
	}
}

// portOf reads a port as it is usually written: 080 is a value of another kind.
func portOf(text []byte) (uint32, bool) {
	if len(text) > 5 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n, ok := whole(text)
	return uint32(n), ok && n < portCount
}

// name returns the value of a number.
func (n *names) name(id uint32) string {
	switch {
	case id == 0:
		return ""
	case id < n.first:
		return strconv.Itoa(int(id - 1))
	}
	return n.list[id-n.first]
}

// A translation tells the numbers of values among other names.
type translation struct {
	first uint32
	ids   []uint32
}

// in gives all values numbers in others too.
func (n *names) in(others *names) translation {
	t := translation{n.first, make([]uint32, len(n.list))}
	for i, name := range n.list {
		t.ids[i] = others.id([]byte(name))
	}
	return t
}

func (t *translation) of(id uint32) uint32 {
	if id < t.first {
		return id
	}
	return t.ids[id-t.first]
}
