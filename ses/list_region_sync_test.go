package ses

import (
	"fmt"
	"strings"
	"testing"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// fill puts n addresses onto the list of the primary that bounced.
func (w *listWorld) fill(n int) {
	w.home.FillSuppressed(n, func(i int) (string, sestypes.SuppressionListReason) {
		return fmt.Sprintf("somebody.%06d@example.com", i), sestypes.SuppressionListReasonBounce
	})
}

// TestRegionSyncLongLists plans and applies lists by the exported functions, at SES's own
// limits: more than a page, more than one by one, a part of a job, and contacts.
func TestRegionSyncLongLists(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.aws.PageSize = 0
		w.fill(2500)
		w.makeContactLists()
		for _, a := range addresses("a", 20) {
			w.addContact(listHome, a, "io", `{"n":1}`)
		}
		primary, secondary := NewClients(w.cloud.Config(listHome, listAccount)), NewClients(w.cloud.Config(listAway, listAccount))
		opts := RegionSyncOptions{Options: region.Options{Only: []region.Kind{region.SuppressionList, region.Contacts}}}

		plan, err := PlanRegionSync(t.Context(), primary, secondary, opts)
		if err != nil || plan.Count(awspatterns.Blocked) != 1 || !strings.Contains(plan.String(), noStaging) {
			t.Errorf("without a bucket: %v\n%s", err, plan)
		}

		opts.StagingBucket = listBucket
		if plan, err = PlanRegionSync(t.Context(), primary, secondary, opts); err != nil || len(plan.Changes) != 2 {
			t.Fatalf("with a bucket: %v\n%s", err, plan)
		}
		if text := plan.String(); strings.Contains(text, "somebody.0") || !strings.Contains(text, "s***@example.com") {
			t.Errorf("the plan shows addresses:\n%s", text)
		}
		if _, err := ApplyRegionSync(t.Context(), primary, secondary, plan); err != nil {
			t.Fatal(err)
		}
		if got := len(w.away.Suppressed("")); got != 2500 {
			t.Errorf("%d addresses", got)
		}
		if jobs := w.calls("CreateImportJob", listAway, 0); jobs != 1 || len(w.staged()) > 0 {
			t.Errorf("%d jobs, still staged: %v", jobs, w.staged())
		}
		if again, err := PlanRegionSync(t.Context(), primary, secondary, opts); err != nil || len(again.Changes) > 0 {
			t.Errorf("plans again: %v\n%s", err, again)
		}
	})
}
