package s3

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) putObject(ctx context.Context, in *s3sdk.PutObjectInput) (*s3sdk.PutObjectOutput, error) {
	v, err := newVersion(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, writing)
	if err != nil {
		return nil, err
	}
	v.encryption, err = b.encrypts(ctx, in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled)
	if err != nil {
		return nil, err
	}
	if err := s.replace(ctx, b, *in.Key, v, in.IfMatch, in.IfNoneMatch); err != nil {
		return nil, err
	}
	out := &s3sdk.PutObjectOutput{
		ETag: &v.etag, VersionId: b.shownID(v),
		ServerSideEncryption: v.algorithm, SSEKMSKeyId: set(v.encryption.key), BucketKeyEnabled: set(v.bucketKey),
	}
	setChecksum(out, v.checksum)
	return out, nil
}

// newVersion makes an object of a call, but for what the bucket decides.
func newVersion(in *s3sdk.PutObjectInput) (*version, error) {
	if err := checkPut(in); err != nil {
		return nil, err
	}
	v := &version{headers: putHeaders(in), metadata: storedMetadata(in.Metadata)}
	var err error
	if v.tags, err = parseTags(aws.ToString(in.Tagging)); err != nil {
		return nil, err
	}
	if in.Body != nil {
		if v.body, err = io.ReadAll(in.Body); err != nil {
			return nil, err
		}
	}
	v.checksum, err = checkSums(in, in.ChecksumAlgorithm, in.ContentMD5, v.body)
	return v, err
}

func checkPut(in *s3sdk.PutObjectInput) error {
	switch {
	case in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil:
		return notImplemented("encryption with a key of the caller's")
	case in.WriteOffsetBytes != nil:
		return notImplemented("appending, which only directory buckets have")
	case in.ObjectLockMode != "" || in.ObjectLockLegalHoldStatus != "" || in.ObjectLockEventHold != "" || in.ObjectLockRetainUntilDate != nil:
		return modeled(invalidRequest("Bucket is missing Object Lock Configuration"), "InvalidRequest",
			func(*string) error { return &s3types.InvalidRequest{} })
	case in.IfNoneMatch != nil && *in.IfNoneMatch != "*":
		return awstest.Error(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
	}
	if err := checkACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return err
	}
	if err := checkKey(*in.Key); err != nil {
		return err
	}
	return checkMetadata(in.Metadata)
}

// checkACL refuses access control lists: since April 2023 new buckets have none
// ("Controlling ownership of objects and disabling ACLs" in the user guide).
func checkACL(acl s3types.ObjectCannedACL, grants ...*string) error {
	refused := acl != "" && acl != s3types.ObjectCannedACLBucketOwnerFullControl && acl != s3types.ObjectCannedACLPrivate
	for _, grant := range grants {
		refused = refused || grant != nil
	}
	if refused {
		return awstest.Error(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
	}
	return nil
}

// replace makes v the current version of an object if the conditions of the call
// hold and the caller may use the key.
func (s *Service) replace(ctx context.Context, b *bucket, key string, v *version, ifMatch, ifNoneMatch *string) error {
	if err := b.mayWrite(key, ifMatch, ifNoneMatch); err != nil {
		return err
	}
	if err := s.allowKMS(ctx, v.encryption, kmsGenerateDataKey); err != nil {
		return err
	}
	s.store(b, key, v)
	v.etag = v.newETag()
	s.writes++
	return nil
}

// mayWrite decides a conditional write. A delete marker counts as no object for
// both conditions ("How to prevent object overwrites with conditional writes" in
// the user guide).
func (b *bucket) mayWrite(key string, ifMatch, ifNoneMatch *string) error {
	live := b.live(key)
	switch {
	case ifNoneMatch != nil && live != nil:
		return preconditionFailed()
	case ifMatch != nil && live == nil:
		return noSuchKey()
	case ifMatch != nil && !matches(*ifMatch, live.etag):
		return preconditionFailed()
	}
	return nil
}

// matches compares a condition with an entity tag, with or without quotes.
func matches(condition, etag string) bool {
	return condition == "*" || strings.Trim(condition, `"`) == strings.Trim(etag, `"`)
}
