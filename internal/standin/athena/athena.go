// Package athena stands in for Amazon Athena, as far as running queries goes. It does
// not interpret them: a test says what they are answered with.
package athena

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	athena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon Athena need ("Actions, resources,
// and condition keys for Amazon Athena" in the service authorization reference).
var Actions = awstest.Actions{
	"Athena.GetQueryExecution":   {"athena:GetQueryExecution"},
	"Athena.GetQueryResults":     {"athena:GetQueryResults"},
	"Athena.StartQueryExecution": {"athena:StartQueryExecution"},
	"Athena.StopQueryExecution":  {"athena:StopQueryExecution"},
}

// A Service is Athena in all accounts and Regions of a Cloud.
type Service struct {
	// PageSize, if not zero, is the most rows that one answer has.
	PageSize int

	// WorkGroups that have a location for results of their own. All others have none.
	WorkGroups []string

	mu      sync.Mutex
	queries []*Query
	script  func(sql string) Script
}

// A Script is what a query is answered with.
type Script struct {
	Header []string
	Rows   [][]string
	Bytes  int64
	State  types.QueryExecutionState // in which it ends. Defaults to SUCCEEDED.
	Reason string
	Polls  int // how often it is QUEUED or RUNNING before
}

// A Query is one that was started.
type Query struct {
	ID, SQL, Token, WorkGroup, Output, Database string
	Stopped                                     bool

	script Script
	polls  int
	owner  awstest.Caller
}

// New returns an Athena, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{}
	awstest.Handle(c, s.start)
	awstest.Handle(c, s.get)
	awstest.Handle(c, s.results)
	awstest.Handle(c, s.stop)
	return s
}

// Answer has queries answered by a function of their text.
func (s *Service) Answer(script func(sql string) Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

// Queries returns those that were started, in their order.
func (s *Service) Queries() (list []Query) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queries {
		list = append(list, *q)
	}
	return list
}

// start begins a query. The same token begins nothing again, and must come with the same
// query ("StartQueryExecution" in the API reference).
func (s *Service) start(ctx context.Context, in *athena.StartQueryExecutionInput) (*athena.StartQueryExecutionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := aws.ToString(in.ClientRequestToken)
	if n := len(token); n < 32 || n > 128 {
		return nil, invalid("ClientRequestToken must have 32 to 128 characters")
	}
	for _, q := range s.queries {
		if q.Token == token && q.owner == awstest.CallerOf(ctx) {
			if q.SQL != *in.QueryString {
				return nil, invalid("Idempotent parameters do not match")
			}
			return &athena.StartQueryExecutionOutput{QueryExecutionId: &q.ID}, nil
		}
	}
	q := &Query{ID: fmt.Sprintf("10000000-0000-0000-0000-%012d", len(s.queries)+1), SQL: *in.QueryString, Token: token, WorkGroup: aws.ToString(in.WorkGroup), owner: awstest.CallerOf(ctx)}
	if in.ResultConfiguration != nil {
		q.Output = aws.ToString(in.ResultConfiguration.OutputLocation)
	}
	if in.QueryExecutionContext != nil {
		q.Database = aws.ToString(in.QueryExecutionContext.Database)
	}
	if q.Output == "" && !strings.Contains(" "+strings.Join(s.WorkGroups, " ")+" ", " "+q.WorkGroup+" ") {
		return nil, invalid("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
	}
	if s.script != nil {
		q.script = s.script(q.SQL)
	}
	s.queries = append(s.queries, q)
	return &athena.StartQueryExecutionOutput{QueryExecutionId: &q.ID}, nil
}

func (s *Service) open(ctx context.Context, id *string) (*Query, error) {
	for _, q := range s.queries {
		if q.ID == aws.ToString(id) && q.owner == awstest.CallerOf(ctx) {
			return q, nil
		}
	}
	return nil, invalid("QueryExecution " + aws.ToString(id) + " was not found")
}

func (q *Query) state() types.QueryExecutionState {
	switch {
	case q.Stopped:
		return types.QueryExecutionStateCancelled
	case q.polls <= q.script.Polls && q.polls <= 1 && q.script.Polls > 0:
		return types.QueryExecutionStateQueued
	case q.polls <= q.script.Polls:
		return types.QueryExecutionStateRunning
	case q.script.State != "":
		return q.script.State
	}
	return types.QueryExecutionStateSucceeded
}

func (q *Query) ended() bool { return q.Stopped || q.polls > q.script.Polls }

func (s *Service) get(ctx context.Context, in *athena.GetQueryExecutionInput) (*athena.GetQueryExecutionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.open(ctx, in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	q.polls++
	e := &types.QueryExecution{QueryExecutionId: &q.ID, Status: &types.QueryExecutionStatus{State: q.state()}, Statistics: &types.QueryExecutionStatistics{}}
	if q.ended() {
		e.Statistics.DataScannedInBytes = &q.script.Bytes
		if q.script.Reason != "" {
			e.Status.StateChangeReason = &q.script.Reason
		}
	}
	return &athena.GetQueryExecutionOutput{QueryExecution: e}, nil
}

// results pages the rows. The first row of all is the header.
func (s *Service) results(ctx context.Context, in *athena.GetQueryResultsInput) (*athena.GetQueryResultsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.open(ctx, in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	if state := q.state(); state != types.QueryExecutionStateSucceeded {
		return nil, invalid("Query has not yet finished. Current state: " + string(state))
	}
	all := append([][]string{q.script.Header}, q.script.Rows...)
	from, size := 0, 1000
	if in.NextToken != nil {
		if from, err = strconv.Atoi(strings.TrimPrefix(*in.NextToken, "from-")); err != nil || from > len(all) {
			return nil, invalid("Malformed next token")
		}
	}
	if s.PageSize > 0 {
		size = s.PageSize
	}
	to := min(from+size, len(all))
	out := &athena.GetQueryResultsOutput{ResultSet: &types.ResultSet{Rows: []types.Row{}}}
	for _, row := range all[from:to] {
		r := types.Row{Data: []types.Datum{}}
		for _, v := range row {
			r.Data = append(r.Data, types.Datum{VarCharValue: aws.String(v)})
		}
		out.ResultSet.Rows = append(out.ResultSet.Rows, r)
	}
	if to < len(all) {
		out.NextToken = aws.String(fmt.Sprintf("from-%d", to))
	}
	return out, nil
}

// stop stops a query. Of one that has ended nothing changes.
func (s *Service) stop(ctx context.Context, in *athena.StopQueryExecutionInput) (*athena.StopQueryExecutionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.open(ctx, in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	q.Stopped = q.Stopped || !q.ended()
	return &athena.StopQueryExecutionOutput{}, nil
}

func invalid(message string) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidRequestException{Message: &message})
}
