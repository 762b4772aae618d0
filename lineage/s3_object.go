package lineage

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// ErrObjectChanged reports that an object in S3 is no longer the one that was
// asked for, or became another while it was read.
var ErrObjectChanged = s3object.ErrChanged

// An S3Object names an object in S3, and by VersionID or ETag its content.
type S3Object struct {
	Bucket string // name of the bucket. Required.
	Key    string // Required.

	// VersionID reads this version, whatever was written since.
	VersionID string

	// ETag, with or without quotes, reads only if this is still the content;
	// otherwise the error wraps [ErrObjectChanged].
	ETag string

	// Owner is the account that must own the bucket. Defaults to any.
	Owner string

	// KMSKey is the ARN of the key that encrypts the object, if it is one that
	// the caller needs permission for. Only [MergeDAGPermissions] uses it.
	KMSKey string
}

// String returns the object as a URL, s3://bucket/key.
func (o S3Object) String() string { return "s3://" + o.Bucket + "/" + o.Key }

func (o S3Object) validate() error {
	switch {
	case o.Bucket == "":
		return fmt.Errorf("S3 object %q without a Bucket", o.Key)
	case o.Key == "":
		return fmt.Errorf("S3 object in %s without a Key", o.Bucket)
	case strings.Contains(o.Bucket, "/"):
		return fmt.Errorf("the bucket %q contains a slash", o.Bucket)
	}
	return nil
}

// openObject opens an object, to be read to its end.
func openObject(ctx context.Context, c S3API, o S3Object) (*s3object.Reader, error) {
	return s3object.Open(ctx, c, s3object.Object{
		Bucket: o.Bucket, Key: o.Key, VersionID: o.VersionID, ETag: o.ETag, Owner: o.Owner,
		Explain: func(err error) error {
			if s3object.Status(err) != http.StatusForbidden {
				return err
			}
			return fmt.Errorf("%w; needs %s, and kms:Decrypt if a KMS key encrypts the object; without s3:ListBucket, S3 answers so for an object that does not exist", err, readAction(o))
		},
	})
}

// optional returns nil for an empty string: the SDK would send it.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// readAction returns the IAM action for reading an object: one for its present
// version, another for a given one.
func readAction(o S3Object) string {
	if o.VersionID != "" {
		return "s3:GetObjectVersion"
	}
	return "s3:GetObject"
}

// readPermissions are what reading an object takes.
func readPermissions(o S3Object) awspatterns.Policy {
	policy := awspatterns.Policy{{
		Action:    readAction(o),
		Resources: []string{s3policy.Object(o.Bucket, o.Key)},
		Source:    s3policy.API + "GetObject.html",
	}}
	return append(policy, s3policy.Key("kms:Decrypt", o.KMSKey, readAction(o))...)
}
