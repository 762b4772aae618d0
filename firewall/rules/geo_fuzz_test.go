package rules_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// pick returns one of some, mostly those that are right.
func pick[T any](r *rand.Rand, some ...T) T { return some[r.IntN(len(some))] }

// randomRule makes a rule that is mostly right. word is anything.
func randomRule(r *rand.Rand, name, word string) rules.GeoRule {
	addresses := []string{"", "any", "$HOME_NET", "$EXTERNAL_NET", "192.0.2.0/24", "[$HOME_NET,!192.0.2.7]", "$OFFICES", word}
	ports := []string{"", "any", "443", "[80,!81,1024:]", "$WEB", word}
	codes := allCountries()
	r.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	g := rules.GeoRule{
		Name: name, Action: pick(r, rules.Pass, rules.Drop, rules.Reject, rules.Alert),
		Match:     pick(r, rules.Src, rules.Dst, rules.Any, rules.Both),
		Countries: codes[:pick(r, 1, 2, 63, 64, 65, 130, 250)],
		AllBut:    r.IntN(2) == 0, OnUnknown: pick(r, "", rules.FailOpen, rules.FailClosed),
		Protocol: pick(r, "", "ip", "tcp", "tcp", "TLS", "ssh", "icmp"),
		Source:   pick(r, addresses...), Destination: pick(r, addresses...),
		SourcePort: pick(r, ports...), DestinationPort: pick(r, ports...),
		Direction: pick(r, "", rules.Forward, rules.Either), Flow: pick(r, "", rules.FlowAny),
		NoCompanion: r.IntN(4) == 0,
	}
	if r.IntN(4) == 0 {
		g.Message, g.Metadata = word, []string{"note " + word}
	}
	if r.IntN(8) == 0 {
		g.Options = []rules.Option{{Keyword: "ttl", Value: word}}
	}
	if r.IntN(8) == 0 {
		g.Countries = append(g.Countries, word)
	}
	return g
}

func FuzzRenderGeoRules(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, "web")
	}
	f.Add(uint64(1), "a\ndrop ip any any -> any any (sid:1;)")
	f.Add(uint64(2), `";`)
	f.Add(uint64(3), "[[[")
	f.Add(uint64(4), "Österreich")
	f.Fuzz(func(t *testing.T, seed uint64, word string) {
		r := rand.New(rand.NewPCG(seed, 2))
		opts := rules.GeoRulesOptions{
			Order: pick(r, "", rules.StrictOrder, rules.ActionOrder),
			Variables: rules.Variables{
				IPSets:   map[string][]string{"OFFICES": {"192.0.2.0/24"}},
				PortSets: map[string][]string{"WEB": {"80", "443"}},
			},
		}
		for range 1 + r.IntN(3) {
			opts.Rules = append(opts.Rules, randomRule(r, pick(r, "a", "b", "c", word), word))
		}
		got, err := rules.RenderGeoRules(opts)
		if err != nil {
			if len(ruleErrors(t, err)) == 0 || got.Text != "" {
				t.Errorf("got %v and %q", err, got.Text)
			}
			return
		}
		checkRendered(t, got)
		checkAgain(t, opts, got)
	})
}

// checkRendered checks the limits of the service, and that a rule is a line.
func checkRendered(t *testing.T, got rules.GeoRules) {
	t.Helper()
	text, err := rules.Parse(got.Text)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, r := range text.Rules() {
		if !reflect.DeepEqual(r, got.Rules[i]) {
			t.Fatalf("read %+v, want %+v", r, got.Rules[i])
		}
		i++
	}
	var lines []string
	for line := range strings.Lines(got.Text) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if len(lines) != len(got.Rules) || len(got.Standard) != len(got.Rules) {
		t.Fatalf("got %d lines and %d standard rules for %d rules", len(lines), len(got.Standard), len(got.Rules))
	}
	sids := map[string]bool{}
	for i, r := range got.Rules {
		if line := r.String(); line != lines[i] || len(line) > 8175 || strings.Contains(line, "\n") {
			t.Errorf("got %q, want %q", lines[i], line)
		}
		if sids[value(r, "sid")] || value(r, "sid") == "" {
			t.Errorf("sid %q of %s is there twice or missing", value(r, "sid"), geoMark(r))
		}
		sids[value(r, "sid")] = true
		if back := got.Standard[i].Rule(); !reflect.DeepEqual(back, r) {
			t.Errorf("got %s from %+v, want %s", back, got.Standard[i], r)
		}
	}
	readRules(t, got.Rules) // no keyword has over 64 countries, and none mixes negation
	if c := got.Capacity; c.Used != len(got.Rules) || c.Reserve < c.Used || c.Reserve > rules.MaxCapacity {
		t.Errorf("got %+v for %d rules", c, len(got.Rules))
	}
}

// checkAgain renders again with what is to be remembered, after a trip through JSON and
// from the rules alone.
func checkAgain(t *testing.T, opts rules.GeoRulesOptions, first rules.GeoRules) {
	t.Helper()
	text, err := json.Marshal(first.Sids)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &opts.Sids); err != nil {
		t.Fatal(err)
	}
	again, err := rules.RenderGeoRules(opts)
	if err != nil || !reflect.DeepEqual(again, first) {
		t.Fatalf("got %+v, %v; want %+v", again, err, first)
	}
	recovered, err := rules.RecoverSidsText(first.Text)
	if err != nil {
		t.Fatal(err)
	}
	for _, opts.Sids = range []rules.Sids{recovered, rules.RecoverSids(first.Rules)} {
		again, err = rules.RenderGeoRules(opts)
		if err != nil || again.Text != first.Text {
			t.Fatalf("got %s, %v; want %s", again.Text, err, first.Text)
		}
	}
}
