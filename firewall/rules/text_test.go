package rules_test

import (
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

func TestRuleString(t *testing.T) {
	rule := rules.Rule{
		Action: rules.Drop, Protocol: "ip", Source: "$EXTERNAL_NET", SourcePort: "any",
		Direction: rules.Forward, Destination: "[10.0.0.0/8,!10.1.0.0/16]", DestinationPort: "any",
		Options: []rules.Option{
			{Keyword: "msg", Value: rules.Quote(`a "b"; c\d`)},
			{Keyword: "noalert", Bare: true},
			{Keyword: "geoip", Value: "src,JP"},
			{Keyword: "sid", Value: "1"},
		},
	}
	const want = `drop ip $EXTERNAL_NET any -> [10.0.0.0/8,!10.1.0.0/16] any (msg:"a \"b\"\; c\\d"; noalert; geoip:src,JP; sid:1;)`
	if got := rule.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	rule.Disabled = true
	if got := rule.String(); got != "# "+want {
		t.Errorf("disabled: got\n%s\nwant\n%s", got, "# "+want)
	}
}
