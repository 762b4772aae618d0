package region

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
)

// TestReviewConvertUnverified does not make a replica, of what is not verified in the primary,
// out of what can send.
func TestReviewConvertUnverified(t *testing.T) {
	in := twins(t)
	identity1(&in.Secondary).DKIM.Origin = easyDKIM
	identity1(&in.Secondary).CanSend = true
	p := identity1(&in.Primary)
	p.CanSend, p.Verification, p.DKIM.Status = false, "FAILED", "FAILED"
	for _, d := range Compare(in, allOptions()) {
		if d.Step.Aspect == Origin {
			t.Errorf("converted: %s", d.Change)
		}
	}
	d := only(t, Compare(in, allOptions()), awspatterns.Blocked, "example.com")
	hasAll(t, d.Change.String(), "not verified in us-east-1", "AWS_SES → AWS_SES_US_EAST_1")
}

// TestReviewValidationCosts names the charge of automatic validation before it arises.
func TestReviewValidationCosts(t *testing.T) {
	charged := func(in Inputs) (n int) {
		for _, d := range Compare(in, allOptions()) {
			if strings.Contains(d.Change.Reason, "automatic validation is charged for") {
				n++
			}
		}
		return n
	}
	if n := charged(Inputs{Primary: fullState(), Secondary: emptyState(west)}); n != 2 { // the account and a set
		t.Errorf("to an empty Region: %d", n)
	}
	in := twins(t)
	in.Secondary.ConfigurationSets[0].Suppression.Validation = ""
	if n := charged(in); n != 1 {
		t.Errorf("to a set without: %d", n)
	}
	in.Secondary.ConfigurationSets[0].Suppression.Validation = "HIGH" // which is charged for already
	if n := charged(in); n != 0 {
		t.Errorf("another threshold: %d", n)
	}
}

// TestReviewPolicyForms knows this library's policy as PlanReplica does.
func TestReviewPolicyForms(t *testing.T) {
	ours := ReplicationPolicy("aws", testNumber, east, "example.com", []string{west})
	for _, test := range []struct {
		name, document string
		left           int // changes about it
	}{
		{"as written", ours, 0},
		{"a value for a list", strings.Replace(ours, `["eu-west-1"]`, `"eu-west-1"`, 1), 0},
		{"the account for its root", strings.Replace(ours, `"arn:aws:iam::123456789012:root"`, `"123456789012"`, 1), 0},
		{"a condition twice", strings.Replace(ours, `"Null":`, `"Null":{"ses:ReplicaRegion":"true"},"Null":`, 1), 1},
	} {
		in := twins(t)
		identity1(&in.Primary).Policies[PolicyName] = test.document
		if got := Compare(in, allOptions()); len(got) != test.left {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// TestReviewTenantScope takes a tenant that nobody gave a scope for one with that of the
// account, which it has, also right after it was created.
func TestReviewTenantScope(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	in.Primary.Tenants[0].Suppression = nil
	for _, d := range Compare(in, allOptions()) {
		if d.Step.Kind == Tenants && d.Step.Aspect == Object {
			made := *d.Step.Value.Tenant
			made.Suppression = &Suppression{Scope: "ACCOUNT"}
			if now := d.Step.Look(&Value{Tenant: &made}); now != AsPlanned {
				t.Errorf("created: %s", now)
			}
		}
	}
	in = twins(t)
	in.Primary.Tenants[0].Suppression, in.Secondary.Tenants[0].Suppression = nil, &Suppression{Scope: "ACCOUNT"}
	if got := Compare(in, allOptions()); len(got) > 0 {
		t.Errorf("alike: %v", got)
	}
}

// TestReviewConvertParent makes a replica of a domain that is a parent itself.
func TestReviewConvertParent(t *testing.T) {
	in := twins(t)
	for i := range in.Secondary.Identities {
		if id := &in.Secondary.Identities[i]; id.Name == "example.com" {
			id.DKIM = DKIM{Origin: "AWS_SES", Enabled: true, Status: "SUCCESS", Tokens: []string{"x", "y", "z"}}
			id.Policies = map[string]string{PolicyName: ReplicationPolicy("aws", "123456789012", west, "example.com", []string{"ap-south-1"})}
		}
	}
	for _, d := range Compare(in, allOptions()) {
		if d.Step.Aspect == Origin {
			hasAll(t, d.Change.String(), "lose their parent", "unsigned")
			return
		}
	}
	t.Error("it is not converted")
}
