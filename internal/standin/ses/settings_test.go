package ses

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func TestNewAccount(t *testing.T) {
	_, client := serve(t)
	out := must(t, client.GetAccount, &sesv2.GetAccountInput{})
	if out.ProductionAccessEnabled || !out.SendingEnabled || *out.EnforcementStatus != "HEALTHY" || out.SendQuota.Max24HourSend != 200 ||
		out.SendQuota.MaxSendRate != 1 || len(out.SuppressionAttributes.SuppressedReasons) != 2 || out.VdmAttributes.VdmEnabled != "DISABLED" ||
		!out.DedicatedIpAutoWarmupEnabled || out.Details != nil {
		t.Errorf("got %+v", out)
	}
}

func TestAccountSettings(t *testing.T) {
	w, clients := serveBoth(t)
	client := clients[primary]
	type (
		suppression = sesv2.PutAccountSuppressionAttributesInput
		vdm         = sesv2.PutAccountVdmAttributesInput
	)
	run(t, []try{
		{"sending", of(client.PutAccountSendingAttributes, &sesv2.PutAccountSendingAttributesInput{}), ""},
		{"warm-up", of(client.PutAccountDedicatedIpWarmupAttributes, &sesv2.PutAccountDedicatedIpWarmupAttributesInput{}), ""},
		{"suppression", of(client.PutAccountSuppressionAttributes, &suppression{SuppressedReasons: []sestypes.SuppressionListReason{}}), ""},
		{"reason twice", of(client.PutAccountSuppressionAttributes, &suppression{SuppressedReasons: []sestypes.SuppressionListReason{"BOUNCE", "BOUNCE"}}), bad},
		{"threshold", of(client.PutAccountSuppressionAttributes, &suppression{ValidationAttributes: &sestypes.SuppressionValidationAttributes{
			ConditionThreshold: &sestypes.SuppressionConditionThreshold{ConditionThresholdEnabled: "YES"}}}), bad},
		{"VDM", of(client.PutAccountVdmAttributes, &vdm{VdmAttributes: &sestypes.VdmAttributes{VdmEnabled: "ENABLED",
			DashboardAttributes: &sestypes.DashboardAttributes{EngagementMetrics: "ENABLED"}}}), ""},
		{"VDM status", of(client.PutAccountVdmAttributes, &vdm{VdmAttributes: &sestypes.VdmAttributes{VdmEnabled: "ENABLED",
			GuardianAttributes: &sestypes.GuardianAttributes{OptimizedSharedDelivery: "YES"}}}), bad},
	})
	out := must(t, client.GetAccount, &sesv2.GetAccountInput{})
	if out.SendingEnabled || out.DedicatedIpAutoWarmupEnabled || out.SuppressionAttributes.SuppressedReasons == nil ||
		len(out.SuppressionAttributes.SuppressedReasons) > 0 || out.VdmAttributes.DashboardAttributes.EngagementMetrics != "ENABLED" || out.VdmAttributes.GuardianAttributes != nil {
		t.Errorf("got %+v", out)
	}
	if there := must(t, clients[secondary].GetAccount, &sesv2.GetAccountInput{}); !there.SendingEnabled {
		t.Error("sending is switched off in another Region, too")
	}
	r := w.Region(account, primary)
	r.SetEnforcement("SHUTDOWN")
	r.SetQuota(-1, 500, 12)
	r.SetPricingPlan("PRO")
	run(t, []try{{"resume", of(client.PutAccountSendingAttributes, &sesv2.PutAccountSendingAttributesInput{SendingEnabled: true}), bad}})
	out = must(t, client.GetAccount, &sesv2.GetAccountInput{})
	if *out.EnforcementStatus != "SHUTDOWN" || *out.SendQuota != (sestypes.SendQuota{Max24HourSend: -1, MaxSendRate: 500, SentLast24Hours: 12}) ||
		out.PricingAttributes.CurrentPlan != "PRO" {
		t.Errorf("got %+v", out)
	}
}

func TestProductionAccess(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	details := func(url string, addresses int) *sesv2.PutAccountDetailsInput {
		return &sesv2.PutAccountDetailsInput{MailType: "TRANSACTIONAL", WebsiteURL: &url, ProductionAccessEnabled: aws.Bool(true),
			AdditionalContactEmailAddresses: make([]string, addresses)}
	}
	marketing := details("https://example.com", 0)
	marketing.MailType = "SPAM"
	run(t, []try{
		{"no URL", of(client.PutAccountDetails, details("example", 0)), bad},
		{"five addresses", of(client.PutAccountDetails, details("https://example.com", 5)), bad},
		{"mail type", of(client.PutAccountDetails, marketing), bad},
		{"ask", of(client.PutAccountDetails, details("https://example.com", 1)), ""},
		{"ask again", of(client.PutAccountDetails, details("https://example.com", 1)), conflict},
	})
	review := func() (bool, sestypes.ReviewStatus) {
		out := must(t, client.GetAccount, &sesv2.GetAccountInput{})
		return out.ProductionAccessEnabled, out.Details.ReviewDetails.Status
	}
	if got, status := review(); got || status != "PENDING" {
		t.Errorf("got %t, %s", got, status)
	}
	r.ProductionAccess(false)
	run(t, []try{{"denied", of(client.PutAccountDetails, details("https://example.com", 0)), conflict}})
	r.ProductionAccess(true)
	if got, status := review(); !got || status != "GRANTED" {
		t.Errorf("got %t, %s", got, status)
	}
}
