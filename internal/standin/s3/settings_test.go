package s3_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// Tags that AWS gave stay as they are.
func TestSystemTags(t *testing.T) {
	tag := func(key, value string) s3types.Tag { return s3types.Tag{Key: &key, Value: &value} }
	for name, test := range map[string]struct {
		tags   []s3types.Tag
		answer string
	}{
		"kept":    {[]s3types.Tag{tag("aws:stack", "a"), tag("b", "1")}, ""},
		"removed": {[]s3types.Tag{tag("b", "1")}, "Bad Request: InvalidTag"},
		"changed": {[]s3types.Tag{tag("aws:stack", "b")}, "Bad Request: InvalidTag"},
	} {
		w := newWorld(t, s3.Bucket{})
		w.service.TagBucket("data", "aws:stack", "a")
		_, err := w.PutBucketTagging(t.Context(), &s3sdk.PutBucketTaggingInput{Bucket: aws.String("data"), Tagging: &s3types.Tagging{TagSet: test.tags}})
		want(t, name, err, test.answer)
		if dump := w.service.Dump(); !strings.Contains(dump, `tag aws:stack="a"`) {
			t.Errorf("%s: got %s", name, dump)
		}
	}
}

func TestDumpLifecycle(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	_, err := w.PutBucketLifecycleConfiguration(t.Context(), &s3sdk.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String("data"), LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{{
			Status: "Enabled", Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("a/")}, Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(3)},
		}}},
	})
	must(t, err)
	const line = `{"Expiration":{"Date":null,"Days":3,"ExpiredObjectDeleteMarker":null},"Filter":{"And":null,"ObjectSizeGreaterThan":null,"ObjectSizeLessThan":null,"Prefix":"a/","Tag":null},"ID":"generated-1","Status":"Enabled"}`
	if dump := w.service.Dump(); !strings.Contains(dump, line) {
		t.Errorf("got %s", dump)
	}
}
