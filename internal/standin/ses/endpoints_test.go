package ses

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
)

func routeTo(regions ...string) *types.Details {
	d := &types.Details{RoutesDetails: []types.RouteDetails{}}
	for _, region := range regions {
		d.RoutesDetails = append(d.RoutesDetails, types.RouteDetails{Region: aws.String(region)})
	}
	return d
}

func endpointCode(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return strings.TrimSuffix(api.ErrorCode(), "Exception")
	}
	return fmt.Sprint(err)
}

func TestEndpointsRefused(t *testing.T) {
	for _, test := range []struct {
		name, endpoint string
		details        *types.Details
		want           string
	}{
		{"good", "mail_1-a", routeTo("us-east-1"), "<nil>"},
		{"no route", "mail", routeTo(), "BadRequest"},
		{"two routes", "mail", routeTo("us-east-1", "us-east-2"), "BadRequest"},
		{"itself", "mail", routeTo("eu-west-1"), "BadRequest"},
		{"another partition", "mail", routeTo("us-gov-east-1"), "BadRequest"},
		{"no Region", "mail", routeTo("Ireland"), "BadRequest"},
		{"a dot", "mail.example", routeTo("us-east-1"), "BadRequest"},
		{"too long", strings.Repeat("a", 65), routeTo("us-east-1"), "BadRequest"},
		{"taken", "taken", routeTo("us-east-1"), "AlreadyExists"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			Serve(cloud).Region("123456789012", "eu-west-1").MakeEndpoint("taken", "us-east-2", types.StatusReady)
			client := sesv2.NewFromConfig(cloud.Config("eu-west-1", "123456789012"))
			_, err := client.CreateMultiRegionEndpoint(t.Context(), &sesv2.CreateMultiRegionEndpointInput{EndpointName: &test.endpoint, Details: test.details})
			if got := endpointCode(err); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestEndpointLife follows one endpoint from its creation to its end.
func TestEndpointLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		world := Serve(cloud)
		primary := world.Region("123456789012", "eu-west-1")
		primary.EndpointLag = time.Second
		client := sesv2.NewFromConfig(cloud.Config("eu-west-1", "123456789012"))
		elsewhere := sesv2.NewFromConfig(cloud.Config("us-east-1", "123456789012"))
		name := aws.String("mail")
		status := func(c *sesv2.Client) string {
			out, err := c.GetMultiRegionEndpoint(t.Context(), &sesv2.GetMultiRegionEndpointInput{EndpointName: name})
			if err != nil {
				return endpointCode(err)
			}
			return string(out.Status)
		}
		expect := func(when, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: got %s, want %s", when, got, want)
			}
		}
		remove := func() string {
			_, err := client.DeleteMultiRegionEndpoint(t.Context(), &sesv2.DeleteMultiRegionEndpointInput{EndpointName: name})
			return endpointCode(err)
		}
		out, err := client.CreateMultiRegionEndpoint(t.Context(), &sesv2.CreateMultiRegionEndpointInput{EndpointName: name, Details: routeTo("us-east-1")})
		if err != nil {
			t.Fatal(err)
		}
		expect("at once", status(client), "NotFound")
		time.Sleep(2 * time.Second)
		expect("after the lag", status(client), "CREATING")
		expect("deleted while it is created", remove(), "ConcurrentModification")
		if got := world.endpointOf("123456789012", *out.EndpointId); got != nil {
			t.Errorf("before it is ready, mail goes to %v", got)
		}
		time.Sleep(time.Minute)
		expect("settled", status(client), "READY")
		expect("in the secondary", status(elsewhere), "NotFound")
		if got := world.endpointOf("123456789012", *out.EndpointId); !slices.Equal(got, []string{"eu-west-1", "us-east-1"}) {
			t.Errorf("mail goes to %v", got)
		}
		expect("deleted", remove(), "<nil>")
		expect("within the lag", status(client), "READY")
		time.Sleep(2 * time.Second)
		expect("after the lag", status(client), "DELETING")
		_, err = client.CreateMultiRegionEndpoint(t.Context(), &sesv2.CreateMultiRegionEndpointInput{EndpointName: name, Details: routeTo("us-east-1")})
		expect("created while it is deleted", endpointCode(err), "AlreadyExists")
		time.Sleep(time.Minute)
		expect("gone", status(client), "NotFound")
		expect("deleted again", remove(), "NotFound")

		primary.FailEndpoint("mail", 1)
		if _, err = client.CreateMultiRegionEndpoint(t.Context(), &sesv2.CreateMultiRegionEndpointInput{EndpointName: name, Details: routeTo("us-east-1")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		expect("failed", status(client), "FAILED")
	})
}

func TestListEndpoints(t *testing.T) {
	cloud := awstest.New(t)
	world := Serve(cloud)
	world.PageSize = 2
	primary := world.Region("123456789012", "eu-west-1")
	for _, name := range []string{"c", "a", "b"} {
		primary.MakeEndpoint(name, "us-east-1", types.StatusReady)
	}
	pages := sesv2.NewListMultiRegionEndpointsPaginator(sesv2.NewFromConfig(cloud.Config("eu-west-1", "123456789012")), &sesv2.ListMultiRegionEndpointsInput{})
	var got []string
	calls := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		calls++
		for _, e := range page.MultiRegionEndpoints {
			got = append(got, *e.EndpointName+" "+strings.Join(e.Regions, "+"))
		}
	}
	if want := []string{"a eu-west-1+us-east-1", "b eu-west-1+us-east-1", "c eu-west-1+us-east-1"}; !slices.Equal(got, want) || calls != 2 {
		t.Errorf("got %q in %d pages", got, calls)
	}
}
