package ses

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Mail is one that SES took. It may not reach all its recipients: see Suppressed.
type Mail struct {
	Account, Region string
	ID              string // of the message
	At              time.Time
	Endpoint        string // id of the multi-region endpoint that it came through
	From            string
	To              []string // all recipients: To, Cc, Bcc
	Suppressed      []string // those that it is not delivered to

	Input *sesv2.SendEmailInput     // how it was sent: one of these
	Bulk  *sesv2.SendBulkEmailInput // Entry of it is this mail
	Entry int
}

// mail is what a Region was given to send.
type mail struct {
	mails  []Mail
	tokens float64 // recipients that may be sent to now
	filled time.Time
}

func (r *Region) newMail() {}

func (w *World) handleMail(c *awstest.Cloud) {
	awstest.Handle(c, w.sendEmail)
	awstest.Handle(c, w.sendBulkEmail)
}

// mailActions are the IAM actions of these operations. Which message needs which action of
// the first version of the API, too, depends on its content.
var mailActions = awstest.Actions{
	"SESv2.SendEmail":     {"ses:SendEmail"},
	"SESv2.SendBulkEmail": {"ses:SendBulkEmail"},
}

// Mails returns what all Regions of all accounts took, in the order of time.
func (w *World) Mails() []Mail {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Mail
	for _, r := range w.regions {
		all = append(all, r.mails...)
	}
	slices.SortFunc(all, func(a, b Mail) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Limits of a call ("Service quotas in Amazon SES" in the developer guide).
const (
	maxRecipients  = 50
	maxBulkEntries = 50
)

func (w *World) sendEmail(ctx context.Context, in *sesv2.SendEmailInput) (*sesv2.SendEmailOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.routed(awstest.CallerOf(ctx), in.EndpointId)
	if err != nil {
		return nil, err
	}
	p := posting{Mail: Mail{Endpoint: aws.ToString(in.EndpointId), From: aws.ToString(in.FromEmailAddress), Input: in},
		set: in.ConfigurationSetName, template: in.Content.Template, tenant: in.TenantName}
	if err := checkMailContent(in.Content); err != nil {
		return nil, err
	}
	if p.To, err = mailRecipients(in); err != nil {
		return nil, err
	}
	if raw := in.Content.Raw; p.From == "" && raw != nil {
		p.From = rawSender(raw)
	}
	id, err := r.post(p)
	return &sesv2.SendEmailOutput{MessageId: &id}, err
}

func (w *World) sendBulkEmail(ctx context.Context, in *sesv2.SendBulkEmailInput) (*sesv2.SendBulkEmailOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.routed(awstest.CallerOf(ctx), in.EndpointId)
	if err != nil {
		return nil, err
	}
	if err := checkBulk(in); err != nil {
		return nil, err
	}
	out := &sesv2.SendBulkEmailOutput{}
	for i := range in.BulkEmailEntries {
		out.BulkEmailEntryResults = append(out.BulkEmailEntryResults, r.sendEntry(in, i))
	}
	return out, nil
}

// sendEntry sends one mail of many. What is wrong with it, or with the account, is told in
// its result.
func (r *Region) sendEntry(in *sesv2.SendBulkEmailInput, entry int) types.BulkEmailEntryResult {
	p := posting{Mail: Mail{Endpoint: aws.ToString(in.EndpointId), From: aws.ToString(in.FromEmailAddress), Bulk: in, Entry: entry},
		set: in.ConfigurationSetName, template: in.DefaultContent.Template, tenant: in.TenantName}
	var err error
	if p.To, err = destinations(in.BulkEmailEntries[entry].Destination); err == nil {
		var id string
		if id, err = r.post(p); err == nil {
			return types.BulkEmailEntryResult{Status: types.BulkEmailStatusSuccess, MessageId: &id}
		}
	}
	return types.BulkEmailEntryResult{Status: entryStatus(err), Error: aws.String(err.Error())}
}

// A posting is a mail that SES looks at.
type posting struct {
	Mail
	set, tenant *string
	template    *types.Template
	from        *identity
}

// post takes a mail and returns the id of its message, or refuses it.
func (r *Region) post(p posting) (string, error) {
	p.from = r.senderIdentity(bareAddress(p.From))
	for _, check := range []func(posting) error{
		r.checkAccount, r.checkSender, r.checkMailSet, r.checkMailTemplate, r.checkTenant, r.checkSandbox, r.spend,
	} {
		if err := check(p); err != nil {
			return "", err
		}
	}
	m := p.Mail
	r.world.made++
	m.Account, m.Region, m.At = r.Account, r.Name, time.Now()
	m.ID = fmt.Sprintf("%016x-%s", r.world.made, r.Name)
	var t *tenant
	if p.tenant != nil {
		t = r.tenants.of[*p.tenant]
	}
	for _, to := range m.To {
		if r.suppressesMail(bareAddress(to), r.mailSet(p.set, p.from), t) {
			m.Suppressed = append(m.Suppressed, to)
		}
	}
	r.mails = append(r.mails, m)
	return m.ID, nil
}

// routed returns the Region that a call is for: the caller's, or one of an endpoint's. The
// name of an endpoint that does not exist cannot be resolved.
func (w *World) routed(caller awstest.Caller, endpoint *string) (*Region, error) {
	if endpoint == nil {
		return w.at(caller.Account, caller.Region), nil
	}
	regions := w.endpointOf(caller.Account, *endpoint)
	if len(regions) == 0 {
		host := *endpoint + ".endpoints.email.amazonaws.com"
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	name := regions[w.made%len(regions)]
	if w.Route != nil {
		name = w.Route(regions)
	}
	return w.at(caller.Account, name), nil
}

// refuseMail answers with an error type of the service.
func refuseMail(err error, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	reflect.ValueOf(err).Elem().FieldByName("Message").Set(reflect.ValueOf(&message))
	status := http.StatusBadRequest
	switch err.(type) {
	case *types.NotFoundException:
		status = http.StatusNotFound
	case *types.TooManyRequestsException:
		status = http.StatusTooManyRequests
	}
	return awstest.Status(status, err)
}
