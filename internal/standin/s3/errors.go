package s3

import (
	"errors"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
)

// Codes and messages are those of "Error responses" in the S3 API reference. The
// SDK makes a type of its own of an error only for the operations that the
// service's model names it for: NoSuchBucket for ListObjectsV2, NoSuchKey for
// GetObject. All others get the generic type with the same code.

func noSuchBucket() error {
	return awstest.Error(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
}

func noSuchKey() error {
	return awstest.Error(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
}

func noSuchVersion() error {
	return awstest.Error(http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.")
}

func methodNotAllowed() error {
	return awstest.Error(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
}

func preconditionFailed() error {
	return awstest.Error(http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

func invalidArgument(message string) error {
	return awstest.Error(http.StatusBadRequest, "InvalidArgument", message)
}

func invalidRequest(message string) error {
	return awstest.Error(http.StatusBadRequest, "InvalidRequest", message)
}

func malformedXML() error {
	return awstest.Error(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for S3 does not know "+what)
}

// redirect answers a call that came to another Region than the bucket's.
func redirect(b *bucket) error {
	return withHeader(awstest.Error(http.StatusMovedPermanently, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."),
		"X-Amz-Bucket-Region", b.Region)
}

// withHeader puts a header into the answer that err was made of.
func withHeader(err error, name, value string) error {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		response.Response.Header.Set(name, value)
	}
	return err
}

// modeled turns the generic error of a code into the type that the SDK has for it.
func modeled(err error, code string, typed func(message *string) error) error {
	var generic *smithy.GenericAPIError
	if !errors.As(err, &generic) || generic.Code != code {
		return err
	}
	response, _ := errors.AsType[*awshttp.ResponseError](err)
	response.Err = typed(&generic.Message)
	return err
}

func typedNoSuchKey(message *string) error { return &s3types.NoSuchKey{Message: message} }

func typedNoSuchBucket(message *string) error { return &s3types.NoSuchBucket{Message: message} }

// bodyless turns an error into what the SDK makes of the answer to a HEAD request:
// it has no body, so that only the status is known, and the SDK names the error
// after it.
func bodyless(err error) error {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok {
		return err
	}
	text := http.StatusText(response.HTTPStatusCode())
	if response.HTTPStatusCode() == http.StatusNotFound {
		response.Err = &s3types.NotFound{}
		return err
	}
	response.Err = &smithy.GenericAPIError{Code: strings.ReplaceAll(text, " ", ""), Message: text}
	return err
}

// statusOf returns the HTTP status that err was made of, 0 if it has none.
func statusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// set returns nil for what an answer leaves out.
func set[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
