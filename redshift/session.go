package redshift

import (
	"context"
	"errors"
	"time"
)

// SessionOptions configure [Conn.Session].
type SessionOptions struct {
	// KeepAlive is how long the session stays without a statement, up to 24 hours, in
	// whole seconds. Defaults to 10 minutes.
	KeepAlive time.Duration
}

// A Session runs statements in one connection to the database, one at a time.
type Session struct {
	conn *Conn
}

// Session begins a session with its first statement.
func (c *Conn) Session(ctx context.Context, opts SessionOptions) (*Session, error) {
	return nil, errors.New("redshift: session: not yet")
}

// Run is like [Conn.Run], in the session.
func (s *Session) Run(ctx context.Context, st Statement) (*Result, error) {
	return nil, errors.New("redshift: session: not yet")
}

// RunAll is like [Conn.RunAll], in the session.
func (s *Session) RunAll(ctx context.Context, ss []Statement, opts RunAllOptions) ([]Outcome, error) {
	return nil, errors.New("redshift: session: not yet")
}

// Close ends the session.
func (s *Session) Close(ctx context.Context) error {
	return errors.New("redshift: session: not yet")
}
