package redshift

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// TestDataConcurrent has many callers submit, wait, ask and cancel at once: everything is
// run once, or was cancelled.
func TestDataConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.cloud.Seed = 7
		w.Pace = DataPace{Submitted: DataStay{For: time.Millisecond}, Picked: DataStay{For: time.Millisecond}, Started: DataStay{For: 2 * time.Millisecond}}
		w.CancelEarly = true
		ids := make([]string, 100)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				sql, own := fmt.Sprint("do ", i), token(fmt.Sprint("t", i))
				ids[i] = w.mustExecute(sql, own)
				switch i % 4 {
				case 0:
					w.longPoll(t.Context(), ids[i], 30)
				case 1:
					w.cancel(ids[i])
				case 2:
					w.mustExecute(sql, own, waiting(1))
				}
			})
		}
		all.Wait()
		time.Sleep(time.Minute)
		finished := 0
		for _, id := range ids {
			switch status := w.describe(id).Status; status {
			case datatypes.StatusStringFinished:
				finished++
			case datatypes.StatusStringAborted:
			default:
				t.Errorf("%s is %s", id, status)
			}
		}
		same(t, []int{len(w.effects()), len(w.Statements())}, []int{finished, finished})
		if finished < 75 {
			t.Errorf("%d finished", finished)
		}
	})
}

// TestDataLostAnswer shows that a statement whose answer was lost is not run again by the
// SDK's retry, which has the same token.
func TestDataLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.client = datasdk.NewFromConfig(w.cloud.Config(dataRegion, dataAccount))
		hits := w.cloud.Inject(awstest.Fault{Operation: "Redshift Data.ExecuteStatement", Times: 2, Err: awstest.Throttled(), Applied: true})
		id := w.mustExecute("do it")
		same(t, []any{w.effects(), hits(), w.status(id)}, []any{[]string{"it"}, 2, "FINISHED"})
	})
}
