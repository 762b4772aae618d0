package redshift

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"

	"github.com/awspatterns/awspatterns/awstest"
)

// controlWorld returns clients of an account's control plane, by account.
func controlWorld(t *testing.T) (*Data, *World, func(account string) *redshiftsdk.Client) {
	cloud, world := awstest.New(t), New()
	return Serve(cloud, world), world, func(account string) *redshiftsdk.Client {
		return redshiftsdk.NewFromConfig(cloud.Config(dataRegion, account), func(o *redshiftsdk.Options) { o.RetryMaxAttempts = 1 })
	}
}

func TestControlCluster(t *testing.T) {
	_, world, client := controlWorld(t)
	world.AddWorkgroup(Warehouse{Name: "sales"})
	world.AddCluster(Warehouse{Name: "etl", Version: "1.0.79372", Namespace: "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"})
	world.AddCluster(Warehouse{Name: "asleep", NodeType: "dc2.large", Slices: 4, Status: "paused"})
	world.AddCluster(Warehouse{Name: "etl", Account: "210987654321"})
	out, err := client(dataAccount).DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{ClusterIdentifier: aws.String("etl")})
	if err != nil || len(out.Clusters) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	c := out.Clusters[0]
	same(t, fmt.Sprint(*c.NodeType, " ", *c.NumberOfNodes, " ", *c.ClusterStatus, " ", *c.ClusterAvailabilityStatus, " ", *c.ClusterVersion, " ", *c.ClusterRevisionNumber, " ", *c.Encrypted, " ", *c.DBName),
		"ra3.4xlarge 16 available Available 1.0 79372 true dev")
	same(t, *c.ClusterNamespaceArn, "arn:aws:redshift:eu-central-1:123456789012:namespace:13b8833d-17c6-4f16-8fe4-1a018f5ed00d")
	out, err = client(dataAccount).DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{ClusterIdentifier: aws.String("asleep")})
	if err != nil {
		t.Fatal(err)
	}
	c = out.Clusters[0]
	same(t, fmt.Sprint(*c.NumberOfNodes, " ", *c.ClusterStatus, " ", *c.ClusterAvailabilityStatus), "2 paused Unavailable")
	for _, name := range []string{"none", "sales", "ETL"} {
		_, err = client(dataAccount).DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{ClusterIdentifier: &name})
		refused(t, err, "ClusterNotFound", "StatusCode: 404")
	}
}

func TestControlClusterPages(t *testing.T) {
	d, world, client := controlWorld(t)
	d.ControlPageSize = 2
	for _, name := range []string{"c", "a", "e", "b", "d"} {
		world.AddCluster(Warehouse{Name: name})
	}
	var got []string
	pages := redshiftsdk.NewDescribeClustersPaginator(client(dataAccount), &redshiftsdk.DescribeClustersInput{MaxRecords: aws.Int32(20)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(len(page.Clusters)))
		for _, c := range page.Clusters {
			got = append(got, *c.ClusterIdentifier)
		}
	}
	same(t, strings.Join(got, " "), "2 a b 2 c d 1 e")
	for _, in := range []redshiftsdk.DescribeClustersInput{
		{MaxRecords: aws.Int32(19)}, {MaxRecords: aws.Int32(101)}, {Marker: aws.String("?")}, {Marker: aws.String("00"), ClusterIdentifier: aws.String("a")},
	} {
		_, err := client(dataAccount).DescribeClusters(t.Context(), &in)
		refused(t, err, "InvalidParameterValue", "")
	}
	out, err := client(dataAccount).DescribeClusters(t.Context(), &redshiftsdk.DescribeClustersInput{TagKeys: []string{"team"}})
	if err != nil || len(out.Clusters) != 0 {
		t.Errorf("got %+v, %v", out, err)
	}
}
