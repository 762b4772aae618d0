package redshift

import (
	"maps"
	"slices"

	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of the Data API and of the control planes of
// clusters and of Redshift Serverless need ("Actions, resources, and condition keys" for
// each of them in the Service Authorization Reference).
//
// Beside them are those that executing statements implies: see [Implied].
var Actions = awstest.Actions{
	"Redshift Data.BatchExecuteStatement": {"redshift-data:BatchExecuteStatement"},
	"Redshift Data.CancelStatement":       {"redshift-data:CancelStatement"},
	"Redshift Data.DescribeStatement":     {"redshift-data:DescribeStatement"},
	"Redshift Data.ExecuteStatement":      {"redshift-data:ExecuteStatement"},
	"Redshift Data.GetStatementResult":    {"redshift-data:GetStatementResult"},
	"Redshift Data.ListSessions":          {"redshift-data:ListSessions"},

	"Redshift.AssociateDataShareConsumer":    {"redshift:AssociateDataShareConsumer"},
	"Redshift.AuthorizeDataShare":            {"redshift:AuthorizeDataShare"},
	"Redshift.DeauthorizeDataShare":          {"redshift:DeauthorizeDataShare"},
	"Redshift.DescribeClusters":              {"redshift:DescribeClusters"},
	"Redshift.DescribeDataShares":            {"redshift:DescribeDataShares"},
	"Redshift.DescribeReservedNodes":         {"redshift:DescribeReservedNodes"},
	"Redshift.DisassociateDataShareConsumer": {"redshift:DisassociateDataShareConsumer"},

	"Redshift Serverless.GetNamespace":     {"redshift-serverless:GetNamespace"},
	"Redshift Serverless.GetWorkgroup":     {"redshift-serverless:GetWorkgroup"},
	"Redshift Serverless.ListReservations": {"redshift-serverless:ListReservations"},
}

// Implied returns the IAM actions that calls need though nobody makes them, in order: what
// the Data API, with the permissions of the caller, connects to a warehouse with
// ("Choosing database authentication credentials when calling the Amazon Redshift Data
// API", Management Guide). A policy says of them what they are implied by.
func Implied(calls []awstest.Call) []string {
	actions := map[string]bool{}
	for _, call := range calls {
		switch in := call.Input.(type) {
		case *datasdk.ExecuteStatementInput:
			actions[dataAddress{in.ClusterIdentifier, in.WorkgroupName, in.Database, in.DbUser, in.SecretArn, in.SessionId}.action()] = true
		case *datasdk.BatchExecuteStatementInput:
			actions[dataAddress{in.ClusterIdentifier, in.WorkgroupName, in.Database, in.DbUser, in.SecretArn, in.SessionId}.action()] = true
		}
	}
	delete(actions, "") // of a session
	return slices.Sorted(maps.Keys(actions))
}

func (a dataAddress) action() string {
	switch {
	case a.secret != nil:
		return "secretsmanager:GetSecretValue"
	case a.workgroup != nil:
		return "redshift-serverless:GetCredentials"
	case a.cluster != nil && a.user != nil:
		return "redshift:GetClusterCredentials"
	case a.cluster != nil:
		return "redshift:GetClusterCredentialsWithIAM"
	}
	return ""
}
