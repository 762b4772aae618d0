package conformance

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var copyCases = []testCase{
	{"copy", copyObject},
	{"copy with other metadata", copyReplacing},
	{"copy an object to itself", copyToItself},
	{"copy a version", copyVersion},
	{"copy a key with signs", copyHostile},
	{"copy what is not there", copyMissing},
	{"copy if match", copyIfMatch},
	{"copy if none match", copyIfNoneMatch},
}

func (w *world) copy(from, to string, options ...func(*s3.CopyObjectInput)) (*s3.CopyObjectOutput, error) {
	source := w.bucket + "/" + strings.ReplaceAll(url.PathEscape(from), "+", "%2B")
	in := &s3.CopyObjectInput{Bucket: &w.bucket, Key: &to, CopySource: &source}
	for _, option := range options {
		option(in)
	}
	return w.CopyObject(w.ctx, in)
}

func copyObject(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) {
		in.ContentType, in.CacheControl = aws.String("text/plain"), aws.String("no-store")
		in.Metadata, in.Tagging = map[string]string{"n": "1"}, aws.String("t=1")
	})
	out, err := w.copy("a", "b")
	w.must(err)
	w.equal("etag of the copy", out.CopyObjectResult.ETag, etagOf("hello"))
	get := w.get("b")
	w.equal("body", get.body, "hello")
	w.equal("content type", get.ContentType, "text/plain")
	w.equal("cache control", get.CacheControl, "no-store")
	w.equal("metadata", get.Metadata, map[string]string{"n": "1"})
	w.equal("tags", w.tags("b"), map[string]string{"t": "1"})
}

func copyReplacing(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) {
		in.ContentType, in.CacheControl = aws.String("text/plain"), aws.String("no-store")
		in.Metadata, in.Tagging = map[string]string{"n": "1"}, aws.String("t=1")
	})
	_, err := w.copy("a", "b", func(in *s3.CopyObjectInput) {
		in.MetadataDirective, in.TaggingDirective = s3types.MetadataDirectiveReplace, s3types.TaggingDirectiveReplace
		in.ContentType, in.Metadata, in.Tagging = aws.String("text/html"), map[string]string{"m": "2"}, aws.String("u=2")
	})
	w.must(err)
	get := w.get("b")
	w.equal("body", get.body, "hello")
	w.equal("content type", get.ContentType, "text/html")
	w.equal("cache control", get.CacheControl, nil)
	w.equal("metadata", get.Metadata, map[string]string{"m": "2"})
	w.equal("tags", w.tags("b"), map[string]string{"u": "2"})
}

func copyToItself(w *world) {
	w.put("a", "hello")
	_, err := w.copy("a", "a")
	w.fails("copy", err, http.StatusBadRequest, "InvalidRequest")
	_, err = w.copy("a", "a", func(in *s3.CopyObjectInput) {
		in.MetadataDirective, in.Metadata = s3types.MetadataDirectiveReplace, map[string]string{"n": "1"}
	})
	w.must(err)
	w.equal("metadata", w.head("a").Metadata, map[string]string{"n": "1"})
}

func copyVersion(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	one := w.put("a", "one")
	w.put("a", "two")
	out, err := w.copy("a", "b", func(in *s3.CopyObjectInput) { *in.CopySource += "?versionId=" + *one.VersionId })
	w.must(err)
	w.equal("source version", out.CopySourceVersionId, *one.VersionId)
	w.equal("version is told", aws.ToString(out.VersionId) != "", true)
	w.equal("body", w.get("b").body, "one")
}

func copyHostile(w *world) {
	for _, key := range []string{"a b+c/é", "100%", "q?x=y#z"} {
		w.put(key, "hello")
		if _, err := w.copy(key, "copy"); err != nil {
			w.errorf("%s: %v", key, err)
			continue
		}
		w.equal("body", w.get("copy").body, "hello")
		w.delete("copy")
	}
}

func copyMissing(w *world) {
	_, err := w.copy("a", "b")
	w.fails("no key", err, http.StatusNotFound, "NoSuchKey")
	_, err = w.copy("a", "b", func(in *s3.CopyObjectInput) { in.CopySource = aws.String("missing-" + w.bucket + "/a") })
	w.fails("no bucket", err, http.StatusNotFound, "NoSuchBucket")
	w.absent("b")
}

func copyIfMatch(w *world) {
	etag := w.put("a", "hello").ETag
	_, err := w.copy("a", "b", func(in *s3.CopyObjectInput) { in.CopySourceIfMatch = aws.String(wrongETag) })
	w.fails("wrong etag", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.absent("b")
	_, err = w.copy("a", "b", func(in *s3.CopyObjectInput) { in.CopySourceIfMatch = etag })
	w.must(err)
	w.equal("body", w.get("b").body, "hello")
}

// A copy has no 304: both conditions are answered with 412 (CopyObject in the API
// reference).
func copyIfNoneMatch(w *world) {
	etag := w.put("a", "hello").ETag
	_, err := w.copy("a", "b", func(in *s3.CopyObjectInput) { in.CopySourceIfNoneMatch = etag })
	w.fails("same etag", err, http.StatusPreconditionFailed, "PreconditionFailed")
	w.absent("b")
	_, err = w.copy("a", "b", func(in *s3.CopyObjectInput) { in.CopySourceIfNoneMatch = aws.String(wrongETag) })
	w.must(err)
	w.equal("body", w.get("b").body, "hello")
}
