package ses_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

// TestSend has a mail through one Region, and one through an endpoint.
func TestSend(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	r, err := w.sender(t, ses.SenderOptions{}).Send(t.Context(), simpleMail("1", "Bob <bob@example.org>"))
	if err != nil || r.Status != ses.MailSent || r.Via != mailHome || len(r.Recipients) != 1 || r.Recipients[0] != (ses.RecipientResult{Address: "bob@example.org", Status: ses.MailSent}) {
		t.Errorf("got %+v, %v", r, err)
	}
	if m := w.Mails(); len(m) != 1 || m[0].ID != r.MessageID || m[0].Endpoint != "" || m[0].To[0] != "Bob <bob@example.org>" {
		t.Errorf("took %+v", m)
	}
	r, err = w.sender(t, ses.SenderOptions{EndpointName: "global"}).Send(t.Context(), simpleMail("2", "bob@example.org"))
	if m := w.Mails(); err != nil || r.Via != "endpoint "+w.endpoint || len(m) != 2 || m[1].Endpoint != w.endpoint {
		t.Errorf("got %+v, %v; took %+v", r, err, m)
	}
}

// onTheWire is what reaches the network.
type onTheWire struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func (o *onTheWire) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	var err error
	if r.Body != nil {
		body, err = io.ReadAll(r.Body)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests, o.bodies = append(o.requests, r), append(o.bodies, string(body))
	answer := `{"MessageId": "m-1", "SendQuota": {"MaxSendRate": 100, "Max24HourSend": -1}}`
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, err
}

// TestEndpointOnTheWire checks the request with an endpoint id as it leaves the process.
func TestEndpointOnTheWire(t *testing.T) {
	wire := &onTheWire{}
	clients := func(region string) ses.Clients {
		return ses.NewClients(aws.Config{Region: region, Credentials: awstest.Credentials(mailAccount), HTTPClient: wire})
	}
	s, err := ses.NewSender(t.Context(), clients(mailHome), clients(mailAway), ses.SenderOptions{EndpointID: "abcdef12.g3h"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); err != nil || r.MessageID != "m-1" {
		t.Fatalf("got %+v, %v", r, err)
	}
	r, body := wire.requests[2], wire.bodies[2]
	if r.URL.String() != "https://abcdef12.g3h.endpoints.email.amazonaws.com/v2/email/outbound-emails" || r.Method != "POST" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	if auth := r.Header.Get("Authorization"); !strings.HasPrefix(auth, "AWS4-ECDSA-P256-SHA256 ") || !strings.Contains(auth, "/ses/aws4_request") {
		t.Errorf("Authorization: %s", auth)
	}
	if set := r.Header.Get("X-Amz-Region-Set"); set != "*" {
		t.Errorf("X-Amz-Region-Set: %q", set)
	}
	for _, want := range []string{`"EndpointId":"abcdef12.g3h"`, `"ToAddresses":["bob@example.org"]`, `"FromEmailAddress":"Ann <ann@example.com>"`, `"Data":"Invoice 1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if agent := r.Header.Get("User-Agent"); !strings.Contains(agent, "awspatterns/") {
		t.Errorf("User-Agent: %s", agent)
	}
	if host := wire.requests[0].URL.Host; host != "email.eu-west-1.amazonaws.com" || !strings.HasPrefix(wire.requests[0].Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		t.Errorf("GetAccount went to %s", host)
	}
}

// TestFIPS has clients with FIPS endpoints refused before the first call.
func TestFIPS(t *testing.T) {
	wire := &onTheWire{}
	clients := func(region string) ses.Clients {
		c := ses.NewClients(aws.Config{Region: region, Credentials: awstest.Credentials(mailAccount), HTTPClient: wire})
		c.Send = sesv2.New(sesv2.Options{
			Region: region, Credentials: awstest.Credentials(mailAccount), HTTPClient: wire,
			EndpointOptions: sesv2.EndpointResolverOptions{UseFIPSEndpoint: aws.FIPSEndpointStateEnabled},
		})
		return c
	}
	for _, opts := range []ses.SenderOptions{{EndpointID: "abcdef12.g3h"}, {EndpointID: "abcdef12.g3h", Rate: 5}} {
		_, err := ses.NewSender(t.Context(), clients("us-east-1"), clients("us-west-2"), opts)
		if !errors.Is(err, ses.ErrFIPS) || len(wire.requests) != 0 {
			t.Errorf("got %v after %d requests", err, len(wire.requests))
		}
	}
	if _, err := ses.NewSender(t.Context(), clients("us-east-1"), ses.Clients{}, ses.SenderOptions{}); err != nil {
		t.Errorf("in one Region: %v", err)
	}
}

// TestSenderOptions has those that are refused before the first call.
func TestSenderOptions(t *testing.T) {
	for want, opts := range map[string]ses.SenderOptions{
		"no part of a host":  {EndpointID: "example.com/x"},
		"not both":           {EndpointID: "a", EndpointName: "b"},
		"no global endpoint": {Fallback: true},
		"Share is 1.5":       {Share: 1.5},
		"Share is NaN":       {Share: math.NaN()},
		"not less than 0":    {Rate: -1},
		"LedgerSet":          {LedgerSet: strings.Repeat("x", 256)},
		"no earlier runs":    {ResendUnknown: true},
		"both Regions are":   {EndpointID: "same"},
		"no Clients.Send":    {EndpointID: "none"},
	} {
		w := newMailWorld(awstest.New(t))
		secondary := w.secondary
		switch opts.EndpointID {
		case "same":
			secondary = w.primary
		case "none":
			secondary = ses.Clients{}
		}
		_, err := ses.NewSender(t.Context(), w.primary, secondary, opts)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "ses: sender: ") || w.cloud.Count() != 0 {
			t.Errorf("want %q: %v, %d calls", want, err, w.cloud.Count())
		}
	}
}

// TestEndpointName has endpoints that cannot be used.
func TestEndpointName(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	w.home.MakeEndpoint("failed", mailAway, sestypes.StatusFailed)
	w.home.MakeEndpoint("elsewhere", "us-east-1", sestypes.StatusReady)
	for name, want := range map[string]string{"none": "does not exist", "failed": "is FAILED", "elsewhere": "routes to us-east-1"} {
		if _, err := ses.NewSender(t.Context(), w.primary, w.secondary, ses.SenderOptions{EndpointName: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lostAnswer and others are what a client of net/http says. In the Cloud, which replaces it,
// only the text and the types of an error tell.
var (
	lostAnswer  = &smithyhttp.RequestSendError{Err: &net.OpError{Op: "read", Err: io.ErrUnexpectedEOF}}
	resetBefore = &smithyhttp.RequestSendError{Err: &net.OpError{Op: "write", Err: syscall.ECONNRESET}}
	dialRefused = &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	noSuchHost  = &smithyhttp.RequestSendError{Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	timeOut     = &smithyhttp.RequestSendError{Err: context.DeadlineExceeded}
)

// TestSendFailures is the table of what may happen to a call, and what is made of it. Nothing is
// ever sent twice.
func TestSendFailures(t *testing.T) {
	daily := awstest.Status(429, &sestypes.TooManyRequestsException{Message: aws.String("Daily message quota exceeded.")})
	for name, test := range map[string]struct {
		err     error
		applied bool // SES takes the mail all the same
		status  ses.MailStatus
		retried bool
	}{
		"429":                    {awstest.Status(429, &sestypes.TooManyRequestsException{}), false, ses.MailThrottled, true},
		"429 without a code":     {awstest.Error(429, "", ""), false, ses.MailThrottled, true},
		"400 Throttling":         {awstest.Error(400, "ThrottlingException", "Maximum sending rate exceeded"), false, ses.MailThrottled, true},
		"daily quota":            {daily, false, ses.MailThrottled, false},
		"dial refused":           {dialRefused, false, ses.MailNotSent, true},
		"no such host":           {noSuchHost, false, ses.MailNotSent, true},
		"reset before write":     {resetBefore, false, ses.MailUnknown, false},
		"reset after write":      {lostAnswer, true, ses.MailUnknown, false},
		"time-out":               {timeOut, true, ses.MailUnknown, false},
		"500":                    {awstest.Error(500, "InternalServiceErrorException", ""), false, ses.MailUnknown, false},
		"500, taken":             {awstest.Error(500, "InternalFailure", ""), true, ses.MailUnknown, false},
		"503":                    {awstest.Error(503, "ServiceUnavailable", ""), true, ses.MailUnknown, false},
		"503 Throttling":         {awstest.Error(503, "Throttling", ""), false, ses.MailUnknown, false},
		"408":                    {awstest.Error(408, "RequestTimeout", ""), true, ses.MailUnknown, false},
		"307":                    {awstest.Error(307, "", ""), false, ses.MailUnknown, false},
		"an answer not readable": {awstest.Status(200, errors.New("deserialization failed")), true, ses.MailUnknown, false},
		"anything else":          {errors.New("what?"), true, ses.MailUnknown, false},
		"403":                    {awstest.Denied(), false, ses.MailNotSent, false},
		"400 rejected":           {awstest.Status(400, &sestypes.MessageRejected{}), false, ses.MailRefused, false},
		"400 limit exceeded":     {awstest.Status(400, &sestypes.LimitExceededException{}), false, ses.MailRefused, false},
		"403 signature too old":  {awstest.Error(403, "RequestExpired", ""), false, ses.MailNotSent, false},
		"404 without a code":     {awstest.Error(404, "", ""), false, ses.MailRefused, false},
		"409 ConflictException":  {awstest.Error(409, "ConflictException", ""), false, ses.MailRefused, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, times := range []int{1, 0} { // once, and always
					w := newMailWorld(awstest.New(t))
					s := w.sender(t, ses.SenderOptions{Attempts: 4})
					w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Err: test.err, Applied: test.applied, Times: times})
					r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
					want, sends := test.status, 1
					switch {
					case test.retried && times == 1:
						want, sends = ses.MailSent, 2
					case test.retried && test.status == ses.MailNotSent:
						sends = 3
					case test.retried:
						sends = 4
					}
					if r.Status != want || (err == nil) != (want == ses.MailSent) || w.sends() != sends || r.Recipients[0].Status != want {
						t.Errorf("%d times: %s, %v after %d calls; want %s after %d", times, r.Status, err, w.sends(), want, sends)
					}
					if err != nil && (!strings.HasPrefix(err.Error(), `ses: send: mail "1": `+string(want)+": ") || r.Err == nil) {
						t.Errorf("error: %v", err)
					}
					taken := 0
					if want == ses.MailSent || test.applied {
						taken = 1
					}
					if n := w.sentTo()["bob@example.org"]; n != taken {
						t.Errorf("sent %d times", n)
					}
				}
			})
		})
	}
}

// TestClientWithoutOptions has a client that takes no options of a call: what is certain is
// told by its errors alone.
func TestClientWithoutOptions(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	for err, want := range map[error]ses.MailStatus{
		errors.New("lost"): ses.MailUnknown, lostAnswer: ses.MailUnknown, dialRefused: ses.MailNotSent,
		awstest.Throttled(): ses.MailThrottled, awstest.Denied(): ses.MailNotSent, awstest.Error(400, "MessageRejected", ""): ses.MailRefused,
	} {
		primary := w.primary
		primary.Send = failing{w.primary.Send, err}
		s, newErr := ses.NewSender(t.Context(), primary, w.secondary, ses.SenderOptions{})
		if newErr != nil {
			t.Fatal(newErr)
		}
		if r, _ := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != want {
			t.Errorf("%v: %s, want %s", err, r.Status, want)
		}
	}
}

// TestNoCredentials has a mail for which no request is made.
func TestNoCredentials(t *testing.T) {
	cloud := awstest.New(t)
	w := newMailWorld(cloud)
	broken := false
	cfg := cloud.Config(mailHome, mailAccount)
	good := cfg.Credentials
	cfg.Credentials = aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if broken {
			return aws.Credentials{}, errors.New("no credentials today")
		}
		return good.Retrieve(ctx)
	})
	s, err := ses.NewSender(t.Context(), ses.NewClients(cfg), w.secondary, ses.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	broken = true
	r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
	if r.Status != ses.MailNotSent || !strings.Contains(fmt.Sprint(err), "no credentials today") || w.sends() != 0 {
		t.Errorf("got %s, %v", r.Status, err)
	}
}

// TestSendCancelled has contexts that end before the call, in it and between two attempts.
func TestSendCancelled(t *testing.T) {
	why := errors.New("enough")
	t.Run("before", func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		s := w.sender(t, ses.SenderOptions{})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if r, err := s.Send(ctx, simpleMail("1", "bob@example.org")); r.Status != ses.MailNotSent || !errors.Is(err, why) || w.sends() != 0 {
			t.Errorf("got %s, %v", r.Status, err)
		}
	})
	for name, test := range map[string]struct {
		fault awstest.Fault
		want  ses.MailStatus
	}{
		"in the call":      {awstest.Fault{Latency: time.Hour}, ses.MailUnknown},
		"between attempts": {awstest.Fault{Err: awstest.Throttled()}, ses.MailThrottled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newMailWorld(awstest.New(t))
				ledger := state.NewMemory()
				s := w.sender(t, ses.SenderOptions{Ledger: ledger, Attempts: 1000})
				test.fault.Operation = "SESv2.SendEmail"
				w.cloud.Inject(test.fault)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Minute, func() { cancel(why) })
				r, err := s.Send(ctx, simpleMail("1", "bob@example.org"))
				if r.Status != test.want || !errors.Is(err, why) {
					t.Errorf("got %s, %v", r.Status, err)
				}
				for entry, err := range ses.LedgerEntries(t.Context(), ledger, "") { // is written although ctx has ended
					if err != nil || entry.Status != test.want || entry.ID != "1" {
						t.Errorf("ledger: %+v, %v", entry, err)
					}
				}
			})
		})
	}
}

// TestInputIsPassedOn has all that a mail may have reach SES as it was given.
func TestInputIsPassedOn(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	var got *sesv2.SendEmailInput
	awstest.Handle(w.cloud, func(_ context.Context, in *sesv2.SendEmailInput) (*sesv2.SendEmailOutput, error) {
		got = in
		return &sesv2.SendEmailOutput{MessageId: aws.String("m")}, nil
	})
	simple := simpleMail("", "Bob <bob@example.org>").Input.Content.Simple
	simple.Attachments = []sestypes.Attachment{{FileName: aws.String("a.pdf"), RawContent: []byte("%PDF"), ContentType: aws.String("application/pdf")}}
	simple.Headers = []sestypes.MessageHeader{{Name: aws.String("X-A"), Value: aws.String("b")}}
	for name, content := range map[string]*sestypes.EmailContent{
		"simple":   {Simple: simple},
		"template": {Template: &sestypes.Template{TemplateName: aws.String("t"), TemplateData: aws.String(`{}`)}},
		"raw":      {Raw: &sestypes.RawMessage{Data: []byte("From: ann@example.com\r\nBcc: eve@example.org\r\n\r\nHello\x00\xff")}},
	} {
		m := ses.Mail{Input: sesv2.SendEmailInput{
			Content:                        content,
			FromEmailAddress:               aws.String("ann@example.com"),
			Destination:                    &sestypes.Destination{ToAddresses: []string{"Bob <bob@example.org>"}, BccAddresses: []string{"cid@example.org"}},
			ReplyToAddresses:               []string{"re@example.com"},
			FeedbackForwardingEmailAddress: aws.String("bounce@example.com"),
			FromEmailAddressIdentityArn:    aws.String("arn:aws:ses:eu-west-1:123456789012:identity/example.com"),
			ConfigurationSetName:           aws.String("set"),
			TenantName:                     aws.String("tenant"),
			EmailTags:                      []sestypes.MessageTag{{Name: aws.String("a"), Value: aws.String("b")}},
			ListManagementOptions:          &sestypes.ListManagementOptions{ContactListName: aws.String("list"), TopicName: aws.String("topic")},
			ConfigurationOverrides:         &sestypes.ConfigurationOverrides{Tracking: &sestypes.TrackingConfigurationOverrides{}},
		}}
		if _, err := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint}).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		want := m.Input
		want.EndpointId = &w.endpoint
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: got %+v, want %+v", name, *got, want)
		}
	}
}
