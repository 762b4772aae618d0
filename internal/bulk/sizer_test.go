package bulk_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// A server takes time for each request, for each byte and for each document, and
// answers 413 to what is too large.
type server struct {
	request  time.Duration
	byteRate float64 // bytes in a second
	document time.Duration
	most     int
}

func (s server) took(bytes, docs int) time.Duration {
	return s.request + time.Duration(float64(bytes)/s.byteRate*float64(time.Second)) + time.Duration(docs)*s.document
}

// load sends n full requests of documents of equal size, and returns the size that
// it comes to.
func (s server) load(sizer *bulk.Sizer, docBytes, n int) (bytes, docs int) {
	for range n {
		bytes, docs = sizer.Size()
		count := max(min(bytes/docBytes, docs), 1)
		if sent := count * docBytes; sent > s.most {
			sizer.TooLarge(sent)
		} else {
			sizer.OK(sent, count, s.took(sent, count))
		}
	}
	return sizer.Size()
}

const mib = 1 << 20

func TestSizer(t *testing.T) {
	fast := server{request: 10 * time.Millisecond, byteRate: 100 * mib, most: 100 * mib}
	tests := []struct {
		name        string
		server      server
		docBytes    int
		bytes, docs int // wanted
	}{
		{"large requests pay", server{100 * time.Millisecond, 50 * mib, 0, 100 * mib}, 2000, 10 * mib, 5000},
		{"they pay up to 8 MiB", fast, 2000, 8 * mib, 5000},
		{"they do not pay", server{0, 50 * mib, 0, 100 * mib}, 2000, mib, 1000},
		{"small documents", fast, 100, 8 * mib, 5000},
		{"large documents", fast, 300_000, 8 * mib, 5000},
		{"a slow server", server{10 * time.Millisecond, 400 << 10, 0, 100 * mib}, 2000, mib, 1000},
		{"a very slow server", server{100 * time.Millisecond, 50 << 10, 0, 100 * mib}, 2000, 256 << 10, 250},
		{"large requests pay, but are slow", server{3100 * time.Millisecond, 50 * mib, 0, 100 * mib}, 2000, mib, 1000},
		{"slow for documents", server{0, 100 * mib, 5 * time.Millisecond, 100 * mib}, 100, mib, 1000},
		{"nothing above 3 MB", server{100 * time.Millisecond, 50 * mib, 0, 3_000_000}, 2000, 2_097_000, 4000},
	}
	for _, test := range tests {
		sizer := bulk.NewSizer(10*mib, 5000)
		bytes, docs := test.server.load(sizer, test.docBytes, 40)
		if bytes != test.bytes || docs != test.docs {
			t.Errorf("%s: %d bytes, %d documents, want %d and %d", test.name, bytes, docs, test.bytes, test.docs)
		}
	}
}

// TestSizerTriesAgain has a server that comes to be faster.
func TestSizerTriesAgain(t *testing.T) {
	sizer := bulk.NewSizer(4*mib, 5000)
	busy := server{request: 0, byteRate: mib, most: 100 * mib}
	if bytes, _ := busy.load(sizer, 2000, 20); bytes != mib {
		t.Fatalf("%d bytes", bytes)
	}
	idle := server{request: 100 * time.Millisecond, byteRate: 50 * mib, most: 100 * mib}
	if bytes, _ := idle.load(sizer, 2000, 100); bytes != 4*mib {
		t.Errorf("%d bytes", bytes)
	}
}

// TestSizerNoise has requests that take anything up to three times as long as others.
func TestSizerNoise(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		s := server{request: 200 * time.Millisecond, byteRate: 20 * mib, most: 100 * mib}
		sizer := bulk.NewSizer(10*mib, 5000)
		sum := 0
		for range 1000 {
			bytes, docs := sizer.Size()
			docs = min(docs, bytes/2000)
			sizer.OK(docs*2000, docs, time.Duration(float64(s.took(docs*2000, docs))*(0.5+r.Float64())))
			sum += docs * 2000
		}
		if mean := sum / 1000; mean < 2*mib {
			t.Errorf("seed %d: %d bytes on average", seed, mean)
		}
	}
}

func TestSizerFailures(t *testing.T) {
	sizer := bulk.NewSizer(10*mib, 5000)
	check := func(what string, bytes, docs int) {
		t.Helper()
		if b, d := sizer.Size(); b != bytes || d != docs {
			t.Errorf("%s: %d bytes, %d documents, want %d and %d", what, b, d, bytes, docs)
		}
	}
	check("at first", mib, 1000)
	sizer.Failed(1000, 1)
	check("a small one failed", mib, 1000)
	for range 8 {
		sizer.Failed(mib, 500)
	}
	check("eight of one size failed", mib/2, 500)
	sizer.Failed(mib*3/4, 10)
	check("one of a size between failed", mib*3/8, 375)
	sizer.Failed(1000, 300)
	check("one full of documents failed", mib*3/16, 187)
	for range 10 {
		bytes, docs := sizer.Size()
		sizer.OK(bytes, docs, 11*time.Second)
	}
	check("all were slow", 64<<10, 50)

	sizer.Failed(mib, 10)
	check("one failed that was sent long before", 64<<10, 50)

	sizer = bulk.NewSizer(10*mib, 5000)
	for range 100 {
		sizer.OK(1000, 10, time.Millisecond)
		sizer.OK(2*mib, 10, time.Millisecond)
		sizer.OK(1000, 2000, time.Millisecond)
		check("none was of this size", mib, 1000)
	}

	sizer = bulk.NewSizer(1000, 3)
	check("small ceilings", 1000, 3)
	sizer.Failed(1000, 3)
	check("small ceilings, failed", 1000, 3)
	sizer.TooLarge(1000)
	check("small ceilings, too large", 500, 3)
	sizer.TooLarge(1)
	check("nothing fits", 1, 3)
	sizer = bulk.NewSizer(0, -1)
	check("no ceilings", 1, 1)
	sizer = bulk.NewSizer(10*mib, 5000)
	sizer.Limit(300_000)
	check("the service has a limit", 300_000, 1000)
}

// TestSizerNeverExceeds makes calls at random: the size is within all limits that are
// known, and the same calls give the same sizes.
func TestSizerNeverExceeds(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 0))
		most, mostDocs := 1+r.IntN(20*mib), 1+r.IntN(10_000)
		a, b := bulk.NewSizer(most, mostDocs), bulk.NewSizer(most, mostDocs)
		for range 300 {
			bytes, docs := a.Size()
			if bytes < 1 || bytes > most || docs < 1 || docs > mostDocs {
				t.Fatalf("seed %d: %d bytes of %d, %d documents of %d", seed, bytes, most, docs, mostDocs)
			}
			sent, sentDocs := r.IntN(2*bytes)+1, r.IntN(2*docs)+1
			took := time.Duration(r.Int64N(int64(12 * time.Second)))
			call := r.IntN(40)
			for _, s := range []*bulk.Sizer{a, b} {
				switch call {
				case 0:
					s.Failed(sent, sentDocs)
				case 1:
					s.TooLarge(sent)
				default:
					s.OK(sent, sentDocs, took)
				}
			}
			if call == 1 {
				most = min(most, max(sent/2, 1))
			}
			x, y := a.Size()
			if u, v := b.Size(); x != u || y != v {
				t.Fatalf("seed %d: the same calls gave %d, %d and %d, %d", seed, x, y, u, v)
			}
		}
	}
}
