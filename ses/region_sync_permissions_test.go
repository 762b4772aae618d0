package ses_test

import (
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

// TestRegionSyncPermissions compares what is declared with what planning and applying called
// in each Region: creating all there is, then changing all there is, then deleting it.
func TestRegionSyncPermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := syncOptions()
		opts.ContactAttributes, opts.ConvertToReplica, opts.TwoWaySuppression, opts.Delete = true, true, true, true
		opts.StagingBucket, opts.PrimaryStagingBucket = "staging", "staging-primary"
		w := smallWorld(awstest.New(t))
		w.ses.PageSize = 0
		var planning, applying []awstest.Call
		run := func() error {
			before := len(w.Calls())
			plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), opts)
			if err != nil {
				t.Fatal(err)
			}
			planned := len(w.Calls())
			planning = append(planning, w.Calls()[before:]...)
			_, err = ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), plan)
			applying = append(applying, w.Calls()[planned:]...)
			return err
		}
		for round, change := range []func(*syncWorld){func(*syncWorld) {}, changedWorld, emptiedWorld} {
			change(w)
			if round == 1 { // lists that take import jobs; a part stays in each bucket, for the next run to find
				suppressed(w, 1500)
				for _, where := range []string{syncSecondary, syncPrimary} {
					w.Inject(awstest.Fault{Operation: "S3.DeleteObject", Region: where, Times: 1, Err: awstest.Error(400, "InvalidRequest", "no")})
					if run() == nil {
						t.Error("a part that was not deleted is no error")
					}
				}
			}
			if err := run(); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		tables := []awstest.Actions{standin.Actions, s3.Actions, sts.Actions}
		primary, secondary := ses.RegionSyncPermissions(opts)
		awstest.CheckPermissions(t, primary.Plan, callsIn(planning, syncPrimary), tables...)
		awstest.CheckPermissions(t, secondary.Plan, callsIn(planning, syncSecondary), tables...)
		awstest.CheckPermissions(t, primary.Apply, callsIn(applying, syncPrimary), tables...)
		awstest.CheckPermissions(t, secondary.Apply, callsIn(applying, syncSecondary), tables...)
	})
}
