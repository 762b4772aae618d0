package ses

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// settings reads those of the account.
func (r *stateReading) settings(ctx context.Context) {
	s, err := r.readSettings(ctx)
	if err != nil {
		r.unread(ctx, region.Account, "", region.Object, err)
		return
	}
	r.state.Settings = *s
	r.tell(region.Account, 1, 1)
}

// readSettings reads the settings of the account.
func (s *site) readSettings(ctx context.Context) (*region.Settings, error) {
	out, err := s.SES.GetAccount(ctx, &sesv2.GetAccountInput{}, s.turn("GetAccount"))
	if err != nil {
		return nil, err
	}
	settings := &region.Settings{
		ProductionAccess: out.ProductionAccessEnabled,
		SendingEnabled:   out.SendingEnabled,
		Enforcement:      deref(out.EnforcementStatus),
		AutoWarmup:       out.DedicatedIpAutoWarmupEnabled,
	}
	if out.SendQuota == nil {
		return nil, errNoAnswer("the sending quota")
	}
	settings.Max24HourSend, settings.MaxSendRate = out.SendQuota.Max24HourSend, out.SendQuota.MaxSendRate
	settings.SentLast24Hours = out.SendQuota.SentLast24Hours
	if out.Details != nil && out.Details.ReviewDetails != nil {
		settings.Review = string(out.Details.ReviewDetails.Status)
	}
	if out.PricingAttributes != nil {
		settings.PricingPlan = string(out.PricingAttributes.CurrentPlan)
	}
	if a := out.SuppressionAttributes; a != nil {
		settings.Suppression = &region.Suppression{Reasons: sortedTexts(a.SuppressedReasons)}
		if a.ValidationAttributes != nil {
			settings.Suppression.Validation = readThreshold(a.ValidationAttributes.ConditionThreshold)
		}
	}
	if a := out.VdmAttributes; a != nil {
		settings.VDM = &region.VDM{Enabled: string(a.VdmEnabled)}
		if a.DashboardAttributes != nil {
			settings.VDM.Engagement = string(a.DashboardAttributes.EngagementMetrics)
		}
		if a.GuardianAttributes != nil {
			settings.VDM.OptimizedShared = string(a.GuardianAttributes.OptimizedSharedDelivery)
		}
	}
	return settings, nil
}

// readThreshold returns the threshold of validation, as region.Suppression has it.
func readThreshold(t *sestypes.SuppressionConditionThreshold) string {
	switch {
	case t == nil:
		return ""
	case t.ConditionThresholdEnabled == sestypes.FeatureStatusEnabled && t.OverallConfidenceThreshold != nil:
		return string(t.OverallConfidenceThreshold.ConfidenceVerdictThreshold)
	}
	return string(t.ConditionThresholdEnabled)
}

// pools reads the pools of dedicated IP addresses.
func (r *stateReading) pools(ctx context.Context) {
	names, err := readPages(ctx, sesv2.NewListDedicatedIpPoolsPaginator(r.SES, &sesv2.ListDedicatedIpPoolsInput{}),
		r.turn("ListDedicatedIpPools"), func(o *sesv2.ListDedicatedIpPoolsOutput) []string { return o.DedicatedIpPools })
	if err != nil {
		r.unread(ctx, region.Pools, "", region.Object, err)
		return
	}
	slices.Sort(names)
	r.state.Pools = readEach(ctx, r, region.Pools, names, r.readPool)
}

// readPool reads a pool, its addresses and its tags. It is nil if there is none.
func (s *site) readPool(ctx context.Context, name string) (*region.Pool, error) {
	out, err := readAbsent(s.SES.GetDedicatedIpPool(ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: &name}, s.turn("GetDedicatedIpPool")))
	if out == nil {
		return nil, err
	}
	if out.DedicatedIpPool == nil {
		return nil, errNoAnswer("the pool")
	}
	pool := &region.Pool{Name: name, Mode: string(out.DedicatedIpPool.ScalingMode)}
	ips, err := readPages(ctx, sesv2.NewGetDedicatedIpsPaginator(s.SES, &sesv2.GetDedicatedIpsInput{PoolName: &name}),
		s.turn("GetDedicatedIps"), func(o *sesv2.GetDedicatedIpsOutput) []sestypes.DedicatedIp { return o.DedicatedIps })
	if err != nil {
		return nil, err
	}
	pool.IPs = len(ips)
	for _, ip := range ips {
		if ip.WarmupStatus == sestypes.WarmupStatusDone {
			pool.Warm++
		}
	}
	tags, err := s.SES.ListTagsForResource(ctx, &sesv2.ListTagsForResourceInput{
		ResourceArn: aws.String(s.arn("dedicated-ip-pool/" + name)),
	}, s.turn("ListTagsForResource"))
	if err != nil {
		return nil, err
	}
	pool.Tags = readTags(tags.Tags)
	return pool, nil
}

// tenants reads the tenants and, if wanted, what is associated with them.
func (r *stateReading) tenants(ctx context.Context, associations bool) {
	infos, err := readPages(ctx, sesv2.NewListTenantsPaginator(r.SES, &sesv2.ListTenantsInput{}), r.turn("ListTenants"),
		func(o *sesv2.ListTenantsOutput) []sestypes.TenantInfo { return o.Tenants })
	if err != nil {
		r.unread(ctx, region.Tenants, "", region.Object, err)
		return
	}
	var names []string
	for _, t := range infos {
		names = append(names, deref(t.TenantName))
	}
	slices.Sort(names)
	r.state.Tenants = readEach(ctx, r, region.Tenants, names, func(ctx context.Context, name string) (*region.Tenant, error) {
		t, err := r.readTenant(ctx, name)
		if t == nil || !associations {
			return t, err
		}
		if t.Resources, err = r.readAssociations(ctx, name); err != nil {
			r.unread(ctx, region.Associations, name, region.Object, err)
		}
		return t, nil
	})
}

// readTenant reads a tenant without its associations. It is nil if there is none.
func (s *site) readTenant(ctx context.Context, name string) (*region.Tenant, error) {
	out, err := readAbsent(s.SES.GetTenant(ctx, &sesv2.GetTenantInput{TenantName: &name}, s.turn("GetTenant")))
	if out == nil {
		return nil, err
	}
	if out.Tenant == nil {
		return nil, errNoAnswer("the tenant")
	}
	t := &region.Tenant{Name: name, Status: string(out.Tenant.SendingStatus), Tags: readTags(out.Tenant.Tags)}
	if a := out.Tenant.SuppressionAttributes; a != nil {
		t.Suppression = &region.Suppression{Reasons: sortedTexts(a.SuppressedReasons), Scope: string(a.SuppressionScope)}
	}
	return t, nil
}

// readAssociations returns the ARNs of what is associated with a tenant, sorted.
func (s *site) readAssociations(ctx context.Context, tenant string) ([]string, error) {
	resources, err := readPages(ctx, sesv2.NewListTenantResourcesPaginator(s.SES, &sesv2.ListTenantResourcesInput{TenantName: &tenant}),
		s.turn("ListTenantResources"), func(o *sesv2.ListTenantResourcesOutput) []sestypes.TenantResource { return o.TenantResources })
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, r := range resources {
		arns = append(arns, deref(r.ResourceArn))
	}
	slices.Sort(arns)
	return arns, nil
}

// endpoints reads the multi-region endpoints whose primary Region this is.
func (r *stateReading) endpoints(ctx context.Context) {
	found, err := readPages(ctx, sesv2.NewListMultiRegionEndpointsPaginator(r.SES, &sesv2.ListMultiRegionEndpointsInput{}),
		r.turn("ListMultiRegionEndpoints"), func(o *sesv2.ListMultiRegionEndpointsOutput) []sestypes.MultiRegionEndpoint {
			return o.MultiRegionEndpoints
		})
	if err != nil {
		r.unread(ctx, region.Endpoints, "", region.Object, err)
		return
	}
	for _, e := range found {
		r.state.Endpoints = append(r.state.Endpoints, region.Endpoint{
			Name: deref(e.EndpointName), ID: deref(e.EndpointId), Status: string(e.Status), Regions: e.Regions,
		})
	}
	slices.SortFunc(r.state.Endpoints, func(a, b region.Endpoint) int { return strings.Compare(a.Name, b.Name) })
}
