package firewall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/fms"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// wantedPolicy is a policy that retrofits load balancers and stages in production.
func wantedPolicy() retrofit.Policy {
	return retrofit.Policy{
		Name: "baseline", Description: "Rules for all", ResourceTypes: []retrofit.ResourceType{retrofit.LoadBalancer, retrofit.APIStage},
		Tags:    []retrofit.Tag{{Key: "Tier", Value: "Production"}, {Key: "Public"}},
		Include: retrofit.Accounts{IDs: []string{"222222222222", "111111111111"}, OrgUnits: []string{"ou-ab12-11111111"}}, Remediate: true,
		Data: retrofit.ServiceData{
			Type: "WAFV2", WebACLSource: retrofit.SourceRetrofit, DefaultAction: retrofit.DefaultAction{Type: "ALLOW"}, OptimizeUnassociatedWebACL: true,
			PreProcessRuleGroups: []retrofit.PolicyRuleGroup{managedGroup("AWSManagedRulesCommonRuleSet"), managedGroup("AWSManagedRulesKnownBadInputsRuleSet")},
			LoggingConfiguration: &retrofit.LoggingConfiguration{LogDestinationConfigs: []string{"arn:aws:s3:::aws-waf-logs-all"}},
		},
	}
}

func managedGroup(name string) retrofit.PolicyRuleGroup {
	return retrofit.PolicyRuleGroup{
		RuleGroupType: "ManagedRuleGroup", OverrideAction: retrofit.DefaultAction{Type: "NONE"}, SampledRequestsEnabled: true,
		Managed: &retrofit.ManagedID{VendorName: "AWS", ManagedRuleGroupName: name},
	}
}

// existingPolicy makes a policy baseline that differs, and returns its ID.
func existingPolicy(w *fmsWorld, tags map[string]string) string {
	w.createPolicy("aaa", nil)
	id := w.createPolicy("baseline", tags, func(p *types.Policy) {
		p.ResourceTags = []types.ResourceTag{{Key: aws.String("Tier")}}
		p.IncludeMap = map[string][]string{"ACCOUNT": {"111111111111", "333333333333"}}
		p.SecurityServicePolicyData.ManagedServiceData = aws.String(`{"type": "WAFV2", "defaultAction": {"type": "ALLOW"}, "tokenDomains": ["a.com"],
			"captchaConfig": {"immunityTimeProperty": {"immunityTime": 500}}, "preProcessRuleGroups": [{"ruleGroupType": "ManagedRuleGroup",
			"overrideAction": {"type": "COUNT"}, "sampledRequestsEnabled": true, "ruleGroupArn": null,
			"managedRuleGroupIdentifier": {"vendorName": "AWS", "managedRuleGroupName": "AWSManagedRulesCommonRuleSet"}}]}`)
	})
	w.createPolicy("zzz", nil)
	return id
}

var policyMark = map[string]string{"awspatterns": "firewall.Retrofit"}

// A keptRetrofit world has a file that the plan is kept in.
type keptRetrofit struct {
	*fmsWorld
	opts firewall.RetrofitOptions
	same bool // the plan of the file is applied again
	file []byte
}

func (w *keptRetrofit) run(ctx context.Context) error {
	plan := firewall.RetrofitPlan{}
	if w.file == nil || !w.same {
		var err error
		if plan, err = firewall.PlanRetrofit(ctx, w.clients(), w.opts); err != nil {
			return err
		}
		if !plan.Incomplete {
			text, err := json.Marshal(plan)
			if err != nil {
				return err
			}
			if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
				return err
			}
		}
	} else if err := json.Unmarshal(w.file, &plan); err != nil {
		return err
	}
	_, err := firewall.ApplyRetrofit(ctx, w.clients(), plan)
	return err
}

// retrofitProof tries a pattern in the world that start makes.
func retrofitProof(samePlan bool, start func(*fmsWorld) firewall.RetrofitOptions) awstest.Proof[*keptRetrofit] {
	return awstest.Proof[*keptRetrofit]{
		Start: func(c *awstest.Cloud) *keptRetrofit {
			w := newFMSWorld(c)
			w.fms.PageSize = 2
			return &keptRetrofit{fmsWorld: w, opts: start(w), same: samePlan}
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *keptRetrofit) error { return w.run(ctx) },
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *keptRetrofit) (awspatterns.Plan, error) {
			plan, err := firewall.PlanRetrofit(ctx, w.clients(), w.opts)
			return plan.Plan, err
		},
		State:     func(w *keptRetrofit) string { return w.fms.Dump() },
		NoDeletes: true,
	}
}

var retrofitWorlds = map[string]func(*fmsWorld) firewall.RetrofitOptions{
	"create": func(w *fmsWorld) firewall.RetrofitOptions {
		w.createPolicy("other", nil)
		return firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}}
	},
	"create where names are not unique": func(w *fmsWorld) firewall.RetrofitOptions {
		w.fms.SameNames = true
		return firewall.RetrofitOptions{Policy: wantedPolicy()}
	},
	"update by name": func(w *fmsWorld) firewall.RetrofitOptions {
		existingPolicy(w, policyMark)
		return firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}}
	},
	"update by ID": func(w *fmsWorld) firewall.RetrofitOptions {
		opts := firewall.RetrofitOptions{Policy: wantedPolicy()}
		opts.Policy.ID, opts.Policy.Name = existingPolicy(w, nil), "renamed"
		return opts
	},
	"adopt": func(w *fmsWorld) firewall.RetrofitOptions {
		existingPolicy(w, map[string]string{"team": "web", "cost": "1"})
		return firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}, Adopt: true, State: articleState()}
	},
}

func TestRetrofitProof(t *testing.T) {
	sweep(t)
	for name, start := range retrofitWorlds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, samePlan := range []bool{false, true} {
				proof := retrofitProof(samePlan, start)
				t.Run(fmt.Sprintf("same plan %t", samePlan), func(t *testing.T) {
					t.Run("converges", proof.Converges)
					t.Run("retries", proof.Retries)
					t.Run("failures", proof.Failures)
				})
			}
			proof := retrofitProof(false, start)
			if name == "create where names are not unique" || name == "adopt" { // the most calls, and the worst consequences
				t.Run("converges after two crashes", proof.ConvergesTwice)
			}
			t.Run("plan only reads", proof.PlanReads)
			t.Run("denied reads", proof.DeniedReads)
		})
	}
}

// TestRetrofitPermissions compares what is declared with what is called.
func TestRetrofitPermissions(t *testing.T) {
	var byName struct {
		opts        firewall.RetrofitOptions
		plan, apply []awstest.Call
	}
	for name, start := range retrofitWorlds {
		w := newFMSWorld(awstest.New(t))
		opts := start(w)
		before := w.Count()
		plan, err := firewall.PlanRetrofit(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		planned := w.Count()
		if _, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		calls := w.Calls()
		if opts.Policy.ID == "" { // whether it is created or updated is not known before
			byName.opts = firewall.RetrofitOptions{Policy: opts.Policy}
			byName.plan, byName.apply = append(byName.plan, calls[before:planned]...), append(byName.apply, calls[planned:]...)
			continue
		}
		t.Run(name, func(t *testing.T) {
			declared := firewall.RetrofitPermissions(opts)
			awstest.CheckPermissions(t, declared.Plan, calls[before:planned], fms.Actions, sts.Actions)
			awstest.CheckPermissions(t, declared.Apply, calls[planned:], fms.Actions, sts.Actions)
		})
	}
	declared := firewall.RetrofitPermissions(byName.opts)
	awstest.CheckPermissions(t, declared.Plan, byName.plan, fms.Actions, sts.Actions)
	awstest.CheckPermissions(t, declared.Apply, byName.apply, fms.Actions, sts.Actions)
	golden.Equal(t, "testdata/golden/retrofit_policy.json", string(declared.Apply.Document(
		awspatterns.Target{Partition: "aws-us-gov", Account: policyAdmin, Region: "us-gov-west-1"})))
	if p := firewall.RetrofitPermissions(firewall.RetrofitOptions{}); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}

// TestRetrofitPermissionsByID: tags of a policy that is given by its ID are changed
// only when asked for.
func TestRetrofitPermissionsByID(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}}
	opts.Policy.ID = existingPolicy(w, nil)
	plan, err := firewall.PlanRetrofit(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	planned := w.Count()
	if _, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan); err != nil {
		t.Fatal(err)
	}
	awstest.CheckPermissions(t, firewall.RetrofitPermissions(opts).Apply, w.Calls()[planned:], fms.Actions, sts.Actions)
}

func TestReadPolicyPermissions(t *testing.T) {
	for _, opts := range []firewall.ReadPolicyOptions{{PolicyName: "baseline"}, {PolicyID: "00000002-0000-4000-8000-000000000000"}} {
		w := newFMSWorld(awstest.New(t))
		existingPolicy(w, nil)
		if _, err := firewall.ReadPolicy(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		awstest.CheckPermissions(t, firewall.ReadPolicyPermissions(opts).Apply, w.Calls(), fms.Actions)
	}
	if p := firewall.ReadPolicyPermissions(firewall.ReadPolicyOptions{}); p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
