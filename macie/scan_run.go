package macie

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/state"
)

// A run is one pass over all images. It lasts until each has its state, however
// often it is stopped meanwhile.
type run struct {
	Run    string `json:"run"`
	Digest string `json:"digest"` // of the identifiers
	Shards int    `json:"shards"` // opened so far
	Done   bool   `json:"done"`
	Events bool   `json:"events,omitempty"` // it is driven by events

	// Listed says that all objects were listed; ListedTo is how far an event-driven
	// run has come.
	Listed   bool     `json:"listed,omitempty"`
	ListedTo position `json:"listedTo"`

	Notified bool `json:"notified,omitempty"`

	// Of an event-driven run, whose Shards are those that are listed: the images
	// that were assigned up to ListedTo, those of them in listed shards, and where
	// the next shard begins.
	Assigned  int      `json:"assigned,omitempty"`
	Closed    int      `json:"closed,omitempty"`
	ShardFrom position `json:"shardFrom"`

	// Ahead is up to where images may have got their shards beyond ListedTo.
	Ahead position `json:"ahead"`

	// Holder is the process that works on it; Beat makes each record differ.
	Holder string `json:"holder,omitempty"`
	Beat   int64  `json:"beat"`

	// HeldUntil is when the Holder of an event-driven run is taken to be dead, in
	// Unix time. Nobody waits there to see whether it is silent.
	HeldUntil int64 `json:"heldUntil,omitempty"`

	version string
}

// A position is a place in the order of all images.
type position struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key,omitempty"`
}

const runKey = "run"

func isConflict(err error) bool { return errors.Is(err, state.ErrConflict) }

func (s *scan) runSet() string { return s.id + "/run" }

func (s *scan) getRun(ctx context.Context) (run, error) {
	record, err := s.opts.Store.Get(ctx, s.runSet(), runKey)
	if err != nil {
		return run{}, storeError(err)
	}
	r := run{version: record.Version}
	if record.Version == "" {
		return r, nil
	}
	if err := json.Unmarshal(record.Value, &r); err != nil {
		return run{}, fmt.Errorf("store: record of the run: %w", err)
	}
	return r, nil
}

// putRun writes the record of the run. The caller holds the run, or tries to.
func (s *scan) putRun(ctx context.Context, r *run) error {
	r.Beat++
	if r.Events {
		r.HeldUntil = time.Now().Add(s.opts.Lease).Unix() + 1
	}
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	records := []state.Record{{Set: s.runSet(), Key: runKey, Value: value, Version: r.version}}
	if err := s.opts.Store.Put(ctx, records); err != nil {
		return err
	}
	r.version = records[0].Version
	return nil
}

// next returns the run to work on: the one that was stopped, or a new one.
func (s *scan) next(r run) run {
	if r.Run == "" || r.Done || r.Digest != s.digest {
		r = run{Run: newRun(), Digest: s.digest, Beat: r.Beat, version: r.version}
	}
	return r
}

// openEvents reports whether the run is to be gone on with by events.
func (r run) openEvents() bool { return r.Events && !r.Done }

// newRun returns a name that no other run has, and that sorts by time.
func newRun() string {
	return time.Now().UTC().Format("20060102T150405Z") + "-" + randomHex(4)
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// acquire makes this process the one that works on the scan. The context that it
// returns ends when that is no longer so.
func (s *scan) acquire(ctx context.Context) (context.Context, error) {
	for {
		r, err := s.getRun(ctx)
		if err != nil {
			return nil, err
		}
		if r.Holder != "" && !r.openEvents() {
			if r, err = s.awaitSilence(ctx, r); err != nil {
				return nil, err
			}
		}
		if r.openEvents() {
			return nil, fmt.Errorf("%w: run %s goes on with StartScanImages", ErrOtherForm, r.Run)
		}
		r = s.next(r)
		r.Holder = randomHex(8)
		switch err := s.putRun(ctx, &r); {
		case isConflict(err): // another process was faster
		case err != nil:
			return nil, storeError(err)
		default:
			s.run, s.record = r, r
			return s.keepAlive(ctx), nil
		}
	}
}

// awaitSilence waits until the record of the run has not changed for a lease by
// our own clock, or has no holder any more. It returns the record that was silent:
// one that is read after that may be of a process that has just begun.
func (s *scan) awaitSilence(ctx context.Context, r run) (run, error) {
	since := time.Now()
	s.tell(func(p *ScanProgress) { p.Phase = "waiting" })
	for r.Holder != "" && !r.openEvents() && time.Since(since) < s.opts.Lease {
		if err := pace.Sleep(ctx, s.opts.Lease/8); err != nil {
			return r, err
		}
		now, err := s.getRun(ctx)
		if err != nil {
			return r, err
		}
		if now.version != r.version {
			r, since = now, time.Now()
		}
	}
	return r, nil
}

// keepAlive renews the lease until release is called. If it cannot, or if another
// process has taken over, the context that it returns ends.
func (s *scan) keepAlive(parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	beating, stop := context.WithCancel(ctx)
	stopped := make(chan struct{})
	s.stopBeat = func() {
		stop()
		<-stopped
		cancel(nil)
	}
	go func() {
		defer close(stopped)
		renewed := time.Now()
		for pace.Sleep(beating, s.opts.Lease/4) == nil {
			err := s.renew(beating)
			switch {
			case err == nil:
				renewed = time.Now()
			case errors.Is(err, ErrTakenOver):
				cancel(err)
			case time.Since(renewed) >= s.opts.Lease/2:
				cancel(fmt.Errorf("the lease of the scan cannot be renewed: %w", err))
			}
		}
	}()
	return ctx
}

// renew renews the lease. A store that does not answer must not keep it from being
// known that the lease is lost.
func (s *scan) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Lease/4)
	defer cancel()
	return s.saveRun(ctx, func(*run) {})
}

// saveRun changes the record of the run, which only its holder may.
func (s *scan) saveRun(ctx context.Context, change func(*run)) error {
	select {
	case s.runLock <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.runLock }()
	r := s.record
	change(&r)
	err := s.putRun(ctx, &r)
	if isConflict(err) && s.ownRun(ctx, &r) {
		err = s.putRun(ctx, &r)
	}
	if err != nil {
		return storeError(err)
	}
	s.record = r
	return nil
}

// ownRun reports whether the stored record is of this process after all: the
// answer to a write can get lost. It takes over the version.
func (s *scan) ownRun(ctx context.Context, r *run) bool {
	stored, err := s.getRun(ctx)
	if err != nil || stored.Holder != s.record.Holder {
		return false
	}
	r.version = stored.version
	return true
}

// release gives the scan up, so that another process need not wait. It is tried
// also when the context has ended.
func (s *scan) release(ctx context.Context, done bool) error {
	s.stopBeat()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.saveRun(ctx, func(r *run) {
		r.Holder = ""
		r.Done = done
	})
	if err != nil {
		return fmt.Errorf("the scan cannot be released: %w", err)
	}
	return nil
}
