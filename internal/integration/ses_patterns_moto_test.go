package integration_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// sesAtOnce are rates for a server that has no limits.
func sesAtOnce() ses.Rates {
	rates := ses.Rates{}
	for _, name := range append(sesOperations(&sesv2.Client{}), "GetIdentityNotificationAttributes") {
		rates[name] = 1000
	}
	return rates
}

// sesPair returns two Regions of a moto.
func sesPair(t *testing.T) (primary, secondary ses.Clients) {
	url := startMotoSES(t)
	return motoSES(url, "eu-central-1"), motoSES(url, "us-east-1")
}

// wantChanges checks the changes of a plan, each as "action word": the action, and what the
// change as text has.
func wantChanges(t *testing.T, p awspatterns.Plan, want ...string) {
	t.Helper()
	ok := len(p.Changes) == len(want) && !p.Incomplete
	for i := 0; ok && i < len(want); i++ {
		action, word, _ := strings.Cut(want[i], " ")
		ok = string(p.Changes[i].Action) == action && strings.Contains(p.Changes[i].String(), word)
	}
	if !ok {
		t.Errorf("want %q, incomplete: %t\n%s", want, p.Incomplete, p)
	}
}

// Replicas are made, recognised and removed over HTTP, with the policy of their parent.
func TestSESReplicaOnMoto(t *testing.T) {
	primary, secondary := sesPair(t)
	ctx := t.Context()
	if _, err := primary.SES.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("example.com")}); err != nil {
		t.Fatal(err)
	}
	opts := ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true, Tags: map[string]string{"team": "web"}, Rates: sesAtOnce()}
	plan := func() ses.ReplicaPlan {
		t.Helper()
		p, err := ses.PlanReplica(ctx, primary, secondary, opts)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := plan()
	wantChanges(t, first.Plan, "create example.com/awspatterns-replication", "create example.com in us-east-1")
	if _, err := ses.ApplyReplica(ctx, primary, secondary, first); err != nil {
		t.Fatal(err)
	}
	wantChanges(t, plan().Plan)
	replica, err := secondary.SES.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	if err != nil || string(replica.DkimAttributes.SigningAttributesOrigin) != "AWS_SES_EU_CENTRAL_1" || len(replica.Tags) != 2 {
		t.Errorf("got %+v, %v", replica, err)
	}
	parent, err := primary.SES.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
	if err != nil || !strings.Contains(parent.Policies[region.PolicyName], `"us-east-1"`) {
		t.Errorf("got %v, %v", parent.Policies, err)
	}

	removal, err := ses.PlanReplicaRemoval(ctx, primary, secondary, ses.ReplicaRemovalOptions{
		Identities: []string{"example.com"}, Policy: true, Rates: sesAtOnce(),
	})
	if err != nil {
		t.Fatal(err)
	}
	wantChanges(t, removal.Plan, "delete example.com in us-east-1", "delete example.com/awspatterns-replication")
	if _, err := ses.ApplyReplicaRemoval(ctx, primary, secondary, removal); err != nil {
		t.Fatal(err)
	}
	left, err := secondary.SES.ListEmailIdentities(ctx, &sesv2.ListEmailIdentitiesInput{})
	if err != nil || len(left.EmailIdentities) != 0 {
		t.Errorf("got %v, %v", left, err)
	}
	if parent, err = primary.SES.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")}); err != nil || len(parent.Policies) != 0 {
		t.Errorf("got %v, %v", parent, err)
	}
}

// A managed pool and its configuration set are made over HTTP. The default of an identity,
// and removal, take operations that moto lacks.
func TestSESManagedIPsOnMoto(t *testing.T) {
	c, _ := sesPair(t)
	ctx := t.Context()
	opts := ses.ManagedIPsOptions{Pool: "managed", ConfigurationSet: "managed", Tags: map[string]string{"team": "web"}, Rates: sesAtOnce()}
	plan := func() ses.ManagedIPsPlan {
		t.Helper()
		p, err := ses.PlanManagedIPs(ctx, c, opts)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := plan()
	wantChanges(t, first.Plan, "create dedicated-ip-pool/managed", "create configuration-set/managed")
	if _, err := ses.ApplyManagedIPs(ctx, c, first); err != nil {
		t.Fatal(err)
	}
	wantChanges(t, plan().Plan)
	pool, err := c.SES.GetDedicatedIpPool(ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: aws.String("managed")})
	if err != nil || pool.DedicatedIpPool.ScalingMode != sestypes.ScalingModeManaged {
		t.Errorf("got %+v, %v", pool, err)
	}
	set, err := c.SES.GetConfigurationSet(ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("managed")})
	if err != nil || aws.ToString(set.DeliveryOptions.SendingPoolName) != "managed" {
		t.Errorf("got %+v, %v", set, err)
	}
}

// What moto has of two Regions is kept the same: pools, and a contact list with its
// contacts. All the rest takes operations that it lacks.
func TestSESRegionSyncOnMoto(t *testing.T) {
	primary, secondary := sesPair(t)
	ctx := t.Context()
	fillSES(t, primary)
	opts := ses.RegionSyncOptions{
		Options: region.Options{Only: []region.Kind{region.Pools, region.Lists, region.Contacts}, ManagedPools: true, Adopt: true},
		Rates:   sesAtOnce(),
	}
	for run, want := range []bool{true, false} {
		plan, err := ses.PlanRegionSync(ctx, primary, secondary, opts)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Incomplete || plan.Empty() == want {
			t.Fatalf("run %d: %s", run, plan)
		}
		if _, err := ses.ApplyRegionSync(ctx, primary, secondary, plan); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := heldBySES(t, ctx, primary), heldBySES(t, ctx, secondary); !maps.Equal(a, b) || len(a) != 6 {
		t.Errorf("the primary has %v, the secondary %v", a, b)
	}
}

// fillSES fills a Region.
func fillSES(t *testing.T, c ses.Clients) {
	w := &sesWorld{Clients: c, ctx: t.Context()}
	for _, err := range []error{
		w.createPool("standard", sestypes.ScalingModeStandard), w.createPool("managed", sestypes.ScalingModeManaged),
		w.createList("readers"), w.createContact("a@example.com"), w.createContact("b@example.com"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// heldBySES returns what a Region has of what moto knows.
func heldBySES(t *testing.T, ctx context.Context, c ses.Clients) map[string]string {
	t.Helper()
	held := map[string]string{}
	pools, err := c.SES.ListDedicatedIpPools(ctx, &sesv2.ListDedicatedIpPoolsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pools.DedicatedIpPools {
		pool, err := c.SES.GetDedicatedIpPool(ctx, &sesv2.GetDedicatedIpPoolInput{PoolName: &name})
		if err != nil {
			t.Fatal(err)
		}
		held["pool "+name] = string(pool.DedicatedIpPool.ScalingMode)
	}
	list, err := c.SES.GetContactList(ctx, &sesv2.GetContactListInput{ContactListName: aws.String("readers")})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range list.Topics {
		held["topic "+*topic.TopicName] = *topic.DisplayName + string(topic.DefaultSubscriptionStatus)
	}
	contacts, err := c.SES.ListContacts(ctx, &sesv2.ListContactsInput{ContactListName: aws.String("readers")})
	if err != nil {
		t.Fatal(err)
	}
	for _, contact := range contacts.Contacts {
		for _, p := range contact.TopicPreferences {
			held["contact "+*contact.EmailAddress] += *p.TopicName + string(p.SubscriptionStatus)
		}
	}
	return held
}
