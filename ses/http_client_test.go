package ses_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/ses"
)

// A pipeListener is a network in the process, so that a bubble can hold it.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	dials atomic.Int32
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.IPAddr{} }

func (l *pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	l.dials.Add(1)
	here, there := net.Pipe()
	l.conns <- there
	return here, nil
}

// TestConnectionAge has requests over a connection until it is a minute old. One that is under
// way then is not cut.
func TestConnectionAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		var closed atomic.Int32
		server := &http.Server{ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed.Add(1)
			}
		}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				time.Sleep(50 * time.Second)
			}
			io.WriteString(w, "done")
		})}
		go server.Serve(l)
		client := ses.NewHTTPClient(ses.HTTPClientOptions{Transport: &http.Transport{DialContext: l.dial}})
		get := func(path string) {
			r, err := client.Get("http://ses.test" + path)
			if err != nil {
				t.Error(err)
				return
			}
			body, err := io.ReadAll(r.Body)
			r.Body.Close()
			if err != nil || string(body) != "done" {
				t.Errorf("%s: %q, %v", path, body, err)
			}
		}
		dials := func(want int32) {
			t.Helper()
			if got := l.dials.Load(); got != want {
				t.Errorf("%d dials, want %d", got, want)
			}
		}
		for range 6 {
			get("/")
			time.Sleep(9 * time.Second)
		}
		dials(1)
		var wg sync.WaitGroup
		wg.Go(func() { get("/slow") }) // from second 54 to 104
		time.Sleep(10 * time.Second)
		get("/") // at 64
		dials(2)
		wg.Wait()
		synctest.Wait()
		if closed.Load() != 1 {
			t.Errorf("%d connections are closed, want the old one", closed.Load())
		}
		get("/")
		dials(2)
		time.Sleep(time.Minute)
		get("/")
		dials(3)
		client.CloseIdleConnections()
		server.Close()
	})
}

// TestConnectionAgeAtOnce has many requests while connections are given up all the time.
func TestConnectionAgeAtOnce(t *testing.T) {
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer at.Close()
	client := ses.NewHTTPClient(ses.HTTPClientOptions{MaxConnectionAge: time.Microsecond})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 25 {
				text := fmt.Sprint(i, " ", j)
				r, err := client.Post(at.URL, "text/plain", strings.NewReader(text))
				if err != nil {
					t.Error(err)
					return
				}
				if got, _ := io.ReadAll(r.Body); string(got) != text {
					t.Errorf("got %q, want %q", got, text)
				}
				r.Body.Close()
			}
		})
	}
	wg.Wait()
}

// TestHTTP1 has a server that offers HTTP/2.
func TestHTTP1(t *testing.T) {
	at := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	at.EnableHTTP2 = true
	at.StartTLS()
	defer at.Close()
	given := at.Client()
	protos := []string{}
	for _, client := range []*http.Client{given, ses.NewHTTPClient(ses.HTTPClientOptions{Transport: given.Transport.(*http.Transport)})} {
		r, err := client.Get(at.URL)
		if err != nil {
			t.Fatal(err)
		}
		proto, _ := io.ReadAll(r.Body)
		r.Body.Close()
		protos = append(protos, string(proto))
	}
	if !slices.Equal(protos, []string{"HTTP/2.0", "HTTP/1.1"}) {
		t.Errorf("got %v", protos)
	}
}

// A staleConn is good for its first request; later nothing can be written any more.
type staleConn struct {
	net.Conn
	stale *atomic.Bool
}

func (c staleConn) Write(p []byte) (int, error) {
	if c.stale.Load() {
		return 0, errors.New("broken pipe by test")
	}
	return c.Conn.Write(p)
}

// TestStaleConnection has a connection that broke while it was idle. Nothing of the request
// was written, and so it goes over another.
func TestStaleConnection(t *testing.T) {
	for kind, want := range map[string]ses.MailStatus{"ours": ses.MailSent, "net/http": ses.MailUnknown} {
		t.Run(kind, func(t *testing.T) {
			server := &wireServer{}
			at := httptest.NewServer(server)
			defer at.Close()
			var stale atomic.Bool
			dials := 0
			transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, network, address)
				if dials++; dials == 1 {
					return staleConn{c, &stale}, err
				}
				return c, err
			}}
			client := aws.HTTPClient(&http.Client{Transport: transport})
			if kind == "ours" {
				client = ses.NewHTTPClient(ses.HTTPClientOptions{Transport: transport})
			}
			s, err := ses.NewSender(t.Context(), wireClients(mailHome, at.URL, client), ses.Clients{}, ses.SenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			stale.Store(true)
			r, err := s.Send(t.Context(), simpleMail("1", "bob@example.org"))
			if r.Status != want || server.count() != map[string]int{"ours": 1, "net/http": 0}[kind] {
				t.Errorf("%s after %d requests, %v", r.Status, server.count(), err)
			}
		})
	}
}

// TestClientsHTTP has the HTTP client that NewClients sends with.
func TestClientsHTTP(t *testing.T) {
	mine := &http.Client{}
	for name, test := range map[string]struct {
		given aws.HTTPClient
		ours  bool
	}{
		"none":                {nil, true},
		"of AWS_CA_BUNDLE":    {awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConns = 7 }), true},
		"with a time-out":     {awshttp.NewBuildableClient().WithTimeout(time.Second), false},
		"one of the caller's": {mine, false},
	} {
		c := ses.NewClients(aws.Config{Region: mailHome, HTTPClient: test.given})
		got := c.Send.(*sesv2.Client).Options().HTTPClient
		client, isHTTP := got.(*http.Client)
		ours := isHTTP && client != mine && fmt.Sprintf("%T", client.Transport) == "*ses.agingTransport"
		if ours != test.ours {
			t.Errorf("%s: %T", name, got)
		}
		if managing := c.SES.(*sesv2.Client).Options().HTTPClient; test.given != nil && fmt.Sprintf("%T", managing) != fmt.Sprintf("%T", test.given) {
			t.Errorf("%s: managing with %T", name, managing)
		}
	}
}
