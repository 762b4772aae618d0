package respond

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/pace"
)

// A blocker makes the changes of a BlockPlan.
type blocker struct {
	clients Clients
	plan    BlockPlan
}

func (b blocker) look(ctx context.Context, i int) (apply.Now, error) {
	p := b.plan.Blocks[i]
	if p.Target == nil {
		return b.lookTags(ctx, p)
	}
	held, err := b.clients.read(ctx, *p.Target)
	if err != nil {
		return apply.Other, err
	}
	for _, e := range slices.Concat(p.Add, p.Extend) {
		known, _, err := findBlock(ctx, b.plan.Store, *p.Target, e)
		if err != nil {
			return apply.Other, fmt.Errorf("store: %w", err)
		}
		if held.has(e) && known.State == "" { // who blocks by this library records it first
			return apply.Other, nil
		}
		if !held.has(e) || known.State != Blocked || known.Until.Before(b.plan.Until) {
			return apply.AsFound, nil
		}
	}
	return apply.AsPlanned, nil
}

func (b blocker) do(ctx context.Context, i int) error {
	p := b.plan.Blocks[i]
	if p.Target == nil {
		return b.tag(ctx, p)
	}
	all := slices.Concat(p.Add, p.Extend)
	for _, e := range all {
		if _, err := putBlock(ctx, b.plan.Store, *p.Target, e, b.record); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	if err := merge(ctx, b.clients, *p.Target, all, nil); err != nil {
		return err
	}
	return b.recorded(ctx, *p.Target, all)
}

// recorded checks that what is in the target now has its records still. Whoever lifted
// an entry since these were written, and before it was in the target, found nothing
// to take out, and would never look again.
func (b blocker) recorded(ctx context.Context, t Target, entries []string) error {
	for _, e := range entries {
		known, _, err := findBlock(ctx, b.plan.Store, t, e)
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if known.State != Blocked {
			return fmt.Errorf("%s was lifted while it was blocked: %w", e, apply.ErrMoved)
		}
	}
	return nil
}

// record makes an entry last as long as the longest that was asked for.
func (b blocker) record(known Block) (Block, bool) {
	if known.State == Blocked && !known.Until.Before(b.plan.Until) {
		return known, false
	}
	return Block{Finding: b.plan.Finding.ID, Type: b.plan.Finding.Type, Until: later(known.Until, b.plan.Until), State: Blocked}, true
}

// maxMerges bounds how often a target is read again because others keep changing it.
const maxMerges = 40

// merge adds to what a target holds now and removes from it, under its token. Several
// may do so at once: whoever comes too late reads again, after a random pause.
func merge(ctx context.Context, c Clients, t Target, add, remove []string) error {
	for try := 1; ; try++ {
		held, err := c.read(ctx, t)
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(add), held.has)
		surplus := slices.DeleteFunc(slices.Clone(remove), func(e string) bool { return !held.part(e) })
		if len(missing)+len(surplus) == 0 {
			return nil
		}
		if err := held.room(missing); err != nil {
			return err
		}
		err = held.change(ctx, missing, surplus)
		if !errors.Is(err, apply.ErrMoved) || try == maxMerges {
			return err
		}
		if err := pace.Sleep(ctx, time.Duration(rand.Int64N(int64(min(try, 10))*int64(100*time.Millisecond)))); err != nil {
			return err
		}
	}
}

func (b blocker) lookTags(ctx context.Context, p PlannedBlock) (apply.Now, error) {
	have, err := readTags(ctx, b.clients.EC2, p.Instance)
	if err != nil {
		return apply.Other, err
	}
	now := apply.AsPlanned
	for key, value := range p.Tags {
		old, there := have[key]
		replaced, was := p.Replaced[key]
		switch {
		case there && old == value:
		case there != was || old != replaced:
			return apply.Other, nil
		default:
			now = apply.AsFound
		}
	}
	return now, nil
}

func (b blocker) tag(ctx context.Context, p PlannedBlock) error {
	in := &ec2.CreateTagsInput{Resources: []string{p.Instance}}
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		value := p.Tags[key]
		in.Tags = append(in.Tags, ec2types.Tag{Key: &key, Value: &value})
	}
	_, err := b.clients.EC2.CreateTags(ctx, in)
	return err
}
