package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A wantedGroup is a rule group whose capacity is to be read.
type wantedGroup struct {
	id      string
	account string // empty: any
	region  string
	scope   types.Scope
	managed *retrofit.ManagedID // nil: id is an ARN
}

// wantedGroups returns the rule groups of policies, each once, sorted by id.
func wantedGroups(policies []retrofit.Policy) ([]wantedGroup, error) {
	var wanted []wantedGroup
	for _, p := range policies {
		if !regionNameForm.MatchString(p.Region) {
			return nil, fmt.Errorf("policy %q: %q is no Region", p.Name, p.Region)
		}
		for _, g := range slices.Concat(p.Data.PreProcessRuleGroups, p.Data.PostProcessRuleGroups) {
			w, err := wantedOf(p, g)
			if err != nil {
				return nil, fmt.Errorf("policy %q: %w", p.Name, err)
			}
			wanted = append(wanted, w)
		}
	}
	slices.SortStableFunc(wanted, func(a, b wantedGroup) int { return cmp.Compare(a.id, b.id) })
	return slices.CompactFunc(wanted, func(a, b wantedGroup) bool { return a.id == b.id }), nil
}

func wantedOf(p retrofit.Policy, g retrofit.PolicyRuleGroup) (wantedGroup, error) {
	switch m := g.Managed; {
	case g.RuleGroupARN != "" && m == nil:
		parsed, err := arn.Parse(g.RuleGroupARN)
		if err != nil || parsed.Service != "wafv2" || !accountIDForm.MatchString(parsed.AccountID) || !regionNameForm.MatchString(parsed.Region) {
			return wantedGroup{}, fmt.Errorf("%q is no ARN of a rule group", g.RuleGroupARN)
		}
		return wantedGroup{id: g.ID(), account: parsed.AccountID, region: parsed.Region}, nil
	case g.RuleGroupARN == "" && m != nil && m.VendorName != "" && m.ManagedRuleGroupName != "":
		pinned := *m
		if !m.VersionEnabled {
			pinned.Version = ""
		}
		scope := types.ScopeRegional
		if len(p.ResourceTypes) == 1 && p.ResourceTypes[0] == retrofit.Distribution && p.Region == globalRegion {
			scope = types.ScopeCloudfront
		}
		return wantedGroup{id: g.ID(), account: p.Admin, region: p.Region, scope: scope, managed: &pinned}, nil
	}
	return wantedGroup{}, errors.New("a rule group is neither one by ARN nor a managed one by vendor and name")
}

// capacities reads the rule groups of the policies.
func (f *fleetReader) capacities(ctx context.Context) (state retrofit.State) {
	wanted, _ := wantedGroups(f.opts.Policies) // was checked
	for _, w := range wanted {
		capacity, err := f.capacity(ctx, w)
		if err != nil { // of no account and Region: that of the rule group was not read as a whole
			why := strings.TrimSpace(w.account+" "+w.region) + ": " + reason.Of(err)
			state.Unread = append(state.Unread, retrofit.Unread{What: "rule group " + w.id, Reason: why})
			continue
		}
		state.RuleGroups = append(state.RuleGroups, retrofit.RuleGroup{ID: w.id, Capacity: capacity})
	}
	return state
}

func (f *fleetReader) capacity(ctx context.Context, w wantedGroup) (int64, error) {
	r, err := f.readerOf(ctx, w)
	if err != nil {
		return 0, err
	}
	if w.managed == nil {
		out, err := r.WAF.GetRuleGroup(ctx, &wafv2.GetRuleGroupInput{ARN: &w.id})
		if err != nil {
			return 0, err
		}
		if out.RuleGroup == nil || out.RuleGroup.Capacity == nil {
			return 0, errors.New("WAFV2 GetRuleGroup: the answer has no capacity")
		}
		return *out.RuleGroup.Capacity, nil
	}
	in := &wafv2.DescribeManagedRuleGroupInput{VendorName: &w.managed.VendorName, Name: &w.managed.ManagedRuleGroupName, Scope: w.scope}
	if w.managed.Version != "" {
		in.VersionName = &w.managed.Version
	}
	out, err := r.WAF.DescribeManagedRuleGroup(ctx, in)
	if err != nil {
		return 0, err
	}
	if out.Capacity == nil {
		return 0, errors.New("WAFV2 DescribeManagedRuleGroup: the answer has no capacity")
	}
	return aws.ToInt64(out.Capacity), nil
}

// readerOf returns a reader with clients for a rule group. Each is opened once.
func (f *fleetReader) readerOf(ctx context.Context, w wantedGroup) (*regionReader, error) {
	account := cmp.Or(w.account, f.readableIn(w.region))
	if account == "" {
		return nil, fmt.Errorf("no account could be read in %s; name the Admin of the policy", w.region)
	}
	place := account + " " + w.region
	r := f.opened[place]
	if r == nil {
		r = newRegionReader(account, w.region, nil)
		r.failed = r.open(ctx, f.clients)
		f.opened[place] = r
	}
	return r, r.failed
}

// readableIn returns the first account that could be read in a Region.
func (f *fleetReader) readableIn(region string) string {
	for _, r := range f.readers {
		if r.region == region && r.failed == nil {
			return r.account
		}
	}
	return ""
}
