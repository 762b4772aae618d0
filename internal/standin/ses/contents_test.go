package ses_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/ses"
)

const (
	contentAccount = "123456789012"
	contentHome    = "eu-west-1"
)

// A contentWorld is one Region for tests of what is in it.
type contentWorld struct {
	*testing.T
	*ses.World
	cloud  *awstest.Cloud
	client *sesv2.Client
}

func newContentWorld(t *testing.T) *contentWorld {
	cloud := awstest.New(t)
	w := &contentWorld{T: t, World: ses.Serve(cloud), cloud: cloud}
	w.client = w.at(contentHome)
	return w
}

func (w *contentWorld) at(region string) *sesv2.Client {
	return sesv2.NewFromConfig(w.cloud.Config(region, contentAccount), func(o *sesv2.Options) { o.RetryMaxAttempts = 1 })
}

// verify has a domain as a verified identity of the Region, in production.
func (w *contentWorld) verify(domain string) {
	w.Helper()
	_, err := w.client.CreateEmailIdentity(w.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: &domain})
	w.ok(err)
	w.Region(contentAccount, contentHome).PublishDNS(domain)
	w.Region(contentAccount, contentHome).ProductionAccess(true)
}

// told returns the code of an error, or its text if it is none of AWS, or "".
func told(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// want checks the code of an error.
func (w *contentWorld) want(err error, code string) {
	w.Helper()
	if told(err) != code {
		w.Errorf("got %v, want %q", err, code)
	}
}

func (w *contentWorld) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func letters(n int) string { return strings.Repeat("x", n) }

func numbered(format string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

func TestDumpOfContents(t *testing.T) {
	w := newContentWorld(t)
	r := w.Region(contentAccount, contentHome)
	w.verify("example.com")
	w.ok(w.createTenant("shop", &types.TenantSuppressionAttributes{
		SuppressionScope: types.SuppressionListScopeTenant, SuppressedReasons: []types.SuppressionListReason{complaint, bounce},
	}))
	w.ok(w.createList("readers", topic("news", types.SubscriptionStatusOptIn)))
	w.ok(w.createContact("b@example.com"))
	w.ok(w.createContact("a@example.com", preference("news", types.SubscriptionStatusOptOut)))
	r.Suppress("", "c@example.com", bounce)
	r.Suppress("shop", "d@example.com", complaint)
	_, err := w.client.CreateEmailTemplate(w.Context(), &sesv2.CreateEmailTemplateInput{
		TemplateName: aws.String("welcome"), TemplateContent: &types.EmailTemplateContent{Subject: aws.String("Hi"), Html: aws.String("")},
	})
	w.ok(err)
	_, err = w.client.CreateCustomVerificationEmailTemplate(w.Context(), verificationInput("confirm"))
	w.ok(err)
	_, err = w.startImport("CSV", "s3://staging/list", suppressionImport("PUT"))
	w.ok(err)
	for _, want := range []string{
		`template welcome: subject "Hi", html "", text -` + "\n",
		`verification template confirm: {"hello@example.com" "Please confirm" "<p>" "https://example.com/yes" "https://example.com/no"}, tags team=web` + "\n",
		"suppressed: c@example.com BOUNCE\n",
		"contact list readers: -\n" +
			`  topic news: "All about news", -, OPT_IN` + "\n" +
			`  contact a@example.com: unsubscribed false, topics [news=OPT_OUT], attributes "{\"name\":\"J\"}"` + "\n" +
			`  contact b@example.com: unsubscribed false, topics [], attributes "{\"name\":\"J\"}"` + "\n",
		`tenant shop: ENABLED, suppression TENANT ["BOUNCE" "COMPLAINT"], tags plan=gold` + "\n  suppressed: d@example.com COMPLAINT\n",
		"import job of a SUPPRESSION_LIST from s3://staging/list\n",
	} {
		if got := r.Dump(); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
