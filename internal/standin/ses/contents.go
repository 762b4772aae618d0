package ses

import "github.com/awspatterns/awspatterns/awstest"

// contents are what fills a Region: templates, contact lists, suppression lists, import
// jobs, tenants.
type contents struct{}

func (r *Region) newContents() {}

func (w *World) handleContents(c *awstest.Cloud) {}

// contentActions are the IAM actions of these operations.
var contentActions = awstest.Actions{}
