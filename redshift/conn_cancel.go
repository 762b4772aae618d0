package redshift

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/internal/pace"
)

// cancelTime is how long a statement is tried to be cancelled after ctx has ended.
const cancelTime = 10 * time.Second

// interrupted tells what became of a statement that could not be waited for. If ctx has
// ended, it is cancelled; otherwise it is left running.
func (c *Conn) interrupted(ctx context.Context, s submitted, err error) error {
	e := &InterruptedError{ID: s.id, SQL: shortened(s.statements[0].SQL), Count: len(s.statements), State: StateUnknown, Err: refusedRequest(c.opts.Warehouse, err)}
	if ctx.Err() == nil {
		return e
	}
	own, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer stop()
	var failed error
	if e.State, failed = c.cancel(own, s); failed != nil {
		// It may be that of the time for cancelling, which is not the caller's.
		e.Err = fmt.Errorf("%w; it could not be cancelled: %v", e.Err, failed)
	}
	return e
}

// cancel cancels a statement until it has ended. One that waits for its turn may be refused
// to be cancelled ("To be canceled, a query must be running", API reference), and one that
// was cancelled may take a moment to end.
func (c *Conn) cancel(ctx context.Context, s submitted) (State, error) {
	cancelled := false
	for pause := firstPause; ; pause *= 2 {
		var failed error
		if !cancelled {
			var out *datasdk.CancelStatementOutput
			out, failed = c.data.CancelStatement(ctx, &datasdk.CancelStatementInput{Id: &s.id}, paced(c.rates.cancel))
			cancelled = failed == nil && aws.ToBool(out.Status)
		}
		if out, err := c.describe(ctx, s.id, true); err != nil {
			failed = errors.Join(failed, err)
		} else if hasEnded(out.Status) {
			c.report(s, string(out.Status))
			return stateOf(out.Status), nil
		}
		if pace.Sleep(ctx, pause) != nil {
			return StateUnknown, failed
		}
	}
}

func stateOf(s datatypes.StatusString) State {
	if s == datatypes.StatusStringFinished {
		return StateFinished
	}
	return StateStopped
}
