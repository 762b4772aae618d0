// Package reason words in a plan why something could not be read.
package reason

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
)

// Of returns err without what differs from one request to the next, such as the
// request id: two plans of one state are to have one digest.
func Of(err error) string {
	api, isAPI := errors.AsType[smithy.APIError](err)
	operation, isOperation := errors.AsType[*smithy.OperationError](err)
	if !isAPI || !isOperation {
		return err.Error()
	}
	text := fmt.Sprintf("%s %s: %s", operation.Service(), operation.Operation(), api.ErrorCode())
	if api.ErrorMessage() != "" {
		text += ": " + api.ErrorMessage()
	}
	return text
}
