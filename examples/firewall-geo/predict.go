package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// Countries of some addresses that are set aside for documentation. Real ones take a
// database; firewall/mmdb reads those of MaxMind.
//
//go:embed countries.txt
var countryTable string

// table is a GeoDB of a few networks.
type table map[netip.Prefix]string

// Country returns the country of the longest network that the address is in.
func (t table) Country(a netip.Addr) (code string, known bool) {
	longest := -1
	for network, country := range t {
		if network.Contains(a) && network.Bits() > longest {
			code, known, longest = country, true, network.Bits()
		}
	}
	return code, known
}

func readTable(text string) (table, error) {
	t := table{}
	err := eachLine(text, func(line string) error {
		network, country, _ := strings.Cut(line, " ")
		prefix, err := netip.ParsePrefix(network)
		t[prefix] = strings.TrimSpace(country)
		return err
	})
	return t, err
}

// eachLine calls do for the lines that are neither empty nor comments.
func eachLine(text string, do func(line string) error) error {
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := do(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// home is where the workloads are, in both families.
var home = rules.Variables{IPSets: map[string][]string{
	"HOME_NET":     {"10.0.0.0/8", "fd00::/8"},
	"EXTERNAL_NET": {"!10.0.0.0/8", "!fd00::/8"},
}}

// trials are the packets that are tried for each address.
var trials = []struct {
	name    string
	inbound bool
	packet  rules.Packet
}{
	{"https in", true, rules.Packet{Protocol: "tcp", SrcPort: 40000, DstPort: 443, App: "tls"}},
	{"ssh in", true, rules.Packet{Protocol: "tcp", SrcPort: 40000, DstPort: 22, App: "ssh"}},
	{"https out", false, rules.Packet{Protocol: "tcp", SrcPort: 40000, DstPort: 443, App: "tls"}},
}

// predict prints what the rules do with each address.
func (s settings) predict(stdout io.Writer, rendered rules.GeoRules) error {
	list, err := readOr(s.addresses, addressList)
	if err != nil {
		return err
	}
	db, err := readTable(countryTable)
	if err != nil {
		return err
	}
	evaluator, err := rules.NewEvaluator(rendered.Rules, rules.EvaluatorOptions{Order: rendered.Order, Variables: home})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "\nWhat the rules do (\"-\" is up to the default actions of the policy):")
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "address\tcountry")
	for _, trial := range trials {
		fmt.Fprint(w, "\t", trial.name)
	}
	err = eachLine(list, func(line string) error {
		address, err := netip.ParseAddr(line)
		if err != nil {
			return err
		}
		country, known := db.Country(address)
		if !known {
			country = "unknown"
		}
		fmt.Fprintf(w, "\n%s\t%s", address, country)
		for _, trial := range trials {
			fmt.Fprint(w, "\t", outcome(evaluator, rendered, packet(trial.packet, address, trial.inbound), db))
		}
		return nil
	})
	fmt.Fprintln(w)
	w.Flush()
	return err
}

// packet is a trial's first packet from or to an address.
func packet(p rules.Packet, remote netip.Addr, inbound bool) rules.Packet {
	local := netip.MustParseAddr("10.1.2.3")
	if remote.Is6() {
		local = netip.MustParseAddr("fd00::3")
	}
	p.Src, p.Dst, p.Toward, p.State = remote, local, rules.ToServer, rules.FlowEstablished
	if !inbound {
		p.Src, p.Dst = local, remote
	}
	return p
}

// outcome names the rule that decides, and those that alert before it.
func outcome(e *rules.Evaluator, rendered rules.GeoRules, p rules.Packet, db rules.GeoDB) string {
	verdict := e.Evaluate(p, db)
	text := "-"
	if verdict.Rule >= 0 {
		text = fmt.Sprintf("%s (%s)", verdict.Action, nameOf(rendered, verdict.Sid))
	}
	if verdict.Undecided != "" {
		text += ", depends on " + verdict.Undecided
	}
	for _, hit := range e.Hits(p, db) {
		if hit.Action != rules.Alert {
			break // what follows is not reached
		}
		text += ", logged (" + nameOf(rendered, hit.Sid) + ")"
	}
	return text
}

// nameOf returns the name of the geo rule that a sid belongs to.
func nameOf(rendered rules.GeoRules, sid uint32) string {
	for _, rule := range rendered.Sids.Rules {
		for _, part := range rule.Parts {
			if part.Sid == sid {
				return rule.Name
			}
		}
	}
	return fmt.Sprint(sid)
}
