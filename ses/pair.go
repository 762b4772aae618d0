package ses

import (
	"context"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// A pair is the two Regions of a pattern.
type pair struct {
	primary, secondary *site

	lookedAt *lookedAtList // by the look that came last
}

// newPair returns the Regions of the clients. It refuses two that are one.
func newPair(primary, secondary Clients, r Rates) (*pair, error) {
	if primary.Region == secondary.Region {
		return nil, fmt.Errorf("both Regions are %q: give clients of two Regions", primary.Region)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return &pair{primary: newSite(primary, r), secondary: newSite(secondary, r)}, nil
}

// identifiedPair is newPair, and finds out whose account it is: what planning begins with.
func identifiedPair(ctx context.Context, primary, secondary Clients, r Rates) (*pair, error) {
	p, err := newPair(primary, secondary, r)
	if err != nil {
		return nil, err
	}
	return p, p.identify(ctx)
}

// identify finds out whose account it is, and refuses two accounts or partitions.
func (p *pair) identify(ctx context.Context) error {
	for _, s := range []*site{p.primary, p.secondary} {
		if err := s.identify(ctx); err != nil {
			return fmt.Errorf("%s: who the caller is: %w", s.Region, err)
		}
	}
	a, b := p.primary.target, p.secondary.target
	if a.Account != b.Account || a.Partition != b.Partition {
		return fmt.Errorf("the clients are for %s and %s: both Regions must be of one account: %w", a, b, awspatterns.ErrWrongAccount)
	}
	return nil
}

// check is what applying a plan begins with: the clients are for what it was made for.
func (p *pair) check(ctx context.Context, plan awspatterns.Plan, secondary awspatterns.Target) error {
	if err := p.identify(ctx); err != nil {
		return err
	}
	if err := apply.CheckTarget(plan, p.primary.target); err != nil {
		return err
	}
	if p.secondary.target != secondary {
		return fmt.Errorf("the plan has the secondary %s, the clients are for %s: %w",
			secondary, p.secondary.target, awspatterns.ErrWrongAccount)
	}
	return nil
}

// at returns the site that a step writes to.
func (p *pair) at(primary bool) *site {
	if primary {
		return p.primary
	}
	return p.secondary
}
