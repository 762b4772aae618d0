package integration_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// redshiftMoto starts a moto whose Redshift Data API speaks as that of AWS. It has the
// cluster etl. Whatever a statement is, its result is moto's own.
func redshiftMoto(t *testing.T) aws.Config {
	t.Helper()
	command, err := filepath.EvalSymlinks(engine(t, "moto", "bin/moto_server"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := motoConfig(startMotoAs(t, filepath.Join(filepath.Dir(command), "python"), "testdata/redshift/data_api.py"))
	if _, err := redshiftsdk.NewFromConfig(cfg).CreateCluster(t.Context(), &redshiftsdk.CreateClusterInput{
		ClusterIdentifier: aws.String("etl"), NodeType: aws.String("ra3.4xlarge"), NumberOfNodes: aws.Int32(2),
		MasterUsername: aws.String("awsuser"), MasterUserPassword: aws.String("Passw0rd"),
	}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The clients of this library and a server that others wrote understand each other.
func TestRedshiftMoto(t *testing.T) {
	cfg := redshiftMoto(t)
	c := redshift.NewClients(cfg)
	t.Run("statement", func(t *testing.T) { motoStatement(t, c.Data) })
	t.Run("cancelled", func(t *testing.T) { motoCancelled(t, c.Data) })
	t.Run("unknown statement", func(t *testing.T) {
		_, err := c.Data.DescribeStatement(t.Context(), &datasdk.DescribeStatementInput{Id: aws.String("11111111-1111-4111-8111-111111111111")})
		if _, unknown := errors.AsType[*datatypes.ResourceNotFoundException](err); !unknown {
			t.Errorf("got %v", err)
		}
	})
	t.Run("connection", func(t *testing.T) { motoConnection(t, c) })
	t.Run("connection, cancelled", func(t *testing.T) { motoConnectionCancelled(t, c) })
	t.Run("cluster", func(t *testing.T) { motoCluster(t, c.Redshift) })
	t.Run("what moto lacks", func(t *testing.T) { motoLacks(t, cfg) })
}

func motoStatement(t *testing.T, c redshift.DataAPI) {
	started, err := c.ExecuteStatement(t.Context(), &datasdk.ExecuteStatementInput{
		Sql: aws.String("SELECT :a"), ClusterIdentifier: aws.String("etl"), Database: aws.String("prod"), WaitTimeSeconds: aws.Int32(1),
		Parameters: []datatypes.SqlParameter{{Name: aws.String("a"), Value: aws.String("b")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(*started.CreatedAt); age < -time.Minute || age > time.Hour {
		t.Errorf("it was created %v ago", age)
	}
	for _, want := range []datatypes.StatusString{datatypes.StatusStringStarted, datatypes.StatusStringFinished} {
		d, err := c.DescribeStatement(t.Context(), &datasdk.DescribeStatementInput{Id: started.Id, WaitTimeSeconds: aws.Int32(1)})
		if err != nil {
			t.Fatal(err)
		}
		if d.Status != want || *d.QueryString != "SELECT :a" || len(d.QueryParameters) != 1 || *d.QueryParameters[0].Value != "b" {
			t.Errorf("got %+v, want it %s", d, want)
		}
	}
	result, err := c.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: started.Id})
	if err != nil {
		t.Fatal(err)
	}
	if result.TotalNumRows != 3 || len(result.Records) != 3 || len(result.ColumnMetadata) != 3 || *result.ColumnMetadata[0].TypeName != "int8" {
		t.Errorf("got %+v", result)
	}
	if v, ok := result.Records[2][0].(*datatypes.FieldMemberLongValue); !ok || v.Value != 100 {
		t.Errorf("got %#v", result.Records[2][0])
	}
}

func motoCancelled(t *testing.T, c redshift.DataAPI) {
	started, err := c.ExecuteStatement(t.Context(), &datasdk.ExecuteStatementInput{
		Sql: aws.String("SELECT 'forever'"), ClusterIdentifier: aws.String("etl"), Database: aws.String("prod"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.CancelStatement(t.Context(), &datasdk.CancelStatementInput{Id: started.Id}); err != nil || !*out.Status {
		t.Fatalf("got %+v, %v", out, err)
	}
	d, err := c.DescribeStatement(t.Context(), &datasdk.DescribeStatementInput{Id: started.Id})
	if err != nil || d.Status != datatypes.StatusStringAborted {
		t.Errorf("got %+v, %v", d, err)
	}
	_, err = c.CancelStatement(t.Context(), &datasdk.CancelStatementInput{Id: started.Id})
	if _, invalid := errors.AsType[*datatypes.ValidationException](err); !invalid {
		t.Errorf("cancelled twice: %v", err)
	}
}

// motoConnect returns a connection to the cluster etl, which tells progress.
func motoConnect(t *testing.T, c redshift.Clients, progress func(redshift.Progress)) *redshift.Conn {
	t.Helper()
	conn, err := redshift.NewConn(c, redshift.ConnOptions{
		Warehouse: share.Warehouse{Cluster: "etl", Database: "prod", User: "loader"}, Progress: progress,
	})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func motoConnection(t *testing.T, c redshift.Clients) {
	var seen []string
	conn := motoConnect(t, c, func(p redshift.Progress) { seen = append(seen, p.Status) })
	result, err := conn.Run(t.Context(), redshift.Statement{SQL: "SELECT :a", Parameters: map[string]string{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"SUBMITTED", "STARTED", "FINISHED"}; !slices.Equal(seen, want) {
		t.Errorf("got the progress %q, want %q", seen, want)
	}
	if result.ID == "" || result.QueryID == 0 || result.Duration != time.Millisecond || result.Deduplicated {
		t.Errorf("got %+v", result)
	}
	type house struct {
		Number int    `redshift:"Number"`
		Street string `redshift:"Street"`
		City   string `redshift:"City"`
	}
	houses, err := redshift.Collect[house](t.Context(), result)
	if want := []house{{10, "Alpha st", "Vancouver"}, {50, "Beta st", "Toronto"}, {100, "Gamma av", "Seattle"}}; err != nil || !slices.Equal(houses, want) {
		t.Errorf("got %+v, %v, want %+v", houses, err, want)
	}
	d, err := c.Data.DescribeStatement(t.Context(), &datasdk.DescribeStatementInput{Id: &result.ID})
	if err != nil || *d.ClusterIdentifier != "etl" || *d.Database != "prod" || *d.DbUser != "loader" || *d.QueryString != "SELECT :a" || *d.QueryParameters[0].Value != "b" {
		t.Errorf("the server was sent %+v, %v", d, err)
	}
}

func motoConnectionCancelled(t *testing.T, c redshift.Clients) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	conn := motoConnect(t, c, func(p redshift.Progress) {
		if p.Status == "STARTED" {
			cancel()
		}
	})
	_, err := conn.Run(ctx, redshift.Statement{SQL: "SELECT 'forever'"})
	interrupted, ok := errors.AsType[*redshift.InterruptedError](err)
	if !ok || interrupted.State != redshift.StateStopped || !errors.Is(err, context.Canceled) || !errors.Is(err, redshift.ErrCancelled) {
		t.Fatalf("got %v", err)
	}
	d, err := c.Data.DescribeStatement(t.Context(), &datasdk.DescribeStatementInput{Id: &interrupted.ID})
	if err != nil || d.Status != datatypes.StatusStringAborted {
		t.Errorf("the server has it %+v, %v", d, err)
	}
}

func motoCluster(t *testing.T, c redshift.RedshiftAPI) {
	found, err := c.DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{ClusterIdentifier: aws.String("etl")})
	if err != nil || len(found.Clusters) != 1 {
		t.Fatalf("got %+v, %v", found, err)
	}
	if cluster := found.Clusters[0]; *cluster.NodeType != "ra3.4xlarge" || *cluster.NumberOfNodes != 2 || *cluster.ClusterStatus != "available" || *cluster.ClusterVersion != "1.0" {
		t.Errorf("got %+v", cluster)
	}
	_, err = c.DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{ClusterIdentifier: aws.String("nowhere")})
	if _, missing := errors.AsType[*redshifttypes.ClusterNotFoundFault](err); !missing {
		t.Errorf("got %v", err)
	}
}

// What moto does not know is not tried here. When a newer one knows it, this fails.
func motoLacks(t *testing.T, cfg aws.Config) {
	cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) }
	c, ctx := redshift.NewClients(cfg), t.Context()
	arn, account := aws.String("arn:aws:redshift:eu-central-1:123456789012:datashare:11111111-1111-4111-8111-111111111111/sales_ds"), aws.String("444455556666")
	for name, call := range map[string]func() error{
		"BatchExecuteStatement": func() error {
			_, err := c.Data.BatchExecuteStatement(ctx, &datasdk.BatchExecuteStatementInput{Sqls: []string{"SELECT 1"}, ClusterIdentifier: aws.String("etl"), Database: aws.String("prod")})
			return err
		},
		"DescribeDataShares": func() error {
			_, err := c.Redshift.DescribeDataShares(ctx, &redshiftsdk.DescribeDataSharesInput{})
			return err
		},
		"AuthorizeDataShare": func() error {
			_, err := c.Redshift.AuthorizeDataShare(ctx, &redshiftsdk.AuthorizeDataShareInput{DataShareArn: arn, ConsumerIdentifier: account})
			return err
		},
		"DeauthorizeDataShare": func() error {
			_, err := c.Redshift.DeauthorizeDataShare(ctx, &redshiftsdk.DeauthorizeDataShareInput{DataShareArn: arn, ConsumerIdentifier: account})
			return err
		},
		"AssociateDataShareConsumer": func() error {
			_, err := c.Redshift.AssociateDataShareConsumer(ctx, &redshiftsdk.AssociateDataShareConsumerInput{DataShareArn: arn, AssociateEntireAccount: aws.Bool(true)})
			return err
		},
		"DisassociateDataShareConsumer": func() error {
			_, err := c.Redshift.DisassociateDataShareConsumer(ctx, &redshiftsdk.DisassociateDataShareConsumerInput{DataShareArn: arn, DisassociateEntireAccount: aws.Bool(true)})
			return err
		},
		"GetWorkgroup": func() error {
			_, err := c.Serverless.GetWorkgroup(ctx, &serverlesssdk.GetWorkgroupInput{WorkgroupName: aws.String("unit")})
			return err
		},
		"GetNamespace": func() error {
			_, err := c.Serverless.GetNamespace(ctx, &serverlesssdk.GetNamespaceInput{NamespaceName: aws.String("unit")})
			return err
		},
	} {
		if response, ok := errors.AsType[*smithyhttp.ResponseError](call()); !ok || response.HTTPStatusCode() != 500 {
			t.Errorf("moto knows %s: try it", name)
		}
	}
}
