package rules_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// ruleErrors takes an error of RenderGeoRules apart.
func ruleErrors(t *testing.T, err error) []*rules.RuleError {
	t.Helper()
	var found []*rules.RuleError
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case *rules.RuleError:
			found = append(found, e)
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case nil:
		default:
			t.Errorf("%v is no RuleError", err)
		}
	}
	walk(err)
	return found
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name        string
		change      func(*rules.GeoRule, *rules.GeoRulesOptions)
		field       string
		reason, fix string
	}{
		// Names, actions, countries.
		{"no name", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Name = "" }, "Name", `"" is not`, ""},
		{"name with a blank", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Name = "a b" }, "Name", `"a b" is not`, ""},
		{"name with a line", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Name = "a\ndrop" }, "Name", "is not", ""},
		{"long name", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Name = strings.Repeat("a", 65) }, "Name", "1 to 64", ""},
		{"no action", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Action = "" }, "Action", "no action", "use pass"},
		{"rejectsrc", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Action = "rejectsrc" }, "Action", "no action", "use pass"},
		{"no match", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Match = "" }, "Match", "", "use src"},
		{"dest for dst", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Match = "dest" }, "Match", "take it for a country", "dst"},
		{"no countries", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = nil }, "Countries", "never matches", ""},
		{"UK", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = []string{"UK"} }, "Countries", "incorrect country code", "use GB"},
		{"reserved", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = []string{"EU"} }, "Countries", "reserved", "name the countries"},
		{"lower case", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = []string{"jp"} }, "Countries", "lower case never matches", "use JP"},
		{"blank", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = []string{" JP"} }, "Countries", "blank", "use JP"},
		{"negation inside", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = []string{"US", "!JP"} }, "Countries", "negates all", ""},
		{"unknown code", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Countries = []string{"ZZ"} }, "Countries", "no ISO", ""},
		{"all but all", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Countries, g.AllBut, g.OnUnknown = allCountries(), true, rules.FailOpen
		}, "Countries", "all but all", ""},

		// What becomes of unknown addresses.
		{"no choice made for drop", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.AllBut = true }, "OnUnknown", "not said which", "choose FailOpen"},
		{"no choice made for reject", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.AllBut, g.Action, g.Protocol = true, rules.Reject, "tcp"
		}, "OnUnknown", "not said which", "choose FailOpen"},
		{"choice for a list", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.OnUnknown = rules.FailClosed }, "OnUnknown", "no choice", "drop all but"},
		{"choice for an alert", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.AllBut, g.Action, g.OnUnknown = true, rules.Alert, rules.FailOpen
		}, "OnUnknown", "neither drops", "leave it empty"},
		{"open pass", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.AllBut, g.Action, g.OnUnknown = true, rules.Pass, rules.FailOpen
		}, "OnUnknown", "none can pass", "drop the countries"},
		{"unknown choice", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.AllBut, g.OnUnknown = true, "closed" }, "OnUnknown", "neither", "fail-closed"},

		// Protocols.
		{"reject ip", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Action = rules.Reject }, "Protocol", `"ip reject is not supported"`, "drop"},
		{"reject udp", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Action, g.Protocol = rules.Reject, "udp" }, "Protocol", `"udp reject is not supported"`, "drop"},
		{"reject ftp", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Action, g.Protocol = rules.Reject, "ftp" }, "Protocol", "ftp reject", "drop"},
		{"sctp", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Protocol = "sctp" }, "Protocol", "not supported", "use ip"},
		{"msn", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Protocol = "MSN" }, "Protocol", `no protocol "msn"`, "use ip"},
		{"ikev2", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Protocol = "ikev2" }, "Protocol", "not supported", "udp"},

		// Headers.
		{"arrow back", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Direction = "<-" }, "Direction", "no arrow", "->"},
		{"flow", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Flow = "stateless" }, "Flow", "neither", "to_server"},
		{"undeclared", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "$OFFICES" }, "Source", `"OFFICES cannot be null or empty`, "declare it"},
		{"undeclared in a list", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Destination = "[192.0.2.1,!$OFFICES]" }, "Destination", "does not declare $OFFICES", "declare it"},
		{"HTTP_PORTS", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.DestinationPort = "$HTTP_PORTS" }, "DestinationPort", `"HTTP_PORTS cannot be null or empty"`, "declare it"},
		{"HOME_NET as port", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.SourcePort = "$HOME_NET" }, "SourcePort", "$HOME_NET", "PortSets"},
		{"ports as address", func(g *rules.GeoRule, o *rules.GeoRulesOptions) {
			g.Source, o.Variables.PortSets = "$P", map[string][]string{"P": {"80"}}
		}, "Source", "$P", "IPSets"},
		{"IP set reference", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "@BLOCKED" }, "Source", "@BLOCKED", "IPSetReferences"},
		{"no address", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "300.1.1.1" }, "Source", "no address", ""},
		{"injection", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Source = "any any -> any any (sid:1;)\ndrop ip any"
		}, "Source", "blanks separate", ""},
		{"line in an address", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "192.0.2.1\n" }, "Source", "no address", ""},
		{"not any", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Destination = "!any" }, "Destination", "are negated", ""},
		{"open bracket", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "[192.0.2.1" }, "Source", "not closed", ""},
		{"two lists", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "[192.0.2.1][192.0.2.2]" }, "Source", "no comma", ""},
		{"empty item", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "[192.0.2.1,,192.0.2.2]" }, "Source", "empty", ""},
		{"deep", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Source = strings.Repeat("[", 3000) + "1.1.1.1" + strings.Repeat("]", 3000)
		}, "Source", "too deeply", ""},
		{"port too large", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.SourcePort = "65536" }, "SourcePort", "no port", ""},
		{"blank before a port", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.SourcePort = " 80" }, "SourcePort", "blanks separate", "leave them out"},
		{"blank in a list", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "[192.0.2.1, 192.0.2.2]" }, "Source", "blanks separate", "leave them out"},
		{"ports backwards", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.SourcePort = "90:80" }, "SourcePort", "no port", ""},
		{"not any port", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.SourcePort = "[80,!any]" }, "SourcePort", "negated", ""},
		{"icmp port", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Protocol, g.DestinationPort = "icmp", "80" }, "DestinationPort", "matches no packet", "use any"},

		// Countries of private addresses.
		{"src private", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Source = "10.0.0.0/8" }, "Source", "never matches", "other end"},
		{"dst private", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Match, g.Destination = rules.Dst, "[10.1.2.3,fd00::/8]"
		}, "Destination", "never matches", "other end"},
		{"both private", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Match, g.Destination = rules.Both, "[10.1.2.3,!10.1.2.4]"
		}, "Destination", "never matches", "other end"},
		{"any private", func(g *rules.GeoRule, o *rules.GeoRulesOptions) {
			g.Match, g.Source, g.Destination = rules.Any, "192.168.1.0/24", "$HOME_NET"
			o.Variables.IPSets = map[string][]string{"HOME_NET": {"10.0.0.0/8", "172.20.0.0/16"}, "EXTERNAL_NET": {"0.0.0.0/0"}}
		}, "Source", "never matches", "other end"},
		{"either way private", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Direction, g.Source, g.Destination = rules.Either, "10.0.0.0/8", "10.0.0.0/8"
		}, "Source", "never matches", "other end"},
		{"closed on private", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.AllBut, g.OnUnknown, g.Match, g.Destination = true, rules.FailClosed, rules.Any, "10.0.0.0/8"
		}, "Destination", "everything would be dropped", "other end"},

		// Texts and options.
		{"quote in message", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Message = `quo"te` }, "Message", `'"' cannot`, "without"},
		{"semicolon in message", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Message = "a; sid:1" }, "Message", "';' cannot", "without"},
		{"backslash in message", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Message = `a\` }, "Message", "cannot", "without"},
		{"line in message", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Message = "a\nb" }, "Message", "cannot", "without"},
		{"bytes in message", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Message = "a\xff" }, "Message", "cannot", "without"},
		{"long message", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Message = strings.Repeat("a", 257) }, "Message", "256 is the most", "shorten"},
		{"metadata without value", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Metadata = []string{"ticket"} }, "Metadata", "not a key and a value", "ticket SEC-12"},
		{"metadata of two", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Metadata = []string{"a b, c d"} }, "Metadata", "not a key", ""},
		{"metadata that forges a name", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) { g.Metadata = []string{"geo_rule other"} }, "Metadata", "known again", "another key"},
		{"http.host", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "http.host", Bare: true}, {Keyword: "content", Value: `"x"`}}
		}, "Options", "Signature combines packet specific matches", "two rules"},
		{"tls.sni", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "tls.sni", Bare: true}}
		}, "Options", "cannot stand beside geoip", ""},
		{"http_uri", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "http_uri", Bare: true}}
		}, "Options", "cannot stand beside geoip", ""},
		{"a keyword with a field", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "geoip", Value: "src,US"}}
		}, "Options", "field of its own", "use the field"},
		{"gid", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "gid", Value: "1"}}
		}, "Options", "AWS sets the gid", "leave it out"},
		{"iprep", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "iprep", Value: "src,a,>,1"}}
		}, "Options", "iprep is not supported", ""},
		{"priority in strict order", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "priority", Value: "1"}}
		}, "Options", "refuses priority in a group of strict order", "leave it out"},
		{"unknown keyword", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "bogus", Value: "1"}}
		}, "Options", "knows no keyword", ""},
		{"keyword with a rule in it", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "ttl:1; sid", Value: "1"}}
		}, "Options", "not read as", ""},
		{"option that ends early", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "ttl", Value: "1; sid:2"}}
		}, "Options", "not read as", "escape"},
		{"classtype in strict order", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "classtype", Value: "misc-activity"}}
		}, "Options", "refuses classtype", "leave it out"},
		{"threshold", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "threshold", Value: "type limit, track by_src, count 1, seconds 60"}}
		}, "Options", "not supported", ""},
		{"pcre alone", func(g *rules.GeoRule, _ *rules.GeoRulesOptions) {
			g.Options = []rules.Option{{Keyword: "pcre", Value: `"/a/"`}}
		}, "Options", "beside others alone", "add content"},

		// The group.
		{"name twice", func(g *rules.GeoRule, o *rules.GeoRulesOptions) { o.Rules = append(o.Rules, *g) }, "Name", "that of rule 1", "another"},
		{"order", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) { o.Order = "strict" }, "Order", "no order", "STRICT_ORDER"},
		{"headroom", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) { o.Headroom = -1 }, "Headroom", "negative", "0"},
		{"capacity", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) { o.Capacity = 30001 }, "Capacity", "30001", "0"},
		{"HOME_NET alone", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables.IPSets = map[string][]string{"HOME_NET": {"10.0.0.0/8"}}
		}, "Variables", "EXTERNAL_NET is not", "declare EXTERNAL_NET"},
		{"empty variable", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables.PortSets = map[string][]string{"P": nil}
		}, "Variables", `"P cannot be null or empty"`, ""},
		{"too many references", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.References = strings.Fields("a b c d e f")
		}, "References", "6", ""},
		{"variable in a variable", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables.IPSets = map[string][]string{"A": {"$HOME_NET"}}
		}, "Variables", "no address", ""},
		{"port of a variable", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables.PortSets = map[string][]string{"A": {"70000"}}
		}, "Variables", "no address, CIDR, port", ""},
		{"name of a variable", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables.IPSets = map[string][]string{"1A": {"192.0.2.1"}}
		}, "Variables", "no name of a variable", ""},
		{"value of a variable", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables.IPSets = map[string][]string{"A": {"office"}}
		}, "Variables", "no address", ""},
		{"variable of two kinds", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) {
			o.Variables = rules.Variables{IPSets: map[string][]string{"A": {"192.0.2.1"}}, PortSets: map[string][]string{"A": {"1"}}}
		}, "Variables", "an IP set and a port set", "rename"},
		{"no rules", func(_ *rules.GeoRule, o *rules.GeoRulesOptions) { o.Rules = nil }, "Rules", "there are none", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := drop("a", "JP")
			opts := rules.GeoRulesOptions{Rules: []rules.GeoRule{g}}
			test.change(&g, &opts)
			if len(opts.Rules) > 0 {
				opts.Rules[0] = g
			}
			got, err := rules.RenderGeoRules(opts)
			found := ruleErrors(t, err)
			if len(found) != 1 {
				t.Fatalf("got %d errors, want one: %v", len(found), err)
			}
			e := found[0]
			if e.Field != test.field || !strings.Contains(e.Reason, test.reason) || !strings.Contains(e.Fix, test.fix) {
				t.Errorf("got %q, %q, %q; want %q, %q, %q", e.Field, e.Reason, e.Fix, test.field, test.reason, test.fix)
			}
			if got.Text != "" || got.Rules != nil {
				t.Error("something was rendered")
			}
			if !strings.HasPrefix(err.Error(), "rules: render geo rules: ") {
				t.Errorf("got %q", err)
			}
		})
	}
}

// TestRefusedTooMuch is about what is right, and more than AWS takes.
func TestRefusedTooMuch(t *testing.T) {
	list := func(addresses int) string {
		return "[" + strings.Repeat("192.0.2.1,", addresses-1) + "192.0.2.1]"
	}
	long := drop("a", "JP")
	long.Source = list(811)
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{long}}, "a", "Rules", "more than 8175")
	long.Source = list(790)
	if n := len(render(t, rules.Sids{}, long).Rules[0].String()); n < 8000 || n > 8175 {
		t.Errorf("got a rule of %d characters", n)
	}
	many := func(n int, g rules.GeoRule) (all []rules.GeoRule) {
		for i := range n {
			g.Name, g.Sid = fmt.Sprint("a", i), uint32(i+1)
			all = append(all, g)
		}
		return all
	}
	wantRefused(t, rules.GeoRulesOptions{Rules: many(250, long)}, "", "Rules", "more than the 2000000")

	allow := rules.GeoRule{Action: rules.Pass, Match: rules.Src, Countries: []string{"JP"}, NoCompanion: true}
	wantRefused(t, rules.GeoRulesOptions{Rules: many(30001, allow)}, "", "Rules", "30001, and a group takes 30000")
}

// TestRefusedUnreached has rules behind one that is fail-closed.
func TestRefusedUnreached(t *testing.T) {
	closed := rules.GeoRule{Name: "closed", Action: rules.Drop, Match: rules.Src, Countries: []string{"US"}, AllBut: true, OnUnknown: rules.FailClosed, Source: "$EXTERNAL_NET", Destination: "$HOME_NET"}
	after := func(change func(*rules.GeoRule)) rules.GeoRule {
		g := drop("after", "RU")
		g.Source, g.Destination = "$EXTERNAL_NET", "$HOME_NET"
		change(&g)
		return g
	}
	tests := []struct {
		name    string
		order   rules.Order
		after   rules.GeoRule
		refused bool
	}{
		{"the same header", rules.StrictOrder, after(func(*rules.GeoRule) {}), true},
		{"one protocol", rules.StrictOrder, after(func(g *rules.GeoRule) { g.Protocol = "ssh" }), true},
		{"one port", rules.StrictOrder, after(func(g *rules.GeoRule) { g.Protocol, g.DestinationPort = "tcp", "22" }), true},
		{"another source", rules.StrictOrder, after(func(g *rules.GeoRule) { g.Source = "any" }), false},
		{"another direction", rules.StrictOrder, after(func(g *rules.GeoRule) { g.Direction = rules.Either }), false},
		{"answers, too", rules.StrictOrder, after(func(g *rules.GeoRule) { g.Flow = rules.FlowAny }), false},
		{"by action", rules.ActionOrder, after(func(*rules.GeoRule) {}), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := rules.GeoRulesOptions{Rules: []rules.GeoRule{closed, test.after}, Order: test.order}
			if test.refused {
				wantRefused(t, opts, "after", "Rules", "never acts: closed")
				opts.Rules[0], opts.Rules[1] = opts.Rules[1], opts.Rules[0]
			}
			if _, err := rules.RenderGeoRules(opts); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefusedAllAtOnce(t *testing.T) {
	_, err := rules.RenderGeoRules(rules.GeoRulesOptions{
		Order: "x",
		Rules: []rules.GeoRule{drop("a", "UK", "jp"), {Action: rules.Reject, Match: "dest", Countries: []string{"JP"}}},
		Sids:  rules.Sids{First: 2, Last: 1},
	})
	var got []string
	for _, e := range ruleErrors(t, err) {
		got = append(got, strings.TrimSpace(e.Rule+" "+e.Field))
	}
	want := []string{"Order", "a Countries", "a Countries", "rule 2 Name", "rule 2 Match", "rule 2 Protocol", "Sids"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e, ok := errors.AsType[*rules.RuleError](err); !ok || e.Field != "Order" {
		t.Errorf("got %v", e)
	}
}
