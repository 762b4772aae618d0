package ses

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	quotassdk "github.com/aws/aws-sdk-go-v2/service/servicequotas"
	quotastypes "github.com/aws/aws-sdk-go-v2/service/servicequotas/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// quotasService is the code of SES in Service Quotas.
const quotasService = "ses"

// readIncreases returns the requests for a quota, the newest first. Their order in answers is
// not documented.
func (s *site) readIncreases(ctx context.Context, quota string) ([]region.Increase, error) {
	var all []quotastypes.RequestedServiceQuotaChange
	pages := quotassdk.NewListRequestedServiceQuotaChangeHistoryByQuotaPaginator(s.Quotas,
		&quotassdk.ListRequestedServiceQuotaChangeHistoryByQuotaInput{ServiceCode: aws.String(quotasService), QuotaCode: &quota})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.RequestedQuotas...)
	}
	slices.Reverse(all) // of those of the same time, the last one
	slices.SortStableFunc(all, func(a, b quotastypes.RequestedServiceQuotaChange) int {
		return deref(b.Created).Compare(deref(a.Created))
	})
	var increases []region.Increase
	for _, r := range all {
		increases = append(increases, increaseOf(quota, r))
	}
	return increases, nil
}

// increaseOf returns a request as region.Increase.
func increaseOf(quota string, r quotastypes.RequestedServiceQuotaChange) region.Increase {
	return region.Increase{ID: deref(r.Id), Quota: quota, Value: deref(r.DesiredValue), Status: string(r.Status)}
}

// requestSettles is how long a request takes to be seen, after Service Quotas has refused a
// second one.
const requestSettles = 2 * time.Second

// requestIncrease requests an increase.
func (s *site) requestIncrease(ctx context.Context, quota string, value float64, supportCase bool) (region.Increase, error) {
	out, err := s.Quotas.RequestServiceQuotaIncrease(ctx, &quotassdk.RequestServiceQuotaIncreaseInput{
		ServiceCode: aws.String(quotasService), QuotaCode: &quota, DesiredValue: &value, SupportCaseAllowed: &supportCase,
	})
	if err != nil {
		return region.Increase{}, err
	}
	if out.RequestedQuota == nil {
		return region.Increase{}, errNoAnswer("the request")
	}
	return increaseOf(quota, *out.RequestedQuota), nil
}
