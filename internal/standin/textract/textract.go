// Package textract stands in for text detection by Amazon Textract.
//
// It knows DetectDocumentText, StartDocumentTextDetection and
// GetDocumentTextDetection, with the limits, quotas, tokens and notifications of
// the developer guide. What text is in a file, the test says (see [Reader]).
//
// Where the documentation leaves open how something is answered, this is assumed,
// and code under test should not depend on it:
//
//   - What begins like none of the four formats is refused with
//     UnsupportedDocumentException, also by StartDocumentTextDetection, and so is an
//     empty file.
//   - What cannot be read, or has a side of more than 10,000 pixels, is refused with
//     BadDocumentException by DetectDocumentText and makes a job fail.
//   - The messages of errors are those that users report; the StatusMessage of a
//     failed job and the ErrorCode of a warning are made up.
//   - A key with a # is refused with InvalidS3ObjectException; the reference says
//     only that the character is not valid.
//   - A key with a line break is refused with InvalidParameterException, since the
//     pattern of the model does not match it.
//   - Answers of DetectDocumentText do not tell the page of a PNG or JPEG. The
//     reference says that they do; older answers lack it.
//   - A job reads its object when it is started. One that ends in PARTIAL_SUCCESS
//     is announced as SUCCEEDED.
//   - A call over a quota is answered by turns with ThrottlingException and
//     ProvisionedThroughputExceededException; users report both.
//   - Billed are pages that have a result, and those of a job when it is started.
//
// Not known, and refused, are OutputConfig and KMSKeyId. Not checked is whether the
// role of a NotificationChannel exists and may publish to its topic.
package textract

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A Reader says what text is in a file. A PNG or JPEG has one page, or none for an
// image without text. The words of a line that names none are those between its
// spaces. Pages without a number are counted from 1.
//
// An error means that the file cannot be read, a [PartialError] that some of its
// pages cannot. It must not change content, and may be called from several
// goroutines.
type Reader func(content []byte) ([]ocr.Page, error)

// A PartialError tells that some pages cannot be read. Of a document of one page,
// none is left.
type PartialError struct {
	Pages []int // from 1
}

func (e *PartialError) Error() string { return "textract: pages could not be read" }

// A Service is Amazon Textract in all accounts and Regions of a Cloud. Set its
// fields before the first call. Its methods may be called from several goroutines
// and are not calls: the log of the Cloud does not hold them and faults do not
// meet them.
type Service struct {
	// Quotas are those of all accounts and Regions that SetQuotas does not name. By
	// default there are none.
	Quotas Quotas

	// PageSize, if not zero, is the most blocks that one page of results holds, up
	// to 1,000. The answer may always hold fewer than asked for.
	PageSize int

	// JobDuration is how long a job takes whose document has so many pages, 0 if it
	// cannot be read. Defaults to a second a page, and at least one.
	JobDuration func(pages int) time.Duration

	// Publish, if not nil, brings a notification to its topic. See Deliver.
	Publish func(topicARN, message string) error

	objects *s3.Service
	reader  Reader

	// mu is held only while touching what is below, never while calling back or
	// sleeping: a goroutine that waits for a mutex holds up a synctest bubble.
	mu        sync.Mutex
	tenants   map[awstest.Caller]*tenant
	started   int    // jobs so far
	runs      int    // documents that were read so far
	unsaid    []*job // whose end is to be announced
	billed    map[Document]Pages
	calls     map[string]Calls // by operation
	throttled int
}

// A tenant is an account in a Region: what shares quotas, jobs and tokens.
type tenant struct {
	quotas  *Quotas          // nil for those of the Service
	gates   map[string]*gate // by operation
	jobs    map[string]*job  // by ID
	tokens  map[string]*job
	kept    []*job // all of jobs, oldest first
	running []*job // those in progress, and maybe some that have ended
}

// New returns a Textract that reads objects of objects, and makes it answer the
// calls of c.
func New(c *awstest.Cloud, objects *s3.Service, read Reader) *Service {
	s := &Service{
		objects: objects,
		reader:  read,
		tenants: map[awstest.Caller]*tenant{},
		billed:  map[Document]Pages{},
		calls:   map[string]Calls{},
	}
	awstest.Handle(c, s.detectDocumentText)
	awstest.Handle(c, s.startDocumentTextDetection)
	awstest.Handle(c, s.getDocumentTextDetection)
	return s
}

// tenant returns the one of a caller. The caller of tenant holds s.mu.
func (s *Service) tenant(c awstest.Caller) *tenant {
	t, ok := s.tenants[c]
	if !ok {
		t = &tenant{gates: map[string]*gate{}, jobs: map[string]*job{}, tokens: map[string]*job{}}
		s.tenants[c] = t
	}
	return t
}

func (s *Service) jobDuration(pages int) time.Duration {
	if s.JobDuration != nil {
		return s.JobDuration(pages)
	}
	return time.Duration(max(1, pages)) * time.Second
}

// regions are where Textract is ("Amazon Textract endpoints and quotas" in the AWS
// general reference). Elsewhere its host name does not resolve.
var regions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1", "ca-central-1",
	"eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-south-2",
	"ap-south-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2",
}

// enter is where every call begins: it needs credentials, a Region with Textract,
// and to be within the quota of the operation.
func (s *Service) enter(ctx context.Context, operation string) (awstest.Caller, error) {
	caller := awstest.CallerOf(ctx)
	switch {
	case !slices.Contains(regions, caller.Region):
		return caller, noSuchHost("textract." + caller.Region + ".amazonaws.com")
	case caller.Account == "":
		return caller, refuse(&types.AccessDeniedException{}, "Missing Authentication Token")
	}
	return caller, s.admit(caller, operation)
}
