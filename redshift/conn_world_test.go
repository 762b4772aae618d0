package redshift_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// dataWorld is a Data API whose answers a test says: unlike the stand-in it knows no SQL,
// and so answers any, with columns of any type.
type dataWorld struct {
	reply    func(sql string) reply
	pageSize int  // rows; 0 for 1,000
	plain    bool // WaitTimeSeconds is taken, but nobody waits
	pending  time.Duration
	noSubs   bool // batches are described without their statements

	mu       sync.Mutex
	runs     []*dataRun
	tokens   map[string]*dataRun
	ran      []string // statements that took effect, in order
	sessions map[string]*dataSession
	executes []*datasdk.ExecuteStatementInput
	batches  []*datasdk.BatchExecuteStatementInput
}

// reply is what a statement is answered with.
type reply struct {
	columns  []datatypes.ColumnMetadata
	rows     [][]datatypes.Field
	affected int64
	err      string // of the database; "-" for one without a text
	takes    time.Duration
}

type dataRun struct {
	id, session string
	sqls        []string
	replies     []reply
	mode        datatypes.ExecutionMode // empty for a single statement
	created     time.Time
	aborted     time.Time
	counted     bool
}

type dataSession struct {
	keep  int32
	until time.Time // idle
	begun time.Time
}

func newDataWorld(cloud *awstest.Cloud, answer func(sql string) reply) *dataWorld {
	w := &dataWorld{reply: answer, tokens: map[string]*dataRun{}, sessions: map[string]*dataSession{}, pending: 10 * time.Millisecond}
	if answer == nil {
		w.reply = func(string) reply { return reply{} }
	}
	awstest.Handle(cloud, w.execute)
	awstest.Handle(cloud, w.batch)
	awstest.Handle(cloud, w.describe)
	awstest.Handle(cloud, w.cancel)
	awstest.Handle(cloud, w.result)
	return w
}

func invalid(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &datatypes.ValidationException{Message: aws.String(fmt.Sprintf(format, args...))})
}

func (w *dataWorld) execute(_ context.Context, in *datasdk.ExecuteStatementInput) (*datasdk.ExecuteStatementOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.executes = append(w.executes, in)
	r, err := w.submit([]string{*in.Sql}, "", in.ClientToken, in.SessionId, in.SessionKeepAliveSeconds)
	if err != nil {
		return nil, err
	}
	return &datasdk.ExecuteStatementOutput{Id: &r.id, SessionId: optional(r.session), CreatedAt: &r.created}, nil
}

func (w *dataWorld) batch(_ context.Context, in *datasdk.BatchExecuteStatementInput) (*datasdk.BatchExecuteStatementOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches = append(w.batches, in)
	r, err := w.submit(in.Sqls, in.ExecutionMode, in.ClientToken, in.SessionId, in.SessionKeepAliveSeconds)
	if err != nil {
		return nil, err
	}
	return &datasdk.BatchExecuteStatementOutput{Id: &r.id, SessionId: optional(r.session), CreatedAt: &r.created}, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (w *dataWorld) submit(sqls []string, mode datatypes.ExecutionMode, token, session *string, keep *int32) (*dataRun, error) {
	w.settle()
	if earlier := w.tokens[*token]; earlier != nil && time.Since(earlier.created) < 8*time.Hour {
		if !slices.Equal(earlier.sqls, sqls) {
			return nil, invalid("the token was used for something else")
		}
		return earlier, nil
	}
	r := &dataRun{id: fmt.Sprintf("00000000-0000-0000-0000-%012d", len(w.runs)+1), sqls: sqls, mode: mode, created: time.Now(), session: aws.ToString(session)}
	switch s := w.sessions[r.session]; {
	case r.session == "" && aws.ToInt32(keep) > 0:
		r.session = fmt.Sprint("session-", len(w.sessions)+1)
		w.sessions[r.session] = &dataSession{keep: *keep, begun: time.Now()}
	case r.session == "":
	case s == nil:
		return nil, invalid("Session with Id: %s is invalid", r.session)
	case time.Now().After(s.until) || time.Since(s.begun) >= 24*time.Hour:
		return nil, invalid("Session is not available")
	case keep != nil:
		s.keep = *keep
	}
	for _, sql := range sqls {
		r.replies = append(r.replies, w.reply(sql))
	}
	if s := w.sessions[r.session]; s != nil {
		s.until = r.end(w).Add(time.Duration(s.keep) * time.Second)
	}
	w.runs = append(w.runs, r)
	w.tokens[*token] = r
	return r, nil
}

// end returns when a run ends if nobody cancels it.
func (r *dataRun) end(w *dataWorld) time.Time {
	at := r.created.Add(w.pending)
	for _, reply := range r.replies {
		at = at.Add(reply.takes)
	}
	return at
}

func (r *dataRun) failed() int {
	return slices.IndexFunc(r.replies, func(reply reply) bool { return reply.err != "" })
}

func (w *dataWorld) status(r *dataRun) datatypes.StatusString {
	switch now := time.Now(); {
	case !r.aborted.IsZero():
		return datatypes.StatusStringAborted
	case now.Before(r.created.Add(w.pending)):
		return datatypes.StatusStringSubmitted
	case now.Before(r.end(w)):
		return datatypes.StatusStringStarted
	case r.failed() >= 0:
		return datatypes.StatusStringFailed
	}
	return datatypes.StatusStringFinished
}

// settle counts what has taken effect.
func (w *dataWorld) settle() {
	for _, r := range w.runs {
		if status := w.status(r); r.counted || status != datatypes.StatusStringFinished && status != datatypes.StatusStringFailed {
			continue
		}
		r.counted = true
		for i, sql := range r.sqls {
			if r.failed() < 0 || r.mode == datatypes.ExecutionModeAutoCommit && r.replies[i].err == "" {
				w.ran = append(w.ran, sql)
			}
		}
	}
}

// effects returns the statements that took effect.
func (w *dataWorld) effects() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settle()
	return slices.Clone(w.ran)
}

func (w *dataWorld) find(id *string) (*dataRun, int, error) {
	base, n, _ := strings.Cut(*id, ":")
	for _, r := range w.runs {
		if r.id == base && time.Since(r.created) < 48*time.Hour {
			i := 0
			fmt.Sscan(n, &i)
			return r, max(i-1, 0), nil
		}
	}
	return nil, 0, awstest.Status(http.StatusBadRequest, &datatypes.ResourceNotFoundException{Message: aws.String("Query does not exist.")})
}

func (w *dataWorld) describe(ctx context.Context, in *datasdk.DescribeStatementInput) (*datasdk.DescribeStatementOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, _, err := w.find(in.Id)
	if err != nil {
		return nil, err
	}
	if in.WaitTimeSeconds != nil && !w.plain {
		wait := min(time.Duration(*in.WaitTimeSeconds)*time.Second, max(0, time.Until(r.end(w))))
		w.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		w.mu.Lock()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	w.settle()
	return w.described(r), nil
}

func (w *dataWorld) described(r *dataRun) *datasdk.DescribeStatementOutput {
	updated := r.end(w)
	out := &datasdk.DescribeStatementOutput{Id: &r.id, Status: w.status(r), CreatedAt: &r.created, UpdatedAt: &updated, RedshiftQueryId: 4711, ResultRows: -1, ExecutionMode: r.mode}
	if i := r.failed(); i >= 0 && out.Status == datatypes.StatusStringFailed && r.replies[i].err != "-" {
		out.Error = &r.replies[i].err
	}
	if r.mode == "" {
		out.ResultRows, out.Duration = r.replies[0].count(), int64(r.replies[0].takes)
		out.HasResultSet = aws.Bool(out.Status == datatypes.StatusStringFinished && r.replies[0].columns != nil)
		return out
	}
	for i, reply := range r.replies {
		if w.noSubs {
			break
		}
		sub := datatypes.SubStatementData{Id: aws.String(fmt.Sprintf("%s:%d", r.id, i+1)), Status: w.subStatus(r, i, out.Status), RedshiftQueryId: int64(100 + i), ResultRows: -1}
		switch sub.Status {
		case datatypes.StatementStatusStringFinished:
			sub.ResultRows, sub.HasResultSet = reply.count(), aws.Bool(reply.columns != nil)
		case datatypes.StatementStatusStringFailed:
			sub.Error = aws.String(strings.TrimPrefix(reply.err, "-"))
		}
		out.SubStatements = append(out.SubStatements, sub)
	}
	return out
}

func (w *dataWorld) subStatus(r *dataRun, i int, whole datatypes.StatusString) datatypes.StatementStatusString {
	failed := r.failed()
	switch {
	case whole == datatypes.StatusStringSubmitted || whole == datatypes.StatusStringStarted:
		return datatypes.StatementStatusStringStarted
	case whole == datatypes.StatusStringAborted:
		return datatypes.StatementStatusStringAborted
	case r.replies[i].err != "" && (i == failed || r.mode == datatypes.ExecutionModeAutoCommit):
		return datatypes.StatementStatusStringFailed
	case failed >= 0 && i > failed && r.mode == datatypes.ExecutionModeTransaction:
		return datatypes.StatementStatusStringAborted
	}
	return datatypes.StatementStatusStringFinished
}

func (r reply) count() int64 {
	if r.columns != nil {
		return int64(len(r.rows))
	}
	return r.affected
}

func (w *dataWorld) cancel(_ context.Context, in *datasdk.CancelStatementInput) (*datasdk.CancelStatementOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, _, err := w.find(in.Id)
	if err != nil {
		return nil, err
	}
	if status := w.status(r); status != datatypes.StatusStringStarted {
		return nil, invalid("Could not cancel a query that is already in %s state with ID: %s", status, r.id)
	}
	r.aborted = time.Now()
	return &datasdk.CancelStatementOutput{Status: aws.Bool(true)}, nil
}

func (w *dataWorld) result(_ context.Context, in *datasdk.GetStatementResultInput) (*datasdk.GetStatementResultOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, n, err := w.find(in.Id)
	if err != nil {
		return nil, err
	}
	reply, from, size := r.replies[n], 0, max(w.pageSize, 1)
	if w.pageSize == 0 {
		size = 1000
	}
	if in.NextToken != nil {
		fmt.Sscanf(*in.NextToken, "from-%d", &from)
	}
	to := min(from+size, len(reply.rows))
	out := &datasdk.GetStatementResultOutput{Records: reply.rows[from:to], ColumnMetadata: reply.columns, TotalNumRows: int64(len(reply.rows))}
	if to < len(reply.rows) {
		out.NextToken = aws.String(fmt.Sprintf("from-%d", to))
	}
	return out, nil
}

var workgroup = share.Warehouse{Workgroup: "etl"}

// newConn returns a connection to a workgroup in cloud.
func newConn(t testing.TB, cloud *awstest.Cloud, opts ...func(*redshift.ConnOptions)) *redshift.Conn {
	t.Helper()
	o := redshift.ConnOptions{Warehouse: workgroup}
	for _, opt := range opts {
		opt(&o)
	}
	c, err := redshift.NewConn(redshift.NewClients(cloud.Config("eu-central-1", "123456789012")), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func text(s string) datatypes.Field              { return &datatypes.FieldMemberStringValue{Value: s} }
func number(n int64) datatypes.Field             { return &datatypes.FieldMemberLongValue{Value: n} }
func truth(b bool) datatypes.Field               { return &datatypes.FieldMemberBooleanValue{Value: b} }
func real(f float64) datatypes.Field             { return &datatypes.FieldMemberDoubleValue{Value: f} }
func blob(b string) datatypes.Field              { return &datatypes.FieldMemberBlobValue{Value: []byte(b)} }
func nothing() datatypes.Field                   { return &datatypes.FieldMemberIsNull{Value: true} }
func row(f ...datatypes.Field) []datatypes.Field { return f }

// columns are written as "name type".
func columns(list ...string) (columns []datatypes.ColumnMetadata) {
	for _, c := range list {
		name, kind, _ := strings.Cut(c, " ")
		columns = append(columns, datatypes.ColumnMetadata{Name: &name, Label: &name, TypeName: &kind, Nullable: 1})
	}
	return columns
}

// count makes a result of n rows with the columns n and name.
func count(n int) reply {
	r := reply{columns: columns("n int8", "name bpchar")}
	for i := range n {
		r.rows = append(r.rows, row(number(int64(i)), text(fmt.Sprintf("row %d   ", i))))
	}
	return r
}

// describeBatch has batches described as a test says.
func describeBatch(cloud *awstest.Cloud, mode datatypes.ExecutionMode, whole datatypes.StatusString, text string, subs []datatypes.StatementStatusString) {
	awstest.Handle(cloud, func(_ context.Context, in *datasdk.DescribeStatementInput) (*datasdk.DescribeStatementOutput, error) {
		out := &datasdk.DescribeStatementOutput{Id: in.Id, Status: whole, Error: optional(text), ResultRows: -1, RedshiftQueryId: -1, ExecutionMode: mode}
		for i, status := range subs {
			out.SubStatements = append(out.SubStatements, datatypes.SubStatementData{Id: aws.String(fmt.Sprintf("%s:%d", *in.Id, i+1)), Status: status, ResultRows: -1, RedshiftQueryId: -1})
		}
		return out, nil
	})
}

// ending returns a context that ends after a while.
func ending(t *testing.T, after time.Duration) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), after, errShutdown)
	t.Cleanup(cancel)
	return ctx
}
