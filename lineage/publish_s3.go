package lineage

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/parallel"
)

// headsAtOnce is how many objects are looked at at a time.
const headsAtOnce = 16

// markKey is the metadata that holds the mark.
const markKey = "awspatterns"

// findObjects reads what is below the prefix and matters: the files' keys and, if
// stale objects are to be removed, all others.
func findObjects(ctx context.Context, c Clients, opts PublishOptions, files []siteFile) (foundObjects, error) {
	matters := func(key string) bool {
		return opts.RemoveStale || slices.ContainsFunc(files, func(f siteFile) bool { return opts.Prefix+f.name == key })
	}
	etags, err := listPrefix(ctx, c.S3, opts.Bucket, opts.Prefix, opts.Owner, matters)
	if err != nil {
		if definite(ctx, err) {
			return foundObjects{}, err
		}
		return foundObjects{unknown: err}, nil
	}
	keys := slices.Sorted(maps.Keys(etags))
	objects, errs := make([]foundObject, len(keys)), make([]error, len(keys))
	exists := make([]bool, len(keys))
	parallel.ForEach(len(keys), headsAtOnce, func(i int) {
		objects[i], exists[i], errs[i] = headObject(ctx, c.S3, opts.Bucket, keys[i], opts.Owner)
	})
	found := foundObjects{objects: map[string]foundObject{}}
	for i, key := range keys {
		if errs[i] != nil {
			if ctx.Err() != nil {
				return foundObjects{}, fmt.Errorf("%s: %w", key, errs[i])
			}
			objects[i] = foundObject{unknown: errs[i], etag: etags[key]}
		}
		if exists[i] || errs[i] != nil {
			found.objects[key] = objects[i]
		}
	}
	return found, nil
}

// definite reports whether an error tells something about the bucket or the
// request, or ends the call, rather than that something could not be read.
func definite(ctx context.Context, err error) bool {
	switch status(err) {
	case http.StatusMovedPermanently, http.StatusBadRequest, http.StatusNotFound:
		return true
	}
	return ctx.Err() != nil
}

// listPrefix returns the keys below a prefix that matter, with their ETags.
func listPrefix(ctx context.Context, c S3API, bucket, prefix, owner string, matters func(key string) bool) (map[string]string, error) {
	etags := map[string]string{}
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{
		Bucket: &bucket, Prefix: optional(prefix), ExpectedBucketOwner: optional(owner),
		EncodingType: s3types.EncodingTypeUrl, // XML cannot hold every key
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, explain(err)
		}
		for _, object := range page.Contents {
			key, err := url.QueryUnescape(aws.ToString(object.Key))
			if err != nil {
				return nil, fmt.Errorf("key %q: %w", aws.ToString(object.Key), err)
			}
			if matters(key) {
				etags[key] = unquoted(aws.ToString(object.ETag))
			}
		}
	}
	return etags, nil
}

// explain adds to an error of S3 what it usually means.
func explain(err error) error {
	switch status(err) {
	case http.StatusMovedPermanently:
		return fmt.Errorf("the bucket is in another Region; use clients of that Region: %w", err)
	case http.StatusForbidden:
		return fmt.Errorf("%w; the permission is missing, or the bucket has another owner", err)
	}
	return err
}

// headObject looks at an object. It is called for objects that were listed: for
// others S3 answers 403 instead of 404, if listing is allowed for the prefix
// only.
func headObject(ctx context.Context, c S3API, bucket, key, owner string) (foundObject, bool, error) {
	out, err := c.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &bucket, Key: &key, ExpectedBucketOwner: optional(owner), ChecksumMode: s3types.ChecksumModeEnabled,
	})
	if status(err) == http.StatusNotFound {
		return foundObject{}, false, nil
	}
	if err != nil {
		return foundObject{}, false, explain(err)
	}
	return foundObject{
		etag:         unquoted(aws.ToString(out.ETag)),
		versioned:    aws.ToString(out.VersionId) != "",
		sha256:       fullSHA256(out),
		size:         aws.ToInt64(out.ContentLength),
		contentType:  aws.ToString(out.ContentType),
		cacheControl: aws.ToString(out.CacheControl),
		kmsKey:       aws.ToString(out.SSEKMSKeyId),
		mark:         out.Metadata[markKey],
	}, true, nil
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
	listed  map[string]bool     // keys that exist
}

// prepare checks what can be checked before anything is changed.
func (p *publisher) prepare(ctx context.Context) error {
	if p.clients.S3 == nil {
		return errors.New("the Clients have no S3 client")
	}
	if err := p.checkContent(); err != nil {
		return err
	}
	target, err := identity.Target(ctx, p.clients.STS, p.clients.Region)
	if err != nil {
		return err
	}
	if err := apply.CheckTarget(p.plan.Plan, target); err != nil {
		return err
	}
	planned := map[string]bool{}
	for _, o := range p.plan.Objects {
		planned[o.Key] = true
	}
	p.listed = map[string]bool{}
	etags, err := listPrefix(ctx, p.clients.S3, p.plan.Bucket, p.plan.Prefix, p.plan.Owner, func(key string) bool { return planned[key] })
	for key := range etags {
		p.listed[key] = true
	}
	return err
}

// look compares an object with the plan.
func (p *publisher) look(ctx context.Context, i int) (apply.Now, error) {
	o := p.plan.Objects[i]
	if !p.listed[o.Key] {
		return p.plan.compare(i, foundObject{}, false), nil
	}
	object, exists, err := headObject(ctx, p.clients.S3, p.plan.Bucket, o.Key, p.plan.Owner)
	if err != nil {
		return apply.Other, err
	}
	return p.plan.compare(i, object, exists), nil
}

// do writes or deletes an object if it is as the plan found it.
func (p *publisher) do(ctx context.Context, i int) error {
	o := p.plan.Objects[i]
	var err error
	if p.plan.Changes[i].Action == awspatterns.Delete {
		_, err = p.clients.S3.DeleteObject(ctx, &s3.DeleteObjectInput{
			Bucket: &p.plan.Bucket, Key: &o.Key, ExpectedBucketOwner: optional(p.plan.Owner), IfMatch: aws.String(quoted(o.ETag)),
		})
	} else {
		_, err = p.clients.S3.PutObject(ctx, p.put(o))
	}
	switch status(err) {
	case http.StatusPreconditionFailed, http.StatusConflict:
		p.listed[o.Key] = true
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	case http.StatusNotFound: // to be overwritten or deleted, and gone
		p.listed[o.Key] = false
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return explain(err)
}

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
	if o.ETag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(quoted(o.ETag))
	}
	if p.plan.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, &p.plan.KMSKey
	}
	return in
}
