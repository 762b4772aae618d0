package ses

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// regionSyncSeconds returns how long applying takes at least. Steps are made one after the
// other, and each operation has a rate of its own: so of steps of a kind, the operation that
// takes longest counts.
func regionSyncSeconds(plan awspatterns.Plan, steps []region.Step, rates Rates) (seconds float64) {
	var group map[string]float64 // seconds by operation
	var kind region.Kind
	flush := func() {
		longest := 0.
		for _, s := range group {
			longest = max(longest, s)
		}
		seconds, group = seconds+longest, map[string]float64{}
	}
	for i, step := range steps {
		if !plan.Changes[i].Action.Applies() {
			continue
		}
		if step.Kind != kind {
			flush()
			kind = step.Kind
		}
		for operation, calls := range stepCalls(step, plan.Changes[i].Action) {
			group[operation] += calls / rates.perSecond(operation)
		}
	}
	flush()
	return seconds
}

// stepCalls returns the calls of a step to SES, by operation, where they are known before.
// Import jobs take as long as SES takes.
func stepCalls(step region.Step, action awspatterns.Action) map[string]float64 {
	if step.Value != nil && step.Value.List != nil {
		return listCalls(step)
	}
	calls := map[string]float64{}
	for _, operation := range regionLooks[step.Kind] {
		calls[operation]++
	}
	write := "Put or Update, " + string(step.Aspect)
	if action == awspatterns.Create || action == awspatterns.Delete {
		write = string(action)
	}
	calls[write]++
	if step.Aspect == region.Tags {
		calls["TagResource"]++
	}
	return calls
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

// listCalls returns the calls of a list: both are read to look, and the one that is written
// from once more.
func listCalls(step region.Step) map[string]float64 {
	d := *step.Value.List
	from, to := d.Primary, d.Secondary
	if step.Primary {
		from, to = to, from
	}
	pages, writes := 2*float64(pagesOf(from))+float64(pagesOf(to)), float64(listWrites(step))
	if stepNeedsStaging(step) {
		writes = 0
	}
	if step.Kind == region.Contacts {
		return map[string]float64{"ListContacts": pages, "GetContact": writes, "CreateContact": float64(d.Missing), "UpdateContact": float64(d.Different)}
	}
	return map[string]float64{"ListSuppressedDestinations": pages, "PutSuppressedDestination": writes}
}

// pagesOf returns how many pages of 1,000 entries there are.
func pagesOf(entries int) int { return max(1, (entries+999)/1000) }
