package ses

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// RegionSyncOptions say what is kept the same in two Regions.
type RegionSyncOptions struct {
	region.Options

	// Rates are calls per second, where an account has others than the usual ones.
	Rates Rates

	// StagingBucket holds what import jobs read, below StagingPrefix, until they are done. It
	// is in the secondary Region; without it, suppressed addresses and contacts are written
	// one by one, and long lists are blocked. TwoWaySuppression of long lists needs
	// PrimaryStagingBucket, in the primary Region.
	StagingBucket        string
	PrimaryStagingBucket string
	StagingPrefix        string // "awspatterns/ses/" if empty

	// Progress, if set, is told how far planning has got.
	Progress func(RegionSyncProgress) `json:"-"`
}

// A RegionSyncProgress tells how far a pattern has got.
type RegionSyncProgress struct {
	Region string      // that is read or written
	Kind   region.Kind // what
	Done   int         // objects, or entries of a list
	Total  int         // if it is known

	Outcome *awspatterns.Outcome // of a change, when applying
}
