package macie2

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of Amazon Macie need ("Actions, resources,
// and condition keys for Amazon Macie" in the Service Authorization Reference).
// What is created with tags needs macie2:TagResource too.
var Actions = awstest.Actions{
	"Macie2.BatchGetCustomDataIdentifiers":        {"macie2:BatchGetCustomDataIdentifiers"},
	"Macie2.CreateAllowList":                      {"macie2:CreateAllowList"},
	"Macie2.CreateAllowList(Tags)":                {"macie2:TagResource"},
	"Macie2.CreateClassificationJob":              {"macie2:CreateClassificationJob"},
	"Macie2.CreateClassificationJob(Tags)":        {"macie2:TagResource"},
	"Macie2.CreateCustomDataIdentifier":           {"macie2:CreateCustomDataIdentifier"},
	"Macie2.CreateCustomDataIdentifier(Tags)":     {"macie2:TagResource"},
	"Macie2.DeleteCustomDataIdentifier":           {"macie2:DeleteCustomDataIdentifier"},
	"Macie2.DescribeClassificationJob":            {"macie2:DescribeClassificationJob"},
	"Macie2.EnableMacie":                          {"macie2:EnableMacie"},
	"Macie2.GetAllowList":                         {"macie2:GetAllowList"},
	"Macie2.GetClassificationExportConfiguration": {"macie2:GetClassificationExportConfiguration"},
	"Macie2.GetCustomDataIdentifier":              {"macie2:GetCustomDataIdentifier"},
	"Macie2.GetFindings":                          {"macie2:GetFindings"},
	"Macie2.GetMacieSession":                      {"macie2:GetMacieSession"},
	"Macie2.ListAllowLists":                       {"macie2:ListAllowLists"},
	"Macie2.ListClassificationJobs":               {"macie2:ListClassificationJobs"},
	"Macie2.ListCustomDataIdentifiers":            {"macie2:ListCustomDataIdentifiers"},
	"Macie2.ListFindings":                         {"macie2:ListFindings"},
	"Macie2.ListManagedDataIdentifiers":           {"macie2:ListManagedDataIdentifiers"},
	"Macie2.ListTagsForResource":                  {"macie2:ListTagsForResource"},
	"Macie2.PutClassificationExportConfiguration": {"macie2:PutClassificationExportConfiguration"},
	"Macie2.TagResource":                          {"macie2:TagResource"},
	"Macie2.TestCustomDataIdentifier":             {"macie2:TestCustomDataIdentifier"},
	"Macie2.UntagResource":                        {"macie2:UntagResource"},
	"Macie2.UpdateClassificationJob":              {"macie2:UpdateClassificationJob"},
}
