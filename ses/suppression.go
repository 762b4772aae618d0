package ses

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A suppressionReason is why SES suppresses an address. The greater one is the stricter.
//
// SES keeps one reason for each address, and PutSuppressedDestination and import jobs
// overwrite it. A complaint is somebody's wish, and a bounce a fault that may pass: so a
// complaint takes the place of a bounce, and never the other way round, whichever Region it
// is in.
type suppressionReason uint8

const (
	suppressedForBounce suppressionReason = iota + 1
	suppressedForComplaint
)

// readSuppressionReason returns the reason as SES names it. One that is not known is an
// error: what it is worth beside the others is not known either.
func readSuppressionReason(r sestypes.SuppressionListReason) (suppressionReason, error) {
	switch r {
	case sestypes.SuppressionListReasonBounce:
		return suppressedForBounce, nil
	case sestypes.SuppressionListReasonComplaint:
		return suppressedForComplaint, nil
	}
	return 0, fmt.Errorf("an address is suppressed for %q, a reason that this version does not know", r)
}

// name returns the reason as SES names it.
func (r suppressionReason) name() sestypes.SuppressionListReason {
	if r == suppressedForComplaint {
		return sestypes.SuppressionListReasonComplaint
	}
	return sestypes.SuppressionListReasonBounce
}

var suppressionRules = listRules[suppressionReason]{
	stricter: func(a, b suppressionReason) suppressionReason { return max(a, b) },
	text:     func(r suppressionReason) string { return string(r.name()) },
}

// suppressionPage is how many addresses a page of a suppression list has at most.
const suppressionPage = 1000

// suppressed returns the suppression list of the account, or of a tenant, page by page.
// LastUpdateTime is left out: it is that of the Region's own entry.
func (s *site) suppressed(ctx context.Context, tenant string) listPages[suppressionReason] {
	in := sesv2.ListSuppressedDestinationsInput{PageSize: aws.Int32(suppressionPage)}
	if tenant != "" {
		in.TenantName = &tenant
	}
	return pageThrough(func(token *string) (page []listed[suppressionReason], next *string, err error) {
		in.NextToken = token
		out, err := s.SES.ListSuppressedDestinations(ctx, &in, s.turn("ListSuppressedDestinations"))
		if err != nil {
			return nil, nil, err
		}
		for _, d := range out.SuppressedDestinationSummaries {
			r, err := readSuppressionReason(d.Reason)
			if err != nil {
				return nil, nil, err
			}
			page = append(page, listed[suppressionReason]{aws.ToString(d.EmailAddress), r})
		}
		return page, out.NextToken, nil
	})
}

// suppressionDifference compares the suppression lists of the account, or of a tenant, in
// both Regions: ceil(addresses/1000) calls in each, one after the other, since the secondary
// is kept in memory (12 bytes an address) while the primary streams by. Addresses are
// compared in the case that SES keeps them in. What cannot be read is in Unread, also when
// ctx ends. progress may be nil.
//
// IAM action: ses:ListSuppressedDestinations in both Regions.
func (p *pair) suppressionDifference(ctx context.Context, tenant string, progress func(region string, done int)) region.ListDifference {
	unread := func(s *site, err error) region.ListDifference {
		return region.ListDifference{Tenant: tenant, Unread: whyUnread(ctx, err), Where: s.Region}
	}
	target, err := readList(p.secondary.suppressed(ctx, tenant), suppressionRules, p.secondary.toldOf(progress))
	if err != nil {
		return unread(p.secondary, err)
	}
	comparison, done, told := newListComparison(suppressionRules, target), 0, p.primary.toldOf(progress)
	for page, err := range p.primary.suppressed(ctx, tenant) {
		if err != nil {
			return unread(p.primary, err)
		}
		for _, e := range page {
			comparison.add(e.address, e.value)
		}
		done += len(page)
		told(done)
	}
	d := region.ListDifference{Tenant: tenant}
	comparison.result(&d)
	return d
}

// A lookedAtList is the list of the target as a look found it, for the writing that follows:
// reading a million addresses takes a quarter of an hour.
type lookedAtList struct {
	tenant  string
	primary bool
	target  *listStore[suppressionReason]
}

// suppressionLook tells whether a suppression list lacks something. It reads the list of the
// target, and that of the source as far as the first page with something to write.
func (p *pair) suppressionLook(ctx context.Context, step region.Step) (apply.Now, error) {
	p.lookedAt = nil
	d, err := differenceOf(step)
	if err != nil {
		return apply.Other, err
	}
	from, to := p.ends(step)
	target, err := readList(to.suppressed(ctx, d.Tenant), suppressionRules, nil)
	if err != nil {
		return apply.Other, fmt.Errorf("%s: %w", to.Region, err)
	}
	for page, err := range from.suppressed(ctx, d.Tenant) {
		if err != nil {
			return apply.Other, fmt.Errorf("%s: %w", from.Region, err)
		}
		if len(lacking(target, page)) > 0 {
			p.lookedAt = &lookedAtList{d.Tenant, step.Primary, target}
			return apply.AsFound, nil
		}
	}
	return apply.AsPlanned, nil
}

// lacking returns what the target should hold of the entries of a page and does not.
func lacking(target *listStore[suppressionReason], page []listed[suppressionReason]) (wanted []listed[suppressionReason]) {
	for _, e := range page {
		if want, rel := suppressionRules.relate(target, listKeyOf(e.address), e.value); rel != listSame {
			wanted = append(wanted, listed[suppressionReason]{e.address, want})
		}
	}
	return wanted
}
