package eventbridge_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	queue   = "arn:aws:sqs:eu-central-1:123456789012:scans"
)

func newClient(t *testing.T) (*eventbridge.Service, *sdk.Client) {
	cloud := awstest.New(t)
	return eventbridge.New(cloud), sdk.NewFromConfig(cloud.Config(region, account))
}

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

func TestPutRule(t *testing.T) {
	for _, test := range []struct{ name, rule, pattern, schedule, want string }{
		{"pattern", "r", `{"source": ["aws.macie"], "detail": {"a": {"b": [{"prefix": "c"}]}}}`, "", ""},
		{"schedule", "r", "", "rate(5 minutes)", ""},
		{"one minute", "r", "", "rate(1 minute)", ""},
		{"cron", "r", "", "cron(0 20 * * ? *)", ""},
		{"nothing", "r", "", "", "must be specified"},
		{"no plural", "r", "", "rate(5 minute)", "ScheduleExpression is not valid"},
		{"no JSON", "r", "{", "", "InvalidEventPattern"},
		{"a string as leaf", "r", `{"source": "aws.macie"}`, "", "InvalidEventPattern"},
		{"empty list", "r", `{"source": []}`, "", "InvalidEventPattern"},
		{"name", "a b", "", "rate(1 day)", "'name'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			service, c := newClient(t)
			in := &sdk.PutRuleInput{Name: &test.rule}
			if test.pattern != "" {
				in.EventPattern = &test.pattern
			}
			if test.schedule != "" {
				in.ScheduleExpression = &test.schedule
			}
			_, err := c.PutRule(t.Context(), in)
			want(t, test.name, err, test.want)
			if r, ok := service.Rule(account, region, test.rule); ok != (err == nil) || r.Pattern+r.Schedule != test.pattern+test.schedule && ok {
				t.Errorf("got %+v, %t", r, ok)
			}
		})
	}
}

func TestTagsOnlyAtCreation(t *testing.T) {
	service, c := newClient(t)
	for _, value := range []string{"first", "second"} {
		_, err := c.PutRule(t.Context(), &sdk.PutRuleInput{
			Name: aws.String("r"), ScheduleExpression: aws.String("rate(1 day)"),
			Tags: []eventtypes.Tag{{Key: aws.String("a"), Value: &value}},
		})
		want(t, "put", err, "")
	}
	if r, _ := service.Rule(account, region, "r"); r.Tags["a"] != "first" || service.Writes() != 2 {
		t.Errorf("got %+v, want the first tag", r)
	}
	arn := "arn:aws:events:eu-central-1:123456789012:rule/r"
	_, err := c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: &arn, Tags: []eventtypes.Tag{{Key: aws.String("a"), Value: aws.String("third")}}})
	want(t, "tag", err, "")
	out, err := c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceARN: &arn})
	if err != nil || *out.Tags[0].Value != "third" {
		t.Errorf("got %+v and %v", out, err)
	}
}

func TestTargets(t *testing.T) {
	service, c := newClient(t)
	_, err := c.DescribeRule(t.Context(), &sdk.DescribeRuleInput{Name: aws.String("r")})
	want(t, "no rule", err, "ResourceNotFoundException")
	service.CreateRule(account, region, eventbridge.Rule{Name: "r", Schedule: "rate(1 day)"})
	service.CreateRule(account, region, eventbridge.Rule{Name: "m", Schedule: "rate(1 day)", ManagedBy: "macie.amazonaws.com"})
	service.RefuseTarget("arn:aws:sqs:eu-central-1:123456789012:none", "AccessDeniedException")
	put := func(rule string, targets ...string) (*sdk.PutTargetsOutput, error) {
		in := &sdk.PutTargetsInput{Rule: &rule}
		for _, target := range targets {
			id, arn, _ := strings.Cut(target, "=")
			in.Targets = append(in.Targets, eventtypes.Target{Id: &id, Arn: &arn})
		}
		return c.PutTargets(t.Context(), in)
	}
	out, err := put("r", "a="+queue, "b=arn:aws:sqs:eu-central-1:123456789012:none")
	if err != nil || out.FailedEntryCount != 1 || *out.FailedEntries[0].TargetId != "b" {
		t.Errorf("got %+v and %v, want one failed entry", out, err)
	}
	_, err = put("r", "a="+queue, "c="+queue)
	want(t, "again", err, "")
	_, err = put("r", "1="+queue, "2="+queue, "3="+queue, "4="+queue)
	want(t, "too many", err, "LimitExceeded")
	_, err = put("r", "d=nothing")
	want(t, "no ARN", err, "not in correct format")
	_, err = put("m", "a="+queue)
	want(t, "managed", err, "ManagedRule")
	service.PageSize = 1
	first, err := c.ListTargetsByRule(t.Context(), &sdk.ListTargetsByRuleInput{Rule: aws.String("r")})
	want(t, "list", err, "")
	second, err := c.ListTargetsByRule(t.Context(), &sdk.ListTargetsByRuleInput{Rule: aws.String("r"), NextToken: first.NextToken})
	if err != nil || *first.Targets[0].Id+*second.Targets[0].Id != "ac" || second.NextToken != nil {
		t.Errorf("got %+v, %+v and %v, want both targets", first, second, err)
	}
	if !strings.Contains(service.Dump(), "target c "+queue) {
		t.Errorf("got %s", service.Dump())
	}
}
