package guardduty_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/guardduty"
)

func TestSamples(t *testing.T) {
	cloud := awstest.New(t)
	s, c := guardduty.New(cloud), sdk.NewFromConfig(cloud.Config("eu-west-1", "111122223333"))
	if out, err := c.ListDetectors(t.Context(), &sdk.ListDetectorsInput{}); err != nil || len(out.DetectorIds) > 0 {
		t.Fatalf("no detector: %+v and %v", out, err)
	}
	id := s.CreateDetector("111122223333", "eu-west-1")
	s.PageSize = 2
	events := 0
	s.OnEvent = func(event []byte) { events++ }
	for range 2 { // another call updates
		if _, err := c.CreateSampleFindings(t.Context(), &sdk.CreateSampleFindingsInput{DetectorId: &id}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.CreateSampleFindings(t.Context(), &sdk.CreateSampleFindingsInput{DetectorId: &id, FindingTypes: []string{"x"}}); err == nil || !strings.Contains(err.Error(), "BadRequest") {
		t.Errorf("an unknown type: %v", err)
	}
	var ids []string
	pages := sdk.NewListFindingsPaginator(c, &sdk.ListFindingsInput{DetectorId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, page.FindingIds...)
	}
	if len(ids) != 3 || events != 6 {
		t.Errorf("%d findings after %d events", len(ids), events)
	}
	out, err := c.GetFindings(t.Context(), &sdk.GetFindingsInput{DetectorId: &id, FindingIds: ids[1:2]})
	if err != nil || *out.Findings[0].Service.Action.NetworkConnectionAction.RemoteIpDetails.IpAddressV4 != "198.51.100.0" {
		t.Errorf("got %+v and %v", out, err)
	}
	list, err := c.ListFindings(t.Context(), &sdk.ListFindingsInput{DetectorId: &id, FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{"type": {Equals: []string{"none"}}}}})
	if err != nil || len(list.FindingIds) > 0 {
		t.Errorf("got %+v and %v", list, err)
	}
	for i := range 51 {
		ids = append(ids, fmt.Sprint(i))
	}
	if _, err := c.GetFindings(t.Context(), &sdk.GetFindingsInput{DetectorId: &id, FindingIds: ids}); err == nil {
		t.Error("54 ids are taken")
	}
	if _, err := c.GetFindings(t.Context(), &sdk.GetFindingsInput{DetectorId: aws.String("other"), FindingIds: ids[:1]}); err == nil {
		t.Error("another detector is taken")
	}
}
