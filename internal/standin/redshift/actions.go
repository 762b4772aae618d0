package redshift

import "github.com/awspatterns/awspatterns/awstest"

// Actions are the IAM actions that calls of the Data API and of the control planes of
// clusters and of Redshift Serverless need ("Actions, resources, and condition keys" for
// each of them in the Service Authorization Reference).
//
// The Data API asks with the permissions of the caller for what it connects with, when
// statements are executed. Nobody calls that, so a policy that allows it says what it is
// implied by ("Choosing database authentication credentials when calling the Amazon
// Redshift Data API", Management Guide): redshift-serverless:GetCredentials for a
// workgroup, redshift:GetClusterCredentialsWithIAM for a cluster,
// redshift:GetClusterCredentials for a cluster with a DbUser,
// secretsmanager:GetSecretValue for a secret.
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
	"Redshift.DisassociateDataShareConsumer": {"redshift:DisassociateDataShareConsumer"},

	"Redshift Serverless.GetNamespace": {"redshift-serverless:GetNamespace"},
	"Redshift Serverless.GetWorkgroup": {"redshift-serverless:GetWorkgroup"},
}
