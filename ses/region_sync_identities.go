package ses

import (
	"context"
	"fmt"

	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// createIdentity creates a replica.
func (s *site) createIdentity(ctx context.Context, v region.Identity) error {
	_, err := s.SES.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{
		EmailIdentity: &v.Name, ConfigurationSetName: orNil(v.ConfigurationSet), Tags: asTags(v.Tags),
		DkimSigningAttributes: &sestypes.DkimSigningAttributes{
			DomainSigningAttributesOrigin: sestypes.DkimSigningAttributesOrigin(v.DKIM.Origin),
		},
	}, s.turn("CreateEmailIdentity"))
	return err
}

// putIdentity sets one of the attributes of an identity. now is how it is.
func (s *site) putIdentity(ctx context.Context, step region.Step, v region.Identity, now *region.Value) (err error) {
	switch step.Aspect {
	case region.DefaultSet:
		_, err = s.SES.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{
			EmailIdentity: &v.Name, ConfigurationSetName: orNil(v.ConfigurationSet),
		}, s.turn("PutEmailIdentityConfigurationSetAttributes"))
	case region.Origin:
		_, err = s.SES.PutEmailIdentityDkimSigningAttributes(ctx, &sesv2.PutEmailIdentityDkimSigningAttributesInput{
			EmailIdentity: &v.Name, SigningAttributesOrigin: sestypes.DkimSigningAttributesOrigin(v.DKIM.Origin),
		}, s.turn("PutEmailIdentityDkimSigningAttributes"))
	case region.Signing:
		_, err = s.SES.PutEmailIdentityDkimAttributes(ctx, &sesv2.PutEmailIdentityDkimAttributesInput{
			EmailIdentity: &v.Name, SigningEnabled: v.DKIM.Enabled,
		}, s.turn("PutEmailIdentityDkimAttributes"))
	case region.Feedback:
		_, err = s.SES.PutEmailIdentityFeedbackAttributes(ctx, &sesv2.PutEmailIdentityFeedbackAttributesInput{
			EmailIdentity: &v.Name, EmailForwardingEnabled: v.FeedbackForwarding,
		}, s.turn("PutEmailIdentityFeedbackAttributes"))
	case region.MailFromAspect:
		from := deref(v.MailFrom)
		_, err = s.SES.PutEmailIdentityMailFromAttributes(ctx, &sesv2.PutEmailIdentityMailFromAttributesInput{
			EmailIdentity: &v.Name, MailFromDomain: orNil(from.Domain), BehaviorOnMxFailure: sestypes.BehaviorOnMxFailure(from.OnMXFailure),
		}, s.turn("PutEmailIdentityMailFromAttributes"))
	case region.Policy:
		err = s.putIdentityPolicy(ctx, step, v, now)
	default:
		if !aboutNotifications(step.Aspect) || v.Notifications == nil {
			return noSuchAspect(region.Identities, step.Aspect)
		}
		err = s.putNotification(ctx, step.Aspect, v.Name, *v.Notifications)
	}
	return err
}

// putIdentityPolicy creates or updates a policy.
func (s *site) putIdentityPolicy(ctx context.Context, step region.Step, v region.Identity, now *region.Value) (err error) {
	document, wanted := v.Policies[step.Part]
	if !wanted {
		return fmt.Errorf("a step without the policy %q: %w", step.Part, awspatterns.ErrAltered)
	}
	if now != nil && now.Identity != nil {
		if _, there := now.Identity.Policies[step.Part]; there {
			_, err = s.SES.UpdateEmailIdentityPolicy(ctx, &sesv2.UpdateEmailIdentityPolicyInput{
				EmailIdentity: &v.Name, PolicyName: &step.Part, Policy: &document,
			}, s.turn("UpdateEmailIdentityPolicy"))
			return err
		}
	}
	_, err = s.SES.CreateEmailIdentityPolicy(ctx, &sesv2.CreateEmailIdentityPolicyInput{
		EmailIdentity: &v.Name, PolicyName: &step.Part, Policy: &document,
	}, s.turn("CreateEmailIdentityPolicy"))
	return err
}

// putNotification sets a topic, or whether notifications hold the headers of the mail.
func (s *site) putNotification(ctx context.Context, aspect region.Aspect, name string, n region.Notifications) (err error) {
	topics := map[region.Aspect]struct {
		kind sesv1types.NotificationType
		arn  string
	}{
		region.BounceTopic:    {sesv1types.NotificationTypeBounce, n.BounceTopic},
		region.ComplaintTopic: {sesv1types.NotificationTypeComplaint, n.ComplaintTopic},
		region.DeliveryTopic:  {sesv1types.NotificationTypeDelivery, n.DeliveryTopic},
	}
	if t, is := topics[aspect]; is {
		_, err = s.Notifications.SetIdentityNotificationTopic(ctx, &sesv1.SetIdentityNotificationTopicInput{
			Identity: &name, NotificationType: t.kind, SnsTopic: orNil(t.arn),
		}, s.turnV1("SetIdentityNotificationTopic"))
		return err
	}
	headers := map[region.Aspect]struct {
		kind    sesv1types.NotificationType
		enabled bool
	}{
		region.BounceHeaders:    {sesv1types.NotificationTypeBounce, n.BounceHeaders},
		region.ComplaintHeaders: {sesv1types.NotificationTypeComplaint, n.ComplaintHeaders},
		region.DeliveryHeaders:  {sesv1types.NotificationTypeDelivery, n.DeliveryHeaders},
	}[aspect]
	_, err = s.Notifications.SetIdentityHeadersInNotificationsEnabled(ctx, &sesv1.SetIdentityHeadersInNotificationsEnabledInput{
		Identity: &name, NotificationType: headers.kind, Enabled: headers.enabled,
	}, s.turnV1("SetIdentityHeadersInNotificationsEnabled"))
	return err
}
