package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// GlobalEndpointOptions say which global endpoint there should be. SES's API calls it a
// multi-region endpoint.
type GlobalEndpointOptions struct {
	// Name of the endpoint: 1 to 64 letters, digits, "-" and "_". Required.
	Name string `json:"name"`

	// Tags that the endpoint is to have, beside the one that this library adds. Other tags
	// are left alone.
	Tags map[string]string `json:"tags,omitempty"`

	// Replace allows an endpoint of that name which failed, or whose secondary Region is
	// another, to be deleted and created anew: SES cannot change one. The new one has another
	// EndpointId, so that whoever sends through the old one cannot any more.
	Replace bool `json:"replace,omitempty"`

	// Delete deletes the endpoint, where otherwise it is created.
	Delete bool `json:"delete,omitempty"`

	// Adopt allows an endpoint that this library did not make to be tagged, replaced and
	// deleted.
	Adopt bool `json:"adopt,omitempty"`

	// Wait is how long the endpoint may take to be ready, and an old one to be gone. Defaults
	// to 10 minutes; AWS says that it takes seconds.
	Wait time.Duration `json:"wait,omitempty"`

	// Messages is how many mails a month are to go through the endpoint, Premium what SES
	// asks for each of them beyond its price of sending in one Region, and MaxMessages the
	// number above which applying refuses. All are for Costs; 0 if not known.
	Messages    float64 `json:"messages,omitempty"`
	Premium     float64 `json:"premium,omitempty"`
	MaxMessages float64 `json:"maxMessages,omitempty"`

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates `json:"rates,omitempty"`
}

// A GlobalEndpointPlan says what becomes of a global endpoint. It has one change at most.
type GlobalEndpointPlan struct {
	awspatterns.Plan
	Secondary awspatterns.Target    `json:"secondary"` // the other Region
	Options   GlobalEndpointOptions `json:"options"`

	// Found is the endpoint of that name that was there, nil if there was none.
	Found *FoundGlobalEndpoint `json:"found,omitempty"`

	// Tags are those that the endpoint is to have, that of this library included.
	Tags map[string]string `json:"tags,omitempty"`

	// Progress, if set, is told what became of the change.
	Progress func(awspatterns.Outcome) `json:"-"`
}

// A FoundGlobalEndpoint is an endpoint that was there.
type FoundGlobalEndpoint struct {
	EndpointID string `json:"endpointId"`
	Secondary  string `json:"secondary"` // Region
	Status     string `json:"status"`    // CREATING, READY, FAILED or DELETING
}

// GlobalEndpointResult is what applying a plan did.
type GlobalEndpointResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan

	// EndpointID is what sending takes, such as "abcdef12.g3h". Empty unless the endpoint is
	// ready.
	EndpointID string
}

// An EndpointFailedError says that SES could not provision a multi-region endpoint. It
// stays so: it has to be replaced.
type EndpointFailedError struct{ Name, EndpointID string }

func (e *EndpointFailedError) Error() string {
	return fmt.Sprintf("SES failed to provision the multi-region endpoint %s (%s): see that the caller may create the service-linked role "+
		"of ses.amazonaws.com and that both Regions are enabled in the account, and plan again with Replace", e.Name, e.EndpointID)
}

const globalEndpointPattern = "ses.GlobalEndpoint"

// PlanGlobalEndpoint compares the endpoint of a name, in the primary Region, with what
// there should be: one that spreads mail over the two Regions of the clients, or none if the
// options have Delete. It only reads.
//
// SES cannot change an endpoint. One with another secondary Region, or one that failed, is
// blocked unless the options have Replace; one that is still being created is a change, since
// applying waits for it. An endpoint without this library's tag is used as it is, but is tagged,
// replaced and deleted only if the options have Adopt, and blocked otherwise. What cannot be
// read is an unknown change, and the plan is incomplete.
//
// SES charges more for mail through an endpoint
// (https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html), which a plan that
// creates one says in its costs. The amount is the caller's to give.
//
// Whether both Regions are fit to send all mail is what [CheckReadiness] tells.
//
// IAM actions: [GlobalEndpointPermissions].
func PlanGlobalEndpoint(ctx context.Context, primary, secondary Clients, opts GlobalEndpointOptions) (GlobalEndpointPlan, error) {
	plan, err := planGlobalEndpoint(ctx, primary, secondary, opts)
	if err != nil {
		return GlobalEndpointPlan{}, fmt.Errorf("ses: plan global endpoint %s: %w", opts.Name, reason.Cause(ctx, err))
	}
	return plan, nil
}

func planGlobalEndpoint(ctx context.Context, primary, secondary Clients, opts GlobalEndpointOptions) (GlobalEndpointPlan, error) {
	if err := opts.validate(); err != nil {
		return GlobalEndpointPlan{}, err
	}
	p, err := newEndpointPair(primary, secondary, opts)
	if err != nil {
		return GlobalEndpointPlan{}, err
	}
	if err := p.identify(ctx); err != nil {
		return GlobalEndpointPlan{}, err
	}
	found, err := readEndpoint(ctx, p.primary, opts.Name)
	if ctx.Err() != nil {
		return GlobalEndpointPlan{}, ctx.Err()
	}
	plan := GlobalEndpointPlan{
		Plan:      awspatterns.Plan{Pattern: globalEndpointPattern, Target: p.primary.target},
		Secondary: p.secondary.target, Options: opts,
	}
	plan.decide(p.primary.endpointARN(opts.Name), found, err)
	return plan, apply.Seal(&plan.Plan, &plan)
}

// newEndpointPair returns the Regions of the clients, of which the secondary is only asked
// whose it is.
func newEndpointPair(primary, secondary Clients, opts GlobalEndpointOptions) (*pair, error) {
	switch {
	case primary.SES == nil:
		return nil, errors.New("the primary Clients have no SES client")
	case primary.STS == nil || secondary.STS == nil:
		return nil, errors.New("the Clients have no STS client")
	case primary.Region == "" || secondary.Region == "":
		return nil, errors.New("the Clients have no Region")
	}
	return newPair(primary, secondary, opts.Rates)
}

// ApplyGlobalEndpoint makes the change of a plan, and waits until it is done: the endpoint
// is ready, or gone. If SES fails to provision it, the error is an [*EndpointFailedError]
// at once. If it takes longer than the options say, that is an error, too; the plan can be
// applied again, as it can after any failure.
//
// What is already as planned is left alone. What is neither as planned nor as the plan
// found it makes the error wrap [awspatterns.ErrStale]. A plan without changes calls
// nothing. The result is valid even if there is an error.
//
// Errors wrap [awspatterns.ErrWrongAccount], [awspatterns.ErrAltered] and
// [awspatterns.ErrCeiling] before anything is changed, and [awspatterns.ErrIncomplete] if
// the change is blocked or unknown.
//
// IAM actions: [GlobalEndpointPermissions].
func ApplyGlobalEndpoint(ctx context.Context, primary, secondary Clients, plan GlobalEndpointPlan) (GlobalEndpointResult, error) {
	result := GlobalEndpointResult{}
	err := applyGlobalEndpoint(ctx, primary, secondary, plan, &result)
	if err != nil {
		err = fmt.Errorf("ses: apply global endpoint %s: %w", plan.Options.Name, reason.Cause(ctx, err))
	}
	return result, err
}

func applyGlobalEndpoint(ctx context.Context, primary, secondary Clients, plan GlobalEndpointPlan, result *GlobalEndpointResult) error {
	result.Outcomes = apply.Pending(plan.Plan)
	if err := apply.Verify(&plan.Plan, &plan, globalEndpointPattern); err != nil {
		return err
	}
	if err := plan.check(); err != nil {
		return err
	}
	if plan.Empty() && plan.Found != nil {
		result.EndpointID = plan.Found.EndpointID
	}
	p, err := newEndpointPair(primary, secondary, plan.Options)
	if err != nil {
		return err
	}
	a := endpointApplier{plan: plan, pair: p, result: result}
	result.Outcomes, err = apply.Run(ctx, plan.Plan, apply.Maker{Prepare: a.prepare, Look: a.look, Do: a.do, Progress: plan.Progress})
	return err
}

// check checks that the change, which is what was approved, is about what the plan holds
// beside it.
func (p *GlobalEndpointPlan) check() error {
	for i, c := range p.Changes {
		_, name, _ := strings.Cut(c.Resource.ID, ":multi-region-endpoint/")
		if i > 0 || name != p.Options.Name || c.Action.Applies() && c.Action != awspatterns.Create && p.Found == nil {
			return fmt.Errorf("the change %s %s is not about what the plan holds: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}

// EndpointTag is the key of the tag on the endpoints that this library made or took over.
// Its value is the secondary Region.
const EndpointTag = "awspatterns:global-endpoint"

const (
	defaultEndpointWait = 10 * time.Minute
	maxEndpointTags     = 49 // of 50, one is ours
)

func (o GlobalEndpointOptions) patience() time.Duration { return cmp.Or(o.Wait, defaultEndpointWait) }

// endpointNames is that of the API reference, CreateMultiRegionEndpoint.
var endpointNames = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (o GlobalEndpointOptions) validate() error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(!endpointNames.MatchString(o.Name), `the Name %q; want 1 to 64 letters, digits, "-" and "_"`, o.Name)
	refuse(o.Delete && o.Replace, "Delete and Replace; want one of them")
	refuse(o.Wait < 0, "the Wait %v; want a duration, or 0 for the default", o.Wait)
	errs = append(errs, checkAmounts(map[string]float64{"Messages": o.Messages, "Premium": o.Premium, "MaxMessages": o.MaxMessages})...)
	return errors.Join(append(errs, checkMarkedTags(o.Tags, EndpointTag)...)...)
}

// checkMarkedTags refuses tags that SES does not take
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Tag.html), and the mark.
func checkMarkedTags(tags map[string]string, mark string) (errs []error) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(tags[key]) > 256:
			errs = append(errs, fmt.Errorf("the tag %q; want a key of 1 to 128 characters and a value of up to 256", key))
		case strings.HasPrefix(strings.ToLower(key), "aws:") || key == mark:
			errs = append(errs, fmt.Errorf("the tag %q is not the caller's to set", key))
		}
	}
	if len(tags) > maxEndpointTags {
		errs = append(errs, fmt.Errorf("%d Tags; want at most %d", len(tags), maxEndpointTags))
	}
	return errs
}
