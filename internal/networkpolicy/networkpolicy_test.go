package networkpolicy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/networkpolicy"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
)

const (
	account, region = "123456789012", "eu-west-1"

	prefix = "arn:aws:network-firewall:eu-west-1:123456789012:stateful-rulegroup/"
)

func start(t *testing.T) (*networkfirewall.Service, *nfw.Client) {
	cloud := awstest.New(t)
	return networkfirewall.New(cloud), nfw.NewFromConfig(cloud.Config(region, account))
}

func seed(s *networkfirewall.Service, order types.RuleOrder, names ...string) {
	for _, name := range names {
		s.CreateRuleGroup(account, region, networkfirewall.RuleGroup{Name: name, Capacity: 1, Rules: types.RuleGroup{
			RulesSource:         &types.RulesSource{RulesString: aws.String(`drop ip any any -> any any (sid:1;)`)},
			StatefulRuleOptions: &types.StatefulRuleOptions{RuleOrder: order},
		}})
	}
}

// strict is a policy that refers to groups, "name priority" each.
func strict(refs ...string) types.FirewallPolicy {
	p := types.FirewallPolicy{StatefulEngineOptions: &types.StatefulEngineOptions{RuleOrder: types.RuleOrderStrictOrder}}
	for _, text := range refs {
		var name string
		var priority int32
		fmt.Sscan(text, &name, &priority)
		p.StatefulRuleGroupReferences = append(p.StatefulRuleGroupReferences, types.StatefulRuleGroupReference{ResourceArn: aws.String(prefix + name), Priority: &priority})
	}
	return p
}

func shown(p types.FirewallPolicy) string {
	var refs []string
	for _, r := range p.StatefulRuleGroupReferences {
		refs = append(refs, fmt.Sprint(strings.TrimPrefix(*r.ResourceArn, prefix), " ", aws.ToInt32(r.Priority)))
	}
	return strings.Join(refs, ", ")
}

func TestAttach(t *testing.T) {
	for _, test := range []struct {
		name, refs string
		instead    []string
		want       string
		unchanged  bool
	}{
		{name: "first", want: "geo 100"},
		{name: "beside others", refs: "a 1,b 2", want: "a 1, b 2, geo 100"},
		{name: "there already", refs: "a 1,geo 100,b 2", want: "a 1, geo 100, b 2", unchanged: true},
		{name: "at another priority", refs: "a 1,geo 9", want: "a 1, geo 100"},
		{name: "instead of an older one", refs: "a 1,old 100,b 2", instead: []string{prefix + "old"}, want: "a 1, geo 100, b 2"},
		{name: "both there", refs: "old 100,geo 101", instead: []string{prefix + "old"}, want: "geo 100"},
		{name: "both there, the new one first", refs: "geo 100,old 101", instead: []string{prefix + "old"}, want: "geo 100"},
		{name: "what is instead is not there", refs: "a 1", instead: []string{prefix + "old"}, want: "a 1, geo 100"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := networkpolicy.Policy{Content: strict(strings.FieldsFunc(test.refs, func(r rune) bool { return r == ',' })...)}
			before := shown(p.Content)
			got, changed := p.Attach(prefix+"geo", 100, test.instead)
			if shown(got.Content) != test.want || changed == test.unchanged {
				t.Errorf("got %s, changed %t", shown(got.Content), changed)
			}
			if shown(p.Content) != before {
				t.Errorf("the policy itself has changed to %s", shown(p.Content))
			}
			if r := got.Reference(prefix + "geo"); r == nil || *r.Priority != 100 {
				t.Errorf("got reference %v", r)
			}
		})
	}
}

func TestObstacle(t *testing.T) {
	var twenty []string
	for i := range 20 {
		twenty = append(twenty, fmt.Sprintf("g%d %d", i, i+1))
	}
	for _, test := range []struct {
		name    string
		policy  networkpolicy.Policy
		instead []string
		want    string
	}{
		{name: "none", policy: networkpolicy.Policy{Order: types.RuleOrderStrictOrder, Content: strict("a 1")}},
		{name: "its own priority", policy: networkpolicy.Policy{Order: types.RuleOrderStrictOrder, Content: strict("geo 100")}},
		{name: "priority of another", policy: networkpolicy.Policy{Order: types.RuleOrderStrictOrder, Content: strict("a 100")}, want: "priority 100 is that of " + prefix + "a"},
		{name: "priority of what it replaces", policy: networkpolicy.Policy{Order: types.RuleOrderStrictOrder, Content: strict("a 100")}, instead: []string{prefix + "a"}},
		{name: "order", policy: networkpolicy.Policy{Order: types.RuleOrderDefaultActionOrder}, want: "its order is DEFAULT_ACTION_ORDER"},
		{name: "full", policy: networkpolicy.Policy{Order: types.RuleOrderStrictOrder, Content: strict(twenty...)}, want: "it would refer to 21"},
		{name: "full, and in the place of one", policy: networkpolicy.Policy{Order: types.RuleOrderStrictOrder, Content: strict(twenty...)}, instead: []string{prefix + "g1"}},
		{name: "deleting", policy: networkpolicy.Policy{Status: types.ResourceStatusDeleting, Order: types.RuleOrderStrictOrder}, want: "its status is DELETING"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.policy.Obstacle(prefix+"geo", types.RuleOrderStrictOrder, 100, test.instead)
			if (got.Action == "") != (test.want == "") || !strings.Contains(got.Reason, test.want) {
				t.Errorf("got %+v, want %q", got, test.want)
			}
		})
	}
}

// All that a change of the references is not about stays as it was.
func TestPutKeepsTheRest(t *testing.T) {
	s, c := start(t)
	seed(s, types.RuleOrderStrictOrder, "a", "geo")
	content := strict("a 1")
	content.StatefulDefaultActions = []string{"aws:drop_established"}
	content.StatefulEngineOptions.StreamExceptionPolicy = types.StreamExceptionPolicyReject
	content.PolicyVariables = &types.PolicyVariables{RuleVariables: map[string]types.IPSet{"HOME_NET": {Definition: []string{"10.0.0.0/8"}}}}
	key := &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerKms, KeyId: aws.String("key")}
	s.CreatePolicy(account, region, networkfirewall.Policy{Name: "p", Description: "of the edge", Policy: content, Encryption: key, Tags: map[string]string{"a": "b"}})

	p, err := networkpolicy.Read(t.Context(), c, "p")
	if err != nil {
		t.Fatal(err)
	}
	attached, _ := p.Attach(prefix+"geo", 100, nil)
	if err := networkpolicy.Put(t.Context(), c, attached); err != nil {
		t.Fatal(err)
	}
	got, _ := s.Policy(account, region, "p")
	if got.Description != "of the edge" || *got.Encryption.KeyId != "key" || got.Policy.StatefulDefaultActions[0] != "aws:drop_established" ||
		got.Policy.StatefulEngineOptions.StreamExceptionPolicy != types.StreamExceptionPolicyReject || len(got.Policy.PolicyVariables.RuleVariables) != 1 ||
		shown(got.Policy) != "a 1, geo 100" {
		t.Errorf("got %+v", got)
	}
	if err := networkpolicy.Put(t.Context(), c, attached); !errors.Is(err, apply.ErrMoved) {
		t.Errorf("with an old token, got %v", err)
	}
	again, err := networkpolicy.Read(t.Context(), c, p.ARN)
	if err != nil || again.Token == p.Token {
		t.Errorf("got %v, %v", again, err)
	}
	if _, changed := again.Attach(prefix+"geo", 100, nil); changed {
		t.Error("what is so already is changed")
	}
}

func TestReadAbsent(t *testing.T) {
	_, c := start(t)
	_, err := networkpolicy.Read(t.Context(), c, "p")
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("got %v", err)
	}
}
