package cloudwatch

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
)

type alarm struct {
	in   cw.PutMetricAlarmInput
	tags tags
}

func alarmARN(c awstest.Caller, name string) string { return arnOf(c, "alarm:"+name) }

// CreateAlarm makes an alarm, or replaces it.
func (s *Service) CreateAlarm(account, region string, in cw.PutMetricAlarmInput, tags map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarms[alarmARN(awstest.Caller{Account: account, Region: region}, *in.AlarmName)] = &alarm{in: in, tags: cloned(tags)}
}

// settings returns what the alarm is, as JSON.
func (a *alarm) settings() string {
	in := a.in
	in.Tags = nil
	text, err := json.Marshal(in)
	if err != nil {
		panic(err) // the SDK's types marshal
	}
	return string(text)
}

// putMetricAlarm creates an alarm or replaces all of it but its state and tags.
func (s *Service) putMetricAlarm(ctx context.Context, in *cw.PutMetricAlarmInput) (*cw.PutMetricAlarmOutput, error) {
	if err := checkAlarm(in); err != nil {
		return nil, err
	}
	created, err := newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := alarmARN(awstest.CallerOf(ctx), *in.AlarmName)
	a := s.alarms[arn]
	if a == nil {
		a = &alarm{tags: created}
		s.alarms[arn] = a
	}
	a.in = *in
	s.writes++
	return &cw.PutMetricAlarmOutput{}, nil
}

// checkAlarm refuses what was measured to be refused, in those words.
func checkAlarm(in *cw.PutMetricAlarmInput) error {
	metrics, expressions, returned, threshold := 0, 0, 0, 0
	for _, m := range in.Metrics {
		if m.MetricStat != nil {
			metrics++
		} else {
			expressions++
		}
		if m.ReturnData == nil || *m.ReturnData {
			returned++
			if in.ThresholdMetricId != nil && *m.Id == *in.ThresholdMetricId {
				threshold++
			}
		}
		if strings.Contains(aws.ToString(m.Expression), "SEARCH(") {
			return invalid("SEARCH is not supported on Metric Alarms.")
		}
	}
	for _, arn := range slices.Concat(in.AlarmActions, in.OKActions) {
		if parts := strings.Split(arn, ":"); len(parts) < 6 || parts[0] != "arn" {
			return invalid("Invalid arn syntax: %s", arn)
		} else if parts[2] == "s3" {
			return invalid("Unsupported AWS vendor s3")
		}
	}
	switch {
	case len(*in.AlarmName) == 0 || len(*in.AlarmName) > 255:
		return invalid("Value at 'alarmName' failed to satisfy constraint")
	case len(in.AlarmActions) > 5 || len(in.OKActions) > 5:
		return invalid("Value at 'alarmActions' failed to satisfy constraint: Member must have length less than or equal to 5")
	case metrics > 10:
		return invalid("Too many metrics in alarm, maximum is 10")
	case expressions > 10:
		return invalid("Too many expressions in alarm, maximum is 10")
	case len(in.Metrics) == 0 && in.MetricName == nil:
		return invalid("Missing MetricName or Metrics")
	case in.EvaluationPeriods == nil:
		return invalid("EvaluationPeriods is required")
	case in.ThresholdMetricId != nil && threshold != 1:
		return invalid("Metrics list must contain exactly one metric matching the ThresholdMetricId parameter")
	case in.ThresholdMetricId != nil && returned != 2:
		return invalid("Exactly two elements of the metrics list should return data.")
	case in.ThresholdMetricId == nil && len(in.Metrics) > 0 && returned != 1:
		return invalid("Exactly one element of the metrics list should return data.")
	case (in.Threshold == nil) == (in.ThresholdMetricId == nil):
		return invalid("exactly one of Threshold and ThresholdMetricId is required")
	}
	return nil
}

func (s *Service) describeAlarms(ctx context.Context, in *cw.DescribeAlarmsInput) (*cw.DescribeAlarmsOutput, error) {
	if in.AlarmNamePrefix != nil && len(in.AlarmNames) > 0 {
		return nil, invalid("AlarmNamePrefix and AlarmNames are mutually exclusive")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	var all []types.MetricAlarm
	for _, arn := range slices.Sorted(maps.Keys(s.alarms)) {
		a := s.alarms[arn].in
		if arn == alarmARN(c, *a.AlarmName) && strings.HasPrefix(*a.AlarmName, aws.ToString(in.AlarmNamePrefix)) &&
			(len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, *a.AlarmName)) {
			all = append(all, described(arn, a))
		}
	}
	most := 50
	if in.MaxRecords != nil {
		most = int(*in.MaxRecords)
	}
	list, next, err := page(s, all, most, 100, in.NextToken)
	return &cw.DescribeAlarmsOutput{MetricAlarms: list, NextToken: next}, err
}

func described(arn string, a cw.PutMetricAlarmInput) types.MetricAlarm {
	enabled := a.ActionsEnabled
	if enabled == nil {
		enabled = aws.Bool(true)
	}
	return types.MetricAlarm{
		AlarmArn: &arn, AlarmName: a.AlarmName, AlarmDescription: a.AlarmDescription, ActionsEnabled: enabled, AlarmActions: a.AlarmActions, OKActions: a.OKActions,
		InsufficientDataActions: a.InsufficientDataActions,
		Metrics:                 a.Metrics, MetricName: a.MetricName, Namespace: a.Namespace, Dimensions: a.Dimensions, Period: a.Period, Statistic: a.Statistic,
		ComparisonOperator: a.ComparisonOperator, Threshold: a.Threshold, ThresholdMetricId: a.ThresholdMetricId,
		EvaluationPeriods: a.EvaluationPeriods, DatapointsToAlarm: a.DatapointsToAlarm, TreatMissingData: a.TreatMissingData,
		StateValue: types.StateValueInsufficientData,
	}
}

// deleteAlarms deletes those that there are, also if others are missing (DeleteAlarms
// in the API reference).
func (s *Service) deleteAlarms(ctx context.Context, in *cw.DeleteAlarmsInput) (*cw.DeleteAlarmsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := ""
	for _, name := range in.AlarmNames {
		arn := alarmARN(awstest.CallerOf(ctx), name)
		if s.alarms[arn] == nil {
			missing = name
			continue
		}
		delete(s.alarms, arn)
		s.writes++
	}
	if missing != "" {
		return nil, awstest.Status(http.StatusNotFound, &types.ResourceNotFound{Message: aws.String("the alarm " + missing + " does not exist")})
	}
	return &cw.DeleteAlarmsOutput{}, nil
}
