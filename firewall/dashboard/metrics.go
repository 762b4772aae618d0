package dashboard

import (
	"fmt"
	"strings"
)

// period is that of metrics, in seconds. Firewalls publish once a minute.
const period = 300

// gaugeMax is what a firewall endpoint carries at most, in bits in a second ("AWS
// Network Firewall quotas").
const gaugeMax = 100e9

// Labels tell lines apart that one search finds.
const (
	endpointLabel = "${PROP('Dim.VPC Endpoint Id')}"
	metricLabel   = " ${PROP('MetricName')}"
	zoneLabel     = "${PROP('Dim.AvailabilityZone')}"
)

// endpointWidgets show the metrics of the endpoints of the firewall.
func (s section) endpointWidgets() []Widget {
	all := s.metrics(0, 3, "Firewall Endpoint ENI (GWLBe/VPCe) Metrics", "timeSeries", s.endpoints("", "Sum"))
	all.Properties.Metrics[0][0].Label = endpointLabel + metricLabel
	all.Properties.Legend = &Legend{"bottom"}

	// Connections are counted anew each minute, so a sum over five of them would
	// count each five times.
	active := s.metrics(12, 3, "ActiveConnections", "singleValue", s.endpoints("ActiveConnections", "Average"))
	active.Properties.Stat = "Average"
	active.Properties.Metrics[0][0].Label = endpointLabel + metricLabel
	processed := s.metrics(18, 3, "BytesProcessed", "singleValue", s.endpoints("BytesProcessed", "Sum"))
	processed.Properties.Metrics[0][0].Label = endpointLabel + metricLabel
	return []Widget{all, s.gauge(), active, processed}
}

// gauge shows bits in a second. All three periods in it are the same: the sum of
// the bytes of a period, times 8, by the length of that period.
func (s section) gauge() Widget {
	w := s.metrics(6, 3, "Per Endpoint Utilization Gbps", "gauge", s.endpoints("BytesProcessed", "Sum"))
	bytes := w.Properties.Metrics[0][0]
	bytes.ID, bytes.Label, bytes.Visible = "m1", "BytesProcessed", new(false)
	bits := Expression{Expression: fmt.Sprintf("m1*8/%d", period), ID: "e1", Label: endpointLabel, Region: s.Region, Period: period}
	w.Properties.Metrics = [][]Expression{{bits}, {bytes}}
	w.Properties.YAxis = &YAxis{Axis{Min: new(0.), Max: new(float64(gaugeMax))}}
	return w
}

// endpoints searches for a metric of the endpoints, or all.
func (s section) endpoints(metric, stat string) string {
	subnets := s.Firewall.subnets()
	if len(subnets) == 0 {
		subnets = []string{"none"} // and not those of everybody
	}
	for i, id := range subnets {
		subnets[i] = `"Subnet Id"="` + id + `"`
	}
	terms := []string{`Namespace="AWS/PrivateLinkEndpoints"`, "(" + strings.Join(subnets, " OR ") + ")"}
	if metric != "" {
		terms = append(terms, `MetricName="`+metric+`"`)
	}
	return search(stat, terms...)
}

// engineWidgets show the metrics of the engines of the firewall.
func (s section) engineWidgets() []Widget {
	const stateless, stateful = `Engine="Stateless"`, `Engine="Stateful"`
	name := func(metric string) string { return `MetricName="` + metric + `"` }
	widgets := []Widget{
		s.metrics(0, 12, "Stateless Engine Metrics", "timeSeries", s.engine(stateless)),
		s.metrics(6, 12, "Stateless Passed Packets", "singleValue", s.engine(stateless, name("PassedPackets"))),
		s.metrics(12, 12, "Stateless Dropped Packets - Rule Action", "singleValue", s.engine(stateless, name("DroppedPackets"))),
		s.metrics(18, 12, "Stateless Dropped Packets - Other", "singleValue",
			s.engine(stateless, "("+name("OtherDroppedPackets")+" OR "+name("InvalidDroppedPackets")+")")),
		s.metrics(0, 20, "Stateful Engine Metrics", "timeSeries", s.engine(stateful)),
		s.metrics(6, 20, "Stateful Passed Packets", "singleValue", s.engine(stateful, name("PassedPackets"))),
		s.metrics(12, 20, "Stateful Dropped Packets", "singleValue", s.engine(stateful, name("DroppedPackets"))),
		s.metrics(18, 20, "Stateful Rejected Packets", "singleValue", s.engine(stateful, name("RejectedPackets"))),
		s.metrics(0, 27, "TLS Inspection", "timeSeries", s.engine("MetricName=TLS")),
		s.metrics(6, 27, "Stream Exception Policy Packets", "timeSeries", s.engine(name("StreamExceptionPolicyPackets"))),
	}
	for _, w := range widgets {
		w.Properties.Metrics[0][0].Label = zoneLabel + metricLabel
	}
	return widgets
}

// engine searches for metrics of the firewall.
func (s section) engine(terms ...string) string {
	return search("Sum", append([]string{`Namespace="AWS/NetworkFirewall"`, `FirewallName="` + s.Firewall.Name + `"`}, terms...)...)
}

// search returns a search expression, in which all terms must hold.
func search(stat string, terms ...string) string {
	return fmt.Sprintf("SEARCH('%s', '%s', %d)", strings.Join(terms, " "), stat, period)
}

// metrics returns a metric widget with one expression.
func (s section) metrics(x, y int, title, view, expression string) Widget {
	p := Properties{
		Title: title, Region: s.Region, View: view, Stat: "Sum", Period: period,
		Metrics: [][]Expression{{{Expression: expression, ID: "e1", Region: s.Region}}},
	}
	switch view {
	case "singleValue":
		p.Sparkline = true
	case "timeSeries":
		p.Stacked = new(false)
	}
	return Widget{Type: "metric", X: x, Y: y, Width: 6, Height: 7, Properties: p}
}
