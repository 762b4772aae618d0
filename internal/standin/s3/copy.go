package s3

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (s *Service) copyObject(ctx context.Context, in *s3sdk.CopyObjectInput) (*s3sdk.CopyObjectOutput, error) {
	if err := checkCopy(in); err != nil {
		return nil, err
	}
	name, id, err := parseSource(*in.CopySource)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, writing)
	if err != nil {
		return nil, err
	}
	source, from, err := s.source(ctx, in, name, id)
	if err != nil {
		return nil, err
	}
	v, err := b.newCopy(ctx, in, from)
	if err != nil {
		return nil, err
	}
	if name == (objectName{b.name, *in.Key}) && id == nil && !changesCopy(in, v, from) {
		return nil, invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if err := s.replace(ctx, b, *in.Key, v, in.IfMatch, in.IfNoneMatch); err != nil {
		return nil, err
	}
	result := &s3types.CopyObjectResult{ETag: &v.etag, LastModified: &v.modified}
	setChecksum(result, v.checksum)
	return &s3sdk.CopyObjectOutput{
		CopyObjectResult: result, VersionId: b.shownID(v), CopySourceVersionId: source.shownID(from),
		ServerSideEncryption: v.algorithm, SSEKMSKeyId: set(v.encryption.key), BucketKeyEnabled: set(v.bucketKey),
	}, nil
}

func checkCopy(in *s3sdk.CopyObjectInput) error {
	switch {
	case in.SSECustomerKey != nil || in.CopySourceSSECustomerKey != nil:
		return notImplemented("encryption with a key of the caller's")
	case in.ObjectLockMode != "" || in.ObjectLockLegalHoldStatus != "" || in.ObjectLockEventHold != "":
		return invalidRequest("Bucket is missing Object Lock Configuration")
	}
	if err := checkACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return err
	}
	if err := checkKey(*in.Key); err != nil {
		return err
	}
	return checkMetadata(in.Metadata)
}

// parseSource reads the header that names what to copy. It is encoded like the
// query of a URL: a plus sign in a key has to be written as %2B.
func parseSource(header string) (name objectName, id *string, err error) {
	path, version, hasVersion := strings.Cut(header, "?versionId=")
	if hasVersion {
		id = &version
	}
	path, err = url.QueryUnescape(path)
	bucket, key, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if err != nil || !ok {
		return name, nil, invalidArgument("Invalid copy source object key")
	}
	return objectName{bucket, key}, id, checkKey(key)
}

// source returns what to copy, if the caller may read it and the conditions hold.
// The call comes to the Region of the destination; the source may be anywhere.
func (s *Service) source(ctx context.Context, in *s3sdk.CopyObjectInput, name objectName, id *string) (*bucket, *version, error) {
	b, err := s.openAnywhere(ctx, &name.bucket, in.ExpectedSourceBucketOwner, reading)
	if err != nil {
		return nil, nil, err
	}
	v, err := b.find(name.key, id)
	if err != nil {
		return nil, nil, err
	}
	err = v.mayRead(&s3sdk.GetObjectInput{
		IfMatch: in.CopySourceIfMatch, IfNoneMatch: in.CopySourceIfNoneMatch,
		IfModifiedSince: in.CopySourceIfModifiedSince, IfUnmodifiedSince: in.CopySourceIfUnmodifiedSince,
	})
	if statusOf(err) == http.StatusNotModified {
		err = preconditionFailed() // CopyObject in the API reference
	}
	if err == nil {
		err = s.allowKMS(ctx, v.encryption, kmsDecrypt)
	}
	return b, v, err
}

// newCopy makes the copy. Its headers and metadata are those of the source unless
// the call replaces them, and so are its tags, but not its encryption and storage
// class (CopyObject in the API reference).
func (b *bucket) newCopy(ctx context.Context, in *s3sdk.CopyObjectInput, from *version) (*version, error) {
	v := &version{body: from.body, headers: from.headers, metadata: maps.Clone(from.metadata), tags: slices.Clone(from.tags)}
	if in.MetadataDirective == s3types.MetadataDirectiveReplace {
		v.headers = copyHeaders(in)
		v.metadata = storedMetadata(in.Metadata)
	}
	v.storageClass, v.redirect = in.StorageClass, aws.ToString(in.WebsiteRedirectLocation)
	v.checksum = from.checksum
	if in.ChecksumAlgorithm != "" {
		v.checksum = sumOf(in.ChecksumAlgorithm, from.body)
	}
	if v.checksum.value == "" {
		return nil, notImplemented("the checksum " + string(v.checksum.algorithm))
	}
	var err error
	if in.TaggingDirective == s3types.TaggingDirectiveReplace {
		if v.tags, err = parseTags(aws.ToString(in.Tagging)); err != nil {
			return nil, err
		}
	}
	v.encryption, err = b.encrypts(ctx, in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled)
	return v, err
}

func copyHeaders(in *s3sdk.CopyObjectInput) headers {
	h := putHeaders(&s3sdk.PutObjectInput{
		CacheControl: in.CacheControl, ContentDisposition: in.ContentDisposition,
		ContentEncoding: in.ContentEncoding, ContentLanguage: in.ContentLanguage, Expires: in.Expires,
	})
	h.contentType = aws.ToString(in.ContentType)
	return h
}

// changesCopy reports whether a copy of an object to itself has an effect.
func changesCopy(in *s3sdk.CopyObjectInput, v, from *version) bool {
	return in.MetadataDirective == s3types.MetadataDirectiveReplace || in.ServerSideEncryption != "" ||
		v.encryption != from.encryption || v.shownStorageClass() != from.shownStorageClass() || v.redirect != from.redirect
}
