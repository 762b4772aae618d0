package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

// A Mail is one message to up to 50 recipients.
type Mail struct {
	// ID is the caller's name for the mail, unique in the ledger, such as "invoice-4711". It
	// is needed with a ledger only, and up to 1,024 bytes long.
	ID string

	// Input is the mail as SES has it, with content of any kind: Simple, Template, or Raw for
	// a ready MIME message. EndpointId is the Sender's to set. The recipients of a ready
	// message are those of its header, unless Destination names them.
	Input sesv2.SendEmailInput
}

// A MailStatus is what became of a mail, or of a recipient of it.
type MailStatus string

// What becomes of mails. Only of those that are MailUnknown it is not certain whether they
// were sent.
const (
	MailSent       MailStatus = "sent"       // SES has taken it
	MailSuppressed MailStatus = "suppressed" // not sent: the address is in SenderOptions.Suppressed
	MailRefused    MailStatus = "refused"    // not sent: SES refuses it, or the Sender
	MailThrottled  MailStatus = "throttled"  // not sent: SES said until the last attempt that it is too much
	MailNotSent    MailStatus = "not sent"   // not sent: no connection, credentials, permission or writable ledger, or ctx ended before
	MailUnknown    MailStatus = "unknown"    // SES may have taken it, now or in an earlier run; it is not sent again
)

// A SendResult is what became of a mail.
type SendResult struct {
	ID         string
	Status     MailStatus // of those recipients that are not suppressed, if there are any
	MessageID  string     // that SES has given it
	Via        string     // "endpoint ID", or the Region, that it went through
	Earlier    bool       // the ledger knew it from an earlier run; nothing was sent now
	Err        error      // why it is not sent
	Unkept     error      // why the outcome is not in the ledger
	Recipients []RecipientResult
}

// A RecipientResult is what became of a mail for one of its recipients.
type RecipientResult struct {
	Address string // without a name
	Status  MailStatus
}

// error returns what is to report, if anything.
func (r SendResult) error() error {
	err := cmp.Or(r.Err, r.Unkept)
	if err == nil {
		return nil
	}
	name := "a mail"
	if r.ID != "" {
		name = fmt.Sprintf("mail %q", r.ID)
	}
	return fmt.Errorf("%s: %s: %w", name, r.Status, err)
}

// Send sends a mail. It returns when SES has answered, or when it is certain that the mail
// is not sent, and waits for the rate. The error is that of the result, which is there in
// any case: of a mail that is neither sent nor suppressed, or of a ledger that does not know
// of it.
//
// When ctx ends, a mail whose request was begun is MailUnknown.
//
// IAM actions: SenderPermissions.
func (s *Sender) Send(ctx context.Context, m Mail) (SendResult, error) {
	in := m.Input // the caller's stays as it is
	to, err := checkMail(&in)
	if err == nil {
		err = s.ledger.checkMailIDs([]string{m.ID})
	}
	l := newLetter(m.ID, aws.ToString(in.FromEmailAddress), to)
	if err != nil {
		l.settle(MailRefused, "", err)
	}
	s.deliver(ctx, unsettled([]*letter{l}), mailOperation{turn: s.mailTurn, call: func(ctx context.Context, route mailRoute, letters []*letter, options func(*sesv2.Options)) ([]mailAnswer, error) {
		in.EndpointId, in.Destination = route.endpoint, letters[0].to.destination()
		out, err := route.send.SendEmail(ctx, &in, options)
		if err != nil {
			return nil, err
		}
		if aws.ToString(out.MessageId) == "" {
			return []mailAnswer{{verdict: unknown, err: errors.New("SES, or what answered for it, names no message")}}, nil
		}
		return []mailAnswer{{verdict: accepted, messageID: aws.ToString(out.MessageId)}}, nil
	}})
	if err := l.result.error(); err != nil {
		return *l.result, fmt.Errorf("ses: send: %w", err)
	}
	return *l.result, nil
}
