package firewall_test

import (
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// readPolicies cover what populate makes: all, by tag, and distributions.
func readPolicies(ownGroup string) map[string]retrofit.Policy {
	base := testPolicy()
	base.Data.Type, base.Data.WebACLSource, base.Remediate = "WAFV2", retrofit.SourceRetrofit, true
	base.Data.PreProcessRuleGroups[0].RuleGroupARN = ownGroup
	base.ResourceTypes = []retrofit.ResourceType{retrofit.LoadBalancer, retrofit.APIStage}
	tagged, front, logged := base, base, base
	tagged.Tags = []retrofit.Tag{{Key: "Tier", Value: "Production"}}
	front.Region, front.ResourceTypes = virginia, []retrofit.ResourceType{retrofit.Distribution}
	logged.Data.LoggingConfiguration = &retrofit.LoggingConfiguration{LogDestinationConfigs: []string{"arn:aws:s3:::aws-waf-logs-base"}}
	return map[string]retrofit.Policy{"all": base, "tagged": tagged, "distributions": front, "logged": logged}
}

// TestReadStateVerdicts denies every read in turn, and evaluates what is left: each
// verdict is the one of the whole state, or unknown, and what has none is covered by
// what the evaluation says to be unread.
func TestReadStateVerdicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.populate(member)
		policies := readPolicies(w.waf.CreateRuleGroup(fmsAdmin, frankfurt, "base", "", 50))
		opts := fleetOptions(member)
		opts.Policies = []retrofit.Policy{policies["all"]}
		whole := map[string]retrofit.Evaluation{}
		state := mustReadState(t.Context(), t, w, opts)
		for name, p := range policies {
			whole[name] = mustEvaluate(t, state, p)
		}
		certain, changed := 0, 0
		for _, call := range w.Calls() {
			if call.Account == member && call.Operation == "GetCallerIdentity" && call.Region == frankfurt {
				continue // TestReadStateDenied has whole Regions
			}
			w.ClearFaults()
			w.Inject(awstest.Fault{Err: awstest.Denied(), Match: func(c awstest.Call) bool {
				return c.Account == call.Account && c.Region == call.Region && c.Request() == call.Request()
			}})
			denied := mustReadState(t.Context(), t, w, opts)
			for name, p := range policies {
				got := mustEvaluate(t, denied, p)
				c, n := compareVerdicts(t, name+" policy, "+call.Name()+" denied", whole[name], got)
				certain, changed = certain+c, changed+n
			}
		}
		if certain == 0 || changed == 0 {
			t.Errorf("%d verdicts stayed, %d became unknown: nothing was tried", certain, changed)
		}
	})
}

func mustEvaluate(t *testing.T, s retrofit.State, p retrofit.Policy) retrofit.Evaluation {
	t.Helper()
	e, err := retrofit.Evaluate(s, p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// compareVerdicts reports verdicts in the policy's Region that are others than those of the whole state, and
// returns how many stayed and how many became unknown.
func compareVerdicts(t *testing.T, what string, whole, got retrofit.Evaluation) (stayed, unknown int) {
	t.Helper()
	verdicts := func(e retrofit.Evaluation) map[string]retrofit.Verdict {
		all := map[string]retrofit.Verdict{}
		for _, v := range e.WebACLs {
			if v.Region == e.Region {
				all[v.ARN] = v.Verdict
			}
		}
		for _, v := range e.Resources {
			if v.Region == e.Region {
				all[v.ARN] = v.Verdict
			}
		}
		return all
	}
	now := verdicts(got)
	for arn, was := range verdicts(whole) {
		is, there := now[arn]
		switch {
		case !there && was.Outcome == retrofit.OutOfScope:
		case !there && len(got.Unread) == 0:
			t.Errorf("%s: there is no verdict on %s, and nothing is unread", what, arn)
		case !there:
			unknown++
		case is.Outcome == retrofit.Unknown && is.Outcome != was.Outcome:
			unknown++
		case is.Outcome != was.Outcome:
			t.Errorf("%s: %s is %s (%s), but was %s (%s)", what, arn, is.Outcome, is.Why, was.Outcome, was.Why)
		case is.Compliance != was.Compliance && is.Compliance != retrofit.UnknownCompliance:
			t.Errorf("%s: %s is %s, but was %s", what, arn, is.Compliance, was.Compliance)
		default:
			stayed++
		}
	}
	for _, c := range got.Created {
		if !slices.ContainsFunc(whole.Created, func(w retrofit.CreatedACL) bool { return w.Account == c.Account && w.Scope == c.Scope }) {
			t.Errorf("%s: it would create %+v", what, c)
		}
	}
	return stayed, unknown
}

// TestReadStateMerged reads accounts and Regions apart, one of them with a rule group
// that is denied, and merges the states: nothing is lost.
func TestReadStateMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		for _, account := range []string{member, fmsAdmin} {
			w.populate(account)
		}
		together := fleetOptions(member, fmsAdmin)
		together.Regions = []string{frankfurt, virginia, "eu-west-1"}
		want := mustReadState(t.Context(), t, w, together)
		var states []retrofit.State
		for _, region := range []string{frankfurt, "eu-west-1", virginia} {
			for _, account := range []string{fmsAdmin, member} {
				apart := fleetOptions(account)
				apart.Regions = []string{region}
				apart.Policies = []retrofit.Policy{testPolicy()} // its rule group is not there
				states = append(states, mustReadState(t.Context(), t, w, apart))
			}
		}
		got := retrofit.Merge(states...)
		if !reflect.DeepEqual(got.Resources, want.Resources) || !reflect.DeepEqual(got.WebACLs, want.WebACLs) || !reflect.DeepEqual(got.Accounts, want.Accounts) {
			t.Errorf("got %s\nwant %s", stateJSON(t, got), stateJSON(t, want))
		}
		if len(got.Unread) != 1 || len(got.RuleGroups) != 2 {
			t.Errorf("got %+v and %+v, want one rule group that is unknown and two that are known", got.Unread, got.RuleGroups)
		}
	})
}
