package logs

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Question asks for the keys that an event of some kind has most often, or that
// most packets or bytes belong to. It is data, from which the same question can be
// made for CloudWatch Logs Insights or Athena.
type Question struct {
	Name   string // as the rule or widget of the CloudWatch dashboard, in one word
	Title  string // for people
	Log    Log
	Keys   []Field     // one to five; an event that has none of them is not counted
	Value  Value       // what is added up
	Filter []Condition `json:",omitempty"` // all must hold
}

// A Log is one of the three that a firewall writes.
type Log string

// The logs.
const (
	Flow  Log = "flow"  // events of type netflow: one for each direction, when the flow has ended
	Alert Log = "alert" // a rule that alerts, drops or rejects has matched
	TLS   Log = "tls"   // errors of TLS inspection
)

// A Value is what a question adds up.
type Value string

// The values. Packets and bytes are known of flows only.
const (
	Events  Value = "events"
	Packets Value = "packets" // event.netflow.pkts
	Bytes   Value = "bytes"   // event.netflow.bytes
)

// A Condition says what the values of fields must be like: one of the fields, where
// there are several. A field that an event does not have is empty.
type Condition struct {
	Fields []Field
	Op     Op
	Values []string
}

// An Op compares the value of a field with those of a condition.
type Op string

// The comparisons. All look at case.
const (
	In       Op = "in"       // it equals one of the values
	NotIn    Op = "not in"   // it equals none
	Contains Op = "contains" // one of the values is part of it
	Above    Op = "above"    // as a whole number it is greater than the one value
)

// most keys that a question may have, which is what the questions here need.
const mostKeys = 5

// Questions returns those that the CloudWatch dashboard for AWS Network Firewall
// answers, under its titles, then countries, and what TLS inspection says.
//
// They differ from the dashboard's in three ways. What is blocked is told by
// [Outcome], since the action of an alert is that of its rule and not what became
// of the packet. ICMP is that of IPv6 too. And endpoint candidates are names of
// AWS: a name that has s3 in it somewhere is not enough.
func Questions() []Question {
	flowKeys := []Field{SrcIP, DestIP, DestPort}
	fourKeys := []Field{SrcIP, SrcPort, DestIP, DestPort}
	ruleKeys := []Field{SignatureID, Signature, Proto, Action, Verdict}
	isTCP := Condition{[]Field{Proto}, In, []string{"TCP"}}
	isUDP := Condition{[]Field{Proto}, In, []string{"UDP"}}
	isICMP := Condition{[]Field{Proto}, In, []string{"ICMP", "IPv6-ICMP"}}
	blocked := Condition{[]Field{Outcome}, In, []string{"blocked"}}
	passed := Condition{[]Field{Outcome}, NotIn, []string{"blocked"}}
	ofAWS := Condition{[]Field{SNI, Hostname}, Contains, []string{"amazonaws.com"}}
	endpoint := Condition{[]Field{SNI, Hostname}, Contains, []string{"s3", "dynamodb", "backup"}}
	return []Question{
		{"TopLongLivedTCPFlows", "Top Long-Lived TCP Flows - Age > 350s", Flow, fourKeys, Events, []Condition{{[]Field{Age}, Above, []string{"350"}}, isTCP}},
		{"TopTCPSYNWithoutSYNACK", "Top TCP Flows - SYN Without SYN-ACK", Flow, fourKeys, Events, []Condition{{[]Field{TCPFlags}, In, []string{"02"}}}},

		{"TopSourceIPByPackets", "Top Source IP by Packets", Flow, []Field{SrcIP}, Packets, nil},
		{"TopSourceIPByBytes", "Top Source IP by Bytes", Flow, []Field{SrcIP}, Bytes, nil},
		{"TopDestinationIPByPackets", "Top Destination IP by Packets", Flow, []Field{DestIP}, Packets, nil},
		{"TopDestinationIPByBytes", "Top Destination IP by Bytes", Flow, []Field{DestIP}, Bytes, nil},
		{"TopSourceAndDestinationIPByPackets", "Top Source and Destination IP by Packets", Flow, []Field{SrcIP, DestIP}, Packets, nil},
		{"TopSourceAndDestinationIPByBytes", "Top Source and Destination IP by Bytes", Flow, []Field{SrcIP, DestIP}, Bytes, nil},

		{"TopProtocols", "Top Protocols", Flow, []Field{Proto}, Events, nil},
		{"TopApplicationProtocols", "Top Application Layer Protocols Detected", Flow, []Field{AppProto}, Events, nil},
		{"TopSourcePorts", "Top Source Port", Flow, []Field{SrcPort}, Events, nil},
		{"TopDestinationPorts", "Top Destination Port", Flow, []Field{DestPort}, Events, nil},
		{"TopTCPFlows", "Top TCP Flows", Flow, flowKeys, Events, []Condition{isTCP}},
		{"TopTCPFlowsByPackets", "Top TCP Flows by Packets", Flow, flowKeys, Packets, []Condition{isTCP}},
		{"TopTCPFlowsByBytes", "Top TCP Flows by Bytes", Flow, flowKeys, Bytes, []Condition{isTCP}},
		{"TopTCPFlags", "Top TCP Flags", Flow, []Field{TCPFlags}, Events, nil},
		{"TopUDPFlows", "Top UDP Flows", Flow, flowKeys, Events, []Condition{isUDP}},
		{"TopUDPFlowsByPackets", "Top UDP Flows by Packets", Flow, flowKeys, Packets, []Condition{isUDP}},
		{"TopUDPFlowsByBytes", "Top UDP Flows by Bytes", Flow, flowKeys, Bytes, []Condition{isUDP}},
		{"TopICMPFlows", "Top ICMP Flows", Flow, []Field{SrcIP, DestIP}, Events, []Condition{isICMP}},

		{"TopDropRejectRules", "Top Drop/Reject Rules", Alert, ruleKeys, Events, []Condition{blocked}},
		{"TopAlertRules", "Top Alert Rules", Alert, ruleKeys, Events, []Condition{passed}},
		{"TopBlockedSourceIPs", "Top Blocked Source IPs", Alert, []Field{SrcIP}, Events, []Condition{blocked}},
		{"TopBlockedDestinationIPs", "Top Blocked Destination IPs", Alert, []Field{DestIP}, Events, []Condition{blocked}},
		{"TopBlockedDestinationPorts", "Top Blocked Destination Ports", Alert, []Field{DestPort}, Events, []Condition{blocked}},
		{"TopBlockedRemoteAccessPorts", "Top Blocked Remote Access Ports - Telnet, SSH, RDP", Alert, flowKeys, Events,
			[]Condition{blocked, {[]Field{DestPort}, In, []string{"22", "23", "3389"}}}},
		{"TopBlockedTCPFlows", "Top Blocked TCP Flows", Alert, flowKeys, Events, []Condition{blocked, isTCP}},
		{"TopBlockedUDPFlows", "Top Blocked UDP Flows", Alert, flowKeys, Events, []Condition{blocked, isUDP}},

		{"TopHTTPHostHeader", "Top HTTP Host Header", Alert, []Field{Hostname}, Events, []Condition{passed}},
		{"TopBlockedHTTPHostHeader", "Top Blocked HTTP Host Header", Alert, []Field{Hostname}, Events, []Condition{blocked}},
		{"TopHTTPURIPaths", "Top HTTP URI Paths", Alert, []Field{URL}, Events, nil},
		{"TopHTTPUserAgents", "Top HTTP User-Agents", Alert, []Field{UserAgent}, Events, nil},
		{"TopTLSSNI", "Top TLS SNI", Alert, []Field{SNI}, Events, []Condition{passed}},
		{"TopBlockedTLSSNI", "Top Blocked TLS SNI", Alert, []Field{SNI}, Events, []Condition{blocked}},
		{"TopEndpointCandidates", "Top PrivateLink Endpoint Candidates (S3, DynamoDB, & Backup)", Alert,
			[]Field{SrcIP, DestIP, AppProto, SNI, Hostname}, Events, []Condition{ofAWS, endpoint}},

		{"TopCountries", "Top Countries", Alert, []Field{Country}, Events, []Condition{passed}},
		{"TopBlockedCountries", "Top Blocked Countries", Alert, []Field{Country}, Events, []Condition{blocked}},
		{"TopTLSErrors", "Top TLS Errors", TLS, []Field{TLSSNI, TLSError}, Events, []Condition{{[]Field{TLSError}, NotIn, []string{""}}}},
		{"TopCertificateRevocations", "Top Certificate Revocation Check Failures", TLS, []Field{TLSSNI, RevocationStatus, RevocationAction}, Events,
			[]Condition{{[]Field{RevocationStatus, RevocationAction}, NotIn, []string{""}}}},
	}
}

// check tells what is wrong with a question.
func (q Question) check() error {
	switch {
	case q.Name == "":
		return fmt.Errorf("question %q has no name", q.Title)
	case !slices.Contains([]Log{Flow, Alert, TLS}, q.Log):
		return fmt.Errorf("question %s: log %q; want flow, alert or tls", q.Name, q.Log)
	case len(q.Keys) == 0 || len(q.Keys) > mostKeys:
		return fmt.Errorf("question %s: %d keys; want 1 to %d", q.Name, len(q.Keys), mostKeys)
	case !slices.Contains([]Value{Events, Packets, Bytes}, q.Value):
		return fmt.Errorf("question %s: value %q; want events, packets or bytes", q.Name, q.Value)
	case q.Value != Events && q.Log != Flow:
		return fmt.Errorf("question %s: %s are known of flows only", q.Name, q.Value)
	}
	for _, f := range q.Keys {
		if _, ok := fieldOf[f]; !ok {
			return fmt.Errorf("question %s: no field %q", q.Name, f)
		}
	}
	for _, c := range q.Filter {
		if err := c.check(); err != nil {
			return fmt.Errorf("question %s: %w", q.Name, err)
		}
	}
	return nil
}

func (c Condition) check() error {
	if len(c.Fields) == 0 || len(c.Values) == 0 {
		return fmt.Errorf("a condition needs fields and values: %v", c)
	}
	for _, f := range c.Fields {
		if _, ok := fieldOf[f]; !ok {
			return fmt.Errorf("no field %q", f)
		}
	}
	switch c.Op {
	case In, NotIn, Contains:
		return nil
	case Above:
		if _, err := strconv.ParseUint(c.Values[0], 10, 64); err != nil || len(c.Values) > 1 {
			return fmt.Errorf("above %s: want one whole number", strings.Join(c.Values, ", "))
		}
		return nil
	}
	return fmt.Errorf("operation %q; want in, not in, contains or above", c.Op)
}

// A filter is a condition made ready.
type filter struct {
	fields []field
	op     Op
	values [][]byte
	limit  uint64 // of Above
}

func filters(conditions []Condition) []filter {
	list := make([]filter, len(conditions))
	for i, c := range conditions {
		list[i].op = c.Op
		for _, f := range c.Fields {
			list[i].fields = append(list[i].fields, fieldOf[f])
		}
		for _, v := range c.Values {
			list[i].values = append(list[i].values, []byte(v))
		}
		if c.Op == Above {
			list[i].limit, _ = strconv.ParseUint(c.Values[0], 10, 64)
		}
	}
	return list
}

func (f *filter) holds(e *event) bool {
	for _, i := range f.fields {
		if f.matches(e.text[i]) {
			return true
		}
	}
	return false
}

func (f *filter) matches(text []byte) bool {
	switch f.op {
	case In, NotIn:
		for _, v := range f.values {
			if bytes.Equal(text, v) {
				return f.op == In
			}
		}
		return f.op == NotIn
	case Contains:
		for _, v := range f.values {
			if bytes.Contains(text, v) {
				return true
			}
		}
		return false
	}
	n, ok := whole(text)
	return ok && n > f.limit
}
