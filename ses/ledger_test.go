package ses_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/localstore"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

// sendBatch sends two mails and a template to three, in two calls, and returns what became of
// each recipient. What was not begun because the process died is not in it.
func sendBatch(ctx context.Context, w *mailWorld, store state.Store, change func(*ses.SenderOptions)) map[string]ses.MailStatus {
	opts := ses.SenderOptions{Ledger: store, Concurrency: 1, Rate: 2.5} // two recipients a bulk call
	if change != nil {
		change(&opts)
	}
	s, err := ses.NewSender(ctx, w.primary, w.secondary, opts)
	if err != nil {
		return nil
	}
	got := map[string]ses.MailStatus{}
	note := func(r ses.SendResult) {
		for _, one := range r.Recipients {
			got[one.Address] = one.Status
		}
	}
	for _, id := range []string{"a", "b"} {
		r, _ := s.Send(ctx, simpleMail(id, id+"1@example.org", id+"2@example.org"))
		note(r)
	}
	bulk, _ := s.SendBulk(ctx, bulkMail(3))
	for _, r := range bulk.Mails {
		note(r)
	}
	return got
}

const batchRecipients = 7

// agree checks that what is said of each recipient is true, and returns how many are unknown.
func agree(t *testing.T, w *mailWorld, got map[string]ses.MailStatus, name string) int {
	t.Helper()
	if twice := w.twice(); len(twice) > 0 {
		t.Errorf("%s: sent twice to %v", name, twice)
	}
	if len(got) != batchRecipients {
		t.Errorf("%s: told of %d recipients", name, len(got))
	}
	sent, unknown := w.sentTo(), 0
	for to, status := range got {
		switch n := sent[to]; {
		case status == ses.MailUnknown:
			unknown++
		case status != ses.MailSent || n != 1:
			t.Errorf("%s: %s is %s, and SES took %d", name, to, status, n)
		}
	}
	return unknown
}

// batchCalls returns how many calls an undisturbed run makes.
func batchCalls(t *testing.T) (n int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		got := sendBatch(t.Context(), w, localstore.New(w.cloud), nil)
		if unknown := agree(t, w, got, "undisturbed"); unknown > 0 {
			t.Errorf("%d unknown", unknown)
		}
		n = w.cloud.Count()
	})
	return n
}

// crash has the process die at a call.
func (w *mailWorld) crash(at int, after bool) {
	if after {
		w.cloud.CrashAfter(at)
	} else {
		w.cloud.CrashBefore(at)
	}
}

// TestKilledAndRunAgain kills a run before and after each call. The run after that sends the
// rest and nothing twice, and of the one call that was on its way it does not know.
func TestKilledAndRunAgain(t *testing.T) {
	for k := 1; k <= batchCalls(t); k++ {
		for _, after := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				name := fmt.Sprintf("killed at call %d, after %v", k, after)
				w := newMailWorld(awstest.New(t))
				store := localstore.New(w.cloud)
				w.crash(k, after)
				sendBatch(t.Context(), w, store, nil)
				w.cloud.Recover()
				got := sendBatch(t.Context(), w, store, nil)
				if unknown := agree(t, w, got, name); unknown > 2 {
					t.Errorf("%s: %d unknown", name, unknown)
				}
				calls := w.sends()
				if again := sendBatch(t.Context(), w, store, nil); w.sends() != calls || agree(t, w, again, name) != agree(t, w, got, name) {
					t.Errorf("%s: a third run sent %d, and told %v", name, w.sends()-calls, again)
				}
			})
		}
	}
}

// TestKilledTwice kills the run after the first kill, too.
func TestKilledTwice(t *testing.T) {
	sweep(t)
	calls := batchCalls(t)
	for k := 1; k <= calls; k++ {
		for j := 1; j <= calls; j++ {
			synctest.Test(t, func(t *testing.T) {
				after := (k+j)%2 == 0
				w := newMailWorld(awstest.New(t))
				store := localstore.New(w.cloud)
				for _, at := range []int{k, j} {
					w.crash(at, after)
					sendBatch(t.Context(), w, store, nil)
					w.cloud.Recover()
				}
				agree(t, w, sendBatch(t.Context(), w, store, nil), fmt.Sprintf("killed at %d and %d, after %v", k, j, after))
			})
		}
	}
}

// TestEachCallFails has each call fail once while the process lives on: denied, with an
// outage, and with an effect whose answer is lost. What it tells is true, and so is what the
// next run tells.
func TestEachCallFails(t *testing.T) {
	sweep(t)
	lost := awstest.Fault{Err: lostAnswer, Applied: true}
	for k := range batchCalls(t) {
		for _, fault := range []awstest.Fault{{Err: awstest.Denied()}, {Err: awstest.Error(500, "", "")}, lost, {Err: awstest.Throttled()}} {
			synctest.Test(t, func(t *testing.T) {
				w := newMailWorld(awstest.New(t))
				store := localstore.New(w.cloud)
				fault.Skip, fault.Times = k, 1
				w.cloud.Inject(fault)
				first := sendBatch(t.Context(), w, store, nil)
				sent := w.sentTo()
				for to, status := range first {
					if status == ses.MailSent && sent[to] != 1 || status != ses.MailSent && status != ses.MailUnknown && sent[to] != 0 {
						t.Errorf("call %d, %v: %s is %s, and SES took %d", k, fault.Err, to, status, sent[to])
					}
				}
				again := sendBatch(t.Context(), w, store, func(o *ses.SenderOptions) { o.ResendRefused = true })
				agree(t, w, again, fmt.Sprintf("call %d, %v", k, fault.Err))
			})
		}
	}
}

// TestResendUnknown has an unknown mail sent again because the caller says so.
func TestResendUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newMailWorld(awstest.New(t)), state.NewMemory()
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Times: 1, Err: lostAnswer})
		for i, test := range []struct {
			resend bool
			want   ses.MailStatus
			cause  string
		}{
			{false, ses.MailUnknown, "unexpected EOF"},
			{false, ses.MailUnknown, "no outcome was known in an earlier run, 2000-01-01T00:00:0"},
			{true, ses.MailSent, "<nil>"},
			{true, ses.MailSent, "<nil>"},
		} {
			s := w.sender(t, ses.SenderOptions{Ledger: store, ResendUnknown: test.resend})
			r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
			if r.Status != test.want || !strings.Contains(fmt.Sprint(err), test.cause) || r.Earlier != (i == 1 || i == 3) {
				t.Errorf("run %d: %+v, %v", i, r, err)
			}
		}
		if n := w.sentTo()["bob@example.org"]; n != 1 {
			t.Errorf("sent %d", n)
		}
	})
}

// TestResendRefused has a mail sent again after what it was refused for has passed.
func TestResendRefused(t *testing.T) {
	w, store := newMailWorld(awstest.New(t)), state.NewMemory()
	w.home.ProductionAccess(false)
	for i, test := range []struct {
		opts ses.SenderOptions
		want ses.MailStatus
	}{{ses.SenderOptions{}, ses.MailRefused}, {ses.SenderOptions{}, ses.MailRefused}, {ses.SenderOptions{ResendRefused: true}, ses.MailSent}} {
		test.opts.Ledger = store
		r, err := w.sender(t, test.opts).Send(t.Context(), simpleMail("1", "bob@example.org"))
		if r.Status != test.want || (err == nil) != (r.Status == ses.MailSent) {
			t.Errorf("run %d: %+v, %v", i, r, err)
		}
		w.home.ProductionAccess(true)
	}
}

// TestOneLedgerTwoProcesses has several send the same mails at the same time.
func TestOneLedgerTwoProcesses(t *testing.T) {
	cloud := awstest.New(t)
	w, store := newMailWorld(cloud), state.NewMemory()
	const processes, mails = 4, 25
	var wg sync.WaitGroup
	var mu sync.Mutex
	sent := map[string]int{} // by ID: who say that they sent it
	for range processes {
		s := w.sender(t, ses.SenderOptions{Ledger: store})
		wg.Go(func() {
			for i := range mails {
				r, _ := s.Send(t.Context(), simpleMail(fmt.Sprint(i), fmt.Sprintf("to%d@example.org", i)))
				mu.Lock()
				if r.Status == ses.MailSent && !r.Earlier {
					sent[r.ID]++
				} else if r.Status != ses.MailSent && r.Status != ses.MailUnknown {
					t.Errorf("%+v", r)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if twice := w.twice(); len(twice) > 0 || len(w.Mails()) != mails {
		t.Errorf("%d mails, twice to %v", len(w.Mails()), twice)
	}
	for i := range mails {
		if sent[fmt.Sprint(i)] != 1 {
			t.Errorf("mail %d: %d say that they sent it", i, sent[fmt.Sprint(i)])
		}
	}
}

// TestLedgerRefusesIDs has mails whose IDs do not tell one from another.
func TestLedgerRefusesIDs(t *testing.T) {
	w, store := newMailWorld(awstest.New(t)), state.NewMemory()
	s := w.sender(t, ses.SenderOptions{Ledger: store})
	if _, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]ses.Mail{
		"none":            simpleMail("", "bob@example.org"),
		"too long":        simpleMail(strings.Repeat("x", 1025), "bob@example.org"),
		"another address": simpleMail("1", "cid@example.org"),
	} {
		if r, err := s.Send(t.Context(), m); r.Status != ses.MailRefused || !errors.Is(err, ses.ErrMailID) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if r, err := s.Send(t.Context(), simpleMail("1", "BOB@example.org")); err != nil || !r.Earlier {
		t.Errorf("another case: %+v, %v", r, err)
	}
	twice := bulkMail(2)
	twice.Entries[1].ID = "to0"
	if _, err := s.SendBulk(t.Context(), twice); !errors.Is(err, ses.ErrMailID) || len(w.Mails()) != 1 {
		t.Errorf("bulk: %v, %d mails", err, len(w.Mails()))
	}
}

// TestLedgerEntries has what is in a ledger, with something that is none of it.
func TestLedgerEntries(t *testing.T) {
	w, store := newMailWorld(awstest.New(t)), state.NewMemory()
	s := w.sender(t, ses.SenderOptions{Ledger: store, LedgerSet: "may"})
	s.Send(t.Context(), simpleMail("2", "bob@example.org"))
	bad := simpleMail("1", "bob@example.org")
	bad.Input.FromEmailAddress = new(string)
	*bad.Input.FromEmailAddress = "ann@example.net"
	s.Send(t.Context(), bad)
	var got []string
	for e, err := range ses.LedgerEntries(t.Context(), store, "may") {
		if err != nil || e.At.IsZero() || (e.Status == ses.MailSent) != (e.MessageID != "") || (e.Status == ses.MailRefused) != (e.Cause != "") {
			t.Errorf("%+v, %v", e, err)
		}
		got = append(got, e.ID+" "+string(e.Status))
	}
	if !slices.Equal(got, []string{"1 refused", "2 sent"}) {
		t.Errorf("got %v", got)
	}
	if err := store.Put(t.Context(), []state.Record{{Set: "may", Key: "0", Value: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range ses.LedgerEntries(t.Context(), store, "may") {
		if n++; err == nil || !strings.Contains(err.Error(), `ses: ledger: "0" is no entry of a ledger: it has no status`) {
			t.Error("an entry that is none")
		}
	}
	if r, err := s.Send(t.Context(), simpleMail("0", "bob@example.org")); n != 1 || r.Status != ses.MailUnknown || err == nil {
		t.Errorf("%d entries; %+v, %v", n, r, err)
	}
}

// TestUnkept has a ledger that fails when the outcome is known.
func TestUnkept(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	s := w.sender(t, ses.SenderOptions{Ledger: localstore.New(w.cloud)})
	w.cloud.Inject(awstest.Fault{Operation: "local.Put", Skip: 1, Times: 1, Err: errors.New("disk full")})
	r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
	if r.Status != ses.MailSent || r.Err != nil || r.Unkept == nil || !strings.Contains(fmt.Sprint(err), "disk full") {
		t.Errorf("%+v, %v", r, err)
	}
	if r, _ := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != ses.MailUnknown {
		t.Errorf("then %+v", r)
	}
}

// TestNotSentIsSentLater has mails that were certainly not sent: the next run sends them.
func TestNotSentIsSentLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for err, want := range map[error]ses.MailStatus{awstest.Throttled(): ses.MailThrottled, dialRefused: ses.MailNotSent} {
			w, store := newMailWorld(awstest.New(t)), state.NewMemory()
			hits := w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Err: err})
			s := w.sender(t, ses.SenderOptions{Ledger: store})
			if r, _ := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != want || hits() == 0 {
				t.Errorf("%+v", r)
			}
			w.cloud.ClearFaults()
			if r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); err != nil || r.Earlier || len(w.Mails()) != 1 {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}
