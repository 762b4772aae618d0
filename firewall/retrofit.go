package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// RetrofitOptions say which policy of AWS Firewall Manager there should be.
type RetrofitOptions struct {
	// Policy that there should be, all of it: what is left out is taken out of a
	// policy that exists. With an ID it is that policy, which may get another name;
	// otherwise it is the policy of that name, which is created if there is none.
	//
	// An UpdateToken says which version the Policy was made from, as [ReadPolicy] sets
	// it: if another hand has changed the policy since, planning a change is
	// [awspatterns.ErrStale]. Region and Admin default to those of the clients.
	Policy retrofit.Policy

	// Tags of the policy itself. Others that it has are left.
	Tags map[string]string

	// Adopt takes over a policy that this library did not create: it gets this
	// library's tag. A policy that is given by its name alone and lacks the tag is
	// otherwise blocked. One that is given by its ID is changed either way.
	Adopt bool

	// State, if set, is what the effects are predicted for, and what they cost: what
	// [ReadState] returns, or a file of it.
	State *retrofit.State

	// Assumptions of the prediction.
	Assumptions retrofit.Assumptions

	// MaxWebACLs, if not zero, is how many web ACLs Firewall Manager may come to
	// create, as predicted: it needs a State. Applying a plan with more is
	// [awspatterns.ErrCeiling].
	MaxWebACLs int

	// Prices are what to calculate costs with.
	Prices RetrofitPrices
}

// RetrofitPrices are prices of a month in the caller's currency. Those left out are
// not calculated with.
type RetrofitPrices struct {
	Policy    float64 // of a policy of AWS Firewall Manager in a Region
	WebACL    float64 // of a web ACL of AWS WAF
	RuleGroup float64 // of a rule group in a web ACL
}

// A RetrofitPlan says how the policy is changed, and what is predicted to come of
// it.
type RetrofitPlan struct {
	awspatterns.Plan

	// Policy as it is to be, with the ID and the update token of the one that is
	// there; both are empty if it is created.
	Policy retrofit.Policy `json:"policy"`

	// PolicyARN of the one that is there.
	PolicyARN string `json:"policyARN,omitempty"`

	// Tags that the policy is to have, this library's included, and those of the
	// same keys that it has.
	Tags      map[string]string `json:"tags,omitempty"`
	FoundTags map[string]string `json:"foundTags,omitempty"`

	// Effects are what Firewall Manager will do by itself; nil without a State. They
	// are no changes of this plan: nobody but Firewall Manager makes them.
	Effects *RetrofitEffects `json:"effects,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// RetrofitResult is what applying a plan did.
type RetrofitResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// PolicyID, PolicyARN and UpdateToken of the policy as it is now, where that is
	// known.
	PolicyID    string
	PolicyARN   string
	UpdateToken string
}

const retrofitPattern = "firewall.Retrofit"

// policyMark is the tag by which this library knows the policies that it created
// or took over.
const (
	policyMarkKey = "awspatterns"
	policyMark    = retrofitPattern
)

// PlanRetrofit compares an AWS WAF policy of AWS Firewall Manager with the one that
// there should be. It only reads. The plan has one change at most, to create or to
// update the policy. What Firewall Manager does because of it, to web ACLs in many
// accounts, is in [RetrofitPlan.Effects], as far as a State tells.
//
// Policies are compared by what they mean: the service answers with null for what
// was left out, and in an order of its own. The order of rule groups counts.
//
// What cannot be read, for want of a permission or for an outage, is an unknown
// change, and the plan is incomplete. What the State does not know is said in the
// effects, and does not make the plan incomplete. A policy of another type than
// WAFV2 is an error. Errors wrap [ErrNotAdministrator], [ErrNoPolicy] for an ID that
// there is not, and [awspatterns.ErrStale] for a Policy that was made from another
// version.
//
// IAM actions: [RetrofitPermissions].
func PlanRetrofit(ctx context.Context, c Clients, opts RetrofitOptions) (RetrofitPlan, error) {
	plan, err := planRetrofit(ctx, c, opts)
	if err != nil {
		return RetrofitPlan{}, fmt.Errorf("firewall: plan retrofit: %w", reason.Cause(ctx, err))
	}
	return plan, nil
}

func planRetrofit(ctx context.Context, c Clients, opts RetrofitOptions) (RetrofitPlan, error) {
	if err := checkRetrofitClients(c); err != nil {
		return RetrofitPlan{}, err
	}
	opts.Policy.Region = cmp.Or(opts.Policy.Region, c.Region)
	if err := opts.validate(c.Region); err != nil {
		return RetrofitPlan{}, err
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return RetrofitPlan{}, err
	}
	if admin := opts.Policy.Admin; admin != "" && admin != target.Account {
		return RetrofitPlan{}, fmt.Errorf("the Policy belongs to the administrator %s, the clients are of %s: %w", admin, target.Account, awspatterns.ErrWrongAccount)
	}
	opts.Policy.Admin = target.Account
	found, unknown, err := findPolicy(ctx, c.FMS, opts.Policy)
	if err != nil {
		return RetrofitPlan{}, err
	}
	return decideRetrofit(opts, target, found, unknown)
}

// ApplyRetrofit creates or updates the policy with PutPolicy, under the update token
// that the plan found. A policy that is already as planned is left alone, so that a
// plan may be applied again after a failure; one that another hand has changed since
// makes the error wrap [awspatterns.ErrStale]. A creation whose answer is lost is not
// made twice: the policy is looked for by its name.
//
// It returns when Firewall Manager has taken the policy. What it does because of it
// takes minutes, and longer in many accounts: [Compliance] tells.
//
// A plan without changes calls nothing. The result is valid even if there is an
// error: it has an outcome for each change.
//
// Errors wrap [awspatterns.ErrWrongAccount], [awspatterns.ErrAltered] and
// [awspatterns.ErrCeiling] before anything is changed, [awspatterns.ErrStale] when it
// is found, and [awspatterns.ErrIncomplete] if a blocked or unknown change was left.
//
// IAM actions: [RetrofitPermissions].
func ApplyRetrofit(ctx context.Context, c Clients, plan RetrofitPlan) (RetrofitResult, error) {
	result := RetrofitResult{PolicyID: plan.Policy.ID, PolicyARN: plan.PolicyARN, UpdateToken: plan.Policy.UpdateToken}
	err := applyRetrofit(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("firewall: apply retrofit: %w", reason.Cause(ctx, err))
	}
	return result, err
}

func applyRetrofit(ctx context.Context, c Clients, plan RetrofitPlan, result *RetrofitResult) error {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, retrofitPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	a := policyApplier{plan: plan, clients: c, result: result}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Progress})
	return err
}

// RetrofitPermissions returns what [PlanRetrofit] and [ApplyRetrofit] need. What
// Firewall Manager does in accounts it does with a role of its own. Options that
// PlanRetrofit refuses need nothing.
func RetrofitPermissions(opts RetrofitOptions) awspatterns.Permissions {
	opts.Policy.Region = cmp.Or(opts.Policy.Region, "us-east-1") // that of the clients, where all is allowed
	if opts.validate(opts.Policy.Region) != nil {
		return awspatterns.Permissions{}
	}
	policy := policyResources(opts.Policy.ID)
	read := awspatterns.Policy{
		identity.Permission,
		{Action: "fms:GetPolicy", Resources: policy, Source: fmsActions},
		{Action: "fms:ListTagsForResource", Resources: policy, Source: fmsActions},
	}
	if opts.Policy.ID == "" {
		read = append(read, awspatterns.Permission{Action: "fms:ListPolicies", Resources: []string{"*"}, Source: fmsActions})
	}
	change := append(slices.Clone(read), awspatterns.Permission{Action: "fms:PutPolicy", Resources: policy, Source: fmsActions})
	if opts.Policy.ID == "" || opts.Adopt || len(opts.Tags) > 0 {
		change = append(change, awspatterns.Permission{Action: "fms:TagResource", Resources: policy, Source: fmsActions})
	}
	return awspatterns.Permissions{Plan: read, Apply: change}
}

func checkRetrofitClients(c Clients) error {
	switch {
	case c.FMS == nil:
		return errors.New("the Clients have no FMS client")
	case c.STS == nil:
		return errors.New("the Clients have no STS client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	}
	return nil
}

func (o RetrofitOptions) validate(region string) error {
	p := o.Policy
	if err := p.Validate(); err != nil {
		return err
	}
	switch {
	case p.ID != "" && !policyID.MatchString(p.ID):
		return fmt.Errorf("the ID %q of the Policy; want 36 letters, digits and \"-\"", p.ID)
	case p.Region != region:
		return fmt.Errorf("the Policy is for %s, the clients are in %s", p.Region, region)
	case named(p.Include) && named(p.Exclude):
		return errors.New("the Policy has both Include and Exclude; Firewall Manager takes one of them")
	case o.MaxWebACLs < 0, o.MaxWebACLs > 0 && o.State == nil:
		return fmt.Errorf("MaxWebACLs is %d; want a number of web ACLs, and a State to predict it from", o.MaxWebACLs)
	case !isPrice(o.Prices.Policy), !isPrice(o.Prices.WebACL), !isPrice(o.Prices.RuleGroup):
		return fmt.Errorf("the Prices %v are no prices", o.Prices)
	}
	return checkPolicyTags(o.Tags)
}

// named reports whether there is an account or a unit.
func named(a retrofit.Accounts) bool { return len(a.IDs)+len(a.OrgUnits) > 0 }

// isPrice reports whether p can be a price.
func isPrice(p float64) bool { return p >= 0 && !math.IsInf(p, 0) }
