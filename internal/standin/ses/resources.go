package ses

import "github.com/awspatterns/awspatterns/awstest"

// resources are what is set up in a Region: settings of the account, pools, configuration
// sets, identities, tags.
type resources struct{}

func (r *Region) newResources() {}

func (w *World) handleResources(c *awstest.Cloud) {}

// resourceActions are the IAM actions of these operations.
var resourceActions = awstest.Actions{}
