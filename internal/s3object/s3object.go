// Package s3object reads objects in S3 to their end: where a connection breaks it
// goes on, and never in another content.
package s3object

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
)

// ErrChanged reports that an object is no longer the one that was asked for, or
// became another while it was read.
var ErrChanged = errors.New("the object has changed")

// API is what this package needs of *s3.Client.
type API interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// An Object is what to read.
type Object struct {
	Bucket, Key string
	VersionID   string // empty for the present one
	ETag        string // that it is to have, with or without quotes; empty for any
	Owner       string // account that is to own the bucket; empty for any

	// Explain, if set, adds to the error of a request what it may mean.
	Explain func(error) error
}

// maxReopens is how often reading goes on after the connection broke, within
// reopenWithin bytes: an object that is read for hours, or slowly, has its connection
// broken again and again. The SDK's retryer covers requests, not the reading of bodies.
const (
	maxReopens   = 5
	reopenWithin = 1 << 20
)

// A Reader reads an object. The context that it was opened with has to outlive it.
type Reader struct {
	ctx     context.Context
	api     API
	object  Object
	etag    string // of what is being read
	body    io.ReadCloser
	offset  int64
	size    int64 // -1 if S3 did not tell
	reopens int
	counted int64 // offset from which reopens are counted
}

// Open asks for an object. Errors wrap [ErrChanged] and what the SDK says.
func Open(ctx context.Context, c API, o Object) (*Reader, error) {
	r := &Reader{ctx: ctx, api: c, object: o, etag: Quoted(o.ETag)}
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

// ReadAll returns the content of an object.
func ReadAll(ctx context.Context, c API, o Object) ([]byte, error) {
	r, err := Open(ctx, c, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// get asks for a range of the object, or all of it.
func (r *Reader) get(byteRange string) (*s3.GetObjectOutput, error) {
	out, err := r.api.GetObject(r.ctx, &s3.GetObjectInput{
		Bucket:              &r.object.Bucket,
		Key:                 &r.object.Key,
		VersionId:           optional(r.object.VersionID),
		IfMatch:             optional(r.etag),
		ExpectedBucketOwner: optional(r.object.Owner),
		Range:               optional(byteRange),
	})
	if Status(err) == http.StatusPreconditionFailed {
		err = fmt.Errorf("%w: it no longer has the ETag %s: %w", ErrChanged, r.etag, err)
	}
	if err != nil && r.object.Explain != nil {
		err = r.object.Explain(err)
	}
	return out, err
}

// Read implements io.Reader.
func (r *Reader) Read(b []byte) (int, error) {
	n, err := r.body.Read(b)
	r.offset += int64(n)
	if r.offset-r.counted >= reopenWithin {
		r.reopens, r.counted = 0, r.offset
	}
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
func (r *Reader) reopen(err error) error {
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
func (r *Reader) check(out *s3.GetObjectOutput) error {
	if got := aws.ToString(out.ETag); got != r.etag {
		return fmt.Errorf("%w: its ETag was %s and is %s", ErrChanged, r.etag, got)
	}
	if got := aws.ToString(out.ContentRange); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", r.offset)) {
		return fmt.Errorf("the answer is the range %q", got)
	}
	return nil
}

// Close closes the connection.
func (r *Reader) Close() error { return r.body.Close() }

// Status returns the HTTP status of an error of the SDK, 0 if it has none.
func Status(err error) int {
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

// Quoted returns an ETag as HTTP writes it.
func Quoted(etag string) string {
	if etag == "" || strings.HasPrefix(etag, `"`) || strings.HasPrefix(etag, "W/") {
		return etag
	}
	return `"` + etag + `"`
}

// optional returns nil for an empty string: the SDK would send it.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
