package firewall

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// EstimateQueryLogs tells how much [QueryLogs] may scan on CloudWatch Logs Insights, and
// runs no query: the bytes that the log groups store, by the share of the time they have
// been kept for that is asked about, for each question. It is an estimate and no bound:
// traffic differs from hour to hour, and the service counts stored bytes with a delay. Of
// a log group that does not tell since when it is, all counts.
//
// Athena tells nothing before a query; [EstimateLogs] lists the objects that it would read.
func EstimateQueryLogs(ctx context.Context, c Clients, opts QueryLogsOptions) (awspatterns.Cost, error) {
	cost, err := estimateQueryLogs(ctx, c, opts)
	if err != nil {
		err = fmt.Errorf("firewall: estimate queries: %w", reason.Cause(ctx, err))
	}
	return cost, err
}

func estimateQueryLogs(ctx context.Context, c Clients, opts QueryLogsOptions) (awspatterns.Cost, error) {
	opts, err := opts.complete()
	if err == nil && opts.Athena != nil {
		err = errors.New("no estimate of Athena, which tells nothing before a query: use EstimateLogs")
	}
	if err != nil {
		return awspatterns.Cost{}, err
	}
	ceiling := opts.MaxBytes
	opts.MaxBytes = 0 // an estimate above it is one all the same
	e, err := newInsightsEngine(ctx, c, opts, &QueryLogsResult{})
	if err != nil {
		return awspatterns.Cost{}, err
	}
	bytes, err := e.estimate(ctx)
	e.MaxBytes = ceiling
	cost := e.cost([]LogsQuery{{Scanned: bytes}})
	cost.Price = opts.Price
	return cost, err
}

func (e *insightsEngine) estimate(ctx context.Context) (int64, error) {
	bytes := map[string]float64{}
	var total float64
	for _, q := range e.Questions {
		for _, group := range e.groups[q.Log] {
			if _, known := bytes[group]; !known {
				var err error
				if bytes[group], err = e.estimateGroup(ctx, group); err != nil {
					return 0, err
				}
			}
			total += bytes[group]
		}
	}
	return int64(math.Ceil(min(total, math.MaxInt64/2))), nil
}

// estimateGroup estimates what one query scans of a log group.
func (e *insightsEngine) estimateGroup(ctx context.Context, name string) (float64, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(e.api, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, needing(err, "logs:DescribeLogGroups")
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name {
				return float64(aws.ToInt64(g.StoredBytes)) * share(g, e.Since, e.Until, time.Now()), nil
			}
		}
	}
	return 0, fmt.Errorf("there is no log group %s", name)
}

// share is that of a time range in the time for which a log group has been keeping logs.
func share(g types.LogGroup, since, until, now time.Time) float64 {
	if g.CreationTime == nil {
		return 1
	}
	from := time.UnixMilli(*g.CreationTime)
	if g.RetentionInDays != nil {
		if kept := now.AddDate(0, 0, -int(*g.RetentionInDays)); kept.After(from) {
			from = kept
		}
	}
	if since.Before(from) {
		since = from
	}
	if until.After(now) {
		until = now
	}
	if kept := now.Sub(from); kept > 0 {
		return min(1, max(0, until.Sub(since).Seconds()/kept.Seconds()))
	}
	return 1
}
