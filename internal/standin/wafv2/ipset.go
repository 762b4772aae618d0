package wafv2

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

// An IPSet is what a test says of an IP set, or is told of one.
type IPSet struct {
	Name        string
	Description string
	Scope       types.Scope            // defaults to REGIONAL
	Version     types.IPAddressVersion // defaults to IPV4
	Addresses   []string               // as the service returns them; see getIPSet
	Tags        map[string]string
}

// Quotas are from "AWS WAF quotas" in the developer guide.
const (
	maxAddresses = 10_000
	maxIPSets    = 100 // in an account and Region
	maxTags      = 50
)

// CreateIPSet makes an IP set by another hand, and returns its ARN.
func (s *Service) CreateIPSet(account, region string, set IPSet) (arn string) {
	set.Version = cmp.Or(set.Version, types.IPAddressVersionIpv4)
	set.Addresses = slices.Clone(set.Addresses)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&item{place: place{account, region, set.Scope, "ipset"}, name: set.Name, description: set.Description, tags: set.Tags, ips: &set})
}

// ChangeIPSet sets the addresses of an IP set by another hand.
func (s *Service) ChangeIPSet(arn string, addresses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[arn].ips.Addresses = slices.Clone(addresses)
	s.items[arn].version++
}

// IPSet returns the IP set of an ARN.
func (s *Service) IPSet(arn string) (IPSet, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.items[arn]
	if i == nil || i.ips == nil {
		return IPSet{}, false
	}
	return IPSet{i.name, i.description, i.scope, i.ips.Version, slices.Clone(i.ips.Addresses), maps.Clone(i.tags)}, true
}

var (
	nameForm        = regexp.MustCompile(`^[\w\-]{1,128}$`)
	descriptionForm = regexp.MustCompile(`^[\w+=:#@/\-,\.][\w+=:#@/\-,\.\s]+[\w+=:#@/\-,\.]$`)
)

func (s *Service) createIPSet(ctx context.Context, in *sdk.CreateIPSetInput) (*sdk.CreateIPSetOutput, error) {
	at, err := placeOf(ctx, in.Scope, "ipset")
	if err != nil {
		return nil, err
	}
	addresses, err := checkAddresses(in.Addresses, in.IPAddressVersion)
	switch {
	case !nameForm.MatchString(*in.Name):
		return nil, badForm("NAME", *in.Name)
	case !isDescription(in.Description):
		return nil, badForm("DESCRIPTION", *in.Description)
	case !slices.Contains(in.IPAddressVersion.Values(), in.IPAddressVersion):
		return nil, badForm("IP_ADDRESS_VERSION", string(in.IPAddressVersion))
	case err != nil:
		return nil, err
	}
	made := &item{
		place: at, name: *in.Name, description: aws.ToString(in.Description),
		ips: &IPSet{Name: *in.Name, Version: in.IPAddressVersion, Addresses: addresses},
	}
	if made.tags, err = checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.room(made); err != nil {
		return nil, err
	}
	s.add(made)
	return &sdk.CreateIPSetOutput{Summary: summary(made)}, nil
}

// room reports whether an IP set can be made: names are taken once in each scope,
// and there are only so many. The caller of room holds s.mu.
func (s *Service) room(made *item) error {
	n := 0
	for _, i := range s.items {
		if i.place != made.place {
			continue
		}
		if n++; i.name == made.name {
			return duplicate()
		}
	}
	if n >= maxIPSets {
		return limitsExceeded()
	}
	return nil
}

func isDescription(d *string) bool {
	return d == nil || len(*d) <= 256 && descriptionForm.MatchString(*d)
}

// checkAddresses refuses what is no block of the version. Refused with the same
// message are bits behind the prefix (aws/aws-cdk#20003) and /0
// (aws-samples/dcv-web-portal#10). They are kept as they are returned: sorted, each
// once, those of version 6 written out ("CreateIPSet" in the API reference shows them
// so). Others may not rely on the form.
func checkAddresses(addresses []string, version types.IPAddressVersion) ([]string, error) {
	if len(addresses) > maxAddresses {
		return nil, limitsExceeded()
	}
	kept := []string{}
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a)
		if err != nil || p.Bits() == 0 || p != p.Masked() || p.Addr().Is4() != (version == types.IPAddressVersionIpv4) {
			return nil, badForm("IP_ADDRESS", a)
		}
		_, bits, _ := strings.Cut(a, "/")
		kept = append(kept, p.Addr().StringExpanded()+"/"+bits)
	}
	slices.Sort(kept)
	return slices.Compact(kept), nil
}

func summary(i *item) *types.IPSetSummary {
	return &types.IPSetSummary{ARN: aws.String(i.arn()), Id: aws.String(i.id), Name: aws.String(i.name), Description: aws.String(i.description), LockToken: i.token()}
}

func (s *Service) getIPSet(ctx context.Context, in *sdk.GetIPSetInput) (*sdk.GetIPSetOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.named(ctx, in.Scope, "ipset", in.Name, in.Id)
	if err != nil {
		return nil, err
	}
	return &sdk.GetIPSetOutput{LockToken: i.token(), IPSet: &types.IPSet{
		ARN: aws.String(i.arn()), Id: aws.String(i.id), Name: aws.String(i.name), Description: aws.String(i.description),
		IPAddressVersion: i.ips.Version, Addresses: slices.Clone(i.ips.Addresses),
	}}, nil
}

func (s *Service) listIPSets(ctx context.Context, in *sdk.ListIPSetsInput) (*sdk.ListIPSetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := placeOf(ctx, in.Scope, "ipset")
	if err != nil {
		return nil, err
	}
	page, next, err := s.list(at, in.Limit, in.NextMarker)
	out := &sdk.ListIPSetsOutput{NextMarker: next, IPSets: []types.IPSetSummary{}}
	for _, i := range page {
		out.IPSets = append(out.IPSets, *summary(i))
	}
	return out, err
}

// locked returns the IP set of a call that has its lock token. The caller of locked
// holds s.mu.
func (s *Service) locked(ctx context.Context, scope types.Scope, name, id, token *string) (*item, error) {
	i, err := s.named(ctx, scope, "ipset", name, id)
	if err == nil && *token != *i.token() {
		err = optimisticLock()
	}
	return i, err
}

// updateIPSet replaces all addresses, and the description.
func (s *Service) updateIPSet(ctx context.Context, in *sdk.UpdateIPSetInput) (*sdk.UpdateIPSetOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.locked(ctx, in.Scope, in.Name, in.Id, in.LockToken)
	if err != nil {
		return nil, err
	}
	addresses, err := checkAddresses(in.Addresses, i.ips.Version)
	if err != nil {
		return nil, err
	}
	if !isDescription(in.Description) {
		return nil, badForm("DESCRIPTION", *in.Description)
	}
	i.ips.Addresses, i.description = addresses, aws.ToString(in.Description)
	i.version++
	return &sdk.UpdateIPSetOutput{NextLockToken: i.token()}, nil
}

func (s *Service) deleteIPSet(ctx context.Context, in *sdk.DeleteIPSetInput) (*sdk.DeleteIPSetOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.locked(ctx, in.Scope, in.Name, in.Id, in.LockToken)
	if err != nil {
		return nil, err
	}
	if s.inUse(i.arn()) {
		return nil, associated()
	}
	delete(s.items, i.arn())
	return nil, nil
}
