package ses

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// An endpointFound is what was read of a multi-region endpoint.
type endpointFound struct {
	id        string
	secondary string
	status    sestypes.Status
	tags      map[string]string
}

// endpointARN returns that of a multi-region endpoint, which no answer of SES has.
func (s *site) endpointARN(name string) string { return s.arn("multi-region-endpoint/" + name) }

// readEndpoint reads an endpoint with its tags; nil if there is none. That it has no tags to
// list means that it has just come or gone, which reads show a moment later.
func readEndpoint(ctx context.Context, s *site, name string) (*endpointFound, error) {
	for until := time.Now().Add(endpointUnseen); ; {
		e, err := getEndpoint(ctx, s, name)
		if e == nil || err != nil || e.status == sestypes.StatusDeleting {
			return e, err
		}
		out, err := s.SES.ListTagsForResource(ctx, &sesv2.ListTagsForResourceInput{ResourceArn: aws.String(s.endpointARN(name))}, s.turn("ListTagsForResource"))
		if err == nil {
			e.tags = readTags(out.Tags)
			return e, nil
		}
		if !endpointMissing(err) || !time.Now().Before(until) {
			return nil, err
		}
		if err := pace.Sleep(ctx, endpointMaxPoll); err != nil {
			return nil, err
		}
	}
}

// getEndpoint reads an endpoint without its tags; nil if there is none.
func getEndpoint(ctx context.Context, s *site, name string) (*endpointFound, error) {
	out, err := readAbsent(s.SES.GetMultiRegionEndpoint(ctx, &sesv2.GetMultiRegionEndpointInput{EndpointName: &name}, s.turn("GetMultiRegionEndpoint")))
	if out == nil {
		return nil, err
	}
	e := &endpointFound{id: aws.ToString(out.EndpointId), status: out.Status}
	var others []string
	for _, route := range out.Routes {
		if r := aws.ToString(route.Region); r != s.Region {
			others = append(others, r)
		}
	}
	slices.Sort(others)
	e.secondary = strings.Join(others, ", ")
	return e, nil
}

func endpointMissing(err error) bool {
	_, missing := errors.AsType[*sestypes.NotFoundException](err)
	return missing
}
