package ses

import (
	"bufio"
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/ses/region"
)

// maxListHeap is the most that the heap may grow for a million addresses in each Region.
// What is in use may be half of that: by default the collector runs when as much again is
// garbage. That is asserted, since it does not depend on when the collector runs.
const maxListHeap = 64 << 20

// A listHeap is the most of the heap that was in use when it was looked at, beyond what was
// before, and the most that it had with garbage.
type listHeap struct {
	before, most, withGarbage uint64
	looks                     int
}

func newListHeap() *listHeap {
	h := &listHeap{}
	h.before = h.inUse()
	return h
}

func (h *listHeap) alloc() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (h *listHeap) inUse() uint64 {
	runtime.GC()
	return h.alloc()
}

// look looks at the heap, without garbage once in a while, since collecting takes time.
func (h *listHeap) look() {
	h.withGarbage = max(h.withGarbage, h.alloc())
	if h.looks++; h.looks%100 == 0 {
		h.most = max(h.most, h.inUse())
	}
}

// check wants the heap to have kept to its bound.
func (h *listHeap) check(t *testing.T, what string) {
	t.Helper()
	const mib = 1 << 20
	h.most = max(h.most, h.inUse())
	t.Logf("%s: %.1f MiB in use, %.1f MiB with garbage", what, float64(h.most-h.before)/mib, float64(h.withGarbage-h.before)/mib)
	if h.most-h.before > maxListHeap/2 {
		t.Errorf("%s: %d bytes of heap in use, want up to %d", what, h.most-h.before, maxListHeap/2)
	}
}

// TestListMemory compares, looks at and writes lists of a million addresses in each Region
// with nothing in common, which takes most: what is missing is kept, too.
func TestListMemory(t *testing.T) {
	if testing.Short() || underRaceDetector() {
		t.Skip("a million addresses")
	}
	synctest.Test(t, func(t *testing.T) {
		const n = 1_000_000
		w := newListWorld(awstest.New(t))
		w.aws.PageSize, w.cloud.LogLimit, w.cloud.MaxCalls = 0, -1, n
		at := func(domain string) func(int) (string, sestypes.SuppressionListReason) {
			return func(i int) (string, sestypes.SuppressionListReason) {
				return fmt.Sprintf("somebody.%08d@%s.example.com", i, domain), sestypes.SuppressionListReasonBounce
			}
		}
		w.home.FillSuppressed(n, at("home"))
		w.away.FillSuppressed(n, at("away"))
		jobsAtOnce(w.cloud)
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		heap := newListHeap()
		d := p.suppressionDifference(t.Context(), "", func(string, int) { heap.look() })
		heap.check(t, "difference")
		if d.Primary != n || d.Secondary != n || d.Missing != n || d.Extra != n || d.Different+d.Stricter != 0 || d.Unread != "" {
			t.Errorf("%+v", d)
		}

		step := region.Step{Kind: region.SuppressionList, Value: &region.Value{List: &d}}
		for _, s := range []*site{p.primary, p.secondary} {
			s.SES = &watched{s.SES, heap}
		}
		counted := &countedS3{S3API: p.secondary.S3, heap: heap}
		p.secondary.S3 = counted
		if now, err := p.suppressionLook(t.Context(), step); err != nil || now != apply.AsFound {
			t.Fatalf("look: %d, %v", now, err)
		}
		heap.check(t, "look")
		if err := p.suppressionApply(t.Context(), step, w.staging, func(int) { heap.look() }); err != nil {
			t.Fatal(err)
		}
		heap.check(t, "apply")
		one := len(w.away.Suppressed(""))
		if counted.records+one != n || one != 1 || counted.largest > usualSuppressionLimits.partRecords {
			t.Errorf("%d records, up to %d in an object, and %d one by one", counted.records, counted.largest, one)
		}
	})
}

// jobsAtOnce has import jobs succeed at once, whatever they read.
func jobsAtOnce(c *awstest.Cloud) {
	awstest.Handle(c, func(context.Context, *sesv2.CreateImportJobInput) (*sesv2.CreateImportJobOutput, error) {
		return &sesv2.CreateImportJobOutput{JobId: ptr("job")}, nil
	})
	awstest.Handle(c, func(context.Context, *sesv2.GetImportJobInput) (*sesv2.GetImportJobOutput, error) {
		return &sesv2.GetImportJobOutput{JobId: ptr("job"), JobStatus: sestypes.JobStatusCompleted}, nil
	})
}

// A countedS3 counts the records of objects as the wire would take them, and keeps none: the
// stand-in would hold all of them in this process.
type countedS3 struct {
	S3API
	heap             *listHeap
	records, largest int
}

func (c *countedS3) PutObject(_ context.Context, in *s3sdk.PutObjectInput, _ ...func(*s3sdk.Options)) (*s3sdk.PutObjectOutput, error) {
	n := 0
	for lines := bufio.NewScanner(in.Body); lines.Scan(); {
		n++
	}
	c.records, c.largest = c.records+n, max(c.largest, n)
	c.heap.look()
	return &s3sdk.PutObjectOutput{}, nil
}

// A watched Region has the heap looked at with each page.
type watched struct {
	SESAPI
	heap *listHeap
}

func (w *watched) ListSuppressedDestinations(ctx context.Context, in *sesv2.ListSuppressedDestinationsInput, opts ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error) {
	w.heap.look()
	return w.SESAPI.ListSuppressedDestinations(ctx, in, opts...)
}
