package rules

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	inMessage  = 3  // countries that a message names
	inMetadata = 16 // countries that metadata names: logs are billed by size

	markKey = "geo_rule" // the key of the metadata by which a rule is known again
)

// String says in a sentence what the rule does, and what it does with an address whose
// country is unknown.
func (g GeoRule) String() string {
	g = g.complete()
	verb := map[Action]string{Pass: "passes", Drop: "drops", Reject: "rejects", Alert: "alerts on"}[g.Action]
	text := fmt.Sprintf("%s: %s %s %s", g.Name, verb, g.Protocol, g.where())
	switch {
	case !g.AllBut:
		return text + ". An address of unknown country does not match."
	case g.closed():
		return text + ". What an address of unknown country makes match is dropped, too (fail-closed)." +
			" All else passes: no rule after this one sees it."
	case g.Action == Alert:
		return text + ". An address of unknown country does not match."
	case g.Action == Pass:
		return text + ". An address of unknown country does not pass (fail-closed)."
	}
	return text + ". An address of unknown country is let by (fail-open)."
}

var sides = map[Match]string{Src: "from", Dst: "to", Any: "from or to", Both: "from and to"}

// where says what the rule matches.
func (g GeoRule) where() string {
	side := sides[g.Match]
	if g.AllBut {
		side += " all but"
	}
	return side + " " + strings.Join(g.Countries, ", ")
}

// message is the msg of one of the rules that g becomes.
func (g GeoRule) message(p geoPart) string {
	if g.Message != "" {
		return g.Message
	}
	verb := map[Action]string{Pass: "Pass", Drop: "Drop", Reject: "Reject", Alert: "Alert"}[g.Action]
	side := sides[g.Match]
	if g.closed() && p.action == Pass {
		verb, side = "Pass", sides[dual[g.Match]]
	}
	if g.Protocol != "ip" {
		verb += " " + g.Protocol
	}
	text := verb + " " + side + " "
	if p.not {
		text += "all but "
	}
	return text + someCountries(p.countries)
}

// someCountries names the first countries, and how many more there are.
func someCountries(codes []string) string {
	if len(codes) == 1 {
		return codes[0] + ", " + CountryName(codes[0])
	}
	if len(codes) <= inMessage {
		return strings.Join(codes, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(codes[:inMessage], ", "), len(codes)-inMessage)
}

// metadata is the value of that keyword for one of the rules that g becomes.
func (g GeoRule) metadata(p geoPart) string {
	key, pairs := "geo", []string{}
	if p.not {
		key = "geo_not"
	}
	if len(p.countries) <= inMetadata {
		for _, country := range p.countries {
			pairs = append(pairs, key+" "+country)
		}
	} else {
		pairs = append(pairs, key+"_count "+strconv.Itoa(len(p.countries)))
	}
	pairs = append(pairs, g.Metadata...)
	return strings.Join(append(pairs, markKey+" "+partKey(g.Name, p.name)), ", ")
}

// partKey names a rule among all of a group.
func partKey(rule, part string) string {
	if part == "" {
		return rule
	}
	return rule + "/" + part
}

// rule makes Suricata's rule of a part, without sid and rev.
func (g GeoRule) rule(p geoPart) Rule {
	r := Rule{
		Action: p.action, Protocol: g.Protocol, Direction: g.Direction,
		Source: g.Source, SourcePort: g.SourcePort, Destination: g.Destination, DestinationPort: g.DestinationPort,
		Options: []Option{{Keyword: "msg", Value: `"` + g.message(p) + `"`}},
	}
	if g.Flow == FlowToServer {
		r.Options = append(r.Options, Option{Keyword: "flow", Value: "to_server"})
	}
	for _, value := range p.geoip {
		r.Options = append(r.Options, Option{Keyword: "geoip", Value: value})
	}
	r.Options = append(r.Options, g.Options...)
	r.Options = append(r.Options, Option{Keyword: "metadata", Value: g.metadata(p)})
	return r
}
