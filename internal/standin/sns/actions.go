package sns

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of Amazon SNS need ("Actions, resources,
// and condition keys for Amazon SNS" in the Service Authorization Reference;
// CreateTopic in the API reference for the tags).
var Actions = awstest.Actions{
	"SNS.CreateTopic":              {"sns:CreateTopic"},
	"SNS.CreateTopic(Tags)":        {"sns:TagResource"},
	"SNS.DeleteTopic":              {"sns:DeleteTopic"},
	"SNS.GetTopicAttributes":       {"sns:GetTopicAttributes"},
	"SNS.SetTopicAttributes":       {"sns:SetTopicAttributes"},
	"SNS.TagResource":              {"sns:TagResource"},
	"SNS.UntagResource":            {"sns:UntagResource"},
	"SNS.ListTagsForResource":      {"sns:ListTagsForResource"},
	"SNS.Publish":                  {"sns:Publish"},
	"SNS.Subscribe":                {"sns:Subscribe"},
	"SNS.ListSubscriptionsByTopic": {"sns:ListSubscriptionsByTopic"},
}
