package state

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"sync"
)

// Memory is a [Store] in the memory of one process, which ends with it. It suits
// tests, and scans so small that they may begin anew. A record takes about 200
// bytes beside its key and value.
type Memory struct {
	mu       sync.Mutex
	sets     map[string]*memorySet
	versions uint64 // that were made so far
}

type memorySet struct {
	records map[string]memoryRecord
	sorted  []string // keys; never changed in place, for lists go through it
	added   []string // keys that are not in sorted yet
}

type memoryRecord struct {
	value   []byte
	version uint64
}

// NewMemory returns an empty Store.
func NewMemory() *Memory { return &Memory{sets: map[string]*memorySet{}} }

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, set, key string) (Record, error) {
	if err := checkName(set, key); err != nil {
		return Record{}, err
	}
	if ctx.Err() != nil {
		return Record{}, recordError(set, key, context.Cause(ctx))
	}
	return m.get(set, key), nil
}

func (m *Memory) get(set, key string) Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := Record{Set: set, Key: key}
	if s := m.sets[set]; s != nil {
		if stored, ok := s.records[key]; ok {
			r.Value, r.Version = bytes.Clone(stored.value), formatVersion(stored.version)
		}
	}
	return r
}

// Put implements [Store].
func (m *Memory) Put(ctx context.Context, records []Record) error {
	if err := checkRecords(records); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return batchError(len(records), context.Cause(ctx))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for i := range records {
		if err := m.put(&records[i]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (m *Memory) put(r *Record) error {
	s := m.sets[r.Set]
	if s == nil {
		s = &memorySet{records: map[string]memoryRecord{}}
	}
	stored, exists := s.records[r.Key]
	if exists != (r.Version != "") || exists && r.Version != formatVersion(stored.version) {
		return &ConflictError{Set: r.Set, Key: r.Key}
	}
	if !exists {
		s.added = append(s.added, r.Key)
	}
	m.versions++
	s.records[r.Key] = memoryRecord{bytes.Clone(r.Value), m.versions}
	m.sets[r.Set] = s
	r.Version = formatVersion(m.versions)
	return nil
}

// List implements [Store]. It lists the keys that there are when it begins, with
// the value that each has when its turn comes.
func (m *Memory) List(ctx context.Context, set, after string) iter.Seq2[Record, error] {
	return listing(ctx, set, after, func(after string) iter.Seq2[Record, error] {
		return func(yield func(Record, error) bool) {
			for _, key := range m.keys(set, after) {
				if !yield(m.get(set, key), nil) {
					return
				}
			}
		}
	})
}

// keys returns the keys of a set after a mark, in order.
func (m *Memory) keys(set, after string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sets[set]
	if s == nil {
		return nil
	}
	if len(s.added) > 0 {
		slices.Sort(s.added)
		s.sorted, s.added = merge(s.sorted, s.added), nil
	}
	i, found := slices.BinarySearch(s.sorted, after)
	if found {
		i++
	}
	return s.sorted[i:]
}

// merge returns the keys of two sorted slices that have none in common.
func merge(a, b []string) []string {
	merged := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			merged, a = append(merged, a[0]), a[1:]
		} else {
			merged, b = append(merged, b[0]), b[1:]
		}
	}
	return append(append(merged, a...), b...)
}

// formatVersion returns the version of the n-th write to a store that counts them.
func formatVersion(n uint64) string { return strconv.FormatUint(n, 10) }
