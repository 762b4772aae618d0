package macie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/state"
)

// ScanImagesOptions say which images to scan, for what, and where to keep the
// results.
type ScanImagesOptions struct {
	// Sources are where the images are. Required. None may lie within another.
	Sources []ImageSource

	// Results is where the text of the images is kept: for as long as its
	// lifecycle rule says, encrypted, and closed to the public. Required.
	Results ResultsLocation

	// Export is where Macie exports its analysis records. Macie tells it; only
	// [ScanImagesPermissions] takes it from here.
	Export ResultsLocation

	// Store keeps the state of the scan, so that it goes on where it was stopped,
	// and so that images keep their verdict: see package state. Defaults to one in
	// memory, with which only the text that was read outlives the process.
	Store state.Store

	// AllNames also looks into objects whose names end in other than .png, .jpg,
	// .jpeg, .tif, .tiff, .pdf or nothing; they are otherwise skipped.
	AllNames bool

	// Async reads all images by Textract's asynchronous operation, which is slower
	// and by which no page is paid for twice. By default that is done only with
	// what the synchronous one cannot read: TIFF and PDF of several pages or more
	// than 10 MB. The price of a page is the same.
	Async bool

	// Identifiers are what Macie looks for.
	Identifiers Identifiers

	// Detector, if set, looks for sensitive data in place of Macie: a
	// [ComprehendDetector], [PatternDetector] or one of the caller's own.
	// Identifiers have no meaning then.
	Detector Detector

	// RequireProof refuses to start if Macie does not export its analysis records:
	// without them no image can be proven clean, only unproven.
	RequireProof bool

	// ProofWait is how long to wait, after a Macie job is complete, for analysis
	// records that have not arrived. Images without one are then unproven. Defaults
	// to 15 minutes.
	ProofWait time.Duration

	// Concurrency is how many images are read at a time by the synchronous
	// operation; asynchronous ones are as many as the quota of jobs, up to 1,000.
	// Defaults to 32.
	Concurrency int

	// Quotas are those of Textract. Zero ones are read from Service Quotas, or
	// else are the defaults of the Region.
	Quotas TextractQuotas

	// MaxPages and MaxCost are the most that this run may read, and that the text
	// detection of it may cost by Prices, together with what was read before it was
	// stopped. With one of them, all images are looked at before the first page is
	// paid for, and the error wraps [awspatterns.ErrCeiling] if they have more.
	// What Macie, S3 and the Store cost is not counted. Zero is no limit.
	MaxPages int64
	MaxCost  float64

	// Prices are what to calculate costs with. MaxCost needs them.
	Prices ScanPrices

	// ImagesPerJob is how many images one Macie job analyses. Defaults to 20,000,
	// so that the 100,000 findings that a job keeps are enough for five each.
	ImagesPerJob int

	// Lease is how long a process may be silent until another one takes its scan
	// over. Defaults to one minute.
	Lease time.Duration

	// PollInterval is the time between two looks at a Macie job, and if it is less
	// than 5 seconds, until the first look at a job of Textract. Defaults to 30
	// seconds.
	PollInterval time.Duration

	// TopicARN is an SNS topic, in the Region of the clients, that is told when the
	// scan is done, by a [ScanNotice] as JSON: numbers, and no values or names.
	TopicARN string

	// Notify, if set, is told the same. If it returns an error, so does the scan, and
	// the next call tells again.
	Notify func(context.Context, ScanNotice) error

	// Attention is how many images that need it the result holds. Defaults to
	// 1,000.
	Attention int

	// Unprotected takes a results bucket that is not as [ScanImages] says it should
	// be, and does not look at its settings. Macie still skips every text that its
	// role may not decrypt.
	Unprotected bool

	// BesideOriginals takes a results bucket that is also a source.
	BesideOriginals bool

	// Progress, if set, is told how the scan goes, one at a time.
	Progress func(ScanProgress)

	// topic and role are what Textract tells the end of its jobs with, in the
	// event-driven form.
	topic, role string

	// maxFindings is how many findings a Macie job is taken to keep; tests set it.
	maxFindings int
}

// An ImageSource is where images are.
type ImageSource struct {
	Bucket string // name of the bucket. Required.
	Prefix string // of the keys; empty for the whole bucket
	Owner  string // account that owns the bucket. Defaults to the account of the credentials.

	// KMSKey is the ARN of the key that encrypts the images, if it is one that the
	// caller needs permission for. Only [ScanImagesPermissions] uses it.
	KMSKey string
}

// A ResultsLocation is where scans keep the text of images or, as an Export, where
// Macie keeps its analysis records.
type ResultsLocation struct {
	Bucket string // name of the bucket. Required.
	Prefix string // of the keys, up to 512 bytes: empty, or with a slash at its end. [PlanScanSetup] has "macie-scan/" unless it is told.
	Owner  string // account that owns the bucket. Defaults to the account of the credentials.

	// KMSKey is the ARN of the key that encrypts what is written, for which policies
	// are declared. Defaults to the encryption of the bucket, and to no permission
	// for its key. Macie's service role needs to decrypt with it.
	KMSKey string
}

// Identifiers are what Macie looks for.
type Identifiers struct {
	// Selector of managed data identifiers: RECOMMENDED, ALL, EXCLUDE, INCLUDE or
	// NONE. Defaults to RECOMMENDED.
	Selector string

	// Managed are the IDs to EXCLUDE or INCLUDE, such as CREDIT_CARD_NUMBER.
	Managed []string

	// Custom are IDs of custom data identifiers, up to 30. See
	// [PlanCustomIdentifiers].
	Custom []string

	// AllowLists are IDs of allow lists, up to 10.
	AllowLists []string
}

// TextractQuotas are quotas of Amazon Textract in an account and Region. They are
// kept to by this process alone: where others use Textract too, give its share.
type TextractQuotas struct {
	Detect float64 // DetectDocumentText, calls per second
	Start  float64 // StartDocumentTextDetection, calls per second
	Get    float64 // GetDocumentTextDetection, calls per second
	Jobs   int     // text detection jobs at a time
}

// ScanPrices are prices in the caller's currency. They differ by Region and day, so
// there are no defaults.
type ScanPrices struct {
	Page float64 // of text detection of one page
}

// ScanProgress tells how a scan goes.
type ScanProgress struct {
	Phase  string   // "counting", "reading", "analysing" or, for another process, "waiting"
	Listed int64    // objects so far
	Done   int64    // images that have their state
	Pages  int64    // read by text detection
	Image  *Image   // that has just got its state; nil if it is about something else
	Job    *ScanJob // that was just looked at; nil if it is about something else
}

// Errors that callers branch on.
var (
	// ErrNoProof reports that RequireProof is set and Macie exports no analysis
	// records.
	ErrNoProof = errors.New("no export of Macie's analysis records")

	// ErrJobStopped reports that a Macie job was paused or cancelled, or did not
	// process all data.
	ErrJobStopped = errors.New("a Macie job did not analyse everything")

	// ErrTakenOver reports that another process has taken the scan over, after
	// this one was silent for longer than the lease.
	ErrTakenOver = errors.New("another process has taken the scan over")

	// ErrOtherForm reports that the scan has an open run of the other form: of
	// ScanImages, or an event-driven one. It has to end before one of this form
	// can begin.
	ErrOtherForm = errors.New("the open run is of the other form")
)

// ScanImages looks for sensitive data in images in S3. It reads their text with
// Amazon Textract, writes it to the results bucket, lets Amazon Macie analyse that
// in jobs, and maps what they find back to the image, its page, and the place on
// it.
//
// An object is an image by its content: PNG, JPEG, TIFF or PDF; see
// [ScanImagesOptions].AllNames for which objects are looked into. Textract reads
// images up to 10 MB and 10,000 pixels a side, and TIFF and PDF up to 500 MB and
// 3,000 pages; text at least 15 pixels high, horizontal, in English, French,
// German, Italian, Portuguese and Spanish.
//
// Every listed object ends in one [State], and the states add up to the number
// listed. What is wrong with one image is the reason of its state. The others are
// scanned all the same, and then the error wraps [ErrFailedImages]. An image is
// clean only if Macie's analysis record says so; see RequireProof.
//
// # Results bucket
//
// It must encrypt by a KMS key, block public access, and expire what is below
// Results.Prefix. It holds plaintext: the text of the images below texts/ for
// Macie, and with its geometry below ocr/, where it saves reading an image again.
// What is missing is named by a [*PreflightError]. [PlanScanSetup] sets it up.
//
// # Stopping and going on
//
// A scan that was stopped goes on when it is called again with the same Sources,
// Results and Store. Nothing is lost, and each Macie job is started once. No page
// that was read asynchronously is paid for twice within the seven days in which
// Textract knows its jobs; of those read synchronously, at most the images in
// flight are, no more than Concurrency, and the result counts them. A second
// process that calls it meanwhile waits until the first is done, or until it has
// been silent for a Lease.
//
// An image keeps its verdict until it changes or the identifiers do, also when it
// has been archived meanwhile. Then, if its text is still there, only Macie is asked.
// Identifiers are those that the options name: what AWS adds to RECOMMENDED or ALL, or
// somebody changes in an allow list, is not noticed, and takes another Store.
//
// # Errors
//
// Bad options are refused before the first call. The result is valid even if there
// is an error, if it has a Run; after the context has ended it has only that, and
// [LastScan] tells how far it is. Errors wrap
//
//   - [*PreflightError], and [ErrNoProof] if it is that: nothing was begun;
//   - [awspatterns.ErrCeiling]: it would read more than it may;
//   - [ErrOtherForm], [ErrTakenOver]: the run is in other hands;
//   - [ErrFailedImages], with an [*ImageError] for the first ten, and
//     [ErrJobStopped]: the scan is done as far as it can be, and the result says
//     what was left.
//
// IAM actions: [ScanImagesPermissions].
//
// Costs: Textract by the page, which is nearly all of it, and [EstimateScan] counts
// them. Macie by the gigabyte of text, a few kilobytes a page. Of S3, a LIST request
// per 1,000 objects, about three GET or HEAD requests an image and two PUT requests,
// and the storage of texts. The requests of the Store.
func ScanImages(ctx context.Context, c Clients, opts ScanImagesOptions) (ScanImagesResult, error) {
	result, err := scanImages(ctx, c, opts)
	if err != nil {
		err = fmt.Errorf("macie: scan images: %w", reason.Cause(ctx, err))
	}
	return result, err
}

func scanImages(ctx context.Context, c Clients, opts ScanImagesOptions) (ScanImagesResult, error) {
	s, err := newScan(ctx, c, opts)
	if err != nil {
		return ScanImagesResult{}, err
	}
	ctx, err = s.acquire(ctx)
	if err != nil {
		return ScanImagesResult{}, err
	}
	done, err := s.work(ctx)
	result, counted := s.result(ctx)
	if err == nil {
		err = counted
	}
	err = reason.Cause(ctx, err) // as long as the context tells it
	if lost := s.release(ctx, done && counted == nil); err == nil {
		err = lost
	}
	return result, errors.Join(err, result.problem())
}
