package ses

import "github.com/awspatterns/awspatterns/awstest"

// endpoints are the multi-region endpoints whose primary Region this is.
type endpoints struct{}

func (r *Region) newEndpoints() {}

func (w *World) handleEndpoints(c *awstest.Cloud) {}

// endpointActions are the IAM actions of these operations.
var endpointActions = awstest.Actions{}
