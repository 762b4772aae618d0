package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/apigateway"
	"github.com/awspatterns/awspatterns/internal/standin/elbv2"
	"github.com/awspatterns/awspatterns/internal/standin/organizations"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

func runWith(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestArticle(t *testing.T) {
	status, stdout, stderr := runWith(t)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, "testdata/article.txt", stdout)
}

// TestArticleSays has the sentences of the article as verdicts.
func TestArticleSays(t *testing.T) {
	state, policy, err := readArticle()
	if err != nil {
		t.Fatal(err)
	}
	if err := policy.Validate(); err != nil {
		t.Error(err)
	}
	before, err := firewall.EvaluateRetrofit(state, policy)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]retrofit.Verdict{}
	for _, v := range before.WebACLs {
		verdicts[v.Name] = v.Verdict
	}
	for _, v := range before.Resources {
		verdicts[v.Name] = v.Verdict
	}
	for name, want := range map[string]string{
		"AppTeamNewWebACL": "paused noncompliant", // "Firewall Manager marks the web ACL AppTeamNewWebACL noncompliant."
		"LoadBalancer1":    "paused noncompliant", // "It also marks" the other load balancer "noncompliant."
		"LoadBalancer3":    "out of scope ",
		"MyCustomWebACL":   "retrofitted compliant",
		"LoadBalancer2":    "retrofitted compliant",
	} {
		if got := string(verdicts[name].Outcome) + " " + string(verdicts[name].Compliance); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestFiles evaluates the bundled snapshot from files, and a change of it.
func TestFiles(t *testing.T) {
	_, policy, err := readArticle()
	if err != nil {
		t.Fatal(err)
	}
	policy.Tags = nil
	everything := filepath.Join(t.TempDir(), "everything.json")
	text, err := json.Marshal(policy)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(everything, text, 0o600); err != nil {
		t.Fatal(err)
	}
	const state, own = "snapshot/state.json", "snapshot/policy.json"
	status, stdout, stderr := runWith(t, "-state", state, "-policy", own)
	if status != 0 || !strings.Contains(stdout, "AppTeamNewWebACL                        paused") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	status, stdout, stderr = runWith(t, "-state", state, "-policy", own, "-then-policy", everything)
	if status != 0 || !strings.Contains(stdout, "paused, noncompliant  retrofitted (already), compliant") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	status, stdout, stderr = runWith(t, "-state", state, "-policy", own, "-then-state", state)
	if status != 0 || stdout != "Nothing changes.\n" {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	status, stdout, _ = runWith(t, "-state", state, "-policy", own, "-json")
	var e retrofit.Evaluation
	if err := json.Unmarshal([]byte(stdout), &e); status != 0 || err != nil || len(e.WebACLs) != 3 {
		t.Errorf("status %d, %v: %+v", status, err, e)
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-h"}, 0, "-then-policy"},
		{[]string{"-x"}, 2, "flag provided but not defined"},
		{[]string{"x"}, 2, "x is not a flag"},
		{[]string{"-aws"}, 2, "give it a -policy"},
		{[]string{"-state", "s"}, 2, "-state and -policy go together"},
		{[]string{"-save", "s"}, 2, "go with -aws"},
		{[]string{"-then-policy", "p"}, 2, "need -policy"},
		{[]string{"-aws", "-policy", "p", "-accounts", "1", "-organization"}, 2, "not both"},
		{[]string{"-aws", "-policy", "p", "-accounts", "1"}, 2, "-role goes with"},
		{[]string{"-state", "no", "-policy", "no"}, 1, "no such file"},
		{[]string{"-state", "snapshot/policy.json", "-policy", "snapshot/policy.json"}, 1, "snapshot/policy.json: retrofit: read state: format 0"},
		{[]string{"-state", "snapshot/state.json", "-policy", "snapshot/state.json"}, 1, `unknown field "format"`},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			status, stdout, stderr := runWith(t, test.args...)
			if status != test.status || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("status %d, %q, want %d, %q", status, stderr, test.status, test.want)
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	status, stdout, stderr := runWith(t, "-aws", "-policy", "snapshot/policy.json", "-organization", "-role", "Reader", "-permissions")
	for _, want := range []string{"wafv2:ListWebACLs", "wafv2:DescribeManagedRuleGroup", "organizations:ListAccounts"} {
		if status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("status %d, %s: %s is not in\n%s", status, stderr, want, stdout)
		}
	}
}

// world is AWS in this process: an organization with two accounts, of which one has
// the load balancers of the article.
func world(t *testing.T) func(context.Context) (source, error) {
	const management, member, region = "111111111111", "222222222222", "us-west-2"
	cloud := awstest.New(t)
	sts.Handle(cloud)
	apigateway.New(cloud)
	org := organizations.New(cloud, management)
	org.Unit("ou-ab12-11111111", organizations.Root)
	org.Account(member, "ou-ab12-11111111", types.AccountStateActive)
	elb, waf := elbv2.New(cloud), wafv2.New(cloud)
	production := map[string]string{"Tier": "Production"}
	one := elb.Create(member, region, "LoadBalancer1", elbtypes.LoadBalancerTypeEnumApplication, production)
	three := elb.Create(member, region, "LoadBalancer3", elbtypes.LoadBalancerTypeEnumApplication, nil)
	elb.Create(management, region, "bare", elbtypes.LoadBalancerTypeEnumApplication, production)
	waf.CreateWebACL(member, region, wafv2.WebACL{
		Name: "AppTeamNewWebACL", Capacity: 22, Rules: []waftypes.Rule{{Name: aws.String("own")}},
		Resources: map[waftypes.ResourceType][]string{waftypes.ResourceTypeApplicationLoadBalancer: {one, three}},
	})
	return func(context.Context) (source, error) {
		return source{
			own: func(region string) firewall.Clients { return firewall.NewClients(cloud.Config(region, management)) },
			role: func(account, _, region string) firewall.Clients {
				return firewall.NewClients(cloud.Config(region, account))
			},
		}, nil
	}
}

func TestAWS(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"organization", []string{"-organization", "-role", "Reader"}, "1 web ACL: 1 delayed (1 noncompliant); 3 resources: 1 created, 1 delayed, 1 out of scope (1 noncompliant)"},
		{"accounts", []string{"-accounts", "222222222222", "-role", "Reader"}, "1 web ACL: 1 delayed (1 noncompliant); 2 resources: 1 delayed, 1 out of scope (1 noncompliant)"},
		{"own account", nil, "0 web ACLs (0 noncompliant); 1 resource: 1 created (0 noncompliant)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				saved := filepath.Join(t.TempDir(), "state.json")
				s, err := parse(append(test.args, "-aws", "-policy", "snapshot/policy.json", "-save", saved), &bytes.Buffer{})
				if err != nil {
					t.Fatal(err)
				}
				s.connect = world(t)
				var out bytes.Buffer
				if err := s.run(t.Context(), &out); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(out.String(), test.want) {
					t.Errorf("got\n%s\nwant %s", out.String(), test.want)
				}
				status, again, stderr := runWith(t, "-state", saved, "-policy", "snapshot/policy.json")
				if status != 0 || again != out.String() {
					t.Errorf("status %d, %s: from the file\n%s\nwant\n%s", status, stderr, again, out.String())
				}
			})
		})
	}
}
