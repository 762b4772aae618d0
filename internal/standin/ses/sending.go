package ses

import "github.com/awspatterns/awspatterns/awstest"

// sending is what a Region sends, and the endpoints that spread it over two.
type sending struct{}

func (r *Region) newSending() {}

func (w *World) handleSending(c *awstest.Cloud) {}
