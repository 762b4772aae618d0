package redshift

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns/redshift/share"
	"github.com/awspatterns/awspatterns/state"
)

// records are what a store remembers of a description, by the key of the item. A record is
// written before its item is made and cleared after it is taken away, so that a run that
// was killed in between forgets nothing.
type records map[string]*record

type record struct {
	state.Record
	item *share.Item // nil if it was taken away: a store cannot delete
}

// storeSet is the set of the records of a description.
func storeSet(name string) string { return "redshift.Share/" + name }

// recordKey is the key of an item or, if that is too long for a store, its hash.
func recordKey(i share.Item) string {
	key := i.Key()
	if len(key) <= state.MaxKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// readRecords reads what the store remembers.
func readRecords(ctx context.Context, opts ShareOptions) (records, error) {
	all := records{}
	if opts.Store == nil {
		return all, nil
	}
	for r, err := range opts.Store.List(ctx, storeSet(opts.Name), "") {
		if err != nil {
			return nil, fmt.Errorf("what was made before: %w", err)
		}
		var item *share.Item
		if err := json.Unmarshal(r.Value, &item); err != nil {
			return nil, fmt.Errorf("what was made before: record %q of set %q: %w", r.Key, r.Set, err)
		}
		all[r.Key] = &record{Record: r, item: item}
	}
	return all, nil
}

// items are those that are remembered, in the order of their keys.
func (all records) items() []share.Item {
	var items []share.Item
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if item := all[key].item; item != nil {
			items = append(items, *item)
		}
	}
	return items
}

// remember writes the items that are to be made and are not remembered as they will be.
func (all records) remember(ctx context.Context, opts ShareOptions, items []share.Item) error {
	return all.put(ctx, opts, items, func(i share.Item) *share.Item { return &i })
}

// forget clears the records of items that are gone.
func (all records) forget(ctx context.Context, opts ShareOptions, items []share.Item) error {
	return all.put(ctx, opts, items, func(share.Item) *share.Item { return nil })
}

func (all records) put(ctx context.Context, opts ShareOptions, items []share.Item, value func(share.Item) *share.Item) error {
	if opts.Store == nil {
		return nil
	}
	var puts []state.Record
	var kept []*record
	seen := map[string]bool{}
	for _, item := range items {
		key := recordKey(item)
		if seen[key] {
			continue
		}
		seen[key] = true
		r, ok := all[key]
		if !ok {
			r = &record{Record: state.Record{Set: storeSet(opts.Name), Key: key}}
			all[key] = r
		}
		next := value(item)
		text, err := json.Marshal(next)
		if err != nil {
			return err
		}
		if r.item = next; string(text) == string(r.Value) || next == nil && r.Version == "" {
			continue
		}
		r.Value = text
		puts, kept = append(puts, r.Record), append(kept, r)
	}
	if len(puts) == 0 {
		return nil
	}
	err := opts.Store.Put(ctx, puts)
	for i, r := range kept {
		r.Version = puts[i].Version
	}
	if errors.Is(err, state.ErrConflict) { // once for each record says no more
		return fmt.Errorf("remember what is made: another run writes the records of %q: let it end, and plan again: %w", opts.Name, state.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("remember what is made: %w", err)
	}
	return nil
}
