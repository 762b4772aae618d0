package lineage

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/s3object"
)

// looksAtOnce is how many objects are looked at at a time.
const looksAtOnce = 16

// markKey is the metadata that holds the mark.
const markKey = "awspatterns"

// findObjects reads what is below the prefix and matters: the files and, if stale
// objects are to be removed, all others, of which it keeps those that are marked
// or unknown.
func findObjects(ctx context.Context, c Clients, opts PublishOptions) (foundObjects, error) {
	r := siteReader{c.S3, opts.Bucket, opts.Owner}
	found := foundObjects{objects: map[string]foundObject{}}
	if opts.RemoveStale {
		err := r.list(ctx, opts.Prefix, func(keys []string) error { return found.look(ctx, r, opts, keys, true) })
		if err != nil {
			return foundObjects{unknown: err}, definite(ctx, err)
		}
		return found, nil
	}
	var keys []string
	for _, name := range siteNames {
		keys = append(keys, opts.Prefix+name)
	}
	return found, found.look(ctx, r, opts, keys, false)
}

// look looks at objects, and keeps those that matter.
func (f *foundObjects) look(ctx context.Context, r siteReader, opts PublishOptions, keys []string, listed bool) error {
	objects, exists := make([]foundObject, len(keys)), make([]bool, len(keys))
	isFile := func(key string) bool { return slices.Contains(siteNames, strings.TrimPrefix(key, opts.Prefix)) }
	parallel.ForEach(len(keys), looksAtOnce, func(i int) {
		objects[i], exists[i] = r.look(ctx, keys[i], listed, isFile(keys[i]))
	})
	for i, object := range objects {
		if err := definite(ctx, object.unknown); err != nil {
			return fmt.Errorf("%s: %w", keys[i], err)
		}
		if exists[i] && (isFile(keys[i]) || object.unknown != nil || object.mark == mark(opts.Bucket, opts.Prefix, keys[i])) {
			f.objects[keys[i]] = object
		}
	}
	return nil
}

// definite returns an error if it tells something about the bucket or the request,
// or ends the call, rather than that something could not be read. What HeadObject
// refuses to tell is about one object.
func definite(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	operation, ok := errors.AsType[*smithy.OperationError](err)
	if ok && operation.Operation() == "HeadObject" {
		return nil
	}
	switch s3object.Status(err) {
	case http.StatusMovedPermanently, http.StatusBadRequest, http.StatusNotFound:
		return err
	}
	return nil
}

// A siteReader reads a bucket.
type siteReader struct {
	s3            S3API
	bucket, owner string
}

// list hands over the keys below a prefix, a page at a time.
func (r siteReader) list(ctx context.Context, prefix string, each func(keys []string) error) error {
	pages := s3.NewListObjectsV2Paginator(r.s3, &s3.ListObjectsV2Input{
		Bucket: &r.bucket, Prefix: optional(prefix), ExpectedBucketOwner: optional(r.owner),
		EncodingType: s3types.EncodingTypeUrl, // XML cannot hold every key
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return explain(err)
		}
		keys := make([]string, len(page.Contents))
		for i, object := range page.Contents {
			if keys[i], err = url.QueryUnescape(aws.ToString(object.Key)); err != nil {
				return fmt.Errorf("key %q: %w", aws.ToString(object.Key), err)
			}
		}
		if err := each(keys); err != nil {
			return err
		}
	}
	return nil
}

// exists reports whether there is an object. It asks for a listing: to HeadObject,
// S3 answers 403 for a missing key if listing is allowed for some prefixes only,
// as our policy has it. Of the keys that begin with a key, it is itself the first.
func (r siteReader) exists(ctx context.Context, key string) (bool, error) {
	pages := s3.NewListObjectsV2Paginator(r.s3, &s3.ListObjectsV2Input{
		Bucket: &r.bucket, Prefix: &key, MaxKeys: aws.Int32(1), ExpectedBucketOwner: optional(r.owner),
		EncodingType: s3types.EncodingTypeUrl,
	})
	for pages.HasMorePages() { // a page may be empty, and not the last
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, explain(err)
		}
		if len(page.Contents) > 0 {
			first, err := url.QueryUnescape(aws.ToString(page.Contents[0].Key))
			return first == key, err
		}
	}
	return false, nil
}

// look looks at an object, which may have been listed just before. The checksum
// takes permission for its KMS key, so it is asked for only if it is needed.
func (r siteReader) look(ctx context.Context, key string, listed, checksum bool) (object foundObject, exists bool) {
	var err error
	for range 2 {
		if !listed {
			if exists, err = r.exists(ctx, key); err != nil || !exists {
				return foundObject{unknown: err}, err != nil
			}
		}
		object, err = r.head(ctx, key, checksum)
		switch s3object.Status(err) {
		case http.StatusNotFound, http.StatusForbidden, http.StatusBadRequest:
			// Deleted since, denied, or a key that cannot be used: an answer to
			// HeadObject has no body that would tell. A listing has.
			listed = false
			continue
		}
		object.unknown = err
		return object, true
	}
	if checksum { // does only the content hide, for want of its KMS key?
		if object, headErr := r.head(ctx, key, false); headErr == nil {
			object.sealed = explain(err)
			return object, true
		}
	}
	if s3object.Status(err) == http.StatusBadRequest {
		err = fmt.Errorf("%w; so S3 also answers for an object that is encrypted with a key of the caller's", err)
	}
	return foundObject{unknown: explain(err)}, true
}

func (r siteReader) head(ctx context.Context, key string, checksum bool) (foundObject, error) {
	in := &s3.HeadObjectInput{Bucket: &r.bucket, Key: &key, ExpectedBucketOwner: optional(r.owner)}
	if checksum {
		in.ChecksumMode = s3types.ChecksumModeEnabled
	}
	out, err := r.s3.HeadObject(ctx, in)
	if err != nil {
		return foundObject{}, err
	}
	return foundObject{
		FoundObject: FoundObject{
			ETag:         unquoted(aws.ToString(out.ETag)),
			VersionID:    aws.ToString(out.VersionId),
			LastModified: aws.ToTime(out.LastModified),
			ContentType:  aws.ToString(out.ContentType),
			CacheControl: aws.ToString(out.CacheControl),
			KMSKey:       aws.ToString(out.SSEKMSKeyId),
		},
		sha256: fullSHA256(out),
		size:   aws.ToInt64(out.ContentLength),
		mark:   out.Metadata[markKey],
	}, nil
}

// explain adds to an error of S3 what it usually means.
func explain(err error) error {
	switch s3object.Status(err) {
	case http.StatusMovedPermanently:
		return fmt.Errorf("the bucket is in another Region; use clients of that Region: %w", err)
	case http.StatusForbidden:
		return fmt.Errorf("%w; the permission is missing, or the bucket has another owner", err)
	}
	return err
}

// fullSHA256 returns the SHA-256 of the whole object, in hex: of an object that
// was uploaded in parts, S3 knows only that of the parts' checksums.
func fullSHA256(out *s3.HeadObjectOutput) string {
	sum, err := base64.StdEncoding.DecodeString(aws.ToString(out.ChecksumSHA256))
	if err != nil || out.ChecksumType == s3types.ChecksumTypeComposite {
		return ""
	}
	return hex.EncodeToString(sum)
}

// A publisher applies a plan.
type publisher struct {
	plan    PublishPlan
	clients Clients
	content map[string]siteFile // by key
}

// prepare checks what can be checked before anything is changed.
func (p *publisher) prepare(ctx context.Context) error {
	switch {
	case p.clients.S3 == nil:
		return errors.New("the Clients have no S3 client")
	case p.clients.STS == nil:
		return errors.New("the Clients have no STS client")
	}
	if err := p.checkContent(); err != nil {
		return err
	}
	target, err := identity.Target(ctx, p.clients.STS, p.clients.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(p.plan.Plan, target)
}

// look compares an object with the plan.
func (p *publisher) look(ctx context.Context, i int) (apply.Now, error) {
	r := siteReader{p.clients.S3, p.plan.Bucket, p.plan.Owner}
	object, exists := r.look(ctx, p.plan.Objects[i].Key, false, p.plan.Changes[i].Action != awspatterns.Delete)
	if object.unknown != nil {
		return apply.Other, object.unknown
	}
	now := p.plan.compare(i, object, exists)
	if now == apply.Other && object.sealed != nil { // it may be as planned
		return now, object.sealed
	}
	return now, nil
}

// do writes or deletes an object if it is as the plan found it.
func (p *publisher) do(ctx context.Context, i int) error {
	o := p.plan.Objects[i]
	var err error
	if p.plan.Changes[i].Action == awspatterns.Delete {
		_, err = p.clients.S3.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &p.plan.Bucket, Key: &o.Key, ExpectedBucketOwner: optional(p.plan.Owner), IfMatch: aws.String(s3object.Quoted(o.Found.ETag)),
		}, retryConflicts)
	} else {
		_, err = p.clients.S3.PutObject(ctx, p.put(o), retryConflicts)
	}
	if s3object.Status(err) == http.StatusPreconditionFailed {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && (api.ErrorCode() == conflict || api.ErrorCode() == "NoSuchKey") {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return explain(err)
}

// conflict is the code of a conditional write that met another one, which S3 asks
// to repeat. The SDK does not by itself.
const conflict = "ConditionalRequestConflict"

func retryConflicts(o *s3.Options) { o.Retryer = retry.AddWithErrorCodes(o.Retryer, conflict) }

func (p *publisher) put(o PublishObject) *s3.PutObjectInput {
	f := p.content[o.Key]
	in := &s3.PutObjectInput{
		Bucket:              &p.plan.Bucket,
		Key:                 &o.Key,
		ExpectedBucketOwner: optional(p.plan.Owner),
		Body:                bytes.NewReader(f.content),
		ChecksumAlgorithm:   s3types.ChecksumAlgorithmSha256,
		ChecksumSHA256:      aws.String(base64.StdEncoding.EncodeToString(f.sha256[:])),
		ContentType:         &f.contentType,
		CacheControl:        &p.plan.CacheControl,
		Metadata:            map[string]string{markKey: mark(p.plan.Bucket, p.plan.Prefix, o.Key)},
	}
	if o.Found == nil {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(s3object.Quoted(o.Found.ETag))
	}
	if p.plan.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, &p.plan.KMSKey
	}
	return in
}
