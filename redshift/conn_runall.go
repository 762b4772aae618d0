package redshift

import (
	"context"
	"errors"
)

// A Mode is how many statements are committed.
type Mode string

// The modes.
const (
	// Auto runs a statement that cannot run in a transaction by itself, and those
	// around it in transactions, in order.
	Auto Mode = ""
	// Transaction runs all statements in one transaction.
	Transaction Mode = "TRANSACTION"
	// AutoCommit commits each statement, and goes on after one that failed.
	AutoCommit Mode = "AUTO_COMMIT"
)

// RunAllOptions configure [Conn.RunAll].
type RunAllOptions struct {
	Mode Mode
}

// An Outcome is what became of one statement: it has a Result if it took effect, and an
// Err if it did not. ErrNotRun is that of a statement which was not run because of one
// before it, ErrRolledBack of one that ran in a transaction that failed.
type Outcome struct {
	Result *Result
	Err    error
}

// RunAll runs statements in order, in as few calls as possible.
func (c *Conn) RunAll(ctx context.Context, ss []Statement, opts RunAllOptions) ([]Outcome, error) {
	return make([]Outcome, len(ss)), errors.New("redshift: run all: not yet")
}
