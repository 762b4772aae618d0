package ses_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// TestReviewSwapped plans from the secondary to the primary, once they are alike: there is
// nothing to change, and nothing is taken over.
func TestReviewSwapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		if _, _, err := w.sync(t.Context(), syncOptions()); err != nil {
			t.Fatal(err)
		}
		for _, adopt := range []bool{false, true} {
			opts := syncOptions()
			opts.Adopt, opts.Delete, opts.ConvertToReplica, opts.TwoWaySuppression = adopt, true, true, true
			opts.ARNs = map[string]string{syncTopicHere: syncTopic}
			opts.MailFrom = map[string]string{"example.com": "bounce.example.com"}
			plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncSecondary), w.clients(syncPrimary), opts)
			if err != nil || plan.Applies() || plan.Count(awspatterns.Blocked)+plan.Count(awspatterns.Unknown) > 0 {
				t.Errorf("adopt %t: %v\n%s", adopt, err, plan)
			}
		}
	})
}

// TestReviewChain has the secondary be the primary of a third Region: both syncs have nothing
// more to do.
func TestReviewChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		w.region("ap-south-1").ProductionAccess(true)
		if _, _, err := w.sync(t.Context(), syncOptions()); err != nil {
			t.Fatal(err)
		}
		opts := syncOptions()
		opts.ARNs = map[string]string{syncTopicHere: strings.Replace(syncTopic, "us-east-1", "ap-south-1", 1)}
		opts.MailFrom = map[string]string{"example.com": "bounce-ap.example.com"}
		third := func() ses.RegionSyncPlan {
			plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncSecondary), w.clients("ap-south-1"), opts)
			if err != nil {
				t.Fatal(err)
			}
			return plan
		}
		plan := third()
		if _, err := ses.ApplyRegionSync(t.Context(), w.clients(syncSecondary), w.clients("ap-south-1"), plan); err != nil {
			t.Fatalf("%v\n%s", err, plan)
		}
		if again := third(); again.Applies() || again.Count(awspatterns.Blocked) > 0 {
			t.Errorf("the third Region again:\n%s", again)
		}
		if again := planOf(t, w, syncOptions()); again.Applies() {
			t.Errorf("the second Region again:\n%s", again)
		}
	})
}

// TestReviewKindByKind keeps each kind the same alone, in their order: that is as good as all
// at once.
func TestReviewKindByKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		for _, kind := range region.Kinds() {
			opts := syncOptions()
			opts.Only = []region.Kind{kind}
			plan := planOf(t, w, opts)
			if n := plan.Count(awspatterns.Blocked) + plan.Count(awspatterns.Unknown); n > 0 {
				t.Fatalf("%s:\n%s", kind, plan)
			}
			for i, s := range plan.Steps {
				if s.Kind != kind && plan.Changes[i].Action.Applies() {
					t.Errorf("only %s: %s", kind, plan.Changes[i])
				}
			}
			applyOf(t, w, plan)
		}
		if again := planOf(t, w, syncOptions()); again.Applies() {
			t.Errorf("all:\n%s", again)
		}
	})
}

// TestReviewContactsOfOthers has a contact list in the secondary that somebody else made, and
// that lacks a topic: SES would refuse its contacts.
func TestReviewContactsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSyncWorld(awstest.New(t))
		ctx := t.Context()
		did(w.sdk(syncPrimary).CreateContactList(ctx, &sesv2.CreateContactListInput{
			ContactListName: aws.String("readers"), Topics: []sestypes.Topic{{
				TopicName: aws.String("weekly"), DisplayName: aws.String("Weekly"), DefaultSubscriptionStatus: sestypes.SubscriptionStatusOptIn,
			}},
		}))
		did(w.sdk(syncPrimary).CreateContact(ctx, &sesv2.CreateContactInput{
			ContactListName: aws.String("readers"), EmailAddress: aws.String("ann@example.net"),
			TopicPreferences: []sestypes.TopicPreference{{TopicName: aws.String("weekly"), SubscriptionStatus: sestypes.SubscriptionStatusOptOut}},
		}))
		did(w.sdk(syncSecondary).CreateContactList(ctx, &sesv2.CreateContactListInput{ContactListName: aws.String("readers")}))
		opts := syncOptions()
		opts.Adopt, opts.MailFrom = false, nil
		plan := planOf(t, w, opts)
		if plan.Applies() || plan.Count(awspatterns.Blocked) != 2 {
			t.Errorf("the plan:\n%s", plan)
		}
		if _, err := ses.ApplyRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), plan); err != nil && strings.Contains(err.Error(), "refused") {
			t.Errorf("%v\n%s", err, plan)
		}
		opts.Only = []region.Kind{region.Contacts}
		plan = planOf(t, w, opts)
		if _, err := ses.ApplyRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), plan); err != nil && strings.Contains(err.Error(), "refused") {
			t.Errorf("%v\n%s", err, plan)
		}
		opts.Only, opts.Adopt = nil, true
		applyOf(t, w, planOf(t, w, opts))
		if again := planOf(t, w, opts); len(again.Changes) > 0 {
			t.Errorf("again:\n%s", again)
		}
	})
}

// TestReviewTenantOfOthers has a tenant in the secondary that somebody else made, with no list
// of its own.
func TestReviewTenantOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSyncWorld(awstest.New(t))
		ctx := t.Context()
		did(w.sdk(syncPrimary).CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: aws.String("acme"), SuppressionAttributes: &sestypes.TenantSuppressionAttributes{
			SuppressionScope: "TENANT", SuppressedReasons: []sestypes.SuppressionListReason{"BOUNCE"},
		}}))
		did(w.sdk(syncSecondary).CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: aws.String("acme")}))
		did(w.sdk(syncPrimary).PutSuppressedDestination(ctx, &sesv2.PutSuppressedDestinationInput{
			TenantName: aws.String("acme"), EmailAddress: aws.String("ann@example.net"), Reason: "BOUNCE",
		}))
		opts := syncOptions()
		opts.Adopt, opts.MailFrom = false, nil
		plan := planOf(t, w, opts)
		if plan.Applies() {
			_, err := ses.ApplyRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), plan)
			t.Logf("%v\n%s", err, plan)
			if err != nil && !errors.Is(err, awspatterns.ErrIncomplete) {
				t.Error(err)
			}
		}
		opts.Adopt = true
		applyOf(t, w, planOf(t, w, opts))
		if again := planOf(t, w, opts); len(again.Changes) > 0 {
			t.Errorf("again:\n%s", again)
		}
	})
}

// TestReviewManyIdentities reads the notifications of more identities than one call tells of.
func TestReviewManyIdentities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.MaxCalls = 100_000
		w := newSyncWorld(c)
		w.ses.PageSize = 0
		for i := range 150 {
			w.domain(syncPrimary, fmt.Sprintf("d%03d.example", i))
		}
		opts := syncOptions()
		opts.Only = []region.Kind{region.Identities}
		opts.MailFrom = nil
		plan := planOf(t, w, opts)
		if plan.Count(awspatterns.Create) != 300 || plan.Count(awspatterns.Unknown) > 0 { // each with its policy
			t.Errorf("%d creations, %d unknown", plan.Count(awspatterns.Create), plan.Count(awspatterns.Unknown))
		}
		applyOf(t, w, plan)
		if again := planOf(t, w, opts); len(again.Changes) > 0 {
			t.Errorf("again:\n%s", again)
		}
	})
}

// TestReviewOddNames has names with capitals and quotes, and a policy with a long number.
func TestReviewOddNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSyncWorld(awstest.New(t))
		ctx, sdk := t.Context(), w.sdk(syncPrimary)
		w.domain(syncPrimary, "xn--bcher-kva.example")
		for i, address := range []string{"Capital@Example.com", "a+b@example.com", "o'neil@example.com"} {
			w.region(syncPrimary).Suppress("", address, []sestypes.SuppressionListReason{"BOUNCE", "COMPLAINT"}[i%2])
		}
		did(sdk.CreateEmailIdentityPolicy(ctx, &sesv2.CreateEmailIdentityPolicyInput{
			EmailIdentity: aws.String("xn--bcher-kva.example"), PolicyName: aws.String("p"),
			Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ses:*","Resource":["arn:aws:ses:us-east-1:123456789012:identity/xn--bcher-kva.example"],"Condition":{"NumericLessThan":{"x":"10000000000000000000001"}}}]}`),
		}))
		opts := syncOptions()
		opts.MailFrom = nil
		applyOf(t, w, planOf(t, w, opts))
		if again := planOf(t, w, opts); len(again.Changes) > 0 {
			t.Errorf("again:\n%s", again)
		}
		if dump := w.region(syncSecondary).Dump(); !strings.Contains(dump, "10000000000000000000001") || !strings.Contains(dump, "Capital@Example.com") {
			t.Errorf("the secondary:\n%s", dump)
		}
	})
}
