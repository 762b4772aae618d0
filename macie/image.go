package macie

import (
	"fmt"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// An Image is an object of a scan, and what became of it. It never holds a
// sensitive value.
type Image struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	VersionID string `json:"versionId,omitempty"` // that was read, if the bucket keeps versions
	ETag      string `json:"etag,omitempty"`      // without quotes
	Size      int64  `json:"size"`                // in bytes
	Format    string `json:"format,omitempty"`    // by its content: png, jpeg, tiff or pdf

	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // for every state but clean and no text; of a finding, what was not read or analysed

	Pages       int   `json:"pages,omitempty"`       // whose text was read
	FailedPages []int `json:"failedPages,omitempty"` // whose text could not be read

	Findings []Finding `json:"findings,omitempty"`

	// TextID names the text of this version of the image in the results bucket.
	TextID string `json:"textId,omitempty"`

	// Run made the verdict, which may be an earlier one: an image keeps its
	// verdict while it is the same. JobID is the Macie job of that run.
	Run   string `json:"run,omitempty"`
	JobID string `json:"jobId,omitempty"`
}

// URL returns the image as s3://bucket/key.
func (i Image) URL() string { return "s3://" + i.Bucket + "/" + i.Key }

// A State is what became of an image. Every image ends in exactly one.
type State string

// The states of images.
const (
	// StateFinding: sensitive data was found.
	StateFinding State = "finding"

	// StateClean: all text was read, and it is proven that the detector has
	// analysed it whole and found nothing. For Macie, its analysis record of the
	// text is the proof.
	StateClean State = "clean"

	// StateNoText: text detection found no text.
	StateNoText State = "no text"

	// StateUnproven: there is no finding, and no proof that all was analysed.
	StateUnproven State = "unproven"

	// StatePartial: nothing was found, and a part of the image was not read or
	// not analysed.
	StatePartial State = "partial"

	// StateSkipped: the object is no image that text detection can read.
	StateSkipped State = "skipped"

	// StateFailed: the image could not be read or analysed. The next scan tries
	// again.
	StateFailed State = "failed"
)

// states in the order in which results show them.
var states = []State{StateFinding, StateFailed, StatePartial, StateUnproven, StateClean, StateNoText, StateSkipped}

// A Finding is one kind of sensitive data in an image.
type Finding struct {
	// Type is Macie's name of the managed data identifier, such as
	// CREDIT_CARD_NUMBER, the name of a custom one, or what another detector says.
	Type     string `json:"type"`
	Category string `json:"category,omitempty"` // such as FINANCIAL_INFORMATION
	Custom   string `json:"custom,omitempty"`   // ARN of the custom data identifier
	Severity string `json:"severity,omitempty"` // Low, Medium or High
	ID       string `json:"id,omitempty"`       // of the finding in Macie

	// Count is how often it occurs. Places are up to 15 of those; [Locate] finds
	// more.
	Count  int64   `json:"count"`
	Places []Place `json:"places,omitempty"`
}

// A Place is where sensitive data is in an image.
type Place struct {
	Span    ocr.Span     `json:"span"`    // in the text
	Regions []ocr.Region `json:"regions"` // on the pages of the image
}

// maxPlaces is how many occurrences a finding of Macie has the place of.
const maxPlaces = 15

// An ImageError tells what went wrong with one image.
type ImageError struct {
	Bucket, Key string
	Err         error
}

func (e *ImageError) Error() string { return fmt.Sprintf("s3://%s/%s: %v", e.Bucket, e.Key, e.Err) }

func (e *ImageError) Unwrap() error { return e.Err }
