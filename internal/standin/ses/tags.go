package ses

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const maxTags = 50 // of a resource

func (w *World) handleTags(c *awstest.Cloud) {
	handleIn(c, w, (*Region).listTagsForResource)
	handleIn(c, w, (*Region).tagResource)
	handleIn(c, w, (*Region).untagResource)
}

// setTags gives a new resource its tags, which may be none: only then its tags can be
// listed and changed. Tags that SES refuses are an error, and nothing is kept; see
// checkTags. What the resource had before is replaced.
func (r *Region) setTags(arn string, tags []sestypes.Tag) error {
	if err := checkTags(tags); err != nil {
		return err
	}
	r.tags[arn] = map[string]string{}
	for _, t := range tags {
		r.tags[arn][*t.Key] = aws.ToString(t.Value)
	}
	return nil
}

// tagsOf returns the tags of a resource, in the order of their keys.
func (r *Region) tagsOf(arn string) []sestypes.Tag {
	var all []sestypes.Tag
	for _, key := range slices.Sorted(maps.Keys(r.tags[arn])) {
		all = append(all, sestypes.Tag{Key: aws.String(key), Value: aws.String(r.tags[arn][key])})
	}
	return all
}

// dropTags forgets a resource that is deleted.
func (r *Region) dropTags(arn string) { delete(r.tags, arn) }

// dumpTags describes the tags of a resource, for Dump: empty without tags.
func (r *Region) dumpTags(arn string) string {
	var out strings.Builder
	for _, t := range r.tagsOf(arn) {
		out.WriteString(" " + *t.Key + "=" + *t.Value)
	}
	if out.Len() == 0 {
		return ""
	}
	return ", tags" + out.String()
}

// checkTags checks the tags that a call wants to set.
func checkTags(tags []sestypes.Tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		key, value := aws.ToString(t.Key), aws.ToString(t.Value)
		switch {
		case key == "", utf8.RuneCountInString(key) > 128:
			return refuseBad("A tag key must have 1 to 128 characters")
		case utf8.RuneCountInString(value) > 256:
			return refuseBad("The value of tag %s must have at most 256 characters", key)
		case strings.HasPrefix(strings.ToLower(key), "aws:"), strings.HasPrefix(strings.ToLower(value), "aws:"):
			return refuseBad("Tag %s: the prefix aws: is reserved", key)
		case strings.ContainsFunc(key+value, notInTag):
			return refuseBad("Tag %s has characters that are not allowed", key)
		case seen[key]:
			return refuseBad("Tag %s is given twice", key)
		}
		seen[key] = true
	}
	if len(tags) > maxTags {
		return refuseBad("A resource can have at most %d tags", maxTags)
	}
	return nil
}

// notInTag reports characters that neither keys nor values may have.
func notInTag(c rune) bool {
	return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsSpace(c) && !strings.ContainsRune("_.:/=+-@", c)
}

func (r *Region) listTagsForResource(in *sesv2.ListTagsForResourceInput) (*sesv2.ListTagsForResourceOutput, error) {
	if err := r.checkTagged(in.ResourceArn); err != nil {
		return nil, err
	}
	return &sesv2.ListTagsForResourceOutput{Tags: r.tagsOf(*in.ResourceArn)}, nil
}

func (r *Region) tagResource(in *sesv2.TagResourceInput) (*sesv2.TagResourceOutput, error) {
	if err := firstError(r.checkTagged(in.ResourceArn), checkTags(in.Tags)); err != nil {
		return nil, err
	}
	all := maps.Clone(r.tags[*in.ResourceArn])
	for _, t := range in.Tags {
		all[*t.Key] = aws.ToString(t.Value)
	}
	if len(all) > maxTags {
		return nil, refuseBad("A resource can have at most %d tags", maxTags)
	}
	r.tags[*in.ResourceArn] = all
	return nil, nil
}

func (r *Region) untagResource(in *sesv2.UntagResourceInput) (*sesv2.UntagResourceOutput, error) {
	if err := r.checkTagged(in.ResourceArn); err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(r.tags[*in.ResourceArn], key)
	}
	return nil, nil
}

// checkTagged refuses an ARN that is not of the Region, or of nothing there.
func (r *Region) checkTagged(arn *string) error {
	if !strings.HasPrefix(aws.ToString(arn), r.arn("")) {
		return refuseBad("The ARN %s is not valid here", aws.ToString(arn))
	}
	if r.tags[*arn] == nil {
		return refuseMissing("There is no resource %s", *arn)
	}
	return nil
}
