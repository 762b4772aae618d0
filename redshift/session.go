package redshift

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// SessionOptions configure [Conn.Session].
type SessionOptions struct {
	// KeepAlive is how long the session stays without a statement, in whole seconds, up
	// to 24 hours. Defaults to 10 minutes.
	KeepAlive time.Duration
}

const (
	defaultKeepAlive = 10 * time.Minute
	longestSession   = 24 * time.Hour // after which it is closed with what runs in it
)

// A Session runs statements in one connection to the database, so that temporary tables,
// SET and transactions outlast a statement. It runs one at a time: others wait for their
// turn. A workgroup or cluster has up to 500 sessions, and each ends after 24 hours at the
// latest; what comes after it has ended is refused with ErrSessionLost, and was not run.
//
// If the answer to its first statement is lost (an [*InterruptedError] without ID), the
// service may have begun a session that this one does not know, and that ends after
// KeepAlive.
type Session struct {
	conn *Conn
	keep int32
	turn chan struct{} // holds one while somebody has it

	mu     sync.Mutex
	id     string // empty before the first statement
	opened time.Time
	ended  error // why there are no more statements
}

// Session returns a new session. The service begins it with the first statement; until
// then it costs nothing, and is not there. Close it.
func (c *Conn) Session(ctx context.Context, opts SessionOptions) (*Session, error) {
	if opts.KeepAlive == 0 {
		opts.KeepAlive = defaultKeepAlive
	}
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("redshift: session: %w", err)
	}
	if k := opts.KeepAlive; k < time.Second || k > longestSession || k%time.Second != 0 {
		return nil, fmt.Errorf("redshift: session: KeepAlive is %v: want whole seconds, 1 second to 24 hours", k)
	}
	return &Session{conn: c, keep: int32(opts.KeepAlive / time.Second), turn: make(chan struct{}, 1)}, nil
}

// Run is [Conn.Run], in the session. The statement has no Token: which session it ran in
// could not be told.
func (s *Session) Run(ctx context.Context, st Statement) (*Result, error) {
	all, err := s.run(ctx, []Statement{st}, func() ([]Outcome, error) {
		r, err := s.conn.runOne(ctx, st, s.job())
		return []Outcome{{Result: r}}, err
	})
	if err != nil {
		return nil, fmt.Errorf("redshift: session: %w", err)
	}
	return all[0].Result, nil
}

// RunAll is [Conn.RunAll], in the session.
func (s *Session) RunAll(ctx context.Context, ss []Statement, opts RunAllOptions) ([]Outcome, error) {
	outcomes, err := s.run(ctx, ss, func() ([]Outcome, error) {
		return s.conn.runAll(ctx, ss, opts, s.job)
	})
	if err != nil {
		return outcomes, fmt.Errorf("redshift: session: %w", err)
	}
	return outcomes, nil
}

// run runs statements when it is their turn.
func (s *Session) run(ctx context.Context, ss []Statement, do func() ([]Outcome, error)) ([]Outcome, error) {
	outcomes := make([]Outcome, len(ss))
	for i := range outcomes {
		outcomes[i].Err = ErrNotRun
	}
	for i, st := range ss {
		if st.Token != "" {
			return outcomes, &InputError{Index: i, SQL: shortened(st.SQL), Err: errors.New("a statement in a session has no token")}
		}
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return outcomes, context.Cause(ctx)
	}
	if err := s.over(); err != nil {
		return outcomes, err
	}
	outcomes, err := do()
	return outcomes, s.noticed(err)
}

// job returns what is of the session in the next call.
func (s *Session) job() job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != "" {
		return job{session: s.id}
	}
	return job{keep: &s.keep, opened: s.began}
}

func (s *Session) began(sub submitted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id, s.opened = sub.opens, sub.begun
	if s.id == "" {
		s.ended = errors.New("the service has begun no session")
	}
}

// over tells why there are no more statements.
func (s *Session) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil && s.id != "" && time.Since(s.opened) >= longestSession {
		s.ended = fmt.Errorf("%w: it was opened 24 hours ago", ErrSessionLost)
	}
	return s.ended
}

// noticed looks at an error for what it says of the session.
func (s *Session) noticed(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, ErrSessionLost):
		s.ended = ErrSessionLost
	case err != nil && s.id != "" && time.Since(s.opened) >= longestSession:
		s.ended = fmt.Errorf("%w: it was opened 24 hours ago", ErrSessionLost)
		return fmt.Errorf("%w: %w", s.ended, err)
	}
	return err
}

// Close ends the session, also after ctx has ended: it takes up to 20 seconds of its own.
// There is no call for that; a last statement is run, after which the session is not kept.
// If a serverless workgroup has fallen asleep meanwhile, it wakes; see [share.WakeCost].
// If Close fails, the session ends after KeepAlive.
func (s *Session) Close(ctx context.Context) error {
	own, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer stop()
	_, err := s.run(own, nil, func() ([]Outcome, error) { return nil, s.close(own) })
	if err != nil && !errors.Is(err, ErrSessionLost) && !errors.Is(err, errClosed) {
		return fmt.Errorf("redshift: close session: %w; it ends by itself %v after its last statement", err, time.Duration(s.keep)*time.Second)
	}
	return nil
}

// lastStatement of a session is one that anybody may run, and reads no data.
var lastStatement = redshiftsql.ShowSetting{Name: "enable_case_sensitive_identifier"}.String()

var errClosed = errors.New("the session is closed")

func (s *Session) close(ctx context.Context) error {
	last := s.job()
	if last.session != "" {
		last.keep, last.unread = new(int32), true
		_, err := s.conn.runOne(ctx, Statement{SQL: lastStatement}, last)
		// What the database says to the statement has no say in what comes after it.
		if _, failed := errors.AsType[*StatementError](err); err != nil && !failed {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = errClosed
	return nil
}
