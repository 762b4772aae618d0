package retrofit_test

import (
	"strings"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

// TestMarks derives the policy that retrofitted a web ACL from the names of its
// rule groups. Retrofitted by the policy itself is compliant, by another one not.
func TestMarks(t *testing.T) {
	const own = "arn:aws:wafv2:eu-central-1:999999999999:regional/rulegroup/RuleGroupA/1"
	long := strings.Repeat("x", 120)
	tests := []struct {
		name   string
		policy string
		mark   string // name of the rule group in the web ACL
		group  string // what rule group it is
		want   string
	}{
		{"the policy", "Org", "PREFMManaged-Org" + ms, common, "retrofitted/compliant article"},
		{"the policy, last", "Org", "POSTFMManaged-Org" + ms, common, "retrofitted/compliant article"},
		{"another policy", "Org", "PREFMManaged-Other" + ms, common, "left/noncompliant"},
		{"other case", "Org", "PREFMManaged-org" + ms, common, "left/noncompliant"},
		{"begins with the name", "Org", "PREFMManaged-Org-Production" + ms, common, "left/noncompliant"},
		{"begins with the mark", "Org-Production", "PREFMManaged-Org" + ms, common, "left/noncompliant"},
		{"ends with the name", "Org", "PREFMManaged-My-Org" + ms, common, "left/noncompliant"},
		{"rule group behind it", "Company", "PREFMManaged-Company_RuleGroupA-1689976399534", own, "retrofitted/compliant inferred"},
		{"rule group behind it, with a hyphen", "Company", "PREFMManaged-Company-AWSManagedRulesCommonRuleSet-1689976399534", common, "retrofitted/compliant inferred"},
		{"rule group behind it, pinned", "Company", "PREFMManaged-Company_N-1689976399534", "Vendor/N@Version_1.0", "retrofitted/compliant inferred"},
		{"named like policy and rule group", "Company_RuleGroupA", "PREFMManaged-Company_RuleGroupA-1689976399534", own, "retrofitted/compliant article"},
		{"rule group behind another policy", "Company", "PREFMManaged-Other_RuleGroupA-1689976399534", own, "left/noncompliant"},
		{"another rule group behind it", "Company", "PREFMManaged-Company_RuleGroupB-1689976399534", own, "left/noncompliant"},
		{"named like a time", "1621880374078", "PREFMManaged-1621880374078" + ms, common, "retrofitted/compliant article"},
		{"ends like a time", "Org" + ms, "PREFMManaged-Org" + ms + ms, common, "retrofitted/compliant article"},
		{"ends like a time, the other way round", "Org", "PREFMManaged-Org" + ms + ms, common, "left/noncompliant"},
		{"named like a mark", "PREFMManaged-Org" + ms, "PREFMManaged-PREFMManaged-Org" + ms + ms, common, "retrofitted/compliant article"},
		{"blanks", "Org WAF: all/prod", "PREFMManaged-Org-WAF--all-prod" + ms, common, "retrofitted/compliant inferred"},
		{"blanks left out", "Org WAF: all/prod", "PREFMManaged-OrgWAFallprod" + ms, common, "retrofitted/compliant inferred"},
		{"blanks in another policy", "Org WAF", "PREFMManaged-Org-WAFX" + ms, common, "left/noncompliant"},
		{"no letter that names can have", "方针", "PREFMManaged-X" + ms, common, "unknown/unknown"},
		{"cut at 128 characters", long, ("PREFMManaged-" + long)[:114] + ms, common, "retrofitted/compliant inferred"},
		{"no time", "Org", "PREFMManaged-Org", common, "unknown/unknown"},
		{"short time", "Org", "PREFMManaged-Org-162188037407", common, "unknown/unknown"},
		{"time that is none", "Org", "PREFMManaged-Org-16218803740x8", common, "unknown/unknown"},
		{"no hyphen before the time", "Org", "PREFMManaged-Org_1621880374078", common, "unknown/unknown"},
		{"no name", "Org", "PREFMManaged-" + ms[1:], common, "unknown/unknown"},
		{"empty", "Org", "", common, "unknown/unknown"},
		{"prefix of a web ACL", "Org", "FMManagedWebACLV2-Org" + ms, common, "unknown/unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.RuleGroups = append(w.RuleGroups, RuleGroup{own, 10}, RuleGroup{"Vendor/N@Version_1.0", 10})
			w.balancer("LB", "W")
			acl := w.retrofitted("W", "Org")
			acl.Pre = []ManagedGroup{{Name: test.mark, RuleGroup: test.group}}
			v := aclVerdict(t, evaluate(t, w.State, orgPolicy(func(p *Policy) { p.Name = test.policy })), "W")
			if got := short(v.Verdict); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s (%s), want %s", got, v.Why, test.want)
			}
		})
	}
}

// TestMadeMarks tells whose web ACL it is that Firewall Manager made.
func TestMadeMarks(t *testing.T) {
	tests := []struct{ name, acl, mark, want string }{
		{"by its name", "FMManagedWebACLV2-Org" + ms, "unlike", "kept/compliant documented"},
		{"another policy", "FMManagedWebACLV2-Other" + ms, "unlike", "left/noncompliant"},
		{"by its rule groups", "unlike", "PREFMManaged-Org" + ms, "kept/compliant documented"},
		{"another policy by its rule groups", "unlike", "PREFMManaged-Other" + ms, "left/noncompliant"},
		{"not at all", "unlike", "unlike", "unknown/unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.balancer("LB", test.acl)
			acl := w.acl(test.acl)
			acl.Managed, acl.Pre = true, []ManagedGroup{{Name: test.mark, RuleGroup: common}}
			v := aclVerdict(t, evaluate(t, w.State, orgPolicy()), test.acl)
			if got := short(v.Verdict); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s (%s), want %s", got, v.Why, test.want)
			}
		})
	}
}

// TestLeftovers: rule groups of a deleted policy, in a web ACL that no policy
// manages any more, do not keep it from being retrofitted, and stay.
func TestLeftovers(t *testing.T) {
	w := newWorld()
	w.balancer("LB", "W")
	w.retrofitted("W", "Deleted").Retrofitted = false
	v := aclVerdict(t, evaluate(t, w.State, orgPolicy()), "W")
	if short(v.Verdict) != "retrofitted/compliant documented" || len(v.Removes) != 0 || len(v.Adds) != 1 || *v.CapacityAfter != 1500 {
		t.Errorf("got %+v", v)
	}
}

func TestCapacityAfter(t *testing.T) {
	own := "arn:aws:wafv2:eu-central-1:999999999999:regional/rulegroup/Baseline/1"
	pinned := common + "@Version_1.0"
	tests := []struct {
		name          string
		world         func(*world)
		policy        func(*Policy)
		after         int64 // -1 is unknown
		adds, removes string
	}{
		{"first retrofit", nil, nil, 800, common, ""},
		{"up to date: the groups are in Capacity", func(w *world) { w.retrofitted("W", "Org") }, nil, 800, "", ""},
		{"a group is replaced", func(w *world) { w.retrofitted("W", "Org").Pre[0].RuleGroup = own }, nil, 1450, common, own},
		{"a group is pinned", func(w *world) { w.retrofitted("W", "Org").Pre[0].Version = "Version_1.0" }, nil, 1440, common, pinned},
		{"a group of unknown capacity goes", func(w *world) { w.retrofitted("W", "Org").Pre[0].RuleGroup = "AWS/Gone" }, nil, -1, common, "AWS/Gone"},
		{"a group is there twice", nil, func(p *Policy) {
			p.Data.PostProcessRuleGroups = p.Data.PreProcessRuleGroups
		}, 1500, common + " " + common, ""},
		{"one of two goes", func(w *world) {
			acl := w.retrofitted("W", "Org")
			acl.Post, acl.Capacity = acl.Pre, 1500
		}, nil, 800, "", common},
		{"override changes", func(w *world) { w.retrofitted("W", "Org").Pre[0].Override = "COUNT" }, nil, 800, "", ""},
		{"own rule group", nil, func(p *Policy) {
			p.Data.PreProcessRuleGroups = []PolicyRuleGroup{{RuleGroupType: "RuleGroup", RuleGroupARN: own, OverrideAction: DefaultAction{Type: "NONE"}}}
		}, 150, own, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, p := newWorld(), orgPolicy()
			w.RuleGroups = append(w.RuleGroups, RuleGroup{own, 50}, RuleGroup{pinned, 60})
			w.balancer("LB", "W")
			if test.world != nil {
				test.world(w)
			}
			if test.policy != nil {
				test.policy(&p)
			}
			v := aclVerdict(t, evaluate(t, w.State, p), "W")
			if v.Outcome != Retrofitted {
				t.Errorf("got %s: %s", v.Outcome, v.Why)
			}
			after := int64(-1)
			if v.CapacityAfter != nil {
				after = *v.CapacityAfter
			}
			if after != test.after || strings.Join(v.Adds, " ") != test.adds || strings.Join(v.Removes, " ") != test.removes {
				t.Errorf("got %d, +%v -%v, want %d, +%s -%s", after, v.Adds, v.Removes, test.after, test.adds, test.removes)
			}
		})
	}
}

func TestAddsLogging(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		want  bool
	}{
		{"none yet", nil, true},
		{"own", func(w *world) { w.acl("W").Logging = &Logging{} }, false},
		{"the policy's", func(w *world) { w.retrofitted("W", "Org").Logging = &Logging{Managed: true} }, false},
		{"unknown", func(w *world) { w.acl("W").Unread = []string{"logging"} }, false},
		{"delayed", func(w *world) { w.balancer("LB2", "W").Tags = nil }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.balancer("LB", "W")
			if test.world != nil {
				test.world(w)
			}
			if v := aclVerdict(t, evaluate(t, w.State, orgPolicy(withLogging)), "W"); v.AddsLogging != test.want {
				t.Errorf("got %v, want %v", v.AddsLogging, test.want)
			}
		})
	}
}

func TestCreatedWebACLs(t *testing.T) {
	tests := []struct {
		name   string
		world  func(*world)
		policy []func(*Policy)
		want   []CreatedACL
	}{
		{"needed", func(w *world) { w.balancer("LB", ""); w.balancer("LB2", "") }, nil, []CreatedACL{{account, region, "REGIONAL", 2}}},
		{"there already", func(w *world) { w.balancer("LB", ""); w.made("Org") }, nil, nil},
		{"another policy's", func(w *world) { w.balancer("LB", ""); w.made("Other") }, nil, []CreatedACL{{account, region, "REGIONAL", 1}}},
		{"not needed", func(w *world) { w.balancer("LB", "W") }, nil, nil},
		{"not needed, made anyway", func(w *world) { w.balancer("LB", "W") }, []func(*Policy){keepUnused}, []CreatedACL{{account, region, "REGIONAL", 0}}},
		{"remediation off", func(w *world) { w.balancer("LB", "") }, []func(*Policy){remediationOff}, nil},
		{"account out of scope", func(w *world) { w.balancer("LB", "") }, []func(*Policy){keepUnused, func(p *Policy) { p.Exclude.IDs = []string{account} }}, nil},
		{"other Region", func(w *world) { w.Accounts[0].Regions = []string{"eu-west-1"} }, []func(*Policy){keepUnused}, nil},
		{"web ACLs not read", func(w *world) {
			w.balancer("LB", "")
			w.Unread = []Unread{{Account: account, Region: region, What: "web ACLs", Reason: "denied"}}
		}, nil, nil},
		{"global web ACLs not read", func(w *world) {
			w.balancer("LB", "")
			w.Unread = []Unread{{Account: account, Region: region, What: "web ACLs CLOUDFRONT", Reason: "denied"}}
		}, nil, []CreatedACL{{account, region, "REGIONAL", 1}}},
		{"account not read", func(w *world) {
			w.balancer("LB", "")
			w.Unread = []Unread{{Account: account, What: "account", Reason: "denied"}}
		}, nil, nil},
		{"replaced", func(w *world) { w.balancer("LB", "W") }, []func(*Policy){override}, []CreatedACL{{account, region, "REGIONAL", 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			test.world(w)
			got := evaluate(t, w.State, orgPolicy(test.policy...)).Created
			if len(got) != len(test.want) || len(got) > 0 && got[0] != test.want[0] {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestUnreadOfOthers: what could not be read elsewhere does not concern the policy.
func TestUnreadOfOthers(t *testing.T) {
	w := newWorld()
	w.Unread = []Unread{
		{"444455556666", "", "account", "denied"},
		{account, region, "tags " + string(LoadBalancer), "denied"},
		{account, "eu-west-1", "web ACLs", "another Region"},
		{"777788889999", region, "web ACLs", "excluded account"},
		{"999999999999", region, "rule group AWS/AWSManagedRulesCommonRuleSet", "denied"},
	}
	e := evaluate(t, w.State, orgPolicy(func(p *Policy) { p.Exclude.IDs = []string{"777788889999", "999999999999"} }))
	var got []string
	for _, u := range e.Unread {
		got = append(got, u.Account)
	}
	if strings.Join(got, " ") != account+" 444455556666 999999999999" {
		t.Errorf("got %v", got)
	}
}
