package apigateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/apigateway"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

func TestGetRestApis(t *testing.T) {
	cloud := awstest.New(t)
	service, c := apigateway.New(cloud), sdk.NewFromConfig(cloud.Config(region, account))
	for _, name := range []string{"a", "b", "b"} { // names may be the same
		service.CreateAPI(account, region, name)
	}
	service.DeleteAPI(service.CreateAPI(account, region, "deleted"))
	service.CreateAPI(account, "us-east-1", "elsewhere")
	for size, want := range map[int]int{0: 1, 1: 3, 2: 2, 3: 1} {
		service.PageSize = size
		var names []string
		pages := 0
		for p := sdk.NewGetRestApisPaginator(c, &sdk.GetRestApisInput{Limit: aws.Int32(500)}); p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page.Items {
				names = append(names, *a.Name)
			}
		}
		if slices.Sort(names); !slices.Equal(names, []string{"a", "b", "b"}) || pages != want {
			t.Errorf("page size %d: got %q in %d pages, want %d", size, names, pages, want)
		}
	}
}

func TestGetStages(t *testing.T) {
	cloud := awstest.New(t)
	service, c := apigateway.New(cloud), sdk.NewFromConfig(cloud.Config(region, account))
	id := service.CreateAPI(account, region, "a")
	arn := service.SetStage(id, "prod", "acl", map[string]string{"k": "v"})
	service.SetStage(id, "dev", "", nil)
	out, err := c.GetStages(t.Context(), &sdk.GetStagesInput{RestApiId: &id})
	if err != nil || len(out.Item) != 2 || *out.Item[1].WebAclArn != "acl" || out.Item[1].Tags["k"] != "v" || out.Item[0].WebAclArn != nil {
		t.Errorf("got %+v and %v", out, err)
	}
	if want := "arn:aws:apigateway:eu-central-1::/restapis/" + id + "/stages/prod"; arn != want {
		t.Errorf("got %s, want %s", arn, want)
	}
	service.DeleteAPI(id)
	if _, err := c.GetStages(t.Context(), &sdk.GetStagesInput{RestApiId: &id}); err == nil || !strings.Contains(err.Error(), "NotFoundException") {
		t.Errorf("got %v", err)
	}
}
