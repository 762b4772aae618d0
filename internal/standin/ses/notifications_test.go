package ses

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/awstest"
)

func TestNotifications(t *testing.T) {
	cloud := awstest.New(t)
	Serve(cloud)
	client := sesv1.NewFromConfig(cloud.Config(primary, account))
	name := aws.String("example.com")
	must(t, sesv2.NewFromConfig(cloud.Config(primary, account)).CreateEmailIdentity, &sesv2.CreateEmailIdentityInput{EmailIdentity: name})
	type (
		topic   = sesv1.SetIdentityNotificationTopicInput
		headers = sesv1.SetIdentityHeadersInNotificationsEnabledInput
		get     = sesv1.GetIdentityNotificationAttributesInput
	)
	const invalid = "InvalidParameterValue 400"
	elsewhere := "arn:aws:sns:" + secondary + ":" + account + ":bounces"
	run(t, []try{
		{"topic", of(client.SetIdentityNotificationTopic, &topic{Identity: name, NotificationType: "Bounce", SnsTopic: aws.String(goodTopic)}), ""},
		{"topic by ARN", of(client.SetIdentityNotificationTopic, &topic{Identity: aws.String(domainARN), NotificationType: "Delivery", SnsTopic: aws.String(goodTopic)}), ""},
		{"topic in another Region", of(client.SetIdentityNotificationTopic, &topic{Identity: name, NotificationType: "Complaint", SnsTopic: &elsewhere}), invalid},
		{"topic of nothing", of(client.SetIdentityNotificationTopic, &topic{Identity: aws.String("example.net"), NotificationType: "Bounce", SnsTopic: aws.String(goodTopic)}), invalid},
		{"type", of(client.SetIdentityNotificationTopic, &topic{Identity: name, NotificationType: "BOUNCE", SnsTopic: aws.String(goodTopic)}), invalid},
		{"headers", of(client.SetIdentityHeadersInNotificationsEnabled, &headers{Identity: name, NotificationType: "Bounce", Enabled: true}), ""},
		{"headers without topic", of(client.SetIdentityHeadersInNotificationsEnabled, &headers{Identity: name, NotificationType: "Complaint", Enabled: true}), invalid},
		{"headers of nothing", of(client.SetIdentityHeadersInNotificationsEnabled, &headers{Identity: aws.String("example.net"), NotificationType: "Bounce"}), invalid},
		{"100 identities", of(client.GetIdentityNotificationAttributes, &get{Identities: make([]string, 100)}), ""},
		{"101 identities", of(client.GetIdentityNotificationAttributes, &get{Identities: make([]string, 101)}), invalid},
	})
	shown := func() string {
		out := must(t, client.GetIdentityNotificationAttributes, &get{Identities: []string{"example.com", "example.net"}}).NotificationAttributes
		a := out["example.com"]
		return fmt.Sprintln(len(out), a.ForwardingEnabled, aws.ToString(a.BounceTopic) == goodTopic, a.ComplaintTopic == nil, aws.ToString(a.DeliveryTopic) == goodTopic,
			a.HeadersInBounceNotificationsEnabled, a.HeadersInComplaintNotificationsEnabled, a.HeadersInDeliveryNotificationsEnabled)
	}
	if got, want := shown(), "1 true true true true true false false\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	must(t, client.SetIdentityNotificationTopic, &topic{Identity: name, NotificationType: sesv1types.NotificationTypeBounce})
	if got, want := shown(), "1 true false true true false false false\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
