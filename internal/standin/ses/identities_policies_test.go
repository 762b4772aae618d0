package ses

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

const (
	domainARN  = "arn:aws:ses:" + primary + ":" + account + ":identity/example.com"
	sendPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"ses:SendEmail","Resource":"` + domainARN + `"}]}`
)

func TestPolicies(t *testing.T) {
	_, client := serve(t)
	domain, other := aws.String("example.com"), aws.String("example.net")
	must(t, client.CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: domain})
	type (
		create = sesv2.CreateEmailIdentityPolicyInput
		update = sesv2.UpdateEmailIdentityPolicyInput
		remove = sesv2.DeleteEmailIdentityPolicyInput
	)
	with := func(text string) *create {
		return &create{EmailIdentity: domain, PolicyName: aws.String("q"), Policy: &text}
	}
	name, policy := aws.String("p"), aws.String(sendPolicy)
	changed := strings.Replace(sendPolicy, "SendEmail", "*", 1)
	run(t, []try{
		{"create", of(client.CreateEmailIdentityPolicy, &create{EmailIdentity: domain, PolicyName: name, Policy: policy}), ""},
		{"again", of(client.CreateEmailIdentityPolicy, &create{EmailIdentity: domain, PolicyName: name, Policy: policy}), exists},
		{"of nothing", of(client.CreateEmailIdentityPolicy, &create{EmailIdentity: other, PolicyName: name, Policy: policy}), missing},
		{"name", of(client.CreateEmailIdentityPolicy, &create{EmailIdentity: domain, PolicyName: aws.String("a b"), Policy: policy}), bad},
		{"long name", of(client.CreateEmailIdentityPolicy, &create{EmailIdentity: domain, PolicyName: aws.String(strings.Repeat("x", 65)), Policy: policy}), bad},
		{"no JSON", of(client.CreateEmailIdentityPolicy, with("x")), bad},
		{"no statement", of(client.CreateEmailIdentityPolicy, with("{}")), bad},
		{"no principal", of(client.CreateEmailIdentityPolicy, with(strings.Replace(sendPolicy, "Principal", "Who", 1))), bad},
		{"other resource", of(client.CreateEmailIdentityPolicy, with(strings.Replace(sendPolicy, "example.com", "example.net", 1))), bad},
		{"other Region", of(client.CreateEmailIdentityPolicy, with(strings.Replace(sendPolicy, primary, secondary, 1))), bad},
		{"other service", of(client.CreateEmailIdentityPolicy, with(strings.Replace(sendPolicy, "ses:SendEmail", "sns:Publish", 1))), bad},
		{"effect", of(client.CreateEmailIdentityPolicy, with(strings.Replace(sendPolicy, "Allow", "allow", 1))), bad},
		{"over 4 KB", of(client.CreateEmailIdentityPolicy, with(sendPolicy+strings.Repeat(" ", 4097-len(sendPolicy)))), bad},
		{"4 KB", of(client.CreateEmailIdentityPolicy, with(sendPolicy+strings.Repeat(" ", 4096-len(sendPolicy)))), ""},
		{"update", of(client.UpdateEmailIdentityPolicy, &update{EmailIdentity: domain, PolicyName: name, Policy: &changed}), ""},
		{"bad update", of(client.UpdateEmailIdentityPolicy, &update{EmailIdentity: domain, PolicyName: name, Policy: aws.String("[]")}), bad},
		{"update of none", of(client.UpdateEmailIdentityPolicy, &update{EmailIdentity: domain, PolicyName: aws.String("none"), Policy: policy}), missing},
		{"policies of nothing", of(client.GetEmailIdentityPolicies, &sesv2.GetEmailIdentityPoliciesInput{EmailIdentity: other}), missing},
		{"delete", of(client.DeleteEmailIdentityPolicy, &remove{EmailIdentity: domain, PolicyName: aws.String("q")}), ""},
		{"delete again", of(client.DeleteEmailIdentityPolicy, &remove{EmailIdentity: domain, PolicyName: aws.String("q")}), missing},
	})
	got := must(t, client.GetEmailIdentityPolicies, &sesv2.GetEmailIdentityPoliciesInput{EmailIdentity: domain}).Policies
	if len(got) != 1 || got["p"] != changed || looked(t, client, "example.com").Policies["p"] != changed {
		t.Errorf("got %q", got)
	}
	for i := range 19 {
		must(t, client.CreateEmailIdentityPolicy, &create{EmailIdentity: domain, PolicyName: aws.String(fmt.Sprint(i)), Policy: policy})
	}
	_, err := client.CreateEmailIdentityPolicy(t.Context(), &create{EmailIdentity: domain, PolicyName: aws.String("more"), Policy: policy})
	if codeOf(err) != tooMany {
		t.Errorf("the 21st: %v", err)
	}
}

func TestReplicationPolicy(t *testing.T) {
	policy := func(effect, principal, action, condition string) string {
		return fmt.Sprintf(`{"Statement":{"Effect":%q,"Principal":%s,"Action":[%q],"Resource":%q,"Condition":{%s}}}`, effect, principal, action, domainARN, condition)
	}
	const (
		root = `{"AWS":"arn:aws:iam::` + account + `:root"}`
		read = "ses:ReplicateEmailIdentityDKIMSigningKey"
		here = `"ForAllValues:StringEquals":{"ses:ReplicaRegion":["us-east-1","` + secondary + `"]},"Null":{"ses:ReplicaRegion":"false"}`
	)
	tests := []struct {
		name    string
		allowed bool
		texts   []string
	}{
		{"none", false, nil},
		{"as documented", true, []string{policy("Allow", root, read, here)}},
		{"by number", true, []string{policy("Allow", `{"AWS":["`+account+`"]}`, read, here)}},
		{"anybody, anything, anywhere", true, []string{policy("Allow", `"*"`, "SES:*", "")}},
		{"another action", false, []string{policy("Allow", root, "ses:SendEmail", here)}},
		{"another account", false, []string{policy("Allow", `{"AWS":"210987654321"}`, read, here)}},
		{"another Region", false, []string{policy("Allow", root, read, `"StringEquals":{"ses:ReplicaRegion":"us-east-1"}`)}},
		{"no Region named", false, []string{policy("Allow", root, read, `"Null":{"ses:ReplicaRegion":"true"}`)}},
		{"another condition", false, []string{policy("Allow", root, read, here+`,"IpAddress":{"aws:SourceIp":"192.0.2.1"}`)}},
		{"denied", false, []string{policy("Allow", root, read, here), policy("Deny", root, read, here)}},
		{"denied elsewhere", true, []string{policy("Allow", root, read, here), policy("Deny", root, read, `"StringEquals":{"ses:ReplicaRegion":"us-east-1"}`)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, clients := parent(t)
				w.RequireReplicationPolicy = true
				for i, text := range test.texts {
					must(t, clients[primary].CreateEmailIdentityPolicy, &sesv2.CreateEmailIdentityPolicyInput{
						EmailIdentity: aws.String("example.com"), PolicyName: aws.String(fmt.Sprint(i)), Policy: &text})
				}
				must(t, clients[secondary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com"), DkimSigningAttributes: replicaOf(primary)})
				time.Sleep(w.settleTime())
				got := told(looked(t, clients[secondary], "example.com"))
				if want := map[bool]string{true: "SUCCESS SUCCESS true", false: "FAILED FAILED false REPLICATION_ACCESS_DENIED"}[test.allowed]; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		})
	}
}

// What is wrong is looked at again; what a replica once got, it keeps.
func TestReplicationPolicyLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, clients := parent(t)
		w.RequireReplicationPolicy = true
		must(t, clients[secondary].CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com"), DkimSigningAttributes: replicaOf(primary)})
		time.Sleep(w.settleTime())
		status := func() string { return told(looked(t, clients[secondary], "example.com")) }
		if got := status(); !strings.Contains(got, "ACCESS_DENIED") {
			t.Errorf("without a policy: %s", got)
		}
		text := `{"Statement":{"Effect":"Allow","Principal":"*","Action":"ses:*","Resource":"` + domainARN + `"}}`
		must(t, clients[primary].CreateEmailIdentityPolicy, &sesv2.CreateEmailIdentityPolicyInput{EmailIdentity: aws.String("example.com"), PolicyName: aws.String("p"), Policy: &text})
		if got := status(); got != "SUCCESS SUCCESS true" {
			t.Errorf("with a policy: %s", got)
		}
		must(t, clients[primary].DeleteEmailIdentityPolicy, &sesv2.DeleteEmailIdentityPolicyInput{EmailIdentity: aws.String("example.com"), PolicyName: aws.String("p")})
		if got := status(); got != "SUCCESS SUCCESS true" {
			t.Errorf("without it again: %s", got)
		}
	})
}

// A policy that is accepted is about the identity, and looking for the replicas that it
// allows ends.
func FuzzPolicy(f *testing.F) {
	f.Add(sendPolicy)
	f.Add(`{"Statement":[null]}`)
	f.Add(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"ses:*","Resource":["` + domainARN + `"],"Condition":{"Null":{"a":null}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		w := &World{regions: map[place]*Region{}}
		r := w.at(account, primary)
		i := newIdentity("example.com", true)
		if r.checkPolicy(i, text) == nil && !strings.Contains(strings.ToLower(text), "ses") {
			t.Errorf("%q is accepted", text)
		}
		i.policies["p"] = text
		r.allowsReplica(i, secondary)
	})
}
