package rules_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

var variables = rules.Variables{
	IPSets: map[string][]string{
		"HOME_NET": {"10.0.0.0/8"}, "EXTERNAL_NET": {"!$HOME_NET"}, "WEB": {"10.1.0.0/16", "10.2.0.0/16"},
		"LOOP": {"$LOOP"}, "BAD": {"10.0.0.0/33"}, "EMPTY": {},
	},
	PortSets: map[string][]string{"WEB": {"80", "443"}, "NOT_WEB": {"!80", "!443"}, "LOOP": {"$LOOP"}, "BAD": {"http"}},
}

// The addresses that match are those that matched in Suricata 7.0.10.
func TestAddresses(t *testing.T) {
	const all = "10.0.0.1 10.0.0.5 10.1.0.1 192.0.2.9 255.255.255.255 2001:db8::1 2001:db9::1"
	for text, want := range map[string]string{
		"any":                               all,
		"ANY":                               all,
		"10.0.0.1":                          "10.0.0.1",
		"10.0.0.5/8":                        "10.0.0.1 10.0.0.5 10.1.0.1",
		"10.0.0.0/08":                       "10.0.0.1 10.0.0.5 10.1.0.1",
		"10.0.0.0/255.0.0.0":                "10.0.0.1 10.0.0.5 10.1.0.1",
		"10.0.0.1-10.0.0.4":                 "10.0.0.1",
		"0.0.0.0/0":                         "10.0.0.1 10.0.0.5 10.1.0.1 192.0.2.9 255.255.255.255",
		"2001:DB8::/32":                     "2001:db8::1",
		"!10.0.0.0/8":                       "192.0.2.9 255.255.255.255",
		"!!10.0.0.0/8":                      "192.0.2.9 255.255.255.255",
		"!255.255.255.255":                  "10.0.0.1 10.0.0.5 10.1.0.1 192.0.2.9",
		"!2001:db8::/32":                    "2001:db9::1",
		"[10.0.0.0/8,!2001:db8::/32]":       "10.0.0.1 10.0.0.5 10.1.0.1 2001:db9::1",
		"[10.0.0.0/8, !10.1.0.0/16]":        "10.0.0.1 10.0.0.5",
		"[10.0.0.0/8,[!10.1.0.0/16,any],]":  "10.0.0.1 10.0.0.5 192.0.2.9 255.255.255.255 2001:db8::1 2001:db9::1",
		"![10.0.0.0/8,!10.1.0.0/16]":        "10.1.0.1 192.0.2.9 255.255.255.255",
		"![![10.0.0.0/8]]":                  "10.0.0.1 10.0.0.5 10.1.0.1",
		"[any,!::/0]":                       "10.0.0.1 10.0.0.5 10.1.0.1 192.0.2.9 255.255.255.255",
		"10.0.0.1,192.0.2.9":                "10.0.0.1 192.0.2.9",
		"$HOME_NET":                         "10.0.0.1 10.0.0.5 10.1.0.1",
		"!$HOME_NET":                        "192.0.2.9 255.255.255.255",
		"$EXTERNAL_NET":                     "192.0.2.9 255.255.255.255",
		"!$EXTERNAL_NET":                    "10.0.0.1 10.0.0.5 10.1.0.1",
		"[$HOME_NET,!$WEB]":                 "10.0.0.1 10.0.0.5",
		"![$WEB]":                           "10.0.0.1 10.0.0.5 192.0.2.9 255.255.255.255",
		"[10.0.0.0-10.0.0.2,10.0.0.3/32]":   "10.0.0.1",
		"[128.0.0.0/1,0.0.0.0/1,!10.0.0.1]": "10.0.0.5 10.1.0.1 192.0.2.9 255.255.255.255",
	} {
		t.Run(text, func(t *testing.T) {
			set := resolveAddresses(t, text)
			var got []string
			for _, a := range strings.Fields(all) {
				if set.Contains(netip.MustParseAddr(a)) {
					got = append(got, a)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func resolveAddresses(t *testing.T, text string) rules.AddressSet {
	t.Helper()
	a, err := rules.ParseAddresses(text)
	if err != nil {
		t.Fatal(err)
	}
	set, err := a.Resolve(variables)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAddressRanges(t *testing.T) {
	set := resolveAddresses(t, "[10.0.0.0/9,10.128.0.0/9,!10.0.0.7,::1]")
	if got, want := fmt.Sprint(set.Ranges), "[{10.0.0.0 10.0.0.6} {10.0.0.8 10.255.255.255} {::1 ::1}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for address, want := range map[string]bool{"10.0.0.6": true, "10.0.0.7": false, "10.0.0.8": true, "10.255.255.255": true, "11.0.0.0": false, "9.255.255.255": false, "::1": true, "::": false, "::2": false, "::ffff:10.0.0.6": false} {
		if got := set.Contains(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
	if (rules.AddressSet{}).Contains(netip.MustParseAddr("::")) || set.Contains(netip.Addr{}) {
		t.Error("nothing contains something")
	}
}

// Suricata 7.0.10 refuses them, too, but the last three.
func TestAddressErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "column 1: an item is empty",
		"10.0.0.0/33":              "column 1",
		"[any,10.0.0]":             "column 6",
		"10.0.0.256":               "is no address",
		"10.0.0.9-10.0.0.1":        "is no address",
		"2001:db8::1-2001:db8::9":  "is no address",
		"10.0.0.0/255.0.255.0":     "is no address",
		"10.0.0.0/":                "is no address",
		"10.0.0.0/+8":              "is no address",
		"2001:db8::/129":           "is no address",
		"fe80::1%eth0":             "is no address",
		"example.com":              "is no address",
		"[10.0.0.0/8 ,10.1.0.0/16": "column 12: there is a blank behind 10.0.0.0/8",
		"[10.0.0.0/8":              "column 1: the bracket [ is not closed",
		"10.0.0.0/8]":              "column 11: a bracket ] closes none",
		"[10.0.0.0/8][10.1.0.0/8]": "column 13: there is no comma",
		"[,10.0.0.0/8]":            "column 2: an item is empty",
		"$":                        "the name of the variable is missing",
		"$A-B":                     "column 3",
		"!":                        "column 2: an item is empty",
		"[]":                       "the list is empty",
		strings.Repeat("[", 100) + "any" + strings.Repeat("]", 100): "too deeply",
		"10.0.0.0/0.0.0.255":     "is no address",
		"10.0.0.0/8[10.1.0.0/8]": "column 11: a bracket [ follows without a comma",
		"[10.0.0.0/8,[]]":        "column 13: the list is empty",
	} {
		_, err := rules.ParseAddresses(text)
		bad, ok := errors.AsType[*rules.ParseError](err)
		if !ok || !strings.Contains(bad.Error(), want) || bad.Line != 0 {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestAddressResolveErrors(t *testing.T) {
	for text, want := range map[string]string{
		"!any":                      "all addresses of IPv4 are negated",
		"[2001:db8::/32,!any]":      "all addresses of IPv4 are negated",
		"![0.0.0.0/1,128.0.0.0/1]":  "all addresses of IPv4 are negated",
		"!::/0":                     "no address is left",
		"[10.0.0.0/8,!10.0.0.0/8]":  "no address is left",
		"![10.0.0.1,$EXTERNAL_NET]": "no address is left",
		"$BAD":                      "the value of $BAD: column 2",
		"$EMPTY":                    "the list is empty",
		"$LOOP":                     "within each other",
	} {
		a, err := rules.ParseAddresses(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Resolve(variables); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"$NOPE", "![any,$NOPE]", "@NOPE", "@HOME_NET"} {
		a, err := rules.ParseAddresses(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Resolve(variables)
		if unknown, ok := errors.AsType[*rules.UnknownVariableError](err); !ok || !strings.Contains(text, unknown.Variable) {
			t.Errorf("%s: got %v, want an UnknownVariableError", text, err)
		}
	}
}

// Variables that double at every step must not take all memory.
func TestAddressHostileVariables(t *testing.T) {
	v := rules.Variables{IPSets: map[string][]string{"V20": {"10.0.0.1"}}, PortSets: map[string][]string{"V20": {"80"}}}
	for i := range 20 {
		next := fmt.Sprintf("$V%d", i+1)
		v.IPSets[fmt.Sprintf("V%d", i)] = []string{next, next, next, next}
		v.PortSets[fmt.Sprintf("V%d", i)] = []string{next, next, next, next}
	}
	for _, first := range []string{"$V0", "!$V8"} {
		a, err := rules.ParseAddresses(first)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Resolve(v); err == nil {
			t.Errorf("%s: addresses have no error", first)
		}
		p, err := rules.ParsePorts(first)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Resolve(v); err == nil {
			t.Errorf("%s: ports have no error", first)
		}
	}
}
