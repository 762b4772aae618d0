package retrofit_test

import (
	"strings"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

func TestScope(t *testing.T) {
	ou := func(units ...string) Accounts { return Accounts{OrgUnits: units} }
	ids := func(ids ...string) Accounts { return Accounts{IDs: ids} }
	const child, parent, elsewhere = "ou-ab12-11111111", "ou-ab12-22222222", "ou-ab12-33333333"
	noTags := func(change func(*Policy)) func(*Policy) {
		return func(p *Policy) { p.Tags = nil; change(p) }
	}
	tests := []struct {
		name     string
		resource func(*Resource)
		policy   func(*Policy)
		want     Scope
		why      string
	}{
		{"type", func(r *Resource) { r.Type = APIStage }, nil, NotInScope, "the policy does not cover AWS::ApiGateway::Stage"},
		{"type that no policy covers", func(r *Resource) { r.Type = UserPool }, func(p *Policy) { p.ResourceTypes = append(p.ResourceTypes, UserPool) },
			NotInScope, "no policy covers AWS::Cognito::UserPool"},
		{"no type", func(r *Resource) { r.Type = "" }, nil, NotInScope, "no policy covers"},
		{"region", func(r *Resource) { r.Region = "eu-west-1" }, nil, NotInScope, "it is in eu-west-1 and the policy in eu-central-1"},
		{"distribution", func(r *Resource) { r.Type, r.Region = Distribution, "us-east-1" },
			func(p *Policy) { p.Region, p.ResourceTypes = "us-east-1", []ResourceType{Distribution} }, InScope, ""},
		{"distribution that says global", func(r *Resource) { r.Type, r.Region = Distribution, "global" },
			func(p *Policy) { p.Region, p.ResourceTypes = "us-east-1", []ResourceType{Distribution} }, InScope, ""},
		{"distribution, policy elsewhere", func(r *Resource) { r.Type = Distribution },
			func(p *Policy) { p.ResourceTypes = []ResourceType{Distribution} }, NotInScope, "it is in us-east-1"},

		{"included account", nil, noTags(func(p *Policy) { p.Include = ids(account) }), InScope, ""},
		{"other included account", nil, noTags(func(p *Policy) { p.Include = ids("999999999999") }), NotInScope, "the policy does not include account 111122223333"},
		{"excluded account", nil, noTags(func(p *Policy) { p.Exclude = ids(account) }), NotInScope, "the policy excludes account 111122223333"},
		{"other excluded account", nil, noTags(func(p *Policy) { p.Exclude = ids("999999999999") }), InScope, ""},
		{"included unit", nil, noTags(func(p *Policy) { p.Include = ou(child) }), InScope, ""},
		{"included parent", nil, noTags(func(p *Policy) { p.Include = ou(parent) }), InScope, ""},
		{"other included unit", nil, noTags(func(p *Policy) { p.Include = ou(elsewhere) }), NotInScope, "does not include"},
		{"excluded parent", nil, noTags(func(p *Policy) { p.Exclude = ou(parent) }), NotInScope, "excludes"},
		{"account and other unit", nil, noTags(func(p *Policy) { p.Include = Accounts{IDs: []string{account}, OrgUnits: []string{elsewhere}} }), InScope, ""},
		{"Include wins over Exclude", nil, noTags(func(p *Policy) { p.Include, p.Exclude = ou(child), ids(account) }), InScope, ""},

		{"tag", nil, nil, InScope, ""},
		{"no tag", func(r *Resource) { r.Tags = nil }, nil, NotInScope, "it lacks the tag Tier: Production"},
		{"other value", func(r *Resource) { r.Tags["Tier"] = "Staging" }, nil, NotInScope, "it lacks the tag Tier: Production"},
		{"other case", func(r *Resource) { r.Tags["Tier"] = "production" }, nil, NotInScope, "it lacks"},
		{"empty value", func(r *Resource) { r.Tags = map[string]string{"Tier": ""} }, func(p *Policy) { p.Tags = []Tag{{"Tier", ""}} }, InScope, ""},
		{"empty value wanted", nil, func(p *Policy) { p.Tags = []Tag{{"Tier", ""}} }, NotInScope, "it lacks the tag Tier"},
		{"key absent, empty value wanted", func(r *Resource) { r.Tags = nil }, func(p *Policy) { p.Tags = []Tag{{"Tier", ""}} }, NotInScope, "it lacks the tag Tier"},
		{"all tags", func(r *Resource) { r.Tags["Team"] = "a" }, func(p *Policy) { p.Tags = append(p.Tags, Tag{"Team", "a"}) }, InScope, ""},
		{"one of all tags", nil, func(p *Policy) { p.Tags = append(p.Tags, Tag{"Team", "a"}) }, NotInScope, "it lacks the tag Team: a"},
		{"any tag", nil, func(p *Policy) { p.Tags, p.AnyTag = append(p.Tags, Tag{"Team", "a"}), true }, InScope, ""},
		{"none of any tag", func(r *Resource) { r.Tags = nil }, func(p *Policy) { p.Tags, p.AnyTag = append(p.Tags, Tag{"Team", "a"}), true },
			NotInScope, "it has none of the tags Tier: Production, Team: a"},
		{"excluded tag", nil, func(p *Policy) { p.ExcludeTags = true }, NotInScope, "it has the tag Tier: Production, which the policy leaves out"},
		{"excluded tag that is not there", func(r *Resource) { r.Tags = nil }, func(p *Policy) { p.ExcludeTags = true }, InScope, ""},
		{"one of all excluded tags", nil, func(p *Policy) { p.ExcludeTags, p.Tags = true, append(p.Tags, Tag{"Team", "a"}) }, InScope, ""},
		{"one of any excluded tag", nil, func(p *Policy) { p.ExcludeTags, p.AnyTag, p.Tags = true, true, append(p.Tags, Tag{"Team", "a"}) },
			NotInScope, "it has the tag Tier: Production, which"},
		{"exclude without tags", nil, noTags(func(p *Policy) { p.ExcludeTags = true }), InScope, ""},

		{"asterisk", nil, func(p *Policy) { p.Tags = []Tag{{"Tier", "Prod*"}} }, UnknownScope, "whether Tier: Prod* stands for other tags is not documented"},
		{"asterisk that is there", func(r *Resource) { r.Tags["Tier"] = "Prod*" }, func(p *Policy) { p.Tags = []Tag{{"Tier", "Prod*"}} }, InScope, ""},
		{"asterisk, and another tag is lacking", nil, func(p *Policy) { p.Tags = []Tag{{"Tier", "Prod*"}, {"Team", "a"}} }, NotInScope, "it lacks the tag Team: a"},
		{"asterisk, or a tag that is there", nil, func(p *Policy) { p.Tags, p.AnyTag = append(p.Tags, Tag{"T*", ""}), true }, InScope, ""},
		{"asterisk, or a tag that is lacking", nil, func(p *Policy) { p.Tags, p.AnyTag = []Tag{{"Team", "a"}, {"T*", ""}}, true }, UnknownScope, "whether T* stands"},
		{"excluded asterisk", nil, func(p *Policy) { p.Tags, p.ExcludeTags = []Tag{{"T*", ""}}, true }, UnknownScope, "whether T* stands"},
		{"two reasons", func(r *Resource) { r.Tags = nil }, func(p *Policy) { p.Exclude = ids(account) }, NotInScope,
			"the policy excludes account 111122223333, and it lacks the tag Tier: Production"},
		{"out whatever the tags are", func(r *Resource) { r.TagsUnread = true }, func(p *Policy) { p.Exclude = ids(account) }, NotInScope, "excludes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.Accounts[0].OrgUnits = []string{child, parent}
			r := w.balancer("LB", "")
			if test.resource != nil {
				test.resource(r)
			}
			p := orgPolicy()
			if test.policy != nil {
				test.policy(&p)
			}
			v := resourceVerdict(t, evaluate(t, w.State, p), "LB")
			if v.Scope != test.want || !strings.Contains(v.Why, test.why) {
				t.Errorf("got %s (%s), want %s (%s)", v.Scope, v.Why, test.want, test.why)
			}
		})
	}
}

// TestRootAccount: an account below the root itself has no organizational unit, and
// that is known.
func TestRootAccount(t *testing.T) {
	w := newWorld()
	w.Accounts[0].OrgUnits = []string{}
	w.balancer("LB", "")
	p := orgPolicy(func(p *Policy) { p.Include.OrgUnits = []string{"ou-ab12-11111111"} })
	if v := resourceVerdict(t, evaluate(t, w.State, p), "LB"); v.Scope != NotInScope {
		t.Errorf("got %s, %s", v.Scope, v.Why)
	}
}

func TestRemedies(t *testing.T) {
	const disassociate = "disassociate Untagged from web ACL W; to delete it without that can delay the remedy by up to 24 hours"
	tests := []struct {
		name   string
		policy func(*Policy)
		world  func(*world)
		want   []string
	}{
		{"tag", nil, nil, []string{
			"tag: Untagged: add the tag Tier: Production",
			"scope: the scope of policy Org: remove the tag Tier: Production from it",
			"disassociate: " + disassociate,
		}},
		{"two tags", func(p *Policy) { p.Tags = append(p.Tags, Tag{"Team", "a"}) }, func(w *world) { w.Resources[0].Tags["Team"] = "a" }, []string{
			"tag: Untagged: add the tags Tier: Production and Team: a",
			"scope: the scope of policy Org: remove the tags Tier: Production and Team: a from it",
			"disassociate: " + disassociate,
		}},
		{"any tag", func(p *Policy) { p.Tags, p.AnyTag = append(p.Tags, Tag{"Team", "a"}), true }, nil, []string{
			"tag: Untagged: add one of the tags Tier: Production, Team: a",
			"scope: the scope of policy Org: remove the tags Tier: Production and Team: a from it",
			"disassociate: " + disassociate,
		}},
		{"excluded tag", func(p *Policy) { p.Tags, p.ExcludeTags = []Tag{{"Legacy", ""}}, true },
			func(w *world) { w.Resources[1].Tags = map[string]string{"Legacy": ""} }, []string{
				"tag: Untagged: remove the tag Legacy",
				"scope: the scope of policy Org: no longer leave out Legacy in it",
				"disassociate: " + disassociate,
			}},
		{"type and tag", nil, func(w *world) { w.Resources[1].Type = APIStage }, []string{
			"scope: the scope of policy Org: add the type AWS::ApiGateway::Stage to it, and remove the tag Tier: Production from it",
			"disassociate: " + disassociate,
		}},
		{"type that no policy covers", nil, func(w *world) { w.Resources[1].Type = UserPool }, []string{"disassociate: " + disassociate}},
		{"two resources", nil, func(w *world) { w.balancer("Untagged2", "W").Tags = nil }, []string{
			"tag: Untagged: add the tag Tier: Production",
			"scope: the scope of policy Org: remove the tag Tier: Production from it",
			"disassociate: " + disassociate,
			"tag: Untagged2: add the tag Tier: Production",
			"disassociate: " + strings.Replace(disassociate, "Untagged", "Untagged2", 1),
		}},
		{"another policy", nil, func(w *world) { w.retrofitted("W", "Other") }, []string{
			"configure: give the resources in scope a web ACL of their own, or take them out of the scope of policy Org or of the other one: a web ACL serves one policy",
		}},
		{"capacity", func(p *Policy) { p.Tags = nil }, func(w *world) { w.acl("W").Capacity = 4310 }, []string{
			"configure: free 10 WCU in web ACL W, or take rule groups out of policy Org",
		}},
		{"mitigation", func(p *Policy) { p.Tags = nil }, func(w *world) { w.acl("W").Rules = []string{"ShieldMitigationRuleGroup"} }, []string{
			"configure: turn off automatic application layer DDoS mitigation for the resources of web ACL W",
		}},
		{"logging", func(p *Policy) { p.Tags = nil; withLogging(p) }, func(w *world) { w.acl("W").Logging = &Logging{Destination: "arn"} }, []string{
			"configure: remove the logging of web ACL W, so that the policy's is added, or the logging of policy Org",
		}},
		{"remediation", func(p *Policy) { p.Tags = nil; p.Remediate = false }, nil, []string{"configure: turn on the remediation of policy Org"}},
		{"none needed", func(p *Policy) { p.Tags = nil }, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, p := newWorld(), orgPolicy()
			w.balancer("LB", "W")
			w.balancer("Untagged", "W").Tags = nil
			if test.world != nil {
				test.world(w)
			}
			if test.policy != nil {
				test.policy(&p)
			}
			var got []string
			for _, r := range aclVerdict(t, evaluate(t, w.State, p), "W").Remedies {
				got = append(got, string(r.Kind)+": "+r.Text)
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestRemediesHelp does what remedies say, and the web ACL becomes compliant.
func TestRemediesHelp(t *testing.T) {
	start := func() (*world, Policy) {
		w := newWorld()
		w.balancer("LB", "W")
		w.balancer("Untagged", "W").Tags = nil
		return w, orgPolicy()
	}
	remedies := map[RemedyKind]func(*world, *Policy){
		RemedyTag:   func(w *world, _ *Policy) { w.Resources[1].Tags = map[string]string{"Tier": "Production"} },
		RemedyScope: func(_ *world, p *Policy) { p.Tags = nil },
		RemedyDisassociate: func(w *world, _ *Policy) {
			w.WebACLs[0].Associations, w.Resources[1].WebACL = w.WebACLs[0].Associations[:1], ""
		},
	}
	for kind, remedy := range remedies {
		t.Run(string(kind), func(t *testing.T) {
			w, p := start()
			remedy(w, &p)
			if v := aclVerdict(t, evaluate(t, w.State, p), "W"); v.Outcome != Retrofitted || v.Compliance != Compliant {
				t.Errorf("got %s/%s", v.Outcome, v.Compliance)
			}
		})
	}
}
