package ses

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// refuseToken is for ListSuppressedDestinations: other lists have no such error in the API
// reference.
func refuseToken() error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidNextTokenException{Message: aws.String("The specified request includes an invalid or expired token.")})
}

// contentUnknown refuses what SES knows and this stand-in does not.
func contentUnknown(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for SES does not know "+what)
}
