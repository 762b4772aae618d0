// Package reason tells why something did not work.
package reason

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Of returns err without what differs from one request to the next, such as the
// request id, the local port or the name of a session: two plans of one state are
// to have one digest.
func Of(err error) string {
	operation, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return err.Error()
	}
	return fmt.Sprintf("%s %s: %s", operation.Service(), operation.Operation(), answer(err))
}

func answer(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		text := strings.TrimSuffix(api.ErrorCode()+": "+api.ErrorMessage(), ": ")
		return session.ReplaceAllString(text, "$1/…")
	}
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return fmt.Sprintf("an answer with status %d that cannot be read", response.HTTPStatusCode())
	}
	return "no answer"
}

// session is the ARN of a role with the name of a session.
var session = regexp.MustCompile(`(:assumed-role/[^/\s]+)/[^\s]+`)

// Cause adds to err why ctx ended, if it did: the SDK tells only that it did.
func Cause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}
