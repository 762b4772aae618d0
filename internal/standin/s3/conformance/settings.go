package conformance

import (
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var settingCases = []testCase{
	{"tags of a bucket", bucketTags},
	{"tags of a new bucket", tagsOfNewBucket},
	{"tags of a bucket that are none", badBucketTags},
	{"lifecycle", lifecycle},
	{"lifecycle of a wrong form", badLifecycles},
}

func tag(key, value string) s3types.Tag { return s3types.Tag{Key: &key, Value: &value} }

func (w *world) tagBucket(tags ...s3types.Tag) error {
	_, err := w.PutBucketTagging(w.ctx, &s3.PutBucketTaggingInput{Bucket: &w.bucket, Tagging: &s3types.Tagging{TagSet: tags}})
	return err
}

func (w *world) bucketTags() (string, error) {
	out, err := w.GetBucketTagging(w.ctx, &s3.GetBucketTaggingInput{Bucket: &w.bucket})
	if err != nil {
		return "", err
	}
	var tags []string
	for _, t := range out.TagSet {
		tags = append(tags, *t.Key+"="+*t.Value)
	}
	return strings.Join(tags, " "), nil
}

// PutBucketTagging replaces all tags (API reference).
func bucketTags(w *world) {
	_, err := w.bucketTags()
	w.fails("at first", err, http.StatusNotFound, "NoSuchTagSet")
	w.must(w.tagBucket(tag("a", "1")))
	w.must(w.tagBucket(tag("b", "ä 2")))
	tags, err := w.bucketTags()
	w.must(err)
	w.equal("tags", tags, "b=ä 2")
	_, err = w.DeleteBucketTagging(w.ctx, &s3.DeleteBucketTaggingInput{Bucket: &w.bucket})
	w.must(err)
	_, err = w.bucketTags()
	w.fails("after deletion", err, http.StatusNotFound, "NoSuchTagSet")
}

// "An array of tags that you can apply to the bucket that you're creating"
// (CreateBucketConfiguration in the API reference).
func tagsOfNewBucket(w *world) {
	w.bucket += "-tagged"
	in := w.createBucketInput(w.bucket)
	if in.CreateBucketConfiguration == nil {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{}
	}
	in.CreateBucketConfiguration.Tags = []s3types.Tag{tag("a", "1")}
	_, err := w.CreateBucket(w.ctx, in)
	w.must(err)
	tags, err := w.bucketTags()
	w.must(err)
	w.equal("tags", tags, "a=1")
}

func badBucketTags(w *world) {
	w.fails("system tag", w.tagBucket(tag("aws:a", "1")), http.StatusBadRequest, "InvalidTag")
	w.fails("twice", w.tagBucket(tag("a", "1"), tag("a", "2")), http.StatusBadRequest, "InvalidTag")
}

func (w *world) putLifecycle(rules ...s3types.LifecycleRule) error {
	_, err := w.PutBucketLifecycleConfiguration(w.ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &w.bucket, LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: rules},
	})
	return err
}

func expire(id, prefix string, days int32) s3types.LifecycleRule {
	return s3types.LifecycleRule{
		ID: &id, Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: &prefix},
		Expiration:                     &s3types.LifecycleExpiration{Days: &days},
		NoncurrentVersionExpiration:    &s3types.NoncurrentVersionExpiration{NoncurrentDays: &days},
		AbortIncompleteMultipartUpload: &s3types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)},
	}
}

// PutBucketLifecycleConfiguration replaces all rules (API reference).
func lifecycle(w *world) {
	get := func() (*s3.GetBucketLifecycleConfigurationOutput, error) {
		return w.GetBucketLifecycleConfiguration(w.ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &w.bucket})
	}
	_, err := get()
	w.fails("at first", err, http.StatusNotFound, "NoSuchLifecycleConfiguration")
	w.must(w.putLifecycle(expire("old", "a/", 1)))
	w.must(w.putLifecycle(expire("new", "b/", 30), expire("other", "", 60)))
	out, err := get()
	w.must(err)
	w.equal("rules", len(out.Rules), 2)
	w.equal("id", out.Rules[0].ID, "new")
	w.equal("prefix", out.Rules[0].Filter.Prefix, "b/")
	w.equal("days", *out.Rules[0].Expiration.Days, int32(30))
	w.equal("days of old versions", *out.Rules[0].NoncurrentVersionExpiration.NoncurrentDays, int32(30))
	w.equal("days of uploads", *out.Rules[0].AbortIncompleteMultipartUpload.DaysAfterInitiation, int32(7))
	_, err = w.DeleteBucketLifecycle(w.ctx, &s3.DeleteBucketLifecycleInput{Bucket: &w.bucket})
	w.must(err)
	_, err = get()
	w.fails("after deletion", err, http.StatusNotFound, "NoSuchLifecycleConfiguration")
}

func badLifecycles(w *world) {
	none := expire("a", "", 1)
	none.Expiration, none.NoncurrentVersionExpiration, none.AbortIncompleteMultipartUpload = nil, nil, nil
	w.fails("no action", w.putLifecycle(none), http.StatusBadRequest, "InvalidRequest")
	w.fails("no days", w.putLifecycle(expire("a", "", 0)), http.StatusBadRequest, "InvalidArgument")
	w.fails("one id twice", w.putLifecycle(expire("a", "", 1), expire("a", "b/", 1)), http.StatusBadRequest, "InvalidArgument")
}
