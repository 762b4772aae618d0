package opensearch

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// NewDeadLetterWriter returns dead letters that are written to w, each as a line of
// JSON, those of one Put in one Write. They are as safe as w makes them.
// [ReadRejections] reads them.
func NewDeadLetterWriter(w io.Writer) DeadLetters { return &letterWriter{w: w} }

type letterWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *letterWriter) Put(ctx context.Context, rejections []Rejection) error {
	text, err := appendRejections(nil, rejections)
	if err != nil || len(text) == 0 {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, err = l.w.Write(text)
	return err
}

// A DeadLetterFile keeps dead letters in a file, each as a line of JSON, which
// [ReadRejections] reads. What Put has taken is synced to the disk.
type DeadLetterFile struct {
	mu   sync.Mutex
	file *os.File
	end  int64 // behind the last Put
}

// NewDeadLetterFile opens a file of dead letters to add more, or makes it, readable for
// its user alone. It is for one process at a time. A line that a process left half
// written is removed: its Put had not returned, so that the run that goes on puts
// the rejection again. A file of anything else is refused.
func NewDeadLetterFile(path string) (*DeadLetterFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opensearch: dead letters: %w", err)
	}
	f := &DeadLetterFile{file: file}
	if err := f.begin(); err != nil {
		file.Close()
		return nil, fmt.Errorf("opensearch: dead letters in %s: %w", path, err)
	}
	syncFolder(path)
	return f, nil
}

// syncFolder makes the name of a new file safe, where the system can.
func syncFolder(path string) {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return
	}
	folder.Sync()
	folder.Close()
}

// letterStart is what every line begins with.
const letterStart = `{"position":{`

// begin goes to the end of what is whole.
func (f *DeadLetterFile) begin() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file: use NewDeadLetterWriter")
	}
	if err := f.checkStart(0); err != nil {
		return err
	}
	if f.end, err = behindLastLine(f.file, info.Size()); err != nil || f.end == info.Size() {
		return err
	}
	if err := f.checkStart(f.end); err != nil {
		return err
	}
	return f.endLine(info.Size())
}

// endLine ends the last line, which lacks its end: an editor may have left that
// out. If it is not whole, it is removed.
func (f *DeadLetterFile) endLine(size int64) error {
	line := make([]byte, size-f.end)
	if _, err := f.file.ReadAt(line, f.end); err != nil {
		return err
	}
	if !json.Valid(line) {
		return f.cut()
	}
	f.end = size + 1
	_, err := f.file.WriteAt([]byte("\n"), size)
	return err
}

// checkStart checks that what is at an offset is the start of a dead letter, or all
// that there is of one.
func (f *DeadLetterFile) checkStart(offset int64) error {
	start := make([]byte, len(letterStart))
	n, err := f.file.ReadAt(start, offset)
	if err != nil && err != io.EOF {
		return err
	}
	if !bytes.HasPrefix([]byte(letterStart), start[:n]) {
		return fmt.Errorf("at byte %d is no dead letter of this package: name a file of its own", offset)
	}
	return nil
}

// behindLastLine returns the offset behind the last end of a line.
func behindLastLine(r io.ReaderAt, size int64) (int64, error) {
	chunk := make([]byte, 64<<10)
	for end := size; end > 0; {
		start := max(end-int64(len(chunk)), 0)
		n, err := r.ReadAt(chunk[:end-start], start)
		if err != nil && err != io.EOF {
			return 0, err
		}
		if i := bytes.LastIndexByte(chunk[:n], '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// Put implements [DeadLetters].
func (f *DeadLetterFile) Put(ctx context.Context, rejections []Rejection) error {
	text, err := appendRejections(nil, rejections)
	if err != nil || len(text) == 0 {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, err = f.file.WriteAt(text, f.end); err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return errors.Join(err, f.cut())
	}
	f.end += int64(len(text))
	return nil
}

// cut removes what a Put left that was not finished.
func (f *DeadLetterFile) cut() error { return f.file.Truncate(f.end) }

// Close closes the file.
func (f *DeadLetterFile) Close() error { return f.file.Close() }

// DeadLetterS3API is what [NewDeadLetterS3] needs of *s3.Client.
type DeadLetterS3API interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// NewDeadLetterS3 returns dead letters that are kept in a bucket: each Put makes an
// object below the prefix, which ends in a slash or is empty, with a line of JSON for
// each rejection, as [ReadRejections] reads it. The names of the objects are in the order of
// time, and never the same. They are encrypted as the bucket says.
//
// IAM actions: [DeadLetterS3Permissions].
func NewDeadLetterS3(client DeadLetterS3API, bucket, prefix string) DeadLetters {
	return &letterObjects{client, bucket, prefix}
}

type letterObjects struct {
	client         DeadLetterS3API
	bucket, prefix string
}

func (l *letterObjects) Put(ctx context.Context, rejections []Rejection) error {
	text, err := appendRejections(nil, rejections)
	if err != nil || len(text) == 0 {
		return err
	}
	key := l.prefix + time.Now().UTC().Format("20060102T150405.000000000Z") + "-" + rand.Text() + ".jsonl"
	_, err = l.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &l.bucket, Key: &key, Body: bytes.NewReader(text), ContentType: aws.String("application/x-ndjson"),
	})
	if err != nil {
		return fmt.Errorf("dead letters to s3://%s/%s: %w", l.bucket, key, err)
	}
	return nil
}

// DeadLetterS3Permissions returns what [NewDeadLetterS3] needs. kmsKey is the ARN of
// the key that the bucket encrypts with; empty for none.
func DeadLetterS3Permissions(bucket, prefix, kmsKey string) awspatterns.Policy {
	policy := awspatterns.Policy{{Action: "s3:PutObject", Resources: s3policy.Below(bucket, prefix), Source: s3policy.API + "PutObject.html"}}
	return append(policy, s3policy.Key("kms:GenerateDataKey", kmsKey, "s3:PutObject")...)
}
