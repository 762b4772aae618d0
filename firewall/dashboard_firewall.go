package firewall

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// A dashboardFirewall is a firewall as far as it was read.
type dashboardFirewall struct {
	dashboard.Firewall
	problems []DashboardProblem
	unknown  error // why it could not be read
}

func (f *dashboardFirewall) problem(kind DashboardProblemKind, fix, format string, args ...any) {
	f.problems = append(f.problems, DashboardProblem{f.Name, kind, fmt.Sprintf(format, args...), fix})
}

// readFirewall reads a firewall with all that is wrong with it. What is not found keeps
// it from looking further.
func readFirewall(ctx context.Context, c Clients, name string) dashboardFirewall {
	f := dashboardFirewall{Firewall: dashboard.Firewall{Name: name}}
	out, err := c.NetworkFirewall.DescribeFirewall(ctx, &networkfirewall.DescribeFirewallInput{FirewallName: &name})
	if _, missing := errors.AsType[*nfwtypes.ResourceNotFoundException](err); missing {
		f.problem(FirewallNotFound, "name one of these, or use the clients of its account and Region", "%s", otherFirewalls(ctx, c))
		return f
	}
	if f.unknown = err; err != nil {
		return f
	}
	if out.Firewall != nil {
		f.ARN = aws.ToString(out.Firewall.FirewallArn)
	}
	f.readEndpoints(out.FirewallStatus)
	if f.readLogging(ctx, c); f.unknown != nil {
		return f
	}
	for _, group := range []string{f.FlowLogGroup, f.AlertLogGroup} {
		if group != "" && f.unknown == nil {
			f.readLogGroup(ctx, c, group)
		}
	}
	return f
}

// otherFirewalls tells which firewalls there are.
func otherFirewalls(ctx context.Context, c Clients) string {
	var names []string
	pages := networkfirewall.NewListFirewallsPaginator(c.NetworkFirewall, &networkfirewall.ListFirewallsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "there is no such firewall, and which there are could not be listed"
		}
		for _, f := range page.Firewalls {
			names = append(names, aws.ToString(f.FirewallName))
		}
	}
	if len(names) == 0 {
		return "there is no firewall in this account and Region"
	}
	slices.Sort(names)
	return "there is no such firewall, but " + strings.Join(names, ", ")
}

// readEndpoints takes the endpoints from the state of the firewall, by Availability Zone.
func (f *dashboardFirewall) readEndpoints(status *nfwtypes.FirewallStatus) {
	states := map[string]nfwtypes.SyncState{}
	if status != nil {
		states = status.SyncStates
	}
	subnets := 0
	for _, zone := range slices.Sorted(maps.Keys(states)) {
		a := states[zone].Attachment
		if a == nil {
			a = &nfwtypes.Attachment{}
		}
		e := dashboard.Endpoint{AvailabilityZone: zone, SubnetID: aws.ToString(a.SubnetId), EndpointID: aws.ToString(a.EndpointId)}
		if e.SubnetID != "" {
			subnets++
		}
		if a.Status != nfwtypes.AttachmentStatusReady {
			detail := fmt.Sprintf("the endpoint in %s is %s", zone, orNoStatus(string(a.Status)))
			if a.StatusMessage != nil {
				detail += ": " + *a.StatusMessage
			}
			f.problem(EndpointNotReady, "wait until it is READY, or accept it", "%s", detail)
		}
		f.Endpoints = append(f.Endpoints, e)
	}
	if subnets == 0 {
		f.problem(NoSubnets, "accept it: CloudWatch then shows nothing of its endpoints", "it has no endpoint in a subnet of this account")
	}
}

func orNoStatus(s string) string {
	if s == "" {
		return "without a status"
	}
	return s
}

// readLogging reads where the firewall logs to.
func (f *dashboardFirewall) readLogging(ctx context.Context, c Clients) {
	out, err := c.NetworkFirewall.DescribeLoggingConfiguration(ctx, &networkfirewall.DescribeLoggingConfigurationInput{FirewallName: &f.Name})
	if f.unknown = err; err != nil {
		return
	}
	var configs []nfwtypes.LogDestinationConfig
	if out.LoggingConfiguration != nil {
		configs = out.LoggingConfiguration.LogDestinationConfigs
	}
	const fix = "log flows and alerts to two CloudWatch log groups"
	if !slices.ContainsFunc(configs, func(l nfwtypes.LogDestinationConfig) bool { return l.LogType != nfwtypes.LogTypeTls }) {
		f.problem(LoggingOff, fix, "it logs neither flows nor alerts")
		return
	}
	f.FlowLogGroup = f.logGroup(configs, nfwtypes.LogTypeFlow, fix)
	f.AlertLogGroup = f.logGroup(configs, nfwtypes.LogTypeAlert, fix)
	if f.FlowLogGroup == f.AlertLogGroup && f.FlowLogGroup != "" {
		f.problem(OneLogGroup, fix, "it logs both to %s", f.FlowLogGroup)
	}
}

// logGroup returns the group that logs of a type go to, empty if they go to none.
func (f *dashboardFirewall) logGroup(configs []nfwtypes.LogDestinationConfig, kind nfwtypes.LogType, fix string) string {
	elsewhere := ""
	for _, l := range configs {
		if l.LogType != kind {
			continue
		}
		if l.LogDestinationType == nfwtypes.LogDestinationTypeCloudwatchLogs {
			return l.LogDestination["logGroup"]
		}
		elsewhere = string(l.LogDestinationType)
	}
	if elsewhere == "" {
		f.problem(LogTypeMissing, fix, "it has no %s log", kind)
	} else {
		f.problem(NotCloudWatch, fix, "its %s log goes to %s", kind, elsewhere)
	}
	return ""
}

// readLogGroup looks whether a group is there and of a class that rules can read ("Log
// classes" in the CloudWatch Logs user guide).
func (f *dashboardFirewall) readLogGroup(ctx context.Context, c Clients, name string) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.Logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if f.unknown = err; err != nil {
			return
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) != name {
				continue
			}
			if g.LogGroupClass != "" && g.LogGroupClass != logstypes.LogGroupClassStandard {
				f.problem(LogGroupClass, "log to a group of the Standard class, or accept it", "the log group %s is of the class %s", name, g.LogGroupClass)
			}
			return
		}
	}
	f.problem(LogGroupMissing, "create it, log to another one, or accept it", "there is no log group %s", name)
}
