package rules

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// table is a GeoDB of a few addresses.
type table map[string]string

func (t table) Country(addr netip.Addr) (string, bool) {
	code, known := t[addr.String()]
	return code, known
}

var countries = table{
	"198.51.100.9": "JP", "203.0.113.9": "GB", "192.0.2.9": "US", "2001:db8::9": "DE",
}

func rule(action Action, header, options string) Rule {
	f := strings.Fields(header)
	r := Rule{
		Action: action, Protocol: f[0], Source: f[1], SourcePort: f[2],
		Direction: Direction(f[3]), Destination: f[4], DestinationPort: f[5],
	}
	for _, o := range strings.Split(options, "; ") {
		keyword, value, valued := strings.Cut(o, ":")
		r.Options = append(r.Options, Option{Keyword: keyword, Value: value, Bare: !valued})
	}
	return r
}

func evaluator(t testing.TB, opts EvaluatorOptions, rules ...Rule) *Evaluator {
	t.Helper()
	e, err := NewEvaluator(rules, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func between(src, dst string) Packet {
	return Packet{Protocol: "tcp", Src: netip.MustParseAddr(src), Dst: netip.MustParseAddr(dst), SrcPort: 40000, DstPort: 443}
}

// What Suricata 7.0.10 matched, except the last: there, AWS is followed.
func TestGeoIPAsSuricata(t *testing.T) {
	const jp, gb, us, unknown, private = "198.51.100.9", "203.0.113.9", "192.0.2.9", "8.8.8.8", "10.0.0.1"
	tests := []struct {
		options  string
		src, dst string
		want     bool
	}{
		{"geoip:src,JP", jp, private, true},
		{"geoip:src,JP", private, jp, false},
		{"geoip:any,JP", private, jp, true},
		{"geoip:both,JP", jp, jp, true},
		{"geoip:both,JP", jp, private, false},
		{"geoip:src,!US,!GB", jp, private, true},
		{"geoip:src,!US,!GB", gb, private, false},
		{"geoip:src,!US,!GB", unknown, private, false}, // unknown is in no country
		{"geoip:src,!US,!GB", private, jp, false},
		{"geoip:src,!US,UK", gb, private, true}, // AWS's own example
		{"geoip:src,!US; geoip:src,!GB", jp, private, true},
		{"geoip:src,!US; geoip:src,!GB", gb, private, false},
		{"geoip:src,JP; geoip:dst,JP", jp, jp, true},
		{"geoip:src,JP; geoip:dst,JP", jp, gb, false},
		{"geoip:src,US,!JP", gb, private, true}, // US is negated, too
		{"geoip:src,US,!JP", us, private, false},
		{"geoip:dest,JP", private, jp, true}, // read as any, and a country "dest"
		{"geoip:src,jp", jp, private, false},
		{"geoip:both,!US", jp, gb, true},
		{"geoip:both,!US", jp, private, false},
		{"geoip:any,!US", us, jp, true},
		{"geoip:any,!US", us, private, false},
		{"geoip:any,JP; geoip:any,GB", jp, gb, true},
		{"geoip:any,JP; geoip:any,GB", jp, jp, false},
		{"geoip:src,DE", "2001:db8::9", "2001:db8::1", true},
	}
	for _, test := range tests {
		t.Run(test.options+" "+test.src+" "+test.dst, func(t *testing.T) {
			e := evaluator(t, EvaluatorOptions{Order: StrictOrder}, rule(Drop, "ip any any -> any any", test.options+"; sid:7"))
			v := e.Evaluate(between(test.src, test.dst), countries)
			want := Verdict{Rule: -1, UndecidedRule: -1}
			if test.want {
				want.Action, want.Rule, want.Sid = Drop, 0, 7
			}
			if v != want {
				t.Errorf("got %+v, want %+v", v, want)
			}
		})
	}
}

func TestOrders(t *testing.T) {
	rules := []Rule{
		rule(Alert, "ip any any -> any any", "sid:1"),
		rule(Reject, "tcp any any -> any any", "sid:2"),
		rule(Drop, "ip any any -> any any", "priority:2; sid:3"),
		rule(Drop, "ip any any -> any any", "priority:1; sid:4"),
		rule(Pass, "tcp any any -> any any", "sid:5"),
	}
	tests := []struct {
		name string
		opts EvaluatorOptions
		n    int // of the rules
		want uint32
	}{
		{"pass goes first", EvaluatorOptions{Order: ActionOrder}, 5, 5},
		{"then drop, by priority", EvaluatorOptions{Order: ActionOrder}, 4, 4},
		{"then reject", EvaluatorOptions{Order: ActionOrder}, 2, 2},
		{"alert decides nothing", EvaluatorOptions{Order: ActionOrder}, 1, 0},
		{"the first one", EvaluatorOptions{Order: StrictOrder}, 5, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := evaluator(t, test.opts, rules[:test.n]...)
			if v := e.Evaluate(between("10.0.0.1", "10.0.0.2"), countries); v.Sid != test.want {
				t.Errorf("sid %d decides, want %d", v.Sid, test.want)
			}
		})
	}
}

func TestHitsInTheOrderOfActing(t *testing.T) {
	e := evaluator(t, EvaluatorOptions{Order: ActionOrder},
		rule(Alert, "ip any any -> any any", "sid:1"),
		rule(Drop, "ip any any -> any any", "geoip:src,JP; sid:2"),
		rule(Drop, "ip any any -> any any", "geoip:src,GB; sid:3"),
		rule(Pass, "tls any any -> any any", "sid:4"))
	got := e.Hits(between("198.51.100.9", "10.0.0.1"), countries)
	want := []Hit{{3, 4, Pass, "tls"}, {1, 2, Drop, ""}, {0, 1, Alert, ""}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUndecided(t *testing.T) {
	drop := rule(Drop, "ip any any -> any any", "sid:9")
	tests := []struct {
		name   string
		rule   Rule
		packet func(*Packet)
		want   Verdict
	}{
		{
			"a keyword that is not modelled", rule(Pass, "tcp any any -> any any", "content:\"x\"; sid:1"), nil,
			Verdict{Drop, 1, 9, "content", 0},
		},
		{
			"of a rule that does the same", rule(Drop, "tcp any any -> any any", "content:\"x\"; sid:1"), nil,
			Verdict{Drop, 1, 9, "", -1},
		},
		{
			"of a rule that does not match anyway", rule(Pass, "tcp any any -> any 80", "content:\"x\"; sid:1"), nil,
			Verdict{Drop, 1, 9, "", -1},
		},
		{
			"the application is not known", rule(Pass, "tls any any -> any any", "sid:1"), nil,
			Verdict{Drop, 1, 9, "tls", 0},
		},
		{
			"it is", rule(Pass, "tls any any -> any any", "sid:1"), func(p *Packet) { p.App = "tls" },
			Verdict{Pass, 0, 1, "", -1},
		},
		{
			"it is another", rule(Pass, "tls any any -> any any", "sid:1"), func(p *Packet) { p.App = "http" },
			Verdict{Drop, 1, 9, "", -1},
		},
		{
			"the flow is not known", rule(Pass, "tcp any any -> any any", "flow:to_server,established; sid:1"), nil,
			Verdict{Drop, 1, 9, "flow", 0},
		},
		{
			"it is known in part", rule(Pass, "tcp any any -> any any", "flow:to_server,established; sid:1"),
			func(p *Packet) { p.Toward = ToClient }, Verdict{Drop, 1, 9, "", -1},
		},
		{
			"it matches", rule(Pass, "tcp any any -> any any", "flow:established,from_client; sid:1"),
			func(p *Packet) { p.Toward, p.State = ToServer, FlowEstablished }, Verdict{Pass, 0, 1, "", -1},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := evaluator(t, EvaluatorOptions{Order: StrictOrder}, test.rule, drop)
			p := between("10.0.0.1", "10.0.0.2")
			if test.packet != nil {
				test.packet(&p)
			}
			if v := e.Evaluate(p, countries); v != test.want {
				t.Errorf("got %+v, want %+v", v, test.want)
			}
		})
	}
}

// Two undecided rules that would do different things leave the verdict open, though
// one of them would do the same as the rule that decides.
func TestUndecidedMixed(t *testing.T) {
	e := evaluator(t, EvaluatorOptions{Order: StrictOrder},
		rule(Drop, "ip any any -> any any", "content:\"x\"; sid:1"),
		rule(Pass, "ip any any -> any any", "pcre:\"/x/\"; sid:2"),
		rule(Drop, "ip any any -> any any", "sid:3"))
	if v := e.Evaluate(between("10.0.0.1", "10.0.0.2"), countries); v != (Verdict{Drop, 2, 3, "content", 0}) {
		t.Errorf("got %+v", v)
	}
}

func TestHeaders(t *testing.T) {
	vars := Variables{
		IPSets:   map[string][]string{"HOME_NET": {"10.0.0.0/8", "fd00::/8"}, "EXTERNAL_NET": {"!$HOME_NET"}, "V4": {"10.0.0.0/8"}},
		PortSets: map[string][]string{"WEB": {"80", "443"}},
	}
	tcp := between("10.1.2.3", "192.0.2.9")
	icmp := tcp
	icmp.Protocol = "icmp"
	six := between("2001:db8::1", "fd00::1")
	tests := []struct {
		header string
		packet Packet
		want   bool
	}{
		{"ip $HOME_NET any -> $EXTERNAL_NET any", tcp, true},
		{"ip $EXTERNAL_NET any -> $HOME_NET any", tcp, false},
		{"ip $EXTERNAL_NET any <> $HOME_NET any", tcp, true},
		{"ip !$EXTERNAL_NET any -> any any", tcp, true},
		{"ip [10.0.0.0/8,!10.1.0.0/16] any -> any any", tcp, false},
		{"ip [10.0.0.0/8,!10.2.0.0/16] any -> any any", tcp, true},
		{"ip !10.2.0.0/16 any -> any any", tcp, true},
		{"ip [10.1.2.1-10.1.2.5] any -> any any", tcp, true},
		{"ip 10.1.2.3 any -> any any", tcp, true},
		{"tcp any any -> any $WEB", tcp, true},
		{"tcp any any -> any !$WEB", tcp, false},
		{"tcp any any -> any [1:1024,!443]", tcp, false},
		{"tcp any any -> any [:442,444:]", tcp, false},
		{"tcp any 1024: -> any any", tcp, true},
		{"tcp any 443 <> any any", tcp, true},
		{"udp any any -> any any", tcp, false},
		{"ip any any -> any any", icmp, true},
		{"ip any any -> any 443", icmp, false}, // it has no ports
		{"icmp any any -> any any", icmp, true},
		{"ip $EXTERNAL_NET any -> $HOME_NET any", six, true},
		{"ip !$V4 any -> any any", six, false}, // it says nothing of IPv6
	}
	for _, test := range tests {
		t.Run(test.header, func(t *testing.T) {
			e := evaluator(t, EvaluatorOptions{Order: StrictOrder, Variables: vars}, rule(Drop, test.header, "sid:1"))
			if got := e.Evaluate(test.packet, countries).Action == Drop; got != test.want {
				t.Errorf("drops: %v, want %v", got, test.want)
			}
		})
	}
}

func TestEvaluatorRefuses(t *testing.T) {
	tests := map[string]struct {
		rule Rule
		opts EvaluatorOptions
		want string
	}{
		"order":      {rule(Drop, "ip any any -> any any", "sid:1"), EvaluatorOptions{}, "order"},
		"action":     {rule("accept", "ip any any -> any any", "sid:1"), inStrictOrder, `action "accept"`},
		"direction":  {rule(Drop, "ip any any <- any any", "sid:1"), inStrictOrder, `direction "<-"`},
		"protocol":   {rule(Drop, "sctp any any -> any any", "sid:1"), inStrictOrder, `protocol "sctp"`},
		"variable":   {rule(Drop, "ip $NET any -> any any", "sid:1"), inStrictOrder, "the value of $NET is not known"},
		"itself":     {rule(Drop, "ip $A any -> any any", "sid:1"), EvaluatorOptions{Order: StrictOrder, Variables: Variables{IPSets: map[string][]string{"A": {"$A"}}}}, "within each other"},
		"address":    {rule(Drop, "ip 10.0.0.0/40 any -> any any", "sid:1"), inStrictOrder, "10.0.0.0/40"},
		"range":      {rule(Drop, "ip 10.0.0.9-10.0.0.1 any -> any any", "sid:1"), inStrictOrder, "no address, CIDR"},
		"no address": {rule(Drop, "ip [10.0.0.0/8,!10.0.0.0/8] any -> any any", "sid:1"), inStrictOrder, "no address is left"},
		"brackets":   {rule(Drop, "ip [10.0.0.0/8 any -> any any", "sid:1"), inStrictOrder, "not closed"},
		"empty":      {rule(Drop, "ip [10.0.0.0/8,,10.0.0.1] any -> any any", "sid:1"), inStrictOrder, "is empty"},
		"port":       {rule(Drop, "tcp any 65536 -> any any", "sid:1"), inStrictOrder, `"65536" is no port`},
		"port range": {rule(Drop, "tcp any 9:1 -> any any", "sid:1"), inStrictOrder, "no port, range"},
		"no port":    {rule(Drop, "tcp any [!0:] -> any any", "sid:1"), inStrictOrder, "all ports are negated"},
		"flow":       {rule(Drop, "tcp any any -> any any", "flow:to_server,to_client; sid:1"), inStrictOrder, "contradicts"},
		"flow word":  {rule(Drop, "tcp any any -> any any", "flow:to_sever; sid:1"), inStrictOrder, "to_sever"},
		"geoip":      {rule(Drop, "ip any any -> any any", "geoip:; sid:1"), inStrictOrder, "geoip has no value"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := NewEvaluator([]Rule{test.rule}, test.opts)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

var inStrictOrder = EvaluatorOptions{Order: StrictOrder}

func TestEvaluatorNamesAllErrors(t *testing.T) {
	_, err := NewEvaluator([]Rule{
		rule(Drop, "ip $A any -> any any", "sid:1"), rule(Pass, "ip any any -> any any", "sid:2"), rule(Drop, "ip $B any -> any any", "sid:3"),
	}, inStrictOrder)
	for _, want := range []string{"rule 1 (sid 1)", "rule 3 (sid 3)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// The tables of columns are only for speed: all rules one by one say the same.
func TestEvaluateAsRuleByRule(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	codes := []string{"", "JP", "GB", "US", "DE", "FR", "ZW"}
	for range 300 {
		order := []Order{ActionOrder, StrictOrder}[random.IntN(2)]
		var rules []Rule
		for range 1 + random.IntN(200) {
			rules = append(rules, randomRule(random))
		}
		e := evaluator(t, EvaluatorOptions{Order: order}, rules...)
		for range 50 {
			p, src, dst := randomPacket(random), codes[random.IntN(len(codes))], codes[random.IntN(len(codes))]
			if got, want := e.EvaluateIn(p, src, dst), ruleByRule(e, p, src, dst); got != want {
				t.Fatalf("%v, from %q to %q: %+v, rule by rule %+v\n%v", p, src, dst, got, want, rules)
			}
		}
	}
}

// ruleByRule is the verdict by looking at every rule.
func ruleByRule(e *Evaluator, p Packet, src, dst string) Verdict {
	v := Verdict{Rule: -1, UndecidedRule: -1}
	var open []Action
	for i := range e.rules {
		c := &e.rules[i]
		if c.action == Alert || !loopMatches(c, &p, src, dst) {
			continue
		}
		matches, unknown := c.restMatches(&p)
		switch {
		case !matches:
		case unknown != "":
			if v.Undecided == "" {
				v.Undecided, v.UndecidedRule = unknown, c.place
			}
			open = append(open, c.action)
		default:
			v.Action, v.Rule, v.Sid = c.action, c.place, c.sid
			if !slices.ContainsFunc(open, func(a Action) bool { return a != c.action }) {
				v.Undecided, v.UndecidedRule = "", -1
			}
			return v
		}
	}
	return v
}

func loopMatches(c *compiled, p *Packet, src, dst string) bool {
	kind := protocolOf(p.Protocol)
	ported := kind == kindTCP || kind == kindUDP
	one := func(h *header, addr netip.Addr, port uint16) bool {
		return h.matchesPort(ported, port) && h.addresses.Contains(addr)
	}
	return c.transport&(1<<kind) != 0 && c.geoMatches(src, dst) &&
		(one(&c.from, p.Src, p.SrcPort) && one(&c.to, p.Dst, p.DstPort) ||
			c.either && one(&c.from, p.Dst, p.DstPort) && one(&c.to, p.Src, p.SrcPort))
}

func randomRule(random *rand.Rand) Rule {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	options := "sid:1"
	for range random.IntN(4) {
		options = "geoip:" + pick("src", "dst", "any", "both") + "," + pick("", "!") + pick("JP", "GB", "JP,GB", "US,DE,JP") + "; " + options
	}
	if random.IntN(8) == 0 {
		options = `content:"x"; ` + options
	}
	header := pick("ip", "tcp", "udp", "icmp", "tls") + " " + pick("any", "10.0.0.0/8", "!10.0.0.0/8") + " any " + pick("->", "<>") + " any any"
	return rule(Action(pick("pass", "drop", "reject", "alert", "alert")), header, options)
}

func randomPacket(random *rand.Rand) Packet {
	p := between([]string{"10.0.0.1", "192.0.2.1"}[random.IntN(2)], "10.0.0.2")
	p.Protocol = []string{"tcp", "udp", "icmp", "gre"}[random.IntN(4)]
	return p
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	e := thousandRules(t)
	p := between("10.0.0.1", "192.0.2.1")
	if n := testing.AllocsPerRun(100, func() { e.EvaluateIn(p, "GB", "JP") }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// thousandRules are for 1,000 pairs of countries and networks, as a policy has them
// that drops, passes and alerts by country.
func thousandRules(t testing.TB) *Evaluator {
	random := rand.New(rand.NewPCG(3, 4))
	var rules []Rule
	for i := range 1000 {
		list := make([]string, 1+random.IntN(20))
		for j := range list {
			list[j] = string([]byte{'A' + byte(random.IntN(26)), 'A' + byte(random.IntN(26))})
		}
		header := "ip $EXTERNAL_NET any -> $HOME_NET any"
		if i%2 == 0 {
			header = "tcp $HOME_NET any -> $EXTERNAL_NET [80,443]"
		}
		match := []string{"src", "dst", "any", "both"}[i%4]
		rules = append(rules, rule([]Action{Drop, Pass, Alert, Reject}[i/4%4], header,
			fmt.Sprintf("geoip:%s,%s; sid:%d", match, strings.Join(list, ","), i+1)))
	}
	return evaluator(t, EvaluatorOptions{Order: StrictOrder, Variables: Variables{IPSets: map[string][]string{
		"HOME_NET": {"172.16.0.0/12"}, "EXTERNAL_NET": {"!$HOME_NET"},
	}}}, rules...)
}

// Packets between networks that no rule is for, so that all rules are to be looked at,
// and such that one decides early.
func BenchmarkEvaluate(b *testing.B) {
	e := thousandRules(b)
	for name, p := range map[string]Packet{
		"none": between("10.0.0.1", "192.0.2.1"), "one": between("10.0.0.1", "172.16.0.1"),
	} {
		b.Run(name+"/tables", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.EvaluateIn(p, "GB", "JP")
			}
		})
		b.Run(name+"/rule-by-rule", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ruleByRule(e, p, "GB", "JP")
			}
		})
	}
}

// Packets of all countries, either way, of which some rule early or late decides, or none.
func BenchmarkEvaluateMix(b *testing.B) {
	e := thousandRules(b)
	random := rand.New(rand.NewPCG(5, 6))
	code := func() string { return string([]byte{'A' + byte(random.IntN(26)), 'A' + byte(random.IntN(26))}) }
	type trip struct {
		packet   Packet
		src, dst string
	}
	var trips [256]trip
	for i := range trips {
		ends := [][2]string{{"10.0.0.1", "172.16.0.1"}, {"172.16.0.1", "10.0.0.1"}, {"10.0.0.1", "192.0.2.1"}}[random.IntN(3)]
		trips[i] = trip{between(ends[0], ends[1]), code(), code()}
	}
	for name, evaluate := range map[string]func(*Evaluator, Packet, string, string) Verdict{
		"tables": (*Evaluator).EvaluateIn, "rule-by-rule": ruleByRule,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				t := &trips[i%len(trips)]
				evaluate(e, t.packet, t.src, t.dst)
			}
		})
	}
}

func BenchmarkNewEvaluator(b *testing.B) {
	for b.Loop() {
		thousandRules(b)
	}
}
