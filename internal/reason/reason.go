// Package reason tells why something did not work.
package reason

import (
	"context"
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

// Cause adds to err why ctx ended, if it did: the SDK tells only that it did.
func Cause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
