package redshift

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

// TestActions shows that the table knows every operation that is answered, and which
// actions their policy implies.
func TestActions(t *testing.T) {
	w := newDataWorld(t)
	w.Secrets = map[string]DataSecret{"loader": {User: "loader"}}
	w.mustExecute("do it")
	session := w.session(60)
	w.mustExecute("do it", in(session))
	w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: session})
	w.status(w.batch("", "do it"))
	w.cancel(*session)
	w.sessions(datasdk.ListSessionsInput{})
	same(t, Implied(w.cloud.Calls()), []string{"redshift:GetClusterCredentialsWithIAM"})

	policy := awspatterns.Policy{}
	for _, action := range []string{"BatchExecuteStatement", "CancelStatement", "DescribeStatement", "ExecuteStatement", "GetStatementResult", "ListSessions"} {
		policy = append(policy, awspatterns.Permission{Action: "redshift-data:" + action, Resources: []string{"*"}})
	}
	policy = append(policy, awspatterns.Permission{
		Action: "redshift:GetClusterCredentialsWithIAM", Resources: []string{"*"}, ImpliedBy: "redshift-data:ExecuteStatement", Source: "https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html",
	})
	awstest.CheckPermissions(t, policy, w.cloud.Calls(), Actions)

	config := w.cloud.Config(dataRegion, dataAccount)
	w.mustExecute("do it", func(in *datasdk.ExecuteStatementInput) { in.DbUser = aws.String("ada") })
	w.mustExecute("do it", func(in *datasdk.ExecuteStatementInput) { in.SecretArn = aws.String("loader") })
	w.mustExecute("do it", func(in *datasdk.ExecuteStatementInput) {
		in.ClusterIdentifier, in.WorkgroupName = nil, aws.String("sales")
	})
	same(t, Implied(w.cloud.Calls()), []string{
		"redshift-serverless:GetCredentials", "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM", "secretsmanager:GetSecretValue",
	})
	control, serverless := redshiftsdk.NewFromConfig(config), serverlesssdk.NewFromConfig(config)
	s := aws.String("x")
	control.DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{})
	control.DescribeDataShares(t.Context(), &redshiftsdk.DescribeDataSharesInput{})
	control.DescribeReservedNodes(t.Context(), &redshiftsdk.DescribeReservedNodesInput{})
	control.AuthorizeDataShare(t.Context(), &redshiftsdk.AuthorizeDataShareInput{DataShareArn: s, ConsumerIdentifier: s})
	control.DeauthorizeDataShare(t.Context(), &redshiftsdk.DeauthorizeDataShareInput{DataShareArn: s, ConsumerIdentifier: s})
	control.AssociateDataShareConsumer(t.Context(), &redshiftsdk.AssociateDataShareConsumerInput{DataShareArn: s})
	control.DisassociateDataShareConsumer(t.Context(), &redshiftsdk.DisassociateDataShareConsumerInput{DataShareArn: s})
	serverless.GetNamespace(t.Context(), &serverlesssdk.GetNamespaceInput{NamespaceName: s})
	serverless.GetWorkgroup(t.Context(), &serverlesssdk.GetWorkgroupInput{WorkgroupName: s})
	serverless.ListReservations(t.Context(), &serverlesssdk.ListReservationsInput{})
	called := map[string]bool{}
	for _, call := range w.cloud.Calls() {
		called[call.Name()] = true
		if _, known := Actions[call.Name()]; !known {
			t.Errorf("no action for %s", call.Name())
		}
	}
	same(t, len(called), len(Actions))
}
