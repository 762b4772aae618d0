package ses

import (
	"maps"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that the operations of SES need, in both versions of the API.
// Those of each part of the service stand beside its operations.
var Actions = func() awstest.Actions {
	all := awstest.Actions{}
	for _, part := range []awstest.Actions{resourceActions, contentActions, mailActions, endpointActions} {
		maps.Copy(all, part)
	}
	return all
}()
