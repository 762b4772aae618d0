package redshift

import (
	"context"
	"errors"
	"strings"
	"time"

	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
)

const (
	waitSeconds  = 30 // that the service waits at most before it answers
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// await waits for the end of a statement. What fails meanwhile says nothing of it, so it is
// asked after again.
func (c *Conn) await(ctx context.Context, s submitted) (*datasdk.DescribeStatementOutput, error) {
	p, pause, plain := patience{limit: c.opts.Patience}, firstPause, c.plain.Load()
	for {
		asked := time.Now()
		out, err := c.describe(ctx, s.id, plain)
		switch {
		case err == nil:
			p.succeeded()
			c.report(s, string(out.Status))
			if hasEnded(out.Status) {
				return out, nil
			}
		case !plain && ctx.Err() == nil && c.mustPoll(err):
			plain = true
			continue
		default:
			// What cuts off a long request leaves a short one alone.
			plain = plain || statusOf(err) == 0
			if err = p.again(ctx, err, passes(err) || dataNotFound(err)); err != nil {
				return nil, err
			}
			continue
		}
		// A service that waited has made the pause.
		if err := pace.Sleep(ctx, pause-time.Since(asked)); err != nil {
			return nil, err
		}
		pause = min(2*pause, longestPause)
	}
}

func (c *Conn) describe(ctx context.Context, id string, plain bool) (*datasdk.DescribeStatementOutput, error) {
	in := &datasdk.DescribeStatementInput{Id: &id}
	if !plain {
		in.WaitTimeSeconds = new(int32(waitSeconds))
	}
	return c.data.DescribeStatement(ctx, in, paced(c.rates.describe))
}

// mustPoll reports whether a request that waits is refused, where one that does not may be
// answered: there are too many that wait for this statement, or the service does not know of
// waiting at all. The connection remembers that if the service names the parameter.
func (c *Conn) mustPoll(err error) bool {
	if passes(err) || sdkpace.Throttled(err) || dataNotFound(err) {
		return false
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && strings.Contains(strings.ToLower(api.ErrorMessage()), "waittimeseconds") {
		c.plain.Store(true)
	}
	return true
}

func hasEnded(s datatypes.StatusString) bool {
	switch s {
	case datatypes.StatusStringFinished, datatypes.StatusStringFailed, datatypes.StatusStringAborted:
		return true
	}
	return false // also for one that is not known: there was an UNKNOWN that passed
}
