package ses

import "github.com/awspatterns/awspatterns/awstest"

// mail is what a Region was given to send.
type mail struct{}

func (r *Region) newMail() {}

func (w *World) handleMail(c *awstest.Cloud) {}

// mailActions are the IAM actions of these operations.
var mailActions = awstest.Actions{}
