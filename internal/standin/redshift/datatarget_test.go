package redshift

import (
	"cmp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"

	"github.com/awspatterns/awspatterns/awstest"
)

// TestDataTarget tries the ways to authenticate, and what is none.
func TestDataTarget(t *testing.T) {
	s := aws.String
	arn := "arn:aws:secretsmanager:eu-central-1:123456789012:secret:etl-AbCdEf"
	tests := []struct {
		name                                                string
		cluster, workgroup, database, user, secret, session *string
		want                                                string // user, or a part of the error
	}{
		{name: "cluster", cluster: s("etl"), database: s("dev"), want: "etl IAMR:deploy"},
		{name: "cluster as a user", cluster: s("etl"), database: s("dev"), user: s("ada"), want: "etl ada"},
		{name: "workgroup", workgroup: s("sales"), database: s("dev"), want: "sales IAMR:deploy"},
		{name: "workgroup by ARN", workgroup: s("arn:aws:redshift-serverless:eu-central-1:123456789012:workgroup/" + serverlessID(&Warehouse{Account: dataAccount, Region: dataRegion, Name: "sales"})), database: s("dev"), want: "sales IAMR:deploy"},
		{name: "cluster and secret", cluster: s("etl"), database: s("dev"), secret: &arn, want: "etl loader"},
		{name: "workgroup and secret", workgroup: s("sales"), database: s("dev"), secret: s("plain"), want: "sales ben"},
		{name: "secret that names its cluster", database: s("dev"), secret: &arn, want: "etl loader"},

		{name: "nothing", database: s("dev"), want: "Either ClusterIdentifier, WorkgroupName or SessionId must be provided."},
		{name: "secret of no cluster", database: s("dev"), secret: s("plain"), want: "Either ClusterIdentifier"},
		{name: "both", cluster: s("etl"), workgroup: s("sales"), database: s("dev"), want: "can't both be specified"},
		{name: "no database", cluster: s("etl"), want: "Database must be provided"},
		{name: "an empty database", cluster: s("etl"), database: s(""), want: "Database must be provided"},
		{name: "user of a workgroup", workgroup: s("sales"), database: s("dev"), user: s("ada"), want: "DbUser can't be specified"},
		{name: "user and secret", cluster: s("etl"), database: s("dev"), user: s("ada"), secret: &arn, want: "DbUser and SecretArn"},
		{name: "an empty user", cluster: s("etl"), database: s("dev"), user: s(""), want: "can't be empty"},
		{name: "secret of another cluster", cluster: s("other"), database: s("dev"), secret: &arn, want: "doesn't match"},
		{name: "no such secret", cluster: s("etl"), database: s("dev"), secret: s("none"), want: "can't find the specified secret"},
		{name: "no such cluster", cluster: s("none"), database: s("dev"), want: "Redshift endpoint doesn't exist in this region."},
		{name: "workgroup as a cluster", cluster: s("sales"), database: s("dev"), want: "Redshift endpoint doesn't exist in this region."},
		{name: "cluster as a workgroup", workgroup: s("etl"), database: s("dev"), want: "Redshift endpoint doesn't exist in this region."},
		{name: "no name", cluster: s("ETL"), database: s("dev"), want: "clusterIdentifier must satisfy"},
		{name: "too short", workgroup: s("ab"), database: s("dev"), want: "workgroupName must satisfy"},
		{name: "paused", cluster: s("asleep"), database: s("dev"), want: "asleep is paused"},
		{name: "modified", cluster: s("growing"), database: s("dev"), want: "growing IAMR:deploy"},
		{name: "session and cluster", session: s("x"), cluster: s("etl"), want: "with SessionId"},
		{name: "session and database", session: s("x"), database: s("dev"), want: "with SessionId"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newDataWorld(t)
			w.world.AddCluster(Warehouse{Name: "asleep", Status: "paused"})
			w.world.AddCluster(Warehouse{Name: "growing", Status: "modifying"})
			w.Identity = func(awstest.Caller) string { return "role/deploy" }
			w.Secrets = map[string]DataSecret{arn: {User: "loader", Cluster: "etl"}, "plain": {User: "ben"}}
			out, err := w.client.ExecuteStatement(t.Context(), &datasdk.ExecuteStatementInput{
				Sql: s("do it"), ClusterIdentifier: test.cluster, WorkgroupName: test.workgroup, Database: test.database,
				DbUser: test.user, SecretArn: test.secret, SessionId: test.session,
			})
			if err != nil {
				refused(t, err, "ValidationException", test.want)
				same(t, len(w.Statements()), 0)
				return
			}
			ran := w.Statements()[0]
			same(t, ran.Warehouse+" "+ran.User, test.want)
			same(t, cmp.Or(aws.ToString(out.DbUser), aws.ToString(out.SecretArn)), cmp.Or(aws.ToString(test.secret), ran.User))
			same(t, out.WorkgroupName, test.workgroup)
			same(t, out.ClusterIdentifier != nil, test.workgroup == nil)
		})
	}
	if got := strings.Join([]string{dataUser("user/ada"), dataUser("role/etl")}, " "); got != "IAM:ada IAMR:etl" {
		t.Errorf("got %s", got)
	}
}
