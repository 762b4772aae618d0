package redshift

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// callOption is one of a call.
type callOption = func(*datasdk.Options)

// paced makes each attempt of a call wait for the quota of its operation, and end if nobody
// answers.
func paced(l *pace.Limiter) callOption {
	return func(o *datasdk.Options) { o.APIOptions = append(o.APIOptions, sdkpace.Attempts(l), timely) }
}

// attemptTime is how long an attempt is waited for, which is longer than the service waits.
// The SDK has no such limit: what is lost on the way, and breaks no connection, would be
// waited for as long as the context lasts.
const attemptTime = 2 * time.Minute

func timely(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("awspatterns:Timely", timelyAttempt), middleware.Before)
}

func timelyAttempt(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	limited, stop := context.WithTimeout(ctx, attemptTime)
	defer stop()
	out, md, err = next.HandleDeserialize(limited, in)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("no answer within %v", attemptTime) // the deadline is not the caller's
	}
	return out, md, err
}

// A flight is what happened to the attempts of one submission. The answer to one has the
// id that it takes to cancel the statement, so an attempt that was sent is given some time
// after the context of the call has ended.
type flight struct {
	begun time.Time // of the first attempt
	now   time.Time // by the clock of the service, when heard; zero if it did not tell
	heard time.Time // when an answer came last
	lost  bool      // an attempt may have had an effect, and was not answered
}

const lingerTime = 5 * time.Second

func (f *flight) option(o *datasdk.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("awspatterns:Flight", f.attempt), middleware.Before)
	})
}

func (f *flight) attempt(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	if f.begun.IsZero() {
		f.begun = time.Now()
	}
	lingering, stop := linger(ctx, lingerTime)
	defer stop()
	out, md, err = next.HandleDeserialize(lingering, in)
	f.heard = time.Now()
	if now, ok := awsmiddleware.GetServerTime(md); ok {
		f.now = now
	} else {
		f.now = f.heard
	}
	f.lost = f.lost || err != nil && unanswered(err)
	return out, md, err
}

// start returns when the first attempt was made, by the clock of the service.
func (f *flight) start() time.Time { return f.now.Add(-f.heard.Sub(f.begun)) }

// linger returns a context that ends a while after ctx, or when stop is called.
func linger(ctx context.Context, d time.Duration) (lingering context.Context, stop func()) {
	lingering, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		pace.Sleep(lingering, d) // ends with it, too
		cancel()
	})
	return lingering, func() { unhook(); cancel() }
}

// unanswered reports whether err leaves open if the request had an effect.
func unanswered(err error) bool {
	code := statusOf(err)
	return code == 0 || code >= http.StatusInternalServerError
}

// passes reports whether err says nothing of what was asked after: there was no answer, or
// one about the request alone, such as that its credentials had expired.
func passes(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return unanswered(err) || ok && slices.Contains(passingCodes, api.ErrorCode())
}

// passingCodes come with a status of 400 ("Common errors" in the API reference).
var passingCodes = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeout", "RequestTimeoutException"}

// statusOf returns that of the answer, 0 if there was none.
func statusOf(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// crowded reports whether there is too much at once of something that will end.
func crowded(err error) bool {
	_, statements := errors.AsType[*datatypes.ActiveStatementsExceededException](err)
	_, sessions := errors.AsType[*datatypes.ActiveSessionsExceededException](err)
	return statements || sessions
}

func dataNotFound(err error) bool {
	_, ok := errors.AsType[*datatypes.ResourceNotFoundException](err)
	return ok
}

// patience is with an operation that fails. The SDK has repeated a call when it comes here.
type patience struct {
	limit    time.Duration // for which all calls may fail
	failures int           // in a row, those that were throttled left out
	since    time.Time     // of the first of them
	waits    int           // in a row
}

const (
	minFailures = 5
	firstWait   = 200 * time.Millisecond
	longestWait = 30 * time.Second
)

func (p *patience) succeeded() { p.failures, p.waits = 0, 0 }

// again waits until a call that failed may be tried again, or returns why it may not be. A
// call that is throttled may be as long as ctx lasts.
func (p *patience) again(ctx context.Context, err error, passing bool) error {
	if ctx.Err() != nil || !passing && !sdkpace.Throttled(err) {
		return reason.Cause(ctx, err)
	}
	if !sdkpace.Throttled(err) {
		if p.failures == 0 {
			p.since = time.Now()
		}
		if p.failures++; p.failures >= minFailures && time.Since(p.since) >= p.limit {
			return err
		}
	}
	if waited := pace.Sleep(ctx, p.wait()); waited != nil {
		return reason.Cause(ctx, err)
	}
	return nil
}

// wait returns how long to wait, twice as long each time and a part of it by chance.
func (p *patience) wait() time.Duration {
	d := min(longestWait, firstWait<<min(p.waits, 10))
	p.waits++
	return d/2 + rand.N(d/2)
}
