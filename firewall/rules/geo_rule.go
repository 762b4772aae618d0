package rules

import (
	"cmp"
	"slices"
	"strings"
)

// A GeoRule says what becomes of traffic from or to countries. [RenderGeoRules] makes
// one or more of Suricata's rules of it: more if it has over 64 countries, passes (what
// passes is not logged) or is fail-closed.
type GeoRule struct {
	// Name tells the rule from the others of its group, for good: its sids are made of
	// it, so that a new name is a new rule. Required: 1 to 64 letters, digits, ".", "_"
	// and "-".
	Name string

	// Action is Pass, Drop, Reject or Alert. Required. AWS takes Reject for tcp, http,
	// tls, smb, ssh, smtp and dcerpc alone.
	//
	// An alert is written for every packet that matches, and half as many with
	// FlowToServer (seen in Suricata 7.0.10; AWS bills by the log).
	Action Action

	// Match says whose country counts: Src, Dst, Any (one or the other) or Both.
	// Required.
	Match Match

	// Countries are codes of ISO 3166-1 alpha-2, or XK, in upper case. Required. Their
	// order and what is there twice mean nothing.
	Countries []string

	// AllBut matches all countries but these.
	AllBut bool

	// OnUnknown says what becomes of an address that is in no country, such as a
	// private one or one that the database does not know. Required if AllBut drops or
	// rejects, since both are plausible and one of them is wrong for you; else there is
	// no choice:
	//
	//   - without AllBut it is in none of the countries, and does not match;
	//   - AllBut and Alert: it is not alerted;
	//   - AllBut and Pass: it does not pass by this rule (which is FailClosed).
	OnUnknown FailMode

	// Protocol is one of ip, tcp, udp, icmp, http, ftp, tls, smb, dns, dcerpc, ssh,
	// smtp, imap, krb5, tftp, ntp, dhcp, http2 and quic. Defaults to ip.
	Protocol string

	// Source and Destination are an address, a CIDR, a variable ($HOME_NET), a list of
	// those ([192.0.2.0/24,!192.0.2.7]), or any. SourcePort and DestinationPort are a
	// port, a range (1024:), a variable or a list. Default to any.
	Source, SourcePort, Destination, DestinationPort string

	// Direction is the arrow between source and destination. Defaults to Forward.
	Direction Direction

	// Flow says which packets of a connection are looked at. Defaults to FlowToServer
	// if Direction is Forward, and to FlowAny if it is Either.
	Flow GeoFlow

	// Message is the signature in the logs: printable, at most 256 characters, without
	// ", ; and \. Defaults to action and countries, such as "Drop from JP, Japan".
	Message string

	// Metadata is more to be logged in alert.metadata: pairs of a key and a value with
	// a blank between them, such as "ticket SEC-12". What is always there is the
	// country ("geo JP", or "geo_not JP" with AllBut; "geo_count 70" for more than 16
	// of them) and the name of the rule ("geo_rule block-jp"). Without metadata, logs
	// show no country.
	Metadata []string

	// Options are further keywords, such as app-layer-protocol and ttl. Those that look
	// into a protocol, such as http.host and tls.sni, cannot stand beside geoip. Values
	// are not checked but for what would end the option.
	Options []Option

	// Sid is the number of the rule; the number of its first, if there are several.
	// Defaults to one that is made of the name; see [Sids].
	Sid uint32

	// NoCompanion leaves out the alert before a rule that passes. It is there since a
	// rule that passes writes no log.
	NoCompanion bool
}

// A FailMode says what becomes of addresses whose country is unknown.
type FailMode string

// The modes. No geoip keyword matches an unknown address, a negated one neither.
//
// FailOpen drops by a negated geoip: unknown addresses are let by. Rules that follow
// see them, and all that the rule did not drop.
//
// FailClosed passes what is in the countries and drops the rest, unknown addresses
// with it. What passes has passed for good: no rule that follows sees it, and under
// ActionOrder no rule of the policy at all can drop it. So the rule belongs at the
// end.
const (
	FailOpen   FailMode = "fail-open"
	FailClosed FailMode = "fail-closed"
)

// GeoFlow says which packets of a connection a rule looks at.
type GeoFlow string

// The packets: those from the client to the server, so that src is who connects, or
// all, so that src is also a server that answers. Packets without a connection, such
// as those of GRE and IGMP, are looked at either way (seen in Suricata 7.0.10).
const (
	FlowToServer GeoFlow = "to_server"
	FlowAny      GeoFlow = "any"
)

// complete returns the rule with its defaults, and its countries in order.
func (g GeoRule) complete() GeoRule {
	g.Protocol = strings.ToLower(cmp.Or(g.Protocol, "ip"))
	g.Direction = cmp.Or(g.Direction, Forward)
	for _, field := range []*string{&g.Source, &g.SourcePort, &g.Destination, &g.DestinationPort} {
		if *field == "" || strings.EqualFold(*field, "any") {
			*field = "any"
		}
	}
	if g.Flow == "" {
		g.Flow = FlowToServer
		if g.Direction == Either {
			g.Flow = FlowAny
		}
	}
	g.Countries = slices.Compact(slices.Sorted(slices.Values(g.Countries)))
	return g
}

// closed reports whether the rule becomes passes and a drop.
func (g GeoRule) closed() bool {
	return g.AllBut && g.OnUnknown == FailClosed && (g.Action == Drop || g.Action == Reject)
}
