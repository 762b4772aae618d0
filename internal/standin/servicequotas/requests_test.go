package servicequotas

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
)

func TestRequests(t *testing.T) {
	_, s, client := newWorld(t)
	s.PageSize = 1
	c := client("us-east-1", account)
	ask := func(service, code string, value float64) string {
		_, err := c.RequestServiceQuotaIncrease(t.Context(), &sdk.RequestServiceQuotaIncreaseInput{
			ServiceCode: &service, QuotaCode: &code, DesiredValue: &value, SupportCaseAllowed: aws.Bool(false),
		})
		return codeOf(err)
	}
	for _, test := range []struct {
		service, code string
		value         float64
		want          string
	}{
		{"ses", SendingQuota, 0, "IllegalArgumentException"},
		{"?", SendingQuota, 1, "IllegalArgumentException"},
		{"ses", "L-00000000", 1, "NoSuchResourceException"},
		{"textract", DetectDocumentText, 1, "NoSuchResourceException"},
		{"ses", SendingQuota, 1000, ""},
		{"ses", SendingQuota, 2000, "ResourceAlreadyExistsException"},
		{"ses", SendingRate, 20, ""},
	} {
		if got := ask(test.service, test.code, test.value); got != test.want {
			t.Errorf("%v: got %q", test, got)
		}
	}
	s.Decide(account, "us-east-1", SendingQuota, types.RequestStatusDenied)
	if got := ask("ses", SendingQuota, 2000); got != "" {
		t.Errorf("after a denial: got %q", got)
	}
	var found []float64
	pages := sdk.NewListRequestedServiceQuotaChangeHistoryByQuotaPaginator(c, &sdk.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
		ServiceCode: aws.String("ses"), QuotaCode: aws.String(SendingQuota),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.RequestedQuotas {
			found = append(found, *r.DesiredValue)
		}
	}
	if len(found) != 2 || found[0] != 1000 || found[1] != 2000 {
		t.Errorf("got %v", found)
	}
	pending, err := c.ListRequestedServiceQuotaChangeHistoryByQuota(t.Context(), &sdk.ListRequestedServiceQuotaChangeHistoryByQuotaInput{
		ServiceCode: aws.String("ses"), QuotaCode: aws.String(SendingQuota), Status: types.RequestStatusPending,
	})
	if err != nil || len(pending.RequestedQuotas) != 1 || *pending.RequestedQuotas[0].DesiredValue != 2000 {
		t.Errorf("got %v, %v", pending, err)
	}
	want := []string{
		"L-804C8AE8 in us-east-1: 1000 DENIED, support case allowed: false",
		"L-804C8AE8 in us-east-1: 2000 PENDING, support case allowed: false",
	}
	if got := s.Requests(account, "us-east-1", SendingQuota); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %q", got)
	}
	if got := s.Requests(account, "eu-west-1", SendingQuota); got != nil {
		t.Errorf("got %q in another Region", got)
	}
}
