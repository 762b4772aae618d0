package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// The ports that match are those that matched in Suricata 7.0.10.
func TestPorts(t *testing.T) {
	for text, want := range map[string]string{
		"any":                "{true [{0 65535}]}",
		"[any]":              "{false [{0 65535}]}",
		"80":                 "{false [{80 80}]}",
		"080":                "{false [{80 80}]}",
		"1:1024":             "{false [{1 1024}]}",
		":1024":              "{false [{0 1024}]}",
		"1024:":              "{false [{1024 65535}]}",
		":":                  "{false [{0 65535}]}",
		"[1: 2]":             "{false [{1 2}]}",
		"!80":                "{false [{0 79} {81 65535}]}",
		"!0":                 "{false [{1 65535}]}",
		"!65535":             "{false [{0 65534}]}",
		"[80,443,81]":        "{false [{80 81} {443 443}]}",
		"[1:100,!50]":        "{false [{1 49} {51 100}]}",
		"[80:90,[!85]]":      "{false [{80 84} {86 90}]}",
		"![80,443]":          "{false [{0 79} {81 442} {444 65535}]}",
		"[80,any,!443]":      "{false [{0 442} {444 65535}]}",
		"$WEB":               "{false [{80 80} {443 443}]}",
		"!$WEB":              "{false [{0 79} {81 442} {444 65535}]}",
		"$NOT_WEB":           "{false [{0 79} {81 442} {444 65535}]}",
		"[70:90,!$WEB,1000]": "{false [{70 79} {81 90} {1000 1000}]}",
	} {
		t.Run(text, func(t *testing.T) {
			p, err := rules.ParsePorts(text)
			if err != nil {
				t.Fatal(err)
			}
			set, err := p.Resolve(variables)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(set); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			for _, r := range set.Ranges {
				if !set.Contains(r.From) || !set.Contains(r.To) || r.From > 0 && set.Contains(r.From-1) || r.To < 65535 && set.Contains(r.To+1) {
					t.Errorf("Contains is wrong at %v", r)
				}
			}
		})
	}
}

func TestPortErrors(t *testing.T) {
	for text, want := range map[string]string{
		"65536":         `"65536" is no port`,
		"100:1":         "is no port",
		"80-90":         "is no port",
		"http":          "is no port",
		"1:2:3":         "is no port",
		"-1":            "is no port",
		"@REF":          "is no port",
		"[80,,443]":     "column 5: an item is empty",
		"[1 :2]":        "is no port",
		"[80 , 443]":    "blank behind 80",
		"![80,!443]":    "column 7: a ! is within a negated list",
		"![80,[!443]]":  "within a negated list",
		"[[1:2,!3]]":    "column 7: Suricata takes no !",
		"$A B":          "column 3",
		"99999999999":   "is no port",
		"[80:!90]":      "column 5",
		"[[80],!90]x":   "no comma behind",
		"!$NOT_WEB,[80": "not closed",
	} {
		_, err := rules.ParsePorts(text)
		if bad, ok := errors.AsType[*rules.ParseError](err); !ok || !strings.Contains(bad.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"!any":       "all ports are negated",
		"!0:65535":   "all ports are negated",
		"[80,!80]":   "no port is left",
		"$BAD":       "the value of $BAD",
		"$LOOP":      "within each other",
		"!$NOT_WEB":  "within a negated list",
		"$NOPE":      "$NOPE is not known",
		"[1,!$NOPE]": "$NOPE is not known",
	} {
		p, err := rules.ParsePorts(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Resolve(variables); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
