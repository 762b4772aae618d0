package ses

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// ManagedIPsOptions say what is to be sent through dedicated IP addresses that SES manages.
type ManagedIPsOptions struct {
	// Pool is the name of the managed pool: 1 to 64 lower-case letters, digits, "-" and "_".
	// Required. A pool is for its Region; no other can use it.
	Pool string `json:"pool"`

	// ConfigurationSet is the set that sends through the pool, which is created if there is
	// none: 1 to 64 letters, digits, "-" and "_". Without it there is just the pool.
	ConfigurationSet string `json:"configurationSet,omitempty"`

	// Identities are those whose default configuration set it becomes, so that mail of theirs
	// that names none goes through the pool. They must exist.
	Identities []string `json:"identities,omitempty"`

	// Tags that the pool and the set are to have, beside the one that this library adds, if it
	// made or adopts them. Other tags are left alone.
	Tags map[string]string `json:"tags,omitempty"`

	// ConvertStandard allows a standard pool of that name to be made a managed one, which
	// cannot be undone.
	ConvertStandard bool `json:"convertStandard,omitempty"`

	// Adopt allows the pool and the set to be changed, tagged and removed although this library
	// did not make them, and identities to lose the default configuration set that they have.
	Adopt bool `json:"adopt,omitempty"`

	// Remove deletes the pool, where otherwise it is created, once no configuration set sends
	// through it. It takes only the Pool. Sets stay, and the defaults of identities.
	Remove bool `json:"remove,omitempty"`

	// Messages is how many mails a month are to go through the pool, Price what SES asks for
	// each, and MaxMessages the number above which applying refuses. All are for Costs; 0 if
	// not known.
	Messages    float64 `json:"messages,omitempty"`
	Price       float64 `json:"price,omitempty"`
	MaxMessages float64 `json:"maxMessages,omitempty"`

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates `json:"rates,omitempty"`
}

// A ManagedIPsPlan says what becomes of a managed pool, of configuration sets and of
// identities.
type ManagedIPsPlan struct {
	awspatterns.Plan
	Options ManagedIPsOptions `json:"options"`
	Steps   []ManagedIPsStep  `json:"steps"` // how each change is made, in the order of Changes

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A ManagedIPsStep is how a change is made.
type ManagedIPsStep struct {
	Kind region.Kind `json:"kind"` // of the pool, a configuration set or an identity
	Name string      `json:"name"`

	// Found and Want are the scaling mode of a pool, the pool of a configuration set, or the
	// default configuration set of an identity; empty for none.
	Found string `json:"found,omitempty"`
	Want  string `json:"want,omitempty"`

	// Tags are those that are to be there.
	Tags map[string]string `json:"tags,omitempty"`
}

// ManagedIPsResult is what applying a plan did.
type ManagedIPsResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
}

const managedIPsPattern = "ses.ManagedIPs"

// PlanManagedIPs compares a managed pool of dedicated IP addresses, the configuration set that
// sends through it and the identities whose default that set is with what there should be. It
// only reads.
//
// SES charges for managed addresses by the mail that goes through them, from the creation of
// the first managed pool on, which the plan says in its costs; the price is the caller's to
// give. It allocates the first address once hundreds of mails were sent over a few days, and
// shares those of others until then: see [ManagedIPReport].
//
// Blocked are: a standard pool of that name, unless the options have ConvertStandard; a
// configuration set with another pool that this library did not make, and an identity with
// another default set, unless they have Adopt; a Region with 50 pools of either kind, or with
// more than 10,000 identities
// (https://docs.aws.amazon.com/ses/latest/dg/managed-dedicated-sending.html); an identity that
// does not exist; and what comes after something that is blocked or unknown.
//
// With Remove, the pool is deleted, if this library made it or the options have Adopt: first,
// the sets that send through it are made to send through what SES chooses. Sets that are not
// ours block that. Addresses are relinquished at once; with the last managed pool, charges
// end. All configuration sets are read for that, at one in a second.
//
// What cannot be read is an unknown change, and the plan is incomplete.
//
// IAM actions: [ManagedIPsPermissions].
func PlanManagedIPs(ctx context.Context, c Clients, opts ManagedIPsOptions) (ManagedIPsPlan, error) {
	plan, err := planManagedIPs(ctx, c, opts)
	if err != nil {
		return ManagedIPsPlan{}, fmt.Errorf("ses: plan managed IPs %s: %w", opts.Pool, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planManagedIPs(ctx context.Context, c Clients, opts ManagedIPsOptions) (ManagedIPsPlan, error) {
	if err := errors.Join(opts.validate(), checkManagedClients(c), opts.Rates.check()); err != nil {
		return ManagedIPsPlan{}, err
	}
	s := newSite(c, opts.Rates)
	if err := s.identify(ctx); err != nil {
		return ManagedIPsPlan{}, err
	}
	d := managedDecider{site: s, plan: &ManagedIPsPlan{
		Plan: awspatterns.Plan{Pattern: managedIPsPattern, Target: s.target}, Options: opts, Steps: []ManagedIPsStep{},
	}}
	if opts.Remove {
		d.remove(ctx)
	} else {
		d.keep(ctx)
	}
	if ctx.Err() != nil {
		return ManagedIPsPlan{}, ctx.Err()
	}
	return *d.plan, apply.Seal(&d.plan.Plan, d.plan)
}

// ApplyManagedIPs makes the changes of a plan in their order: the pool, the configuration
// set, the identities; or, to remove them, the configuration sets and then the pool. Each is
// made if its object is as the plan found it. What is already as planned is left alone, so
// that a plan may be applied again after a failure; anything else makes the error wrap
// [awspatterns.ErrStale], such as a configuration set that sends through the pool by now.
// SES has no locks: what another hand changes between the look and the change is lost.
//
// A plan without changes calls nothing. The result is valid even if there is an error.
//
// Errors wrap [awspatterns.ErrWrongAccount], [awspatterns.ErrAltered] and
// [awspatterns.ErrCeiling] before anything is changed, and [awspatterns.ErrIncomplete] if
// blocked or unknown changes were left.
//
// IAM actions: [ManagedIPsPermissions].
func ApplyManagedIPs(ctx context.Context, c Clients, plan ManagedIPsPlan) (ManagedIPsResult, error) {
	result := ManagedIPsResult{}
	err := applyManagedIPs(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("ses: apply managed IPs %s: %w", plan.Options.Pool, reason.Cause(ctx, err))
	}
	return result, err
}

func applyManagedIPs(ctx context.Context, c Clients, plan ManagedIPsPlan, result *ManagedIPsResult) (err error) {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, managedIPsPattern); err != nil {
		return err
	}
	if err := errors.Join(plan.check(), checkManagedClients(c), plan.Options.Rates.check()); err != nil {
		return err
	}
	a := managedApplier{site: newSite(c, plan.Options.Rates), plan: plan}
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Progress})
	return err
}

// check checks that the changes, which are what was approved, are about what the steps are.
func (p *ManagedIPsPlan) check() error {
	if len(p.Steps) != len(p.Changes) {
		return fmt.Errorf("%d changes with %d steps: %w", len(p.Changes), len(p.Steps), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		s := p.Steps[i]
		known := c.Action == awspatterns.Update || !c.Action.Applies() ||
			s.Kind == region.Pools && c.Action == awspatterns.Delete && p.Options.Remove ||
			s.Kind != region.Identities && c.Action == awspatterns.Create && !p.Options.Remove
		if !known || c.Resource.Type != string(s.Kind) || !strings.HasSuffix(c.Resource.ID, "/"+s.Name) {
			return fmt.Errorf("the change %s %s is not about what the plan holds: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}

func checkManagedClients(c Clients) error {
	switch {
	case c.SES == nil:
		return errors.New("the Clients have no SES client")
	case c.STS == nil:
		return errors.New("the Clients have no STS client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	}
	return nil
}

// ManagedIPsTag is the key of the tag on the pools and configuration sets that this library
// made or took over for managed addresses. Its value is the name of the pool.
const ManagedIPsTag = "awspatterns:managed-ips"

// Of names of pools, CloudFormation tells the form (AWS::SES::DedicatedIpPool); of names of
// sets, CreateConfigurationSet in the API reference of the first version does.
var (
	managedPoolNames = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)
	managedSetNames  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// builtInPools are those that SES has itself.
var builtInPools = []string{"ses-default-dedicated-pool", "ses-shared-pool"}

func (o ManagedIPsOptions) validate() error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(!managedPoolNames.MatchString(o.Pool), `the Pool %q; want 1 to 64 lower-case letters, digits, "-" and "_"`, o.Pool)
	refuse(slices.Contains(builtInPools, o.Pool), "the Pool %q is one of SES's own", o.Pool)
	refuse(o.ConfigurationSet != "" && !managedSetNames.MatchString(o.ConfigurationSet), `the ConfigurationSet %q; want 1 to 64 letters, digits, "-" and "_"`, o.ConfigurationSet)
	refuse(len(o.Identities) > 0 && o.ConfigurationSet == "", "there are Identities and no ConfigurationSet, which is what leads them to the pool")
	refuse(o.Remove && (o.ConfigurationSet != "" || len(o.Identities) > 0 || o.ConvertStandard), "Remove takes only the Pool")
	for i, identity := range o.Identities {
		refuse(identity == "" || len(identity) > 320 || strings.ContainsFunc(identity, notInIdentity), "the identity %q is no domain and no address", identity)
		refuse(slices.Contains(o.Identities[:i], identity), "the identity %q is there twice", identity)
	}
	errs = append(errs, checkAmounts(map[string]float64{"Messages": o.Messages, "Price": o.Price, "MaxMessages": o.MaxMessages})...)
	return errors.Join(append(errs, checkMarkedTags(o.Tags, ManagedIPsTag)...)...)
}

// notInIdentity tells of characters that neither a domain nor an address has.
func notInIdentity(c rune) bool { return c <= ' ' || c == 0x7f }

// checkAmounts refuses what is no number of messages and no price.
func checkAmounts(amounts map[string]float64) (errs []error) {
	for _, name := range sortedKeys(amounts) {
		if v := amounts[name]; !(v >= 0) || v > 1e15 {
			errs = append(errs, fmt.Errorf("%s is %v; want a number, or 0 if it is not known", name, v))
		}
	}
	return errs
}
