package ses_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// TestPlanReplicaRemoval has a world for each case: what is planned, and what is told.
func TestPlanReplicaRemoval(t *testing.T) {
	const (
		remove       = "delete identity example.com in eu-central-1"
		blocked      = "blocked identity example.com in eu-central-1"
		deletePolicy = "delete identity example.com/awspatterns-replication in eu-west-1, policy"
		changePolicy = "update identity example.com/awspatterns-replication in eu-west-1, policy"
		policyStays  = "blocked identity example.com/awspatterns-replication in eu-west-1, policy"
		deleteParent = "delete identity example.com in eu-west-1"
		parentStays  = "blocked identity example.com in eu-west-1"
	)
	one := []string{"example.com"}
	only := ses.ReplicaRemovalOptions{Identities: one}
	policy := ses.ReplicaRemovalOptions{Identities: one, Policy: true}
	parents := ses.ReplicaRemovalOptions{Identities: one, DeleteParents: true}
	replica := func(tags map[string]string, regions ...string) func(*replicaWorld) {
		return func(w *replicaWorld) {
			if len(regions) > 0 {
				w.allow("example.com", regions...)
			}
			w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", tags)
		}
	}
	for _, test := range []struct {
		name  string
		world func(*replicaWorld)
		opts  ses.ReplicaRemovalOptions
		want  []string
		why   string
	}{
		{name: "nothing there", opts: policy},
		{name: "nothing there but the policy", opts: policy, world: func(w *replicaWorld) { w.allow("example.com", replicaSecondary) }, want: []string{deletePolicy}},
		{name: "replica only", opts: only, world: replica(replicaMark(), replicaSecondary), want: []string{remove}, why: "no mail of example.com can be sent from eu-central-1"},
		{name: "with the policy", opts: policy, world: replica(replicaMark(), replicaSecondary), want: []string{remove, deletePolicy}},
		{name: "other Regions stay in the policy", opts: policy, world: replica(replicaMark(), replicaSecondary, "eu-north-1"), want: []string{remove, changePolicy}},
		{name: "the policy does not name it", opts: policy, world: replica(replicaMark(), "eu-north-1"), want: []string{remove}},
		{name: "the policy is another's", opts: policy, want: []string{remove, policyStays}, why: "by hand",
			world: func(w *replicaWorld) {
				w.policy("example.com", region.PolicyName, foreignPolicy)
				w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
			}},
		{name: "of another hand", opts: policy, world: replica(nil, replicaSecondary), want: []string{blocked}, why: "set Adopt"},
		{name: "made for another primary", opts: policy, world: replica(map[string]string{region.MarkTag: "us-east-1"}, replicaSecondary), want: []string{blocked}},
		{name: "of another hand, adopted", opts: ses.ReplicaRemovalOptions{Identities: one, Policy: true, Adopt: true}, world: replica(nil, replicaSecondary),
			want: []string{remove, deletePolicy}},
		{name: "no replica", opts: ses.ReplicaRemovalOptions{Identities: one, Policy: true, Adopt: true},
			world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "", replicaMark()) }, want: []string{blocked}, why: "no replica of eu-west-1"},
		{name: "replica of another parent", opts: ses.ReplicaRemovalOptions{Identities: one, Adopt: true},
			world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "AWS_SES_US_EAST_1", replicaMark()) }, want: []string{blocked}},

		{name: "parents", opts: parents, world: replica(replicaMark(), replicaSecondary), want: []string{remove, deleteParent}, why: "its DKIM keys"},
		{name: "parents without replicas", opts: parents, want: []string{deleteParent}, why: "Regions that this plan does not know"},
		{name: "parents with other replicas", opts: parents, world: replica(replicaMark(), replicaSecondary, "eu-north-1"), want: []string{remove, parentStays}, why: "eu-north-1"},
		{name: "parents with other replicas, and the policy", opts: ses.ReplicaRemovalOptions{Identities: one, Policy: true, DeleteParents: true},
			world: replica(replicaMark(), replicaSecondary, "eu-north-1"), want: []string{remove, parentStays, changePolicy}},
		{name: "parents whose replica stays", opts: parents, world: replica(nil, replicaSecondary), want: []string{blocked, parentStays}},
		{name: "parents that are none", opts: parents, want: []string{parentStays}, why: "no parent",
			world: func(w *replicaWorld) {
				w.must(w.deleteIdentity(replicaPrimary, "example.com"))
				w.identity(replicaPrimary, "example.com", "EXTERNAL", nil)
			}},
		{name: "parents that are gone", opts: parents, world: func(w *replicaWorld) { w.must(w.deleteIdentity(replicaPrimary, "example.com")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
				if test.world != nil {
					test.world(w)
				}
				plan, err := w.planRemoval(t.Context(), test.opts)
				if err != nil {
					t.Fatal(err)
				}
				if got := replicaChanges(plan.Plan, plan.Steps); !slices.Equal(got, test.want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
				}
				if text := plan.String(); !strings.Contains(text, test.why) {
					t.Errorf("got %s, want %q", text, test.why)
				}
				for _, c := range plan.Changes {
					if c.Action == awspatterns.Delete && !strings.Contains(c.Resource.ID, "/") && (c.Interrupts == "" || c.Irreversible == "") {
						t.Errorf("does not tell what is lost: %v", c)
					}
				}
				primary, secondary := w.clients()
				_, err = ses.ApplyReplicaRemoval(t.Context(), primary, secondary, plan)
				if left := plan.Count(awspatterns.Blocked) > 0; errors.Is(err, awspatterns.ErrIncomplete) != left || err != nil && !left {
					t.Errorf("applied: %v", err)
				}
			})
		})
	}
}

// TestReplicaRemovalOfUnseenReplicas has SES refuse to delete a parent.
func TestReplicaRemovalOfUnseenReplicas(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.ses.RequireReplicationPolicy = false
		w.identity("eu-north-1", "example.com", "AWS_SES_EU_WEST_1", nil)
		_, err := w.remove(t.Context(), ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, DeleteParents: true})
		if err == nil || !strings.Contains(err.Error(), "SES deletes no parent that has replicas: look for example.com in all Regions") {
			t.Errorf("got %v", err)
		}
	})
}

// TestReplicaRemovalUnread deletes nothing while anything is unknown.
func TestReplicaRemovalUnread(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.allow("example.com", replicaSecondary)
		w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
		w.Inject(awstest.Fault{Operation: "SESv2.GetEmailIdentity", Region: replicaPrimary, Err: awstest.Denied()})
		before := w.dump()
		_, err := w.remove(t.Context(), ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, Policy: true})
		if !errors.Is(err, awspatterns.ErrIncomplete) || w.dump() != before {
			t.Errorf("got %v, and\n%s", err, w.dump())
		}
	})
}

// TestReplicaRemovalStale changes something between planning and applying.
func TestReplicaRemovalStale(t *testing.T) {
	for name, meddle := range map[string]func(*replicaWorld){
		"the replica is another one": func(w *replicaWorld) {
			w.must(w.deleteIdentity(replicaSecondary, "example.com"))
			w.identity(replicaSecondary, "example.com", "", replicaMark())
		},
		"the replica lost its mark": func(w *replicaWorld) {
			w.must(w.deleteIdentity(replicaSecondary, "example.com"))
			w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", nil)
		},
	} {
		inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
			w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
			plan, err := w.planRemoval(t.Context(), ses.ReplicaRemovalOptions{Identities: []string{"example.com"}})
			if err != nil {
				t.Fatal(err)
			}
			meddle(w)
			primary, secondary := w.clients()
			if _, err := ses.ApplyReplicaRemoval(t.Context(), primary, secondary, plan); !errors.Is(err, awspatterns.ErrStale) {
				t.Errorf("%s: got %v, want ErrStale", name, err)
			}
			plan.Options.Adopt = true
			if _, err := ses.ApplyReplicaRemoval(t.Context(), primary, secondary, plan); !errors.Is(err, awspatterns.ErrAltered) {
				t.Errorf("got %v, want ErrAltered", err)
			}
		})
	}
}

// TestReplicaRemovalOptions are refused before anything is called.
func TestReplicaRemovalOptions(t *testing.T) {
	cloud := awstest.New(t)
	primary, secondary := ses.NewClients(cloud.Config(replicaPrimary, replicaAccount)), ses.NewClients(cloud.Config(replicaSecondary, replicaAccount))
	for _, opts := range []ses.ReplicaRemovalOptions{
		{}, {Identities: []string{"info@example.com"}}, {Identities: []string{"example.com"}, Rates: ses.Rates{"x": -1}},
	} {
		if _, err := ses.PlanReplicaRemoval(t.Context(), primary, secondary, opts); err == nil || !strings.HasPrefix(err.Error(), "ses: plan replica removal: ") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := ses.PlanReplicaRemoval(t.Context(), primary, primary, ses.ReplicaRemovalOptions{Identities: []string{"example.com"}}); err == nil {
		t.Error("one Region for two is taken")
	}
	if cloud.Count() > 0 {
		t.Errorf("%d calls", cloud.Count())
	}
}
