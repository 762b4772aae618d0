package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func notificationType(kind string) sesv1types.NotificationType {
	return sesv1types.NotificationType(kind)
}

// sets makes pools of both kinds, and configuration sets with event destinations of every
// kind.
func (w *world) sets() {
	ctx, api := context.Background(), w.api(primary)
	for name, mode := range map[string]sestypes.ScalingMode{"own": "STANDARD", "managed": "MANAGED"} {
		_, err := api.CreateDedicatedIpPool(ctx, &sesv2.CreateDedicatedIpPoolInput{PoolName: &name, ScalingMode: mode})
		made(w, 0, err)
	}
	w.region(primary).AddIPs("own", 2, 2)
	_, err := api.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{
		ConfigurationSetName: aws.String("transactional"), Tags: tags("team", "mail"),
		DeliveryOptions:    &sestypes.DeliveryOptions{TlsPolicy: "REQUIRE", SendingPoolName: aws.String("own"), MaxDeliverySeconds: aws.Int64(3600)},
		ReputationOptions:  &sestypes.ReputationOptions{ReputationMetricsEnabled: true},
		SuppressionOptions: &sestypes.SuppressionOptions{SuppressedReasons: []sestypes.SuppressionListReason{}}, // none: receipts go out
	})
	made(w, 0, err)
	_, err = api.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{
		ConfigurationSetName: aws.String("newsletter"),
		DeliveryOptions:      &sestypes.DeliveryOptions{SendingPoolName: aws.String("managed")},
		TrackingOptions:      &sestypes.TrackingOptions{CustomRedirectDomain: aws.String("news.example.com"), HttpsPolicy: "REQUIRE"},
		VdmOptions:           &sestypes.VdmOptions{GuardianOptions: &sestypes.GuardianOptions{OptimizedSharedDelivery: "DISABLED"}},
	})
	made(w, 0, err)
	w.destinations()
	for domain, set := range map[string]string{"example.com": "transactional", "news.example.com": "newsletter"} {
		_, err := api.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{EmailIdentity: &domain, ConfigurationSetName: &set})
		made(w, 0, err)
	}
}

func (w *world) destinations() {
	bounces := []sestypes.EventType{"BOUNCE", "COMPLAINT", "DELIVERY_DELAY"}
	for _, d := range []struct {
		set, name string
		to        sestypes.EventDestinationDefinition
	}{
		{"transactional", "feedback", sestypes.EventDestinationDefinition{
			Enabled: true, MatchingEventTypes: bounces, SnsDestination: &sestypes.SnsDestination{TopicArn: aws.String(topic(primary))},
		}},
		{"transactional", "metrics", sestypes.EventDestinationDefinition{
			Enabled: true, MatchingEventTypes: []sestypes.EventType{"SEND", "DELIVERY"},
			CloudWatchDestination: &sestypes.CloudWatchDestination{DimensionConfigurations: []sestypes.CloudWatchDimensionConfiguration{
				{DimensionName: aws.String("campaign"), DimensionValueSource: "MESSAGE_TAG", DefaultDimensionValue: aws.String("none")},
			}},
		}},
		{"newsletter", "archive", sestypes.EventDestinationDefinition{
			Enabled: true, MatchingEventTypes: []sestypes.EventType{"OPEN", "CLICK"},
			KinesisFirehoseDestination: &sestypes.KinesisFirehoseDestination{DeliveryStreamArn: aws.String(stream(primary)), IamRoleArn: aws.String(role)},
		}},
		{"newsletter", "bus", sestypes.EventDestinationDefinition{
			Enabled: true, MatchingEventTypes: bounces,
			EventBridgeDestination: &sestypes.EventBridgeDestination{EventBusArn: aws.String("arn:aws:events:us-east-1:" + account + ":event-bus/default")},
		}},
		{"newsletter", "campaigns", sestypes.EventDestinationDefinition{
			MatchingEventTypes: []sestypes.EventType{"SEND"}, PinpointDestination: &sestypes.PinpointDestination{ApplicationArn: aws.String(pinpoint)},
		}},
	} {
		_, err := w.api(primary).CreateConfigurationSetEventDestination(context.Background(), &sesv2.CreateConfigurationSetEventDestinationInput{
			ConfigurationSetName: &d.set, EventDestinationName: &d.name, EventDestination: &d.to,
		})
		made(w, 0, err)
	}
}

// suppressed is how many addresses the suppression list has.
const suppressed = 600

// contents makes templates, a contact list, and a suppression list.
func (w *world) contents() {
	ctx, api := context.Background(), w.api(primary)
	for name, subject := range map[string]string{"receipt": "Your receipt {{number}}", "welcome": "Welcome, {{name}}", "digest": "This week"} {
		_, err := api.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
			TemplateName: &name, TemplateContent: &sestypes.EmailTemplateContent{Subject: &subject, Html: aws.String("<h1>" + subject + "</h1>"), Text: &subject},
		})
		made(w, 0, err)
	}
	_, err := api.CreateCustomVerificationEmailTemplate(ctx, &sesv2.CreateCustomVerificationEmailTemplateInput{
		TemplateName: aws.String("confirm"), FromEmailAddress: aws.String("hello@example.com"), TemplateSubject: aws.String("Is it you?"),
		TemplateContent: aws.String("<p>Click"), SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
	})
	made(w, 0, err)
	_, err = api.CreateContactList(ctx, &sesv2.CreateContactListInput{
		ContactListName: aws.String("readers"), Description: aws.String("Who reads what"), Topics: []sestypes.Topic{
			{TopicName: aws.String("weekly"), DisplayName: aws.String("Weekly"), DefaultSubscriptionStatus: "OPT_IN"},
			{TopicName: aws.String("offers"), DisplayName: aws.String("Offers"), DefaultSubscriptionStatus: "OPT_OUT"},
		},
	})
	made(w, 0, err)
	for i := range 20 {
		_, err := api.CreateContact(ctx, &sesv2.CreateContactInput{
			ContactListName: aws.String("readers"), EmailAddress: aws.String(fmt.Sprintf("reader%02d@example.org", i)), UnsubscribeAll: i%7 == 0,
			AttributesData: aws.String(fmt.Sprintf(`{"name":"Reader %d"}`, i)),
		})
		made(w, 0, err)
	}
	for i := range suppressed {
		reason := []sestypes.SuppressionListReason{"BOUNCE", "COMPLAINT"}[i%2]
		w.region(primary).Suppress("", fmt.Sprintf("gone%03d@example.org", i), reason)
	}
}

// tenants makes one that may use a domain and a configuration set.
func (w *world) tenants() {
	ctx, api := context.Background(), w.api(primary)
	_, err := api.CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: aws.String("acme")})
	made(w, 0, err)
	for _, resource := range []string{"identity/example.com", "configuration-set/transactional"} {
		_, err := api.CreateTenantResourceAssociation(ctx, &sesv2.CreateTenantResourceAssociationInput{
			TenantName: aws.String("acme"), ResourceArn: aws.String("arn:aws:ses:us-east-1:" + account + ":" + resource),
		})
		made(w, 0, err)
	}
}
