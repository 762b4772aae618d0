package conformance

import (
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var conditionCases = []testCase{
	{"read if match", readIfMatch},
	{"read if none match", readIfNoneMatch},
	{"read if modified", readIfModified},
	{"read if unmodified", readIfUnmodified},
	{"read if match goes before unmodified", readIfMatchFirst},
	{"write if none match", writeIfNoneMatch},
	{"write if none match over a delete marker", writeIfNoneMatchMarker},
	{"write if match", writeIfMatch},
	{"write if match without an object", writeIfMatchMissing},
	{"write if match over a delete marker", writeIfMatchMarker},
	{"delete if match", deleteIfMatch},
	{"delete if there is an object", deleteIfAny},
	{"delete many if match", deleteManyIfMatch},
}

const wrongETag = `"00000000000000000000000000000000"`

func readIfMatch(w *world) {
	etag := w.put("a", "hello").ETag
	w.equal("body", w.get("a", func(in *s3.GetObjectInput) { in.IfMatch = etag }).body, "hello")
	_, err := w.tryGet("a", func(in *s3.GetObjectInput) { in.IfMatch = aws.String(wrongETag) })
	w.fails("get", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.head("a", func(in *s3.HeadObjectInput) { in.IfMatch = etag })
	_, err = w.tryHead("a", func(in *s3.HeadObjectInput) { in.IfMatch = aws.String(wrongETag) })
	w.fails("head", err, http.StatusPreconditionFailed, "PreconditionFailed")
}

func readIfNoneMatch(w *world) {
	etag := w.put("a", "hello").ETag
	_, err := w.tryGet("a", func(in *s3.GetObjectInput) { in.IfNoneMatch = etag })
	w.fails("get", err, http.StatusNotModified, "NotModified")
	_, err = w.tryHead("a", func(in *s3.HeadObjectInput) { in.IfNoneMatch = etag })
	w.fails("head", err, http.StatusNotModified, "NotModified")
	w.equal("body", w.get("a", func(in *s3.GetObjectInput) { in.IfNoneMatch = aws.String(wrongETag) }).body, "hello")
}

func readIfModified(w *world) {
	w.put("a", "hello")
	modified := w.head("a").LastModified
	_, err := w.tryGet("a", func(in *s3.GetObjectInput) { in.IfModifiedSince = modified })
	w.fails("get", err, http.StatusNotModified, "NotModified")
	before := modified.Add(-time.Hour)
	w.equal("body", w.get("a", func(in *s3.GetObjectInput) { in.IfModifiedSince = &before }).body, "hello")
	// "If-None-Match evaluates to false and If-Modified-Since to true: 304 Not
	// Modified" (GetObject in the API reference).
	_, err = w.tryGet("a", func(in *s3.GetObjectInput) {
		in.IfModifiedSince, in.IfNoneMatch = &before, aws.String(etagOf("hello"))
	})
	w.fails("both", err, http.StatusNotModified, "NotModified")
}

func readIfUnmodified(w *world) {
	w.put("a", "hello")
	modified := w.head("a").LastModified
	w.equal("body", w.get("a", func(in *s3.GetObjectInput) { in.IfUnmodifiedSince = modified }).body, "hello")
	before := modified.Add(-time.Hour)
	_, err := w.tryGet("a", func(in *s3.GetObjectInput) { in.IfUnmodifiedSince = &before })
	w.fails("get", err, http.StatusPreconditionFailed, "PreconditionFailed")
}

// "If-Match evaluates to true and If-Unmodified-Since to false: 200 OK and the data
// requested" (GetObject in the API reference).
func readIfMatchFirst(w *world) {
	etag := w.put("a", "hello").ETag
	before := time.Now().Add(-time.Hour)
	get := w.get("a", func(in *s3.GetObjectInput) { in.IfUnmodifiedSince, in.IfMatch = &before, etag })
	w.equal("body", get.body, "hello")
}

func ifNoneMatch(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }

func writeIfNoneMatch(w *world) {
	w.put("a", "one", ifNoneMatch)
	_, err := w.tryPut("a", "two", ifNoneMatch)
	w.fails("second put", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.equal("body", w.get("a").body, "one")
	w.delete("a")
	w.put("a", "three", ifNoneMatch)
	w.equal("body", w.get("a").body, "three")
}

// "If there's no existing object with the same key name in your bucket, or if the
// current object version is a delete marker, the write operation succeeds" ("How
// to prevent object overwrites with conditional writes" in the user guide).
func writeIfNoneMatchMarker(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one", ifNoneMatch)
	_, err := w.tryPut("a", "two", ifNoneMatch)
	w.fails("second put", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.delete("a")
	w.put("a", "three", ifNoneMatch)
	w.equal("body", w.get("a").body, "three")
}

func writeIfMatch(w *world) {
	etag := w.put("a", "one").ETag
	_, err := w.tryPut("a", "two", func(in *s3.PutObjectInput) { in.IfMatch = aws.String(wrongETag) })
	w.fails("wrong etag", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.equal("body", w.get("a").body, "one")
	w.put("a", "two", func(in *s3.PutObjectInput) { in.IfMatch = etag })
	w.equal("body", w.get("a").body, "two")
	_, err = w.tryPut("a", "three", func(in *s3.PutObjectInput) { in.IfMatch = etag })
	w.fails("stale etag", err, http.StatusPreconditionFailed, "PreconditionFailed")
}

// "If there's no current object version with the same name, or if the current
// object version is a delete marker, the operation fails with a 404 Not Found
// error" ("How to prevent object overwrites with conditional writes" in the user
// guide).
func writeIfMatchMissing(w *world) {
	_, err := w.tryPut("a", "one", func(in *s3.PutObjectInput) { in.IfMatch = aws.String(wrongETag) })
	w.fails("put", err, http.StatusNotFound, "NoSuchKey")
	w.absent("a")
}

func writeIfMatchMarker(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	etag := w.put("a", "one").ETag
	w.delete("a")
	_, err := w.tryPut("a", "two", func(in *s3.PutObjectInput) { in.IfMatch = etag })
	w.fails("put", err, http.StatusNotFound, "NoSuchKey")
	w.absent("a")
}

// "How to perform conditional deletes" in the user guide.
func deleteIfMatch(w *world) {
	etag := w.put("a", "one").ETag
	_, err := w.tryDelete("a", func(in *s3.DeleteObjectInput) { in.IfMatch = aws.String(wrongETag) })
	w.fails("wrong etag", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.equal("body", w.get("a").body, "one")
	w.delete("a", func(in *s3.DeleteObjectInput) { in.IfMatch = etag })
	w.absent("a")
}

func deleteIfAny(w *world) {
	w.put("a", "one")
	w.delete("a", func(in *s3.DeleteObjectInput) { in.IfMatch = aws.String("*") })
	w.absent("a")
}

func deleteManyIfMatch(w *world) {
	w.put("a", "one")
	w.put("b", "two")
	out := w.deleteMany(false,
		s3types.ObjectIdentifier{Key: aws.String("a"), ETag: aws.String(wrongETag)},
		s3types.ObjectIdentifier{Key: aws.String("b"), ETag: aws.String(etagOf("two"))})
	w.equal("deleted", deletedKeys(out), "b")
	w.equal("errors", len(out.Errors), 1)
	for _, e := range out.Errors {
		w.equal("error", strings.Join([]string{*e.Key, *e.Code}, " "), "a PreconditionFailed")
	}
	w.equal("body", w.get("a").body, "one")
	w.absent("b")
}
