package wafv2

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// checkTags returns the tags that there are with those of a call.
func checkTags(there map[string]string, more []types.Tag) (map[string]string, error) {
	all := map[string]string{}
	maps.Copy(all, there)
	for _, tag := range more {
		key, value := *tag.Key, *tag.Value
		if key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256 || strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, badForm("TAGS", key)
		}
		all[key] = value
	}
	if len(all) > maxTags {
		return nil, limitsExceeded()
	}
	return all, nil
}

func (s *Service) tagResource(ctx context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.find(ctx, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags, err := checkTags(i.tags, in.Tags)
	if err == nil {
		i.tags = tags
	}
	return nil, err
}

func (s *Service) listTagsForResource(ctx context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.find(ctx, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(i.tags)), func(key string) bool { return key <= aws.ToString(in.NextMarker) })
	page, full := cut(keys, s.PageSize, in.Limit)
	out := &sdk.ListTagsForResourceOutput{TagInfoForResource: &types.TagInfoForResource{ResourceARN: in.ResourceARN, TagList: []types.Tag{}}}
	for _, key := range page {
		out.TagInfoForResource.TagList = append(out.TagInfoForResource.TagList, types.Tag{Key: &key, Value: aws.String(i.tags[key])})
	}
	if full {
		out.NextMarker = aws.String(page[len(page)-1])
	}
	return out, nil
}
