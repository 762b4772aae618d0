package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var bucketCases = []testCase{
	{"bucket", bucket},
	{"bucket again", bucketAgain},
	{"bucket names of wrong length", bucketNameLengths},
	{"bucket names of wrong form", bucketNameForms},
	{"delete a bucket", deleteBucket},
	{"delete a bucket with versions only", deleteVersionedBucket},
	{"list buckets", listBuckets},
}

func bucket(w *world) {
	head, err := w.HeadBucket(w.ctx, &s3.HeadBucketInput{Bucket: &w.bucket})
	w.must(err)
	w.equal("region", head.BucketRegion, w.Options().Region)
	location, err := w.GetBucketLocation(w.ctx, &s3.GetBucketLocationInput{Bucket: &w.bucket})
	w.must(err)
	// "Buckets in Region us-east-1 have a LocationConstraint of null"
	// (GetBucketLocation in the API reference).
	want := s3types.BucketLocationConstraint(w.Options().Region)
	if want == "us-east-1" {
		want = ""
	}
	w.equal("location", location.LocationConstraint, want)
}

// "If you re-create an existing bucket that you already own in us-east-1, Amazon S3
// returns 200 OK"; in all other Regions it is an error ("Error responses").
func bucketAgain(w *world) {
	w.put("a", "hello")
	_, err := w.CreateBucket(w.ctx, w.createBucketInput(w.bucket))
	if w.Options().Region == "us-east-1" {
		w.must(err)
	} else {
		failsAs[*s3types.BucketAlreadyOwnedByYou](w, "create", err, http.StatusConflict, "BucketAlreadyOwnedByYou")
	}
	w.equal("body", w.get("a").body, "hello")
}

// "General purpose bucket naming rules" in the user guide.
func bucketNameLengths(w *world) { w.refusesNames("ab", strings.Repeat("a", 64)) }

func bucketNameForms(w *world) {
	w.refusesNames("Upper", "under_score", "-first", "last-", "two..dots", "192.168.5.4")
}

func (w *world) refusesNames(names ...string) {
	for _, name := range names {
		_, err := w.CreateBucket(w.ctx, w.createBucketInput(name))
		w.fails(name, err, http.StatusBadRequest, "InvalidBucketName")
	}
}

func deleteBucket(w *world) {
	w.put("a", "hello")
	_, err := w.DeleteBucket(w.ctx, &s3.DeleteBucketInput{Bucket: &w.bucket})
	w.fails("with an object", err, http.StatusConflict, "BucketNotEmpty")
	w.delete("a")
	_, err = w.DeleteBucket(w.ctx, &s3.DeleteBucketInput{Bucket: &w.bucket})
	w.must(err)
	_, err = w.HeadBucket(w.ctx, &s3.HeadBucketInput{Bucket: &w.bucket})
	failsAs[*s3types.NotFound](w, "head bucket", err, http.StatusNotFound, "NotFound")
}

func deleteVersionedBucket(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	marker := w.delete("a").VersionId
	_, err := w.DeleteBucket(w.ctx, &s3.DeleteBucketInput{Bucket: &w.bucket})
	w.fails("with a delete marker", err, http.StatusConflict, "BucketNotEmpty")
	w.delete("a", deleting(marker))
	_, err = w.DeleteBucket(w.ctx, &s3.DeleteBucketInput{Bucket: &w.bucket})
	w.must(err)
}

func listBuckets(w *world) {
	out, err := w.ListBuckets(w.ctx, &s3.ListBucketsInput{})
	w.must(err)
	w.equal("listed", slices.ContainsFunc(out.Buckets, func(b s3types.Bucket) bool { return *b.Name == w.bucket }), true)
}
