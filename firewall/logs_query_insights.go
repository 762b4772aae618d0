package firewall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/logs"
)

// mostGroups is how many log groups a query may have ("StartQuery" in the API reference).
const mostGroups = 50

func (o QueryLogsOptions) checkGroups(groups map[logs.Log][]string) error {
	for log, names := range groups {
		switch {
		case !slices.Contains([]logs.Log{logs.Flow, logs.Alert, logs.TLS}, log):
			return fmt.Errorf("log groups of a log %q; want flow, alert or tls", log)
		case len(names) > mostGroups:
			return fmt.Errorf("%d log groups of the %s log; a query may have %d: ask about fewer firewalls", len(names), log, mostGroups)
		case slices.Contains(names, ""):
			return fmt.Errorf("a log group of the %s log has no name", log)
		}
	}
	return nil
}

// An insightsEngine is CloudWatch Logs Insights.
type insightsEngine struct {
	QueryLogsOptions
	api    LogsAPI
	groups map[logs.Log][]string
}

func newInsightsEngine(ctx context.Context, c Clients, o QueryLogsOptions, result *QueryLogsResult) (*insightsEngine, error) {
	if c.Logs == nil || o.LogGroups == nil && c.NetworkFirewall == nil {
		return nil, errors.New("the Clients lack Logs or NetworkFirewall")
	}
	e := &insightsEngine{QueryLogsOptions: o, api: c.Logs, groups: o.LogGroups}
	if o.LogGroups == nil {
		if err := e.findGroups(ctx, c.NetworkFirewall, result); err != nil {
			return nil, err
		}
	}
	if o.MaxBytes == 0 {
		return e, nil
	}
	var err error
	if result.Estimate, err = e.estimate(ctx); err != nil {
		return nil, fmt.Errorf("estimate: %w", err)
	}
	if result.Estimate > o.MaxBytes {
		return nil, fmt.Errorf("about %d bytes would be scanned, MaxBytes is %d: %w", result.Estimate, o.MaxBytes, awspatterns.ErrCeiling)
	}
	return e, nil
}

// findGroups asks all firewalls which log groups they log to. One that cannot be asked is
// an error: without it each answer would be of a part, and not look so.
func (e *insightsEngine) findGroups(ctx context.Context, c NetworkFirewallAPI, result *QueryLogsResult) error {
	e.groups = map[logs.Log][]string{}
	var errs []error
	for _, name := range e.Firewalls {
		out, err := c.DescribeLoggingConfiguration(ctx, &networkfirewall.DescribeLoggingConfigurationInput{FirewallName: &name})
		if err != nil {
			errs = append(errs, fmt.Errorf("where %s logs to: %w", name, needing(err, "network-firewall:DescribeLoggingConfiguration")))
			continue
		}
		for _, t := range logTypes {
			d := destinationOf(out, t.kind)
			group := d.LogDestination["logGroup"]
			if d.LogDestinationType != nfwtypes.LogDestinationTypeCloudwatchLogs {
				result.Elsewhere = append(result.Elsewhere, elsewhere(name, t.log, d.LogDestinationType))
			} else if !slices.Contains(e.groups[t.log], group) {
				e.groups[t.log] = append(e.groups[t.log], group)
			}
		}
	}
	return errors.Join(append(errs, e.checkGroups(e.groups))...)
}

func (e *insightsEngine) text(q logs.Question) (string, error) { return e.render(q) }

func (e *insightsEngine) start(ctx context.Context, q logs.Question, text string) (string, error) {
	groups := e.groups[q.Log]
	if len(groups) == 0 {
		return "", fmt.Errorf("no firewall has its %s log in CloudWatch", q.Log)
	}
	out, err := e.api.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		LogGroupNames: groups, QueryString: &text, StartTime: aws.Int64(e.Since.Unix()), EndTime: aws.Int64(lastSecond(e.Until)),
	})
	if err != nil {
		return "", needing(err, "logs:StartQuery")
	}
	return aws.ToString(out.QueryId), nil
}

// lastSecond is the last one that is not after a time: the service takes the end of the
// range as a part of it.
func lastSecond(until time.Time) int64 { return until.Add(-time.Nanosecond).Unix() }

func (e *insightsEngine) poll(ctx context.Context, id string) (ended bool, scanned int64, err error) {
	out, err := e.api.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: &id, MaxItems: aws.Int32(1)})
	if err != nil {
		return false, 0, needing(err, "logs:GetQueryResults")
	}
	if out.Statistics != nil {
		scanned = int64(out.Statistics.BytesScanned)
	}
	switch out.Status {
	case types.QueryStatusScheduled, types.QueryStatusRunning:
		return false, scanned, nil
	case types.QueryStatusComplete:
		return true, scanned, nil
	case types.QueryStatusTimeout:
		return true, scanned, errors.New("the query ran into the limit of 60 minutes: ask about less time, or Athena")
	}
	return out.Status != types.QueryStatusUnknown, scanned, fmt.Errorf("the query ended as %q, without a reason", out.Status)
}

// answer reads all pages of a result.
func (e *insightsEngine) answer(ctx context.Context, q logs.Question, id string) (logs.Answer, error) {
	var rows []map[string]string
	in := &cloudwatchlogs.GetQueryResultsInput{QueryId: &id}
	for {
		out, err := e.api.GetQueryResults(ctx, in)
		if err != nil {
			return logs.Answer{}, needing(err, "logs:GetQueryResults")
		}
		for _, fields := range out.Results {
			row := map[string]string{}
			for _, f := range fields {
				row[aws.ToString(f.Field)] = aws.ToString(f.Value)
			}
			rows = append(rows, row)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return logs.InsightsAnswer(q, e.query(), rows)
		}
	}
}

func (e *insightsEngine) stop(ctx context.Context, id string) error {
	_, err := e.api.StopQuery(ctx, &cloudwatchlogs.StopQueryInput{QueryId: &id})
	if _, ended := errors.AsType[*types.InvalidParameterException](err); ended {
		return nil
	}
	return needing(err, "logs:StopQuery")
}

func (e *insightsEngine) cost(queries []LogsQuery) awspatterns.Cost {
	c := awspatterns.Cost{Item: "data scanned by CloudWatch Logs Insights", Unit: "GB", Ceiling: float64(e.MaxBytes) / (1 << 30)}
	for _, q := range queries {
		c.Quantity += float64(q.Scanned) / (1 << 30)
	}
	return c
}
