package respond

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/internal/apply"
)

// A ruleGroup is a stateful rule group as it was read.
type ruleGroup struct {
	client   NetworkFirewallAPI
	target   Target
	group    *types.RuleGroup
	response *types.RuleGroupResponse
	token    *string
}

func readRuleGroup(ctx context.Context, client NetworkFirewallAPI, t Target) (*ruleGroup, error) {
	out, err := client.DescribeRuleGroup(ctx, &networkfirewall.DescribeRuleGroupInput{RuleGroupArn: &t.RuleGroup, Type: types.RuleGroupTypeStateful})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil, &formError{"there is no rule group " + t.RuleGroup, "create it, and attach it to the firewall policy", true}
	}
	if err != nil {
		return nil, err
	}
	if out.RuleGroup == nil || out.RuleGroup.RulesSource == nil || out.RuleGroupResponse == nil {
		return nil, &formError{"the rule group has no rules", "give one with rules in Suricata's form", false}
	}
	return &ruleGroup{client, t, out.RuleGroup, out.RuleGroupResponse, out.UpdateToken}, nil
}

// update replaces the group by what was changed in it, and keeps all else.
func (g *ruleGroup) update(ctx context.Context) error {
	_, err := g.client.UpdateRuleGroup(ctx, &networkfirewall.UpdateRuleGroupInput{
		RuleGroupArn: &g.target.RuleGroup, Type: types.RuleGroupTypeStateful, RuleGroup: g.group, UpdateToken: g.token,
		Description: optional(g.response.Description), EncryptionConfiguration: g.response.EncryptionConfiguration,
		SourceMetadata: g.response.SourceMetadata,
	})
	if _, moved := errors.AsType[*types.InvalidTokenException](err); moved {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// nobody keeps a variable from being empty, which the service refuses. It is the first
// address of TEST-NET-1 (RFC 5737).
const nobody = "192.0.2.0/32"

// A variable is an IP set of a rule group.
type variable struct {
	*ruleGroup
	definition []string
	holds      map[string]bool
}

func newVariable(g *ruleGroup) (*variable, error) {
	v := &variable{ruleGroup: g, holds: map[string]bool{}}
	var set types.IPSet
	found := false
	if g.group.RuleVariables != nil {
		set, found = g.group.RuleVariables.IPSets[g.target.IPSet]
	}
	if !found {
		return nil, &formError{
			"the rule group has no IP set " + g.target.IPSet,
			"add it with " + nobody + " in it, and a rule such as drop ip $" + g.target.IPSet + " any <> any any (sid:1;)",
			true,
		}
	}
	v.definition = set.Definition
	for _, a := range set.Definition {
		v.holds[canonical(a)] = true
	}
	return v, nil
}

func (v *variable) has(entry string) bool { return v.holds[entry] }

func (v *variable) part(entry string) bool { return v.has(entry) }

func (v *variable) takes(entry string) string {
	if _, err := netip.ParsePrefix(entry); err != nil {
		return "an IP set takes addresses only: Rules take domains, too"
	}
	return ""
}

func (v *variable) room([]string) error { return nil }

func (v *variable) change(ctx context.Context, add, remove []string) error {
	kept := slices.DeleteFunc(slices.Clone(v.definition), func(a string) bool {
		return slices.Contains(remove, canonical(a)) || canonical(a) == nobody
	})
	kept = append(kept, add...)
	if len(kept) == 0 {
		kept = []string{nobody}
	}
	v.group.RuleVariables.IPSets[v.target.IPSet] = types.IPSet{Definition: kept}
	return v.update(ctx)
}

// ruleLines are the rules in the text of a group that block entries.
type ruleLines struct {
	*ruleGroup
	text blockText
}

func newRuleLines(g *ruleGroup) (*ruleLines, error) {
	source := g.group.RulesSource.RulesString
	if source == nil {
		return nil, &formError{"the rules of the group are not in Suricata's form", "give a group with a rules string, or an IPSet", true}
	}
	text, err := readBlockText(*source)
	if err != nil {
		return nil, &formError{err.Error(), "correct the rules of the group", false}
	}
	return &ruleLines{g, text}, nil
}

func (r *ruleLines) has(entry string) bool { return r.text.blocks(entry, r.target.Rules.Alert) }

func (r *ruleLines) part(entry string) bool { return r.text.count(entry, true) > 0 }

func (r *ruleLines) takes(string) string { return "" }

func (r *ruleLines) room(add []string) error {
	text, err := r.text.with(add, *r.target.Rules)
	if err != nil {
		return err
	}
	if n, most := text.rules(), int(aws.ToInt32(r.response.Capacity)); n > most {
		return &formError{
			fmt.Sprintf("the group would have %d rules, and has a capacity of %d", n, most),
			"lift blocks that have expired, or give a group of more capacity: it cannot be changed",
			false,
		}
	}
	return nil
}

func (r *ruleLines) change(ctx context.Context, add, remove []string) error {
	text, err := r.text.without(remove).with(add, *r.target.Rules)
	if err != nil {
		return err
	}
	r.group.RulesSource.RulesString = aws.String(text.String())
	return r.update(ctx)
}
