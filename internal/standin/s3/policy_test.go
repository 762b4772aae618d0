package s3_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

func TestPolicyForms(t *testing.T) {
	const blocked = "Forbidden: AccessDenied"
	for principal, answer := range map[string]string{
		`"*"`:                           blocked,
		`{"AWS": "*"}`:                  blocked,
		`{"AWS": ["111111111111","*"]}`: blocked,
		`{"AWS": "111111111111"}`:       "",
		`{"Service": "delivery.logs.amazonaws.com"}`:     "",
		`{"AWS": "` + strings.Repeat("1", 20<<10) + `"}`: "Bad Request: PolicyTooLarge",
	} {
		_, err := newWorld(t, s3.Bucket{}).PutBucketPolicy(t.Context(), &s3sdk.PutBucketPolicyInput{
			Bucket: aws.String("data"),
			Policy: aws.String(`{"Statement": {"Effect": "Allow", "Principal": ` + principal + `, "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::data/*"}}`),
		})
		want(t, principal[:min(40, len(principal))], err, answer)
	}
}

// A key that is not named by its ARN is one of the caller's, or the one that AWS
// keeps for S3.
func TestKeyNames(t *testing.T) {
	for name, arn := range map[string]string{
		key:         key,
		"1234abcd":  "arn:aws:kms:eu-central-1:123456789012:key/1234abcd",
		"alias/own": "arn:aws:kms:eu-central-1:123456789012:alias/own",
		"":          "arn:aws:kms:eu-central-1:123456789012:key/aws-s3",
	} {
		in := &s3sdk.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("a"), ServerSideEncryption: s3types.ServerSideEncryptionAwsKms}
		if name != "" {
			in.SSEKMSKeyId = &name
		}
		out, err := newWorld(t, s3.Bucket{}).PutObject(t.Context(), in)
		if err != nil || *out.SSEKMSKeyId != arn {
			t.Errorf("%q: got %+v and %v, want %s", name, out, err, arn)
		}
	}
}
