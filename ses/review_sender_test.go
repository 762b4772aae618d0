package ses_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/localstore"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

// TestUnknownStaysUnknown has a mail that SES took while its answer was lost. A run that may
// send it again does not get it through; that says nothing of the first one, and so a later run
// without the option does not send it.
func TestUnknownStaysUnknown(t *testing.T) {
	for name, fault := range map[string]error{"throttled": awstest.Throttled(), "no connection": dialRefused, "not let in": awstest.Denied(), "refused": awstest.Status(400, &sestypes.MessageRejected{})} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, store := newMailWorld(awstest.New(t)), state.NewMemory()
				send := func(opts ses.SenderOptions) ses.SendResult {
					opts.Ledger, opts.Attempts = store, 2
					r, _ := w.sender(t, opts).Send(t.Context(), simpleMail("1", "bob@example.org"))
					return r
				}
				w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Times: 1, Err: lostAnswer, Applied: true})
				send(ses.SenderOptions{})
				w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Err: fault})
				if r := send(ses.SenderOptions{ResendUnknown: true}); r.Status != ses.MailUnknown || r.Err == nil {
					t.Errorf("the second run: %+v", r)
				}
				w.cloud.ClearFaults()
				if r := send(ses.SenderOptions{ResendRefused: true}); r.Status != ses.MailUnknown || len(w.twice()) > 0 {
					t.Errorf("the third run: %+v, twice to %v", r, w.twice())
				}
			})
		})
	}
}

// TestUnknownNotBegun has a run that may send an unknown mail again, and ends before it does.
func TestUnknownNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newMailWorld(awstest.New(t)), state.NewMemory()
		w.home.SetQuota(-1, 1, 0)
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Times: 1, Err: lostAnswer, Applied: true})
		w.sender(t, ses.SenderOptions{Ledger: store}).Send(t.Context(), simpleMail("1", "bob@example.org"))
		s := w.sender(t, ses.SenderOptions{Ledger: store, ResendUnknown: true})
		s.Send(t.Context(), simpleMail("2", manyAddresses(40)...)) // takes the next 40 seconds
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if r, _ := s.Send(ctx, simpleMail("1", "bob@example.org")); r.Status != ses.MailUnknown {
			t.Errorf("%+v", r)
		}
	})
}

// TestResendUnknownOfAnother has another mail under the ID of one that is unknown.
func TestResendUnknownOfAnother(t *testing.T) {
	w, store := newMailWorld(awstest.New(t)), state.NewMemory()
	w.cloud.Inject(awstest.Fault{Operation: "SESv2.SendEmail", Times: 1, Err: lostAnswer})
	w.sender(t, ses.SenderOptions{Ledger: store}).Send(t.Context(), simpleMail("1", "bob@example.org"))
	s := w.sender(t, ses.SenderOptions{Ledger: store, ResendUnknown: true})
	if r, err := s.Send(t.Context(), simpleMail("1", "cid@example.org")); r.Status != ses.MailRefused || !errors.Is(err, ses.ErrMailID) || len(w.Mails()) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestLedgerUnreadable has a ledger that cannot be read, or not understood: nobody knows
// whether an earlier run sent the mail.
func TestLedgerUnreadable(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	store := localstore.New(w.cloud)
	s := w.sender(t, ses.SenderOptions{Ledger: store})
	s.Send(t.Context(), simpleMail("1", "bob@example.org"))
	w.cloud.Inject(awstest.Fault{Operation: "local.Get", Times: 1, Err: errors.New("no disk")})
	if r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != ses.MailUnknown || err == nil {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != ses.MailSent || !r.Earlier {
		t.Errorf("then %+v, %v", r, err)
	}
	for _, id := range []string{"\xff", ""} {
		m := simpleMail("2", "bob@example.org")
		m.ID = id
		if r, err := s.Send(t.Context(), m); r.Status != ses.MailRefused || !errors.Is(err, ses.ErrMailID) {
			t.Errorf("%q: %+v, %v", id, r, err)
		}
	}
}

// TestSuppressedAndLedger has addresses that are suppressed after a mail was sent, and others
// no longer. What an earlier run did stays what it was.
func TestSuppressedAndLedger(t *testing.T) {
	w, store := newMailWorld(awstest.New(t)), state.NewMemory()
	statuses := func(to ...string) (all []ses.MailStatus) {
		set, err := ses.SuppressedSetOf(addresses(to...))
		if err != nil {
			t.Fatal(err)
		}
		s := w.sender(t, ses.SenderOptions{Ledger: store, Suppressed: set})
		r, _ := s.Send(t.Context(), simpleMail("1", "ann@example.org", "bob@example.org", "cid@example.org"))
		for _, one := range r.Recipients {
			all = append(all, one.Status)
		}
		return append(all, r.Status)
	}
	want := []ses.MailStatus{ses.MailSuppressed, ses.MailSent, ses.MailSent, ses.MailSent}
	for i, to := range [][]string{{"ann@example.org"}, {"bob@example.org"}, {}, {"ann@example.org", "bob@example.org", "cid@example.org"}} {
		if got := statuses(to...); !slices.Equal(got, want) {
			t.Errorf("run %d: %v, want %v", i, got, want)
		}
	}
	if n := len(w.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// TestRefreshWhileARegionIsGone has the secondary gone: nothing in it answers. Mails with a
// deadline go out all the same; reading its quota takes none of them for long.
func TestRefreshWhileARegionIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		set, err := ses.NewSuppressedSet(t.Context(), w.primary, w.secondary, ses.SuppressedSetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s := w.sender(t, ses.SenderOptions{EndpointID: w.endpoint, Suppressed: set})
		time.Sleep(20 * time.Minute)
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.GetAccount", Region: mailAway, Latency: time.Hour})
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Region: mailAway, Latency: time.Hour})
		for i := range 4 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if r, err := s.Send(ctx, simpleMail("", "bob@example.org")); err != nil {
				t.Errorf("mail %d: %+v, %v", i, r, err)
			}
			cancel()
		}
		if q := s.Quota(); q.Err == nil || q.Rate != 500 {
			t.Errorf("%+v", q)
		}
		if _, err := set.Refreshed(); err == nil {
			t.Error("the lists are said to be read")
		}
		time.Sleep(20 * time.Minute)
		began := time.Now()
		if _, err := s.Send(t.Context(), simpleMail("", "bob@example.org")); err != nil || time.Since(began) > time.Minute {
			t.Errorf("without a deadline: %v after %v", err, time.Since(began))
		}
	})
}

// TestReloadDoesNotHoldMails has a mail sent while the suppression lists are read as a whole.
func TestReloadDoesNotHoldMails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		set, err := ses.NewSuppressedSet(t.Context(), w.primary, ses.Clients{}, ses.SuppressedSetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s := w.sender(t, ses.SenderOptions{Suppressed: set})
		time.Sleep(10 * time.Minute)
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Latency: 15 * time.Minute})
		done := make(chan error)
		go func() { done <- set.Reload(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		if r, err := s.Send(ctx, simpleMail("", "bob@example.org")); err != nil || time.Since(began) > 10*time.Second {
			t.Errorf("%+v, %v after %v", r, err, time.Since(began))
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestRateNextToNothing has rates so small that the time of a mail is more than a
// time.Duration holds.
func TestRateNextToNothing(t *testing.T) {
	for _, opts := range []ses.SenderOptions{{Rate: 1e-10}, {Share: 1e-13}, {Share: 5e-324}} {
		synctest.Test(t, func(t *testing.T) {
			w := newMailWorld(awstest.New(t))
			s := w.sender(t, opts)
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			defer cancel()
			for range 3 {
				s.Send(ctx, simpleMail("", "bob@example.org"))
			}
			for range 3 {
				s.SendBulk(ctx, bulkMail(1))
			}
			if n := len(w.Mails()); n > 1 {
				t.Errorf("rate %v, share %v: %d mails in a day", opts.Rate, opts.Share, n)
			}
		})
	}
}

// TestAnswerThatStops has a server that stops in the middle of its answer.
func TestAnswerThatStops(t *testing.T) {
	server := &wireServer{send: func(_ int, w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"MessageId":`)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}}
	at := httptest.NewServer(server)
	defer at.Close()
	client := ses.NewHTTPClient(ses.HTTPClientOptions{ResponseTimeout: 50 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := wireSender(t, at.URL, client, ses.SenderOptions{}).Send(ctx, simpleMail("1", "bob@example.org"))
	if r.Status != ses.MailUnknown || ctx.Err() != nil || server.count() != 1 {
		t.Errorf("%s after %d requests, %v, %v", r.Status, server.count(), err, ctx.Err())
	}
}

// TestIdempotencyKey has a client whose requests carry a header that net/http takes for a
// promise of the server: SES makes none, so that the request is not sent again.
func TestIdempotencyKey(t *testing.T) {
	server := &wireServer{send: func(nth int, w http.ResponseWriter, r *http.Request) {
		if nth > 1 {
			hangUp(nth, w, r)
			return
		}
		io.WriteString(w, `{"MessageId": "m"}`)
	}}
	at := httptest.NewServer(server)
	defer at.Close()
	cfg := aws.Config{Region: mailHome, Credentials: awstest.Credentials(mailAccount), BaseEndpoint: &at.URL}
	for _, header := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		cfg.APIOptions = append(cfg.APIOptions, smithyhttp.AddHeaderValue(header, "1"))
	}
	s, err := ses.NewSender(t.Context(), ses.NewClients(cfg), ses.Clients{}, ses.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Send(t.Context(), simpleMail("1", "bob@example.org"))
	if r, err := s.Send(t.Context(), simpleMail("2", "bob@example.org")); r.Status != ses.MailUnknown || server.count() != 2 {
		t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
	}
}

// TestHTTP2 has a client of the caller's that speaks HTTP/2, and a server that ends the
// stream, or the connection, when it has the request.
func TestHTTP2(t *testing.T) {
	server := &wireServer{send: func(nth int, _ http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }}
	at := httptest.NewUnstartedServer(server)
	at.EnableHTTP2 = true
	at.StartTLS()
	defer at.Close()
	s := wireSender(t, at.URL, at.Client(), ses.SenderOptions{})
	for i := range 3 {
		if r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != ses.MailUnknown || server.count() != i+1 {
			t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
		}
	}
}

// TestRetryersOfTheClient has clients that would make a call again.
func TestRetryersOfTheClient(t *testing.T) {
	for name, option := range map[string]func(*sesv2.Options){
		"attempts": func(o *sesv2.Options) { o.RetryMaxAttempts = 7 },
		"adaptive": func(o *sesv2.Options) { o.RetryMode = aws.RetryModeAdaptive },
		"own": func(o *sesv2.Options) {
			o.Retryer = aws.NopRetryer{}
		},
		"a middleware": func(o *sesv2.Options) {
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				return s.Initialize.Add(middleware.InitializeMiddlewareFunc("mine", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
					return next.HandleInitialize(ctx, in)
				}), middleware.Before)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := &wireServer{send: hangUp}
			at := httptest.NewServer(server)
			defer at.Close()
			clients := wireClients(mailHome, at.URL, at.Client())
			cfg := aws.Config{Region: mailHome, Credentials: awstest.Credentials(mailAccount), BaseEndpoint: &at.URL, RetryMaxAttempts: 9, RetryMode: aws.RetryModeAdaptive}
			clients.Send = sesv2.NewFromConfig(cfg, option)
			s, err := ses.NewSender(t.Context(), clients, ses.Clients{}, ses.SenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org")); r.Status != ses.MailUnknown || server.count() != 1 {
				t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
			}
			if r, err := s.SendBulk(t.Context(), bulkMail(2)); r.Count(ses.MailUnknown) != 2 || server.count() != 2 {
				t.Errorf("%+v after %d requests, %v", r, server.count(), err)
			}
		})
	}
}

// TestTransientFailure has an entry of a bulk call of which SES says that it has trouble: that
// is no throttle, so that the entry is not sent again.
func TestTransientFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		awstest.Handle(w.cloud, func(_ context.Context, in *sesv2.SendBulkEmailInput) (*sesv2.SendBulkEmailOutput, error) {
			out := &sesv2.SendBulkEmailOutput{}
			for range in.BulkEmailEntries {
				out.BulkEmailEntryResults = append(out.BulkEmailEntryResults, sestypes.BulkEmailEntryResult{Status: sestypes.BulkEmailStatusTransientFailure})
			}
			return out, nil
		})
		r, err := w.sender(t, ses.SenderOptions{}).SendBulk(t.Context(), bulkMail(2))
		if r.Count(ses.MailNotSent) != 2 || err == nil || w.sends() != 1 {
			t.Errorf("%+v, %v after %d calls", r, err, w.sends())
		}
	})
}

// TestBulkKeepsWhatIsSent has a process killed while some mails of a call are sent and others
// wait for another: the next run knows which.
func TestBulkKeepsWhatIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newMailWorld(awstest.New(t)), state.NewMemory()
		calls := 0
		awstest.Handle(w.cloud, func(_ context.Context, in *sesv2.SendBulkEmailInput) (*sesv2.SendBulkEmailOutput, error) {
			out := &sesv2.SendBulkEmailOutput{}
			for i := range in.BulkEmailEntries {
				r := sestypes.BulkEmailEntryResult{Status: sestypes.BulkEmailStatusSuccess, MessageId: aws.String("m")}
				if i > 0 {
					r = sestypes.BulkEmailEntryResult{Status: sestypes.BulkEmailStatusAccountThrottled}
				}
				out.BulkEmailEntryResults = append(out.BulkEmailEntryResults, r)
			}
			if calls++; calls == 2 { // the process is killed about now
				var got []ses.MailStatus
				for e := range ses.LedgerEntries(context.Background(), store, "") {
					got = append(got, e.Status)
				}
				if !slices.Equal(got, []ses.MailStatus{ses.MailSent, "sending", "sending"}) {
					t.Errorf("the ledger has %v", got)
				}
			}
			return out, nil
		})
		if r, err := w.sender(t, ses.SenderOptions{Ledger: store}).SendBulk(t.Context(), bulkMail(3)); err != nil || calls != 3 {
			t.Errorf("%+v, %v after %d calls", r, err, calls)
		}
	})
}

// TestCancelledBeforeTheLedgerIsAsked has a run that is ended at once: it does not say that
// what an earlier one sent is not sent.
func TestCancelledBeforeTheLedgerIsAsked(t *testing.T) {
	w, store := newMailWorld(awstest.New(t)), state.NewMemory()
	s := w.sender(t, ses.SenderOptions{Ledger: store})
	if _, err := s.SendBulk(t.Context(), bulkMail(3)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := s.SendBulk(ctx, bulkMail(3)); r.Count(ses.MailUnknown)+r.Count(ses.MailSent) != 3 || r.Count(ses.MailUnknown) > 0 && !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := s.SendBulk(t.Context(), bulkMail(3)); err != nil || r.Count(ses.MailSent) != 3 || len(w.Mails()) != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCancelledOnTheWire has contexts that end while a connection is opened, and while the
// server has the request.
func TestCancelledOnTheWire(t *testing.T) {
	for name, test := range map[string]struct {
		dialling bool
		want     ses.MailStatus
		got      int
	}{"opening a connection": {true, ses.MailNotSent, 0}, "waiting for the answer": {false, ses.MailUnknown, 1}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server := &wireServer{send: func(_ int, _ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }}
			at := httptest.NewServer(server)
			defer at.Close()
			transport := &http.Transport{}
			if test.dialling {
				transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					cancel()
					<-ctx.Done()
					return nil, ctx.Err()
				}
			}
			clients := wireClients(mailHome, at.URL, ses.NewHTTPClient(ses.HTTPClientOptions{Transport: transport}))
			clients.Send = quotaFrom{clients.Send, wireClients(mailHome, at.URL, at.Client()).Send}
			s, err := ses.NewSender(t.Context(), clients, ses.Clients{}, ses.SenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if r, err := s.Send(ctx, simpleMail("1", "bob@example.org")); r.Status != test.want || !errors.Is(err, context.Canceled) || server.count() != test.got {
				t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
			}
		})
	}
}

// TestNothingLeaks has many mails through connections that age all the time, and counts what
// is left of goroutines.
func TestNothingLeaks(t *testing.T) {
	server := &wireServer{}
	at := httptest.NewServer(server)
	client := ses.NewHTTPClient(ses.HTTPClientOptions{MaxConnectionAge: 5 * time.Millisecond})
	s := wireSender(t, at.URL, client, ses.SenderOptions{})
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			if r, err := s.Send(t.Context(), simpleMail(fmt.Sprint(i), "bob@example.org")); err != nil {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	wg.Wait()
	client.CloseIdleConnections()
	at.Close() // waits for its connections
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestRedirectToAnother has a client of the caller's that follows redirections. To some it
// makes a GET of the POST, so that the answer is not that of SES to a mail.
func TestRedirectToAnother(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		server := &wireServer{send: func(_ int, w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", code) }}
		at := httptest.NewServer(server)
		r, err := wireSender(t, at.URL, &http.Client{}, ses.SenderOptions{}).Send(t.Context(), simpleMail("1", "bob@example.org"))
		if r.Status != ses.MailUnknown || err == nil || server.count() != 1 {
			t.Errorf("%d: %s after %d requests, %v", code, r.Status, server.count(), err)
		}
		at.Close()
	}
}

// TestSuppressedLines has addresses as the lines of a file have them.
func TestSuppressedLines(t *testing.T) {
	set, err := ses.SuppressedSetOf(addresses("Bob@Example.org\r\n", " cid@example.org"))
	if err != nil || set.Len() != 2 || !set.Contains("bob@example.org") || !set.Contains("CID@example.org") {
		t.Errorf("%d, %v", set.Len(), err)
	}
}
