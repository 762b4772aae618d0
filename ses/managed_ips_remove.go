package ses

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// remove decides about the end of the pool. Nothing is done as long as something is in the way
// or could not be read.
func (d managedDecider) remove(ctx context.Context) {
	step := ManagedIPsStep{Kind: region.Pools, Name: d.plan.Options.Pool, Found: modeManaged}
	pool, err := d.readPool(ctx, step.Name)
	switch {
	case err != nil:
		d.unread(step.Kind, step.Name, err)
		return
	case pool == nil:
		return
	case pool.Mode != modeManaged:
		d.block(step, "it is a pool of the scaling mode "+pool.Mode, "delete it by hand")
		return
	case !isManagedOurs(pool.Tags) && !d.plan.Options.Adopt:
		d.block(step, "this library did not make it", "delete it by hand, or set Adopt to have it deleted")
		return
	}
	c := awspatterns.Change{
		Action: awspatterns.Delete, Adopts: !isManagedOurs(pool.Tags),
		Fields:     []awspatterns.Field{{Name: "scaling mode", Old: modeManaged}},
		Interrupts: "mail of its configuration sets goes through addresses that SES chooses",
	}
	c.Irreversible = d.lossOf(ctx, step.Name)
	d.detach(ctx)
	if !d.unsettled() {
		d.add(step, c)
		return
	}
	for i, c := range d.plan.Changes {
		if c.Action.Applies() {
			d.plan.Changes[i].Action, d.plan.Changes[i].Reason = awspatterns.Blocked, "the pool cannot be deleted, so that it is left to the set"
		}
	}
	d.block(step, "configuration sets that are blocked or unknown send through it, or something else could not be read", "settle that, and plan again")
}

// lossOf tells what goes with the pool. Whether it is the last managed one, the others tell.
func (d managedDecider) lossOf(ctx context.Context, name string) string {
	names, err := d.listPools(ctx)
	if err != nil {
		d.unread(region.Pools, "*", err)
		return ""
	}
	last := true
	for _, other := range names {
		if other == name {
			continue
		}
		out, err := readAbsent(d.SES.GetDedicatedIpPool(ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: &other}, d.turn("GetDedicatedIpPool")))
		if err != nil {
			d.unread(region.Pools, other, err)
		}
		if out != nil && out.DedicatedIpPool != nil && string(out.DedicatedIpPool.ScalingMode) == modeManaged {
			last = false
		}
	}
	if last {
		return "its addresses are relinquished at once, with the reputation that they have; it is the last managed pool of the Region, so that charges for managed addresses end"
	}
	return "its addresses are relinquished at once, with the reputation that they have; other managed pools of the Region are still charged for"
}

// detach takes the pool from the configuration sets that send through it.
func (d managedDecider) detach(ctx context.Context) {
	names, err := d.listSets(ctx)
	if err != nil {
		d.unread(region.Sets, "*", err)
		return
	}
	for _, name := range names {
		set, err := d.readSet(ctx, name)
		if err != nil {
			d.unread(region.Sets, name, err)
			continue
		}
		if set == nil || deref(set.Delivery).Pool != d.plan.Options.Pool {
			continue
		}
		step := ManagedIPsStep{Kind: region.Sets, Name: name, Found: d.plan.Options.Pool}
		if ours := isManagedOurs(set.Tags); ours || d.plan.Options.Adopt {
			d.add(step, awspatterns.Change{
				Action: awspatterns.Update, Adopts: !ours,
				Fields: []awspatterns.Field{{Name: "dedicated IP pool", Old: step.Found}},
				Reason: "mail that uses it goes through the addresses that SES chooses",
			})
			continue
		}
		d.block(step, "it sends through the pool, and this library did not make it", "give it another pool or none, or set Adopt to have none given")
	}
}

// listSets returns the names of all configuration sets.
func (s *site) listSets(ctx context.Context) ([]string, error) {
	return readPages(ctx, sesv2.NewListConfigurationSetsPaginator(s.SES, &sesv2.ListConfigurationSetsInput{}),
		s.turn("ListConfigurationSets"), func(o *sesv2.ListConfigurationSetsOutput) []string { return o.ConfigurationSets })
}

// usersOf returns the names of the configuration sets that send through a pool.
func (s *site) usersOf(ctx context.Context, pool string) (string, error) {
	names, err := s.listSets(ctx)
	if err != nil {
		return "", err
	}
	var users []string
	for _, name := range names {
		set, err := s.readSet(ctx, name)
		if err != nil {
			return "", err
		}
		if set != nil && deref(set.Delivery).Pool == pool {
			users = append(users, name)
		}
	}
	return strings.Join(users, ", "), nil
}
