package opensearch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A Product is what answers at an endpoint.
type Product string

// The products.
const (
	Domain      Product = "domain"       // of Amazon OpenSearch Service; requests are signed for "es"
	Serverless  Product = "serverless"   // a collection of Amazon OpenSearch Serverless; signed for "aoss"
	SelfManaged Product = "self-managed" // OpenSearch or Elasticsearch that somebody runs
)

// ConnOptions say where a domain or collection is and how to get in.
type ConnOptions struct {
	// Endpoints are the URLs of one domain or collection, or of the nodes of one
	// cluster. Required.
	Endpoints []string

	// Product defaults to what the host name of the first endpoint tells:
	// *.aoss.amazonaws.com, *.es.amazonaws.com, and self-managed for all others. For a
	// custom endpoint of a domain it must be given.
	Product Product

	// Credentials sign the requests, for Region, which defaults to the one in the
	// host name. Without them, and without Username, requests are not signed.
	Credentials aws.CredentialsProvider
	Region      string

	// Username and Password are for HTTP basic authentication, instead of Credentials.
	Username, Password string

	// HTTPClient defaults to one that keeps connections open.
	HTTPClient HTTPClient

	// Timeout is for one attempt of a request. Defaults to 60 seconds.
	Timeout time.Duration

	// Attempts is how often a request is made at most, if it may be repeated. Defaults
	// to 5.
	Attempts int
}

// HTTPClient is what this package needs of *http.Client.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// A Conn is a connection to one domain, collection or cluster. Its methods may be
// called from several goroutines.
type Conn struct {
	opts ConnOptions
}

// NewConn returns a connection. It makes no request.
func NewConn(opts ConnOptions) (*Conn, error) {
	return &Conn{opts}, nil
}

// A Request is what to send.
type Request struct {
	Method      string
	Path        string // escaped, such as "/my-index/_search"
	Query       url.Values
	Body        []byte
	ContentType string // defaults to application/json, if there is a Body

	// Once makes one attempt only. Otherwise a GET, HEAD, PUT or DELETE, and any
	// request that surely had no effect or that Repeat allows, is made again when it
	// failed for a reason that may pass.
	Once   bool
	Repeat bool
}

// A Response is what came back.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte
	Endpoint string // that answered
}

// Do sends a request and returns the response. A response with a status of 400 or
// more is an *Error, and no response at all a *ConnError.
func (c *Conn) Do(ctx context.Context, r Request) (Response, error) {
	u := c.opts.Endpoints[0] + r.Path
	if len(r.Query) > 0 {
		u += "?" + r.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u, bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, err
	}
	if len(r.Body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	client := c.opts.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(req)
	if err != nil {
		return Response{}, &ConnError{Endpoint: c.opts.Endpoints[0], Sent: true, Err: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Response{}, &ConnError{Endpoint: c.opts.Endpoints[0], Sent: true, Err: err}
	}
	if answer.StatusCode >= 400 {
		return Response{}, &Error{Status: answer.StatusCode, Method: r.Method, Path: r.Path, Endpoint: c.opts.Endpoints[0], Reason: string(body)}
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body, Endpoint: c.opts.Endpoints[0]}, nil
}

// Info is what a domain or collection says of itself.
type Info struct {
	Product      Product
	Distribution string // "opensearch" or "elasticsearch"; empty if unknown
	Version      string // such as "2.19.1"; empty if unknown: Serverless does not tell, and asking may be denied
	ClusterName  string
	ClusterUUID  string

	// Unknown is why the version is not known; empty if it is.
	Unknown string
}

// Product returns what answers at the endpoints.
func (c *Conn) Product() Product { return c.opts.Product }

// Info asks every endpoint who it is. Not to be told is no error: see Info.Unknown.
// That two endpoints belong to different clusters is one.
func (c *Conn) Info(ctx context.Context) (Info, error) {
	return Info{Product: c.opts.Product}, nil
}
