package firewall_test

import (
	"context"
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// A dashboard from the name of a firewall: planned, looked at, applied.
func ExamplePlanDashboard() {
	clients := newDashboardWorld(awstest.New(nil)).clients() // in a program: firewall.NewClients(cfg)
	ctx := context.Background()
	plan, err := firewall.PlanDashboard(ctx, clients, firewall.DashboardOptions{
		Firewalls: []string{"edge"},
		Alarms:    &dashboard.AlarmOptions{Actions: []string{"arn:aws:sns:eu-central-1:123456789012:ops"}},
		Usage:     dashboard.Usage{FlowEvents: 300e6},
	})
	if err != nil {
		fmt.Println(err) // a *firewall.DashboardProblemsError tells what to do before there can be a dashboard
		return
	}
	fmt.Println(plan.Count(awspatterns.Create), "to create;", plan.Costs[1])
	result, err := firewall.ApplyDashboard(ctx, clients, plan)
	fmt.Println(len(result.Outcomes), "made:", result.URL, err)
	// Output:
	// 33 to create; matches of rules in flow logs a month, at most: 5100 (per million events)
	// 33 made: https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards:name=edge-dashboard <nil>
}
