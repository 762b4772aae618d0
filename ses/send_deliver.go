package ses

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A mailOperation is one of those that send.
type mailOperation struct {
	// turn waits until a call to so many recipients may be made.
	turn func(ctx context.Context, recipients int) error

	// call makes a call, and returns an answer for each letter or the error of all.
	call func(context.Context, mailRoute, []*letter, func(*sesv2.Options)) ([]mailAnswer, error)
}

// A mailAnswer is what SES says of a letter.
type mailAnswer struct {
	verdict   verdict
	again     bool // SES says of this one alone that it was not sent and may be tried again
	messageID string
	err       error
}

func (s *Sender) mailTurn(ctx context.Context, recipients int) error {
	return s.rate.wait(ctx, recipients)
}

// deliver brings letters to SES that go in one call, and settles all of them. The ledger has
// them as being sent only when their turn has come, so that waiting leaves no trace.
func (s *Sender) deliver(ctx context.Context, letters []*letter, op mailOperation) {
	if len(letters) == 0 {
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		s.ledger.unasked(letters, context.Cause(ctx))
		leave(letters, "before it was sent", context.Cause(ctx))
		return
	}
	s.refresh(ctx)
	left := s.ledger.look(ctx, letters)
	for _, m := range left {
		m.suppress(s.opts.Suppressed)
	}
	if left = unsettled(left); len(left) == 0 {
		return
	}
	if err := op.turn(ctx, recipientsOf(left)); err != nil {
		leave(left, "waiting for its turn", err)
		return
	}
	left = s.ledger.claim(ctx, left)
	s.transmit(ctx, left, op)
	s.ledger.keep(ctx, left)
}

func settledOf(letters []*letter) (all []*letter) {
	for _, m := range letters {
		if m.settled {
			all = append(all, m)
		}
	}
	return all
}

// leave settles letters that were not sent.
func leave(letters []*letter, when string, err error) {
	for _, m := range letters {
		m.settle(MailNotSent, "", fmt.Errorf("%s: %w", when, err))
	}
}

// transmit calls SES until each letter is settled: those of which an answer says that they
// were not sent and may be tried again go in another call.
func (s *Sender) transmit(ctx context.Context, letters []*letter, op mailOperation) {
	for attempt := 1; len(letters) > 0; attempt++ {
		answers := s.call(ctx, letters, op)
		last := attempt >= s.opts.Attempts
		var again []*letter
		for i, m := range letters {
			if a := answers[i]; a.again && !last {
				m.lastErr = a.err
				again = append(again, m)
			} else {
				m.settle(a.verdict.status(), a.messageID, a.err)
			}
		}
		if len(again) == 0 {
			return
		}
		if len(again) < len(letters) { // what is known is kept before a wait
			s.ledger.keep(ctx, settledOf(letters))
		}
		letters = again
		s.rate.throttled()
		if err := s.pause(ctx, attempt, again, op); err != nil {
			for _, m := range again {
				m.settle(MailThrottled, "", errors.Join(m.lastErr, err))
			}
			return
		}
	}
}

// pause waits before another call for letters that were throttled.
func (s *Sender) pause(ctx context.Context, attempt int, letters []*letter, op mailOperation) error {
	delay, err := sendBackoff.BackoffDelay(attempt, nil)
	if err != nil {
		return err
	}
	if err := pace.Sleep(ctx, delay); err != nil {
		return err
	}
	return op.turn(ctx, recipientsOf(letters))
}

// status returns what a verdict means for the mail.
func (v verdict) status() MailStatus {
	switch v {
	case accepted:
		return MailSent
	case refused:
		return MailRefused
	case throttled, overQuota:
		return MailThrottled
	case notMade, notOpened:
		return MailNotSent
	}
	return MailUnknown
}

// call makes one call, by the routes in turn as long as none opens a connection.
func (s *Sender) call(ctx context.Context, letters []*letter, op mailOperation) (answers []mailAnswer) {
	recipients := recipientsOf(letters)
	for _, route := range s.routes {
		call := &sendCall{
			wait:      func(ctx context.Context) error { return op.turn(ctx, recipients) },
			throttled: s.rate.throttled,
			attempts:  s.opts.Attempts,
			opens:     maxOpens,
		}
		got, err := op.call(ctx, route, letters, call.options)
		for _, m := range letters {
			m.result.Via = route.name
		}
		verdict := call.verdict(err)
		answers = answersFor(len(letters), got, verdict, reason.Cause(ctx, err))
		if verdict != notOpened || ctx.Err() != nil {
			break
		}
	}
	return answers
}

// maxOpens is how often a connection is tried by each route.
const maxOpens = 3

// answersFor returns an answer for each of n letters.
func answersFor(n int, got []mailAnswer, v verdict, err error) []mailAnswer {
	if err == nil && len(got) == n {
		return got
	}
	if err == nil {
		v, err = unknown, fmt.Errorf("SES answered for %d of %d mails", len(got), n)
	}
	all := make([]mailAnswer, n)
	for i := range all {
		all[i] = mailAnswer{verdict: v, err: err}
	}
	return all
}
