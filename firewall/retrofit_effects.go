package firewall

import (
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// RetrofitEffects are what Firewall Manager is predicted to do, with the State that
// was given. What could not be read for it is in After.Unread.
type RetrofitEffects struct {
	// After is the evaluation under the policy as planned.
	After retrofit.Evaluation `json:"after"`

	// Change is what differs from the evaluation under the policy that is there; nil
	// if there is none, or NoChange says why it could not be evaluated.
	Change   *retrofit.Difference `json:"change,omitempty"`
	NoChange string               `json:"noChange,omitempty"`
}

// predict adds what Firewall Manager will do, and what is charged for.
func (p *RetrofitPlan) predict(opts RetrofitOptions, found *foundPolicy, unknown error) error {
	var grows growth
	if opts.State != nil {
		effects, err := RetrofitEffects{}, error(nil)
		if effects, grows, err = effectsOf(opts, p.Policy, found); err != nil {
			return fmt.Errorf("the State: %w", err)
		}
		if unknown != nil {
			effects.NoChange = reason.Of(unknown)
		}
		p.Effects = &effects
	}
	if p.Applies() {
		p.Costs = p.costs(opts, grows)
	}
	return nil
}

func effectsOf(opts RetrofitOptions, policy retrofit.Policy, found *foundPolicy) (RetrofitEffects, growth, error) {
	if found != nil {
		policy.Name = found.Name // what it has retrofitted is known by its old name
	}
	after, err := opts.Assumptions.Evaluate(*opts.State, policy)
	effects, grows := RetrofitEffects{After: after}, growthOf(after, policy)
	if err != nil || found == nil {
		return effects, grows, err
	}
	before, err := opts.Assumptions.Evaluate(*opts.State, found.Policy)
	if err != nil { // it is no worse a plan for that
		effects.NoChange = err.Error()
		return effects, grows, nil
	}
	change, was := retrofit.Diff(before, after), growthOf(before, found.Policy)
	effects.Change = &change
	return effects, growth{max(0, grows.webACLs-was.webACLs), max(0, grows.groups-was.groups)}, nil
}

// A growth is what Firewall Manager adds to the accounts.
type growth struct{ webACLs, groups int }

// growthOf returns how many web ACLs Firewall Manager creates, and how many rule
// groups it puts into those and into others.
func growthOf(e retrofit.Evaluation, p retrofit.Policy) growth {
	g := growth{webACLs: len(e.Created)}
	g.groups = g.webACLs * (len(p.Data.PreProcessRuleGroups) + len(p.Data.PostProcessRuleGroups))
	for _, acl := range e.WebACLs {
		g.groups += len(acl.Adds)
	}
	return g
}

// String returns the plan as text for a person, with the effects that are predicted
// apart from the changes.
func (p RetrofitPlan) String() string { return p.Plan.String() + "\n" + p.Effects.text() }

// effectsLimit keeps a plan, whose own part has at most 60,000 bytes, within a
// comment on a pull request (65,536 characters on GitHub).
const effectsLimit = 5_000

// WriteMarkdown writes the plan for a pull request, with the first 5,000 bytes of
// the effects.
func (p RetrofitPlan) WriteMarkdown(w io.Writer) error {
	if err := p.Plan.WriteMarkdown(w); err != nil {
		return err
	}
	var b strings.Builder
	lines := strings.SplitAfter(strings.TrimSuffix(p.Effects.text(), "\n"), "\n")
	for i, line := range lines {
		if b.Len()+len(line) > effectsLimit {
			fmt.Fprintf(&b, "    … and %d more lines\n", len(lines)-i)
			break
		}
		b.WriteString("    " + line) // so that no name ends the block
	}
	_, err := fmt.Fprintf(w, "\n~~~~~\n%s\n~~~~~\n", strings.TrimSuffix(b.String(), "\n"))
	return err
}

func (e *RetrofitEffects) text() string {
	if e == nil {
		return "What Firewall Manager will do is not predicted: there is no State.\n"
	}
	var b strings.Builder
	b.WriteString("Predicted effects, which Firewall Manager brings about by itself:\n\n")
	switch {
	case e.Change != nil:
		b.WriteString(strings.TrimLeft(e.Change.String(), "\n"))
		fmt.Fprintf(&b, "\nIn all: %s\n", e.After.Summary())
		for _, u := range e.After.Unread {
			place := strings.TrimSpace(printable.Escape(u.Account) + " " + printable.Escape(u.Region))
			fmt.Fprintf(&b, "Not read, and unknown: %s: %s: %s\n", place, printable.Escape(u.What), printable.Escape(u.Reason))
		}
	default:
		b.WriteString(e.After.String())
	}
	if e.NoChange != "" {
		fmt.Fprintf(&b, "What differs from now is unknown: %s\n", printable.Escape(e.NoChange))
	}
	return b.String()
}

// costs are what the plan leads to each month ("AWS Firewall Manager pricing", "AWS
// WAF pricing"): the policy in its Region, and what Firewall Manager makes in the
// accounts that it does not make under the policy that is there.
func (p *RetrofitPlan) costs(opts RetrofitOptions, grows growth) []awspatterns.Cost {
	var costs []awspatterns.Cost
	if p.Count(awspatterns.Create) > 0 {
		costs = append(costs, awspatterns.Cost{
			Item: "AWS Firewall Manager policy, each month", Quantity: 1, Unit: "policy and Region", Price: opts.Prices.Policy,
		})
	}
	if p.Effects == nil {
		return append(costs,
			awspatterns.Cost{Item: "web ACLs that Firewall Manager creates, unknown without a State", Unit: "web ACL-month"},
			awspatterns.Cost{Item: "rule groups that it puts into web ACLs, unknown without a State", Unit: "rule group-month"})
	}
	return append(costs,
		awspatterns.Cost{
			Item: "web ACLs that Firewall Manager creates, as predicted, each month", Quantity: float64(grows.webACLs), Unit: "web ACL",
			Price: opts.Prices.WebACL, Ceiling: float64(opts.MaxWebACLs),
		},
		awspatterns.Cost{
			Item: "rule groups that it puts into web ACLs, as predicted, each month", Quantity: float64(grows.groups), Unit: "rule group",
			Price: opts.Prices.RuleGroup,
		})
}
