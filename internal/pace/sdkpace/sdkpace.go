// Package sdkpace makes every attempt of an SDK client's calls wait for a
// [pace.Limiter], also those that the client's retryer makes.
package sdkpace

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// ID is that of the middleware which waits: what is inserted after it happens when a
// call is admitted.
const ID = "awspatterns:Pace"

// Attempts returns what to append to the APIOptions of a client, or of one call: each
// attempt waits for l, before it is signed, and tells l whether it was throttled.
// If the context ends in the wait, the call ends with an *aws.RequestCanceledError
// that wraps the cause of the context.
func Attempts(l *pace.Limiter) func(*middleware.Stack) error {
	wait := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		out middleware.FinalizeOutput, md middleware.Metadata, err error,
	) {
		if err := l.Wait(ctx); err != nil {
			return out, md, &aws.RequestCanceledError{Err: err}
		}
		out, md, err = next.HandleFinalize(ctx, in)
		report(l, err)
		return out, md, err
	}
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc(ID, wait), "Retry", middleware.After)
	}
}

// report tells what an attempt says about the quota. One without an answer, or
// with that of a service in trouble, says nothing.
func report(l *pace.Limiter, err error) {
	switch status := status(err); {
	case Throttled(err):
		l.Throttled()
	case err == nil, status >= 400 && status < 500:
		l.OK()
	}
}

var throttles = retry.IsErrorThrottles(retry.DefaultThrottles)

// Throttled reports whether err is of a call that came too soon after others. A
// LimitExceededException is not, which the SDK takes for one too: there it is too many
// of something that exists, such as running jobs.
func Throttled(err error) bool {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "LimitExceededException" {
		return false
	}
	return status(err) == http.StatusTooManyRequests || throttles.IsErrorThrottle(err).Bool()
}

func status(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}
