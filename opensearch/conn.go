package opensearch

import (
	"context"
	"net/http"
	"net/url"
	"sync"
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
	// cluster, such as https://search-movies-abc.eu-west-1.es.amazonaws.com. Required.
	// They have neither path nor query, and http is only for self-managed clusters
	// and for this machine.
	Endpoints []string

	// Product defaults to what the host name of the first endpoint tells:
	// *.es.amazonaws.com and *.aos.REGION.on.aws are domains,
	// *.aoss.amazonaws.com and *.aoss.REGION.on.aws collections, and all others
	// self-managed. For a custom endpoint of a domain it must be given.
	Product Product

	// Credentials sign the requests, for Region, which defaults to the one in the
	// host name. Without them, and without Username, requests are not signed.
	Credentials aws.CredentialsProvider
	Region      string

	// Username and Password are for HTTP basic authentication, instead of Credentials.
	Username, Password string

	// Collection is the name of the collection, for the endpoint that all collections
	// of an account share: https://ACCOUNT.aoss.REGION.on.aws. Others need none.
	Collection string

	// HTTPClient defaults to one that keeps connections open. Redirects are not
	// followed if it is an *http.Client: they would take signatures to other hosts.
	HTTPClient HTTPClient

	// Timeout is for one attempt of a request, until its whole answer is there. Defaults
	// to 60 seconds.
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
	product  Product
	client   HTTPClient
	timeout  time.Duration
	attempts int
	header   http.Header // of every request
	signer   *signer     // nil if requests are not signed
	username string      // empty without basic authentication
	password string
	nodes    *nodes
	gzip     sync.Pool // of *gzip.Writer

	maxResponse int64 // bytes, unpacked
}

// NewConn returns a connection. It makes no request. Its error names every option
// that is wrong.
func NewConn(opts ConnOptions) (*Conn, error) {
	target, err := opts.check()
	if err != nil {
		return nil, err
	}
	c := &Conn{
		product:  target.product,
		client:   withoutRedirects(opts.HTTPClient),
		timeout:  opts.Timeout,
		attempts: opts.Attempts,
		header:   commonHeader(opts),
		username: opts.Username,
		password: opts.Password,
		nodes:    newNodes(target.endpoints),

		maxResponse: maxResponse,
	}
	if c.timeout == 0 {
		c.timeout = 60 * time.Second
	}
	if c.attempts == 0 {
		c.attempts = 5
	}
	if opts.Credentials != nil {
		c.signer = newSigner(opts.Credentials, target.product, target.region)
	}
	return c, nil
}

// Product returns what answers at the endpoints.
func (c *Conn) Product() Product { return c.product }

// A Request is what to send.
type Request struct {
	Method      string
	Path        string // escaped, such as "/my-index/_search"
	Query       url.Values
	Body        []byte
	ContentType string // defaults to application/json, if there is a Body

	// Compress sends Body in gzip.
	Compress bool

	// Once makes one attempt only. Otherwise a GET, HEAD, PUT or DELETE, and any
	// request that surely had no effect or that Repeat allows, is made again when it
	// failed for a reason that may pass. A request that was made again may find what
	// its first attempt did: see Response.Attempt and Error.Attempt.
	Once   bool
	Repeat bool
}

// A Response is what came back.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte // unpacked, if it came in gzip
	Endpoint string // that answered
	Attempt  int    // that was answered, from 1
}

// Do sends a request and returns the response. A response with a status other than
// 2xx is an *[Error], and no response at all a *[ConnError]. When ctx ends, the error
// wraps its cause.
//
// What may pass are broken connections, timeouts, and the statuses 402 (Serverless at
// the limit of its capacity), 408, 429, 500, 502, 503 and 504. Between attempts it waits,
// 100 ms at first and twice as long each time, or as long as the response asks for, if
// that is not more than a minute. What 402 and 429 refuse had no effect, and neither
// has what was not sent.
//
// Several endpoints take turns. One that fails is left alone for a second, and longer
// each time it fails again, up to a minute, unless all fail.
//
// A response of more than 256 MiB, unpacked, is a *ConnError.
//
// IAM actions: es:ESHttpGet, es:ESHttpPost and so on, after the method, on a domain;
// aoss:APIAccessAll on a collection.
func (c *Conn) Do(ctx context.Context, r Request) (Response, error) {
	return c.repeat(ctx, r, c.nodes.pick)
}
