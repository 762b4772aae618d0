package ses_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/localstore"
	"github.com/awspatterns/awspatterns/ses"
)

// TestManyRunsOneLedger has one run after the other with whatever may go wrong: throttles, lost
// answers, connections that are not opened, a ledger that fails, contexts that end, addresses
// that become suppressed. Nobody gets a mail twice unless ResendUnknown says so, and what each
// run tells of a recipient is true.
func TestManyRunsOneLedger(t *testing.T) {
	seeds := uint64(60)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 8))
			w := newMailWorld(awstest.New(t))
			store := localstore.New(w.cloud)
			for run := range 6 {
				again := seed%4 == 0 && random.IntN(2) == 0 // then a mail may arrive twice
				oneOfManyRuns(t, random, w, store, fmt.Sprintf("seed %d, run %d", seed, run), seed%4 == 0, again, run == 5)
			}
		})
	}
}

var whatGoesWrong = []awstest.Fault{
	{Err: awstest.Throttled()}, {Err: awstest.Denied()}, {Err: awstest.Error(500, "", "")}, {Err: lostAnswer}, {Err: lostAnswer, Applied: true},
	{Err: dialRefused}, {Err: awstest.Status(400, &sestypes.MessageRejected{})}, {Latency: 3 * time.Second},
	{Operation: "local.Get", Err: errors.New("no disk")}, {Operation: "local.Put", Err: errors.New("no disk")},
	{Operation: "local.Put", Err: errors.New("no answer"), Applied: true},
}

func oneOfManyRuns(t *testing.T, random *rand.Rand, w *mailWorld, store *localstore.Store, name string, resends, again, last bool) {
	opts := ses.SenderOptions{Ledger: store, Rate: 2.5, ResendRefused: random.IntN(2) == 0, ResendUnknown: again, Attempts: 2, Fallback: true, EndpointID: w.endpoint}
	var suppressed []string
	for _, a := range []string{"a1@example.org", "b2@example.org", "to1@example.org"} {
		if random.IntN(3) == 0 {
			suppressed = append(suppressed, a)
		}
	}
	opts.Suppressed, _ = ses.SuppressedSetOf(addresses(suppressed...))
	s, err := ses.NewSender(t.Context(), w.primary, w.secondary, opts)
	if err != nil {
		t.Fatal(err)
	}
	for range random.IntN(3) {
		if fault := whatGoesWrong[random.IntN(len(whatGoesWrong))]; !last {
			if fault.Operation == "" {
				fault.Operation = []string{"SESv2.SendEmail", "SESv2.SendBulkEmail"}[random.IntN(2)]
			}
			fault.Skip, fault.Times = random.IntN(4), 1+random.IntN(3)
			w.cloud.Inject(fault)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+random.IntN(60))*time.Second)
	if last {
		ctx = t.Context()
	}
	defer cancel()
	var all []ses.SendResult
	for _, id := range []string{"a", "b"} {
		r, _ := s.Send(ctx, simpleMail(id, id+"1@example.org", id+"2@example.org"))
		all = append(all, r)
	}
	bulk, _ := s.SendBulk(ctx, bulkMail(3))
	w.cloud.ClearFaults()
	sent := w.sentTo()
	for _, r := range append(all, bulk.Mails...) {
		for _, one := range r.Recipients {
			n := sent[one.Address]
			if n > 1 && !resends || one.Status == ses.MailSent && n == 0 || one.Status != ses.MailSent && one.Status != ses.MailUnknown && n != 0 || one.Status == "" {
				t.Errorf("%s: %s is %s, SES took %d; %+v", name, one.Address, one.Status, n, r)
			}
		}
	}
}
