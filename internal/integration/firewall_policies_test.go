package integration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/state"
)

const (
	wafARN      = "arn:aws:wafv2:eu-central-1:123456789012:regional/"
	firewallARN = "arn:aws:network-firewall:eu-central-1:123456789012:"
	fmsPolicyID = "11111111-2222-3333-4444-555555555555"
)

// firewallDeclares are the policies of packages firewall and respond: of each pattern
// with options that need the most, and with such as leave something out.
func firewallDeclares() []declaredPolicy {
	topic := []string{"arn:aws:sns:eu-central-1:123456789012:alarms"}
	byName := baselinePolicy()
	byID := byName
	byID.ID = fmsPolicyID
	geo := firewall.GeoRuleGroupOptions{Name: "geo", Policy: "edge", Priority: 10, DryRun: true, Rules: []rules.GeoRule{{
		Name: "block-jp", Action: rules.Drop, Match: rules.Src, Countries: []string{"JP"},
	}}}
	geoAlone := geo
	geoAlone.Policy, geoAlone.Priority, geoAlone.DryRun = "", 0, false
	geoARN := geo
	geoARN.Policy = firewallARN + "firewall-policy/edge"
	removed := firewall.DashboardOptions{Firewalls: []string{"edge"}, Remove: true}

	var declared []declaredPolicy
	for name, p := range map[string]awspatterns.Permissions{
		"ReadState":                   firewall.ReadStatePermissions(readEverything()),
		"ReadState, one Region":       firewall.ReadStatePermissions(firewall.ReadStateOptions{Accounts: []retrofit.Account{{ID: motoAccount}}, Regions: []string{"eu-central-1"}}),
		"ReadAccounts":                firewall.ReadAccountsPermissions(firewall.ReadAccountsOptions{Regions: []string{"eu-central-1"}}),
		"ReadPolicy":                  firewall.ReadPolicyPermissions(firewall.ReadPolicyOptions{PolicyID: fmsPolicyID}),
		"ReadPolicy, by name":         firewall.ReadPolicyPermissions(firewall.ReadPolicyOptions{PolicyName: "baseline"}),
		"Compliance":                  firewall.CompliancePermissions(firewall.ComplianceOptions{PolicyName: "baseline"}),
		"Compliance, without details": firewall.CompliancePermissions(firewall.ComplianceOptions{PolicyID: fmsPolicyID, WithoutDetails: true}),
	} {
		declared = append(declared, declaredPolicy{name, p.Apply, true})
	}
	for name, p := range map[string]awspatterns.Permissions{
		"Retrofit":                   firewall.RetrofitPermissions(firewall.RetrofitOptions{Policy: byName, Adopt: true, Tags: map[string]string{"team": "a"}}),
		"Retrofit, by ID":            firewall.RetrofitPermissions(firewall.RetrofitOptions{Policy: byID}),
		"GeoRuleGroup, no policy":    firewall.GeoRuleGroupPermissions(geoAlone),
		"Dashboard":                  firewall.DashboardPermissions(firewall.DashboardOptions{Firewalls: []string{"edge", "west"}, Name: "both", Alarms: &dashboard.AlarmOptions{Actions: topic}}),
		"Dashboard, no alarms":       firewall.DashboardPermissions(firewall.DashboardOptions{Firewalls: []string{"edge"}}),
		"Dashboard, removed":         firewall.DashboardPermissions(removed),
		"Alert":                      respond.AlertPermissions(respond.AlertOptions{Name: "findings"}),
		"Alert, given topic":         respond.AlertPermissions(respond.AlertOptions{Name: "findings", TopicARN: topic[0], Adopt: true}),
		"Block":                      respond.BlockPermissions(blockEverything()),
		"Block, the instance alone":  respond.BlockPermissions(blockEverything(func(o *respond.BlockOptions) { o.Targets = nil })),
		"Block, the addresses alone": respond.BlockPermissions(blockEverything(func(o *respond.BlockOptions) { o.InstanceTags = nil })),
	} {
		declared = append(declared, declaredPolicy{name + ", planning", p.Plan, true}, declaredPolicy{name, p.Apply, false})
	}
	for name, opts := range map[string]firewall.GeoRuleGroupOptions{"GeoRuleGroup": geo, "GeoRuleGroup, policy by ARN": geoARN} {
		p := firewall.GeoRuleGroupPermissions(opts) // a dry run while planning needs what it tries
		declared = append(declared, declaredPolicy{name + ", planning", p.Plan, false}, declaredPolicy{name, p.Apply, false})
	}
	return append(declared, logsDeclare()...)
}

// logsDeclare are the policies of reading and asking logs. Athena writes its answers.
func logsDeclare() []declaredPolicy {
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	query := firewall.QueryLogsOptions{Since: since, Until: since.Add(time.Hour), Firewalls: []string{"edge"}, MaxBytes: 1 << 30}
	groups := query
	groups.LogGroups = map[logs.Log][]string{logs.Flow: {"/edge/flow"}, logs.Alert: {"/edge/alert"}}
	athena := query
	athena.MaxBytes = 0
	athena.Athena = &firewall.AthenaOptions{
		Table: "security.firewall_logs", Logs: firewall.LogsLocation{Bucket: "central-logs", Prefix: "edge"}, Output: "s3://answers/athena/", KMSKeys: []string{motoKey},
	}
	asked := firewall.AnalyzeLogsOptions{Options: logs.Options{Firewalls: []string{"edge"}, Since: since, Until: since.Add(time.Hour)}}
	known := asked
	known.Locations, known.KMSKey = []firewall.LogsLocation{{Bucket: "central-logs", Prefix: "edge"}}, motoKey
	var declared []declaredPolicy
	for name, p := range map[string]awspatterns.Permissions{
		"QueryLogs": firewall.QueryLogsPermissions(query), "QueryLogs, groups": firewall.QueryLogsPermissions(groups),
		"AnalyzeLogs": firewall.AnalyzeLogsPermissions(asked), "AnalyzeLogs, locations": firewall.AnalyzeLogsPermissions(known),
	} {
		declared = append(declared, declaredPolicy{name + ", estimating", p.Plan, true}, declaredPolicy{name, p.Apply, true})
	}
	return append(declared, declaredPolicy{"QueryLogs, Athena", firewall.QueryLogsPermissions(athena).Apply, false})
}

func readEverything() firewall.ReadStateOptions {
	return firewall.ReadStateOptions{
		Accounts: []retrofit.Account{{ID: motoAccount}}, Regions: []string{"eu-central-1"}, Distributions: true,
		Policies: []retrofit.Policy{baselinePolicy()},
	}
}

// baselinePolicy has a rule group of the account's and one of AWS's.
func baselinePolicy() retrofit.Policy {
	group := func() retrofit.PolicyRuleGroup {
		return retrofit.PolicyRuleGroup{OverrideAction: retrofit.DefaultAction{Type: "NONE"}, SampledRequestsEnabled: true}
	}
	own, managed := group(), group()
	own.RuleGroupType, own.RuleGroupARN = "RuleGroup", wafARN+"rulegroup/ours/"+fmsPolicyID
	managed.RuleGroupType, managed.Managed = "ManagedRuleGroup", &retrofit.ManagedID{VendorName: "AWS", ManagedRuleGroupName: "AWSManagedRulesCommonRuleSet"}
	return retrofit.Policy{
		Name: "baseline", Region: "eu-central-1", ResourceTypes: []retrofit.ResourceType{retrofit.LoadBalancer, retrofit.APIStage}, Remediate: true,
		Data: retrofit.ServiceData{
			Type: "WAFV2", WebACLSource: retrofit.SourceRetrofit, DefaultAction: retrofit.DefaultAction{Type: "ALLOW"}, OptimizeUnassociatedWebACL: true,
			PreProcessRuleGroups: []retrofit.PolicyRuleGroup{own, managed},
		},
	}
}

func blockEverything(changes ...func(*respond.BlockOptions)) respond.BlockOptions {
	opts := respond.BlockOptions{
		Finding: respond.Finding{
			ID: "f1", Type: "UnauthorizedAccess:EC2/SSHBruteForce", Account: motoAccount, Region: "eu-central-1",
			Updated: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), Instance: "i-0123456789abcdef0",
		},
		Targets: []respond.Target{
			{WAFIPSet: wafARN + "ipset/blocked/" + fmsPolicyID},
			{WAFIPSet: wafARN + "ipset/blocked6/" + fmsPolicyID},
			{RuleGroup: firewallARN + "stateful-rulegroup/blocked", IPSet: "BLOCKED"},
			{RuleGroup: firewallARN + "stateful-rulegroup/lines", Rules: &respond.BlockRules{FirstSid: 100, LastSid: 199}},
		},
		For: time.Hour, Store: state.NewMemory(), InstanceTags: map[string]string{"infected": "cryptomining"},
	}
	for _, change := range changes {
		change(&opts)
	}
	return opts
}

// No policy is empty, which is what refused options have; and nothing that changes an
// account is allowed for all of its resources.
func TestFirewallPolicies(t *testing.T) {
	for _, p := range firewallDeclares() {
		if len(p.policy) == 0 {
			t.Errorf("%s allows nothing", p.name)
		}
		for _, permission := range p.policy {
			_, verb, _ := strings.Cut(permission.Action, ":")
			for _, resource := range permission.Resources {
				if resource == "*" && !readsByName(verb) {
					t.Errorf("%s allows %s on all resources", p.name, permission.Action)
				}
			}
		}
	}
}

func readsByName(verb string) bool {
	for _, start := range []string{"Get", "List", "Describe", "GET", "StopQuery"} {
		if strings.HasPrefix(verb, start) {
			return true
		}
	}
	return false
}
