package networkfirewall

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// These limits are from Tag and TagResource in the API reference.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagged returns a copy of tags with those of list.
func tagged(tags map[string]string, list []types.Tag) (map[string]string, error) {
	all := map[string]string{}
	maps.Copy(all, tags)
	for _, tag := range list {
		key, value := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch {
		case key == "" || utf8.RuneCountInString(key) > maxTagKey || utf8.RuneCountInString(value) > maxTagValue:
			return nil, invalid("Tags has invalid format, parameter: [%s], context: Tags", key)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, invalid("aws: prefixed tag key names are not allowed for external use")
		}
		all[key] = value
	}
	if len(all) > maxTags {
		return nil, invalid("Tags limit exceeded, parameter: [%d], context: Tags", len(all))
	}
	return all, nil
}

// tagsOf returns where the tags of a resource are. The caller holds s.mu.
func (s *Service) tagsOf(ctx context.Context, arn *string) (*map[string]string, error) {
	if g := s.groups[*arn]; g != nil && g.owned(ctx) && s.found(g) {
		return &g.Tags, nil
	}
	if p := s.policies[*arn]; p != nil && owns(ctx, *arn) {
		return &p.Tags, nil
	}
	if f := s.firewalls[*arn]; f != nil && owns(ctx, *arn) {
		return &f.Tags, nil
	}
	return nil, notFound(*arn)
}

// owns reports whether a resource is of the caller's account and Region.
func owns(ctx context.Context, arn string) bool {
	c, parts := awstest.CallerOf(ctx), strings.Split(arn, ":")
	return len(parts) == 6 && parts[3] == c.Region && parts[4] == c.Account
}

func (s *Service) tagResource(ctx context.Context, in *nfw.TagResourceInput) (*nfw.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tags, err := s.tagsOf(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	all, err := tagged(*tags, in.Tags)
	if err != nil {
		return nil, err
	}
	*tags = all
	s.writes++
	return nil, nil
}

func (s *Service) untagResource(ctx context.Context, in *nfw.UntagResourceInput) (*nfw.UntagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tags, err := s.tagsOf(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(*tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
	s.writes++
	return nil, nil
}

func (s *Service) listTagsForResource(ctx context.Context, in *nfw.ListTagsForResourceInput) (*nfw.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tags, err := s.tagsOf(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOf(s, tagList(*tags), func(t types.Tag) string { return *t.Key }, in.MaxResults, in.NextToken)
	return &nfw.ListTagsForResourceOutput{Tags: page, NextToken: next}, err
}
