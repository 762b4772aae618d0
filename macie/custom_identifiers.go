package macie

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

// CustomIdentifier is a custom data identifier: a pattern of the caller's own that
// Macie looks for. [identifier.Custom] says what each field may be.
type CustomIdentifier = identifier.Custom

// CustomIdentifiersOptions say which custom data identifiers there should be.
type CustomIdentifiersOptions struct {
	// Identifiers that there should be, each with a name of its own.
	Identifiers []CustomIdentifier

	// Set names these identifiers as a whole, in up to 64 letters, digits and "._-",
	// so that two programs in one account and Region do not take the identifiers of
	// the other for stale. Defaults to the set without a name.
	Set string

	// TestInMacie also has Macie try the samples, which is the only way to know what
	// its regular expressions match. It is done while planning and changes nothing.
	TestInMacie bool

	// RemoveStale deletes identifiers that this library created for the set and that
	// are not among Identifiers.
	RemoveStale bool

	// Adopt takes over identifiers that have one of the names and were not created
	// by this library for the set: they are tagged or, if they differ, replaced.
	// They are otherwise blocked.
	Adopt bool
}

// A CustomIdentifiersPlan says which identifiers are created, tagged, replaced and
// deleted.
type CustomIdentifiersPlan struct {
	awspatterns.Plan

	Set string `json:"set,omitempty"`

	// Identifiers belong to the changes with the same index.
	Identifiers []PlannedIdentifier `json:"identifiers"`

	// Kept are the ids of the identifiers that are as wanted, by name.
	Kept map[string]string `json:"kept,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A PlannedIdentifier is what a change is about.
type PlannedIdentifier struct {
	Name string `json:"name,omitempty"`

	// Wanted is the identifier that there should be; nil if it is deleted.
	Wanted *CustomIdentifier `json:"wanted,omitempty"`

	// Found are the identifiers that the change tags, replaces or deletes, by id.
	Found []FoundIdentifier `json:"found,omitempty"`
}

// A FoundIdentifier is an identifier that was there. All but its tags is for ever as
// it was created.
type FoundIdentifier struct {
	ID   string            `json:"id"`
	ARN  string            `json:"arn"`
	Tags map[string]string `json:"tags,omitempty"`
}

// CustomIdentifiersResult is what applying a plan did.
type CustomIdentifiersResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// IDs are the ids, by name, of the identifiers that are as wanted, those
	// included that the plan did not change. Replacing an identifier changes its id.
	IDs map[string]string
}

const customIdentifiersPattern = "macie.CustomIdentifiers"

// PlanCustomIdentifiers compares the custom data identifiers of an account and
// Region with those that there should be. It only reads.
//
// Macie knows no change of an identifier but of its tags, so what differs is
// replaced: the new one is created first and then the old one deleted, and the id is
// another one. What uses the old one, such as jobs that run and automated
// discovery, goes on with it.
//
// An identifier is taken for created by this library if it has the tag that this
// library gives it, which holds for one Set. What cannot be read, for want of a
// permission or for an outage, is an unknown change, and the plan is incomplete. That
// Macie is not enabled is an error.
//
// Before anything is read, all identifiers are checked against the limits of Macie,
// and samples are tried with this library's own matching. A sample that has other
// matches than it should is an error, also if it is Macie that says so.
//
// IAM actions: [CustomIdentifiersPermissions].
func PlanCustomIdentifiers(ctx context.Context, c Clients, opts CustomIdentifiersOptions) (CustomIdentifiersPlan, error) {
	plan, err := planCustomIdentifiers(ctx, c, opts)
	if err != nil {
		return CustomIdentifiersPlan{}, fmt.Errorf("macie: plan custom identifiers: %w", reason.Cause(ctx, err))
	}
	return plan, nil
}

func planCustomIdentifiers(ctx context.Context, c Clients, opts CustomIdentifiersOptions) (CustomIdentifiersPlan, error) {
	if err := opts.validate(); err != nil {
		return CustomIdentifiersPlan{}, err
	}
	if err := checkIdentifierClients(c); err != nil {
		return CustomIdentifiersPlan{}, err
	}
	for _, i := range opts.Identifiers {
		if err := i.Try(); err != nil {
			return CustomIdentifiersPlan{}, err
		}
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return CustomIdentifiersPlan{}, err
	}
	r := identifierReader{c.Macie}
	found, err := r.find(ctx, opts)
	if err != nil {
		return CustomIdentifiersPlan{}, err
	}
	if opts.TestInMacie {
		if err := r.try(ctx, opts.Identifiers); err != nil {
			return CustomIdentifiersPlan{}, err
		}
	}
	return decideIdentifiers(opts, target, found)
}

// ApplyCustomIdentifiers makes the changes of a plan: creations, tags and
// replacements by name, and then deletions. Each is made if the identifiers of that name are
// as the plan found them. What is already as planned is left alone, so that a plan
// may be applied again after a failure; anything else makes the error wrap
// [awspatterns.ErrStale].
//
// A creation whose answer is lost is not made twice. At no time is there neither the
// old nor the new identifier.
//
// A plan without changes calls nothing. The result is valid even if there is an
// error: it has an outcome for each change.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before
// anything is changed, [awspatterns.ErrStale] when it is found, and
// [awspatterns.ErrIncomplete] if blocked or unknown changes, or deletions and
// replacements of an incomplete plan, were left.
//
// IAM actions: [CustomIdentifiersPermissions].
func ApplyCustomIdentifiers(ctx context.Context, c Clients, plan CustomIdentifiersPlan) (CustomIdentifiersResult, error) {
	result := CustomIdentifiersResult{IDs: map[string]string{}}
	err := applyCustomIdentifiers(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("macie: apply custom identifiers: %w", reason.Cause(ctx, err))
	}
	return result, err
}

func applyCustomIdentifiers(ctx context.Context, c Clients, plan CustomIdentifiersPlan, result *CustomIdentifiersResult) error {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, customIdentifiersPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	maps.Copy(result.IDs, plan.Kept)
	a := identifierApplier{plan: plan, clients: c, ids: result.IDs}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Progress})
	return err
}

// CustomIdentifiersPermissions returns what [PlanCustomIdentifiers] and
// [ApplyCustomIdentifiers] need. Macie has the actions that list and test for all
// resources alone. Options that PlanCustomIdentifiers refuses need nothing.
func CustomIdentifiersPermissions(opts CustomIdentifiersOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	const source = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_macie2.html"
	all, identifiers := []string{"*"}, []string{"arn:${Partition}:macie2:${Region}:${Account}:custom-data-identifier/*"}
	read := awspatterns.Policy{
		identity.Permission,
		{Action: "macie2:ListCustomDataIdentifiers", Resources: all, Source: source},
		{Action: "macie2:GetCustomDataIdentifier", Resources: identifiers, Source: source},
	}
	plan := slices.Clone(read)
	if opts.TestInMacie && slices.ContainsFunc(opts.Identifiers, func(c CustomIdentifier) bool { return len(c.Samples) > 0 }) {
		plan = append(plan, awspatterns.Permission{Action: "macie2:TestCustomDataIdentifier", Resources: all, Source: source})
	}
	return awspatterns.Permissions{Plan: plan, Apply: append(read,
		awspatterns.Permission{Action: "macie2:CreateCustomDataIdentifier", Resources: identifiers, Source: source},
		awspatterns.Permission{Action: "macie2:DeleteCustomDataIdentifier", Resources: identifiers, Source: source},
		awspatterns.Permission{Action: "macie2:TagResource", Resources: identifiers, Source: source},
	)}
}

var setName = regexp.MustCompile(`^[A-Za-z0-9._-]{0,64}$`)

func (o CustomIdentifiersOptions) validate() error {
	if len(o.Identifiers) == 0 && !o.RemoveStale {
		return errors.New("no Identifiers; set RemoveStale to delete all of the set")
	}
	if !setName.MatchString(o.Set) {
		return fmt.Errorf("the Set %q; want at most 64 letters, digits and \"._-\"", o.Set)
	}
	var errs []error
	seen := map[string]bool{}
	for _, i := range o.Identifiers {
		if seen[i.Name] {
			errs = append(errs, fmt.Errorf("two Identifiers are named %q", i.Name))
		}
		seen[i.Name] = true
		errs = append(errs, i.Validate())
	}
	return errors.Join(errs...)
}

func checkIdentifierClients(c Clients) error {
	switch {
	case c.Macie == nil:
		return errors.New("the Clients have no Macie client")
	case c.STS == nil:
		return errors.New("the Clients have no STS client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	}
	return nil
}

// identifierMark returns the value of the tag that marks an identifier as created by
// this library, for a set.
func identifierMark(set string) string {
	return strings.TrimSuffix(customIdentifiersPattern+"/"+set, "/")
}

// check checks that changes and identifiers, which both are in the plan, are about
// the same: the changes are what was approved.
func (p *CustomIdentifiersPlan) check() error {
	if len(p.Identifiers) != len(p.Changes) {
		return fmt.Errorf("%d changes and %d identifiers: %w", len(p.Changes), len(p.Identifiers), awspatterns.ErrAltered)
	}
	for i, c := range p.Changes {
		if d := p.Identifiers[i]; c.Action.Applies() && (c.Resource.ID != d.Name || !d.fits(c.Action)) {
			return fmt.Errorf("the change %s %s is not about the identifier %q: %w", c.Action, c.Resource.ID, d.Name, awspatterns.ErrAltered)
		}
	}
	return nil
}

// fits reports whether there is what an action takes.
func (d PlannedIdentifier) fits(a awspatterns.Action) bool {
	if d.Wanted != nil && (d.Wanted.Name != d.Name || d.Wanted.Validate() != nil) {
		return false
	}
	switch a {
	case awspatterns.Create:
		return d.Wanted != nil && len(d.Found) == 0
	case awspatterns.Update:
		return d.Wanted != nil && len(d.Found) == 1
	case awspatterns.Replace:
		return d.Wanted != nil && len(d.Found) > 0
	}
	return d.Wanted == nil && len(d.Found) == 1
}
