package respond

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/policydoc"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// AlertOptions say which findings of GuardDuty are told to whom: an EventBridge rule of
// the default event bus, with an SNS topic as its target.
type AlertOptions struct {
	// Name of the rule, and of the topic unless there is a TopicARN: 1 to 64 letters,
	// digits, - and _. Required.
	Name string `json:"name"`

	// TopicARN is a topic that exists, in the account and Region of the rule. One
	// that this library did not make is changed only with Adopt.
	TopicARN string `json:"topicARN,omitempty"`

	// Types, MinSeverity, Accounts and Regions are what findings have to be: as in
	// OnFindingOptions, with the accounts and Regions that findings are in. The bus of an
	// administrator account of GuardDuty gets those of its members. None is all. Samples match
	// as the real ones do.
	Types       []string `json:"types,omitempty"`
	MinSeverity float64  `json:"minSeverity,omitempty"`
	Accounts    []string `json:"accounts,omitempty"`
	Regions     []string `json:"regions,omitempty"`

	// Text sends some lines that people can read instead of the JSON of the event.
	Text bool `json:"text,omitempty"`

	// Disabled makes a rule that matches nothing until it is enabled.
	Disabled bool `json:"disabled,omitempty"`

	// Tags of the rule and of the topic, if it is made.
	Tags map[string]string `json:"tags,omitempty"`

	// Adopt changes a rule and a topic that this library did not make.
	Adopt bool `json:"adopt,omitempty"`
}

// An AlertPlan says what is made for an alert.
type AlertPlan struct {
	awspatterns.Plan
	Options AlertOptions `json:"options"`

	// Values belong to the changes with the same index.
	Values []AlertValue `json:"values"`

	// Notes are what a person has to see to, and what this library cannot look at:
	// subscriptions, and the policy of a key.
	Notes []string `json:"notes,omitempty"`

	// Progress, if set, is told what became of each change, one at a time.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// An AlertValue is what a change finds and leaves: text that only this library reads.
type AlertValue struct {
	Found  string `json:"found,omitempty"`
	Wanted string `json:"wanted,omitempty"`
}

// AlertResult is what applying a plan did.
type AlertResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
}

const alertPattern = "respond.Alert"

// PlanAlert says what is missing of an alert: the topic, the statement of its policy that
// lets EventBridge publish for this rule, the rule and its target. It only reads.
//
// Who gets the messages is the caller's: subscribe addresses to the topic. Statements of
// others in the policy stay as they are written, and so do other targets of the rule. A topic that is
// encrypted with a key of KMS needs a key whose policy lets events.amazonaws.com use it
// (kms:Decrypt and kms:GenerateDataKey*), which is told in the Notes: it is not looked at. The key
// alias/aws/sns can never be used so, which is a manual change.
//
// What this library did not make is a blocked change, unless Adopt is set. SNS and
// EventBridge have no locks: a policy that others write in the same second may lose what
// one of both added.
//
// IAM actions: [AlertPermissions].
func PlanAlert(ctx context.Context, c Clients, opts AlertOptions) (AlertPlan, error) {
	plan, err := planAlert(ctx, c, opts)
	if err != nil {
		return AlertPlan{}, fmt.Errorf("respond: plan alert %s: %w", opts.Name, reason.Cause(ctx, err))
	}
	return plan, nil
}

// ApplyAlert makes the changes of a plan: the topic and its policy first, so that no
// event meets a rule whose target refuses it. A plan without changes calls nothing. The result is
// valid even if there is an error.
//
// Errors wrap [awspatterns.ErrWrongAccount] and [awspatterns.ErrAltered] before anything
// is changed, [awspatterns.ErrStale] where something is neither as found nor as planned, and
// [awspatterns.ErrIncomplete] if blocked or unknown changes were left.
//
// IAM actions: [AlertPermissions].
func ApplyAlert(ctx context.Context, c Clients, plan AlertPlan) (AlertResult, error) {
	result := AlertResult{Outcomes: apply.Pending(plan.Plan)}
	err := applyAlert(ctx, c, plan, &result)
	if err != nil {
		err = fmt.Errorf("respond: apply alert %s: %w", plan.Options.Name, reason.Cause(ctx, err))
	}
	return result, err
}

// AlertPattern returns the event pattern of an alert, whose form is that of
// "Creating custom responses to GuardDuty findings" in the GuardDuty user guide.
func AlertPattern(opts AlertOptions) ([]byte, error) {
	if err := opts.checkFilters(); err != nil {
		return nil, fmt.Errorf("respond: alert pattern: %w", err)
	}
	detail := map[string]any{}
	if len(opts.Types) > 0 {
		var types []any
		for _, t := range opts.Types {
			types = append(types, typeCondition(t))
		}
		detail["type"] = types
	}
	if opts.MinSeverity > 0 {
		detail["severity"] = []any{map[string]any{"numeric": []any{">=", opts.MinSeverity}}}
	}
	if len(opts.Accounts) > 0 {
		detail["accountId"] = opts.Accounts
	}
	if len(opts.Regions) > 0 {
		detail["region"] = opts.Regions
	}
	pattern := map[string]any{"source": []string{"aws.guardduty"}, "detail-type": []string{"GuardDuty Finding"}}
	if len(detail) > 0 {
		pattern["detail"] = detail
	}
	text, err := policydoc.Marshal(pattern)
	return []byte(text), err
}

// typeCondition takes the plainest operator for a text with *.
func typeCondition(t string) any {
	prefix, found := strings.CutSuffix(t, "*")
	switch {
	case !strings.Contains(t, "*"):
		return t
	case found && prefix != "" && !strings.Contains(prefix, "*"):
		return map[string]any{"prefix": prefix}
	}
	return map[string]any{"wildcard": t}
}

var (
	alertName   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	findingForm = regexp.MustCompile(`^[A-Za-z0-9:/.!&*_-]+$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
)

// maxAlertPattern is in characters ("Amazon EventBridge quotas" in the user guide).
const maxAlertPattern = 4096

func (o *AlertOptions) validate() error {
	if !alertName.MatchString(o.Name) {
		return fmt.Errorf("the Name %q: want 1 to 64 letters, digits, - and _", o.Name)
	}
	if a, err := arn.Parse(o.TopicARN); o.TopicARN != "" && (err != nil || a.Service != "sns" || strings.Contains(a.Resource, ":") || strings.HasSuffix(a.Resource, ".fifo")) {
		return fmt.Errorf("TopicARN %q: want the ARN of a standard topic", o.TopicARN)
	}
	if err := errors.Join(o.checkFilters(), o.checkTags()); err != nil {
		return err
	}
	pattern, err := AlertPattern(*o)
	if err == nil && len(pattern) > maxAlertPattern {
		err = fmt.Errorf("the pattern has %d characters, and EventBridge takes %d: use * in Types, or several alerts", len(pattern), maxAlertPattern)
	}
	return err
}

func (o *AlertOptions) checkFilters() error {
	var errs []error
	for i, t := range o.Types {
		if !findingForm.MatchString(t) || strings.Contains(t, "**") {
			errs = append(errs, fmt.Errorf("option Types[%d]: %q is no finding type, with single * for any text", i, t))
		}
	}
	if o.MinSeverity < 0 || o.MinSeverity > 10 {
		errs = append(errs, fmt.Errorf("MinSeverity is %g: severities are from 1 to 10", o.MinSeverity))
	}
	for i, a := range o.Accounts {
		if !accountForm.MatchString(a) {
			errs = append(errs, fmt.Errorf("option Accounts[%d]: %q has not 12 digits", i, a))
		}
	}
	for i, r := range o.Regions {
		if !regionForm.MatchString(r) {
			errs = append(errs, fmt.Errorf("option Regions[%d]: %q is no Region", i, r))
		}
	}
	return errors.Join(errs...)
}

func (o *AlertOptions) checkTags() error {
	if _, ok := o.Tags[alertMark]; ok {
		return fmt.Errorf("the tag %s is set by this library", alertMark)
	}
	if len(o.Tags) > 49 {
		return fmt.Errorf("%d Tags: a rule and a topic can have 50, one of which is the mark", len(o.Tags))
	}
	return checkTags(o.Tags)
}

// checkAlert checks that the clients are there, and where the topic is.
func checkAlert(ctx context.Context, c Clients, o AlertOptions) (awspatterns.Target, error) {
	switch {
	case c.EventBridge == nil:
		return awspatterns.Target{}, errors.New("the Clients have no EventBridge client")
	case c.SNS == nil:
		return awspatterns.Target{}, errors.New("the Clients have no SNS client")
	case c.STS == nil:
		return awspatterns.Target{}, errors.New("the Clients have no STS client")
	}
	at, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil || o.TopicARN == "" {
		return at, err
	}
	if a, err := arn.Parse(o.TopicARN); err != nil || a.AccountID != at.Account || a.Region != at.Region || a.Partition != at.Partition {
		return at, fmt.Errorf("topic %s is not in account %s and Region %s, where the Clients are: %w", o.TopicARN, at.Account, at.Region, awspatterns.ErrWrongAccount)
	}
	return at, nil
}

// AlertPermissions returns what [PlanAlert] and [ApplyAlert] need, for options that
// PlanAlert accepts. Those that it refuses need nothing.
func AlertPermissions(opts AlertOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	rule := []string{"arn:${Partition}:events:${Region}:${Account}:rule/" + awspatterns.PolicyLiteral(opts.Name)}
	topic := []string{"arn:${Partition}:sns:${Region}:${Account}:" + awspatterns.PolicyLiteral(opts.Name)}
	if opts.TopicARN != "" {
		topic = []string{awspatterns.PolicyLiteral(opts.TopicARN)}
	}
	const events = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html"
	const sns = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html"
	need := func(source string, resources []string, actions ...string) (p awspatterns.Policy) {
		for _, a := range actions {
			p = append(p, awspatterns.Permission{Action: a, Resources: resources, Source: source})
		}
		return p
	}
	read := slices.Concat(awspatterns.Policy{identity.Permission},
		need(sns, topic, "sns:ListTagsForResource", "sns:GetTopicAttributes"),
		need(events, rule, "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"))
	write := slices.Concat(read, need(sns, topic, "sns:SetTopicAttributes"),
		need(events, rule, "events:PutRule", "events:PutTargets", "events:TagResource"))
	if opts.TopicARN == "" {
		write = append(write, need(sns, topic, "sns:CreateTopic", "sns:TagResource")...)
	}
	return awspatterns.Permissions{Plan: read, Apply: write}
}
