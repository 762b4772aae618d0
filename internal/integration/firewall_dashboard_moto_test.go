package integration_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// A motoFirewall adds the endpoints of a firewall, which moto does not have.
type motoFirewall struct{ *networkfirewall.Client }

func (c motoFirewall) DescribeFirewall(ctx context.Context, in *networkfirewall.DescribeFirewallInput, o ...func(*networkfirewall.Options)) (*networkfirewall.DescribeFirewallOutput, error) {
	out, err := c.Client.DescribeFirewall(ctx, in, o...)
	if err == nil {
		out.FirewallStatus.SyncStates = map[string]nfwtypes.SyncState{"eu-central-1a": {Attachment: &nfwtypes.Attachment{
			SubnetId: aws.String("subnet-0a"), EndpointId: aws.String("vpce-0a"), Status: nfwtypes.AttachmentStatusReady,
		}}}
	}
	return out, err
}

// motoDashboards makes a moto with a firewall that logs to two groups. Its CloudWatch does
// not know the protocol that the client speaks by default, and is spoken to in the older
// one.
func motoDashboards(t *testing.T) (firewall.Clients, *cloudwatch.Client) {
	t.Helper()
	cfg := motoConfig(startMoto(t))
	clients := firewall.NewClients(cfg)
	metrics := cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) { o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801) })
	firewalls, logs := networkfirewall.NewFromConfig(cfg), cloudwatchlogs.NewFromConfig(cfg)
	clients.CloudWatch, clients.NetworkFirewall = metrics, motoFirewall{firewalls}
	if _, err := firewalls.CreateFirewall(t.Context(), &networkfirewall.CreateFirewallInput{
		FirewallName: aws.String("edge"), VpcId: aws.String("vpc-1"), FirewallPolicyArn: aws.String("arn:aws:network-firewall:eu-central-1:123456789012:firewall-policy/p"),
		SubnetMappings: []nfwtypes.SubnetMapping{{SubnetId: aws.String("subnet-0a")}},
	}); err != nil {
		t.Fatal(err)
	}
	logging := &nfwtypes.LoggingConfiguration{}
	for kind, group := range map[nfwtypes.LogType]string{nfwtypes.LogTypeFlow: "/edge/flow", nfwtypes.LogTypeAlert: "/edge/alert"} {
		if _, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}); err != nil {
			t.Fatal(err)
		}
		logging.LogDestinationConfigs = append(logging.LogDestinationConfigs, nfwtypes.LogDestinationConfig{
			LogType: kind, LogDestinationType: nfwtypes.LogDestinationTypeCloudwatchLogs, LogDestination: map[string]string{"logGroup": group},
		})
	}
	if _, err := firewalls.UpdateLoggingConfiguration(t.Context(), &networkfirewall.UpdateLoggingConfigurationInput{FirewallName: aws.String("edge"), LoggingConfiguration: logging}); err != nil {
		t.Fatal(err)
	}
	return clients, metrics
}

// TestDashboardOnMoto takes a dashboard through its life in a CloudWatch that is not ours.
func TestDashboardOnMoto(t *testing.T) {
	clients, metrics := motoDashboards(t)
	opts := firewall.DashboardOptions{Firewalls: []string{"edge"}, Alarms: &dashboard.AlarmOptions{Actions: []string{"arn:aws:sns:eu-central-1:123456789012:ops"}}}
	off := opts
	off.RulesState, off.Alarms = dashboard.Disabled, nil
	removal := firewall.DashboardOptions{Name: "edge-dashboard", Remove: true}
	for _, step := range []struct {
		name                   string
		opts                   firewall.DashboardOptions
		create, update, delete int
	}{{"create", opts, 33, 0, 0}, {"off", off, 0, 26, 6}, {"remove", removal, 0, 0, 27}} {
		plan, err := firewall.PlanDashboard(t.Context(), clients, step.opts)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := [3]int{plan.Count(awspatterns.Create), plan.Count(awspatterns.Update), plan.Count(awspatterns.Delete)}; n != [3]int{step.create, step.update, step.delete} {
			t.Errorf("%s: got %v\n%s", step.name, n, plan)
		}
		if _, err := firewall.ApplyDashboard(t.Context(), clients, plan); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		again, err := firewall.PlanDashboard(t.Context(), clients, step.opts)
		if err != nil || !again.Empty() {
			t.Errorf("%s: afterwards %v\n%s", step.name, err, again)
		}
		if step.name == "create" {
			out, err := metrics.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: aws.String("edge-dashboard")})
			if err != nil {
				t.Fatal(err)
			}
			var body dashboard.Body
			if err := json.Unmarshal([]byte(*out.DashboardBody), &body); err != nil || len(body.Widgets) != 60 {
				t.Errorf("got %d widgets, %v", len(body.Widgets), err)
			}
		}
	}
	left, err := metrics.DescribeInsightRules(t.Context(), &cloudwatch.DescribeInsightRulesInput{})
	if err != nil || len(left.InsightRules) > 0 {
		t.Errorf("got %d rules, %v", len(left.InsightRules), err)
	}
}
