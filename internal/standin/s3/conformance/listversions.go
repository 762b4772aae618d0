package conformance

import (
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var listVersionsCases = []testCase{
	{"list versions", listVersions},
	{"list versions of a bucket without", listNullVersions},
	{"list versions in pages", listVersionPages},
	{"list versions while deleting them", listVersionsDeleting},
	{"list versions by delimiter", listVersionsDelimiter},
	{"list versions after a key", listVersionsAfter},
	{"list versions after a version", listVersionsAfterVersion},
	{"list versions after a version of no key", listVersionsBadMark},
}

func (w *world) listVersions(change func(*s3.ListObjectVersionsInput)) *s3.ListObjectVersionsOutput {
	in := &s3.ListObjectVersionsInput{Bucket: &w.bucket}
	if change != nil {
		change(in)
	}
	out, err := w.ListObjectVersions(w.ctx, in)
	w.must(err)
	return out
}

// putVersions makes versions of three keys and returns the names of their version
// IDs: a1, a2, b1 and so on, where b3 and c2 are delete markers.
func (w *world) putVersions() map[string]string {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	names := map[string]string{}
	for _, step := range []string{"a1", "b1", "c1", "b2", "a2"} {
		names[*w.put(step[:1], step).VersionId] = step
	}
	names[*w.delete("b").VersionId] = "b3"
	names[*w.delete("c").VersionId] = "c2"
	return names
}

// shown returns what a page holds: versions, and delete markers behind a bar, the
// latest of a key with a star.
func shown(out *s3.ListObjectVersionsOutput, names map[string]string) string {
	var versions, markers []string
	star := map[bool]string{true: "*"}
	for _, v := range out.Versions {
		versions = append(versions, names[*v.VersionId]+star[aws.ToBool(v.IsLatest)])
	}
	for _, m := range out.DeleteMarkers {
		markers = append(markers, names[*m.VersionId]+star[aws.ToBool(m.IsLatest)])
	}
	return strings.TrimSpace(strings.Join(versions, " ") + " | " + strings.Join(markers, " "))
}

// Within a key the newest version comes first ("Listing objects in a
// versioning-enabled bucket" in the user guide).
func listVersions(w *world) {
	names := w.putVersions()
	out := w.listVersions(nil)
	w.equal("versions", shown(out, names), "a2* a1 b2 b1 c1 | b3* c2*")
	w.equal("truncated", out.IsTruncated, false)
	w.equal("etag", out.Versions[0].ETag, etagOf("a2"))
	w.equal("size", out.Versions[0].Size, int64(2))
	w.equal("storage class", out.Versions[0].StorageClass, s3types.ObjectVersionStorageClassStandard)
	out = w.listVersions(func(in *s3.ListObjectVersionsInput) { in.Prefix = aws.String("b") })
	w.equal("versions of b", shown(out, names), "b2 b1 | b3*")
}

func listNullVersions(w *world) {
	w.put("a", "one")
	w.put("a", "two")
	out := w.listVersions(nil)
	w.equal("versions", len(out.Versions), 1)
	w.equal("version", out.Versions[0].VersionId, "null")
	w.equal("latest", out.Versions[0].IsLatest, true)
}

func (w *world) versionPages(size int, names map[string]string, each func(*s3.ListObjectVersionsOutput)) string {
	in := &s3.ListObjectVersionsInput{Bucket: &w.bucket, MaxKeys: aws.Int32(int32(size))}
	var pages []string
	for {
		out, err := w.ListObjectVersions(w.ctx, in)
		w.must(err)
		pages = append(pages, shown(out, names))
		each(out)
		if !aws.ToBool(out.IsTruncated) || len(pages) > 20 {
			return strings.Join(pages, " / ")
		}
		in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
	}
}

func listVersionPages(w *world) {
	names := w.putVersions()
	nothing := func(*s3.ListObjectVersionsOutput) {}
	w.equal("by 2", w.versionPages(2, names, nothing), "a2* a1 | / b2 | b3* / b1 | c2* / c1 |")
	w.equal("by 3", w.versionPages(3, names, nothing), "a2* a1 | b3* / b2 b1 | c2* / c1 |")
}

// Emptying a bucket page by page asks for what comes after a version that is gone.
func listVersionsDeleting(w *world) {
	names := w.putVersions()
	seen := w.versionPages(2, names, func(out *s3.ListObjectVersionsOutput) {
		for _, v := range out.Versions {
			w.delete(*v.Key, deleting(v.VersionId))
		}
		for _, m := range out.DeleteMarkers {
			w.delete(*m.Key, deleting(m.VersionId))
		}
	})
	for _, name := range names {
		if !strings.Contains(seen, name) {
			w.errorf("%s is in no page: %s", name, seen)
		}
	}
	w.equal("left", shown(w.listVersions(nil), names), "|")
}

func listVersionsDelimiter(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.putAll("a", "d/1", "d/1", "d/2", "e")
	out := w.listVersions(func(in *s3.ListObjectVersionsInput) { in.Delimiter = aws.String("/") })
	w.equal("versions", len(out.Versions), 2)
	w.equal("prefixes", len(out.CommonPrefixes), 1)
	w.equal("prefix", out.CommonPrefixes[0].Prefix, "d/")
}

func listVersionsAfter(w *world) {
	names := w.putVersions()
	out := w.listVersions(func(in *s3.ListObjectVersionsInput) { in.KeyMarker = aws.String("a") })
	w.equal("after a", shown(out, names), "b2 b1 c1 | b3* c2*")
}

func listVersionsAfterVersion(w *world) {
	names := w.putVersions()
	b2 := ""
	for id, name := range names {
		if name == "b2" {
			b2 = id
		}
	}
	out := w.listVersions(func(in *s3.ListObjectVersionsInput) { in.KeyMarker, in.VersionIdMarker = aws.String("b"), &b2 })
	w.equal("after b2", shown(out, names), "b1 c1 | c2*")
}

func listVersionsBadMark(w *world) {
	_, err := w.ListObjectVersions(w.ctx, &s3.ListObjectVersionsInput{Bucket: &w.bucket, VersionIdMarker: aws.String("null")})
	w.fails("list", err, http.StatusBadRequest, "InvalidArgument")
}
