package opensearch

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/useragent"
)

const (
	maxResponse = 256 << 20 // bytes of a response, unpacked
	maxRefusal  = 1 << 20   // bytes that are read of a response that is an error
)

// newHTTPClient returns the client for those who bring none. http.DefaultClient keeps
// two connections to a host, so that a third worker would connect, and shake hands,
// for each request. HTTP/2 would put all workers onto one connection, and so to one
// of the nodes behind a name.
func newHTTPClient() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dial,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 256,
		WriteBufferSize:     64 << 10,         // bulk requests are megabytes
		IdleConnTimeout:     30 * time.Second, // less than that of load balancers, which close without a word
		Protocols:           protocols,
	}}
}

// withoutRedirects returns c, or a new client, such that it follows no redirect:
// net/http would send the session token to another host.
func withoutRedirects(c HTTPClient) HTTPClient {
	client, ok := c.(*http.Client)
	if c == nil || ok && client == nil {
		client, ok = newHTTPClient(), true
	}
	if ok {
		own := *client
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		return &own
	}
	return c
}

func commonHeader(opts ConnOptions) http.Header {
	h := http.Header{"User-Agent": {useragent.String()}}
	if opts.Collection != "" {
		h.Set("X-Amz-Aoss-Collection-Name", opts.Collection)
	}
	return h
}

// A sending is a request as each attempt sends it.
type sending struct {
	method string
	path   string // as the caller wrote it
	target string // escaped path, and query
	header http.Header
	body   []byte
	hash   string // of body
}

func (c *Conn) prepare(r Request) (sending, error) {
	s := sending{method: r.Method, path: r.Path, header: c.header.Clone(), body: r.Body}
	if r.Method == "" {
		return s, errors.New("the method is missing")
	}
	var err error
	if s.target, err = targetOf(r.Path, r.Query); err != nil {
		return s, err
	}
	if len(r.Body) > 0 {
		s.header.Set("Content-Type", cmp.Or(r.ContentType, "application/json"))
	}
	if len(r.Body) > 0 && r.Compress {
		s.header.Set("Content-Encoding", "gzip")
		s.body = c.compressed(r.Body)
	}
	if c.signer != nil {
		s.hash = sha256Hex(s.body)
	}
	return s, nil
}

func (c *Conn) compressed(body []byte) []byte {
	var b bytes.Buffer
	w, _ := c.gzip.Get().(*gzip.Writer)
	if w == nil {
		w, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed)
	}
	defer c.gzip.Put(w)
	w.Reset(&b)
	w.Write(body) // into memory, which cannot fail
	w.Close()
	return b.Bytes()
}

// once makes one attempt.
func (c *Conn) once(ctx context.Context, t turn, s sending) (Response, error) {
	attempt, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var way way
	r, err := c.request(way.trace(attempt), t.endpoint, s)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Response{}, &ConnError{
			Endpoint: t.endpoint, Method: s.method, Path: s.path, Permanent: ctx.Err() == nil, Err: reason.Cause(ctx, err),
		}
	}
	defer lend(s.body, r).takeBack()
	response, err := c.exchange(r)
	if err == nil {
		c.nodes.answered(t)
		response.Endpoint = t.endpoint
		return response, nil
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		refused.complete(c, t.endpoint, s, r)
		c.note(t, refused.Status)
		return Response{}, refused
	}
	broken := &ConnError{Endpoint: t.endpoint, Method: s.method, Path: s.path, Sent: way.mayHaveArrived(err)}
	switch {
	case ctx.Err() != nil:
		broken.Err = reason.Cause(ctx, err)
		return Response{}, broken
	case attempt.Err() != nil:
		err = fmt.Errorf("no complete answer within %v: %w", c.timeout, os.ErrDeadlineExceeded)
	}
	c.nodes.failed(t)
	broken.Err, broken.Permanent, broken.advice = err, lasting(err), networkAdvice(t.endpoint, err)
	return Response{}, broken
}

// A way is how far a request came.
type way struct {
	traced    atomic.Bool // the client tells
	connected atomic.Bool
}

func (w *way) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.traced.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.connected.Store(true) },
	})
}

// mayHaveArrived reports whether a request that ended with err may have had its effect.
func (w *way) mayHaveArrived(err error) bool {
	return w.connected.Load() || !w.traced.Load() && !dialing(err)
}

// note judges an endpoint by a status.
func (c *Conn) note(t turn, status int) {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		c.nodes.failed(t)
	default:
		c.nodes.answered(t)
	}
}

// request returns s for an endpoint, with a signature of now.
func (c *Conn) request(ctx context.Context, endpoint string, s sending) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, s.method, endpoint+s.target, nil)
	if err != nil {
		return nil, err
	}
	r.Header = s.header.Clone()
	if c.username != "" {
		r.SetBasicAuth(c.username, c.password)
	}
	if c.signer != nil {
		err = c.signer.sign(ctx, r, s.hash)
	}
	return r, err
}

// exchange returns the response to r. The error is an *Error if there is one.
func (c *Conn) exchange(r *http.Request) (Response, error) {
	answer, err := c.client.Do(r)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err // without method and URL, which ConnError has
		}
		return Response{}, err
	}
	defer answer.Body.Close()
	failed := answer.StatusCode < 200 || answer.StatusCode > 299
	limit := c.maxResponse
	if failed {
		limit = maxRefusal
	}
	body, err := readBody(answer, limit)
	if failed {
		return Response{}, refusal(answer.StatusCode, answer.Header, body)
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, err
}

var errTooLarge = errors.New("the answer is too large: ask for less at a time")

// readBody returns at most limit bytes, and errTooLarge if there are more.
func readBody(answer *http.Response, limit int64) ([]byte, error) {
	from := io.Reader(answer.Body)
	if answer.Request != nil && answer.Request.Method == http.MethodHead {
		return nil, nil
	}
	if answer.Header.Get("Content-Encoding") == "gzip" && answer.ContentLength != 0 { // net/http itself unpacks what it asked for
		unpacked, err := gzip.NewReader(answer.Body)
		if err != nil {
			return nil, err
		}
		from = unpacked
	}
	var b bytes.Buffer
	if n := answer.ContentLength; n > 0 && n <= 1<<20 {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(from, limit+1))
	if int64(b.Len()) > limit {
		return b.Bytes()[:limit], fmt.Errorf("%w, of which %d bytes are read", errTooLarge, limit)
	}
	return b.Bytes(), err
}

// dialing reports whether err came before there was a connection.
func dialing(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op == "dial"
	}
	_, lookup := errors.AsType[*net.DNSError](err)
	return lookup
}

// lasting reports whether err will be there the next time, too.
func lasting(err error) bool {
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](err)
	_, misnamed := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return untrusted || misnamed || invalid || errors.Is(err, errTooLarge)
}
