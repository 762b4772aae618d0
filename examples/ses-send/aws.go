package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

// sendFile sends a mail to each line of the file, or tells what it would send.
func (s *settings) sendFile(ctx context.Context, stdout io.Writer) error {
	f, err := os.Open(s.file)
	if err != nil {
		return err
	}
	defer f.Close()
	mails, err := s.mail.read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	if s.send {
		store, err := state.OpenFile(s.ledger)
		if err != nil {
			return err
		}
		defer store.Close()
		s.opts.Ledger = store
	}
	sender, err := s.newSender(ctx)
	if err != nil {
		return err
	}
	showQuota(stdout, sender.Quota(), len(mails))
	if !s.send {
		fmt.Fprintln(stdout, "Nothing was sent: that takes -send.")
		return nil
	}
	b := newBatch(sendAll(ctx, sender, mails, 16))
	b.show(stdout)
	return b.err()
}

func (s *settings) newSender(ctx context.Context) (*ses.Sender, error) {
	primary, err := s.connect(ctx, "")
	if err != nil {
		return nil, err
	}
	var secondary ses.Clients
	if s.secondary != "" {
		if secondary, err = s.connect(ctx, s.secondary); err != nil {
			return nil, err
		}
	}
	if s.suppressed {
		if s.opts.Suppressed, err = ses.NewSuppressedSet(ctx, primary, secondary, ses.SuppressedSetOptions{}); err != nil {
			return nil, err
		}
	}
	opts := s.opts
	if opts.Ledger == nil { // without -send there is none to look into
		opts.ResendUnknown = false
	}
	return ses.NewSender(ctx, primary, secondary, opts)
}

// showQuota tells how long it takes at least, and whether the quotas suffice.
func showQuota(w io.Writer, q ses.SenderQuota, mails int) {
	for _, r := range q.Regions {
		limit := "any number"
		if r.Max24HourSend >= 0 {
			limit = fmt.Sprintf("%.0f of %.0f", r.Left(), r.Max24HourSend)
		}
		fmt.Fprintf(w, "%s takes %s more in these 24 hours, and %v in a second\n", r.Region, limit, r.MaxSendRate)
	}
	took := time.Duration(float64(mails) / (q.Rate * 0.96) * float64(time.Second))
	fmt.Fprintf(w, "%d mails at %v in a second: about %v\n", mails, q.Rate, took.Round(time.Second))
	if left := q.Left(); left < float64(mails) {
		fmt.Fprintf(w, "If one Region has to carry them all, the last %.0f will not go out today.\n", float64(mails)-left)
	}
}

func (s *settings) showPermissions(w io.Writer) {
	opts := s.opts
	if s.mail.template != "" {
		opts.Templates = []string{s.mail.template}
	}
	primary, secondary := ses.SenderPermissions(opts)
	if s.suppressed {
		lists := ses.SuppressedSetPermissions(ses.SuppressedSetOptions{}).Apply
		primary.Apply, secondary.Apply = append(primary.Apply, lists...), append(secondary.Apply, lists...)
	}
	fmt.Fprintf(w, "In the primary Region:\n%s", primary.Apply.Document(awspatterns.Target{}))
	if s.secondary != "" {
		fmt.Fprintf(w, "In %s:\n%s", s.secondary, secondary.Apply.Document(awspatterns.Target{Region: s.secondary}))
	}
}
