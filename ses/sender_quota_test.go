package ses_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// TestSendRate has mails of several sizes sent as fast as the Sender allows. SES throttles none
// and takes almost as many as the rate allows.
func TestSendRate(t *testing.T) {
	for _, test := range []struct {
		rate, share float64
		recipients  int
		want        float64 // recipients in a second, of 96 %
	}{
		{14, 0, 1, 14}, {14, 0, 50, 14}, {200, 0, 3, 200}, {14, 0.5, 1, 7}, {1, 0, 2, 1},
	} {
		t.Run(fmt.Sprintf("%v, share %v, %d recipients", test.rate, test.share, test.recipients), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newMailWorld(awstest.New(t))
				w.home.SetQuota(-1, test.rate, 0)
				s := w.sender(t, ses.SenderOptions{Share: test.share})
				m := simpleMail("", manyAddresses(test.recipients)...)
				began, mails := time.Now(), int(test.want*60)/test.recipients
				var wg sync.WaitGroup
				for range mails {
					wg.Go(func() {
						if r, err := s.Send(t.Context(), m); err != nil {
							t.Errorf("%+v, %v", r, err)
						}
					})
				}
				wg.Wait()
				if w.sends() != mails {
					t.Errorf("%d attempts for %d mails", w.sends(), mails)
				}
				// The last mail is sent when those before it have had their time.
				got := float64((mails-1)*test.recipients) / time.Since(began).Seconds()
				if got > test.want || got < 0.95*test.want {
					t.Errorf("%.2f recipients in a second, want 96 %% of %v", got, test.want)
				}
			})
		})
	}
}

func manyAddresses(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("to%d@example.org", i))
	}
	return all
}

// TestRateOfBothRegions has the smaller of two rates, which is read again when it changes.
func TestRateOfBothRegions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		w.home.SetQuota(1000, 100, 10)
		w.away.SetQuota(-1, 40, 0)
		s := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint, Share: 0.5})
		q := s.Quota()
		if q.Rate != 20 || q.Left() != 990 || len(q.Regions) != 2 || q.Regions[0].Region != mailHome || !q.Regions[1].Production || q.Err != nil {
			t.Errorf("got %+v", q)
		}
		if !math.IsInf(q.Regions[1].Left(), 1) {
			t.Errorf("left in the secondary: %v", q.Regions[1].Left())
		}
		w.away.SetQuota(500, 200, 0)
		calls := w.cloud.Count()
		time.Sleep(4 * time.Minute)
		s.Send(t.Context(), simpleMail("", "bob@example.org"))
		if s.Quota().Rate != 20 || w.cloud.Count() != calls+1 {
			t.Errorf("after 4 minutes %+v", s.Quota())
		}
		time.Sleep(time.Minute)
		s.Send(t.Context(), simpleMail("", "bob@example.org"))
		if q := s.Quota(); q.Rate != 50 || q.Left() != 499 || w.cloud.Count() != calls+4 {
			t.Errorf("after 5 minutes %+v", q)
		}
		if sent := s.Quota().Regions[0].SentLast24Hours + s.Quota().Regions[1].SentLast24Hours; sent != 11 {
			t.Errorf("sent %v", sent)
		}
	})
}

// TestQuotaUnread has quotas that cannot be read, at first and later.
func TestQuotaUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.GetAccount", Region: mailAway, Err: awstest.Denied()})
		if _, err := ses.NewSender(t.Context(), w.primary, w.secondary, ses.SenderOptions{EndpointID: w.endpoint}); err == nil {
			t.Error("a sender that does not know its rate")
		}
		s := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint, Rate: 30})
		if q := s.Quota(); q.Rate != 30 || q.Err == nil || q.Left() != 100_000 {
			t.Errorf("got %+v", q)
		}
		w.cloud.ClearFaults()
		s = w.sender(t, ses.SenderOptions{Rate: 300})
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.GetAccount", Err: awstest.Denied()})
		time.Sleep(5 * time.Minute)
		if _, err := s.Send(t.Context(), simpleMail("", "bob@example.org")); err != nil {
			t.Error(err)
		}
		if q := s.Quota(); q.Err == nil || q.Rate != 300 || q.Regions[0].MaxSendRate != 500 {
			t.Errorf("then %+v", q)
		}
		w.cloud.ClearFaults()
		time.Sleep(5 * time.Minute)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		s.Send(ended, simpleMail("", "bob@example.org")) // cannot read them
		if _, err := s.Send(t.Context(), simpleMail("", "bob@example.org")); err != nil || s.Quota().Err != nil {
			t.Errorf("then %+v, %v", s.Quota(), err)
		}
	})
}

// TestStartWithOneRegion starts a Sender while a Region is gone: it sends at the rate of the
// other, or not at all if there is none.
func TestStartWithOneRegion(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"does not answer": {Err: awstest.Error(500, "InternalFailure", "down"), Latency: time.Hour},
		"answers 503":     {Err: awstest.Error(503, "ServiceUnavailable", "down")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newMailWorld(awstest.New(t))
				fault.Operation, fault.Region = "SESv2.GetAccount", mailHome
				w.cloud.Inject(fault)
				begin := time.Now()
				s := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint})
				if q := s.Quota(); q.Rate != 500 || q.Err == nil || time.Since(begin) > time.Minute {
					t.Errorf("after %v: %+v", time.Since(begin), q)
				}
				fault.Region = mailAway
				w.cloud.Inject(fault)
				if _, err := ses.NewSender(t.Context(), w.primary, w.secondary, ses.SenderOptions{EndpointID: w.endpoint}); err == nil {
					t.Error("a sender that knows no rate")
				}
			})
		})
	}
}

// TestThrottledRate has a rate that others use up, too: the Sender slows down and none of its
// mails is lost.
func TestThrottledRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		w.home.SetQuota(-1, 50, 0)
		s := w.sender(t, ses.SenderOptions{})
		w.home.SetQuota(-1, 20, 0) // what others leave
		var wg sync.WaitGroup
		for i := range 600 {
			wg.Go(func() {
				if r, err := s.Send(t.Context(), simpleMail("", fmt.Sprintf("to%d@example.org", i))); err != nil {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		wg.Wait()
		if sends := w.sends(); len(w.Mails()) != 600 || len(w.twice()) > 0 || sends > 700 {
			t.Errorf("%d mails in %d attempts, twice to %v", len(w.Mails()), sends, w.twice())
		}
	})
}

// TestNoRate has an account that may not send at all.
func TestNoRate(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	w.home.SetQuota(0, 0, 0)
	if r, err := w.sender(t, ses.SenderOptions{}).Send(t.Context(), simpleMail("", "bob@example.org")); r.Status != ses.MailNotSent || err == nil {
		t.Errorf("%+v, %v", r, err)
	}
}
