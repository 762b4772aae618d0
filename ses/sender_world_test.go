package ses_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/ses"
)

const mailAccount, mailHome, mailAway = "123456789012", "eu-west-1", "eu-central-1"

// A mailWorld has two Regions outside the sandbox that send mail of example.com, and an
// endpoint over both.
type mailWorld struct {
	*standin.World
	cloud              *awstest.Cloud
	home, away         *standin.Region
	primary, secondary ses.Clients
	endpoint           string // id of "global"
}

func newMailWorld(c *awstest.Cloud) *mailWorld {
	w := &mailWorld{World: standin.Serve(c), cloud: c}
	w.home, w.away = w.Region(mailAccount, mailHome), w.Region(mailAccount, mailAway)
	for _, r := range []*standin.Region{w.home, w.away} {
		r.ProductionAccess(true)
		r.SetQuota(100_000, 500, 0)
		r.AddSelfSigned("example.com")
	}
	w.endpoint = w.home.MakeEndpoint("global", mailAway, sestypes.StatusReady)
	w.primary = ses.NewClients(c.Config(mailHome, mailAccount))
	w.secondary = ses.NewClients(c.Config(mailAway, mailAccount))
	return w
}

func (w *mailWorld) sender(t *testing.T, opts ses.SenderOptions) *ses.Sender {
	t.Helper()
	s, err := ses.NewSender(t.Context(), w.primary, w.secondary, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// simpleMail returns a mail with a subject and a text.
func simpleMail(id string, to ...string) ses.Mail {
	return ses.Mail{ID: id, Input: sesv2.SendEmailInput{
		FromEmailAddress: aws.String("Ann <ann@example.com>"),
		Destination:      &sestypes.Destination{ToAddresses: to},
		Content: &sestypes.EmailContent{Simple: &sestypes.Message{
			Subject: &sestypes.Content{Data: aws.String("Invoice " + id)},
			Body:    &sestypes.Body{Text: &sestypes.Content{Data: aws.String("Hello")}},
		}},
	}}
}

// bulkMail returns a template for n recipients, to0@example.org and so on.
func bulkMail(n int) ses.BulkMail {
	m := ses.BulkMail{Input: sesv2.SendBulkEmailInput{
		FromEmailAddress: aws.String("ann@example.com"),
		DefaultContent: &sestypes.BulkEmailContent{Template: &sestypes.Template{
			TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("Hello {{name}}"), Text: aws.String("…")},
			TemplateData:    aws.String(`{"name": "you"}`),
		}},
	}}
	for i := range n {
		m.Entries = append(m.Entries, ses.BulkEntry{ID: fmt.Sprint("to", i), Entry: sestypes.BulkEmailEntry{
			Destination: &sestypes.Destination{ToAddresses: []string{fmt.Sprintf("to%d@example.org", i)}},
			ReplacementEmailContent: &sestypes.ReplacementEmailContent{ReplacementTemplate: &sestypes.ReplacementTemplate{
				ReplacementTemplateData: aws.String(fmt.Sprintf(`{"name": "%d"}`, i)),
			}},
		}})
	}
	return m
}

// sentTo returns how many mails SES took for each address.
func (w *mailWorld) sentTo() map[string]int {
	all := map[string]int{}
	for _, m := range w.Mails() {
		for _, to := range m.To {
			all[to]++
		}
	}
	return all
}

// twice returns the addresses that SES took more than one mail for.
func (w *mailWorld) twice() (all []string) {
	for to, n := range w.sentTo() {
		if n > 1 {
			all = append(all, to)
		}
	}
	slices.Sort(all)
	return all
}

// sends returns how many attempts there were to send.
func (w *mailWorld) sends() int {
	n := 0
	for _, c := range w.cloud.Calls() {
		if strings.HasPrefix(c.Operation, "Send") {
			n++
		}
	}
	return n
}

// failing is a SendAPI that is none of the SDK's and does not look at the options of a call.
type failing struct {
	ses.SendAPI
	err error
}

func (f failing) SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error) {
	return nil, f.err
}
