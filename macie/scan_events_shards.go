package macie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/awspatterns/awspatterns/internal/maciejobs"
)

// beginTimeout is after how long a job that was about to be created, and is not
// known, is seen to by another process.
const beginTimeout = 5 * time.Minute

// proceed brings a shard on whose images are all listed: to the first image that
// is still being read, or to its job. It looks from the image that was noted
// last, which most often is still the one: so each image is passed over once,
// however many there are.
//
// No image is missed. Whoever notes an image to wait for looks at it once more
// after that, and whoever has read an image looks at the note after that. Who
// finds that somebody else has changed the note meanwhile leaves the rest to them,
// for they are still to look.
func (s *eventScan) proceed(ctx context.Context, number int) error {
	sh, err := s.getShard(ctx, number)
	if err != nil || sh.version == "" || sh.Done || sh.JobID != "" {
		return err
	}
	if sh.Begun == 0 {
		if waits, err := s.moveOn(ctx, sh); err != nil || waits {
			return unlessConflict(err)
		}
	}
	return s.createJob(ctx, sh)
}

// moveOn notes the first image of a shard that is still being read. It reports
// whether there is one.
func (s *eventScan) moveOn(ctx context.Context, sh *shard) (waits bool, err error) {
	for {
		e, err := s.firstUnread(ctx, sh)
		if err != nil || e == nil {
			return false, err
		}
		at := e.at()
		if at == sh.Waits {
			return true, nil
		}
		sh.Waits = at
		if err := s.putShard(ctx, sh); err != nil {
			return false, err
		}
	}
}

// reads reports whether an entry is of a shard, and its text is being read.
func (s *scan) reads(e *entry, number int) bool {
	return e.Seen == s.run.Run && e.Shard == number && e.Step == stepReading
}

func (s *eventScan) firstUnread(ctx context.Context, sh *shard) (*entry, error) {
	for e, err := range s.between(ctx, sh.Waits, sh.To) {
		if err != nil || s.reads(e, sh.Number) {
			return e, err
		}
	}
	return nil, nil
}

// createJob creates the job of a shard whose images are all read. The process
// that writes that it has begun does, or after a while another one.
func (s *eventScan) createJob(ctx context.Context, sh *shard) (err error) {
	again := sh.Begun != 0
	if again && time.Since(time.Unix(sh.Begun, 0)) < beginTimeout {
		return nil
	}
	if !again {
		if sh.Images, err = s.countTexts(ctx, sh); err != nil {
			return err
		}
		sh.Done = sh.Images == 0
	}
	sh.Begun = time.Now().Unix()
	switch err := s.putShard(ctx, sh); {
	case isConflict(err):
		return nil // another process was faster
	case err != nil:
		return err
	case sh.Done:
		s.settled.Store(true)
		return nil
	}
	spec := s.jobSpec(sh)
	if again {
		if sh.JobID, _, err = s.jobs.Find(ctx, spec.Name); err != nil {
			return err
		}
	}
	if sh.JobID == "" {
		if sh.JobID, err = s.jobs.Create(ctx, spec); err != nil {
			return err
		}
	}
	if err := s.putShard(ctx, sh); !isConflict(err) {
		return err
	}
	return nil
}

// reconcile does what messages that were lost, and processes that were killed,
// have left undone.
func (s *eventScan) reconcile(ctx context.Context) error {
	if err := s.fits(); err != nil || !s.open() {
		return err
	}
	var open []*shard
	for sh, err := range s.shards(ctx) {
		if err != nil {
			return err
		}
		if !sh.Done {
			open = append(open, sh)
		}
	}
	var errs []error
	for _, sh := range open {
		if s.late() || ctx.Err() != nil {
			break
		}
		if err := s.reconcileShard(ctx, sh); err != nil {
			errs = append(errs, fmt.Errorf("images %d of %s: %w", sh.Number, s.run.Run, err))
		}
	}
	return errors.Join(errs...)
}

func (s *eventScan) reconcileShard(ctx context.Context, sh *shard) error {
	if sh.JobID != "" {
		return s.lookAtJob(ctx, sh, true)
	}
	if sh.Begun == 0 {
		if err := s.readStale(ctx, sh); err != nil {
			return err
		}
	}
	if s.late() {
		return nil
	}
	return s.proceed(ctx, sh.Number)
}

// readStale looks at the images of a shard whose end of reading should have been
// told, and starts those that there was no room for.
func (s *eventScan) readStale(ctx context.Context, sh *shard) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Concurrency)
	for e, err := range s.between(ctx, sh.Waits, sh.To) {
		if err != nil {
			return joinGroup(g, err)
		}
		stale := time.Since(time.Unix(e.Submitted, 0)) >= s.staleAfter
		if !s.reads(e, sh.Number) || e.TextractJob != "" && !stale {
			continue
		}
		if s.late() || ctx.Err() != nil {
			break
		}
		g.Go(func() error { return s.readLate(ctx, e) })
	}
	return g.Wait()
}

func (s *eventScan) readLate(ctx context.Context, e *entry) error {
	var err error
	if e.TextractJob == "" {
		err = s.submit(ctx, e)
	} else {
		err = s.readDetection(ctx, e)
	}
	if isConflict(err) || errors.Is(err, errNotDone) || errors.Is(err, errNoRoom) {
		return nil // another process was faster, or the next call looks again
	}
	return err
}

// lookAtJob looks whether the job of a shard is over, and then gives its images
// their states. Unless it has to, it does not look more often than a PollInterval:
// each finding is an event.
func (s *eventScan) lookAtJob(ctx context.Context, sh *shard, must bool) error {
	now := time.Now()
	if sh.Done || now.Unix() < sh.Busy || !must && now.Sub(time.Unix(sh.Looked, 0)) < s.opts.PollInterval {
		return nil
	}
	st, err := s.jobs.Look(ctx, sh.JobID)
	if err != nil {
		return err
	}
	sh.Looked, sh.Status = now.Unix(), st.State
	if !st.Over() {
		sh.Problem = st.Stuck()
		return unlessConflict(s.putShard(ctx, sh))
	}
	sh.Problem = describe(st)
	if sh.Over == 0 {
		sh.Over = now.Unix()
	}
	sh.Busy = s.deadOn(ctx).Unix()
	if err := s.putShard(ctx, sh); err != nil {
		return unlessConflict(err)
	}
	return s.evaluateJob(ctx, sh, st)
}

// deadOn returns when this call is over for certain.
func (s *eventScan) deadOn(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline.Add(s.margin)
	}
	return time.Now().Add(15 * time.Minute)
}

// evaluateJob evaluates a shard. Whatever keeps it from that is tried again by the
// next that looks.
func (s *eventScan) evaluateJob(ctx context.Context, sh *shard, st maciejobs.Status) error {
	err := s.readSession(ctx)
	if err == nil {
		err = s.evaluate(ctx, sh)
	}
	if err == nil {
		s.settled.Store(true)
		return nil
	}
	sh.Busy = 0
	again := s.putShard(context.WithoutCancel(ctx), sh)
	if errors.Is(err, errRecordsLate) {
		return unlessConflict(again)
	}
	return errors.Join(unlessConflict(err), unlessConflict(again))
}

func unlessConflict(err error) error {
	if isConflict(err) {
		return nil
	}
	return err
}

// readSession reads where Macie exports its analysis records to.
func (s *eventScan) readSession(ctx context.Context) error {
	if s.session.Enabled {
		return nil
	}
	session, err := s.jobs.Session(ctx)
	switch {
	case err != nil:
		return err
	case !session.Enabled:
		return fmt.Errorf("not enabled any more: Macie in %s", s.c.Region)
	case session.ExportErr != nil: // unknown is not absent
		return session.ExportErr
	}
	s.session = session
	return nil
}
