package dashboard_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

func widget(t *testing.T, d dashboard.Dashboard, title string) dashboard.Properties {
	t.Helper()
	for _, w := range d.Body.Widgets {
		if w.Properties.Title == title {
			return w.Properties
		}
	}
	t.Fatalf("there is no widget %q", title)
	return dashboard.Properties{}
}

// TestGauge: 100 gigabits in a second fill the gauge. The template divides by .008, so
// that 6.4 do.
func TestGauge(t *testing.T) {
	p := widget(t, render(t, edge()), "Per Endpoint Utilization Gbps")
	var times, by float64
	if n, err := fmt.Sscanf(p.Metrics[0][0].Expression, "m1*%f/%f", &times, &by); n != 2 || err != nil {
		t.Fatalf("got %s", p.Metrics[0][0].Expression)
	}
	period := float64(p.Period)
	bytes := 100e9 / 8 * period // in a period
	if got := bytes * times / by; got != *p.YAxis.Left.Max || *p.YAxis.Left.Min != 0 {
		t.Errorf("100 Gbps show as %v of %v", got, *p.YAxis.Left.Max)
	}
	search := p.Metrics[1][0]
	if !strings.HasSuffix(search.Expression, fmt.Sprintf("'Sum', %v)", period)) || float64(p.Metrics[0][0].Period) != period || search.ID != "m1" || *search.Visible {
		t.Errorf("the periods differ: %+v", p)
	}
}

// TestFiltersFirst: no query compares a field after stats has dropped it.
func TestFiltersFirst(t *testing.T) {
	count := map[string]int{}
	for _, w := range render(t, edge()).Body.Widgets {
		if w.Type != "log" {
			continue
		}
		count[strings.Fields(w.Properties.Query)[1]]++
		stats := strings.Index(w.Properties.Query, "stats ")
		if filter := strings.LastIndex(w.Properties.Query, "filter "); stats >= 0 && filter > stats {
			t.Errorf("%s filters late: %s", w.Properties.Title, w.Properties.Query)
		}
		if strings.Contains(w.Properties.Title, "Blocked") != strings.Contains(w.Properties.Query, `| filter event.alert.action = "blocked"`) &&
			w.Properties.Title != "Top Drop/Reject Rules" {
			t.Errorf("%s: %s", w.Properties.Title, w.Properties.Query)
		}
	}
	if count["'/edge/flow'"] != 3 || count["'/edge/alert'"] != 7 {
		t.Errorf("got %v", count)
	}
}

// TestVerdict: what a rule does and what the firewall did stand side by side.
func TestVerdict(t *testing.T) {
	d := render(t, edge())
	for _, title := range []string{"Top Drop/Reject Rules", "Top Alert Rules", "Recent Alert Log Events"} {
		if q := widget(t, d, title).Query; !strings.Contains(q, "event.alert.action as Action, event.verdict.action as Verdict,") {
			t.Errorf("%s: %s", title, q)
		}
	}
}

// TestRuleNames: names of any length fit, and no two firewalls share one.
func TestRuleNames(t *testing.T) {
	long := strings.Repeat("a", 128)
	names := map[string]string{}
	for _, firewall := range []string{"a", "edge", long[:88], long[:89], long[:90], long[:127] + "b", long, long[:127] + "-"} {
		o := edge()
		o.Firewalls[0].Name = firewall
		for _, r := range render(t, o).Rules {
			if len(r.Name) > 128 || names[r.Name] != "" || !dashboard.IsRuleName(r.Name) {
				t.Errorf("%s: the name %q has %d characters, also that of %s", firewall, r.Name, len(r.Name), names[r.Name])
			}
			names[r.Name] = firewall
		}
	}
	// The longest base has 38 characters, so a name of 89 fits.
	if want := "TopSourceAndDestinationIPByPacketsRule-" + long[:89]; names[want] == "" || len(want) != 128 {
		t.Errorf("%q has %d characters and is %q", want, len(want), names[want])
	}
	for _, other := range []string{"", "TopTCPFlowsRule", "TopTCPFlowsRules-edge", "MyTopTCPFlowsRule-edge"} {
		if dashboard.IsRuleName(other) {
			t.Errorf("%q is taken for a name of ours", other)
		}
	}
}

// TestEndpointCandidates: names of the services that have endpoints, and no others.
func TestEndpointCandidates(t *testing.T) {
	query := widget(t, render(t, edge()), "Top PrivateLink Endpoint Candidates (S3, DynamoDB, & Backup)").Query
	_, rest, _ := strings.Cut(query, "event.tls.sni like /")
	pattern, _, ok := strings.Cut(rest, "/ or ")
	if !ok {
		t.Fatalf("got %s", query)
	}
	matches := regexp.MustCompile(pattern)
	for host, want := range map[string]bool{
		"s3.eu-central-1.amazonaws.com":               true,
		"bucket.s3.eu-central-1.amazonaws.com":        true,
		"my.bucket.s3-accelerate.amazonaws.com":       true,
		"bucket.s3.cn-north-1.amazonaws.com.cn":       true,
		"dynamodb.eu-central-1.amazonaws.com":         true,
		"123456789012.ddb.eu-central-1.amazonaws.com": true,
		"backup.eu-central-1.amazonaws.com":           true,
		"backup-gateway.eu-central-1.amazonaws.com":   true,
		"s3.eu-central-1.api.aws":                     true,
		"ec2.eu-central-1.amazonaws.com":              false,
		"js3.example.com":                             false,
		"backup.example.com":                          false,
		"mys3.eu-central-1.amazonaws.com":             false,
	} {
		if got := matches.MatchString(host); got != want {
			t.Errorf("%s: got %t", host, got)
		}
	}
}

// TestNoEndpoints: without subnets, the endpoints of other firewalls are not shown.
func TestNoEndpoints(t *testing.T) {
	o := edge()
	o.Firewalls[0].Endpoints = []dashboard.Endpoint{{AvailabilityZone: "eu-central-1a", EndpointID: "vpce-0a"}}
	p := widget(t, render(t, o), "BytesProcessed")
	if want := `SEARCH('Namespace="AWS/PrivateLinkEndpoints" ("Subnet Id"="none") MetricName="BytesProcessed"', 'Sum', 300)`; p.Metrics[0][0].Expression != want {
		t.Errorf("got %s", p.Metrics[0][0].Expression)
	}
}

// TestGenerated: who opens the dashboard is told not to edit it, and whose it is.
func TestGenerated(t *testing.T) {
	o := edge()
	o.Mark = "mine/1"
	text := render(t, o).Body.Widgets[0].Properties.Markdown
	if !strings.Contains(text, "do not edit") || !strings.HasSuffix(text, " `mine/1`") {
		t.Errorf("got %s", text)
	}
}
