package ses

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A SenderQuota is what SES allows, in recipients.
type SenderQuota struct {
	Regions []RegionQuota // the primary and, with a global endpoint, the secondary

	// Rate is how many recipients in a second the Sender sends to at most.
	Rate float64

	// Err tells why the quotas could not be read again; what is known is older then.
	Err error
}

// A RegionQuota is the sending quota of a Region.
type RegionQuota struct {
	Region          string
	Max24HourSend   float64 // -1: unlimited
	SentLast24Hours float64
	MaxSendRate     float64 // in a second
	SendingEnabled  bool
	Production      bool // false: the sandbox, in which recipients must be verified
	Read            time.Time
}

// Left returns how many more recipients the Region takes in these 24 hours, as of the time
// at which the quota was read. Without a limit it is infinite.
func (q RegionQuota) Left() float64 {
	if q.Max24HourSend < 0 {
		return math.Inf(1)
	}
	return max(0, q.Max24HourSend-q.SentLast24Hours)
}

// Left returns how many more recipients can be sent to if one of the Regions has to carry
// them all: the least of what they have left. Nothing is known of a Region without quotas.
func (q SenderQuota) Left() float64 {
	left := math.Inf(1)
	for _, r := range q.Regions {
		if !r.Read.IsZero() {
			left = min(left, r.Left())
		}
	}
	return left
}

// Quota returns the quotas as they were last read.
func (s *Sender) Quota() SenderQuota {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.quota
	q.Regions = append([]RegionQuota(nil), q.Regions...)
	return q
}

// refresh reads the quotas and the suppressed addresses again if it is time. One call does
// so; others go on meanwhile with what is known.
func (s *Sender) refresh(ctx context.Context) {
	if !s.refreshing.TryLock() {
		return
	}
	defer s.refreshing.Unlock()
	s.mu.Lock()
	due := time.Since(s.read) >= s.opts.RefreshEvery
	s.mu.Unlock()
	if due {
		brief, cancel := briefly(ctx, quotaTime)
		defer cancel()
		s.readQuotas(brief, false) // the error is in SenderQuota
	}
	if s.opts.Suppressed != nil {
		brief, cancel := briefly(ctx, suppressedTime)
		defer cancel()
		s.opts.Suppressed.refreshIfDue(brief) // the error is in SuppressedSet.Refreshed
	}
}

// A mail waits at most so long while quotas, and suppressed addresses, are read again, and at
// most a quarter of the time that it has: a Region that is gone does not answer.
const (
	quotaTime      = 10 * time.Second
	suppressedTime = 30 * time.Second
)

var errSlow = errors.New("no answer in the time that a mail waits for it")

func briefly(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/4)
	}
	return context.WithTimeoutCause(ctx, limit, errSlow)
}

// givenUp tells whether ctx was ended by who asked, so that an error says nothing of what was
// asked for.
func givenUp(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), errSlow)
}

// readQuotas reads the quotas and sets the rate. What cannot be read stays as it was.
func (s *Sender) readQuotas(ctx context.Context, refuse bool) error {
	s.mu.Lock()
	q := SenderQuota{Regions: append([]RegionQuota(nil), s.quota.Regions...)}
	s.mu.Unlock()
	if q.Regions == nil {
		q.Regions = make([]RegionQuota, len(s.sites))
	}
	errs, atOnce := make([]error, len(s.sites)), len(s.sites) // since one may be gone
	if refuse {
		atOnce = 1
	}
	parallel.ForEach(len(s.sites), atOnce, func(i int) {
		ctx := ctx
		if refuse { // at the start: one that is gone must not take the time of the other
			brief, cancel := briefly(ctx, quotaTime)
			defer cancel()
			ctx = brief
		}
		if err := readQuota(ctx, s.sites[i], refuse, &q.Regions[i]); err != nil {
			errs[i] = fmt.Errorf("%s: %w", s.sites[i].Region, reason.Cause(ctx, err))
		}
	})
	q.Err = errors.Join(errs...)
	if givenUp(ctx) {
		return q.Err
	}
	q.Rate = s.rateFor(q.Regions)
	s.rate.set(q.Rate)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota, s.read = q, time.Now()
	return q.Err
}

// rateFor returns the rate: of what the Regions allow the least, and no more than is asked.
func (s *Sender) rateFor(regions []RegionQuota) float64 {
	rate := math.Inf(1)
	for _, r := range regions {
		if !r.Read.IsZero() {
			rate = min(rate, r.MaxSendRate*s.opts.Share)
		}
	}
	if s.opts.Rate > 0 {
		rate = min(rate, s.opts.Rate)
	}
	return rate
}

func readQuota(ctx context.Context, at *site, refuse bool, into *RegionQuota) error {
	options := []func(*sesv2.Options){at.turn("GetAccount")}
	if refuse {
		options = append(options, refuseFIPS)
	}
	into.Region = at.Region
	out, err := at.Send.GetAccount(ctx, &sesv2.GetAccountInput{}, options...)
	switch {
	case err != nil:
		return err
	case out.SendQuota == nil:
		return errors.New("GetAccount tells no sending quota")
	}
	*into = RegionQuota{
		Region:          at.Region,
		Max24HourSend:   out.SendQuota.Max24HourSend,
		SentLast24Hours: out.SendQuota.SentLast24Hours,
		MaxSendRate:     out.SendQuota.MaxSendRate,
		SendingEnabled:  out.SendingEnabled,
		Production:      out.ProductionAccessEnabled,
		Read:            time.Now(),
	}
	return nil
}

// quotaRefused tells whether an error is SES's answer that something is not allowed or not right,
// and not that it does not answer.
func quotaRefused(err error) bool {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && answer.HTTPStatusCode() >= 400 && answer.HTTPStatusCode() < 500
}
