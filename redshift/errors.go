package redshift

import (
	"errors"
	"fmt"
	"strings"
)

// Reasons for errors of this package, for [errors.Is]. They are known from the SQLSTATE in
// the text of the database, from the text itself, or from the code of a refused request.
var (
	ErrPermission  = errors.New("permission denied")
	ErrExists      = errors.New("it exists already")
	ErrNotFound    = errors.New("it does not exist")
	ErrPaused      = errors.New("the warehouse is paused")
	ErrCancelled   = errors.New("the statement was cancelled")
	ErrNotRun      = errors.New("not run, because of a statement before it")
	ErrRolledBack  = errors.New("rolled back with its transaction")
	ErrTransaction = errors.New("it cannot run in a transaction")
	ErrTooLarge    = errors.New("larger than the Data API allows")
	ErrGone        = errors.New("the Data API no longer has it: results are kept for 24 hours")
	ErrSessionLost = errors.New("the session is no longer there")
)

// A StatementError is a statement that the database did not do. It changed nothing.
type StatementError struct {
	Index   int    // of the statement among those of RunAll, from 0; -1 for the transaction as a whole
	SQL     string // shortened
	ID      string // in the Data API; <id>:<n> in a batch
	QueryID int64  // in the system views, such as SYS_QUERY_HISTORY; 0 if it has none

	Message  string // of the database, as it is; may be empty
	SQLState string // five characters, if the message has them
	Advice   string // what to do, if the message is known

	reason error // one of those above, or nil
}

// Error tells the statement, what the database said of it, and what to do.
func (e *StatementError) Error() string {
	text := strings.Join(strings.Fields(e.Message), " ")
	switch {
	case text != "":
	case e.reason != nil:
		text = e.reason.Error()
	case e.QueryID != 0:
		text = fmt.Sprintf("the database gave no reason: look for query %d in SYS_QUERY_HISTORY", e.QueryID)
	default:
		text = "the database gave no reason: look for the statement in SYS_QUERY_HISTORY"
	}
	if e.Advice != "" {
		text += ": " + e.Advice
	}
	return fmt.Sprintf("statement %s, %q: %s", e.ID, e.SQL, text)
}

// Is reports whether target is the reason, if that is known.
func (e *StatementError) Is(target error) bool { return e.reason != nil && target == e.reason }

// A State is what is known of a statement whose end was not seen.
type State string

// The states.
const (
	StateStopped  State = "was stopped"   // it changed nothing, but for what an AutoCommit batch had committed
	StateFinished State = "had finished"  // what it changes is changed
	StateUnknown  State = "may still run" // or have ended, or, without an ID, not have begun
)

// An InterruptedError is a statement, or a batch, whose end was not seen: the context
// ended, or the service did not answer. Its ID finds it again in ListStatements.
type InterruptedError struct {
	ID    string // empty if the service did not answer when it was submitted
	SQL   string // shortened; of a batch that of its first statement
	Count int    // of statements
	State State
	Err   error // why; wraps the cause of the context, if that ended
}

// Error tells the statement, what became of it, and why.
func (e *InterruptedError) Error() string {
	what := "statement"
	if e.Count > 1 {
		what = fmt.Sprintf("batch of %d", e.Count)
	}
	if e.ID == "" {
		return fmt.Sprintf("%s %q may or may not have been submitted: %v", what, e.SQL, e.Err)
	}
	return fmt.Sprintf("%s %s, %q, %s: %v", what, e.ID, e.SQL, e.State, e.Err)
}

// Unwrap returns why the end was not seen.
func (e *InterruptedError) Unwrap() error { return e.Err }

// Is reports whether target is ErrCancelled, and the statement was stopped.
func (e *InterruptedError) Is(target error) bool {
	return target == ErrCancelled && e.State == StateStopped
}

// An InputError is a statement that was refused before any was sent.
type InputError struct {
	Index int    // of the statement, from 0
	SQL   string // shortened
	Err   error
}

// Error tells the statement and what is wrong with it.
func (e *InputError) Error() string {
	return fmt.Sprintf("statement %d, %q: %v", e.Index+1, e.SQL, e.Err)
}

// Unwrap returns what is wrong.
func (e *InputError) Unwrap() error { return e.Err }
