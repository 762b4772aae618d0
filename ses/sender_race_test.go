package ses_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

// TestSenderAtOnce has many goroutines use one Sender, with a ledger, throttles, lost answers
// and contexts that end.
func TestSenderAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.Latency, cloud.Seed = 20*time.Microsecond, 7
		w := newMailWorld(cloud)
		set, err := ses.SuppressedSetOf(addresses("to7@example.org"))
		if err != nil {
			t.Fatal(err)
		}
		s := w.sender(t, ses.SenderOptions{Ledger: state.NewMemory(), Suppressed: set, Concurrency: 20, RefreshEvery: time.Second})
		cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Skip: 30, Times: 40, Err: awstest.Throttled()})
		cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Skip: 60, Times: 5, Err: lostAnswer, Applied: true})
		var mu sync.Mutex
		got := map[ses.MailStatus]int{}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				ctx := t.Context()
				if i%20 == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*time.Millisecond)
					defer cancel()
				}
				r, _ := s.Send(ctx, simpleMail(fmt.Sprint(i), fmt.Sprintf("to%d@example.org", i)))
				s.Quota()
				mu.Lock()
				defer mu.Unlock()
				got[r.Status]++
			})
		}
		wg.Wait()
		sent := len(w.Mails())
		if len(w.twice()) > 0 || got[ses.MailSent] > sent || got[ses.MailSent]+got[ses.MailUnknown] < sent || got[ses.MailSuppressed] != 1 || got[ses.MailRefused] != 0 {
			t.Errorf("SES took %d, twice to %v; told %v", sent, w.twice(), got)
		}
		if got[ses.MailUnknown] < 5 || got[ses.MailSent] < 150 {
			t.Errorf("told %v", got)
		}
	})
}

// TestConcurrency has no more calls on their way than are allowed, of several Sends and a bulk.
func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		var mu sync.Mutex
		now, most := 0, 0
		call := func() {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(3 * time.Second)
			mu.Lock()
			now--
			mu.Unlock()
		}
		awstest.Handle(w.cloud, func(context.Context, *sesv2.SendEmailInput) (*sesv2.SendEmailOutput, error) {
			call()
			return &sesv2.SendEmailOutput{MessageId: aws.String("m")}, nil
		})
		awstest.Handle(w.cloud, func(context.Context, *sesv2.SendBulkEmailInput) (*sesv2.SendBulkEmailOutput, error) {
			call()
			return nil, awstest.Denied()
		})
		s := w.sender(t, ses.SenderOptions{Concurrency: 3, BulkCalls: 10})
		var wg sync.WaitGroup
		wg.Go(func() { s.SendBulk(t.Context(), bulkMail(500)) })
		for range 20 {
			wg.Go(func() { s.Send(t.Context(), simpleMail("", "bob@example.org")) })
		}
		wg.Wait()
		if most != 3 || w.sends() != 30 {
			t.Errorf("%d calls at a time, %d in all", most, w.sends())
		}
	})
}

// BenchmarkSend is what a Sender takes beside what the SDK takes, in a Cloud without latency.
func BenchmarkSend(b *testing.B) {
	cloud := awstest.New(b)
	cloud.Latency, cloud.MaxCalls, cloud.LogLimit = 0, 1<<40, -1
	w := newMailWorld(cloud)
	awstest.Handle(cloud, func(context.Context, *sesv2.SendEmailInput) (*sesv2.SendEmailOutput, error) {
		return &sesv2.SendEmailOutput{MessageId: aws.String("m")}, nil
	})
	w.home.SetQuota(-1, 1e12, 0)
	b.Run("sdk", func(b *testing.B) {
		m := simpleMail("", "bob@example.org")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.primary.Send.SendEmail(b.Context(), &m.Input); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, opts := range map[string]ses.SenderOptions{"sender": {}, "ledger": {Ledger: state.NewMemory()}} {
		s, err := ses.NewSender(b.Context(), w.primary, w.secondary, opts)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				if _, err := s.Send(b.Context(), simpleMail(fmt.Sprint(b.N, " ", n), "bob@example.org")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
