package opensearch

import (
	"fmt"
	"time"
)

// An Error is a response with a status of 400 or more.
type Error struct {
	Status   int
	Type     string // of OpenSearch or of the service, such as "index_not_found_exception"; may be empty
	Reason   string // in the words of what answered
	Index    string // that it is about; may be empty
	Method   string
	Path     string
	Endpoint string

	// RetryAfter is how long the service asks to wait; 0 if it does not.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %d %s: %s", e.Method, e.Path, e.Status, e.Type, e.Reason)
}

// A ConnError is a request that got no response.
type ConnError struct {
	Endpoint string
	Method   string
	Path     string

	// Sent is whether the request may have had its effect: it is false only if it
	// surely did not reach the service.
	Sent bool
	Err  error
}

func (e *ConnError) Error() string {
	return fmt.Sprintf("%s %s at %s: %v", e.Method, e.Path, e.Endpoint, e.Err)
}

// Unwrap returns e.Err.
func (e *ConnError) Unwrap() error { return e.Err }
