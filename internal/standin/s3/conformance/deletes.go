package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var deleteCases = []testCase{
	{"delete", deleteOne},
	{"delete many", deleteMany},
	{"delete many quietly", deleteManyQuietly},
	{"delete 1,000", deleteThousand},
	{"delete more than 1,000", deleteTooMany},
	{"delete none", deleteNone},
	{"delete many versions", deleteManyVersions},
}

func (w *world) deleteMany(quiet bool, objects ...s3types.ObjectIdentifier) *s3.DeleteObjectsOutput {
	out, err := w.tryDeleteMany(quiet, objects...)
	w.must(err)
	return out
}

func (w *world) tryDeleteMany(quiet bool, objects ...s3types.ObjectIdentifier) (*s3.DeleteObjectsOutput, error) {
	return w.DeleteObjects(w.ctx, &s3.DeleteObjectsInput{
		Bucket: &w.bucket, Delete: &s3types.Delete{Objects: append([]s3types.ObjectIdentifier{}, objects...), Quiet: &quiet},
	})
}

func deletedKeys(out *s3.DeleteObjectsOutput) string {
	var keys []string
	for _, d := range out.Deleted {
		keys = append(keys, *d.Key)
	}
	return strings.Join(keys, " ")
}

func identifiers(keys ...string) []s3types.ObjectIdentifier {
	var objects []s3types.ObjectIdentifier
	for _, key := range keys {
		objects = append(objects, s3types.ObjectIdentifier{Key: aws.String(key)})
	}
	return objects
}

// Deleting what is not there succeeds all the same.
func deleteOne(w *world) {
	w.put("a", "hello")
	for range 2 {
		out := w.delete("a")
		w.equal("delete marker", out.DeleteMarker, nil)
		w.equal("version", out.VersionId, nil)
		w.absent("a")
	}
}

func deleteMany(w *world) {
	for _, key := range []string{"a", "b", "c"} {
		w.put(key, "hello")
	}
	out := w.deleteMany(false, identifiers("a", "missing", "c")...)
	w.equal("deleted", deletedKeys(out), "a missing c")
	w.equal("errors", len(out.Errors), 0)
	for _, d := range out.Deleted {
		w.equal("delete marker of "+*d.Key, d.DeleteMarker, nil)
		w.equal("version of "+*d.Key, d.VersionId, nil)
	}
	w.equal("left", w.listedKeys(w.list(nil)), []string{"b"})
}

func deleteManyQuietly(w *world) {
	w.put("a", "hello")
	out := w.deleteMany(true, identifiers("a", "missing")...)
	w.equal("deleted", len(out.Deleted), 0)
	w.equal("errors", len(out.Errors), 0)
	w.absent("a")
}

func manyKeys(n int) []string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("%04d", i))
	}
	return keys
}

func deleteThousand(w *world) {
	w.put("0000", "first")
	w.put("0999", "last")
	out := w.deleteMany(false, identifiers(manyKeys(1000)...)...)
	w.equal("deleted", len(out.Deleted), 1000)
	w.equal("left", len(w.list(nil).Contents), 0)
}

// "The request can contain a list of up to 1,000 keys" (DeleteObjects in the API
// reference).
func deleteTooMany(w *world) {
	w.put("0000", "first")
	_, err := w.tryDeleteMany(false, identifiers(manyKeys(1001)...)...)
	w.fails("1,001", err, http.StatusBadRequest, "MalformedXML")
	w.equal("body", w.get("0000").body, "first")
}

func deleteNone(w *world) {
	_, err := w.tryDeleteMany(false)
	w.fails("none", err, http.StatusBadRequest, "MalformedXML")
}

func deleteManyVersions(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	first := w.put("a", "one").VersionId
	w.put("a", "two")
	w.put("b", "three")
	out := w.deleteMany(false,
		s3types.ObjectIdentifier{Key: aws.String("a"), VersionId: first},
		s3types.ObjectIdentifier{Key: aws.String("b")})
	w.equal("deleted", deletedKeys(out), "a b")
	if len(out.Deleted) == 2 {
		a, b := out.Deleted[0], out.Deleted[1]
		w.equal("version", a.VersionId, *first)
		w.equal("marker of a version", a.DeleteMarker, nil)
		w.equal("marker", b.DeleteMarker, true)
		w.equal("version of the marker is told", aws.ToString(b.DeleteMarkerVersionId) != "", true)
		w.equal("version", b.VersionId, nil)
	}
	_, err := w.tryGet("a", version(first))
	w.fails("deleted version", err, http.StatusNotFound, "NoSuchVersion")
	w.equal("body", w.get("a").body, "two")
	w.absent("b")
}
