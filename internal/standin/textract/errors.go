package textract

import (
	"net"
	"net/http"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/awstest"
)

// refuse answers with an error type of the service. The API reference gives status
// 500 to those of the server, ThrottlingException among them, and 400 to all others.
func refuse(err smithy.APIError, message string) error {
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	if err.ErrorFault() == smithy.FaultServer {
		return awstest.Status(http.StatusInternalServerError, err)
	}
	return awstest.Status(http.StatusBadRequest, err)
}

func invalidParameter() error {
	return refuse(&types.InvalidParameterException{}, "Request has invalid parameters")
}

func invalidS3Object() error {
	return refuse(&types.InvalidS3ObjectException{},
		"Unable to get object metadata from S3. Check object key, region and/or access permissions.")
}

func invalidJobID() error {
	return refuse(&types.InvalidJobIdException{}, "Request has invalid Job Id")
}

func unsupportedDocument() error {
	return refuse(&types.UnsupportedDocumentException{}, "Request has unsupported document format")
}

func badDocument() error {
	return refuse(&types.BadDocumentException{}, "Request has bad document")
}

func documentTooLarge() error {
	return refuse(&types.DocumentTooLargeException{}, "Request has too large document")
}

func tokenMismatch() error {
	return refuse(&types.IdempotentParameterMismatchException{}, "Request token was used with other parameters")
}

func tooManyJobs() error {
	return refuse(&types.LimitExceededException{}, "Open jobs exceed maximum concurrent job limit")
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for Textract does not know "+what)
}

// noSuchHost is how a call ends that goes to a host without an address.
func noSuchHost(name string) error {
	return &smithyhttp.RequestSendError{Err: &net.OpError{
		Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: name, IsNotFound: true},
	}}
}

// set returns nil for what an answer leaves out.
func set(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}
