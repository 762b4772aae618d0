package rules_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

func drop(name string, countries ...string) rules.GeoRule {
	return rules.GeoRule{Name: name, Action: rules.Drop, Match: rules.Src, Countries: countries}
}

func render(t *testing.T, sids rules.Sids, all ...rules.GeoRule) rules.GeoRules {
	t.Helper()
	got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: all, Sids: sids})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sidsOf returns sid and rev of the rules by name, as "5 rev 1".
func sidsOf(r rules.GeoRules) map[string]string {
	all := map[string]string{}
	for _, rule := range r.Rules {
		all[geoMark(rule)] = value(rule, "sid") + " rev " + value(rule, "rev")
	}
	return all
}

func TestSidsAreStable(t *testing.T) {
	allow := rules.GeoRule{Name: "allow", Action: rules.Pass, Match: rules.Src, Countries: []string{"IN"}}
	first := render(t, rules.Sids{}, drop("a", "JP"), allow, drop("z", "RU"))
	want := sidsOf(first)
	if len(want) != 4 {
		t.Fatalf("got %v", want)
	}

	t.Run("nothing changed", func(t *testing.T) {
		again := render(t, first.Sids, drop("a", "JP"), allow, drop("z", "RU"))
		if !reflect.DeepEqual(again, first) {
			t.Errorf("got %+v, want %+v", again, first)
		}
	})
	t.Run("order and repetition of countries", func(t *testing.T) {
		one := render(t, rules.Sids{}, drop("a", "JP", "KR", "IN"))
		other := render(t, rules.Sids{}, drop("a", "IN", "JP", "KR", "JP"))
		if !reflect.DeepEqual(one, other) {
			t.Errorf("got %+v, want %+v", other, one)
		}
	})
	t.Run("a country more", func(t *testing.T) {
		got := sidsOf(render(t, first.Sids, drop("a", "JP", "KR"), allow, drop("z", "RU")))
		changed := strings.Replace(want["a"], "rev 1", "rev 2", 1)
		for name, sid := range want {
			if name == "a" {
				sid = changed
			}
			if got[name] != sid {
				t.Errorf("%s: got %s, want %s", name, got[name], sid)
			}
		}
	})
	t.Run("another order, a rule more, and nothing remembered", func(t *testing.T) {
		got := sidsOf(render(t, rules.Sids{}, drop("z", "RU"), drop("new", "BR"), allow, drop("a", "KR")))
		for name, sid := range want {
			if got[name] != sid {
				t.Errorf("%s: got %s, want %s", name, got[name], sid)
			}
		}
	})
	t.Run("json", func(t *testing.T) {
		text, err := json.Marshal(first.Sids)
		if err != nil {
			t.Fatal(err)
		}
		var sids rules.Sids
		if err := json.Unmarshal(text, &sids); err != nil {
			t.Fatal(err)
		}
		if again := render(t, sids, drop("a", "JP"), allow, drop("z", "RU")); !reflect.DeepEqual(again, first) {
			t.Errorf("got %+v, want %+v", again, first)
		}
	})
}

// TestSidsAreNotReused removes a rule in a range that has one sid for each part, so that
// every new name would take a sid that was another's.
func TestSidsAreNotReused(t *testing.T) {
	narrow := rules.Sids{First: 7, Last: 7}
	first := render(t, narrow, drop("a", "JP"))
	if got := sidsOf(first)["a"]; got != "7 rev 1" {
		t.Fatalf("got %s", got)
	}
	other := drop("b", "KR")
	other.Sid = 8
	gone := render(t, first.Sids, other)
	if !strings.Contains(gone.Text, "# retired sid 7 rev 1 a\n") {
		t.Errorf("the text does not say what is retired:\n%s", gone.Text)
	}
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{other, drop("c", "BR")}, Sids: gone.Sids}, "c", "Name", "sid 7 that c is to have is or was that of a")

	recovered, err := rules.RecoverSidsText(gone.Text)
	if err != nil {
		t.Fatal(err)
	}
	recovered.First, recovered.Last = 7, 7
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{other, drop("c", "BR")}, Sids: recovered}, "c", "Name", "sid 7 that c is to have is or was that of a")

	back := render(t, gone.Sids, other, drop("a", "BR"))
	if got := sidsOf(back)["a"]; got != "7 rev 2" {
		t.Errorf("a rule that comes back has %s, want its sid and a new rev", got)
	}

	stolen := drop("d", "BR")
	stolen.Sid = 7
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{other, stolen}, Sids: gone.Sids}, "d", "Sid", "7 is or was the sid of a")
}

func TestSidsChosen(t *testing.T) {
	at := func(sid uint32) rules.GeoRule {
		g := drop("a", "JP")
		g.Sid = sid
		return g
	}
	first := render(t, rules.Sids{}, at(5))
	if got := sidsOf(first)["a"]; got != "5 rev 1" {
		t.Fatalf("got %s", got)
	}
	kept := render(t, first.Sids, at(0))
	if got := sidsOf(kept)["a"]; got != "5 rev 1" {
		t.Errorf("not chosen any more: got %s, want what it has", got)
	}
	moved := render(t, first.Sids, at(6))
	if got := sidsOf(moved)["a"]; got != "6 rev 1" {
		t.Errorf("chosen anew: got %s", got)
	}
	b := drop("b", "KR")
	b.Sid = 5
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{at(6), b}, Sids: moved.Sids}, "b", "Sid", "5 is or was the sid of a/sid-5")
	back := render(t, moved.Sids, at(5))
	if got := sidsOf(back)["a"]; got != "5 rev 1" {
		t.Errorf("chosen back: got %s", got)
	}
	b.Sid = 6
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{at(5), b}, Sids: back.Sids}, "b", "Sid", "6 is or was the sid of a/sid-6")
	b.Sid = 5
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{at(5), b}}, "b", "Sid", "5 is or was the sid of a")
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{at(9)}, Sids: rules.Sids{Others: []uint32{9}}}, "a", "Sid", "9 is or was the sid of another rule")
	wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{at(1<<32 - 1)}}, "a", "Sid", "above 4294967294")
}

func TestSidsRefused(t *testing.T) {
	part := func(part string, sid uint32) rules.PartSid { return rules.PartSid{Part: part, Sid: sid, Rev: 1} }
	tests := []struct {
		name   string
		sids   rules.Sids
		rule   string
		reason string
	}{
		{"empty range", rules.Sids{First: 9, Last: 8}, "", "range 9 to 8"},
		{"range too high", rules.Sids{Last: 1<<32 - 1}, "", "above 4294967294"},
		{"rule twice", rules.Sids{Rules: []rules.RuleSids{{Name: "q"}, {Name: "q"}}}, "q", "twice"},
		{"part twice", rules.Sids{Rules: []rules.RuleSids{{Name: "q", Parts: []rules.PartSid{part("", 1), part("", 2)}}}}, "q", "twice"},
		{"sid twice", rules.Sids{Rules: []rules.RuleSids{{Name: "q", Parts: []rules.PartSid{part("", 1), part("2", 1)}}}}, "q", "sid 1 of q/2 is that of q"},
		{"no sid", rules.Sids{Rules: []rules.RuleSids{{Name: "q", Parts: []rules.PartSid{part("", 0)}}}}, "q", "has the sid 0"},
		{"name with a line", rules.Sids{Rules: []rules.RuleSids{{Name: "q\ndrop ip any"}}}, "q\ndrop ip any", "its name is none"},
		{"part with a line", rules.Sids{Rules: []rules.RuleSids{{Name: "q", Parts: []rules.PartSid{part("2\ndrop", 1)}}}}, "q", "no part"},
		{"sid of others", rules.Sids{Others: []uint32{4}, Rules: []rules.RuleSids{{Name: "q", Parts: []rules.PartSid{part("", 4)}}}}, "q", "another rule"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantRefused(t, rules.GeoRulesOptions{Rules: []rules.GeoRule{drop("a", "JP")}, Sids: test.sids}, test.rule, "Sids", test.reason)
		})
	}
}

// wantRefused expects one error, about a field of a rule.
func wantRefused(t *testing.T, opts rules.GeoRulesOptions, rule, field, reason string) {
	t.Helper()
	_, err := rules.RenderGeoRules(opts)
	found, ok := errors.AsType[*rules.RuleError](err)
	if !ok || found.Rule != rule || found.Field != field || !strings.Contains(found.Reason, reason) {
		t.Errorf("got %v, want one about %s of %q: %s", err, field, rule, reason)
	}
}

func TestRecoverSids(t *testing.T) {
	both := rules.GeoRule{Name: "both", Action: rules.Drop, Match: rules.Both, Countries: shuffled(3)[:130]}
	closed := rules.GeoRule{Name: "closed", Action: rules.Reject, Protocol: "tcp", Match: rules.Any, AllBut: true, OnUnknown: rules.FailClosed, Countries: shuffled(4)[:70]}
	open := rules.GeoRule{Name: "open", Action: rules.Drop, Match: rules.Any, AllBut: true, OnUnknown: rules.FailOpen, Countries: shuffled(5)[:200]}
	allow := rules.GeoRule{Name: "allow", Action: rules.Pass, Match: rules.Dst, Countries: shuffled(6)[:65]}

	before := render(t, rules.Sids{}, both, closed, open, allow, drop("gone", "JP"))
	shrunk := allow
	shrunk.Countries = allow.Countries[10:] // the second chunk stays
	open.Countries = open.Countries[20:]
	first := render(t, before.Sids, both, closed, open, shrunk)

	var standard []rules.Rule
	for _, s := range first.Standard {
		standard = append(standard, s.Rule())
	}
	t.Run("text", func(t *testing.T) {
		got, err := rules.RecoverSidsText(first.Text)
		if err != nil {
			t.Fatal(err)
		}
		again := render(t, got, both, closed, open, shrunk)
		if again.Text != first.Text {
			t.Errorf("got %s, want %s", again.Text, first.Text)
		}
		_, err = rules.RecoverSidsText(first.Text + "drop ip\n")
		if bad, ok := errors.AsType[*rules.ParseError](err); !ok || bad.Line == 0 {
			t.Errorf("got %v, want the line that cannot be read", err)
		}
	})
	for name, read := range map[string][]rules.Rule{"rules": first.Rules, "standard": standard} {
		t.Run(name, func(t *testing.T) {
			got := rules.RecoverSids(read)
			want := first.Sids
			want.Rules = slices.DeleteFunc(slices.Clone(want.Rules), func(r rules.RuleSids) bool { return r.Name == "gone" })
			if again := render(t, got, both, closed, open, shrunk); !reflect.DeepEqual(again.Sids, want) {
				t.Errorf("got %+v, want %+v", again.Sids, want)
			}
		})
	}
	t.Run("rules of others", func(t *testing.T) {
		foreign := rules.Rule{Action: rules.Alert, Options: []rules.Option{{Keyword: "sid", Value: "77"}}}
		copied := first.Rules[0]
		copied.Options = append(slices.Clone(copied.Options[:len(copied.Options)-2]), rules.Option{Keyword: "sid", Value: "78"})
		bad := rules.Rule{Options: []rules.Option{{Keyword: "sid", Value: "x"}}}
		got := rules.RecoverSids([]rules.Rule{foreign, first.Rules[0], copied, first.Rules[0], bad, foreign})
		if !slices.Equal(got.Others, []uint32{77, 78}) || len(got.Rules) != 1 || len(got.Rules[0].Parts) != 1 {
			t.Errorf("got %+v", got)
		}
		render(t, got, both) // they can be used
	})
}
