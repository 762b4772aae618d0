package maciejobs

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

// maxReopens is how often reading an object goes on after its connection broke.
// The SDK's retryer covers requests, not the reading of bodies.
const maxReopens = 5

// An objectReader reads an object. When the connection breaks it goes on from
// there, but never in another content.
type objectReader struct {
	ctx     context.Context
	s3      S3API
	input   s3.GetObjectInput
	body    io.ReadCloser
	offset  int64
	size    int64 // -1 if S3 did not tell
	reopens int
}

func openObject(ctx context.Context, c S3API, bucket, key, owner string) (*objectReader, error) {
	r := &objectReader{ctx: ctx, s3: c, size: -1, input: s3.GetObjectInput{
		Bucket: &bucket, Key: &key, ExpectedBucketOwner: optional(owner),
	}}
	out, err := c.GetObject(ctx, &r.input)
	if status(err) == http.StatusForbidden {
		return nil, fmt.Errorf("%w; needs s3:GetObject, and kms:Decrypt for the key that Macie encrypts its export with", err)
	}
	if err != nil {
		return nil, err
	}
	r.input.IfMatch, r.body = out.ETag, out.Body
	if out.ContentLength != nil {
		r.size = *out.ContentLength
	}
	return r, nil
}

func (r *objectReader) Read(b []byte) (int, error) {
	n, err := r.body.Read(b)
	r.offset += int64(n)
	if err == io.EOF && r.size >= 0 && r.offset < r.size {
		err = io.ErrUnexpectedEOF
	}
	_, network := errors.AsType[net.Error](err)
	broken := network || errors.Is(err, io.ErrUnexpectedEOF)
	if !broken || r.ctx.Err() != nil || r.reopens == maxReopens {
		return n, err
	}
	return n, r.reopen(err)
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
	case aws.ToString(r.input.IfMatch) == "":
		return err
	}
	r.input.Range = aws.String(fmt.Sprintf("bytes=%d-", r.offset))
	out, err := r.s3.GetObject(r.ctx, &r.input)
	if err != nil {
		return fmt.Errorf("reading on at byte %d: %w", r.offset, err)
	}
	r.body = out.Body
	etag, from := aws.ToString(out.ETag), aws.ToString(out.ContentRange)
	if etag != *r.input.IfMatch || !strings.HasPrefix(from, fmt.Sprintf("bytes %d-", r.offset)) {
		return fmt.Errorf("reading on at byte %d of ETag %s: the answer is the range %q of ETag %s", r.offset, *r.input.IfMatch, from, etag)
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
