package dashboard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// brief tells an alarm in a line.
func brief(a dashboard.Alarm) string {
	metrics := map[string]bool{}
	var expressions []string
	for _, m := range a.Metrics {
		if m.MetricStat == nil {
			expressions = append(expressions, m.Expression)
			continue
		}
		d := m.MetricStat.Metric.Dimensions
		metrics[d[1].Value+" "+m.MetricStat.Metric.MetricName+fmt.Sprintf(" %ds", m.MetricStat.Period)] = true
	}
	threshold := "band"
	if a.Threshold != nil {
		threshold = fmt.Sprint(*a.Threshold)
	}
	var names []string
	for m := range metrics {
		names = append(names, m)
	}
	slices.Sort(names)
	return fmt.Sprintf("%s %s %s, %d of %d, missing %s: %s: %s", strings.TrimPrefix(a.AlarmName, dashboard.AlarmPrefix), a.ComparisonOperator, threshold,
		a.DatapointsToAlarm, a.EvaluationPeriods, a.TreatMissingData, strings.Join(names, ", "), strings.Join(expressions, "; "))
}

func TestAlarms(t *testing.T) {
	o := edge()
	o.Alarms = &dashboard.AlarmOptions{Actions: []string{"arn:aws:sns:eu-central-1:123456789012:ops"}, OKActions: []string{"arn:aws:sns:eu-central-1:123456789012:ok"}}
	want := []string{
		"DroppedPackets-edge GreaterThanUpperThreshold band, 3 of 3, missing notBreaching: Stateful DroppedPackets 300s, Stateless DroppedPackets 300s: SUM([m0, m1, m2, m3]); ANOMALY_DETECTION_BAND(sum, 2)",
		"RejectedPackets-edge GreaterThanUpperThreshold band, 3 of 3, missing notBreaching: Stateful RejectedPackets 300s: SUM([m0, m1]); ANOMALY_DETECTION_BAND(sum, 2)",
		"StreamExceptionPolicyPackets-edge GreaterThanThreshold 0, 5 of 5, missing notBreaching: Stateful StreamExceptionPolicyPackets 60s: SUM([m0, m1])",
		"TLSErrors-edge GreaterThanThreshold 0, 5 of 5, missing notBreaching: Stateful TLSErrors 60s, Stateless TLSErrors 60s: SUM([m0, m1, m2, m3])",
		"InvalidPackets-edge GreaterThanThreshold 20, 1 of 1, missing notBreaching: Stateless InvalidDroppedPackets 60s, Stateless OtherDroppedPackets 60s: SUM([m0, m1, m2, m3])",
		"NoTraffic-edge LessThanOrEqualToThreshold 0, 3 of 3, missing breaching: Stateless ReceivedPackets 300s: SUM([m0, m1])",
	}
	var got []string
	for _, a := range render(t, o).Alarms {
		got = append(got, brief(a))
		if !slices.Equal(a.AlarmActions, o.Alarms.Actions) || !slices.Equal(a.OKActions, o.Alarms.OKActions) || !a.ActionsEnabled {
			t.Errorf("%s: got %v, %v", a.AlarmName, a.AlarmActions, a.OKActions)
		}
		if !dashboard.IsAlarmName(a.AlarmName) || dashboard.IsAlarmName("my-"+a.AlarmName) {
			t.Errorf("%s is not told by its name", a.AlarmName)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAlarmKinds(t *testing.T) {
	o := edge()
	o.Alarms = &dashboard.AlarmOptions{Kinds: []dashboard.AlarmKind{dashboard.NoTraffic, dashboard.RejectedPackets}}
	o.Firewalls[0].Endpoints = o.Firewalls[0].Endpoints[:1]
	d := render(t, o)
	if len(d.Alarms) != 2 || d.Alarms[0].AlarmName != "NetworkFirewall-RejectedPackets-edge" {
		t.Fatalf("got %+v", d.Alarms)
	}
	// One metric needs no sum.
	if m := d.Alarms[0].Metrics; len(m) != 2 || !m[0].ReturnData || m[1].Expression != "ANOMALY_DETECTION_BAND(m0, 2)" {
		t.Errorf("got %+v", m)
	}
}

// TestAlarmParts: in six zones, what watches two metrics in each is two alarms.
func TestAlarmParts(t *testing.T) {
	o := edge()
	o.Alarms, o.Firewalls[0].Endpoints = &dashboard.AlarmOptions{}, nil
	for _, zone := range []string{"a", "b", "c", "d", "e", "f"} {
		o.Firewalls[0].Endpoints = append(o.Firewalls[0].Endpoints, dashboard.Endpoint{AvailabilityZone: "us-east-1" + zone, SubnetID: "subnet-" + zone})
	}
	watched := map[string]int{}
	for _, a := range render(t, o).Alarms {
		for _, m := range a.Metrics {
			if m.MetricStat != nil {
				watched[a.AlarmName]++
			}
		}
	}
	want := map[string]int{
		"NetworkFirewall-DroppedPackets-edge": 10, "NetworkFirewall-DroppedPackets-edge.2": 2,
		"NetworkFirewall-RejectedPackets-edge":              6,
		"NetworkFirewall-StreamExceptionPolicyPackets-edge": 6,
		"NetworkFirewall-TLSErrors-edge":                    10, "NetworkFirewall-TLSErrors-edge.2": 2,
		"NetworkFirewall-InvalidPackets-edge": 10, "NetworkFirewall-InvalidPackets-edge.2": 2,
		"NetworkFirewall-NoTraffic-edge": 6,
	}
	if fmt.Sprint(watched) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", watched, want)
	}
}
