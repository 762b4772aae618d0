package state

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// S3API is what [S3] needs of *s3.Client.
type S3API interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// S3 is a [Store] in a bucket, an object for each record, for any number of
// processes. A record costs a request to write and a request to read, also when
// it is listed, so [DynamoDB] suits millions of records better.
//
// Writes are conditional on the ETag of the object, which is the version. Every
// write has a random mark in the object, so that two writes of one value differ
// and a value that was changed and changed back is not taken for unchanged.
//
// The keys of the objects spell set and key in base32hex (RFC 4648), which keeps
// their order, in lower case. A key that S3's limit of 1,024 bytes has no room for
// is cut and ends in its SHA-256; such records are read twice in a list, and the
// keys of those that begin alike are sorted in memory. There is room for about
// 600 bytes where set and prefix are short, and never for less than 190.
//
// In a bucket that keeps versions, replaced records stay until a lifecycle rule
// removes them. Records must not be in an archive.
type S3 struct {
	client         S3API
	bucket, prefix string
	opts           S3Options
}

// S3Options say how a [Store] in S3 uses its bucket.
type S3Options struct {
	// Owner is the account that the bucket must belong to. Defaults to any: then a
	// bucket that another account has taken the name of is not noticed.
	Owner string

	// KMSKey is the ARN of the key to encrypt the objects with. Defaults to the
	// encryption of the bucket.
	KMSKey string
}

// maxPrefix leaves room in the key of an object.
const maxPrefix = 256

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// NewS3 returns a Store in a general purpose bucket, below a prefix of up to 256
// bytes that ends in a slash or is empty. Stores with the same prefix share their
// records; nothing else should be kept there.
//
// IAM actions: [S3Permissions].
func NewS3(client S3API, bucket, prefix string, opts S3Options) (*S3, error) {
	switch {
	case client == nil:
		return nil, errors.New("state: no S3 client")
	case !bucketName.MatchString(bucket):
		return nil, fmt.Errorf("state: %q is no name of a general purpose bucket", bucket)
	case prefix != "" && !strings.HasSuffix(prefix, "/"):
		return nil, fmt.Errorf("state: the prefix %q does not end in a slash", prefix)
	case !utf8.ValidString(prefix):
		return nil, fmt.Errorf("state: the prefix %q is not UTF-8", prefix)
	case len(prefix) > maxPrefix:
		return nil, fmt.Errorf("state: the prefix %q has more than %d bytes", prefix, maxPrefix)
	}
	return &S3{client: client, bucket: bucket, prefix: prefix, opts: opts}, nil
}

// Get implements [Store].
func (s *S3) Get(ctx context.Context, set, key string) (Record, error) {
	if err := checkName(set, key); err != nil {
		return Record{}, err
	}
	name := s.name(set, key)
	stored, exists, err := s.read(ctx, name)
	if err != nil {
		return Record{}, recordError(set, key, reason.Cause(ctx, err))
	}
	if !exists {
		return Record{Set: set, Key: key}, nil
	}
	return stored.Record, nil
}

// Put implements [Store]. It writes up to 16 records at a time.
//
// A write whose answer was lost is recognized when the SDK's repetition of it is
// refused, unless another process has replaced the record since: that is a
// conflict. After any other error the record may or may not be written.
func (s *S3) Put(ctx context.Context, records []Record) error {
	return putEach(ctx, records, s.put)
}

func (s *S3) put(ctx context.Context, r Record) (version string, err error) {
	name, mark := s.name(r.Set, r.Key), rand.Text()
	in := &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &name, ExpectedBucketOwner: optional(s.opts.Owner),
		Body: bytes.NewReader(envelope{r, mark}.encode()),
	}
	if r.Version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(`"` + r.Version + `"`)
	}
	if s.opts.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, &s.opts.KMSKey
	}
	out, err := s.client.PutObject(ctx, in, retryConflicts)
	if err != nil {
		return s.refused(ctx, r, name, mark, s.wrap(name, err))
	}
	return unquoted(out.ETag), nil
}

// conflict is the code of a conditional write that met another one, which S3 asks
// to repeat. The SDK does not by itself.
const conflict = "ConditionalRequestConflict"

func retryConflicts(o *s3.Options) { o.Retryer = retry.AddWithErrorCodes(o.Retryer, conflict) }

// refused tells what a write that was answered with an error has come to. If the
// condition did not hold, that may be for an earlier attempt of the same write,
// whose answer was lost.
func (s *S3) refused(ctx context.Context, r Record, name, mark string, err error) (version string, _ error) {
	code := ""
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code = api.ErrorCode()
	}
	if code != "PreconditionFailed" && code != "NoSuchKey" && code != conflict {
		return "", err
	}
	stored, exists, readErr := s.read(ctx, name)
	switch {
	case readErr != nil:
		return "", fmt.Errorf("%w; what is stored cannot be read: %w", err, readErr)
	case exists && stored.mark == mark:
		return stored.Version, nil
	case code == conflict && stored.Version == r.Version:
		return "", err // whatever it met has changed nothing
	}
	return "", ErrConflict
}

// read returns what an object holds. To GetObject, S3 answers 403 for a missing
// key if listing is allowed for some prefixes only, as [S3Permissions] has it; a
// listing then tells.
func (s *S3) read(ctx context.Context, name string) (stored envelope, exists bool, err error) {
	for range 2 { // an object may be written just after it was missed
		if stored, err = s.download(ctx, name); err == nil {
			return stored, true, nil
		}
		if _, missing := errors.AsType[*s3types.NoSuchKey](err); missing {
			return envelope{}, false, nil
		}
		if statusOf(err) != http.StatusForbidden {
			break
		}
		exists, listErr := s.exists(ctx, name)
		if listErr == nil && !exists {
			return envelope{}, false, nil
		}
		if listErr != nil {
			return envelope{}, false, errors.Join(s.wrap(name, err), listErr)
		}
	}
	return envelope{}, false, s.wrap(name, err)
}

// downloads is how often an object is read before giving up. The SDK repeats
// requests; it does not repeat the reading of their answers.
const downloads = 3

func (s *S3) download(ctx context.Context, name string) (envelope, error) {
	for attempt := 1; ; attempt++ {
		out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &name, ExpectedBucketOwner: optional(s.opts.Owner)})
		if err != nil {
			return envelope{}, err
		}
		text, err := io.ReadAll(io.LimitReader(out.Body, maxEnvelope+1))
		out.Body.Close()
		switch {
		case err == nil:
			return s.open(name, text, unquoted(out.ETag))
		case attempt == downloads || ctx.Err() != nil:
			return envelope{}, err
		}
	}
}

// open decodes an object and checks that it is the record of its key.
func (s *S3) open(name string, text []byte, version string) (envelope, error) {
	e, err := decodeEnvelope(text)
	if err != nil {
		return envelope{}, err
	}
	if s.name(e.Set, e.Key) != name {
		return envelope{}, fmt.Errorf("%w: it is that of %q: %q", errNotRecord, e.Set, e.Key)
	}
	e.Version = version
	return e, nil
}

// exists asks for a listing. Of the keys that begin with a key, it is itself the
// first.
func (s *S3) exists(ctx context.Context, name string) (bool, error) {
	for object, err := range s.objects(ctx, &s3.ListObjectsV2Input{Prefix: &name, MaxKeys: aws.Int32(1)}) {
		return object == name, err
	}
	return false, nil
}

// wrap says which object an error is about, and what it usually means.
func (s *S3) wrap(name string, err error) error {
	switch statusOf(err) {
	case http.StatusMovedPermanently:
		err = fmt.Errorf("the bucket is in another Region; use a client of that Region: %w", err)
	case http.StatusForbidden:
		err = fmt.Errorf("%w; the permission is missing, or the bucket has another owner", err)
	}
	return fmt.Errorf("s3://%s/%s: %w", s.bucket, name, err)
}

// statusOf returns the HTTP status of an answer that became an error, 0 if there
// was none.
func statusOf(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func unquoted(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

// optional returns nil for what a request leaves out.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
