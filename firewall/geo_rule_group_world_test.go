package firewall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

const (
	geoAccount = "123456789012"
	geoRegion  = "eu-north-1"
	geoPrefix  = "arn:aws:network-firewall:eu-north-1:123456789012:stateful-rulegroup/"
)

// A geoWorld is an account with Network Firewall.
type geoWorld struct {
	*awstest.Cloud
	nfw  *networkfirewall.Service
	file []byte // that a plan is kept in
}

// newGeoWorld has a policy "edge" of strict order, which refers to a group "dns", and
// one "plain" in the order of actions.
func newGeoWorld(c *awstest.Cloud) *geoWorld {
	w := &geoWorld{Cloud: c, nfw: networkfirewall.New(c)}
	w.nfw.PageSize, w.nfw.DeletingFor, w.nfw.InUseFor = 1, 3*time.Second, 5*time.Second
	sts.Handle(c)
	dns := w.group("dns", rules.StrictOrder, 5, `drop udp any any -> any 53 (sid:1;)`, nil)
	w.policy("edge", rules.StrictOrder, ref(dns, 1))
	w.policy("plain", rules.ActionOrder)
	return w
}

// group makes a rule group by another hand.
func (w *geoWorld) group(name string, order rules.Order, capacity int32, text string, tags map[string]string) (arn string) {
	return w.nfw.CreateRuleGroup(geoAccount, geoRegion, networkfirewall.RuleGroup{
		Name: name, Capacity: capacity, Tags: tags,
		Rules: types.RuleGroup{
			RulesSource:         &types.RulesSource{RulesString: &text},
			StatefulRuleOptions: &types.StatefulRuleOptions{RuleOrder: types.RuleOrder(order)},
		},
	})
}

func (w *geoWorld) policy(name string, order rules.Order, refs ...types.StatefulRuleGroupReference) {
	w.nfw.CreatePolicy(geoAccount, geoRegion, networkfirewall.Policy{Name: name, Description: "of the " + name, Policy: types.FirewallPolicy{
		StatefulEngineOptions:       &types.StatefulEngineOptions{RuleOrder: types.RuleOrder(order), StreamExceptionPolicy: types.StreamExceptionPolicyReject},
		StatefulRuleGroupReferences: refs,
	}})
}

func ref(arn string, priority int32) types.StatefulRuleGroupReference {
	return types.StatefulRuleGroupReference{ResourceArn: &arn, Priority: &priority}
}

func (w *geoWorld) clients() firewall.Clients {
	return firewall.NewClients(w.Config(geoRegion, geoAccount))
}

func (w *geoWorld) sdk() *nfw.Client { return nfw.NewFromConfig(w.Config(geoRegion, geoAccount)) }

// text returns the rules of a group, without comments and empty lines.
func (w *geoWorld) text(t *testing.T, name string) string {
	t.Helper()
	g, ok := w.nfw.RuleGroup(geoAccount, geoRegion, name)
	if !ok {
		t.Fatalf("there is no group %s", name)
	}
	var lines []string
	for line := range strings.Lines(aws.ToString(g.Rules.RulesSource.RulesString)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// refs returns what a policy refers to, as "name priority".
func (w *geoWorld) refs(policy string) string {
	p, _ := w.nfw.Policy(geoAccount, geoRegion, policy)
	var refs []string
	for _, r := range p.Policy.StatefulRuleGroupReferences {
		refs = append(refs, fmt.Sprint(strings.TrimPrefix(*r.ResourceArn, geoPrefix), " ", aws.ToInt32(r.Priority)))
	}
	return strings.Join(refs, ", ")
}

func blockJP() rules.GeoRule {
	return rules.GeoRule{Name: "block-jp", Action: rules.Drop, Match: rules.Any, Countries: []string{"JP"}, Source: "$EXTERNAL_NET", Destination: "$HOME_NET"}
}

// geoOptions are three rules, of which one becomes two, as it logs what it passes.
func geoOptions() firewall.GeoRuleGroupOptions {
	return firewall.GeoRuleGroupOptions{
		Name: "geo", Description: "Countries", Policy: "edge", Priority: 100, Tags: map[string]string{"team": "network"},
		Rules: []rules.GeoRule{
			{Name: "allow-in", Action: rules.Pass, Match: rules.Src, Countries: []string{"IN"}, Source: "$EXTERNAL_NET", Destination: "$HOME_NET"},
			blockJP(),
			{Name: "ssh", Action: rules.Drop, Match: rules.Src, Countries: []string{"RU"}, Protocol: "ssh", Source: "$EXTERNAL_NET", Destination: "$OFFICES"},
		},
		Variables: rules.Variables{IPSets: map[string][]string{"OFFICES": {"203.0.113.0/24"}}},
	}
}

func geoMark(name string) map[string]string {
	return map[string]string{"awspatterns": "firewall.GeoRuleGroup/" + name}
}

// geoText renders rules as for a new group.
func geoText(order rules.Order, of ...rules.GeoRule) string {
	rendered, err := rules.RenderGeoRules(rules.GeoRulesOptions{Rules: of, Order: order})
	if err != nil {
		panic(err)
	}
	return rendered.Text
}

// outgrownGeo has a group of ours with too little capacity, at another priority, and a
// group that is in the way of the name of the next.
func outgrownGeo(c *awstest.Cloud) *geoWorld {
	w := newGeoWorld(c)
	arn := w.group("geo", rules.StrictOrder, 3, geoText(rules.StrictOrder, blockJP()), geoMark("geo"))
	w.group("geo-2", rules.StrictOrder, 3, `drop ip any any -> any any (sid:1;)`, geoMark("geo-2"))
	w.nfw.ChangePolicy(geoAccount, geoRegion, "edge", func(p *types.FirewallPolicy) {
		p.StatefulRuleGroupReferences = append(p.StatefulRuleGroupReferences, ref(arn, 90))
	})
	return w
}

// staleGeo has a group of ours that has room, with other rules, an older one that was
// left, and a policy that refers to the older one.
func staleGeo(c *awstest.Cloud) *geoWorld {
	w := newGeoWorld(c)
	old := w.group("geo", rules.ActionOrder, 3, geoText(rules.ActionOrder, blockJP()), geoMark("geo"))
	w.policy("plain", rules.ActionOrder, types.StatefulRuleGroupReference{ResourceArn: &old})
	w.nfw.ChangePolicy(geoAccount, geoRegion, "plain", func(p *types.FirewallPolicy) { p.StatefulRuleGroupReferences = nil })
	next := w.group("geo-2", rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP(), rules.GeoRule{Name: "gone", Action: rules.Alert, Match: rules.Src, Countries: []string{"FR"}}), geoMark("geo"))
	w.nfw.ChangePolicy(geoAccount, geoRegion, "edge", func(p *types.FirewallPolicy) {
		p.StatefulRuleGroupReferences = append(p.StatefulRuleGroupReferences, ref(next, 90))
	})
	return w
}

// strictGeo has a group of ours in strict order that no policy uses.
func strictGeo(c *awstest.Cloud) *geoWorld {
	w := newGeoWorld(c)
	w.group("geo", rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP()), geoMark("geo"))
	return w
}

// foreignGeo has a group of that name that somebody else made.
func foreignGeo(c *awstest.Cloud) *geoWorld {
	w := newGeoWorld(c)
	w.group("geo", rules.StrictOrder, 20, `drop ip any any -> any any (geoip:src,KP; sid:7;)`, map[string]string{"team": "other", "cost": "1"})
	return w
}

// applyGeo plans and applies.
func applyGeo(ctx context.Context, c firewall.Clients, opts firewall.GeoRuleGroupOptions) (firewall.GeoRuleGroupResult, error) {
	plan, err := firewall.PlanGeoRuleGroup(ctx, c, opts)
	if err != nil {
		return firewall.GeoRuleGroupResult{}, err
	}
	return firewall.ApplyGeoRuleGroup(ctx, c, plan)
}

func plannedGeo(t *testing.T, w *geoWorld, opts firewall.GeoRuleGroupOptions) firewall.GeoRuleGroupPlan {
	t.Helper()
	plan, err := firewall.PlanGeoRuleGroup(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// briefGeo tells each change in two words.
func briefGeo(plan firewall.GeoRuleGroupPlan) (lines []string) {
	for _, c := range plan.Changes {
		lines = append(lines, string(c.Action)+" "+c.Resource.ID[strings.LastIndex(c.Resource.ID, "/")+1:])
	}
	return lines
}

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *geoWorld) keptPlan(ctx context.Context, opts firewall.GeoRuleGroupOptions) (plan firewall.GeoRuleGroupPlan, err error) {
	if w.file == nil {
		if plan, err = firewall.PlanGeoRuleGroup(ctx, w.clients(), opts); err != nil || plan.Incomplete {
			return plan, err
		}
		text, err := json.Marshal(plan)
		if err != nil {
			return plan, err
		}
		if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
			return plan, err
		}
	}
	plan = firewall.GeoRuleGroupPlan{}
	err = json.Unmarshal(w.file, &plan)
	return plan, err
}
