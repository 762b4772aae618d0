package integration_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// refusedRules is the corpus of firewall/rules/testdata/refused.json, which says what
// its parts mean.
type refusedRules struct {
	Countries map[string]string
	HomeNet   string `json:"home_net"`
	Cases     []refusedRule
}

type refusedRule struct {
	Text, Code, Label, Why string
	Loads                  *bool
	Sid                    uint32
	Packets                []refusedPacket
}

type refusedPacket struct {
	Source, Destination, Protocol string
	SourcePort                    uint16 `json:"source_port"`
	DestinationPort               uint16 `json:"destination_port"`
	Seems, Matches                bool
}

func readRefused(t *testing.T) refusedRules {
	t.Helper()
	text, err := os.ReadFile("../../firewall/rules/testdata/refused.json")
	if err != nil {
		t.Fatal(err)
	}
	var r refusedRules
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.HomeNet != suricataHome || len(r.Cases) < 100 {
		t.Fatalf("HOME_NET is %s with %d rules", r.HomeNet, len(r.Cases))
	}
	return r
}

// Each rule of the corpus earns its label: Suricata refuses it, it does not match what
// it seems to, or it is known from where that AWS refuses it.
func TestRefusedRules(t *testing.T) {
	corpus := readRefused(t)
	s := newSuricataWith(t, corpus.Countries)
	loads := s.loadsEach(t, corpus.Cases)
	count := map[string]int{}
	for i, c := range corpus.Cases {
		if c.Loads != nil && *c.Loads != loads[i] {
			t.Errorf("%.200q: loads %v, want %v", c.Text, loads[i], *c.Loads)
		}
		seems, matches := s.tryPackets(t, c)
		earned := false
		switch c.Label {
		case "refused by Suricata":
			earned = !loads[i]
		case "misleading":
			earned = seems != matches
		case "never matches":
			earned = strings.Contains(seems, "1") && !strings.Contains(matches, "1")
		case "refused by AWS":
			earned = c.Why != "" && rules.Code(c.Code).Source() != ""
		}
		if !earned {
			t.Errorf("%.200q is not %s: loads %v, seems to match %s, matches %s", c.Text, c.Label, loads[i], seems, matches)
		}
		count[c.Label]++
	}
	t.Log(count)
}

// loadsEach reports for each rule whether Suricata takes it. Rules of one line go there
// together, each with a sid of its own; the others alone.
func (s *suricata) loadsEach(t *testing.T, cases []refusedRule) []bool {
	t.Helper()
	loads := make([]bool, len(cases))
	var lines []string
	var of []int // the case of each line
	for i, c := range cases {
		text := strings.TrimSuffix(c.Text, "\n")
		if strings.Count(text, "sid:1;") != 1 || strings.ContainsAny(text, "\n\r\\") {
			loads[i] = s.load(t, c.Text) == nil
			continue
		}
		lines, of = append(lines, strings.Replace(text, "sid:1;", fmt.Sprintf("sid:%d;", 1000+i), 1)), append(of, i)
	}
	refused := s.loadErrors(t, lines)
	for n, i := range of {
		loads[i] = !refused[n+1]
	}
	return loads
}

// tryPackets returns 0 or 1 for each packet of a case: what it seems that the rule
// does, and what Suricata does.
func (s *suricata) tryPackets(t *testing.T, c refusedRule) (seems, matches string) {
	t.Helper()
	if len(c.Packets) == 0 {
		return "", ""
	}
	var packets []rules.Packet
	for _, p := range c.Packets {
		packets = append(packets, between(p.Protocol, p.Source, p.Destination, p.SourcePort, p.DestinationPort))
	}
	sid := max(c.Sid, 1)
	bit := map[bool]string{true: "1", false: "0"}
	for i, events := range s.run(t, c.Text, packets) {
		matched := false
		for _, e := range events {
			matched = matched || e.Alert.Sid == sid
		}
		if p := c.Packets[i]; matched != p.Matches {
			t.Errorf("%.200q, %+v: matched %v: %+v", c.Text, p, matched, events)
		}
		seems, matches = seems+bit[c.Packets[i].Seems], matches+bit[matched]
	}
	return seems, matches
}
