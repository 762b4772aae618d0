package opensearch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/s3object"
)

// An objectURL names an object in S3 or, if its key is empty or ends in a slash, all
// below a prefix.
type objectURL struct{ bucket, key string }

func (u objectURL) String() string { return "s3://" + u.bucket + "/" + u.key }
func (u objectURL) isPrefix() bool { return u.key == "" || strings.HasSuffix(u.key, "/") }

// bucketName is of buckets, of those made in us-east-1 before 2018 ("General purpose
// bucket naming rules" in the S3 user guide), and of aliases of access points.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$`)

// maxKey is in bytes ("Naming Amazon S3 objects" in the user guide).
const maxKey = 1024

// parseObjectURL takes everything behind the bucket for the key, as the AWS CLI
// does: keys may hold "%", "?" and "#".
func parseObjectURL(text string) (objectURL, error) {
	path, ok := strings.CutPrefix(text, "s3://")
	bucket, key, slash := strings.Cut(path, "/")
	switch {
	case !ok || !slash:
		return objectURL{}, fmt.Errorf("object %q: it must be s3://bucket/key, or s3://bucket/prefix/ for all keys below a prefix", text)
	case !bucketName.MatchString(bucket):
		return objectURL{}, fmt.Errorf("object %q: %q is no name of a bucket", text, bucket)
	case len(key) > maxKey || !utf8.ValidString(key):
		return objectURL{}, fmt.Errorf("object %q: a key is up to %d bytes of UTF-8", text, maxKey)
	}
	return objectURL{bucket, key}, nil
}

// parseObjectURLs refuses URLs that name one object twice.
func parseObjectURLs(texts []string) ([]objectURL, error) {
	var urls []objectURL
	for _, text := range texts {
		u, err := parseObjectURL(text)
		if err != nil {
			return nil, err
		}
		urls = append(urls, u)
	}
	// What is below a prefix comes right behind it.
	sorted := slices.Clone(urls)
	slices.SortFunc(sorted, func(a, b objectURL) int { return strings.Compare(a.String(), b.String()) })
	for i, u := range sorted {
		if i == 0 {
			continue
		}
		before := sorted[i-1]
		if u == before || before.isPrefix() && strings.HasPrefix(u.String(), before.String()) {
			return nil, fmt.Errorf("objects: %s is named twice, also by %s", u, before)
		}
	}
	return urls, nil
}

// listObjects returns all objects below a prefix, in the order of their keys,
// without those of no content: they hold no documents, and mark folders and the
// end of jobs.
func listObjects(ctx context.Context, c S3API, u objectURL) ([]*object, error) {
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{
		Bucket:                   &u.bucket,
		Prefix:                   optional(u.key),
		EncodingType:             s3types.EncodingTypeUrl, // XML cannot hold every key
		OptionalObjectAttributes: []s3types.OptionalObjectAttributes{s3types.OptionalObjectAttributesRestoreStatus},
	})
	var inputs []*object
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", u, explainListing(err))
		}
		for _, listed := range page.Contents {
			if aws.ToInt64(listed.Size) == 0 {
				continue
			}
			o, err := listedObject(c, u.bucket, listed)
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, o)
		}
	}
	slices.SortFunc(inputs, func(a, b *object) int { return strings.Compare(a.key, b.key) }) // directory buckets list in no order
	if len(inputs) == 0 {
		return nil, fmt.Errorf("%s: there is no object with any content below it", u)
	}
	return inputs, nil
}

func listedObject(c S3API, bucket string, o s3types.Object) (*object, error) {
	key, err := url.QueryUnescape(aws.ToString(o.Key))
	if err != nil {
		return nil, fmt.Errorf("s3://%s: key %q: %w", bucket, aws.ToString(o.Key), err)
	}
	restored := o.RestoreStatus != nil && o.RestoreStatus.RestoreExpiryDate != nil && !aws.ToBool(o.RestoreStatus.IsRestoreInProgress)
	if class := archivedClass(o.StorageClass, restored); class != "" {
		return nil, archived(objectURL{bucket, key}, class)
	}
	return &object{c, aws.ToInt64(o.Size), bucket, key, aws.ToString(o.ETag)}, nil
}

func explainListing(err error) error {
	switch s3object.Status(err) {
	case http.StatusForbidden:
		return fmt.Errorf("%w; needs s3:ListBucket on the bucket, for this prefix", err)
	case http.StatusMovedPermanently:
		return fmt.Errorf("%w; the bucket is in another Region: make the client for that one", err)
	}
	return err
}

// optional returns nil for an empty string: the SDK would send it.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
