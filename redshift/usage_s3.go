package redshift

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/internal/s3policy"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// UsageBucketAPI is what [NewUsageBucket] needs of *s3.Client.
type UsageBucketAPI interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// UsageBucketOptions say how an archive of usage uses its bucket.
type UsageBucketOptions struct {
	// Owner is the account that the bucket must belong to. Defaults to any: then a
	// bucket that another account has taken the name of is not noticed.
	Owner string

	// KMSKey is the ARN of the key to encrypt the objects with. Defaults to the
	// encryption of the bucket.
	KMSKey string
}

// usageObjectMax is the most bytes that an object may have: it is held in memory. One of
// 1 GiB has more queries than a warehouse ends in an hour.
const usageObjectMax = 1 << 30

// usagePrefixMax leaves room in the keys of S3, of 1,024 bytes.
const usagePrefixMax = 512

var usageBucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// NewUsageBucket returns a Store for an archive of usage in a general purpose bucket, below a
// prefix of up to 512 bytes that ends in a slash or is empty. Nothing else should be kept
// there. Any number of processes may write to it: writes are conditional on the ETag of the
// object, which is the version (S3 user guide, "conditional-writes").
//
// A write whose answer was lost is recognized when the SDK's repetition of it is refused: the
// object then holds what was to be written. After any other error than
// [chargeback.ErrConflict] an object may or may not be written. Objects may have up to 1 GiB.
//
// IAM actions: [UsageBucketPermissions].
func NewUsageBucket(client UsageBucketAPI, bucket, prefix string, opts UsageBucketOptions) (chargeback.Store, error) {
	switch {
	case client == nil:
		return nil, errors.New("redshift: usage bucket: no S3 client")
	case !usageBucketName.MatchString(bucket):
		return nil, fmt.Errorf("redshift: usage bucket: %q is no name of a general purpose bucket", bucket)
	case prefix != "" && !strings.HasSuffix(prefix, "/"):
		return nil, fmt.Errorf("redshift: usage bucket: the prefix %q does not end in a slash", prefix)
	case !printableASCII(prefix):
		return nil, fmt.Errorf("redshift: usage bucket: the prefix %q has other characters than printable ASCII", prefix)
	case len(prefix) > usagePrefixMax:
		return nil, fmt.Errorf("redshift: usage bucket: the prefix has %d bytes, more than %d", len(prefix), usagePrefixMax)
	}
	return &usageBucket{client, bucket, prefix, opts}, nil
}

// UsageBucketPermissions returns what a Store of [NewUsageBucket] needs, limited to what is
// below the prefix. kmsKey is the ARN of the key that the objects are encrypted with,
// whether it is that of [UsageBucketOptions] or the bucket's own; empty for none.
func UsageBucketPermissions(bucket, prefix, kmsKey string) awspatterns.Policy {
	objects := s3policy.Below(bucket, prefix)
	policy := awspatterns.Policy{
		s3policy.List(bucket, prefix),
		{Action: "s3:GetObject", Resources: objects, Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"},
		{Action: "s3:PutObject", Resources: objects, Source: s3policy.API + "PutObject.html"},
	}
	policy = append(policy, s3policy.Key("kms:Decrypt", kmsKey, "s3:GetObject")...)
	return append(policy, s3policy.Key("kms:GenerateDataKey", kmsKey, "s3:PutObject")...)
}

func printableASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// A usageBucket is a Store in S3.
type usageBucket struct {
	client         UsageBucketAPI
	bucket, prefix string
	opts           UsageBucketOptions
}

// key returns the key of an object.
func (b *usageBucket) key(name string) (string, error) {
	if name == "" || !printableASCII(name) || len(name) > 1024-usagePrefixMax {
		return "", fmt.Errorf("%q is no name of an object", name)
	}
	return b.prefix + name, nil
}

// Get implements chargeback.Store.
func (b *usageBucket) Get(ctx context.Context, name string) (body []byte, version string, err error) {
	key, err := b.key(name)
	if err != nil {
		return nil, "", err
	}
	body, version, exists, err := b.read(ctx, key)
	switch {
	case err != nil:
		return nil, "", reason.Cause(ctx, err)
	case !exists:
		return nil, "", b.wrap(key, fs.ErrNotExist)
	}
	return body, version, nil
}

// Put implements chargeback.Store.
func (b *usageBucket) Put(ctx context.Context, name, version string, body []byte) error {
	key, err := b.key(name)
	if err != nil {
		return err
	}
	if len(body) > usageObjectMax {
		return b.wrap(key, fmt.Errorf("it has %d bytes, and an object may have %d", len(body), usageObjectMax))
	}
	in := &s3.PutObjectInput{
		Bucket: &b.bucket, Key: &key, ExpectedBucketOwner: unlessEmpty(b.opts.Owner), Body: bytes.NewReader(body),
	}
	if version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(s3object.Quoted(version))
	}
	if b.opts.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, &b.opts.KMSKey
	}
	_, err = b.client.PutObject(ctx, in, retryUsageConflicts)
	if err != nil {
		err = b.refused(ctx, key, version, body, b.wrap(key, err))
	}
	return reason.Cause(ctx, err)
}

// usageConflict is the code of a conditional write that met another one, which S3 asks to
// repeat. The SDK does not by itself.
const usageConflict = "ConditionalRequestConflict"

func retryUsageConflicts(o *s3.Options) {
	o.Retryer = retry.AddWithErrorCodes(o.Retryer, usageConflict)
}

// refused tells what a write that was answered with an error has come to. If the condition
// did not hold, that may be for an earlier attempt of the same write, whose answer was lost,
// or for another process that wrote the same.
func (b *usageBucket) refused(ctx context.Context, key, version string, body []byte, err error) error {
	code := ""
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code = api.ErrorCode()
	}
	if code != "PreconditionFailed" && code != "NoSuchKey" && code != usageConflict {
		return err
	}
	stored, present, exists, readErr := b.read(ctx, key)
	switch {
	case readErr != nil:
		return fmt.Errorf("%w; what is stored cannot be read: %w", err, readErr)
	case exists && bytes.Equal(stored, body):
		return nil
	case code == usageConflict && present == version:
		return err // whatever it met has changed nothing
	}
	return b.wrap(key, chargeback.ErrConflict)
}

// read returns what an object holds, and its version. To GetObject, S3 answers 403 for a
// missing key if listing is allowed for some prefixes only, as [UsageBucketPermissions] has
// it; a listing then tells.
func (b *usageBucket) read(ctx context.Context, key string) (body []byte, version string, exists bool, err error) {
	for range 2 { // an object may be written just after it was missed
		if body, version, err = b.download(ctx, key); err == nil {
			return body, version, true, nil
		}
		if _, missing := errors.AsType[*s3types.NoSuchKey](err); missing {
			return nil, "", false, nil
		}
		if s3object.Status(err) != http.StatusForbidden {
			break
		}
		listed, listErr := b.exists(ctx, key)
		if listErr != nil {
			return nil, "", false, errors.Join(b.wrap(key, err), listErr)
		}
		if !listed {
			return nil, "", false, nil
		}
	}
	return nil, "", false, b.wrap(key, err)
}

// downloads is how often an object is read that others replace while it is read.
const downloads = 3

func (b *usageBucket) download(ctx context.Context, key string) (body []byte, version string, err error) {
	for range downloads {
		body, version, err = b.downloadOnce(ctx, key)
		if !errors.Is(err, s3object.ErrChanged) {
			break
		}
	}
	return body, version, err
}

func (b *usageBucket) downloadOnce(ctx context.Context, key string) (body []byte, version string, err error) {
	api := &etagged{API: b.client}
	r, err := s3object.Open(ctx, api, s3object.Object{Bucket: b.bucket, Key: key, Owner: b.opts.Owner})
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	body, err = io.ReadAll(io.LimitReader(r, usageObjectMax+1))
	switch {
	case err != nil:
		return nil, "", err
	case len(body) > usageObjectMax:
		return nil, "", fmt.Errorf("it has more than %d bytes", usageObjectMax)
	case api.etag == "":
		return nil, "", errors.New("the answer has no ETag")
	}
	return body, strings.Trim(api.etag, `"`), nil
}

// An etagged API keeps the ETag of its last answer. A Reader reads on in the same content
// only, so that it is that of all.
type etagged struct {
	s3object.API
	etag string
}

func (e *etagged) GetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	out, err := e.API.GetObject(ctx, in, opts...)
	if err == nil {
		e.etag = aws.ToString(out.ETag)
	}
	return out, err
}

// exists asks for a listing. Of the keys that begin with a key, it is itself the first.
func (b *usageBucket) exists(ctx context.Context, key string) (bool, error) {
	for listed, err := range b.keys(ctx, key, aws.Int32(1)) {
		return listed == key, err
	}
	return false, nil
}

// List implements chargeback.Store.
func (b *usageBucket) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range b.keys(ctx, b.prefix+prefix, nil) {
			if !yield(strings.TrimPrefix(key, b.prefix), reason.Cause(ctx, err)) || err != nil {
				return
			}
		}
	}
}

// keys lists the keys that begin with a prefix.
func (b *usageBucket) keys(ctx context.Context, prefix string, most *int32) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{
			Bucket: &b.bucket, Prefix: &prefix, ExpectedBucketOwner: unlessEmpty(b.opts.Owner), MaxKeys: most,
			EncodingType: s3types.EncodingTypeUrl, // XML cannot hold every key of others
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", b.wrap(prefix, err))
				return
			}
			for _, object := range page.Contents {
				key, err := url.QueryUnescape(aws.ToString(object.Key))
				if err != nil {
					yield("", b.wrap(aws.ToString(object.Key), err))
					return
				}
				if !yield(key, nil) {
					return
				}
			}
		}
	}
}

// wrap says which object an error is about, and what it usually means.
func (b *usageBucket) wrap(key string, err error) error {
	switch s3object.Status(err) {
	case http.StatusMovedPermanently:
		err = fmt.Errorf("the bucket is in another Region; use a client of that Region: %w", err)
	case http.StatusForbidden:
		err = fmt.Errorf("%w; the permission is missing, or the bucket has another owner", err)
	}
	return fmt.Errorf("s3://%s/%s: %w", b.bucket, key, err)
}

// unlessEmpty returns nil for an empty string: the SDK would send it.
func unlessEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
