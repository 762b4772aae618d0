package respond

import (
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// BlockPermissions returns what [PlanBlock] and [ApplyBlock] need, and
// [PlanExpiry] and [ApplyExpiry] for the same targets. What the Store needs is apart: see
// state.DynamoDBPermissions and state.S3Permissions. Options that PlanBlock refuses need
// nothing.
//
// The instances may be narrowed down with the condition key aws:ResourceTag, and the tags
// with aws:TagKeys.
func BlockPermissions(opts BlockOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	plan := awspatterns.Policy{identity.Permission}
	apply := awspatterns.Policy{identity.Permission}
	for _, p := range targetPermissions(opts.Targets) {
		apply = append(apply, p)
		if p.Action == "wafv2:GetIPSet" || p.Action == "network-firewall:DescribeRuleGroup" {
			plan = append(plan, p)
		}
	}
	if opts.tags() {
		const source = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"
		read := awspatterns.Permission{Action: "ec2:DescribeTags", Resources: []string{"*"}, Source: source}
		instance := "arn:${Partition}:ec2:${Region}:${Account}:instance/" + awspatterns.PolicyLiteral(opts.Finding.Instance)
		plan = append(plan, read)
		apply = append(apply, read, awspatterns.Permission{Action: "ec2:CreateTags", Resources: []string{instance}, Source: source})
	}
	return awspatterns.Permissions{Plan: plan, Apply: apply}
}

// targetPermissions are for reading and for changing what targets hold.
func targetPermissions(targets []Target) awspatterns.Policy {
	var sets, groups []string
	for _, t := range targets {
		switch {
		case t.WAFIPSet != "":
			sets = append(sets, awspatterns.PolicyLiteral(t.WAFIPSet))
		case !slices.Contains(groups, awspatterns.PolicyLiteral(t.RuleGroup)):
			groups = append(groups, awspatterns.PolicyLiteral(t.RuleGroup))
		}
	}
	var p awspatterns.Policy
	if len(sets) > 0 {
		p = append(p, awspatterns.Permission{Action: "wafv2:GetIPSet", Resources: sets}, awspatterns.Permission{Action: "wafv2:UpdateIPSet", Resources: sets})
	}
	if len(groups) > 0 {
		p = append(p,
			awspatterns.Permission{Action: "network-firewall:DescribeRuleGroup", Resources: groups},
			awspatterns.Permission{Action: "network-firewall:UpdateRuleGroup", Resources: groups})
	}
	return p
}
