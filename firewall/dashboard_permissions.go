package firewall

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// DashboardPermissions returns what [PlanDashboard] and [ApplyDashboard] need. Options
// that PlanDashboard refuses need nothing.
//
// Whoever may put a Contributor Insights rule can read, through it, what the log groups
// that it names hold. The condition key cloudwatch:requestInsightRuleLogGroups limits
// that; which groups they will be is not known from the options.
func DashboardPermissions(opts DashboardOptions) awspatterns.Permissions {
	opts = opts.withDefaults()
	if opts.validate("eu-central-1") != nil {
		return awspatterns.Permissions{}
	}
	const source = "Actions, resources, and condition keys for Amazon CloudWatch (Service Authorization Reference)"
	all := []string{"*"}
	rules := []string{"arn:${Partition}:cloudwatch:${Region}:${Account}:insight-rule/Top*Rule-*"}
	alarms := []string{"arn:${Partition}:cloudwatch:${Region}:${Account}:alarm:" + dashboard.AlarmPrefix + "*"}
	page := []string{"arn:${Partition}:cloudwatch::${Account}:dashboard/" + awspatterns.PolicyLiteral(opts.Name)}
	both := append(append([]string{}, rules...), alarms...)
	allow := func(action string, resources []string) awspatterns.Permission {
		return awspatterns.Permission{Action: "cloudwatch:" + action, Resources: resources, Source: source}
	}
	read := awspatterns.Policy{
		identity.Permission,
		allow("DescribeInsightRules", all),
		allow("DescribeAlarms", []string{"arn:${Partition}:cloudwatch:${Region}:${Account}:alarm:*"}),
		allow("GetDashboard", page),
		allow("ListTagsForResource", both),
	}
	plan := append(awspatterns.Policy{}, read...)
	apply := append(read, allow("DeleteInsightRules", rules), allow("DeleteAlarms", alarms))
	if opts.Remove {
		return awspatterns.Permissions{Plan: plan, Apply: append(apply, allow("DeleteDashboards", page))}
	}
	plan = append(plan, firewallPermissions(opts.Firewalls)...)
	apply = append(apply, allow("PutInsightRule", rules), allow("PutDashboard", page), allow("TagResource", both))
	if opts.Alarms != nil {
		apply = append(apply, allow("PutMetricAlarm", alarms))
	}
	return awspatterns.Permissions{Plan: plan, Apply: apply}
}

// firewallPermissions are for reading firewalls and where they log to.
func firewallPermissions(names []string) awspatterns.Policy {
	const (
		source   = "Actions, resources, and condition keys for AWS Network Firewall (Service Authorization Reference)"
		prefix   = "arn:${Partition}:network-firewall:${Region}:${Account}:firewall/"
		describe = "network-firewall:DescribeLoggingConfiguration"
	)
	var firewalls []string
	for _, name := range names {
		firewalls = append(firewalls, prefix+awspatterns.PolicyLiteral(name))
	}
	all := []string{"*"}
	return awspatterns.Policy{
		{Action: "network-firewall:DescribeFirewall", Resources: firewalls, Source: source},
		{Action: "network-firewall:ListFirewalls", Resources: []string{prefix + "*"}, Source: source},
		{Action: describe, Resources: firewalls, Source: source},
		{Action: "logs:GetLogDelivery", Resources: all, ImpliedBy: describe, Source: source},
		{Action: "logs:ListLogDeliveries", Resources: all, ImpliedBy: describe, Source: source},
		{Action: "logs:DescribeLogGroups", Resources: all},
	}
}
