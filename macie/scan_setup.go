package macie

import (
	"context"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A ScanSetupPlan says what setting up changes.
type ScanSetupPlan struct {
	awspatterns.Plan

	// Options with all defaults filled in.
	Options ScanSetupOptions `json:"options"`

	// Values belong to the changes with the same index.
	Values []ScanSetupValue `json:"values"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A ScanSetupValue is the state of one thing, as text: the document of a policy,
// settings as JSON or, of an object, whose it is: "foreign", "ours" or empty if it
// does not exist.
type ScanSetupValue struct {
	Found  string `json:"found,omitempty"`
	Wanted string `json:"wanted,omitempty"`

	// Fresh is whether it is a setting, with a default that is not planned on, of
	// something that the plan creates.
	Fresh bool `json:"fresh,omitempty"`
}

// ScanSetupResult is what setting up did.
type ScanSetupResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// What is set up for events, if it is.
	TopicARN string
	RoleARN  string
	Table    string
	RuleARNs []string

	// Notes tell what is left for the caller to do, a sentence each.
	Notes []string
}

const setupPattern = "macie.ScanSetup"

// PlanScanSetup compares what is in the account with what a scan of images needs:
// a bucket for texts and results, encrypted, not public, read with TLS only, and
// emptied after some days; a key policy that lets Macie read the texts; and, if
// asked for, the export of Macie's discovery results and what the event-driven
// form works with. It only reads.
//
// What this library makes carries a tag. Other things are changed only with
// Adopt; policies and lifecycles of others keep what they have, and statements
// and the rule of this library are added. The policy of the key is changed
// without Adopt, since the options name the key. A key of another account cannot
// be: the plan has a manual change with the statements to add. Nothing is deleted.
//
// What cannot be read is an unknown change, and the plan is incomplete. Policies
// are compared with what has to be in them: whether another statement, or a policy
// of the organization, denies what one of these allows is not looked for.
//
// Setting up costs nothing by itself: the plan lists what is charged by use.
//
// IAM actions: [ScanSetupPermissions].
func PlanScanSetup(ctx context.Context, c Clients, opts ScanSetupOptions) (ScanSetupPlan, error) {
	plan, err := planScanSetup(ctx, c, opts)
	if err != nil {
		return ScanSetupPlan{}, fmt.Errorf("macie: plan setup for scans into %s: %w", opts.Bucket, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planScanSetup(ctx context.Context, c Clients, opts ScanSetupOptions) (ScanSetupPlan, error) {
	opts, err := opts.complete(c.Region)
	if err != nil {
		return ScanSetupPlan{}, err
	}
	if err := c.checkSetup(opts); err != nil {
		return ScanSetupPlan{}, err
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return ScanSetupPlan{}, err
	}
	return decideSetup(ctx, c, opts, target)
}

// ApplyScanSetup makes the changes of a plan in their order: bucket, its
// settings, key policy, export, topic, role, table, rules. Before each it looks
// again: what is already as planned is left, so that a plan may be applied again
// after a failure; what is not as found makes the error wrap
// [awspatterns.ErrStale]. These services know no conditional writes, so what is
// changed by others between that look and the change is lost.
//
// It waits for what it creates: a table takes some seconds to be active. A plan
// without changes calls nothing. The result is valid even if there is an error: it
// has an outcome for each change.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before
// anything is changed, [awspatterns.ErrStale] when it is found, and
// [awspatterns.ErrIncomplete] if blocked or unknown changes were left.
//
// IAM actions: [ScanSetupPermissions].
func ApplyScanSetup(ctx context.Context, c Clients, plan ScanSetupPlan) (ScanSetupResult, error) {
	result := ScanSetupResult{Outcomes: apply.Pending(plan.Plan)}
	err := applyScanSetup(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("macie: set up for scans into %s: %w", plan.Options.Bucket, reason.Cause(ctx, err))
	}
	return result, err
}

func applyScanSetup(ctx context.Context, c Clients, plan ScanSetupPlan, result *ScanSetupResult) error {
	if err := apply.Verify(&plan.Plan, &plan, setupPattern); err != nil {
		return err
	}
	if len(plan.Values) != len(plan.Changes) {
		return fmt.Errorf("%d changes and %d values: %w", len(plan.Changes), len(plan.Values), awspatterns.ErrAltered)
	}
	if err := plan.Options.validate(plan.Target.Region); err != nil {
		return fmt.Errorf("%w: %w", awspatterns.ErrAltered, err)
	}
	result.describe(plan)
	s, err := newSetupApplier(c, plan)
	if err != nil {
		return err
	}
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: s.prepare, Look: s.look, Do: s.do, Progress: plan.Progress})
	return err
}

// describe fills in what follows from the plan.
func (r *ScanSetupResult) describe(plan ScanSetupPlan) {
	e := plan.Options.Events
	if e == nil {
		return
	}
	n := setupNames{plan.Target}
	r.TopicARN, r.RoleARN, r.Table = n.topic(e.Topic), n.role(e.Role), e.Table
	r.RuleARNs = []string{n.rule(e.findingsRule()), n.rule(e.scheduleRule())}
	if e.TargetARN == "" {
		r.Notes = append(r.Notes, "The rules were made without targets, since there is no TargetARN.")
	} else {
		r.Notes = append(r.Notes, "The policy of "+e.TargetARN+" has to let events.amazonaws.com send to it for the two rules.")
	}
	r.Notes = append(r.Notes, "What is to hear from Textract has to be subscribed to "+r.TopicARN+".")
}

// checkSetup reports which client is missing.
func (c Clients) checkSetup(o ScanSetupOptions) error {
	type client struct {
		name    string
		missing bool
	}
	clients := []client{{"S3", c.S3 == nil}, {"KMS", c.KMS == nil}, {"IAM", c.IAM == nil}, {"STS", c.STS == nil}}
	if o.Export != nil {
		clients = append(clients, client{"Macie", c.Macie == nil})
	}
	if o.Events != nil {
		clients = append(clients, client{"SNS", c.SNS == nil}, client{"DynamoDB", c.DynamoDB == nil}, client{"EventBridge", c.EventBridge == nil})
	}
	for _, client := range clients {
		if client.missing {
			return errors.New("the Clients have no " + client.name + " client")
		}
	}
	return nil
}
