package ses

import (
	"fmt"

	"github.com/awspatterns/awspatterns/ses/region"
)

// RegionReads are the calls that reading things of a kind took in a Region.
type RegionReads struct {
	Region  string      `json:"region"`
	Kind    region.Kind `json:"kind"`
	Calls   int         `json:"calls"`
	Formula string      `json:"formula"` // how many it takes
}

// String returns the reads as a line of text.
func (r RegionReads) String() string {
	return fmt.Sprintf("%-14s %-28s %6d  %s", r.Region, r.Kind, r.Calls, r.Formula)
}

// regionReadFormulas tell what reading takes.
var regionReadFormulas = []struct {
	kind       region.Kind
	formula    string
	operations []string
}{
	{region.Account, "GetAccount: 1", []string{"GetAccount"}},
	{
		region.Pools, "ListDedicatedIpPools: a page; GetDedicatedIpPool, ListTagsForResource: a pool; GetDedicatedIps: a page of a pool",
		[]string{"ListDedicatedIpPools", "GetDedicatedIpPool", "GetDedicatedIps", "ListTagsForResource"},
	},
	{region.Sets, "ListConfigurationSets: a page; GetConfigurationSet: a set", []string{"ListConfigurationSets", "GetConfigurationSet"}},
	{region.Destinations, "GetConfigurationSetEventDestinations: a set", []string{"GetConfigurationSetEventDestinations"}},
	{
		region.Identities, "ListEmailIdentities: 1,000; GetEmailIdentity: 1; ListEmailIdentityCertificates: a page of an identity; GetIdentityNotificationAttributes: 100",
		[]string{"ListEmailIdentities", "GetEmailIdentity", "ListEmailIdentityCertificates", "GetIdentityNotificationAttributes"},
	},
	{region.Templates, "ListEmailTemplates: 100; GetEmailTemplate: 1, 50 in a second", []string{"ListEmailTemplates", "GetEmailTemplate"}},
	{
		region.Verification, "ListCustomVerificationEmailTemplates: 50; GetCustomVerificationEmailTemplate: 1",
		[]string{"ListCustomVerificationEmailTemplates", "GetCustomVerificationEmailTemplate"},
	},
	{region.Lists, "ListContactLists: a page; GetContactList: a list", []string{"ListContactLists", "GetContactList"}},
	{region.Contacts, "ListContacts: a page of a list; GetContact: a contact, with ContactAttributes", []string{"ListContacts", "GetContact"}},
	{region.SuppressionList, "ListSuppressedDestinations: 1,000 addresses of a list", []string{"ListSuppressedDestinations"}},
	{region.Tenants, "ListTenants: a page; GetTenant: a tenant", []string{"ListTenants", "GetTenant"}},
	{region.Associations, "ListTenantResources: a page of a tenant", []string{"ListTenantResources"}},
}

// regionReads tells which calls were made so far.
func (p *pair) regionReads() (all []RegionReads) {
	for _, s := range []*site{p.primary, p.secondary} {
		for _, f := range regionReadFormulas {
			if n := s.called(f.operations...); n > 0 {
				all = append(all, RegionReads{Region: s.Region, Kind: f.kind, Calls: n, Formula: f.formula})
			}
		}
	}
	return all
}
