package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/state"
)

//go:embed guests.csv
var guests []byte

const (
	account = "123456789012"
	home    = "eu-west-1"
	away    = "eu-central-1"
)

// invitation is what the guests get.
var invitation = mailing{from: "The Inn <inn@example.com>", template: "invitation"}

// An inn has two Regions of SES in this process, and the file with what was sent.
type inn struct {
	cloud              *awstest.Cloud
	world              *standin.World
	primary, secondary ses.Clients
	ledger             string
	dead               atomic.Bool // the process was killed
}

// demonstrate sends the invitations in a run that is killed, in one that goes on, and in one
// more that finds nothing to do.
func demonstrate(ctx context.Context, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "ses-send")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	n, err := newInn(ctx, filepath.Join(dir, "invitations.db"))
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "Inviting the guests through a global endpoint that throttles and loses an answer, until the run is killed:")
	n.trouble()
	first, err := n.invite(ctx)
	if err != nil {
		return err
	}
	first.show(stdout)
	fmt.Fprintln(stdout, "Then it was killed. SES had just taken another mail, and the ledger has that it was being sent.")
	n.cloud.ClearFaults()
	n.dead.Store(false)
	fmt.Fprintln(stdout, "\nStarted again, with the same file and the same ledger:")
	second, err := n.invite(ctx)
	if err != nil {
		return err
	}
	second.show(stdout)
	third, err := n.invite(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\nAnd once more:\n%s\n", third.line())
	n.judge(stdout, third)
	return n.cloud.Err()
}

// newInn makes two Regions that are the same, with an endpoint over both. One of them has an
// address on its suppression list that the other does not know of.
func newInn(ctx context.Context, ledger string) (*inn, error) {
	n := &inn{cloud: awstest.New(nil), ledger: ledger}
	n.world = standin.Serve(n.cloud)
	n.primary, n.secondary = ses.NewClients(n.cloud.Config(home, account)), ses.NewClients(n.cloud.Config(away, account))
	for _, clients := range []ses.Clients{n.primary, n.secondary} {
		r := n.world.Region(account, clients.Region)
		r.ProductionAccess(true)
		r.SetQuota(50_000, 200, 0)
		r.AddSelfSigned("example.com")
		if _, err := clients.SES.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
			TemplateName: aws.String("invitation"),
			TemplateContent: &sestypes.EmailTemplateContent{
				Subject: aws.String("{{name}}, come on {{night}}"), Text: aws.String("Dear {{name}}, the table is laid on {{night}}."),
			},
		}); err != nil {
			return nil, err
		}
	}
	n.world.Region(account, away).Suppress("", "gus@example.org", sestypes.SuppressionListReasonComplaint)
	n.world.Region(account, home).MakeEndpoint("global", away, sestypes.StatusReady)
	return n, nil
}

// trouble has one mail throttled, the answer to another lost, and the process killed when SES
// has taken a third.
func (n *inn) trouble() {
	to := func(address string) func(awstest.Call) bool {
		return func(c awstest.Call) bool {
			in, sends := c.Input.(*sesv2.SendEmailInput)
			return sends && in.Destination.ToAddresses[0] == address
		}
	}
	n.cloud.Inject(awstest.Fault{Match: to("ben@example.org"), Times: 1, Err: awstest.Throttled()})
	n.cloud.Inject(awstest.Fault{Match: to("dan@example.org"), Applied: true, Err: io.ErrUnexpectedEOF})
	lea := to("lea@example.org")
	n.cloud.Inject(awstest.Fault{Applied: true, Err: awstest.ErrCrash, Match: func(c awstest.Call) bool {
		n.dead.Store(n.dead.Load() || lea(c))
		return n.dead.Load()
	}})
}

// invite is what the program does each time it is started, until it is killed.
func (n *inn) invite(ctx context.Context) (batch, error) {
	store, err := state.OpenFile(n.ledger)
	if err != nil {
		return batch{}, err
	}
	defer store.Close()
	mails, err := invitation.read(bytes.NewReader(guests))
	if err != nil {
		return batch{}, err
	}
	set, err := ses.NewSuppressedSet(ctx, n.primary, n.secondary, ses.SuppressedSetOptions{})
	if err != nil {
		return batch{}, err
	}
	sender, err := ses.NewSender(ctx, n.primary, n.secondary, ses.SenderOptions{
		EndpointName: "global", Ledger: mortal{store, &n.dead}, Suppressed: set,
	})
	if err != nil {
		return batch{}, err
	}
	var results []ses.SendResult
	for _, m := range mails {
		r, err := sender.Send(ctx, m)
		if errors.Is(err, awstest.ErrCrash) {
			break
		}
		results = append(results, r)
	}
	return newBatch(results), nil
}

// judge counts at SES what it took, also of what is unknown.
func (n *inn) judge(stdout io.Writer, told batch) {
	taken, regions := map[string]int{}, map[string]int{}
	for _, m := range n.world.Mails() {
		regions[m.Region]++
		for _, to := range m.To {
			taken[to]++
		}
	}
	twice, lost := 0, 0
	for _, times := range taken {
		if times > 1 {
			twice++
		}
	}
	for _, r := range told.results {
		if r.Status == ses.MailUnknown {
			lost += taken[r.Recipients[0].Address]
		}
	}
	fmt.Fprintf(stdout, "\nSES took %d mails, %d in %s and %d in %s. Addresses that got two: %d.\n",
		regions[home]+regions[away], regions[home], home, regions[away], away, twice)
	fmt.Fprintf(stdout, "It took %d of those that are unknown: to send them again would have doubled them.\n", lost)
}

// A mortal store dies with the process that uses it: after a kill nothing is written.
type mortal struct {
	state.Store
	dead *atomic.Bool
}

// Put implements state.Store.
func (m mortal) Put(ctx context.Context, records []state.Record) error {
	if m.dead.Load() {
		return awstest.ErrCrash
	}
	return m.Store.Put(ctx, records)
}
