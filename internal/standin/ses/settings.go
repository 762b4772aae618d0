package ses

import (
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (w *World) handleSettings(c *awstest.Cloud) {
	handleIn(c, w, (*Region).getAccount)
	handleIn(c, w, (*Region).putAccountDetails)
	handleIn(c, w, (*Region).putAccountWarmup)
	handleIn(c, w, (*Region).putAccountSending)
	handleIn(c, w, (*Region).putAccountSuppression)
	handleIn(c, w, (*Region).putAccountVdm)
}

// settings are those of the account in a Region.
type settings struct{ shown sesv2.GetAccountOutput }

// newSettings are those of a new account: in the sandbox, with its quotas, bounces and
// complaints suppressed, addresses warmed up automatically.
func newSettings() settings {
	return settings{sesv2.GetAccountOutput{
		DedicatedIpAutoWarmupEnabled: true,
		EnforcementStatus:            aws.String("HEALTHY"),
		SendingEnabled:               true,
		SendQuota:                    &sestypes.SendQuota{Max24HourSend: 200, MaxSendRate: 1},
		SuppressionAttributes: &sestypes.SuppressionAttributes{SuppressedReasons: []sestypes.SuppressionListReason{
			sestypes.SuppressionListReasonBounce, sestypes.SuppressionListReasonComplaint,
		}},
		VdmAttributes: &sestypes.VdmAttributes{VdmEnabled: sestypes.FeatureStatusDisabled},
	}}
}

func (r *Region) getAccount(*sesv2.GetAccountInput) (*sesv2.GetAccountOutput, error) {
	out := copyOf(r.settings.shown)
	return &out, nil
}

// putAccountDetails tells AWS about the use, and may ask for production access, which a
// person then reviews: see ProductionAccess. Who has it, or whose request is not decided or
// was denied, can't ask.
func (r *Region) putAccountDetails(in *sesv2.PutAccountDetailsInput) (*sesv2.PutAccountDetailsOutput, error) {
	s := &r.settings.shown
	at, err := url.Parse(*in.WebsiteURL)
	switch {
	case !slices.Contains(in.MailType.Values(), in.MailType):
		return nil, refuseBad("There is no mail type %s", in.MailType)
	case err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || len(*in.WebsiteURL) > 1000:
		return nil, refuseBad("The website's URL is not valid")
	case len(in.AdditionalContactEmailAddresses) > 4:
		return nil, refuseBad("There can be at most 4 additional addresses")
	case s.Details != nil && s.Details.ReviewDetails != nil && s.Details.ReviewDetails.Status != sestypes.ReviewStatusFailed:
		return nil, refuseConflict("A review of the account is %s", s.Details.ReviewDetails.Status)
	}
	s.Details = &sestypes.AccountDetails{
		MailType: in.MailType, WebsiteURL: copyOf(in.WebsiteURL), ContactLanguage: in.ContactLanguage,
		AdditionalContactEmailAddresses: slices.Clone(in.AdditionalContactEmailAddresses),
	}
	if aws.ToBool(in.ProductionAccessEnabled) && !s.ProductionAccessEnabled {
		s.Details.ReviewDetails = &sestypes.ReviewDetails{Status: sestypes.ReviewStatusPending, CaseId: aws.String("case-1")}
	}
	return nil, nil
}

func (r *Region) putAccountWarmup(in *sesv2.PutAccountDedicatedIpWarmupAttributesInput) (*sesv2.PutAccountDedicatedIpWarmupAttributesOutput, error) {
	r.settings.shown.DedicatedIpAutoWarmupEnabled = in.AutoWarmupEnabled
	return nil, nil
}

// putAccountSending switches sending on or off. What AWS stopped, callers can't resume.
func (r *Region) putAccountSending(in *sesv2.PutAccountSendingAttributesInput) (*sesv2.PutAccountSendingAttributesOutput, error) {
	if in.SendingEnabled && *r.settings.shown.EnforcementStatus == "SHUTDOWN" {
		return nil, refuseBad("AWS paused sending: only AWS can resume it")
	}
	r.settings.shown.SendingEnabled = in.SendingEnabled
	return nil, nil
}

func (r *Region) putAccountSuppression(in *sesv2.PutAccountSuppressionAttributesInput) (*sesv2.PutAccountSuppressionAttributesOutput, error) {
	if err := checkReasons(in.SuppressedReasons); err != nil {
		return nil, err
	}
	if in.ValidationAttributes != nil {
		if err := checkThreshold(in.ValidationAttributes.ConditionThreshold); err != nil {
			return nil, err
		}
	}
	r.settings.shown.SuppressionAttributes = &sestypes.SuppressionAttributes{
		SuppressedReasons: copyOf(in.SuppressedReasons), ValidationAttributes: copyOf(in.ValidationAttributes),
	}
	return nil, nil
}

func (r *Region) putAccountVdm(in *sesv2.PutAccountVdmAttributesInput) (*sesv2.PutAccountVdmAttributesOutput, error) {
	v := in.VdmAttributes
	set := []sestypes.FeatureStatus{v.VdmEnabled}
	if v.DashboardAttributes != nil {
		set = append(set, v.DashboardAttributes.EngagementMetrics)
	}
	if v.GuardianAttributes != nil {
		set = append(set, v.GuardianAttributes.OptimizedSharedDelivery)
	}
	if v.VdmEnabled == "" {
		return nil, refuseBad("VdmEnabled must be ENABLED or DISABLED")
	}
	if err := checkFeatures(set...); err != nil {
		return nil, err
	}
	r.settings.shown.VdmAttributes = copyOf(v)
	return nil, nil
}

// ProductionAccess decides whether the account is out of the sandbox in the Region. If it
// asked for that, it is told so.
func (r *Region) ProductionAccess(granted bool) {
	r.settle(func(s *sesv2.GetAccountOutput) {
		s.ProductionAccessEnabled = granted
		if s.Details == nil || s.Details.ReviewDetails == nil {
			return
		}
		s.Details.ReviewDetails.Status = sestypes.ReviewStatusDenied
		if granted {
			s.Details.ReviewDetails.Status = sestypes.ReviewStatusGranted
		}
	})
}

// SetQuota sets how many recipients mail may have in 24 hours (-1: any number) and in a
// second, and how many it had in the last 24 hours.
func (r *Region) SetQuota(max24, rate, sent float64) {
	r.settle(func(s *sesv2.GetAccountOutput) {
		s.SendQuota = &sestypes.SendQuota{Max24HourSend: max24, MaxSendRate: rate, SentLast24Hours: sent}
	})
}

// SetEnforcement sets HEALTHY, PROBATION or SHUTDOWN, which stops sending.
func (r *Region) SetEnforcement(status string) {
	r.settle(func(s *sesv2.GetAccountOutput) {
		s.EnforcementStatus = &status
		s.SendingEnabled = s.SendingEnabled && status != "SHUTDOWN"
	})
}

// SetPricingPlan sets the plan of the account: NONE, ESSENTIALS, PRO or ENTERPRISE.
func (r *Region) SetPricingPlan(plan string) {
	r.settle(func(s *sesv2.GetAccountOutput) {
		s.PricingAttributes = &sestypes.PricingAttributes{CurrentPlan: sestypes.PricingPlan(plan)}
	})
}

// settle changes settings by the hand of AWS.
func (r *Region) settle(f func(*sesv2.GetAccountOutput)) {
	r.world.mu.Lock()
	defer r.world.mu.Unlock()
	f(&r.settings.shown)
}
