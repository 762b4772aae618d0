package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Rule is a Contributor Insights rule.
type Rule struct {
	Name       string         `json:"name"`
	State      string         `json:"state"` // Enabled or Disabled
	Definition RuleDefinition `json:"definition"`
}

// A RuleDefinition says what a rule counts ("Contributor Insights rule syntax in
// CloudWatch" in the CloudWatch user guide).
type RuleDefinition struct {
	Schema        RuleSchema
	LogGroupNames []string
	LogFormat     string
	Contribution  Contribution
	AggregateOn   string // Count or Sum
}

// A RuleSchema is always that of logs.
type RuleSchema struct {
	Name    string
	Version int
}

// A Contribution says who contributes what.
type Contribution struct {
	Keys    []string
	ValueOf string   `json:",omitempty"`
	Filters []Filter // all hold; an empty list must be written, too
}

// A Filter compares a field.
type Filter struct {
	Match       string
	In          []string `json:",omitempty"`
	NotIn       []string `json:",omitempty"`
	GreaterThan *float64 `json:",omitempty"`
}

// JSON returns the definition as PutInsightRule takes it. Equal definitions give
// equal bytes.
func (d RuleDefinition) JSON() []byte { return encoded(d) }

// String tells what the rule counts, such as "counts src_ip in /edge/alert where
// alert.action is blocked".
func (d RuleDefinition) String() string {
	field := func(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, "$."), "event.") }
	var keys, where []string
	for _, k := range d.Contribution.Keys {
		keys = append(keys, field(k))
	}
	for _, f := range d.Contribution.Filters {
		name := field(f.Match)
		switch {
		case f.GreaterThan != nil:
			where = append(where, fmt.Sprintf("%s > %v", name, *f.GreaterThan))
		case len(f.In) > 0:
			where = append(where, name+" is "+strings.Join(f.In, " or "))
		default:
			where = append(where, name+" is not "+strings.Join(f.NotIn, " or "))
		}
	}
	text := "counts " + strings.Join(keys, ", ")
	if d.AggregateOn == "Sum" {
		text = "sums " + field(d.Contribution.ValueOf) + " by " + strings.Join(keys, ", ")
	}
	text += " in " + strings.Join(d.LogGroupNames, ", ")
	if len(where) > 0 {
		text += " where " + strings.Join(where, " and ")
	}
	return text
}

// The logs that rules read.
type logKind int

const (
	flow logKind = iota
	alert
)

// A template is a rule for any firewall, with its widget.
type template struct {
	base, title string
	x, y, width int
	log         logKind
	keys        []string // below $.event
	valueOf     string   // likewise; empty to count
	filters     []Filter
}

// templates are the 26 rules.
func templates() []template {
	long := Filter{Match: "$.event.netflow.age", GreaterThan: new(350.)}
	syn := Filter{Match: "$.event.tcp.tcp_flags", In: []string{"02"}}
	remote := Filter{Match: "$.event.dest_port", In: []string{"22", "23", "3389"}}
	blocked := Filter{Match: "$.event.alert.action", In: []string{"blocked"}}
	passed := Filter{Match: "$.event.alert.action", NotIn: []string{"blocked"}}
	proto := func(name string) Filter { return Filter{Match: "$.event.proto", In: []string{name}} }
	const packets, bytes = "netflow.pkts", "netflow.bytes"
	tuple := []string{"src_ip", "src_port", "dest_ip", "dest_port"}
	pair := []string{"src_ip", "dest_ip"}
	triple := []string{"src_ip", "dest_ip", "dest_port"}
	one := func(key string) []string { return []string{key} }
	all := func(filters ...Filter) []Filter { return filters }
	return []template{
		{"TopLongLivedTCPFlowsRule", "Top Long-Lived TCP Flows - Age > 350s", 12, 27, 6, flow, tuple, "", all(long, proto("TCP"))},
		{"TopTCPSYNWithoutSYNACKRule", "Top TCP Flows - SYN Without SYN-ACK", 18, 27, 6, flow, tuple, "", all(syn)},
		{"TopSourceIPByPacketsRule", "Top Source IP by Packets", 0, 35, 6, flow, one("src_ip"), packets, nil},
		{"TopSourceIPByBytesRule", "Top Source IP by Bytes", 6, 35, 6, flow, one("src_ip"), bytes, nil},
		{"TopDestinationIPByPacketsRule", "Top Destination IP by Packets", 12, 35, 6, flow, one("dest_ip"), packets, nil},
		{"TopDestinationIPByBytesRule", "Top Destination IP by Bytes", 18, 35, 6, flow, one("dest_ip"), bytes, nil},
		{"TopSourceAndDestinationIPByPacketsRule", "Top Source and Destination IP by Packets", 0, 42, 12, flow, pair, packets, nil},
		{"TopSourceAndDestinationIPByBytesRule", "Top Source and Destination IP by Bytes", 12, 42, 12, flow, pair, bytes, nil},
		{"TopSourcePortsRule", "Top Source Port", 12, 50, 6, flow, one("src_port"), "", nil},
		{"TopDestinationPortsRule", "Top Destination Port", 18, 50, 6, flow, one("dest_port"), "", nil},
		{"TopTCPFlowsRule", "Top TCP Flows", 0, 57, 6, flow, triple, "", all(proto("TCP"))},
		{"TopTCPFlowsByPacketsRule", "Top TCP Flows by Packets", 6, 57, 6, flow, triple, packets, all(proto("TCP"))},
		{"TopTCPFlowsByBytesRule", "Top TCP Flows by Bytes", 12, 57, 6, flow, triple, bytes, all(proto("TCP"))},
		{"TopUDPFlowsRule", "Top UDP Flows", 0, 64, 6, flow, triple, "", all(proto("UDP"))},
		{"TopUDPFlowsByPacketsRule", "Top UDP Flows by Packets", 6, 64, 6, flow, triple, packets, all(proto("UDP"))},
		{"TopUDPFlowsByBytesRule", "Top UDP Flows by Bytes", 12, 64, 6, flow, triple, bytes, all(proto("UDP"))},
		{"TopICMPFlowsRule", "Top ICMP Flows", 18, 64, 6, flow, pair, "", all(proto("ICMP"))},
		{"TopBlockedRemoteAccessPortsRule", "Top Blocked Remote Access Ports - Telnet, SSH, RDP", 18, 80, 6, alert, triple, "", all(blocked, remote)},
		{"TopBlockedTCPFlowsRule", "Top Blocked TCP Flows", 0, 87, 12, alert, triple, "", all(blocked, proto("TCP"))},
		{"TopBlockedUDPFlowsRule", "Top Blocked UDP Flows", 12, 87, 12, alert, triple, "", all(blocked, proto("UDP"))},
		{"TopHTTPHostHeaderRule", "Top HTTP Host Header", 0, 95, 6, alert, one("http.hostname"), "", all(passed)},
		{"TopBlockedHTTPHostHeaderRule", "Top Blocked HTTP Host Header", 6, 95, 6, alert, one("http.hostname"), "", all(blocked)},
		{"TopHTTPURIPathsRule", "Top HTTP URI Paths", 12, 95, 6, alert, one("http.url"), "", nil},
		{"TopHTTPUserAgentsRule", "Top HTTP User-Agents", 18, 95, 6, alert, one("http.http_user_agent"), "", nil},
		{"TopTLSSNIRule", "Top TLS SNI", 0, 102, 6, alert, one("tls.sni"), "", all(passed)},
		{"TopBlockedTLSSNIRule", "Top Blocked TLS SNI", 6, 102, 6, alert, one("tls.sni"), "", all(blocked)},
	}
}

// rules returns the rules of the section.
func (s section) rules() []Rule {
	var rules []Rule
	for _, t := range templates() {
		rules = append(rules, Rule{Name: ruleName(t.base, s.Firewall.Name), State: s.RulesState, Definition: s.definition(t)})
	}
	return rules
}

func (s section) definition(t template) RuleDefinition {
	d := RuleDefinition{
		Schema: RuleSchema{"CloudWatchLogRule", 1}, LogFormat: "JSON", AggregateOn: "Count",
		LogGroupNames: []string{s.logGroup(t.log)},
		Contribution:  Contribution{Filters: []Filter{}},
	}
	if s.Firewall.SharedLogs {
		d.Contribution.Filters = append(d.Contribution.Filters, Filter{Match: "$.firewall_name", In: []string{s.Firewall.Name}})
	}
	d.Contribution.Filters = append(d.Contribution.Filters, t.filters...)
	for _, key := range t.keys {
		d.Contribution.Keys = append(d.Contribution.Keys, "$.event."+key)
	}
	if t.valueOf != "" {
		d.AggregateOn, d.Contribution.ValueOf = "Sum", "$.event."+t.valueOf
	}
	return d
}

func (s section) logGroup(k logKind) string {
	if k == alert {
		return s.Firewall.AlertLogGroup
	}
	return s.Firewall.FlowLogGroup
}

// ruleWidgets show the rules.
func (s section) ruleWidgets() []Widget {
	var widgets []Widget
	for _, t := range templates() {
		widgets = append(widgets, Widget{Type: "metric", X: t.x, Y: t.y, Width: t.width, Height: 7, Properties: Properties{
			Title: t.title, Region: s.Region, View: "timeSeries", Period: 60, Stacked: new(false),
			InsightRule: &InsightRule{RuleName: ruleName(t.base, s.Firewall.Name), OrderBy: "Sum", MaxContributorCount: s.TopN},
			Legend:      &Legend{"right"}, YAxis: &YAxis{Axis{ShowUnits: new(false)}},
		}})
	}
	return widgets
}

// maxRuleName is in characters ("PutInsightRule" in the CloudWatch API reference).
const maxRuleName = 128

// hashLength is how many characters of a hash tell long names apart.
const hashLength = 16

// ruleName returns the name of the template, so that rules that it created are
// found. A long name of a firewall is cut, and a hash of all of it added after a
// ".", which names of firewalls cannot hold.
func ruleName(base, firewall string) string {
	name := base + "-" + firewall
	if len(name) <= maxRuleName {
		return name
	}
	sum := sha256.Sum256([]byte(firewall))
	return name[:maxRuleName-1-hashLength] + "." + hex.EncodeToString(sum[:])[:hashLength]
}

// IsRuleName reports whether a rule of that name can be one of those that [Render]
// makes, for whatever firewall.
func IsRuleName(name string) bool {
	return slices.ContainsFunc(templates(), func(t template) bool { return strings.HasPrefix(name, t.base+"-") })
}
