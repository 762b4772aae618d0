package opensearch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

// serve returns a connection to a server in this process, over TCP, and how many
// connections to it were opened.
func serve(t testing.TB, opts opensearch.ConnOptions, h http.HandlerFunc) (*opensearch.Conn, *atomic.Int64) {
	t.Helper()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(h)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	opts.Endpoints = []string{server.URL}
	conn, err := opensearch.NewConn(opts)
	if err != nil {
		t.Fatal(err)
	}
	return conn, &opened
}

// TestConnectionsAreKept has 64 workers make several rounds with one connection each.
// http.DefaultClient would keep two.
func TestConnectionsAreKept(t *testing.T) {
	const workers, rounds = 64, 6
	gate := make(chan struct{})
	conn, opened := serve(t, opensearch.ConnOptions{}, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-gate
		if r.Header.Get("X") == "" && r.URL.Path == "/wrong" {
			w.WriteHeader(400)
		}
		io.WriteString(w, strings.Repeat("x", 20_000))
	})
	for round := range rounds {
		var working sync.WaitGroup
		for range workers {
			working.Go(func() {
				path := "/right"
				if round%2 == 1 {
					path = "/wrong" // bodies of errors are read, too
				}
				_, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: path, Body: []byte("{}")})
				if _, refused := errors.AsType[*opensearch.Error](err); err != nil && !refused {
					t.Error(err)
				}
			})
		}
		for range workers {
			gate <- struct{}{} // all are there at the same time
		}
		working.Wait()
	}
	// One comes back to the pool a moment after Do has returned, so a few may be new.
	if got := opened.Load(); got < workers || got > workers*3/2 {
		t.Errorf("%d connections for %d workers in %d rounds", got, workers, rounds)
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	large := strings.Repeat(`{"a":"b"}`+"\n", 100_000)
	conn, _ := serve(t, opensearch.ConnOptions{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Encoding") != "gzip" || r.ContentLength > int64(len(large))/10 {
			t.Errorf("got %d bytes of %q", r.ContentLength, r.Header.Get("Content-Encoding"))
		}
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body, err := io.ReadAll(unpacked)
		if err != nil || string(body) != large {
			t.Errorf("got %d bytes, %v", len(body), err)
		}
		if r.URL.Path != "/plain" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(zipped(large))
			return
		}
		io.WriteString(w, large)
	})
	for _, path := range []string{"/plain", "/zipped", "/zipped"} {
		response, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: path, Body: []byte(large), Compress: true})
		if err != nil || string(response.Body) != large {
			t.Errorf("%s: got %d bytes, %v", path, len(response.Body), err)
		}
	}
}

// TestGzipNotAskedFor has clients that leave unpacking to us.
func TestGzipNotAskedFor(t *testing.T) {
	for _, test := range []struct {
		name, method string
		body         []byte
		want         string // of the error
	}{
		{"whole", "GET", zipped(`{"a":1}`), ""},
		{"cut", "GET", zipped(`{"a":1}`)[:20], "unexpected EOF"},
		{"no gzip", "GET", []byte("hello"), "unexpected EOF"},
		{"nothing", "HEAD", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			plain := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			conn, _ := serve(t, opensearch.ConnOptions{HTTPClient: plain, Attempts: 1}, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.Header().Set("Content-Length", strconv.Itoa(max(50, len(test.body))*(1-min(1, len(test.body)))+len(test.body)))
				w.Write(test.body)
			})
			response, err := conn.Do(t.Context(), opensearch.Request{Method: test.method, Path: "/"})
			if test.want == "" {
				if err != nil || test.method == "GET" && string(response.Body) != `{"a":1}` {
					t.Errorf("got %q, %v", response.Body, err)
				}
			} else if broken, ok := errors.AsType[*opensearch.ConnError](err); !ok || !broken.Sent || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestCompressSigned has the signature be over the body as it is sent.
func TestCompressSigned(t *testing.T) {
	cloud := awstest.New(t)
	cloud.HandleHTTP(collectionHost, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		unpacked, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		text, _ := io.ReadAll(unpacked)
		if string(text) != "hello" || awstest.CallerOf(r.Context()).Account != account {
			t.Errorf("got %q from %+v", text, awstest.CallerOf(r.Context()))
		}
		signed := r.Header.Get("Authorization")
		if strings.Contains(signed, "content-length") || !strings.Contains(signed, "content-encoding") || !strings.Contains(signed, "x-amz-content-sha256") {
			t.Errorf("signed: %s", signed)
		}
	}))
	conn := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + collectionHost}})
	if _, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/_bulk", Body: []byte("hello"), Compress: true}); err != nil {
		t.Error(err)
	}
}

// TestBodyIsTheCallersAgain has a client that reads on after it has returned, as
// net/http does when an answer comes before the whole request was sent.
func TestBodyIsTheCallersAgain(t *testing.T) {
	over, read := make(chan struct{}), make(chan error)
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{nowhere}, HTTPClient: client(func(r *http.Request) (*http.Response, error) {
		again, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		if first, err := io.ReadAll(io.LimitReader(r.Body, 2)); string(first) != "ab" || err != nil {
			t.Errorf("got %q, %v", first, err)
		}
		go func() {
			<-over
			for _, body := range []io.Reader{r.Body, again} {
				text, err := io.ReadAll(body)
				if len(text) > 0 {
					err = fmt.Errorf("read %q", text)
				}
				read <- err
			}
		}()
		return &http.Response{StatusCode: 413, Body: http.NoBody, Request: r}, nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	body := []byte("abcd")
	conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/", Body: body})
	copy(body, "XXXX")
	close(over)
	for range 2 {
		if err := <-read; err == nil || err.Error() != "the request is over" {
			t.Errorf("got %v", err)
		}
	}
}

// TestBrokenAnswers has connections die at every stage.
func TestBrokenAnswers(t *testing.T) {
	tests := []struct {
		name   string
		answer string // what is written before the connection is closed
		reset  bool   // closed by RST
		want   string
	}{
		{name: "before the status", answer: "", want: "EOF"},
		{name: "in the header", answer: "HTTP/1.1 200 OK\r\nContent-", want: "malformed"},
		{name: "in the body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"", want: "unexpected EOF"},
		{name: "in a chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"a\"", want: "unexpected EOF"},
		{name: "between chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n", want: "unexpected EOF"},
		{name: "reset", answer: "", reset: true, want: "reset"},
		{name: "reset in the body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"", reset: true, want: ""},
		{name: "no HTTP", answer: "SSH-2.0-OpenSSH\r\n", want: "malformed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var requests atomic.Int64
			conn, _ := serve(t, opensearch.ConnOptions{}, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if r.Method == "GET" && requests.Add(1) > 1 {
					io.WriteString(w, "whole")
					return
				}
				raw, buffered, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				buffered.WriteString(test.answer)
				buffered.Flush()
				if test.reset {
					raw.(*net.TCPConn).SetLinger(0)
				}
				raw.Close()
			})
			_, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/a/_bulk", Body: []byte("{}")})
			broken, ok := errors.AsType[*opensearch.ConnError](err)
			if !ok || !broken.Sent || !strings.Contains(err.Error(), test.want) || broken.Attempt != 1 {
				t.Errorf("POST: got %#v %v", err, err)
			}
			response, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
			if err != nil || string(response.Body) != "whole" || response.Attempt != 2 {
				t.Errorf("GET: got %+v, %v", response, err)
			}
		})
	}
}

// TestNotSent has real connections that never come to be.
func TestNotSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()

	for _, test := range []struct {
		name, endpoint string
		attempts       int
	}{
		{"nobody listens", closed, 2},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), 2},
		{"not trusted", untrusted.URL, 1}, // and will not be
		{"no such host", "https://nobody.invalid", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{test.endpoint}, Attempts: 2})
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/", Body: []byte("{}")})
			broken, ok := errors.AsType[*opensearch.ConnError](err)
			if !ok || broken.Sent || broken.Attempt != test.attempts || broken.Permanent != (test.attempts == 1) {
				t.Errorf("got %#v: %v", err, err)
			}
		})
	}
}

// TestHugeAnswer has answers that are larger than what is read, plain and packed.
func TestHugeAnswer(t *testing.T) {
	block := bytes.Repeat([]byte(" "), 1<<12)
	conn, _ := serve(t, opensearch.ConnOptions{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/error" {
			w.WriteHeader(503)
		}
		to := io.Writer(w)
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			packed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			defer packed.Close()
			to = packed
		}
		for range 260 {
			if _, err := to.Write(block); err != nil {
				return
			}
		}
	})
	conn.SetMaxResponse(1 << 20)
	for _, path := range []string{"/", "/bomb"} {
		_, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: path})
		broken, ok := errors.AsType[*opensearch.ConnError](err)
		if !ok || !strings.Contains(err.Error(), "the answer is too large: ask for less at a time, of which 1048576 bytes are read") || broken.Attempt != 1 {
			t.Errorf("%s: got %v", path, err)
		}
	}
	_, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/error", Once: true})
	if refused, ok := errors.AsType[*opensearch.Error](err); !ok || refused.Status != 503 {
		t.Errorf("got %v", err)
	}
	conn.SetMaxResponse(260 << 12)
	response, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
	if err != nil || len(response.Body) != 260<<12 {
		t.Errorf("as much as is allowed: got %d bytes, %v", len(response.Body), err)
	}
}

// TestRedirect has the session token stay here.
func TestRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("got %v", r.Header) }))
	defer elsewhere.Close()
	for _, own := range []opensearch.HTTPClient{nil, http.DefaultClient} {
		conn, _ := serve(t, opensearch.ConnOptions{
			HTTPClient: own, Product: opensearch.Domain, Region: "eu-west-1",
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "A", SecretAccessKey: "S", SessionToken: "T"}, nil
			}),
		}, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/login?state=secret", http.StatusFound)
		})
		_, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
		refused, ok := errors.AsType[*opensearch.Error](err)
		if !ok || refused.Status != 302 || refused.Reason != "redirects to "+elsewhere.URL+"/login" {
			t.Errorf("got %v", err)
		}
	}
	if http.DefaultClient.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

// TestWorkers has many use one connection, among endpoints that fail now and then.
func TestWorkers(t *testing.T) {
	cloud := awstest.New(t)
	var served atomic.Int64
	for _, host := range []string{"n0", "n1", "n2"} {
		cloud.HandleHTTP(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			served.Add(1)
			w.Write(body)
		}))
	}
	unavailable := cloud.Inject(awstest.Fault{Match: func(c awstest.Call) bool { return strings.Contains(c.Target, "//n1/") }, Times: 3, Err: awstest.Error(503, "", "")})
	lost := cloud.Inject(awstest.Fault{Skip: 20, Times: 3, Err: errors.New("the line went dead"), Applied: true})
	conn := connect(t, cloud, opensearch.ConnOptions{
		Endpoints: []string{"https://n0", "https://n1", "https://n2"}, Product: opensearch.Domain, Region: "eu-west-1",
	})
	var working sync.WaitGroup
	for i := range 8 {
		working.Go(func() {
			for j := range 20 {
				body := fmt.Sprintf(`{"worker":%d,"round":%d}`, i, j)
				response, err := conn.Do(t.Context(), opensearch.Request{Method: "PUT", Path: "/a", Body: []byte(body), Compress: j%2 == 1})
				if err != nil {
					t.Error(err)
				} else if j%2 == 0 && string(response.Body) != body {
					t.Errorf("got %s, want %s", response.Body, body)
				}
			}
		})
	}
	working.Wait()
	if hits := lost(); unavailable() == 0 || hits == 0 || served.Load() != int64(8*20+hits) {
		t.Errorf("%d requests reached a server, %d answers were lost, %d times unavailable", served.Load(), hits, unavailable())
	}
}
