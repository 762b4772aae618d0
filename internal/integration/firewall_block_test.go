package integration_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// blockRules are the rules that package respond's own tests find in a rule group after
// a block of 198.51.100.7, 2001:db8::7 and evil.example.
func blockRules(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../firewall/respond/testdata/block-rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An address that is blocked is dropped as a source and as a destination, and its
// neighbours are not.
func TestBlockedAddresses(t *testing.T) {
	s := newSuricata(t)
	var packets []rules.Packet
	var want []bool
	for _, a := range []struct {
		address, other string
		blocked        bool
	}{
		{"198.51.100.7", "10.0.0.1", true},
		{"198.51.100.7", "8.8.8.8", true},
		{"198.51.100.6", "10.0.0.1", false},
		{"198.51.100.8", "198.51.100.6", false},
		{"7.100.51.198", "10.0.0.1", false},
		{"2001:db8::7", "fd00::1", true},
		{"2001:db8::6", "fd00::1", false},
		{"2001:db8::8", "2001:db8::70", false},
	} {
		for i, protocol := range []string{"tcp", "udp", "icmp"} {
			if protocol == "icmp" && strings.Contains(a.address, ":") {
				continue
			}
			port := uint16(10_000 + 10*len(packets) + i)
			packets = append(packets, between(protocol, a.address, a.other, port, 443), between(protocol, a.other, a.address, port+5, 443))
			want = append(want, a.blocked, a.blocked)
		}
	}
	for i, events := range s.run(t, blockRules(t), packets) {
		if got := dropped(events); got != want[i] {
			t.Errorf("%+v: dropped %v, want %v: %+v", packets[i], got, want[i], events)
		}
	}
}

func dropped(events []alertEvent) bool {
	return slices.ContainsFunc(events, func(e alertEvent) bool { return e.Verdict.Action == "drop" })
}

// A domain that is blocked is dropped with all below it, in each of the three
// protocols that name it, and what only resembles it is not.
func TestBlockedDomains(t *testing.T) {
	s := newSuricata(t)
	names := []struct {
		name    string
		blocked bool
	}{
		{"evil.example", true},
		{"sub.evil.example", true},
		{"a.b.evil.example", true},
		{"EVIL.Example", true},
		{"notevil.example", false},
		{"evil.example.org", false},
		{"evil.examples", false},
		{"evil-example", false},
		{"evilxexample", false},
		{"example", false},
	}
	kinds := []struct {
		kind, protocol string
		port           uint16
		payload        func(name string) []byte
	}{
		{"HTTP", "tcp", 80, httpRequest},
		{"HTTP at an odd port", "tcp", 8123, func(name string) []byte { return httpRequest(name + ":8123") }},
		{"TLS", "tcp", 443, func(name string) []byte { return clientHello(t, name) }},
		{"TLS at an odd port", "tcp", 8443, func(name string) []byte { return clientHello(t, name) }},
		{"DNS", "udp", 53, dnsQuestion},
		{"DNS over TCP", "tcp", 53, func(name string) []byte { return overTCP(dnsQuestion(name)) }},
	}
	var dialogues []dialogue
	for _, kind := range kinds {
		for _, n := range names {
			dialogues = append(dialogues, ask(len(dialogues), kind.protocol, kind.port, kind.payload(n.name)))
		}
	}
	events := s.runDialogues(t, blockRules(t), dialogues)
	for i, kind := range kinds {
		for j, n := range names {
			if e := events[i*len(names)+j]; dropped(e) != n.blocked {
				t.Errorf("%s %s: dropped %v, want %v: %+v", kind.kind, n.name, dropped(e), n.blocked, e)
			}
		}
	}
}
