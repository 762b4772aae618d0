package ses

import (
	"context"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// ReadinessOptions say what each Region must be able to carry, and what is looked at.
type ReadinessOptions struct {
	region.ReadinessOptions

	// SkipLists leaves out the suppression lists and the contacts, whose reading takes a
	// second for each 1,000 entries. Whether they are the same is unknown then.
	SkipLists bool

	// ContactAttributes compares the attributes of contacts, too, which takes a call for each
	// contact.
	ContactAttributes bool

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates

	// Progress, if set, is told how far reading has got, one call at a time.
	Progress func(RegionSyncProgress) `json:"-"`
}

// A ReadinessResult is what would hurt if one of two Regions failed.
type ReadinessResult struct {
	region.Readiness

	// Inputs are what was read. [region.Drill] takes them, too.
	Inputs region.Inputs `json:"-"`
}

// CheckReadiness tells what would hurt if one of two Regions failed and the other had to
// carry all mail: whether identities are verified and sign with the same keys, whether
// configuration sets, templates, tenants, lists and settings are the same, whether either
// Region may send and has the quotas and warm addresses for it, and whether the multi-region
// endpoint is ready. It only reads.
//
// What cannot be read is unknown: it is a finding, and no Region is ready then. The only
// errors are of options, clients and who the caller is, and that of ctx.
//
// It reads one object a second of each kind (see [Rates]), so that 1,000 identities take 17
// minutes; both Regions are read at the same time.
//
// IAM actions: [ReadinessPermissions].
func CheckReadiness(ctx context.Context, primary, secondary Clients, opts ReadinessOptions) (ReadinessResult, error) {
	in, err := readReadiness(ctx, primary, secondary, opts)
	if err != nil {
		return ReadinessResult{}, fmt.Errorf("ses: check readiness of %s and %s: %w", primary.Region, secondary.Region, reason.Cause(ctx, err))
	}
	return ReadinessResult{region.CheckReadiness(in, opts.ReadinessOptions), in}, nil
}

// readReadiness reads what readiness and the drill look at.
func readReadiness(ctx context.Context, primary, secondary Clients, opts ReadinessOptions) (region.Inputs, error) {
	if err := opts.Check(); err != nil {
		return region.Inputs{}, err
	}
	for _, c := range []Clients{primary, secondary} {
		if c.SES == nil || c.Notifications == nil || c.Quotas == nil || c.STS == nil {
			return region.Inputs{}, errors.New("the Clients of " + c.Region + " need SES, Notifications, Quotas and STS")
		}
	}
	p, err := identifiedPair(ctx, primary, secondary, opts.Rates)
	if err != nil {
		return region.Inputs{}, err
	}
	told := oneAtATime(opts.Progress)
	in := p.readStates(ctx, append(opts.Reads(), region.Endpoints), told)
	p.primary.readRequested(ctx, &in.Primary)
	p.secondary.readRequested(ctx, &in.Secondary)
	if !opts.SkipLists && ctx.Err() == nil {
		p.readLists(ctx, &in, opts.Options, opts.ContactAttributes, told)
	}
	return in, context.Cause(ctx)
}

// readRequested reads which increases of sending quotas were requested.
func (s *site) readRequested(ctx context.Context, state *region.State) {
	for _, quota := range []string{region.SendingQuota, region.SendingRate} {
		increases, err := s.readIncreases(ctx, quota)
		if err != nil {
			state.Unread = append(state.Unread, region.Unread{Kind: region.Quotas, Name: quota, Reason: reason.Of(err)})
		}
		state.Increases = append(state.Increases, increases...)
	}
}

// ReadinessPermissions returns what [CheckReadiness] and [FailoverDrill] need in each Region:
// they only read, and need the same in both.
func ReadinessPermissions(opts ReadinessOptions) (primary, secondary awspatterns.Permissions) {
	sync := RegionSyncOptions{Options: opts.Options, ContactAttributes: opts.ContactAttributes}
	both := func() awspatterns.Permissions {
		p := append(awspatterns.Policy{identity.Permission, quotaHistory()}, sesAllow("*", "ListMultiRegionEndpoints")...)
		p = append(p, regionReadPermissions(sync)...)
		if !opts.SkipLists {
			p = append(p, listReads(sync).Plan...)
		}
		return awspatterns.Permissions{Apply: distinct(p)}
	}
	return both(), both()
}
