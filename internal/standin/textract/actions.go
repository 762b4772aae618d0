package textract

import (
	"slices"

	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon Textract need ("Actions,
// resources, and condition keys for Amazon Textract" in the Service Authorization
// Reference, where s3:GetObject is the dependent action). Textract reads objects
// with the permissions of the caller.
//
// Whether a call names an object, and a version of it, a table cannot tell, since
// that is not a field of the input itself: [ActionsOf] can.
var Actions = awstest.Actions{
	"Textract.DetectDocumentText":         {"textract:DetectDocumentText", "s3:GetObject"},
	"Textract.StartDocumentTextDetection": {"textract:StartDocumentTextDetection", "s3:GetObject"},
	"Textract.GetDocumentTextDetection":   {"textract:GetDocumentTextDetection"},

	// Whoever gives a role to a service needs this ("Granting a user permissions to
	// pass a role to an AWS service" in the IAM user guide).
	"Textract.StartDocumentTextDetection(NotificationChannel)": {"iam:PassRole"},
}

// ActionsOf returns Actions as it is for these calls: s3:GetObjectVersion where
// they name a version, s3:GetObject where they name none, neither where they bring
// bytes.
func ActionsOf(calls []awstest.Call) awstest.Actions {
	table := awstest.Actions{
		"Textract.GetDocumentTextDetection":                        Actions["Textract.GetDocumentTextDetection"],
		"Textract.StartDocumentTextDetection(NotificationChannel)": Actions["Textract.StartDocumentTextDetection(NotificationChannel)"],
	}
	for _, call := range calls {
		var object *types.S3Object
		switch in := call.Input.(type) {
		case *textractsdk.DetectDocumentTextInput:
			object = in.Document.S3Object
		case *textractsdk.StartDocumentTextDetectionInput:
			object = in.DocumentLocation.S3Object
		default:
			continue
		}
		needs := []string{"textract:" + call.Operation}
		switch {
		case object == nil:
		case object.Version != nil:
			needs = append(needs, "s3:GetObjectVersion")
		default:
			needs = append(needs, "s3:GetObject")
		}
		for _, action := range needs {
			if !slices.Contains(table[call.Name()], action) {
				table[call.Name()] = append(table[call.Name()], action)
			}
		}
	}
	return table
}
