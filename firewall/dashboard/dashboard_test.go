package dashboard_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/golden"
)

// edge are the options of a dashboard for one firewall.
func edge() dashboard.Options {
	return dashboard.Options{
		Partition: "aws", Account: "123456789012", Region: "eu-central-1",
		Firewalls: []dashboard.Firewall{{
			Name: "edge",
			Endpoints: []dashboard.Endpoint{
				{AvailabilityZone: "eu-central-1b", SubnetID: "subnet-0b", EndpointID: "vpce-0b"},
				{AvailabilityZone: "eu-central-1a", SubnetID: "subnet-0a", EndpointID: "vpce-0a"},
			},
			FlowLogGroup: "/edge/flow", AlertLogGroup: "/edge/alert",
		}},
	}
}

func render(t *testing.T, o dashboard.Options) dashboard.Dashboard {
	t.Helper()
	d, err := dashboard.Render(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The widgets of the template, from its source: kind, title, x, y, width, height, view
// and, of metrics, a part of the search or, of logs, what the rows are about.
const (
	texts = `
# Overview|0,0,24,2
# Firewall Endpoints|0,2,24,1
# Firewall Engines|0,10,24,1
## Stateless|0,11,24,1
## Stateful|0,19,24,1
# Top Talkers|0,34,24,1
# Top Protocols|0,49,24,1
# Alert Log Analysis|0,71,24,1
## Rule Summary|0,72,24,1
## HTTP & TLS|0,94,24,1`

	metrics = `
Firewall Endpoint ENI (GWLBe/VPCe) Metrics|0,3,6,7|timeSeries|AWS/PrivateLinkEndpoints
Per Endpoint Utilization Gbps|6,3,6,7|gauge|AWS/PrivateLinkEndpoints BytesProcessed
ActiveConnections|12,3,6,7|singleValue|AWS/PrivateLinkEndpoints ActiveConnections
BytesProcessed|18,3,6,7|singleValue|AWS/PrivateLinkEndpoints BytesProcessed
Stateless Engine Metrics|0,12,6,7|timeSeries|AWS/NetworkFirewall edge Stateless
Stateless Passed Packets|6,12,6,7|singleValue|AWS/NetworkFirewall edge Stateless PassedPackets
Stateless Dropped Packets - Rule Action|12,12,6,7|singleValue|AWS/NetworkFirewall edge Stateless DroppedPackets
Stateless Dropped Packets - Other|18,12,6,7|singleValue|AWS/NetworkFirewall edge Stateless OtherDroppedPackets InvalidDroppedPackets
Stateful Engine Metrics|0,20,6,7|timeSeries|AWS/NetworkFirewall edge Stateful
Stateful Passed Packets|6,20,6,7|singleValue|AWS/NetworkFirewall edge Stateful PassedPackets
Stateful Dropped Packets|12,20,6,7|singleValue|AWS/NetworkFirewall edge Stateful DroppedPackets
Stateful Rejected Packets|18,20,6,7|singleValue|AWS/NetworkFirewall edge Stateful RejectedPackets
TLS Inspection|0,27,6,7|timeSeries|AWS/NetworkFirewall edge TLS
Stream Exception Policy Packets|6,27,6,7|timeSeries|AWS/NetworkFirewall edge StreamExceptionPolicyPackets`

	insights = `
Top Long-Lived TCP Flows - Age > 350s|12,27,6,7|TopLongLivedTCPFlowsRule|F|Count|src_ip,src_port,dest_ip,dest_port||netflow.age GreaterThan 350; proto In [TCP]
Top TCP Flows - SYN Without SYN-ACK|18,27,6,7|TopTCPSYNWithoutSYNACKRule|F|Count|src_ip,src_port,dest_ip,dest_port||tcp.tcp_flags In [02]
Top Source IP by Packets|0,35,6,7|TopSourceIPByPacketsRule|F|Sum|src_ip|netflow.pkts|
Top Source IP by Bytes|6,35,6,7|TopSourceIPByBytesRule|F|Sum|src_ip|netflow.bytes|
Top Destination IP by Packets|12,35,6,7|TopDestinationIPByPacketsRule|F|Sum|dest_ip|netflow.pkts|
Top Destination IP by Bytes|18,35,6,7|TopDestinationIPByBytesRule|F|Sum|dest_ip|netflow.bytes|
Top Source and Destination IP by Packets|0,42,12,7|TopSourceAndDestinationIPByPacketsRule|F|Sum|src_ip,dest_ip|netflow.pkts|
Top Source and Destination IP by Bytes|12,42,12,7|TopSourceAndDestinationIPByBytesRule|F|Sum|src_ip,dest_ip|netflow.bytes|
Top Source Port|12,50,6,7|TopSourcePortsRule|F|Count|src_port||
Top Destination Port|18,50,6,7|TopDestinationPortsRule|F|Count|dest_port||
Top TCP Flows|0,57,6,7|TopTCPFlowsRule|F|Count|src_ip,dest_ip,dest_port||proto In [TCP]
Top TCP Flows by Packets|6,57,6,7|TopTCPFlowsByPacketsRule|F|Sum|src_ip,dest_ip,dest_port|netflow.pkts|proto In [TCP]
Top TCP Flows by Bytes|12,57,6,7|TopTCPFlowsByBytesRule|F|Sum|src_ip,dest_ip,dest_port|netflow.bytes|proto In [TCP]
Top UDP Flows|0,64,6,7|TopUDPFlowsRule|F|Count|src_ip,dest_ip,dest_port||proto In [UDP]
Top UDP Flows by Packets|6,64,6,7|TopUDPFlowsByPacketsRule|F|Sum|src_ip,dest_ip,dest_port|netflow.pkts|proto In [UDP]
Top UDP Flows by Bytes|12,64,6,7|TopUDPFlowsByBytesRule|F|Sum|src_ip,dest_ip,dest_port|netflow.bytes|proto In [UDP]
Top ICMP Flows|18,64,6,7|TopICMPFlowsRule|F|Count|src_ip,dest_ip||proto In [ICMP]
Top Blocked Remote Access Ports - Telnet, SSH, RDP|18,80,6,7|TopBlockedRemoteAccessPortsRule|A|Count|src_ip,dest_ip,dest_port||alert.action In [blocked]; dest_port In [22 23 3389]
Top Blocked TCP Flows|0,87,12,7|TopBlockedTCPFlowsRule|A|Count|src_ip,dest_ip,dest_port||alert.action In [blocked]; proto In [TCP]
Top Blocked UDP Flows|12,87,12,7|TopBlockedUDPFlowsRule|A|Count|src_ip,dest_ip,dest_port||alert.action In [blocked]; proto In [UDP]
Top HTTP Host Header|0,95,6,7|TopHTTPHostHeaderRule|A|Count|http.hostname||alert.action NotIn [blocked]
Top Blocked HTTP Host Header|6,95,6,7|TopBlockedHTTPHostHeaderRule|A|Count|http.hostname||alert.action In [blocked]
Top HTTP URI Paths|12,95,6,7|TopHTTPURIPathsRule|A|Count|http.url||
Top HTTP User-Agents|18,95,6,7|TopHTTPUserAgentsRule|A|Count|http.http_user_agent||
Top TLS SNI|0,102,6,7|TopTLSSNIRule|A|Count|tls.sni||alert.action NotIn [blocked]
Top Blocked TLS SNI|6,102,6,7|TopBlockedTLSSNIRule|A|Count|tls.sni||alert.action In [blocked]`

	queries = `
Top Protocols|0,50,6,7|pie|F|event.proto
Top Application Layer Protocols Detected|6,50,6,7|pie|F|event.app_proto
Top TCP Flags|18,57,6,7|pie|F|event.tcp.tcp_flags
Top Drop/Reject Rules|0,73,6,7|table|A|event.alert.signature_id event.alert.action event.alert.signature event.proto = "blocked"
Top Alert Rules|6,73,6,7|table|A|event.alert.signature_id event.alert.action event.alert.signature event.proto != "blocked"
Recent Alert Log Events|12,73,12,7|table|A|event.timestamp event.alert.signature_id event.alert.signature event.proto event.src_ip event.src_port event.dest_ip event.dest_port
Top Blocked Source IPs|0,80,6,7|pie|A|event.src_ip = "blocked"
Top Blocked Destination IPs|6,80,6,7|pie|A|event.dest_ip = "blocked"
Top Blocked Destination Ports|12,80,6,7|pie|A|event.dest_port = "blocked"
Top PrivateLink Endpoint Candidates (S3, DynamoDB, & Backup)|12,102,12,7|table|A|event.src_ip event.dest_ip event.app_proto event.tls.sni event.http.hostname s3 dynamodb backup`
)

func rows(table string) [][]string {
	var rows [][]string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "|"))
	}
	return rows
}

// TestWidgets compares all widgets and rules with the template's, and counts them.
func TestWidgets(t *testing.T) {
	d := render(t, edge())
	widgets := map[string]dashboard.Widget{}
	for _, w := range d.Body.Widgets {
		title := w.Properties.Title
		if w.Type == "text" {
			title, _, _ = strings.Cut(w.Properties.Markdown, "\n")
		}
		if _, twice := widgets[title]; twice {
			t.Errorf("%s is there twice", title)
		}
		widgets[title] = w
	}
	rules := map[string]dashboard.Rule{}
	for _, r := range d.Rules {
		rules[r.Name] = r
	}
	if len(d.Body.Widgets) != 60 || len(widgets) != 60 || len(d.Rules) != 26 || len(rules) != 26 || len(d.Alarms) != 0 {
		t.Errorf("got %d widgets, %d rules, %d alarms", len(widgets), len(rules), len(d.Alarms))
	}
	if n := []int{len(rows(texts)), len(rows(metrics)), len(rows(insights)), len(rows(queries))}; !slices.Equal(n, []int{10, 14, 26, 10}) {
		t.Errorf("the tables have %v rows", n)
	}
	take := func(row []string, kind string) dashboard.Widget {
		w, ok := widgets[row[0]]
		if !ok {
			t.Errorf("there is no widget %q", row[0])
		}
		if at := fmt.Sprintf("%d,%d,%d,%d", w.X, w.Y, w.Width, w.Height); w.Type != kind || at != row[1] {
			t.Errorf("%s: got %s at %s, want %s at %s", row[0], w.Type, at, kind, row[1])
		}
		if kind != "text" && w.Properties.Region != "eu-central-1" {
			t.Errorf("%s: the Region is %q", row[0], w.Properties.Region)
		}
		delete(widgets, row[0])
		return w
	}
	for _, row := range rows(texts) {
		take(row, "text")
	}
	for _, row := range rows(metrics) {
		p := take(row, "metric").Properties
		search := p.Metrics[len(p.Metrics)-1][0].Expression
		stat := "'Sum', 300)"
		if row[0] == "ActiveConnections" {
			stat = "'Average', 300)"
		}
		if p.View != row[2] || p.Period != 300 || !strings.HasPrefix(search, "SEARCH('") || !strings.HasSuffix(search, stat) {
			t.Errorf("%s: got %+v", row[0], p)
		}
		for word := range strings.FieldsSeq(row[3]) {
			if !strings.Contains(search, `="`+word+`"`) && !strings.Contains(search, "="+word+"'") {
				t.Errorf("%s: %s lacks %s", row[0], search, word)
			}
		}
		if strings.Contains(row[3], "PrivateLink") != strings.Contains(search, `("Subnet Id"="subnet-0a" OR "Subnet Id"="subnet-0b")`) {
			t.Errorf("%s: got %s", row[0], search)
		}
	}
	for _, row := range rows(insights) {
		p := take(row, "metric").Properties
		want := dashboard.InsightRule{RuleName: row[2] + "-edge", OrderBy: "Sum", MaxContributorCount: 10}
		if p.InsightRule == nil || *p.InsightRule != want || p.Period != 60 || p.View != "timeSeries" {
			t.Errorf("%s: got %+v", row[0], p)
		}
		if got, want := described(rules[row[2]+"-edge"]), strings.Join(row[3:], "|"); got != want {
			t.Errorf("%s: got %s, want %s", row[2], got, want)
		}
	}
	for _, row := range rows(queries) {
		p := take(row, "log").Properties
		group := map[string]string{"F": "/edge/flow", "A": "/edge/alert"}[row[3]]
		if p.View != row[2] || !strings.HasPrefix(p.Query, "SOURCE '"+group+"' | ") || !strings.HasSuffix(p.Query, "desc\n| limit 10") {
			t.Errorf("%s: got %+v", row[0], p)
		}
		for word := range strings.FieldsSeq(row[4]) {
			if !strings.Contains(p.Query, word) {
				t.Errorf("%s: %s lacks %s", row[0], p.Query, word)
			}
		}
	}
	if len(widgets) > 0 {
		t.Errorf("not in the tables: %q", slices.Sorted(maps.Keys(widgets)))
	}
}

// described tells a rule as the table does.
func described(r dashboard.Rule) string {
	event := func(path string) string { return strings.TrimPrefix(path, "$.event.") }
	d := r.Definition
	log := map[string]string{"/edge/flow": "F", "/edge/alert": "A"}[strings.Join(d.LogGroupNames, ",")]
	var keys, filters []string
	for _, k := range d.Contribution.Keys {
		keys = append(keys, event(k))
	}
	for _, f := range d.Contribution.Filters {
		switch {
		case f.GreaterThan != nil:
			filters = append(filters, fmt.Sprintf("%s GreaterThan %v", event(f.Match), *f.GreaterThan))
		case f.In != nil:
			filters = append(filters, fmt.Sprintf("%s In %v", event(f.Match), f.In))
		default:
			filters = append(filters, fmt.Sprintf("%s NotIn %v", event(f.Match), f.NotIn))
		}
	}
	return strings.Join([]string{log, d.AggregateOn, strings.Join(keys, ","), event(d.Contribution.ValueOf), strings.Join(filters, "; ")}, "|")
}

// TestBody shows the whole body, the rules and the alarms.
func TestBody(t *testing.T) {
	o := edge()
	o.Mark, o.Alarms = "awspatterns firewall.Dashboard/eu-central-1/edge-dashboard", &dashboard.AlarmOptions{Actions: []string{"arn:aws:sns:eu-central-1:123456789012:ops"}}
	files := render(t, o).Files()
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&all, "== %s\n%s", name, files[name])
	}
	golden.Equal(t, "testdata/edge.txt", all.String())
}

// TestNoOverlap: no two widgets of a dashboard cover one place, and sections are
// stacked.
func TestNoOverlap(t *testing.T) {
	o := edge()
	for i := range 7 {
		f := o.Firewalls[0]
		f.Name = fmt.Sprintf("edge-%d", i)
		o.Firewalls = append(o.Firewalls, f)
	}
	o.Name = "all"
	d := render(t, o)
	if len(d.Body.Widgets) != 480 || len(d.Rules) != 208 {
		t.Errorf("got %d widgets and %d rules", len(d.Body.Widgets), len(d.Rules))
	}
	taken := map[[2]int]string{}
	for _, w := range d.Body.Widgets {
		for x := w.X; x < w.X+w.Width; x++ {
			for y := w.Y; y < w.Y+w.Height; y++ {
				at := [2]int{x, y}
				if other := taken[at]; other != "" {
					t.Fatalf("%s and %s are both at %v", other, w.Properties.Title, at)
				}
				taken[at] = w.Properties.Title + w.Properties.Markdown
			}
		}
	}
	if want := 8 * 24 * 109; len(taken) != want {
		t.Errorf("%d places are covered, want all %d", len(taken), want)
	}
	o.Firewalls = append(o.Firewalls, dashboard.Firewall{Name: "ninth", FlowLogGroup: "f", AlertLogGroup: "a"})
	if _, err := dashboard.Render(o); err == nil || !strings.Contains(err.Error(), "540 widgets; want at most 500") {
		t.Errorf("nine firewalls: got %v", err)
	}
}

// TestSeveral: each section is about its own firewall, and where two log to one group,
// their events are told apart.
func TestSeveral(t *testing.T) {
	o := edge()
	second := dashboard.Firewall{Name: "east-west", FlowLogGroup: "/edge/flow", AlertLogGroup: "/east/alert"}
	third := dashboard.Firewall{Name: "alone", FlowLogGroup: "/alone/flow", AlertLogGroup: "/alone/alert"}
	o.Firewalls, o.Name = append(o.Firewalls, second, third), "perimeter"
	d := render(t, o)
	for i, f := range o.Firewalls {
		shared := f.Name != "alone"
		if heading := d.Body.Widgets[60*i].Properties.Markdown; !strings.HasPrefix(heading, "# Overview · "+f.Name+"\n") || d.Body.Widgets[60*i].Y != 109*i {
			t.Errorf("section %d begins with %q", i, heading)
		}
		for _, r := range d.Rules[26*i : 26*i+26] {
			text := string(r.Definition.JSON())
			filter := `{"Match":"$.firewall_name","In":["` + f.Name + `"]}`
			if !strings.HasSuffix(r.Name, "-"+f.Name) || strings.Contains(text, filter) != shared {
				t.Errorf("rule %s: %s", r.Name, text)
			}
		}
		for _, w := range d.Body.Widgets[60*i : 60*i+60] {
			if w.Type == "log" && strings.Contains(w.Properties.Query, `| filter firewall_name = "`+f.Name+`"`) != shared {
				t.Errorf("section %d: %s", i, w.Properties.Query)
			}
		}
	}
	one := edge()
	one.Firewalls[0].SharedLogs = true
	if text := string(render(t, one).Rules[0].Definition.JSON()); !strings.Contains(text, "$.firewall_name") {
		t.Errorf("shared logs: got %s", text)
	}
}

// TestPartitions: links and ARNs of all partitions.
func TestPartitions(t *testing.T) {
	tests := []struct{ partition, region, firewall, dashboard string }{
		{
			"aws", "eu-central-1",
			"https://eu-central-1.console.aws.amazon.com/vpc/home?region=eu-central-1#NetworkFirewallDetails:arn=arn_aws_network-firewall_eu-central-1_123456789012_firewall~edge)",
			"https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards:name=edge-dashboard",
		},
		{
			"aws-cn", "cn-north-1",
			"https://cn-north-1.console.amazonaws.cn/vpc/home?region=cn-north-1#NetworkFirewallDetails:arn=arn_aws-cn_network-firewall_cn-north-1_123456789012_firewall~edge)",
			"https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#dashboards/dashboard/edge-dashboard",
		},
		{
			"aws-us-gov", "us-gov-west-1",
			"https://us-gov-west-1.console.amazonaws-us-gov.com/vpc/home?region=us-gov-west-1#NetworkFirewallDetails:arn=arn_aws-us-gov_network-firewall_us-gov-west-1_123456789012_firewall~edge)",
			"https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#dashboards/dashboard/edge-dashboard",
		},
	}
	for _, test := range tests {
		o := edge()
		o.Partition, o.Region = test.partition, test.region
		d := render(t, o)
		if text := d.Body.Widgets[0].Properties.Markdown; !strings.Contains(text, "("+test.firewall) {
			t.Errorf("%s: got %s", test.partition, text)
		}
		if d.URL != test.dashboard {
			t.Errorf("%s: got %s", test.partition, d.URL)
		}
	}
}

func TestTopNAndState(t *testing.T) {
	o := edge()
	o.TopN, o.RulesState = 100, dashboard.Disabled
	d := render(t, o)
	for _, w := range d.Body.Widgets {
		if r := w.Properties.InsightRule; r != nil && r.MaxContributorCount != 100 {
			t.Errorf("%s: got %d contributors", w.Properties.Title, r.MaxContributorCount)
		}
		if w.Type == "log" && !strings.HasSuffix(w.Properties.Query, "| limit 100") {
			t.Errorf("got %s", w.Properties.Query)
		}
	}
	for _, r := range d.Rules {
		if r.State != "DISABLED" {
			t.Errorf("%s is %s", r.Name, r.State)
		}
	}
}
