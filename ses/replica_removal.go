package ses

import (
	"context"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// ReplicaRemovalOptions say which replicas are removed.
type ReplicaRemovalOptions struct {
	// Identities are domains, in small letters. Required.
	Identities []string `json:"identities"`

	// Policy takes the secondary Region out of the policy [region.PolicyName] of the parents, in
	// the primary, and deletes it if it names no other.
	Policy bool `json:"policy,omitempty"`

	// Adopt also removes replicas without the mark of this library: those that it did not
	// make, and those that it made of identities that were there before.
	Adopt bool `json:"adopt,omitempty"`

	// DeleteParents deletes the parents, too, after their replicas, whoever made them.
	DeleteParents bool `json:"deleteParents,omitempty"`

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates `json:"rates,omitempty"`
}

// A ReplicaRemovalPlan says which replicas are removed.
type ReplicaRemovalPlan struct {
	awspatterns.Plan
	Secondary awspatterns.Target    `json:"secondary"`
	Options   ReplicaRemovalOptions `json:"options"`

	// Steps are how the changes are made, one for each, in the same order.
	Steps []ReplicaStep `json:"steps"`

	// Progress, if set, is told what became of each change, one at a time. It is no part of
	// the plan.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// ReplicaRemovalResult is what applying a plan did.
type ReplicaRemovalResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
}

const replicaRemovalPattern = "ses.ReplicaRemoval"

// PlanReplicaRemoval plans to delete the replicas of domains from the secondary Region, then
// to take that Region out of the policies of their parents, and then, if told so, to delete
// the parents. It only reads.
//
// Only replicas of the primary Region that bear its mark are deleted, others with Adopt; a
// domain that signs with other keys is blocked in any case. SES deletes no parent that has
// replicas. Those in Regions that the policy of the parent names block it; there may be
// others, which cannot be seen from here, and then SES refuses, and applying says so.
//
// Deleting an identity ends sending from it: take the Region out of use before. Nothing is
// deleted by a plan in which something is unknown.
//
// IAM actions: [ReplicaRemovalPermissions].
func PlanReplicaRemoval(ctx context.Context, primary, secondary Clients, opts ReplicaRemovalOptions) (ReplicaRemovalPlan, error) {
	plan, err := planReplicaRemoval(ctx, primary, secondary, opts)
	if err != nil {
		return ReplicaRemovalPlan{}, fmt.Errorf("ses: plan replica removal: %w", reason.Cause(ctx, err))
	}
	return plan, nil
}

func planReplicaRemoval(ctx context.Context, primary, secondary Clients, opts ReplicaRemovalOptions) (ReplicaRemovalPlan, error) {
	if err := errors.Join(opts.check(), checkReplicaClients(primary, secondary)); err != nil {
		return ReplicaRemovalPlan{}, err
	}
	p, err := identifiedPair(ctx, primary, secondary, opts.Rates)
	if err != nil {
		return ReplicaRemovalPlan{}, err
	}
	parents, replicas := p.readReplicas(ctx, opts.Identities, opts.readsParents())
	if ctx.Err() != nil {
		return ReplicaRemovalPlan{}, context.Cause(ctx)
	}
	d := replicaRemover{plan: ReplicaRemovalPlan{
		Plan:      awspatterns.Plan{Pattern: replicaRemovalPattern, Target: p.primary.target},
		Secondary: p.secondary.target, Options: opts, Steps: []ReplicaStep{},
	}}
	for i, domain := range opts.Identities {
		d.domain(domain, parents[i], replicas[i])
	}
	return d.plan, apply.Seal(&d.plan.Plan, &d.plan)
}

// ApplyReplicaRemoval makes the changes of a plan in their order, and looks again before
// each: what is already gone is left, and what is not as found makes the error wrap
// [awspatterns.ErrStale]. A run that was killed is repeated with the same plan or a new one.
//
// IAM actions: [ReplicaRemovalPermissions].
func ApplyReplicaRemoval(ctx context.Context, primary, secondary Clients, plan ReplicaRemovalPlan) (ReplicaRemovalResult, error) {
	result := ReplicaRemovalResult{Outcomes: apply.Pending(plan.Plan)}
	err := applyReplicaRemoval(ctx, primary, secondary, plan, &result)
	if err != nil {
		err = fmt.Errorf("ses: apply replica removal: %w", reason.Cause(ctx, err))
	}
	return result, err
}

func applyReplicaRemoval(ctx context.Context, primary, secondary Clients, plan ReplicaRemovalPlan, result *ReplicaRemovalResult) error {
	if err := apply.Verify(&plan.Plan, &plan, replicaRemovalPattern); err != nil {
		return err
	}
	if err := plan.Options.check(); err != nil {
		return fmt.Errorf("%w: %w", awspatterns.ErrAltered, err)
	}
	if err := checkReplicaClients(primary, secondary); err != nil {
		return err
	}
	p, err := newPair(primary, secondary, plan.Options.Rates)
	if err != nil {
		return err
	}
	a := replicaApplier{pair: p, plan: plan.Plan, secondary: plan.Secondary, steps: plan.Steps}
	result.Outcomes, err = a.run(ctx, plan.Options.Identities, plan.Progress)
	return err
}

// check refuses what can be refused without reading.
func (o ReplicaRemovalOptions) check() error {
	return errors.Join(append(checkDomains(o.Identities), o.Rates.check())...)
}

// readsParents reports whether anything in the primary may change.
func (o ReplicaRemovalOptions) readsParents() bool { return o.Policy || o.DeleteParents }

// A replicaRemover makes a plan.
type replicaRemover struct{ plan ReplicaRemovalPlan }

// domain decides about a domain: its replica, the policy of its parent, its parent.
func (d *replicaRemover) domain(domain string, parent, replica replicaRead) {
	step := ReplicaStep{Domain: domain}
	gone := d.replica(step, replica)
	if !d.plan.Options.readsParents() {
		return
	}
	step.Primary = true
	switch {
	case parent.err != nil:
		d.add(step, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(parent.err)})
	case parent.id == nil:
	case d.plan.Options.DeleteParents && d.parent(step, parent.id, gone): // with its policy
	case d.plan.Options.Policy && gone:
		d.policy(step, parent.id)
	}
}

// replica decides about a replica, and reports whether it will be gone.
func (d *replicaRemover) replica(step ReplicaStep, replica replicaRead) bool {
	primary := d.plan.Target.Region
	switch id := replica.id; {
	case replica.err != nil:
		d.add(step, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(replica.err)})
	case id == nil:
		return true
	case id.DKIM.Origin != region.ReplicationOrigin(primary):
		d.block(step, fmt.Sprintf("it is no replica of %s: the origin of its DKIM keys is %q", primary, id.DKIM.Origin),
			"delete it by hand if it is to go")
	case id.Tags[region.MarkTag] != primary && !d.plan.Options.Adopt:
		d.block(step, "this library did not make it for "+primary, "set Adopt to have it deleted, or delete it by hand")
	default:
		step.Found = replicaValue(id.DKIM.Origin, id.Tags[region.MarkTag])
		d.add(step, awspatterns.Change{
			Action: awspatterns.Delete, Adopts: id.Tags[region.MarkTag] != primary,
			Fields:       []awspatterns.Field{{Name: string(region.Origin), Old: id.DKIM.Origin}},
			Interrupts:   "no mail of " + step.Domain + " can be sent from " + d.plan.Secondary.Region + " any more, nor by way of an endpoint that sends from there",
			Irreversible: "its settings there: " + identitySettings(id),
		})
		return true
	}
	return false
}

// identitySettings tells what goes with an identity.
func identitySettings(id *region.Identity) string {
	text := fmt.Sprintf("%d policies, %d tags", len(id.Policies), len(id.Tags))
	if id.ConfigurationSet != "" {
		text += ", the default configuration set " + id.ConfigurationSet
	}
	if id.MailFrom != nil {
		text += ", the MAIL FROM domain " + id.MailFrom.Domain
	}
	return text + ", notification topics"
}

// policy takes the secondary Region out of the policy of a parent.
func (d *replicaRemover) policy(step ReplicaStep, parent *region.Identity) {
	step.Aspect = region.Policy
	found, there := parent.Policies[region.PolicyName]
	if !there {
		return
	}
	regions, err := replicationRegions(d.plan.Target, step.Domain, found)
	if err != nil {
		d.block(step, "it is not as this library writes it: "+err.Error(), "take "+d.plan.Secondary.Region+" out of it by hand")
		return
	}
	left := without(regions, d.plan.Secondary.Region)
	c := awspatterns.Change{Action: awspatterns.Update, Fields: regionFields(regions, left)}
	step.Found = found
	switch len(left) {
	case len(regions):
		return
	case 0:
		c.Action = awspatterns.Delete
	default:
		step.Want = replicationPolicy(d.plan.Target, step.Domain, left)
	}
	d.add(step, c)
}

// without returns the names without one of them.
func without(names []string, name string) (left []string) {
	for _, n := range names {
		if n != name {
			left = append(left, n)
		}
	}
	return left
}

// parent decides about a parent, and reports whether it will be gone.
func (d *replicaRemover) parent(step ReplicaStep, parent *region.Identity, gone bool) bool {
	regions, err := replicationRegions(d.plan.Target, step.Domain, parent.Policies[region.PolicyName])
	if err != nil {
		regions = otherFormRegions(d.plan.Target, step.Domain, parent.Policies[region.PolicyName])
	}
	others := without(regions, d.plan.Secondary.Region)
	switch {
	case parent.DKIM.Origin != easyDKIM:
		d.block(step, fmt.Sprintf("it is no parent: the origin of its DKIM keys is %q", parent.DKIM.Origin), "delete it by hand if it is to go")
	case !gone:
		d.block(step, "its replica stays in "+d.plan.Secondary.Region+", or is not known", "settle that, and plan again")
	case len(others) > 0:
		d.block(step, fmt.Sprintf("its policy names other Regions, which may have replicas: %v", others),
			"remove the replicas there first, with Policy, and plan again")
	default:
		step.Found = replicaValue(parent.DKIM.Origin, parent.Tags[region.MarkTag])
		d.add(step, awspatterns.Change{
			Action: awspatterns.Delete, Adopts: true,
			Reason:       "SES refuses it while there are replicas in Regions that this plan does not know",
			Fields:       []awspatterns.Field{{Name: string(region.Origin), Old: parent.DKIM.Origin}},
			Interrupts:   "no mail of " + step.Domain + " can be sent from " + d.plan.Target.Region + " any more",
			Irreversible: "its DKIM keys, for which a new identity of this name has other tokens and records, and its settings: " + identitySettings(parent),
		})
		return true
	}
	return false
}

func (d *replicaRemover) block(step ReplicaStep, why string, todo ...string) {
	d.add(step, awspatterns.Change{Action: awspatterns.Blocked, Reason: why, Steps: todo})
}

func (d *replicaRemover) add(step ReplicaStep, c awspatterns.Change) {
	c.Resource = step.resource(d.plan.Target.Region, d.plan.Secondary.Region)
	if !c.Action.Applies() {
		step.Found, step.Want = "", ""
	}
	d.plan.Changes, d.plan.Steps = append(d.plan.Changes, c), append(d.plan.Steps, step)
}
