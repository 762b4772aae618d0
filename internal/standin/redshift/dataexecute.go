package redshift

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A dataRequest is what ExecuteStatement and BatchExecuteStatement have in common.
type dataRequest struct {
	dataAddress
	sqls       []string
	batch      bool
	mode       datatypes.ExecutionMode
	format     datatypes.ResultFormatString
	parameters []datatypes.SqlParameter
	token      *string
	keepAlive  *int32
	name       *string
	wait       *int32
}

// A dataToken is a client token of a caller.
type dataToken struct {
	awstest.Caller
	token string
}

// A dataSubmission is what a token was used for.
type dataSubmission struct {
	run     *dataRun
	request string
}

// dataTokenLife is how long a token is remembered.
const dataTokenLife = 8 * time.Hour

func (d *Data) executeStatement(ctx context.Context, in *datasdk.ExecuteStatementInput) (*datasdk.ExecuteStatementOutput, error) {
	r, err := d.execute(ctx, dataRequest{
		dataAddress: dataAddress{in.ClusterIdentifier, in.WorkgroupName, in.Database, in.DbUser, in.SecretArn, in.SessionId},
		sqls:        []string{*in.Sql}, format: in.ResultFormat, parameters: in.Parameters, token: in.ClientToken,
		keepAlive: in.SessionKeepAliveSeconds, name: in.StatementName, wait: in.WaitTimeSeconds,
	})
	if err != nil {
		return nil, err
	}
	return &datasdk.ExecuteStatementOutput{
		Id: aws.String(r.id), CreatedAt: aws.Time(r.created), Database: aws.String(r.database), DbUser: r.dbUser(),
		SecretArn: dataSet(r.secret), SessionId: r.sessionID(), ClusterIdentifier: r.cluster(), WorkgroupName: dataSet(r.workgroup),
		HasResultSet: r.hasResult(), RedshiftPid: r.process(), Status: datatypes.StatementStatusString(r.status),
	}, nil
}

func (d *Data) batchExecuteStatement(ctx context.Context, in *datasdk.BatchExecuteStatementInput) (*datasdk.BatchExecuteStatementOutput, error) {
	r, err := d.execute(ctx, dataRequest{
		dataAddress: dataAddress{in.ClusterIdentifier, in.WorkgroupName, in.Database, in.DbUser, in.SecretArn, in.SessionId},
		sqls:        in.Sqls, batch: true, mode: in.ExecutionMode, format: in.ResultFormat, parameters: in.Parameters,
		token: in.ClientToken, keepAlive: in.SessionKeepAliveSeconds, name: in.StatementName, wait: in.WaitTimeSeconds,
	})
	if err != nil {
		return nil, err
	}
	return &datasdk.BatchExecuteStatementOutput{
		Id: aws.String(r.id), CreatedAt: aws.Time(r.created), Database: aws.String(r.database), DbUser: r.dbUser(),
		SecretArn: dataSet(r.secret), SessionId: r.sessionID(), ClusterIdentifier: r.cluster(), WorkgroupName: dataSet(r.workgroup),
		HasResultSet: r.hasResult(), RedshiftPid: r.process(), Status: datatypes.StatementStatusString(r.status),
	}, nil
}

// execute submits statements, or finds what was submitted with the same token, whatever
// became of what it did.
func (d *Data) execute(ctx context.Context, q dataRequest) (*dataRun, error) {
	caller := awstest.CallerOf(ctx)
	values, err := d.check(q)
	if err != nil {
		return nil, err
	}
	token := dataToken{caller, aws.ToString(q.token)}
	earlier, used := d.tokens[token]
	if used && time.Since(earlier.run.created) < dataTokenLife {
		if earlier.request != q.String() {
			return nil, dataInvalid("The client token was already used with different parameters.")
		}
		return earlier.run, d.wait(ctx, q.wait, &earlier.run.dataWaits)
	}
	r, err := d.prepare(caller, q)
	if err != nil {
		return nil, err
	}
	r.parameters = values
	if q.token != nil {
		d.tokens[token] = dataSubmission{r, q.String()}
	}
	d.submit(r)
	return r, d.wait(ctx, q.wait, &r.dataWaits)
}

// String is what a token stands for: all of the request but how long it waits.
func (q dataRequest) String() string {
	text, err := json.Marshal([]any{q.cluster, q.workgroup, q.database, q.user, q.secret, q.session, q.sqls, q.batch, q.mode, q.format, q.parameters, q.keepAlive, q.name})
	if err != nil {
		panic(err) // strings and numbers marshal
	}
	return string(text)
}

// check refuses what the service refuses before it looks for the warehouse.
func (d *Data) check(q dataRequest) (map[string]string, error) {
	most := cmp.Or(d.MaxText, 200<<10)
	switch {
	case len(q.sqls) < 1 || len(q.sqls) > cmp.Or(d.MaxBatch, 40):
		return nil, dataInvalid("Sqls must have 1 to %d items", cmp.Or(d.MaxBatch, 40))
	case q.token != nil && (len(*q.token) < 1 || len(*q.token) > 64):
		return nil, dataInvalid("ClientToken must have 1 to 64 characters")
	case len(aws.ToString(q.name)) > 2048:
		return nil, dataInvalid("StatementName must have at most 2048 characters")
	case q.keepAlive != nil && (*q.keepAlive < 0 || *q.keepAlive > 86400):
		return nil, dataInvalid("SessionKeepAliveSeconds must be 0 to 86400")
	case q.mode != "" && q.mode != datatypes.ExecutionModeTransaction && q.mode != datatypes.ExecutionModeAutoCommit:
		return nil, dataInvalid("ExecutionMode must be TRANSACTION or AUTO_COMMIT")
	case q.format != "" && q.format != datatypes.ResultFormatStringJson && q.format != datatypes.ResultFormatStringCsv:
		return nil, dataInvalid("ResultFormat must be JSON or CSV")
	}
	for _, sql := range q.sqls {
		switch n := dataScan(sql).statements; {
		case len(sql) > most:
			return nil, dataInvalid("The SQL statement has %d bytes, more than %d", len(sql), most)
		case strings.TrimSpace(sql) == "" || n == 0:
			return nil, dataInvalid("The SQL statement is empty.")
		case n > 1:
			return nil, dataInvalid("Multiple SQL statements are not allowed.")
		}
	}
	if err := dataCheckWait(q.wait); err != nil {
		return nil, err
	}
	if err := q.dataAddress.check(); err != nil {
		return nil, err
	}
	return dataParameters(q.parameters, q.sqls)
}

// prepare makes a run of a request, where there is room for it.
func (d *Data) prepare(caller awstest.Caller, q dataRequest) (r *dataRun, err error) {
	r = &dataRun{
		caller: caller, identity: d.identity(caller), token: aws.ToString(q.token), name: aws.ToString(q.name),
		batch: q.batch, transaction: q.batch && q.mode != datatypes.ExecutionModeAutoCommit,
		csv: q.format == datatypes.ResultFormatStringCsv, list: q.parameters,
	}
	if q.session != nil {
		if r.session, err = d.session(caller, *q.session); err != nil {
			return nil, err
		}
		r.dataTarget = r.session.dataTarget
		err = dataPaused(r.warehouse)
	} else {
		r.dataTarget, err = d.target(caller, q.dataAddress)
	}
	if err != nil {
		return nil, err
	}
	active := 0
	for _, other := range d.active {
		if other.warehouse == r.warehouse {
			active++
		}
	}
	if active >= cmp.Or(d.MaxActive, 500) {
		return nil, dataTooManyStatements()
	}
	if err := d.keep(r, q.keepAlive); err != nil {
		return nil, err
	}
	for _, sql := range q.sqls {
		r.parts = append(r.parts, &dataPart{sql: sql})
	}
	r.id = d.newID()
	r.pid = 1_073_741_000 + int64(d.made)
	return r, nil
}

// newID returns an ID in the form of a UUID.
func (d *Data) newID() string {
	d.made++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", d.made, d.made)
}

func dataSet(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (r *dataRun) cluster() *string {
	if r.warehouse.Serverless {
		return nil
	}
	return aws.String(r.warehouse.Name)
}

// dbUser is told where the caller did not name a secret.
func (r *dataRun) dbUser() *string {
	if r.secret != "" {
		return nil
	}
	return aws.String(r.user)
}

func (r *dataRun) process() *int64 {
	if r.started.IsZero() {
		return nil
	}
	return aws.Int64(r.pid)
}

func (r *dataRun) sessionID() *string {
	if r.session == nil {
		return nil
	}
	return aws.String(r.session.id)
}

// hasResult is told at the end: of a batch, whether any statement has a result set.
func (r *dataRun) hasResult() *bool {
	if !r.over() {
		return nil
	}
	for _, p := range r.parts {
		if p.hasResult() {
			return aws.Bool(true)
		}
	}
	return aws.Bool(false)
}

func (p *dataPart) hasResult() bool {
	return p.status == datatypes.StatementStatusStringFinished && len(p.outcome.Result.Columns) > 0
}
