package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/config"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// The account without -aws has the firewall policy that -policy names.
const inProcessAccount, inProcessRegion = "123456789012", "eu-central-1"

// group plans the rule group, and applies the plan if it is to.
func (s settings) group(ctx context.Context, stdout io.Writer) error {
	clients, err := s.connect(ctx)
	if err != nil {
		return err
	}
	opts := firewall.GeoRuleGroupOptions{
		Name: s.groupName, Description: "Countries, by examples/firewall-geo", Rules: geoRules(), Order: s.order(),
		Policy: s.policy, Priority: s.priority,
	}
	if sids, err := readSids(s.sids); err != nil {
		return err
	} else if s.sids != "" {
		opts.Sids = &sids
	}
	plan, err := firewall.PlanGeoRuleGroup(ctx, clients, opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\n%s", plan)
	if !s.apply {
		fmt.Fprintln(stdout, "\nNothing was changed: -apply applies the plan")
		return nil
	}
	plan.Progress = func(o awspatterns.Outcome) { fmt.Fprintf(stdout, "%s: %s %s\n", o.State, o.Action, o.Resource) }
	result, err := firewall.ApplyGeoRuleGroup(ctx, clients, plan)
	if err == nil {
		fmt.Fprintln(stdout, "The rule group:", result.ARN)
	}
	return err
}

// connect returns clients for the account of the environment or, without -aws, for one in
// this process.
func (s settings) connect(ctx context.Context) (firewall.Clients, error) {
	if s.aws {
		cfg, err := config.LoadDefaultConfig(ctx)
		return firewall.NewClients(cfg), err
	}
	cloud := awstest.New(nil)
	sts.Handle(cloud)
	service := networkfirewall.New(cloud)
	if s.policy != "" {
		service.CreatePolicy(inProcessAccount, inProcessRegion, networkfirewall.Policy{Name: s.policy, Policy: nfwtypes.FirewallPolicy{
			StatelessDefaultActions:         []string{"aws:forward_to_sfe"},
			StatelessFragmentDefaultActions: []string{"aws:forward_to_sfe"},
			StatefulEngineOptions:           &nfwtypes.StatefulEngineOptions{RuleOrder: nfwtypes.RuleOrder(s.order())},
		}})
	}
	return firewall.NewClients(cloud.Config(inProcessRegion, inProcessAccount)), nil
}
