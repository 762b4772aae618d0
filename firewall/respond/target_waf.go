package respond

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/internal/apply"
)

// maxIPSet is how many addresses an IP set of AWS WAF holds ("AWS WAF quotas").
const maxIPSet = 10_000

// A wafIPSet is an IP set of AWS WAF.
type wafIPSet struct {
	client    WAFAPI
	id        ipSetARN
	set       *types.IPSet
	lockToken *string
	holds     map[string]bool
}

func readWAFIPSet(ctx context.Context, client WAFAPI, t Target) (*wafIPSet, error) {
	id, err := parseIPSetARN(t.WAFIPSet)
	if err != nil {
		return nil, err
	}
	out, err := client.GetIPSet(ctx, &wafv2.GetIPSetInput{Name: &id.name, Id: &id.id, Scope: types.Scope(id.scope)})
	if _, missing := errors.AsType[*types.WAFNonexistentItemException](err); missing {
		return nil, &formError{"there is no IP set " + t.WAFIPSet, "create it, and a rule that blocks what it holds", true}
	}
	if err != nil {
		return nil, err
	}
	w := &wafIPSet{client: client, id: id, set: out.IPSet, lockToken: out.LockToken, holds: map[string]bool{}}
	for _, a := range out.IPSet.Addresses {
		w.holds[canonical(a)] = true
	}
	return w, nil
}

func (w *wafIPSet) has(entry string) bool { return w.holds[entry] }

func (w *wafIPSet) part(entry string) bool { return w.has(entry) }

func (w *wafIPSet) takes(entry string) string {
	p, err := netip.ParsePrefix(entry)
	switch {
	case err != nil:
		return "an IP set of AWS WAF takes addresses only"
	case p.Addr().Is4() != (w.set.IPAddressVersion == types.IPAddressVersionIpv4):
		return fmt.Sprintf("the IP set is for %s", w.set.IPAddressVersion)
	}
	return ""
}

func (w *wafIPSet) room(add []string) error {
	if n := len(w.set.Addresses) + len(add); n > maxIPSet {
		return &formError{fmt.Sprintf("the IP set would hold %d addresses, and can hold %d", n, maxIPSet), "lift blocks that have expired, or give another IP set", false}
	}
	return nil
}

func (w *wafIPSet) change(ctx context.Context, add, remove []string) error {
	addresses := slices.DeleteFunc(slices.Clone(w.set.Addresses), func(a string) bool { return slices.Contains(remove, canonical(a)) })
	_, err := w.client.UpdateIPSet(ctx, &wafv2.UpdateIPSetInput{
		Name: &w.id.name, Id: &w.id.id, Scope: types.Scope(w.id.scope), Description: optional(w.set.Description),
		Addresses: append(addresses, add...), LockToken: w.lockToken,
	})
	if _, moved := errors.AsType[*types.WAFOptimisticLockException](err); moved {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// optional leaves out what is empty: the service answers with empty texts, and
// refuses them.
func optional(s *string) *string {
	if aws.ToString(s) == "" {
		return nil
	}
	return s
}
