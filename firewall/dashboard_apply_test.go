package firewall_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// TestApplyDashboard: afterwards there is all of it, and nothing left to plan.
func TestApplyDashboard(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	w.cloudwatch.Warnings = []cwtypes.DashboardValidationMessage{{DataPath: aws.String("/widgets/3"), Message: aws.String("may not render")}}
	opts := edgeOptions()
	opts.Firewalls, opts.Name = []string{"edge", "east-west"}, "perimeter"
	told := 0
	plan := plannedDashboard(t, w, opts)
	plan.Progress = func(awspatterns.Outcome) { told++ }
	result, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan)
	if err != nil || dashboardStates(result.Outcomes)[awspatterns.Applied] != 65 || told != 65 {
		t.Fatalf("got %v, %v", dashboardStates(result.Outcomes), err)
	}
	if result.Name != "perimeter" || !strings.HasSuffix(result.URL, "name=perimeter") {
		t.Errorf("got %s, %s", result.Name, result.URL)
	}
	if want := []firewall.DashboardMessage{{DataPath: "/widgets/3", Message: "may not render"}}; !slices.Equal(result.Messages, want) {
		t.Errorf("got %v", result.Messages)
	}
	if n := []int{w.lines("dashboard"), w.lines("rule"), w.lines("alarm")}; !slices.Equal(n, []int{1, 52, 12}) {
		t.Errorf("got %d dashboards, rules and alarms", n)
	}
	var body dashboard.Body
	if err := json.Unmarshal([]byte(w.body("perimeter")), &body); err != nil || len(body.Widgets) != 120 {
		t.Errorf("got %d widgets, %v", len(body.Widgets), err)
	}
	again := plannedDashboard(t, w, opts)
	if !again.Empty() || len(again.Costs) > 0 {
		t.Errorf("afterwards\n%s", again)
	}
	calls := w.Count()
	if _, err := firewall.ApplyDashboard(t.Context(), firewall.Clients{}, again); err != nil || w.Count() != calls {
		t.Errorf("an empty plan: got %v after %d calls", err, w.Count()-calls)
	}
	repeated, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan)
	if err != nil || dashboardStates(repeated.Outcomes)[awspatterns.Already] != 65 {
		t.Errorf("applied again: got %v, %v", dashboardStates(repeated.Outcomes), err)
	}
}

// TestDashboardChanges takes a dashboard through its life: a firewall goes, alarms go,
// rules are switched off and on without being made anew, and all is removed.
func TestDashboardChanges(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	w.putRule("TopTCPFlowsRule-mine", foreignDefinition, "ENABLED", "")
	both := edgeOptions()
	both.Firewalls, both.Name = []string{"edge", "east-west"}, "perimeter"
	one := both
	one.Firewalls = []string{"edge"}
	quiet := one
	quiet.Alarms, quiet.TopN = nil, 20
	off := quiet
	off.RulesState = dashboard.Disabled
	removal := firewall.DashboardOptions{Name: "perimeter", Remove: true}
	for _, step := range []struct {
		name    string
		opts    firewall.DashboardOptions
		changes map[awspatterns.Action]int
		left    []int // dashboards, rules, alarms
	}{
		{"both", both, map[awspatterns.Action]int{awspatterns.Create: 65}, []int{1, 53, 12}},
		{"one", one, map[awspatterns.Action]int{awspatterns.Update: 1, awspatterns.Delete: 32}, []int{1, 27, 6}},
		{"no alarms, top 20", quiet, map[awspatterns.Action]int{awspatterns.Update: 1, awspatterns.Delete: 6}, []int{1, 27, 0}},
		{"off", off, map[awspatterns.Action]int{awspatterns.Update: 26}, []int{1, 27, 0}},
		{"on", quiet, map[awspatterns.Action]int{awspatterns.Update: 26}, []int{1, 27, 0}},
		{"removed", removal, map[awspatterns.Action]int{awspatterns.Delete: 27}, []int{0, 1, 0}},
		{"removed again", removal, map[awspatterns.Action]int{}, []int{0, 1, 0}},
	} {
		plan := plannedDashboard(t, w, step.opts)
		for _, action := range []awspatterns.Action{awspatterns.Create, awspatterns.Update, awspatterns.Delete} {
			if plan.Count(action) != step.changes[action] {
				t.Errorf("%s: %s %d times\n%s", step.name, action, plan.Count(action), strings.Join(briefDashboard(plan), "\n"))
			}
		}
		if step.opts.Remove && len(plan.Changes) > 0 && plan.Changes[0].Resource.Type != "CloudWatch dashboard" || step.opts.Remove && len(plan.Costs) > 0 {
			t.Errorf("%s: the first change is %s", step.name, briefDashboard(plan)[0])
		}
		if _, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := []int{w.lines("dashboard"), w.lines("rule"), w.lines("alarm")}; !slices.Equal(n, step.left) {
			t.Errorf("%s: got %d dashboards, rules and alarms, want %d", step.name, n, step.left)
		}
		if strings.Contains(w.cloudwatch.Dump(), "made 2 times") {
			t.Errorf("%s: a rule was made anew", step.name)
		}
		if again := plannedDashboard(t, w, step.opts); !again.Empty() {
			t.Errorf("%s: afterwards\n%s", step.name, again)
		}
	}
	if definition, _ := w.rule("TopTCPFlowsRule-mine"); definition != foreignDefinition {
		t.Errorf("the rule of another is %q", definition)
	}
}

// TestDashboardSemantics: what CloudWatch writes otherwise and means the same is no
// change.
func TestDashboardSemantics(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	if _, err := applyDashboard(t.Context(), w.clients(), edgeOptions()); err != nil {
		t.Fatal(err)
	}
	indent := func(text string) string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		out, err := json.MarshalIndent(v, "", "    ") // also escapes <, > and &
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	body := indent(w.body("edge-dashboard"))
	w.putDashboard("edge-dashboard", strings.Replace(body, "100000000000", "1e11", 1))
	definition, state := w.rule("TopTCPFlowsRule-edge")
	w.putRule("TopTCPFlowsRule-edge", indent(definition), state, edgeMark)
	if plan := plannedDashboard(t, w, edgeOptions()); !plan.Empty() || !strings.Contains(body, `\u003e`) {
		t.Errorf("got\n%s", plan)
	}
	w.putDashboard("edge-dashboard", strings.Replace(body, `"ENI`, `"EN1`, 1))
	w.putDashboard("edge-dashboard", strings.Replace(body, "Top Protocols", "My Protocols", 2))
	if plan := plannedDashboard(t, w, edgeOptions()); len(plan.Changes) != 1 || len(plan.Changes[0].Fields) != 3 {
		t.Errorf("edited by hand: got\n%s", plan)
	}
}

// TestApplyDashboardStale: what was changed since the plan was made is left alone.
func TestApplyDashboardStale(t *testing.T) {
	for name, change := range map[string]func(*dashboardWorld){
		"a rule was made":       func(w *dashboardWorld) { w.putRule("TopTCPFlowsRule-edge", foreignDefinition, "ENABLED", "") },
		"a rule was changed":    func(w *dashboardWorld) { w.putRule("TopUDPFlowsRule-edge", foreignDefinition, "DISABLED", edgeMark) },
		"a rule was given away": func(w *dashboardWorld) { w.putRule("TopUDPFlowsRule-edge", foreignDefinition, "ENABLED", "theirs") },
		"the rule to delete was given away": func(w *dashboardWorld) {
			w.putRule("TopUDPFlowsRule-east-west", foreignDefinition, "ENABLED", "theirs")
		},
		"the alarm to delete was changed": func(w *dashboardWorld) { w.putAlarm("NetworkFirewall-TLSErrors-edge", edgeMark) },
		"the dashboard was changed":       func(w *dashboardWorld) { w.putDashboard("edge-dashboard", `{"widgets": []}`) },
	} {
		t.Run(name, func(t *testing.T) {
			w := staleDashboard(awstest.New(t))
			plan := plannedDashboard(t, w, staleOptions())
			change(w)
			result, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan)
			if !errors.Is(err, awspatterns.ErrStale) || dashboardStates(result.Outcomes)[awspatterns.Failed] != 1 {
				t.Errorf("got %v, %v", dashboardStates(result.Outcomes), err)
			}
		})
	}
}

// TestApplyDashboardRuleNotDeleted: a failure that is told in a success is one.
func TestApplyDashboardRuleNotDeleted(t *testing.T) {
	w := staleDashboard(awstest.New(t))
	w.cloudwatch.RefuseDeletion("TopTCPFlowsRule-east-west", "InternalFailure")
	result, err := applyDashboard(t.Context(), w.clients(), staleOptions())
	refused, ok := errors.AsType[*firewall.DashboardRuleError](err)
	if !ok || refused.Rule != "TopTCPFlowsRule-east-west" || refused.Code != "InternalFailure" || dashboardStates(result.Outcomes)[awspatterns.Pending] != 1 {
		t.Errorf("got %v, %v", dashboardStates(result.Outcomes), err)
	}
	w.cloudwatch.RefuseDeletion("TopTCPFlowsRule-east-west", "")
	if _, err := applyDashboard(t.Context(), w.clients(), staleOptions()); err != nil {
		t.Error(err)
	}
}

// refusing is a CloudWatch client that refuses bodies.
type refusing struct{ firewall.CloudWatchAPI }

func (refusing) PutDashboard(context.Context, *cwsdk.PutDashboardInput, ...func(*cwsdk.Options)) (*cwsdk.PutDashboardOutput, error) {
	return nil, &cwtypes.DashboardInvalidInputError{Message: aws.String("there are 1 validation errors"), DashboardValidationMessages: []cwtypes.DashboardValidationMessage{
		{DataPath: aws.String("/widgets/0/x"), Message: aws.String("Should be <= 23")},
	}}
}

// TestApplyDashboardRefused: what CloudWatch says of a body is in the error.
func TestApplyDashboardRefused(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	clients := w.clients()
	clients.CloudWatch = refusing{clients.CloudWatch}
	_, err := applyDashboard(t.Context(), clients, edgeOptions())
	if _, typed := errors.AsType[*cwtypes.DashboardInvalidInputError](err); !typed || !strings.HasSuffix(err.Error(), `; at "/widgets/0/x": Should be <= 23`) {
		t.Errorf("got %v", err)
	}
}

// TestApplyDashboardLimit: an account that has no room for more rules.
func TestApplyDashboardLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDashboardWorld(awstest.New(t))
		w.cloudwatch.MaxRules = 10
		result, err := applyDashboard(t.Context(), w.clients(), edgeOptions())
		if _, limit := errors.AsType[*cwtypes.LimitExceededException](err); !limit || dashboardStates(result.Outcomes)[awspatterns.Applied] != 10 || w.lines("dashboard") != 0 {
			t.Errorf("got %v, %v", dashboardStates(result.Outcomes), err)
		}
	})
}

// TestApplyDashboardRefuses: nothing is changed.
func TestApplyDashboardRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(p *firewall.DashboardPlan, w *dashboardWorld) firewall.Clients
		is     error
	}{
		{"another account", func(_ *firewall.DashboardPlan, w *dashboardWorld) firewall.Clients {
			return firewall.NewClients(w.Config(dashboardRegion, "999999999999"))
		}, awspatterns.ErrWrongAccount},
		{"another Region", func(_ *firewall.DashboardPlan, w *dashboardWorld) firewall.Clients {
			return firewall.NewClients(w.Config("eu-west-1", dashboardAccount))
		}, awspatterns.ErrWrongAccount},
		{"another definition", func(p *firewall.DashboardPlan, w *dashboardWorld) firewall.Clients {
			p.Dashboard.Rules[0].Definition.AggregateOn = "Sum"
			return w.clients()
		}, awspatterns.ErrAltered},
		{"no clients", func(*firewall.DashboardPlan, *dashboardWorld) firewall.Clients { return firewall.Clients{} }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := staleDashboard(awstest.New(t))
			plan := plannedDashboard(t, w, staleOptions())
			before := w.cloudwatch.Dump()
			result, err := firewall.ApplyDashboard(t.Context(), test.change(&plan, w), plan)
			if err == nil || test.is != nil && !errors.Is(err, test.is) || w.cloudwatch.Dump() != before {
				t.Errorf("got %v", err)
			}
			if len(result.Outcomes) != len(plan.Changes) || result.Outcomes[0].State != awspatterns.Pending {
				t.Errorf("got %v", result.Outcomes)
			}
		})
	}
}

// TestApplyDashboardJSON: a plan that was kept is applied.
func TestApplyDashboardJSON(t *testing.T) {
	w := staleDashboard(awstest.New(t))
	text, err := json.Marshal(plannedDashboard(t, w, staleOptions()))
	if err != nil {
		t.Fatal(err)
	}
	var kept firewall.DashboardPlan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if _, err := firewall.ApplyDashboard(t.Context(), w.clients(), kept); err != nil {
		t.Error(err)
	}
}

// TestApplyDashboardTwice applies one plan twice at a time, in many orders.
func TestApplyDashboardTwice(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			w := smallDashboard(awstest.New(t))
			opts := edgeOptions()
			opts.Alarms.Kinds = []dashboard.AlarmKind{dashboard.NoTraffic}
			plan := plannedDashboard(t, w, opts)
			w.Seed = seed + 1
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if _, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
				})
			}
			wg.Wait()
			if plan := plannedDashboard(t, w, opts); !plan.Empty() {
				t.Errorf("seed %d: afterwards\n%s", seed, plan)
			}
		})
	}
}

// TestApplyDashboardEnds: the context ends in the middle.
func TestApplyDashboardEnds(t *testing.T) {
	why := errors.New("shut down")
	w := staleDashboard(awstest.New(t))
	plan := plannedDashboard(t, w, staleOptions())
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	plan.Progress = func(awspatterns.Outcome) { cancel(why) }
	result, err := firewall.ApplyDashboard(ctx, w.clients(), plan)
	if !errors.Is(err, why) || result.Outcomes[0].State != awspatterns.Applied || result.Outcomes[1].State != awspatterns.Pending {
		t.Errorf("got %v, %v", dashboardStates(result.Outcomes), err)
	}
}

// TestDashboardLongName: a mark is a tag, which is shorter than a name may be.
func TestDashboardLongName(t *testing.T) {
	w := newDashboardWorld(awstest.New(t))
	for _, last := range []string{"a", "b"} {
		opts := firewall.DashboardOptions{Firewalls: []string{"edge"}, Name: strings.Repeat("n", 254) + last, RulesState: map[string]string{"a": "ENABLED", "b": "DISABLED"}[last]}
		plan := plannedDashboard(t, w, opts)
		result, err := firewall.ApplyDashboard(t.Context(), w.clients(), plan)
		if want := map[string]error{"a": nil, "b": awspatterns.ErrIncomplete}[last]; !errors.Is(err, want) {
			t.Errorf("%s: got %v, %v", last, dashboardStates(result.Outcomes), err)
		}
		if again := plannedDashboard(t, w, opts); last == "a" && !again.Empty() {
			t.Errorf("afterwards\n%s", fmt.Sprint(briefDashboard(again)))
		}
	}
}
