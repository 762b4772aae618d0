package ses

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A managedDecider reads and fills a plan. What it cannot read becomes a change; that ctx
// ended is for its caller to see.
type managedDecider struct {
	*site
	plan *ManagedIPsPlan
}

const (
	modeManaged  = string(sestypes.ScalingModeManaged)
	modeStandard = string(sestypes.ScalingModeStandard)
)

// These are from "Dedicated IP addresses (managed)" in the developer guide.
const (
	maxPools             = 50     // of both kinds
	maxManagedIdentities = 10_000 // in a Region with managed addresses
)

// managedARN returns that of a pool, a configuration set or an identity.
func (s *site) managedARN(kind region.Kind, name string) string {
	switch kind {
	case region.Pools:
		return s.arn("dedicated-ip-pool/" + name)
	case region.Sets:
		return s.arn("configuration-set/" + name)
	}
	return s.arn("identity/" + name)
}

// add adds a change. One that leads mail to the pool leads to its costs.
func (d managedDecider) add(step ManagedIPsStep, c awspatterns.Change) {
	if c.Action.Applies() && step.Want != "" && step.Want != step.Found {
		d.plan.Costs = managedCosts(d.plan.Options)
	}
	c.Resource = awspatterns.Resource{Type: string(step.Kind), ID: d.managedARN(step.Kind, step.Name)}
	d.plan.Changes = append(d.plan.Changes, c)
	d.plan.Steps = append(d.plan.Steps, step)
}

func (d managedDecider) unread(kind region.Kind, name string, err error) {
	d.add(ManagedIPsStep{Kind: kind, Name: name}, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(err)})
}

func (d managedDecider) block(step ManagedIPsStep, why string, steps ...string) {
	d.add(ManagedIPsStep{Kind: step.Kind, Name: step.Name}, awspatterns.Change{Action: awspatterns.Blocked, Reason: why, Steps: steps})
}

// unsettled reports whether something before cannot be made.
func (d managedDecider) unsettled() bool {
	return d.plan.Count(awspatterns.Unknown)+d.plan.Count(awspatterns.Blocked) > 0
}

// keep decides about what there should be.
func (d managedDecider) keep(ctx context.Context) {
	d.pool(ctx)
	if d.plan.Options.ConfigurationSet != "" {
		d.set(ctx, d.unsettled())
	}
	stuck := d.unsettled()
	for _, name := range d.plan.Options.Identities {
		d.identity(ctx, name, stuck)
	}
}

// tags are those that an object is to have, nil if they are not ours to set.
func (d managedDecider) tags(ours bool) map[string]string {
	if !ours && !d.plan.Options.Adopt {
		return nil
	}
	tags := map[string]string{ManagedIPsTag: d.plan.Options.Pool}
	maps.Copy(tags, d.plan.Options.Tags)
	return tags
}

func isManagedOurs(tags map[string]string) bool { _, marked := tags[ManagedIPsTag]; return marked }

func (d managedDecider) pool(ctx context.Context) {
	o := d.plan.Options
	pool, err := d.readPool(ctx, o.Pool)
	step := ManagedIPsStep{Kind: region.Pools, Name: o.Pool, Want: modeManaged}
	switch {
	case err != nil:
		d.unread(region.Pools, o.Pool, err)
		return
	case pool == nil:
		d.newPool(ctx, step)
		return
	}
	step.Found = pool.Mode
	ours := isManagedOurs(pool.Tags)
	switch pool.Mode {
	case modeManaged:
		step.Tags = d.tags(ours)
		if fields := tagFields(pool.Tags, step.Tags); len(fields) > 0 {
			d.add(step, awspatterns.Change{Action: awspatterns.Update, Fields: fields, Adopts: !ours})
		}
	case modeStandard:
		d.convertPool(ctx, step, *pool)
	default:
		d.add(step, awspatterns.Change{Action: awspatterns.Unknown, Reason: fmt.Sprintf("it has the scaling mode %q, which this library does not know", pool.Mode)})
	}
}

// managedCharge is why a cost arises.
const managedCharge = "SES charges for mail through managed addresses, from the creation of the first managed pool on"

func (d managedDecider) newPool(ctx context.Context, step ManagedIPsStep) {
	if !d.hasRoom(ctx, step) || !d.fewIdentities(ctx, step) {
		return
	}
	step.Tags = d.tags(true)
	fields := append([]awspatterns.Field{{Name: "scaling mode", New: modeManaged}}, tagFields(nil, step.Tags)...)
	d.add(step, awspatterns.Change{Action: awspatterns.Create, Fields: fields, Reason: managedCharge})
}

func (d managedDecider) convertPool(ctx context.Context, step ManagedIPsStep, pool region.Pool) {
	if !d.plan.Options.ConvertStandard {
		d.block(step, "it is a standard pool",
			"set ConvertStandard to have it made a managed one, which cannot be undone", "or name another pool")
		return
	}
	if !d.fewIdentities(ctx, step) {
		return
	}
	step.Tags = d.tags(true)
	d.add(step, awspatterns.Change{
		Action: awspatterns.Update, Adopts: !isManagedOurs(pool.Tags),
		Fields: append([]awspatterns.Field{{Name: "scaling mode", Old: modeStandard, New: modeManaged}}, tagFields(pool.Tags, step.Tags)...),
		Reason: fmt.Sprintf("its addresses (%d) are charged by mail instead of by address from then on, and SES removes those that the volume does not need", pool.IPs),
		Irreversible: "a managed pool cannot be made a standard one again, and addresses that SES removes are lost, " +
			"those on allow lists of others among them",
	})
}

// hasRoom reports whether the Region may have one more pool, and blocks the change if not.
func (d managedDecider) hasRoom(ctx context.Context, step ManagedIPsStep) bool {
	names, err := d.listPools(ctx)
	switch {
	case err != nil:
		d.unread(step.Kind, step.Name, err)
		return false
	case len(names) >= maxPools:
		d.block(step, fmt.Sprintf("the Region has %d pools of dedicated addresses, and may have %d", len(names), maxPools),
			"delete one that nobody uses, or name one that is there")
		return false
	}
	return true
}

// listPools returns the names of all pools but those that SES has itself, sorted.
func (s *site) listPools(ctx context.Context) ([]string, error) {
	names, err := readPages(ctx, sesv2.NewListDedicatedIpPoolsPaginator(s.SES, &sesv2.ListDedicatedIpPoolsInput{}),
		s.turn("ListDedicatedIpPools"), func(o *sesv2.ListDedicatedIpPoolsOutput) []string { return o.DedicatedIpPools })
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(builtInPools, n) })
	slices.Sort(names)
	return names, err
}

// fewIdentities reports whether a Region with so many identities may have managed addresses,
// and blocks the change if not.
func (d managedDecider) fewIdentities(ctx context.Context, step ManagedIPsStep) bool {
	pages := sesv2.NewListEmailIdentitiesPaginator(d.SES, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(identitiesAtOnce)})
	for n := 0; pages.HasMorePages(); {
		page, err := pages.NextPage(ctx, d.turn("ListEmailIdentities"))
		if err != nil {
			d.unread(step.Kind, step.Name, err)
			return false
		}
		if n += len(page.EmailIdentities); n > maxManagedIdentities {
			d.block(step, fmt.Sprintf("the Region has more than %d identities, which managed addresses do not allow", maxManagedIdentities),
				"delete identities that nobody sends from, or use another Region")
			return false
		}
	}
	return true
}

func (d managedDecider) set(ctx context.Context, stuck bool) {
	o := d.plan.Options
	step := ManagedIPsStep{Kind: region.Sets, Name: o.ConfigurationSet, Want: o.Pool}
	set, err := d.readSet(ctx, o.ConfigurationSet)
	if err != nil {
		d.unread(region.Sets, step.Name, err)
		return
	}
	if set == nil {
		step.Tags = d.tags(true)
		fields := append([]awspatterns.Field{{Name: "dedicated IP pool", New: o.Pool}}, tagFields(nil, step.Tags)...)
		d.after(step, awspatterns.Change{Action: awspatterns.Create, Fields: fields}, stuck)
		return
	}
	ours := isManagedOurs(set.Tags)
	step.Found, step.Tags = deref(set.Delivery).Pool, d.tags(ours)
	c := awspatterns.Change{Action: awspatterns.Update, Fields: tagFields(set.Tags, step.Tags), Adopts: !ours}
	if step.Found != o.Pool {
		c.Fields = append([]awspatterns.Field{{Name: "dedicated IP pool", Old: step.Found, New: o.Pool}}, c.Fields...)
		c.Reason = "mail that uses it goes through the new pool, which takes the place of " + formerPool(step.Found)
	}
	switch {
	case len(c.Fields) == 0:
	case !ours && !o.Adopt:
		d.block(step, "this library did not make it, and it sends through "+formerPool(step.Found),
			"make the change by hand, name another configuration set, or set Adopt to have it made")
	default:
		d.after(step, c, stuck)
	}
}

// formerPool tells what a configuration set sends through.
func formerPool(name string) string {
	if name == "" {
		return "the addresses that SES chooses"
	}
	return "the pool " + name
}

func (d managedDecider) identity(ctx context.Context, name string, stuck bool) {
	step := ManagedIPsStep{Kind: region.Identities, Name: name, Want: d.plan.Options.ConfigurationSet}
	found, err := d.readIdentity(ctx, name)
	switch {
	case err != nil:
		d.unread(region.Identities, name, err)
		return
	case found == nil:
		d.block(step, "there is no such identity in the Region", "create it, or leave it out")
		return
	case found.ConfigurationSet == step.Want:
		return
	}
	step.Found = found.ConfigurationSet
	c := awspatterns.Change{
		Action: awspatterns.Update, Adopts: step.Found != "",
		Fields: []awspatterns.Field{{Name: "default configuration set", Old: step.Found, New: step.Want}},
	}
	switch {
	case step.Found != "" && !d.plan.Options.Adopt:
		d.block(step, "its default configuration set is "+step.Found, "set Adopt to have it replaced, or leave the identity out")
		return
	case step.Found != "":
		c.Reason = "mail from it that names no configuration set no longer uses " + step.Found + ", nor its event destinations"
	}
	d.after(step, c, stuck)
}

// after adds a change that builds on others, which may be stuck.
func (d managedDecider) after(step ManagedIPsStep, c awspatterns.Change, stuck bool) {
	if stuck {
		d.block(step, "it comes after a change that is blocked or unknown", "settle that, and plan again")
		return
	}
	d.add(step, c)
}

func managedCosts(o ManagedIPsOptions) []awspatterns.Cost {
	item := "mail through managed dedicated IP addresses"
	if o.Price == 0 {
		item += ", whose price the price list of SES tells"
	}
	return []awspatterns.Cost{{Item: item, Quantity: o.Messages, Unit: "message of a month", Price: o.Price, Ceiling: o.MaxMessages}}
}
