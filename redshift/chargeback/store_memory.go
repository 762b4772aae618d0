package chargeback

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// NewMemory returns a Store in memory, for tests and for bills without an archive. It may be
// used by several goroutines.
func NewMemory() Store { return &memory{objects: map[string]memoryObject{}} }

type memory struct {
	mu      sync.Mutex
	writes  int
	objects map[string]memoryObject
}

type memoryObject struct {
	body    []byte
	version string
}

func (m *memory) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := checkCall(ctx, name); err != nil {
		return nil, "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[name]
	if !ok {
		return nil, "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return bytes.Clone(o.body), o.version, nil
}

func (m *memory) Put(ctx context.Context, name, version string, body []byte) error {
	if err := checkCall(ctx, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.objects[name].version != version {
		return fmt.Errorf("%s: %w", name, ErrConflict)
	}
	m.writes++
	m.objects[name] = memoryObject{bytes.Clone(body), strconv.Itoa(m.writes)}
	return nil
}

func (m *memory) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		m.mu.Lock()
		names := slices.Sorted(maps.Keys(m.objects))
		m.mu.Unlock()
		handNames(ctx, names, prefix, yield)
	}
}

// handNames hands over the names that begin with a prefix.
func handNames(ctx context.Context, sorted []string, prefix string, yield func(string, error) bool) {
	for _, name := range sorted {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if ctx.Err() != nil {
			yield("", context.Cause(ctx))
			return
		}
		if !yield(name, nil) {
			return
		}
	}
}

// checkCall refuses names that no Store has, and calls that are over.
func checkCall(ctx context.Context, name string) error {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' {
			return fmt.Errorf("%q is no name of an object: a part of it is empty or begins with a dot", name)
		}
	}
	for _, c := range []byte(name) {
		if c <= ' ' || c > '~' || c == '\\' {
			return fmt.Errorf("%q is no name of an object: it has other characters than printable ASCII, or a backslash", name)
		}
	}
	return context.Cause(ctx)
}
