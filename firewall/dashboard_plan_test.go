package firewall_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
)

// TestPlanDashboard: from the name of a firewall alone.
func TestPlanDashboard(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	opts := edgeOptions()
	opts.Usage = dashboard.Usage{FlowEvents: 300e6, AlertEvents: 2e6}
	opts.Prices = dashboard.Prices{Rule: .5, MillionEvents: .02, Dashboard: 3, AlarmMetric: .1}
	plan := plannedDashboard(t, w, opts)
	golden.Equal(t, filepath.Join("testdata", "golden", "dashboard_plan.txt"), plan.String())
	if plan.Dashboard.URL != "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards:name=edge-dashboard" || plan.Name != "edge-dashboard" {
		t.Errorf("got %s, %s", plan.Name, plan.Dashboard.URL)
	}
	if last := plan.Changes[len(plan.Changes)-1].Resource.Type; last != "CloudWatch dashboard" {
		t.Errorf("the last change is about a %s", last)
	}
	if w.cloudwatch.Writes() > 0 || len(plan.Accepted)+len(plan.Notes) > 0 {
		t.Errorf("got %d writes, %v, %v", w.cloudwatch.Writes(), plan.Accepted, plan.Notes)
	}
}

// TestPlanDashboardStale: what is there is compared with what should be.
func TestPlanDashboardStale(t *testing.T) {
	w := staleDashboard(awstest.New(t))
	got := briefDashboard(plannedDashboard(t, w, staleOptions()))
	want := []string{
		"create TopTCPFlowsRule-edge: rule, state",
		"update TopUDPFlowsRule-edge: definition",
		"update TopICMPFlowsRule-edge: state",
		"create NetworkFirewall-StreamExceptionPolicyPackets-edge: description, actions",
		"update NetworkFirewall-NoTraffic-edge: AlarmActions, AlarmDescription, Besides, ComparisonOperator, DatapointsToAlarm, EvaluationPeriods, Metrics, Threshold, TreatMissingData",
		"update edge-dashboard: widgets, widget 59",
		"delete NetworkFirewall-TLSErrors-edge: ",
		"delete TopTCPFlowsRule-east-west: ",
		"delete TopUDPFlowsRule-east-west: ",
	}
	slices.Sort(got[:3])
	slices.Sort(want[:3])
	slices.Sort(got[3:5])
	slices.Sort(want[3:5])
	for i, line := range got {
		got[i] = strings.Replace(line, "ActionsEnabled, ", "", 1) // by another hand, they are not enabled
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPlanDashboardForeign: what others made is blocked unless it is adopted; what they
// made as it should be is made use of.
func TestPlanDashboardForeign(t *testing.T) {
	w := templateDashboard(awstest.New(t))
	opts := templateOptions()
	opts.Adopt = false
	plan := plannedDashboard(t, w, opts)
	want := []string{
		"blocked TopSourceIPByPacketsRule-edge: ", "blocked TopTCPSYNWithoutSYNACKRule-edge: ",
		"blocked NetworkFirewall-NoTraffic-edge: ", "blocked edge-dashboard: ",
	}
	got := briefDashboard(plan)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if !strings.Contains(plan.String(), "it has that name and belongs to firewall.Dashboard/eu-central-1/other") {
		t.Errorf("got\n%s", plan)
	}
	before := w.cloudwatch.Dump()
	if _, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrIncomplete) || w.cloudwatch.Dump() != before {
		t.Errorf("got %v", err)
	}

	adopted := plannedDashboard(t, w, templateOptions())
	for _, line := range briefDashboard(adopted) {
		if !strings.HasPrefix(line, "update ") || !strings.HasSuffix(line, " (adopted)") {
			t.Errorf("got %s", line)
		}
	}
	if len(adopted.Changes) != 5 || !strings.Contains(adopted.String(), "what it shows now is replaced") {
		t.Errorf("got\n%s", adopted)
	}
}

// TestPlanDashboardHostile: what is there can be anything.
func TestPlanDashboardHostile(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	w.putRule("TopTCPFlowsRule-edge", "not JSON \x1b[2J\n+   create nothing", "ENABLED", edgeMark)
	w.putRule("TopUDPFlowsRule-edge", `[]`, "ON", edgeMark)
	w.putRule("TopTCPFlowsRule-"+strings.Repeat("x", 100), "", "", edgeMark)
	w.putDashboard("edge-dashboard", `{"widgets": [1, {"type": "text", "properties": {"markdown": 7}}, {"type": "text", "properties": {"markdown": "`+"`"+edgeMark+"`"+`"}}]}`)
	plan := plannedDashboard(t, w, firewall.DashboardOptions{Firewalls: []string{"edge"}})
	if n := [3]int{plan.Count(awspatterns.Create), plan.Count(awspatterns.Update), plan.Count(awspatterns.Delete)}; n != [3]int{24, 3, 1} {
		t.Errorf("got %v\n%s", n, plan)
	}
	if text := plan.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "\n+   create nothing") {
		t.Errorf("got %q", text)
	}
	if _, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan); err != nil {
		t.Error(err)
	}
	for _, body := range []string{"", "{", "[]", `{"widgets": "` + edgeMark + `"}`} {
		w.putDashboard("edge-dashboard", body)
		if plan := plannedDashboard(t, w, firewall.DashboardOptions{Firewalls: []string{"edge"}}); plan.Count(awspatterns.Blocked) != 1 || len(plan.Changes) != 1 {
			t.Errorf("%q: got\n%s", body, plan)
		}
	}
}

// TestDashboardShared: two dashboards show one firewall; removing one leaves what the
// other made.
func TestDashboardShared(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	opts := firewall.DashboardOptions{Firewalls: []string{"edge"}}
	for _, name := range []string{"first", "second"} {
		opts.Name = name
		result, err := applyDashboard(t.Context(), w.clients(), opts)
		if want := map[string]int{"first": 27, "second": 1}[name]; err != nil || len(result.Outcomes) != want {
			t.Errorf("%s: got %d outcomes, %v", name, len(result.Outcomes), err)
		}
	}
	if _, err := applyDashboard(t.Context(), w.clients(), firewall.DashboardOptions{Name: "second", Remove: true}); err != nil || w.lines("rule") != 26 || w.lines("dashboard") != 1 {
		t.Errorf("got %d rules, %d dashboards, %v", w.lines("rule"), w.lines("dashboard"), err)
	}
}

// TestDashboardOfAnotherRegion: dashboards are of the account, so one of the same name
// that was made for another Region is another one's.
func TestDashboardOfAnotherRegion(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	w.firewalls.CreateFirewall(dashboardAccount, "eu-west-1", goodFirewall("edge"))
	for _, group := range []string{"/edge/flow", "/edge/alert"} {
		w.logs.CreateGroup(dashboardAccount, "eu-west-1", cloudwatchlogs.Group{Name: group})
	}
	if _, err := applyDashboard(t.Context(), w.clients(), edgeOptions()); err != nil {
		t.Fatal(err)
	}
	plan, err := firewall.PlanDashboard(t.Context(), firewall.NewClients(w.Config("eu-west-1", dashboardAccount)), edgeOptions())
	if err != nil || plan.Count(awspatterns.Blocked) != 1 || plan.Count(awspatterns.Create) != 32 {
		t.Errorf("got %v, %v", briefDashboard(plan), err)
	}
	removal, err := firewall.PlanDashboard(t.Context(), firewall.NewClients(w.Config("eu-west-1", dashboardAccount)), firewall.DashboardOptions{Name: "edge-dashboard", Remove: true})
	if err != nil || !removal.Empty() {
		t.Errorf("removal: got %v, %v", briefDashboard(removal), err)
	}
}

// TestDashboardProblems: each thing that the article says to look at, by its name.
func TestDashboardProblems(t *testing.T) {
	const cw = nfwtypes.LogDestinationTypeCloudwatchLogs
	flow := dashboardLogsTo(nfwtypes.LogTypeFlow, cw, "logGroup", "/edge/flow")
	alert := dashboardLogsTo(nfwtypes.LogTypeAlert, cw, "logGroup", "/edge/alert")
	tests := []struct {
		name   string
		change func(*networkfirewall.Firewall)
		want   []firewall.DashboardProblemKind
		says   string
	}{
		{"no logs", func(f *networkfirewall.Firewall) { f.Logging = nil }, []firewall.DashboardProblemKind{firewall.LoggingOff}, "it logs neither"},
		{"TLS logs alone", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{dashboardLogsTo(nfwtypes.LogTypeTls, cw, "logGroup", "/edge/flow")}
		}, []firewall.DashboardProblemKind{firewall.LoggingOff}, "it logs neither"},
		{"flows alone", func(f *networkfirewall.Firewall) { f.Logging = []nfwtypes.LogDestinationConfig{flow} },
			[]firewall.DashboardProblemKind{firewall.LogTypeMissing}, "it has no ALERT log"},
		{"to S3", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{dashboardLogsTo(nfwtypes.LogTypeFlow, nfwtypes.LogDestinationTypeS3, "bucketName", "logs"), alert}
		}, []firewall.DashboardProblemKind{firewall.NotCloudWatch}, "its FLOW log goes to S3"},
		{"to Firehose", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{flow, dashboardLogsTo(nfwtypes.LogTypeAlert, nfwtypes.LogDestinationTypeKinesisDataFirehose, "deliveryStream", "logs")}
		}, []firewall.DashboardProblemKind{firewall.NotCloudWatch}, "its ALERT log goes to KinesisDataFirehose"},
		{"to one group", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{flow, dashboardLogsTo(nfwtypes.LogTypeAlert, cw, "logGroup", "/edge/flow")}
		}, []firewall.DashboardProblemKind{firewall.OneLogGroup}, "it logs both to /edge/flow"},
		{"no such groups", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{dashboardLogsTo(nfwtypes.LogTypeFlow, cw, "logGroup", "/edge/fl"), dashboardLogsTo(nfwtypes.LogTypeAlert, cw, "logGroup", "/edge/al")}
		}, []firewall.DashboardProblemKind{firewall.LogGroupMissing, firewall.LogGroupMissing}, "there is no log group /edge/fl;"},
		{"a class that rules do not read", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{dashboardLogsTo(nfwtypes.LogTypeFlow, cw, "logGroup", "/edge/rare"), alert}
		}, []firewall.DashboardProblemKind{firewall.LogGroupClass}, "the log group /edge/rare is of the class INFREQUENT_ACCESS"},
		{"an endpoint that is not ready", func(f *networkfirewall.Firewall) {
			f.Endpoints["eu-central-1b"] = networkfirewall.Endpoint{Subnet: "subnet-0b", Status: nfwtypes.AttachmentStatusCreating}
		}, []firewall.DashboardProblemKind{firewall.EndpointNotReady}, "the endpoint in eu-central-1b is CREATING"},
		{"on a transit gateway", func(f *networkfirewall.Firewall) {
			f.TransitGateway, f.Endpoints = "tgw-1", map[string]networkfirewall.Endpoint{"eu-central-1a": {ID: "vpce-1"}}
		}, []firewall.DashboardProblemKind{firewall.NoSubnets}, "no endpoint in a subnet"},
		{"all at once", func(f *networkfirewall.Firewall) {
			f.Logging = []nfwtypes.LogDestinationConfig{dashboardLogsTo(nfwtypes.LogTypeFlow, nfwtypes.LogDestinationTypeS3, "bucketName", "logs")}
			f.Endpoints = nil
		}, []firewall.DashboardProblemKind{firewall.NoSubnets, firewall.NotCloudWatch, firewall.LogTypeMissing}, "firewall edge: NotCloudWatch: its FLOW log goes to S3; log flows and alerts to two CloudWatch log groups"},
	}
	accepted := []firewall.DashboardProblemKind{firewall.LogGroupMissing, firewall.LogGroupClass, firewall.EndpointNotReady, firewall.NoSubnets}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newDashboardWorld(awstest.New(t))
			w.logs.CreateGroup(dashboardAccount, dashboardRegion, cloudwatchlogs.Group{Name: "/edge/rare", Class: logstypes.LogGroupClassInfrequentAccess})
			f := goodFirewall("edge")
			test.change(&f)
			w.firewalls.CreateFirewall(dashboardAccount, dashboardRegion, f)
			opts := firewall.DashboardOptions{Firewalls: []string{"edge"}}
			_, err := firewall.PlanDashboard(t.Context(), w.clients(), opts)
			problems, ok := errors.AsType[*firewall.DashboardProblemsError](err)
			if !ok || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), "firewall: plan dashboard edge-dashboard: ") {
				t.Fatalf("got %v", err)
			}
			var kinds []firewall.DashboardProblemKind
			for _, p := range problems.Problems {
				kinds = append(kinds, p.Kind)
				if p.Firewall != "edge" || p.Fix == "" {
					t.Errorf("got %+v", p)
				}
			}
			if !slices.Equal(kinds, test.want) {
				t.Errorf("got %v", kinds)
			}
			opts.Accept = accepted
			plan, err := firewall.PlanDashboard(t.Context(), w.clients(), opts)
			if slices.Contains(accepted, test.want[0]) && len(test.want) <= 2 {
				if err != nil || len(plan.Accepted) != len(test.want) || plan.Count(awspatterns.Create) != 27 {
					t.Errorf("accepted: got %v, %v", plan.Accepted, err)
				}
			} else if _, ok := errors.AsType[*firewall.DashboardProblemsError](err); !ok {
				t.Errorf("cannot be accepted: got %v", err)
			}
		})
	}
}

// TestDashboardFirewallNotFound tells which firewalls there are.
func TestDashboardFirewallNotFound(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	w.firewalls.PageSize = 1
	for _, test := range []struct {
		region, want string
		deny         bool
	}{
		{"eu-central-1", "firewall edg: FirewallNotFound: there is no such firewall, but east-west, edge; name one of these", false},
		{"us-east-1", "there is no firewall in this account and Region", false},
		{"eu-central-1", "which there are could not be listed", true},
	} {
		if test.deny {
			w.Inject(awstest.Fault{Operation: "Network Firewall.ListFirewalls", Err: awstest.Denied()})
		}
		_, err := firewall.PlanDashboard(t.Context(), firewall.NewClients(w.Config(test.region, dashboardAccount)), firewall.DashboardOptions{Firewalls: []string{"edg", "edge"}, Name: "x"})
		problems, ok := errors.AsType[*firewall.DashboardProblemsError](err)
		if !ok || problems.Problems[0].Kind != firewall.FirewallNotFound || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", test.region, err)
		}
	}
}

// TestPlanDashboardUnknown: what cannot be read is unknown, and nothing is deleted.
func TestPlanDashboardUnknown(t *testing.T) {
	for operation, want := range map[string]string{
		"Network Firewall.DescribeFirewall":             "unknown edge",
		"Network Firewall.DescribeLoggingConfiguration": "unknown edge",
		"CloudWatch Logs.DescribeLogGroups":             "unknown edge",
		"CloudWatch.DescribeInsightRules":               "unknown all",
		"CloudWatch.DescribeAlarms":                     "unknown all",
		"CloudWatch.GetDashboard":                       "unknown edge-dashboard",
	} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := staleDashboard(awstest.New(t))
				w.Inject(awstest.Fault{Operation: operation, Err: awstest.Denied()})
				plan := plannedDashboard(t, w, staleOptions())
				if !plan.Incomplete || !slices.ContainsFunc(briefDashboard(plan), func(line string) bool { return strings.HasPrefix(line, want) }) {
					t.Errorf("got\n%s", plan)
				}
				if strings.HasPrefix(operation, "CloudWatch.") != plan.Applies() {
					t.Errorf("got\n%s", plan)
				}
				result, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan)
				if err == nil || w.lines("rule") < 26 {
					t.Errorf("got %v, %v", dashboardStates(result.Outcomes), err)
				}
			})
		})
	}
}

// TestPlanDashboardRefuses: bad options are refused before the first call.
func TestPlanDashboardRefuses(t *testing.T) {
	many := make([]string, 9)
	for i := range many {
		many[i] = fmt.Sprintf("edge-%d", i)
	}
	for _, test := range []struct {
		opts firewall.DashboardOptions
		want string
	}{
		{firewall.DashboardOptions{}, "Firewalls: none"},
		{firewall.DashboardOptions{Remove: true}, "Firewalls: none"},
		{firewall.DashboardOptions{Firewalls: []string{"a", "b"}}, `Name: ""`},
		{firewall.DashboardOptions{Firewalls: []string{"edge", "edge"}, Name: "x"}, "is there twice"},
		{firewall.DashboardOptions{Firewalls: []string{`e" OR "`}}, "Firewalls[0].Name"},
		{firewall.DashboardOptions{Firewalls: many, Name: "x"}, "540 widgets; want at most 500"},
		{firewall.DashboardOptions{Firewalls: []string{"edge"}, TopN: 101}, "TopN: 101; want 1 to 100"},
		{firewall.DashboardOptions{Firewalls: []string{"edge"}, RulesState: "ON"}, "RulesState"},
		{firewall.DashboardOptions{Firewalls: []string{"edge"}, Accept: []firewall.DashboardProblemKind{firewall.NotCloudWatch}}, `Accept: "NotCloudWatch"; want some of`},
		{firewall.DashboardOptions{Firewalls: []string{"edge"}, Alarms: &dashboard.AlarmOptions{Actions: []string{"x"}}}, "Alarms.Actions"},
	} {
		w := newDashboardWorld(awstest.New(t))
		_, err := firewall.PlanDashboard(t.Context(), w.clients(), test.opts)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "dashboard: render") || w.Count() > 0 {
			t.Errorf("got %v after %d calls, want %s", err, w.Count(), test.want)
		}
		if p := firewall.DashboardPermissions(test.opts); p.Plan != nil {
			t.Errorf("%s: refused, and needs %v", test.want, p.Plan.Actions())
		}
	}
	w := newDashboardWorld(awstest.New(t))
	for name, clients := range map[string]func(*firewall.Clients){
		"CloudWatch": func(c *firewall.Clients) { c.CloudWatch = nil }, "STS": func(c *firewall.Clients) { c.STS = nil },
		"NetworkFirewall": func(c *firewall.Clients) { c.NetworkFirewall = nil }, "Logs": func(c *firewall.Clients) { c.Logs = nil },
		"Region": func(c *firewall.Clients) { c.Region = "" },
	} {
		c := w.clients()
		clients(&c)
		if _, err := firewall.PlanDashboard(t.Context(), c, edgeOptions()); err == nil || !strings.Contains(err.Error(), name) || w.Count() > 0 {
			t.Errorf("without %s: got %v", name, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shut down")
	cancel(why)
	if _, err := firewall.PlanDashboard(ctx, w.clients(), edgeOptions()); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// TestPlanDashboardPartition: in China, with the ARNs and links of there.
func TestPlanDashboardPartition(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	w.firewalls.CreateFirewall(dashboardAccount, "cn-north-1", goodFirewall("edge"))
	for _, group := range []string{"/edge/flow", "/edge/alert"} {
		w.logs.CreateGroup(dashboardAccount, "cn-north-1", cloudwatchlogs.Group{Name: group})
	}
	clients := firewall.NewClients(w.Config("cn-north-1", dashboardAccount))
	result, err := applyDashboard(t.Context(), clients, edgeOptions())
	if err != nil || result.URL != "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#dashboards/dashboard/edge-dashboard" {
		t.Fatalf("got %s, %v", result.URL, err)
	}
	dump := w.cloudwatch.Dump()
	for _, want := range []string{
		"dashboard arn:aws-cn:cloudwatch::123456789012:dashboard/edge-dashboard",
		"rule arn:aws-cn:cloudwatch:cn-north-1:123456789012:insight-rule/TopTCPFlowsRule-edge",
		"arn=arn_aws-cn_network-firewall_cn-north-1_123456789012_firewall~edge",
	} {
		if !strings.Contains(dump, want) {
			t.Errorf("there is no %s", want)
		}
	}
	plan, err := firewall.PlanDashboard(t.Context(), clients, edgeOptions())
	if err != nil || !plan.Empty() {
		t.Errorf("afterwards %v, %v", briefDashboard(plan), err)
	}
}

// TestPlanDashboardQuota: more rules than an account has without a raised quota are told.
func TestPlanDashboardQuota(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	for i := range 80 {
		w.putRule(fmt.Sprintf("mine-%d", i), foreignDefinition, "ENABLED", "")
	}
	plan := plannedDashboard(t, w, edgeOptions())
	if len(plan.Notes) != 1 || !strings.Contains(plan.Notes[0], "There will be 106 Contributor Insights rules") {
		t.Errorf("got %q", plan.Notes)
	}
}
