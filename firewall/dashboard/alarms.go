package dashboard

import (
	"fmt"
	"slices"
	"strings"
)

// AlarmOptions say which alarms there are for each firewall.
type AlarmOptions struct {
	// Kinds of alarms. Defaults to all. NoTraffic makes noise where traffic comes and
	// goes, and TLSErrors says nothing without TLS inspection.
	Kinds []AlarmKind `json:"kinds,omitempty"`

	// Actions are at most five ARNs, such as that of an SNS topic, that are told when
	// an alarm goes off, and OKActions when it is over.
	Actions   []string `json:"actions,omitempty"`
	OKActions []string `json:"okActions,omitempty"`
}

// An AlarmKind is what an alarm watches, summed over the Availability Zones.
type AlarmKind string

// The kinds of alarms, as "Recommended CloudWatch alarms" in AWS's best practices for
// Network Firewall names them.
const (
	DroppedPackets  AlarmKind = "DroppedPackets"               // more than is usual are dropped
	RejectedPackets AlarmKind = "RejectedPackets"              // more than is usual are rejected
	StreamException AlarmKind = "StreamExceptionPolicyPackets" // for five minutes: routing is asymmetric
	TLSErrors       AlarmKind = "TLSErrors"                    // for five minutes
	InvalidPackets  AlarmKind = "InvalidPackets"               // invalid, or dropped for other reasons: over 20 in a minute
	NoTraffic       AlarmKind = "NoTraffic"                    // nothing received for 15 minutes
)

// AlarmKinds returns all kinds.
func AlarmKinds() []AlarmKind {
	return []AlarmKind{DroppedPackets, RejectedPackets, StreamException, TLSErrors, InvalidPackets, NoTraffic}
}

// An Alarm has the fields of PutMetricAlarm: the AWS CLI takes its JSON with
// --cli-input-json.
type Alarm struct {
	AlarmName          string
	AlarmDescription   string
	ActionsEnabled     bool
	AlarmActions       []string `json:",omitempty"`
	OKActions          []string `json:",omitempty"`
	Metrics            []MetricQuery
	ComparisonOperator string
	Threshold          *float64 `json:",omitempty"`
	ThresholdMetricID  string   `json:"ThresholdMetricId,omitempty"` // of an alarm on anomalies
	EvaluationPeriods  int
	DatapointsToAlarm  int
	TreatMissingData   string
}

// A MetricQuery is a metric, or an expression over others.
type MetricQuery struct {
	ID         string      `json:"Id"`
	MetricStat *MetricStat `json:",omitempty"`
	Expression string      `json:",omitempty"`
	Label      string      `json:",omitempty"`
	ReturnData bool
}

// A MetricStat is a statistic of a metric.
type MetricStat struct {
	Metric Metric
	Period int // in seconds
	Stat   string
}

// A Metric is told by its dimensions.
type Metric struct {
	Namespace  string
	MetricName string
	Dimensions []Dimension
}

// A Dimension of a metric.
type Dimension struct{ Name, Value string }

// The limits of alarms ("CloudWatch service quotas" in the user guide and
// "PutMetricAlarm" in the API reference).
const (
	maxAlarmMetrics = 10
	maxAlarmActions = 5
)

// An alarmTemplate is an alarm for any firewall.
type alarmTemplate struct {
	kind        AlarmKind
	description string
	metrics     []string // each "Engine MetricName", for every Availability Zone

	comparison string // empty for an alarm on anomalies, which takes no threshold
	threshold  float64
	period     int // in seconds
	periods    int // how many in a row
	missing    string
}

// alarmTemplates are the alarms. Network Firewall publishes only values other than zero, so that
// no data is no packet.
func alarmTemplates() []alarmTemplate {
	const over, none = "GreaterThanThreshold", "notBreaching"
	return []alarmTemplate{
		{kind: DroppedPackets, period: 300, periods: 3, missing: none, metrics: []string{"Stateful DroppedPackets", "Stateless DroppedPackets"},
			description: "More packets are dropped than is usual: a workload has changed, or is compromised."},
		{kind: RejectedPackets, period: 300, periods: 3, missing: none, metrics: []string{"Stateful RejectedPackets"},
			description: "More packets are rejected than is usual: a workload has changed, or is compromised."},
		{kind: StreamException, comparison: over, period: 60, periods: 5, missing: none, metrics: []string{"Stateful StreamExceptionPolicyPackets"},
			description: "Packets of connections whose beginning the firewall did not see: look for asymmetric routing."},
		{kind: TLSErrors, comparison: over, period: 60, periods: 5, missing: none, metrics: []string{"Stateful TLSErrors", "Stateless TLSErrors"},
			description: "TLS inspection fails: look at certificates, cipher suites and clients that pin."},
		{kind: InvalidPackets, comparison: over, threshold: 20, period: 60, periods: 1, missing: none,
			metrics:     []string{"Stateless InvalidDroppedPackets", "Stateless OtherDroppedPackets"},
			description: "More than 20 packets in a minute are dropped as invalid or for other reasons than a rule."},
		{kind: NoTraffic, comparison: "LessThanOrEqualToThreshold", period: 300, periods: 3, missing: "breaching", metrics: []string{"Stateless ReceivedPackets"},
			description: "The firewall receives nothing: look whether routes still lead to its endpoints."},
	}
}

// alarms returns the alarms of the section.
func (s section) alarms() []Alarm {
	var alarms []Alarm
	for _, t := range alarmTemplates() {
		if len(s.Alarms.Kinds) > 0 && !slices.Contains(s.Alarms.Kinds, t.kind) {
			continue
		}
		// An alarm takes ten metrics: what has more is watched in parts.
		parts := slices.Collect(slices.Chunk(s.Firewall.zones(), maxAlarmMetrics/len(t.metrics)))
		for i, zones := range parts {
			alarms = append(alarms, s.alarm(t, i, zones))
		}
	}
	return alarms
}

func (s section) alarm(t alarmTemplate, part int, zones []string) Alarm {
	a := Alarm{
		AlarmName: alarmName(t.kind, s.Firewall.Name, part), AlarmDescription: "Firewall " + s.Firewall.Name + ": " + t.description + " " + Generated,
		ActionsEnabled: true, AlarmActions: s.Alarms.Actions, OKActions: s.Alarms.OKActions,
		ComparisonOperator: t.comparison, Threshold: &t.threshold,
		EvaluationPeriods: t.periods, DatapointsToAlarm: t.periods, TreatMissingData: t.missing,
	}
	watched := s.sum(&a, t, zones)
	if t.comparison == "" {
		a.ComparisonOperator, a.Threshold, a.ThresholdMetricID = "GreaterThanUpperThreshold", nil, "band"
		a.Metrics = append(a.Metrics, MetricQuery{ID: "band", Expression: "ANOMALY_DETECTION_BAND(" + watched + ", 2)", Label: "usual", ReturnData: true})
	}
	return a
}

// sum adds the metrics of the zones and their sum to an alarm, and returns the id of
// the latter, which alone is watched. SUM of a list, other than "+", takes a metric
// without data for nothing.
func (s section) sum(a *Alarm, t alarmTemplate, zones []string) (id string) {
	var ids []string
	for _, zone := range zones {
		for _, metric := range t.metrics {
			engine, name, _ := strings.Cut(metric, " ")
			ids = append(ids, fmt.Sprintf("m%d", len(ids)))
			a.Metrics = append(a.Metrics, MetricQuery{ID: ids[len(ids)-1], MetricStat: &MetricStat{
				Period: t.period, Stat: "Sum", Metric: Metric{"AWS/NetworkFirewall", name, []Dimension{
					{"AvailabilityZone", zone}, {"Engine", engine}, {"FirewallName", s.Firewall.Name},
				}},
			}})
		}
	}
	if len(ids) == 1 {
		a.Metrics[0].ReturnData, a.Metrics[0].Label = true, string(t.kind)
		return ids[0]
	}
	a.Metrics = append(a.Metrics, MetricQuery{ID: "sum", Expression: "SUM([" + strings.Join(ids, ", ") + "])", Label: string(t.kind), ReturnData: true})
	return "sum"
}

// AlarmPrefix begins the names of all alarms that [Render] makes.
const AlarmPrefix = "NetworkFirewall-"

// alarmName returns a name of at most 255 characters. Names of firewalls hold no ".".
func alarmName(kind AlarmKind, firewall string, part int) string {
	name := AlarmPrefix + string(kind) + "-" + firewall
	if part > 0 {
		name += fmt.Sprintf(".%d", part+1)
	}
	return name
}

// IsAlarmName reports whether an alarm of that name can be one of those that [Render]
// makes, for whatever firewall.
func IsAlarmName(name string) bool {
	return slices.ContainsFunc(AlarmKinds(), func(k AlarmKind) bool { return strings.HasPrefix(name, AlarmPrefix+string(k)+"-") })
}

func (o AlarmOptions) check(c *checker, firewalls []Firewall) {
	for _, k := range o.Kinds {
		c.check(slices.Contains(AlarmKinds(), k), "Alarms.Kinds", "%q; want some of %q", k, AlarmKinds())
	}
	for _, list := range []struct {
		name string
		arns []string
	}{{"Alarms.Actions", o.Actions}, {"Alarms.OKActions", o.OKActions}} {
		c.check(len(list.arns) <= maxAlarmActions, list.name, "%d; want at most %d", len(list.arns), maxAlarmActions)
		for _, arn := range list.arns {
			c.check(strings.HasPrefix(arn, "arn:") && len(arn) <= 1024, list.name, "%q; want an ARN of at most 1,024 characters", arn)
		}
	}
	for i, f := range firewalls {
		c.check(len(f.zones()) > 0, fmt.Sprintf("Firewalls[%d].Endpoints", i), "none, and alarms watch metrics by Availability Zone")
	}
}
