package integration_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// The variables that suricata has.
var suricataVariables = rules.Variables{IPSets: map[string][]string{
	"HOME_NET": {suricataHome}, "EXTERNAL_NET": {"!$HOME_NET"},
}}

// The verdicts of the evaluator are Suricata's own, for rules and packets made up. An
// alert for all packets comes last: it tells those that pass from those that no rule
// decides.
func TestEvaluateAsSuricataInActionOrder(t *testing.T) {
	s := newSuricata(t)
	random := rand.New(rand.NewPCG(7, 8))
	decided := map[rules.Action]int{}
	for round := range 20 {
		set := randomRules(random, 10+2*round, rules.Pass, rules.Drop, rules.Reject, rules.Alert)
		for i := range set {
			if random.IntN(3) == 0 {
				set[i].Options = append(set[i].Options, rules.Option{Keyword: "priority", Value: fmt.Sprint(1 + random.IntN(4))})
			}
		}
		const witness = 1_000_000
		set = append(set, rules.Rule{
			Action: rules.Alert, Protocol: "ip", Source: "any", SourcePort: "any", Direction: rules.Forward,
			Destination: "any", DestinationPort: "any", Options: []rules.Option{{Keyword: "sid", Value: fmt.Sprint(witness)}},
		})
		packets := randomPackets(random, 400)
		e, err := rules.NewEvaluator(set, rules.EvaluatorOptions{Order: rules.ActionOrder, Variables: suricataVariables})
		if err != nil {
			t.Fatal(err)
		}
		for i, events := range s.run(t, join(set), packets) {
			v := e.Evaluate(packets[i], s.countries)
			action, sid := verdictOf(set, events)
			if v.Undecided != "" || v.Action != action || action != rules.Pass && v.Sid != sid {
				t.Fatalf("round %d, %+v: %+v, Suricata: %s by %d, %+v\n%s", round, packets[i], v, action, sid, events, join(set))
			}
			decided[action]++
		}
	}
	for _, verdict := range []rules.Action{rules.Pass, rules.Drop, rules.Reject, ""} {
		if decided[verdict] < 100 {
			t.Errorf("%d packets with verdict %q: too few to tell", decided[verdict], verdict)
		}
	}
}

// verdictOf is what Suricata did with a packet, and the sid of the rule for which it
// did. One that passes leaves no event. Where a rule drops and another rejects, the
// one that drops comes first in the log, and Suricata answers all the same.
func verdictOf(set []rules.Rule, events []alertEvent) (rules.Action, uint32) {
	if len(events) == 0 {
		return rules.Pass, 0
	}
	if events[0].Verdict.Action == "alert" {
		return "", 0
	}
	sid := events[0].Alert.Sid
	return set[sid-1].Action, sid
}

// In strict order the firewall takes rules as they stand, which Suricata as such does
// not know. So all rules alert there, the sids that match are compared, and the
// order is applied to them here.
func TestEvaluateAsSuricataInStrictOrder(t *testing.T) {
	s := newSuricata(t)
	random := rand.New(rand.NewPCG(9, 10))
	matched := 0
	for round := range 12 {
		set := randomRules(random, 60, rules.Pass, rules.Drop, rules.Reject, rules.Alert)
		packets := randomPackets(random, 400)
		e, err := rules.NewEvaluator(set, rules.EvaluatorOptions{Order: rules.StrictOrder, Variables: suricataVariables})
		if err != nil {
			t.Fatal(err)
		}
		alerts := slices.Clone(set)
		for i := range alerts {
			alerts[i].Action = rules.Alert
		}
		for i, events := range s.run(t, join(alerts), packets) {
			got, want := hitSids(e.Hits(packets[i], s.countries)), sids(events)
			if !slices.Equal(got, want) {
				t.Fatalf("round %d, %+v: sids %v, Suricata %v\n%s", round, packets[i], got, want, join(set))
			}
			matched += len(want)
			if got, want := e.Evaluate(packets[i], s.countries).Sid, firstDeciding(set, events); got != want {
				t.Fatalf("round %d, %+v: sid %d decides, want %d", round, packets[i], got, want)
			}
		}
	}
	if matched < 10_000 {
		t.Errorf("%d matches: too few to tell", matched)
	}
}

func hitSids(hits []rules.Hit) []uint32 {
	var sids []uint32
	for _, hit := range hits {
		sids = append(sids, hit.Sid)
	}
	slices.Sort(sids)
	return sids
}

// sids are those of events, once each: a rule of <> can match in both directions.
func sids(events []alertEvent) []uint32 {
	var sids []uint32
	for _, e := range events {
		sids = append(sids, e.Alert.Sid)
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// firstDeciding is the first rule that matched and does not only alert. Rules have
// the sids 1, 2, 3, ….
func firstDeciding(set []rules.Rule, events []alertEvent) uint32 {
	var first uint32
	for _, e := range events {
		if sid := e.Alert.Sid; set[sid-1].Action != rules.Alert && (first == 0 || sid < first) {
			first = sid
		}
	}
	return first
}

func join(set []rules.Rule) string {
	var b strings.Builder
	for _, r := range set {
		fmt.Fprintln(&b, r)
	}
	return b.String()
}

func randomRules(random *rand.Rand, n int, actions ...rules.Action) []rules.Rule {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	var set []rules.Rule
	for i := range n {
		r := rules.Rule{
			Action: actions[random.IntN(len(actions))], Protocol: pick("ip", "ip", "tcp", "udp", "icmp"),
			Source: pick("any", "any", "$HOME_NET", "$EXTERNAL_NET", "[198.51.100.0/24,!198.51.100.7]", "!203.0.113.0/24"), SourcePort: "any",
			Direction: rules.Direction(pick("->", "->", "<>")), Destination: pick("any", "any", "$HOME_NET", "!$HOME_NET"), DestinationPort: "any",
		}
		if r.Protocol == "tcp" || r.Protocol == "udp" {
			r.DestinationPort = pick("any", "53", "[80,443]", "!80", "1:100", "[1:1024,!443]")
		}
		for range random.IntN(3) {
			r.Options = append(r.Options, rules.Option{Keyword: "geoip", Value: randomGeoIP(random, pick)})
		}
		if random.IntN(4) == 0 && r.Protocol != "icmp" {
			r.Options = append(r.Options, rules.Option{Keyword: "flow", Value: pick("to_server", "to_client", "stateless", "established")})
		}
		r.Options = append(r.Options, rules.Option{Keyword: "sid", Value: fmt.Sprint(i + 1)})
		set = append(set, r)
	}
	return set
}

func randomGeoIP(random *rand.Rand, pick func(...string) string) string {
	value := pick("src,", "dst,", "any,", "both,", "")
	for i := range 1 + random.IntN(4) {
		if i > 0 {
			value += ","
		}
		if random.IntN(6) == 0 {
			value += "!"
		}
		value += pick("JP", "US", "GB", "DE", "FR", "IN", "ZW", "jp", "UK")
	}
	return value
}

func randomPackets(random *rand.Rand, n int) []rules.Packet {
	address := func() string {
		network := []string{"198.51.100", "203.0.113", "203.0.113", "10.1.2", "8.8.8"}[random.IntN(5)]
		return fmt.Sprint(network, ".", random.IntN(256))
	}
	var packets []rules.Packet
	for i := range n {
		port := []uint16{53, 80, 443, 22, 8080}[random.IntN(5)]
		packets = append(packets, between([]string{"tcp", "udp", "icmp"}[random.IntN(3)], address(), address(), uint16(10_000+i), port))
	}
	return packets
}
