package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/servicequotas"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
)

const (
	account   = "123456789012"
	primary   = "us-east-1"
	secondary = "eu-west-1"
)

// A world is SES in this process: an account that has sent from one Region for years, and is
// new in another.
type world struct {
	*awstest.Cloud
	ses    *standin.World
	quotas *servicequotas.Service
	err    error // the first of making it
}

func newWorld() (*world, error) {
	cloud := awstest.New(nil)
	w := &world{Cloud: cloud, ses: standin.Serve(cloud), quotas: servicequotas.New(cloud)}
	sts.Handle(cloud)
	w.ses.Settle = 1 // nanosecond: nobody waits for what takes AWS some time
	w.account()
	w.identities()
	w.sets()
	w.contents()
	w.tenants()
	return w, errors.Join(w.err, cloud.Err())
}

// region returns what is behind the API of a Region.
func (w *world) region(name string) *standin.Region { return w.ses.Region(account, name) }

// api returns the SDK's own client, for what only a person does.
func (w *world) api(name string) *sesv2.Client {
	return sesv2.NewFromConfig(w.Config(name, account))
}

func (w *world) clients(name string) ses.Clients { return ses.NewClients(w.Config(name, account)) }

// made keeps the first error of what w makes.
func made[T any](w *world, _ T, err error) {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("making the world: %w", err)
	}
}

// account sets how much may be sent, and the settings that a mature sender has.
func (w *world) account() {
	w.region(primary).ProductionAccess(true)
	w.region(primary).SetQuota(500_000, 150, 180_000)
	w.region(secondary).ProductionAccess(true)
	w.region(secondary).SetQuota(50_000, 14, 0)
	_, err := w.api(primary).PutAccountVdmAttributes(context.Background(), &sesv2.PutAccountVdmAttributesInput{VdmAttributes: &sestypes.VdmAttributes{
		VdmEnabled: "ENABLED", DashboardAttributes: &sestypes.DashboardAttributes{EngagementMetrics: "ENABLED"},
		GuardianAttributes: &sestypes.GuardianAttributes{OptimizedSharedDelivery: "ENABLED"},
	}})
	made(w, 0, err)
}

// identities makes two domains with Easy DKIM, one with a key of its owner, and an address.
func (w *world) identities() {
	ctx, api := context.Background(), w.api(primary)
	for _, domain := range []string{"example.com", "news.example.com"} {
		_, err := api.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain, Tags: tags("team", "mail")})
		made(w, 0, err)
		w.region(primary).PublishDNS(domain)
	}
	w.ownKey(primary)
	_, err := api.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("billing@example.net")})
	made(w, 0, err)
	w.region(primary).ConfirmAddress("billing@example.net")
	_, err = api.PutEmailIdentityMailFromAttributes(ctx, &sesv2.PutEmailIdentityMailFromAttributesInput{
		EmailIdentity: aws.String("example.com"), MailFromDomain: aws.String("bounce.example.com"), BehaviorOnMxFailure: "REJECT_MESSAGE",
	})
	made(w, 0, err)
	w.region(primary).PublishMX("bounce.example.com")
	_, err = api.CreateEmailIdentityPolicy(ctx, &sesv2.CreateEmailIdentityPolicyInput{
		EmailIdentity: aws.String("example.com"), PolicyName: aws.String("partner"), Policy: aws.String(partnerPolicy),
	})
	made(w, 0, err)
	w.notifications("example.com")
}

// partnerPolicy lets another account send for example.com.
const partnerPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},` +
	`"Action":["ses:SendEmail"],"Resource":"arn:aws:ses:us-east-1:123456789012:identity/example.com"}]}`

// ownKey makes the domain that signs with a key of its owner.
func (w *world) ownKey(in string) {
	_, err := w.api(in).CreateEmailIdentity(context.Background(), &sesv2.CreateEmailIdentityInput{
		EmailIdentity: aws.String("partner.example"),
		DkimSigningAttributes: &sestypes.DkimSigningAttributes{
			DomainSigningSelector: aws.String("s2026"), DomainSigningPrivateKey: aws.String(base64.StdEncoding.EncodeToString([]byte("the owner's key"))),
		},
	})
	made(w, 0, err)
	w.region(in).PublishDNS("partner.example")
}

// notifications sends bounces and complaints of a domain to a topic, and not to a mailbox.
func (w *world) notifications(domain string) {
	ctx, v1 := context.Background(), sesv1.NewFromConfig(w.Config(primary, account))
	for _, kind := range []string{"Bounce", "Complaint"} {
		_, err := v1.SetIdentityNotificationTopic(ctx, &sesv1.SetIdentityNotificationTopicInput{
			Identity: &domain, NotificationType: notificationType(kind), SnsTopic: aws.String(topic(primary)),
		})
		made(w, 0, err)
	}
	_, err := w.api(primary).PutEmailIdentityFeedbackAttributes(ctx, &sesv2.PutEmailIdentityFeedbackAttributesInput{EmailIdentity: &domain})
	made(w, 0, err)
}

func tags(key, value string) []sestypes.Tag { return []sestypes.Tag{{Key: &key, Value: &value}} }

func topic(in string) string { return "arn:aws:sns:" + in + ":" + account + ":feedback" }
func stream(in string) string {
	return "arn:aws:firehose:" + in + ":" + account + ":deliverystream/mail-events"
}

const (
	role     = "arn:aws:iam::" + account + ":role/ses-to-firehose"
	pinpoint = "arn:aws:mobiletargeting:us-east-1:" + account + ":apps/0123456789abcdef0123456789abcdef"
)
