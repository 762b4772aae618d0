package maciejobs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3object"
)

const (
	// readsAtOnce is how many objects are read at a time. Macie writes one for
	// each finding or so, which one after the other would take half an hour for a
	// hundred thousand.
	readsAtOnce = 8

	// maxLine is the length of a record, in bytes. One with 1,000 places of each
	// of 150 types has about 10 MB.
	maxLine = 16 << 20

	// readAhead is how many records of an object wait for the caller.
	readAhead = 16
)

// RecordsPrefix returns the prefix of the keys that Macie exports the records of a
// job to. The files are there, or in a folder for the account whose bucket was
// looked at.
func RecordsPrefix(e Export, account, region, jobID string) string {
	prefix := strings.TrimRight(e.Prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	return prefix + "AWSLogs/" + account + "/Macie/" + region + "/" + jobID + "/"
}

// Records returns the analysis records of a job: of each object that the job was
// to look at, also where nothing was found or nothing could be read. They come in
// the order of the keys of the files. An account and Region are those of the job.
//
// Macie writes them while a job runs and, it may be, shortly after; what is
// not there is not yet proven to be clean. Errors name the file and the line. After
// one, what else can be read follows if the caller goes on; a listing that
// fails, or the end of ctx, ends it.
func Records(ctx context.Context, c S3API, e Export, account, region, jobID string) iter.Seq2[Analysis, error] {
	return func(yield func(Analysis, error) bool) {
		reading, cancel := context.WithCancel(ctx)
		r := &recordReader{s3: c, export: e, job: jobID, files: make(chan chan item, readsAtOnce-1)}
		defer r.done.Wait()
		defer cancel()
		r.done.Go(func() { r.list(reading, RecordsPrefix(e, account, region, jobID)) })
		for file := range r.files {
			for it := range file {
				if !yield(it.analysis, it.err) || it.last {
					return
				}
			}
		}
		if ctx.Err() != nil { // then files may have ended early
			yield(Analysis{}, fmt.Errorf("reading the records of job %s: %w", jobID, context.Cause(ctx)))
		}
	}
}

// A recordReader reads several files at a time, and hands them over in order.
type recordReader struct {
	s3     S3API
	export Export
	job    string
	files  chan chan item // in the order of their keys; its capacity bounds how many are read beside the first
	done   sync.WaitGroup
}

type item struct {
	analysis Analysis
	err      error
	last     bool // nothing can follow
}

// list begins to read each file below the prefix.
func (r *recordReader) list(ctx context.Context, prefix string) {
	defer close(r.files)
	pages := s3.NewListObjectsV2Paginator(r.s3, &s3.ListObjectsV2Input{
		Bucket: &r.export.Bucket, Prefix: &prefix, ExpectedBucketOwner: optional(r.export.Owner),
		EncodingType: s3types.EncodingTypeUrl, // XML cannot hold every key
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			err = fmt.Errorf("listing s3://%s/%s: %w", r.export.Bucket, prefix, reason.Cause(ctx, err))
			r.begin(ctx, func(hand func(item) bool) { hand(item{err: err, last: true}) })
			return
		}
		for _, object := range page.Contents {
			key, err := url.QueryUnescape(aws.ToString(object.Key))
			if err == nil && !strings.HasSuffix(key, ".gz") {
				continue // what consoles leave to show a folder
			}
			read := func(hand func(item) bool) { r.read(ctx, key, hand) }
			if err != nil {
				read = func(hand func(item) bool) { hand(item{err: fmt.Errorf("key %q: %w", aws.ToString(object.Key), err)}) }
			}
			if !r.begin(ctx, read) {
				return
			}
		}
	}
}

// begin runs read beside the caller, as soon as few enough others run. What it
// hands over waits for its turn. It reports false if ctx ended.
func (r *recordReader) begin(ctx context.Context, read func(hand func(item) bool)) bool {
	file := make(chan item, readAhead)
	select {
	case <-ctx.Done():
		return false
	case r.files <- file:
	}
	r.done.Go(func() {
		defer close(file)
		read(func(it item) bool {
			select {
			case <-ctx.Done():
				return false
			case file <- it:
				return true
			}
		})
	})
	return true
}

// read hands over the records of a file.
func (r *recordReader) read(ctx context.Context, key string, hand func(item) bool) {
	name := "s3://" + r.export.Bucket + "/" + key
	body, err := s3object.Open(ctx, r.s3, s3object.Object{Bucket: r.export.Bucket, Key: key, Owner: r.export.Owner, Explain: explain})
	if err != nil {
		hand(item{err: fmt.Errorf("reading %s: %w", name, reason.Cause(ctx, err)), last: ctx.Err() != nil})
		return
	}
	defer body.Close()
	for a, err := range parseRecords(body, r.job) {
		if err != nil {
			err = fmt.Errorf("reading %s: %w", name, reason.Cause(ctx, err))
		}
		if !hand(item{analysis: a, err: err, last: err != nil && ctx.Err() != nil}) {
			return
		}
	}
}

// explain says what the refusal of a file may mean.
func explain(err error) error {
	if s3object.Status(err) != http.StatusForbidden {
		return err
	}
	return fmt.Errorf("%w; needs s3:GetObject, and kms:Decrypt for the key that Macie encrypts its export with", err)
}

// parseRecords reads a file of records: JSON, one a line, packed by gzip. After a
// line that is no record the next follows; a file that cannot be unpacked ends
// there.
func parseRecords(file io.Reader, job string) iter.Seq2[Analysis, error] {
	return func(yield func(Analysis, error) bool) {
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			yield(Analysis{}, fmt.Errorf("line 1: %w", whole(err)))
			return
		}
		lines := bufio.NewScanner(unpacked)
		lines.Buffer(make([]byte, 0, 16<<10), maxLine)
		n := 0
		for lines.Scan() {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				n++
				continue
			}
			a, err := parseRecord(line)
			if err != nil && lines.Err() != nil {
				break // a part of a line: reading ended in it
			}
			n++
			if err == nil && a.JobID != job {
				a, err = Analysis{}, fmt.Errorf("it is of job %q, not %s", a.JobID, job)
			}
			if err != nil {
				err = fmt.Errorf("line %d: %w", n, err)
			}
			if !yield(a, err) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Analysis{}, fmt.Errorf("line %d: %w", n+1, whole(err)))
		}
	}
}

// whole says of the end of an input that it came too early: the end of a file in
// the middle of its gzip header is io.EOF.
func whole(err error) error {
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("longer than %d bytes: %w", maxLine, err)
	}
	return err
}
