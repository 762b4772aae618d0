package firewall_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
)

// synctestGeo runs a test in a world of its own, in which waiting takes no time.
func synctestGeo(t *testing.T, start func(*awstest.Cloud) *geoWorld, f func(t *testing.T, w *geoWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, start(awstest.New(t))) })
}

// What plans look like to who approves them.
func TestPlanGeoRuleGroup(t *testing.T) {
	cases := geoCases()
	for name, want := range map[string][]string{
		"create":                  {"create geo", "update edge"},
		"replace":                 {"replace geo", "update edge", "delete geo"},
		"replace in action order": {"replace geo", "update plain", "delete geo"},
		"update":                  {"update geo-2", "update edge", "delete geo"},
		"update to standard":      {"update geo", "update edge"},
		"adopt":                   {"update geo", "update edge"},
		"adopt and replace":       {"replace geo", "update plain", "delete geo"},
		"no policy":               {"update geo-2", "delete geo"},
	} {
		t.Run(name, func(t *testing.T) {
			synctestGeo(t, cases[name].start, func(t *testing.T, w *geoWorld) {
				plan := plannedGeo(t, w, cases[name].opts)
				if got := briefGeo(plan); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				golden.Equal(t, "testdata/golden/geo_rule_group_"+strings.ReplaceAll(name, " ", "_")+".txt", plan.String())
				if plan.Costs != nil {
					t.Errorf("it costs %v", plan.Costs)
				}
			})
		})
	}
}

func TestApplyGeoRuleGroup(t *testing.T) {
	synctestGeo(t, outgrownGeo, func(t *testing.T, w *geoWorld) {
		plan := plannedGeo(t, w, geoOptions())
		var told []string
		plan.Progress = func(o awspatterns.Outcome) { told = append(told, string(o.State)) }
		result, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan)
		if err != nil || result.ARN != geoPrefix+"geo-3" || fmt.Sprint(told) != "[applied applied applied]" || len(result.Outcomes) != 3 {
			t.Fatalf("got %+v, %v, told %v", result, err, told)
		}
		if got := w.refs("edge"); got != "dns 1, geo-3 100" {
			t.Errorf("the policy refers to %s", got)
		}
		p, _ := w.nfw.Policy(geoAccount, geoRegion, "edge")
		if p.Description != "of the edge" || p.Policy.StatefulEngineOptions.StreamExceptionPolicy != types.StreamExceptionPolicyReject {
			t.Errorf("of the policy is left %+v", p)
		}
		g, _ := w.nfw.RuleGroup(geoAccount, geoRegion, "geo-3")
		if g.Capacity != 14 || g.Description != "Countries" || g.Tags["team"] != "network" || g.Tags["awspatterns"] != "firewall.GeoRuleGroup/geo" ||
			g.Rules.StatefulRuleOptions.RuleOrder != types.RuleOrderStrictOrder || g.Rules.RuleVariables.IPSets["OFFICES"].Definition[0] != "203.0.113.0/24" {
			t.Errorf("got %+v", g)
		}
		if _, there := w.nfw.RuleGroup(geoAccount, geoRegion, "geo"); there {
			t.Error("geo is still there")
		}
		if _, there := w.nfw.RuleGroup(geoAccount, geoRegion, "geo-2"); !there {
			t.Error("geo-2, which is not ours, is gone")
		}
		if again := plannedGeo(t, w, geoOptions()); !again.Empty() {
			t.Errorf("planned again:\n%s", again)
		}
		before := w.nfw.Writes()
		again, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan)
		if err != nil || again.ARN != result.ARN || w.nfw.Writes() != before || again.Outcomes[0].State != awspatterns.Already {
			t.Errorf("applied again: %+v, %v, %d changes", again, err, w.nfw.Writes()-before)
		}
	})
}

// Every change of the service is tried first, and rules are always sent as RuleGroup.
func TestGeoRuleGroupDryRunFirst(t *testing.T) {
	for name, c := range geoCases() {
		synctestGeo(t, c.start, func(t *testing.T, w *geoWorld) {
			tried := map[string]bool{}
			w.Inject(awstest.Fault{Match: func(call awstest.Call) bool {
				if call.Operation != "CreateRuleGroup" && call.Operation != "UpdateRuleGroup" {
					return false
				}
				if !isDryRun(call) && !tried[call.Operation] {
					t.Errorf("%s: %s without a dry run", name, call)
				}
				tried[call.Operation] = true
				return false
			}})
			plan := plannedGeo(t, w, c.opts)
			if planned := len(tried) > 0; planned != c.opts.DryRun {
				t.Errorf("%s: planning tries: %t", name, planned)
			}
			clear(tried)
			if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil || len(tried) != 1 {
				t.Errorf("%s: got %v, tried %v", name, err, tried)
			}
		})
	}
}

// Adding a country, and then removing a rule, changes that rule alone.
func TestGeoRuleGroupSids(t *testing.T) {
	for _, form := range []firewall.GeoRuleGroupForm{firewall.SuricataText, firewall.StandardRules} {
		t.Run(string(form), func(t *testing.T) {
			synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
				opts := geoOptions()
				opts.Form = form
				apply := func() (fields []string) {
					t.Helper()
					plan := plannedGeo(t, w, opts)
					for _, f := range plan.Changes[0].Fields {
						if strings.HasPrefix(f.Name, "rule ") {
							fields = append(fields, fmt.Sprintf("%s %t %t", f.Name, f.Old != "", f.New != ""))
						}
					}
					if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
						t.Fatal(err)
					}
					if again := plannedGeo(t, w, opts); !again.Empty() {
						t.Fatalf("planned again:\n%s", again)
					}
					return fields
				}
				apply()
				opts.Rules[1].Countries = []string{"KP", "JP"}
				if got := apply(); fmt.Sprint(got) != "[rule 1332058100 true true]" {
					t.Errorf("with a country more: %q", got)
				}
				rest := opts.Rules
				opts.Rules = slices.Delete(slices.Clone(rest), 1, 2)
				if got := apply(); fmt.Sprint(got) != "[rule 1332058100 true false]" {
					t.Errorf("with a rule less: %q", got)
				}
				opts.Rules = rest
				if got := apply(); fmt.Sprint(got) != "[rule 1332058100 false true]" {
					t.Errorf("with the rule again: %q", got)
				}
				plan := plannedGeo(t, w, opts)
				if i := slices.IndexFunc(plan.Sids.Rules, func(r rules.RuleSids) bool { return r.Name == "block-jp" }); i < 0 || plan.Sids.Rules[i].Parts[0].Retired {
					t.Errorf("the sids are %+v", plan.Sids)
				}
			})
		})
	}
}

// A sid that was given up is remembered by the text of the group, and by Sids.
func TestGeoRuleGroupKeepsRetiredSids(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		opts := geoOptions()
		if _, err := applyGeo(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		kept := plannedGeo(t, w, opts).Sids
		opts.Rules = opts.Rules[:1]
		if _, err := applyGeo(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		taking := opts
		taking.Rules = append(slices.Clone(opts.Rules), rules.GeoRule{Name: "new", Action: rules.Drop, Match: rules.Src, Countries: []string{"FR"}, Sid: 1332058100})
		_, err := firewall.PlanGeoRuleGroup(t.Context(), w.clients(), taking)
		if err == nil || !strings.Contains(err.Error(), "1332058100 is or was the sid of block-jp") {
			t.Errorf("with a sid of another: %v", err)
		}
		taking.Form, taking.Sids = firewall.StandardRules, &kept
		_, err = firewall.PlanGeoRuleGroup(t.Context(), w.clients(), taking)
		if err == nil || !strings.Contains(err.Error(), "1332058100 is or was the sid of block-jp") {
			t.Errorf("with a sid of another, and Sids: %v", err)
		}
	})
}

// The sequence of rules is all that differs.
func TestGeoRuleGroupSequence(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		opts := geoOptions()
		if _, err := applyGeo(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(opts.Rules)
		plan := plannedGeo(t, w, opts)
		if got := fieldNames(plan.Changes[0]); got != "sequence of rules" {
			t.Errorf("got %s", got)
		}
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		if text := w.text(t, "geo"); !strings.HasPrefix(text, "drop ssh") {
			t.Errorf("got\n%s", text)
		}
	})
}

func TestGeoRuleGroupBlocked(t *testing.T) {
	for _, test := range []struct {
		name  string
		start func(*awstest.Cloud) *geoWorld
		opts  func(*firewall.GeoRuleGroupOptions)
		want  string
	}{
		{name: "foreign", start: foreignGeo, want: "that this library did not create"},
		{name: "priority of another", start: newGeoWorld, opts: func(o *firewall.GeoRuleGroupOptions) { o.Priority = 1 }, want: "priority 1 is that of " + geoPrefix + "dns"},
		{name: "order of the policy", start: newGeoWorld, opts: func(o *firewall.GeoRuleGroupOptions) { o.Policy = "plain" }, want: "its order is DEFAULT_ACTION_ORDER"},
		{name: "order of the policy, replacing", start: outgrownGeo, opts: func(o *firewall.GeoRuleGroupOptions) { o.Order, o.Priority = rules.ActionOrder, 0 }, want: "its order is STRICT_ORDER"},
		{name: "full policy", start: func(c *awstest.Cloud) *geoWorld {
			w := newGeoWorld(c)
			var refs []types.StatefulRuleGroupReference
			for i := range int32(20) {
				refs = append(refs, ref(w.group(fmt.Sprintf("g%d", i), rules.StrictOrder, 1, `drop ip any any -> any any (sid:1;)`, nil), i+1))
			}
			w.policy("edge", rules.StrictOrder, refs...)
			return w
		}, want: "it would refer to 21 stateful rule groups"},
		{name: "group in error", start: func(c *awstest.Cloud) *geoWorld {
			w := newGeoWorld(c)
			text := geoText(rules.StrictOrder, blockJP())
			w.nfw.CreateRuleGroup(geoAccount, geoRegion, standin.RuleGroup{
				Name: "geo", Capacity: 20, Tags: geoMark("geo"), Status: types.ResourceStatusError,
				Rules: types.RuleGroup{RulesSource: &types.RulesSource{RulesString: &text}, StatefulRuleOptions: &types.StatefulRuleOptions{RuleOrder: types.RuleOrderStrictOrder}},
			})
			return w
		}, want: "its status is ERROR"},
		{name: "unreadable sids", start: func(c *awstest.Cloud) *geoWorld {
			w := newGeoWorld(c)
			w.group("geo", rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP())+"drop tcp any any -> any any (sid:5;;)\n", geoMark("geo"))
			return w
		}, want: "not all of its rules can be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctestGeo(t, test.start, func(t *testing.T, w *geoWorld) {
				opts := geoOptions()
				if test.opts != nil {
					test.opts(&opts)
				}
				plan := plannedGeo(t, w, opts)
				if len(plan.Changes) != 1 || plan.Changes[0].Action != awspatterns.Blocked || !strings.Contains(plan.Changes[0].Reason, test.want) || len(plan.Changes[0].Steps) == 0 {
					t.Fatalf("got\n%s\nwant %q", plan, test.want)
				}
				if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrIncomplete) || w.nfw.Writes() != 0 {
					t.Errorf("got %v, %d changes", err, w.nfw.Writes())
				}
			})
		})
	}
}

// Adopting keeps what is not the plan's: foreign tags, the key, the copy's source.
func TestGeoRuleGroupAdopt(t *testing.T) {
	synctestGeo(t, foreignGeo, func(t *testing.T, w *geoWorld) {
		g, _ := w.nfw.RuleGroup(geoAccount, geoRegion, "geo")
		g.Encryption = &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerKms, KeyId: aws.String("key")}
		w.nfw.CreateRuleGroup(geoAccount, geoRegion, g)
		opts := geoOptions()
		opts.Adopt = true
		plan := plannedGeo(t, w, opts)
		if c := plan.Changes[0]; !c.Adopts || !strings.Contains(c.Reason, "did not create it") || !strings.Contains(plan.String(), "geoip:src,KP") {
			t.Errorf("got\n%s", plan)
		}
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		g, _ = w.nfw.RuleGroup(geoAccount, geoRegion, "geo")
		if g.Tags["cost"] != "1" || g.Tags["team"] != "network" || *g.Encryption.KeyId != "key" || g.Capacity != 20 {
			t.Errorf("got %+v", g)
		}
	})
}

// A group that other policies use stays, and a person is told.
func TestGeoRuleGroupUsedElsewhere(t *testing.T) {
	synctestGeo(t, outgrownGeo, func(t *testing.T, w *geoWorld) {
		w.policy("other", rules.StrictOrder, ref(geoPrefix+"geo", 5))
		result, err := applyGeo(t.Context(), w.clients(), geoOptions())
		if err != nil || result.Outcomes[2].State != awspatterns.Left {
			t.Fatalf("got %+v, %v", result, err)
		}
		plan := plannedGeo(t, w, geoOptions())
		if got := briefGeo(plan); !slices.Equal(got, []string{"manual geo"}) || !strings.Contains(plan.String(), "other policies use it: 1") {
			t.Errorf("got\n%s", plan)
		}
		w.nfw.ChangePolicy(geoAccount, geoRegion, "other", func(p *types.FirewallPolicy) { p.StatefulRuleGroupReferences[0] = ref(geoPrefix+"geo-3", 5) })
		if got := briefGeo(plannedGeo(t, w, geoOptions())); !slices.Equal(got, []string{"delete geo"}) {
			t.Errorf("once it is not used: %q", got)
		}
		if _, err := applyGeo(t.Context(), w.clients(), geoOptions()); err != nil {
			t.Error(err)
		}
	})
}

func TestGeoRuleGroupRefused(t *testing.T) {
	for name, spoil := range map[string]func(*firewall.GeoRuleGroupOptions){
		`the Name ""`:           func(o *firewall.GeoRuleGroupOptions) { o.Name = "" },
		`the Name "a_b"`:        func(o *firewall.GeoRuleGroupOptions) { o.Name = "a_b" },
		"more than 512":         func(o *firewall.GeoRuleGroupOptions) { o.Description = strings.Repeat("é", 513) },
		`the Form "yaml"`:       func(o *firewall.GeoRuleGroupOptions) { o.Form = "yaml" },
		`a Sid of its own`:      func(o *firewall.GeoRuleGroupOptions) { o.Form, o.Rules[0].Sid = firewall.StandardRules, 7 },
		`the Policy "a b"`:      func(o *firewall.GeoRuleGroupOptions) { o.Policy = "a b" },
		"the Priority 0":        func(o *firewall.GeoRuleGroupOptions) { o.Priority = 0 },
		"the Priority 65536":    func(o *firewall.GeoRuleGroupOptions) { o.Priority = 65536 },
		"want none without":     func(o *firewall.GeoRuleGroupOptions) { o.Order = rules.ActionOrder },
		`the tag "aws:x"`:       func(o *firewall.GeoRuleGroupOptions) { o.Tags = map[string]string{"aws:x": ""} },
		`the tag "awspatterns"`: func(o *firewall.GeoRuleGroupOptions) { o.Tags = map[string]string{"awspatterns": "x"} },
		"50 Tags": func(o *firewall.GeoRuleGroupOptions) {
			o.Tags = map[string]string{}
			for i := range 50 {
				o.Tags[fmt.Sprint(i)] = ""
			}
		},
		"want a key of 1 to 128":        func(o *firewall.GeoRuleGroupOptions) { o.Tags = map[string]string{"": ""} },
		"which is no ARN":               func(o *firewall.GeoRuleGroupOptions) { o.References = map[string]string{"far": "pl-1"} },
		"Rules: there are none":         func(o *firewall.GeoRuleGroupOptions) { o.Rules = nil },
		`"ANY_ORDER" is no order`:       func(o *firewall.GeoRuleGroupOptions) { o.Order, o.Priority = "ANY_ORDER", 0 },
		"firewall: plan geo rule group": func(o *firewall.GeoRuleGroupOptions) { o.Rules[1].Countries = []string{"UK"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newGeoWorld(awstest.New(t))
			opts := geoOptions()
			spoil(&opts)
			_, err := firewall.PlanGeoRuleGroup(t.Context(), w.clients(), opts)
			if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "rules: render") {
				t.Errorf("got %v", err)
			}
			if w.Count() != 0 {
				t.Errorf("it called %v", w.Operations())
			}
		})
	}
}

// All that is wrong is told at once, and one wrong thing does not hide another.
func TestGeoRuleGroupRefusesAll(t *testing.T) {
	opts := geoOptions()
	opts.Name, opts.Rules[1].Countries, opts.Rules[2].Action = "a_b", []string{"UK"}, ""
	_, err := firewall.PlanGeoRuleGroup(t.Context(), newGeoWorld(awstest.New(t)).clients(), opts)
	for _, want := range []string{`the Name "a_b"`, "block-jp: Countries", "ssh: Action"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func fieldNames(c awspatterns.Change) string {
	var names []string
	for _, f := range c.Fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// Only the name, and the name with a number as this library writes it, are ours.
func TestGeoRuleGroupOddNames(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		for _, name := range []string{"geo-", "geo-1", "geo-02", "geo-0", "geo-x2", "geo--2", "geo2", "geo-2-2", "geo-99999999999999999999"} {
			w.group(name, rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP()), geoMark("geo"))
		}
		if got := briefGeo(plannedGeo(t, w, geoOptions())); !slices.Equal(got, []string{"create geo", "update edge"}) {
			t.Errorf("got %q", got)
		}
	})
}

// A thousand rules are planned, applied and found again.
func TestGeoRuleGroupLarge(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		opts := geoOptions()
		opts.Rules, opts.Variables = nil, rules.Variables{}
		for i := range 1000 {
			opts.Rules = append(opts.Rules, rules.GeoRule{Name: fmt.Sprintf("r%d", i), Action: rules.Drop, Match: rules.Src, Countries: []string{"JP"}, Protocol: "tcp", DestinationPort: fmt.Sprint(i + 1)})
		}
		plan := plannedGeo(t, w, opts)
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		opts.Rules[123].Countries = []string{"JP", "KP"}
		if plan = plannedGeo(t, w, opts); len(plan.Changes) != 1 || len(plan.Changes[0].Fields) != 1 {
			t.Errorf("with a country more:\n%s", plan)
		}
	})
}

// A list of domains that says nothing of its order is adopted; what the group declares
// is told by name.
func TestGeoRuleGroupAdoptDomains(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		w.nfw.CreateRuleGroup(geoAccount, geoRegion, standin.RuleGroup{
			Name: "geo", Description: "old", Capacity: 20, Rules: types.RuleGroup{RulesSource: &types.RulesSource{RulesSourceList: &types.RulesSourceList{
				GeneratedRulesType: types.GeneratedRulesTypeDenylist, TargetTypes: []types.TargetType{types.TargetTypeTlsSni}, Targets: []string{".example.com"},
			}}},
		})
		opts := geoOptions()
		opts.Order, opts.Policy, opts.Priority, opts.Adopt, opts.Description, opts.Tags = rules.ActionOrder, "plain", 0, true, "", nil
		opts.Rules = []rules.GeoRule{
			{Name: "web", Action: rules.Drop, Match: rules.Src, Countries: []string{"JP"}, Protocol: "tcp", Source: "@FAR", Destination: "$OFFICES", DestinationPort: "$WEB"},
		}
		opts.Variables.PortSets = map[string][]string{"WEB": {"443", "80"}}
		opts.References = map[string]string{"FAR": "arn:aws:ec2:eu-north-1:123456789012:prefix-list/pl-1"}
		plan := plannedGeo(t, w, opts)
		const want = "capacity used, description, IP set OFFICES, domains, form, port set WEB, reference FAR, rule 1674711225, tag awspatterns"
		if got := fieldNames(plan.Changes[0]); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		if again := plannedGeo(t, w, opts); !again.Empty() {
			t.Errorf("planned again:\n%s", again)
		}
		g, _ := w.nfw.RuleGroup(geoAccount, geoRegion, "geo")
		if g.Description != "" || len(g.Rules.RuleVariables.PortSets["WEB"].Definition) != 2 || len(g.Rules.ReferenceSets.IPSetReferences) != 1 {
			t.Errorf("got %+v", g)
		}
	})
}

// With Sids, what cannot be read of the group is no obstacle; it is told.
func TestGeoRuleGroupUnreadable(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		w.group("geo", rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP())+"drop tcp any any -> any any (sid:5;;)\n", geoMark("geo"))
		opts := geoOptions()
		opts.Sids = &rules.Sids{}
		plan := plannedGeo(t, w, opts)
		if !strings.Contains(fieldNames(plan.Changes[0]), "lines that cannot be read") {
			t.Errorf("got\n%s", plan)
		}
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		if again := plannedGeo(t, w, opts); !again.Empty() {
			t.Errorf("planned again:\n%s", again)
		}
	})
}
