package dynamodb

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of Amazon DynamoDB need ("Actions,
// resources, and condition keys for Amazon DynamoDB" in the service authorization
// reference; for tags on a new table "Tagging resources in DynamoDB").
var Actions = awstest.Actions{
	"DynamoDB.CreateTable":       {"dynamodb:CreateTable"},
	"DynamoDB.CreateTable(Tags)": {"dynamodb:TagResource"},
	"DynamoDB.DeleteItem":        {"dynamodb:DeleteItem"},
	"DynamoDB.DeleteTable":       {"dynamodb:DeleteTable"},
	"DynamoDB.DescribeTable":     {"dynamodb:DescribeTable"},
	"DynamoDB.GetItem":           {"dynamodb:GetItem"},
	"DynamoDB.PutItem":           {"dynamodb:PutItem"},
	"DynamoDB.Query":             {"dynamodb:Query"},

	"DynamoDB.ListTagsOfResource": {"dynamodb:ListTagsOfResource"},
	"DynamoDB.TagResource":        {"dynamodb:TagResource"},
	"DynamoDB.UpdateTable":        {"dynamodb:UpdateTable"},
}
