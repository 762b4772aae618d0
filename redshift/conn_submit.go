package redshift

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// A job is what is submitted by one call: a statement, or a batch.
type job struct {
	statements []Statement
	indexes    []int  // of the statements among those of the caller
	mode       Mode   // of a batch; Auto for a single statement
	token      string // empty for the one that the SDK makes

	session string          // id; empty for none
	unread  bool            // leave the result set alone
	opened  func(submitted) // if set, is told of the session that the job begins
	keep    *int32          // seconds that the session is kept from now on
}

// submitted is a job that the service has taken.
type submitted struct {
	job
	id    string
	opens string    // id of the session that it is in
	start time.Time // of the call, by the clock of the service
	begun time.Time // the same by ours
}

// submit sends a job. It does not wait for the end of the statement, although the service
// would do so for 30 seconds: the answer has the id, without which a statement cannot be
// cancelled or found again, and DescribeStatement is called afterwards in any case.
func (c *Conn) submit(ctx context.Context, j job) (submitted, error) {
	f, p := &flight{}, patience{limit: min(c.opts.Patience, submitPatience)}
	send, token := c.sender(j, f)
	for {
		called := time.Now()
		id, session, err := send(ctx)
		if err == nil {
			s := submitted{job: j, id: id, opens: session, start: f.start(), begun: cmp.Or(f.begun, called)}
			c.report(s, string(datatypes.StatusStringSubmitted))
			return s, nil
		}
		// The SDK puts its token into the input, so a repetition has the same.
		passing := crowded(err) || j.session != "" && sessionBusy(err) || !f.begun.IsZero() && unanswered(err) && token() != ""
		if err = p.again(ctx, err, passing); err != nil {
			return submitted{}, c.notSubmitted(j, f, err)
		}
	}
}

// submitPatience is how long a statement is submitted again that nobody has answered for:
// no work is lost if it is given up.
const submitPatience = time.Minute

// notSubmitted tells why a job was not submitted, or that this is not known.
func (c *Conn) notSubmitted(j job, f *flight, err error) error {
	if f.lost {
		return &InterruptedError{SQL: shortened(j.statements[0].SQL), Count: len(j.statements), State: StateUnknown, Err: err}
	}
	if j.session != "" && sessionGone(err) {
		return fmt.Errorf("%w: %w", ErrSessionLost, err)
	}
	return refusedRequest(c.opts.Warehouse, err)
}

// sender returns a function that sends j, and one that returns the token it was sent with.
func (c *Conn) sender(j job, f *flight) (send func(context.Context) (id, session string, err error), token func() string) {
	if j.mode == Auto {
		in := c.execute(j)
		return func(ctx context.Context) (string, string, error) {
			out, err := c.data.ExecuteStatement(ctx, in, paced(c.rates.execute), f.option)
			if err != nil {
				return "", "", err
			}
			return aws.ToString(out.Id), aws.ToString(out.SessionId), nil
		}, func() string { return aws.ToString(in.ClientToken) }
	}
	in := c.batch(j)
	return func(ctx context.Context) (string, string, error) {
		out, err := c.data.BatchExecuteStatement(ctx, in, paced(c.rates.batch), f.option)
		if err != nil {
			return "", "", err
		}
		return aws.ToString(out.Id), aws.ToString(out.SessionId), nil
	}, func() string { return aws.ToString(in.ClientToken) }
}

func (c *Conn) execute(j job) *datasdk.ExecuteStatementInput {
	in := &datasdk.ExecuteStatementInput{
		Sql:                     &j.statements[0].SQL,
		Parameters:              sqlParameters(j.statements),
		ClientToken:             optionalString(j.token),
		StatementName:           optionalString(c.opts.StatementName),
		SessionId:               optionalString(j.session),
		SessionKeepAliveSeconds: j.keep,
	}
	if w := c.opts.Warehouse; j.session == "" {
		in.ClusterIdentifier, in.WorkgroupName = optionalString(w.Cluster), optionalString(w.Workgroup)
		in.Database, in.SecretArn, in.DbUser = optionalString(w.Database), optionalString(w.Secret), optionalString(w.User)
	}
	return in
}

func (c *Conn) batch(j job) *datasdk.BatchExecuteStatementInput {
	in := &datasdk.BatchExecuteStatementInput{
		ExecutionMode:           datatypes.ExecutionMode(j.mode),
		Parameters:              sqlParameters(j.statements),
		ClientToken:             optionalString(j.token),
		StatementName:           optionalString(c.opts.StatementName),
		SessionId:               optionalString(j.session),
		SessionKeepAliveSeconds: j.keep,
	}
	for _, s := range j.statements {
		in.Sqls = append(in.Sqls, s.SQL)
	}
	if w := c.opts.Warehouse; j.session == "" {
		in.ClusterIdentifier, in.WorkgroupName = optionalString(w.Cluster), optionalString(w.Workgroup)
		in.Database, in.SecretArn, in.DbUser = optionalString(w.Database), optionalString(w.Secret), optionalString(w.User)
	}
	return in
}

// sqlParameters returns those of all statements, each once.
func sqlParameters(ss []Statement) []datatypes.SqlParameter {
	all := map[string]string{}
	for _, s := range ss {
		maps.Copy(all, s.Parameters)
	}
	var list []datatypes.SqlParameter
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, datatypes.SqlParameter{Name: &name, Value: aws.String(all[name])})
	}
	return list
}

func optionalString(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
