package macie

import (
	"context"
	"errors"
	"time"
)

// acquireNow makes this process the one that lists, or that ends the run, if no
// other is: between calls nobody is. With begin, that can be a new run. The
// context that it returns ends when another process has taken over.
func (s *eventScan) acquireNow(ctx context.Context, begin bool) (held context.Context, ok bool, err error) {
	if err := s.load(ctx); err != nil {
		return nil, false, err
	}
	switch r := s.run; {
	case s.open() && !r.Events:
		return nil, false, s.fits()
	case r.Events && r.Holder != "" && time.Now().Unix() < r.HeldUntil:
		return nil, false, nil
	case !begin && (!s.open() || r.Digest != s.digest):
		return nil, false, nil
	}
	r := s.scan.next(s.run)
	r.Events, r.Holder = true, randomHex(8)
	switch err := s.putRun(ctx, &r); {
	case isConflict(err):
		return nil, false, s.load(ctx)
	case err != nil:
		return nil, false, storeError(err)
	}
	s.run, s.record = r, r
	return s.keepAlive(ctx), true, nil
}

// giveUp releases the run, and takes over what was noted of it.
func (s *eventScan) giveUp(ctx context.Context, done bool) error {
	err := s.release(ctx, done)
	s.run = s.record
	return err
}

// listOn lists on, in a new run if there is none, unless all is listed or another
// process does it.
func (s *eventScan) listOn(ctx context.Context) error {
	if s.open() && s.run.Digest == s.digest && s.run.Listed {
		return nil
	}
	held, ok, err := s.acquireNow(ctx, true)
	if err != nil {
		return err
	}
	if !ok {
		s.wait("another process, which lists")
		return nil
	}
	err = s.list(held)
	return errors.Join(err, s.giveUp(ctx, false))
}

// finish ends the run if all is done, and tells so. One process does.
func (s *eventScan) finish(ctx context.Context) (*ScanImagesResult, error) {
	if err := s.load(ctx); err != nil || !s.open() || !s.run.Listed {
		return nil, err
	}
	for sh, err := range s.shards(ctx) {
		if err != nil || !sh.Done {
			return nil, err
		}
	}
	run := s.run.Run
	held, ok, err := s.acquireNow(ctx, false)
	if err != nil || !ok {
		return nil, err
	}
	if s.run.Run != run { // it ended meanwhile, and another one was begun
		return nil, s.giveUp(ctx, false)
	}
	result, err := s.result(held)
	if err == nil {
		err = s.notify(held)
	}
	if err := errors.Join(err, s.giveUp(ctx, err == nil)); err != nil {
		return nil, err
	}
	return &result, nil
}
