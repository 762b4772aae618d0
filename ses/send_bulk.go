package ses

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// A BulkMail is a template that is sent to many, each with values of its own.
type BulkMail struct {
	// Input is what the mails have in common. Its BulkEmailEntries are empty, and EndpointId
	// is the Sender's to set.
	Input sesv2.SendBulkEmailInput

	// Entries are the mails, any number. They go in calls of up to 50 recipients.
	Entries []BulkEntry
}

// A BulkEntry is one mail of many.
type BulkEntry struct {
	ID    string // as that of a Mail
	Entry sestypes.BulkEmailEntry
}

// A BulkResult is what became of the mails.
type BulkResult struct {
	Mails []SendResult // in the order of the entries
}

// Count returns how many recipients have a status.
func (r BulkResult) Count(status MailStatus) int {
	n := 0
	for _, m := range r.Mails {
		for _, one := range m.Recipients {
			if one.Status == status {
				n++
			}
		}
	}
	return n
}

// error tells of the first mail that there is something to report of, and of how many.
func (r BulkResult) error() error {
	var first error
	n := 0
	for _, m := range r.Mails {
		if err := m.error(); err != nil {
			if n++; first == nil {
				first = err
			}
		}
	}
	if n > 1 {
		first = fmt.Errorf("%d of %d mails, the first: %w", n, len(r.Mails), first)
	}
	return first
}

// SendBulk sends a template to many. Entries that are no good are refused alone; all others
// are sent, several calls at a time. The error is of those mails that are neither sent nor
// suppressed; the result is there in any case.
//
// SES allows one call of SendBulkEmail in a second, and so 50 recipients: where the sending
// rate is higher, Send is faster. See SenderOptions.BulkCalls.
//
// IAM actions: SenderPermissions.
func (s *Sender) SendBulk(ctx context.Context, m BulkMail) (BulkResult, error) {
	if err := s.checkBulk(m); err != nil {
		return BulkResult{}, fmt.Errorf("ses: send bulk: %w", err)
	}
	letters := bulkLetters(m)
	calls := bulkCalls(unsettled(letters), s.bulkSize())
	op := mailOperation{turn: s.bulkTurn, call: bulkCaller(m.Input)}
	parallel.ForEach(len(calls), s.opts.Concurrency, func(i int) { s.deliver(ctx, calls[i], op) })
	var result BulkResult
	for _, l := range letters {
		result.Mails = append(result.Mails, *l.result)
	}
	if err := result.error(); err != nil {
		return result, fmt.Errorf("ses: send bulk: %w", err)
	}
	return result, nil
}

// checkBulk refuses what is wrong with all mails.
func (s *Sender) checkBulk(m BulkMail) error {
	in := m.Input
	switch {
	case in.EndpointId != nil:
		return errors.New("the EndpointId is the Sender's to set")
	case len(in.BulkEmailEntries) > 0:
		return errors.New("there are BulkEmailEntries: put them into Entries")
	case len(m.Entries) == 0:
		return errors.New("no Entries")
	case in.DefaultContent == nil || in.DefaultContent.Template == nil:
		return errors.New("no Template as DefaultContent")
	}
	if err := checkMailTemplate(in.DefaultContent.Template); err != nil {
		return err
	}
	from := []*string{in.FromEmailAddress, in.FeedbackForwardingEmailAddress}
	if err := checkMailEnvelope(from, in.ReplyToAddresses, in.DefaultEmailTags, true); err != nil {
		return err
	}
	ids := make([]string, len(m.Entries))
	for i, e := range m.Entries {
		ids[i] = e.ID
	}
	return s.ledger.checkMailIDs(ids)
}

// bulkLetters returns a letter for each entry. Those that are no good are settled.
func bulkLetters(m BulkMail) []*letter {
	letters := make([]*letter, len(m.Entries))
	for i, e := range m.Entries {
		to, err := checkBulkEntry(e.Entry)
		l := newLetter(e.ID, aws.ToString(m.Input.FromEmailAddress), to)
		l.entry = e.Entry
		if err != nil {
			l.settle(MailRefused, "", err)
		}
		letters[i] = l
	}
	return letters
}

func checkBulkEntry(e sestypes.BulkEmailEntry) (mailing, error) {
	if r := e.ReplacementEmailContent; r != nil && r.ReplacementTemplate != nil {
		if err := checkTemplateData(r.ReplacementTemplate.ReplacementTemplateData); err != nil {
			return mailing{}, err
		}
	}
	if err := errors.Join(checkMailHeaders(e.ReplacementHeaders), checkMailTags(e.ReplacementTags)); err != nil {
		return mailing{}, err
	}
	return mailingOf(e.Destination)
}

// bulkSize returns how many recipients a call has at most: "the number of destinations you
// can contact in a single call may be limited by your account's maximum sending rate".
func (s *Sender) bulkSize() int {
	return int(max(1, min(maxMailRecipients, s.Quota().Rate)))
}

// bulkCalls puts letters together that go in one call. A letter with more recipients than
// that goes alone.
func bulkCalls(letters []*letter, size int) (calls [][]*letter) {
	n := 0
	for _, l := range letters {
		if n += l.to.count(); len(calls) == 0 || n > size {
			calls, n = append(calls, nil), l.to.count()
		}
		last := &calls[len(calls)-1]
		*last = append(*last, l)
	}
	return calls
}

func (s *Sender) bulkTurn(ctx context.Context, recipients int) error {
	if err := s.rate.wait(ctx, recipients); err != nil {
		return err
	}
	return s.bulk.Wait(ctx)
}

// bulkCaller returns what calls SendBulkEmail with in and some of the entries.
func bulkCaller(in sesv2.SendBulkEmailInput) func(context.Context, mailRoute, []*letter, func(*sesv2.Options)) ([]mailAnswer, error) {
	return func(ctx context.Context, route mailRoute, letters []*letter, options func(*sesv2.Options)) ([]mailAnswer, error) {
		in := in // calls are made at the same time
		in.EndpointId = route.endpoint
		for _, l := range letters {
			entry := l.entry
			entry.Destination = l.to.destination()
			in.BulkEmailEntries = append(in.BulkEmailEntries, entry)
		}
		out, err := route.send.SendBulkEmail(ctx, &in, options)
		if err != nil {
			return nil, err
		}
		var answers []mailAnswer
		for _, r := range out.BulkEmailEntryResults {
			answers = append(answers, bulkAnswer(r))
		}
		return answers, nil
	}
}

// bulkAnswer reads the result of an entry. Of all statuses but SUCCESS, AWS says that the
// error "prevented a message being sent" (BulkEmailEntryResult in the API reference). Only a
// throttle is tried again by the same run. One that we do not know says nothing.
func bulkAnswer(r sestypes.BulkEmailEntryResult) mailAnswer {
	a := mailAnswer{messageID: aws.ToString(r.MessageId)}
	if r.Status == sestypes.BulkEmailStatusSuccess {
		a.verdict = accepted
		return a
	}
	a.err = fmt.Errorf("%s: %s", r.Status, aws.ToString(r.Error))
	switch {
	case a.messageID != "" || !knownBulkStatus(r.Status):
		a.verdict = unknown
	case r.Status == sestypes.BulkEmailStatusAccountThrottled:
		a.verdict, a.again = throttled, true
	case r.Status == sestypes.BulkEmailStatusTransientFailure:
		a.verdict = notMade
	case r.Status == sestypes.BulkEmailStatusAccountDailyQuotaExceeded:
		a.verdict = overQuota
	default:
		a.verdict = refused
	}
	return a
}

// knownBulkStatus knows the statuses of the SDK, and those that only its text names.
func knownBulkStatus(status sestypes.BulkEmailStatus) bool {
	switch status {
	case "CONFIGURATION_SET_DOES_NOT_EXIST", "TEMPLATE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE":
		return true
	}
	return slices.Contains(status.Values(), status)
}
