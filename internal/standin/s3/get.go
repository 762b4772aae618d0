package s3

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) getObject(ctx context.Context, in *s3sdk.GetObjectInput) (*s3sdk.GetObjectOutput, error) {
	out, body, err := s.read(ctx, in, true)
	switch {
	case statusOf(err) == http.StatusNotModified:
		return nil, bodyless(err)
	case err != nil:
		return nil, modeled(err, "NoSuchKey", typedNoSuchKey)
	}
	out.Body = s.newBody(ctx, objectName{*in.Bucket, *in.Key}, body)
	return out, nil
}

// headObject is getObject without the body. It needs no key unless it has to tell
// the checksum.
func (s *Service) headObject(ctx context.Context, in *s3sdk.HeadObjectInput) (*s3sdk.HeadObjectOutput, error) {
	got, _, err := s.read(ctx, (*s3sdk.GetObjectInput)(in), in.ChecksumMode == s3types.ChecksumModeEnabled)
	if err != nil {
		return nil, bodyless(err)
	}
	out := &s3sdk.HeadObjectOutput{}
	from, to := reflect.ValueOf(got).Elem(), reflect.ValueOf(out).Elem()
	for i := range from.NumField() {
		if field := to.FieldByName(from.Type().Field(i).Name); field.CanSet() {
			field.Set(from.Field(i))
		}
	}
	return out, nil
}

// Read is what GetObject does for the caller of ctx, without being a call: other
// services read so, in the name of a caller whose process may have stopped.
func (s *Service) Read(ctx context.Context, in *s3sdk.GetObjectInput) (*s3sdk.GetObjectOutput, []byte, error) {
	return s.read(ctx, in, true)
}

// read answers a GET or HEAD request with what stands in the headers, and the
// bytes that follow them.
func (s *Service) read(ctx context.Context, in *s3sdk.GetObjectInput, decrypts bool) (*s3sdk.GetObjectOutput, []byte, error) {
	if in.PartNumber != nil {
		return nil, nil, notImplemented("parts")
	}
	if err := checkKey(*in.Key); err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, reading)
	if err != nil {
		return nil, nil, err
	}
	v, err := b.find(*in.Key, in.VersionId)
	if b.ListPrefix != "" && statusOf(err) == http.StatusNotFound {
		return nil, nil, awstest.Denied()
	}
	if err != nil {
		return nil, nil, err
	}
	if err := v.mayRead(in); err != nil {
		return nil, nil, err
	}
	if decrypts {
		if err := s.allowKMS(ctx, v.encryption, kmsDecrypt); err != nil {
			return nil, nil, err
		}
	}
	out := v.output(in)
	out.VersionId = b.shownID(v)
	body, err := cut(out, v.body, in.Range)
	// Of a part of an object S3 tells no checksum, for it has none.
	if in.ChecksumMode == s3types.ChecksumModeEnabled && len(body) == len(v.body) {
		setChecksum(out, v.checksum)
	}
	return out, body, err
}

func (v *version) output(in *s3sdk.GetObjectInput) *s3sdk.GetObjectOutput {
	return &s3sdk.GetObjectOutput{
		AcceptRanges:       aws.String("bytes"),
		BucketKeyEnabled:   set(v.bucketKey),
		CacheControl:       cmp.Or(in.ResponseCacheControl, set(v.cacheControl)),
		ContentDisposition: cmp.Or(in.ResponseContentDisposition, set(v.contentDisposition)),
		ContentEncoding:    cmp.Or(in.ResponseContentEncoding, set(v.contentEncoding)),
		ContentLanguage:    cmp.Or(in.ResponseContentLanguage, set(v.contentLanguage)),
		ContentLength:      aws.Int64(int64(len(v.body))),
		ContentType:        cmp.Or(in.ResponseContentType, set(v.shownContentType())),
		ETag:               &v.etag,
		//lint:ignore SA1019 the SDK still sets it
		Expires:                 v.expiresTime(),
		ExpiresString:           set(v.expires),
		LastModified:            &v.modified,
		Metadata:                maps.Clone(v.metadata), // the caller may change it
		ServerSideEncryption:    v.algorithm,
		SSEKMSKeyId:             set(v.encryption.key),
		StorageClass:            v.shownStorageClass(),
		TagCount:                set(int32(len(v.tags))),
		WebsiteRedirectLocation: set(v.redirect),
	}
}

// mayRead decides the conditions of a read. An entity tag goes before a time, as
// RFC 9110 has it.
func (v *version) mayRead(in *s3sdk.GetObjectInput) error {
	switch {
	case in.IfMatch != nil && !matches(*in.IfMatch, v.etag),
		in.IfMatch == nil && in.IfUnmodifiedSince != nil && v.modified.After(in.IfUnmodifiedSince.Truncate(time.Second)):
		return preconditionFailed()
	case in.IfNoneMatch != nil && matches(*in.IfNoneMatch, v.etag),
		in.IfNoneMatch == nil && in.IfModifiedSince != nil && !v.modified.After(in.IfModifiedSince.Truncate(time.Second)):
		return awstest.Error(http.StatusNotModified, "NotModified", "Not Modified")
	}
	return nil
}

// cut returns the bytes that a Range header asks for and tells out which they
// are. A header that is no range is ignored (RFC 9110), and so are several ranges
// (GetObject in the API reference knows only one).
func cut(out *s3sdk.GetObjectOutput, body []byte, header *string) ([]byte, error) {
	from, to, ok := parseRange(aws.ToString(header), len(body))
	if !ok {
		return body, nil
	}
	if from >= to {
		return nil, awstest.Error(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
	}
	out.ContentLength = aws.Int64(int64(to - from))
	out.ContentRange = aws.String(fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(body)))
	return body[from:to], nil
}

// parseRange returns the half-open range of a Range header for a body of a size.
// It is empty if the body has no such bytes.
func parseRange(header string, size int) (from, to int, ok bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash {
		return 0, 0, false
	}
	if first == "" {
		n, err := strconv.ParseUint(last, 10, 63)
		return max(0, size-int(n)), size, err == nil
	}
	a, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return 0, 0, false
	}
	if last == "" {
		return int(a), size, true
	}
	z, err := strconv.ParseUint(last, 10, 63)
	if err != nil || z < a {
		return 0, 0, false
	}
	return int(a), int(min(z+1, uint64(size))), true
}
