// Package localstore stands in for a store of state outside AWS.
package localstore

import (
	"context"
	"iter"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/state"
)

// A Store is in memory, outlives a crash of the Cloud, and its calls crash and fail, too.
type Store struct {
	Memory *state.Memory
	cloud  *awstest.Cloud
}

// New returns an empty Store.
func New(c *awstest.Cloud) *Store { return &Store{Memory: state.NewMemory(), cloud: c} }

// Get implements state.Store.
func (s *Store) Get(ctx context.Context, set, key string) (r state.Record, err error) {
	err = s.cloud.Local(ctx, "Get", key, func() error { r, err = s.Memory.Get(ctx, set, key); return err })
	return r, err
}

// Put implements state.Store.
func (s *Store) Put(ctx context.Context, records []state.Record) error {
	return s.cloud.Local(ctx, "Put", records[0].Key, func() error { return s.Memory.Put(ctx, records) })
}

// List implements state.Store.
func (s *Store) List(ctx context.Context, set, after string) iter.Seq2[state.Record, error] {
	return func(yield func(state.Record, error) bool) {
		if err := s.cloud.Local(ctx, "List", set, func() error { return nil }); err != nil {
			yield(state.Record{}, err)
			return
		}
		s.Memory.List(ctx, set, after)(yield)
	}
}
