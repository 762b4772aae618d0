package textract

import (
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Quotas are what an account may do in a Region. Zero is without limit.
type Quotas struct {
	DetectTPS, StartTPS, GetTPS float64 // calls a second
	Jobs                        int     // in progress at once
	Kind                        Kind    // of the limits on calls
}

// A Kind is a way to limit calls. How Textract does it is not documented. A call
// that is refused uses nothing up.
type Kind int

const (
	// SlidingWindow accepts a call if fewer than TPS were accepted in the second
	// before it. Where TPS is no whole number, the window is as long as the next
	// lower one takes, or one: 2.5 are 2 calls in 0.8 seconds, 0.1 is 1 in 10.
	SlidingWindow Kind = iota

	// TokenBucket accepts as many calls at once as TPS, at least one, and gives
	// each back after its share of a second.
	TokenBucket
)

// SetQuotas sets the quotas of an account in a Region, from now on.
func (s *Service) SetQuotas(account, region string, q Quotas) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant(awstest.Caller{Account: account, Region: region})
	t.quotas = &q
	clear(t.gates)
}

// Calls counts the calls of an operation.
type Calls struct {
	Accepted  int // that were within the quota of calls, whatever they were answered
	Throttled int // that were not
	Limited   int // of Accepted, those refused for too many jobs in progress
}

// Calls returns how the calls of an operation, such as "DetectDocumentText", were
// met in all accounts and Regions.
func (s *Service) Calls(operation string) Calls {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[operation]
}

const (
	detectOperation = "DetectDocumentText"
	startOperation  = "StartDocumentTextDetection"
	getOperation    = "GetDocumentTextDetection"
)

func (q Quotas) tps(operation string) float64 {
	switch operation {
	case detectOperation:
		return q.DetectTPS
	case startOperation:
		return q.StartTPS
	}
	return q.GetTPS
}

// admit counts a call, and refuses it when it is over its quota.
func (s *Service) admit(caller awstest.Caller, operation string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant(caller)
	g, ok := t.gates[operation]
	if !ok {
		q := s.quotasOf(t)
		g = newGate(q.Kind, q.tps(operation))
		t.gates[operation] = g
	}
	n := s.calls[operation]
	defer func() { s.calls[operation] = n }()
	if g.accept(time.Now()) {
		n.Accepted++
		return nil
	}
	n.Throttled++
	if s.throttled++; s.throttled%2 == 1 {
		return refuse(&types.ThrottlingException{}, "Rate exceeded")
	}
	return refuse(&types.ProvisionedThroughputExceededException{}, "Provisioned rate exceeded")
}

func (s *Service) quotasOf(t *tenant) Quotas {
	if t.quotas != nil {
		return *t.quotas
	}
	return s.Quotas
}

// A gate lets calls through at a rate. Both kinds look at times alone, so that no
// rounding adds up.
type gate struct {
	kind     Kind
	burst    int           // calls at once; 0 for no limit
	window   time.Duration // SlidingWindow: for as many calls
	interval time.Duration // TokenBucket: between two calls at the full rate
	times    []time.Time   // SlidingWindow: of the last calls accepted, as many as a window holds
	next     int           // the oldest of them
	full     time.Time     // TokenBucket: when the bucket is full again
}

func newGate(kind Kind, tps float64) *gate {
	if tps <= 0 {
		return &gate{}
	}
	burst := max(1, int(tps))
	nanoseconds := func(calls int) time.Duration { return time.Duration(math.Ceil(float64(calls) * 1e9 / tps)) }
	return &gate{kind: kind, burst: burst, window: nanoseconds(burst), interval: nanoseconds(1), times: make([]time.Time, burst)}
}

func (g *gate) accept(now time.Time) bool {
	switch {
	case g.burst == 0:
		return true
	case g.kind == TokenBucket:
		return g.take(now)
	}
	if oldest := g.times[g.next]; !oldest.IsZero() && now.Sub(oldest) < g.window {
		return false
	}
	g.times[g.next] = now
	g.next = (g.next + 1) % g.burst
	return true
}

func (g *gate) take(now time.Time) bool {
	full := g.full
	if full.Before(now) {
		full = now
	}
	full = full.Add(g.interval)
	if full.Sub(now) > time.Duration(g.burst)*g.interval {
		return false
	}
	g.full = full
	return true
}
