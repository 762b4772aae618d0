package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	cloudwatchsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/ses"
)

// metric adds a metric with a value at the beginning of each of the latest hours, the newest
// first.
func (w *managedWorld) metric(name string, dimensions map[string]string, values ...float64) {
	m := cloudwatch.Metric{Namespace: "AWS/SES", Name: name, Dimensions: dimensions, Points: map[time.Time]float64{}}
	for i, v := range values {
		m.Points[time.Now().Truncate(time.Hour).Add(-time.Duration(i)*time.Hour)] = v
	}
	w.metrics.AddMetric(managedAccount, managedRegion, m)
}

// reportWorld has a pool that is in use, one that is new, and a standard one.
func reportWorld(c *awstest.Cloud) *managedWorld {
	w := newManagedWorld(c)
	w.metrics.PageSize = 3
	w.pool("fast", sestypes.ScalingModeManaged, 3, true)
	w.pool("fresh", sestypes.ScalingModeManaged, 0, true)
	w.pool("slow", sestypes.ScalingModeStandard, 2, false)
	of := func(provider string) map[string]string { return map[string]string{"IpPool": "fast", "Isp": provider} }
	w.metric("Send", of("Gmail"), 100, 200, 300)
	w.metric("SentLast24Hours", of("Gmail"), 500, 400, 1)
	w.metric("Available24HourSend", of("Gmail"), 1000, 900, 1)
	w.metric("Send", of("Yahoo"), 10, 20)
	w.metric("SentLast24Hours", of("Yahoo"), 30)
	w.metric("Available24HourSend", of("Yahoo"), 30)
	w.metric("ApproximateDedicatedSendingPercentage", map[string]string{"IpPool": "fast"}, 72.4, 50)
	w.metric("Send", map[string]string{"ses:configuration-set": "fast"}, 1e6)
	w.metric("Send", map[string]string{"IpPool": "slow", "Isp": "Gmail"}, 7)
	return w
}

func TestManagedIPReport(t *testing.T) {
	inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
		report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, "testdata/golden/managed_ip_report.txt", report.String())
		text, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, "testdata/golden/managed_ip_report.json", string(text)+"\n")
	})
}

// TestManagedIPReportOptions names pools, dimensions and times.
func TestManagedIPReportOptions(t *testing.T) {
	inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
		sent := func(opts ses.ManagedIPReportOptions) string {
			report, err := ses.ManagedIPReport(t.Context(), w.clients(), opts)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, p := range report.Pools {
				all = append(all, p.Name)
				for _, v := range p.Providers {
					if v.Send != nil {
						all = append(all, fmt.Sprintf("%s=%v", v.Provider, *v.Send))
					}
				}
			}
			return strings.Join(all, " ")
		}
		now := time.Now()
		for _, test := range []struct {
			name string
			opts ses.ManagedIPReportOptions
			want string
		}{
			{"all", ses.ManagedIPReportOptions{}, "fast Gmail=600 Yahoo=30 fresh"},
			{"one", ses.ManagedIPReportOptions{Pools: []string{"fresh"}}, "fresh"},
			{"a standard one", ses.ManagedIPReportOptions{Pools: []string{"slow"}}, "slow Gmail=7"},
			{"an hour", ses.ManagedIPReportOptions{Span: time.Hour}, "fast Gmail=100 Yahoo=10 fresh"},
			{"until an hour ago", ses.ManagedIPReportOptions{Until: now.Add(-time.Hour), Span: time.Hour}, "fast Gmail=200 Yahoo=20 fresh"},
			{"another dimension", ses.ManagedIPReportOptions{PoolDimension: "Pool"}, "fast fresh"},
			{"the same dimensions", ses.ManagedIPReportOptions{PoolDimension: "IpPool", ProviderDimension: "Isp"}, "fast Gmail=600 Yahoo=30 fresh"},
		} {
			if got := sent(test.opts); got != test.want {
				t.Errorf("%s: got %q, want %q", test.name, got, test.want)
			}
		}
	})
}

// TestManagedIPReportNothing has no managed pool.
func TestManagedIPReportNothing(t *testing.T) {
	inManagedWorld(t, newManagedWorld, func(t *testing.T, w *managedWorld) {
		report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{})
		if err != nil || len(report.Pools) != 0 || !strings.Contains(report.String(), "no managed pool") {
			t.Errorf("got %v\n%s", err, report)
		}
	})
}

// TestManagedIPReportMany has more metrics than one call takes.
func TestManagedIPReportMany(t *testing.T) {
	inManagedWorld(t, newManagedWorld, func(t *testing.T, w *managedWorld) {
		w.pool("fast", sestypes.ScalingModeManaged, 1, true)
		const providers = 700
		for i := range providers {
			w.metric("Send", map[string]string{"IpPool": "fast", "Isp": fmt.Sprint("p", i)}, float64(i), float64(i))
			w.metric("Available24HourSend", map[string]string{"IpPool": "fast", "Isp": fmt.Sprint("p", i)}, float64(i))
		}
		report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		for _, c := range w.Calls() {
			if in, ok := c.Input.(*cloudwatchsdk.GetMetricDataInput); ok {
				calls++
				if len(in.MetricDataQueries) > 500 {
					t.Errorf("%d metrics in one call", len(in.MetricDataQueries))
				}
			}
		}
		if calls != 3 || report.Metrics != 2*providers || len(report.Pools[0].Providers) != providers {
			t.Errorf("%d calls, %d metrics, %d providers", calls, report.Metrics, len(report.Pools[0].Providers))
		}
		for i, v := range report.Pools[0].Providers {
			n := float64(providers - 1 - i)
			if v.Provider != fmt.Sprint("p", n) || *v.Send != 2*n || *v.Capacity24 != n {
				t.Fatalf("at %d: %s %v %v", i, v.Provider, *v.Send, *v.Capacity24)
			}
		}
	})
}

// TestManagedIPReportUnread denies each read in turn: the report tells, and shows no number
// that would need it.
func TestManagedIPReportUnread(t *testing.T) {
	for operation, want := range map[string]string{
		"SESv2.GetDedicatedIpPool": "the pool fast: ", "SESv2.GetDedicatedIps": "the addresses of fast: ",
		"CloudWatch.ListMetrics": "the metric Send: ", "CloudWatch.GetMetricData": "data of ",
	} {
		t.Run(operation, func(t *testing.T) {
			inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
				w.Inject(awstest.Fault{Operation: operation, Err: awstest.Denied()})
				report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{Pools: []string{"fast"}})
				if err != nil {
					t.Fatal(err)
				}
				if len(report.Unread) == 0 || !strings.Contains(strings.Join(report.Unread, "\n"), want) || !strings.Contains(report.String(), "Could not be read") {
					t.Errorf("unread is %q", report.Unread)
				}
				p := report.Pools[0]
				if operation == "SESv2.GetDedicatedIps" && p.Addresses != nil {
					t.Errorf("it has %d addresses", *p.Addresses)
				}
				for _, v := range p.Providers {
					if operation == "CloudWatch.GetMetricData" && (v.Send != nil || v.Capacity24 != nil) {
						t.Errorf("got %+v", v)
					}
				}
			})
		})
	}
	inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
		w.Inject(awstest.Fault{Operation: "SESv2.ListDedicatedIpPools", Err: awstest.Denied()})
		if _, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{}); err == nil || !strings.HasPrefix(err.Error(), "ses: managed IP report: ") {
			t.Errorf("without a list of pools: got %v", err)
		}
	})
}

// TestManagedIPReportIncomplete has CloudWatch not give all data of a metric: a part of a sum
// is not shown.
func TestManagedIPReportIncomplete(t *testing.T) {
	for _, status := range []cwtypes.StatusCode{cwtypes.StatusCodeInternalError, cwtypes.StatusCodeForbidden, cwtypes.StatusCodePartialData} {
		inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
			awstest.Handle(w.Cloud, func(_ context.Context, in *cloudwatchsdk.GetMetricDataInput) (*cloudwatchsdk.GetMetricDataOutput, error) {
				out := &cloudwatchsdk.GetMetricDataOutput{}
				for _, q := range in.MetricDataQueries {
					r := cwtypes.MetricDataResult{Id: q.Id, StatusCode: cwtypes.StatusCodeComplete, Values: []float64{5}, Timestamps: []time.Time{*in.StartTime}}
					if *q.MetricStat.Metric.MetricName == "Send" {
						r.StatusCode = status
					}
					out.MetricDataResults = append(out.MetricDataResults, r)
				}
				return out, nil
			})
			report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{Pools: []string{"fast"}})
			if err != nil || len(report.Unread) != 2 {
				t.Fatalf("%s: got %v, %q", status, err, report.Unread)
			}
			for _, v := range report.Pools[0].Providers {
				if v.Send != nil || v.Provider != "" && *v.Sent24h != 5 {
					t.Errorf("%s: got %+v", status, v)
				}
			}
		})
	}
}

func TestManagedIPReportCancelled(t *testing.T) {
	inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
		why := errors.New("shut down")
		ctx, cancel := context.WithCancelCause(t.Context())
		w.Inject(awstest.Fault{Operation: "CloudWatch.GetMetricData", Latency: time.Hour})
		time.AfterFunc(time.Minute, func() { cancel(why) })
		if _, err := ses.ManagedIPReport(ctx, w.clients(), ses.ManagedIPReportOptions{}); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}

func TestManagedIPReportPermissions(t *testing.T) {
	for _, opts := range []ses.ManagedIPReportOptions{{}, {Pools: []string{"fast"}}} {
		inManagedWorld(t, reportWorld, func(t *testing.T, w *managedWorld) {
			before := w.Count()
			if _, err := ses.ManagedIPReport(t.Context(), w.clients(), opts); err != nil {
				t.Fatal(err)
			}
			awstest.CheckPermissions(t, ses.ManagedIPReportPermissions(opts).Apply, w.Calls()[before:], standin.Actions, cloudwatch.Actions)
		})
	}
}

func TestManagedIPReportRefused(t *testing.T) {
	for name, spoil := range map[string]func(o *ses.ManagedIPReportOptions, c *ses.Clients){
		"pool":       func(o *ses.ManagedIPReportOptions, _ *ses.Clients) { o.Pools = []string{"A"} },
		"twice":      func(o *ses.ManagedIPReportOptions, _ *ses.Clients) { o.Pools = []string{"a", "a"} },
		"span":       func(o *ses.ManagedIPReportOptions, _ *ses.Clients) { o.Span = time.Minute },
		"long span":  func(o *ses.ManagedIPReportOptions, _ *ses.Clients) { o.Span = 400 * time.Hour },
		"dimensions": func(o *ses.ManagedIPReportOptions, _ *ses.Clients) { o.PoolDimension, o.ProviderDimension = "a", "a" },
		"rates":      func(o *ses.ManagedIPReportOptions, _ *ses.Clients) { o.Rates = ses.Rates{"GetDedicatedIps": 0} },
		"SES":        func(_ *ses.ManagedIPReportOptions, c *ses.Clients) { c.SES = nil },
		"CloudWatch": func(_ *ses.ManagedIPReportOptions, c *ses.Clients) { c.CloudWatch = nil },
		"Region":     func(_ *ses.ManagedIPReportOptions, c *ses.Clients) { c.Region = "" },
	} {
		cloud := awstest.New(t)
		opts, c := ses.ManagedIPReportOptions{}, ses.NewClients(cloud.Config(managedRegion, managedAccount))
		spoil(&opts, &c)
		if _, err := ses.ManagedIPReport(t.Context(), c, opts); err == nil || cloud.Count() != 0 {
			t.Errorf("%s: got %v after %d calls", name, err, cloud.Count())
		}
	}
}

// TestManagedIPReportHostile has names that would break the table.
func TestManagedIPReportHostile(t *testing.T) {
	inManagedWorld(t, newManagedWorld, func(t *testing.T, w *managedWorld) {
		w.pool("fast", sestypes.ScalingModeManaged, 1, true)
		name := "a\tb\n\x1b[2J\u202e"
		for _, metric := range []string{"Send", "SentLast24Hours", "Available24HourSend"} {
			w.metric(metric, map[string]string{"IpPool": "fast", "Isp": name}, 1e300)
		}
		report, err := ses.ManagedIPReport(t.Context(), w.clients(), ses.ManagedIPReportOptions{})
		if err != nil || report.Pools[0].Providers[0].Provider != name {
			t.Fatalf("got %v, %+v", err, report)
		}
		if text := report.String(); strings.ContainsAny(text, "\t\x1b\u202e") || strings.Count(text, "\n") != 9 || strings.Contains(text, "000000000000000") {
			t.Errorf("got %d lines of\n%q", strings.Count(text, "\n"), text)
		}
	})
}
