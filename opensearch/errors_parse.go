package opensearch

import (
	"net/http"
)

// refusal returns what a response says that is an error.
func refusal(status int, h http.Header, body []byte) *Error {
	return &Error{Status: status, Reason: string(body)}
}

// complete adds what is known of the request.
func (e *Error) complete(c *Conn, endpoint string, s sending, r *http.Request) {
	e.Method, e.Path, e.Endpoint = s.method, s.path, endpoint
}
