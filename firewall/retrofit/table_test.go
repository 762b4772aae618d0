package retrofit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/golden"
)

// allOutcomes has one of everything.
func allOutcomes() *world {
	w := newWorld()
	w.RuleGroups = append(w.RuleGroups, RuleGroup{"AWS/Old", 300})
	w.balancer("lb-bare", "")
	w.balancer("lb-plain", "plain")
	w.balancer("lb-shared", "shared")
	w.balancer("lb-untagged", "shared").Tags = nil
	w.acl("shared").Associations = append(w.acl("shared").Associations, "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_abc")
	w.balancer("lb-paused", "paused")
	w.balancer("lb-paused-untagged", "paused").Tags = map[string]string{"Tier": "Staging"}
	w.retrofitted("paused", "Org")
	w.balancer("lb-old", "old")
	w.retrofitted("old", "Org").Pre[0].RuleGroup = "AWS/Old"
	w.acl("old").Capacity = 400
	w.balancer("lb-other", "other")
	w.retrofitted("other", "Other")
	w.balancer("lb-logs", "logs")
	w.acl("logs").Logging = &Logging{Destination: "arn:aws:s3:::aws-waf-logs-own"}
	w.balancer("lb-full", "full")
	w.acl("full").Capacity = 4900
	w.balancer("lb-unknown", "unknown")
	w.acl("unknown").Unread = []string{"associations AWS::AppSync::GraphQLApi"}
	w.balancer("lb-kept", w.made("Org"))
	w.balancer("lb-left-scope", w.made("Org")).Tags = nil
	w.acl("unused")
	w.Unread = []Unread{
		{"444455556666", "", "account", "AccessDenied: not authorized to assume role"},
		{account, region, "web ACL unknown: associations AWS::AppSync::GraphQLApi", "AccessDenied"},
		{account, "eu-west-1", "web ACLs", "another Region"},
	}
	return w
}

func TestTable(t *testing.T) {
	golden.Equal(t, "testdata/evaluation.txt", evaluate(t, allOutcomes().State, orgPolicy(withLogging, cleanUp)).String())
}

// TestDiffTable asks what changes if the policy covers load balancers whatever their
// tags are.
func TestDiffTable(t *testing.T) {
	s := allOutcomes().State
	before := evaluate(t, s, orgPolicy(withLogging, cleanUp))
	after := evaluate(t, s, orgPolicy(withLogging, cleanUp, func(p *Policy) { p.Tags = nil }))
	golden.Equal(t, "testdata/difference.txt", Diff(before, after).String())
	if got := Diff(before, before).String(); got != "Nothing changes.\n" {
		t.Errorf("got %q", got)
	}
}

func TestDiff(t *testing.T) {
	before := newWorld()
	before.balancer("gone", "W")
	before.balancer("stays", "W")
	after := newWorld()
	after.balancer("stays", "W")
	after.balancer("new", "")
	d := Diff(evaluate(t, before.State, orgPolicy()), evaluate(t, after.State, orgPolicy()))
	if len(d.WebACLs) != 0 || len(d.Resources) != 2 || len(d.Created) != 1 || len(d.NotCreated) != 0 {
		t.Fatalf("got %+v", d)
	}
	if c := d.Resources[0]; c.Before != nil || c.After.Name != "new" || c.After.Outcome != Created {
		t.Errorf("got %+v", c)
	}
	if c := d.Resources[1]; c.After != nil || c.Before.Name != "gone" {
		t.Errorf("got %+v", c)
	}
	if d := Diff(evaluate(t, after.State, orgPolicy()), evaluate(t, before.State, orgPolicy())); len(d.NotCreated) != 1 || !strings.Contains(d.String(), "no longer creates 1 web ACL") {
		t.Errorf("got %+v", d)
	}
}

// TestScopeChange: a tag more leaves a resource out, and its verdict changes.
func TestScopeChange(t *testing.T) {
	w := newWorld()
	w.balancer("LB", "W")
	before := evaluate(t, w.State, orgPolicy())
	after := evaluate(t, w.State, orgPolicy(func(p *Policy) { p.Tags = append(p.Tags, Tag{"Team", "a"}) }))
	d := Diff(before, after)
	if len(d.WebACLs) != 1 || d.WebACLs[0].Before.Outcome != Retrofitted || d.WebACLs[0].After.Outcome != OutOfScope {
		t.Errorf("got %+v", d)
	}
}

// TestHostileNames puts lines and escapes into every name that the table shows.
func TestHostileNames(t *testing.T) {
	evil := func(what string) string { return what + "\n  111122223333  fake\t\x1b[31m\u202e\xff\u2028" }
	w := newWorld()
	w.RuleGroups = nil
	r := w.balancer("x", "W")
	r.Name, r.Tags = evil("name"), map[string]string{evil("tag"): evil("value")}
	w.balancer("y", "W").Tags = nil
	acl := w.acl("W")
	acl.Name, acl.Account, acl.Region = evil("acl"), evil("account"), region
	acl.Associations = append(acl.Associations, evil("arn:aws:appsync:r:a:apis/"))
	acl.Unread = []string{evil("part"), "associations " + evil("type")}
	w.Unread = []Unread{{evil("account"), region, evil("what"), evil("reason")}}
	p := orgPolicy(func(p *Policy) {
		p.Name, p.Tags = evil("policy"), []Tag{{evil("tag"), evil("value")}}
		p.Data.PreProcessRuleGroups[0].Managed.ManagedRuleGroupName = evil("group")
	})
	e := evaluate(t, w.State, p)
	plain := evaluate(t, w.State, orgPolicy())
	v := Verdict{
		Outcome: Outcome(evil("outcome")), Compliance: Compliance(evil("compliance")), Basis: Basis(evil("basis")), Why: evil("why"),
		Reasons: []Reason{{evil("violation"), evil("detail"), Inferred}},
	}
	read := Evaluation{ // from a file, say
		Policy: evil("policy"), Region: evil("region"), Source: evil("source"),
		WebACLs: []ACLVerdict{{
			ARN: evil("arn"), Name: evil("acl"), Account: evil("account"), Verdict: v, Adds: []string{evil("adds")}, Removes: []string{evil("removes")},
			OutOfScope: []OutOfScopeResource{{evil("arn"), evil("why")}}, Remedies: []Remedy{{RemedyTag, evil("arn"), evil("remedy")}},
		}},
		Resources: []ResourceVerdict{{ARN: evil("arn"), Type: ResourceType(evil("type")), Account: evil("account"), WebACL: evil("acl"), Scope: Scope(evil("scope")), Verdict: v}},
		Created:   []CreatedACL{{Account: evil("account"), Region: evil("region"), Scope: evil("scope")}},
		Unread:    []Unread{{What: evil("what"), Reason: evil("reason")}},
	}
	for _, text := range []string{
		e.String(), plain.String(), read.String(), Diff(e, plain).String(), Diff(plain, Evaluation{}).String(), Diff(Evaluation{}, read).String(),
	} {
		if strings.ContainsAny(text, "\t\x1b\u202e\u2028") || !utf8.ValidString(text) || strings.Contains(text, "\n  111122223333  fake") {
			t.Errorf("got %q", text)
		}
	}
	if text, err := json.Marshal(e); err != nil || len(text) == 0 {
		t.Errorf("%s, %v", text, err)
	}
}

// TestManyNotes: a web ACL with many out-of-scope resources has few lines.
func TestManyNotes(t *testing.T) {
	w := newWorld()
	w.balancer("LB", "W")
	for i := range 500 {
		w.balancer(fmt.Sprintf("untagged%03d", i), "W").Tags = nil
	}
	e := evaluate(t, w.State, orgPolicy())
	if v := aclVerdict(t, e, "W"); len(v.OutOfScope) != 500 || len(v.Remedies) != 1001 {
		t.Errorf("got %d out of scope, %d remedies", len(v.OutOfScope), len(v.Remedies))
	}
	text := e.String()
	for _, want := range []string{"… and 490 more out-of-scope resources", "… and 991 more remedies"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the table", want)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteTableError(t *testing.T) {
	e := evaluate(t, allOutcomes().State, orgPolicy())
	if err := e.WriteTable(brokenWriter{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	if err := Diff(e, Evaluation{}).WriteTable(brokenWriter{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
