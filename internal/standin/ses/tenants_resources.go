package ses

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (w *World) handleTenantResources(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createTenantResourceAssociation)
	handleIn(c, w, (*Region).deleteTenantResourceAssociation)
	handleIn(c, w, (*Region).listTenantResources)
	handleIn(c, w, (*Region).listResourceTenants)
}

// tenantResource returns the type of a resource that a tenant may have, and its name. It
// must be in the Region.
func (r *Region) tenantResource(arn string) (types.ResourceType, string, error) {
	resource, here := strings.CutPrefix(arn, r.arn(""))
	kind, name, _ := strings.Cut(resource, "/")
	of := map[string]types.ResourceType{
		"identity":          types.ResourceTypeEmailIdentity,
		"configuration-set": types.ResourceTypeConfigurationSet,
		"template":          types.ResourceTypeEmailTemplate,
	}[kind]
	if !here || name == "" || of == "" {
		return "", "", refuseBad("The ARN %s is none of an identity, a configuration set or a template here", arn)
	}
	return of, name, nil
}

// hasTenantResource reports whether there is a resource of a type.
func (r *Region) hasTenantResource(of types.ResourceType, name string) bool {
	switch of {
	case types.ResourceTypeEmailTemplate:
		return r.templates.of[name] != nil
	case types.ResourceTypeConfigurationSet:
		return r.sets[name] != nil
	}
	return r.identities[name] != nil
}

func (r *Region) createTenantResourceAssociation(in *sesv2.CreateTenantResourceAssociationInput) (*sesv2.CreateTenantResourceAssociationOutput, error) {
	t, err := r.tenant(in.TenantName)
	if err != nil {
		return nil, err
	}
	arn := *in.ResourceArn
	of, name, err := r.tenantResource(arn)
	switch {
	case err != nil:
		return nil, err
	case !r.hasTenantResource(of, name):
		return nil, refuseMissing("There is no resource %s", arn)
	case t.resources.of[arn] != nil:
		return nil, refuseExists("Tenant %s has the resource %s already", *in.TenantName, arn)
	}
	t.resources.put(arn, aws.Time(contentNow()))
	return nil, nil
}

func (r *Region) deleteTenantResourceAssociation(in *sesv2.DeleteTenantResourceAssociationInput) (*sesv2.DeleteTenantResourceAssociationOutput, error) {
	t, err := r.tenant(in.TenantName)
	if err != nil {
		return nil, err
	}
	if t.resources.of[*in.ResourceArn] == nil {
		return nil, refuseMissing("Tenant %s does not have the resource %s", *in.TenantName, *in.ResourceArn)
	}
	t.resources.remove(*in.ResourceArn)
	return nil, nil
}

func (r *Region) listTenantResources(in *sesv2.ListTenantResourcesInput) (*sesv2.ListTenantResourcesOutput, error) {
	t, err := r.tenant(in.TenantName)
	if err != nil {
		return nil, err
	}
	if len(in.Filter) > 0 {
		return nil, contentUnknown("filters of resources of tenants")
	}
	arns, next, err := contentPage(r, t.resources, tenantPages, in.PageSize, in.NextToken)
	out := &sesv2.ListTenantResourcesOutput{NextToken: next}
	for _, arn := range arns {
		of, _, _ := r.tenantResource(arn)
		out.TenantResources = append(out.TenantResources, types.TenantResource{ResourceArn: aws.String(arn), ResourceType: of})
	}
	return out, err
}

func (r *Region) listResourceTenants(in *sesv2.ListResourceTenantsInput) (*sesv2.ListResourceTenantsOutput, error) {
	if _, _, err := r.tenantResource(*in.ResourceArn); err != nil {
		return nil, err
	}
	with := newShelf[time.Time](byName)
	for name, t := range r.tenants.of {
		if at := t.resources.of[*in.ResourceArn]; at != nil {
			with.put(name, at)
		}
	}
	names, next, err := contentPage(r, with, tenantPages, in.PageSize, in.NextToken)
	out := &sesv2.ListResourceTenantsOutput{NextToken: next}
	for _, name := range names {
		out.ResourceTenants = append(out.ResourceTenants, types.ResourceTenantMetadata{
			TenantName: aws.String(name), TenantId: aws.String(r.tenants.of[name].id), ResourceArn: in.ResourceArn, AssociatedTimestamp: with.of[name],
		})
	}
	return out, err
}

// checkTenantless refuses to delete an identity or a configuration set that a tenant has
// ("Tenants" in the developer guide).
func (r *Region) checkTenantless(arn string) error {
	for _, name := range r.tenants.sorted() {
		if r.tenants.of[name].tenantHas(arn) {
			return refuseBad("Tenant %s has the resource %s: remove the association first", name, arn)
		}
	}
	return nil
}

// tenantHas reports whether mail of a tenant may use a resource. The caller holds the lock.
func (t *tenant) tenantHas(arn string) bool { return t.resources.of[arn] != nil }
