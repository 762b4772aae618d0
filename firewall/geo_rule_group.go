package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/networkpolicy"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// GeoRuleGroupOptions say which stateful rule group of AWS Network Firewall there
// should be, and which firewall policy is to use it.
type GeoRuleGroupOptions struct {
	// Name of the rule group: 1 to 100 letters, digits and "-". Required. A group cannot
	// be renamed, and of one name there is one, so that the group that takes the place
	// of another is called Name-2, then Name-3.
	Name string

	// Description of the rule group, up to 512 characters.
	Description string

	// Rules, in the order in which they act under StrictOrder. Required.
	Rules []rules.GeoRule

	// Order is that of the policy. Defaults to StrictOrder. The order of a group cannot
	// be changed: another one makes it another group.
	Order rules.Order

	// Form in which the group keeps the rules. Defaults to SuricataText.
	Form GeoRuleGroupForm

	// Variables that the group declares for the headers of rules.
	Variables rules.Variables

	// References are ARNs of prefix lists and the like, by the names by which headers
	// use them, without @. At most 5.
	References map[string]string

	// Headroom is how many more rules a group that is created reserves capacity for.
	// Defaults to as many as there are, and at least 10. It costs nothing, but counts
	// towards the 30,000 rules of a policy.
	Headroom int

	// Sids are those that were given so far, to be kept by the caller from plan to plan
	// ([GeoRuleGroupPlan.Sids]). If it is nil, they are recovered from the rules of the
	// group. Of a group of StandardRules, that leaves out the sids of rules that are
	// gone: one of them is given again if the hash of a new name is the same, which is
	// one in 1,000,000,000.
	Sids *rules.Sids

	// Tags that the group is to have, beside the one that this library adds. Other tags
	// are left alone.
	Tags map[string]string

	// Policy is the name or ARN of the firewall policy that is to use the group. If it is
	// empty, none is changed. One that is not named any more goes on using the group.
	Policy string

	// Priority of the group in the policy, from 1 to 65535; lower ones act first. It is
	// required with a Policy of StrictOrder, and there is none otherwise.
	Priority int

	// Adopt takes over a rule group of that Name that this library did not create for
	// it: its rules are replaced, and all else that is done to a group of its own. It is
	// otherwise blocked.
	Adopt bool

	// DryRun also has Network Firewall judge the rules while planning, which changes
	// nothing and is free, but takes the permission to create and update rule groups.
	// Applying does so in any case, before the first change.
	DryRun bool
}

// GeoRuleGroupForm is how a rule group keeps its rules.
type GeoRuleGroupForm string

// The forms. A text is what Suricata reads: it has comments, which tell what a rule
// does and which sids are given up. Standard rules are what the console can edit rule
// by rule.
const (
	SuricataText  GeoRuleGroupForm = "text"
	StandardRules GeoRuleGroupForm = "standard"
)

// A GeoRuleGroupPlan says what becomes of the rule group, of the policy that uses it,
// and of groups whose place it takes. The fields of a change are the rules that
// differ, by their sids.
type GeoRuleGroupPlan struct {
	awspatterns.Plan

	Name  string           `json:"name"`
	Group PlannedRuleGroup `json:"group"`

	// Policy is what becomes of the policy, nil if the options name none.
	Policy *PlannedReference `json:"policy,omitempty"`

	// Surplus are the groups that are deleted.
	Surplus []FoundRuleGroup `json:"surplus,omitempty"`

	Sids     rules.Sids        `json:"sids"` // to be kept for the next plan, by who wants to
	Capacity rules.GeoCapacity `json:"capacity"`
	Notes    []rules.GeoNote   `json:"notes,omitempty"` // what works otherwise than one might think

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A PlannedRuleGroup is a rule group as it is to be.
type PlannedRuleGroup struct {
	Name        string               `json:"name"`
	ARN         string               `json:"arn"`
	Token       string               `json:"token,omitempty"` // of the group that is there
	Description string               `json:"description,omitempty"`
	Order       rules.Order          `json:"order"`
	Capacity    int                  `json:"capacity"`
	Text        string               `json:"text,omitempty"` // the rules, in one form or the other
	Standard    []rules.StandardRule `json:"standard,omitempty"`
	Variables   rules.Variables      `json:"variables"`
	References  map[string]string    `json:"references,omitempty"`
	Tags        map[string]string    `json:"tags"` // its own one included
}

// A PlannedReference is how a policy is to refer to the rule group.
type PlannedReference struct {
	ARN      string   `json:"arn"`
	Token    string   `json:"token"` // that the policy was found with
	Priority int      `json:"priority,omitempty"`
	Instead  []string `json:"instead,omitempty"` // ARNs of the groups whose place it takes
}

// A FoundRuleGroup is a rule group that was there.
type FoundRuleGroup struct {
	Name  string `json:"name"`
	ARN   string `json:"arn"`
	Token string `json:"token"`
}

// GeoRuleGroupResult is what applying a plan did.
type GeoRuleGroupResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// ARN of the rule group, if it is there.
	ARN string
}

const geoGroupPattern = "firewall.GeoRuleGroup"

// PlanGeoRuleGroup compares a rule group, and the policy that is to use it, with what
// there should be. It only reads.
//
// Sids are stable: adding a country or a rule changes no other rule's sid. They are
// recovered from the group itself unless the options bring them.
//
// What a group is for ever, its order and its capacity, makes it another group when it
// does not fit any more: that is a change "replace", which creates the new one; the
// policy is then changed at once from the old one to the new, and the old one deleted.
// At no time is the policy without the rules. An account can have 50 stateful rule
// groups in a Region, and needs one of them free for that. The old group stays, as a manual
// change, while other policies use it.
//
// A group is taken for created by this library if it has the tag that this library
// gives it, which holds for one Name. What cannot be read, for want of a permission or
// for an outage, is an unknown change, and then nothing is planned beside: the plan is
// incomplete. That the policy does not exist is an error.
//
// Blocked are: a group of that name that is not ours; a policy of another order; a
// priority that another group has, which is named; a policy that refers to 20
// stateful rule groups already.
//
// Before anything is read, the rules are checked as [rules.RenderGeoRules] does. With
// DryRun, what the service refuses is an error.
//
// Rule groups cost nothing, so that a plan has no costs; what rules log is billed as
// logs.
//
// IAM actions: [GeoRuleGroupPermissions].
func PlanGeoRuleGroup(ctx context.Context, c Clients, opts GeoRuleGroupOptions) (GeoRuleGroupPlan, error) {
	plan, err := planGeoRuleGroup(ctx, c, opts)
	if err != nil {
		return GeoRuleGroupPlan{}, fmt.Errorf("firewall: plan geo rule group %s: %w", opts.Name, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planGeoRuleGroup(ctx context.Context, c Clients, opts GeoRuleGroupOptions) (GeoRuleGroupPlan, error) {
	opts = opts.complete()
	if err := opts.validate(); err != nil {
		return GeoRuleGroupPlan{}, err
	}
	if err := checkGeoGroupClients(c); err != nil {
		return GeoRuleGroupPlan{}, err
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return GeoRuleGroupPlan{}, err
	}
	found, err := geoGroupReader{c.NetworkFirewall}.find(ctx, opts, target.Account)
	if err != nil {
		return GeoRuleGroupPlan{}, err
	}
	plan, err := decideGeoRuleGroup(opts, target, found)
	if err != nil || !opts.DryRun {
		return plan, err
	}
	return plan, plan.dryRun(ctx, c.NetworkFirewall, found)
}

// ApplyGeoRuleGroup makes the changes of a plan: the rule group, the policy, and then
// deletions. Network Firewall first judges the group in a dry run. Each change is made
// if the group or policy is as the plan found it, by its update token. What is already
// as planned is left alone, so that a plan may be applied again after a failure;
// anything else makes the error wrap [awspatterns.ErrStale]. A policy that was changed
// in any way since the plan was made is so, since changing it replaces all of it.
//
// Other settings of the policy, and the encryption of both, stay as they are.
//
// A group that is being deleted is waited for before one of its name is created, and
// one that the service still takes for used before it is deleted: up to 10 minutes,
// or until ctx ends.
//
// A plan without changes calls nothing. The result is valid even if there is an
// error: it has an outcome for each change.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before
// anything is changed, [awspatterns.ErrStale] when it is found, and
// [awspatterns.ErrIncomplete] if blocked or unknown changes were left. What the service
// refuses is networkfirewall's types.InvalidRequestException, with its reason.
//
// IAM actions: [GeoRuleGroupPermissions].
func ApplyGeoRuleGroup(ctx context.Context, c Clients, plan GeoRuleGroupPlan) (GeoRuleGroupResult, error) {
	result := GeoRuleGroupResult{}
	err := applyGeoRuleGroup(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("firewall: apply geo rule group %s: %w", plan.Name, reason.Cause(ctx, err))
	}
	return result, err
}

func applyGeoRuleGroup(ctx context.Context, c Clients, plan GeoRuleGroupPlan, result *GeoRuleGroupResult) error {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, geoGroupPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	if plan.Group.Token != "" {
		result.ARN = plan.Group.ARN
	}
	a := geoGroupApplier{plan: plan, clients: c, result: result}
	var err error
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Progress})
	return err
}

func checkGeoGroupClients(c Clients) error {
	switch {
	case c.NetworkFirewall == nil:
		return errors.New("the Clients have no NetworkFirewall client")
	case c.STS == nil:
		return errors.New("the Clients have no STS client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	}
	return nil
}

// complete returns the options with their defaults.
func (o GeoRuleGroupOptions) complete() GeoRuleGroupOptions {
	o.Order = cmp.Or(o.Order, rules.StrictOrder)
	o.Form = cmp.Or(o.Form, SuricataText)
	return o
}

var (
	geoGroupName   = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	geoGroupPolicy = regexp.MustCompile(`^(arn:aws[a-z-]*:network-firewall:[a-z0-9-]+:[0-9]{12}:firewall-policy/)?[A-Za-z0-9-]{1,128}$`)
)

// These limits are from CreateRuleGroup and Tag in the API reference; one tag is that
// of this library.
const (
	maxGroupDescription = 512
	maxGroupTags        = 49
)

// validate refuses what can be refused without reading. The options are complete.
func (o GeoRuleGroupOptions) validate() error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(!geoGroupName.MatchString(o.Name), "the Name %q; want 1 to 100 letters, digits and \"-\"", o.Name)
	refuse(utf8.RuneCountInString(o.Description) > maxGroupDescription, "the Description has more than %d characters", maxGroupDescription)
	refuse(o.Form != SuricataText && o.Form != StandardRules, "the Form %q; want %s or %s", o.Form, SuricataText, StandardRules)
	refuse(o.Policy != "" && !geoGroupPolicy.MatchString(o.Policy), "the Policy %q is no name or ARN of a firewall policy", o.Policy)
	strict := o.Policy != "" && o.Order == rules.StrictOrder
	refuse(strict && (o.Priority < 1 || o.Priority > networkpolicy.MaxPriority), "the Priority %d; want 1 to %d, as a policy of STRICT_ORDER needs", o.Priority, networkpolicy.MaxPriority)
	refuse(!strict && o.Priority != 0, "the Priority %d; want none without a Policy of STRICT_ORDER", o.Priority)
	errs = append(errs, checkGroupTags(o.Tags)...)
	for _, name := range slices.Sorted(maps.Keys(o.References)) {
		refuse(!strings.HasPrefix(o.References[name], "arn:"), "the reference %s is %q, which is no ARN", name, o.References[name])
	}
	explicit := slices.ContainsFunc(o.Rules, func(r rules.GeoRule) bool { return r.Sid != 0 })
	refuse(o.Form == StandardRules && o.Sids == nil && explicit, "a rule has a Sid of its own and there are no Sids: standard rules have no comments that remember which were in use before")
	_, err := o.render(rules.Sids{}, 0)
	return errors.Join(append(errs, err)...)
}

func checkGroupTags(tags map[string]string) (errs []error) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256:
			errs = append(errs, fmt.Errorf("the tag %q; want a key of 1 to 128 characters and a value of up to 256", key))
		case strings.HasPrefix(strings.ToLower(key), "aws:") || key == geoGroupMarkKey:
			errs = append(errs, fmt.Errorf("the tag %q is not the caller's to set", key))
		}
	}
	if len(tags) > maxGroupTags {
		errs = append(errs, fmt.Errorf("%d Tags; want at most %d", len(tags), maxGroupTags))
	}
	return errs
}
