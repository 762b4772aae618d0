package firewall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

const (
	dashboardAccount = "123456789012"
	dashboardRegion  = "eu-central-1"
	dashboardTopic   = "arn:aws:sns:eu-central-1:123456789012:ops"
)

// A dashboardWorld is an account with the firewalls edge and east-west, which log as they
// should.
type dashboardWorld struct {
	*awstest.Cloud
	cloudwatch *cloudwatch.Service
	logs       *cloudwatchlogs.Service
	firewalls  *networkfirewall.Service
}

func newDashboardWorld(c *awstest.Cloud) *dashboardWorld {
	w := &dashboardWorld{c, cloudwatch.New(c), cloudwatchlogs.New(c), networkfirewall.New(c)}
	sts.Handle(c)
	w.cloudwatch.PageSize, w.logs.PageSize = 30, 1
	for _, name := range []string{"edge", "east-west"} {
		w.firewalls.CreateFirewall(dashboardAccount, dashboardRegion, goodFirewall(name))
		for _, group := range []string{"/" + name + "/flow", "/" + name + "/alert", "/" + name + "/flow/old"} {
			w.logs.CreateGroup(dashboardAccount, dashboardRegion, cloudwatchlogs.Group{Name: group})
		}
	}
	return w
}

// goodFirewall has two endpoints and two log groups.
func goodFirewall(name string) networkfirewall.Firewall {
	return networkfirewall.Firewall{
		Name: name, VPC: "vpc-1",
		Endpoints: map[string]networkfirewall.Endpoint{
			"eu-central-1a": {Subnet: "subnet-0a", ID: "vpce-" + name + "-a"},
			"eu-central-1b": {Subnet: "subnet-0b", ID: "vpce-" + name + "-b"},
		},
		Logging: []nfwtypes.LogDestinationConfig{
			dashboardLogsTo(nfwtypes.LogTypeAlert, nfwtypes.LogDestinationTypeCloudwatchLogs, "logGroup", "/"+name+"/alert"),
			dashboardLogsTo(nfwtypes.LogTypeFlow, nfwtypes.LogDestinationTypeCloudwatchLogs, "logGroup", "/"+name+"/flow"),
		},
	}
}

func dashboardLogsTo(kind nfwtypes.LogType, to nfwtypes.LogDestinationType, key, value string) nfwtypes.LogDestinationConfig {
	return nfwtypes.LogDestinationConfig{LogType: kind, LogDestinationType: to, LogDestination: map[string]string{key: value}}
}

func (w *dashboardWorld) clients() firewall.Clients {
	return firewall.NewClients(w.Config(dashboardRegion, dashboardAccount))
}

// sdk is another hand.
func (w *dashboardWorld) sdk() *cwsdk.Client {
	return cwsdk.NewFromConfig(w.Config(dashboardRegion, dashboardAccount))
}

// dashboardMust panics on an error of a call that prepares a world.
func dashboardMust[T any](out T, err error) T {
	if err != nil {
		panic(err)
	}
	return out
}

const foreignDefinition = `{"Schema": {"Name": "CloudWatchLogRule", "Version": 1}, "LogGroupNames": ["/edge/flow"], "LogFormat": "JSON",
	"AggregateOn": "Count", "Contribution": {"Keys": ["$.event.src_ip"], "Filters": []}}`

// putRule makes or replaces a rule by another hand.
func (w *dashboardWorld) putRule(name, definition, state, mark string) {
	tags := map[string]string{"team": "network"}
	if mark != "" {
		tags["awspatterns"] = mark
	}
	w.cloudwatch.CreateRule(dashboardAccount, dashboardRegion, name, definition, state, tags)
}

func (w *dashboardWorld) rule(name string) (definition, state string) {
	in := &cwsdk.DescribeInsightRulesInput{}
	for {
		out := dashboardMust(w.sdk().DescribeInsightRules(context.Background(), in))
		for _, r := range out.InsightRules {
			if *r.Name == name {
				return *r.Definition, *r.State
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return "", ""
		}
	}
}

// putDashboard makes or replaces a dashboard by another hand.
func (w *dashboardWorld) putDashboard(name, body string) {
	w.cloudwatch.CreateDashboard(dashboardAccount, dashboardRegion, name, body)
}

// body returns the dashboard, empty if there is none.
func (w *dashboardWorld) body(name string) string {
	out, err := w.sdk().GetDashboard(context.Background(), &cwsdk.GetDashboardInput{DashboardName: &name})
	if err != nil {
		return ""
	}
	return *out.DashboardBody
}

// putAlarm makes or replaces an alarm by another hand.
func (w *dashboardWorld) putAlarm(name, mark string) {
	tags := map[string]string{}
	if mark != "" {
		tags["awspatterns"] = mark
	}
	w.cloudwatch.CreateAlarm(dashboardAccount, dashboardRegion, cwsdk.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("AWS/NetworkFirewall"), MetricName: aws.String("ReceivedPackets"), Period: aws.Int32(60),
		Statistic: cwtypes.StatisticSum, EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorLessThanThreshold,
		InsufficientDataActions: []string{dashboardTopic},
	}, tags)
}

// putRendered makes what an earlier version of the dashboard had.
func (w *dashboardWorld) putRendered(d dashboard.Dashboard) {
	w.putDashboard(d.Name, string(d.Body.JSON()))
	for _, r := range d.Rules {
		w.putRule(r.Name, string(r.Definition.JSON()), r.State, edgeMark)
	}
	for _, a := range d.Alarms {
		var in cwsdk.PutMetricAlarmInput
		if err := json.Unmarshal(d.Files()["alarms/"+a.AlarmName+".json"], &in); err != nil {
			panic(err)
		}
		w.cloudwatch.CreateAlarm(dashboardAccount, dashboardRegion, in, map[string]string{"awspatterns": edgeMark})
	}
}

// lines counts what the stand-in has of a kind: "dashboard", "rule" or "alarm".
func (w *dashboardWorld) lines(kind string) (n int) {
	for line := range strings.Lines(w.cloudwatch.Dump()) {
		if strings.HasPrefix(line, kind+" ") {
			n++
		}
	}
	return n
}

func edgeOptions() firewall.DashboardOptions {
	return firewall.DashboardOptions{Firewalls: []string{"edge"}, Alarms: &dashboard.AlarmOptions{Actions: []string{dashboardTopic}}}
}

// applyDashboard plans and applies.
func applyDashboard(ctx context.Context, c firewall.Clients, opts firewall.DashboardOptions) (firewall.DashboardResult, error) {
	plan, err := firewall.PlanDashboard(ctx, c, opts)
	if err != nil {
		return firewall.DashboardResult{}, err
	}
	return firewall.ApplyDashboard(ctx, c, plan)
}

func plannedDashboard(t *testing.T, w *dashboardWorld, opts firewall.DashboardOptions) firewall.DashboardPlan {
	t.Helper()
	plan, err := firewall.PlanDashboard(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// briefDashboard tells each change in a line.
func briefDashboard(plan firewall.DashboardPlan) (lines []string) {
	for _, c := range plan.Changes {
		var fields []string
		for _, f := range c.Fields {
			fields = append(fields, f.Name)
		}
		line := fmt.Sprintf("%s %s: %s", c.Action, c.Resource.ID, strings.Join(fields, ", "))
		if c.Adopts {
			line += " (adopted)"
		}
		lines = append(lines, line)
	}
	return lines
}

// edgeMark is what the dashboard of edge marks its own with.
const edgeMark = "firewall.Dashboard/eu-central-1/edge-dashboard"

// renderedEdge is the dashboard of edge as it was rendered in an earlier version.
func renderedEdge(kinds ...dashboard.AlarmKind) dashboard.Dashboard {
	d := dashboardMust(dashboard.Render(dashboard.Options{
		Partition: "aws", Account: dashboardAccount, Region: dashboardRegion, Mark: edgeMark,
		Alarms: &dashboard.AlarmOptions{Kinds: kinds, Actions: []string{dashboardTopic}},
		Firewalls: []dashboard.Firewall{{
			Name: "edge", FlowLogGroup: "/edge/flow", AlertLogGroup: "/edge/alert",
			Endpoints: []dashboard.Endpoint{{AvailabilityZone: "eu-central-1a", SubnetID: "subnet-0a"}, {AvailabilityZone: "eu-central-1b", SubnetID: "subnet-0b"}},
		}},
	}))
	d.Body.Widgets = d.Body.Widgets[:59]
	return d
}

// staleDashboard is an account that has most of a dashboard: a widget, a rule and an
// alarm are missing, a rule and an alarm are changed and one rule is off, and there are
// rules of another firewall and an alarm that are not wanted any more. Beside are things
// of others that look alike.
func staleDashboard(c *awstest.Cloud) *dashboardWorld {
	w := newDashboardWorld(c)
	d := renderedEdge(dashboard.DroppedPackets, dashboard.NoTraffic, dashboard.TLSErrors)
	d.Rules = slices.DeleteFunc(d.Rules, func(r dashboard.Rule) bool { return r.Name == "TopTCPFlowsRule-edge" })
	w.putRendered(d)
	w.putRule("TopUDPFlowsRule-edge", foreignDefinition, "ENABLED", edgeMark)
	definition, _ := w.rule("TopICMPFlowsRule-edge")
	w.putRule("TopICMPFlowsRule-edge", definition, "DISABLED", edgeMark)
	w.putRule("TopTCPFlowsRule-east-west", foreignDefinition, "ENABLED", edgeMark)
	w.putRule("TopUDPFlowsRule-east-west", foreignDefinition, "ENABLED", edgeMark)
	w.putRule("TopTCPFlowsRule-other", foreignDefinition, "ENABLED", "")
	w.putRule("TopUDPFlowsRule-other", foreignDefinition, "ENABLED", "firewall.Dashboard/eu-central-1/other")
	w.putRule("MyRule", foreignDefinition, "ENABLED", "")
	w.cloudwatch.CreateManagedRule(dashboardAccount, dashboardRegion, "DynamoDBContributorInsights")
	w.putAlarm("NetworkFirewall-NoTraffic-other", "")
	w.putAlarm("NetworkFirewall-NoTraffic-edge", edgeMark)
	w.putDashboard("other", `{"widgets": []}`)
	return w
}

// staleOptions are what staleDashboard is to become.
func staleOptions() firewall.DashboardOptions {
	opts := edgeOptions()
	opts.Alarms.Kinds = []dashboard.AlarmKind{dashboard.DroppedPackets, dashboard.NoTraffic, dashboard.StreamException}
	return opts
}

// templateDashboard is an account with what the template of AWS makes: a dashboard, and
// rules of the names of ours, one of which counts as ours does.
func templateDashboard(c *awstest.Cloud) *dashboardWorld {
	w := newDashboardWorld(c)
	d := renderedEdge(dashboard.NoTraffic)
	w.putDashboard(d.Name, `{"widgets": [{"type": "metric", "properties": {"region": "eu-central-1", "metrics": [["AWS/EC2", "CPUUtilization"]]}}]}`)
	for i, r := range d.Rules[:3] {
		definition := foreignDefinition
		if i == 0 {
			definition = string(r.Definition.JSON())
		}
		w.putRule(r.Name, definition, "ENABLED", "")
	}
	w.putAlarm(d.Alarms[0].AlarmName, "firewall.Dashboard/eu-central-1/other")
	for _, r := range d.Rules[3:] {
		w.putRule(r.Name, string(r.Definition.JSON()), r.State, edgeMark)
	}
	return w
}

func templateOptions() firewall.DashboardOptions {
	opts := edgeOptions()
	opts.Adopt, opts.Alarms.Kinds = true, []dashboard.AlarmKind{dashboard.NoTraffic}
	return opts
}

func dashboardStates(outcomes []awspatterns.Outcome) map[awspatterns.State]int {
	states := map[awspatterns.State]int{}
	for _, o := range outcomes {
		states[o.State]++
	}
	return states
}
