package ses

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// Each of these operations replaces all options of its kind: what is left out is not set any
// more.

func (r *Region) putSetDelivery(in *sesv2.PutConfigurationSetDeliveryOptionsInput) (*sesv2.PutConfigurationSetDeliveryOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	return nil, r.setDelivery(s, &sestypes.DeliveryOptions{
		MaxDeliverySeconds: in.MaxDeliverySeconds, SendingPoolName: in.SendingPoolName, TlsPolicy: in.TlsPolicy,
	})
}

// setDelivery sets the delivery options. TLS is optional unless they say otherwise.
func (r *Region) setDelivery(s *configurationSet, o *sestypes.DeliveryOptions) error {
	d := copyOf(o)
	if d == nil {
		d = &sestypes.DeliveryOptions{}
	}
	if d.TlsPolicy == "" {
		d.TlsPolicy = sestypes.TlsPolicyOptional
	}
	if !slices.Contains(d.TlsPolicy.Values(), d.TlsPolicy) {
		return refuseBad("There is no TLS policy %s", d.TlsPolicy)
	}
	if d.MaxDeliverySeconds != nil && (*d.MaxDeliverySeconds < 300 || *d.MaxDeliverySeconds > 50_400) {
		return refuseBad("MaxDeliverySeconds must be 300 to 50400")
	}
	if aws.ToString(d.SendingPoolName) == "" {
		d.SendingPoolName = nil
	} else if !r.hasPool(*d.SendingPoolName) {
		return refuseMissing("There is no dedicated IP pool %s", *d.SendingPoolName)
	}
	s.shown.DeliveryOptions = d
	return nil
}

func (r *Region) putSetTracking(in *sesv2.PutConfigurationSetTrackingOptionsInput) (*sesv2.PutConfigurationSetTrackingOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	return nil, r.setTracking(s, &sestypes.TrackingOptions{CustomRedirectDomain: in.CustomRedirectDomain, HttpsPolicy: in.HttpsPolicy})
}

// setTracking sets the tracking options. The domain must be verified in the Region, itself
// or one above it.
func (r *Region) setTracking(s *configurationSet, o *sestypes.TrackingOptions) error {
	t := copyOf(o)
	if t != nil && aws.ToString(t.CustomRedirectDomain) == "" {
		t.CustomRedirectDomain = nil
	}
	switch {
	case t == nil, t.CustomRedirectDomain == nil && t.HttpsPolicy == "":
		t = nil
	case t.HttpsPolicy != "" && !slices.Contains(t.HttpsPolicy.Values(), t.HttpsPolicy):
		return refuseBad("There is no HTTPS policy %s", t.HttpsPolicy)
	case t.CustomRedirectDomain != nil && !r.verifiedDomain(*t.CustomRedirectDomain):
		return refuseBad("The custom redirect domain %s is not verified in %s", *t.CustomRedirectDomain, r.Name)
	}
	s.shown.TrackingOptions = t
	return nil
}

func (r *Region) putSetReputation(in *sesv2.PutConfigurationSetReputationOptionsInput) (*sesv2.PutConfigurationSetReputationOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	s.shown.ReputationOptions.ReputationMetricsEnabled = in.ReputationMetricsEnabled
	return nil, nil
}

func (r *Region) putSetSending(in *sesv2.PutConfigurationSetSendingOptionsInput) (*sesv2.PutConfigurationSetSendingOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	s.shown.SendingOptions = &sestypes.SendingOptions{SendingEnabled: in.SendingEnabled}
	return nil, nil
}

func (r *Region) putSetSuppression(in *sesv2.PutConfigurationSetSuppressionOptionsInput) (*sesv2.PutConfigurationSetSuppressionOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	return nil, r.setSuppression(s, &sestypes.SuppressionOptions{
		SuppressedReasons: in.SuppressedReasons, SuppressionScope: in.SuppressionScope, ValidationOptions: in.ValidationOptions,
	})
}

// setSuppression sets the suppression options. Nil reasons are those of the account, empty
// ones are none.
func (r *Region) setSuppression(s *configurationSet, o *sestypes.SuppressionOptions) error {
	if o == nil || o.SuppressedReasons == nil && o.SuppressionScope == "" && o.ValidationOptions == nil {
		s.shown.SuppressionOptions = nil
		return nil
	}
	if o.SuppressionScope != "" && !slices.Contains(o.SuppressionScope.Values(), o.SuppressionScope) {
		return refuseBad("There is no suppression scope %s", o.SuppressionScope)
	}
	if err := checkReasons(o.SuppressedReasons); err != nil {
		return err
	}
	if o.ValidationOptions != nil {
		if err := checkThreshold(o.ValidationOptions.ConditionThreshold); err != nil {
			return err
		}
	}
	s.shown.SuppressionOptions = copyOf(o)
	return nil
}

func checkReasons(reasons []sestypes.SuppressionListReason) error {
	seen := map[sestypes.SuppressionListReason]bool{}
	for _, reason := range reasons {
		if seen[reason] || !slices.Contains(reason.Values(), reason) {
			return refuseBad("The reason %q is not known, or given twice", reason)
		}
		seen[reason] = true
	}
	return nil
}

// checkThreshold checks the threshold of automatic validation.
func checkThreshold(t *sestypes.SuppressionConditionThreshold) error {
	if t == nil || !slices.Contains(t.ConditionThresholdEnabled.Values(), t.ConditionThresholdEnabled) {
		return refuseBad("ConditionThresholdEnabled must be ENABLED or DISABLED")
	}
	c := t.OverallConfidenceThreshold
	if c != nil && !slices.Contains(c.ConfidenceVerdictThreshold.Values(), c.ConfidenceVerdictThreshold) {
		return refuseBad("There is no confidence verdict %s", c.ConfidenceVerdictThreshold)
	}
	return nil
}

func (r *Region) putSetVdm(in *sesv2.PutConfigurationSetVdmOptionsInput) (*sesv2.PutConfigurationSetVdmOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	if err := checkVdm(in.VdmOptions); err != nil {
		return nil, err
	}
	s.shown.VdmOptions = copyOf(in.VdmOptions)
	return nil, nil
}

func checkVdm(o *sestypes.VdmOptions) error {
	if o == nil {
		return nil
	}
	var set []sestypes.FeatureStatus
	if o.DashboardOptions != nil {
		set = append(set, o.DashboardOptions.EngagementMetrics)
	}
	if o.GuardianOptions != nil {
		set = append(set, o.GuardianOptions.OptimizedSharedDelivery)
	}
	return checkFeatures(set...)
}

// checkFeatures checks what is switched on or off, or not set.
func checkFeatures(set ...sestypes.FeatureStatus) error {
	for _, status := range set {
		if status != "" && !slices.Contains(status.Values(), status) {
			return refuseBad("There is no status %s: it is ENABLED or DISABLED", status)
		}
	}
	return nil
}

func (r *Region) putSetArchiving(in *sesv2.PutConfigurationSetArchivingOptionsInput) (*sesv2.PutConfigurationSetArchivingOptionsOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	return nil, r.setArchiving(s, &sestypes.ArchivingOptions{ArchiveArn: in.ArchiveArn})
}

// setArchiving sets the archive, which is one of the Region, or none.
func (r *Region) setArchiving(s *configurationSet, o *sestypes.ArchivingOptions) error {
	arn := ""
	if o != nil {
		arn = aws.ToString(o.ArchiveArn)
	}
	switch {
	case arn == "":
		s.shown.ArchivingOptions = nil
		return nil
	case !strings.HasPrefix(arn, r.arn("mailmanager-archive/")):
		return refuseBad("The archive %s is not one of %s", arn, r.Name)
	case !r.archives[arn]:
		return refuseMissing("There is no archive %s", arn)
	}
	s.shown.ArchivingOptions = copyOf(o)
	return nil
}

func (r *Region) updateConfigurationSet(in *sesv2.UpdateConfigurationSetInput) (*sesv2.UpdateConfigurationSetOutput, error) {
	s, err := r.set(in.ConfigurationSetName)
	if err != nil {
		return nil, err
	}
	if in.MessageSecurityOptions == nil {
		return nil, nil // left out: not changed
	}
	return nil, r.setSecurity(s, in.MessageSecurityOptions)
}

func (r *Region) setSecurity(s *configurationSet, o *sestypes.MessageSecurityOptions) error {
	s.shown.MessageSecurityOptions = copyOf(o)
	return nil
}
