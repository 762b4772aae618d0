package redshift

import (
	"context"
	"errors"
	"iter"
	"time"
)

// A Result is what a statement returned.
type Result struct {
	ID       string        // of the statement in the Data API; <id>:<n> in a batch
	QueryID  int64         // in the system views, such as SYS_QUERY_HISTORY
	Affected int64         // rows that were affected, or that there are in the result set
	Duration time.Duration // of the statement in the database
	Columns  []Column      // none without a result set

	// CreatedAt is when the statement was submitted, by the clock of the service.
	CreatedAt time.Time

	// Deduplicated says that nothing was run now: an earlier call had the same token.
	Deduplicated bool
}

// A Column is one of a result.
type Column struct {
	Name     string
	Type     string // of the database, such as "varchar", "bpchar", "numeric" or "timestamptz"
	Nullable bool
}

// A Row is one of a result.
type Row struct {
	columns []Column
}

// Rows iterates over all rows, page by page.
func (r *Result) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) { yield(Row{}, errors.New("redshift: rows: not yet")) }
}
