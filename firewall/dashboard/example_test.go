package dashboard_test

import (
	"fmt"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// A dashboard without an account: what Terraform reads is the JSON of d.
func ExampleRender() {
	d, err := dashboard.Render(dashboard.Options{
		Partition: "aws", Account: "123456789012", Region: "eu-central-1",
		Firewalls: []dashboard.Firewall{{
			Name: "edge", FlowLogGroup: "/edge/flow", AlertLogGroup: "/edge/alert",
			Endpoints: []dashboard.Endpoint{{AvailabilityZone: "eu-central-1a", SubnetID: "subnet-0123456789abcdef0"}},
		}},
		Alarms: &dashboard.AlarmOptions{Kinds: []dashboard.AlarmKind{dashboard.NoTraffic}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Name, len(d.Body.Widgets), "widgets,", len(d.Rules), "rules,", len(d.Alarms), "alarm")
	fmt.Println(d.Rules[0].Name, d.Rules[0].Definition)
	// Output:
	// edge-dashboard 60 widgets, 26 rules, 1 alarm
	// TopLongLivedTCPFlowsRule-edge counts src_ip, src_port, dest_ip, dest_port in /edge/flow where netflow.age > 350 and proto is TCP
}
