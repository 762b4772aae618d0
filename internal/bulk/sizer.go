package bulk

import (
	"sync"
	"time"
)

const (
	// A request begins with a mebibyte and a thousand documents: OpenSearch's own
	// advice is to begin with 5 to 15 MiB and 1,000 to 5,000 documents, but small
	// instances refuse 10 MiB, and three steps that pay lead there.
	startBytes = 1 << 20
	startDocs  = 1000

	// leastBytes and leastDocs are what failures do not make it smaller than.
	leastBytes = 64 << 10
	leastDocs  = 50

	// A size is judged by so many full requests.
	judgedBy = 4

	// gain is what twice the size must bring in throughput.
	gain = 1.05

	// settledFor is how many full requests keep their size until a larger one is
	// tried again: other load on the service comes and goes.
	settledFor = 64

	// Requests that take longer than slow are not made larger, and smaller if they
	// take longer than tooSlow, well before they time out.
	slow    = 3 * time.Second
	tooSlow = 10 * time.Second
)

// A Sizer decides how large a request is. It tries twice the size as long as that
// brings more bytes in a second and requests are not slow, goes back to half of it when
// requests time out or fail, and never again above half of what was too large. It has
// no clock: the same calls give the same sizes. Its methods may be called from several
// goroutines.
type Sizer struct {
	mu       sync.Mutex
	most     size // by options
	now      size
	smaller  size    // what now is tried after; zero if now is no trial
	rate     float64 // bytes per second of smaller
	requests int     // full ones since the size is what it is, or judged
	bytes    int64   // of them
	took     time.Duration
	settled  int // full requests left until another trial
}

type size struct{ bytes, docs int }

// NewSizer returns a Sizer for requests of so many bytes and documents at most.
func NewSizer(maxBytes, maxDocs int) *Sizer {
	most := size{max(maxBytes, 1), max(maxDocs, 1)}
	return &Sizer{most: most, now: size{min(most.bytes, startBytes), min(most.docs, startDocs)}}
}

// Size returns how large the next request should be at most. A single document may
// be larger.
func (s *Sizer) Size() (bytes, docs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.bytes, s.now.docs
}

// OK says that a request of so many bytes and documents was answered, and how long
// that took.
func (s *Sizer) OK(bytes, docs int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if took > tooSlow {
		s.halve(bytes, docs)
		return
	}
	if fill := s.fill(bytes, docs); fill < full || fill > 1 {
		return // it tells nothing of this size
	}
	if s.settled > 0 {
		s.settled--
		return
	}
	s.bytes, s.took = s.bytes+int64(bytes), s.took+took
	if s.requests++; s.requests == judgedBy {
		s.judge()
	}
}

// Failed says that a request timed out, or that the service did not manage it.
func (s *Sizer) Failed(bytes, docs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halve(bytes, docs)
}

// TooLarge says that a request of so many bytes was refused for its size (413). No
// request will have more than half of it.
func (s *Sizer) TooLarge(bytes int) { s.Limit(bytes / 2) }

// Limit says that the service takes no more than so many bytes in a request.
func (s *Sizer) Limit(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most.bytes = min(s.most.bytes, max(bytes, 1))
	s.now.bytes = min(s.now.bytes, s.most.bytes)
	s.settle(0)
}

// judge compares the throughput of this size with that of the one before, and goes
// up, back, or stays.
func (s *Sizer) judge() {
	mean := s.took / judgedBy
	rate := float64(s.bytes) / max(s.took, 1).Seconds()
	larger := size{min(2*s.now.bytes, s.most.bytes), min(2*s.now.docs, s.most.docs)}
	switch {
	case s.smaller != size{} && rate < gain*s.rate:
		s.now = s.smaller
		s.settle(settledFor)
	case larger == s.now || mean > slow:
		s.settle(settledFor)
	default:
		smaller := s.now
		s.now = larger
		s.settle(0)
		s.smaller, s.rate = smaller, rate
	}
}

// halve goes down to half the size of a request that was too much, unless that was
// done, or the request was a small one.
func (s *Sizer) halve(bytes, docs int) {
	fill := s.fill(bytes, docs)
	if fill < full || fill >= 2 {
		return
	}
	part := max(fill, 1) / 2
	s.now.bytes = max(int(float64(s.now.bytes)*part), min(s.now.bytes, leastBytes))
	s.now.docs = max(int(float64(s.now.docs)*part), min(s.now.docs, leastDocs))
	s.settle(settledFor)
}

// settle keeps the size for so many full requests.
func (s *Sizer) settle(requests int) {
	s.smaller, s.rate, s.requests, s.bytes, s.took = size{}, 0, 0, 0, 0
	s.settled = requests
}

// full is the part of the size from which a request counts as one of it.
const full = 0.75

// fill returns which part of the size a request has.
func (s *Sizer) fill(bytes, docs int) float64 {
	return max(float64(bytes)/float64(s.now.bytes), float64(docs)/float64(s.now.docs))
}
