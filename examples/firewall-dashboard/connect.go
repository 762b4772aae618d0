package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/config"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// The account without -aws.
const (
	inProcessAccount = "123456789012"
	inProcessRegion  = "eu-central-1"
)

// inProcess are its firewalls.
var inProcess = []string{"edge-inspection", "east-west"}

// connect returns clients for the account of the environment or, without -aws, for one in
// this process.
func (s *settings) connect(ctx context.Context, w io.Writer) (firewall.Clients, error) {
	if s.aws {
		cfg, err := config.LoadDefaultConfig(ctx)
		if err == nil && cfg.Region == "" {
			err = errors.New("no Region: set AWS_REGION, or a profile that has one")
		}
		return firewall.NewClients(cfg), err
	}
	if len(s.opts.Firewalls) == 0 && s.opts.Name == "" {
		s.invent()
	}
	cloud := awstest.New(nil)
	sts.Handle(cloud)
	cloudwatch.New(cloud)
	groups, firewalls := cloudwatchlogs.New(cloud), networkfirewall.New(cloud)
	for _, name := range inProcess {
		log := func(kind nfwtypes.LogType, what string) nfwtypes.LogDestinationConfig {
			group := "/network-firewall/" + name + "/" + what
			groups.CreateGroup(inProcessAccount, inProcessRegion, cloudwatchlogs.Group{Name: group})
			return nfwtypes.LogDestinationConfig{
				LogType: kind, LogDestinationType: nfwtypes.LogDestinationTypeCloudwatchLogs, LogDestination: map[string]string{"logGroup": group},
			}
		}
		firewalls.CreateFirewall(inProcessAccount, inProcessRegion, networkfirewall.Firewall{
			Name: name, VPC: "vpc-0f1e2d3c4b5a69788",
			Endpoints: map[string]networkfirewall.Endpoint{
				"eu-central-1a": {Subnet: "subnet-0a1b2c3d4e5f60718", ID: "vpce-0a1b2c3d4e5f60718"},
				"eu-central-1b": {Subnet: "subnet-0b1c2d3e4f5061728", ID: "vpce-0b1c2d3e4f5061728"},
			},
			Logging: []nfwtypes.LogDestinationConfig{log(nfwtypes.LogTypeFlow, "flow"), log(nfwtypes.LogTypeAlert, "alert")},
		})
	}
	fmt.Fprintf(w, "Firewalls of AWS in this process: %s and %s\n\n", inProcess[0], inProcess[1])
	return firewall.NewClients(cloud.Config(inProcessRegion, inProcessAccount)), nil
}

// invent fills in what a run without flags shows, with prices so that there are some; ask
// the price list for those of the day.
func (s *settings) invent() {
	s.opts.Firewalls = inProcess[:1]
	if s.opts.Alarms == nil {
		s.opts.Alarms = &dashboard.AlarmOptions{Actions: []string{"arn:aws:sns:" + inProcessRegion + ":" + inProcessAccount + ":network-operations"}}
	}
	if s.opts.Usage.FlowEvents == 0 {
		s.opts.Usage = dashboard.Usage{FlowEvents: 250e6, AlertEvents: 4e6, FlowGB: 1.2, AlertGB: .05, Refreshes: 300}
	}
	if s.opts.Prices.MillionEvents == 0 {
		s.opts.Prices = dashboard.Prices{Rule: .5, MillionEvents: .02, ScannedGB: .0063, Dashboard: 3, AlarmMetric: .1}
	}
}
