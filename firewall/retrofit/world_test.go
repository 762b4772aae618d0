package retrofit_test

import (
	"fmt"
	"slices"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
	common  = "AWS/AWSManagedRulesCommonRuleSet"
	ms      = "-1621880374078"
)

// A world is a state that tests write down in a few words.
type world struct{ State }

func newWorld() *world {
	return &world{State{
		Accounts:   []Account{{ID: account, OrgUnits: []string{"ou-ab12-11111111"}, Regions: []string{region}}},
		RuleGroups: []RuleGroup{{ID: common, Capacity: 700}},
	}}
}

// balancer adds a load balancer, tagged Tier: Production, and returns it.
func (w *world) balancer(name, acl string) *Resource {
	arn := fmt.Sprintf("arn:aws:elasticloadbalancing:%s:%s:loadbalancer/app/%s/1", region, account, name)
	return w.resource(Resource{ARN: arn, Type: LoadBalancer, Name: name, Tags: map[string]string{"Tier": "Production"}}, acl)
}

// resource adds a resource to a web ACL, which is added if it is not there.
func (w *world) resource(r Resource, acl string) *Resource {
	r.Account, r.Region = account, region
	if acl != "" {
		shared := w.acl(acl)
		shared.Associations = append(shared.Associations, r.ARN)
		r.WebACL = shared.ARN
	}
	w.Resources = append(w.Resources, r)
	return &w.Resources[len(w.Resources)-1]
}

// acl returns a web ACL of the account. The pointer is good until the next is added.
func (w *world) acl(name string) *WebACL {
	arn := fmt.Sprintf("arn:aws:wafv2:%s:%s:regional/webacl/%s/1", region, account, name)
	i := slices.IndexFunc(w.WebACLs, func(acl WebACL) bool { return acl.ARN == arn })
	if i < 0 {
		i = len(w.WebACLs)
		w.WebACLs = append(w.WebACLs, WebACL{ARN: arn, Name: name, Account: account, Region: region, Scope: "REGIONAL", Capacity: 100})
	}
	return &w.WebACLs[i]
}

// retrofitted marks a web ACL as retrofitted by a policy.
func (w *world) retrofitted(acl, policy string) *WebACL {
	a := w.acl(acl)
	a.Retrofitted, a.Capacity = true, 800
	a.Pre = []ManagedGroup{{Name: "PREFMManaged-" + policy + ms, RuleGroup: common, Override: "NONE"}}
	return a
}

// made adds a web ACL that Firewall Manager made for a policy.
func (w *world) made(policy string) string {
	name := "FMManagedWebACLV2-" + policy + ms
	a := w.acl(name)
	a.Managed, a.Capacity = true, 700
	a.Pre = []ManagedGroup{{Name: "PREFMManaged-" + policy + ms, RuleGroup: common, Override: "NONE"}}
	return name
}

// orgPolicy covers load balancers with the tag Tier: Production.
func orgPolicy(change ...func(*Policy)) Policy {
	p := Policy{
		Name: "Org", Region: region, ResourceTypes: []ResourceType{LoadBalancer}, Remediate: true,
		Tags: []Tag{{"Tier", "Production"}},
		Data: ServiceData{
			Type: "WAFV2", WebACLSource: SourceRetrofit, DefaultAction: DefaultAction{Type: "ALLOW"}, OptimizeUnassociatedWebACL: true,
			PreProcessRuleGroups: []PolicyRuleGroup{{
				RuleGroupType: "ManagedRuleGroup", OverrideAction: DefaultAction{Type: "NONE"}, SampledRequestsEnabled: true,
				Managed: &ManagedID{VendorName: "AWS", ManagedRuleGroupName: "AWSManagedRulesCommonRuleSet"},
			}},
		},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func withLogging(p *Policy) {
	p.Data.LoggingConfiguration = &LoggingConfiguration{LogDestinationConfigs: []string{"arn:aws:s3:::aws-waf-logs-org"}}
}

func remediationOff(p *Policy) { p.Remediate = false }

func byDefault(p *Policy) { p.Data.WebACLSource = SourceDefault }

func override(p *Policy) {
	byDefault(p)
	p.Data.OverrideCustomerWebACLAssociation = true
}

func cleanUp(p *Policy) { p.CleanUp = true }

func keepUnused(p *Policy) { p.Data.OptimizeUnassociatedWebACL = false }

func evaluate(t testing.TB, s State, p Policy) Evaluation {
	t.Helper()
	e, err := Evaluate(s, p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func aclVerdict(t testing.TB, e Evaluation, name string) ACLVerdict {
	t.Helper()
	i := slices.IndexFunc(e.WebACLs, func(v ACLVerdict) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("no web ACL %s in %+v", name, e.WebACLs)
	}
	return e.WebACLs[i]
}

func resourceVerdict(t testing.TB, e Evaluation, name string) ResourceVerdict {
	t.Helper()
	i := slices.IndexFunc(e.Resources, func(v ResourceVerdict) bool { return v.Name == name || v.ARN == name })
	if i < 0 {
		t.Fatalf("no resource %s in %+v", name, e.Resources)
	}
	return e.Resources[i]
}

// short writes a verdict in a form that tests compare.
func short(v Verdict) string {
	text := string(v.Outcome) + "/" + string(v.Compliance)
	for _, r := range v.Reasons {
		text += " " + r.Violation
		if r.Detail != "" {
			text += "(" + r.Detail + ")"
		}
	}
	return text + " " + string(v.Basis)
}
