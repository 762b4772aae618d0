package firewall_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/internal/standin/fms"
)

func outcomeStates(outcomes []awspatterns.Outcome) (states []string) {
	for _, o := range outcomes {
		states = append(states, string(o.State))
	}
	return states
}

func TestApplyRetrofit(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	opts := firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}}
	plan := plannedRetrofit(t, w, opts)
	var told []string
	plan.Progress = func(o awspatterns.Outcome) { told = append(told, string(o.State)+" "+o.Resource.ID) }
	first, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
	if err != nil || !slices.Equal(outcomeStates(first.Outcomes), []string{"applied"}) || !slices.Equal(told, []string{"applied baseline"}) {
		t.Fatalf("got %+v, %v, told %q", first, err, told)
	}
	put, tags, ok := w.fms.Policy(first.PolicyID)
	if !ok || *put.PolicyUpdateToken != first.UpdateToken || !strings.HasSuffix(first.PolicyARN, first.PolicyID) || tags["team"] != "edge" || tags["awspatterns"] == "" {
		t.Errorf("got %+v, which has %+v and the tags %v", first, put, tags)
	}
	if put.ResourceTagLogicalOperator != "AND" || *put.ResourceType != "ResourceTypeList" || len(put.ExcludeMap) != 0 || put.SecurityServicePolicyData.Type != "WAFV2" {
		t.Errorf("put %+v", put)
	}
	again, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
	again.Outcomes, first.Outcomes = nil, nil
	if err != nil || len(told) != 2 || told[1] != "already baseline" || again.PolicyID != first.PolicyID || again.UpdateToken != first.UpdateToken || again.PolicyARN != first.PolicyARN {
		t.Errorf("applied again: %+v, %v, told %q", again, err, told)
	}
	calls := w.Count()
	empty := plannedRetrofit(t, w, opts)
	planning := w.Count() - calls
	result, err := firewall.ApplyRetrofit(t.Context(), firewall.Clients{}, empty)
	if err != nil || result.PolicyID != first.PolicyID || w.Count() != calls+planning {
		t.Errorf("an empty plan: %+v, %v", result, err)
	}
}

func TestApplyRetrofitFails(t *testing.T) {
	update := func(w *fmsWorld) firewall.RetrofitOptions {
		existingPolicy(w, policyMark)
		return firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}}
	}
	create := func(*fmsWorld) firewall.RetrofitOptions { return firewall.RetrofitOptions{Policy: wantedPolicy()} }
	baseline := func(w *fmsWorld) string { return w.fms.IDs("baseline")[0] }
	for _, test := range []struct {
		name  string
		start func(w *fmsWorld) firewall.RetrofitOptions
		then  func(w *fmsWorld, p *firewall.RetrofitPlan)
		is    error
		text  string
	}{
		{"changed by another hand", update, func(w *fmsWorld, _ *firewall.RetrofitPlan) {
			w.fms.ChangePolicy(baseline(w), func(p *types.Policy) { p.PolicyDescription = aws.String("x") })
		}, awspatterns.ErrStale, "plan again"},
		{"changed and back", update, func(w *fmsWorld, _ *firewall.RetrofitPlan) { w.fms.ChangePolicy(baseline(w), func(*types.Policy) {}) }, awspatterns.ErrStale, ""},
		{"deleted", update, func(w *fmsWorld, _ *firewall.RetrofitPlan) { w.fms.DeletePolicy(baseline(w)) }, awspatterns.ErrStale, ""},
		{"created by another hand", create, func(w *fmsWorld, _ *firewall.RetrofitPlan) { existingPolicy(w, nil) }, awspatterns.ErrStale, ""},
		{"created twice by another hand", create, func(w *fmsWorld, _ *firewall.RetrofitPlan) { existingPolicy(w, nil); existingPolicy(w, nil) }, nil, "2 policies"},
		{"another field approved", update, func(_ *fmsWorld, p *firewall.RetrofitPlan) { p.Policy.Remediate = false }, awspatterns.ErrAltered, ""},
		{"a plan of another pattern", update, func(_ *fmsWorld, p *firewall.RetrofitPlan) { p.Pattern = "x" }, awspatterns.ErrAltered, ""},
		{"another account", update, func(w *fmsWorld, p *firewall.RetrofitPlan) {
			p.Target.Account = "999999999999"
			firewall.SealRetrofit(p)
		}, awspatterns.ErrWrongAccount, ""},
		{"a change of another kind", update, func(_ *fmsWorld, p *firewall.RetrofitPlan) {
			p.Changes[0].Action = awspatterns.Create
			firewall.SealRetrofit(p)
		}, awspatterns.ErrAltered, "is not about"},
		{"a deletion", update, func(_ *fmsWorld, p *firewall.RetrofitPlan) {
			p.Changes[0].Action = awspatterns.Delete
			firewall.SealRetrofit(p)
		}, awspatterns.ErrAltered, "is not about"},
		{"two changes", update, func(_ *fmsWorld, p *firewall.RetrofitPlan) {
			p.Changes = append(p.Changes, p.Changes[0])
			firewall.SealRetrofit(p)
		}, awspatterns.ErrAltered, "2 changes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			plan := plannedRetrofit(t, w, test.start(w))
			test.then(w, &plan)
			before := w.fms.Dump()
			result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.text) || !strings.HasPrefix(err.Error(), "firewall: apply retrofit: ") {
				t.Errorf("got %v, want %v %q", err, test.is, test.text)
			}
			if got := w.fms.Dump(); got != before {
				t.Errorf("it changed\n%s\nto\n%s", before, got)
			}
			if len(result.Outcomes) != len(plan.Changes) {
				t.Errorf("got %d outcomes", len(result.Outcomes))
			}
		})
	}
}

// TestApplyRetrofitWhileAnotherHandWrites: the policy changes between the look and
// PutPolicy, which refuses the old token.
func TestApplyRetrofitWhileAnotherHandWrites(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	existingPolicy(w, policyMark)
	plan := plannedRetrofit(t, w, firewall.RetrofitOptions{Policy: wantedPolicy()})
	id := w.fms.IDs("baseline")[0]
	w.Inject(awstest.Fault{Operation: "FMS.PutPolicy", Match: func(awstest.Call) bool {
		w.fms.ChangePolicy(id, func(p *types.Policy) { p.PolicyDescription = aws.String("by another hand") })
		return false
	}})
	_, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
	if !errors.Is(err, awspatterns.ErrStale) || !strings.Contains(err.Error(), "InvalidInputException") {
		t.Errorf("got %v, want ErrStale and what the service says", err)
	}
	if p, _, _ := w.fms.Policy(id); *p.PolicyDescription != "by another hand" {
		t.Errorf("the other hand's policy is overwritten: %+v", p)
	}
}

// TestApplyRetrofitRefused: what the service refuses for good is not taken for a
// change by another hand, and is asked for once.
func TestApplyRetrofitRefused(t *testing.T) {
	for name, start := range map[string]func(w *fmsWorld) firewall.RetrofitOptions{"create": retrofitWorlds["create"], "update": retrofitWorlds["update by name"]} {
		t.Run(name, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			plan := plannedRetrofit(t, w, start(w))
			refusal := awstest.Status(400, &types.InvalidInputException{Message: aws.String("no such bucket")})
			hits := w.Inject(awstest.Fault{Operation: "FMS.PutPolicy", Err: refusal})
			result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
			if err == nil || errors.Is(err, awspatterns.ErrStale) || !strings.Contains(err.Error(), "no such bucket") || hits() != 1 {
				t.Errorf("got %v after %d calls", err, hits())
			}
			if got := outcomeStates(result.Outcomes); !slices.Equal(got, []string{"failed"}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestCreateIsNotRepeatedBlindly: after an error that may hide a policy, it is looked
// for; two policies are never made, also if Firewall Manager allowed two of a name.
func TestCreateIsNotRepeatedBlindly(t *testing.T) {
	for name, lost := range map[string]error{
		"InternalError": fms.InternalError(), "status 503": awstest.Error(503, "ServiceUnavailable", "Come back later"),
	} {
		for _, applied := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newFMSWorld(awstest.New(t))
					w.fms.SameNames = true
					plan := plannedRetrofit(t, w, firewall.RetrofitOptions{Policy: wantedPolicy()})
					w.Inject(awstest.Fault{Operation: "FMS.PutPolicy", Times: 1, Err: lost, Applied: applied})
					result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
					if (err == nil) != applied {
						t.Errorf("applied %t: got %v", applied, err)
					}
					if err != nil {
						if result, err = firewall.ApplyRetrofit(t.Context(), w.clients(), plan); err != nil {
							t.Fatal(err)
						}
					}
					if ids := w.fms.IDs("baseline"); len(ids) != 1 || ids[0] != result.PolicyID {
						t.Errorf("got the policies %v, and %+v", ids, result)
					}
				})
			})
		}
	}
}

// TestUpdateSurvivesSystemProblems: an update has a token, so that the client may
// repeat it.
func TestUpdateSurvivesSystemProblems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFMSWorld(awstest.New(t))
		existingPolicy(w, policyMark)
		opts := firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}}
		hits := w.Inject(awstest.Fault{Operation: "FMS.*", Attempts: 1, Err: fms.InternalError()})
		plan := plannedRetrofit(t, w, opts)
		result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
		if err != nil || !slices.Equal(outcomeStates(result.Outcomes), []string{"applied"}) || hits() < 7 {
			t.Errorf("got %+v, %v after %d problems", result, err, hits())
		}
	})
}

// TestTagsOfAnotherHand: tags that the plan does not name are left.
func TestTagsOfAnotherHand(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	existingPolicy(w, map[string]string{"team": "web", "cost": "1"})
	opts := firewall.RetrofitOptions{Policy: wantedPolicy(), Tags: map[string]string{"team": "edge"}, Adopt: true}
	result := appliedRetrofit(t, w, opts)
	if _, tags, _ := w.fms.Policy(result.PolicyID); len(tags) != 3 || tags["cost"] != "1" || tags["team"] != "edge" {
		t.Errorf("got %v", tags)
	}
}

// TestApplyRetrofitTwiceAtOnce: whoever comes second finds the policy, and makes no
// other.
func TestApplyRetrofitTwiceAtOnce(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			plan := plannedRetrofit(t, w, firewall.RetrofitOptions{Policy: wantedPolicy()})
			w.Seed = seed + 1
			var wg sync.WaitGroup
			ids, errs := make([]string, 3), make([]error, 3)
			for i := range ids {
				wg.Go(func() {
					result, err := firewall.ApplyRetrofit(t.Context(), w.clients(), plan)
					ids[i], errs[i] = result.PolicyID, err
				})
			}
			wg.Wait()
			if err := errors.Join(errs...); err != nil || len(w.fms.IDs("baseline")) != 1 || len(slices.Compact(ids)) != 1 || ids[0] == "" {
				t.Errorf("seed %d: got %v, %v, and the policies %v", seed, ids, err, w.fms.IDs("baseline"))
			}
		})
	}
}

func TestRetrofitEndsWithItsContext(t *testing.T) {
	for _, operation := range []string{"STS.GetCallerIdentity", "FMS.ListPolicies", "FMS.GetPolicy", "FMS.ListTagsForResource", "FMS.PutPolicy", "FMS.TagResource"} {
		synctest.Test(t, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			opts := retrofitWorlds["adopt"](w)
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := errors.New("enough")
			hits := w.Inject(awstest.Fault{Operation: operation, Latency: time.Hour})
			time.AfterFunc(time.Minute, func() { cancel(stop) })
			plan, err := firewall.PlanRetrofit(ctx, w.clients(), opts)
			if err == nil {
				_, err = firewall.ApplyRetrofit(ctx, w.clients(), plan)
			}
			if !errors.Is(err, stop) || hits() != 1 {
				t.Errorf("%s: got %v after %d calls", operation, err, hits())
			}
		})
	}
}
