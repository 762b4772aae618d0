package ses

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// metricsOf reads metrics from "Name a=1 b=2", one a line.
func metricsOf(text string) map[string][]cwtypes.Metric {
	listed := map[string][]cwtypes.Metric{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		m := cwtypes.Metric{MetricName: &words[0]}
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			m.Dimensions = append(m.Dimensions, cwtypes.Dimension{Name: &name, Value: &value})
		}
		listed[words[0]] = append(listed[words[0]], m)
	}
	return listed
}

// TestFindManagedMetrics: AWS does not say what the dimensions are called.
func TestFindManagedMetrics(t *testing.T) {
	for _, test := range []struct {
		name           string
		metrics        string
		pool, provider string // that are given
		want           string // the dimensions, and metrics as name/pool/provider
	}{
		{name: "none", want: "() ()"},
		{name: "both", metrics: "Available24HourSend IpPool=fast ISP=gmail.com\nSend ISP=gmail.com IpPool=fast",
			want: "(IpPool) (ISP) Available24HourSend/fast/gmail.com Send/fast/gmail.com"},
		{name: "a pool alone", metrics: "ApproximateDedicatedSendingPercentage IpPool=fast\nSend IpPool=slow",
			want: "(IpPool) () ApproximateDedicatedSendingPercentage/fast/ Send/slow/"},
		{name: "other pools", metrics: "Available24HourSend IpPool=fast ISP=a\nAvailable24HourSend IpPool=third ISP=a",
			want: "(IpPool) (ISP) Available24HourSend/fast/a"},
		{name: "Send of configuration sets", metrics: "SentLast24Hours IpPool=fast ISP=a\nSend ses:configuration-set=fast\nSend campaign=fast\nSend IpPool=fast ses:caller-identity=x\nSend",
			want: "(IpPool) (ISP) SentLast24Hours/fast/a"},
		{name: "only Send", metrics: "Send ses:configuration-set=fast\nSend ses:configuration-set=slow\nSend IpPool=fast",
			want: "(IpPool) () Send/fast/"},
		{name: "a provider with the name of a pool", metrics: "Available24HourSend ISP=fast IpPool=fast\nAvailable24HourSend ISP=b IpPool=slow",
			want: "(IpPool) (ISP) Available24HourSend/fast/fast Available24HourSend/slow/b"},
		{name: "a third dimension", metrics: "Available24HourSend IpPool=fast ISP=a Zone=1",
			want: "(IpPool) (ISP) Available24HourSend/fast/a, 1"},
		{name: "given", metrics: "Available24HourSend A=fast B=fast C=x\nAvailable24HourSend A=fast B=fast\nAvailable24HourSend B=slow C=x\nAvailable24HourSend B=slow\n",
			pool: "B", provider: "C", want: "(B) (C) Available24HourSend/slow/x Available24HourSend/slow/"},
		{name: "given and not there", metrics: "Available24HourSend A=fast", pool: "B", want: "(B) ()"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, pool, provider := findManagedMetrics(metricsOf(test.metrics), []string{"fast", "slow"}, test.pool, test.provider)
			got := fmt.Sprintf("(%s) (%s)", pool, provider)
			for _, m := range found {
				got += " " + m.name + "/" + m.pool + "/" + m.provider
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestManagedReportFill: providers come by what was sent to them, and need no number.
func TestManagedReportFill(t *testing.T) {
	r := ManagedIPReportResult{Pools: []ManagedPoolReport{{Name: "fast"}}}
	r.fill([]managedMetric{
		{name: metricSend, pool: "fast", provider: "b"}, {name: metricSend, pool: "fast", provider: "a"},
		{name: metricCapacity, pool: "fast", provider: "c"}, {name: metricSent24h, pool: "fast", provider: "d"},
	}, []*float64{aws.Float64(1), aws.Float64(2), nil, aws.Float64(3)})
	var got []string
	for _, p := range r.Pools[0].Providers {
		got = append(got, p.Provider)
	}
	if strings.Join(got, " ") != "a b d c" {
		t.Errorf("got %q", got)
	}
}
