// Package s3policy declares what patterns need of Amazon S3, in the same words for
// all of them.
package s3policy

import (
	"strings"

	"github.com/awspatterns/awspatterns"
)

// API is what the addresses of the API reference begin with.
const API = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_"

// Bucket returns the ARN pattern of a bucket.
func Bucket(bucket string) string {
	return "arn:${Partition}:s3:::" + awspatterns.PolicyLiteral(bucket)
}

// Object returns the ARN pattern of a key or, with a "*" behind it, of all that
// begin with it.
func Object(bucket, key string) string {
	return Bucket(bucket) + "/" + awspatterns.PolicyLiteral(key)
}

// Below returns the ARN pattern of all objects below a prefix.
func Below(bucket, prefix string) []string { return []string{Object(bucket, prefix) + "*"} }

// List allows to list below a prefix. Without it S3 answers 403 for a key that is
// not there.
func List(bucket, prefix string) awspatterns.Permission {
	p := awspatterns.Permission{Action: "s3:ListBucket", Resources: []string{Bucket(bucket)}, Source: API + "ListObjectsV2.html"}
	if prefix != "" {
		p.Conditions = map[string]map[string][]string{"StringLike": {"s3:prefix": {awspatterns.PolicyLiteral(prefix) + "*"}}}
	}
	return p
}

// Key allows an action on a KMS key, if there is one, only through S3, which does it
// in the name of the caller of the action impliedBy.
func Key(action, key, impliedBy string) awspatterns.Policy {
	if key == "" {
		return nil
	}
	p := awspatterns.Permission{
		Action: action, Resources: []string{key}, ImpliedBy: impliedBy,
		Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
	}
	if arn := strings.Split(key, ":"); len(arn) > 3 { // the partitions end the name of the service differently
		p.Conditions = map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3." + arn[3] + ".amazonaws.com*"}}}
	}
	return awspatterns.Policy{p}
}
