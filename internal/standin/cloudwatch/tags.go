package cloudwatch

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

func (s *Service) tagResource(_ context.Context, in *cw.TagResourceInput) (*cw.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.tagsOf(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	changed := maps.Clone(t)
	if err := changed.add(in.Tags); err != nil {
		return nil, err
	}
	maps.Copy(t, changed)
	s.writes++
	return &cw.TagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(_ context.Context, in *cw.ListTagsForResourceInput) (*cw.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.tagsOf(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &cw.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		out.Tags = append(out.Tags, types.Tag{Key: aws.String(key), Value: aws.String(t[key])})
	}
	return out, nil
}
