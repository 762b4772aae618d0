package firewall

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A regionReader reads one account in one Region.
type regionReader struct {
	Clients
	account, region string
	partition       string
	missing         []retrofit.ResourceType
	lists           *pace.Limiter // of ListResourcesForWebACL

	failed     error // why nothing could be read
	state      retrofit.State
	incomplete bool                             // not all regional web ACLs are known
	unlisted   error                            // why not all distributions are known
	kinds      map[string]retrofit.ResourceType // of the resources that web ACLs are associated with, by ARN
}

func newRegionReader(account, region string, missing []retrofit.ResourceType) *regionReader {
	return &regionReader{
		account: account, region: region, missing: missing,
		lists: pace.New(1), kinds: map[string]retrofit.ResourceType{},
	}
}

// open gets the clients, and makes sure that they are of the account and Region:
// what another account has must not be taken for this one's.
func (r *regionReader) open(ctx context.Context, clients ClientsFunc) (err error) {
	if r.Clients, err = clients(r.account, r.region); err != nil {
		return err
	}
	switch {
	case r.STS == nil || r.WAF == nil:
		return errors.New("the Clients lack STS or WAF")
	case r.Region != r.region:
		return fmt.Errorf("the clients are in Region %q", r.Region)
	}
	target, err := identity.Target(ctx, r.STS, r.Region)
	if err != nil {
		return err
	}
	if target.Account != r.account {
		return fmt.Errorf("the clients are of account %s", target.Account)
	}
	r.partition = target.Partition
	return nil
}

// read reads all. Resources come first: one that is created while web ACLs are read
// is then known by its web ACL alone, and not taken for one without.
func (r *regionReader) read(ctx context.Context) {
	if r.ELB == nil || r.APIGateway == nil || r.CloudFront == nil && r.region == globalRegion {
		r.failed = errors.New("the Clients lack ELB, APIGateway or CloudFront")
		return
	}
	r.loadBalancers(ctx)
	r.stages(ctx)
	r.webACLs(ctx, types.ScopeRegional)
	if r.region == globalRegion {
		r.distributions(ctx)
		r.webACLs(ctx, types.ScopeCloudfront)
	}
	r.associate()
}

// unread says that a part could not be read.
func (r *regionReader) unread(what string, err error) {
	r.state.Unread = append(r.state.Unread, retrofit.Unread{Account: r.account, Region: r.region, What: what, Reason: reason.Of(err)})
}

// knowsAll reports whether all associations of regional web ACLs with a type are
// known.
func (r *regionReader) knowsAll(kind retrofit.ResourceType) bool {
	return !r.incomplete && !slices.ContainsFunc(r.state.WebACLs, func(w retrofit.WebACL) bool {
		return w.Scope == string(types.ScopeRegional) && slices.Contains(w.Unread, associationsOf(kind))
	})
}
