package ses

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// blockLongList blocks a list that takes import jobs where there is no bucket for them, and
// one that nothing can write in a sensible time.
func blockLongList(d region.Decision, in region.Inputs, opts RegionSyncOptions) region.Decision {
	if !d.Change.Action.Applies() || d.Step.Value == nil || d.Step.Value.List == nil {
		return d
	}
	target, bucket, option := in.Secondary.Region, opts.StagingBucket, "StagingBucket"
	if d.Step.Primary {
		target, bucket, option = in.Primary.Region, opts.PrimaryStagingBucket, "PrimaryStagingBucket"
	}
	switch reason := stepTooLong(d.Step); {
	case reason != "":
		d.Change.Reason = reason
		d.Change.Steps = []string{"suppress the addresses for the account of " + target + " instead, or plan again when there are fewer"}
	case stepNeedsStaging(d.Step) && bucket == "":
		d.Change.Reason = noStaging
		d.Change.Steps = []string{"set " + option + " to a bucket in " + target + ", whose policy lets ses.amazonaws.com read it"}
	default:
		return d
	}
	d.Change.Action, d.Step = awspatterns.Blocked, region.Step{}
	return d
}
