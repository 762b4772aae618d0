package macie

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
)

// A lifecycleValue is the lifecycle of a bucket, its rules in the order of their
// IDs.
type lifecycleValue struct {
	Rules       []s3types.LifecycleRule
	MinimumSize s3types.TransitionDefaultMinimumObjectSize
}

// lifecycleID marks the rule of this library, one for each prefix: what was written
// below another one still has to expire. An ID has at most 255 characters.
func (b setupBucket) lifecycleID() string { return "awspatterns-macie-scan/" + b.opts.Prefix }

// maxLifecycleRules is from "Lifecycle configuration elements" in the S3 user guide.
const maxLifecycleRules = 1000

// lifecycleRule expires what scans write. Old versions, of a bucket that keeps
// them, hold the same texts, so they go a day later.
func (b setupBucket) lifecycleRule() s3types.LifecycleRule {
	return s3types.LifecycleRule{
		ID:                             aws.String(b.lifecycleID()),
		Status:                         s3types.ExpirationStatusEnabled,
		Filter:                         &s3types.LifecycleRuleFilter{Prefix: &b.opts.Prefix},
		Expiration:                     &s3types.LifecycleExpiration{Days: aws.Int32(int32(b.opts.ExpireDays))},
		NoncurrentVersionExpiration:    &s3types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(1)},
		AbortIncompleteMultipartUpload: &s3types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)},
	}
}

func (b setupBucket) lifecycle(ctx context.Context) (string, error) {
	out, err := b.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{
		Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account,
	})
	if errorCode(err) == "NoSuchLifecycleConfiguration" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return sortedLifecycle(lifecycleValue{out.Rules, out.TransitionDefaultMinimumObjectSize})
}

func sortedLifecycle(v lifecycleValue) (string, error) {
	v.Rules = slices.Clone(v.Rules)
	slices.SortStableFunc(v.Rules, func(a, b s3types.LifecycleRule) int { return strings.Compare(aws.ToString(a.ID), aws.ToString(b.ID)) })
	return settings(v)
}

// wantedLifecycle adds the rule of this library to those of others.
func (b setupBucket) wantedLifecycle(_ context.Context, found string) (string, error) {
	v := lifecycleValue{MinimumSize: s3types.TransitionDefaultMinimumObjectSizeAllStorageClasses128k} // the default
	if found != "" {
		v = lifecycleValue{}
		if err := json.Unmarshal([]byte(found), &v); err != nil {
			return "", err
		}
	}
	v.Rules = slices.DeleteFunc(v.Rules, b.isRule)
	if len(v.Rules) >= maxLifecycleRules {
		return "", &blockedError{"the lifecycle has as many rules as S3 allows", []string{"remove a rule, or choose another bucket"}}
	}
	v.Rules = append(v.Rules, b.lifecycleRule())
	return sortedLifecycle(v)
}

func (b setupBucket) isRule(r s3types.LifecycleRule) bool {
	return aws.ToString(r.ID) == b.lifecycleID()
}

func (b setupBucket) lifecycleFields(found, wanted string) []awspatterns.Field {
	return []awspatterns.Field{{Name: "rule " + b.lifecycleID(), Old: b.ruleOf(found), New: b.ruleOf(wanted)}}
}

func (b setupBucket) ruleOf(value string) string {
	var v lifecycleValue
	if value == "" || json.Unmarshal([]byte(value), &v) != nil {
		return ""
	}
	i := slices.IndexFunc(v.Rules, b.isRule)
	if i < 0 {
		return ""
	}
	text, err := settings(v.Rules[i])
	if err != nil {
		return ""
	}
	return text
}

func (b setupBucket) putLifecycle(ctx context.Context, _, wanted string) error {
	var v lifecycleValue
	if err := json.Unmarshal([]byte(wanted), &v); err != nil {
		return err
	}
	_, err := b.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account,
		LifecycleConfiguration:             &s3types.BucketLifecycleConfiguration{Rules: v.Rules},
		TransitionDefaultMinimumObjectSize: v.MinimumSize,
	})
	return err
}
