package cloudwatch

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Metric is a metric with its data points.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	Points          map[time.Time]float64
}

// AddMetric adds a metric to an account in a Region.
func (s *Service) AddMetric(account, region string, m Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := awstest.Caller{Account: account, Region: region}
	s.metrics[place] = append(s.metrics[place], m)
}

// listMetrics lists what has data of the past two weeks, in the order in which it was added.
func (s *Service) listMetrics(ctx context.Context, in *sdk.ListMetricsInput) (*sdk.ListMetricsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.RecentlyActive != "" && in.RecentlyActive != types.RecentlyActivePt3h {
		return nil, invalidValue("RecentlyActive must be PT3H")
	}
	span := 14 * 24 * time.Hour
	if in.RecentlyActive != "" {
		span = 3 * time.Hour
	}
	var all []types.Metric
	for _, m := range s.metrics[awstest.CallerOf(ctx)] {
		if m.matches(in) && m.activeSince(time.Now().Add(-span)) {
			all = append(all, m.shown())
		}
	}
	const most = 500
	list, next, err := page(s, all, most, most, in.NextToken)
	return &sdk.ListMetricsOutput{Metrics: list, NextToken: next}, err
}

func (m Metric) matches(in *sdk.ListMetricsInput) bool {
	if in.Namespace != nil && *in.Namespace != m.Namespace || in.MetricName != nil && *in.MetricName != m.Name {
		return false
	}
	for _, f := range in.Dimensions {
		value, has := m.Dimensions[aws.ToString(f.Name)]
		if !has || f.Value != nil && *f.Value != value {
			return false
		}
	}
	return true
}

func (m Metric) activeSince(t time.Time) bool {
	for at := range m.Points {
		if !at.Before(t) {
			return true
		}
	}
	return false
}

func (m Metric) shown() types.Metric {
	shown := types.Metric{Namespace: &m.Namespace, MetricName: &m.Name}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		shown.Dimensions = append(shown.Dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(m.Dimensions[name])})
	}
	return shown
}

// These limits are from GetMetricData and MetricDataQuery in the API reference.
const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)

// A datapoint is a value of a query.
type datapoint struct {
	query int
	at    time.Time
	value float64
}

// getMetricData knows queries of one metric each, no expressions. A page may end within the
// data of a query.
func (s *Service) getMetricData(ctx context.Context, in *sdk.GetMetricDataInput) (*sdk.GetMetricDataOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := checkQueries(in); err != nil {
		return nil, err
	}
	var all []datapoint
	for i, q := range in.MetricDataQueries {
		points, err := s.query(awstest.CallerOf(ctx), q.MetricStat, *in.StartTime, *in.EndTime)
		if err != nil {
			return nil, err
		}
		times := slices.SortedFunc(maps.Keys(points), time.Time.Compare)
		if in.ScanBy != types.ScanByTimestampAscending {
			slices.Reverse(times)
		}
		for _, at := range times {
			all = append(all, datapoint{i, at, points[at]})
		}
	}
	most := maxDatapoints
	if in.MaxDatapoints != nil {
		most = int(*in.MaxDatapoints)
	}
	list, next, err := page(s, all, most, maxDatapoints, in.NextToken)
	return &sdk.GetMetricDataOutput{MetricDataResults: results(in.MetricDataQueries, list, next != nil), NextToken: next}, err
}

func checkQueries(in *sdk.GetMetricDataInput) error {
	if n := len(in.MetricDataQueries); n < 1 || n > maxQueries {
		return invalid("the number of queries must be 1 to %d", maxQueries)
	}
	if in.StartTime == nil || in.EndTime == nil || !in.StartTime.Before(*in.EndTime) {
		return invalid("the StartTime must be before the EndTime")
	}
	ids := map[string]bool{}
	for _, q := range in.MetricDataQueries {
		id := aws.ToString(q.Id)
		if !queryID.MatchString(id) || ids[id] {
			return invalid("the id %q is not valid", id)
		}
		if q.Expression != nil || q.MetricStat == nil || q.MetricStat.Metric == nil {
			return invalid("the query %s is not of one metric", id)
		}
		ids[id] = true
	}
	return nil
}

// query returns the points of a metric by the beginning of their periods.
func (s *Service) query(place awstest.Caller, q *types.MetricStat, from, to time.Time) (map[time.Time]float64, error) {
	period := time.Duration(aws.ToInt32(q.Period)) * time.Second
	if period < time.Minute || period%time.Minute != 0 {
		return nil, invalid("the period %v is not a multiple of a minute", period)
	}
	values := map[time.Time][]float64{}
	for _, m := range s.metrics[place] {
		if !m.is(q.Metric) {
			continue
		}
		for at, v := range m.Points {
			if !at.Before(from) && at.Before(to) {
				at = at.Truncate(period)
				values[at] = append(values[at], v)
			}
		}
	}
	points := map[time.Time]float64{}
	for at, v := range values {
		value, err := statistic(aws.ToString(q.Stat), v)
		if err != nil {
			return nil, err
		}
		points[at] = value
	}
	return points, nil
}

// is reports whether m is that metric: it has those dimensions and no others.
func (m Metric) is(q *types.Metric) bool {
	if m.Namespace != aws.ToString(q.Namespace) || m.Name != aws.ToString(q.MetricName) || len(m.Dimensions) != len(q.Dimensions) {
		return false
	}
	for _, d := range q.Dimensions {
		if v, has := m.Dimensions[aws.ToString(d.Name)]; !has || v != aws.ToString(d.Value) {
			return false
		}
	}
	return true
}

func statistic(name string, values []float64) (float64, error) {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	switch name {
	case "Sum":
		return sum, nil
	case "Average":
		return sum / float64(len(values)), nil
	case "SampleCount":
		return float64(len(values)), nil
	case "Maximum":
		return slices.Max(values), nil
	case "Minimum":
		return slices.Min(values), nil
	}
	return 0, invalid("the statistic %q is not known", name)
}

// results groups points by their queries, which all have a result. The last of a page that is
// not the last is not complete.
func results(queries []types.MetricDataQuery, list []datapoint, more bool) []types.MetricDataResult {
	all := make([]types.MetricDataResult, len(queries))
	for i, q := range queries {
		label := aws.ToString(q.Label)
		if label == "" {
			label = strings.Join([]string{*q.MetricStat.Metric.MetricName, *q.Id}, " ")
		}
		all[i] = types.MetricDataResult{Id: q.Id, Label: &label, StatusCode: types.StatusCodeComplete, Timestamps: []time.Time{}, Values: []float64{}}
	}
	for _, p := range list {
		all[p.query].Timestamps = append(all[p.query].Timestamps, p.at)
		all[p.query].Values = append(all[p.query].Values, p.value)
	}
	if more && len(list) > 0 {
		all[list[len(list)-1].query].StatusCode = types.StatusCodePartialData
	}
	return all
}
