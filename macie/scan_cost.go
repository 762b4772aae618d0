package macie

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A ScanEstimate says what a scan would read.
type ScanEstimate struct {
	Listed int64 `json:"listed"` // objects
	Images int64 `json:"images"` // of them, those whose text would be read
	Kept   int64 `json:"kept"`   // images whose text an earlier scan has read

	// Pages is the most that text detection would read. Unknown are images of them
	// that do not tell their pages, and are reckoned with 3,000 each.
	Pages   int64 `json:"pages"`
	Unknown int64 `json:"unknown,omitempty"`

	Costs []awspatterns.Cost `json:"costs"` // of text detection, by Prices
}

// String returns the estimate in a sentence.
func (e ScanEstimate) String() string {
	text := fmt.Sprintf("%d objects: %d images with up to %d pages to read, %d whose text is kept", e.Listed, e.Images, e.Pages, e.Kept)
	if e.Unknown > 0 {
		text += fmt.Sprintf(", %d of unknown length", e.Unknown)
	}
	for _, c := range e.Costs {
		text += "; " + c.String()
	}
	return text
}

// EstimateScan counts the pages that [ScanImages] would read with the same
// options. It lists the objects and looks at the beginning of those that may be
// images, or at as much of a TIFF or PDF as tells its pages, and pays for nothing
// but the requests: a LIST request per 1,000 objects, and a GET and a HEAD request
// for each that is new or changed. Images that cannot be read are not counted. It
// changes nothing, and does not look at what a scan needs in the account.
//
// It is what [ScanImages] would do now: the open run, if there is one, gone on with,
// or else a new one, in which unchanged images keep their verdict.
//
// IAM actions: those that [ScanImagesPermissions] has for planning.
func EstimateScan(ctx context.Context, c Clients, opts ScanImagesOptions) (ScanEstimate, error) {
	s, err := openScan(ctx, c, opts)
	if err == nil {
		s.run, err = s.getRun(ctx)
	}
	if err != nil {
		return ScanEstimate{}, fmt.Errorf("macie: estimate scan: %w", reason.Cause(ctx, err))
	}
	s.run = s.next(s.run)
	estimate, err := s.estimate(ctx)
	if err != nil {
		return ScanEstimate{}, fmt.Errorf("macie: estimate scan: %w", reason.Cause(ctx, err))
	}
	return estimate, nil
}

// estimate looks at all images as reading them begins.
func (s *scan) estimate(ctx context.Context) (ScanEstimate, error) {
	var estimate ScanEstimate
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Concurrency)
	for o, err := range s.known(ctx, position{}) {
		if err != nil {
			return estimate, joinGroup(g, err)
		}
		if o.gone {
			continue
		}
		estimate.Listed++
		if n := estimate.Listed; n%tellEvery == 0 || n == 1 {
			s.tell(func(p *ScanProgress) { p.Phase, p.Listed = "counting", n })
		}
		if s.triage(o) != readIt || o.Step == stepAnalysis {
			continue
		}
		g.Go(func() error {
			o, kept, err := s.pagesOf(ctx, o.entry)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			estimate.add(o, kept)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return estimate, err
	}
	estimate.Costs = []awspatterns.Cost{{
		Item: "text detection", Unit: "page", Quantity: float64(estimate.Pages), Price: s.opts.Prices.Page,
	}}
	return estimate, nil
}

func joinGroup(g *errgroup.Group, err error) error {
	if other := g.Wait(); other != nil {
		return other
	}
	return err
}

func (e *ScanEstimate) add(o original, kept bool) {
	switch {
	case kept:
		e.Kept++
	case o.pages > 0:
		e.Images++
		e.Pages += int64(o.pages)
		if o.unknown {
			e.Unknown++
		}
	}
}

// pagesOf returns what is known of the pages of an image, none if it cannot be read,
// and whether its text is there.
func (s *scan) pagesOf(ctx context.Context, e *entry) (o original, kept bool, err error) {
	o, err = s.inspect(ctx, e)
	if err != nil {
		if ctx.Err() != nil {
			return original{}, false, context.Cause(ctx)
		}
		return original{}, false, nil // reading it will tell why
	}
	bucket, key, owner := s.opts.Results.Bucket, s.opts.sidecarKey(textID(e.Image)), s.owner(s.opts.Results.Owner)
	_, err = s.c.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key, ExpectedBucketOwner: optional(owner)})
	switch {
	case err == nil:
		return o, true, nil
	case notThere(ctx, s.c.S3, bucket, key, owner, err):
		return o, false, nil
	}
	return original{}, false, fmt.Errorf("look for the text of %s in the results bucket: %w", e.URL(), err)
}

// checkCeiling counts all pages before the first is paid for.
func (s *scan) checkCeiling(ctx context.Context) error {
	paid, err := s.paid(ctx)
	if err != nil {
		return err
	}
	estimate, err := s.estimate(ctx)
	if err != nil {
		return err
	}
	s.budget.limit(s.opts, paid)
	return s.budget.fits(estimate.Pages)
}

// paid returns the pages that were paid for before this run was stopped, also those
// of images that are gone.
func (s *scan) paid(ctx context.Context) (pages int64, err error) {
	for e, err := range s.entries(ctx) {
		if err != nil {
			return 0, err
		}
		if e.Seen == s.run.Run {
			pages += e.Paid
		}
	}
	return pages, nil
}

// A budget is the pages that may still be read.
type budget struct {
	mu      sync.Mutex
	limited bool
	max     int64
	used    int64
	ceiling string
}

// limit sets the ceiling, of which so many pages are used up.
func (b *budget) limit(o ScanImagesOptions, used int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limited, b.used = o.limited(), used
	if o.MaxPages > 0 {
		b.max, b.ceiling = o.MaxPages, fmt.Sprintf("%d pages", o.MaxPages)
	}
	if o.MaxCost > 0 {
		pages := affordable(o.MaxCost, o.Prices.Page)
		if o.MaxPages == 0 || pages < b.max {
			b.max, b.ceiling = pages, fmt.Sprintf("%v for pages at %v", o.MaxCost, o.Prices.Page)
		}
	}
}

// affordable returns how many pages a cost is enough for. A rounding error does not
// take one away: 0.003 at 0.0015 are two.
func affordable(cost, price float64) int64 {
	pages := cost / price * (1 + 1e-12)
	if pages >= math.MaxInt64 { // which has no int64
		return math.MaxInt64
	}
	return int64(pages)
}

// fits reports whether so many pages may be read in all.
func (b *budget) fits(pages int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.check(pages)
}

func (b *budget) check(pages int64) error {
	if b.limited && b.used+pages > b.max {
		return fmt.Errorf("%w: %d pages are read or being read, and up to %d more would be; the ceiling is %s", awspatterns.ErrCeiling, b.used, pages, b.ceiling)
	}
	return nil
}

// reserve takes pages that are about to be read.
func (b *budget) reserve(pages int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.check(int64(pages)); err != nil {
		return err
	}
	b.used += int64(pages)
	return nil
}

// settle corrects a reservation to what was read.
func (b *budget) settle(reserved, read int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used += int64(read - reserved)
}
