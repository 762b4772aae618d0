package opensearch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// Between attempts it waits for pauseFirst, twice as long each time, and no longer than
// pauseMost. A response may ask for up to retryAfterMost.
const (
	pauseFirst     = 100 * time.Millisecond
	pauseMost      = 10 * time.Second
	retryAfterMost = time.Minute
)

// repeat sends a request to the endpoints that pick returns, until it is answered or
// may not be sent again.
func (c *Conn) repeat(ctx context.Context, r Request, pick func() turn) (Response, error) {
	sending, err := c.prepare(r)
	if err != nil {
		return Response{}, &ConnError{Method: r.Method, Path: r.Path, Permanent: true, Err: err}
	}
	sent := false
	for attempt := 1; ; attempt++ {
		t := pick()
		response, err := c.once(ctx, t, sending)
		response.Attempt = attempt
		if refused, ok := errors.AsType[*Error](err); ok {
			refused.Attempt = attempt
		}
		if broken, ok := errors.AsType[*ConnError](err); ok {
			broken.Sent = broken.Sent || sent // one of the attempts may have had its effect
			sent, broken.Attempt = broken.Sent, attempt
		}
		pause, again := c.again(ctx, r, t, attempt, err)
		if !again {
			return response, err
		}
		if ended := pace.Sleep(ctx, pause); ended != nil {
			return Response{}, fmt.Errorf("%w; %w while waiting to send it again", err, ended)
		}
	}
}

// again returns whether a request that ended with err is sent again, and how long to
// wait before.
func (c *Conn) again(ctx context.Context, r Request, t turn, attempt int, err error) (pause time.Duration, again bool) {
	if err == nil || ctx.Err() != nil || r.Once || attempt >= c.attempts {
		return 0, false
	}
	passes, harmless := verdict(err)
	if !passes || !harmless && !r.Repeat && !idempotent(r.Method) {
		return 0, false
	}
	pause = jitter(grown(pauseFirst, pauseMost, attempt))
	if refused, ok := errors.AsType[*Error](err); ok {
		return max(pause, refused.RetryAfter), refused.RetryAfter <= retryAfterMost
	}
	if c.nodes.another(t) {
		pause = 0 // it has nothing to do with what is wrong there
	}
	return pause, true
}

// verdict returns whether what is wrong may pass, and whether the request surely had
// no effect.
func verdict(err error) (passes, harmless bool) {
	if broken, ok := errors.AsType[*ConnError](err); ok {
		return !broken.Permanent, !broken.Sent
	}
	refused, _ := errors.AsType[*Error](err)
	switch refused.Status {
	case http.StatusTooManyRequests, http.StatusPaymentRequired:
		return true, true
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true, false
	}
	return false, false
}

func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}
