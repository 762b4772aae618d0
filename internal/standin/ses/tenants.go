package ses

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// maxTenants is their quota in a Region ("Service quotas" in the developer guide).
const maxTenants = 10_000

// A tenant is one with what is associated with it and its suppression list.
type tenant struct {
	id          string
	status      types.SendingStatus
	suppression *types.TenantSuppressionAttributes // nil if it has none of its own
	created     time.Time
	resources   *shelf[time.Time] // when they were associated, by ARN
	suppressed  *suppressionList
}

func (w *World) handleTenants(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createTenant)
	handleIn(c, w, (*Region).getTenant)
	handleIn(c, w, (*Region).deleteTenant)
	handleIn(c, w, (*Region).listTenants)
	handleIn(c, w, (*Region).putTenantSuppressionAttributes)
	w.handleTenantResources(c)
}

// tenantARN has the name and the id ("Tenants" in the developer guide).
func (r *Region) tenantARN(name string) string {
	return r.arn("tenant/" + name + "/" + r.tenants.of[name].id)
}

// tenant returns one that is there.
func (r *Region) tenant(name *string) (*tenant, error) {
	t := r.tenants.of[*name]
	if t == nil {
		return nil, refuseMissing("Tenant %s does not exist", *name)
	}
	return t, nil
}

// checkTenantSuppression returns what a tenant is to keep. Scope and reasons come together,
// where no reasons are not the same as an empty list ("Using tenant-level suppression lists").
func checkTenantSuppression(scope types.SuppressionListScope, reasons []types.SuppressionListReason) (*types.TenantSuppressionAttributes, error) {
	if scope == "" && reasons == nil {
		return nil, nil
	}
	if scope == "" || reasons == nil {
		return nil, refuseBad("SuppressionScope and SuppressedReasons must be given together")
	}
	if !slices.Contains(scope.Values(), scope) {
		return nil, refuseBad("SuppressionScope %q is not valid", scope)
	}
	for _, reason := range reasons {
		if err := checkReason(reason); err != nil {
			return nil, err
		}
	}
	return &types.TenantSuppressionAttributes{SuppressionScope: scope, SuppressedReasons: slices.Clone(reasons)}, nil
}

func (r *Region) createTenant(in *sesv2.CreateTenantInput) (*sesv2.CreateTenantOutput, error) {
	name := *in.TenantName
	if !contentName.MatchString(name) {
		return nil, refuseBad("Tenant name %q is not valid", name)
	}
	given := in.SuppressionAttributes
	if given == nil {
		given = &types.TenantSuppressionAttributes{}
	}
	suppression, err := checkTenantSuppression(given.SuppressionScope, given.SuppressedReasons)
	switch {
	case err != nil:
		return nil, err
	case r.tenants.of[name] != nil:
		return nil, refuseExists("Tenant %s already exists", name)
	case len(r.tenants.of) >= maxTenants:
		return nil, refuseLimit("There can be at most %d tenants", maxTenants)
	}
	t := &tenant{
		id: r.world.contentID("tn"), status: types.SendingStatusEnabled, suppression: suppression, created: contentNow(),
		resources: newShelf[time.Time](byName), suppressed: newSuppressionList(),
	}
	if err := r.setTags(r.arn("tenant/"+name+"/"+t.id), in.Tags); err != nil {
		return nil, err
	}
	r.tenants.put(name, t)
	return &sesv2.CreateTenantOutput{
		TenantName: in.TenantName, TenantId: aws.String(t.id), TenantArn: aws.String(r.tenantARN(name)), SendingStatus: t.status,
		SuppressionAttributes: cloneTenantSuppression(t.suppression), Tags: in.Tags, CreatedTimestamp: aws.Time(t.created),
	}, nil
}

func cloneTenantSuppression(s *types.TenantSuppressionAttributes) *types.TenantSuppressionAttributes {
	if s == nil {
		return nil
	}
	return &types.TenantSuppressionAttributes{SuppressionScope: s.SuppressionScope, SuppressedReasons: slices.Clone(s.SuppressedReasons)}
}

func (r *Region) getTenant(in *sesv2.GetTenantInput) (*sesv2.GetTenantOutput, error) {
	t, err := r.tenant(in.TenantName)
	if err != nil {
		return nil, err
	}
	arn := r.tenantARN(*in.TenantName)
	return &sesv2.GetTenantOutput{Tenant: &types.Tenant{
		TenantName: in.TenantName, TenantId: aws.String(t.id), TenantArn: &arn, SendingStatus: t.status,
		SuppressionAttributes: cloneTenantSuppression(t.suppression), Tags: r.tagsOf(arn), CreatedTimestamp: aws.Time(t.created),
	}}, nil
}

// deleteTenant deletes its associations and its suppression list with it.
func (r *Region) deleteTenant(in *sesv2.DeleteTenantInput) (*sesv2.DeleteTenantOutput, error) {
	if _, err := r.tenant(in.TenantName); err != nil {
		return nil, err
	}
	r.dropTags(r.tenantARN(*in.TenantName))
	r.tenants.remove(*in.TenantName)
	return nil, nil
}

// tenantPages are assumed, as those of other lists.
var tenantPages = contentPages{100, 1000}

func (r *Region) listTenants(in *sesv2.ListTenantsInput) (*sesv2.ListTenantsOutput, error) {
	if len(in.Filter) > 0 {
		return nil, contentUnknown("filters of tenants")
	}
	names, next, err := contentPage(r, r.tenants, tenantPages, in.PageSize, in.NextToken)
	out := &sesv2.ListTenantsOutput{NextToken: next}
	for _, name := range names {
		t := r.tenants.of[name]
		out.Tenants = append(out.Tenants, types.TenantInfo{
			TenantName: aws.String(name), TenantId: aws.String(t.id), TenantArn: aws.String(r.tenantARN(name)),
			SendingStatus: t.status, CreatedTimestamp: aws.Time(t.created),
		})
	}
	return out, err
}

func (r *Region) putTenantSuppressionAttributes(in *sesv2.PutTenantSuppressionAttributesInput) (*sesv2.PutTenantSuppressionAttributesOutput, error) {
	t, err := r.tenant(in.TenantName)
	if err != nil {
		return nil, err
	}
	suppression, err := checkTenantSuppression(in.SuppressionScope, in.SuppressedReasons)
	if err == nil {
		t.suppression = suppression
	}
	return nil, err
}

// SetTenantStatus has SES change whether a tenant may send.
func (r *Region) SetTenantStatus(name string, status types.SendingStatus) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	r.tenants.of[name].status = status
}

// dumpTenants writes the tenants as text.
func (r *Region) dumpTenants(out *strings.Builder) {
	for _, name := range r.tenants.sorted() {
		t := r.tenants.of[name]
		suppression := "account"
		if s := t.suppression; s != nil {
			suppression = fmt.Sprintf("%s %q", s.SuppressionScope, slices.Sorted(slices.Values(s.SuppressedReasons)))
		}
		fmt.Fprintf(out, "tenant %s: %s, suppression %s%s\n", name, t.status, suppression, r.dumpTags(r.tenantARN(name)))
		for _, arn := range t.resources.sorted() {
			fmt.Fprintf(out, "  has %s\n", arn)
		}
		t.suppressed.dump(out, "  suppressed")
	}
}
