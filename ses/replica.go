package ses

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// ReplicaOptions say which domains of the primary Region sign with the same DKIM keys in the
// secondary.
type ReplicaOptions struct {
	// Identities are domains, by the names that the primary has them under, in small letters.
	// Required.
	Identities []string `json:"identities"`

	// Policy writes the policy [region.PolicyName] to the parents, in the primary, or adds the
	// secondary Region to it. Other policies stay as they are. It is for callers who may not
	// replicate keys by their own IAM policy; see [ReplicaPermissions].
	Policy bool `json:"policy,omitempty"`

	// Convert makes replicas of domains that the secondary has with other DKIM keys. Until SES
	// has the parent's keys, mail from there may go out unsigned.
	Convert bool `json:"convert,omitempty"`

	// Adopt takes over what this library did not make: replicas, whose tags and configuration
	// set it then sets, and a policy of that name in another form, which it replaces.
	Adopt bool `json:"adopt,omitempty"`

	// ConfigurationSet of the secondary Region that mail of the replicas uses by default. If
	// empty, new replicas have none, and others keep theirs.
	ConfigurationSet string `json:"configurationSet,omitempty"`

	// Tags that the replicas are to have beside [region.MarkTag]. Other tags stay.
	Tags map[string]string `json:"tags,omitempty"`

	// Wait is how long applying waits for the replicas to be verified. Defaults to 15 minutes;
	// it does not wait if this is negative. SES says only that it can take some time.
	Wait time.Duration `json:"wait,omitempty"`

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates `json:"rates,omitempty"`
}

// A ReplicaPlan says which replicas are made.
type ReplicaPlan struct {
	awspatterns.Plan
	Secondary awspatterns.Target `json:"secondary"`
	Options   ReplicaOptions     `json:"options"`

	// Steps are how the changes are made, one for each, in the same order.
	Steps []ReplicaStep `json:"steps"`

	// Waiting are the replicas that are there and not verified yet. Applying waits for them.
	Waiting []string `json:"waiting,omitempty"`

	// Parents are the DKIM attributes in the primary, by domain.
	Parents map[string]region.DKIM `json:"parents"`

	// Notes tell what is not as in the primary and is not changed.
	Notes []string `json:"notes,omitempty"`

	// Progress, if set, is told of each outcome and, while waiting, of each replica, one call
	// at a time. It is no part of the plan.
	Progress func(ReplicaProgress) `json:"-"`
}

// String returns the plan as text, with what is waited for and what is told.
func (p ReplicaPlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Replicas in %s.\n%s", p.Secondary, p.Plan)
	if len(p.Waiting) > 0 {
		fmt.Fprintf(&b, "Not verified yet, and waited for: %s.\n", strings.Join(p.Waiting, ", "))
	}
	for _, note := range p.Notes {
		fmt.Fprintf(&b, "Note: %s.\n", note)
	}
	return b.String()
}

// A ReplicaStep is how a change is made.
type ReplicaStep struct {
	Domain string        `json:"domain"`
	Aspect region.Aspect `json:"aspect,omitempty"` // empty: the identity; or policy, DKIM origin, default configuration set, tags

	// Primary is whether the primary Region is written to.
	Primary bool `json:"primary,omitempty"`

	// Found and Want are what there is, and what the step leaves; empty for nothing. They are
	// the document of a policy, an origin, a name, or tags as JSON.
	Found string `json:"found,omitempty"`
	Want  string `json:"want,omitempty"`
}

// A ReplicaProgress is one of an outcome and a replica that was looked at.
type ReplicaProgress struct {
	Outcome *awspatterns.Outcome
	Replica *ReplicaStatus
}

// ReplicaResult is what applying a plan did.
type ReplicaResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// Replicas are those that were waited for, in the order of the options.
	Replicas []ReplicaStatus
}

// A ReplicaStatus is how a replica is.
type ReplicaStatus struct {
	Domain   string
	Ready    bool            // it is verified and signs with the parent's keys
	Identity region.Identity // as SES tells it
	Differs  []string        // what is not as that of the parent: signing, key length, tokens
}

const replicaPattern = "ses.Replica"

// PlanReplica compares domains of the primary Region, the parents, with those of the same
// name in the secondary, and plans replicas of them (Deterministic Easy DKIM): they have the
// same DKIM keys and tokens, so that no DNS record is needed for the secondary Region. It
// only reads.
//
// A parent must be a verified domain with Easy DKIM, and no replica itself; otherwise the
// domain is blocked, with what to do. A domain that the secondary has with other keys is
// blocked unless Convert is set. A replica that SES failed to make is a manual change: what
// makes SES try again is not documented, and nothing is deleted for it. What could not be
// read is unknown.
//
// The policy lets the account replicate the keys to the Regions that it names, and asks that
// a request names one: the form of the documentation (ForAllValues without Null) holds also
// where a request names none. Regions that are in it stay.
//
// Replicas bear the tag [region.MarkTag], by which [PlanRegionSync] knows them, too. They
// cost nothing.
//
// Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html
//
// IAM actions: [ReplicaPermissions].
func PlanReplica(ctx context.Context, primary, secondary Clients, opts ReplicaOptions) (ReplicaPlan, error) {
	plan, err := planReplica(ctx, primary, secondary, opts)
	if err != nil {
		return ReplicaPlan{}, fmt.Errorf("ses: plan replica: %w", reason.Cause(ctx, err))
	}
	return plan, nil
}

func planReplica(ctx context.Context, primary, secondary Clients, opts ReplicaOptions) (ReplicaPlan, error) {
	if err := errors.Join(opts.check(), checkReplicaClients(primary, secondary)); err != nil {
		return ReplicaPlan{}, err
	}
	p, err := identifiedPair(ctx, primary, secondary, opts.Rates)
	if err != nil {
		return ReplicaPlan{}, err
	}
	parents, replicas := p.readReplicas(ctx, opts.Identities, true)
	set := sync.OnceValue(func() error { return p.secondary.readReplicaSet(ctx, opts.ConfigurationSet) })
	d := replicaDecider{set: set, plan: ReplicaPlan{
		Plan:      awspatterns.Plan{Pattern: replicaPattern, Target: p.primary.target},
		Secondary: p.secondary.target, Options: opts, Steps: []ReplicaStep{}, Parents: map[string]region.DKIM{},
	}}
	for i, domain := range opts.Identities {
		d.domain(domain, parents[i], replicas[i])
	}
	if ctx.Err() != nil { // or it would look like what could not be read
		return ReplicaPlan{}, context.Cause(ctx)
	}
	return d.plan, apply.Seal(&d.plan.Plan, &d.plan)
}

// ApplyReplica makes the changes of a plan: for each domain the policy of the parent, and
// then the replica. Before each it looks again: what is as planned is left, and what is
// neither that nor as found makes the error wrap [awspatterns.ErrStale]. Then it waits until
// the replicas are verified: those that were made, and those that were there and not
// verified yet. A run that was killed is repeated with the same plan or a new one. SES has no
// locks: what another hand writes to the same policy between the look and the change is lost,
// so that plans for several secondary Regions of one parent are applied one after the other.
//
// A replica that is not verified in time, or that SES failed to make, is a [*ReplicaError],
// which tells what to do; there may be several, joined.
//
// IAM actions: [ReplicaPermissions].
func ApplyReplica(ctx context.Context, primary, secondary Clients, plan ReplicaPlan) (ReplicaResult, error) {
	result := ReplicaResult{Outcomes: apply.Pending(plan.Plan)}
	err := applyReplica(ctx, primary, secondary, plan, &result)
	if err != nil {
		err = fmt.Errorf("ses: apply replica: %w", reason.Cause(ctx, err))
	}
	return result, err
}

func applyReplica(ctx context.Context, primary, secondary Clients, plan ReplicaPlan, result *ReplicaResult) error {
	if err := apply.Verify(&plan.Plan, &plan, replicaPattern); err != nil {
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
	a := replicaApplier{pair: p, plan: plan.Plan, secondary: plan.Secondary, steps: plan.Steps,
		configurationSet: plan.Options.ConfigurationSet, tags: plan.Options.Tags}
	tell := plan.Progress
	if tell == nil {
		tell = func(ReplicaProgress) {}
	}
	result.Outcomes, err = a.run(ctx, plan.Options.Identities, func(o awspatterns.Outcome) { tell(ReplicaProgress{Outcome: &o}) })
	if failed := err != nil && !errors.Is(err, awspatterns.ErrIncomplete); failed || plan.Options.Wait < 0 {
		return err
	}
	w := replicaWaiter{site: p.secondary, plan: plan, tell: tell}
	waitErr := w.wait(ctx, a)
	result.Replicas = w.statuses
	return errors.Join(err, waitErr)
}
