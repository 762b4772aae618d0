package ses_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// A wireServer is SES on a real network: GetAccount works, and sending does what a test says.
type wireServer struct {
	mu   sync.Mutex
	got  int // requests to send that arrived whole
	send func(nth int, w http.ResponseWriter, r *http.Request)
}

func (s *wireServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		io.WriteString(w, `{"SendQuota": {"MaxSendRate": 1000, "Max24HourSend": -1}}`)
		return
	}
	io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	s.got++
	nth := s.got
	s.mu.Unlock()
	if s.send != nil {
		s.send(nth, w, r)
		return
	}
	fmt.Fprintf(w, `{"MessageId": "m-%d"}`, nth)
}

func (s *wireServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// hangUp breaks the connection without an answer.
func hangUp(_ int, w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// wireClients returns clients for a server, through a client of net/http.
func wireClients(region, url string, client aws.HTTPClient) ses.Clients {
	c := ses.NewClients(aws.Config{Region: region, Credentials: awstest.Credentials(mailAccount), HTTPClient: client, BaseEndpoint: &url})
	return c
}

// wireSender returns a Sender whose connections dial makes.
func wireSender(t *testing.T, url string, client aws.HTTPClient, opts ses.SenderOptions) *ses.Sender {
	t.Helper()
	s, err := ses.NewSender(t.Context(), wireClients(mailHome, url, client), wireClients(mailAway, url, client), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFailuresOnTheWire has what happens to connections of net/http, with the client of this
// package and with that of the SDK. Only what opened no connection is sent again.
func TestFailuresOnTheWire(t *testing.T) {
	for name, test := range map[string]struct {
		send func(int, http.ResponseWriter, *http.Request)
		want ses.MailStatus
		got  int // requests
	}{
		"taken":   {nil, ses.MailSent, 1},
		"hung up": {hangUp, ses.MailUnknown, 1},
		"half an answer": {func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"MessageId"`)
		}, ses.MailUnknown, 1},
		"an answer that is none": {func(_ int, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `<html>`) }, ses.MailUnknown, 1},
		"500":                    {func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, ses.MailUnknown, 1},
		"503":                    {func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, ses.MailUnknown, 1},
		"redirected": {func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, ses.MailUnknown, 1},
		"400": {func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", "MessageRejected")
			w.WriteHeader(400)
		}, ses.MailRefused, 1},
		"a clock that is wrong": {func(nth int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			if nth == 1 {
				w.Header().Set("X-Amzn-ErrorType", "RequestTimeTooSkewed")
				w.WriteHeader(403)
				return
			}
			io.WriteString(w, `{"MessageId": "m"}`)
		}, ses.MailSent, 2},
		"throttled once": {func(nth int, w http.ResponseWriter, _ *http.Request) {
			if nth == 1 {
				w.Header().Set("X-Amzn-ErrorType", "TooManyRequestsException")
				w.WriteHeader(429)
				return
			}
			io.WriteString(w, `{"MessageId": "m"}`)
		}, ses.MailSent, 2},
	} {
		for kind, client := range map[string]aws.HTTPClient{"ours": ses.NewHTTPClient(ses.HTTPClientOptions{}), "net/http": &http.Client{}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				server := &wireServer{send: test.send}
				at := httptest.NewServer(server)
				defer at.Close()
				r, err := wireSender(t, at.URL, client, ses.SenderOptions{}).Send(t.Context(), simpleMail("1", "bob@example.org"))
				if r.Status != test.want || (err == nil) != (test.want == ses.MailSent) || server.count() != test.got {
					t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
				}
			})
		}
	}
}

// TestNoAnswer has a server that says nothing: the client of this package waits only for so
// long.
func TestNoAnswer(t *testing.T) {
	server := &wireServer{send: func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	at := httptest.NewServer(server)
	defer at.Close()
	client := ses.NewHTTPClient(ses.HTTPClientOptions{ResponseTimeout: 50 * time.Millisecond})
	r, err := wireSender(t, at.URL, client, ses.SenderOptions{}).Send(t.Context(), simpleMail("1", "bob@example.org"))
	if r.Status != ses.MailUnknown || err == nil || server.count() != 1 {
		t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
	}
}

// A breakingConn is a connection whose writes fail after so many bytes.
type breakingConn struct {
	net.Conn
	left int
}

func (c *breakingConn) Write(p []byte) (int, error) {
	if len(p) > c.left {
		n, _ := c.Conn.Write(p[:c.left])
		c.Conn.Close()
		return n, errors.New("connection reset by test")
	}
	c.left -= len(p)
	return c.Conn.Write(p)
}

// quotaFrom sends through one client and reads quotas through another.
type quotaFrom struct {
	ses.SendAPI
	account ses.SendAPI
}

func (q quotaFrom) GetAccount(ctx context.Context, in *sesv2.GetAccountInput, o ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error) {
	return q.account.GetAccount(ctx, in, o...)
}

// TestConnectionsThatBreak has a first connection that cannot be opened, or breaks before or
// after a byte was written.
func TestConnectionsThatBreak(t *testing.T) {
	for name, test := range map[string]struct {
		tls   bool
		first func(net.Conn) (net.Conn, error)
		want  ses.MailStatus
		got   int
		dials int
	}{
		"good":                    {false, nil, ses.MailSent, 1, 1},
		"refused":                 {false, func(net.Conn) (net.Conn, error) { return nil, errors.New("refused by test") }, ses.MailSent, 1, 2},
		"breaks before a byte":    {false, func(c net.Conn) (net.Conn, error) { return &breakingConn{c, 0}, nil }, ses.MailUnknown, 0, 1},
		"breaks after a byte":     {false, func(c net.Conn) (net.Conn, error) { return &breakingConn{c, 1}, nil }, ses.MailUnknown, 0, 1},
		"breaks in the headers":   {false, func(c net.Conn) (net.Conn, error) { return &breakingConn{c, 300}, nil }, ses.MailUnknown, 0, 1},
		"breaks in the handshake": {true, func(c net.Conn) (net.Conn, error) { return &breakingConn{c, 100}, nil }, ses.MailSent, 1, 2},
		"another certificate": {true, func(c net.Conn) (net.Conn, error) {
			there, here := net.Pipe()
			go func() { io.Copy(io.Discard, there) }()
			go func() { io.WriteString(there, "HTTP/1.1 400 not TLS\r\n\r\n"); c.Close() }()
			return here, nil
		}, ses.MailSent, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &wireServer{}
			at := httptest.NewUnstartedServer(server)
			if test.tls {
				at.StartTLS()
			} else {
				at.Start()
			}
			defer at.Close()
			dials := 0
			breaking := at.Client().Transport.(*http.Transport).Clone()
			breaking.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				dials++
				c, err := new(net.Dialer).DialContext(ctx, "tcp", at.Listener.Addr().String())
				if err == nil && dials == 1 && test.first != nil {
					return test.first(c)
				}
				return c, err
			}
			clients := wireClients(mailHome, at.URL, ses.NewHTTPClient(ses.HTTPClientOptions{Transport: breaking}))
			clients.Send = quotaFrom{clients.Send, wireClients(mailHome, at.URL, at.Client()).Send}
			s, err := ses.NewSender(t.Context(), clients, ses.Clients{}, ses.SenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
			if r.Status != test.want || server.count() != test.got || dials != test.dials {
				t.Errorf("%s after %d requests and %d dials, %v", r.Status, server.count(), dials, err)
			}
		})
	}
}
