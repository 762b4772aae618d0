package ses

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses/region"
)

// readWorld has a Region with n of each thing that one can have many of.
func readWorld(t *testing.T, n int) (*awstest.Cloud, *site) {
	cloud := awstest.New(t)
	cloud.MaxCalls = 100_000
	world := standin.Serve(cloud)
	sts.Handle(cloud)
	here := world.Region("123456789012", "us-east-1")
	here.ProductionAccess(true)
	clients := NewClients(cloud.Config("us-east-1", "123456789012"))
	sdk, ctx := clients.SES, t.Context()
	made := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		name := fmt.Sprintf("thing-%05d", i)
		made(sdk.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
			TemplateName: &name, TemplateContent: &sestypes.EmailTemplateContent{Subject: &name, Html: aws.String("<p>" + name)},
		}))
		if i >= 30 {
			continue
		}
		made(sdk.CreateDedicatedIpPool(ctx, &sesv2.CreateDedicatedIpPoolInput{PoolName: &name}))
		made(sdk.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: &name}))
		domain := name + ".example"
		made(sdk.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain}))
		here.PublishDNS(domain)
		made(sdk.CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: &name}))
		made(sdk.CreateCustomVerificationEmailTemplate(ctx, &sesv2.CreateCustomVerificationEmailTemplateInput{
			TemplateName: &name, FromEmailAddress: aws.String("us@" + domain), TemplateSubject: &name, TemplateContent: aws.String("<p>Is it you?"),
			SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
		}))
	}
	made(sdk.CreateContactList(ctx, &sesv2.CreateContactListInput{ContactListName: aws.String("readers")}))
	s := newSite(clients, nil)
	if err := s.identify(ctx); err != nil {
		t.Fatal(err)
	}
	return cloud, s
}

// operations counts calls by operation since the log had so many.
func operations(calls []awstest.Call) map[string]int {
	n := map[string]int{}
	for _, c := range calls {
		n[c.Operation]++
	}
	return n
}

// TestReadFormulas counts the calls of reading a Region, and compares them with what the
// formulas say of 30 things of each kind, and 250 templates.
func TestReadFormulas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, s := readWorld(t, 250)
		before := len(cloud.Calls())
		state, err := s.read(t.Context(), region.Kinds(), nil)
		if err != nil || len(state.Unread) > 0 {
			t.Fatalf("%v, unread %v", err, state.Unread)
		}
		want := map[string]int{
			"GetAccount":           1,
			"ListDedicatedIpPools": 1, "GetDedicatedIpPool": 30, "GetDedicatedIps": 30, "ListTagsForResource": 30,
			"ListConfigurationSets": 1, "GetConfigurationSet": 30, "GetConfigurationSetEventDestinations": 30,
			"ListEmailIdentities": 1, "GetEmailIdentity": 30, "ListEmailIdentityCertificates": 30, "GetIdentityNotificationAttributes": 1,
			"ListEmailTemplates": 3, "GetEmailTemplate": 250,
			"ListCustomVerificationEmailTemplates": 1, "GetCustomVerificationEmailTemplate": 30,
			"ListContactLists": 1, "GetContactList": 1,
			"ListTenants": 1, "GetTenant": 30, "ListTenantResources": 30,
		}
		if got := operations(cloud.Calls()[before:]); !maps.Equal(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
		for _, reads := range (&pair{primary: s, secondary: newSite(Clients{Region: "eu-west-1"}, nil)}).regionReads() {
			sum := 0
			for _, f := range regionReadFormulas {
				if f.kind == reads.Kind {
					for _, operation := range f.operations {
						sum += want[operation]
					}
				}
			}
			if reads.Calls != sum {
				t.Errorf("%s: %d calls, want %d", reads.Kind, reads.Calls, sum)
			}
		}
		counts := []int{len(state.Templates), len(state.Pools), len(state.ConfigurationSets), len(state.Identities), len(state.Tenants), len(state.VerificationTemplates)}
		if !slices.Equal(counts, []int{250, 30, 30, 30, 30, 30}) {
			t.Errorf("got %v", counts)
		}
		if !slices.IsSortedFunc(state.Templates, func(a, b region.Template) int { return strings.Compare(a.Name, b.Name) }) {
			t.Error("the templates are not in order")
		}
	})
}

// TestReadDenied denies each operation in turn: what it would have told is unread, and all
// else is read.
func TestReadDenied(t *testing.T) {
	tests := map[string]region.Unread{
		"GetAccount":                           {Kind: region.Account},
		"ListDedicatedIpPools":                 {Kind: region.Pools},
		"GetDedicatedIpPool":                   {Kind: region.Pools, Name: "thing-00000"},
		"GetDedicatedIps":                      {Kind: region.Pools, Name: "thing-00000"},
		"ListTagsForResource":                  {Kind: region.Pools, Name: "thing-00000"},
		"ListConfigurationSets":                {Kind: region.Sets},
		"GetConfigurationSet":                  {Kind: region.Sets, Name: "thing-00000"},
		"GetConfigurationSetEventDestinations": {Kind: region.Destinations, Name: "thing-00000"},
		"ListEmailIdentities":                  {Kind: region.Identities},
		"GetEmailIdentity":                     {Kind: region.Identities, Name: "thing-00000.example"},
		"ListEmailIdentityCertificates":        {Kind: region.Identities, Name: "thing-00000.example", Aspect: region.Certificates},
		"GetIdentityNotificationAttributes":    {Kind: region.Identities, Name: "thing-00000.example", Aspect: region.BounceTopic},
		"ListEmailTemplates":                   {Kind: region.Templates},
		"GetEmailTemplate":                     {Kind: region.Templates, Name: "thing-00000"},
		"ListCustomVerificationEmailTemplates": {Kind: region.Verification},
		"GetCustomVerificationEmailTemplate":   {Kind: region.Verification, Name: "thing-00000"},
		"ListContactLists":                     {Kind: region.Lists},
		"GetContactList":                       {Kind: region.Lists, Name: "readers"},
		"ListTenants":                          {Kind: region.Tenants},
		"GetTenant":                            {Kind: region.Tenants, Name: "thing-00000"},
		"ListTenantResources":                  {Kind: region.Associations, Name: "thing-00000"},
		"ListMultiRegionEndpoints":             {Kind: region.Endpoints},
	}
	for operation, want := range tests {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, s := readWorld(t, 1)
				cloud.Inject(awstest.Fault{Match: func(c awstest.Call) bool { return c.Operation == operation }, Err: awstest.Denied()})
				state, err := s.read(t.Context(), append(region.Kinds(), region.Endpoints), nil)
				if err != nil || len(state.Unread) != 1 {
					t.Fatalf("%v, unread %v", err, state.Unread)
				}
				got := state.Unread[0]
				if !strings.Contains(got.Reason, operation) {
					t.Errorf("the reason is %q", got.Reason)
				}
				if got.Reason = ""; got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			})
		})
	}
}

// TestReadGone has things that are listed and then not found: whether they are there is not
// known.
func TestReadGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, s := readWorld(t, 1)
		gone := awstest.Status(404, &sestypes.NotFoundException{})
		for _, operation := range []string{
			"GetDedicatedIpPool", "GetConfigurationSet", "GetEmailIdentity", "GetEmailTemplate", "GetCustomVerificationEmailTemplate", "GetContactList", "GetTenant",
		} {
			cloud.Inject(awstest.Fault{Match: func(c awstest.Call) bool { return c.Operation == operation }, Err: gone})
		}
		state, err := s.read(t.Context(), region.Kinds(), nil)
		if err != nil || len(state.Unread) != 7 {
			t.Fatalf("%v, unread %v", err, state.Unread)
		}
		for _, u := range state.Unread {
			if u.Name == "" || !strings.Contains(u.Reason, "listed, and then not found") {
				t.Errorf("got %+v", u)
			}
		}
		if n := len(state.Pools) + len(state.ConfigurationSets) + len(state.Identities) + len(state.Templates) +
			len(state.VerificationTemplates) + len(state.ContactLists) + len(state.Tenants); n > 0 {
			t.Errorf("%d things are there", n)
		}
	})
}

// TestReadCancelled ends the context while a Region is read, which takes minutes.
func TestReadCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := readWorld(t, 30)
		ctx, cancel := context.WithTimeout(t.Context(), 5e9)
		defer cancel()
		state, err := s.read(ctx, region.Kinds(), nil)
		if err == nil || len(state.Unread) > 0 || len(state.Templates) > 0 {
			t.Errorf("%v, unread %v", err, state.Unread)
		}
	})
}
