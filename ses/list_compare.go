package ses

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/ses/region"
)

// listRules tell what two Regions should hold of one address.
type listRules[V comparable] struct {
	// stricter returns what neither a nor b may fall behind: a complaint and not a bounce,
	// unsubscribed and not subscribed. It is what the target should hold of an address that
	// the source has as a, and itself as b.
	stricter func(a, b V) V

	// text renders a value for digests, the same in each run.
	text func(V) string
}

// A listRelation is how an address of the source stands to the target.
type listRelation int

const (
	listSame      listRelation = iota // nothing is to be written
	listMissing                       // it is not in the target
	listDifferent                     // the target is less strict, or otherwise not alike
	listRepeated                      // the source had it before
)

// A listComparison compares a source, which is streamed, with a target, which is in memory.
type listComparison[V comparable] struct {
	rules   listRules[V]
	target  *listStore[V] // frozen
	seen    [256][]bool   // of the target, what the source has, too
	missing listStore[V]

	matched, different, strict int
	digest, back               listSum
	sample                     listSample
}

func newListComparison[V comparable](rules listRules[V], target *listStore[V]) *listComparison[V] {
	c := &listComparison[V]{rules: rules, target: target}
	for i, shard := range target.shards {
		c.seen[i] = make([]bool, len(shard))
	}
	return c
}

// relate tells how an address stands, and what the target should hold of it.
func (r listRules[V]) relate(target *listStore[V], k listKey, source V) (want V, rel listRelation) {
	i, found := target.find(k)
	if !found {
		return source, listMissing
	}
	has := target.shards[k[0]][i].value
	if want = r.stricter(source, has); want != has {
		return want, listDifferent
	}
	return want, listSame
}

// add takes in an address of the source.
func (c *listComparison[V]) add(address string, source V) listRelation {
	k := listKeyOf(address)
	want, rel := c.rules.relate(c.target, k, source)
	if rel == listMissing {
		c.missing.add(k, source)
		c.sample.add(k, address)
		return rel
	}
	i, _ := c.target.find(k)
	if c.seen[k[0]][i] {
		return listRepeated
	}
	c.seen[k[0]][i] = true
	c.matched++
	if want != source {
		c.strict++
		c.back.add(k, c.rules.text(want))
	}
	if rel == listDifferent {
		c.differ(k, address, c.rules.text(want))
	}
	return rel
}

// differ counts an address that is in both and not alike.
func (c *listComparison[V]) differ(k listKey, address, text string) {
	c.different++
	c.digest.add(k, text)
	c.sample.add(k, address)
}

// result fills in d, once all of the source is added.
func (c *listComparison[V]) result(d *region.ListDifference) {
	c.missing.freeze(c.rules.stricter)
	c.missing.each(func(k listKey, _ int, v V) { c.digest.add(k, c.rules.text(v)) })
	c.target.each(func(k listKey, i int, v V) {
		if !c.seen[k[0]][i] {
			d.Extra++
			c.back.add(k, c.rules.text(v))
		}
	})
	d.Missing, d.Different, d.Stricter = c.missing.len(), c.different, c.strict
	d.Primary, d.Secondary = c.matched+d.Missing, c.target.len()
	d.Digest, d.Back, d.Sample = c.digest.String(), c.back.String(), c.sample.masked()
}

// A listSum is a digest of entries that does not depend on their order: the sum of their
// hashes modulo 2^128. Two sets of entries have one sum by chance once in 2^128. It tells
// which difference a plan was made of; whoever can choose many addresses could find another
// set with the same sum, so it is no proof against them, and applying a plan reads the lists
// anew.
type listSum struct {
	high, low uint64
	n         int
}

func (s *listSum) add(k listKey, text string) {
	sum := sha256.Sum256(append(k[:], text...))
	var carry uint64
	s.low, carry = bits.Add64(s.low, binary.BigEndian.Uint64(sum[8:]), 0)
	s.high, _ = bits.Add64(s.high, binary.BigEndian.Uint64(sum[:]), carry)
	s.n++
}

// String returns the digest, which is empty for no entries.
func (s *listSum) String() string {
	if s.n == 0 {
		return ""
	}
	sum := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, s.high), s.low)
	return hex.EncodeToString(sum)
}

// listSampled is how many addresses a difference shows.
const listSampled = 5

// A listSample keeps the addresses with the smallest keys: whatever the order in which SES
// lists them, these are the same.
type listSample []listSampleEntry

type listSampleEntry struct {
	key     listKey
	address string
}

func (s *listSample) add(k listKey, address string) {
	i, found := slices.BinarySearchFunc(*s, k, func(e listSampleEntry, k listKey) int { return slices.Compare(e.key[:], k[:]) })
	if found || i == listSampled {
		return
	}
	*s = slices.Insert(*s, i, listSampleEntry{k, strings.Clone(address)})
	*s = (*s)[:min(len(*s), listSampled)]
}

func (s listSample) masked() (masked []string) {
	for _, e := range s {
		masked = append(masked, maskAddress(e.address))
	}
	slices.Sort(masked)
	return masked
}

// maskAddress hides the local part of an address, but for its first character.
func maskAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "***"
	}
	_, first := utf8.DecodeRuneInString(address[:at])
	return address[:first] + "***" + address[at:]
}
