package rules

import "strings"

// A StandardRule is a rule in the form of AWS's standard stateful rules
// (networkfirewall's types.StatefulRule).
type StandardRule struct {
	Action          string // PASS, DROP, REJECT or ALERT
	Protocol        string // IP, TCP, …
	Source          string // in CIDR notation, a variable, or ANY
	SourcePort      string
	Direction       string // FORWARD or ANY
	Destination     string
	DestinationPort string
	Options         []StandardOption
}

// A StandardOption is a keyword of a standard rule (types.RuleOption).
type StandardOption struct {
	Keyword string

	// Settings is one string for all that stands behind the colon, with its quotation
	// marks: "src,JP,KR" for geoip, as AWS's own example has it. It is empty if there
	// is no colon.
	Settings []string `json:",omitempty"`
}

// Standard returns the rule as a standard stateful rule. A list of addresses or ports
// stays a list in brackets, which AWS does not document for these fields.
func (r Rule) Standard() StandardRule {
	s := StandardRule{
		Action: strings.ToUpper(string(r.Action)), Protocol: strings.ToUpper(r.Protocol), Direction: "FORWARD",
		Source: standardAny(r.Source), SourcePort: standardAny(r.SourcePort),
		Destination: standardAny(r.Destination), DestinationPort: standardAny(r.DestinationPort),
	}
	if r.Direction == Either {
		s.Direction = "ANY"
	}
	for _, o := range r.Options {
		option := StandardOption{Keyword: o.Keyword}
		if !o.Bare {
			option.Settings = []string{o.Value}
		}
		s.Options = append(s.Options, option)
	}
	return s
}

// Rule returns a standard stateful rule as one of Suricata's, such as to recover sids
// from a group. Several settings of a keyword are joined by commas.
func (s StandardRule) Rule() Rule {
	r := Rule{
		Action: Action(strings.ToLower(s.Action)), Protocol: strings.ToLower(s.Protocol), Direction: Forward,
		Source: suricataAny(s.Source), SourcePort: suricataAny(s.SourcePort),
		Destination: suricataAny(s.Destination), DestinationPort: suricataAny(s.DestinationPort),
	}
	if s.Direction == "ANY" {
		r.Direction = Either
	}
	for _, o := range s.Options {
		keyword, value, inKeyword := strings.Cut(o.Keyword, ":") // "sid:1", as CloudFormation's documentation has it
		option := Option{Keyword: keyword, Value: value, Bare: len(o.Settings) == 0 && !inKeyword}
		if len(o.Settings) > 0 {
			option.Value = strings.Join(o.Settings, ",")
		}
		r.Options = append(r.Options, option)
	}
	return r
}

func standardAny(s string) string {
	if s == "any" {
		return "ANY"
	}
	return s
}

func suricataAny(s string) string {
	if strings.EqualFold(s, "any") {
		return "any"
	}
	return s
}
