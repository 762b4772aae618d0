package opensearch

import (
	"errors"
	"fmt"
	"net/http"
)

// A RejectedError ends a run since documents were refused for good.
type RejectedError struct {
	Rejected int64     // documents, in this run
	First    Rejection // of those that ended it

	reason string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("%d documents were refused for good, %s: record %d of %q (id %q): %d %s: %s", e.Rejected, e.reason,
		e.First.Position.Record, e.First.Input, e.First.ID, e.First.Status, e.First.Type, e.First.Reason)
}

func deadLetterError(err error, n int) error {
	return fmt.Errorf("dead letters did not take %d documents: %w", n, err)
}

// denied reports whether err is a request that the caller may not make.
func denied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// restores reports whether settings may have to be restored: by this run, or by one
// that was killed.
func (g *ingestion) restores() bool { return g.conn.Product() != Serverless }
