package macie

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/imagefile"
)

// objects lists the objects of all sources, by bucket and key.
func (s *scan) objects(ctx context.Context, from position) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		for _, source := range s.opts.Sources { // complete has sorted them
			after := ""
			switch {
			case source.Bucket < from.Bucket:
				continue
			case source.Bucket == from.Bucket:
				after = from.Key
			}
			for o, err := range s.sourceObjects(ctx, source, after) {
				if !yield(o, err) || err != nil {
					return
				}
			}
		}
	}
}

// A found is an object as a listing tells it.
type found struct {
	bucket, key, etag string
	size              int64
	class             s3types.ObjectStorageClass
}

func (s *scan) sourceObjects(ctx context.Context, source ImageSource, after string) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		pages := s3.NewListObjectsV2Paginator(s.c.S3, &s3.ListObjectsV2Input{
			Bucket:              &source.Bucket,
			Prefix:              optional(source.Prefix),
			StartAfter:          optional(after),
			ExpectedBucketOwner: optional(s.owner(source.Owner)),
			EncodingType:        s3types.EncodingTypeUrl, // XML cannot hold every key
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(found{}, fmt.Errorf("list s3://%s/%s: %w", source.Bucket, source.Prefix, err))
				return
			}
			for _, object := range page.Contents {
				o, err := newFound(source.Bucket, object)
				if !yield(o, err) || err != nil {
					return
				}
			}
		}
	}
}

func newFound(bucket string, o s3types.Object) (found, error) {
	key, err := url.QueryUnescape(aws.ToString(o.Key))
	if err != nil {
		return found{}, fmt.Errorf("list s3://%s: key %q: %w", bucket, aws.ToString(o.Key), err)
	}
	return found{
		bucket: bucket, key: key, etag: strings.Trim(aws.ToString(o.ETag), `"`),
		size: aws.ToInt64(o.Size), class: o.StorageClass,
	}, nil
}

// known joins the listed objects with what the store knows of them: both are in
// the order of keys.
func (s *scan) known(ctx context.Context, from position) iter.Seq2[*candidate, error] {
	return func(yield func(*candidate, error) bool) {
		var stored *storedEntries
		defer func() { stored.stop() }()
		for o, err := range s.objects(ctx, from) {
			if err != nil {
				yield(nil, err)
				return
			}
			if stored == nil || stored.bucket != o.bucket {
				stored.stop()
				after := ""
				if from.Bucket == o.bucket {
					after = from.Key
				}
				stored = s.openEntries(ctx, o.bucket, after)
			}
			e, err := stored.find(o.key)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&candidate{found: o, entry: e}, nil) {
				return
			}
		}
	}
}

// A candidate is a listed object with its entry, which is new if it has no version.
type candidate struct {
	found
	*entry
}

// storedEntries go through the entries of a bucket in step with its listing.
type storedEntries struct {
	bucket string
	next   func() (*entry, error, bool)
	close  func()
	ahead  *entry // not yet reached by the listing
}

func (s *scan) openEntries(ctx context.Context, bucket, after string) *storedEntries {
	next, stop := iter.Pull2(s.list(ctx, bucket, after))
	return &storedEntries{bucket: bucket, next: next, close: stop}
}

func (e *storedEntries) stop() {
	if e != nil {
		e.close()
	}
}

// find returns the entry of a key, or a new one. Keys come in their order.
func (e *storedEntries) find(key string) (*entry, error) {
	for e.ahead == nil || e.ahead.Key < key {
		got, err, ok := e.next()
		if !ok {
			break
		}
		if err != nil {
			return nil, err
		}
		e.ahead = got
	}
	if e.ahead != nil && e.ahead.Key == key {
		found := e.ahead
		e.ahead = nil
		return found, nil
	}
	return &entry{Image: Image{Bucket: e.bucket, Key: key}}, nil
}

// archived storage classes cannot be read without being restored.
func archived(c s3types.ObjectStorageClass) bool {
	return c == s3types.ObjectStorageClassGlacier || c == s3types.ObjectStorageClassDeepArchive
}

// skip tells from the listing alone why an object is not looked into; "" if it
// is.
func (s *scan) skip(o found) string {
	switch {
	case strings.HasSuffix(o.key, "/") && o.size == 0:
		return "a folder"
	case o.bucket == s.opts.Results.Bucket && s.ownKey(o.key):
		return "a result of scanning"
	case o.size == 0:
		return "empty"
	case archived(o.class):
		return fmt.Sprintf("in storage class %s, which cannot be read", o.class)
	case s.opts.AllNames || imagefile.FromExtension(o.key).Supported() || !imagefile.HasExtension(o.key):
		return ""
	}
	return "no image by the end of its name"
}

// ownKey reports whether a key of the results bucket is one that scans write.
func (s *scan) ownKey(key string) bool {
	rest, ok := strings.CutPrefix(key, s.opts.Results.Prefix)
	return ok && (strings.HasPrefix(rest, textsFolder) || strings.HasPrefix(rest, ocrFolder))
}
