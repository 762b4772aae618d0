package fms

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of AWS Firewall Manager need ("Actions,
// resources, and condition keys for AWS Firewall Manager" in the Service
// Authorization Reference). That a policy which is created with tags needs
// fms:TagResource is not said there, but of services in general ("Controlling
// access to AWS resources using tags" in the user guide of IAM).
var Actions = awstest.Actions{
	"FMS.GetComplianceDetail":  {"fms:GetComplianceDetail"},
	"FMS.GetPolicy":            {"fms:GetPolicy"},
	"FMS.GetViolationDetails":  {"fms:GetViolationDetails"},
	"FMS.ListComplianceStatus": {"fms:ListComplianceStatus"},
	"FMS.ListPolicies":         {"fms:ListPolicies"},
	"FMS.ListTagsForResource":  {"fms:ListTagsForResource"},
	"FMS.PutPolicy":            {"fms:PutPolicy"},
	"FMS.PutPolicy(TagList)":   {"fms:TagResource"},
	"FMS.TagResource":          {"fms:TagResource"},
}
