package macie

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/internal/textdetect"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// What scans write below the prefix of the results. Names are hashes, since keys
// of images are up to 1,024 bytes long and may hold anything.
const (
	textsFolder = "texts/" // texts/<run>/<shard>/<text id>.txt, for Macie
	ocrFolder   = "ocr/"   // ocr/<text id>.json, with geometry; not for Macie
)

// A sidecar is the text of an image as it is kept: with where it is.
type sidecar struct {
	Bucket      string       `json:"bucket"`
	Key         string       `json:"key"`
	VersionID   string       `json:"versionId,omitempty"`
	ETag        string       `json:"etag"`
	Pages       int          `json:"pages"`
	FailedPages []int        `json:"failedPages,omitempty"`
	Model       string       `json:"model,omitempty"` // of text detection
	Document    ocr.Document `json:"document"`
}

func newSidecar(i Image, r textdetect.Result) sidecar {
	return sidecar{
		Bucket: i.Bucket, Key: i.Key, VersionID: i.VersionID, ETag: i.ETag,
		Pages: r.Pages, FailedPages: r.FailedPages, Model: r.Model, Document: r.Document,
	}
}

func (o ScanImagesOptions) sidecarKey(id string) string {
	return o.Results.Prefix + ocrFolder + id + ".json"
}

// shardPrefix returns the prefix of all texts that one job analyses.
func (s *scan) shardPrefix(shard int) string {
	return fmt.Sprintf("%s%s%s/%05d/", s.opts.Results.Prefix, textsFolder, s.run.Run, shard)
}

// textIDOf returns the text id in the key of a text, "" if it is none.
func textIDOf(key string) string {
	name := key[strings.LastIndex(key, "/")+1:]
	id, ok := strings.CutSuffix(name, ".txt")
	if !ok || len(id) != 64 {
		return ""
	}
	return id
}

// keptText returns the text that an earlier scan kept, nil if none did.
func (s *scan) keptText(ctx context.Context, id string) (*sidecar, error) {
	body, err := readObject(ctx, s.c.S3, s.opts.Results.Bucket, s.opts.sidecarKey(id), s.owner(s.opts.Results.Owner))
	if notThere(ctx, s.c.S3, s.opts.Results.Bucket, s.opts.sidecarKey(id), s.owner(s.opts.Results.Owner), err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept sidecar
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, fmt.Errorf("s3://%s/%s: %w", s.opts.Results.Bucket, s.opts.sidecarKey(id), err)
	}
	return &kept, nil
}

// notThere reports whether the error of reading an object says that there is none. S3
// says 403 for that, too, where listing is allowed only below a prefix, as the
// policy has it that we declare; then a listing tells.
func notThere(ctx context.Context, c S3API, bucket, key, owner string, err error) bool {
	switch s3object.Status(err) {
	case http.StatusNotFound:
		return true
	case http.StatusForbidden:
		out, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
			Bucket: &bucket, Prefix: &key, MaxKeys: aws.Int32(1), ExpectedBucketOwner: optional(owner),
		})
		return err == nil && len(out.Contents) == 0
	}
	return false
}

func (s *scan) putSidecar(ctx context.Context, id string, c sidecar) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return s.putResult(ctx, s.opts.sidecarKey(id), "application/json", body)
}

func (s *scan) putText(ctx context.Context, e *entry, text string) error {
	return s.putResult(ctx, s.shardPrefix(e.Shard)+e.TextID+".txt", "text/plain; charset=utf-8", []byte(text))
}

func (s *scan) putResult(ctx context.Context, key, contentType string, body []byte) error {
	in := &s3.PutObjectInput{
		Bucket: &s.opts.Results.Bucket, Key: &key, ExpectedBucketOwner: optional(s.owner(s.opts.Results.Owner)),
		Body: bytes.NewReader(body), ContentType: &contentType,
	}
	if s.opts.Results.KMSKey != "" {
		in.ServerSideEncryption = s3types.ServerSideEncryptionAwsKms
		in.SSEKMSKeyId = &s.opts.Results.KMSKey
	}
	if _, err := s.c.S3.PutObject(ctx, in); err != nil {
		return fmt.Errorf("write s3://%s/%s: %w", s.opts.Results.Bucket, key, err)
	}
	return nil
}

// readObject returns the content of an object.
func readObject(ctx context.Context, c S3API, bucket, key, owner string) ([]byte, error) {
	body, err := s3object.ReadAll(ctx, c, s3object.Object{Bucket: bucket, Key: key, Owner: owner})
	if err != nil {
		return nil, fmt.Errorf("read s3://%s/%s: %w", bucket, key, err)
	}
	return body, nil
}

// maxReads is how often a range is read whose connection breaks: the SDK's retryer
// covers requests, not the reading of bodies.
const maxReads = 3

// readBody reads all of a body, which has to be as long as it was said to be.
func readBody(body io.ReadCloser, length *int64) ([]byte, error) {
	defer body.Close()
	content, err := io.ReadAll(body)
	if err == nil && length != nil && int64(len(content)) != *length {
		err = io.ErrUnexpectedEOF
	}
	return content, err
}

// A ranged is an object in S3 that is read in ranges, all of one version.
type ranged struct {
	ctx           context.Context
	c             S3API
	in            s3.GetObjectInput
	head          []byte
	etag, version string
	size          int64
	err           error // of reading, which the reader of the format may have hidden
}

// headBytes is how much of an image is read at first: it tells what most are.
const headBytes = 64 << 10

func openRanged(ctx context.Context, c S3API, bucket, key, owner string) (*ranged, error) {
	r := &ranged{ctx: ctx, c: c, in: s3.GetObjectInput{Bucket: &bucket, Key: &key, ExpectedBucketOwner: optional(owner)}}
	head, out, err := r.get(0, headBytes)
	if s3object.Status(err) == http.StatusRequestedRangeNotSatisfiable { // an empty object has no first byte
		return r, nil
	}
	if err != nil {
		return nil, sourceError(err)
	}
	r.head, r.etag, r.version = head, strings.Trim(aws.ToString(out.ETag), `"`), aws.ToString(out.VersionId)
	if r.size, err = totalSize(out); err != nil {
		return nil, err
	}
	if r.version != "" {
		r.in.VersionId = &r.version
	}
	r.in.IfMatch = out.ETag
	return r, nil
}

// totalSize returns the size of an object from the answer to a ranged request.
func totalSize(out *s3.GetObjectOutput) (int64, error) {
	contentRange := aws.ToString(out.ContentRange)
	if contentRange == "" {
		return aws.ToInt64(out.ContentLength), nil
	}
	var first, last, size int64
	if _, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &size); err != nil {
		return 0, fmt.Errorf("the answer has the range %q", contentRange)
	}
	return size, nil
}

func (r *ranged) get(offset, n int64) ([]byte, *s3.GetObjectOutput, error) {
	in := r.in
	in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+n-1))
	var broken error
	for range maxReads {
		out, err := r.c.GetObject(r.ctx, &in)
		if err != nil {
			return nil, nil, err
		}
		body, err := readBody(out.Body, out.ContentLength)
		if err == nil {
			return body, out, nil
		}
		if broken = err; r.ctx.Err() != nil {
			break
		}
	}
	return nil, nil, broken
}

// ReadAt implements io.ReaderAt.
func (r *ranged) ReadAt(b []byte, offset int64) (int, error) {
	if offset >= r.size {
		return 0, io.EOF
	}
	if end := offset + int64(len(b)); end <= int64(len(r.head)) {
		return copy(b, r.head[offset:end]), nil
	}
	if r.err != nil {
		return 0, r.err
	}
	body, _, err := r.get(offset, min(int64(len(b)), r.size-offset))
	if err != nil {
		r.err = sourceError(err)
		return 0, r.err
	}
	n := copy(b, body)
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// sourceError says what the refusal of an image may mean.
func sourceError(err error) error {
	switch s3object.Status(err) {
	case http.StatusForbidden:
		return fmt.Errorf("it may not be read, or was deleted since it was listed: it needs s3:GetObject, with versions s3:GetObjectVersion, and kms:Decrypt if a KMS key encrypts it: %w", err)
	case http.StatusNotFound:
		return fmt.Errorf("it was deleted since it was listed: %w", err)
	case http.StatusPreconditionFailed:
		return fmt.Errorf("it changed while it was read: %w", err)
	}
	return err
}

// optional returns nil for an empty string: the SDK would send it.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
