package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/ses/region"
)

// readInputs reads both Regions, and then compares their long lists.
func (p *pair) readInputs(ctx context.Context, opts RegionSyncOptions) (in region.Inputs, err error) {
	told := oneAtATime(opts.Progress)
	sites, states := []*site{p.primary, p.secondary}, make([]region.State, 2)
	parallel.ForEach(2, 2, func(i int) { states[i], _ = sites[i].read(ctx, opts.Reads(), told) })
	if ctx.Err() != nil {
		return in, context.Cause(ctx)
	}
	in.Primary, in.Secondary = states[0], states[1]
	if opts.Covers(region.SuppressionList) {
		for _, tenant := range suppressedBy(in.Primary) {
			in.Suppressed = append(in.Suppressed, p.suppressionDifference(ctx, tenant, listProgress(told, region.SuppressionList)))
		}
	}
	if opts.Covers(region.Contacts) {
		for _, list := range listsOfBoth(in) {
			in.Contacts = append(in.Contacts, p.contactDifference(ctx, list, opts.ContactAttributes, listProgress(told, region.Contacts)))
		}
	}
	return in, context.Cause(ctx)
}

// suppressedBy returns whose suppression lists there are: the account's, "", and those of
// tenants that have one of their own.
func suppressedBy(s region.State) []string {
	names := []string{""}
	for _, t := range s.Tenants {
		if t.Suppression != nil && t.Suppression.Scope == "TENANT" {
			names = append(names, t.Name)
		}
	}
	return names
}

// listsOfBoth returns the contact lists of the primary.
func listsOfBoth(in region.Inputs) (names []string) {
	for _, l := range in.Primary.ContactLists {
		names = append(names, l.Name)
	}
	return names
}

// listProgress tells of a list that is read.
func listProgress(told func(RegionSyncProgress), kind region.Kind) func(string, int) {
	return func(where string, done int) {
		if told != nil {
			told(RegionSyncProgress{Region: where, Kind: kind, Done: done})
		}
	}
}
