package rules_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// A reference evaluator of geoip, as Suricata's documentation and source have it
// (detect-geoip.c): a place is the number of a country in allCountries, or unknown.

const unknown = 250

type keyword struct {
	match rules.Match
	not   bool
	in    [unknown + 1]bool
}

// readKeyword reads the value of a geoip option.
func readKeyword(t testing.TB, numbers map[string]int, value string) keyword {
	match, list, _ := strings.Cut(value, ",")
	k := keyword{match: rules.Match(match)}
	codes := strings.Split(list, ",")
	if len(codes) > 64 {
		t.Fatalf("%d countries in one keyword", len(codes))
	}
	for _, code := range codes {
		name, not := strings.CutPrefix(code, "!")
		number, ok := numbers[name]
		if !ok || not != strings.HasPrefix(list, "!") {
			t.Fatalf("unknown or mixed country in %s", value)
		}
		k.not, k.in[number] = not, true
	}
	return k
}

// end reports whether an end of a packet matches: an unknown one never does.
func (k *keyword) end(place int) bool { return place != unknown && k.in[place] != k.not }

func (k *keyword) matches(src, dst int) bool {
	switch k.match {
	case rules.Src:
		return k.end(src)
	case rules.Dst:
		return k.end(dst)
	case rules.Any:
		return k.end(src) || k.end(dst)
	}
	return k.end(src) && k.end(dst)
}

type refRule struct {
	action   rules.Action
	keywords []keyword // ANDed
}

func (r *refRule) matches(src, dst int) bool {
	for i := range r.keywords {
		if !r.keywords[i].matches(src, dst) {
			return false
		}
	}
	return true
}

func readRules(t testing.TB, all []rules.Rule) []refRule {
	numbers := map[string]int{}
	for i, code := range allCountries() {
		numbers[code] = i
	}
	var read []refRule
	for _, r := range all {
		ref := refRule{action: r.Action}
		for _, o := range r.Options {
			if o.Keyword == "geoip" {
				ref.keywords = append(ref.keywords, readKeyword(t, numbers, o.Value))
			}
		}
		read = append(read, ref)
	}
	return read
}

// decide is the action of the first rule that matches and decides, and whether one
// alerted on the way.
func decide(all []refRule, src, dst int) (verdict rules.Action, alerted bool) {
	for i := range all {
		if !all[i].matches(src, dst) {
			continue
		}
		if all[i].action != rules.Alert {
			return all[i].action, alerted
		}
		alerted = true
	}
	return "", alerted
}

// meant is the meaning of the rule, unsplit.
func meant(g rules.GeoRule, in *[unknown + 1]bool, src, dst int) bool {
	end := func(place int) bool {
		switch {
		case place == unknown:
			return g.AllBut && g.OnUnknown == rules.FailClosed
		case g.AllBut:
			return !in[place]
		}
		return in[place]
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

// checkMeaning compares rendered rules with what is meant, over all pairs of places.
func checkMeaning(t *testing.T, g rules.GeoRule, rendered []rules.Rule) {
	t.Helper()
	all := readRules(t, rendered)
	var in [unknown + 1]bool
	for i, code := range allCountries() {
		in[i] = slices.Contains(g.Countries, code)
	}
	for src := range unknown + 1 {
		for dst := range unknown + 1 {
			verdict, alerted := decide(all, src, dst)
			match := meant(g, &in, src, dst)
			got := verdict == g.Action
			if g.Action == rules.Alert {
				got = alerted
			}
			if got != match {
				t.Fatalf("places %d and %d: got %q, alerted %v; the rule is meant to match: %v", src, dst, verdict, alerted, match)
			}
			if g.Action == rules.Pass && alerted != match {
				t.Fatalf("places %d and %d: alerted %v, passed %v", src, dst, alerted, match)
			}
		}
	}
}

// checkEvaluator holds the package's own prediction against what is meant.
func checkEvaluator(t *testing.T, g rules.GeoRule, rendered []rules.Rule) {
	t.Helper()
	e, err := rules.NewEvaluator(rendered, rules.EvaluatorOptions{Order: rules.StrictOrder})
	if err != nil {
		t.Fatal(err)
	}
	packet := rules.Packet{
		Protocol: "tcp", Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2"),
		Toward: rules.ToServer, State: rules.FlowEstablished,
	}
	codes := append(allCountries(), "")
	var in [unknown + 1]bool
	for i, code := range codes {
		in[i] = slices.Contains(g.Countries, code)
	}
	for src, from := range codes {
		for dst, to := range codes {
			verdict := e.EvaluateIn(packet, from, to)
			if got := verdict.Action == g.Action; g.Action != rules.Alert && got != meant(g, &in, src, dst) || verdict.Undecided != "" {
				t.Fatalf("from %q to %q: got %+v", from, to, verdict)
			}
		}
	}
}

func shuffled(seed uint64) []string {
	codes := allCountries()
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	return codes
}

func TestSplitMeans(t *testing.T) {
	kinds := []struct {
		action    rules.Action
		allBut    bool
		onUnknown rules.FailMode
	}{
		{rules.Drop, false, ""},
		{rules.Pass, false, ""},
		{rules.Alert, false, ""},
		{rules.Drop, true, rules.FailOpen},
		{rules.Drop, true, rules.FailClosed},
		{rules.Pass, true, ""},
		{rules.Alert, true, ""},
	}
	want := map[string]int{ // rules of a drop by match, negation and size
		"src 250": 4, "dst 65": 2, "any 129": 3, "both 64": 1, "both 65": 4, "both 128": 4, "both 129": 9, "both 250": 16,
		"src not 200": 1, "dst not 65": 1, "both not 200": 1, "any not 64": 1, "any not 65": 2, "any not 200": 2,
	}
	for _, kind := range kinds {
		for _, match := range []rules.Match{rules.Src, rules.Dst, rules.Any, rules.Both} {
			for _, size := range []int{1, 2, 64, 65, 128, 129, 200, 249, 250} {
				g := rules.GeoRule{Name: "x", Action: kind.action, Match: match, AllBut: kind.allBut, OnUnknown: kind.onUnknown, Countries: shuffled(uint64(size))[:size]}
				if g.AllBut && size == 250 && g.OnUnknown != rules.FailClosed {
					continue // never matches, and is refused
				}
				t.Run(fmt.Sprint(kind.action, kind.onUnknown, match, size), func(t *testing.T) {
					got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: []rules.GeoRule{g}})
					if err != nil {
						t.Fatal(err)
					}
					checkMeaning(t, g, got.Rules)
					if size == 129 {
						checkEvaluator(t, g, got.Rules)
					}
					key := fmt.Sprintf("%s %d", match, size)
					if g.AllBut {
						key = fmt.Sprintf("%s not %d", match, size)
					}
					if n, ok := want[key]; ok && g.Action == rules.Drop && g.OnUnknown != rules.FailClosed && len(got.Rules) != n {
						t.Errorf("got %d rules, want %d", len(got.Rules), n)
					}
				})
			}
		}
	}
}

// TestSplitStays changes the countries of a rule many times: it goes on meaning what it
// means, no country moves to another rule, and no sid has two meanings.
func TestSplitStays(t *testing.T) {
	for _, match := range []rules.Match{rules.Src, rules.Any, rules.Both} {
		for _, kind := range []rules.GeoRule{
			{Action: rules.Drop},
			{Action: rules.Pass},
			{Action: rules.Drop, AllBut: true, OnUnknown: rules.FailOpen},
			{Action: rules.Drop, AllBut: true, OnUnknown: rules.FailClosed},
		} {
			g := kind
			g.Name, g.Match = "x", match
			t.Run(fmt.Sprint(match, g.Action, g.AllBut, g.OnUnknown), func(t *testing.T) {
				var sids rules.Sids
				names := map[string]string{} // by sid
				order := shuffled(7)
				var before []rules.Rule
				for step, size := range []int{60, 64, 65, 66, 128, 130, 100, 1, 249, 70} {
					g.Countries = order[:size]
					if step == 6 {
						g.Countries = order[30:130] // the first chunk loses, and none is added
					}
					got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: []rules.GeoRule{g}, Sids: sids})
					if err != nil {
						t.Fatal(err)
					}
					if step%3 == 2 {
						checkMeaning(t, g, got.Rules)
					}
					checkStays(t, g, before, got.Rules, names)
					sids, before = got.Sids, got.Rules
				}
			})
		}
	}
}

// checkStays checks that sids keep their names, and that a country which was in a rule
// is in it still, unless it is gone from the list.
func checkStays(t *testing.T, g rules.GeoRule, before, after []rules.Rule, names map[string]string) {
	t.Helper()
	for _, r := range after {
		sid, name := value(r, "sid"), geoMark(r)
		if was, known := names[sid]; known && was != name {
			t.Fatalf("sid %s was %s and is %s", sid, was, name)
		}
		names[sid] = name
	}
	now := map[string]string{}
	for _, r := range after {
		now[value(r, "sid")] = values(r, "geoip")
	}
	for _, r := range before {
		list, there := now[value(r, "sid")]
		for code := range strings.FieldsFuncSeq(values(r, "geoip"), func(r rune) bool { return r == ',' || r == '!' || r == ' ' }) {
			if len(code) != 2 || !slices.Contains(g.Countries, code) || geoMark(r) == "x/dst" && !there {
				continue // no code, or gone, or the rule that only lists over 64 countries need
			}
			if !strings.Contains(list, code) {
				t.Fatalf("%s moved out of %s", code, geoMark(r))
			}
		}
	}
}

// value returns the value of the first option of a keyword.
func value(r rules.Rule, keyword string) string {
	for _, o := range r.Options {
		if o.Keyword == keyword {
			return o.Value
		}
	}
	return ""
}

func values(r rules.Rule, keyword string) string {
	var all []string
	for _, o := range r.Options {
		if o.Keyword == keyword {
			all = append(all, o.Value)
		}
	}
	return strings.Join(all, " ")
}

// geoMark returns the name of a rendered rule.
func geoMark(r rules.Rule) string {
	_, name, _ := strings.Cut(value(r, "metadata"), "geo_rule ")
	return name
}
