package opensearch

import (
	"math/bits"
	"sync"
	"time"
	"unicode/utf16"
)

// A shard keeps documents by id. An id is unique in its shard only: under another
// routing it may be in another shard, too.
type shard struct {
	mu      sync.RWMutex
	entries map[string]*entry
	order   []*entry // as they came
	dirty   []*entry // that searches do not see as they are
	since   time.Time
	seq     int64 // of the next operation
	visible int   // documents that searches see
	live    int
	writes  int64
	spare   []entry // made together, since that is cheaper

	vectorsMu sync.Mutex
	vectors   map[string]map[int64][]float32 // by field and sequence number, as they were read
}

// An entry is a document, or what is left of one that was deleted.
type entry struct {
	id string
	revision
	seen   *revision // what searches see while it is dirty; nil if nothing
	dirty  bool
	madeUp bool  // the id
	writes int32 // how often it was written
	made   int32 // how often it was created
}

// A revision is a document as it was at some time.
type revision struct {
	source  []byte // nil if it is deleted
	routing string
	version int64
	seq     int64
}

// shown is what searches see of an entry; nil if nothing.
func (e *entry) shown() *revision {
	switch {
	case e.dirty:
		return e.seen
	case e.source == nil:
		return nil
	}
	return &e.revision
}

func (sh *shard) newEntry(id string) *entry {
	if len(sh.spare) == 0 {
		sh.spare = make([]entry, 128)
	}
	e := &sh.spare[0]
	sh.spare = sh.spare[1:]
	e.id = id
	sh.entries[id] = e
	sh.order = append(sh.order, e)
	return e
}

// set writes a revision; one without source deletes. The caller holds sh.mu.
func (sh *shard) set(e *entry, now time.Time, r revision) {
	if !e.dirty {
		if e.source != nil {
			e.seen = new(e.revision)
		}
		e.dirty = true
		if len(sh.dirty) == 0 {
			sh.since = now
		}
		sh.dirty = append(sh.dirty, e)
	}
	switch {
	case e.source == nil && r.source != nil:
		sh.live++
		e.made++
	case e.source != nil && r.source == nil:
		sh.live--
	}
	e.writes++
	r.seq = sh.seq
	sh.seq++
	sh.writes++
	e.revision = r
}

// refresh makes all changes visible. The caller holds sh.mu.
func (sh *shard) refresh() {
	for _, e := range sh.dirty {
		e.dirty, e.seen = false, nil
	}
	sh.dirty, sh.visible = sh.dirty[:0], sh.live
}

// refreshAt refreshes if changes waited for at least interval, unless that is
// negative.
func (sh *shard) refreshAt(now time.Time, interval time.Duration) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.dirty) > 0 && interval >= 0 && now.Sub(sh.since) >= interval {
		sh.refresh()
	}
}

// shardOf is the number of the shard of a routing, or of an id if there is none
// (OperationRouting.generateShardId).
func (ix *index) shardOf(routing string) *shard {
	return ix.shards[ix.shardNumber(routing)]
}

func (ix *index) shardNumber(routing string) int {
	if len(ix.shards) == 1 {
		return 0
	}
	n := ix.routingShards
	hash := int(int32(murmur3(routing))) % n
	if hash < 0 {
		hash += n
	}
	return hash / (n / len(ix.shards))
}

// routingShards is the default of index.number_of_routing_shards: as many as can
// come of splitting in two until there are 1,024 (MetadataCreateIndexService).
func routingShards(shards int) int {
	splits := max(1, 10-bits.Len(uint(shards-1)))
	return shards << splits
}

// murmur3 is the 32 bit hash of the UTF-16 code units of s, in little endian
// (Murmur3HashFunction).
func murmur3(s string) uint32 {
	var buffer [128]byte
	b := buffer[:0]
	for _, r := range s {
		if r >= 0x10000 {
			high, low := utf16.EncodeRune(r)
			b = append(b, byte(high), byte(high>>8), byte(low), byte(low>>8))
			continue
		}
		b = append(b, byte(r), byte(r>>8))
	}
	var hash uint32
	i := 0
	for ; i+4 <= len(b); i += 4 {
		hash ^= mix(uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24)
		hash = bits.RotateLeft32(hash, 13)*5 + 0xe6546b64
	}
	var rest uint32
	for j := len(b) - 1; j >= i; j-- {
		rest = rest<<8 | uint32(b[j])
	}
	hash ^= mix(rest)
	hash ^= uint32(len(b))
	hash ^= hash >> 16
	hash *= 0x85ebca6b
	hash ^= hash >> 13
	hash *= 0xc2b2ae35
	return hash ^ hash>>16
}

func mix(k uint32) uint32 { return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593 }
