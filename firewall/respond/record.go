package respond

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/awspatterns/awspatterns/state"
)

// A Block is what the Store knows of an entry of a target.
type Block struct {
	Target Target `json:"target"`
	Entry  string `json:"entry"` // a network or a domain

	Finding string    `json:"finding"` // ID of the one that made it last until Until
	Type    string    `json:"type"`    // of the finding
	Until   time.Time `json:"until"`

	// State is blocked, lifting (being lifted, or killed while it was) or lifted.
	State BlockState `json:"state"`
}

// A BlockState is how far a block is.
type BlockState string

// The states of a block. What is lifted stays in the Store, as a record of what was.
const (
	Blocked BlockState = "blocked"
	Lifting BlockState = "lifting"
	Lifted  BlockState = "lifted"
)

// blockSet is the set of the Store that blocks are in. Keys are entry and target.
const blockSet = "respond.blocks"

func blockKey(t Target, entry string) string { return entry + " " + t.String() }

// Blocks returns what the Store knows of blocks, the lifted ones too, in the order of
// their entries. It ends at the first error.
func Blocks(ctx context.Context, store state.Store) iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		for record, err := range store.List(ctx, blockSet, "") {
			var b Block
			if err == nil {
				err = readBlock(record, &b)
			}
			if err != nil {
				err = fmt.Errorf("respond: blocks: %w", err)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func readBlock(r state.Record, b *Block) error {
	if err := json.Unmarshal(r.Value, b); err != nil {
		return fmt.Errorf("record %q: %w", r.Key, err)
	}
	return nil
}

// findBlock returns what is known of an entry; the block has no State if nothing is.
func findBlock(ctx context.Context, store state.Store, t Target, entry string) (Block, state.Record, error) {
	record, err := store.Get(ctx, blockSet, blockKey(t, entry))
	if err != nil || record.Version == "" {
		return Block{}, record, err
	}
	var b Block
	return b, record, readBlock(record, &b)
}

// putBlock changes what is known of an entry, on the condition that nobody else does.
// decide is asked again if somebody did; it reports whether there is anything to write.
func putBlock(ctx context.Context, store state.Store, t Target, entry string, decide func(Block) (Block, bool)) (Block, error) {
	for {
		b, record, err := findBlock(ctx, store, t, entry)
		if err != nil {
			return b, err
		}
		wanted, write := decide(b)
		if !write {
			return b, nil
		}
		wanted.Target, wanted.Entry = t, entry
		record.Set, record.Key = blockSet, blockKey(t, entry)
		if record.Value, err = json.Marshal(wanted); err != nil {
			return b, err
		}
		err = store.Put(ctx, []state.Record{record})
		if err == nil {
			return wanted, nil
		}
		if !errors.Is(err, state.ErrConflict) {
			return b, err
		}
	}
}
