package cloudwatch_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
)

func newClient(t *testing.T) (*cloudwatch.Service, *sdk.Client) {
	cloud := awstest.New(t)
	return cloudwatch.New(cloud), sdk.NewFromConfig(cloud.Config(region, account))
}

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

func tag(key, value string) []types.Tag { return []types.Tag{{Key: &key, Value: &value}} }

func TestDashboards(t *testing.T) {
	cloud := awstest.New(t)
	s := cloudwatch.New(cloud)
	c, other := sdk.NewFromConfig(cloud.Config(region, account)), sdk.NewFromConfig(cloud.Config("us-east-1", account))
	put := func(name, body string) (*sdk.PutDashboardOutput, error) {
		return c.PutDashboard(t.Context(), &sdk.PutDashboardInput{DashboardName: &name, DashboardBody: &body, Tags: tag("a", body)})
	}
	_, err := c.GetDashboard(t.Context(), &sdk.GetDashboardInput{DashboardName: aws.String("d")})
	if _, missing := errors.AsType[*types.DashboardNotFoundError](err); !missing {
		t.Errorf("got %v", err)
	}
	_, err = put("d", `{"widgets": []}`)
	want(t, "create", err, "")
	_, err = put("d", `{"widgets": [{"type": "text", "properties": {"markdown": "x"}}]}`)
	want(t, "update", err, "")
	out, err := other.GetDashboard(t.Context(), &sdk.GetDashboardInput{DashboardName: aws.String("d")})
	if err != nil || !strings.Contains(*out.DashboardBody, "markdown") || *out.DashboardArn != "arn:aws:cloudwatch::123456789012:dashboard/d" {
		t.Errorf("from another Region: got %+v, %v", out, err)
	}
	if !strings.Contains(s.Dump(), `tag a="{\"widgets\": []}"`) || s.Writes() != 2 {
		t.Errorf("tags are set again: %s", s.Dump())
	}
	s.Warnings = []types.DashboardValidationMessage{{Message: aws.String("careful")}}
	warned, err := put("e", `{"widgets": []}`)
	if err != nil || len(warned.DashboardValidationMessages) != 1 {
		t.Errorf("got %+v, %v", warned, err)
	}
	_, err = c.DeleteDashboards(t.Context(), &sdk.DeleteDashboardsInput{DashboardNames: []string{"x", "d", "e"}})
	want(t, "delete", err, "DashboardNotFoundError")
	if s.Dump() != "" {
		t.Errorf("left: %s", s.Dump())
	}
	for _, test := range []struct{ name, body, want string }{
		{"a b", `{"widgets": []}`, "invalid characters"},
		{"d", `{`, "valid JSON"},
		{"d", `{}`, "Should have required property 'widgets'"},
		{"d", `{"widgets": {}}`, "Should be array"},
		{"d", `{"widgets": [{"properties": {}}]}`, "Should have required property 'type'"},
		{"d", `{"widgets": [{"type": "text"}]}`, "Should have required property 'properties'"},
		{"d", `{"widgets": [{"type": "text", "properties": {}}]}`, "property 'markdown'"},
		{"d", `{"widgets": [{"type": "metric", "properties": {"region": "r"}}]}`, "a region and a data source"},
		{"d", `{"widgets": [{"type": "x", "x": 24, "properties": {}}]}`, "Should be <= 23"},
		{"d", `{"widgets": [{"type": "x", "y": -1, "properties": {}}]}`, "Should be >= 0"},
		{"d", `{"widgets": [{"type": "x", "width": 25, "properties": {}}]}`, "Should be <= 24"},
		{"d", `{"widgets": [{"type": "x", "height": 1001, "properties": {}}]}`, "Should be <= 1000"},
		{"d", `{"widgets": [` + strings.TrimSuffix(strings.Repeat(`{"type": "x", "properties": {}},`, 501), ",") + `]}`, "more than 500 items"},
	} {
		_, err := put(test.name, test.body)
		if err == nil {
			t.Errorf("%.80s was taken", test.body)
			continue
		}
		text := err.Error()
		if typed, ok := errors.AsType[*types.DashboardInvalidInputError](err); ok {
			text = *typed.DashboardValidationMessages[0].Message
		}
		if !strings.Contains(text, test.want) {
			t.Errorf("%.80s: got %s, want %s", test.body, text, test.want)
		}
	}
}

const definition = `{"Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["g"], "LogFormat": "JSON", "AggregateOn": "Count",
	"Contribution": {"Keys": ["$.a"], "Filters": []}}`

// TestRules runs in a bubble, since the SDK repeats what exceeds a limit.
func TestRules(t *testing.T) { synctest.Test(t, testRules) }

func testRules(t *testing.T) {
	s, c := newClient(t)
	s.PageSize, s.MaxRules = 2, 3
	put := func(name, definition, state string) error {
		in := &sdk.PutInsightRuleInput{RuleName: &name, RuleDefinition: &definition, Tags: tag("a", state)}
		if state != "" {
			in.RuleState = &state
		}
		_, err := c.PutInsightRule(t.Context(), in)
		return err
	}
	for _, name := range []string{"a", "b", "c"} {
		want(t, "create", put(name, definition, ""), "")
	}
	want(t, "one too many", put("d", definition, ""), "LimitExceededException")
	want(t, "disable", put("a", definition, "DISABLED"), "")
	s.CreateManagedRule(account, region, "managed")
	want(t, "managed", put("managed", definition, ""), "managed rule")
	var states []string
	for in := (&sdk.DescribeInsightRulesInput{}); ; {
		out, err := c.DescribeInsightRules(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.InsightRules {
			states = append(states, *r.Name+" "+*r.State)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if got := strings.Join(states, ", "); got != "a DISABLED, b ENABLED, c ENABLED, managed ENABLED" {
		t.Errorf("got %s", got)
	}
	if !strings.Contains(s.Dump(), "rule/a, DISABLED, made 1 times") || !strings.Contains(s.Dump(), `tag a=""`) {
		t.Errorf("got %s", s.Dump())
	}
	s.RefuseDeletion("b", "ConcurrentModification")
	out, err := c.DeleteInsightRules(t.Context(), &sdk.DeleteInsightRulesInput{RuleNames: []string{"a", "b", "x", "managed"}})
	if err != nil || len(out.Failures) != 3 || *out.Failures[0].FailureCode != "ConcurrentModification" || *out.Failures[1].FailureCode != "ResourceNotFound" {
		t.Errorf("got %+v, %v", out, err)
	}
	for _, test := range []struct{ name, definition, state, want string }{
		{"", definition, "", "1 to 128"},
		{strings.Repeat("a", 129), definition, "", "1 to 128"},
		{"a", definition, "ON", "ENABLED or DISABLED"},
		{"a", "ü", "", "ASCII"},
		{"a", strings.Repeat(" ", 8193), "", "8192"},
		{"a", `{`, "", "not valid JSON"},
		{"a", `{"Filters": []}`, "", "UnknownKey encountered at Filters"},
		{"a", strings.Replace(definition, `"Version": 1`, `"Version": 2`, 1), "", "InvalidSchema"},
		{"a", strings.Replace(definition, `["g"]`, `[]`, 1), "", "Empty encountered at LogGroupNames"},
		{"a", strings.Replace(definition, `, "Filters": []`, ``, 1), "", "MissingKey encountered at Filters"},
		{"a", strings.Replace(definition, `["$.a"]`, `["$.a", "$.b", "$.c", "$.d", "$.e"]`, 1), "", "no more than 4"},
	} {
		want(t, test.name+" "+test.definition, put(test.name, test.definition, test.state), test.want)
	}
}

func TestAlarms(t *testing.T) {
	s, c := newClient(t)
	s.PageSize = 1
	metric := func(id string, returns bool) types.MetricDataQuery {
		return types.MetricDataQuery{Id: &id, ReturnData: &returns, MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("AWS/NetworkFirewall"), MetricName: aws.String("ReceivedPackets")}, Period: aws.Int32(60), Stat: aws.String("Sum"),
		}}
	}
	put := func(change func(*sdk.PutMetricAlarmInput)) error {
		in := &sdk.PutMetricAlarmInput{
			AlarmName: aws.String("n-1"), Metrics: []types.MetricDataQuery{metric("m0", true)}, EvaluationPeriods: aws.Int32(1),
			Threshold: aws.Float64(0), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, Tags: tag("a", "1"),
		}
		if change != nil {
			change(in)
		}
		_, err := c.PutMetricAlarm(t.Context(), in)
		return err
	}
	want(t, "create", put(nil), "")
	want(t, "another", put(func(in *sdk.PutMetricAlarmInput) { in.AlarmName = aws.String("n-2") }), "")
	want(t, "a third", put(func(in *sdk.PutMetricAlarmInput) { in.AlarmName = aws.String("other") }), "")
	pages := sdk.NewDescribeAlarmsPaginator(c, &sdk.DescribeAlarmsInput{AlarmNamePrefix: aws.String("n-")})
	n := 0
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range out.MetricAlarms {
			n++
			if !*a.ActionsEnabled || len(a.Metrics) != 1 || *a.AlarmArn != "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"+*a.AlarmName {
				t.Errorf("got %+v", a)
			}
		}
	}
	if n != 2 {
		t.Errorf("got %d alarms", n)
	}
	for _, test := range []struct {
		want   string
		change func(*sdk.PutMetricAlarmInput)
	}{
		{"Exactly one element", func(in *sdk.PutMetricAlarmInput) { in.Metrics = append(in.Metrics, metric("m1", true)) }},
		{"Too many metrics in alarm", func(in *sdk.PutMetricAlarmInput) {
			for range 10 {
				in.Metrics = append(in.Metrics, metric("m", false))
			}
		}},
		{"exactly one of Threshold", func(in *sdk.PutMetricAlarmInput) { in.Threshold = nil }},
		{"matching the ThresholdMetricId", func(in *sdk.PutMetricAlarmInput) { in.ThresholdMetricId, in.Threshold = aws.String("x"), nil }},
		{"Exactly two elements", func(in *sdk.PutMetricAlarmInput) { in.ThresholdMetricId, in.Threshold = aws.String("m0"), nil }},
		{"SEARCH is not supported", func(in *sdk.PutMetricAlarmInput) {
			in.Metrics[0].MetricStat, in.Metrics[0].Expression = nil, aws.String("SEARCH('x', 'Sum', 60)")
		}},
		{"Unsupported AWS vendor s3", func(in *sdk.PutMetricAlarmInput) { in.AlarmActions = []string{"arn:aws:s3:::bucket"} }},
		{"less than or equal to 5", func(in *sdk.PutMetricAlarmInput) {
			in.OKActions = strings.Fields(strings.Repeat("arn:aws:sns:r:1:t ", 6))
		}},
	} {
		want(t, test.want, put(test.change), test.want)
	}
	_, err := c.DeleteAlarms(t.Context(), &sdk.DeleteAlarmsInput{AlarmNames: []string{"n-1", "none"}})
	if _, missing := errors.AsType[*types.ResourceNotFound](err); !missing || strings.Contains(s.Dump(), "n-1") {
		t.Errorf("got %v", err)
	}
}

func TestTags(t *testing.T) {
	s, c := newClient(t)
	_, err := c.PutInsightRule(t.Context(), &sdk.PutInsightRuleInput{RuleName: aws.String("r"), RuleDefinition: aws.String(definition)})
	want(t, "create", err, "")
	arn := aws.String("arn:aws:cloudwatch:eu-central-1:123456789012:insight-rule/r")
	_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: arn, Tags: tag("b", "2")})
	want(t, "tag", err, "")
	_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceARN: arn, Tags: tag("aws:b", "2")})
	want(t, "reserved", err, "not valid")
	out, err := c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Value != "2" || !strings.Contains(s.Dump(), `tag b="2"`) {
		t.Errorf("got %+v, %v", out, err)
	}
	_, err = c.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceARN: aws.String(*arn + "x")})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); !missing {
		t.Errorf("got %v", err)
	}
}
