package ses_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/ses"
)

const mailAccount, mailHome, mailAway = "123456789012", "eu-west-1", "eu-central-1"

// A mailWorld has example.com verified, outside the sandbox, in two Regions.
type mailWorld struct {
	*ses.World
	cloud    *awstest.Cloud
	client   *sesv2.Client
	endpoint string
}

func newMailWorld(t *testing.T) *mailWorld {
	cloud := awstest.New(t)
	w := &mailWorld{World: ses.Serve(cloud), cloud: cloud}
	for _, name := range []string{mailHome, mailAway} {
		r := w.Region(mailAccount, name)
		r.ProductionAccess(true)
		r.SetQuota(1000, 100, 0)
		r.AddSelfSigned("example.com")
	}
	w.endpoint = w.Region(mailAccount, mailHome).MakeEndpoint("global", mailAway, types.StatusReady)
	w.client = sesv2.NewFromConfig(cloud.Config(mailHome, mailAccount), func(o *sesv2.Options) { o.RetryMaxAttempts = 1 })
	return w
}

func mailTo(to ...string) *sesv2.SendEmailInput {
	return &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("Ann <ann@example.com>"),
		Destination:      &types.Destination{ToAddresses: to},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: aws.String("Hello")},
			Body:    &types.Body{Text: &types.Content{Data: aws.String("Hello")}},
		}},
	}
}

func many(n int) []string {
	var all []string
	for i := range n {
		all = append(all, strings.Repeat("x", i+1)+"@example.org")
	}
	return all
}

// TestMailIsRefused has each reason for which SES refuses a mail.
func TestMailIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*mailWorld, *ses.Region, *sesv2.SendEmailInput)
		want    string // code
	}{
		"taken":          {func(*mailWorld, *ses.Region, *sesv2.SendEmailInput) {}, ""},
		"50 recipients":  {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) { in.Destination.ToAddresses = many(50) }, ""},
		"51 recipients":  {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) { in.Destination.CcAddresses = many(50) }, "BadRequestException"},
		"no recipient":   {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) { in.Destination = nil }, "BadRequestException"},
		"not an address": {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) { in.Destination.ToAddresses[0] = "bob" }, "BadRequestException"},
		"no content":     {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) { in.Content = &types.EmailContent{} }, "BadRequestException"},
		"another domain": {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) {
			in.FromEmailAddress = aws.String("a@example.net")
		}, "MessageRejected"},
		"a subdomain": {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) {
			in.FromEmailAddress = aws.String("a@sub.example.com")
		}, ""},
		"no configuration set": {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) {
			in.ConfigurationSetName = aws.String("none")
		}, "NotFoundException"},
		"no template": {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) {
			in.Content = &types.EmailContent{Template: &types.Template{TemplateName: aws.String("none")}}
		}, "NotFoundException"},
		"no tenant": {func(_ *mailWorld, _ *ses.Region, in *sesv2.SendEmailInput) { in.TenantName = aws.String("none") }, "NotFoundException"},
		"sandbox":   {func(_ *mailWorld, r *ses.Region, in *sesv2.SendEmailInput) { r.ProductionAccess(false) }, "MessageRejected"},
		"sandbox, to oneself": {func(_ *mailWorld, r *ses.Region, in *sesv2.SendEmailInput) {
			r.ProductionAccess(false)
			in.Destination.ToAddresses = []string{"bob@example.com", "bounce@simulator.amazonses.com"}
		}, ""},
		"paused": {func(w *mailWorld, _ *ses.Region, _ *sesv2.SendEmailInput) {
			if _, err := w.client.PutAccountSendingAttributes(context.Background(), &sesv2.PutAccountSendingAttributesInput{}); err != nil {
				panic(err)
			}
		}, "SendingPausedException"},
		"shut down":   {func(_ *mailWorld, r *ses.Region, _ *sesv2.SendEmailInput) { r.SetEnforcement("SHUTDOWN") }, "AccountSuspendedException"},
		"daily quota": {func(_ *mailWorld, r *ses.Region, _ *sesv2.SendEmailInput) { r.SetQuota(10, 1, 10) }, "TooManyRequestsException"},
	} {
		t.Run(name, func(t *testing.T) {
			w, in := newMailWorld(t), mailTo("bob@example.org")
			test.prepare(w, w.Region(mailAccount, mailHome), in)
			out, err := w.client.SendEmail(t.Context(), in)
			if told(err) != test.want {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if mails := w.Mails(); (test.want == "") != (len(mails) == 1) || len(mails) == 1 && (mails[0].ID != *out.MessageId || mails[0].Region != mailHome) {
				t.Errorf("took %+v", mails)
			}
		})
	}
}

// TestMailRate has more in a second than the rate, and again after it.
func TestMailRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(t)
		w.Region(mailAccount, mailHome).SetQuota(1000, 4, 0)
		var codes []string
		for range 3 {
			_, err := w.client.SendEmail(t.Context(), mailTo(many(2)...))
			codes = append(codes, told(err))
		}
		time.Sleep(time.Second)
		_, err := w.client.SendEmail(t.Context(), mailTo(many(4)...))
		codes = append(codes, told(err))
		if got := strings.Join(codes, " "); got != "  TooManyRequestsException " {
			t.Errorf("got %q", got)
		}
		account, err := w.client.GetAccount(t.Context(), nil)
		if err != nil || account.SendQuota.SentLast24Hours != 8 {
			t.Errorf("sent %v, %v", account.SendQuota, err)
		}
	})
}

// TestBulkStatuses has mails that are taken and refused in one call.
func TestBulkStatuses(t *testing.T) {
	w := newMailWorld(t)
	r := w.Region(mailAccount, mailHome)
	r.SetQuota(2, 100, 0)
	in := &sesv2.SendBulkEmailInput{
		FromEmailAddress: aws.String("ann@example.com"),
		DefaultContent:   &types.BulkEmailContent{Template: &types.Template{TemplateContent: &types.EmailTemplateContent{}}},
	}
	for _, to := range []string{"bob@example.org", "not an address", "cid@example.org", "dan@example.org"} {
		in.BulkEmailEntries = append(in.BulkEmailEntries, types.BulkEmailEntry{Destination: &types.Destination{ToAddresses: []string{to}}})
	}
	out, err := w.client.SendBulkEmail(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range out.BulkEmailEntryResults {
		got = append(got, string(e.Status))
	}
	if want := "SUCCESS INVALID_PARAMETER SUCCESS ACCOUNT_DAILY_QUOTA_EXCEEDED"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	for range 60 {
		in.BulkEmailEntries = append(in.BulkEmailEntries, in.BulkEmailEntries[0])
	}
	if _, err := w.client.SendBulkEmail(t.Context(), in); told(err) != "BadRequestException" {
		t.Errorf("64 entries: %v", err)
	}
}

// TestMailSuppressed has a mail that is taken, and not delivered.
func TestMailSuppressed(t *testing.T) {
	w := newMailWorld(t)
	w.Region(mailAccount, mailHome).Suppress("", "Bob@example.org", types.SuppressionListReasonBounce)
	if _, err := w.client.SendEmail(t.Context(), mailTo("bob@example.org", "cid@example.org")); err != nil {
		t.Fatal(err)
	}
	if m := w.Mails()[0]; strings.Join(m.Suppressed, " ") != "bob@example.org" || len(m.To) != 2 {
		t.Errorf("got %+v", m)
	}
}

// TestMailRoutes has mails through an endpoint, and one through an endpoint that is not.
func TestMailRoutes(t *testing.T) {
	w := newMailWorld(t)
	in := mailTo("bob@example.org")
	in.EndpointId = &w.endpoint
	for range 2 {
		if _, err := w.client.SendEmail(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	w.Route = func(regions []string) string { return regions[1] }
	if _, err := w.client.SendEmail(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	var regions []string
	for _, m := range w.Mails() {
		regions = append(regions, m.Region)
	}
	if len(regions) != 3 || regions[0] == regions[1] || regions[2] != mailAway {
		t.Errorf("went to %v", regions)
	}
	in.EndpointId = aws.String("nowhere")
	_, err := w.client.SendEmail(t.Context(), in)
	if _, ok := errors.AsType[*net.DNSError](err); !ok {
		t.Errorf("got %v", err)
	}
}
