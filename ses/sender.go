package ses

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/state"
)

// ErrMailID is wrapped by the error of a mail whose ID is missing, too long, given twice, or
// that of another mail in the ledger.
var ErrMailID = errors.New("an ID for each mail, and no other")

// ErrFIPS is wrapped by the error of NewSender for clients with FIPS endpoints: global
// endpoints have none.
var ErrFIPS = errors.New("global endpoints have no FIPS endpoints: use clients without, or send in one Region")

// SenderOptions say how a Sender sends.
type SenderOptions struct {
	// EndpointID is that of the multi-region endpoint that mails go through, such as
	// abcdef12.g3h. EndpointName names it instead, and then it is checked that it is ready and
	// of these two Regions; that is told by the primary Region alone, so that a program that
	// must start while it is gone needs the id. Without either, all mails go through the primary Region, and the
	// secondary Clients may be empty.
	EndpointID   string
	EndpointName string

	// Fallback sends a mail through the primary Region, and then through the secondary, when
	// no connection to the global endpoint can be opened. It is the one case in which it is
	// certain that the mail was not taken.
	Fallback bool

	// Share is the part of the sending rate and of the calls of SendBulk that this Sender may
	// use, where other programs send, too: 0 < Share ≤ 1, 1 if zero. Rate, if not zero, is the
	// most recipients in a second, whatever SES allows.
	Share float64
	Rate  float64

	// RefreshEvery is after what time the quotas are read again, five minutes if zero. It is
	// done by a call that sends.
	RefreshEvery time.Duration

	// Concurrency is how many calls are on their way at a time, 16 if zero.
	Concurrency int

	// Attempts is how often a call is made at most if SES says that it is too much at a time,
	// 8 if zero. Of calls that open no connection, three are made.
	Attempts int

	// BulkCalls is how many calls of SendBulkEmail SES allows in a second, 1 if zero ("All
	// actions (except for SendEmail, …) are throttled at one request per second").
	BulkCalls float64

	// Ledger keeps what was sent, by the IDs of mails, so that a run that was killed can be
	// started again. LedgerSet is the set of its records, "ses-mails" if empty.
	Ledger    state.Store
	LedgerSet string

	// ResendUnknown sends mails again of which the ledger says that an earlier run may have
	// sent them. Such a mail may arrive twice; no other process must be sending.
	ResendUnknown bool

	// ResendRefused sends mails again that SES refused in an earlier run, as it does while an
	// account is paused.
	ResendRefused bool

	// Suppressed are addresses that get no mail, if set.
	Suppressed *SuppressedSet

	// Identities, ConfigurationSets and Templates are what mails use, by their names, for
	// SenderPermissions; all if empty.
	Identities        []string
	ConfigurationSets []string
	Templates         []string
}

// A Sender sends mails, and none of them twice. Its methods may be called from several
// goroutines; it has none of its own.
//
// SES knows no idempotency tokens, so that a mail is sent again only when it is certain that
// SES has not taken it: SES answered that it was too much at a time, or no connection was
// opened. A mail whose answer was lost, or was status 5xx, is [MailUnknown] and stays so.
//
// Rate: the smaller of what both Regions allow, since after a failover one carries all. Mails
// count by their recipients.
type Sender struct {
	opts   SenderOptions
	routes []mailRoute
	sites  []*site // whose quotas count
	ledger mailLedger
	rate   *sendRate
	bulk   *pace.Limiter
	slots  chan struct{}

	refreshing sync.Mutex
	mu         sync.Mutex
	quota      SenderQuota
	read       time.Time // when the quotas were last asked for
}

// A mailRoute is a way to SES.
type mailRoute struct {
	send     SendAPI
	endpoint *string
	name     string
}

// NewSender returns a Sender. It reads the sending quotas of both Regions and, with
// EndpointName, the endpoint. A Region that does not answer is done without, for that is when
// a Sender must start: the rate is that of the other, and Quota tells. Where reading is
// refused, or no Region answers, it takes a Rate.
//
// IAM actions: SenderPermissions.
func NewSender(ctx context.Context, primary, secondary Clients, opts SenderOptions) (*Sender, error) {
	s, err := newSender(ctx, primary, secondary, opts)
	if err != nil {
		return nil, fmt.Errorf("ses: sender: %w", reason.Cause(ctx, err))
	}
	return s, nil
}

func newSender(ctx context.Context, primary, secondary Clients, opts SenderOptions) (*Sender, error) {
	global := opts.EndpointID != "" || opts.EndpointName != ""
	if err := opts.check(global); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	s := &Sender{
		opts:   opts,
		ledger: mailLedger{opts.Ledger, opts.LedgerSet, opts.ResendUnknown, opts.ResendRefused},
		rate:   newSendRate(0),
		bulk:   pace.NewAtOnce(max(bulkLeast, opts.BulkCalls*opts.Share)),
		slots:  make(chan struct{}, opts.Concurrency),
		sites:  []*site{newSite(primary, nil)},
	}
	if primary.Send == nil || global && secondary.Send == nil {
		return nil, errors.New("no Clients.Send")
	}
	if global {
		if _, err := newPair(primary, secondary, nil); err != nil {
			return nil, err
		}
		s.sites = append(s.sites, newSite(secondary, nil))
	}
	if err := s.findEndpoint(ctx, global); err != nil {
		return nil, err
	}
	s.findRoutes(global)
	switch err := s.readQuotas(ctx, global); {
	case errors.Is(err, ErrFIPS):
		return nil, ErrFIPS
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("the sending quota: %w", err)
	case err != nil && opts.Rate == 0 && (quotaRefused(err) || math.IsInf(s.quota.Rate, 1)):
		return nil, fmt.Errorf("the sending quota: %w; where it cannot be read, give a Rate", err)
	}
	return s, nil
}

func (o SenderOptions) check(global bool) error {
	switch {
	case o.EndpointID != "" && o.EndpointName != "":
		return errors.New("give an EndpointID or an EndpointName, not both")
	case strings.ContainsFunc(o.EndpointID, notEndpointRune):
		return fmt.Errorf("the EndpointID %q is no part of a host name, such as abcdef12.g3h", o.EndpointID)
	case o.Fallback && !global:
		return errors.New("there is no global endpoint that Fallback could fall back from")
	case !(o.Share >= 0 && o.Share <= 1):
		return fmt.Errorf("the Share is %v: give more than 0 and at most 1", o.Share)
	case !(o.Rate >= 0) || !(o.BulkCalls >= 0) || o.Concurrency < 0 || o.Attempts < 0 || o.RefreshEvery < 0:
		return errors.New("give a Rate, BulkCalls, Concurrency, Attempts and RefreshEvery of not less than 0")
	case len(o.LedgerSet) > state.MaxSet:
		return fmt.Errorf("the LedgerSet is longer than %d bytes", state.MaxSet)
	case o.Ledger == nil && (o.ResendUnknown || o.ResendRefused):
		return errors.New("without a Ledger there are no earlier runs for ResendUnknown and ResendRefused")
	}
	return nil
}

// notEndpointRune tells what is not in the id of an endpoint, which becomes part of a host
// name.
func notEndpointRune(r rune) bool { return r != '.' && (r == '_' || notTagRune(r)) }

func (o SenderOptions) withDefaults() SenderOptions {
	for _, f := range []struct {
		field *float64
		value float64
	}{{&o.Share, 1}, {&o.BulkCalls, 1}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if o.Concurrency == 0 {
		o.Concurrency = 16
	}
	if o.Attempts == 0 {
		o.Attempts = 8
	}
	if o.RefreshEvery == 0 {
		o.RefreshEvery = 5 * time.Minute
	}
	if o.LedgerSet == "" {
		o.LedgerSet = defaultLedgerSet
	}
	return o
}

// findEndpoint finds the id of an endpoint that is named, and checks that it can be used.
func (s *Sender) findEndpoint(ctx context.Context, global bool) error {
	if !global || s.opts.EndpointName == "" {
		return nil
	}
	at := s.sites[0]
	name := s.opts.EndpointName
	out, err := at.Send.GetMultiRegionEndpoint(ctx, &sesv2.GetMultiRegionEndpointInput{EndpointName: &name}, at.turn("GetMultiRegionEndpoint"))
	if err != nil {
		return fmt.Errorf("endpoint %q in %s: %w", name, at.Region, err)
	}
	if out.Status != sestypes.StatusReady {
		return fmt.Errorf("endpoint %q in %s is %s, and not %s", name, at.Region, out.Status, sestypes.StatusReady)
	}
	for _, route := range out.Routes {
		if r := aws.ToString(route.Region); r != s.sites[0].Region && r != s.sites[1].Region {
			return fmt.Errorf("endpoint %q routes to %s, the clients are for %s and %s", name, r, s.sites[0].Region, s.sites[1].Region)
		}
	}
	s.opts.EndpointID = aws.ToString(out.EndpointId)
	return nil
}

// findRoutes finds the ways to SES, in the order in which they are tried.
func (s *Sender) findRoutes(global bool) {
	if !global {
		s.routes = []mailRoute{{s.sites[0].Send, nil, s.sites[0].Region}}
		return
	}
	s.routes = []mailRoute{{s.sites[0].Send, &s.opts.EndpointID, "endpoint " + s.opts.EndpointID}}
	if s.opts.Fallback {
		for _, at := range s.sites {
			s.routes = append(s.routes, mailRoute{at.Send, nil, at.Region})
		}
	}
}

// refuseFIPS has a call end before it is made if the client uses FIPS endpoints.
func refuseFIPS(o *sesv2.Options) {
	if o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled {
		o.APIOptions = append(o.APIOptions, func(*middleware.Stack) error { return ErrFIPS })
	}
}
