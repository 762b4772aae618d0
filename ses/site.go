package ses

import (
	"context"
	"fmt"
	"math"
	"sync"

	sesv1 "github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
)

// Rates are calls per second, by the name of the operation, such as "GetEmailIdentity".
// SES allows one call in a second of most operations, and those that are not named here get
// that; GetEmailTemplate gets 50. An account that AWS allows more says so here.
type Rates map[string]float64

// perSecond returns the rate of an operation.
func (r Rates) perSecond(operation string) float64 {
	if rate, set := r[operation]; set {
		return rate
	}
	if operation == "GetEmailTemplate" {
		return 50
	}
	return 1
}

// check refuses rates that admit no call.
func (r Rates) check() error {
	for operation, rate := range r {
		if !(rate > 0) || math.IsInf(rate, 1) {
			return fmt.Errorf("rates: %s: %v calls in a second: give a positive number", operation, rate)
		}
	}
	return nil
}

// A site is a Region with its clients, whose calls wait for their turn. Each operation has
// a limiter of its own.
type site struct {
	Clients
	rates  Rates
	target awspatterns.Target // set by identify

	mu       sync.Mutex
	limiters map[string]*pace.Limiter
	calls    map[string]int // by operation
}

// newSite returns the site of the clients.
func newSite(c Clients, r Rates) *site {
	return &site{Clients: c, rates: r, limiters: map[string]*pace.Limiter{}, calls: map[string]int{}}
}

// identify finds out whose account it is.
func (s *site) identify(ctx context.Context) (err error) {
	s.target, err = identity.Target(ctx, s.STS, s.Region)
	return err
}

// arn returns that of a resource of SES in the site, such as "identity/example.com".
func (s *site) arn(resource string) string {
	return "arn:" + s.target.Partition + ":ses:" + s.target.Region + ":" + s.target.Account + ":" + resource
}

// limiter returns that of an operation, for a call, which it counts.
func (s *site) limiter(operation string) *pace.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[operation]++
	l := s.limiters[operation]
	if l == nil {
		l = pace.NewAtOnce(s.rates.perSecond(operation))
		s.limiters[operation] = l
	}
	return l
}

// turn has a call of an operation, and each of its retries, wait for its turn.
func (s *site) turn(operation string) func(*sesv2.Options) {
	return func(o *sesv2.Options) {
		o.APIOptions = append(o.APIOptions, sdkpace.Attempts(s.limiter(operation)))
	}
}

// called returns how many calls of the operations were made.
func (s *site) called(operations ...string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range operations {
		n += s.calls[o]
	}
	return n
}

// turnV1 is turn for the first version of the API.
func (s *site) turnV1(operation string) func(*sesv1.Options) {
	return func(o *sesv1.Options) {
		o.APIOptions = append(o.APIOptions, sdkpace.Attempts(s.limiter(operation)))
	}
}
