package ses

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	sesv1types "github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/ses/region"
)

// notificationsAtOnce is the most identities that one call of the first version of the API
// tells of ("up to 100 identities": GetIdentityNotificationAttributes).
const notificationsAtOnce = 100

// identitiesAtOnce is the most on a page of identities.
const identitiesAtOnce = 1000

// identities reads the identities with all that belongs to them.
func (r *stateReading) identities(ctx context.Context) {
	infos, err := readPages(ctx, sesv2.NewListEmailIdentitiesPaginator(r.SES, &sesv2.ListEmailIdentitiesInput{PageSize: aws.Int32(identitiesAtOnce)}),
		r.turn("ListEmailIdentities"), func(o *sesv2.ListEmailIdentitiesOutput) []sestypes.IdentityInfo { return o.EmailIdentities })
	if err != nil {
		r.unread(ctx, region.Identities, "", region.Object, err)
		return
	}
	var names []string
	for _, i := range infos {
		names = append(names, deref(i.IdentityName))
	}
	slices.Sort(names)
	all := readEach(ctx, r, region.Identities, names, func(ctx context.Context, name string) (*region.Identity, error) {
		i, err := r.readIdentity(ctx, name)
		if i == nil {
			return nil, err
		}
		if i.Certificates, err = r.readCertificates(ctx, name); err != nil {
			r.unread(ctx, region.Identities, name, region.Certificates, err)
		}
		return i, nil
	})
	for chunk := range slices.Chunk(all, notificationsAtOnce) {
		r.notifications(ctx, chunk)
	}
	r.state.Identities = all
}

// notifications reads the notifications of identities, and sets them.
func (r *stateReading) notifications(ctx context.Context, identities []region.Identity) {
	var names []string
	for _, i := range identities {
		names = append(names, i.Name)
	}
	found, err := r.readNotifications(ctx, names)
	for i := range identities {
		identity := &identities[i]
		if err != nil {
			r.unread(ctx, region.Identities, identity.Name, region.BounceTopic, err)
			continue
		}
		identity.Notifications = &region.Notifications{}
		if n, set := found[identity.Name]; set {
			identity.Notifications = &n
		}
	}
}

// readNotifications returns the notifications of at most 100 identities. One that has none
// may be missing.
func (s *site) readNotifications(ctx context.Context, names []string) (map[string]region.Notifications, error) {
	out, err := s.Notifications.GetIdentityNotificationAttributes(ctx,
		&sesv1.GetIdentityNotificationAttributesInput{Identities: names}, s.turnV1("GetIdentityNotificationAttributes"))
	if err != nil {
		return nil, err
	}
	all := map[string]region.Notifications{}
	for name, a := range out.NotificationAttributes {
		all[name] = readNotification(a)
	}
	return all, nil
}

func readNotification(a sesv1types.IdentityNotificationAttributes) region.Notifications {
	return region.Notifications{
		BounceTopic: deref(a.BounceTopic), ComplaintTopic: deref(a.ComplaintTopic), DeliveryTopic: deref(a.DeliveryTopic),
		BounceHeaders:    a.HeadersInBounceNotificationsEnabled,
		ComplaintHeaders: a.HeadersInComplaintNotificationsEnabled,
		DeliveryHeaders:  a.HeadersInDeliveryNotificationsEnabled,
	}
}

// readCertificates returns the ARNs of the S/MIME certificates of an identity.
func (s *site) readCertificates(ctx context.Context, name string) ([]string, error) {
	found, err := readPages(ctx, sesv2.NewListEmailIdentityCertificatesPaginator(s.SES, &sesv2.ListEmailIdentityCertificatesInput{EmailIdentity: &name}),
		s.turn("ListEmailIdentityCertificates"), func(o *sesv2.ListEmailIdentityCertificatesOutput) []sestypes.IdentityCertificate {
			return o.Certificates
		})
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, c := range found {
		arns = append(arns, deref(c.CertificateArn))
	}
	slices.Sort(arns)
	return arns, nil
}

// readIdentity reads an identity without its notifications and certificates. It is nil if
// there is none.
func (s *site) readIdentity(ctx context.Context, name string) (*region.Identity, error) {
	out, err := readAbsent(s.SES.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &name}, s.turn("GetEmailIdentity")))
	if out == nil {
		return nil, err
	}
	i := &region.Identity{
		Name: name, Type: string(out.IdentityType), ConfigurationSet: deref(out.ConfigurationSetName),
		FeedbackForwarding: out.FeedbackForwardingStatus, Policies: out.Policies, Tags: readTags(out.Tags),
		Verification: string(out.VerificationStatus), CanSend: out.VerifiedForSendingStatus,
	}
	if d := out.DkimAttributes; d != nil {
		i.DKIM = region.DKIM{
			Origin: string(d.SigningAttributesOrigin), Enabled: d.SigningEnabled, Status: string(d.Status), Tokens: d.Tokens,
			HostedZone: deref(d.SigningHostedZone), KeyLength: string(d.NextSigningKeyLength),
		}
	}
	if m := out.MailFromAttributes; m != nil && deref(m.MailFromDomain) != "" {
		i.MailFrom = &region.MailFrom{Domain: *m.MailFromDomain, OnMXFailure: string(m.BehaviorOnMxFailure), Status: string(m.MailFromDomainStatus)}
	}
	if v := out.VerificationInfo; v != nil {
		i.Error = string(v.ErrorType)
	}
	return i, nil
}
