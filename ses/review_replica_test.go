package ses_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// TestReplicaAdoptsPolicyWithItsRegions adopts a policy of our name in the form that the
// documentation has, without Null: replicas elsewhere live by the Regions that it lists.
func TestReplicaAdoptsPolicyWithItsRegions(t *testing.T) {
	ours := region.ReplicationPolicy("aws", replicaAccount, replicaPrimary, "example.com", []string{"eu-north-1", "us-east-1"})
	documented := strings.Replace(ours, `,"Null":{"ses:ReplicaRegion":"false"}`, "", 1)
	for _, tt := range []struct {
		name, document string
		want           []string
	}{
		{"without Null", documented, []string{replicaSecondary, "eu-north-1", "us-east-1"}},
		{"one Region, StringEquals", strings.NewReplacer("ForAllValues:", "", `["eu-north-1","us-east-1"]`, `"eu-north-1"`).Replace(documented), []string{replicaSecondary, "eu-north-1"}},
		{"a Region that is none", strings.Replace(documented, "us-east-1", "*", 1), []string{replicaSecondary, "eu-north-1"}},
		{"Deny", strings.Replace(documented, `"Allow"`, `"Deny"`, 1), []string{replicaSecondary}},
		{"all but these", strings.Replace(documented, "StringEquals", "StringNotEquals", 1), []string{replicaSecondary}},
		{"of another action", strings.Replace(documented, "ses:ReplicateEmailIdentityDKIMSigningKey", "ses:SendEmail", 1), []string{replicaSecondary}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
				w.policy("example.com", region.PolicyName, tt.document)
				opts := ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true, Adopt: true, Wait: -1}
				if _, err := w.run(t.Context(), opts); err != nil {
					t.Fatal(err)
				}
				got, err := region.ReplicationRegions(w.policyOf("example.com", region.PolicyName), "aws", replicaAccount, replicaPrimary, "example.com")
				if err != nil || !slices.Equal(got, tt.want) {
					t.Errorf("got %v, %v; want %v", got, err, tt.want)
				}
			})
		})
	}
}

// TestReplicaRemovalKeepsParentsOfOthers deletes no parent whose policy, in another form,
// names Regions that may have replicas.
func TestReplicaRemovalKeepsParentsOfOthers(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		document := region.ReplicationPolicy("aws", replicaAccount, replicaPrimary, "example.com", []string{"eu-north-1"})
		w.policy("example.com", region.PolicyName, strings.Replace(document, `,"Null":{"ses:ReplicaRegion":"false"}`, "", 1))
		plan, err := w.planRemoval(t.Context(), ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, DeleteParents: true})
		if err != nil || plan.Applies() || !strings.Contains(plan.String(), "eu-north-1") {
			t.Errorf("got %v, %v", plan, err)
		}
	})
}

// TestReplicaConvertsAParent: a domain of the secondary that has replicas of its own stops
// being a parent when it becomes a replica, which the plan says.
func TestReplicaConvertsAParent(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.identity(replicaSecondary, "example.com", "", nil)
		name := region.PolicyName
		document := region.ReplicationPolicy("aws", replicaAccount, replicaSecondary, "example.com", []string{"us-west-2"})
		_, err := w.api(replicaSecondary).CreateEmailIdentityPolicy(t.Context(), &sesv2.CreateEmailIdentityPolicyInput{
			EmailIdentity: aws.String("example.com"), PolicyName: &name, Policy: &document,
		})
		w.must(err)
		plan, err := w.plan(t.Context(), ses.ReplicaOptions{Identities: []string{"example.com"}, Convert: true})
		if err != nil || len(plan.Changes) != 1 || !strings.Contains(plan.Changes[0].Interrupts, "us-west-2") {
			t.Errorf("got %v, %v", plan, err)
		}
	})
}
