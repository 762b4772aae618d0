package cloudfront_test

import (
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/cloudfront"
)

const account = "111122223333"

func TestListDistributions(t *testing.T) {
	cloud := awstest.New(t)
	service, c := cloudfront.New(cloud), sdk.NewFromConfig(cloud.Config("us-east-1", account))
	var arns []string
	for _, acl := range []string{"", "acl", "acl"} {
		arns = append(arns, service.Create(account, acl, nil))
	}
	service.Create("444455556666", "another's", nil)
	slices.Sort(arns)
	for size, want := range map[int]int{0: 1, 1: 3, 2: 2, 3: 1} {
		service.PageSize = size
		var got []string
		pages, protected := 0, 0
		for p := sdk.NewListDistributionsPaginator(c, &sdk.ListDistributionsInput{}); p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.DistributionList.Items {
				got = append(got, *d.ARN)
				if *d.WebACLId == "acl" {
					protected++
				}
			}
		}
		if !slices.Equal(got, arns) || pages != want || protected != 2 {
			t.Errorf("page size %d: got %q in %d pages, want %d", size, got, pages, want)
		}
	}
}

func TestTags(t *testing.T) {
	cloud := awstest.New(t)
	service, c := cloudfront.New(cloud), sdk.NewFromConfig(cloud.Config("us-east-1", account))
	arn := service.Create(account, "", map[string]string{"b": "2", "a": "1"})
	out, err := c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{Resource: &arn})
	if err != nil || len(out.Tags.Items) != 2 || *out.Tags.Items[0].Key != "a" || *out.Tags.Items[1].Value != "2" {
		t.Errorf("got %+v and %v", out, err)
	}
	service.Delete(arn)
	if _, err := c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{Resource: &arn}); err == nil || !strings.Contains(err.Error(), "NoSuchResource") {
		t.Errorf("got %v", err)
	}
}
