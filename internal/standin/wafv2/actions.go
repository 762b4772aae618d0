package wafv2

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of AWS WAF need ("Actions, resources, and
// condition keys for AWS WAF V2" in the Service Authorization Reference).
var Actions = awstest.Actions{
	"WAFV2.CreateIPSet":              {"wafv2:CreateIPSet"},
	"WAFV2.CreateIPSet(Tags)":        {"wafv2:TagResource"},
	"WAFV2.DeleteIPSet":              {"wafv2:DeleteIPSet"},
	"WAFV2.DescribeManagedRuleGroup": {"wafv2:DescribeManagedRuleGroup"},
	"WAFV2.GetIPSet":                 {"wafv2:GetIPSet"},
	"WAFV2.GetLoggingConfiguration":  {"wafv2:GetLoggingConfiguration"},
	"WAFV2.GetRuleGroup":             {"wafv2:GetRuleGroup"},
	"WAFV2.GetWebACL":                {"wafv2:GetWebACL"},
	"WAFV2.ListIPSets":               {"wafv2:ListIPSets"},
	"WAFV2.ListResourcesForWebACL":   {"wafv2:ListResourcesForWebACL"},
	"WAFV2.ListTagsForResource":      {"wafv2:ListTagsForResource"},
	"WAFV2.ListWebACLs":              {"wafv2:ListWebACLs"},
	"WAFV2.TagResource":              {"wafv2:TagResource"},
	"WAFV2.UpdateIPSet":              {"wafv2:UpdateIPSet"},
}
