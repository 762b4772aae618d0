package ses_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func (w *contentWorld) createTenant(name string, s *types.TenantSuppressionAttributes) error {
	_, err := w.client.CreateTenant(w.Context(), &sesv2.CreateTenantInput{
		TenantName: &name, SuppressionAttributes: s, Tags: []types.Tag{{Key: aws.String("plan"), Value: aws.String("gold")}},
	})
	return err
}

func (w *contentWorld) tenant(name string) *types.Tenant {
	w.Helper()
	out, err := w.client.GetTenant(w.Context(), &sesv2.GetTenantInput{TenantName: &name})
	w.ok(err)
	return out.Tenant
}

func TestTenant(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	w.want(w.createTenant("no such name", nil), "BadRequestException")
	w.want(w.createTenant("shop", &types.TenantSuppressionAttributes{SuppressionScope: "TENANT"}), "BadRequestException")
	w.want(w.createTenant("shop", &types.TenantSuppressionAttributes{SuppressedReasons: []types.SuppressionListReason{bounce}}), "BadRequestException")
	w.want(w.createTenant("shop", &types.TenantSuppressionAttributes{SuppressionScope: "MINE", SuppressedReasons: []types.SuppressionListReason{bounce}}), "BadRequestException")
	w.ok(w.createTenant("shop", nil))
	w.want(w.createTenant("shop", nil), "AlreadyExistsException")
	got := w.tenant("shop")
	if got.SuppressionAttributes != nil || got.SendingStatus != types.SendingStatusEnabled || len(got.Tags) != 1 ||
		!strings.HasPrefix(*got.TenantArn, "arn:aws:ses:eu-west-1:123456789012:tenant/shop/"+*got.TenantId) {
		t.Errorf("got %v, %s", got, *got.TenantArn)
	}
	tags, err := w.client.ListTagsForResource(ctx, &sesv2.ListTagsForResourceInput{ResourceArn: got.TenantArn})
	w.ok(err)
	if len(tags.Tags) != 1 {
		t.Errorf("got the tags %v", tags.Tags)
	}

	put := func(name string, scope types.SuppressionListScope, reasons []types.SuppressionListReason) error {
		_, err := w.client.PutTenantSuppressionAttributes(ctx, &sesv2.PutTenantSuppressionAttributesInput{
			TenantName: &name, SuppressionScope: scope, SuppressedReasons: reasons,
		})
		return err
	}
	w.want(put("shop", "", []types.SuppressionListReason{}), "BadRequestException")
	w.want(put("nobody", "", nil), "NotFoundException")
	w.ok(put("shop", types.SuppressionListScopeTenant, []types.SuppressionListReason{}))
	if s := w.tenant("shop").SuppressionAttributes; s == nil || s.SuppressionScope != types.SuppressionListScopeTenant || s.SuppressedReasons == nil || len(s.SuppressedReasons) != 0 {
		t.Errorf("got %v", s)
	}
	w.ok(put("shop", "", nil))
	if s := w.tenant("shop").SuppressionAttributes; s != nil {
		t.Errorf("got %v", s)
	}
	w.Region(contentAccount, contentHome).SetTenantStatus("shop", types.SendingStatusDisabled)
	if got := w.tenant("shop").SendingStatus; got != types.SendingStatusDisabled {
		t.Errorf("got %s", got)
	}
}

func TestTenantsInPages(t *testing.T) {
	w := newContentWorld(t)
	w.PageSize = 2
	names := numbered("tenant%d", 5)
	for _, name := range names {
		w.ok(w.createTenant(name, nil))
	}
	var got []string
	for p := sesv2.NewListTenantsPaginator(w.client, nil); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		w.ok(err)
		for _, info := range page.Tenants {
			got = append(got, *info.TenantName)
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("got %v", got)
	}
	_, err := w.client.ListTenants(t.Context(), &sesv2.ListTenantsInput{Filter: map[string]string{"SENDING_STATUS": "ENABLED"}})
	w.want(err, "NotImplemented")
}

func TestTenantResources(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	const prefix = "arn:aws:ses:eu-west-1:123456789012:"
	w.ok(w.createTenant("shop", nil))
	for _, name := range []string{"a", "b", "c"} {
		_, err := w.client.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{TemplateName: &name, TemplateContent: subject(name)})
		w.ok(err)
	}
	add := func(tenant, arn string) error {
		_, err := w.client.CreateTenantResourceAssociation(ctx, &sesv2.CreateTenantResourceAssociationInput{TenantName: &tenant, ResourceArn: &arn})
		return err
	}
	for _, test := range []struct{ tenant, arn, code string }{
		{"shop", prefix + "template/b", ""},
		{"shop", prefix + "template/a", ""},
		{"shop", prefix + "template/c", ""},
		{"shop", prefix + "template/a", "AlreadyExistsException"},
		{"nobody", prefix + "template/a", "NotFoundException"},
		{"shop", prefix + "template/d", "NotFoundException"},
		{"shop", prefix + "tenant/shop", "BadRequestException"},
		{"shop", prefix + "template/", "BadRequestException"},
		{"shop", "arn:aws:ses:us-east-1:123456789012:template/a", "BadRequestException"},
	} {
		w.want(add(test.tenant, test.arn), test.code)
	}
	list := func() (got []string) {
		for p := sesv2.NewListTenantResourcesPaginator(w.client, &sesv2.ListTenantResourcesInput{TenantName: aws.String("shop"), PageSize: aws.Int32(2)}); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			w.ok(err)
			for _, r := range page.TenantResources {
				got = append(got, string(r.ResourceType)+" "+strings.TrimPrefix(*r.ResourceArn, prefix))
			}
		}
		return got
	}
	if got, want := list(), []string{"EMAIL_TEMPLATE template/a", "EMAIL_TEMPLATE template/b", "EMAIL_TEMPLATE template/c"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	tenants, err := w.client.ListResourceTenants(ctx, &sesv2.ListResourceTenantsInput{ResourceArn: aws.String(prefix + "template/b")})
	w.ok(err)
	if len(tenants.ResourceTenants) != 1 || *tenants.ResourceTenants[0].TenantName != "shop" {
		t.Errorf("got %v", tenants.ResourceTenants)
	}
	for _, code := range []string{"", "NotFoundException"} {
		_, err := w.client.DeleteTenantResourceAssociation(ctx, &sesv2.DeleteTenantResourceAssociationInput{
			TenantName: aws.String("shop"), ResourceArn: aws.String(prefix + "template/b"),
		})
		w.want(err, code)
	}
	if got := list(); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

// What a tenant has cannot be deleted, and what is not there cannot be given to it.
func TestTenantKeepsResources(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	const prefix = "arn:aws:ses:eu-west-1:123456789012:"
	w.ok(w.createTenant("shop", nil))
	associate := func(arn string) error {
		_, err := w.client.CreateTenantResourceAssociation(ctx, &sesv2.CreateTenantResourceAssociationInput{TenantName: aws.String("shop"), ResourceArn: &arn})
		return err
	}
	w.want(associate(prefix+"identity/example.com"), "NotFoundException")
	w.want(associate(prefix+"configuration-set/news"), "NotFoundException")
	w.verify("example.com")
	_, err := w.client.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("news")})
	w.ok(err)
	w.ok(associate(prefix + "identity/example.com"))
	w.ok(associate(prefix + "configuration-set/news"))
	for _, code := range []string{"BadRequestException", ""} {
		_, err = w.client.DeleteEmailIdentity(ctx, &sesv2.DeleteEmailIdentityInput{EmailIdentity: aws.String("example.com")})
		w.want(err, code)
		_, err = w.client.DeleteConfigurationSet(ctx, &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("news")})
		w.want(err, code)
		_, err = w.client.DeleteTenant(ctx, &sesv2.DeleteTenantInput{TenantName: aws.String("shop")})
		if code != "" {
			w.ok(err)
		}
	}
}

// Who deletes a tenant deletes its suppression list.
func TestTenantSuppression(t *testing.T) {
	w := newContentWorld(t)
	ctx := t.Context()
	r := w.Region(contentAccount, contentHome)
	r.ProductionAccess(true)
	w.ok(w.createTenant("shop", nil))
	_, err := w.client.PutSuppressedDestination(ctx, &sesv2.PutSuppressedDestinationInput{
		EmailAddress: aws.String("a@example.com"), Reason: bounce, TenantName: aws.String("shop"),
	})
	w.ok(err)
	r.Suppress("shop", "b@example.com", complaint)
	if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{TenantName: aws.String("shop")}); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{}); len(got) != 0 {
		t.Errorf("the account has %v", got)
	}
	got, err := w.client.GetSuppressedDestination(ctx, &sesv2.GetSuppressedDestinationInput{EmailAddress: aws.String("a@example.com"), TenantName: aws.String("shop")})
	w.ok(err)
	if d := got.SuppressedDestination; d.TenantName == nil || *d.TenantName != "shop" || d.Reason != bounce {
		t.Errorf("got %v", d)
	}
	if got := r.Suppressed("shop"); len(got) != 2 || got["b@example.com"] != complaint {
		t.Errorf("got %v", got)
	}
	for _, code := range []string{"", "NotFoundException"} {
		_, err := w.client.DeleteTenant(ctx, &sesv2.DeleteTenantInput{TenantName: aws.String("shop")})
		w.want(err, code)
	}
	w.ok(w.createTenant("shop", nil))
	if got := w.suppressed(sesv2.ListSuppressedDestinationsInput{TenantName: aws.String("shop")}); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
