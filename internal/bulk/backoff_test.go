package bulk_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

func TestBackoff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for attempt, most := range map[int]time.Duration{
		math.MinInt: 50 * time.Millisecond,
		0:           50 * time.Millisecond,
		1:           100 * time.Millisecond,
		5:           1600 * time.Millisecond,
		9:           25600 * time.Millisecond,
		10:          30 * time.Second,
		63:          30 * time.Second,
		math.MaxInt: 30 * time.Second,
	} {
		var low, high, sum time.Duration = most, 0, 0
		for range 1000 {
			d := bulk.Backoff(attempt, r)
			low, high, sum = min(low, d), max(high, d), sum+d
		}
		if low < 0 || low > most/20 || high > most || high < most*19/20 {
			t.Errorf("attempt %d: from %v to %v, want up to %v", attempt, low, high, most)
		}
		if mean := sum / 1000; mean < most*4/10 || mean > most*6/10 {
			t.Errorf("attempt %d: %v on average, want half of %v", attempt, mean, most)
		}
		if d := bulk.Backoff(attempt, nil); d < 0 || d > most {
			t.Errorf("attempt %d: %v from a source of its own", attempt, d)
		}
	}
}
