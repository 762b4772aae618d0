package ses

import (
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/ses/region"
)

// sesAllow returns permissions for actions of SES on resources of the account in the Region
// of the policy, such as "identity/*"; "*" for those that know none.
func sesAllow(resource string, actions ...string) (p awspatterns.Policy) {
	if resource != "*" {
		resource = "arn:${Partition}:ses:${Region}:${Account}:" + resource
	}
	for _, action := range actions {
		p = append(p, awspatterns.Permission{Action: "ses:" + action, Resources: []string{resource}, Source: sesActions})
	}
	return p
}

const (
	anySet          = "configuration-set/*"
	anyIdentity     = "identity/*"
	anyTemplate     = "template/*"
	anyVerification = "custom-verification-email-template/*"
	anyList         = "contact-list/*"
	anyPool         = "dedicated-ip-pool/*"
	anyTenant       = "tenant/*/*"
)

// RegionSyncPermissions returns what PlanRegionSync and ApplyRegionSync need in each Region.
// What a kind that is not kept the same would need is left out, and so is what an option
// would need that is not set. The replica of a domain needs
// ses:ReplicateEmailIdentityDKIMSigningKey on its parent in the other Region.
func RegionSyncPermissions(opts RegionSyncOptions) (primary, secondary awspatterns.Permissions) {
	lists, listsThere := listPermissions(opts)
	read := regionReadPermissions(opts)
	primary = awspatterns.Permissions{Plan: slices.Concat(read, lists.Plan), Beside: lists.Beside}
	secondary = awspatterns.Permissions{Plan: slices.Concat(read, listsThere.Plan), Beside: listsThere.Beside}
	primary.Apply = distinct(slices.Concat(awspatterns.Policy{identity.Permission}, primaryWrites(opts), lists.Apply))
	secondary.Apply = distinct(slices.Concat(awspatterns.Policy{identity.Permission}, secondaryWrites(opts), listsThere.Apply))
	primary.Plan, secondary.Plan = distinct(primary.Plan), distinct(secondary.Plan)
	return primary, secondary
}

// distinct leaves out permissions for an action that there is one for.
func distinct(p awspatterns.Policy) (once awspatterns.Policy) {
	for _, permission := range p {
		if !slices.ContainsFunc(once, func(o awspatterns.Permission) bool { return o.Action == permission.Action }) {
			once = append(once, permission)
		}
	}
	return once
}

// regionReadPermissions are those of reading a Region, without lists.
func regionReadPermissions(opts RegionSyncOptions) awspatterns.Policy {
	wanted := opts.Reads()
	p := awspatterns.Policy{identity.Permission}
	for _, kind := range []struct {
		kind region.Kind
		p    awspatterns.Policy
	}{
		{region.Account, sesAllow("*", "GetAccount")},
		{region.Pools, slices.Concat(sesAllow("*", "ListDedicatedIpPools"), sesAllow(anyPool, "GetDedicatedIpPool", "GetDedicatedIps", "ListTagsForResource"))},
		{region.Sets, slices.Concat(sesAllow("*", "ListConfigurationSets"), sesAllow(anySet, "GetConfigurationSet"))},
		{region.Destinations, sesAllow(anySet, "GetConfigurationSetEventDestinations")},
		{region.Identities, slices.Concat(sesAllow("*", "ListEmailIdentities", "GetIdentityNotificationAttributes"),
			sesAllow(anyIdentity, "GetEmailIdentity", "ListEmailIdentityCertificates"))},
		{region.Templates, slices.Concat(sesAllow("*", "ListEmailTemplates"), sesAllow(anyTemplate, "GetEmailTemplate"))},
		{region.Verification, slices.Concat(sesAllow("*", "ListCustomVerificationEmailTemplates"), sesAllow(anyVerification, "GetCustomVerificationEmailTemplate"))},
		{region.Lists, slices.Concat(sesAllow("*", "ListContactLists"), sesAllow(anyList, "GetContactList"))},
		{region.Tenants, slices.Concat(sesAllow("*", "ListTenants"), sesAllow(anyTenant, "GetTenant"))},
		{region.Associations, sesAllow(anyTenant, "ListTenantResources")},
	} {
		if slices.Contains(wanted, kind.kind) {
			p = append(p, kind.p...)
		}
	}
	return p
}

// primaryWrites are those of applying in the primary, its reads included, without lists.
func primaryWrites(opts RegionSyncOptions) (p awspatterns.Policy) {
	if opts.Covers(region.Templates) {
		p = append(p, sesAllow(anyTemplate, "GetEmailTemplate")...)
	}
	if opts.Covers(region.Verification) {
		p = append(p, sesAllow(anyVerification, "GetCustomVerificationEmailTemplate")...)
	}
	if opts.Covers(region.Identities) && opts.ReplicationPolicy {
		p = append(p, sesAllow(anyIdentity, "GetEmailIdentity", "CreateEmailIdentityPolicy", "UpdateEmailIdentityPolicy")...)
	}
	return p
}

// secondaryWrites are those of applying in the secondary, its reads included, without lists.
func secondaryWrites(opts RegionSyncOptions) (p awspatterns.Policy) {
	for _, kind := range opts.kindPermissions() {
		if !opts.Covers(kind.kind) {
			continue
		}
		p = slices.Concat(p, kind.p)
		if opts.Delete {
			p = slices.Concat(p, kind.deleting)
		}
		if kind.tagged != "" {
			p = addTagged(p, kind.tagged, opts.Delete)
		}
	}
	return p
}

// addTagged adds a resource to the permissions to tag and, if wanted, to untag.
func addTagged(p awspatterns.Policy, resource string, untag bool) awspatterns.Policy {
	actions := []string{"TagResource"}
	if untag {
		actions = append(actions, "UntagResource")
	}
	for _, added := range sesAllow(resource, actions...) {
		i := slices.IndexFunc(p, func(o awspatterns.Permission) bool { return o.Action == added.Action })
		if i < 0 {
			p = append(p, added)
			continue
		}
		p[i].Resources = append(p[i].Resources, added.Resources...)
	}
	return p
}

// kindPermissions are those of writing things of each kind, and of looking at them before.
func (o RegionSyncOptions) kindPermissions() []kindPermission {
	identities := sesAllow(anyIdentity, "GetEmailIdentity", "CreateEmailIdentity", "PutEmailIdentityConfigurationSetAttributes",
		"PutEmailIdentityDkimAttributes", "PutEmailIdentityFeedbackAttributes", "CreateEmailIdentityPolicy", "UpdateEmailIdentityPolicy")
	identities = append(identities, sesAllow("*", "GetIdentityNotificationAttributes", "SetIdentityNotificationTopic",
		"SetIdentityHeadersInNotificationsEnabled")...)
	identities = append(identities, awspatterns.Permission{
		Action: "ses:ReplicateEmailIdentityDkimSigningKey", Resources: []string{"arn:${Partition}:ses:*:${Account}:" + anyIdentity},
		ImpliedBy: "ses:CreateEmailIdentity", Source: "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html",
	})
	if len(o.MailFrom) > 0 {
		identities = append(identities, sesAllow(anyIdentity, "PutEmailIdentityMailFromAttributes")...)
	}
	if o.ConvertToReplica {
		identities = append(identities, sesAllow(anyIdentity, "PutEmailIdentityDkimSigningAttributes")...)
	}
	sender := sesAllow(anyIdentity, "GetEmailIdentity") // whose verification is waited for
	all := []kindPermission{
		{
			kind: region.Pools, tagged: anyPool, deleting: sesAllow(anyPool, "DeleteDedicatedIpPool"),
			p: sesAllow(anyPool, "GetDedicatedIpPool", "GetDedicatedIps", "ListTagsForResource", "CreateDedicatedIpPool"),
		},
		{
			kind: region.Sets, tagged: anySet, deleting: sesAllow(anySet, "DeleteConfigurationSet"),
			p: append(sesAllow(anySet, "GetConfigurationSet", "CreateConfigurationSet", "PutConfigurationSetDeliveryOptions", "PutConfigurationSetTrackingOptions",
				"PutConfigurationSetReputationOptions", "PutConfigurationSetSendingOptions", "PutConfigurationSetSuppressionOptions", "PutConfigurationSetVdmOptions"),
				sender...),
		},
		{
			kind: region.Destinations,
			p: append(sesAllow(anySet, "GetConfigurationSetEventDestinations", "CreateConfigurationSetEventDestination", "UpdateConfigurationSetEventDestination"),
				passRole),
		},
		{kind: region.Identities, tagged: anyIdentity, p: identities},
		{
			kind: region.Templates, tagged: anyTemplate, deleting: sesAllow(anyTemplate, "DeleteEmailTemplate"),
			p: sesAllow(anyTemplate, "GetEmailTemplate", "CreateEmailTemplate", "UpdateEmailTemplate"),
		},
		{
			kind: region.Verification, tagged: anyVerification, deleting: sesAllow(anyVerification, "DeleteCustomVerificationEmailTemplate"),
			p: append(sesAllow(anyVerification, "GetCustomVerificationEmailTemplate", "CreateCustomVerificationEmailTemplate", "UpdateCustomVerificationEmailTemplate"),
				sender...),
		},
		{
			kind: region.Lists, tagged: anyList, deleting: sesAllow(anyList, "DeleteContactList"),
			p: sesAllow(anyList, "GetContactList", "CreateContactList", "UpdateContactList"),
		},
		{
			kind: region.Tenants, tagged: anyTenant, deleting: sesAllow(anyTenant, "DeleteTenant"),
			p: sesAllow(anyTenant, "GetTenant", "CreateTenant", "PutTenantSuppressionAttributes"),
		},
		{kind: region.Associations, p: associationPermissions()},
	}
	if o.Adopt {
		all = append(all, kindPermission{kind: region.Account, p: sesAllow("*", "GetAccount", "PutAccountSendingAttributes",
			"PutAccountSuppressionAttributes", "PutAccountVdmAttributes", "PutAccountDedicatedIpWarmupAttributes")})
	}
	return all
}

// passRole is for the role that writes to a Firehose stream.
var passRole = awspatterns.Permission{
	Action: "iam:PassRole", Resources: []string{"arn:${Partition}:iam::${Account}:role/*"},
	Conditions: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"ses.amazonaws.com"}}},
	ImpliedBy:  "ses:CreateConfigurationSetEventDestination", Source: sesActions,
}

// A kindPermission is what writing things of a kind needs.
type kindPermission struct {
	kind     region.Kind
	p        awspatterns.Policy
	deleting awspatterns.Policy // only with Delete
	tagged   string             // that are tagged, if they bear tags
}

// associationPermissions are about the tenant and about what is associated with it.
func associationPermissions() awspatterns.Policy {
	p := sesAllow(anyTenant, "ListTenantResources", "CreateTenantResourceAssociation")
	for _, resource := range []string{anySet, anyIdentity, anyTemplate} {
		p[1].Resources = append(p[1].Resources, sesAllow(resource, "")[0].Resources...)
	}
	return p
}
