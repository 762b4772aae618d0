package redshift

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

var dataID = regexp.MustCompile(`^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?$`)

// open finds a run of the caller, by its ID or by that of one of its statements, which
// then is given, too. It is kept for 24 hours after its end.
func (d *Data) open(ctx context.Context, id string) (*dataRun, *dataPart, error) {
	if !dataID.MatchString(id) {
		return nil, nil, dataInvalid("id must satisfy regex pattern: %s", dataID)
	}
	caller := awstest.CallerOf(ctx)
	of, number, isPart := strings.Cut(id, ":")
	r := d.runs[of]
	if r == nil || r.caller != caller || r.identity != d.identity(caller) || r.over() && time.Since(r.since) >= dataDay {
		return nil, nil, dataNotFound(id, "Query does not exist.")
	}
	if !isPart {
		return r, nil, nil
	}
	for i, p := range r.parts {
		if r.batch && number == fmt.Sprint(i+1) {
			return r, p, nil
		}
	}
	return nil, nil, dataNotFound(id, "Query does not exist.")
}

// describeStatement describes a statement or batch. Asked about a statement of a batch,
// it describes the batch with that statement alone ("Describe metadata about a SQL
// statement").
func (d *Data) describeStatement(ctx context.Context, in *datasdk.DescribeStatementInput) (*datasdk.DescribeStatementOutput, error) {
	r, part, err := d.open(ctx, *in.Id)
	if err != nil {
		return nil, err
	}
	waits := &r.dataWaits
	if part != nil {
		waits = &part.dataWaits
	}
	if err := d.poll(ctx, in.WaitTimeSeconds, waits); err != nil {
		return nil, err
	}
	out := r.describe()
	for i, p := range r.parts {
		if r.batch && (part == nil || part == p) {
			out.SubStatements = append(out.SubStatements, p.describe(fmt.Sprintf("%s:%d", r.id, i+1), r.created))
		}
	}
	if r.polled++; !r.over() && r.polled == d.stay(r).Polls {
		r.freed = time.Now()
		d.advance()
	}
	return out, nil
}

func (r *dataRun) describe() *datasdk.DescribeStatementOutput {
	out := &datasdk.DescribeStatementOutput{
		Id: aws.String(r.id), Status: r.status, Error: dataSet(r.err), CreatedAt: aws.Time(r.created), UpdatedAt: aws.Time(r.since),
		Database: aws.String(r.database), DbUser: r.dbUser(), SecretArn: dataSet(r.secret),
		ClusterIdentifier: r.cluster(), WorkgroupName: dataSet(r.workgroup), SessionId: r.sessionID(),
		HasResultSet: aws.Bool(aws.ToBool(r.hasResult())), QueryParameters: r.list, ResultFormat: datatypes.ResultFormatStringJson,
		RedshiftPid: aws.ToInt64(r.process()), ResultRows: -1, ResultSize: -1,
	}
	if r.csv {
		out.ResultFormat = datatypes.ResultFormatStringCsv
	}
	if r.batch {
		out.ExecutionMode = datatypes.ExecutionModeAutoCommit
		if r.transaction {
			out.ExecutionMode = datatypes.ExecutionModeTransaction
		}
	} else {
		out.QueryString, out.RedshiftQueryId = aws.String(r.parts[0].sql), r.parts[0].query
	}
	if r.over() && !r.started.IsZero() {
		out.Duration = int64(max(r.since.Sub(r.started), time.Millisecond))
	}
	if r.status == datatypes.StatusStringFinished {
		out.ResultRows, out.ResultSize = 0, 0
		for _, p := range r.parts {
			out.ResultRows += p.rows()
			out.ResultSize += int64(dataSize(p.outcome.Result))
		}
	}
	return out
}

func (p *dataPart) describe(id string, created time.Time) datatypes.SubStatementData {
	data := datatypes.SubStatementData{
		Id: &id, Status: p.status, CreatedAt: aws.Time(created), UpdatedAt: aws.Time(p.updated), QueryString: aws.String(p.sql),
		Duration: int64(p.took), HasResultSet: aws.Bool(p.hasResult()), RedshiftQueryId: -1, ResultRows: -1, ResultSize: -1,
	}
	switch p.status {
	case datatypes.StatementStatusStringFailed:
		data.Error = aws.String(p.problem())
	case datatypes.StatementStatusStringFinished:
		data.ResultRows, data.ResultSize = p.rows(), int64(dataSize(p.outcome.Result))
	}
	return data
}

// rows returns how many rows were returned or affected.
func (p *dataPart) rows() int64 {
	if p.hasResult() {
		return int64(len(p.outcome.Result.Rows))
	}
	return p.outcome.Result.Rowed
}

// cancelStatement cancels what runs.
func (d *Data) cancelStatement(ctx context.Context, in *datasdk.CancelStatementInput) (*datasdk.CancelStatementOutput, error) {
	r, part, err := d.open(ctx, *in.Id)
	switch {
	case err != nil:
		return nil, err
	case part != nil:
		return nil, dataInvalid("A statement of a batch can't be canceled: cancel %s", r.id)
	case r.status != datatypes.StatusStringStarted && (r.over() || !d.CancelEarly):
		return nil, dataInvalid("Could not cancel a query that is already in %s state with ID: %s", r.status, r.id)
	}
	d.abort(r, time.Now())
	d.schedule()
	return &datasdk.CancelStatementOutput{Status: aws.Bool(true)}, nil
}
