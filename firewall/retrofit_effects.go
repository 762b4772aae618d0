package firewall

import (
	"fmt"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// RetrofitEffects are what Firewall Manager is predicted to do.
type RetrofitEffects struct {
	// After is the evaluation of the State under the policy as planned.
	After retrofit.Evaluation `json:"after"`
}

// predict adds what Firewall Manager will do, and what is charged for.
func (p *RetrofitPlan) predict(opts RetrofitOptions, found *foundPolicy) error {
	if opts.State != nil {
		after, err := opts.Assumptions.Evaluate(*opts.State, p.Policy)
		if err != nil {
			return fmt.Errorf("the State: %w", err)
		}
		p.Effects = &RetrofitEffects{After: after}
	}
	if p.Applies() {
		p.Costs = p.costs(opts)
	}
	return nil
}

// costs are what the plan leads to each month ("AWS Firewall Manager pricing", "AWS
// WAF pricing"): the policy in its Region, and what Firewall Manager makes in the
// accounts.
func (p *RetrofitPlan) costs(opts RetrofitOptions) []awspatterns.Cost {
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
	created, groups := p.Effects.added(p.Policy)
	return append(costs,
		awspatterns.Cost{
			Item: "web ACLs that Firewall Manager creates, as predicted, each month", Quantity: float64(created), Unit: "web ACL",
			Price: opts.Prices.WebACL, Ceiling: float64(opts.MaxWebACLs),
		},
		awspatterns.Cost{
			Item: "rule groups that it puts into web ACLs, as predicted, each month", Quantity: float64(groups), Unit: "rule group",
			Price: opts.Prices.RuleGroup,
		})
}

// added returns how many web ACLs Firewall Manager creates, and how many rule groups
// it puts into those and into others.
func (e *RetrofitEffects) added(p retrofit.Policy) (webACLs, groups int) {
	webACLs = len(e.After.Created)
	groups = webACLs * (len(p.Data.PreProcessRuleGroups) + len(p.Data.PostProcessRuleGroups))
	for _, acl := range e.After.WebACLs {
		groups += len(acl.Adds)
	}
	return webACLs, groups
}
