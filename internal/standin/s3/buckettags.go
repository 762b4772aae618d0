package s3

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// maxBucketTags is from "Using cost allocation S3 bucket tags" in the user guide.
const maxBucketTags = 50

func (s *Service) handleBucketTags(c *awstest.Cloud) {
	awstest.Handle(c, s.putBucketTagging)
	awstest.Handle(c, s.getBucketTagging)
	awstest.Handle(c, s.deleteBucketTagging)
}

// TagBucket replaces the tags of a bucket, given as keys and values in turn. It is
// no call, so that it can set what only AWS does, such as tags that begin with
// "aws:".
func (s *Service) TagBucket(name string, pairs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[name]
	b.tags = nil
	for pair := range slices.Chunk(pairs, 2) {
		b.tags = append(b.tags, s3types.Tag{Key: &pair[0], Value: &pair[1]})
	}
}

// tagsOfNewBucket returns the tags that a bucket is created with.
func tagsOfNewBucket(c *s3types.CreateBucketConfiguration) ([]s3types.Tag, error) {
	if c == nil {
		return nil, nil
	}
	return slices.Clone(c.Tags), checkBucketTags(c.Tags, nil)
}

// putBucketTagging replaces all tags. Those that AWS gave have to be among them as
// they are ("PutBucketTagging" in the API reference: InvalidTag).
func (s *Service) putBucketTagging(ctx context.Context, in *s3sdk.PutBucketTaggingInput) (*s3sdk.PutBucketTaggingOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if err := checkBucketTags(in.Tagging.TagSet, b.tags); err != nil {
		return nil, err
	}
	b.tags = slices.Clone(in.Tagging.TagSet)
	return nil, nil
}

func (s *Service) getBucketTagging(ctx context.Context, in *s3sdk.GetBucketTaggingInput) (*s3sdk.GetBucketTaggingOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if len(b.tags) == 0 {
		return nil, awstest.Error(http.StatusNotFound, "NoSuchTagSet", "The TagSet does not exist")
	}
	return &s3sdk.GetBucketTaggingOutput{TagSet: slices.Clone(b.tags)}, nil
}

func (s *Service) deleteBucketTagging(ctx context.Context, in *s3sdk.DeleteBucketTaggingInput) (*s3sdk.DeleteBucketTaggingOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if err := checkBucketTags(nil, b.tags); err != nil {
		return nil, err
	}
	b.tags = nil
	return nil, nil
}

func checkBucketTags(tags, before []s3types.Tag) error {
	if len(tags) > maxBucketTags {
		return awstest.Error(http.StatusBadRequest, "BadRequest", "Bucket tag count cannot be greater than 50")
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		switch {
		case *tag.Key == "" || utf8.RuneCountInString(*tag.Key) > maxTagKey:
			return invalidTag("The TagKey you have provided is invalid")
		case utf8.RuneCountInString(*tag.Value) > maxTagValue:
			return invalidTag("The TagValue you have provided is invalid")
		case isSystemTag(tag) && !hasTag(before, tag):
			return invalidTag("System tags cannot be added/updated by requester")
		case seen[*tag.Key]:
			return invalidTag("Cannot provide multiple Tags with the same key")
		}
		seen[*tag.Key] = true
	}
	for _, tag := range before {
		if isSystemTag(tag) && !hasTag(tags, tag) {
			return invalidTag("System tags cannot be removed by requester")
		}
	}
	return nil
}

func isSystemTag(tag s3types.Tag) bool { return strings.HasPrefix(*tag.Key, "aws:") }

func hasTag(tags []s3types.Tag, tag s3types.Tag) bool {
	return slices.ContainsFunc(tags, func(t s3types.Tag) bool { return *t.Key == *tag.Key && *t.Value == *tag.Value })
}

// dumpSettings tells the tags and the lifecycle of a bucket.
func (b *bucket) dumpSettings(out *strings.Builder) {
	for _, tag := range b.tags {
		fmt.Fprintf(out, "  tag %s=%q\n", *tag.Key, *tag.Value)
	}
	if b.lifecycle != nil {
		b.lifecycle.dump(out)
	}
}
