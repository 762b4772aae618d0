package ses

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A verdict is what is known of a mail after an attempt to send it.
type verdict int

const (
	notMade   verdict = iota // no request was made, or it was not let in: no credentials, no permission, ctx ended
	notOpened                // no connection was opened, so that no byte of the request was written
	throttled                // SES answered that it was too much at a time
	overQuota                // SES answered that the quota of 24 hours is used up
	refused                  // SES answered no
	accepted                 // SES answered yes
	unknown                  // there was no answer, or none that says whether the mail was taken
)

// A sendCall is one call that sends, with all its attempts. It is the retryer of the call: it
// makes another attempt only where it is certain that SES has not taken the mail.
type sendCall struct {
	wait      func(context.Context) error // for the turn of another attempt
	throttled func()
	attempts  int // at most
	opens     int // at most, of those that open no connection

	heeded bool // the client uses the options of a call
	made   int  // attempts so far
	closed int  // of them, those that opened no connection
	last   verdict

	mu      sync.Mutex // hooks of net/http run where they like
	handed  bool       // the request was given to the HTTP client
	dialled bool       // which is net/http, and asked for a connection
	opened  bool       // and got one
}

// options are those of the call.
func (c *sendCall) options(o *sesv2.Options) {
	c.heeded = true
	o.Retryer = c
	o.APIOptions = append(slices.Clone(o.APIOptions), func(stack *middleware.Stack) error {
		watch := middleware.FinalizeMiddlewareFunc("awspatterns:SendAttempt", c.attempt)
		if err := stack.Finalize.Insert(watch, "Retry", middleware.After); err != nil {
			return err
		}
		hand := middleware.FinalizeMiddlewareFunc("awspatterns:SendHanded", c.hand)
		return stack.Finalize.Add(hand, middleware.After)
	})
}

// attempt is one attempt. Another than the first waits for its turn.
func (c *sendCall) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, md middleware.Metadata, err error,
) {
	if c.made > 0 {
		if err := c.wait(ctx); err != nil {
			return out, md, &aws.RequestCanceledError{Err: err}
		}
	}
	c.made++
	c.begin()
	out, md, err = next.HandleFinalize(httptrace.WithClientTrace(ctx, c.trace()), in)
	c.judge(err)
	return out, md, err
}

func (c *sendCall) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handed, c.dialled, c.opened = false, false, false
}

// hand runs when the request is ready and signed: from here on it may be written.
func (c *sendCall) hand(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	c.mu.Lock()
	c.handed = true
	c.mu.Unlock()
	return next.HandleFinalize(ctx, in)
}

// trace sees whether net/http got a connection. It has one before it writes a byte of the
// request.
func (c *sendCall) trace() *httptrace.ClientTrace {
	set := func(what *bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		*what = true
	}
	return &httptrace.ClientTrace{
		GetConn: func(string) { set(&c.dialled) },
		GotConn: func(httptrace.GotConnInfo) { set(&c.opened) },
	}
}

// judge decides what an attempt tells of the mail.
func (c *sendCall) judge(err error) {
	c.mu.Lock()
	handed, dialled, opened := c.handed, c.dialled, c.opened
	c.mu.Unlock()
	switch {
	case err != nil && !handed && c.made > 1:
		return // what the attempts before told stays true
	case err != nil && !handed:
		c.last = notMade
	case err != nil && dialled && !opened:
		c.last = notOpened
	case err != nil && dialled && noAnswer(err):
		c.last = unknown
	default:
		c.last = verdictOf(err)
	}
	switch c.last {
	case notOpened:
		c.closed++
	case throttled:
		c.throttled()
	}
}

// verdict returns what is known of the mail after the call, which ended in err.
func (c *sendCall) verdict(err error) verdict {
	switch {
	case err == nil:
		return accepted
	case !c.heeded: // a client that is not of the SDK
		return verdictOf(err)
	case c.last == accepted:
		return unknown // the answer was lost on the way through the SDK
	}
	return c.last
}

// noAnswer tells whether err is not that of an answer.
func noAnswer(err error) bool { return answerStatus(err) == 0 }

func answerStatus(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && response.Response != nil && response.Response.Response != nil {
		return response.HTTPStatusCode()
	}
	return 0
}

// verdictOf judges by the error alone. Status 5xx does not say that the mail was not taken,
// nor does an answer that cannot be read. Who is not let in may be with other credentials.
func verdictOf(err error) verdict {
	status := answerStatus(err)
	switch {
	case err == nil:
		return accepted
	case status == 0 && noConnection(err):
		return notOpened
	case status < 400, status >= 500, status == http.StatusRequestTimeout:
		return unknown
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return notMade
	case strings.Contains(err.Error(), "Daily message quota exceeded"):
		return overQuota
	case status == http.StatusTooManyRequests, isSendThrottle(err):
		return throttled
	}
	return refused
}

// noConnection tells whether the client could not open a connection, by what it says.
func noConnection(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op == "dial"
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

// isSendThrottle knows the errors of SES and of the gateway before it.
// LimitExceededException is none: it is not about too much at a time.
func isSendThrottle(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch api.ErrorCode() {
	case "TooManyRequestsException", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled":
		return true
	}
	return false
}

// IsErrorRetryable implements aws.Retryer. A request that was not let in since the clock is
// wrong may be made again: the SDK corrects the clock and marks the error.
func (c *sendCall) IsErrorRetryable(err error) bool {
	switch c.last {
	case throttled:
		return true
	case notOpened:
		return c.closed < c.opens
	case notMade:
		skew, ok := errors.AsType[interface {
			error
			RetryableError() bool
		}](err)
		return ok && skew.RetryableError()
	}
	return false
}

// MaxAttempts implements aws.Retryer.
func (c *sendCall) MaxAttempts() int { return c.attempts }

var sendBackoff = retry.NewExponentialJitterBackoff(20 * time.Second)

// RetryDelay implements aws.Retryer.
func (c *sendCall) RetryDelay(attempt int, err error) (time.Duration, error) {
	return sendBackoff.BackoffDelay(attempt, err)
}

// GetRetryToken implements aws.Retryer. The rate keeps retries in bounds.
func (c *sendCall) GetRetryToken(context.Context, error) (func(error) error, error) {
	return func(error) error { return nil }, nil
}

// GetInitialToken implements aws.Retryer.
func (c *sendCall) GetInitialToken() func(error) error { return func(error) error { return nil } }
