package opensearch

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// An Error is a response with a status other than 2xx.
type Error struct {
	Status   int
	Type     string // of OpenSearch or of the service, such as "index_not_found_exception"; may be empty
	Reason   string // in the words of what answered, shortened if it is long
	Index    string // that it is about; may be empty
	Method   string
	Path     string
	Endpoint string

	// RetryAfter is how long the service asks to wait; 0 if it does not.
	RetryAfter time.Duration

	// Attempt is which attempt was answered, from 1. If it is not the first, an earlier
	// one may have had its effect.
	Attempt int

	RequestID string // for AWS support; may be empty

	advice string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %d", where(e.Method, e.Path, e.Endpoint, e.Attempt), e.Status)
	if e.Type != "" {
		text += " " + e.Type
	}
	if e.Reason != "" || e.Type == "" {
		text += ": " + cmp.Or(e.Reason, http.StatusText(e.Status), "no reason given")
	}
	return text + bracketed(e.advice)
}

// A ConnError is a request that got no response.
type ConnError struct {
	Endpoint string // empty if the request itself is wrong
	Method   string
	Path     string

	// Sent is whether the request may have had its effect: it is false only if it
	// surely did not reach the service, with none of its attempts.
	Sent    bool
	Attempt int // how often it was tried
	Err     error

	// Permanent is whether waiting does not help: the request is wrong, there are no
	// credentials, the certificate is not trusted, or the answer is too large.
	Permanent bool

	advice string
}

func (e *ConnError) Error() string {
	return fmt.Sprintf("%s: %v%s", where(e.Method, e.Path, e.Endpoint, e.Attempt), e.Err, bracketed(e.advice))
}

// where returns which request an error is about.
func where(method, path, endpoint string, attempt int) string {
	text := method + " " + printable.Escape(path)
	if endpoint != "" {
		text += " at " + endpoint
	}
	if attempt > 1 {
		text += fmt.Sprintf(", attempt %d", attempt)
	}
	return text
}

func bracketed(advice string) string {
	if advice == "" {
		return ""
	}
	return " (" + advice + ")"
}

// Unwrap returns e.Err.
func (e *ConnError) Unwrap() error { return e.Err }

// statusOf returns the status of the response that err is, 0 if there was none.
func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}
