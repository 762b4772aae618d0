package ses

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (w *World) handleSuppression(c *awstest.Cloud) {
	handleIn(c, w, (*Region).putSuppressedDestination)
	handleIn(c, w, (*Region).getSuppressedDestination)
	handleIn(c, w, (*Region).deleteSuppressedDestination)
	handleIn(c, w, (*Region).listSuppressedDestinations)
}

// suppressionOf returns the list of a tenant, or with nil that of the account. The jobs that
// are due have changed it.
func (r *Region) suppressionOf(tenant *string) (*suppressionList, error) {
	if tenant == nil {
		r.runImportJobs()
		return r.suppression, nil
	}
	t, err := r.tenant(tenant)
	if err != nil {
		return nil, err
	}
	return t.suppressed, nil
}

// checkAddress refuses what cannot be an address.
func checkAddress(address string) error {
	local, domain, two := strings.Cut(address, "@")
	if !two || local == "" || domain == "" || len(address) > 320 || strings.ContainsAny(address, " \t\r\n,<>") || strings.Contains(domain, "@") {
		return refuseBad("Invalid email address %q.", address)
	}
	return nil
}

func checkReason(reason types.SuppressionListReason) error {
	if !slices.Contains(reason.Values(), reason) {
		return refuseBad("Reason %q is not valid.", reason)
	}
	return nil
}

// putSuppressedDestination is refused in the sandbox.
func (r *Region) putSuppressedDestination(in *sesv2.PutSuppressedDestinationInput) (*sesv2.PutSuppressedDestinationOutput, error) {
	if r.contentSandboxed() {
		return nil, refuseBad("Account is in the sandbox.")
	}
	if err := checkAddress(*in.EmailAddress); err != nil {
		return nil, err
	}
	if err := checkReason(in.Reason); err != nil {
		return nil, err
	}
	l, err := r.suppressionOf(in.TenantName)
	if err == nil {
		l.put(*in.EmailAddress, in.Reason)
	}
	return nil, err
}

func (r *Region) getSuppressedDestination(in *sesv2.GetSuppressedDestinationInput) (*sesv2.GetSuppressedDestinationOutput, error) {
	l, err := r.suppressionOf(in.TenantName)
	if err != nil {
		return nil, err
	}
	s, there := l.find(*in.EmailAddress)
	if !there {
		return nil, refuseMissing("Email address %s does not exist on your suppression list.", *in.EmailAddress)
	}
	return &sesv2.GetSuppressedDestinationOutput{SuppressedDestination: &types.SuppressedDestination{
		EmailAddress: in.EmailAddress, Reason: s.reason, LastUpdateTime: &s.updated, TenantName: in.TenantName,
	}}, nil
}

func (r *Region) deleteSuppressedDestination(in *sesv2.DeleteSuppressedDestinationInput) (*sesv2.DeleteSuppressedDestinationOutput, error) {
	l, err := r.suppressionOf(in.TenantName)
	if err == nil && !l.remove(*in.EmailAddress) {
		err = refuseMissing("Email address %s does not exist on your suppression list.", *in.EmailAddress)
	}
	return nil, err
}

// suppressionPages are of up to 1,000 addresses (the AWS blog, "How to list over 1000 email
// addresses from account-level suppression list").
var suppressionPages = contentPages{1000, 1000}

func (r *Region) listSuppressedDestinations(in *sesv2.ListSuppressedDestinationsInput) (*sesv2.ListSuppressedDestinationsOutput, error) {
	for _, reason := range in.Reasons {
		if err := checkReason(reason); err != nil {
			return nil, err
		}
	}
	l, err := r.suppressionOf(in.TenantName)
	if err != nil {
		return nil, err
	}
	size, err := suppressionPages.size(r, in.PageSize)
	if err != nil {
		return nil, err
	}
	from, err := readSuppressionCursor(in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &sesv2.ListSuppressedDestinationsOutput{}
	end, more := l.page(from, size, suppressionFilter(in), func(address string, s suppressed) {
		out.SuppressedDestinationSummaries = append(out.SuppressedDestinationSummaries, types.SuppressedDestinationSummary{
			EmailAddress: aws.String(address), Reason: s.reason, LastUpdateTime: aws.Time(s.updated),
		})
	})
	if more {
		out.NextToken = end.token()
	}
	return out, nil
}

// suppressionFilter reports of an entry whether it is listed: those of the reasons, after
// one date and before another.
func suppressionFilter(in *sesv2.ListSuppressedDestinationsInput) func(suppressed) bool {
	return func(s suppressed) bool {
		return (len(in.Reasons) == 0 || slices.Contains(in.Reasons, s.reason)) &&
			(in.StartDate == nil || s.updated.After(*in.StartDate)) &&
			(in.EndDate == nil || s.updated.Before(*in.EndDate))
	}
}

// Suppress puts an address onto a suppression list by another hand, such as that of a
// recipient who complained; with an empty tenant onto that of the account.
func (r *Region) Suppress(tenant, address string, reason types.SuppressionListReason) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	l, err := r.suppressionOf(tenantName(tenant))
	if err != nil {
		panic(err)
	}
	l.put(address, reason)
}

// Suppressed returns what a suppression list keeps, without the invented addresses.
func (r *Region) Suppressed(tenant string) map[string]types.SuppressionListReason {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	l, err := r.suppressionOf(tenantName(tenant))
	if err != nil {
		return nil
	}
	all := map[string]types.SuppressionListReason{}
	for address, s := range l.kept.of {
		all[address] = s.reason
	}
	return all
}

func tenantName(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}

// suppressedFor tells those who send why an address is on a list. Sending takes addresses
// that differ in their case for one. The caller holds the lock.
func (l *suppressionList) suppressedFor(address string) (types.SuppressionListReason, bool) {
	if s, there := l.find(address); there {
		return s.reason, true
	}
	for kept, s := range l.kept.of {
		if strings.EqualFold(kept, address) {
			return s.reason, true
		}
	}
	return l.invention(strings.ToLower(address))
}
