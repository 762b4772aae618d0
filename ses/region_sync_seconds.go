package ses

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// regionSyncSeconds returns how long applying takes at least: the calls that are known before
// are made one after the other, as applying makes them, and each operation has a limiter in
// each Region. What SES itself needs (import jobs, verifying) is not in it.
func regionSyncSeconds(plan awspatterns.Plan, steps []region.Step, rates Rates) float64 {
	clock := &callClock{rates: rates, free: map[callOf]float64{}}
	for i, step := range steps {
		if !plan.Changes[i].Action.Applies() {
			continue
		}
		if step.Value != nil && step.Value.List != nil {
			clock.list(step)
			continue
		}
		clock.step(step, plan.Changes[i].Action)
	}
	return clock.now
}

// A callClock tells when calls are made, in seconds.
type callClock struct {
	rates Rates
	now   float64
	free  map[callOf]float64 // when the limiter admits the next call
}

// A callOf is an operation in one of the Regions.
type callOf struct {
	primary   bool
	operation string
}

// calls makes n calls of each operation, those of one operation one after the other, and
// those of several at the same time.
func (c *callClock) calls(n int, all ...callOf) {
	end := c.now
	for _, call := range all {
		if n == 0 {
			continue
		}
		gap := 1 / c.rates.perSecond(call.operation)
		last := max(c.now, c.free[call]) + float64(n-1)*gap
		c.free[call] = last + gap
		end = max(end, last)
	}
	c.now = end
}

// step makes the calls of a step: it is looked at, then made.
func (c *callClock) step(step region.Step, action awspatterns.Action) {
	for _, operation := range regionLooks[step.Kind] {
		c.calls(1, callOf{step.Primary, operation})
	}
	if aboutNotifications(step.Aspect) {
		c.calls(1, callOf{step.Primary, "GetIdentityNotificationAttributes"})
	}
	if step.Kind == region.Templates && step.Aspect != region.Tags && action != awspatterns.Delete {
		c.calls(1, callOf{true, "GetEmailTemplate"})
	}
	if step.Kind == region.Verification && step.Aspect != region.Tags && action != awspatterns.Delete {
		c.calls(1, callOf{true, "GetCustomVerificationEmailTemplate"})
	}
	c.calls(1, callOf{step.Primary, writeOf(step, action)})
}

// list makes the calls of a list: that of the target is read to look, and the other one to
// write.
func (c *callClock) list(step region.Step) {
	d, n := *step.Value.List, listWrites(step)
	source, target := d.Primary, d.Secondary
	if step.Primary {
		source, target = target, source
	}
	if step.Kind == region.Contacts {
		c.calls(pagesOf(target), callOf{false, "ListContacts"})
		c.calls(1, callOf{true, "ListContacts"})
		c.calls(pagesOf(target), callOf{false, "ListContacts"})
		c.calls(n, callOf{true, "GetContact"}, callOf{false, "GetContact"})
		return
	}
	c.calls(pagesOf(target), callOf{step.Primary, "ListSuppressedDestinations"})
	c.calls(1, callOf{!step.Primary, "ListSuppressedDestinations"})
	c.calls(pagesOf(source), callOf{!step.Primary, "ListSuppressedDestinations"})
	if stepNeedsStaging(step) {
		n = 1
	}
	c.calls(n, callOf{step.Primary, "PutSuppressedDestination"})
}

// pagesOf returns how many pages of 1,000 entries there are.
func pagesOf(entries int) int { return max(1, (entries+999)/1000) }

// writeOf returns the operation that makes a step.
func writeOf(step region.Step, action awspatterns.Action) string {
	if step.Aspect == region.Tags {
		if len(step.Untag) > 0 {
			return "UntagResource"
		}
		return "TagResource"
	}
	if operation, is := regionWrites[step.Kind][step.Aspect]; is {
		return operation
	}
	noun := regionNouns[step.Kind]
	if step.Aspect == region.Policy {
		noun = "EmailIdentityPolicy"
	}
	verb := map[awspatterns.Action]string{awspatterns.Create: "Create", awspatterns.Delete: "Delete"}[action]
	if verb == "" {
		verb = "Update"
	}
	return verb + noun
}

// regionLooks are the operations that look at an object before it is changed.
var regionLooks = map[region.Kind][]string{
	region.Account:      {"GetAccount"},
	region.Pools:        {"GetDedicatedIpPool", "GetDedicatedIps", "ListTagsForResource"},
	region.Sets:         {"GetConfigurationSet"},
	region.Destinations: {"GetConfigurationSetEventDestinations"},
	region.Identities:   {"GetEmailIdentity"},
	region.Templates:    {"GetEmailTemplate"},
	region.Verification: {"GetCustomVerificationEmailTemplate"},
	region.Lists:        {"GetContactList"},
	region.Tenants:      {"GetTenant"},
	region.Associations: {"ListTenantResources"},
}

// regionNouns are what operations that create, update and delete are named after.
var regionNouns = map[region.Kind]string{
	region.Pools:        "DedicatedIpPool",
	region.Sets:         "ConfigurationSet",
	region.Destinations: "ConfigurationSetEventDestination",
	region.Identities:   "EmailIdentity",
	region.Templates:    "EmailTemplate",
	region.Verification: "CustomVerificationEmailTemplate",
	region.Lists:        "ContactList",
	region.Tenants:      "Tenant",
	region.Associations: "TenantResourceAssociation",
}

// regionWrites are the operations that set an attribute.
var regionWrites = map[region.Kind]map[region.Aspect]string{
	region.Account: {
		region.SendingAspect:     "PutAccountSendingAttributes",
		region.SuppressionAspect: "PutAccountSuppressionAttributes",
		region.VDMAspect:         "PutAccountVdmAttributes",
		region.WarmupAspect:      "PutAccountDedicatedIpWarmupAttributes",
	},
	region.Sets: {
		region.DeliveryAspect:    "PutConfigurationSetDeliveryOptions",
		region.TrackingAspect:    "PutConfigurationSetTrackingOptions",
		region.ReputationAspect:  "PutConfigurationSetReputationOptions",
		region.SendingAspect:     "PutConfigurationSetSendingOptions",
		region.SuppressionAspect: "PutConfigurationSetSuppressionOptions",
		region.VDMAspect:         "PutConfigurationSetVdmOptions",
	},
	region.Identities: {
		region.DefaultSet:       "PutEmailIdentityConfigurationSetAttributes",
		region.Origin:           "PutEmailIdentityDkimSigningAttributes",
		region.Signing:          "PutEmailIdentityDkimAttributes",
		region.Feedback:         "PutEmailIdentityFeedbackAttributes",
		region.MailFromAspect:   "PutEmailIdentityMailFromAttributes",
		region.BounceTopic:      "SetIdentityNotificationTopic",
		region.ComplaintTopic:   "SetIdentityNotificationTopic",
		region.DeliveryTopic:    "SetIdentityNotificationTopic",
		region.BounceHeaders:    "SetIdentityHeadersInNotificationsEnabled",
		region.ComplaintHeaders: "SetIdentityHeadersInNotificationsEnabled",
		region.DeliveryHeaders:  "SetIdentityHeadersInNotificationsEnabled",
	},
	region.Tenants: {region.SuppressionAspect: "PutTenantSuppressionAttributes"},
}
