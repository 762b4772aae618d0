// Package rules reads, writes, checks and evaluates the stateful rules of AWS
// Network Firewall: Suricata's rules, as far as the service takes them, and above
// all those that look at countries. It is pure: it imports no AWS SDK.
package rules

import "net/netip"

// A Rule is one rule of a text.
type Rule struct {
	Disabled bool // it is commented out

	Action          Action // in lower case
	Protocol        string // "ip", "tcp", "http", …; in lower case
	Source          string // an address, a list in brackets, a variable or "any"; as written
	SourcePort      string
	Direction       Direction
	Destination     string
	DestinationPort string
	Options         []Option // in their order
}

// An Option is a keyword in the parentheses of a rule.
type Option struct {
	Keyword string // in lower case
	Value   string // as written behind the colon, without blanks around it; with its quotes
	Bare    bool   // there is no colon, as in "nocase;"
}

// An Action is what a rule does.
type Action string

// The actions that AWS Network Firewall takes.
const (
	Pass   Action = "pass"
	Drop   Action = "drop"
	Reject Action = "reject"
	Alert  Action = "alert"
)

// A Direction is the arrow of a rule.
type Direction string

// The arrows: from source to destination, and either way.
const (
	Forward Direction = "->"
	Either  Direction = "<>"
)

// A Match says which ends of a packet a geoip keyword looks at.
type Match string

// The ends. Any is one of them or the other, Both is one and the other.
const (
	Src  Match = "src"
	Dst  Match = "dst"
	Any  Match = "any"
	Both Match = "both"
)

// An Order is the order in which the rules of a policy act.
type Order string

// The orders. In ActionOrder all rules that pass act before those that drop, these
// before those that reject, and these before those that alert, wherever they stand;
// in StrictOrder the first rule that passes, drops or rejects decides.
const (
	ActionOrder Order = "DEFAULT_ACTION_ORDER"
	StrictOrder Order = "STRICT_ORDER"
)

// A GeoDB tells the country of an address. An address that it does not know is in no
// country: no geoip keyword matches it, a negated one neither.
type GeoDB interface {
	// Country returns the ISO 3166-1 code in upper case, and whether it is known.
	Country(netip.Addr) (code string, known bool)
}

// Variables are what $NAME stands for in the headers of rules.
type Variables struct {
	IPSets   map[string][]string // by name without $
	PortSets map[string][]string
}
