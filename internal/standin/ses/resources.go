package ses

import (
	"context"

	"github.com/awspatterns/awspatterns/awstest"
)

// resources are what is set up in a Region: settings of the account, pools, configuration
// sets, identities, tags.
type resources struct {
	tags map[string]map[string]string // by the ARN of what they are on; without tags empty, not nil

	// dumps describe what the parts of a Region hold, for Dump. Each part adds its own
	// where it is made. The lock of the World is held when they are called.
	dumps []func() string
}

func (r *Region) newResources() {
	r.tags = map[string]map[string]string{}
	r.dumps = append(r.dumps, r.dumpResources)
}

func (w *World) handleResources(c *awstest.Cloud) {
	w.handleTags(c)
}

// resourceActions are the IAM actions of these operations ("Actions, resources, and
// condition keys for Amazon Simple Email Service v2" in the Service Authorization
// Reference, and the same for the first version).
var resourceActions = awstest.Actions{
	"SESv2.ListTagsForResource": {"ses:ListTagsForResource"},
	"SESv2.TagResource":         {"ses:TagResource"},
	"SESv2.UntagResource":       {"ses:UntagResource"},
}

// handleIn makes h answer an operation in the Region of the caller, under the lock of the
// World.
func handleIn[In, Out any](c *awstest.Cloud, w *World, h func(r *Region, in *In) (*Out, error)) {
	awstest.Handle(c, func(ctx context.Context, in *In) (*Out, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		caller := awstest.CallerOf(ctx)
		return h(w.at(caller.Account, caller.Region), in)
	})
}

// arn returns that of a resource in the Region, such as "identity/example.com".
func (r *Region) arn(resource string) string {
	partition := awstest.Caller{Account: r.Account, Region: r.Name}.Partition()
	return "arn:" + partition + ":ses:" + r.Name + ":" + r.Account + ":" + resource
}
