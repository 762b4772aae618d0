package ses_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A readinessWorld is an account whose primary Region sends, and whose secondary is new.
type readinessWorld struct {
	*limitsWorld
	must func(any, error)
}

// newReadinessWorld fills the primary: a domain, an address in it, two configuration sets, a
// pool, a template, a contact list, a tenant and suppressed addresses.
func newReadinessWorld(t *testing.T) *readinessWorld {
	w := &readinessWorld{limitsWorld: newLimitsWorld(awstest.New(t))}
	w.must = func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.ses.Region(readyAccount, readySecondary).ProductionAccess(false)
	w.fill(readyPrimary, nil)
	return w
}

// client returns one that does not wait for its turn.
func (w *readinessWorld) client(name string) *sesv2.Client {
	return sesv2.NewFromConfig(w.Config(name, readyAccount))
}

// fill makes what mail needs in a Region. keys are those of the domain, nil for Easy DKIM.
func (w *readinessWorld) fill(name string, keys *sestypes.DkimSigningAttributes) {
	c, ctx, r := w.client(name), context.Background(), w.ses.Region(readyAccount, name)
	w.must(c.CreateDedicatedIpPool(ctx, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("bulk"), ScalingMode: sestypes.ScalingModeStandard}))
	r.AddIPs("bulk", 2, 2)
	w.must(c.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{
		ConfigurationSetName: aws.String("marketing"), DeliveryOptions: &sestypes.DeliveryOptions{SendingPoolName: aws.String("bulk")},
	}))
	w.must(c.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("plain")}))
	w.must(c.CreateConfigurationSetEventDestination(ctx, &sesv2.CreateConfigurationSetEventDestinationInput{
		ConfigurationSetName: aws.String("plain"), EventDestinationName: aws.String("bounces"),
		EventDestination: &sestypes.EventDestinationDefinition{
			Enabled: true, MatchingEventTypes: []sestypes.EventType{sestypes.EventTypeBounce},
			EventBridgeDestination: &sestypes.EventBridgeDestination{EventBusArn: aws.String("arn:aws:events:" + name + ":" + readyAccount + ":event-bus/default")},
		},
	}))
	w.must(c.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{
		EmailIdentity: aws.String("example.com"), ConfigurationSetName: aws.String("plain"), DkimSigningAttributes: keys,
	}))
	if keys == nil {
		r.PublishDNS("example.com")
	}
	w.must(c.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("hello@example.com")}))
	r.ConfirmAddress("hello@example.com")
	w.must(c.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
		TemplateName: aws.String("welcome"), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("Welcome"), Text: aws.String("Hello {{name}}")},
	}))
	w.must(c.CreateCustomVerificationEmailTemplate(ctx, &sesv2.CreateCustomVerificationEmailTemplateInput{
		TemplateName: aws.String("you"), FromEmailAddress: aws.String("hello@example.com"), TemplateSubject: aws.String("Is it you?"),
		TemplateContent: aws.String("<p>Is it you?"), SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
	}))
	w.must(c.CreateContactList(ctx, &sesv2.CreateContactListInput{ContactListName: aws.String("news")}))
	w.must(c.CreateContact(ctx, &sesv2.CreateContactInput{ContactListName: aws.String("news"), EmailAddress: aws.String("a@example.org"), AttributesData: aws.String(`{"name":"A"}`)}))
	w.must(c.CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: aws.String("acme")}))
	r.Suppress("", "gone@example.org", sestypes.SuppressionListReasonBounce)
}

// level makes the secondary like the primary by hand, with an endpoint over both.
func (w *readinessWorld) level() {
	r := w.ses.Region(readyAccount, readySecondary)
	r.ProductionAccess(true)
	w.fill(readySecondary, &sestypes.DkimSigningAttributes{DomainSigningAttributesOrigin: "AWS_SES_EU_WEST_1"})
	r.SetQuota(50_000, 14, 10_000)
	time.Sleep(time.Minute) // until SES has the keys
	w.ses.Region(readyAccount, readyPrimary).MakeEndpoint("global", readySecondary, sestypes.StatusReady)
}

// sync makes the secondary like the primary, as far as that goes.
func (w *readinessWorld) sync(t *testing.T) {
	t.Helper()
	primary, secondary := w.clients()
	plan, err := ses.PlanRegionSync(t.Context(), primary, secondary, ses.RegionSyncOptions{Options: region.Options{Adopt: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ses.ApplyRegionSync(t.Context(), primary, secondary, plan); err != nil && !errors.Is(err, awspatterns.ErrIncomplete) {
		t.Fatal(err)
	}
}

// check checks the readiness, and fails the test if it cannot.
func (w *readinessWorld) check(t *testing.T, opts ses.ReadinessOptions) ses.ReadinessResult {
	t.Helper()
	primary, secondary := w.clients()
	r, err := ses.CheckReadiness(t.Context(), primary, secondary, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// inReadinessWorld runs a test in virtual time.
func inReadinessWorld(t *testing.T, f func(t *testing.T, w *readinessWorld)) {
	synctest.Test(t, func(t *testing.T) { f(t, newReadinessWorld(t)) })
}
