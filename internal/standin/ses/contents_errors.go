package ses

import (
	"fmt"
	"net/http"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// contentRefuse answers with an error type of the service. Statuses are those of the API
// reference.
func contentRefuse(status int, err error, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	return awstest.Status(status, err)
}

func contentBad(format string, args ...any) error {
	return contentRefuse(http.StatusBadRequest, &types.BadRequestException{}, format, args...)
}

func contentMissing(format string, args ...any) error {
	return contentRefuse(http.StatusNotFound, &types.NotFoundException{}, format, args...)
}

func contentExists(format string, args ...any) error {
	return contentRefuse(http.StatusBadRequest, &types.AlreadyExistsException{}, format, args...)
}

func contentLimit(format string, args ...any) error {
	return contentRefuse(http.StatusBadRequest, &types.LimitExceededException{}, format, args...)
}

func contentToken() error {
	return contentRefuse(http.StatusBadRequest, &types.InvalidNextTokenException{}, "The specified request includes an invalid or expired token.")
}

// contentUnknown refuses what SES knows and this stand-in does not.
func contentUnknown(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for SES does not know "+what)
}
