package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// customers are the 70 countries that the company sells to: more than one geoip
// keyword takes.
const customers = `AE AR AT AU BD BE BG BR CA CH CL CO CR CY CZ DE DK DO EC EE EG ES FI FR GB GE GH GR HK HR
	HU ID IE IL IN IS IT JM JO KE KR KW KZ LT LU LV MA MT MX MY NG NL NO NZ PA PE PH PK PL PT RO RS SA SE SG SI SK TH US VN`

// geoRules are the cases of the announcement (pass and log, drop, drop one protocol,
// reject what goes out, alert), and behind them the rule that most firewalls have:
// nobody else comes in. It is the last, since what it does not drop has passed.
func geoRules() []rules.GeoRule {
	in := rules.GeoRule{Source: "$EXTERNAL_NET", Destination: "$HOME_NET"}
	rule := func(g rules.GeoRule, name string, action rules.Action, match rules.Match, countries string) rules.GeoRule {
		g.Name, g.Action, g.Match, g.Countries = name, action, match, strings.Fields(countries)
		return g
	}
	ssh := in
	ssh.Protocol = "ssh"
	out := rules.GeoRule{Source: "$HOME_NET", Destination: "$EXTERNAL_NET", Protocol: "tcp"}
	others := in
	others.AllBut, others.OnUnknown = true, rules.FailClosed
	return []rules.GeoRule{
		rule(rules.GeoRule{}, "alert-ve", rules.Alert, rules.Any, "VE"),
		rule(in, "allow-in", rules.Pass, rules.Src, "IN"),
		rule(in, "block-jp", rules.Drop, rules.Any, "JP"),
		rule(ssh, "block-ssh-ru", rules.Drop, rules.Src, "RU"),
		rule(out, "reject-to-ir", rules.Reject, rules.Dst, "IR"),
		rule(others, "customers-only", rules.Drop, rules.Src, customers),
	}
}

// readSids reads what is remembered of the last time.
func readSids(name string) (sids rules.Sids, err error) {
	if name == "" {
		return sids, nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return sids, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &sids)
	}
	if err != nil {
		return sids, fmt.Errorf("sids in %s: %w", name, err)
	}
	return sids, nil
}

func writeSids(name string, sids rules.Sids) error {
	if name == "" {
		return nil
	}
	text, err := json.MarshalIndent(sids, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}
