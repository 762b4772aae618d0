package networkfirewall

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Messages are those that were measured, where they were; others are our own.

func invalid(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidRequestException{Message: aws.String(fmt.Sprintf(format, args...))})
}

func invalidOperation(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidOperationException{Message: &message})
}

func inUse() error { return invalidOperation("Unable to delete the object because it is still in use") }

func staleToken() error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidTokenException{Message: aws.String("Update token is invalid")})
}

func notFound(arn string) error {
	return awstest.Status(http.StatusBadRequest, &types.ResourceNotFoundException{Message: aws.String("Unable to describe the resource because it does not exist: " + arn)})
}

func limitExceeded(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.LimitExceededException{Message: &message})
}

// Throttled is what the service answers to a caller that calls too often.
func Throttled() error {
	return awstest.Status(http.StatusBadRequest, &types.ThrottlingException{Message: aws.String("Rate exceeded")})
}

// InsufficientCapacity is what the service answers when it has no room.
func InsufficientCapacity() error {
	return awstest.Status(http.StatusInternalServerError, &types.InsufficientCapacityException{Message: aws.String("There is not enough capacity available")})
}
