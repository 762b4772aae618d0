package cloudwatchlogs

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Script is what a query is answered with. Queries are not interpreted.
type Script struct {
	Rows   [][]types.ResultField
	Bytes  float64           // that it scans
	Status types.QueryStatus // in which it ends. Defaults to Complete.
	Polls  int               // how often it is Scheduled or Running before; the first time Scheduled
}

// A Query is one that was started.
type Query struct {
	ID, Text string
	Groups   []string
	From, To int64
	Stopped  bool

	script Script
	polls  int
	owner  awstest.Caller
}

// Answer has queries answered by a function of their text.
func (s *Service) Answer(script func(query string) Script) {
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

// ended tells whether a query is no longer in progress.
func (q *Query) ended() bool { return q.Stopped || q.polls > q.script.Polls }

const (
	maxQueryGroups = 50  // these two: "StartQuery" in the API reference
	maxConcurrent  = 100 // in an account and Region
	maxQueryText   = 10_000
)

func (s *Service) startQuery(ctx context.Context, in *logs.StartQueryInput) (*logs.StartQueryOutput, error) {
	if n := len(in.LogGroupNames); n == 0 || n > maxQueryGroups || in.LogGroupName != nil || in.LogGroupIdentifiers != nil {
		return nil, invalid("the stand-in knows 1 to 50 logGroupNames, and nothing else")
	}
	if len(*in.QueryString) > maxQueryText || *in.EndTime < *in.StartTime {
		return nil, invalid("the query string is too long, or the end time is before the start time")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	for _, name := range in.LogGroupNames {
		if _, ok := s.groups[arnOf(c, name)]; !ok {
			return nil, awstest.Status(http.StatusBadRequest, &types.ResourceNotFoundException{Message: aws.String("Log group '" + name + "' does not exist for account ID '" + c.Account + "'")})
		}
	}
	running := 0
	for _, q := range s.queries {
		if q.owner == c && !q.ended() {
			running++
		}
	}
	if limit := s.MaxConcurrent; running >= maxConcurrent || limit > 0 && running >= limit {
		return nil, awstest.Status(http.StatusBadRequest, &types.LimitExceededException{Message: aws.String("Account maximum query concurrency limit reached")})
	}
	q := &Query{ID: fmt.Sprintf("00000000-0000-0000-0000-%012d", len(s.queries)+1), Text: *in.QueryString, Groups: slices.Clone(in.LogGroupNames), From: *in.StartTime, To: *in.EndTime, owner: c}
	if s.script != nil {
		q.script = s.script(q.Text)
	}
	s.queries = append(s.queries, q)
	return &logs.StartQueryOutput{QueryId: aws.String(q.ID)}, nil
}

func (s *Service) open(ctx context.Context, id string) (*Query, error) {
	for _, q := range s.queries {
		if q.ID == id && q.owner == awstest.CallerOf(ctx) {
			return q, nil
		}
	}
	return nil, awstest.Status(http.StatusBadRequest, &types.ResourceNotFoundException{Message: aws.String("Query " + id + " does not exist")})
}

func (s *Service) getQueryResults(ctx context.Context, in *logs.GetQueryResultsInput) (*logs.GetQueryResultsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.open(ctx, *in.QueryId)
	if err != nil {
		return nil, err
	}
	if in.NextToken == nil {
		q.polls++
	}
	out := &logs.GetQueryResultsOutput{Status: q.status(), Statistics: &types.QueryStatistics{}, Results: [][]types.ResultField{}}
	if !q.ended() {
		return out, nil
	}
	out.Statistics.BytesScanned = q.script.Bytes
	if q.Stopped || q.status() != types.QueryStatusComplete {
		return out, nil
	}
	from, _ := strconv.Atoi(strings.TrimPrefix(aws.ToString(in.NextToken), "from-"))
	size := len(q.script.Rows)
	if s.PageSize > 0 {
		size = s.PageSize
	}
	to := min(from+size, len(q.script.Rows))
	out.Results = q.script.Rows[from:to]
	if to < len(q.script.Rows) {
		out.NextToken = aws.String(fmt.Sprintf("from-%d", to))
	}
	return out, nil
}

func (q *Query) status() types.QueryStatus {
	switch {
	case q.Stopped:
		return types.QueryStatusCancelled
	case !q.ended() && q.polls <= 1:
		return types.QueryStatusScheduled
	case !q.ended():
		return types.QueryStatusRunning
	case q.script.Status != "":
		return q.script.Status
	}
	return types.QueryStatusComplete
}

func (s *Service) stopQuery(ctx context.Context, in *logs.StopQueryInput) (*logs.StopQueryOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.open(ctx, *in.QueryId)
	if err != nil {
		return nil, err
	}
	if q.ended() {
		return nil, invalid("Query " + q.ID + " is not in progress")
	}
	q.Stopped = true
	return &logs.StopQueryOutput{Success: true}, nil
}
