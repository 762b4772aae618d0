package respond

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
)

func planBlock(ctx context.Context, c Clients, opts BlockOptions) (BlockPlan, error) {
	if err := opts.validate(); err != nil {
		return BlockPlan{}, err
	}
	if err := checkClients(c, opts.Targets, opts.tags()); err != nil {
		return BlockPlan{}, err
	}
	at, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return BlockPlan{}, err
	}
	if err := checkPlaces(opts.Targets, at); err != nil {
		return BlockPlan{}, err
	}
	plan := BlockPlan{
		Plan:    awspatterns.Plan{Pattern: blockPattern, Target: at},
		Finding: opts.Finding, Blocks: []PlannedBlock{}, Store: opts.Store,
	}
	if len(opts.Targets) > 0 {
		plan.Until = opts.Finding.Updated.Add(opts.For).UTC()
		if err := plan.addTargets(ctx, c, opts); err != nil {
			return BlockPlan{}, err
		}
	}
	if opts.tags() {
		plan.addTags(ctx, c, opts)
	}
	return plan, apply.Seal(&plan.Plan, &plan)
}

// tags reports whether the finding has an instance that is to be tagged.
func (o *BlockOptions) tags() bool { return len(o.InstanceTags) > 0 && o.Finding.Instance != "" }

func (p *BlockPlan) add(c awspatterns.Change, b PlannedBlock) {
	p.Changes, p.Blocks = append(p.Changes, c), append(p.Blocks, b)
	p.Incomplete = p.Incomplete || c.Action == awspatterns.Unknown
}

// addTargets adds a change for each target that does not block all it is to block.
func (p *BlockPlan) addTargets(ctx context.Context, c Clients, opts BlockOptions) error {
	entries, left := opts.entries()
	p.LeftOut = left
	taken := map[string]bool{}
	why := map[string]string{} // an entry is in no target
	for _, t := range opts.Targets {
		if len(entries) == 0 {
			return nil
		}
		change := awspatterns.Change{Resource: awspatterns.Resource{Type: t.kind(), ID: t.String()}}
		held, err := c.read(ctx, t)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			p.add(unreadable(change, err), PlannedBlock{Target: &t})
			continue
		}
		block := PlannedBlock{Target: &t}
		for _, e := range entries {
			if not := held.takes(e); not != "" {
				why[e] = not
				continue
			}
			taken[e] = true
			if err := p.decide(ctx, c, opts, held, e, &block, &change); err != nil {
				return err
			}
		}
		p.addTarget(held, block, change)
	}
	for _, e := range entries {
		if !taken[e] && why[e] != "" {
			p.LeftOut = append(p.LeftOut, LeftOut{e, why[e]})
		}
	}
	return nil
}

// addTarget adds the change of a target, if it takes one.
func (p *BlockPlan) addTarget(held list, b PlannedBlock, c awspatterns.Change) {
	if len(b.Add)+len(b.Extend) == 0 {
		return
	}
	c.Action = awspatterns.Update
	if err := held.room(b.Add); err != nil {
		p.add(unreadable(c, err), PlannedBlock{Target: b.Target})
		if len(b.Extend) == 0 {
			return
		}
		c.Fields = slices.DeleteFunc(c.Fields, func(f awspatterns.Field) bool { return !slices.Contains(b.Extend, f.Name) })
		b.Add = nil // to last longer takes no room
	}
	p.add(c, b)
}

// decide says what becomes of an entry in a target.
func (p *BlockPlan) decide(ctx context.Context, c Clients, opts BlockOptions, held list, entry string, b *PlannedBlock, change *awspatterns.Change) error {
	known, _, err := findBlock(ctx, opts.Store, *b.Target, entry)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if held.has(entry) && known.State == Lifted { // perhaps after the target was read
		if held, err = c.read(ctx, *b.Target); err != nil {
			return err
		}
		if known, _, err = findBlock(ctx, opts.Store, *b.Target, entry); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	ours := known.State == Blocked
	switch {
	case held.has(entry) && !ours && known.State != Lifting:
		p.LeftOut = append(p.LeftOut, LeftOut{entry, "it is in " + b.Target.String() + " already, not by this library"})
	case !held.has(entry) || !ours:
		b.Add = append(b.Add, entry)
		change.Fields = append(change.Fields, awspatterns.Field{Name: entry, New: "blocked until " + shown(later(known.Until, p.Until))})
	case known.Until.Before(p.Until):
		b.Extend = append(b.Extend, entry)
		change.Fields = append(change.Fields, awspatterns.Field{
			Name: entry, Old: "blocked until " + shown(known.Until), New: "blocked until " + shown(p.Until),
		})
	}
	return nil
}

func shown(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// unreadable makes a change of what a target said: it has not the form, or could not be read.
func unreadable(c awspatterns.Change, err error) awspatterns.Change {
	c.Fields = nil
	if form, ok := errors.AsType[*formError](err); ok {
		c.Action, c.Reason, c.Steps = awspatterns.Blocked, form.reason, []string{form.fix}
		return c
	}
	c.Action, c.Reason = awspatterns.Unknown, reason.Of(err)
	return c
}

func (t Target) kind() string {
	switch {
	case t.WAFIPSet != "":
		return "WAF IP set"
	case t.Rules != nil:
		return "rules of a Network Firewall rule group"
	}
	return "IP set of a Network Firewall rule group"
}

const instanceType = "EC2 instance"

// addTags adds the tags that the instance lacks.
func (p *BlockPlan) addTags(ctx context.Context, c Clients, opts BlockOptions) {
	id := opts.Finding.Instance
	change := awspatterns.Change{Resource: awspatterns.Resource{Type: instanceType, ID: id}}
	if why := opts.noTags(p.Target); why != "" {
		p.LeftOut = append(p.LeftOut, LeftOut{id, why})
		return
	}
	have, err := readTags(ctx, c.EC2, id)
	if err != nil {
		p.add(unreadable(change, err), PlannedBlock{Instance: id})
		return
	}
	b := PlannedBlock{Instance: id, Tags: map[string]string{}, Replaced: map[string]string{}}
	for _, key := range slices.Sorted(maps.Keys(opts.InstanceTags)) {
		value := opts.InstanceTags[key]
		old, there := have[key]
		if there && old == value {
			continue
		}
		f := awspatterns.Field{Name: "tag " + key, New: fmt.Sprintf("%q", value)}
		if there {
			f.Old, b.Replaced[key] = fmt.Sprintf("%q", old), old
		}
		b.Tags[key], change.Fields = value, append(change.Fields, f)
	}
	switch {
	case len(b.Tags) == 0:
		return
	case len(b.Replaced) > 0 && !opts.Adopt:
		change.Action, change.Reason = awspatterns.Blocked, "the instance has other values in these tags, which somebody else may have set"
		change.Steps = []string{"set Adopt to change them, or choose other keys"}
	default:
		change.Action, change.Adopts = awspatterns.Update, len(b.Replaced) > 0
	}
	p.add(change, b)
}

// noTags says why the instance of a finding cannot be tagged.
func (o *BlockOptions) noTags(at awspatterns.Target) string {
	switch {
	case o.Finding.Sample:
		return "the instance of a sample finding does not exist"
	case o.Finding.Account != at.Account || o.Finding.Region != at.Region:
		return fmt.Sprintf("it is in account %s and Region %s: use Clients of these to tag it", o.Finding.Account, o.Finding.Region)
	}
	return ""
}

// readTags returns the tags of an instance. One that does not exist has none, and is
// found out when it is tagged.
func readTags(ctx context.Context, client EC2API, instance string) (map[string]string, error) {
	tags := map[string]string{}
	pages := ec2.NewDescribeTagsPaginator(client, &ec2.DescribeTagsInput{
		Filters: []ec2types.Filter{{Name: aws.String("resource-id"), Values: []string{instance}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, t := range page.Tags {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return tags, nil
}
