package macie2

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Statuses are those of the SDK's model. Messages other than that of a Macie that
// is not enabled are our own: no program should read them.

func notEnabled() error {
	return awstest.Status(http.StatusForbidden, &types.AccessDeniedException{Message: aws.String("Macie is not enabled.")})
}

func invalid(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.ValidationException{Message: &message})
}

func notFound(what, id string) error {
	return awstest.Status(http.StatusNotFound, &types.ResourceNotFoundException{
		Message: aws.String("The request failed because the " + what + " wasn't found: " + id)})
}

func conflict(message string) error {
	return awstest.Status(http.StatusConflict, &types.ConflictException{Message: &message})
}

func quotaExceeded(message string) error {
	return awstest.Status(http.StatusPaymentRequired, &types.ServiceQuotaExceededException{Message: &message})
}

func throttled() error {
	return awstest.Status(http.StatusTooManyRequests, &types.ThrottlingException{Message: aws.String("Rate exceeded")})
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for Macie does not know "+what)
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// refuse returns an error for a request that breaks a rule.
func refuse(broken bool, message string) error {
	if broken {
		return invalid(message)
	}
	return nil
}
