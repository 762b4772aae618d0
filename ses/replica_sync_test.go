package ses_test

import (
	"testing"

	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// TestReplicaAndRegionSync has either of the two patterns make the replicas: the other one
// knows them, and their policies, and has nothing to do.
func TestReplicaAndRegionSync(t *testing.T) {
	sync := ses.RegionSyncOptions{Options: region.Options{Only: []region.Kind{region.Identities}, ReplicationPolicy: true}}
	replica := ses.ReplicaOptions{Identities: bothDomains(), Policy: true}
	runSync := func(t *testing.T, w *replicaWorld) ses.RegionSyncPlan {
		t.Helper()
		primary, secondary := w.clients()
		plan, err := ses.PlanRegionSync(t.Context(), primary, secondary, sync)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ses.ApplyRegionSync(t.Context(), primary, secondary, plan); err != nil {
			t.Fatal(err)
		}
		return plan
	}
	t.Run("replica first", func(t *testing.T) {
		inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
			if _, err := w.run(t.Context(), replica); err != nil {
				t.Fatal(err)
			}
			if plan := runSync(t, w); !plan.Empty() {
				t.Errorf("the other one plans\n%s", plan)
			}
		})
	})
	t.Run("region sync first", func(t *testing.T) {
		inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
			runSync(t, w)
			if _, err := w.run(t.Context(), replica); err != nil { // waits for them
				t.Fatal(err)
			}
			plan, err := w.plan(t.Context(), replica)
			if err != nil || !plan.Empty() || plan.Waiting != nil || plan.Notes != nil {
				t.Errorf("the other one plans\n%s, %v", plan, err)
			}
			if _, err := w.remove(t.Context(), ses.ReplicaRemovalOptions{Identities: bothDomains(), Policy: true}); err != nil {
				t.Errorf("removing: %v", err)
			}
		})
	})
}
