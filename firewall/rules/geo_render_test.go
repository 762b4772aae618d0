package rules_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/golden"
)

// articleRules are the examples of the announcement, with the sids it gives.
func articleRules() []rules.GeoRule {
	in := func(g rules.GeoRule) rules.GeoRule {
		g.Source, g.Destination = "$EXTERNAL_NET", "$HOME_NET"
		return g
	}
	return []rules.GeoRule{
		in(rules.GeoRule{Name: "allow-in", Action: rules.Pass, Match: rules.Src, Countries: []string{"IN"}, Message: "Ingress traffic from IN allowed", Sid: 202409302}),
		in(rules.GeoRule{Name: "block-jp", Action: rules.Drop, Match: rules.Any, Countries: []string{"JP"}, Message: "Ingress traffic from JP blocked", Sid: 202409303}),
		in(rules.GeoRule{Name: "block-ru-ssh", Action: rules.Drop, Match: rules.Src, Countries: []string{"RU"}, Protocol: "ssh", Message: "Ingress SSH traffic from RU blocked", Sid: 202409304}),
		{Name: "reject-ir", Action: rules.Reject, Match: rules.Dst, Countries: []string{"IR"}, Protocol: "tcp", Source: "$HOME_NET", Destination: "$EXTERNAL_NET", Message: "Egress traffic to IR rejected", Sid: 202409305},
		{Name: "alert-ve", Action: rules.Alert, Match: rules.Any, Countries: []string{"VE"}, Flow: rules.FlowAny, Message: "Geographic IP is from VE, Venezuela", Sid: 202409306},
		{Name: "drop-from-jp", Action: rules.Drop, Match: rules.Src, Countries: []string{"JP"}, Flow: rules.FlowAny, Message: "Geographic IP from JP,Japan", Sid: 55555555},
	}
}

func TestRenderArticle(t *testing.T) {
	got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: articleRules()})
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/geo-article.rules", got.Text)
}

// TestRenderArticleAsWritten compares with the announcement's own text, but for what is
// added: revisions, names in the metadata, and the alert before the rule that passes.
func TestRenderArticleAsWritten(t *testing.T) {
	got := render(t, rules.Sids{}, articleRules()...)
	want := []string{
		`alert ip $EXTERNAL_NET any -> $HOME_NET any (msg:"Ingress traffic from IN allowed"; flow:to_server; geoip:src,IN; metadata:geo IN; sid:202409301;)`,
		`pass ip $EXTERNAL_NET any -> $HOME_NET any (msg:"Ingress traffic from IN allowed"; flow:to_server; geoip:src,IN; metadata:geo IN; sid:202409302;)`,
		`drop ip $EXTERNAL_NET any -> $HOME_NET any (msg:"Ingress traffic from JP blocked"; flow:to_server; geoip:any,JP; metadata:geo JP; sid:202409303;)`,
		`drop ssh $EXTERNAL_NET any -> $HOME_NET any (msg:"Ingress SSH traffic from RU blocked"; flow:to_server; geoip:src,RU; metadata:geo RU; sid:202409304;)`,
		`reject tcp $HOME_NET any -> $EXTERNAL_NET any (msg:"Egress traffic to IR rejected"; flow:to_server; geoip:dst,IR; metadata:geo IR; sid:202409305;)`,
		`alert ip any any -> any any (msg:"Geographic IP is from VE, Venezuela"; geoip:any,VE; sid:202409306;)`,
		`drop ip any any -> any any (msg:"Geographic IP from JP,Japan"; geoip:src,JP; sid:55555555;)`,
	}
	added := regexp.MustCompile(`, geo_rule [a-z/-]+| rev:1;`)
	for i, r := range got.Rules {
		text := added.ReplaceAllString(r.String(), "")
		switch i {
		case 0: // the companion has a sid of its own
			text = strings.Replace(text, value(r, "sid"), "202409301", 1)
		case 5, 6: // the article's have no metadata
			text = regexp.MustCompile(` metadata:geo ..;`).ReplaceAllString(text, "")
		}
		if text != want[i] {
			t.Errorf("got  %s\nwant %s", text, want[i])
		}
	}
}

// manyRules are the forms that the article does not have.
func manyRules() []rules.GeoRule {
	codes := allCountries()
	return []rules.GeoRule{
		{Name: "open", Action: rules.Drop, Match: rules.Any, AllBut: true, OnUnknown: rules.FailOpen, Countries: codes[:70], Source: "$EXTERNAL_NET", Destination: "$HOME_NET"},
		{Name: "pair", Action: rules.Alert, Match: rules.Both, Countries: codes[100:170], Protocol: "udp", DestinationPort: "[53,$DNS]", Direction: rules.Either, Metadata: []string{"ticket SEC-12"}},
		{Name: "long", Action: rules.Pass, Match: rules.Dst, Countries: codes[:66], Protocol: "TLS", Options: []rules.Option{{Keyword: "ttl", Value: ">1"}}},
		{Name: "closed", Action: rules.Reject, Match: rules.Src, AllBut: true, OnUnknown: rules.FailClosed, Countries: []string{"US", "CA"}, Protocol: "tcp", Destination: "[$OFFICES,!192.0.2.7]"},
	}
}

func manyOptions(order rules.Order) rules.GeoRulesOptions {
	return rules.GeoRulesOptions{
		Rules: manyRules(), Order: order, Capacity: 5,
		Variables: rules.Variables{IPSets: map[string][]string{"OFFICES": {"192.0.2.0/24"}}, PortSets: map[string][]string{"DNS": {"5353"}}},
	}
}

func TestRenderMany(t *testing.T) {
	for _, order := range []rules.Order{rules.StrictOrder, rules.ActionOrder} {
		got, err := rules.RenderGeoRules(manyOptions(order))
		if err != nil {
			t.Fatal(err)
		}
		text := got.Text + fmt.Sprintln("\n"+got.Capacity.String())
		for _, note := range got.Notes {
			text += fmt.Sprintln(note)
		}
		golden.Equal(t, "testdata/geo-many-"+strings.ToLower(string(order))+".txt", text)
	}
}

func TestRenderStandard(t *testing.T) {
	got, err := rules.RenderGeoRules(manyOptions(rules.StrictOrder))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got.Standard {
		back := s.Rule()
		if back.String() != got.Rules[i].String() {
			t.Errorf("got %s, want %s", back, got.Rules[i])
		}
	}
	article := render(t, rules.Sids{}, articleRules()...)
	text, err := json.MarshalIndent(article.Standard, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/geo-article-standard.json", string(text)+"\n")
}

// TestStandardReads has the forms that others write: settings apart, and a value within
// the keyword.
func TestStandardReads(t *testing.T) {
	got := rules.StandardRule{
		Action: "DROP", Protocol: "IP", Source: "ANY", SourcePort: "Any", Direction: "ANY", Destination: "$HOME_NET", DestinationPort: "ANY",
		Options: []rules.StandardOption{{Keyword: "sid:1"}, {Keyword: "geoip", Settings: []string{"src", "!US"}}, {Keyword: "noalert"}},
	}.Rule().String()
	if want := `drop ip any any <> $HOME_NET any (sid:1; geoip:src,!US; noalert;)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRenderNotes(t *testing.T) {
	home := func(g rules.GeoRule) rules.GeoRule { g.Source, g.Destination = "$HOME_NET", "any"; return g }
	tests := []struct {
		name  string
		order rules.Order
		rule  rules.GeoRule
		want  string // empty: no note
	}{
		{"plain", rules.StrictOrder, drop("a", "JP"), ""},
		{"pass that is logged", rules.StrictOrder, rules.GeoRule{Action: rules.Pass}, ""},
		{"pass that is not", rules.ActionOrder, rules.GeoRule{Action: rules.Pass}, "not logged in DEFAULT_ACTION_ORDER"},
		{"fail-open", rules.StrictOrder, rules.GeoRule{Action: rules.Drop, AllBut: true, OnUnknown: rules.FailOpen}, "let by (fail-open)"},
		{"fail-closed", rules.StrictOrder, rules.GeoRule{Action: rules.Drop, AllBut: true, OnUnknown: rules.FailClosed}, "no rule after it"},
		{"fail-closed by action", rules.ActionOrder, rules.GeoRule{Action: rules.Drop, AllBut: true, OnUnknown: rules.FailClosed}, "no other rule of the policy"},
		{"country of home", rules.StrictOrder, home(rules.GeoRule{Action: rules.Drop}), "only where HOME_NET has public addresses"},
		{"closed on home", rules.StrictOrder, home(rules.GeoRule{Action: rules.Drop, AllBut: true, OnUnknown: rules.FailClosed}), "drops everything unless HOME_NET has public addresses"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.rule.Name, test.rule.Match, test.rule.Countries = "a", rules.Src, []string{"JP"}
			got, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: []rules.GeoRule{test.rule}, Order: test.order})
			if err != nil {
				t.Fatal(err)
			}
			var text string
			for _, note := range got.Notes {
				text += note.String() + "\n"
			}
			if test.want == "" && text != "" || !strings.Contains(text, test.want) {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}
