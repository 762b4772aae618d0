package redshift

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func dataInvalid(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &datatypes.ValidationException{Message: aws.String(fmt.Sprintf(format, args...))})
}

func dataNotFound(id, message string) error {
	return awstest.Status(http.StatusBadRequest, &datatypes.ResourceNotFoundException{Message: &message, ResourceId: &id})
}

func dataNoResult(id string) error {
	return dataNotFound(id, "Query does not have result. Please check query status with DescribeStatement.")
}

func dataTooManyStatements() error {
	return awstest.Status(http.StatusBadRequest, &datatypes.ActiveStatementsExceededException{Message: aws.String("Active statements exceeded the allowed quota.")})
}

func dataTooManySessions() error {
	return awstest.Status(http.StatusBadRequest, &datatypes.ActiveSessionsExceededException{Message: aws.String("Active sessions exceeded the allowed quota.")})
}

func dataTooManyWaits() error {
	return awstest.Status(http.StatusBadRequest, &datatypes.ActiveWaitingRequestsExceededException{Message: aws.String("Active waiting requests exceeded the allowed quota.")})
}

// dataThrottled is not 429: the documentation says "a ThrottlingException with HTTP Status
// Code: 400".
func dataThrottled() error {
	return awstest.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
}
