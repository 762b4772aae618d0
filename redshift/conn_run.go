package redshift

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// Run runs one statement, and waits for its end. It is committed.
//
// A statement is refused with an [*InputError] before it is sent, fails with a
// [*StatementError], or ends unseen with an [*InterruptedError]: when ctx ends, the
// statement is cancelled, for which Run takes up to 15 seconds more. The service cancels
// three in a second: of more than some 25 that run when a context ends, it may leave some
// running, and each error tells so (StateUnknown).
//
// Without an end of the context it waits for up to 24 hours, after which the service ends a
// statement, and for a service that throttles as long as it does. What a statement costs is
// told by [share.WakeCost].
//
// IAM actions: [ConnPermissions].
func (c *Conn) Run(ctx context.Context, s Statement) (*Result, error) {
	r, err := c.runOne(ctx, s, job{})
	if err != nil {
		return nil, fmt.Errorf("redshift: run: %w", err)
	}
	return r, nil
}

func (c *Conn) runOne(ctx context.Context, s Statement, of job) (*Result, error) {
	if err := s.check(); err != nil {
		return nil, &InputError{SQL: shortened(s.SQL), Err: err}
	}
	of.statements, of.indexes, of.token = []Statement{s}, []int{0}, s.Token
	outcomes, err := c.do(ctx, of)
	if err != nil {
		return nil, err
	}
	return outcomes[0].Result, outcomes[0].Err
}

// maxEarlier is how many failures of earlier calls with one token are passed over.
const maxEarlier = 100

// do runs a job, and returns an outcome for each of its statements. An error is that of
// all which have no other outcome.
func (c *Conn) do(ctx context.Context, j job) ([]Outcome, error) {
	outcomes := make([]Outcome, len(j.statements))
	left := make([]int, len(outcomes)) // of outcomes that j is about
	for i := range left {
		left[i] = i
	}
	for range maxEarlier {
		now, earlier, err := c.once(ctx, j)
		if err != nil {
			for _, i := range left {
				outcomes[i] = Outcome{Err: err}
			}
			return outcomes, err
		}
		var failed []int
		for i, o := range now {
			if outcomes[left[i]] = o; o.Err != nil && !o.unread() {
				failed = append(failed, i)
			}
		}
		if !earlier || len(failed) == 0 {
			return outcomes, nil
		}
		j, left = j.again(failed, now), pickOf(left, failed)
	}
	return outcomes, nil
}

// again returns the job of those statements that an earlier call did not do. Their tokens
// follow from the old ones and from what failed, so that it, too, is run once.
func (j job) again(failed []int, outcomes []Outcome) job {
	j.statements, j.indexes = pickOf(j.statements, failed), pickOf(j.indexes, failed)
	for i := range j.statements {
		j.statements[i].Token = tokenOf(j.statements[i].Token, "again after", outcomes[failed[i]].id)
	}
	j.token = jobToken(j.mode, j.statements)
	return j
}

func pickOf[T any](from []T, which []int) []T {
	picked := make([]T, len(which))
	for i, n := range which {
		picked[i] = from[n]
	}
	return picked
}

// once submits a job and waits for its end. It reports whether it was not run now, but had
// been by an earlier call with the same token.
func (c *Conn) once(ctx context.Context, j job) ([]Outcome, bool, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, false, err
	}
	s, err := c.submit(ctx, j)
	if err != nil {
		return nil, false, err
	}
	if j.opened != nil {
		j.opened(s)
	}
	out, err := c.await(ctx, s)
	if err != nil {
		return nil, false, c.interrupted(ctx, s, err)
	}
	outcomes := s.outcomes(out)
	if !j.unread {
		c.openResults(ctx, s, outcomes)
	}
	return outcomes, s.before(out), nil
}

// openResults reads the first page of each result. What cannot be read is told of its own
// statement; no other is asked for then, unless it was the result alone that is gone.
func (c *Conn) openResults(ctx context.Context, s submitted, outcomes []Outcome) {
	var failed error
	for i, o := range outcomes {
		if o.Result == nil || !o.Result.hasRows {
			continue
		}
		o.Result.conn = c
		err := failed
		if err == nil {
			err = o.Result.open(ctx)
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrGone) {
			failed = err
		}
		outcomes[i] = Outcome{id: o.id, Err: &InterruptedError{ID: o.id, SQL: shortened(s.statements[i].SQL), Count: 1, State: StateFinished,
			Err: fmt.Errorf("its result cannot be read: %w", err)}}
	}
}

// clockSlack is by how much the clocks of the service may differ. An earlier call is told
// apart if it was longer ago.
const clockSlack = 2 * time.Second

// earlier reports whether a statement was there before this call. The service does not say
// so. What it says is when the statement was submitted, and in the header Date of its
// answers what time it is.
func (s submitted) earlier(created *time.Time) bool {
	return s.token != "" && created != nil && created.Before(s.start.Add(-clockSlack))
}

// before reports whether a job had ended before this call: what fails while somebody waits
// for it is theirs.
func (s submitted) before(out *datasdk.DescribeStatementOutput) bool {
	return s.earlier(out.CreatedAt) && (out.UpdatedAt == nil || out.UpdatedAt.Before(s.start))
}

// outcomes tells what became of the statements of a job that has ended.
func (s submitted) outcomes(out *datasdk.DescribeStatementOutput) []Outcome {
	whole := fate{
		id: s.id, status: out.Status, message: aws.ToString(out.Error), query: out.RedshiftQueryId,
		affected: out.ResultRows, duration: out.Duration, rows: aws.ToBool(out.HasResultSet), created: out.CreatedAt,
	}
	if s.mode == Auto {
		return []Outcome{s.outcome(0, whole)}
	}
	if out.ExecutionMode != datatypes.ExecutionModeAutoCommit {
		s.mode = Transaction // as in a Region that does not know of modes
	}
	outcomes := make([]Outcome, len(s.statements))
	for i := range outcomes {
		outcomes[i] = s.outcome(i, whole.of(i, out.SubStatements))
	}
	if out.Status != datatypes.StatusStringFinished {
		s.unfinished(outcomes, whole)
	}
	return outcomes
}

// unfinished completes the outcomes of a batch that failed or was cancelled. Its reason may
// be that of none of its statements: there was no connection, or no commit.
func (s submitted) unfinished(outcomes []Outcome, whole fate) {
	why := error(ErrRolledBack)
	failed := slices.IndexFunc(outcomes, hasFailed)
	if failed < 0 {
		if failed = blamed(whole.message, outcomes); failed >= 0 {
			whole.id = outcomes[failed].id
			outcomes[failed] = Outcome{Err: s.failure(failed, whole), id: whole.id}
		} else {
			e := s.failure(0, whole)
			e.Index = -1
			why = fmt.Errorf("%w: %w", ErrRolledBack, e)
		}
	}
	if i := blamed(whole.message, outcomes); i >= 0 && (s.mode == Transaction || queryFailed.MatchString(whole.message)) {
		outcomes[i].reasoned(whole.message)
	}
	for i, o := range outcomes {
		if s.mode == Transaction && i != failed && (o.Result != nil || i < failed) {
			outcomes[i] = Outcome{Err: why, id: o.id}
		}
	}
}

// reasoned gives a statement that failed without a reason that of its batch.
func (o Outcome) reasoned(message string) {
	if e, ok := errors.AsType[*StatementError](o.Err); ok && e.Message == "" {
		e.Message = message
		e.explain()
	}
}

var queryFailed = regexp.MustCompile(`^Query #(\d+) failed with `)

// blamed returns which statement of a batch the message of the batch is about: that which
// it names, else the first that has failed, else the first that was not run, -1 for none.
func blamed(message string, outcomes []Outcome) int {
	if found := queryFailed.FindStringSubmatch(message); found != nil {
		if n, err := strconv.Atoi(found[1]); err == nil && n >= 1 && n <= len(outcomes) {
			return n - 1
		}
	}
	if failed := slices.IndexFunc(outcomes, hasFailed); failed >= 0 {
		return failed
	}
	return slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Err != nil })
}

func hasFailed(o Outcome) bool { return o.Err != nil && !errors.Is(o.Err, ErrNotRun) }

// A fate is what the service says of a statement, alone or in a batch.
type fate struct {
	id, message     string
	status          datatypes.StatusString
	query, affected int64
	duration        int64 // in nanoseconds
	rows            bool
	created         *time.Time
}

// of returns the fate of one statement of a batch.
func (f fate) of(i int, subs []datatypes.SubStatementData) fate {
	one := fate{id: fmt.Sprintf("%s:%d", f.id, i+1), created: f.created}
	if i >= len(subs) {
		if f.status == datatypes.StatusStringFinished {
			one.status = f.status
		}
		return one
	}
	sub := subs[i]
	one.id = cmp.Or(aws.ToString(sub.Id), one.id)
	one.status, one.message, one.query = datatypes.StatusString(sub.Status), aws.ToString(sub.Error), sub.RedshiftQueryId
	one.affected, one.duration, one.rows = sub.ResultRows, sub.Duration, aws.ToBool(sub.HasResultSet)
	return one
}

func (s submitted) outcome(i int, f fate) Outcome {
	switch {
	case f.status == datatypes.StatusStringFinished:
		return Outcome{id: f.id, Result: &Result{
			ID: f.id, QueryID: max(f.query, 0), Affected: max(f.affected, 0), Duration: time.Duration(max(f.duration, 0)),
			CreatedAt: aws.ToTime(f.created).UTC(), Deduplicated: s.earlier(f.created), hasRows: f.rows,
		}}
	case f.status == datatypes.StatusStringFailed, s.mode == Auto:
		return Outcome{id: f.id, Err: s.failure(i, f)}
	}
	return Outcome{id: f.id, Err: ErrNotRun}
}

func (s submitted) failure(i int, f fate) *StatementError {
	e := &StatementError{Index: s.indexes[i], SQL: shortened(s.statements[i].SQL), ID: f.id, QueryID: max(f.query, 0), Message: f.message}
	if f.status == datatypes.StatusStringAborted {
		e.reason = ErrCancelled
	}
	return e.explain()
}
