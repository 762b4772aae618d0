// Package ses stands in for Amazon SES: what two versions of its API manage in all Regions
// of an account, and a post office that keeps what is sent.
package ses

import (
	"sync"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// A World is Amazon SES in all accounts and Regions of a Cloud. Its methods may be called
// from several goroutines; those that are exported are not calls, so that the log of the
// Cloud does not hold them and faults do not meet them.
type World struct {
	// PageSize, if not zero, is the most that one page of any list holds, below SES's own
	// limits. Set it before the first call.
	PageSize int

	// Settle is how long what is not at once takes: replicas that get their keys, endpoints
	// that become ready, import jobs. Zero is 30 seconds.
	Settle time.Duration

	// S3 has the objects that import jobs read. Without it they fail.
	S3 *s3.Service

	// Route, if set, decides which of an endpoint's Regions a mail goes to. It must not call
	// the World. Otherwise they take turns.
	Route func(regions []string) string

	// RequireReplicationPolicy has replicas get their keys only if a policy of the parent
	// allows ses:ReplicateEmailIdentityDKIMSigningKey for their Region, as for a caller who
	// may do only what such a policy says.
	RequireReplicationPolicy bool

	mu      sync.Mutex
	regions map[place]*Region
	made    int // ids so far
	dns     dns
}

// A place is where a Region is.
type place struct{ account, region string }

// A Region is what one Region of one account holds. The files of this package embed what
// they keep of it.
type Region struct {
	Account, Name string

	world *World
	resources
	contents
	mail
	endpoints
}

// Serve makes a World whose Regions are new accounts, in the sandbox, without anything in
// them, and makes it answer the calls of c.
func Serve(c *awstest.Cloud) *World {
	w := &World{regions: map[place]*Region{}}
	w.handleResources(c)
	w.handleContents(c)
	w.handleMail(c)
	w.handleEndpoints(c)
	return w
}

// Region returns a Region of an account, which is made with its first use.
func (w *World) Region(account, region string) *Region {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at(account, region)
}

// at is Region for those who hold the lock.
func (w *World) at(account, region string) *Region {
	p := place{account, region}
	r := w.regions[p]
	if r == nil {
		r = &Region{Account: account, Name: region, world: w}
		r.newResources()
		r.newContents()
		r.newMail()
		r.newEndpoints()
		w.regions[p] = r
	}
	return r
}
