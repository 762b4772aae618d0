package s3

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Limits of "Categorizing your objects using tags" in the user guide. The lengths
// are in characters.
const (
	maxTags     = 10
	maxTagKey   = 128
	maxTagValue = 256
)

func (s *Service) putObjectTagging(ctx context.Context, in *s3sdk.PutObjectTaggingInput) (*s3sdk.PutObjectTaggingOutput, error) {
	if err := checkTags(in.Tagging.TagSet); err != nil {
		return nil, err
	}
	id, err := s.tag(ctx, in.Bucket, in.ExpectedBucketOwner, *in.Key, in.VersionId, slices.Clone(in.Tagging.TagSet))
	return &s3sdk.PutObjectTaggingOutput{VersionId: id}, err
}

func (s *Service) deleteObjectTagging(ctx context.Context, in *s3sdk.DeleteObjectTaggingInput) (*s3sdk.DeleteObjectTaggingOutput, error) {
	id, err := s.tag(ctx, in.Bucket, in.ExpectedBucketOwner, *in.Key, in.VersionId, nil)
	return &s3sdk.DeleteObjectTaggingOutput{VersionId: id}, err
}

func (s *Service) tag(ctx context.Context, bucket, owner *string, key string, id *string, tags []s3types.Tag) (*string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, bucket, owner, writing)
	if err != nil {
		return nil, err
	}
	v, err := b.find(key, id)
	if err != nil {
		return nil, err
	}
	v.tags = tags
	s.writes++
	return b.shownID(v), nil
}

func (s *Service) getObjectTagging(ctx context.Context, in *s3sdk.GetObjectTaggingInput) (*s3sdk.GetObjectTaggingOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, reading)
	if err != nil {
		return nil, err
	}
	v, err := b.find(*in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	return &s3sdk.GetObjectTaggingOutput{TagSet: slices.Clone(v.tags), VersionId: b.shownID(v)}, nil
}

// parseTags reads the header of a PUT, which is encoded like the query of a URL.
func parseTags(header string) ([]s3types.Tag, error) {
	var tags []s3types.Tag
	for pair := range strings.SplitSeq(header, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(name)
		text, err2 := url.QueryUnescape(value)
		if err != nil || err2 != nil {
			return nil, invalidArgument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		tags = append(tags, s3types.Tag{Key: &key, Value: &text})
	}
	return tags, checkTags(tags)
}

func checkTags(tags []s3types.Tag) error {
	if len(tags) > maxTags {
		return awstest.Error(http.StatusBadRequest, "BadRequest", "Object tags cannot be greater than 10")
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		switch {
		case *tag.Key == "" || utf8.RuneCountInString(*tag.Key) > maxTagKey:
			return invalidTag("The TagKey you have provided is invalid")
		case utf8.RuneCountInString(*tag.Value) > maxTagValue:
			return invalidTag("The TagValue you have provided is invalid")
		case strings.HasPrefix(*tag.Key, "aws:"):
			return invalidTag("System tags cannot be added/updated by requester")
		case seen[*tag.Key]:
			return invalidTag("Cannot provide multiple Tags with the same key")
		}
		seen[*tag.Key] = true
	}
	return nil
}

func invalidTag(message string) error {
	return awstest.Error(http.StatusBadRequest, "InvalidTag", message)
}
