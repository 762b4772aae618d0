package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// QueryLogsOptions say what to ask of logs, and where.
type QueryLogsOptions struct {
	// Questions to ask. Each is a query, which scans the logs anew. Defaults to those of
	// [logs.Questions] whose log the firewalls have; Elsewhere in the result tells which
	// they have not.
	Questions []logs.Question

	// Since and Until are the time that is asked about. Required. Logs Insights knows
	// whole seconds: Since is rounded down, Until up.
	Since, Until time.Time

	// Top is how many keys an answer lists. Defaults to 10.
	Top int

	// Firewalls are the names of the firewalls. With CloudWatch and no LogGroups they are
	// asked where they log to.
	Firewalls []string

	// LogGroups, if set, are the CloudWatch log groups of each log, at most 50.
	LogGroups map[logs.Log][]string

	// Athena, if set, asks Athena about logs in S3. Otherwise it is CloudWatch Logs
	// Insights.
	Athena *AthenaOptions

	// AtOnce is how many queries run at a time. Defaults to 10; at most 100, which is all
	// that an account may have at a time, dashboards included.
	AtOnce int

	// MaxBytes is the most that may be scanned, by all questions together. With Logs
	// Insights nothing is asked if the estimate is above it. With both, no further
	// question is asked when that much has been scanned: what is running is not stopped.
	// A workgroup of Athena has a limit of its own for a query. 0 is any.
	MaxBytes int64

	// Price of scanning: a GB (2^30 bytes) for Logs Insights, a TB (2^40 bytes) for
	// Athena. 0 is not known.
	Price float64
}

// QueryLogsResult is what the questions were answered.
type QueryLogsResult struct {
	Answers []logs.Answer // of the questions that were answered, in their order
	Queries []LogsQuery   // of all questions, in their order
	Scanned int64         // bytes, by all queries
	Costs   []awspatterns.Cost

	// Estimate is how much Logs Insights may scan, in bytes, if MaxBytes is set: see
	// [EstimateQueryLogs].
	Estimate int64

	// Elsewhere are logs that do not go to CloudWatch, or that a firewall does not write.
	Elsewhere []string
}

// A LogsQuery is a question as it was asked.
type LogsQuery struct {
	Question string // its name
	Text     string // of the query
	ID       string // empty if it was not started
	Scanned  int64  // bytes
	Unknown  string // why there is no answer

	Err error `json:"-"` // Unknown as an error
}

// QueryLogs asks CloudWatch Logs Insights, or Athena, what [AnalyzeLogs] finds out by
// reading: it is for logs that outgrow one machine. The answers are of the same type. It
// changes nothing but what the services keep of queries; Athena writes results to S3.
//
// A question that cannot be answered does not keep the others from it: its query says why,
// and the error, beside the result, names all. A nil error says that all were answered.
// When ctx ends, or an answer cannot be fetched, queries that are running are stopped, as
// their scanning is paid for. Where as many queries run as the account may have, it waits.
//
// The costs are those of what was scanned: also by queries that failed, as far as the
// service tells. If an answer to StartQuery is lost, the client repeats it, and the first
// query goes on unseen; Athena knows the request again.
//
// IAM actions: [QueryLogsPermissions].
func QueryLogs(ctx context.Context, c Clients, opts QueryLogsOptions) (QueryLogsResult, error) {
	result, err := queryLogs(ctx, c, opts)
	if err != nil {
		err = fmt.Errorf("firewall: query logs: %w", reason.Cause(ctx, err))
	}
	return result, err
}

// A queryEngine runs queries.
type queryEngine interface {
	text(logs.Question) (string, error)
	start(ctx context.Context, q logs.Question, text string) (id string, err error)
	// poll tells whether a query has ended, and what it has scanned. It is an error if it
	// ended without a result.
	poll(ctx context.Context, id string) (ended bool, scanned int64, err error)
	answer(ctx context.Context, q logs.Question, id string) (logs.Answer, error)
	stop(ctx context.Context, id string) error
	cost(queries []LogsQuery) awspatterns.Cost
}

func queryLogs(ctx context.Context, c Clients, opts QueryLogsOptions) (QueryLogsResult, error) {
	byDefault := opts.Questions == nil
	opts, err := opts.complete()
	if err != nil {
		return QueryLogsResult{}, err
	}
	var result QueryLogsResult
	r := &queryRun{QueryLogsOptions: opts}
	if r.engine, err = opts.engine(ctx, c, &result); err != nil {
		return result, err
	}
	if e, insights := r.engine.(*insightsEngine); insights && byDefault {
		opts.Questions = slices.DeleteFunc(opts.Questions, func(q logs.Question) bool { return len(e.groups[q.Log]) == 0 })
		if len(opts.Questions) == 0 {
			return result, errors.New("no firewall has a log in CloudWatch: " + strings.Join(result.Elsewhere, ", "))
		}
	}
	result.Queries = make([]LogsQuery, len(opts.Questions))
	answers := make([]logs.Answer, len(opts.Questions))
	parallel.ForEach(len(opts.Questions), opts.AtOnce, func(i int) {
		answers[i] = r.ask(ctx, opts.Questions[i], &result.Queries[i])
	})
	var errs []error
	for i, q := range result.Queries {
		result.Scanned += q.Scanned
		if q.Err == nil {
			result.Answers = append(result.Answers, answers[i])
		} else {
			errs = append(errs, fmt.Errorf("%s: %w", q.Question, q.Err))
		}
	}
	cost := r.engine.cost(result.Queries)
	cost.Price = opts.Price
	result.Costs = []awspatterns.Cost{cost}
	if errs != nil {
		err = fmt.Errorf("%d of %d questions have no answer: %w", len(errs), len(opts.Questions), errors.Join(errs...))
	}
	return result, err
}

func (o QueryLogsOptions) complete() (QueryLogsOptions, error) {
	if o.Questions == nil {
		o.Questions = logs.Questions()
	}
	o.AtOnce = cmp.Or(o.AtOnce, 10)
	switch {
	case o.Since.IsZero() || o.Until.IsZero() || !o.Since.Before(o.Until):
		return o, errors.New("options Since and Until: want a time to ask about, as what is scanned is paid for")
	case o.AtOnce < 0 || o.AtOnce > 100:
		return o, fmt.Errorf("option AtOnce is %d; want 1 to 100", o.AtOnce)
	case o.MaxBytes < 0:
		return o, errors.New("MaxBytes must not be negative")
	case o.Athena != nil && o.LogGroups != nil:
		return o, errors.New("LogGroups are of CloudWatch: leave out them or Athena")
	case o.Athena == nil && len(o.Firewalls) == 0 && len(o.LogGroups) == 0:
		return o, errors.New("neither Firewalls nor LogGroups: whose logs?")
	}
	names := map[string]bool{}
	for _, q := range o.Questions {
		if names[q.Name] {
			return o, fmt.Errorf("question %s is asked twice", q.Name)
		}
		names[q.Name] = true
		if _, err := o.render(q); err != nil {
			return o, errors.Unwrap(err)
		}
	}
	if o.Athena != nil {
		return o, o.Athena.check()
	}
	return o, o.checkGroups(o.LogGroups)
}

// render returns a question as a query.
func (o QueryLogsOptions) render(q logs.Question) (string, error) {
	if o.Athena != nil {
		return logs.AthenaQuery(q, o.query())
	}
	return logs.InsightsQuery(q, o.query())
}

func (o QueryLogsOptions) query() logs.QueryOptions {
	opts := logs.QueryOptions{Top: o.Top, Since: o.Since, Until: o.Until, Firewalls: o.Firewalls}
	if o.Athena != nil {
		opts.Table = o.Athena.Table
	}
	return opts
}

func (o QueryLogsOptions) engine(ctx context.Context, c Clients, result *QueryLogsResult) (queryEngine, error) {
	if o.Athena != nil {
		if c.Athena == nil {
			return nil, errors.New("the Clients have no Athena")
		}
		return &athenaEngine{QueryLogsOptions: o, athena: c.Athena}, nil
	}
	return newInsightsEngine(ctx, c, o, result)
}

// A queryRun is one call of QueryLogs.
type queryRun struct {
	QueryLogsOptions
	engine  queryEngine
	scanned atomic.Int64
}

// ask asks a question, and notes how.
func (r *queryRun) ask(ctx context.Context, q logs.Question, query *LogsQuery) (answer logs.Answer) {
	query.Question = q.Name
	answer, query.Err = r.try(ctx, q, query)
	if query.Err != nil {
		query.Unknown = reason.Of(query.Err)
	}
	r.scanned.Add(query.Scanned)
	return answer
}

func (r *queryRun) try(ctx context.Context, q logs.Question, query *LogsQuery) (answer logs.Answer, err error) {
	if err := context.Cause(ctx); err != nil {
		return answer, err
	}
	if n := r.scanned.Load(); r.MaxBytes > 0 && n >= r.MaxBytes {
		return answer, fmt.Errorf("was not asked, as %d bytes have been scanned and MaxBytes is %d: %w", n, r.MaxBytes, awspatterns.ErrCeiling)
	}
	if query.Text, err = r.engine.text(q); err != nil {
		return answer, err
	}
	if query.ID, err = r.start(ctx, q, query.Text); err != nil {
		return answer, err
	}
	ended, err := r.wait(ctx, query)
	if err == nil {
		return r.engine.answer(ctx, q, query.ID)
	}
	if !ended {
		err = errors.Join(err, r.stop(ctx, query.ID))
	}
	return answer, err
}

// start starts a query. Where too many are running it waits for one of them to end, which
// takes an hour at most ("StartQuery" in the API reference).
func (r *queryRun) start(ctx context.Context, q logs.Question, text string) (id string, err error) {
	for wait, waited := time.Second, time.Duration(0); ; wait = min(2*wait, 30*time.Second) {
		id, err = r.engine.start(ctx, q, text)
		if err == nil || !isBusy(err) || waited > time.Hour {
			return id, err
		}
		if err := pace.Sleep(ctx, wait); err != nil {
			return "", err
		}
		waited += wait
	}
}

// isBusy tells whether a service refused because of other queries.
func isBusy(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch api.ErrorCode() {
	case "LimitExceededException", "TooManyRequestsException", "ThrottlingException":
		return true
	}
	return false
}

// wait waits for a query to end.
func (r *queryRun) wait(ctx context.Context, query *LogsQuery) (ended bool, err error) {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		if err := pace.Sleep(ctx, wait); err != nil {
			return false, err
		}
		ended, scanned, err := r.engine.poll(ctx, query.ID)
		query.Scanned = max(query.Scanned, scanned) // a poll that fails tells nothing
		if err != nil || ended {
			return ended, err
		}
	}
}

// stop stops a query, also if ctx has ended.
func (r *queryRun) stop(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := r.engine.stop(ctx, id); err != nil {
		return fmt.Errorf("the query %s may run on, as it could not be stopped: %w", id, err)
	}
	return nil
}

// needing returns err, with the permission that is missing if it was refused for that.
func needing(err error, action string) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if ok && (api.ErrorCode() == "AccessDenied" || api.ErrorCode() == "AccessDeniedException") {
		return fmt.Errorf("%w; it needs %s", err, action)
	}
	return err
}
