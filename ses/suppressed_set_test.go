package ses_test

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

const bounce, complaint = sestypes.SuppressionListReasonBounce, sestypes.SuppressionListReasonComplaint

// TestSuppressedSet has the addresses of both Regions, in any case.
func TestSuppressedSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		w.PageSize = 2
		for i := range 5 {
			w.home.Suppress("", fmt.Sprintf("Home%d@Example.org", i), bounce)
		}
		w.away.Suppress("", "away@example.org", complaint)
		w.away.Suppress("", "HOME1@example.org", bounce)
		set, err := ses.NewSuppressedSet(t.Context(), w.primary, w.secondary, ses.SuppressedSetOptions{})
		if err != nil || set.Len() != 6 {
			t.Fatalf("%d addresses, %v", set.Len(), err)
		}
		for address, want := range map[string]bool{
			"home0@example.org": true, "HOME4@EXAMPLE.ORG": true, "away@example.org": true, "bob@example.org": false, "": false,
		} {
			if set.Contains(address) != want {
				t.Errorf("%q: %v", address, !want)
			}
		}
		only, err := ses.NewSuppressedSet(t.Context(), w.primary, w.secondary, ses.SuppressedSetOptions{Reasons: []sestypes.SuppressionListReason{complaint}})
		if err != nil || only.Len() != 1 || !only.Contains("away@example.org") {
			t.Errorf("complaints: %d, %v", only.Len(), err)
		}
		var none *ses.SuppressedSet
		if none.Contains("home0@example.org") || none.Len() != 0 {
			t.Error("an empty set has something in it")
		}
	})
}

// TestSuppressedSetRefreshes has addresses that come and go while mails are sent.
func TestSuppressedSetRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		w.home.Suppress("", "old@example.org", bounce)
		set, err := ses.NewSuppressedSet(t.Context(), w.primary, w.secondary, ses.SuppressedSetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s := w.sender(t, ses.SenderOptions{Suppressed: set})
		status := func(to string) ses.MailStatus {
			r, _ := s.Send(t.Context(), simpleMail("", to))
			return r.Status
		}
		time.Sleep(time.Hour)
		status("bob@example.org") // has the set read
		w.away.Suppress("", "new@example.org", complaint)
		if status("old@example.org") != ses.MailSuppressed || status("new@example.org") != ses.MailSent {
			t.Error("before the refresh")
		}
		time.Sleep(10 * time.Minute)
		lists := w.lists()
		if status("new@example.org") != ses.MailSuppressed {
			t.Error("after the refresh")
		}
		for _, in := range w.lists()[len(lists):] {
			if in.StartDate == nil || time.Since(*in.StartDate) > 30*time.Minute {
				t.Errorf("asked for all since %v", in.StartDate)
			}
		}
		client := w.primary.Send.(*sesv2.Client)
		old := "old@example.org"
		if _, err := client.DeleteSuppressedDestination(t.Context(), &sesv2.DeleteSuppressedDestinationInput{EmailAddress: &old}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if status(old) != ses.MailSuppressed {
			t.Error("a refresh found what was taken off the list")
		}
		if err := set.Reload(t.Context()); err != nil || status(old) != ses.MailSent || status("new@example.org") != ses.MailSuppressed {
			t.Errorf("reloaded: %v", err)
		}
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Err: awstest.Denied()})
		time.Sleep(10 * time.Minute)
		before, _ := set.Refreshed()
		if status("new@example.org") != ses.MailSuppressed {
			t.Error("a refresh that failed lost addresses")
		}
		if after, err := set.Refreshed(); err == nil || !after.Equal(before) || time.Since(after) < 10*time.Minute {
			t.Errorf("refreshed %v, %v", after, err)
		}
	})
}

// lists returns the requests for suppression lists.
func (w *mailWorld) lists() (all []*sesv2.ListSuppressedDestinationsInput) {
	for _, c := range w.cloud.Calls() {
		if in, ok := c.Input.(*sesv2.ListSuppressedDestinationsInput); ok {
			all = append(all, in)
		}
	}
	return all
}

// TestSuppressedRecipients has mails of which all, some and none of the recipients are
// suppressed.
func TestSuppressedRecipients(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	set, err := ses.SuppressedSetOf(addresses("bad@example.org", "to1@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	s := w.sender(t, ses.SenderOptions{Suppressed: set})
	r, err := s.Send(t.Context(), simpleMail("", "Bad <BAD@example.org>"))
	if err != nil || r.Status != ses.MailSuppressed || w.sends() != 0 {
		t.Errorf("all: %+v, %v", r, err)
	}
	m := simpleMail("", "bad@example.org", "bob@example.org")
	m.Input.Destination.CcAddresses = []string{"cid@example.org", "to1@example.org"}
	r, err = s.Send(t.Context(), m)
	if err != nil || r.Status != ses.MailSent || fmt.Sprint(r.Recipients) != "[{bad@example.org suppressed} {bob@example.org sent} {cid@example.org sent} {to1@example.org suppressed}]" {
		t.Errorf("some: %+v, %v", r, err)
	}
	if got := w.Mails()[0].To; !slices.Equal(got, []string{"bob@example.org", "cid@example.org"}) || len(m.Input.Destination.ToAddresses) != 2 {
		t.Errorf("went to %v", got)
	}
	three := bulkMail(3)
	three.Entries[2].Entry.Destination.BccAddresses = []string{"bad@example.org"}
	bulk, err := s.SendBulk(t.Context(), three)
	if err != nil || statuses(bulk) != "sent suppressed sent" || w.sentTo()["bad@example.org"]+w.sentTo()["to1@example.org"] != 0 {
		t.Errorf("%s to %v, %v", statuses(bulk), w.sentTo(), err)
	}
	set.Add("Dan@example.org")
	if r, _ := s.Send(t.Context(), simpleMail("", "dan@example.org")); r.Status != ses.MailSuppressed {
		t.Errorf("added: %+v", r)
	}
}

func addresses(all ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, a := range all {
			if !yield(a, nil) {
				return
			}
		}
	}
}

// TestSuppressedSetFails has lists that cannot be read.
func TestSuppressedSetFails(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Region: mailAway, Err: awstest.Denied()})
	if _, err := ses.NewSuppressedSet(t.Context(), w.primary, w.secondary, ses.SuppressedSetOptions{}); err == nil || !strings.HasPrefix(err.Error(), "ses: suppressed addresses: eu-central-1: ") {
		t.Errorf("%v", err)
	}
	broken := func(yield func(string, error) bool) { yield("", errors.New("torn")) }
	if _, err := ses.SuppressedSetOf(broken); err == nil || !strings.Contains(err.Error(), "torn") {
		t.Errorf("%v", err)
	}
	if _, err := ses.NewSuppressedSet(t.Context(), ses.Clients{}, ses.Clients{}, ses.SuppressedSetOptions{}); err == nil {
		t.Error("a set of nothing")
	}
}

// TestSuppressedSetSize has 500,000 addresses, at 16 bytes each.
func TestSuppressedSetSize(t *testing.T) {
	const n = 500_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	set, err := ses.SuppressedSetOf(func(yield func(string, error) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("address%d@example.org", i), nil) {
				return
			}
		}
	})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || set.Len() != n || !set.Contains("ADDRESS499999@example.org") || set.Contains("address500000@example.org") {
		t.Fatalf("%d addresses, %v", set.Len(), err)
	}
	if got := int64(after.HeapAlloc) - int64(before.HeapAlloc); got > 22*n {
		t.Errorf("%d bytes for %d addresses", got, n)
	}
}

// TestSuppressedSetAtOnce has it asked and changed by several.
func TestSuppressedSetAtOnce(t *testing.T) {
	w := newMailWorld(awstest.New(t))
	set, err := ses.SuppressedSetOf(addresses())
	if err != nil {
		t.Fatal(err)
	}
	s := w.sender(t, ses.SenderOptions{Suppressed: set, Rate: 1e6})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 400 {
				address := fmt.Sprintf("to%d@example%d.org", j, i)
				set.Add(address)
				if r, _ := s.Send(t.Context(), simpleMail("", address)); r.Status != ses.MailSuppressed {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	wg.Wait()
	if set.Len() != 3200 {
		t.Errorf("%d addresses", set.Len())
	}
}

// TestSuppressedSetReload has an address that is added while the lists are read.
func TestSuppressedSetReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMailWorld(awstest.New(t))
		set, err := ses.NewSuppressedSet(t.Context(), w.primary, ses.Clients{}, ses.SuppressedSetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		set.Add("before@example.org")
		w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Latency: time.Minute})
		go func() {
			time.Sleep(30 * time.Second)
			for i := range 2000 {
				set.Add(fmt.Sprintf("meanwhile%d@example.org", i))
			}
		}()
		if err := set.Reload(t.Context()); err != nil || set.Contains("before@example.org") || !set.Contains("meanwhile0@example.org") || set.Len() != 2000 {
			t.Errorf("%d addresses, %v", set.Len(), err)
		}
	})
}
