package textdetect

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// A DocumentError is about one document, or the access to it.
type DocumentError struct {
	Object Object // the zero Object if it is not known: of a job that was started elsewhere
	JobID  string // if there is a job

	// Code is that of Textract, such as "BadDocumentException", or CodeFailed.
	Code string
	Err  error
}

// CodeFailed is the Code of a job that has ended without a result.
const CodeFailed = "FAILED"

func (e *DocumentError) Error() string {
	text := fmt.Sprintf("%s: %v", subject{e.JobID, e.Object}, e.Err)
	if hint := hints[e.Code]; hint != "" {
		text += "; " + hint
	}
	return text
}

func (e *DocumentError) Unwrap() error { return e.Err }

// documentCodes are the errors that are about one document ("Errors" of each
// operation in the API reference of Textract). InvalidS3ObjectException can have a
// cause that other documents share.
var documentCodes = map[string]bool{
	"UnsupportedDocumentException":         true,
	"DocumentTooLargeException":            true,
	"BadDocumentException":                 true,
	"InvalidS3ObjectException":             true,
	"InvalidParameterException":            true,
	"IdempotentParameterMismatchException": true,
	"InvalidJobIdException":                true,
}

var hints = map[string]string{
	"InvalidS3ObjectException": "the object may not be there, be in another Region than Textract is called in, " +
		"be out of reach (needs s3:GetObject, or s3:GetObjectVersion for a version), or be encrypted with a key that needs kms:Decrypt; " +
		"a # in the key is not possible",
	"InvalidJobIdException":                "there is no such job, or it was started more than 7 days ago and its result has expired",
	"IdempotentParameterMismatchException": "within the last 7 days a job with the same token was started for something else",
}

// jobFailed is the error of a job that has ended without a result.
type jobFailed struct{ message string }

func (e *jobFailed) Error() string {
	return "the job has failed: " + cmp.Or(e.message, "Textract does not say why")
}

// A subject is what an error is about.
type subject struct {
	jobID  string
	object Object
}

func (s subject) String() string {
	switch {
	case s.jobID == "":
		return s.object.String()
	case s.object == Object{}:
		return "job " + s.jobID
	}
	return fmt.Sprintf("%s (job %s)", s.object, s.jobID)
}

// failure makes of err what is returned.
func failure(ctx context.Context, doing string, s subject, err error) error {
	if _, failed := errors.AsType[*jobFailed](err); failed {
		return &DocumentError{Object: s.object, JobID: s.jobID, Code: CodeFailed, Err: err}
	}
	if code := codeOf(err); documentCodes[code] {
		return &DocumentError{Object: s.object, JobID: s.jobID, Code: code, Err: err}
	}
	return fmt.Errorf("%s %s: %w", doing, s, reason.Cause(ctx, err))
}

func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// fatalCodes are what is wrong with the caller, by the common errors of AWS and those
// of Textract.
var fatalCodes = map[string]bool{
	"AccessDenied":                        true,
	"AccessDeniedException":               true,
	"AuthFailure":                         true,
	"ExpiredToken":                        true,
	"ExpiredTokenException":               true,
	"IncompleteSignature":                 true,
	"IncompleteSignatureException":        true,
	"InvalidAccessKeyId":                  true,
	"InvalidClientTokenId":                true,
	"InvalidKMSKeyException":              true,
	"InvalidSignatureException":           true,
	"MissingAuthenticationToken":          true,
	"MissingAuthenticationTokenException": true,
	"NotAuthorized":                       true,
	"OptInRequired":                       true,
	"RequestExpired":                      true,
	"SignatureDoesNotMatch":               true,
	"SubscriptionRequiredException":       true,
	"UnknownOperationException":           true,
	"UnrecognizedClientException":         true,
}

// Fatal reports whether an error of this package would meet every other document,
// too: no permission, no valid credentials, a key that cannot be used, a Region
// without Textract. Those of one document are not, nor what may pass: throttling, a
// service or network in trouble, the end of a context.
func Fatal(err error) bool {
	if _, document := errors.AsType[*DocumentError](err); document || err == nil ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if code := codeOf(err); code != "" {
		return fatalCodes[code]
	}
	return noHost(err) || unsigned(err)
}

// noHost reports whether there is nobody to talk to: the name of a Region without
// Textract does not resolve.
func noHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	_, region := errors.AsType[*aws.MissingRegionError](err)
	_, endpoint := errors.AsType[*aws.EndpointNotFoundError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return ok && dns.IsNotFound && !dns.IsTemporary || region || endpoint || certificate ||
		strings.Contains(err.Error(), "failed to resolve service endpoint") || // the SDK has no types for these
		strings.Contains(err.Error(), "failed to bind endpoint params")
}

// unsigned reports whether the SDK could not sign the request, most often for want
// of credentials. A service that hands them out may be in trouble for a moment.
func unsigned(err error) bool {
	if _, signing := errors.AsType[*v4.SigningError](err); signing {
		return true
	}
	network, ok := errors.AsType[net.Error](err)
	return strings.Contains(err.Error(), "get identity: ") && !(ok && network.Timeout())
}
