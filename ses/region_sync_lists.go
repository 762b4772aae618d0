package ses

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// blockLongList blocks a list that takes import jobs where these cannot be run: without a
// bucket, or in the sandbox.
func blockLongList(d region.Decision, in region.Inputs, opts RegionSyncOptions) region.Decision {
	if d.Step.Value == nil || d.Step.Value.List == nil || !d.Change.Action.Applies() || !listNeedsStaging(*d.Step.Value.List) {
		return d
	}
	target, bucket, option := in.Secondary, opts.StagingBucket, "StagingBucket"
	if d.Step.Primary {
		target, bucket, option = in.Primary, opts.PrimaryStagingBucket, "PrimaryStagingBucket"
	}
	switch {
	case !target.Settings.ProductionAccess:
		d.Change.Reason = "the account is in the sandbox of " + target.Region + ", where there are no import jobs"
		d.Change.Steps = []string{"request production access for " + target.Region}
	case bucket == "":
		d.Change.Reason = noStaging
		d.Change.Steps = []string{"set " + option + " to a bucket in " + target.Region}
	default:
		return d
	}
	d.Change.Action, d.Step = awspatterns.Blocked, region.Step{}
	return d
}
