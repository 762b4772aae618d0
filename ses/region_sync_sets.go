package ses

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// createSet creates a configuration set with all options but those that a person sets.
func (s *site) createSet(ctx context.Context, v region.ConfigurationSet) error {
	in := &sesv2.CreateConfigurationSetInput{ConfigurationSetName: &v.Name, Tags: asTags(v.Tags), VdmOptions: asVDMOptions(v.VDM)}
	if d := v.Delivery; d != nil {
		in.DeliveryOptions = &sestypes.DeliveryOptions{
			SendingPoolName: orNil(d.Pool), TlsPolicy: sestypes.TlsPolicy(d.TLS), MaxDeliverySeconds: d.MaxSeconds,
		}
	}
	if t := v.Tracking; t != nil {
		in.TrackingOptions = &sestypes.TrackingOptions{CustomRedirectDomain: orNil(t.Domain), HttpsPolicy: sestypes.HttpsPolicy(t.HTTPS)}
	}
	if v.Reputation != nil {
		in.ReputationOptions = &sestypes.ReputationOptions{ReputationMetricsEnabled: *v.Reputation}
	}
	if v.Sending != nil {
		in.SendingOptions = &sestypes.SendingOptions{SendingEnabled: *v.Sending}
	}
	if p := v.Suppression; p != nil {
		in.SuppressionOptions = &sestypes.SuppressionOptions{
			SuppressedReasons: asTexts[sestypes.SuppressionListReason](p.Reasons),
			SuppressionScope:  sestypes.SuppressionListScope(p.Scope), ValidationOptions: asValidationOptions(p.Validation),
		}
	}
	_, err := s.SES.CreateConfigurationSet(ctx, in, s.turn("CreateConfigurationSet"))
	return err
}

func asValidationOptions(validation string) *sestypes.SuppressionValidationOptions {
	if t := asThreshold(validation); t != nil {
		return &sestypes.SuppressionValidationOptions{ConditionThreshold: t}
	}
	return nil
}

func asVDMOptions(v *region.VDM) *sestypes.VdmOptions {
	if v == nil {
		return nil
	}
	o := &sestypes.VdmOptions{}
	if v.Engagement != "" {
		o.DashboardOptions = &sestypes.DashboardOptions{EngagementMetrics: sestypes.FeatureStatus(v.Engagement)}
	}
	if v.OptimizedShared != "" {
		o.GuardianOptions = &sestypes.GuardianOptions{OptimizedSharedDelivery: sestypes.FeatureStatus(v.OptimizedShared)}
	}
	return o
}

// putSet sets one of the options of a configuration set. One that is not wanted is put
// without values.
func (s *site) putSet(ctx context.Context, aspect region.Aspect, v region.ConfigurationSet) (err error) {
	switch aspect {
	case region.DeliveryAspect:
		d := deref(v.Delivery)
		_, err = s.SES.PutConfigurationSetDeliveryOptions(ctx, &sesv2.PutConfigurationSetDeliveryOptionsInput{
			ConfigurationSetName: &v.Name, SendingPoolName: orNil(d.Pool), TlsPolicy: sestypes.TlsPolicy(d.TLS), MaxDeliverySeconds: d.MaxSeconds,
		}, s.turn("PutConfigurationSetDeliveryOptions"))
	case region.TrackingAspect:
		t := deref(v.Tracking)
		if t.Domain != "" {
			if err := s.awaitSender(ctx, t.Domain); err != nil {
				return err
			}
		}
		_, err = s.SES.PutConfigurationSetTrackingOptions(ctx, &sesv2.PutConfigurationSetTrackingOptionsInput{
			ConfigurationSetName: &v.Name, CustomRedirectDomain: orNil(t.Domain), HttpsPolicy: sestypes.HttpsPolicy(t.HTTPS),
		}, s.turn("PutConfigurationSetTrackingOptions"))
	case region.ReputationAspect:
		_, err = s.SES.PutConfigurationSetReputationOptions(ctx, &sesv2.PutConfigurationSetReputationOptionsInput{
			ConfigurationSetName: &v.Name, ReputationMetricsEnabled: deref(v.Reputation),
		}, s.turn("PutConfigurationSetReputationOptions"))
	case region.SendingAspect:
		_, err = s.SES.PutConfigurationSetSendingOptions(ctx, &sesv2.PutConfigurationSetSendingOptionsInput{
			ConfigurationSetName: &v.Name, SendingEnabled: deref(v.Sending),
		}, s.turn("PutConfigurationSetSendingOptions"))
	case region.SuppressionAspect:
		p := deref(v.Suppression)
		_, err = s.SES.PutConfigurationSetSuppressionOptions(ctx, &sesv2.PutConfigurationSetSuppressionOptionsInput{
			ConfigurationSetName: &v.Name, SuppressedReasons: asTexts[sestypes.SuppressionListReason](p.Reasons),
			SuppressionScope: sestypes.SuppressionListScope(p.Scope), ValidationOptions: asValidationOptions(p.Validation),
		}, s.turn("PutConfigurationSetSuppressionOptions"))
	case region.VDMAspect:
		_, err = s.SES.PutConfigurationSetVdmOptions(ctx, &sesv2.PutConfigurationSetVdmOptionsInput{
			ConfigurationSetName: &v.Name, VdmOptions: asVDMOptions(v.VDM),
		}, s.turn("PutConfigurationSetVdmOptions"))
	default:
		err = noSuchAspect(region.Sets, aspect)
	}
	return err
}

// putDestination creates or updates an event destination.
func (s *site) putDestination(ctx context.Context, set string, v region.EventDestination, action awspatterns.Action) (err error) {
	d := asDestination(v)
	if action == awspatterns.Create {
		_, err = s.SES.CreateConfigurationSetEventDestination(ctx, &sesv2.CreateConfigurationSetEventDestinationInput{
			ConfigurationSetName: &set, EventDestinationName: &v.Name, EventDestination: d,
		}, s.turn("CreateConfigurationSetEventDestination"))
		return err
	}
	_, err = s.SES.UpdateConfigurationSetEventDestination(ctx, &sesv2.UpdateConfigurationSetEventDestinationInput{
		ConfigurationSetName: &set, EventDestinationName: &v.Name, EventDestination: d,
	}, s.turn("UpdateConfigurationSetEventDestination"))
	return err
}

func asDestination(v region.EventDestination) *sestypes.EventDestinationDefinition {
	d := &sestypes.EventDestinationDefinition{Enabled: v.Enabled, MatchingEventTypes: asTexts[sestypes.EventType](v.Events)}
	switch {
	case len(v.CloudWatch) > 0:
		d.CloudWatchDestination = &sestypes.CloudWatchDestination{}
		for _, c := range v.CloudWatch {
			d.CloudWatchDestination.DimensionConfigurations = append(d.CloudWatchDestination.DimensionConfigurations,
				sestypes.CloudWatchDimensionConfiguration{
					DimensionName: &c.Name, DimensionValueSource: sestypes.DimensionValueSource(c.Source), DefaultDimensionValue: &c.Default,
				})
		}
	case v.EventBus != "":
		d.EventBridgeDestination = &sestypes.EventBridgeDestination{EventBusArn: &v.EventBus}
	case v.Topic != "":
		d.SnsDestination = &sestypes.SnsDestination{TopicArn: &v.Topic}
	case v.Stream != "":
		d.KinesisFirehoseDestination = &sestypes.KinesisFirehoseDestination{DeliveryStreamArn: &v.Stream, IamRoleArn: &v.StreamRole}
	}
	return d
}
