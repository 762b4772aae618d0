package integration_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3/conformance"
)

// TestS3 runs the cases that the stand-in for S3 passes over moto, through HTTP.
// What two implementations agree on is less likely one author's mistake.
func TestS3(t *testing.T) {
	url := startMoto(t)
	conformance.Run(t, func(*testing.T) *s3.Client {
		config := aws.Config{
			Region: "us-east-1", BaseEndpoint: &url, Credentials: awstest.Credentials("123456789012"),
			RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
			ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		}
		return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	}, motoDeviations)
}

// motoDeviations is where moto 5.2 does otherwise than S3.
var motoDeviations = map[string]string{
	"access control lists are off":                  "lists are on in new buckets",
	"owner who is expected":                         "ExpectedBucketOwner is ignored",
	"range of no unit":                              "the unit is ignored, and without an equals sign the server fails",
	"read if match goes before unmodified":          "both conditions are checked each on its own",
	"delete if there is an object":                  "the asterisk is compared as an entity tag",
	"delete many if match":                          "the entity tags are ignored",
	"checksum that the SDK adds":                    "checksums are kept only if the algorithm is named beside them",
	"checksum that the caller gives":                "checksums are kept only if the algorithm is named beside them",
	"checksum that does not match":                  "checksums are not checked",
	"checksum that is none":                         "checksums are not checked",
	"Content-MD5":                                   "the digest is not checked",
	"checksum type of a listed object":              "the type is left out",
	"metadata of 2 KB":                              "the limit is not checked",
	"metadata outside ASCII":                        "values come back as they were sent",
	"two tags of one name":                          "the first one is dropped",
	"key that is too long":                          "the limit is not checked",
	"key that is too long in bytes":                 "the limit is not checked",
	"delete many quietly":                           "Quiet is ignored",
	"delete more than 1,000":                        "the limit is not checked",
	"object from before versioning":                 "the null version is not told",
	"delete marker in the way of a read":            "the header x-amz-delete-marker is left out of errors",
	"read a delete marker":                          "a delete marker is not found by its version",
	"delete marker of a key that is not there":      "no marker is made",
	"delete a delete marker and be told":            "that it was a marker is left out",
	"suspended versioning":                          "the object is replaced with all its versions",
	"suspended versioning deletes the null version": "the object is deleted with all its versions",
	"version that is no version":                    "the form of version IDs is not checked",
	"list with the token that was sent":             "the token is left out",
	"list more keys than a page holds":              "the number that was asked for comes back",
	"list fewer keys than none":                     "the server fails",
	"list with a token that is none":                "tokens are not checked",
	"list versions while deleting them":             "nothing comes after a version that is gone",
	"list versions after a key":                     "the older versions of that key come too",
	"list versions after a version of no key":       "a version without a key is ignored",
	"copy if match":                                 "the condition is ignored",
	"bucket names of wrong form":                    "only the length is checked",
	"delete a bucket with versions only":            "delete markers do not count",
	"bucket policy that is malformed":               "policies are not read",
	"bucket policy that is public":                  "the public access block has no effect",
	"public access block of a new bucket":           "new buckets have none",
	"encryption of a new bucket":                    "new buckets have none",
	"encryption that S3 adds":                       "new buckets have none",
	"encryption of a bucket, deleted":               "none is left",
	"encryption with a key but no algorithm":        "the key is stored without an algorithm",
	"tags of a new bucket":                          "they are ignored",
	"lifecycle of a wrong form":                     "only the structure is checked",
	"etag under KMS is no digest":                   "it is the digest",
}
