package ses

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/ses/region"
)

// RegionSyncOptions say what is kept the same in two Regions.
type RegionSyncOptions struct {
	region.Options

	// ContactAttributes compares the attributes of contacts, too, which takes a call for each
	// contact. Contacts that are new get theirs in any case.
	ContactAttributes bool

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates

	// StagingBucket holds what import jobs read, below StagingPrefix, until they are done. It
	// is in the secondary Region, and its policy lets ses.amazonaws.com get the objects; one
	// with versions keeps what is deleted. Without it, up to 1,000 suppressed addresses are
	// written one by one, and more are blocked. TwoWaySuppression of long lists needs
	// PrimaryStagingBucket, in the primary Region. Contacts need none.
	StagingBucket        string
	PrimaryStagingBucket string
	StagingPrefix        string // "awspatterns/ses/" if empty

	// ManagedPoolPrice is what a managed pool costs a month, for the plan. We ship no prices.
	ManagedPoolPrice float64

	// Progress, if set, is told how far planning has got, one call at a time.
	Progress func(RegionSyncProgress) `json:"-"`
}

// A RegionSyncProgress tells how far a pattern has got.
type RegionSyncProgress struct {
	Region string      // that is read or written
	Kind   region.Kind // what
	Done   int         // objects, or entries of a list
	Total  int         // if it is known

	Outcome *awspatterns.Outcome // of a change, when applying
}

// A RegionSyncPlan is what makes the secondary Region like the primary.
type RegionSyncPlan struct {
	awspatterns.Plan
	Secondary awspatterns.Target `json:"secondary"`

	// Steps are how the changes are made, one for each, in the same order. That of a change
	// which is left to a person is empty.
	Steps []region.Step `json:"steps"`

	// Reads are the calls that planning made.
	Reads []RegionReads `json:"reads"`

	// Seconds is how long applying takes at least, at the rates of the plan.
	Seconds float64 `json:"seconds"`

	Rates                Rates  `json:"rates,omitempty"`
	ContactAttributes    bool   `json:"contactAttributes,omitempty"`
	StagingBucket        string `json:"stagingBucket,omitempty"`
	PrimaryStagingBucket string `json:"primaryStagingBucket,omitempty"`
	StagingPrefix        string `json:"stagingPrefix,omitempty"`

	// Progress, if set, is told of entries of lists and of outcomes, one call at a time. It is
	// no part of the plan.
	Progress func(RegionSyncProgress) `json:"-"`
}

// String returns the plan as text, with what reading took and how long applying takes.
func (p RegionSyncPlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "From %s to %s.\n", p.Target, p.Secondary)
	b.WriteString(p.Plan.String())
	b.WriteString("\nReads:\n")
	for _, r := range p.Reads {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	if p.Applies() {
		fmt.Fprintf(&b, "Applying takes at least %s.\n", time.Duration(p.Seconds*float64(time.Second)).Round(time.Second))
	}
	return b.String()
}

// A RegionSyncResult is what became of a plan.
type RegionSyncResult struct {
	Outcomes []awspatterns.Outcome // of each change, in the order of the plan
}

// regionSyncPattern is the name of the pattern in its plans.
const regionSyncPattern = "ses.RegionSync"

// defaultStagingPrefix is where staged objects are if nobody says.
const defaultStagingPrefix = "awspatterns/ses/"

// PlanRegionSync finds all that differs between two Regions, and plans what makes the
// secondary like the primary: account settings, dedicated IP pools, configuration sets,
// event destinations, identities, templates, contact lists, contacts, suppression lists,
// tenants and what is associated with them. It only reads.
//
// An identity in the secondary Region is never deleted. Domains with Easy DKIM become
// replicas of those in the primary (Deterministic Easy DKIM), so that no DNS record changes;
// what cannot be copied (domains with keys of their own, addresses, S/MIME certificates,
// archives, Pinpoint) is left to a person, with the steps. What in the secondary differs and
// was not made by this library is blocked unless Adopt is set. What could not be read is
// unknown, and makes the plan incomplete.
//
// SES allows most of its operations one call in a second: Reads tells how many calls planning
// takes, and Seconds how long applying takes.
//
// IAM actions: RegionSyncPermissions.
func PlanRegionSync(ctx context.Context, primary, secondary Clients, opts RegionSyncOptions) (RegionSyncPlan, error) {
	plan, err := planRegionSync(ctx, primary, secondary, opts)
	if err != nil {
		return RegionSyncPlan{}, fmt.Errorf("ses: plan region sync: %w", err)
	}
	return plan, nil
}

func planRegionSync(ctx context.Context, primary, secondary Clients, opts RegionSyncOptions) (RegionSyncPlan, error) {
	if err := opts.check(primary, secondary); err != nil {
		return RegionSyncPlan{}, err
	}
	p, err := identifiedPair(ctx, primary, secondary, opts.Rates)
	if err != nil {
		return RegionSyncPlan{}, err
	}
	in, err := p.readInputs(ctx, opts)
	if err != nil {
		return RegionSyncPlan{}, err
	}
	return p.decideRegionSync(in, opts)
}

// check refuses options before anything is called.
func (o RegionSyncOptions) check(primary, secondary Clients) error {
	if err := o.Options.Check(); err != nil {
		return err
	}
	if !(o.ManagedPoolPrice >= 0) || math.IsInf(o.ManagedPoolPrice, 0) {
		return fmt.Errorf("ManagedPoolPrice is %v: give a price, or 0 if it is not known", o.ManagedPoolPrice)
	}
	if strings.HasPrefix(o.StagingPrefix, "/") {
		return fmt.Errorf("StagingPrefix %q begins with a slash: it is the beginning of keys", o.StagingPrefix)
	}
	return checkSyncClients(primary, secondary, o.StagingBucket, o.PrimaryStagingBucket)
}

// checkSyncClients refuses clients that lack what the pattern calls.
func checkSyncClients(primary, secondary Clients, bucket, primaryBucket string) error {
	for _, c := range []struct {
		name string
		is   bool
	}{
		{"SES", primary.SES != nil && secondary.SES != nil},
		{"Notifications", primary.Notifications != nil && secondary.Notifications != nil},
		{"STS", primary.STS != nil && secondary.STS != nil},
		{"S3 (of the secondary, for StagingBucket)", bucket == "" || secondary.S3 != nil},
		{"S3 (of the primary, for PrimaryStagingBucket)", primaryBucket == "" || primary.S3 != nil},
	} {
		if !c.is {
			return errors.New("the Clients lack " + c.name + ": NewClients sets it")
		}
	}
	return nil
}

// prefix returns where staged objects are.
func (o RegionSyncOptions) prefix() string {
	if o.StagingPrefix == "" {
		return defaultStagingPrefix
	}
	return o.StagingPrefix
}

// decideRegionSync makes the plan of what was read.
func (p *pair) decideRegionSync(in region.Inputs, opts RegionSyncOptions) (RegionSyncPlan, error) {
	plan := RegionSyncPlan{
		Plan:      awspatterns.Plan{Pattern: regionSyncPattern, Target: p.primary.target},
		Secondary: p.secondary.target, Steps: []region.Step{}, Rates: opts.Rates, ContactAttributes: opts.ContactAttributes,
		StagingBucket: opts.StagingBucket, PrimaryStagingBucket: opts.PrimaryStagingBucket, StagingPrefix: opts.prefix(),
		Progress: opts.Progress,
	}
	managed := 0
	for _, d := range region.Compare(in, opts.Options) {
		d = blockLongList(d, in, opts)
		plan.Changes = append(plan.Changes, d.Change)
		plan.Steps = append(plan.Steps, d.Step)
		if v := d.Step.Value; d.Change.Action == awspatterns.Create && v != nil && v.Pool != nil && v.Pool.Mode == "MANAGED" {
			managed++
		}
	}
	if managed > 0 {
		plan.Costs = append(plan.Costs, awspatterns.Cost{
			Item: "SES managed pools of dedicated IP addresses, and a charge for each mail sent through them", Quantity: float64(managed),
			Unit: "pool and month", Price: opts.ManagedPoolPrice,
		})
	}
	plan.Reads = p.regionReads()
	plan.Seconds = regionSyncSeconds(plan.Plan, plan.Steps, opts.Rates)
	return plan, apply.Seal(&plan.Plan, &plan)
}
