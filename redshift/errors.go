package redshift

import "errors"

// Reasons why a statement did not do what it says. The errors of this package are any of
// these for errors.Is, where the text of the database tells.
var (
	ErrPermission  = errors.New("permission denied")
	ErrExists      = errors.New("it exists already")
	ErrNotFound    = errors.New("it does not exist")
	ErrPaused      = errors.New("the warehouse is paused")
	ErrCancelled   = errors.New("the statement was cancelled")
	ErrNotRun      = errors.New("not run, because of a statement before it")
	ErrRolledBack  = errors.New("rolled back, because another statement of the transaction failed")
	ErrTooLarge    = errors.New("larger than the Data API allows")
	ErrGone        = errors.New("the result is no longer kept")
	ErrSessionLost = errors.New("the session is no longer there")
	ErrTransaction = errors.New("it cannot run in a transaction")
)

// A StatementError is what the database said of a statement that failed.
type StatementError struct {
	ID       string // in the Data API; <id>:<n> in a batch
	Index    int    // of the statement among those of RunAll, from 0
	SQL      string // shortened
	Message  string // of the database; may be empty
	SQLState string // five characters, if the message has them
	Advice   string // what to do, if the message is known
}

// Error tells statement, message and advice.
func (e *StatementError) Error() string { return e.Message }
