package ses

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const maxNotificationIdentities = 100 // in one request

// notifications are where feedback of an identity goes, by its kind.
type notifications map[sesv1types.NotificationType]notification

type notification struct {
	topic   string // ARN; empty for none
	headers bool   // the headers of the mail are included
}

func (w *World) handleNotifications(c *awstest.Cloud) {
	handleIn(c, w, (*Region).getNotifications)
	handleIn(c, w, (*Region).setNotificationTopic)
	handleIn(c, w, (*Region).setNotificationHeaders)
}

// refuseV1 is how the first version of the API refuses a value.
func refuseV1(format string, args ...any) error {
	return awstest.Error(http.StatusBadRequest, "InvalidParameterValue", *message(format, args))
}

// getNotifications answers for identities that are there; others are left out.
func (r *Region) getNotifications(in *sesv1.GetIdentityNotificationAttributesInput) (*sesv1.GetIdentityNotificationAttributesOutput, error) {
	if len(in.Identities) > maxNotificationIdentities {
		return nil, refuseV1("At most %d identities can be asked for", maxNotificationIdentities)
	}
	out := &sesv1.GetIdentityNotificationAttributesOutput{NotificationAttributes: map[string]sesv1types.IdentityNotificationAttributes{}}
	for _, name := range in.Identities {
		if i, err := r.identityV1(name); err == nil {
			out.NotificationAttributes[name] = i.notificationAttributes()
		}
	}
	return out, nil
}

func (i *identity) notificationAttributes() sesv1types.IdentityNotificationAttributes {
	topic := func(kind sesv1types.NotificationType) *string {
		if i.topics[kind].topic == "" {
			return nil
		}
		return aws.String(i.topics[kind].topic)
	}
	return sesv1types.IdentityNotificationAttributes{
		ForwardingEnabled:                      i.forwarding,
		BounceTopic:                            topic(sesv1types.NotificationTypeBounce),
		ComplaintTopic:                         topic(sesv1types.NotificationTypeComplaint),
		DeliveryTopic:                          topic(sesv1types.NotificationTypeDelivery),
		HeadersInBounceNotificationsEnabled:    i.topics[sesv1types.NotificationTypeBounce].headers,
		HeadersInComplaintNotificationsEnabled: i.topics[sesv1types.NotificationTypeComplaint].headers,
		HeadersInDeliveryNotificationsEnabled:  i.topics[sesv1types.NotificationTypeDelivery].headers,
	}
}

// setNotificationTopic sets a topic, which is in the same Region, or none.
func (r *Region) setNotificationTopic(in *sesv1.SetIdentityNotificationTopicInput) (*sesv1.SetIdentityNotificationTopicOutput, error) {
	i, err := r.notified(*in.Identity, in.NotificationType)
	if err != nil {
		return nil, err
	}
	arn := aws.ToString(in.SnsTopic)
	if arn == "" {
		delete(i.topics, in.NotificationType)
		return nil, nil
	}
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sns" || parts[3] != r.Name || strings.HasSuffix(arn, ".fifo") {
		return nil, refuseV1("Invalid SNS topic <%s>: it must be a standard topic in %s", arn, r.Name)
	}
	n := i.topics[in.NotificationType]
	n.topic = arn
	i.topics[in.NotificationType] = n
	return nil, nil
}

// setNotificationHeaders includes headers in notifications that have a topic, or not.
func (r *Region) setNotificationHeaders(in *sesv1.SetIdentityHeadersInNotificationsEnabledInput) (*sesv1.SetIdentityHeadersInNotificationsEnabledOutput, error) {
	i, err := r.notified(*in.Identity, in.NotificationType)
	if err != nil {
		return nil, err
	}
	n := i.topics[in.NotificationType]
	if n.topic == "" {
		return nil, refuseV1("There is no topic for %s", in.NotificationType)
	}
	n.headers = in.Enabled
	i.topics[in.NotificationType] = n
	return nil, nil
}

// notified returns an identity whose notifications of a kind are changed.
func (r *Region) notified(name string, kind sesv1types.NotificationType) (*identity, error) {
	if !slices.Contains(kind.Values(), kind) {
		return nil, refuseV1("There is no notification type %s", kind)
	}
	return r.identityV1(name)
}

// identityV1 returns an identity by its name or its ARN.
func (r *Region) identityV1(name string) (*identity, error) {
	i, err := r.identity(aws.String(strings.TrimPrefix(name, r.arn("identity/"))))
	if err != nil {
		return nil, refuseV1("Identity <%s> does not exist", name)
	}
	return i, nil
}
