package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/awstest"
)

// resources are what is set up in a Region: settings of the account, pools, configuration
// sets, identities, tags.
type resources struct {
	tags map[string]map[string]string // by the ARN of what they are on; without tags empty, not nil

	settings   settings
	pools      map[string]*pool
	unassigned []ip // addresses in no pool
	leased     int  // addresses so far
	sets       map[string]*configurationSet
	archives   map[string]bool // ARNs
	identities map[string]*identity

	// dumps describe what the parts of a Region hold, for Dump. Each part adds its own
	// where it is made. The lock of the World is held when they are called.
	dumps []func() string
}

func (r *Region) newResources() {
	r.tags = map[string]map[string]string{}
	r.settings = newSettings()
	r.pools = map[string]*pool{}
	r.sets = map[string]*configurationSet{}
	r.archives = map[string]bool{}
	r.identities = map[string]*identity{}
	r.dumps = append(r.dumps, r.dumpResources)
}

func (w *World) handleResources(c *awstest.Cloud) {
	w.handleTags(c)
	w.handleSettings(c)
	w.handlePools(c)
	w.handleSets(c)
	w.handleDestinations(c)
	w.handleIdentities(c)
	w.handlePolicies(c)
	w.handleNotifications(c)
}

// resourceActions are the IAM actions of these operations ("Actions, resources, and
// condition keys for Amazon Simple Email Service v2" in the Service Authorization
// Reference, and the same for the first version). Beside these, an event destination that is
// a Firehose stream needs iam:PassRole for its role, and a replica needs
// ses:ReplicateEmailIdentityDKIMSigningKey on its parent: which calls are about these, a table
// of fields cannot tell.
var resourceActions = awstest.Actions{
	"SESv2.CreateConfigurationSet":                     {"ses:CreateConfigurationSet"},
	"SESv2.CreateConfigurationSet(Tags)":               {"ses:TagResource"},
	"SESv2.CreateConfigurationSetEventDestination":     {"ses:CreateConfigurationSetEventDestination"},
	"SESv2.CreateDedicatedIpPool":                      {"ses:CreateDedicatedIpPool"},
	"SESv2.CreateDedicatedIpPool(Tags)":                {"ses:TagResource"},
	"SESv2.CreateEmailIdentity":                        {"ses:CreateEmailIdentity"},
	"SESv2.CreateEmailIdentity(Tags)":                  {"ses:TagResource"},
	"SESv2.CreateEmailIdentityPolicy":                  {"ses:CreateEmailIdentityPolicy"},
	"SESv2.DeleteConfigurationSet":                     {"ses:DeleteConfigurationSet"},
	"SESv2.DeleteConfigurationSetEventDestination":     {"ses:DeleteConfigurationSetEventDestination"},
	"SESv2.DeleteDedicatedIpPool":                      {"ses:DeleteDedicatedIpPool"},
	"SESv2.DeleteEmailIdentity":                        {"ses:DeleteEmailIdentity"},
	"SESv2.DeleteEmailIdentityPolicy":                  {"ses:DeleteEmailIdentityPolicy"},
	"SESv2.GetAccount":                                 {"ses:GetAccount"},
	"SESv2.GetConfigurationSet":                        {"ses:GetConfigurationSet"},
	"SESv2.GetConfigurationSetEventDestinations":       {"ses:GetConfigurationSetEventDestinations"},
	"SESv2.GetDedicatedIpPool":                         {"ses:GetDedicatedIpPool"},
	"SESv2.GetDedicatedIps":                            {"ses:GetDedicatedIps"},
	"SESv2.GetEmailIdentity":                           {"ses:GetEmailIdentity"},
	"SESv2.GetEmailIdentityPolicies":                   {"ses:GetEmailIdentityPolicies"},
	"SESv2.ListConfigurationSets":                      {"ses:ListConfigurationSets"},
	"SESv2.ListDedicatedIpPools":                       {"ses:ListDedicatedIpPools"},
	"SESv2.ListEmailIdentities":                        {"ses:ListEmailIdentities"},
	"SESv2.ListEmailIdentityCertificates":              {"ses:ListEmailIdentityCertificates"},
	"SESv2.ListTagsForResource":                        {"ses:ListTagsForResource"},
	"SESv2.PutAccountDedicatedIpWarmupAttributes":      {"ses:PutAccountDedicatedIpWarmupAttributes"},
	"SESv2.PutAccountDetails":                          {"ses:PutAccountDetails"},
	"SESv2.PutAccountSendingAttributes":                {"ses:PutAccountSendingAttributes"},
	"SESv2.PutAccountSuppressionAttributes":            {"ses:PutAccountSuppressionAttributes"},
	"SESv2.PutAccountVdmAttributes":                    {"ses:PutAccountVdmAttributes"},
	"SESv2.PutConfigurationSetArchivingOptions":        {"ses:PutConfigurationSetArchivingOptions"},
	"SESv2.PutConfigurationSetDeliveryOptions":         {"ses:PutConfigurationSetDeliveryOptions"},
	"SESv2.PutConfigurationSetReputationOptions":       {"ses:PutConfigurationSetReputationOptions"},
	"SESv2.PutConfigurationSetSendingOptions":          {"ses:PutConfigurationSetSendingOptions"},
	"SESv2.PutConfigurationSetSuppressionOptions":      {"ses:PutConfigurationSetSuppressionOptions"},
	"SESv2.PutConfigurationSetTrackingOptions":         {"ses:PutConfigurationSetTrackingOptions"},
	"SESv2.PutConfigurationSetVdmOptions":              {"ses:PutConfigurationSetVdmOptions"},
	"SESv2.PutDedicatedIpPoolScalingAttributes":        {"ses:PutDedicatedIpPoolScalingAttributes"},
	"SESv2.PutEmailIdentityConfigurationSetAttributes": {"ses:PutEmailIdentityConfigurationSetAttributes"},
	"SESv2.PutEmailIdentityDkimAttributes":             {"ses:PutEmailIdentityDkimAttributes"},
	"SESv2.PutEmailIdentityDkimSigningAttributes":      {"ses:PutEmailIdentityDkimSigningAttributes"},
	"SESv2.PutEmailIdentityFeedbackAttributes":         {"ses:PutEmailIdentityFeedbackAttributes"},
	"SESv2.PutEmailIdentityMailFromAttributes":         {"ses:PutEmailIdentityMailFromAttributes"},
	"SESv2.TagResource":                                {"ses:TagResource"},
	"SESv2.UntagResource":                              {"ses:UntagResource"},
	"SESv2.UpdateConfigurationSet":                     {"ses:UpdateConfigurationSet"},
	"SESv2.UpdateConfigurationSetEventDestination":     {"ses:UpdateConfigurationSetEventDestination"},
	"SESv2.UpdateEmailIdentityPolicy":                  {"ses:UpdateEmailIdentityPolicy"},
	"SES.GetIdentityNotificationAttributes":            {"ses:GetIdentityNotificationAttributes"},
	"SES.SetIdentityHeadersInNotificationsEnabled":     {"ses:SetIdentityHeadersInNotificationsEnabled"},
	"SES.SetIdentityNotificationTopic":                 {"ses:SetIdentityNotificationTopic"},
}

// handleIn makes h answer an operation in the Region of the caller, under the lock of the
// World.
func handleIn[In, Out any](c *awstest.Cloud, w *World, h func(r *Region, in *In) (*Out, error)) {
	awstest.Handle(c, func(ctx context.Context, in *In) (*Out, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		caller := awstest.CallerOf(ctx)
		return h(w.at(caller.Account, caller.Region), in)
	})
}

// arn returns that of a resource in the Region, such as "identity/example.com".
func (r *Region) arn(resource string) string {
	return "arn:" + r.partition() + ":ses:" + r.Name + ":" + r.Account + ":" + resource
}

// partition returns the partition of the Region.
func (r *Region) partition() string { return partitionOf(r.Name) }

func partitionOf(region string) string { return awstest.Caller{Region: region}.Partition() }
