package ses

import (
	"fmt"
	"net/http"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Statuses are those of the API reference. Messages are our own: no program should read
// them.

func refuseBad(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &sestypes.BadRequestException{Message: message(format, args)})
}

func refuseMissing(format string, args ...any) error {
	return awstest.Status(http.StatusNotFound, &sestypes.NotFoundException{Message: message(format, args)})
}

func refuseExists(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &sestypes.AlreadyExistsException{Message: message(format, args)})
}

func refuseLimit(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &sestypes.LimitExceededException{Message: message(format, args)})
}

func refuseConflict(format string, args ...any) error {
	return awstest.Status(http.StatusConflict, &sestypes.ConflictException{Message: message(format, args)})
}

func message(format string, args []any) *string {
	text := fmt.Sprintf(format, args...)
	return &text
}

// firstError returns the first error there is.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
