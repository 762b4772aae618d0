package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// ReadStateOptions say what [ReadState] reads.
type ReadStateOptions struct {
	// Accounts to read, such as those of [ReadAccounts]. Required are their IDs. Their
	// organizational units go into the state as they are: policies that name some
	// cannot be evaluated for an account whose units are nil.
	Accounts []retrofit.Account

	// Regions of the accounts that name none.
	Regions []string

	// Distributions reads us-east-1, too, in accounts in whose Regions it is not: AWS
	// keeps there what is global, which are distributions and the web ACLs of scope
	// CLOUDFRONT. So does a policy of Policies that covers distributions. All of
	// us-east-1 is read then, as a policy there covers what is regional in it as well.
	Distributions bool

	// Policies whose rule groups' capacity is read. A rule group of the organization
	// is read in the account of its ARN, a managed one in the Region of the policy: in
	// its Admin or, if that is empty, the first account that could be read there.
	Policies []retrofit.Policy

	// Missing are types of resources that do not exist in a Region, by Region, such as
	// those of services that are not offered there. They are not asked for. If AWS WAF
	// refuses a type that is not named here, the web ACL's associations stay unknown:
	// the refusal does not tell that there are none. Types that policies cover cannot
	// be named.
	Missing map[string][]retrofit.ResourceType

	// Concurrency is how many Regions of accounts are read at a time. Defaults to 32.
	Concurrency int

	// Progress, if set, is told of each Region of an account that was read, one at a
	// time.
	Progress func(ReadStateProgress)
}

// ReadStateProgress tells which Region of an account was read last, and how far
// reading is.
type ReadStateProgress struct {
	Account, Region string
	Unread          int // parts of it that could not be read
	Done, Total     int // Regions of accounts
}

// ReadState reads what the verdict on web ACLs depends on: in each account and
// Region the web ACLs with their associations of all types of resources that AWS WAF
// lists, their tags, logging, capacity and the marks of Firewall Manager; and the
// resources of the types that policies cover, with their tags, also those without a
// web ACL. It changes nothing.
//
// What is global (scope CLOUDFRONT, distributions, Amplify apps) is read with the
// clients of us-east-1, once for each account. Only logging that the account or
// Firewall Manager configured is told, not that of Security Lake and CloudWatch.
//
// What could not be read is named in Unread of the state, and in the web ACL or
// resource that it is about, and is unknown: an account that clients fails for, or
// returns clients of another account or Region for, is one entry. A web ACL that is
// deleted meanwhile is left out; a resource that changes its web ACL meanwhile has
// an unknown one. ReadState returns an error for options that cannot be, if ctx ends,
// and if no account could be read at all.
//
// Not seen are associations with web ACLs of AWS WAF Classic, but for stages and
// distributions, which name them; the web ACLs of tenants of a distribution; and
// gateways of Amazon Bedrock AgentCore, which the API that this library is built
// with cannot list.
//
// AWS WAF allows one ListResourcesForWebACL in a second in an account and Region,
// a quota that cannot be raised ("AWS WAF quotas" in the developer guide). ReadState
// keeps to it, so that a regional web ACL takes six seconds, and a global one
// another; Regions of accounts are read at the same time. The clients' retryer takes
// care of all other throttling.
//
// IAM actions, in each account: [ReadStatePermissions].
func ReadState(ctx context.Context, clients ClientsFunc, opts ReadStateOptions) (retrofit.State, error) {
	state, err := readState(ctx, clients, opts)
	if err != nil {
		return retrofit.State{}, fmt.Errorf("firewall: read state: %w", reason.Cause(ctx, err))
	}
	return state, nil
}

func readState(ctx context.Context, clients ClientsFunc, opts ReadStateOptions) (retrofit.State, error) {
	if clients == nil {
		return retrofit.State{}, errors.New("there is no function for clients")
	}
	opts, err := opts.complete()
	if err != nil {
		return retrofit.State{}, err
	}
	fleet := &fleetReader{clients: clients, opts: opts, opened: map[string]*regionReader{}}
	for _, a := range opts.Accounts {
		for _, region := range a.Regions {
			fleet.readers = append(fleet.readers, newRegionReader(a.ID, region, opts.Missing[region]))
		}
	}
	parallel.ForEach(len(fleet.readers), opts.Concurrency, func(i int) { fleet.read(ctx, fleet.readers[i]) })
	capacities := fleet.capacities(ctx)
	if ctx.Err() != nil {
		return retrofit.State{}, ctx.Err()
	}
	return fleet.state(capacities)
}

// A fleetReader reads accounts and Regions.
type fleetReader struct {
	clients ClientsFunc
	opts    ReadStateOptions
	readers []*regionReader          // by account and Region
	opened  map[string]*regionReader // for rule groups, by account and Region

	mu   sync.Mutex // of Progress
	done int
}

func (f *fleetReader) read(ctx context.Context, r *regionReader) {
	if ctx.Err() != nil {
		return
	}
	if r.failed = r.open(ctx, f.clients); r.failed == nil {
		r.read(ctx)
	}
	r.Clients = Clients{} // those of thousands of Regions are large
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done++
	if f.opts.Progress != nil && ctx.Err() == nil {
		unread := len(r.state.Unread)
		if r.failed != nil {
			unread++
		}
		f.opts.Progress(ReadStateProgress{Account: r.account, Region: r.region, Unread: unread, Done: f.done, Total: len(f.readers)})
	}
}

// state puts together what was read, in a defined order.
func (f *fleetReader) state(capacities retrofit.State) (retrofit.State, error) {
	all := retrofit.State{
		Format: retrofit.StateFormat, Accounts: f.opts.Accounts, RuleGroups: capacities.RuleGroups, Unread: capacities.Unread,
		Resources: []retrofit.Resource{}, WebACLs: []retrofit.WebACL{},
	}
	for _, r := range f.readers {
		all.Resources = append(all.Resources, r.state.Resources...)
		all.WebACLs = append(all.WebACLs, r.state.WebACLs...)
		all.Unread = append(all.Unread, r.state.Unread...)
	}
	failed, err := f.failed()
	if err != nil {
		return retrofit.State{}, err
	}
	all.Unread = append(all.Unread, failed...)
	slices.SortFunc(all.Resources, func(a, b retrofit.Resource) int { return cmp.Compare(a.ARN, b.ARN) })
	slices.SortFunc(all.WebACLs, func(a, b retrofit.WebACL) int { return cmp.Compare(a.ARN, b.ARN) })
	slices.SortFunc(all.Unread, func(a, b retrofit.Unread) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.What, b.What), cmp.Compare(a.Reason, b.Reason))
	})
	all.Unread = slices.Compact(all.Unread)
	return all, nil
}

// failed returns one entry for each account that could not be read at all, and
// otherwise one for each of its Regions that could not. If no account could be, it
// returns an error.
func (f *fleetReader) failed() (unread []retrofit.Unread, err error) {
	whole := 0
	for _, a := range f.opts.Accounts {
		var failed []retrofit.Unread
		var reasons []string
		for _, r := range f.readers {
			if r.account == a.ID && r.failed != nil {
				failed = append(failed, retrofit.Unread{Account: a.ID, Region: r.region, What: "account", Reason: reason.Of(r.failed)})
				reasons = append(reasons, reason.Of(r.failed))
				err = cmp.Or(err, fmt.Errorf("account %s in %s: %w", a.ID, r.region, r.failed))
			}
		}
		if len(failed) == len(a.Regions) {
			whole++
			failed = []retrofit.Unread{{Account: a.ID, What: "account", Reason: strings.Join(slices.Compact(reasons), "; ")}}
		}
		unread = append(unread, failed...)
	}
	if whole == len(f.opts.Accounts) {
		return nil, fmt.Errorf("none of %d accounts could be read: %w", whole, err)
	}
	return unread, nil
}
