package conformance

import (
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var objectCases = []testCase{
	{"put, get and head", putGetHead},
	{"headers of an object", objectHeaders},
	{"default content type", defaultContentType},
	{"headers that a read replaces", replacedHeaders},
	{"empty object", emptyObject},
	{"overwrite", overwrite},
	{"last modified", lastModified},
	{"key that is not there", missingKey},
	{"bucket that is not there", missingBucket},
	{"storage class", storageClass},
	{"access control lists are off", noACLs},
	{"control of the bucket owner", bucketOwnerACL},
	{"owner who is expected", expectedOwner},
}

var rangeCases = []testCase{
	{"ranges", ranges},
	{"range that cannot be satisfied", unsatisfiableRange},
	{"range that is none", malformedRange},
	{"range of no unit", rangeOfNoUnit},
	{"range of a head", headRange},
}

func putGetHead(w *world) {
	put := w.put("a", "hello")
	w.equal("etag of put", put.ETag, etagOf("hello"))
	w.equal("version of put", put.VersionId, nil)

	get := w.get("a")
	w.equal("body", get.body, "hello")
	w.equal("etag", get.ETag, etagOf("hello"))
	w.equal("length", get.ContentLength, int64(5))
	w.equal("accept ranges", get.AcceptRanges, "bytes")
	w.equal("content range", get.ContentRange, (*string)(nil))
	w.equal("key", get.SSEKMSKeyId, nil)
	w.equal("version", get.VersionId, nil)
	w.equal("metadata", len(get.Metadata), 0)
	w.equal("storage class", get.StorageClass, s3types.StorageClass(""))
	w.equal("delete marker", get.DeleteMarker, nil)

	head := w.head("a")
	w.equal("etag of head", head.ETag, etagOf("hello"))
	w.equal("length of head", head.ContentLength, int64(5))
	w.equal("version of head", head.VersionId, nil)
}

func objectHeaders(w *world) {
	expires := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	w.put("a", "hello", func(in *s3.PutObjectInput) {
		in.ContentType, in.CacheControl = aws.String("text/plain; charset=utf-8"), aws.String("public, max-age=60")
		in.ContentEncoding, in.ContentLanguage = aws.String("br"), aws.String("de")
		in.ContentDisposition, in.Expires = aws.String(`attachment; filename="a b.txt"`), &expires
	})
	get, head := w.get("a"), w.head("a")
	w.equal("body", get.body, "hello")
	for _, h := range []struct {
		name      string
		get, head *string
		want      string
	}{
		{"content type", get.ContentType, head.ContentType, "text/plain; charset=utf-8"},
		{"cache control", get.CacheControl, head.CacheControl, "public, max-age=60"},
		{"content encoding", get.ContentEncoding, head.ContentEncoding, "br"},
		{"content language", get.ContentLanguage, head.ContentLanguage, "de"},
		{"content disposition", get.ContentDisposition, head.ContentDisposition, `attachment; filename="a b.txt"`},
		{"expires", get.ExpiresString, head.ExpiresString, "Mon, 03 Feb 2031 04:05:06 GMT"},
	} {
		w.equal(h.name, h.get, h.want)
		w.equal(h.name+" of head", h.head, h.want)
	}
}

// The SDK sends a content type where its caller gives none.
func defaultContentType(w *world) {
	w.put("body", "hello")
	w.put("none", "", func(in *s3.PutObjectInput) { in.Body = nil })
	w.equal("content type", w.head("body").ContentType, "application/octet-stream")
	w.equal("content type without a body", w.head("none").ContentType, "application/octet-stream")
}

func replacedHeaders(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) { in.ContentType = aws.String("text/plain") })
	get := w.get("a", func(in *s3.GetObjectInput) {
		in.ResponseContentType, in.ResponseCacheControl = aws.String("text/html"), aws.String("no-store")
		in.ResponseContentDisposition = aws.String("inline")
	})
	w.equal("content type", get.ContentType, "text/html")
	w.equal("cache control", get.CacheControl, "no-store")
	w.equal("content disposition", get.ContentDisposition, "inline")
	w.equal("content type afterwards", w.head("a").ContentType, "text/plain")
}

func emptyObject(w *world) {
	w.equal("etag of put", w.put("a", "").ETag, etagOf(""))
	get := w.get("a")
	w.equal("body", get.body, "")
	w.equal("length", get.ContentLength, int64(0))
	w.equal("length of head", w.head("a").ContentLength, int64(0))
}

// A PUT replaces an object as a whole, together with its headers and metadata.
func overwrite(w *world) {
	w.put("a", "one", func(in *s3.PutObjectInput) {
		in.CacheControl, in.Metadata = aws.String("no-store"), map[string]string{"n": "1"}
	})
	w.put("a", "two")
	get := w.get("a")
	w.equal("body", get.body, "two")
	w.equal("etag", get.ETag, etagOf("two"))
	w.equal("cache control", get.CacheControl, nil)
	w.equal("metadata", len(get.Metadata), 0)
}

func lastModified(w *world) {
	w.put("a", "hello")
	get, head := w.get("a"), w.head("a")
	w.equal("time of head", head.LastModified.Equal(*get.LastModified), true)
	if age := time.Since(*get.LastModified); age < -time.Minute || age > time.Minute {
		w.errorf("last modified: got %v, want about now", get.LastModified)
	}
	w.equal("fraction of a second", get.LastModified.Nanosecond(), 0)
}

func missingKey(w *world) {
	_, err := w.tryGet("a")
	failsAs[*s3types.NoSuchKey](w, "get", err, http.StatusNotFound, "NoSuchKey")
	_, err = w.tryHead("a")
	failsAs[*s3types.NotFound](w, "head", err, http.StatusNotFound, "NotFound")
}

func missingBucket(w *world) {
	w.bucket = "missing-" + strings.TrimPrefix(w.bucket, "conformance-")
	_, err := w.tryGet("a")
	w.fails("get", err, http.StatusNotFound, "NoSuchBucket")
	_, err = w.tryPut("a", "hello")
	w.fails("put", err, http.StatusNotFound, "NoSuchBucket")
	_, err = w.tryDelete("a")
	w.fails("delete", err, http.StatusNotFound, "NoSuchBucket")
	_, err = w.tryHead("a")
	failsAs[*s3types.NotFound](w, "head", err, http.StatusNotFound, "NotFound")
	_, err = w.ListObjectsV2(w.ctx, &s3.ListObjectsV2Input{Bucket: &w.bucket})
	failsAs[*s3types.NoSuchBucket](w, "list", err, http.StatusNotFound, "NoSuchBucket")
	_, err = w.ListObjectVersions(w.ctx, &s3.ListObjectVersionsInput{Bucket: &w.bucket})
	w.fails("list versions", err, http.StatusNotFound, "NoSuchBucket")
	_, err = w.HeadBucket(w.ctx, &s3.HeadBucketInput{Bucket: &w.bucket})
	failsAs[*s3types.NotFound](w, "head bucket", err, http.StatusNotFound, "NotFound")
	_, err = w.DeleteBucket(w.ctx, &s3.DeleteBucketInput{Bucket: &w.bucket})
	w.fails("delete bucket", err, http.StatusNotFound, "NoSuchBucket")
}

// The header is left out for STANDARD (HeadObject in the API reference).
func storageClass(w *world) {
	w.put("standard", "", func(in *s3.PutObjectInput) { in.StorageClass = s3types.StorageClassStandard })
	w.put("ia", "", func(in *s3.PutObjectInput) { in.StorageClass = s3types.StorageClassStandardIa })
	w.equal("standard", w.head("standard").StorageClass, s3types.StorageClass(""))
	w.equal("infrequent access", w.head("ia").StorageClass, s3types.StorageClassStandardIa)
	w.equal("listed", w.list(nil).Contents[0].StorageClass, s3types.ObjectStorageClassStandardIa)
	w.equal("listed", w.list(nil).Contents[1].StorageClass, s3types.ObjectStorageClassStandard)
}

// "Controlling ownership of objects and disabling ACLs" in the user guide.
func noACLs(w *world) {
	_, err := w.tryPut("a", "", func(in *s3.PutObjectInput) { in.ACL = s3types.ObjectCannedACLPublicRead })
	w.fails("public read", err, http.StatusBadRequest, "AccessControlListNotSupported")
	w.absent("a")
}

func bucketOwnerACL(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) { in.ACL = s3types.ObjectCannedACLBucketOwnerFullControl })
	w.equal("body", w.get("a").body, "hello")
}

// "If the account ID that you provide does not match the actual owner of the
// bucket, the request fails with the HTTP status code 403 Forbidden (access
// denied)", in most operations of the API reference.
func expectedOwner(w *world) {
	nobody := aws.String("000000000000")
	_, err := w.tryPut("a", "hello", func(in *s3.PutObjectInput) { in.ExpectedBucketOwner = nobody })
	w.fails("put", err, http.StatusForbidden, "AccessDenied")
	w.absent("a")
	w.put("a", "hello")
	_, err = w.tryGet("a", func(in *s3.GetObjectInput) { in.ExpectedBucketOwner = nobody })
	w.fails("get", err, http.StatusForbidden, "AccessDenied")
	_, err = w.tryHead("a", func(in *s3.HeadObjectInput) { in.ExpectedBucketOwner = nobody })
	w.fails("head", err, http.StatusForbidden, "Forbidden")
	_, err = w.tryDelete("a", func(in *s3.DeleteObjectInput) { in.ExpectedBucketOwner = nobody })
	w.fails("delete", err, http.StatusForbidden, "AccessDenied")
	_, err = w.ListObjectsV2(w.ctx, &s3.ListObjectsV2Input{Bucket: &w.bucket, ExpectedBucketOwner: nobody})
	w.fails("list", err, http.StatusForbidden, "AccessDenied")
}

func ranges(w *world) {
	w.put("a", "0123456789")
	for _, r := range []struct{ header, body, contentRange string }{
		{"bytes=0-0", "0", "bytes 0-0/10"},
		{"bytes=2-4", "234", "bytes 2-4/10"},
		{"bytes=7-", "789", "bytes 7-9/10"},
		{"bytes=9-9", "9", "bytes 9-9/10"},
		{"bytes=5-1000", "56789", "bytes 5-9/10"},
		{"bytes=0-", "0123456789", "bytes 0-9/10"},
		{"bytes=-3", "789", "bytes 7-9/10"},
		{"bytes=-10", "0123456789", "bytes 0-9/10"},
		{"bytes=-1000", "0123456789", "bytes 0-9/10"},
	} {
		get := w.get("a", func(in *s3.GetObjectInput) { in.Range = &r.header })
		w.equal("body of "+r.header, get.body, r.body)
		w.equal("content range of "+r.header, get.ContentRange, r.contentRange)
		w.equal("length of "+r.header, get.ContentLength, int64(len(r.body)))
		w.equal("etag of "+r.header, get.ETag, etagOf("0123456789"))
	}
}

func unsatisfiableRange(w *world) {
	w.put("a", "0123456789")
	w.put("empty", "")
	for _, r := range []struct{ key, header string }{
		{"a", "bytes=10-"}, {"a", "bytes=10-20"}, {"a", "bytes=-0"}, {"empty", "bytes=0-"}, {"empty", "bytes=0-9"},
	} {
		_, err := w.tryGet(r.key, func(in *s3.GetObjectInput) { in.Range = &r.header })
		w.fails(r.key+" "+r.header, err, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
	}
	_, err := w.tryHead("a", func(in *s3.HeadObjectInput) { in.Range = aws.String("bytes=10-") })
	w.fails("head", err, http.StatusRequestedRangeNotSatisfiable, "RequestedRangeNotSatisfiable")
}

// A Range header that is not understood is ignored (RFC 9110, section 14.2).
func malformedRange(w *world) { w.ignoresRanges("bytes=5-2", "bytes=a-b", "bytes=-") }

func rangeOfNoUnit(w *world) { w.ignoresRanges("lines=1-2", "5-6") }

func (w *world) ignoresRanges(headers ...string) {
	w.put("a", "0123456789")
	for _, header := range headers {
		get, err := w.tryGet("a", func(in *s3.GetObjectInput) { in.Range = &header })
		if err != nil {
			w.errorf("%s: %v", header, err)
			continue
		}
		w.equal("body of "+header, get.body, "0123456789")
		w.equal("content range of "+header, get.ContentRange, nil)
	}
}

func headRange(w *world) {
	w.put("a", "0123456789")
	head := w.head("a", func(in *s3.HeadObjectInput) { in.Range = aws.String("bytes=2-4") })
	w.equal("length", head.ContentLength, int64(3))
	w.equal("content range", head.ContentRange, "bytes 2-4/10")
}
