package macie2

import (
	"context"
	"maps"
	"strings"
	"unicode/utf8"

	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
)

const (
	maxTags        = 50
	maxTagKeyLen   = 128
	maxTagValueLen = 256
)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalid("A resource can have at most 50 tags")
	}
	for key, value := range tags {
		err := first(
			refuse(key == "" || utf8.RuneCountInString(key) > maxTagKeyLen, "A tag key must have 1 to 128 characters"),
			refuse(strings.HasPrefix(strings.ToLower(key), "aws:"), "A tag key can't begin with aws:"),
			refuse(utf8.RuneCountInString(value) > maxTagValueLen, "A tag value can have at most 256 characters"),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// tagged returns the tags of what an ARN names. A custom data identifier that was
// deleted has none.
func (s *session) tagged(arn string) (*map[string]string, error) {
	for _, j := range s.jobs {
		if *j.arn == arn {
			return &j.tags, nil
		}
	}
	for _, d := range s.identifiers {
		if *d.arn == arn && !d.deleted {
			return &d.tags, nil
		}
	}
	for _, l := range s.allowLists {
		if *l.arn == arn {
			return &l.tags, nil
		}
	}
	return nil, notFound("resource", arn)
}

func (s *Service) tagResource(ctx context.Context, in *macie2sdk.TagResourceInput) (*macie2sdk.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	tags, err := session.tagged(*in.ResourceArn)
	if err != nil {
		return nil, err
	}
	merged := map[string]string{}
	maps.Copy(merged, *tags)
	maps.Copy(merged, in.Tags)
	if err := checkTags(merged); err != nil {
		return nil, err
	}
	*tags = merged
	return nil, nil
}

func (s *Service) untagResource(ctx context.Context, in *macie2sdk.UntagResourceInput) (*macie2sdk.UntagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	tags, err := session.tagged(*in.ResourceArn)
	if err != nil {
		return nil, err
	}
	left := maps.Clone(*tags)
	for _, key := range in.TagKeys {
		delete(left, key)
	}
	*tags = left
	return nil, nil
}

func (s *Service) listTags(ctx context.Context, in *macie2sdk.ListTagsForResourceInput) (*macie2sdk.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	tags, err := session.tagged(*in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &macie2sdk.ListTagsForResourceOutput{Tags: maps.Clone(*tags)}, nil
}
