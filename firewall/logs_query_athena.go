package firewall

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/logs"
)

// AthenaOptions say which table Athena reads, and how.
type AthenaOptions struct {
	// Table of the logs, which the statement of [logs.AthenaTable] makes, such as
	// security.firewall_logs. Defaults to firewall_logs.
	Table string

	// Database of the table, if its name tells none.
	Database string

	// WorkGroup that runs the queries. Defaults to primary.
	WorkGroup string

	// Output is where results go, such as s3://bucket/prefix/. Without it the workgroup
	// says so.
	Output string

	// Run, if set, names this run: with the same name and the same questions, queries
	// that were begun before, by a process that was killed, are found again and are not
	// paid for twice.
	Run string

	// Logs is the bucket and prefix of the logs, KMSKeys the ARNs of keys that encrypt logs
	// or results. They are for [QueryLogsPermissions].
	Logs    LogsLocation
	KMSKeys []string
}

func (o AthenaOptions) check() error {
	if o.Output != "" && (!strings.HasPrefix(o.Output, "s3://") || len(o.Output) == len("s3://")) {
		return fmt.Errorf("option Output %q; want s3://bucket/prefix/", o.Output)
	}
	return nil
}

// An athenaEngine is Athena.
type athenaEngine struct {
	QueryLogsOptions
	athena AthenaAPI
}

func (e *athenaEngine) text(q logs.Question) (string, error) { return e.render(q) }

func (e *athenaEngine) start(ctx context.Context, _ logs.Question, text string) (string, error) {
	o := e.Athena
	in := &athena.StartQueryExecutionInput{QueryString: &text}
	if o.WorkGroup != "" {
		in.WorkGroup = &o.WorkGroup
	}
	if o.Database != "" {
		in.QueryExecutionContext = &types.QueryExecutionContext{Database: &o.Database}
	}
	if o.Output != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &o.Output}
	}
	if o.Run != "" { // otherwise the SDK makes a token for each call
		token := sha256.Sum256(fmt.Appendf(nil, "%q", []string{o.Run, o.WorkGroup, o.Database, o.Output, text}))
		in.ClientRequestToken = aws.String(fmt.Sprintf("%x", token))
	}
	out, err := e.athena.StartQueryExecution(ctx, in)
	if err != nil {
		return "", needing(err, "athena:StartQueryExecution")
	}
	return aws.ToString(out.QueryExecutionId), nil
}

func (e *athenaEngine) poll(ctx context.Context, id string) (ended bool, scanned int64, err error) {
	out, err := e.athena.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
	if err != nil {
		return false, 0, needing(err, "athena:GetQueryExecution")
	}
	if out.QueryExecution == nil || out.QueryExecution.Status == nil {
		return false, 0, errors.New("an answer without a state")
	}
	if s := out.QueryExecution.Statistics; s != nil {
		scanned = aws.ToInt64(s.DataScannedInBytes)
	}
	status := out.QueryExecution.Status
	switch status.State {
	case types.QueryExecutionStateQueued, types.QueryExecutionStateRunning:
		return false, scanned, nil
	case types.QueryExecutionStateSucceeded:
		return true, scanned, nil
	}
	why := aws.ToString(status.StateChangeReason)
	if status.AthenaError != nil && why == "" {
		why = aws.ToString(status.AthenaError.ErrorMessage)
	}
	if why == "" {
		why = "no reason is told"
	}
	return true, scanned, fmt.Errorf("the query ended as %s: %s", status.State, why)
}

// answer reads all pages of a result. Its first row has the names of the columns.
func (e *athenaEngine) answer(ctx context.Context, q logs.Question, id string) (logs.Answer, error) {
	var rows [][]string
	pages := athena.NewGetQueryResultsPaginator(e.athena, &athena.GetQueryResultsInput{QueryExecutionId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return logs.Answer{}, needing(err, "athena:GetQueryResults, and s3:GetObject of the result")
		}
		if page.ResultSet == nil {
			return logs.Answer{}, errors.New("an answer without a result")
		}
		for _, r := range page.ResultSet.Rows {
			row := make([]string, len(r.Data))
			for i, d := range r.Data {
				row[i] = aws.ToString(d.VarCharValue)
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return logs.Answer{}, errors.New("a result without the names of its columns")
	}
	return logs.AthenaAnswer(q, e.query(), rows[1:])
}

func (e *athenaEngine) stop(ctx context.Context, id string) error {
	_, err := e.athena.StopQueryExecution(ctx, &athena.StopQueryExecutionInput{QueryExecutionId: &id})
	return needing(err, "athena:StopQueryExecution")
}

// cost rounds as Athena does: up to whole megabytes, and to 10 of them at least ("Amazon
// Athena pricing").
func (e *athenaEngine) cost(queries []LogsQuery) awspatterns.Cost {
	c := awspatterns.Cost{Item: "data scanned by Athena", Unit: "TB", Ceiling: float64(e.MaxBytes) / (1 << 40)}
	for _, q := range queries {
		if q.Scanned > 0 {
			c.Quantity += max(10, math.Ceil(float64(q.Scanned)/(1<<20))) / (1 << 20)
		}
	}
	return c
}
