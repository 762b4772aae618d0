package respond

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/identity"
)

// A Target is where entries are blocked: an IP set of AWS WAF, an IP set variable of a
// rule group of AWS Network Firewall, or rules in such a group. It exists already,
// and what uses it (a rule of a web ACL, a rule with $NAME, a firewall policy) does, too.
type Target struct {
	// WAFIPSet is the ARN of an IP set. It takes addresses of its version.
	WAFIPSet string `json:"wafIPSet,omitempty"`

	// RuleGroup is the ARN of a stateful rule group, with one of IPSet and Rules.
	RuleGroup string `json:"ruleGroup,omitempty"`

	// IPSet is the name of a variable of the group that holds addresses. A variable may
	// not be empty: after its last entry it holds 192.0.2.0/32, which is nobody's.
	IPSet string `json:"ipSet,omitempty"`

	// Rules is where a rule for each address, and three for each domain, are put into
	// the text of the group: HTTP, TLS and DNS. A rule takes one unit of its capacity.
	Rules *BlockRules `json:"rules,omitempty"`
}

// BlockRules say which rules are written.
type BlockRules struct {
	// FirstSid to LastSid are the sids that rules get, those that are free. Required.
	FirstSid uint32 `json:"firstSid"`
	LastSid  uint32 `json:"lastSid"`

	// Alert makes the rules alert instead of drop, to see first what they would do. Without
	// it, the next plan for an entry replaces its rules that only alert; with it, those that
	// drop stay.
	Alert bool `json:"alert,omitempty"`
}

// String names the target: its ARN, with the name of the variable, or "rules", behind
// a #.
func (t Target) String() string {
	switch {
	case t.WAFIPSet != "":
		return t.WAFIPSet
	case t.Rules != nil:
		return t.RuleGroup + "#rules"
	}
	return t.RuleGroup + "#" + t.IPSet
}

func checkTargets(targets []Target) error {
	var errs []error
	seen := map[string]bool{}
	for i, t := range targets {
		if err := t.validate(); err != nil {
			errs = append(errs, fmt.Errorf("option Targets[%d]: %w", i, err))
		}
		if seen[t.String()] {
			errs = append(errs, fmt.Errorf("option Targets[%d]: %s is there twice", i, t))
		}
		seen[t.String()] = true
	}
	return errors.Join(errs...)
}

func (t Target) validate() error {
	if (t.WAFIPSet == "") == (t.RuleGroup == "") {
		return errors.New("want one of WAFIPSet and RuleGroup")
	}
	if t.WAFIPSet != "" {
		_, err := parseIPSetARN(t.WAFIPSet)
		if t.IPSet != "" || t.Rules != nil {
			err = errors.Join(err, errors.New("IPSet and Rules are for a RuleGroup"))
		}
		return err
	}
	if a, err := arn.Parse(t.RuleGroup); err != nil || a.Service != "network-firewall" || !strings.HasPrefix(a.Resource, "stateful-rulegroup/") {
		return fmt.Errorf("RuleGroup %q: want the ARN of a stateful rule group", t.RuleGroup)
	}
	switch {
	case (t.IPSet == "") == (t.Rules == nil):
		return errors.New("want one of IPSet and Rules")
	case strings.HasPrefix(t.IPSet, "$"):
		return fmt.Errorf("IPSet %q: want the name without $", t.IPSet)
	case t.Rules != nil && (t.Rules.FirstSid == 0 || t.Rules.LastSid < t.Rules.FirstSid || t.Rules.LastSid == 1<<32-1):
		return fmt.Errorf("rules: sids %d to %d: want a range from 1 to 4294967294", t.Rules.FirstSid, t.Rules.LastSid)
	}
	return nil
}

// An ipSetARN is what the calls of an IP set take.
type ipSetARN struct{ scope, name, id string }

// parseIPSetARN reads arn:P:wafv2:R:A:(regional|global)/ipset/NAME/ID.
func parseIPSetARN(text string) (ipSetARN, error) {
	a, err := arn.Parse(text)
	parts := strings.Split(a.Resource, "/")
	if err != nil || a.Service != "wafv2" || len(parts) != 4 || parts[1] != "ipset" {
		return ipSetARN{}, fmt.Errorf("WAFIPSet %q: want the ARN of an IP set of AWS WAF", text)
	}
	switch parts[0] {
	case "regional":
		return ipSetARN{"REGIONAL", parts[2], parts[3]}, nil
	case "global":
		return ipSetARN{"CLOUDFRONT", parts[2], parts[3]}, nil
	}
	return ipSetARN{}, fmt.Errorf("WAFIPSet %q: want regional or global", text)
}

// checkPlaces checks that the targets are where the clients are.
func checkPlaces(targets []Target, at awspatterns.Target) error {
	for _, t := range targets {
		text := t.WAFIPSet + t.RuleGroup
		if a, err := arn.Parse(text); err != nil || a.AccountID != at.Account || a.Region != at.Region {
			return fmt.Errorf("%s is not in account %s and Region %s, where the Clients are: %w", t, at.Account, at.Region, awspatterns.ErrWrongAccount)
		}
	}
	return nil
}

// A list is what a target holds. Entries are networks in their usual form, and domains.
type list interface {
	// takes reports whether the list can hold an entry, or why not.
	takes(entry string) (why string)

	// has reports whether the entry is there.
	has(entry string) bool

	// part reports whether the entry is there, or some of its rules.
	part(entry string) bool

	// room says why the list cannot hold so many more entries, if it cannot.
	room(add []string) error

	// change adds and removes entries under the token that was read. If the list has
	// changed since, the error wraps apply.ErrMoved.
	change(ctx context.Context, add, remove []string) error
}

// read reads what a target holds.
func (c Clients) read(ctx context.Context, t Target) (list, error) {
	if t.WAFIPSet != "" {
		return readWAFIPSet(ctx, c.WAF, t)
	}
	group, err := readRuleGroup(ctx, c.NetworkFirewall, t)
	if err != nil {
		return nil, err
	}
	if t.Rules != nil {
		return newRuleLines(group)
	}
	return newVariable(group)
}

// A formError is what keeps a target from holding entries, or more of them.
type formError struct {
	reason, fix string
	nothing     bool // there is nothing that could hold an entry
}

func (e *formError) Error() string { return e.reason + ": " + e.fix }

// canonical returns a network as entries write it, or the empty string.
func canonical(text string) string {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()).String()
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return ""
	}
	return unmapped(p).Masked().String()
}

// unmapped returns a network of IPv4 addresses in the form of IPv6 as what it is. In its
// form it contains no address: netip compares only what has the same.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// checkClients checks that there are the clients that targets and tags take.
func checkClients(c Clients, targets []Target, tags bool) error {
	for _, t := range targets {
		if t.WAFIPSet != "" && c.WAF == nil {
			return errors.New("the Clients have no WAF client")
		}
		if t.RuleGroup != "" && c.NetworkFirewall == nil {
			return errors.New("the Clients have no NetworkFirewall client")
		}
	}
	if tags && c.EC2 == nil {
		return errors.New("the Clients have no EC2 client")
	}
	if c.STS == nil {
		return errors.New("the Clients have no STS client")
	}
	return nil
}

// checkTarget checks that the clients are those that a plan was made with.
func checkTarget(ctx context.Context, c Clients, p awspatterns.Plan) error {
	if c.STS == nil {
		return errors.New("the Clients have no STS client")
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return err
	}
	return apply.CheckTarget(p, target)
}
