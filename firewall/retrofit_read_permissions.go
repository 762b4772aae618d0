package firewall

import (
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// anyWebACL are all web ACLs of an account in a Region.
const anyWebACL = "arn:${Partition}:wafv2:${Region}:${Account}:*/webacl/*/*"

// impliedByListing are the actions that AWS WAF checks in the name of whoever lists
// the resources of a web ACL, by type, and their resources. There is none for stages.
var impliedByListing = map[retrofit.ResourceType][2]string{
	retrofit.LoadBalancer:   {"elasticloadbalancing:DescribeWebACLAssociation", "*"},
	retrofit.GraphQLAPI:     {"appsync:ListResourcesForWebACL", "*"},
	retrofit.UserPool:       {"cognito-idp:ListResourcesForWebACL", anyWebACL},
	retrofit.AppRunner:      {"apprunner:ListAssociatedServicesForWebAcl", anyWebACL},
	retrofit.VerifiedAccess: {"ec2:DescribeVerifiedAccessInstanceWebAclAssociations", "*"},
	retrofit.AmplifyApp:     {"amplify:ListResourcesForWebACL", "*"},
}

// ReadStatePermissions returns what [ReadState] needs in each account that it reads,
// and in those of the policies' rule groups. It only reads. Options that ReadState
// refuses need nothing.
func ReadStatePermissions(opts ReadStateOptions) awspatterns.Permissions {
	opts, err := opts.complete()
	if err != nil {
		return awspatterns.Permissions{}
	}
	global := slices.ContainsFunc(opts.Accounts, func(a retrofit.Account) bool { return slices.Contains(a.Regions, globalRegion) })
	policy := awspatterns.Policy{
		identity.Permission,
		{Action: "wafv2:ListWebACLs", Resources: []string{"*"}},
		{Action: "elasticloadbalancing:DescribeLoadBalancers", Resources: []string{"*"}},
		{Action: "elasticloadbalancing:DescribeTags", Resources: []string{"*"}},
		{Action: "apigateway:GET", Resources: []string{
			"arn:${Partition}:apigateway:${Region}::/restapis", "arn:${Partition}:apigateway:${Region}::/restapis/*/stages",
		}},
	}
	for _, action := range []string{"wafv2:GetLoggingConfiguration", "wafv2:GetWebACL", "wafv2:ListResourcesForWebACL", "wafv2:ListTagsForResource"} {
		policy = append(policy, awspatterns.Permission{Action: action, Resources: []string{anyWebACL}})
	}
	for _, a := range associationTypes {
		implied, there := impliedByListing[a.kind]
		if there && (global || a.kind != retrofit.AmplifyApp) {
			policy = append(policy, awspatterns.Permission{
				Action: implied[0], Resources: []string{implied[1]}, ImpliedBy: "wafv2:ListResourcesForWebACL",
				Source: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSWAFReadOnlyAccess.html",
			})
		}
	}
	if global {
		policy = append(policy,
			awspatterns.Permission{Action: "cloudfront:ListDistributions", Resources: []string{"*"}},
			awspatterns.Permission{Action: "cloudfront:ListTagsForResource", Resources: []string{"arn:${Partition}:cloudfront::${Account}:distribution/*"}})
	}
	return awspatterns.Permissions{Apply: append(policy, capacityPermissions(opts.Policies)...)}
}

// capacityPermissions are for the rule groups of policies.
func capacityPermissions(policies []retrofit.Policy) (policy awspatterns.Policy) {
	wanted, _ := wantedGroups(policies) // was checked
	var arns []string
	managed := false
	for _, w := range wanted {
		if managed = managed || w.managed != nil; w.managed == nil {
			arns = append(arns, w.id)
		}
	}
	if len(arns) > 0 {
		policy = append(policy, awspatterns.Permission{Action: "wafv2:GetRuleGroup", Resources: arns})
	}
	if managed {
		policy = append(policy, awspatterns.Permission{Action: "wafv2:DescribeManagedRuleGroup", Resources: []string{"*"}})
	}
	return policy
}
