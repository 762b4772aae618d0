package macie

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/internal/imagefile"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/s3object"
	"github.com/awspatterns/awspatterns/internal/textdetect"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A verdict ends the reading of an image.
type verdict struct {
	state   State
	err     error
	changed bool // since the image was changed while it was looked at
}

func (v *verdict) Error() string { return string(v.state) + ": " + v.err.Error() }
func (v *verdict) Unwrap() error { return v.err }

func skipped(format string, args ...any) error {
	return &verdict{state: StateSkipped, err: fmt.Errorf(format, args...)}
}

// failed keeps what is said about the error of a request, and leaves out what
// differs from one request to the next.
func failed(err error) error {
	text := err.Error()
	if operation, ok := errors.AsType[*smithy.OperationError](err); ok {
		text = strings.Replace(text, operation.Error(), reason.Of(operation), 1)
	}
	return &verdict{state: StateFailed, err: errors.New(text), changed: s3object.Status(err) == http.StatusPreconditionFailed}
}

// maxTries is how often an image is read that changes meanwhile.
const maxTries = 3

// readImage reads the text of an image, and leaves it where it is analysed, or
// gives the image its state. An error ends the scan: what is wrong with the one
// image is its state. It reports whether the image waits for the readers of long
// ones; with long, it is read here.
func (s *scan) readImage(ctx context.Context, e *entry, long bool) (later bool, err error) {
	later, err = s.tryImage(ctx, e, long)
	return later, s.concluded(ctx, e, err)
}

// concluded gives an image its state if err is the verdict on it.
func (s *scan) concluded(ctx context.Context, e *entry, err error) error {
	if v, ok := errors.AsType[*verdict](err); ok && ctx.Err() == nil {
		e.Run, e.Digest, e.Settled = s.run.Run, s.digest, v.state == StateSkipped
		e.finish(v.state, reason.Of(v.err))
		err = s.finished(ctx, e)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

func (s *scan) tryImage(ctx context.Context, e *entry, long bool) (later bool, err error) {
	for range maxTries {
		o, err := s.inspect(ctx, e)
		if v, ok := errors.AsType[*verdict](err); ok && v.changed {
			continue
		}
		if err != nil {
			return false, err
		}
		if o.async && !long {
			return true, nil
		}
		read, err := s.textOf(ctx, e, o)
		if err != nil {
			return false, err
		}
		same, err := s.unchanged(ctx, e, read)
		if err != nil {
			return false, err
		}
		if same {
			return false, s.keepText(ctx, e, read)
		}
	}
	return false, failed(fmt.Errorf("it changed %d times while it was read", maxTries))
}

// An original is what is known of an image before its text is.
type original struct {
	pages   int  // at most
	unknown bool // it does not tell how many it has
	async   bool // takes the asynchronous operation
}

// Limits of Textract ("Set quotas in Amazon Textract" in the developer guide).
const (
	maxImageBytes = 10 << 20
	maxFileBytes  = 500 << 20
	maxPages      = 3000
	maxSide       = 10_000 // pixels
)

// inspect looks at the beginning of an image, or as much as tells what it is and
// how many pages it has. It pins the version that is read from here on.
func (s *scan) inspect(ctx context.Context, e *entry) (original, error) {
	file, err := openRanged(ctx, s.c.S3, e.Bucket, e.Key, s.sourceOwner(e.Bucket))
	if err != nil {
		return original{}, failed(err)
	}
	e.VersionID, e.ETag, e.Size = file.version, file.etag, file.size
	format := imagefile.Sniff(file.head)
	e.Format = string(format)
	switch {
	case e.Size == 0:
		return original{}, skipped("empty")
	case format == imagefile.Unknown && imagefile.FromExtension(e.Key).Supported():
		return original{}, failed(errors.New("it is named as an image, but its content is none"))
	case format == imagefile.Unknown:
		return original{}, skipped("no image")
	case !format.Supported():
		return original{}, skipped("text detection does not read %s", format)
	}
	single := format == imagefile.PNG || format == imagefile.JPEG
	switch {
	case single && e.Size > maxImageBytes:
		return original{}, skipped("%d bytes, and text detection reads %s up to 10 MB", e.Size, format)
	case e.Size > maxFileBytes:
		return original{}, skipped("%d bytes, and text detection reads %s up to 500 MB", e.Size, format)
	}
	info, err := imagefile.Inspect(file, e.Size, format)
	e.Expected = info.Pages
	if unknown, ok := errors.AsType[*imagefile.UnknownPagesError](err); ok { // then there may be the most
		e.Expected = min(unknown.AtLeast, maxPages)
		return original{pages: maxPages, unknown: true, async: true}, nil
	}
	switch {
	case file.err != nil: // reading, not the content
		return original{}, failed(file.err)
	case err != nil:
		return original{}, failed(err)
	case info.MaxSide > maxSide:
		return original{}, skipped("%d pixels on a side, and text detection reads up to 10,000", info.MaxSide)
	case info.Pages > maxPages:
		return original{}, skipped("%d pages, and text detection reads up to 3,000", info.Pages)
	}
	if single {
		return original{pages: 1, async: s.opts.Async}, nil
	}
	return original{pages: info.Pages, async: s.opts.Async || info.Pages > 1 || e.Size > maxImageBytes}, nil
}

// A reading is the text of an image.
type reading struct {
	sidecar
	kept bool // it was there
}

// textOf returns the text of an image: what an earlier scan kept, or else what
// Textract reads, which is paid for.
func (s *scan) textOf(ctx context.Context, e *entry, o original) (reading, error) {
	id := textID(e.Image)
	interrupted := e.Step == stepReading && e.TextID == id && !e.Async
	kept, err := s.keptText(ctx, id)
	if err != nil {
		return reading{}, err
	}
	if kept != nil {
		return reading{sidecar: *kept, kept: true}, nil
	}
	if err := s.budget.reserve(o.pages); err != nil {
		return reading{}, err
	}
	if interrupted {
		e.Again += int64(o.pages)
	}
	e.Step, e.TextID, e.Async = stepReading, id, o.async
	if err := s.put(ctx, e); err != nil {
		return reading{}, err
	}
	found, err := s.detect(ctx, e)
	s.budget.settle(o.pages, found.Pages)
	e.Paid += int64(found.Pages)
	s.tell(func(p *ScanProgress) { p.Pages += int64(found.Pages) })
	if err != nil {
		if e.Async && jobLost(err) {
			e.Failures++
		}
		return reading{}, s.detectionError(err)
	}
	return reading{sidecar: newSidecar(e.Image, found)}, nil
}

// jobLost reports whether a detection will never have a result, so that another
// one has to be started. After any other error the next scan asks for the result
// of the same one, which is paid for.
func jobLost(err error) bool {
	document, ok := errors.AsType[*textdetect.DocumentError](err)
	return ok && document.JobID != ""
}

func (s *scan) detect(ctx context.Context, e *entry) (textdetect.Result, error) {
	o := textdetect.Object{Bucket: e.Bucket, Key: e.Key, VersionID: e.VersionID}
	if !e.Async {
		return s.reader.Detect(ctx, o)
	}
	job, err := s.reader.Start(ctx, o, s.textractToken(e), e.TextID)
	if err != nil {
		return textdetect.Result{}, err
	}
	e.TextractJob, e.Submitted = job, time.Now().Unix()
	return s.reader.Wait(ctx, job)
}

// detectionError tells what is wrong with one image from what ends the scan.
func (s *scan) detectionError(err error) error {
	if textdetect.Fatal(err) {
		return fmt.Errorf("text detection: %w", err)
	}
	return failed(fmt.Errorf("text detection: %w", err))
}

// textractToken returns the idempotency token of a detection: the same image is
// not paid for again within the seven days that Textract remembers it.
func (s *scan) textractToken(e *entry) string {
	return hash("textract", e.TextID, s.opts.topic, s.opts.role, fmt.Sprint(e.Failures))
}

// textID names the text of a version of an image.
func textID(i Image) string {
	version := i.VersionID
	if version == "" || version == "null" {
		version = "etag:" + i.ETag
	}
	return hash("text", i.Bucket, i.Key, version)
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// unchanged reports whether the image is still what was read: without versions,
// text detection reads whatever is there.
func (s *scan) unchanged(ctx context.Context, e *entry, r reading) (bool, error) {
	if r.kept || e.VersionID != "" && e.VersionID != "null" {
		return true, nil
	}
	now, err := s.c.S3.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &e.Bucket, Key: &e.Key, ExpectedBucketOwner: optional(s.sourceOwner(e.Bucket)),
	})
	if err != nil {
		return false, failed(sourceError(err))
	}
	return strings.Trim(aws.ToString(now.ETag), `"`) == e.ETag, nil
}

// keepText writes the text to the results bucket. With no text, or with a
// Detector, the image then has its state; otherwise its text is where Macie
// analyses it.
func (s *scan) keepText(ctx context.Context, e *entry, r reading) error {
	e.TextID = textID(e.Image)
	e.Pages, e.FailedPages = r.Pages, slices.Clone(r.FailedPages)
	for n := r.Pages + 1; n <= e.Expected; n++ { // Textract has not noticed them
		if !slices.Contains(r.FailedPages, n) {
			e.FailedPages = append(e.FailedPages, n)
		}
	}
	if !r.kept {
		if err := s.putSidecar(ctx, e.TextID, r.sidecar); err != nil {
			return err
		}
	}
	e.Run, e.Digest, e.Settled = s.run.Run, s.digest, true
	e.Findings = nil
	switch text := r.Document.Text(); {
	case strings.TrimSpace(text) == "":
		e.finish(unlessPartial(e.Image, StateNoText, ""))
	case s.opts.Detector != nil:
		if err := s.detectIn(ctx, e, r.Document); err != nil {
			return err
		}
	default:
		if err := s.putText(ctx, e, text); err != nil {
			return err
		}
		e.Step, e.Settled = stepAnalysis, false
		return s.put(ctx, e)
	}
	return s.finished(ctx, e)
}

// unlessPartial returns the state of an image and the reason for it: another one if
// pages of it could not be read.
func unlessPartial(i Image, s State, why string) (State, string) {
	if len(i.FailedPages) == 0 {
		return s, why
	}
	return StatePartial, fmt.Sprintf("text detection could not read %d of %d pages", len(i.FailedPages), max(i.Pages, slices.Max(i.FailedPages)))
}

// detectIn gives an image the state that the Detector says.
func (s *scan) detectIn(ctx context.Context, e *entry, doc ocr.Document) error {
	found, err := s.opts.Detector.Detect(ctx, doc)
	if err != nil {
		return failed(fmt.Errorf("detector: %w", err))
	}
	e.Findings = findingsOf(doc, found)
	if len(e.Findings) > 0 {
		_, reason := unlessPartial(e.Image, StateFinding, "")
		e.finish(StateFinding, reason)
		return nil
	}
	e.finish(unlessPartial(e.Image, StateClean, ""))
	return nil
}

// finished writes the entry of an image that has got its state.
func (s *scan) finished(ctx context.Context, e *entry) error {
	if err := s.put(ctx, e); err != nil {
		return err
	}
	s.tell(func(p *ScanProgress) { p.Done++; p.Image = &e.Image })
	return nil
}
