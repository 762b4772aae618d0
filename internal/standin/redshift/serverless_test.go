package redshift

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"

	"github.com/awspatterns/awspatterns/awstest"
)

func TestServerless(t *testing.T) {
	cloud, world := awstest.New(t), New()
	Serve(cloud, world)
	world.AddCluster(Warehouse{Name: "etl"})
	world.AddWorkgroup(Warehouse{Name: "sales", BaseCapacity: 32, CaseSensitive: true, Version: "1.0.79372", Namespace: "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"})
	client := serverlesssdk.NewFromConfig(cloud.Config(dataRegion, dataAccount))
	out, err := client.GetWorkgroup(t.Context(), &serverlesssdk.GetWorkgroupInput{WorkgroupName: aws.String("sales")})
	if err != nil {
		t.Fatal(err)
	}
	g := out.Workgroup
	same(t, fmt.Sprint(*g.WorkgroupName, " ", *g.BaseCapacity, " ", *g.WorkgroupVersion, " ", *g.PatchVersion, " ", g.Status), "sales 32 1.0 1.0.79372 AVAILABLE")
	sensitive := ""
	for _, p := range g.ConfigParameters {
		if *p.ParameterKey == "enable_case_sensitive_identifier" {
			sensitive = *p.ParameterValue
		}
	}
	same(t, sensitive, "true")
	namespace, err := client.GetNamespace(t.Context(), &serverlesssdk.GetNamespaceInput{NamespaceName: g.NamespaceName})
	if err != nil {
		t.Fatal(err)
	}
	n := namespace.Namespace
	same(t, []string{*n.NamespaceId, *n.DbName, string(n.Status)}, []string{"13b8833d-17c6-4f16-8fe4-1a018f5ed00d", "dev", "AVAILABLE"})
	same(t, *n.NamespaceArn, "arn:aws:redshift-serverless:eu-central-1:123456789012:namespace/13b8833d-17c6-4f16-8fe4-1a018f5ed00d")
	for _, name := range []string{"none", "etl", "sales-ns"} {
		_, err := client.GetWorkgroup(t.Context(), &serverlesssdk.GetWorkgroupInput{WorkgroupName: &name})
		refused(t, err, "ResourceNotFoundException", "404")
	}
	_, err = client.GetNamespace(t.Context(), &serverlesssdk.GetNamespaceInput{NamespaceName: aws.String("sales")})
	refused(t, err, "ResourceNotFoundException", "404")
	other := serverlesssdk.NewFromConfig(cloud.Config("us-east-1", dataAccount))
	_, err = other.GetWorkgroup(t.Context(), &serverlesssdk.GetWorkgroupInput{WorkgroupName: aws.String("sales")})
	refused(t, err, "ResourceNotFoundException", "404")
}
