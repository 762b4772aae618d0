package integration_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// geoCountries are codes in a random order, those of the test's networks first.
func geoCountries(r *rand.Rand) []string {
	first := []string{"JP", "US", "GB", "DE", "FR", "IN"}
	var others []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); rules.ValidCountry(code) && !slices.Contains(first, code) {
				others = append(others, code)
			}
		}
	}
	r.Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
	r.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return append(first, others...)
}

// TestGeoRulesLoad loads rendered rules of all forms.
func TestGeoRulesLoad(t *testing.T) {
	s := newSuricata(t)
	r := rand.New(rand.NewPCG(1, 1))
	pick := func(some ...string) string { return some[r.IntN(len(some))] }
	text, rendered := "", 0
	for i := range 500 {
		g := rules.GeoRule{
			Name:      fmt.Sprint("rule-", i),
			Action:    rules.Action(pick("pass", "drop", "reject", "alert")),
			Match:     rules.Match(pick("src", "dst", "any", "both")),
			Countries: geoCountries(r)[:1+r.IntN(249)],
			AllBut:    r.IntN(2) == 0,
			Protocol:  pick("ip", "tcp", "udp", "icmp", "http", "ftp", "tls", "smb", "dns", "dcerpc", "ssh", "smtp", "imap", "krb5", "tftp", "ntp", "dhcp", "http2", "quic"),
			Source:    pick("any", "$EXTERNAL_NET", "192.0.2.0/24", "[192.0.2.0/24,!192.0.2.7,2001:db8::/32]"), Destination: pick("any", "$HOME_NET", "!192.0.2.1"),
			DestinationPort: pick("any", "443", "[80,!81,1024:]"), Direction: rules.Direction(pick("->", "<>")), Flow: rules.GeoFlow(pick("", "any")),
			Message: pick("", "Österreich: 100 %"), Metadata: []string{"ticket SEC-12"},
		}
		if g.AllBut && (g.Action == rules.Drop || g.Action == rules.Reject) {
			g.OnUnknown = rules.FailMode(pick("fail-open", "fail-closed"))
		}
		got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: []rules.GeoRule{g}, Order: rules.Order(pick("STRICT_ORDER", "DEFAULT_ACTION_ORDER"))})
		if err != nil {
			continue // a reject of ip, a port of icmp: refused before
		}
		text += got.Text
		rendered += len(got.Rules)
	}
	if rendered < 500 {
		t.Fatalf("only %d rules were rendered", rendered)
	}
	if err := s.load(t, text); err != nil {
		t.Error(err)
	}
}

// TestGeoRulesMeanTheSame holds rules that were split over 64 countries against what
// they mean unsplit, with packets between all countries and addresses in none.
func TestGeoRulesMeanTheSame(t *testing.T) {
	s := newSuricata(t)
	hosts := map[string]string{
		"JP": "198.51.100.9", "US": "198.51.100.200", "GB": "203.0.113.9", "DE": "203.0.113.70", "FR": "203.0.113.130", "IN": "203.0.113.200", "": "8.8.8.8",
	}
	codes := []string{"JP", "US", "GB", "DE", "FR", "IN", ""}
	var packets []rules.Packet
	for _, src := range codes {
		for _, dst := range codes {
			packets = append(packets, between("udp", hosts[src], hosts[dst], uint16(1000+len(packets)), 53))
		}
	}
	r := rand.New(rand.NewPCG(2, 2))
	for _, match := range []rules.Match{rules.Src, rules.Dst, rules.Any, rules.Both} {
		for _, mode := range []rules.FailMode{"", rules.FailOpen, rules.FailClosed} {
			for _, size := range []int{3, 65, 129} {
				countries := slices.Concat(geoCountries(r)[:3], geoCountries(r)[6:6+size-3])
				g := rules.GeoRule{Name: "x", Action: rules.Drop, Match: match, AllBut: mode != "", OnUnknown: mode, Countries: countries}
				t.Run(fmt.Sprint(match, mode, size), func(t *testing.T) {
					got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: []rules.GeoRule{g}})
					if err != nil {
						t.Fatal(err)
					}
					for i, events := range s.run(t, got.Text, packets) {
						src, dst := codes[i/len(codes)], codes[i%len(codes)]
						dropped := slices.ContainsFunc(events, func(e alertEvent) bool { return e.Verdict.Action == "drop" })
						if want := geoMeans(g, src, dst); dropped != want {
							t.Errorf("from %q to %q: dropped %v, want %v", src, dst, dropped, want)
						}
					}
				})
			}
		}
	}
}

// geoMeans is what a rule that drops means.
func geoMeans(g rules.GeoRule, src, dst string) bool {
	end := func(country string) bool {
		if country == "" {
			return g.OnUnknown == rules.FailClosed
		}
		return slices.Contains(g.Countries, country) != g.AllBut
	}
	switch g.Match {
	case rules.Src:
		return end(src)
	case rules.Dst:
		return end(dst)
	case rules.Any:
		return end(src) || end(dst)
	}
	return end(src) && end(dst)
}
