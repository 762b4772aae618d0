package conformance

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var versionCases = []testCase{
	{"versioning status", versioningStatus},
	{"versions", versions},
	{"object from before versioning", nullVersion},
	{"delete marker", deleteMarker},
	{"delete marker in the way of a read", readDeleted},
	{"read a delete marker", readMarker},
	{"delete marker of a key that is not there", markerOfNothing},
	{"delete a delete marker", deleteTheMarker},
	{"delete a delete marker and be told", deleteTheMarkerTold},
	{"delete a version", deleteVersion},
	{"suspended versioning", suspended},
	{"suspended versioning deletes the null version", suspendedDelete},
	{"version that is no version", invalidVersion},
	{"tags of a version", versionTags},
}

func version(id *string) func(*s3.GetObjectInput) {
	return func(in *s3.GetObjectInput) { in.VersionId = id }
}

func deleting(id *string) func(*s3.DeleteObjectInput) {
	return func(in *s3.DeleteObjectInput) { in.VersionId = id }
}

func versioningStatus(w *world) {
	status := func() s3types.BucketVersioningStatus {
		out, err := w.GetBucketVersioning(w.ctx, &s3.GetBucketVersioningInput{Bucket: &w.bucket})
		w.must(err)
		return out.Status
	}
	w.equal("at first", status(), s3types.BucketVersioningStatus(""))
	for _, s := range []s3types.BucketVersioningStatus{"Enabled", "Suspended", "Enabled"} {
		w.setVersioning(s)
		w.equal("status", status(), s)
	}
}

func versions(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	one, two := w.put("a", "one"), w.put("a", "two")
	w.equal("versions differ", aws.ToString(one.VersionId) != aws.ToString(two.VersionId), true)
	current := w.get("a")
	w.equal("body", current.body, "two")
	w.equal("version", current.VersionId, *two.VersionId)
	w.equal("version of head", w.head("a").VersionId, *two.VersionId)
	for _, put := range []struct {
		*s3.PutObjectOutput
		body string
	}{{one, "one"}, {two, "two"}} {
		get := w.get("a", version(put.VersionId))
		w.equal("body", get.body, put.body)
		w.equal("version", get.VersionId, *put.VersionId)
		w.equal("etag", get.ETag, *put.ETag)
		head := w.head("a", func(in *s3.HeadObjectInput) { in.VersionId = put.VersionId })
		w.equal("length of head", head.ContentLength, int64(3))
	}
}

// "Objects stored in your bucket before you set the versioning state have a
// version ID of null" ("Working with objects in a versioning-enabled bucket").
func nullVersion(w *world) {
	w.put("a", "one")
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.equal("version", w.head("a").VersionId, "null")
	two := w.put("a", "two")
	w.equal("new version is null", *two.VersionId == "null", false)
	w.equal("body", w.get("a").body, "two")
	w.equal("old body", w.get("a", version(aws.String("null"))).body, "one")
	w.delete("a", deleting(aws.String("null")))
	_, err := w.tryGet("a", version(aws.String("null")))
	w.fails("deleted null version", err, http.StatusNotFound, "NoSuchVersion")
	w.equal("body", w.get("a").body, "two")
}

func deleteMarker(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	one := w.put("a", "one")
	out := w.delete("a")
	w.equal("delete marker", out.DeleteMarker, true)
	w.equal("version is told", aws.ToString(out.VersionId) != "", true)

	_, err := w.tryGet("a")
	failsAs[*s3types.NoSuchKey](w, "get", err, http.StatusNotFound, "NoSuchKey")
	w.absent("a")
	w.equal("body of the version", w.get("a", version(one.VersionId)).body, "one")
	again := w.delete("a")
	w.equal("second marker", again.DeleteMarker, true)
	w.equal("another version", *again.VersionId == *out.VersionId, false)
}

// "If the current version of the object is a delete marker, Amazon S3 behaves as if
// the object was deleted and includes x-amz-delete-marker: true in the response"
// (GetObject and HeadObject in the API reference).
func readDeleted(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one")
	w.delete("a")
	_, err := w.tryGet("a")
	w.equal("header", headerOf(err, "x-amz-delete-marker"), "true")
	_, err = w.tryHead("a")
	w.equal("header of head", headerOf(err, "x-amz-delete-marker"), "true")
}

// "If the specified version in the request is a delete marker, the response returns
// a 405 Method Not Allowed error" (GetObject and HeadObject in the API reference).
func readMarker(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one")
	marker := w.delete("a").VersionId
	_, err := w.tryGet("a", version(marker))
	w.fails("get", err, http.StatusMethodNotAllowed, "MethodNotAllowed")
	_, err = w.tryHead("a", func(in *s3.HeadObjectInput) { in.VersionId = marker })
	w.fails("head", err, http.StatusMethodNotAllowed, "MethodNotAllowed")
}

func markerOfNothing(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	out := w.delete("a")
	w.equal("delete marker", out.DeleteMarker, true)
	w.equal("version is told", aws.ToString(out.VersionId) != "", true)
	listed := w.listVersions(nil)
	w.equal("markers", len(listed.DeleteMarkers), 1)
}

func deleteTheMarker(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one")
	w.delete("a", deleting(w.delete("a").VersionId))
	w.equal("body", w.get("a").body, "one")
}

// "If the object deleted is a delete marker, Amazon S3 sets the response header
// x-amz-delete-marker to true" (DeleteObject in the API reference).
func deleteTheMarkerTold(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one")
	marker := w.delete("a").VersionId
	out := w.delete("a", deleting(marker))
	w.equal("delete marker", out.DeleteMarker, true)
	w.equal("version", out.VersionId, *marker)
}

func deleteVersion(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one")
	two := w.put("a", "two")
	for range 2 {
		out := w.delete("a", deleting(two.VersionId))
		w.equal("delete marker", out.DeleteMarker, nil)
		w.equal("version", out.VersionId, *two.VersionId)
	}
	w.equal("body", w.get("a").body, "one")
	_, err := w.tryGet("a", version(two.VersionId))
	w.fails("deleted version", err, http.StatusNotFound, "NoSuchVersion")
	_, err = w.tryHead("a", func(in *s3.HeadObjectInput) { in.VersionId = two.VersionId })
	failsAs[*s3types.NotFound](w, "head of it", err, http.StatusNotFound, "NotFound")
}

// "Adding objects to versioning-suspended buckets" in the user guide.
func suspended(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	one := w.put("a", "one")
	w.setVersioning(s3types.BucketVersioningStatusSuspended)
	w.put("a", "two")
	w.put("a", "three")
	get := w.get("a")
	w.equal("body", get.body, "three")
	w.equal("version", get.VersionId, "null")
	w.equal("body of the version", w.get("a", version(one.VersionId)).body, "one")
	w.equal("versions", len(w.listVersions(nil).Versions), 2)
}

// DeleteObject in the API reference, on suspended versioning.
func suspendedDelete(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	one := w.put("a", "one")
	w.setVersioning(s3types.BucketVersioningStatusSuspended)
	w.put("a", "two")
	out := w.delete("a")
	w.equal("delete marker", out.DeleteMarker, true)
	w.equal("version", out.VersionId, "null")
	w.absent("a")
	listed := w.listVersions(nil)
	w.equal("versions", len(listed.Versions), 1)
	w.equal("markers", len(listed.DeleteMarkers), 1)
	w.equal("body of the version", w.get("a", version(one.VersionId)).body, "one")
	w.put("a", "three")
	w.equal("markers", len(w.listVersions(nil).DeleteMarkers), 0)
}

func invalidVersion(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.put("a", "one")
	_, err := w.tryGet("a", version(aws.String("no version")))
	w.fails("get", err, http.StatusBadRequest, "InvalidArgument")
	_, err = w.tryDelete("a", deleting(aws.String("no version")))
	w.fails("delete", err, http.StatusBadRequest, "InvalidArgument")
}

func versionTags(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	one := w.put("a", "one")
	w.put("a", "two", func(in *s3.PutObjectInput) { in.Tagging = aws.String("n=2") })
	_, err := w.PutObjectTagging(w.ctx, &s3.PutObjectTaggingInput{
		Bucket: &w.bucket, Key: aws.String("a"), VersionId: one.VersionId,
		Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: aws.String("n"), Value: aws.String("1")}}},
	})
	w.must(err)
	w.equal("tags of the current version", w.tags("a"), map[string]string{"n": "2"})
	out, err := w.GetObjectTagging(w.ctx, &s3.GetObjectTaggingInput{Bucket: &w.bucket, Key: aws.String("a"), VersionId: one.VersionId})
	w.must(err)
	w.equal("tags of the version", len(out.TagSet), 1)
	w.equal("version", out.VersionId, *one.VersionId)
}
