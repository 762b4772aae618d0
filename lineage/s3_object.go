package lineage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
)

// ErrObjectChanged reports that an object in S3 is no longer the one that was
// asked for, or became another while it was read.
var ErrObjectChanged = errors.New("the object has changed")

// An S3Object names an object in S3, and by VersionID or ETag its content.
type S3Object struct {
	Bucket string // name of the bucket. Required.
	Key    string // Required.

	// VersionID reads this version, whatever was written since.
	VersionID string

	// ETag, with or without quotes, reads only if this is still the content;
	// otherwise the error wraps [ErrObjectChanged].
	ETag string

	// Owner is the account that must own the bucket. Defaults to any.
	Owner string

	// KMSKey is the ARN of the key that encrypts the object, if it is one that
	// the caller needs permission for. Only [MergeDAGPermissions] uses it.
	KMSKey string
}

// String returns the object as a URL, s3://bucket/key.
func (o S3Object) String() string { return "s3://" + o.Bucket + "/" + o.Key }

func (o S3Object) validate() error {
	switch {
	case o.Bucket == "":
		return fmt.Errorf("S3 object %q without a Bucket", o.Key)
	case o.Key == "":
		return fmt.Errorf("S3 object in %s without a Key", o.Bucket)
	case strings.Contains(o.Bucket, "/"):
		return fmt.Errorf("the bucket %q contains a slash", o.Bucket)
	}
	return nil
}

// maxReopens is how often reading an object goes on after its connection broke.
// The SDK's retryer covers requests, not the reading of bodies.
const maxReopens = 5

// objectReader reads an object. When the connection breaks it goes on from
// there, but never in another content.
type objectReader struct {
	ctx     context.Context
	s3      S3API
	object  S3Object
	etag    string // of what is being read
	body    io.ReadCloser
	offset  int64
	size    int64 // -1 if S3 did not tell
	reopens int
}

func openObject(ctx context.Context, c S3API, o S3Object) (*objectReader, error) {
	r := &objectReader{ctx: ctx, s3: c, object: o, etag: quoted(o.ETag)}
	out, err := r.get("")
	if err != nil {
		return nil, err
	}
	r.etag, r.body, r.size = aws.ToString(out.ETag), out.Body, -1
	if out.ContentLength != nil {
		r.size = *out.ContentLength
	}
	return r, nil
}

// get asks for a range of the object, or all of it.
func (r *objectReader) get(byteRange string) (*s3.GetObjectOutput, error) {
	out, err := r.s3.GetObject(r.ctx, &s3.GetObjectInput{
		Bucket:              &r.object.Bucket,
		Key:                 &r.object.Key,
		VersionId:           optional(r.object.VersionID),
		IfMatch:             optional(r.etag),
		ExpectedBucketOwner: optional(r.object.Owner),
		Range:               optional(byteRange),
	})
	switch status(err) {
	case http.StatusPreconditionFailed:
		return nil, fmt.Errorf("%w: it no longer has the ETag %s: %w", ErrObjectChanged, r.etag, err)
	case http.StatusForbidden:
		return nil, fmt.Errorf("%w; needs %s, and kms:Decrypt if a KMS key encrypts the object; without s3:ListBucket, S3 answers so for an object that does not exist", err, r.action())
	}
	return out, err
}

func (r *objectReader) action() string { return readAction(r.object) }

func (r *objectReader) Read(b []byte) (int, error) {
	n, err := r.body.Read(b)
	r.offset += int64(n)
	if err == io.EOF && r.size >= 0 && r.offset < r.size {
		err = io.ErrUnexpectedEOF
	}
	if !broken(err) || r.ctx.Err() != nil || r.reopens == maxReopens {
		return n, err
	}
	return n, r.reopen(err)
}

// broken reports whether an error is that of a connection. Others, such as a
// checksum that does not match, are about the content.
func broken(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF)
}

// reopen goes on at the offset that was reached when the connection broke, if it
// can be known that it is the same content.
func (r *objectReader) reopen(err error) error {
	r.reopens++
	r.body.Close()
	r.body = http.NoBody
	switch {
	case r.size >= 0 && r.offset >= r.size:
		return nil // all was read, and only the end of it was lost
	case r.etag == "":
		return err
	}
	out, err := r.get(fmt.Sprintf("bytes=%d-", r.offset))
	if err == nil {
		err = r.check(out)
	}
	if err != nil {
		return fmt.Errorf("reading on at byte %d: %w", r.offset, err)
	}
	r.body = out.Body
	return nil
}

// check checks that an answer goes on where reading stopped: what stands between
// us and S3 may know neither ranges nor conditions.
func (r *objectReader) check(out *s3.GetObjectOutput) error {
	if got := aws.ToString(out.ETag); got != r.etag {
		return fmt.Errorf("%w: its ETag was %s and is %s", ErrObjectChanged, r.etag, got)
	}
	if got := aws.ToString(out.ContentRange); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", r.offset)) {
		return fmt.Errorf("the answer is the range %q", got)
	}
	return nil
}

func (r *objectReader) Close() error { return r.body.Close() }

// status returns the HTTP status of an error of the SDK, 0 if it has none.
func status(err error) int {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

// optional returns nil for an empty string: the SDK would send it.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// quoted returns an ETag as HTTP writes it.
func quoted(etag string) string {
	if etag == "" || strings.HasPrefix(etag, `"`) || strings.HasPrefix(etag, "W/") {
		return etag
	}
	return `"` + etag + `"`
}

// readAction returns the IAM action for reading an object: one for its present
// version, another for a given one.
func readAction(o S3Object) string {
	if o.VersionID != "" {
		return "s3:GetObjectVersion"
	}
	return "s3:GetObject"
}

// readPermissions are what reading an object takes.
func readPermissions(o S3Object) awspatterns.Policy {
	policy := awspatterns.Policy{{
		Action:    readAction(o),
		Resources: []string{objectARN(o.Bucket, o.Key)},
		Source:    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
	}}
	if o.KMSKey == "" {
		return policy
	}
	return append(policy, kmsPermission("kms:Decrypt", o.KMSKey, readAction(o)))
}

// kmsPermission allows an action on a key only to S3, in the name of the caller.
func kmsPermission(action, key, impliedBy string) awspatterns.Permission {
	p := awspatterns.Permission{Action: action, Resources: []string{key}, ImpliedBy: impliedBy, Source: kmsSource}
	if arn := strings.Split(key, ":"); len(arn) > 3 { // the partitions end the name of the service differently
		p.Conditions = map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3." + arn[3] + ".amazonaws.com*"}}}
	}
	return p
}

const kmsSource = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"

// objectARN returns the ARN pattern for a key, or with a "*" behind it for all
// that begin with it.
func objectARN(bucket, key string) string {
	return "arn:${Partition}:s3:::" + awspatterns.PolicyLiteral(bucket) + "/" + awspatterns.PolicyLiteral(key)
}
