package macie

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"regexp"
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
// the order of keys. Entries of the run whose objects are not listed any more, and
// that have no state yet, are among them, as gone.
func (s *scan) known(ctx context.Context, from position) iter.Seq2[*candidate, error] {
	return func(yield func(*candidate, error) bool) {
		j := &join{scan: s, ctx: ctx, from: from, buckets: s.buckets(), yield: yield}
		defer j.close()
		for o, err := range s.objects(ctx, from) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !j.to(o.bucket) || !j.match(o) {
				return
			}
		}
		j.to("")
	}
}

// A candidate is a listed object with its entry, which is new if it has no version.
type candidate struct {
	found
	*entry
	gone bool // it was listed before, and is not any more
}

// A join goes through the entries of each bucket in step with its listing.
type join struct {
	*scan
	ctx     context.Context
	from    position
	buckets []string // that are left, the first being the current one
	yield   func(*candidate, error) bool

	next  func() (*entry, error, bool)
	stop  func()
	ahead *entry // not yet reached by the listing
}

func (j *join) close() {
	if j.stop != nil {
		j.stop()
		j.next, j.stop, j.ahead = nil, nil, nil
	}
}

// to goes on to a bucket, or with "" behind the last, through all entries before
// it. It reports whether to go on.
func (j *join) to(bucket string) bool {
	for len(j.buckets) > 0 && j.buckets[0] != bucket {
		if j.buckets[0] >= j.from.Bucket {
			j.open()
			if !j.pass("", true) {
				return false
			}
		}
		j.close()
		j.buckets = j.buckets[1:]
	}
	if bucket != "" {
		j.open()
	}
	return true
}

// open begins with the entries of the current bucket.
func (j *join) open() {
	if j.next != nil {
		return
	}
	after := ""
	if j.buckets[0] == j.from.Bucket {
		after = j.from.Key
	}
	j.next, j.stop = iter.Pull2(j.list(j.ctx, j.buckets[0], after))
}

// match hands out a listed object with its entry.
func (j *join) match(o found) bool {
	if !j.pass(o.key, false) {
		return false
	}
	e := j.ahead
	if e == nil || e.Key != o.key {
		return j.yield(&candidate{found: o, entry: &entry{Image: Image{Bucket: o.bucket, Key: o.key}}}, nil)
	}
	j.ahead = nil
	return j.yield(&candidate{found: o, entry: e}, nil)
}

// pass goes through the entries before a key, or all that are left.
func (j *join) pass(key string, all bool) bool {
	for {
		if j.ahead == nil {
			e, err, more := j.next()
			if err != nil {
				j.yield(nil, err)
				return false
			}
			if !more {
				return true
			}
			j.ahead = e
		}
		if !all && j.ahead.Key >= key {
			return true
		}
		e := j.ahead
		j.ahead = nil
		if e.Seen == j.run.Run && e.Step != stepDone && !j.yield(&candidate{found: found{bucket: e.Bucket, key: e.Key}, entry: e, gone: true}, nil) {
			return false
		}
	}
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

// ownKey reports whether a key of the results bucket is one that scans write. What
// is called otherwise is somebody's, also in a folder of the same name.
func (s *scan) ownKey(key string) bool {
	rest, ok := strings.CutPrefix(key, s.opts.Results.Prefix)
	return ok && resultKey.MatchString(rest)
}

var resultKey = regexp.MustCompile(`^(` + textsFolder + `[^/]+/[0-9]+/[0-9a-f]{64}\.txt|` + ocrFolder + `[0-9a-f]{64}\.json)$`)
