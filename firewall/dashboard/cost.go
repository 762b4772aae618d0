package dashboard

import "github.com/awspatterns/awspatterns"

// Usage is what the costs of a dashboard depend on, all its firewalls added up. What
// is 0 is not known, and costs are then told for a million events, a GB and a refresh.
type Usage struct {
	FlowEvents  float64 `json:"flowEvents,omitempty"`  // events in the flow logs, in a month
	AlertEvents float64 `json:"alertEvents,omitempty"` // likewise in the alert logs

	// FlowGB is how much is in the flow logs for the time that the dashboard shows,
	// three hours unless who looks sets another. A log that two firewalls share counts
	// twice, since it is scanned twice. AlertGB is likewise of the alert logs.
	FlowGB  float64 `json:"flowGB,omitempty"`
	AlertGB float64 `json:"alertGB,omitempty"`

	// Refreshes of the dashboard in a month: by all who open it, by hand and automatic.
	Refreshes float64 `json:"refreshes,omitempty"`
}

// Prices are of the caller's Region, contract and day, in one currency.
type Prices struct {
	Rule          float64 `json:"rule,omitempty"`          // of a Contributor Insights rule, a month
	MillionEvents float64 `json:"millionEvents,omitempty"` // of a million log events that match rules
	ScannedGB     float64 `json:"scannedGB,omitempty"`     // of a GB that Logs Insights scans
	Dashboard     float64 `json:"dashboard,omitempty"`     // of a dashboard, a month
	AlarmMetric   float64 `json:"alarmMetric,omitempty"`   // of a metric that an alarm watches, a month
}

// The queries of a section by the log that they scan.
const (
	flowQueries  = 3
	alertQueries = 7
)

// bandMetrics is what an alarm on anomalies is charged for beside its metric: the ends
// of the band ("Amazon CloudWatch Pricing").
const bandMetrics = 2

// Costs returns what a dashboard leads to. A log event is charged for once for every
// rule that it matches; how many pass the filter of a rule cannot be known, so the
// quantity is the most it can be, as if all did. Rules that are disabled match none.
func Costs(o Options, u Usage, p Prices) []awspatterns.Cost {
	o = o.withDefaults()
	flowRules, alertRules := 0., 0.
	for _, t := range templates() {
		if t.log == flow {
			flowRules++
		} else {
			alertRules++
		}
	}
	costs := []awspatterns.Cost{{
		Item: "Contributor Insights rules", Unit: "rule and month", Price: p.Rule,
		Quantity: float64(len(o.Firewalls)) * (flowRules + alertRules),
	}}
	if o.RulesState == Enabled {
		costs = append(costs,
			matched("flow", u.FlowEvents, flowRules, p.MillionEvents),
			matched("alert", u.AlertEvents, alertRules, p.MillionEvents))
	}
	costs = append(costs,
		scanned("flow", u.FlowGB, flowQueries, u.Refreshes, p.ScannedGB),
		scanned("alert", u.AlertGB, alertQueries, u.Refreshes, p.ScannedGB),
		awspatterns.Cost{Item: "CloudWatch dashboards", Quantity: 1, Unit: "dashboard and month", Price: p.Dashboard})
	if metrics := o.alarmMetrics(); metrics > 0 {
		costs = append(costs, awspatterns.Cost{Item: "metrics that alarms watch", Quantity: metrics, Unit: "metric and month", Price: p.AlarmMetric})
	}
	return costs
}

// matched returns the cost of log events that match rules.
func matched(log string, events, rules, price float64) awspatterns.Cost {
	c := awspatterns.Cost{Item: "matches of rules in " + log + " logs a month, at most", Quantity: events / 1e6 * rules, Unit: "million events", Price: price}
	if events == 0 {
		c.Item, c.Quantity = "matches of rules for every million events in "+log+" logs, at most", rules
	}
	return c
}

// scanned returns the cost of queries of Logs Insights.
func scanned(log string, size, queries, refreshes, price float64) awspatterns.Cost {
	c := awspatterns.Cost{Item: "scans of " + log + " logs", Quantity: queries, Unit: "GB", Price: price}
	if size == 0 {
		c.Item += " for every GB in the time shown"
	} else {
		c.Quantity *= size
	}
	if refreshes == 0 {
		c.Item += ", each time the dashboard is opened or refreshed"
	} else {
		c.Item, c.Quantity = c.Item+" a month", c.Quantity*refreshes
	}
	return c
}

// alarmMetrics returns how many metrics the alarms are charged for.
func (o Options) alarmMetrics() (n float64) {
	if o.Alarms == nil {
		return 0
	}
	for _, f := range o.Firewalls {
		for _, a := range (section{Options: o, Firewall: f}).alarms() {
			for _, m := range a.Metrics {
				if m.MetricStat != nil {
					n++
				}
			}
			if a.ThresholdMetricID != "" {
				n += bandMetrics
			}
		}
	}
	return n
}
