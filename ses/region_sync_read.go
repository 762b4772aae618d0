package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/ses/region"
)

// readInputs reads both Regions, and then compares their long lists.
func (p *pair) readInputs(ctx context.Context, opts RegionSyncOptions) (region.Inputs, error) {
	told := oneAtATime(opts.Progress)
	in := p.readStates(ctx, opts.Reads(), told)
	p.readLists(ctx, &in, opts.Options, opts.ContactAttributes, told)
	return in, context.Cause(ctx)
}

// readStates reads both Regions at the same time, without lists. What it returns is of no use
// once ctx has ended.
func (p *pair) readStates(ctx context.Context, kinds []region.Kind, told func(RegionSyncProgress)) region.Inputs {
	sites, states := []*site{p.primary, p.secondary}, make([]region.State, 2)
	parallel.ForEach(2, 2, func(i int) { states[i], _ = sites[i].read(ctx, kinds, told) })
	return region.Inputs{Primary: states[0], Secondary: states[1]}
}

// readLists compares the lists that are streamed.
func (p *pair) readLists(ctx context.Context, in *region.Inputs, opts region.Options, attributes bool, told func(RegionSyncProgress)) {
	if opts.Covers(region.SuppressionList) {
		for _, tenant := range suppressedBy(in.Primary) {
			in.Suppressed = append(in.Suppressed, p.suppressionDifference(ctx, tenant, listProgress(told, region.SuppressionList)))
		}
	}
	if opts.Covers(region.Contacts) {
		for _, list := range in.Primary.ContactLists {
			in.Contacts = append(in.Contacts, p.contactDifference(ctx, list.Name, attributes, listProgress(told, region.Contacts)))
		}
	}
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

// listProgress tells of a list that is read.
func listProgress(told func(RegionSyncProgress), kind region.Kind) func(string, int) {
	return func(where string, done int) {
		if told != nil {
			told(RegionSyncProgress{Region: where, Kind: kind, Done: done})
		}
	}
}
