package opensearch_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

const nowhere = "https://search.example.com"

// script answers one request after the other with a status, or with an error that is
// what the step says. The last step is repeated.
type script struct {
	steps []string
	times []time.Time // of the requests
}

func (s *script) Do(r *http.Request) (*http.Response, error) {
	step := s.steps[min(len(s.times), len(s.steps)-1)]
	s.times = append(s.times, time.Now())
	status, rest, _ := strings.Cut(step, " ")
	switch status {
	case "dial":
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	case "reset":
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	case "hang":
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	code, _ := strconv.Atoi(status)
	header := http.Header{}
	if rest != "" {
		header.Set("Retry-After", rest)
	}
	return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestRepeat(t *testing.T) {
	tests := []struct {
		name     string
		request  opensearch.Request
		steps    string // by comma
		requests int
		status   int    // of the response or the error
		text     string // of the error
		sent     bool   // of the ConnError
	}{
		{name: "at once", request: opensearch.Request{Method: "GET"}, steps: "200", requests: 1, status: 200},
		{name: "created", request: opensearch.Request{Method: "PUT"}, steps: "201", requests: 1, status: 201},
		{name: "after a bad gateway", request: opensearch.Request{Method: "GET"}, steps: "502,200", requests: 2, status: 200},
		{name: "after all that may pass", request: opensearch.Request{Method: "DELETE"}, steps: "408,500,503,504,200", requests: 5, status: 200},
		{name: "throttled for good", request: opensearch.Request{Method: "GET"}, steps: "429", requests: 5, status: 429, text: "attempt 5: 429: Too Many Requests"},
		{name: "a wrong request is wrong again", request: opensearch.Request{Method: "GET"}, steps: "400,200", requests: 1, status: 400, text: "GET /a at " + nowhere + ": 400: Bad Request"},
		{name: "not found", request: opensearch.Request{Method: "HEAD"}, steps: "404,200", requests: 1, status: 404, text: "404: Not Found"},
		{name: "too large", request: opensearch.Request{Method: "PUT"}, steps: "413,200", requests: 1, status: 413, text: "send less at once"},
		{name: "redirect", request: opensearch.Request{Method: "GET"}, steps: "302,200", requests: 1, status: 302, text: "redirects are not followed"},

		{name: "POST is repeated when throttled", request: opensearch.Request{Method: "POST"}, steps: "429,402,200", requests: 3, status: 200},
		{name: "POST is not repeated when it may have had its effect", request: opensearch.Request{Method: "POST"}, steps: "503,200", requests: 1, status: 503, text: "503: Service Unavailable"},
		{name: "POST with Repeat is", request: opensearch.Request{Method: "POST", Repeat: true}, steps: "503,reset,200", requests: 3, status: 200},
		{name: "PATCH is not", request: opensearch.Request{Method: "PATCH"}, steps: "503,200", requests: 1, status: 503, text: "503"},
		{name: "Once", request: opensearch.Request{Method: "GET", Once: true}, steps: "503,200", requests: 1, status: 503, text: "503"},
		{name: "Once goes before Repeat", request: opensearch.Request{Method: "GET", Once: true, Repeat: true}, steps: "429,200", requests: 1, status: 429, text: "429"},

		{name: "POST is repeated when it was not sent", request: opensearch.Request{Method: "POST"}, steps: "dial,dial,200", requests: 3, status: 200},
		{name: "never sent", request: opensearch.Request{Method: "POST"}, steps: "dial", requests: 5, text: "attempt 5: dial tcp: connection refused"},
		{name: "POST is not repeated when it broke", request: opensearch.Request{Method: "POST"}, steps: "reset,200", requests: 1, text: "reset by peer", sent: true},
		{name: "GET is", request: opensearch.Request{Method: "GET"}, steps: "reset,200", requests: 2, status: 200},
		{name: "one of the attempts was sent", request: opensearch.Request{Method: "PUT"}, steps: "reset,dial", requests: 5, text: "refused", sent: true},
		{name: "no answer in time", request: opensearch.Request{Method: "GET"}, steps: "hang,200", requests: 2, status: 200},
		{name: "never an answer in time", request: opensearch.Request{Method: "GET"}, steps: "hang", requests: 5, text: "no complete answer within 1m0s", sent: true},

		{name: "waits as it is asked to", request: opensearch.Request{Method: "GET"}, steps: "429 7,503 60,200", requests: 3, status: 200},
		{name: "does not wait for longer than a minute", request: opensearch.Request{Method: "GET"}, steps: "429 61,200", requests: 1, status: 429, text: "429"},

		{name: "path without slash", request: opensearch.Request{Method: "GET", Path: "a"}, steps: "200", text: "GET a: the path does not begin with a slash"},
		{name: "query in the path", request: opensearch.Request{Method: "GET", Path: "/a?b"}, steps: "200", text: "belongs into Query"},
		{name: "not escaped", request: opensearch.Request{Method: "GET", Path: "/a%b"}, steps: "200", text: `the path is not escaped: invalid URL escape "%b"`},
		{name: "empty part", request: opensearch.Request{Method: "GET", Path: "//a"}, steps: "200", text: "taken for another path"},
		{name: "dots", request: opensearch.Request{Method: "DELETE", Path: "/a/_doc/%2E%2e"}, steps: "200", text: `a part ".."`},
		{name: "no method", request: opensearch.Request{}, steps: "200", text: "the method is missing"},
		{name: "method", request: opensearch.Request{Method: "G T"}, steps: "200", text: "invalid method"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &script{steps: strings.Split(test.steps, ",")}
				conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{nowhere}, HTTPClient: server})
				if err != nil {
					t.Fatal(err)
				}
				if test.request.Path == "" {
					test.request.Path = "/a"
				}
				response, err := conn.Do(t.Context(), test.request)
				refused, isRefused := errors.AsType[*opensearch.Error](err)
				broken, isBroken := errors.AsType[*opensearch.ConnError](err)
				if len(server.times) != test.requests {
					t.Errorf("%d requests, want %d", len(server.times), test.requests)
				}
				if test.text == "" && err != nil || test.text != "" && (err == nil || !strings.Contains(err.Error(), test.text)) {
					t.Errorf("got %v, want %q", err, test.text)
				}
				switch {
				case err == nil && (response.Status != test.status || response.Attempt != test.requests):
					t.Errorf("got %+v", response)
				case isRefused && (refused.Status != test.status || refused.Attempt != test.requests):
					t.Errorf("got %+v", refused)
				case isBroken && (broken.Sent != test.sent || test.status != 0 || broken.Permanent != (test.requests == 0)):
					t.Errorf("got %+v", broken)
				}
			})
		})
	}
}

// TestPauses has the time between attempts grow, within the bounds that Do tells.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &script{steps: []string{"503", "503", "429 30", "503", "503", "503", "503", "503", "503", "503", "200"}}
		conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{nowhere}, HTTPClient: server, Attempts: 20})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"}); err != nil {
			t.Fatal(err)
		}
		for i, most := range []int{100, 200, 30_000, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000} { // milliseconds
			got := server.times[i+1].Sub(server.times[i])
			highest, lowest := time.Duration(most)*time.Millisecond, time.Duration(most)*time.Millisecond/2
			if most == 30_000 {
				lowest = highest
			}
			if got < lowest || got > highest {
				t.Errorf("pause %d is %v, want %v to %v", i+1, got, lowest, highest)
			}
		}
	})
}

func TestRetryAfterDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(42 * time.Second)
		server := &script{steps: []string{"429 " + at.UTC().Format(http.TimeFormat), "200"}}
		conn, _ := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{nowhere}, HTTPClient: server})
		if _, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/"}); err != nil {
			t.Fatal(err)
		}
		if got := server.times[1]; !got.Equal(at) {
			t.Errorf("sent again at %v, want %v", got, at)
		}
	})
}

func TestContext(t *testing.T) {
	stop := errors.New("the user pressed stop")
	tests := []struct {
		name    string
		steps   string
		ctx     func(context.Context) (context.Context, context.CancelFunc)
		want    error
		sent    bool
		refused int // status that the error is, too
		took    time.Duration
	}{
		{name: "while the request is under way", steps: "hang", ctx: cancelAfter(3*time.Second, stop), want: stop, sent: true, took: 3 * time.Second},
		{name: "while it waits to send it again", steps: "503 20,200", ctx: cancelAfter(3*time.Second, stop), want: stop, refused: 503, took: 3 * time.Second},
		{name: "before", steps: "200", ctx: cancelAfter(0, stop), want: stop},
		{name: "deadline", steps: "hang", ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 5*time.Second)
		}, want: context.DeadlineExceeded, sent: true, took: 5 * time.Second},
		{name: "time for two attempts", steps: "hang", ctx: cancelAfter(90*time.Second, stop), want: stop, sent: true, took: 90 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, begin := &script{steps: strings.Split(test.steps, ",")}, time.Now()
				conn, _ := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{nowhere}, HTTPClient: server})
				ctx, cancel := test.ctx(t.Context())
				defer cancel()
				_, err := conn.Do(ctx, opensearch.Request{Method: "GET", Path: "/"})
				if !errors.Is(err, test.want) || time.Since(begin) != test.took {
					t.Errorf("got %v after %v", err, time.Since(begin))
				}
				broken, ok := errors.AsType[*opensearch.ConnError](err)
				if ok != (test.refused == 0) || ok && broken.Sent != test.sent {
					t.Errorf("got %#v", err)
				}
				if refused, ok := errors.AsType[*opensearch.Error](err); ok && refused.Status != test.refused {
					t.Errorf("got %#v", err)
				}
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%v is taken for the timeout of an attempt", err)
				}
			})
		})
	}
}

func cancelAfter(d time.Duration, cause error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		if d == 0 {
			cancel(cause)
		} else {
			time.AfterFunc(d, func() { cancel(cause) })
		}
		return ctx, func() { cancel(nil) }
	}
}

// TestTimeout has an attempt end in the time that is given, and tells so.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.HandleHTTP(domainHost, http.NotFoundHandler())
		hits := cloud.Inject(awstest.Fault{Latency: time.Hour})
		conn := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}, Timeout: 2 * time.Second, Attempts: 1})
		begin := time.Now()
		_, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
		broken, ok := errors.AsType[*opensearch.ConnError](err)
		if !ok || !broken.Sent || !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || hits() != 1 {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestSignedAnew has each attempt signed when it is made: the signature of the first
// would have expired.
func TestSignedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.HandleHTTP(domainHost, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") }))
		cloud.Inject(awstest.Fault{Times: 1, Latency: 20 * time.Minute})
		conn := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}, Timeout: 16 * time.Minute})
		response, err := conn.Do(t.Context(), opensearch.Request{Method: "PUT", Path: "/a", Body: []byte("{}"), Compress: true})
		if err != nil || response.Attempt != 2 {
			t.Errorf("got %+v, %v", response, err)
		}
	})
}
