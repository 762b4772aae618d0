package opensearch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/rows"
)

// An object is one in S3 as it was found at first.
type object struct {
	s3                S3API
	size              int64
	bucket, key, etag string
}

// headsAtATime is how many objects are looked up at the same time. S3 serves 5,500
// reads a second below a prefix ("Best practices design patterns" in the user guide).
const headsAtATime = 16

// lookUpObjects returns the objects in the order of the URLs and, below a prefix, of
// their keys.
func lookUpObjects(ctx context.Context, c S3API, urls []string) ([]input, error) {
	named, err := parseObjectURLs(urls)
	if err != nil {
		return nil, err
	}
	found := make([][]*object, len(named))
	failed := make([]error, len(named))
	parallel.ForEach(len(named), headsAtATime, func(i int) {
		if failed[i] = context.Cause(ctx); failed[i] == nil {
			found[i], failed[i] = lookUpURL(ctx, c, named[i])
		}
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var inputs []input
	for _, objects := range found {
		for _, o := range objects {
			inputs = append(inputs, o)
		}
	}
	return inputs, errors.Join(failed...)
}

func lookUpURL(ctx context.Context, c S3API, u objectURL) ([]*object, error) {
	if u.isPrefix() {
		return listObjects(ctx, c, u)
	}
	o, err := headObject(ctx, c, u)
	if err != nil {
		return nil, err
	}
	return []*object{o}, nil
}

func headObject(ctx context.Context, c S3API, u objectURL) (*object, error) {
	head, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &u.bucket, Key: &u.key})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u, explainObject(err))
	}
	archive := archivedClass(s3types.ObjectStorageClass(head.StorageClass), strings.Contains(aws.ToString(head.Restore), `ongoing-request="false"`))
	if head.ArchiveStatus != "" { // of S3 Intelligent-Tiering
		archive = string(head.ArchiveStatus)
	}
	if archive != "" {
		return nil, archived(u, archive)
	}
	return &object{c, aws.ToInt64(head.ContentLength), u.bucket, u.key, aws.ToString(head.ETag)}, nil
}

// archivedClass returns the storage class if its objects cannot be read without
// being restored, and this one is not.
func archivedClass(class s3types.ObjectStorageClass, restored bool) string {
	if restored || class != s3types.ObjectStorageClassGlacier && class != s3types.ObjectStorageClassDeepArchive {
		return ""
	}
	return string(class)
}

func archived(u objectURL, class string) error {
	return fmt.Errorf("%s: it is archived (%s) and cannot be read: restore it first", u, class)
}

func (o *object) name() string   { return o.url().String() }
func (o *object) bytes() int64   { return o.size }
func (o *object) url() objectURL { return objectURL{o.bucket, o.key} }

func (o *object) identity() string {
	return fmt.Sprintf("object %q %q %s %d", o.bucket, o.key, s3object.Quoted(o.etag), o.size)
}

func (o *object) open(ctx context.Context) (io.ReadCloser, error) {
	r, err := s3object.Open(ctx, o.s3, s3object.Object{Bucket: o.bucket, Key: o.key, ETag: o.etag, Explain: explainObject})
	if err != nil {
		return nil, err // no *s3object.Reader that is nil
	}
	return r, nil
}

// openAt reads the object into a file, which is gone when it is closed.
func (o *object) openAt(ctx context.Context) (_ rows.File, _ int64, err error) {
	r, err := o.open(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	f, err := newTempFile()
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(f, r)
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("read into a file in %s: %w", os.TempDir(), err)
	}
	return f, size, nil
}

// unchanged is nil: every request has the ETag for a condition.
func (o *object) unchanged() error { return nil }

// A tempFile is removed when it is closed or, where a file can be removed while it is
// open, with the process.
type tempFile struct {
	*os.File
	removed bool
}

func newTempFile() (*tempFile, error) {
	f, err := os.CreateTemp("", "awspatterns-opensearch-")
	if err != nil {
		return nil, err
	}
	return &tempFile{f, os.Remove(f.Name()) == nil}, nil
}

func (f *tempFile) Close() error {
	err := f.File.Close()
	if !f.removed {
		err = errors.Join(err, os.Remove(f.Name()))
		f.removed = true
	}
	return err
}

// explainObject adds to the error of reading or looking up an object what it may
// mean: answers to HeadObject have no text.
func explainObject(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "InvalidObjectState" {
		return fmt.Errorf("%w; it is archived: restore it first", err)
	}
	switch s3object.Status(err) {
	case http.StatusForbidden:
		return fmt.Errorf("%w; needs s3:GetObject, and kms:Decrypt if a KMS key encrypts the object; without s3:ListBucket, S3 answers so for an object that does not exist", err)
	case http.StatusNotFound:
		return fmt.Errorf("%w; there is no such object: a URL that names all keys below a prefix ends in a slash", err)
	case http.StatusMovedPermanently:
		return fmt.Errorf("%w; the bucket is in another Region: make the client for that one", err)
	}
	return err
}
