package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	quotastypes "github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/servicequotas"
	sesworld "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

func TestLimits(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		plan := w.plan(t, ses.LimitsOptions{})
		golden.Equal(t, "testdata/golden/limits.txt", plan.String())
		primary, secondary := w.clients()
		result, err := ses.ApplyLimits(t.Context(), primary, secondary, plan)
		if err != nil {
			t.Fatal(err)
		}
		want := "L-804C8AE8 in us-east-1: 50000 PENDING, support case allowed: true\nL-CDEF9B6B in us-east-1: 14 PENDING, support case allowed: true"
		if got := w.state(); got != want {
			t.Errorf("got\n%s", got)
		}
		for i, increase := range result.Increases {
			if increase.ID == "" || increase.Quota != plan.Limits[i].Quota || increase.Status != "PENDING" || result.Outcomes[i].State != awspatterns.Applied {
				t.Errorf("got %+v, %+v", increase, result.Outcomes[i])
			}
		}
		again := w.plan(t, ses.LimitsOptions{})
		if !again.Empty() || len(again.Waiting) != 2 {
			t.Errorf("planning again:\n%s", again)
		}
		golden.Equal(t, "testdata/golden/limits_waiting.txt", again.String())
		var markdown strings.Builder
		if err := again.WriteMarkdown(&markdown); err != nil || strings.Count(markdown.String(), "\n- Waiting in us-east-1: ") != 2 {
			t.Errorf("got %v\n%s", err, markdown.String())
		}
		if result, err = ses.ApplyLimits(t.Context(), primary, secondary, plan); err != nil || result.Outcomes[0].State != awspatterns.Already || result.Increases[0].ID == "" {
			t.Errorf("the same plan again: got %+v, %v", result, err)
		}
		if got := w.state(); got != want {
			t.Errorf("asked twice:\n%s", got)
		}
	})
}

func TestLimitsThatAWSDenies(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		if err := w.run(t.Context(), ses.LimitsOptions{}); err != nil {
			t.Fatal(err)
		}
		w.decide(readySecondary, servicequotas.SendingQuota, quotastypes.RequestStatusDenied)
		w.decide(readySecondary, servicequotas.SendingRate, quotastypes.RequestStatusApproved)
		w.ses.Region(readyAccount, readySecondary).SetQuota(200, 14, 0)
		plan := w.plan(t, ses.LimitsOptions{})
		if plan.Count(awspatterns.Manual) != 1 || plan.Applies() || !strings.Contains(plan.String(), "DENIED") {
			t.Errorf("got\n%s", plan)
		}
		primary, secondary := w.clients()
		if _, err := ses.ApplyLimits(t.Context(), primary, secondary, plan); err != nil {
			t.Errorf("a manual change is no error: %v", err)
		}
	})
}

func TestLimitsOfTheSandbox(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		w.ses.Region(readyAccount, readySecondary).ProductionAccess(false)
		plan := w.plan(t, ses.LimitsOptions{})
		if plan.Applies() || plan.Count(awspatterns.Manual) != 1 {
			t.Errorf("got\n%s", plan)
		}
		golden.Equal(t, "testdata/golden/limits_sandbox.txt", plan.String())
	})
}

func TestLimitsWithoutSupportCase(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		if err := w.run(t.Context(), ses.LimitsOptions{NoSupportCase: true}); err != nil {
			t.Fatal(err)
		}
		if got := w.state(); strings.Count(got, "support case allowed: false") != 2 {
			t.Errorf("got\n%s", got)
		}
	})
}

// TestLimitsAskedForMeanwhile has somebody else ask between planning and applying.
func TestLimitsAskedForMeanwhile(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		plan := w.plan(t, ses.LimitsOptions{})
		less := ses.LimitsOptions{LimitsOptions: region.LimitsOptions{Max24HourSend: 30_000, MaxSendRate: 20}}
		if err := w.run(t.Context(), less); err != nil {
			t.Fatal(err)
		}
		before := w.state()
		primary, secondary := w.clients()
		result, err := ses.ApplyLimits(t.Context(), primary, secondary, plan)
		if !errors.Is(err, awspatterns.ErrStale) || result.Outcomes[0].State != awspatterns.Failed || result.Outcomes[1].State != awspatterns.Already {
			t.Errorf("got %+v, %v", result.Outcomes, err)
		}
		if got := w.state(); got != before {
			t.Errorf("got\n%s", got)
		}
	})
}

// TestLimitsWhoseAnswerIsLost has the client ask again for what was requested already.
func TestLimitsWhoseAnswerIsLost(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		w.Inject(awstest.Fault{Operation: "Service Quotas.RequestServiceQuotaIncrease", Times: 1, Applied: true, Err: awstest.Error(500, "ServiceException", "lost")})
		if err := w.run(t.Context(), ses.LimitsOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(w.state(), "L-804C8AE8"); got != 1 {
			t.Errorf("asked %d times", got)
		}
	})
}

// TestLimitsRefuse tries what is refused before anything is requested.
func TestLimitsRefuse(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		primary, secondary := w.clients()
		calls := w.Count()
		for name, opts := range map[string]ses.LimitsOptions{
			"negative": {LimitsOptions: region.LimitsOptions{Max24HourSend: -1}},
			"too much": {LimitsOptions: region.LimitsOptions{MaxSendRate: 1e11}},
			"rates":    {Rates: ses.Rates{"GetAccount": -1}},
		} {
			if _, err := ses.PlanLimits(t.Context(), primary, secondary, opts); err == nil || !strings.HasPrefix(err.Error(), "ses: plan limits of eu-west-1 and us-east-1: ") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := ses.PlanLimits(t.Context(), primary, primary, ses.LimitsOptions{}); err == nil {
			t.Error("one Region: no error")
		}
		if _, err := ses.PlanLimits(t.Context(), primary, ses.Clients{Region: "us-east-1"}, ses.LimitsOptions{}); err == nil {
			t.Error("no clients: no error")
		}
		if w.Count() != calls {
			t.Error("something was called")
		}
		plan := w.plan(t, ses.LimitsOptions{})
		for name, alter := range map[string]func(*ses.LimitsPlan){
			"altered":         func(p *ses.LimitsPlan) { p.Limits[0].Want = 1 },
			"another pattern": func(p *ses.LimitsPlan) { p.Pattern = "ses.RegionSync" },
		} {
			p := keptLimits(t, plan)
			alter(&p)
			if _, err := ses.ApplyLimits(t.Context(), primary, secondary, p); !errors.Is(err, awspatterns.ErrAltered) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := ses.ApplyLimits(t.Context(), secondary, primary, plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
			t.Errorf("swapped: got %v", err)
		}
		if got := w.state(); got != "" {
			t.Errorf("requested\n%s", got)
		}
	})
}

// keptLimits returns a plan that was kept as JSON.
func keptLimits(t *testing.T, plan ses.LimitsPlan) (kept ses.LimitsPlan) {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

// limitsProof tries to request increases in both Regions. With samePlan, the plan is kept,
// and applied again after a crash; otherwise there is a new one each time.
func limitsProof(samePlan bool) awstest.Proof[*limitsWorld] {
	return awstest.Proof[*limitsWorld]{
		Start: newLimitsWorld,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *limitsWorld) error {
			if !samePlan {
				return w.run(ctx, bothShort)
			}
			plan, err := w.keptPlan(ctx)
			if err != nil {
				return err
			}
			primary, secondary := w.clients()
			_, err = ses.ApplyLimits(ctx, primary, secondary, plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *limitsWorld) (awspatterns.Plan, error) {
			primary, secondary := w.clients()
			plan, err := ses.PlanLimits(ctx, primary, secondary, bothShort)
			return plan.Plan, err
		},
		State:     (*limitsWorld).state,
		NoDeletes: true,
	}
}

// keptPlan returns the plan of the file. If there is none, it plans, and keeps the plan.
func (w *limitsWorld) keptPlan(ctx context.Context) (plan ses.LimitsPlan, err error) {
	if w.file == nil {
		primary, secondary := w.clients()
		if plan, err = ses.PlanLimits(ctx, primary, secondary, bothShort); err != nil || plan.Incomplete {
			return plan, errors.Join(err, incompleteLimits(plan))
		}
		text, err := json.Marshal(plan)
		if err != nil {
			return plan, err
		}
		if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
			return plan, err
		}
	}
	plan = ses.LimitsPlan{}
	return plan, json.Unmarshal(w.file, &plan)
}

func incompleteLimits(plan ses.LimitsPlan) error {
	if plan.Incomplete {
		return awspatterns.ErrIncomplete
	}
	return nil
}

func TestLimitsProof(t *testing.T) {
	sweep(t)
	proof := limitsProof(false)
	t.Run("converges", proof.Converges)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
	same := limitsProof(true)
	t.Run("same plan converges", same.Converges)
	t.Run("same plan retries", same.Retries)
}

// TestLimitsPermissions compares what is declared with what is called in each Region.
func TestLimitsPermissions(t *testing.T) {
	inLimitsWorld(t, func(t *testing.T, w *limitsWorld) {
		plan := w.plan(t, bothShort)
		planned := w.Count()
		primary, secondary := w.clients()
		if _, err := ses.ApplyLimits(t.Context(), primary, secondary, plan); err != nil {
			t.Fatal(err)
		}
		declared, there := ses.LimitsPermissions(bothShort)
		for name, p := range map[string]awspatterns.Permissions{readyPrimary: declared, readySecondary: there} {
			awstest.CheckPermissions(t, p.Plan, callsIn(w.Calls()[:planned], name), sesworld.Actions, servicequotas.Actions, sts.Actions)
			awstest.CheckPermissions(t, p.Apply, callsIn(w.Calls()[planned:], name), sesworld.Actions, servicequotas.Actions, sts.Actions)
		}
	})
}
