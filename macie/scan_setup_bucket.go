package macie

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/policydoc"
	"github.com/awspatterns/awspatterns/internal/s3object"
)

// maxBucketPolicy is in bytes ("Bucket policies" in the S3 user guide).
const maxBucketPolicy = 20 * 1024

// A setupBucket is the results bucket.
type setupBucket struct {
	s3     S3API
	opts   ScanSetupOptions
	target awspatterns.Target
}

func bucketGroup(c Clients, o ScanSetupOptions, t awspatterns.Target) setupGroup {
	b := setupBucket{c.S3, o, t}
	policy := policyThing("S3 bucket policy", o.Bucket, maxBucketPolicy, bucketStatements(o, t))
	policy.read, policy.write = b.policy, b.putPolicy
	policy.effect = "requests without TLS are refused"
	add := policy.want
	policy.want = func(ctx context.Context, found string) (string, error) {
		wanted, err := add(ctx, found)
		if open := policydoc.Open(wanted); err == nil && wanted != found && len(open) > 0 {
			return "", &blockedError{
				fmt.Sprintf("the policy lets everybody in (statement %s), and S3 takes no such policy where public access is blocked", strings.Join(open, ", ")),
				[]string{"remove or restrict what lets everybody in, or choose another bucket"},
			}
		}
		return wanted, err
	}
	return setupGroup{
		object: &setupThing{
			kind: "S3 bucket", id: o.Bucket, read: b.whose, write: b.createOrTag, fields: tagField(), same: sameText,
		},
		settings: []setupThing{
			{
				kind: "S3 bucket encryption", id: o.Bucket, read: b.encryption, write: b.putEncryption, preset: true,
				effect: "who reads and writes new objects needs permission for the key",
				want:   always(b.wantedEncryption()), same: sameText, fields: oneField("default encryption"),
			},
			{
				kind: "S3 public access block", id: o.Bucket, read: b.publicAccess, write: b.putPublicAccess, preset: true,
				effect: "what was public is public no longer",
				want:   always(blockAll), same: sameText, fields: oneField("settings"),
			},
			{
				kind: "S3 bucket lifecycle", id: o.Bucket, read: b.lifecycle, write: b.putLifecycle,
				want: b.wantedLifecycle, same: sameText, fields: b.lifecycleFields,
				loss: fmt.Sprintf("objects below %s, %d days after they were written; what is older is deleted at once", o.Prefix, o.ExpireDays),
			},
			policy,
		},
	}
}

// whose reads the tags of the bucket: the answer also tells whether there is one.
func (b setupBucket) whose(ctx context.Context) (string, error) {
	tags, err := b.tags(ctx)
	switch {
	case errorCode(err) == "NoSuchBucket":
		return absent, nil
	case s3object.Status(err) == movedPermanently:
		return "", &blockedError{"the bucket is in another Region", []string{"choose another bucket, or use clients of that Region"}}
	case s3object.Status(err) == http.StatusForbidden:
		return "", fmt.Errorf("the permission is missing, or the bucket has another owner: %w", err)
	case err != nil:
		return "", err
	case slices.ContainsFunc(tags, func(t s3types.Tag) bool { return *t.Key == markKey && *t.Value == markValue }):
		return ours, nil
	}
	return foreign, nil
}

func (b setupBucket) tags(ctx context.Context) ([]s3types.Tag, error) {
	out, err := b.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account})
	if errorCode(err) == "NoSuchTagSet" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.TagSet, nil
}

func (b setupBucket) createOrTag(ctx context.Context, found, _ string) error {
	mark := s3types.Tag{Key: aws.String(markKey), Value: aws.String(markValue)}
	if found == foreign {
		return b.tag(ctx, mark)
	}
	config := &s3types.CreateBucketConfiguration{Tags: []s3types.Tag{mark}}
	if b.target.Region != "us-east-1" { // where it must not be named
		config.LocationConstraint = s3types.BucketLocationConstraint(b.target.Region)
	}
	_, err := b.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &b.opts.Bucket, CreateBucketConfiguration: config})
	if errorCode(err) == "BucketAlreadyOwnedByYou" {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// tag adds the mark to the tags of a bucket, which are replaced together.
func (b setupBucket) tag(ctx context.Context, mark s3types.Tag) error {
	tags, err := b.tags(ctx)
	if err != nil {
		return err
	}
	tags = slices.DeleteFunc(tags, func(t s3types.Tag) bool { return *t.Key == markKey })
	_, err = b.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{
		Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account, Tagging: &s3types.Tagging{TagSet: append(tags, mark)},
	})
	return err
}

// wantedEncryption is with a bucket key, which saves most of the requests to KMS.
func (b setupBucket) wantedEncryption() string {
	return "aws:kms " + b.opts.KMSKey + " with a bucket key"
}

func (b setupBucket) encryptionRule(ctx context.Context) (s3types.ServerSideEncryptionRule, error) {
	out, err := b.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account})
	if errorCode(err) == "ServerSideEncryptionConfigurationNotFoundError" {
		return s3types.ServerSideEncryptionRule{}, nil
	}
	if err != nil || out.ServerSideEncryptionConfiguration == nil || len(out.ServerSideEncryptionConfiguration.Rules) == 0 {
		return s3types.ServerSideEncryptionRule{}, err
	}
	return out.ServerSideEncryptionConfiguration.Rules[0], nil // there is one at most
}

func (b setupBucket) encryption(ctx context.Context) (string, error) {
	rule, err := b.encryptionRule(ctx)
	if err != nil || rule.ApplyServerSideEncryptionByDefault == nil {
		return "", err
	}
	text := string(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm)
	if key := aws.ToString(rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID); key != "" {
		text += " " + key
	}
	if aws.ToBool(rule.BucketKeyEnabled) {
		text += " with a bucket key"
	}
	return text, nil
}

// putEncryption keeps what the rule says beside the key.
func (b setupBucket) putEncryption(ctx context.Context, _, _ string) error {
	rule, err := b.encryptionRule(ctx)
	if err != nil {
		return err
	}
	rule.BucketKeyEnabled = aws.Bool(true)
	rule.ApplyServerSideEncryptionByDefault = &s3types.ServerSideEncryptionByDefault{
		SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &b.opts.KMSKey,
	}
	_, err = b.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account,
		ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{rule}},
	})
	return err
}

const blockAll = "BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets"

func (b setupBucket) publicAccess(ctx context.Context) (string, error) {
	out, err := b.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account})
	if errorCode(err) == "NoSuchPublicAccessBlockConfiguration" {
		return "", nil
	}
	if err != nil || out.PublicAccessBlockConfiguration == nil {
		return "", err
	}
	c := out.PublicAccessBlockConfiguration
	var on []string
	for i, is := range []*bool{c.BlockPublicAcls, c.IgnorePublicAcls, c.BlockPublicPolicy, c.RestrictPublicBuckets} {
		if aws.ToBool(is) {
			on = append(on, strings.Split(blockAll, ", ")[i])
		}
	}
	if on == nil {
		return "none", nil
	}
	return strings.Join(on, ", "), nil
}

func (b setupBucket) putPublicAccess(ctx context.Context, _, _ string) error {
	on := aws.Bool(true)
	_, err := b.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account,
		PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: on, IgnorePublicAcls: on, BlockPublicPolicy: on, RestrictPublicBuckets: on,
		},
	})
	return err
}

func (b setupBucket) policy(ctx context.Context) (string, error) {
	out, err := b.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account})
	if errorCode(err) == "NoSuchBucketPolicy" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Policy), nil
}

func (b setupBucket) putPolicy(ctx context.Context, _, wanted string) error {
	_, err := b.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.opts.Bucket, ExpectedBucketOwner: &b.target.Account, Policy: &wanted})
	return err
}
