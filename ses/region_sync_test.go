package ses_test

import (
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
)

// TestRegionSync makes an empty Region like one with something of each kind, and finds
// nothing more to do.
func TestRegionSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		plan, result, err := w.sync(t.Context(), syncOptions())
		if err != nil {
			t.Fatalf("%v\n%s", err, plan)
		}
		golden.Equal(t, "testdata/region_sync_plan.txt", plan.String())
		for _, o := range result.Outcomes {
			if o.State != awspatterns.Applied && o.State != awspatterns.Left {
				t.Errorf("%s %s: %s", o.Action, o.Resource, o.State)
			}
		}
		again, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), syncOptions())
		if err != nil {
			t.Fatal(err)
		}
		if again.Applies() {
			t.Errorf("the second plan:\n%s", again)
		}
		golden.Equal(t, "testdata/region_sync_secondary.txt", w.region(syncSecondary).Dump())
	})
}
