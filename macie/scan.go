package macie

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

// A scan is a call that works on the images of some sources.
type scan struct {
	c       Clients
	opts    ScanImagesOptions // complete
	id      string            // of the sources and the place of the results
	digest  string            // of what is looked for
	target  awspatterns.Target
	reader  *textdetect.Reader
	jobs    *maciejobs.Jobs
	session maciejobs.Session // of Macie; zero with another Detector
	quotas  TextractQuotas
	events  bool // it is driven by events: nothing is waited for

	run      run           // as it was when this process took it over
	record   run           // as it is in the store
	runLock  chan struct{} // held while record changes; no mutex, since calls are made meanwhile
	stopBeat func()

	budget    budget
	listed    atomic.Int64
	tellLock  sync.Mutex
	progress  ScanProgress
	evaluates chan struct{} // one shard at a time is evaluated, to bound memory
}

// newScan checks the options and what the scan needs in the account.
func newScan(ctx context.Context, c Clients, opts ScanImagesOptions) (*scan, error) {
	s, err := openScan(ctx, c, opts)
	if err != nil {
		return nil, err
	}
	if err := s.preflight(ctx); err != nil {
		return nil, err
	}
	return s, s.connect(ctx)
}

// openScan is newScan without looking at anything but who the caller is.
func openScan(ctx context.Context, c Clients, opts ScanImagesOptions) (*scan, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	target, err := identity.Target(ctx, c.STS, c.Region)
	if err != nil {
		return nil, err
	}
	return &scan{
		c: c, opts: opts, id: opts.scanID(), digest: opts.digest(), target: target,
		jobs:    maciejobs.New(c.Macie, maciejobs.Config{PollInterval: opts.PollInterval}),
		runLock: make(chan struct{}, 1), evaluates: make(chan struct{}, 1),
	}, nil
}

// connect makes what reads text, within the quotas.
func (s *scan) connect(ctx context.Context) error {
	q, err := s.textractQuotas(ctx)
	if err != nil {
		return err
	}
	s.connectWith(q)
	return nil
}

func (s *scan) connectWith(q TextractQuotas) {
	s.quotas = q
	s.reader = textdetect.New(s.c.Textract, textdetect.Config{
		DetectTPS: q.Detect, StartTPS: q.Start, GetTPS: q.Get, Jobs: q.Jobs,
		PollInterval: min(s.opts.PollInterval, maxTextractPoll), TopicARN: s.opts.topic, RoleARN: s.opts.role,
	})
}

// maxTextractPoll is the most time until a job of Textract is first looked at.
const maxTextractPoll = 5 * time.Second

// textractQuotas returns the quotas that are given, or else those of the account.
func (s *scan) textractQuotas(ctx context.Context) (TextractQuotas, error) {
	q := s.opts.Quotas
	if q.Detect > 0 && q.Start > 0 && q.Get > 0 && q.Jobs > 0 {
		return q, nil
	}
	found, _, err := textdetect.Quotas(ctx, s.c.ServiceQuotas, s.c.Region)
	if err != nil {
		return q, err
	}
	return q.or(TextractQuotas{Detect: found.DetectTPS, Start: found.StartTPS, Get: found.GetTPS, Jobs: found.Jobs}), nil
}

// owner returns the account that is to own a bucket.
func (s *scan) owner(given string) string {
	if given != "" {
		return given
	}
	return s.target.Account
}

// work reads all images and has them analysed. It reports whether the run is done.
func (s *scan) work(ctx context.Context) (done bool, err error) {
	if s.opts.limited() {
		if err := s.checkCeiling(ctx); err != nil {
			return false, err
		}
	}
	if err := s.readAndAnalyse(ctx); err != nil {
		return false, err
	}
	paused, err := s.paused(ctx)
	if err != nil || paused {
		return false, err
	}
	err = s.notify(ctx)
	return err == nil, err
}

// readAndAnalyse lists, reads and analyses, all at the same time.
func (s *scan) readAndAnalyse(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	p := &pipeline{
		scan: s, group: all,
		images: make(chan *entry), long: make(chan *entry, longQueue),
		shards: map[int]*shardCount{},
	}
	all.Go(func() error { return p.list(ctx) })
	var readers sync.WaitGroup
	for range s.opts.Concurrency {
		readers.Add(1)
		all.Go(func() error {
			defer readers.Done()
			return p.readImages(ctx, p.images)
		})
	}
	all.Go(func() error {
		readers.Wait()
		close(p.long)
		return nil
	})
	for range min(s.quotas.Jobs, maxLong) {
		all.Go(func() error { return p.readImages(ctx, p.long) })
	}
	return all.Wait()
}

const (
	longQueue = 1000 // entries of images that wait for an asynchronous detection
	maxLong   = 1000 // asynchronous detections waited for at a time
)

// A pipeline is the images of a scan under way.
type pipeline struct {
	*scan
	group  *errgroup.Group
	images chan *entry // to look into
	long   chan *entry // of those, what takes an asynchronous detection

	mu     sync.Mutex
	shards map[int]*shardCount
}

// A shardCount tells when a shard can be analysed.
type shardCount struct {
	open     int  // images that are being read
	listed   bool // all its images were listed
	from, to position
}

// readImages reads images until there are no more.
func (p *pipeline) readImages(ctx context.Context, images <-chan *entry) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e, more := <-images:
			if !more {
				return nil
			}
			later, err := p.readImage(ctx, e, images == p.long)
			if err != nil {
				return err
			}
			if later {
				select {
				case p.long <- e:
					continue
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			p.doneReading(ctx, e.Shard)
		}
	}
}

// join counts an image to a shard that is being read.
func (p *pipeline) join(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.shards[e.Shard]
	at := position{e.Bucket, e.Key}
	if c == nil {
		c = &shardCount{from: at}
		p.shards[e.Shard] = c
	}
	c.open++
	c.to = at
}

func (p *pipeline) doneReading(ctx context.Context, shard int) {
	p.mu.Lock()
	c := p.shards[shard]
	c.open--
	ready := c.listed && c.open == 0
	p.mu.Unlock()
	if ready {
		p.analyse(ctx, shard, c)
	}
}

// allListed says of shards that no image of theirs is still to be listed.
func (p *pipeline) allListed(ctx context.Context, which func(shard int) bool) {
	p.mu.Lock()
	ready := map[int]*shardCount{}
	for shard, c := range p.shards {
		if !c.listed && which(shard) {
			c.listed = true
			if c.open == 0 {
				ready[shard] = c
			}
		}
	}
	p.mu.Unlock()
	for shard, c := range ready {
		p.analyse(ctx, shard, c)
	}
}

// analyse has a shard analysed while others are read.
func (p *pipeline) analyse(ctx context.Context, shard int, c *shardCount) {
	if p.opts.Detector != nil {
		return
	}
	p.group.Go(func() error {
		if err := p.analyseShard(ctx, shard, c.from, c.to); err != nil {
			return fmt.Errorf("images %d of %s: %w", shard, p.run.Run, err)
		}
		return nil
	})
}

// tell reports progress, one at a time.
func (s *scan) tell(change func(*ScanProgress)) {
	s.tellLock.Lock()
	defer s.tellLock.Unlock()
	s.progress.Image, s.progress.Job = nil, nil
	change(&s.progress)
	if s.opts.Progress != nil {
		s.opts.Progress(s.progress)
	}
}

// problem returns what the result of a finished run is to be an error for.
func (r ScanImagesResult) problem() error {
	var errs []error
	for _, j := range r.Jobs {
		if j.Problem != "" {
			errs = append(errs, fmt.Errorf("%w: job %s: %s", ErrJobStopped, j.ID, j.Problem))
		}
	}
	failed := r.States[StateFailed]
	if failed == 0 {
		return errors.Join(errs...)
	}
	named := 0
	for _, i := range r.Attention {
		if i.State == StateFailed && named < maxNamed {
			errs = append(errs, &ImageError{i.Bucket, i.Key, errors.New(i.Reason)})
			named++
		}
	}
	errs = append(errs, fmt.Errorf("%w: %d of %d", ErrFailedImages, failed, r.Listed))
	return errors.Join(errs...)
}

// maxNamed is how many failed images an error names.
const maxNamed = 10
