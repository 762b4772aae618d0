package firewall

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// alarmSettings are what an alarm is told.
type alarmSettings struct {
	dashboard.Alarm

	// Besides are settings that alarms of this library do not have: writing drops them.
	Besides []string `json:",omitempty"`
}

// wantedAlarm returns the settings of an alarm, with lists in the order of what is in
// them, since CloudWatch does not promise to keep theirs.
func wantedAlarm(a dashboard.Alarm) string {
	return canonicalSettings(alarmSettings{Alarm: inOrder(a)})
}

func inOrder(a dashboard.Alarm) dashboard.Alarm {
	a.AlarmActions = slices.Sorted(slices.Values(a.AlarmActions))
	a.OKActions = slices.Sorted(slices.Values(a.OKActions))
	a.Metrics = slices.SortedFunc(slices.Values(a.Metrics), func(x, y dashboard.MetricQuery) int { return cmp.Compare(x.ID, y.ID) })
	for i, m := range a.Metrics {
		if m.MetricStat != nil {
			stat := *m.MetricStat
			stat.Metric.Dimensions = slices.SortedFunc(slices.Values(stat.Metric.Dimensions), func(x, y dashboard.Dimension) int { return cmp.Compare(x.Name, y.Name) })
			a.Metrics[i].MetricStat = &stat
		}
	}
	return a
}

// foundAlarm returns the settings of an alarm.
func foundAlarm(a cwtypes.MetricAlarm) string {
	s := alarmSettings{Alarm: dashboard.Alarm{
		AlarmName: aws.ToString(a.AlarmName), AlarmDescription: aws.ToString(a.AlarmDescription), ActionsEnabled: aws.ToBool(a.ActionsEnabled),
		AlarmActions: a.AlarmActions, OKActions: a.OKActions,
		ComparisonOperator: string(a.ComparisonOperator), Threshold: a.Threshold, ThresholdMetricID: aws.ToString(a.ThresholdMetricId),
		EvaluationPeriods: int(aws.ToInt32(a.EvaluationPeriods)), DatapointsToAlarm: int(aws.ToInt32(a.DatapointsToAlarm)),
		TreatMissingData: aws.ToString(a.TreatMissingData),
	}}
	for _, q := range a.Metrics {
		s.Metrics = append(s.Metrics, foundQuery(q))
	}
	s.Alarm = inOrder(s.Alarm)
	if a.MetricName != nil {
		s.Besides = append(s.Besides, "MetricName "+*a.MetricName)
	}
	for _, action := range a.InsufficientDataActions {
		s.Besides = append(s.Besides, "InsufficientDataActions "+action)
	}
	slices.Sort(s.Besides)
	return canonicalSettings(s)
}

func foundQuery(q cwtypes.MetricDataQuery) dashboard.MetricQuery {
	m := dashboard.MetricQuery{
		ID: aws.ToString(q.Id), Expression: aws.ToString(q.Expression), Label: aws.ToString(q.Label),
		ReturnData: q.ReturnData == nil || *q.ReturnData,
	}
	if q.MetricStat == nil || q.MetricStat.Metric == nil {
		return m
	}
	metric := q.MetricStat.Metric
	m.MetricStat = &dashboard.MetricStat{
		Period: int(aws.ToInt32(q.MetricStat.Period)), Stat: aws.ToString(q.MetricStat.Stat),
		Metric: dashboard.Metric{Namespace: aws.ToString(metric.Namespace), MetricName: aws.ToString(metric.MetricName)},
	}
	for _, d := range metric.Dimensions {
		m.MetricStat.Metric.Dimensions = append(m.MetricStat.Metric.Dimensions, dashboard.Dimension{Name: aws.ToString(d.Name), Value: aws.ToString(d.Value)})
	}
	return m
}

func (p dashboardParts) writeAlarm(ctx context.Context, settings string, tags []cwtypes.Tag) error {
	var a dashboard.Alarm
	if err := json.Unmarshal([]byte(settings), &a); err != nil {
		return err
	}
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &a.AlarmName, AlarmDescription: &a.AlarmDescription, ActionsEnabled: &a.ActionsEnabled, AlarmActions: a.AlarmActions, OKActions: a.OKActions,
		ComparisonOperator: cwtypes.ComparisonOperator(a.ComparisonOperator), Threshold: a.Threshold,
		EvaluationPeriods: aws.Int32(int32(a.EvaluationPeriods)), DatapointsToAlarm: aws.Int32(int32(a.DatapointsToAlarm)),
		TreatMissingData: &a.TreatMissingData, Tags: tags,
	}
	if a.ThresholdMetricID != "" {
		in.ThresholdMetricId = &a.ThresholdMetricID
	}
	for _, m := range a.Metrics {
		in.Metrics = append(in.Metrics, queryInput(m))
	}
	_, err := p.clients.CloudWatch.PutMetricAlarm(ctx, in)
	return err
}

func queryInput(m dashboard.MetricQuery) cwtypes.MetricDataQuery {
	q := cwtypes.MetricDataQuery{Id: &m.ID, ReturnData: &m.ReturnData}
	if m.Label != "" {
		q.Label = &m.Label
	}
	if m.MetricStat == nil {
		q.Expression = &m.Expression
		return q
	}
	metric := &cwtypes.Metric{Namespace: &m.MetricStat.Metric.Namespace, MetricName: &m.MetricStat.Metric.MetricName}
	for _, d := range m.MetricStat.Metric.Dimensions {
		metric.Dimensions = append(metric.Dimensions, cwtypes.Dimension{Name: &d.Name, Value: &d.Value})
	}
	q.MetricStat = &cwtypes.MetricStat{Metric: metric, Period: aws.Int32(int32(m.MetricStat.Period)), Stat: &m.MetricStat.Stat}
	return q
}
