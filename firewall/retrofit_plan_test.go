package firewall_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/golden"
)

func plannedRetrofit(t *testing.T, w *fmsWorld, opts firewall.RetrofitOptions) firewall.RetrofitPlan {
	t.Helper()
	plan, err := firewall.PlanRetrofit(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// appliedRetrofit plans and applies.
func appliedRetrofit(t *testing.T, w *fmsWorld, opts firewall.RetrofitOptions) firewall.RetrofitResult {
	t.Helper()
	result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plannedRetrofit(t, w, opts))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// briefChange tells the change of a plan in a line for each field.
func briefChange(plan firewall.RetrofitPlan) (lines []string) {
	for _, c := range plan.Changes {
		line := fmt.Sprintf("%s %s", c.Action, c.Resource.ID)
		if c.Adopts {
			line += " (adopted)"
		}
		lines = append(lines, line)
		for _, f := range c.Fields {
			lines = append(lines, fmt.Sprintf("%s: %s -> %s", f.Name, f.Old, f.New))
		}
	}
	return lines
}

func TestRetrofitPlanText(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}, Prices: firewall.RetrofitPrices{Policy: 100}}
	golden.Equal(t, "testdata/golden/retrofit_create.txt", plannedRetrofit(t, w, opts).String())
	existingPolicy(w, map[string]string{"team": "web"})
	golden.Equal(t, "testdata/golden/retrofit_blocked.txt", plannedRetrofit(t, w, opts).String())
	opts.Adopt = true
	plan := plannedRetrofit(t, w, opts)
	golden.Equal(t, "testdata/golden/retrofit_update.txt", plan.String())
	golden.Equal(t, "testdata/golden/retrofit_update.json", asJSON(t, plan))

	var back firewall.RetrofitPlan
	if err := json.Unmarshal([]byte(asJSON(t, plan)), &back); err != nil || !back.Policy.Data.Equal(plan.Policy.Data) {
		t.Errorf("from JSON: %v, %+v", err, back.Policy)
	}
}

func TestPlanRetrofitDifferences(t *testing.T) {
	many := func(from, to int) (ids []string) {
		for i := from; i < to; i++ {
			ids = append(ids, fmt.Sprintf("%012d", i))
		}
		return ids
	}
	tests := []struct {
		name   string
		change func(p *retrofit.Policy)
		want   []string // fields
	}{
		{"as it is", func(*retrofit.Policy) {}, nil},
		{"in another order", func(p *retrofit.Policy) {
			slices.Reverse(p.ResourceTypes)
			slices.Reverse(p.Tags)
			slices.Reverse(p.Include.IDs)
		}, nil},
		{"nulls and defaults written out", func(p *retrofit.Policy) {
			g := &p.Data.PreProcessRuleGroups[0]
			g.ExcludeRules, g.RuleActionOverrides = json.RawMessage(`[]`), json.RawMessage(`null`)
			p.Data.Other = map[string]json.RawMessage{"customResponse": json.RawMessage(`null`), "captchaConfig": json.RawMessage(` null `)}
			p.Data.TokenDomains = []string{}
		}, nil},
		{"description", func(p *retrofit.Policy) { p.Description = "" }, []string{"PolicyDescription: Rules for all -> "}},
		{"one type", func(p *retrofit.Policy) { p.ResourceTypes = p.ResourceTypes[:1] }, []string{
			"ResourceTypeList: AWS::ApiGateway::Stage, AWS::ElasticLoadBalancingV2::LoadBalancer -> AWS::ElasticLoadBalancingV2::LoadBalancer",
		}},
		{"no tags", func(p *retrofit.Policy) { p.Tags = nil }, []string{`ResourceTags: Public="", Tier="Production" -> `}},
		{"any tag", func(p *retrofit.Policy) { p.AnyTag = true }, []string{"ResourceTagLogicalOperator: AND -> OR"}},
		{"without the tags", func(p *retrofit.Policy) { p.ExcludeTags = true }, []string{"ExcludeResourceTags: false -> true"}},
		{"all but", func(p *retrofit.Policy) { p.Include, p.Exclude = retrofit.Accounts{}, p.Include }, []string{
			"IncludeMap ACCOUNT: 111111111111, 222222222222 -> ", "IncludeMap ORG_UNIT: ou-ab12-11111111 -> ",
			"ExcludeMap ACCOUNT:  -> 111111111111, 222222222222", "ExcludeMap ORG_UNIT:  -> ou-ab12-11111111",
		}},
		{"a long list", func(p *retrofit.Policy) { p.Include.IDs = many(100, 120) }, []string{
			"IncludeMap ACCOUNT: 2, of which leave: 111111111111, 222222222222 -> 20, of which are new: " + strings.Join(many(100, 120), ", "),
		}},
		{"remediation", func(p *retrofit.Policy) { p.Remediate, p.CleanUp = false, true }, []string{
			"RemediationEnabled: true -> false", "DeleteUnusedFMManagedResources: false -> true",
		}},
		{"source", func(p *retrofit.Policy) { p.Data.WebACLSource = "" }, []string{"ManagedServiceData webACLSource: RETROFIT_EXISTING -> DEFAULT"}},
		{"default action", func(p *retrofit.Policy) { p.Data.DefaultAction.Type = "BLOCK" }, []string{
			`ManagedServiceData defaultAction: {"type":"ALLOW"} -> {"type":"BLOCK"}`,
		}},
		{"no logging", func(p *retrofit.Policy) { p.Data.LoggingConfiguration = nil }, []string{
			`ManagedServiceData loggingConfiguration: {"logDestinationConfigs":["arn:aws:s3:::aws-waf-logs-all"]} -> `,
		}},
		{"a member that is not known", func(p *retrofit.Policy) {
			p.Data.Other = map[string]json.RawMessage{"newConfig": json.RawMessage(`{"a": "<b>"}`)}
		}, []string{`ManagedServiceData newConfig:  -> {"a":"<b>"}`}},
		{"order of rule groups", func(p *retrofit.Policy) { slices.Reverse(p.Data.PreProcessRuleGroups) }, []string{
			"ManagedServiceData preProcessRuleGroups: AWS/AWSManagedRulesCommonRuleSet, AWS/AWSManagedRulesKnownBadInputsRuleSet" +
				" -> AWS/AWSManagedRulesKnownBadInputsRuleSet, AWS/AWSManagedRulesCommonRuleSet",
		}},
		{"a rule group moves to the end and counts", func(p *retrofit.Policy) {
			p.Data.PreProcessRuleGroups[1].OverrideAction.Type = "COUNT"
			p.Data.PostProcessRuleGroups = []retrofit.PolicyRuleGroup{p.Data.PreProcessRuleGroups[0]}
			p.Data.PreProcessRuleGroups = p.Data.PreProcessRuleGroups[1:]
		}, []string{
			"ManagedServiceData postProcessRuleGroups:  -> AWS/AWSManagedRulesCommonRuleSet",
			"ManagedServiceData preProcessRuleGroups: AWS/AWSManagedRulesCommonRuleSet, AWS/AWSManagedRulesKnownBadInputsRuleSet -> AWS/AWSManagedRulesKnownBadInputsRuleSet",
			`ManagedServiceData preProcessRuleGroups AWS/AWSManagedRulesKnownBadInputsRuleSet overrideAction: {"type":"NONE"} -> {"type":"COUNT"}`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			w.fms.PageSize = 1
			opts := firewall.RetrofitOptions{Policy: wantedPolicy()}
			appliedRetrofit(t, w, opts)
			opts.Policy = wantedPolicy()
			test.change(&opts.Policy)
			plan := plannedRetrofit(t, w, opts)
			want := test.want
			if want != nil {
				want = append([]string{"update baseline"}, want...)
			}
			if got := briefChange(plan); !reflect.DeepEqual(got, want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
			if err != nil {
				t.Fatal(err)
			}
			if again := plannedRetrofit(t, w, opts); !again.Empty() || again.Policy.ID != result.PolicyID {
				t.Errorf("afterwards\n%s", again)
			}
		})
	}
}

func TestPlanRetrofitWhichPolicy(t *testing.T) {
	tests := []struct {
		name  string
		found func(w *fmsWorld, opts *firewall.RetrofitOptions)
		want  string // first line
	}{
		{"none", func(*fmsWorld, *firewall.RetrofitOptions) {}, "create baseline"},
		{"others", func(w *fmsWorld, _ *firewall.RetrofitOptions) { w.createPolicy("Baseline", nil) }, "create baseline"},
		{"of another administrator", func(w *fmsWorld, _ *firewall.RetrofitOptions) {
			w.fms.CreatePolicy("999999999999", policyRegion, types.Policy{PolicyName: aws.String("baseline")}, nil)
		}, "create baseline"},
		{"created by this library", func(w *fmsWorld, _ *firewall.RetrofitOptions) { existingPolicy(w, policyMark) }, "update baseline"},
		{"not created by this library", func(w *fmsWorld, _ *firewall.RetrofitOptions) { existingPolicy(w, nil) }, "blocked baseline"},
		{"marked otherwise", func(w *fmsWorld, _ *firewall.RetrofitOptions) {
			existingPolicy(w, map[string]string{"awspatterns": "firewall.Other"})
		}, "blocked baseline"},
		{"adopted", func(w *fmsWorld, opts *firewall.RetrofitOptions) { existingPolicy(w, nil); opts.Adopt = true }, "update baseline (adopted)"},
		{"by ID", func(w *fmsWorld, opts *firewall.RetrofitOptions) { opts.Policy.ID = existingPolicy(w, nil) }, "update baseline"},
		{"by ID, adopted", func(w *fmsWorld, opts *firewall.RetrofitOptions) {
			opts.Policy.ID, opts.Adopt = existingPolicy(w, nil), true
		}, "update baseline (adopted)"},
		{"by ID, renamed", func(w *fmsWorld, opts *firewall.RetrofitOptions) {
			opts.Policy.ID, opts.Policy.Name = existingPolicy(w, nil), "other"
		}, "update baseline"},
		{"out of scope", func(w *fmsWorld, opts *firewall.RetrofitOptions) {
			opts.Policy.ID = existingPolicy(w, nil)
			w.fms.ChangePolicy(opts.Policy.ID, func(p *types.Policy) { p.PolicyStatus = types.CustomerPolicyStatusOutOfAdminScope })
		}, "blocked baseline"},
		{"as wanted but for the mark", func(w *fmsWorld, opts *firewall.RetrofitOptions) {
			created := newFMSWorld(awstest.New(nil))
			if err := (&keptRetrofit{fmsWorld: created, opts: *opts}).run(t.Context()); err != nil {
				t.Fatal(err)
			}
			p, _, _ := created.fms.Policy(created.fms.IDs("baseline")[0])
			w.fms.CreatePolicy(policyAdmin, policyRegion, p, nil)
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			opts := firewall.RetrofitOptions{Policy: wantedPolicy()}
			test.found(w, &opts)
			plan := plannedRetrofit(t, w, opts)
			if got := append(briefChange(plan), "")[0]; got != test.want {
				t.Fatalf("got %q, want %q\n%s", got, test.want, plan)
			}
			result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
			if blocked := plan.Count(awspatterns.Blocked) > 0; blocked != errors.Is(err, awspatterns.ErrIncomplete) || !blocked && err != nil {
				t.Fatalf("got %v", err)
			} else if blocked {
				return
			}
			if again := plannedRetrofit(t, w, opts); !again.Empty() {
				t.Errorf("afterwards\n%s", again)
			}
			_, tags, ok := w.fms.Policy(result.PolicyID)
			if marked := strings.HasPrefix(test.want, "create") || opts.Adopt || test.name == "created by this library"; !ok || marked != (tags["awspatterns"] == "firewall.Retrofit") {
				t.Errorf("got the tags %v", tags)
			}
		})
	}
}

// TestReadAndPlanAgain: what was read is changed and planned, and nothing is lost.
func TestReadAndPlanAgain(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	id := existingPolicy(w, policyMark)
	read, err := firewall.ReadPolicy(t.Context(), w.clients(), firewall.ReadPolicyOptions{PolicyID: id})
	if err != nil {
		t.Fatal(err)
	}
	var kept retrofit.Policy
	if err := json.Unmarshal([]byte(asJSON(t, read)), &kept); err != nil {
		t.Fatal(err)
	}
	if plan := plannedRetrofit(t, w, firewall.RetrofitOptions{Policy: kept}); !plan.Empty() {
		t.Errorf("as it was read, it plans\n%s", plan)
	}
	kept.Data.WebACLSource = retrofit.SourceRetrofit
	plan := plannedRetrofit(t, w, firewall.RetrofitOptions{Policy: kept})
	if got := briefChange(plan); len(got) != 2 || got[1] != "ManagedServiceData webACLSource: DEFAULT -> RETROFIT_EXISTING" {
		t.Errorf("got %q", got)
	}
	var keptPlan firewall.RetrofitPlan
	if err := json.Unmarshal([]byte(asJSON(t, plan)), &keptPlan); err != nil {
		t.Fatal(err)
	}
	if _, err := firewall.ApplyRetrofit(t.Context(), w.clients(), keptPlan); err != nil {
		t.Fatal(err)
	}
	p, _, _ := w.fms.Policy(id)
	for _, part := range []string{`"captchaConfig":{"immunityTimeProperty":{"immunityTime":500}}`, `"tokenDomains":["a.com"]`, `"webACLSource":"RETROFIT_EXISTING"`} {
		if data := *p.SecurityServicePolicyData.ManagedServiceData; !strings.Contains(data, part) {
			t.Errorf("%s lacks %s", data, part)
		}
	}
	// Once more from the version that was read: it is as wanted, and later it is not.
	if again := plannedRetrofit(t, w, firewall.RetrofitOptions{Policy: kept}); !again.Empty() {
		t.Errorf("got\n%s", again)
	}
	w.fms.ChangePolicy(id, func(p *types.Policy) { p.RemediationEnabled = false })
	if _, err := firewall.PlanRetrofit(t.Context(), w.clients(), firewall.RetrofitOptions{Policy: kept}); !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("got %v, want that the policy has changed since it was read", err)
	}
}

func TestReadPolicy(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	w.fms.PageSize = 1
	id := existingPolicy(w, nil)
	byName, err := firewall.ReadPolicy(t.Context(), w.clients(), firewall.ReadPolicyOptions{PolicyName: "baseline"})
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/read_policy.json", asJSON(t, byName))
	if byName.ID != id || byName.Region != policyRegion || byName.Admin != policyAdmin || byName.UpdateToken == "" {
		t.Errorf("got %+v", byName)
	}
	shield := w.createPolicy("shield", nil, func(p *types.Policy) { p.SecurityServicePolicyData.Type = types.SecurityServiceTypeShieldAdvanced })
	odd := w.createPolicy("odd", nil, func(p *types.Policy) { p.IncludeMap = map[string][]string{"ACCOUNT_TAG": {"x"}} })
	broken := w.createPolicy("broken", nil, func(p *types.Policy) {
		p.SecurityServicePolicyData.ManagedServiceData = aws.String(`{"type": "WAFV2", "tokenDomains": 1}`)
	})
	for _, test := range []struct {
		opts    firewall.ReadPolicyOptions
		account string
		want    string
		is      error
	}{
		{firewall.ReadPolicyOptions{}, policyAdmin, "set PolicyID or PolicyName", nil},
		{firewall.ReadPolicyOptions{PolicyID: "x"}, policyAdmin, "want 36", nil},
		{firewall.ReadPolicyOptions{PolicyName: "x"}, policyAdmin, `"x": no such policy`, firewall.ErrNoPolicy},
		{firewall.ReadPolicyOptions{PolicyID: strings.Repeat("a", 36)}, policyAdmin, "no such policy", firewall.ErrNoPolicy},
		{firewall.ReadPolicyOptions{PolicyID: id}, "222222222222", "administrator", firewall.ErrNotAdministrator},
		{firewall.ReadPolicyOptions{PolicyID: shield}, policyAdmin, `"shield": it is of type SHIELD_ADVANCED; only policies of type WAFV2`, nil},
		{firewall.ReadPolicyOptions{PolicyID: odd}, policyAdmin, `IncludeMap: the key "ACCOUNT_TAG"`, nil},
		{firewall.ReadPolicyOptions{PolicyID: broken}, policyAdmin, "tokenDomains: want a list", nil},
	} {
		_, err := firewall.ReadPolicy(t.Context(), w.clientsOf(test.account), test.opts)
		if err == nil || !strings.HasPrefix(err.Error(), "firewall: read policy: ") || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%+v: got %v, want %q", test.opts, err, test.want)
		}
	}
}

func TestPlanRetrofitRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *firewall.RetrofitOptions)
		want   string
		calls  int
	}{
		{"no policy", func(o *firewall.RetrofitOptions) { o.Policy = retrofit.Policy{} }, "Name is empty", 0},
		{"no ID", func(o *firewall.RetrofitOptions) { o.Policy.ID = "x" }, "want 36", 0},
		{"another Region", func(o *firewall.RetrofitOptions) { o.Policy.Region = "us-east-1" }, "for us-east-1, the clients are in eu-central-1", 0},
		{"both", func(o *firewall.RetrofitOptions) { o.Policy.Exclude.IDs = []string{"333333333333"} }, "both Include and Exclude", 0},
		{"tag of this library", func(o *firewall.RetrofitOptions) { o.Tags = map[string]string{"awspatterns": "x"} }, "that of this library", 0},
		{"tag of AWS", func(o *firewall.RetrofitOptions) { o.Tags = map[string]string{"AWS:x": "x"} }, `no "aws:"`, 0},
		{"long tag", func(o *firewall.RetrofitOptions) { o.Tags = map[string]string{"x": strings.Repeat("x", 257)} }, "256", 0},
		{"ceiling without a state", func(o *firewall.RetrofitOptions) { o.MaxWebACLs = 1 }, "State", 0},
		{"price", func(o *firewall.RetrofitOptions) { o.Prices.WebACL = -1 }, "no prices", 0},
		{"no price", func(o *firewall.RetrofitOptions) { o.Prices.Policy = math.NaN() }, "no prices", 0},
		{"another administrator", func(o *firewall.RetrofitOptions) { o.Policy.Admin = "222222222222" }, "belongs to the administrator 222222222222", 1},
		{"unknown ID", func(o *firewall.RetrofitOptions) { o.Policy.ID = strings.Repeat("a", 36) }, "no such policy", 2},
		{"a name of two", func(o *firewall.RetrofitOptions) { o.Policy.Name = "twice" }, `2 policies are named "twice"`, 2},
		{"another type", func(o *firewall.RetrofitOptions) { o.Policy.Name, o.Adopt = "shield", true }, "of type SHIELD_ADVANCED", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			w.createPolicy("twice", nil)
			w.createPolicy("twice", nil)
			w.createPolicy("shield", nil, func(p *types.Policy) { p.SecurityServicePolicyData.Type = types.SecurityServiceTypeShieldAdvanced })
			opts := firewall.RetrofitOptions{Policy: wantedPolicy()}
			test.change(&opts)
			plan, err := firewall.PlanRetrofit(t.Context(), w.clients(), opts)
			if err == nil || !strings.HasPrefix(err.Error(), "firewall: plan retrofit: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if w.Count() != test.calls || plan.Digest != "" {
				t.Errorf("got %d calls, want %d", w.Count(), test.calls)
			}
		})
	}
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: wantedPolicy()}
	if _, err := firewall.PlanRetrofit(t.Context(), w.clientsOf("222222222222"), opts); !errors.Is(err, firewall.ErrNotAdministrator) {
		t.Errorf("got %v, want that the account is no administrator", err)
	}
	for _, missing := range []func(*firewall.Clients){
		func(c *firewall.Clients) { c.FMS = nil }, func(c *firewall.Clients) { c.STS = nil }, func(c *firewall.Clients) { c.Region = "" },
	} {
		c := w.clients()
		missing(&c)
		if _, err := firewall.PlanRetrofit(t.Context(), c, opts); err == nil || !strings.Contains(err.Error(), "the Clients have no") {
			t.Errorf("got %v", err)
		}
	}
}
