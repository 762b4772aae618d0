package sns

import (
	"net/http"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// refuse answers with an error type of the service. Statuses are those of the API
// reference.
func refuse(status int, err error, message string) error {
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	return awstest.Status(status, err)
}

func invalid(what string) error {
	return refuse(http.StatusBadRequest, &types.InvalidParameterException{}, "Invalid parameter: "+what)
}

func unauthorized() error {
	return refuse(http.StatusForbidden, &types.AuthorizationErrorException{}, "User is not authorized to perform this action")
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for SNS does not know "+what)
}
