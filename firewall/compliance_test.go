package firewall_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	fmssdk "github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/fms"
)

var (
	evaluated = time.Date(2026, 9, 25, 6, 0, 0, 0, time.UTC)
	expires   = evaluated.Add(24 * time.Hour)
)

// evaluatedPolicy is a policy with an account of each kind. It returns its ID.
func evaluatedPolicy(w *fmsWorld) string {
	id := w.createPolicy("retrofit", nil)
	shared := violator(webACLType, webACLARN("222222222222", "AppTeamNewWebACL"), types.ViolationReasonWebACLConfigurationOrScopeOfUse)
	shared.Violations = []types.ResourceViolation{
		{WebACLHasOutOfScopeResourcesViolation: &types.WebACLHasOutOfScopeResourcesViolation{
			WebACLArn: shared.ResourceId, OutOfScopeResourceList: []string{loadBalancerARN("222222222222", "LoadBalancer3"), loadBalancerARN("222222222222", "Old")},
		}},
		{WebACLHasIncompatibleConfigurationViolation: &types.WebACLHasIncompatibleConfigurationViolation{
			WebACLArn: shared.ResourceId, Description: aws.String("The web ACL has a logging configuration.\nIt is left."),
		}},
	}
	balancer := violator(loadBalancerType, loadBalancerARN("222222222222", "LoadBalancer1"), types.ViolationReasonWebACLConfigurationOrScopeOfUse)
	balancer.Metadata = map[string]string{"vpc": "vpc-1"}
	w.fms.Evaluate(id, fms.Account{ID: "111111111111", LastUpdated: evaluated})
	w.fms.Evaluate(id, fms.Account{ID: "222222222222", LastUpdated: evaluated, ExpiredAt: expires, Violators: []fms.Violator{shared, balancer}})
	var many []fms.Violator
	for i := range 130 {
		many = append(many, violator(loadBalancerType, loadBalancerARN("333333333333", fmt.Sprintf("lb-%03d", i)), types.ViolationReasonResourceMissingWebAcl))
	}
	w.fms.Evaluate(id, fms.Account{ID: "333333333333", LastUpdated: evaluated, ExpiredAt: expires, Violators: many})
	w.fms.Evaluate(id, fms.Account{
		ID: "444444444444", LastUpdated: evaluated, Unevaluated: true, Issues: map[string]string{"AWSCONFIG": "AWS Config is not enabled", "AWSWAF": "Throttled"},
	})
	w.fms.Evaluate(id, fms.Account{ID: "555555555555", LastUpdated: evaluated, Violators: many[:3]})
	return id
}

// deniedAccount matches what is asked about an account.
func deniedAccount(accounts ...string) func(awstest.Call) bool {
	return func(c awstest.Call) bool {
		in, ok := c.Input.(*fmssdk.GetComplianceDetailInput)
		return ok && slices.Contains(accounts, *in.MemberAccount)
	}
}

func TestCompliance(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	w.fms.PageSize = 2
	id := evaluatedPolicy(w)
	w.Inject(awstest.Fault{Match: deniedAccount("555555555555"), Err: awstest.Denied()})
	result, err := firewall.Compliance(t.Context(), w.clients(), firewall.ComplianceOptions{PolicyID: id})
	if err != nil {
		t.Fatal(err)
	}
	var accounts, violators bytes.Buffer
	if err := result.WriteCSV(&accounts, &violators); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/compliance.txt", result.String())
	golden.Equal(t, "testdata/golden/compliance.json", asJSON(t, result))
	golden.Equal(t, "testdata/golden/compliance_accounts.csv", accounts.String())
	golden.Equal(t, "testdata/golden/compliance_violators.csv", violators.String())

	var back firewall.ComplianceResult
	if err := json.Unmarshal([]byte(asJSON(t, result)), &back); err != nil || !reflect.DeepEqual(back, result) {
		t.Errorf("from JSON: %v\n%+v\nwant\n%+v", err, back, result)
	}
	if n, more := result.Accounts[2].AtLeast(); n != 101 || !more || len(result.Accounts[2].Violators) != 100 {
		t.Errorf("got %d violators, more %t, of an account with 130", n, more)
	}
	unread := result.Unread()
	if len(unread) != 1 || unread[0].Account != "555555555555" || !strings.Contains(unread[0].Reason, "Access Denied") {
		t.Errorf("unread: %+v", unread)
	}
}

func TestComplianceByName(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	w.fms.PageSize = 1
	w.createPolicy("other", nil)
	id := evaluatedPolicy(w)
	byName, err := firewall.Compliance(t.Context(), w.clients(), firewall.ComplianceOptions{PolicyName: "retrofit"})
	if err != nil {
		t.Fatal(err)
	}
	byID, err := firewall.Compliance(t.Context(), w.clients(), firewall.ComplianceOptions{PolicyID: id})
	if err != nil || !reflect.DeepEqual(byName, byID) {
		t.Errorf("by name %+v\nby ID %+v, %v", byName, byID, err)
	}
}

// TestComplianceAsksForDetailsOfWebACLs: a load balancer without a web ACL has none.
func TestComplianceAsksForDetailsOfWebACLs(t *testing.T) {
	for _, without := range []bool{false, true} {
		w := newFMSWorld(awstest.New(t))
		opts := firewall.ComplianceOptions{PolicyID: evaluatedPolicy(w), WithoutDetails: without}
		result, err := firewall.Compliance(t.Context(), w.clients(), opts)
		if err != nil || len(result.Unread()) > 0 {
			t.Fatalf("got %v, unread %v", err, result.Unread())
		}
		asked := map[string]int{}
		for _, c := range w.Calls() {
			asked[c.Operation]++
		}
		want := map[string]int{"ListComplianceStatus": 1, "GetComplianceDetail": 4, "GetViolationDetails": 2}
		if without {
			delete(want, "GetViolationDetails")
		}
		if !reflect.DeepEqual(asked, want) {
			t.Errorf("without details %t: got the calls %v, want %v", without, asked, want)
		}
		if got := len(result.Accounts[1].Violators[1].OutOfScope); (got == 2) == without {
			t.Errorf("without details %t: got %d resources out of scope", without, got)
		}
	}
}

// TestComplianceFleet: of 400 accounts three cannot be read, and every call is
// throttled now and then.
func TestComplianceFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFMSWorld(awstest.New(t))
		id := w.createPolicy("retrofit", nil)
		account := func(i int) string { return fmt.Sprintf("%012d", i+1) }
		for i := range 400 {
			a := fms.Account{ID: account(i), LastUpdated: evaluated}
			if i%4 == 0 {
				acl := violator(webACLType, webACLARN(a.ID, "app"), types.ViolationReasonWebACLConfigurationOrScopeOfUse)
				acl.Violations = []types.ResourceViolation{{WebACLHasOutOfScopeResourcesViolation: &types.WebACLHasOutOfScopeResourcesViolation{
					OutOfScopeResourceList: []string{loadBalancerARN(a.ID, "old")},
				}}}
				a.Violators = []fms.Violator{acl}
			}
			w.fms.Evaluate(id, a)
		}
		w.fms.PageSize = 33
		denied := []string{account(0), account(200), account(396)}
		w.Inject(awstest.Fault{Match: deniedAccount(denied...), Err: awstest.Denied()})
		n := 0
		throttled := w.Inject(awstest.Fault{Attempts: 1, Err: awstest.Throttled(), Match: func(awstest.Call) bool { n++; return n%5 == 0 }})

		result, err := firewall.Compliance(t.Context(), w.clients(), firewall.ComplianceOptions{PolicyID: id})
		if err != nil {
			t.Fatal(err)
		}
		if throttled() < 20 {
			t.Errorf("only %d calls were throttled", throttled())
		}
		var unread []string
		for _, u := range result.Unread() {
			unread = append(unread, u.Account)
		}
		if !slices.Equal(unread, denied) {
			t.Errorf("unread are %v, want %v", unread, denied)
		}
		if len(result.Accounts) != 400 {
			t.Fatalf("got %d accounts", len(result.Accounts))
		}
		for i, a := range result.Accounts {
			want := firewall.Compliant
			if i%4 == 0 {
				want = firewall.NonCompliant
			}
			known := i%4 == 0 && !slices.Contains(denied, a.Account)
			if a.Account != account(i) || a.Status != want || known != (len(a.Violators) == 1 && len(a.Violators[0].OutOfScope) == 1) {
				t.Errorf("account %d: got %+v", i, a)
			}
		}
		if text := result.String(); !strings.Contains(text, "400 accounts: 300 COMPLIANT, 100 NON_COMPLIANT; violators of 3 could not be read\n") {
			t.Errorf("got %s", text[:300])
		}
	})
}

// TestComplianceSystemProblems: the client takes an InternalErrorException for final,
// and the API reference says to retry.
func TestComplianceSystemProblems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFMSWorld(awstest.New(t))
		id := evaluatedPolicy(w)
		hits := w.Inject(awstest.Fault{Attempts: 1, Err: fms.InternalError()})
		result, err := firewall.Compliance(t.Context(), w.clients(), firewall.ComplianceOptions{PolicyID: id})
		if err != nil || len(result.Unread()) > 0 || hits() != 7 {
			t.Errorf("got %v, unread %v, after %d problems", err, result.Unread(), hits())
		}
	})
}

// TestComplianceProof: throttling, answers that are lost and the order of answers
// change nothing. The other proofs are about what changes an account.
func TestComplianceProof(t *testing.T) {
	type world struct {
		*fmsWorld
		id, report string
	}
	proof := awstest.Proof[*world]{
		Start: func(c *awstest.Cloud) *world {
			w := newFMSWorld(c)
			w.fms.PageSize = 2
			return &world{fmsWorld: w, id: evaluatedPolicy(w)}
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *world) error {
			result, err := firewall.Compliance(ctx, w.clients(), firewall.ComplianceOptions{PolicyID: w.id})
			if err == nil && len(result.Unread()) > 0 {
				err = fmt.Errorf("unread: %v", result.Unread())
			}
			w.report = result.String()
			return err
		},
		State: func(w *world) string { return w.report },
	}
	t.Run("retries", proof.Retries)
	t.Run("in any order", proof.AnyOrder(20))
}

func TestComplianceFails(t *testing.T) {
	missing := strings.Repeat("a", 36)
	for _, test := range []struct {
		name    string
		opts    firewall.ComplianceOptions
		account string
		fault   awstest.Fault
		want    string
		is      error
		calls   int
	}{
		{"no policy", firewall.ComplianceOptions{}, policyAdmin, awstest.Fault{}, "set PolicyID or PolicyName", nil, 0},
		{"two policies", firewall.ComplianceOptions{PolicyID: missing, PolicyName: "retrofit"}, policyAdmin, awstest.Fault{}, "set one", nil, 0},
		{"no ID", firewall.ComplianceOptions{PolicyID: "retrofit"}, policyAdmin, awstest.Fault{}, "want 36", nil, 0},
		{"unknown ID", firewall.ComplianceOptions{PolicyID: missing}, policyAdmin, awstest.Fault{}, missing, firewall.ErrNoPolicy, 1},
		{"unknown name", firewall.ComplianceOptions{PolicyName: "retro"}, policyAdmin, awstest.Fault{}, `"retro": no such policy`, firewall.ErrNoPolicy, 1},
		{"a name of two", firewall.ComplianceOptions{PolicyName: "twice"}, policyAdmin, awstest.Fault{}, "2 policies are named", nil, 1},
		{"no administrator", firewall.ComplianceOptions{PolicyName: "retrofit"}, "222222222222", awstest.Fault{}, "use clients of the administrator's account", firewall.ErrNotAdministrator, 1},
		{"second page denied", firewall.ComplianceOptions{PolicyName: "retrofit"}, policyAdmin,
			awstest.Fault{Operation: "FMS.ListComplianceStatus", Skip: 1, Err: awstest.Denied()}, "Access Denied", nil, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newFMSWorld(awstest.New(t))
			evaluatedPolicy(w)
			w.createPolicy("twice", nil)
			w.createPolicy("twice", nil)
			if test.fault.Err != nil {
				w.fms.PageSize = 3
				w.Inject(test.fault)
			}
			result, err := firewall.Compliance(t.Context(), w.clientsOf(test.account), test.opts)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "firewall: compliance: ") || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if result.Accounts != nil || w.Count() != test.calls {
				t.Errorf("got %d accounts after %d calls, want none after %d", len(result.Accounts), w.Count(), test.calls)
			}
		})
	}
	if _, err := firewall.Compliance(t.Context(), firewall.Clients{}, firewall.ComplianceOptions{PolicyName: "x"}); err == nil || !strings.Contains(err.Error(), "no FMS client") {
		t.Errorf("got %v", err)
	}
}

func TestComplianceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFMSWorld(awstest.New(t))
		id := evaluatedPolicy(w)
		stop := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		w.Inject(awstest.Fault{Operation: "FMS.GetComplianceDetail", Latency: time.Hour})
		time.AfterFunc(time.Minute, func() { cancel(stop) })
		result, err := firewall.Compliance(ctx, w.clients(), firewall.ComplianceOptions{PolicyID: id})
		if !errors.Is(err, stop) || result.Accounts != nil {
			t.Errorf("got %v and %d accounts", err, len(result.Accounts))
		}
	})
}

// TestComplianceOfOddAnswers: what AWS leaves out is not taken for compliance, and
// nothing that it says breaks a line.
func TestComplianceOfOddAnswers(t *testing.T) {
	w := newFMSWorld(awstest.New(t))
	status := func(account string, at time.Time, results ...types.EvaluationResult) types.PolicyComplianceStatus {
		return types.PolicyComplianceStatus{MemberAccount: &account, LastUpdated: &at, EvaluationResults: results}
	}
	good, bad := types.EvaluationResult{ComplianceStatus: "COMPLIANT"}, types.EvaluationResult{ComplianceStatus: "NON_COMPLIANT", ViolatorCount: 2}
	awstest.Handle(w.Cloud, func(context.Context, *fmssdk.ListComplianceStatusInput) (*fmssdk.ListComplianceStatusOutput, error) {
		return &fmssdk.ListComplianceStatusOutput{PolicyComplianceStatusList: []types.PolicyComplianceStatus{
			{}, status("1", evaluated, good, bad, good, bad), status("2", evaluated, good, types.EvaluationResult{}), status("3", evaluated, bad),
			status("3", expires, good), status("3", evaluated, bad), status("4", evaluated, bad),
		}}, nil
	})
	awstest.Handle(w.Cloud, func(_ context.Context, in *fmssdk.GetComplianceDetailInput) (*fmssdk.GetComplianceDetailOutput, error) {
		if *in.MemberAccount == "4" {
			return &fmssdk.GetComplianceDetailOutput{}, nil
		}
		return &fmssdk.GetComplianceDetailOutput{PolicyComplianceDetail: &types.PolicyComplianceDetail{
			Violators: []types.ComplianceViolator{{}, {ResourceType: aws.String(webACLType), ResourceId: aws.String("a\n\x1b[2Jb")}},
		}}, nil
	})
	awstest.Handle(w.Cloud, func(context.Context, *fmssdk.GetViolationDetailsInput) (*fmssdk.GetViolationDetailsOutput, error) {
		return nil, nil
	})
	result, err := firewall.Compliance(t.Context(), w.clients(), firewall.ComplianceOptions{PolicyID: strings.Repeat("a", 36)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range result.Accounts {
		n, _ := a.AtLeast()
		got = append(got, fmt.Sprintf("%q %s %d %t", a.Account, a.Status, n, a.Unread != ""))
	}
	want := []string{`"" NOT_EVALUATED 2 false`, `"1" NON_COMPLIANT 4 false`, `"2" NOT_EVALUATED 2 false`, `"3" COMPLIANT 0 false`, `"4" NON_COMPLIANT 2 true`}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if text := result.String(); strings.Contains(text, "\x1b") || !strings.Contains(text, `a\u000a\u001b[2Jb`) || !strings.Contains(text, "details not read: an answer without a detail") {
		t.Errorf("got %s", text)
	}
}

func TestCompliancePermissions(t *testing.T) {
	for _, byName := range []bool{false, true} {
		for _, without := range []bool{false, true} {
			w := newFMSWorld(awstest.New(t))
			opts := firewall.ComplianceOptions{PolicyID: evaluatedPolicy(w), WithoutDetails: without}
			if byName {
				opts.PolicyID, opts.PolicyName = "", "retrofit"
			}
			if _, err := firewall.Compliance(t.Context(), w.clients(), opts); err != nil {
				t.Fatal(err)
			}
			awstest.CheckPermissions(t, firewall.CompliancePermissions(opts).Apply, w.Calls(), fms.Actions)
		}
	}
	p := firewall.CompliancePermissions(firewall.ComplianceOptions{PolicyID: strings.Repeat("a", 36)})
	golden.Equal(t, "testdata/golden/compliance_policy.json", string(p.Apply.Document(awspatterns.Target{Account: policyAdmin, Region: policyRegion})))
	if p := firewall.CompliancePermissions(firewall.ComplianceOptions{}); p.Apply != nil || p.Plan != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
