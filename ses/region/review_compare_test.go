package region

import (
	"testing"

	"github.com/awspatterns/awspatterns"
)

// TestReviewConvertUnverified does not make a replica, of what is not verified in the primary,
// out of what can send.
func TestReviewConvertUnverified(t *testing.T) {
	in := twins(t)
	identity1(&in.Secondary).DKIM.Origin = easyDKIM
	identity1(&in.Secondary).CanSend = true
	p := identity1(&in.Primary)
	p.CanSend, p.Verification, p.DKIM.Status = false, "FAILED", "FAILED"
	for _, d := range Compare(in, allOptions()) {
		if d.Step.Aspect == Origin {
			t.Errorf("converted: %s", d.Change)
		}
	}
	d := only(t, Compare(in, allOptions()), awspatterns.Blocked, "example.com")
	hasAll(t, d.Change.String(), "not verified in us-east-1", "AWS_SES → AWS_SES_US_EAST_1")
}
