// Package ec2 stands in for Amazon EC2, as far as the tags of instances go. It keeps
// them and answers with the errors and limits of the API reference.
package ec2

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon EC2 need ("Actions, resources, and
// condition keys for Amazon EC2" in the service authorization reference).
var Actions = awstest.Actions{
	"EC2.CreateTags":   {"ec2:CreateTags"},
	"EC2.DeleteTags":   {"ec2:DeleteTags"},
	"EC2.DescribeTags": {"ec2:DescribeTags"},
}

// A Service is EC2 in all accounts and Regions of a Cloud. Its methods are not calls:
// the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most tags that one answer lists.
	PageSize int

	mu        sync.Mutex
	instances map[instance]map[string]string // their tags
}

type instance struct{ account, region, id string }

// New returns an EC2 without instances, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{instances: map[instance]map[string]string{}}
	awstest.Handle(c, s.createTags)
	awstest.Handle(c, s.deleteTags)
	awstest.Handle(c, s.describeTags)
	return s
}

// RunInstance makes an instance with tags.
func (s *Service) RunInstance(account, region, id string, tags map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instances[instance{account, region, id}] = cloned(tags)
}

// Tags returns the tags of an instance, nil if there is none.
func (s *Service) Tags(account, region, id string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.instances[instance{account, region, id}])
}

// Dump returns the tags of all instances as text, in a defined order.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for i, tags := range s.instances {
		line := fmt.Sprintf("instance %s in %s %s:", i.id, i.account, i.region)
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			line += fmt.Sprintf(" %s=%q", key, tags[key])
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func cloned(tags map[string]string) map[string]string {
	out := maps.Clone(tags)
	if out == nil {
		out = map[string]string{}
	}
	return out
}

// maxTags is how many a resource has ("Tag restrictions").
const maxTags = 50

func (s *Service) createTags(ctx context.Context, in *sdk.CreateTagsInput) (*sdk.CreateTagsOutput, error) {
	return &sdk.CreateTagsOutput{}, s.change(ctx, in.Resources, func(have map[string]string) (map[string]string, error) {
		for _, t := range in.Tags {
			if strings.HasPrefix(strings.ToLower(aws.ToString(t.Key)), "aws:") {
				return nil, refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
			}
			have[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		if len(have) > maxTags {
			return nil, refuse("TagLimitExceeded", "You have reached the maximum number of tags")
		}
		return have, nil
	})
}

func (s *Service) deleteTags(ctx context.Context, in *sdk.DeleteTagsInput) (*sdk.DeleteTagsOutput, error) {
	return &sdk.DeleteTagsOutput{}, s.change(ctx, in.Resources, func(have map[string]string) (map[string]string, error) {
		for _, t := range in.Tags {
			value, there := have[aws.ToString(t.Key)]
			if there && (t.Value == nil || *t.Value == value) {
				delete(have, *t.Key)
			}
		}
		return have, nil
	})
}

// change changes the tags of all resources, or of none.
func (s *Service) change(ctx context.Context, ids []string, change func(map[string]string) (map[string]string, error)) error {
	at := awstest.CallerOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := map[instance]map[string]string{}
	for _, id := range ids {
		i := instance{at.Account, at.Region, id}
		if s.instances[i] == nil {
			return refuse("InvalidInstanceID.NotFound", "The instance ID '"+id+"' does not exist")
		}
		tags, err := change(maps.Clone(s.instances[i]))
		if err != nil {
			return err
		}
		changed[i] = tags
	}
	maps.Copy(s.instances, changed)
	return nil
}

func (s *Service) describeTags(ctx context.Context, in *sdk.DescribeTagsInput) (*sdk.DescribeTagsOutput, error) {
	ids, err := filtered(in.Filters)
	if err != nil {
		return nil, err
	}
	at := awstest.CallerOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []types.TagDescription
	for _, id := range ids {
		tags := s.instances[instance{at.Account, at.Region, id}]
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			all = append(all, types.TagDescription{
				Key: &key, Value: aws.String(tags[key]), ResourceId: &id, ResourceType: types.ResourceTypeInstance,
			})
		}
	}
	return s.page(all, aws.ToString(in.NextToken))
}

func filtered(filters []types.Filter) ([]string, error) {
	if len(filters) != 1 || aws.ToString(filters[0].Name) != "resource-id" {
		return nil, refuse("InvalidParameterValue", "this stand-in knows the filter resource-id alone")
	}
	return filters[0].Values, nil
}

func (s *Service) page(all []types.TagDescription, token string) (*sdk.DescribeTagsOutput, error) {
	start := 0
	if token != "" {
		var err error
		if start, err = strconv.Atoi(token); err != nil || start > len(all) {
			return nil, refuse("InvalidParameterValue", "Unable to parse pagination token")
		}
	}
	end := len(all)
	if s.PageSize > 0 {
		end = min(end, start+s.PageSize)
	}
	out := &sdk.DescribeTagsOutput{Tags: all[start:end]}
	if end < len(all) {
		out.NextToken = aws.String(strconv.Itoa(end))
	}
	return out, nil
}

func refuse(code, message string) error {
	return awstest.Error(http.StatusBadRequest, code, message)
}
