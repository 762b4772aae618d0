// Package textdetect reads the text of files in S3 by Amazon Textract: at once, of
// files of one page, or by jobs. It keeps to the quotas of the account.
package textdetect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// API is what this package needs of *textract.Client. It must heed the options of a
// call: what keeps to the quotas is in them.
type API interface {
	DetectDocumentText(context.Context, *textractsdk.DetectDocumentTextInput, ...func(*textractsdk.Options)) (*textractsdk.DetectDocumentTextOutput, error)
	StartDocumentTextDetection(context.Context, *textractsdk.StartDocumentTextDetectionInput, ...func(*textractsdk.Options)) (*textractsdk.StartDocumentTextDetectionOutput, error)
	GetDocumentTextDetection(context.Context, *textractsdk.GetDocumentTextDetectionInput, ...func(*textractsdk.Options)) (*textractsdk.GetDocumentTextDetectionOutput, error)
}

// Config says what Textract allows and how jobs are started. See [Quotas].
type Config struct {
	// Quotas of the account in the Region: calls in a second of DetectDocumentText,
	// StartDocumentTextDetection and GetDocumentTextDetection, and jobs in progress.
	// Required.
	DetectTPS, StartTPS, GetTPS float64
	Jobs                        int

	// PollInterval is when Wait first looks at a job. Later looks are further apart,
	// up to half a minute. Defaults to 5 s.
	PollInterval time.Duration

	// KMSKey is the id or alias of a key that Textract is to encrypt the results of
	// jobs with. Defaults to none. What the SDK says of it (KMSKeyId) is about results
	// in a bucket of the caller's, which this package does not ask for.
	KMSKey string

	// TopicARN, if set, is the topic that is told of the end of jobs, by RoleARN.
	TopicARN, RoleARN string
}

// A Reader reads text. Its methods may be called from several goroutines, which
// share the quotas: there should be one Reader for each account and Region.
type Reader struct {
	api    API
	cfg    Config
	err    error // of cfg
	detect *pace.Limiter
	start  *pace.Limiter
	get    *pace.Limiter
	slots  *slots
}

// New returns a Reader. If cfg is not valid, all calls return an error.
func New(api API, cfg Config) *Reader {
	cfg.PollInterval = cmp.Or(cfg.PollInterval, 5*time.Second)
	return &Reader{
		api:    api,
		cfg:    cfg,
		err:    cfg.check(),
		detect: pace.New(cfg.DetectTPS),
		start:  pace.New(cfg.StartTPS),
		get:    pace.New(cfg.GetTPS),
		slots:  newSlots(cfg.Jobs),
	}
}

func (c Config) check() error {
	switch {
	case !(c.DetectTPS > 0) || !(c.StartTPS > 0) || !(c.GetTPS > 0):
		return fmt.Errorf("quotas of %v, %v and %v calls in a second", c.DetectTPS, c.StartTPS, c.GetTPS)
	case c.Jobs < 1:
		return fmt.Errorf("a quota of %d jobs", c.Jobs)
	case c.PollInterval < 0:
		return fmt.Errorf("a PollInterval of %v", c.PollInterval)
	case (c.TopicARN == "") != (c.RoleARN == ""):
		return errors.New("TopicARN and RoleARN are needed both or none")
	}
	return nil
}

// An Object is a file in S3. Without a VersionID it is the version of the moment.
type Object struct{ Bucket, Key, VersionID string }

// String returns the object as a URL, s3://bucket/key.
func (o Object) String() string { return "s3://" + o.Bucket + "/" + o.Key }

func (o Object) sdk() *types.S3Object {
	return &types.S3Object{Bucket: &o.Bucket, Name: &o.Key, Version: optional(o.VersionID)}
}

// A Result is the text of a file, and what Textract says of it.
type Result struct {
	Document ocr.Document
	Pages    int // that Textract has processed and bills

	// FailedPages are those that could not be read, of a job that was a success in
	// part: all of them if Textract does not tell which. Pages that it counts and
	// returns nothing of are among them. Warnings has what was said of them.
	FailedPages []int
	Warnings    []string

	Model string // version of the model that read the text
}

// Detect reads a file of one page: PNG, JPEG, TIFF or PDF of up to 10 MB.
func (r *Reader) Detect(ctx context.Context, o Object) (Result, error) {
	if r.err != nil {
		return Result{}, fmt.Errorf("detect text: %w", r.err)
	}
	out, err := r.api.DetectDocumentText(ctx, &textractsdk.DetectDocumentTextInput{
		Document: &types.Document{S3Object: o.sdk()},
	}, paced(r.detect))
	if err != nil {
		return Result{}, failure(ctx, "detect text of", subject{object: o}, err)
	}
	var c collector
	c.add(out.Blocks)
	result := Result{Document: c.document(), Model: aws.ToString(out.DetectDocumentTextModelVersion)}
	result.Pages = pagesOf(out.DocumentMetadata, result.Document)
	result.FailedPages = unread(result, nil, false)
	return result, nil
}

// pagesOf returns the pages that were processed: those that Textract says, or those
// that it returns.
func pagesOf(m *types.DocumentMetadata, d ocr.Document) int {
	if m != nil && m.Pages != nil {
		return int(*m.Pages)
	}
	return len(d.Pages)
}

// unread returns the pages that were not read: those that are named, those of which
// there is no block, as there is of a page without text, or all of a success in part
// if there are none of these.
func unread(r Result, named []int, partial bool) []int {
	failed := map[int]bool{}
	for n := range min(r.Pages, maxPages) {
		failed[n+1] = true
	}
	for _, p := range r.Document.Pages {
		delete(failed, p.Number)
	}
	for _, n := range named {
		failed[n] = true
	}
	if partial && len(failed) == 0 {
		for n := range max(1, min(r.Pages, maxPages)) {
			failed[n+1] = true
		}
	}
	return slices.Sorted(maps.Keys(failed))
}

// maxPages is the most that a file may have ("Set quotas in Amazon Textract" in the
// developer guide).
const maxPages = 3000

func paced(l *pace.Limiter) func(*textractsdk.Options) {
	return func(o *textractsdk.Options) { o.APIOptions = append(o.APIOptions, sdkpace.Attempts(l)) }
}

// optional returns nil for what is not set.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
