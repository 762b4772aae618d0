package redshift

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

func (w *dataWorld) longPoll(ctx context.Context, id string, seconds int32) (*datasdk.DescribeStatementOutput, error) {
	return w.client.DescribeStatement(ctx, &datasdk.DescribeStatementInput{Id: &id, WaitTimeSeconds: &seconds})
}

func TestDataWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.cloud.Latency = time.Nanosecond
		w.Slow = func(string) time.Duration { return 45 * time.Second }
		begin := time.Now()
		out, err := w.execute("rows 1", waiting(30))
		if err != nil {
			t.Fatal(err)
		}
		same(t, []any{out.Status, out.HasResultSet == nil, time.Since(begin).Truncate(time.Second)}, []any{datatypes.StatementStatusStringStarted, true, 30 * time.Second})
		_, err = w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: out.Id, WaitTimeSeconds: aws.Int32(5)})
		refused(t, err, "ResourceNotFoundException", "Query does not have result. Please check query status with DescribeStatement.")
		d, err := w.longPoll(t.Context(), *out.Id, 30)
		if err != nil {
			t.Fatal(err)
		}
		same(t, []any{d.Status, time.Since(begin).Truncate(time.Second)}, []any{datatypes.StatusStringFinished, 45 * time.Second})
		if d, err = w.longPoll(t.Context(), *out.Id, 30); err != nil || time.Since(begin) >= 46*time.Second {
			t.Errorf("an ended statement was waited for: %v, %v", d, err)
		}
		_, err = w.longPoll(t.Context(), *out.Id, 0)
		refused(t, err, "ValidationException", "WaitTimeSeconds must be 1 to 30")
		_, err = w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: out.Id, WaitTimeSeconds: aws.Int32(31)})
		refused(t, err, "ValidationException", "WaitTimeSeconds must be 1 to 30")
	})
}

// TestDataWaitForPart shows a wait for a statement of a batch that others follow.
func TestDataWaitForPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Slow = func(string) time.Duration { return 10 * time.Second }
		id := w.batch(datatypes.ExecutionModeAutoCommit, "rows 1", "rows 2", "rows 3")
		begin := time.Now()
		d, err := w.longPoll(t.Context(), id+":2", 30)
		if err != nil {
			t.Fatal(err)
		}
		same(t, []any{d.Status, d.SubStatements[0].Status, time.Since(begin).Round(time.Second)},
			[]any{datatypes.StatusStringStarted, datatypes.StatementStatusStringFinished, 20 * time.Second})
	})
}

func TestDataWaitWakesOnCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Block = func(string) bool { return true }
		id := w.mustExecute("do it")
		time.AfterFunc(3*time.Second, func() { w.cancel(id) })
		begin := time.Now()
		d, err := w.longPoll(t.Context(), id, 30)
		if err != nil || d.Status != datatypes.StatusStringAborted || time.Since(begin).Round(time.Second) != 3*time.Second {
			t.Errorf("got %v, %v after %v", d.Status, err, time.Since(begin))
		}
	})
}

// TestDataWaitOfACallerThatLeft shows that a caller that gave up holds nobody up.
func TestDataWaitOfACallerThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Block = func(string) bool { return true }
		id := w.mustExecute("do it")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := w.longPoll(ctx, id, 30); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := w.longPoll(t.Context(), id, 1); err != nil {
			t.Error(err)
		}
	})
}

func TestDataWaitTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Pace.Started.For = 20 * time.Second
		id := w.mustExecute("rows 1")
		go w.longPoll(t.Context(), id, 30)
		synctest.Wait()
		time.Sleep(time.Second)
		_, err := w.longPoll(t.Context(), id, 30)
		refused(t, err, "ActiveWaitingRequestsExceededException", "")
		_, err = w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: &id, WaitTimeSeconds: aws.Int32(1)})
		refused(t, err, "ActiveWaitingRequestsExceededException", "")
		same(t, w.status(id), "STARTED") // a call that does not wait is answered
		time.Sleep(20 * time.Second)
		if d, err := w.longPoll(t.Context(), id, 30); err != nil || d.Status != "FINISHED" {
			t.Errorf("got %v, %v", d, err)
		}
	})
}

func TestDataRefuseWaits(t *testing.T) {
	w := newDataWorld(t)
	w.RefuseWaits = true
	w.Pace.Started.Polls = 1
	id := w.mustExecute("rows 1")
	_, err := w.longPoll(t.Context(), id, 30)
	refused(t, err, "ActiveWaitingRequestsExceededException", "")
	w.status(id)
	if d, err := w.longPoll(t.Context(), id, 30); err != nil || d.Status != "FINISHED" {
		t.Errorf("got %v, %v", d, err)
	}
}
