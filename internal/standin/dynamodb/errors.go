package dynamodb

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Codes are those of "Error handling with DynamoDB" in the developer guide. All
// answers of DynamoDB to a wrong request have status 400.

func validation(message string) error {
	return awstest.Error(http.StatusBadRequest, "ValidationException", message)
}

func noSuchTable() error {
	return awstest.Status(http.StatusBadRequest, &types.ResourceNotFoundException{Message: aws.String("Requested resource not found")})
}

func inUse(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.ResourceInUseException{Message: &message})
}

// conditionFailed answers a write whose condition does not hold, with the item
// that was there if the call asks for it.
func conditionFailed(asked types.ReturnValuesOnConditionCheckFailure, found attributes) error {
	e := &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
	if asked == types.ReturnValuesOnConditionCheckFailureAllOld {
		e.Item = found.clone()
	}
	return awstest.Status(http.StatusBadRequest, e)
}

func denied() error {
	return awstest.Error(http.StatusBadRequest, "AccessDeniedException", "no resource-based policy allows the action")
}

func notImplemented(what string) error {
	return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for DynamoDB does not know "+what)
}

// refuseOthers refuses an input with a field set that is none of the known.
func refuseOthers(in any, known ...string) error {
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && !v.Field(i).IsZero() && !slices.Contains(known, f.Name) {
			return notImplemented(fmt.Sprintf("%s of %s", f.Name, v.Type().Name()))
		}
	}
	return nil
}
