package cloudwatchlogs_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
)

func TestDescribeLogGroups(t *testing.T) {
	cloud := awstest.New(t)
	s := cloudwatchlogs.New(cloud)
	s.PageSize = 2
	for _, name := range []string{"/edge/alert", "/edge/flow", "/edge/flow/old", "/other", "/edge/gone"} {
		s.CreateGroup("123456789012", "eu-central-1", cloudwatchlogs.Group{Name: name, StoredBytes: 7})
	}
	s.CreateGroup("999999999999", "eu-central-1", cloudwatchlogs.Group{Name: "/edge/theirs"})
	s.CreateGroup("123456789012", "eu-central-1", cloudwatchlogs.Group{Name: "/edge/flow/rare", Class: types.LogGroupClassInfrequentAccess})
	s.DeleteGroup("123456789012", "eu-central-1", "/edge/gone")
	c := sdk.NewFromConfig(cloud.Config("eu-central-1", "123456789012"))
	list := func(in *sdk.DescribeLogGroupsInput) (found []string) {
		pages := sdk.NewDescribeLogGroupsPaginator(c, in)
		for pages.HasMorePages() {
			out, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range out.LogGroups {
				found = append(found, *g.LogGroupName+" "+string(g.LogGroupClass))
			}
		}
		return found
	}
	for _, test := range []struct {
		in   sdk.DescribeLogGroupsInput
		want string
	}{
		{sdk.DescribeLogGroupsInput{}, "/edge/alert STANDARD, /edge/flow STANDARD, /edge/flow/old STANDARD, /edge/flow/rare INFREQUENT_ACCESS, /other STANDARD"},
		{sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/edge/flow")}, "/edge/flow STANDARD, /edge/flow/old STANDARD, /edge/flow/rare INFREQUENT_ACCESS"},
		{sdk.DescribeLogGroupsInput{LogGroupNamePattern: aws.String("other")}, "/other STANDARD"},
		{sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/edge/theirs")}, ""},
	} {
		if got := strings.Join(list(&test.in), ", "); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	for _, in := range []sdk.DescribeLogGroupsInput{
		{Limit: aws.Int32(51)}, {NextToken: aws.String("x")}, {LogGroupNamePrefix: aws.String("a"), LogGroupNamePattern: aws.String("a")},
	} {
		if _, err := c.DescribeLogGroups(t.Context(), &in); err == nil || !strings.Contains(err.Error(), "InvalidParameterException") {
			t.Errorf("got %v", err)
		}
	}
}
