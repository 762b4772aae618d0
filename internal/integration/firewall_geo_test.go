package integration_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// oneOf picks one of some.
func oneOf[T any](r *rand.Rand, some ...T) T { return some[r.IntN(len(some))] }

// worldNetworks gives each country a network of its own; allCodes are their codes.
func worldNetworks() (networks map[string]string, allCodes []string) {
	networks = map[string]string{}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); rules.CountryName(code) != "" {
				networks[fmt.Sprintf("60.0.%d.0/24", len(allCodes))] = code
				allCodes = append(allCodes, code)
			}
		}
	}
	return networks, allCodes
}

// randomGeoRule is a rule of any shape; some are refused.
func randomGeoRule(r *rand.Rand, name string, codes []string) rules.GeoRule {
	codes = slices.Clone(codes)
	r.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	g := rules.GeoRule{
		Name: name, Action: oneOf(r, rules.Pass, rules.Drop, rules.Reject, rules.Alert),
		Match:     oneOf(r, rules.Src, rules.Dst, rules.Any, rules.Both),
		Countries: codes[:oneOf(r, 1, 2, 10, 63, 64, 65, 128, 129, 200, len(codes))],
		AllBut:    r.IntN(2) == 0, NoCompanion: r.IntN(4) == 0,
		Direction: oneOf(r, rules.Forward, rules.Forward, rules.Either), Flow: oneOf(r, "", rules.FlowAny),
	}
	if g.AllBut && (g.Action == rules.Drop || g.Action == rules.Reject) {
		g.OnUnknown = oneOf(r, rules.FailOpen, rules.FailClosed)
	}
	return g
}

// withHeader gives a rule a header of any form.
func withHeader(r *rand.Rand, g rules.GeoRule) rules.GeoRule {
	addresses := []string{"", "any", "$HOME_NET", "$EXTERNAL_NET", "8.8.0.0/16", "[$HOME_NET,!10.0.0.7]", "!$OFFICES", "[8.8.8.8,2001:db8::/32]"}
	ports := []string{"", "any", "443", "[80,!81,1024:]", "$WEB", "!$WEB", ":1023"}
	g.Protocol = oneOf(r, "", "ip", "tcp", "udp", "icmp", "http", "ftp", "tls", "smb", "dns", "dcerpc", "ssh", "smtp", "imap", "krb5", "tftp", "ntp", "dhcp", "http2", "quic", "TLS")
	g.Source, g.Destination = oneOf(r, addresses...), oneOf(r, addresses...)
	if g.Protocol != "icmp" && g.Protocol != "ip" && g.Protocol != "" {
		g.SourcePort, g.DestinationPort = oneOf(r, ports...), oneOf(r, ports...)
	}
	if r.IntN(4) == 0 {
		g.Message, g.Metadata = "it's 100% (of [all]) {geo} rules: a, b | ü", []string{"ticket SEC-12", "owner a_b"}
	}
	if r.IntN(6) == 0 {
		g.Options = []rules.Option{{Keyword: "ttl", Value: "<10"}}
	}
	return g
}

// A renderedRule is a rule that was not refused, and what it was made of.
type renderedRule struct {
	rules.GeoRule
	rules.GeoRules
}

// renderable returns n rules that are not refused. Each is rendered as a group of its
// own: in one group, those after one that is fail-closed would be refused.
func renderable(t *testing.T, n int, order rules.Order, draw func(name string) rules.GeoRule) (all []renderedRule, text []rules.Rule) {
	t.Helper()
	opts := rules.GeoRulesOptions{Order: order, Variables: rules.Variables{
		IPSets: map[string][]string{"OFFICES": {"192.0.2.0/24", "10.9.0.0/16"}}, PortSets: map[string][]string{"WEB": {"80", "443"}},
	}}
	for try := 0; len(all) < n; try++ {
		g := draw(fmt.Sprintf("rule-%d", try))
		opts.Rules = []rules.GeoRule{g}
		if made, err := rules.RenderGeoRules(opts); err == nil {
			all, text = append(all, renderedRule{g, made}), append(text, made.Rules...)
		}
		if try > 5*n {
			t.Fatalf("%d of %d rules were refused", try-len(all), try)
		}
	}
	return all, text
}

// All that is rendered loads.
func TestGeoRulesLoad(t *testing.T) {
	networks, codes := worldNetworks()
	s := newSuricataWith(t, networks)
	random := rand.New(rand.NewPCG(11, 12))
	for _, order := range []rules.Order{rules.StrictOrder, rules.ActionOrder} {
		all, made := renderable(t, 1500, order, func(name string) rules.GeoRule {
			return withHeader(random, randomGeoRule(random, name, codes))
		})
		var text strings.Builder
		var standard []rules.Rule
		for _, g := range all {
			text.WriteString(g.Text)
			for _, r := range g.Standard {
				standard = append(standard, r.Rule())
			}
		}
		if err := s.load(t, text.String()); err != nil {
			t.Errorf("%s: %.2000s", order, err)
		}
		if err := s.load(t, join(standard)); err != nil {
			t.Errorf("%s, standard rules: %.2000s", order, err)
		}
		t.Logf("%s: %d geo rules became %d rules", order, len(all), len(made))
	}
	if err := s.load(t, "drop ip any any -> any any (geoip:src,JP sid:1;)"); err == nil {
		t.Error("a broken rule loads, so that loading proves nothing")
	}
}

// The rules of the article load, as they are and as they are rendered.
func TestArticleRulesLoad(t *testing.T) {
	s := newSuricata(t)
	for _, name := range []string{"article.rules", "geo-article.rules"} {
		text, err := os.ReadFile("../../firewall/rules/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.load(t, string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What Suricata does with packets under the rendered rules is what the typed rule
// means, however many rules it became. All rules alert there, and the order is applied
// here, as in TestEvaluateAsSuricataInStrictOrder.
func TestGeoRulesMean(t *testing.T) {
	networks, codes := worldNetworks()
	s := newSuricataWith(t, networks)
	random := rand.New(rand.NewPCG(13, 14))
	matched, missed := map[string]int{}, map[string]int{}
	rendered := 0
	for range 5 {
		all, made := renderable(t, 50, rules.StrictOrder, func(name string) rules.GeoRule {
			g := randomGeoRule(random, name, codes)
			g.Protocol = oneOf(random, "", "tcp", "udp")
			return g
		})
		rendered += len(made)
		packets, ends := worldPackets(random, codes, 500)
		for i, events := range s.run(t, join(alerting(made)), packets) {
			for _, r := range all {
				g := r.GeoRule
				got, alerted := geoVerdict(r.GeoRules.Rules, events)
				want, alerts := geoMeaning(g, packets[i].Protocol, ends[i])
				if got != want || alerted != alerts {
					t.Fatalf("%s\n%s from %q to %q: %q, alerted %v; it means %q, %v", g, packets[i].Protocol, ends[i][0], ends[i][1], got, alerted, want, alerts)
				}
				kind := fmt.Sprintf("%s, all but: %v, %s, over 64: %v", g.Match, g.AllBut, g.OnUnknown, len(g.Countries) > 64)
				if want == g.Action || alerts {
					matched[kind]++
				} else {
					missed[kind]++
				}
			}
		}
	}
	for kind := range matched {
		if matched[kind] < 20 || missed[kind] < 20 {
			t.Errorf("%s: %d packets match and %d do not: too few to tell", kind, matched[kind], missed[kind])
		}
	}
	if len(matched) < 24 {
		t.Errorf("%d kinds of rules were tried: %v", len(matched), matched)
	}
	t.Logf("%d rules, %d kinds", rendered, len(matched))
}

// alerting returns rules that alert where others act.
func alerting(all []rules.Rule) []rules.Rule {
	all = slices.Clone(all)
	for i := range all {
		all[i].Action = rules.Alert
	}
	return all
}

// worldPackets are packets between countries; an end that is in none is "".
func worldPackets(r *rand.Rand, codes []string, n int) (packets []rules.Packet, ends [][2]string) {
	address := func() (string, string) {
		if r.IntN(8) == 0 {
			return oneOf(r, "10.1.2.3", "8.8.8.8"), ""
		}
		i := r.IntN(len(codes))
		return fmt.Sprintf("60.0.%d.%d", i, r.IntN(256)), codes[i]
	}
	for i := range n {
		src, from := address()
		dst, to := address()
		packets = append(packets, between(oneOf(r, "tcp", "udp"), src, dst, uint16(10_000+i), 443))
		ends = append(ends, [2]string{from, to})
	}
	return packets, ends
}

// geoVerdict is what the rules made of one typed rule do: the action of the first that
// matches and decides, and whether one alerts before.
func geoVerdict(made []rules.Rule, events []alertEvent) (verdict rules.Action, alerted bool) {
	hit := sids(events)
	for _, r := range made {
		matched := slices.ContainsFunc(r.Options, func(o rules.Option) bool {
			sid, err := strconv.ParseUint(o.Value, 10, 32)
			return o.Keyword == "sid" && err == nil && slices.Contains(hit, uint32(sid))
		})
		if matched && r.Action != rules.Alert {
			return r.Action, alerted
		}
		alerted = alerted || matched
	}
	return "", alerted
}

// geoMeaning is what a typed rule is meant to do, by its documentation.
func geoMeaning(g rules.GeoRule, protocol string, ends [2]string) (verdict rules.Action, alerts bool) {
	if g.Protocol != "" && g.Protocol != protocol {
		return "", false
	}
	closed := g.OnUnknown == rules.FailClosed
	end := func(country string) bool {
		if country == "" {
			return closed
		}
		return slices.Contains(g.Countries, country) != g.AllBut
	}
	src, dst := end(ends[0]), end(ends[1])
	matches := map[rules.Match]bool{rules.Src: src, rules.Dst: dst, rules.Any: src || dst, rules.Both: src && dst}[g.Match]
	switch {
	case !matches && closed:
		return rules.Pass, false
	case !matches:
		return "", false
	case g.Action == rules.Alert:
		return "", true
	}
	return g.Action, g.Action == rules.Pass && !g.NoCompanion
}
