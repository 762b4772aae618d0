package ses_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// TestGlobalEndpointTagPermissions looks that tags of endpoints are allowed on what the
// service authorization reference lists for these actions, which is no endpoint, and that
// what limits setting them holds for all requests.
func TestGlobalEndpointTagPermissions(t *testing.T) {
	for _, opts := range []ses.GlobalEndpointOptions{{Name: "mail"}, {Name: "mail", Adopt: true}} {
		primary, _ := ses.GlobalEndpointPermissions(opts)
		for _, p := range primary.Apply {
			tags := p.Action == "ses:TagResource" || p.Action == "ses:ListTagsForResource"
			if tags && !slices.Equal(p.Resources, []string{"*"}) {
				t.Errorf("%s is on %v", p.Action, p.Resources)
			}
		}
	}
	for name, c := range endpointCases() {
		inEndpointWorld(t, c.start, func(t *testing.T, w *endpointWorld) {
			if _, err := w.apply(t.Context(), c.opts); err != nil {
				t.Fatal(err)
			}
			for _, call := range w.Calls() {
				in, is := call.Input.(*sesv2.TagResourceInput)
				if is && !slices.ContainsFunc(in.Tags, func(tag sestypes.Tag) bool { return *tag.Key == ses.EndpointTag }) {
					t.Errorf("%s: tags without the mark: %v", name, in.Tags)
				}
			}
		})
	}
}

// TestGlobalEndpointWithoutRegions: an answer that tells no Regions is no endpoint with other
// Regions, which would be replaced.
func TestGlobalEndpointWithoutRegions(t *testing.T) {
	inEndpointWorld(t, endpointThere(endpointSecondary, sestypes.StatusReady, endpointMark(endpointSecondary)), func(t *testing.T, w *endpointWorld) {
		awstest.Handle(w.Cloud, func(context.Context, *sesv2.GetMultiRegionEndpointInput) (*sesv2.GetMultiRegionEndpointOutput, error) {
			return &sesv2.GetMultiRegionEndpointOutput{EndpointId: aws.String("a.b"), EndpointName: aws.String("mail"), Status: sestypes.StatusReady}, nil
		})
		plan, err := w.plan(t.Context(), ses.GlobalEndpointOptions{Name: "mail", Replace: true})
		if err != nil || !plan.Incomplete || plan.Applies() {
			t.Errorf("got %v, %v", plan, err)
		}
	})
}
