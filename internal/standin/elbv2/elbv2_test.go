package elbv2_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/elbv2"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

func TestDescribeLoadBalancers(t *testing.T) {
	cloud := awstest.New(t)
	service, c := elbv2.New(cloud), sdk.NewFromConfig(cloud.Config(region, account))
	service.Create(account, region, "a", types.LoadBalancerTypeEnumApplication, nil)
	service.Create(account, region, "n", types.LoadBalancerTypeEnumNetwork, nil)
	service.Create(account, region, "g", types.LoadBalancerTypeEnumGateway, nil)
	gone := service.Create(account, region, "x", types.LoadBalancerTypeEnumApplication, nil)
	service.Create(account, "us-east-1", "elsewhere", types.LoadBalancerTypeEnumApplication, nil)
	service.Create("444455556666", region, "another's", types.LoadBalancerTypeEnumApplication, nil)
	service.Delete(gone)
	for size, want := range map[int]int{0: 1, 1: 3, 2: 2, 3: 1} {
		service.PageSize = size
		var names []string
		pages := 0
		for p := sdk.NewDescribeLoadBalancersPaginator(c, &sdk.DescribeLoadBalancersInput{}); p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range page.LoadBalancers {
				names = append(names, *b.LoadBalancerName+" "+string(b.Type))
			}
		}
		if slices.Sort(names); !slices.Equal(names, []string{"a application", "g gateway", "n network"}) || pages != want {
			t.Errorf("page size %d: got %q in %d pages, want %d", size, names, pages, want)
		}
	}
}

func TestDescribeTags(t *testing.T) {
	cloud := awstest.New(t)
	service, c := elbv2.New(cloud), sdk.NewFromConfig(cloud.Config(region, account))
	var arns []string
	for i := range 21 {
		arns = append(arns, service.Create(account, region, fmt.Sprint("b", i), types.LoadBalancerTypeEnumApplication, map[string]string{"n": fmt.Sprint(i)}))
	}
	service.Tag(arns[1], nil)
	out, err := c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{ResourceArns: arns[:20]})
	if err != nil || len(out.TagDescriptions) != 20 || *out.TagDescriptions[19].Tags[0].Value != "19" || len(out.TagDescriptions[1].Tags) != 0 {
		t.Errorf("got %+v and %v", out, err)
	}
	_, err = c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{ResourceArns: arns})
	want(t, "21", err, "ValidationError")
	service.Delete(arns[3])
	_, err = c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{ResourceArns: arns[:20]})
	want(t, "one is gone", err, "LoadBalancerNotFound")
}
