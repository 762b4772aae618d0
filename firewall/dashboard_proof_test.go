package firewall_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// A keptDashboard world has a file that the plan is kept in.
type keptDashboard struct {
	*dashboardWorld
	file []byte
}

// dashboardProof tries options in a world. With samePlan, the plan is kept in a file, and
// applied again after a crash; otherwise there is a new one each time.
func dashboardProof(start func(*awstest.Cloud) *dashboardWorld, opts firewall.DashboardOptions, samePlan bool) awstest.Proof[*keptDashboard] {
	return awstest.Proof[*keptDashboard]{
		Start: func(c *awstest.Cloud) *keptDashboard { return &keptDashboard{dashboardWorld: start(c)} },
		Run: func(ctx context.Context, _ *awstest.Cloud, w *keptDashboard) error {
			if !samePlan {
				_, err := applyDashboard(ctx, w.clients(), opts)
				return err
			}
			plan, err := w.plan(ctx, opts)
			if err != nil {
				return err
			}
			_, err = firewall.ApplyDashboard(ctx, w.clients(), plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *keptDashboard) (awspatterns.Plan, error) {
			plan, err := firewall.PlanDashboard(ctx, w.clients(), opts)
			return plan.Plan, err
		},
		State: func(w *keptDashboard) string { return shortenedDump(w.cloudwatch.Dump()) },
	}
}

// shortenedDump returns a text with long lines as their beginning and a hash.
func shortenedDump(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if len(line) > 150 {
			line = fmt.Sprintf("%.100s… %x\n", line, sha256.Sum256([]byte(line)))
		}
		out.WriteString(line)
	}
	return out.String()
}

// plan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *keptDashboard) plan(ctx context.Context, opts firewall.DashboardOptions) (plan firewall.DashboardPlan, err error) {
	if w.file == nil {
		if plan, err = firewall.PlanDashboard(ctx, w.clients(), opts); err != nil || plan.Incomplete {
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
	plan = firewall.DashboardPlan{}
	err = json.Unmarshal(w.file, &plan)
	return plan, err
}

// TestDashboardProof tries three worlds: most of a dashboard that is there, one that is
// removed, and one of others that is taken over. The long ones run without the race
// detector.
func TestDashboardProof(t *testing.T) {
	sweep(t)
	removal := firewall.DashboardOptions{Name: "edge-dashboard", Remove: true}
	for _, test := range []struct {
		name  string
		start func(*awstest.Cloud) *dashboardWorld
		opts  firewall.DashboardOptions
	}{{"stale", staleDashboard, staleOptions()}, {"removal", smallDashboard, removal}, {"adoption", templateDashboard, templateOptions()}} {
		proof, same := dashboardProof(test.start, test.opts, false), dashboardProof(test.start, test.opts, true)
		t.Run(test.name, func(t *testing.T) {
			t.Run("converges with the same plan", same.Converges)
			t.Run("retries", proof.Retries)
			t.Run("plan only reads", proof.PlanReads)
			if test.name == "adoption" {
				return // it deletes nothing, and reads much
			}
			t.Run("converges", proof.Converges)
			t.Run("failures", proof.Failures)
			t.Run("in any order", proof.AnyOrder(10))
			t.Run("denied reads", proof.DeniedReads)
			if test.name == "removal" { // the small one
				t.Run("converges after two crashes", proof.ConvergesTwice)
			}
		})
	}
}

// smallDashboard is an account with what is left of a dashboard that was removed in part,
// and things of others.
func smallDashboard(c *awstest.Cloud) *dashboardWorld {
	w := newDashboardWorld(c)
	d := renderedEdge(dashboard.NoTraffic, dashboard.TLSErrors)
	d.Rules = d.Rules[:4]
	w.putRendered(d)
	w.putRule("TopTCPFlowsRule-other", foreignDefinition, "ENABLED", "")
	w.putAlarm("NetworkFirewall-NoTraffic-other", "firewall.Dashboard/eu-central-1/other")
	return w
}

// TestDashboardPermissions compares what is declared with what is called.
func TestDashboardPermissions(t *testing.T) {
	tables := []awstest.Actions{cloudwatch.Actions, cloudwatchlogs.Actions, networkfirewall.Actions, sts.Actions}
	stale, removal := staleOptions(), firewall.DashboardOptions{Name: "edge-dashboard", Remove: true}
	quiet := staleOptions()
	quiet.Alarms = nil
	for name, opts := range map[string]firewall.DashboardOptions{"all": stale, "no alarms": quiet, "removal": removal} {
		t.Run(name, func(t *testing.T) {
			w := staleDashboard(awstest.New(t))
			declared := firewall.DashboardPermissions(opts)
			before := w.Count()
			if !opts.Remove { // of a firewall that is not there, the others are listed
				missing := opts
				missing.Firewalls = []string{"none"}
				if _, err := firewall.PlanDashboard(t.Context(), w.clients(), missing); err == nil {
					t.Error("a firewall that is not there")
				}
			}
			plan := plannedDashboard(t, w, opts)
			planned := w.Count()
			if _, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan); err != nil {
				t.Fatal(err)
			}
			calls := w.Calls()
			awstest.CheckPermissions(t, declared.Plan, calls[before:planned], tables...)
			awstest.CheckPermissions(t, declared.Apply, calls[planned:], tables...)
		})
	}
	golden.Equal(t, "testdata/golden/dashboard_policies.json",
		string(firewall.DashboardPermissions(stale).Plan.Document(awspatterns.Target{Partition: "aws-cn", Account: dashboardAccount, Region: "cn-north-1"}))+
			string(firewall.DashboardPermissions(stale).Apply.Document(awspatterns.Target{Partition: "aws-us-gov", Account: dashboardAccount, Region: "us-gov-west-1"})))
	if p := firewall.DashboardPermissions(firewall.DashboardOptions{}); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
