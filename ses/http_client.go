package ses

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// HTTPClientOptions say how an HTTP client for sending behaves.
type HTTPClientOptions struct {
	// MaxConnectionAge is after what time a connection is used for no other request, one
	// minute if zero. A request that is under way is not cut.
	MaxConnectionAge time.Duration

	// ResponseTimeout is how long an answer may take to begin, and then to end, one minute each
	// if zero. A mail whose answer takes longer is MailUnknown.
	ResponseTimeout time.Duration

	// Transport is what connections are made with: proxies, certificates, timeouts. It is
	// copied; HTTP/2 is off in the copy. Without it, it is as that of the SDK.
	Transport *http.Transport
}

// NewHTTPClient returns an HTTP client for sending through global endpoints. SES publishes
// through DNS which Region is to get how much, so that connections must not live long: AWS
// advises to close them after about 60 seconds
// (https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html). Names are resolved anew
// for each connection; a resolver that caches them should do so for no longer than that.
//
// It speaks HTTP/1.1: one connection has one request at a time, so that many connections
// share the load as DNS says, and so that it is known of each whether anything of the request
// was written. A connection that SES closed while it was idle is replaced by another only
// when nothing was.
func NewHTTPClient(opts HTTPClientOptions) *http.Client {
	if opts.MaxConnectionAge == 0 {
		opts.MaxConnectionAge = time.Minute
	}
	if opts.ResponseTimeout == 0 {
		opts.ResponseTimeout = time.Minute
	}
	return &http.Client{
		Transport:     &agingTransport{opts: opts},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// An agingTransport has its connections made by one http.Transport after the other, each for
// as long as connections may be used.
type agingTransport struct {
	opts HTTPClientOptions

	mu   sync.Mutex
	now  *http.Transport
	born time.Time
}

// RoundTrip implements http.RoundTripper.
func (t *agingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r, err := rewindable(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	response, err := t.current().RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	done := func() { cancel(nil) }
	if t.opts.ResponseTimeout > 0 {
		late := time.AfterFunc(t.opts.ResponseTimeout, func() { cancel(errLateAnswer) })
		done = func() { late.Stop(); cancel(nil) }
	}
	response.Body = &timedBody{response.Body, done}
	return response, nil
}

var errLateAnswer = errors.New("the rest of the answer took too long")

// A timedBody is the body of an answer that is cut off after some time.
type timedBody struct {
	io.ReadCloser
	done func()
}

func (b *timedBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// CloseIdleConnections is what http.Client calls.
func (t *agingTransport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now != nil {
		t.now.CloseIdleConnections()
	}
}

// current returns the transport for a request that begins now. An old one closes the
// connections that are idle, and the others when their request is done.
func (t *agingTransport) current() *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now != nil && time.Since(t.born) < t.opts.MaxConnectionAge {
		return t.now
	}
	if t.now != nil {
		t.now.CloseIdleConnections()
	}
	t.now, t.born = t.opts.transport(), time.Now()
	return t.now
}

func (o HTTPClientOptions) transport() *http.Transport {
	var t *http.Transport
	if o.Transport != nil {
		t = o.Transport.Clone()
	} else {
		t = awshttp.NewBuildableClient().GetTransport()
		t.MaxIdleConnsPerHost = 100
	}
	onlyHTTP1(t)
	t.ResponseHeaderTimeout = o.ResponseTimeout
	// One that was given a request while it was being replaced keeps its connection no longer.
	if t.IdleConnTimeout == 0 || t.IdleConnTimeout > o.MaxConnectionAge {
		t.IdleConnTimeout = o.MaxConnectionAge
	}
	return t
}

// onlyHTTP1 switches HTTP/2 off, also where a copy has it from a transport that was used.
func onlyHTTP1(t *http.Transport) {
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if c := t.TLSClientConfig; c != nil {
		c.NextProtos = slices.DeleteFunc(slices.Clone(c.NextProtos), func(p string) bool { return p == "h2" })
	}
}

// rewindable returns a request whose body net/http can send again on another connection. It
// does so with a POST only when it knows that nothing was written on the first.
func rewindable(r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	if r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil {
		// With these net/http sends a POST again although it may have arrived.
		r = r.WithContext(r.Context())
		r.GetBody = nil
		return r, nil
	}
	if r.GetBody != nil {
		return r, nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	r = r.WithContext(r.Context()) // a RoundTripper changes no request
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	return r, nil
}

// sendingClient returns the HTTP client for sending with cfg: that of cfg if the caller has
// one of his own, and else one whose connections age.
func sendingClient(cfg aws.Config) aws.HTTPClient {
	switch client := cfg.HTTPClient.(type) {
	case nil:
		return NewHTTPClient(HTTPClientOptions{})
	case *awshttp.BuildableClient: // config.LoadDefaultConfig makes one, for AWS_CA_BUNDLE
		if client.GetTimeout() == 0 {
			return NewHTTPClient(HTTPClientOptions{Transport: client.GetTransport()})
		}
	}
	return cfg.HTTPClient
}
