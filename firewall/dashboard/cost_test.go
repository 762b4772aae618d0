package dashboard_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

func TestCosts(t *testing.T) {
	two := edge()
	two.Name = "two"
	two.Firewalls = append(two.Firewalls, two.Firewalls[0])
	two.Firewalls[1].Name = "west"
	alarmed := edge()
	alarmed.Alarms = &dashboard.AlarmOptions{}
	off := edge()
	off.RulesState = dashboard.Disabled
	tests := []struct {
		name   string
		opts   dashboard.Options
		usage  dashboard.Usage
		prices dashboard.Prices
		want   []string
	}{
		{name: "rates", opts: edge(), want: []string{
			"Contributor Insights rules: 26 (per rule and month)",
			"matches of rules for every million events in flow logs, at most: 17 (per million events)",
			"matches of rules for every million events in alert logs, at most: 9 (per million events)",
			"scans of flow logs for every GB in the time shown, each time the dashboard is opened or refreshed: 3 (per GB)",
			"scans of alert logs for every GB in the time shown, each time the dashboard is opened or refreshed: 7 (per GB)",
			"CloudWatch dashboards: 1 (per dashboard and month)",
		}},
		{
			name: "known", opts: two,
			usage:  dashboard.Usage{FlowEvents: 500e6, AlertEvents: 20e6, FlowGB: 2, AlertGB: .5, Refreshes: 200},
			prices: dashboard.Prices{Rule: .5, MillionEvents: .02, ScannedGB: .005, Dashboard: 3},
			want: []string{
				"Contributor Insights rules: 52 (at 0.5 per rule and month): 26",
				"matches of rules in flow logs a month, at most: 8500 (at 0.02 per million events): 170",
				"matches of rules in alert logs a month, at most: 180 (at 0.02 per million events): 3.6",
				"scans of flow logs a month: 1200 (at 0.005 per GB): 6",
				"scans of alert logs a month: 700 (at 0.005 per GB): 3.5",
				"CloudWatch dashboards: 1 (at 3 per dashboard and month): 3",
			},
		},
		{name: "rules off", opts: off, usage: dashboard.Usage{FlowEvents: 1e9}, want: []string{
			"Contributor Insights rules: 26 (per rule and month)",
			"scans of flow logs for every GB in the time shown, each time the dashboard is opened or refreshed: 3 (per GB)",
			"scans of alert logs for every GB in the time shown, each time the dashboard is opened or refreshed: 7 (per GB)",
			"CloudWatch dashboards: 1 (per dashboard and month)",
		}},
		{name: "alarms", opts: alarmed, prices: dashboard.Prices{AlarmMetric: .1}, want: []string{
			"Contributor Insights rules: 26 (per rule and month)",
			"matches of rules for every million events in flow logs, at most: 17 (per million events)",
			"matches of rules for every million events in alert logs, at most: 9 (per million events)",
			"scans of flow logs for every GB in the time shown, each time the dashboard is opened or refreshed: 3 (per GB)",
			"scans of alert logs for every GB in the time shown, each time the dashboard is opened or refreshed: 7 (per GB)",
			"CloudWatch dashboards: 1 (per dashboard and month)",
			"metrics that alarms watch: 22 (at 0.1 per metric and month): 2.2", // 4+2, 2+2, 2, 4, 4, 2
		}},
	}
	for _, test := range tests {
		var got []string
		for _, c := range dashboard.Costs(test.opts, test.usage, test.prices) {
			got = append(got, c.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}
