// Package cloudwatch stands in for Amazon CloudWatch, as far as dashboards,
// Contributor Insights rules, metric alarms and their tags go, and metrics that tests
// add. It keeps them and answers with the errors and limits of the API reference and of
// what was measured (badmintoncryer/cdk-preflight, rules/cloudwatch). Alarms never go
// off and rules count nothing.
package cloudwatch

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon CloudWatch need ("Actions,
// resources, and condition keys for Amazon CloudWatch" in the service authorization
// reference; for the tags, PutDashboard, PutInsightRule and PutMetricAlarm in the API
// reference).
var Actions = awstest.Actions{
	"CloudWatch.DeleteAlarms":         {"cloudwatch:DeleteAlarms"},
	"CloudWatch.DeleteDashboards":     {"cloudwatch:DeleteDashboards"},
	"CloudWatch.DeleteInsightRules":   {"cloudwatch:DeleteInsightRules"},
	"CloudWatch.DescribeAlarms":       {"cloudwatch:DescribeAlarms"},
	"CloudWatch.DescribeInsightRules": {"cloudwatch:DescribeInsightRules"},
	"CloudWatch.GetDashboard":         {"cloudwatch:GetDashboard"},
	"CloudWatch.GetMetricData":        {"cloudwatch:GetMetricData"},
	"CloudWatch.ListMetrics":          {"cloudwatch:ListMetrics"},
	"CloudWatch.ListTagsForResource":  {"cloudwatch:ListTagsForResource"},
	"CloudWatch.PutDashboard":         {"cloudwatch:PutDashboard"},
	"CloudWatch.PutDashboard(Tags)":   {"cloudwatch:TagResource"},
	"CloudWatch.PutInsightRule":       {"cloudwatch:PutInsightRule"},
	"CloudWatch.PutInsightRule(Tags)": {"cloudwatch:TagResource"},
	"CloudWatch.PutMetricAlarm":       {"cloudwatch:PutMetricAlarm"},
	"CloudWatch.PutMetricAlarm(Tags)": {"cloudwatch:TagResource"},
	"CloudWatch.TagResource":          {"cloudwatch:TagResource"},
}

// A Service is CloudWatch in all accounts and Regions of a Cloud. Its methods are not
// calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most that one answer lists.
	PageSize int

	// MaxRules is how many Contributor Insights rules an account may have in a Region.
	// Defaults to 100 ("CloudWatch service quotas" in the user guide).
	MaxRules int

	// Warnings are what PutDashboard says of each body that it takes.
	Warnings []types.DashboardValidationMessage

	mu         sync.Mutex
	dashboards map[string]*dashboard // these three by ARN
	rules      map[string]*rule
	alarms     map[string]*alarm
	refused    map[string]string // why rules are not deleted, by name
	metrics    map[awstest.Caller][]Metric
	writes     int
}

type tags map[string]string

// New returns a CloudWatch with nothing in it, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{dashboards: map[string]*dashboard{}, rules: map[string]*rule{}, alarms: map[string]*alarm{}, refused: map[string]string{}, metrics: map[awstest.Caller][]Metric{}}
	awstest.Handle(c, s.putDashboard)
	awstest.Handle(c, s.getDashboard)
	awstest.Handle(c, s.deleteDashboards)
	awstest.Handle(c, s.putInsightRule)
	awstest.Handle(c, s.describeInsightRules)
	awstest.Handle(c, s.deleteInsightRules)
	awstest.Handle(c, s.putMetricAlarm)
	awstest.Handle(c, s.describeAlarms)
	awstest.Handle(c, s.deleteAlarms)
	awstest.Handle(c, s.listMetrics)
	awstest.Handle(c, s.getMetricData)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.listTagsForResource)
	return s
}

// RefuseDeletion makes DeleteInsightRules fail for a rule, with that code; empty for
// no longer.
func (s *Service) RefuseDeletion(rule, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[rule] = code
}

// Writes returns how often calls changed something so far.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Dump returns the state of everything as text, in a defined order.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out strings.Builder
	for _, arn := range slices.Sorted(maps.Keys(s.dashboards)) {
		d := s.dashboards[arn]
		fmt.Fprintf(&out, "dashboard %s %s\n%s", arn, d.body, d.tags)
	}
	for _, arn := range slices.Sorted(maps.Keys(s.rules)) {
		r := s.rules[arn]
		fmt.Fprintf(&out, "rule %s, %s, made %d times, %s\n%s", arn, r.state, r.made, r.definition, r.tags)
	}
	for _, arn := range slices.Sorted(maps.Keys(s.alarms)) {
		fmt.Fprintf(&out, "alarm %s %s\n%s", arn, s.alarms[arn].settings(), s.alarms[arn].tags)
	}
	return out.String()
}

// String returns the tags, each on a line.
func (t tags) String() string {
	var out strings.Builder
	for _, key := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&out, "  tag %s=%q\n", key, t[key])
	}
	return out.String()
}

func cloned(m map[string]string) tags {
	t := tags{}
	maps.Copy(t, m)
	return t
}

func arnOf(c awstest.Caller, rest string) string {
	return "arn:" + c.Partition() + ":cloudwatch:" + c.Region + ":" + c.Account + ":" + rest
}

// maxTags is from "TagResource" in the API reference.
const maxTags = 50

func newTags(list []types.Tag) (tags, error) {
	t := tags{}
	return t, t.add(list)
}

func (t tags) add(list []types.Tag) error {
	for _, tag := range list {
		key, value := aws.ToString(tag.Key), aws.ToString(tag.Value)
		if key == "" || len(key) > 128 || len(value) > 256 || strings.HasPrefix(key, "aws:") {
			return invalidValue("the tag %q is not valid", key)
		}
		t[key] = value
	}
	if len(t) > maxTags {
		return invalidValue("more than %d tags", maxTags)
	}
	return nil
}

// tagsOf returns the tags of whatever has the ARN.
func (s *Service) tagsOf(arn string) (tags, error) {
	switch {
	case s.dashboards[arn] != nil:
		return s.dashboards[arn].tags, nil
	case s.rules[arn] != nil:
		return s.rules[arn].tags, nil
	case s.alarms[arn] != nil:
		return s.alarms[arn].tags, nil
	}
	return nil, awstest.Status(http.StatusNotFound, &types.ResourceNotFoundException{Message: aws.String("Unknown resource " + arn), ResourceId: &arn})
}

func invalidValue(format string, args ...any) error {
	return awstest.Status(http.StatusBadRequest, &types.InvalidParameterValueException{Message: aws.String(fmt.Sprintf(format, args...))})
}

func invalid(format string, args ...any) error {
	return awstest.Error(http.StatusBadRequest, "ValidationError", fmt.Sprintf(format, args...))
}

// page returns a part of a list, and the token of the next.
func page[T any](s *Service, all []T, most, highest int, token *string) ([]T, *string, error) {
	size, from := most, 0
	if most < 1 || most > highest {
		return nil, nil, invalidValue("the number of results must be 1 to %d", highest)
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	if token != nil {
		n, err := strconv.Atoi(strings.TrimPrefix(*token, "from-"))
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, awstest.Status(http.StatusBadRequest, &types.InvalidNextToken{Message: aws.String("the token is not valid")})
		}
		from = n
	}
	to := min(from+size, len(all))
	if to == len(all) {
		return all[from:], nil, nil
	}
	return all[from:to], aws.String(fmt.Sprintf("from-%d", to)), nil
}
