package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/opensearch"
)

const signatureQuote = "The request signature we calculated does not match the signature you provided.\n\n" +
	"The Canonical String for this request should have been\n'GET\n/\n\nhost:x\nx-amz-security-token:session-token-1234\n"

// refusals are errors as they come from everybody who may answer.
var refusals = []struct {
	name    string
	to      string // host; "" is self-managed
	request string // method and path; "" is GET /movies
	status  int
	header  string // "Name: value"
	body    string
	want    opensearch.Error // Type, Reason, Index, RequestID
}{
	{
		name: "index not found", status: 404, request: "POST /movies/_search",
		body: `{"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index [movies]","index":"movies","resource.id":"movies","resource.type":"index_or_alias","index_uuid":"_na_"}],` +
			`"type":"index_not_found_exception","reason":"no such index [movies]","index":"movies","resource.id":"movies","resource.type":"index_or_alias","index_uuid":"_na_"},"status":404}`,
		want: opensearch.Error{Type: "index_not_found_exception", Reason: "no such index [movies]", Index: "movies"},
	},
	{
		name: "all shards failed", status: 400, request: "POST /movies/_search",
		body: `{"error":{"root_cause":[{"type":"query_shard_exception","reason":"No mapping found for [x] in order to sort on","index":"movies"}],` +
			`"type":"search_phase_execution_exception","reason":"all shards failed","phase":"query","grouped":true,"failed_shards":[]},"status":400}`,
		want: opensearch.Error{Type: "search_phase_execution_exception", Index: "movies", Reason: "all shards failed; query_shard_exception: No mapping found for [x] in order to sort on"},
	},
	{
		name: "caused by", status: 400, request: "PUT /movies/_doc/1",
		body: `{"error":{"root_cause":[{"type":"mapper_parsing_exception","reason":"failed to parse field [year] of type [long] in document with id '1'. Preview of field's value: 'x'"}],` +
			`"type":"mapper_parsing_exception","reason":"failed to parse field [year] of type [long] in document with id '1'. Preview of field's value: 'x'",` +
			`"caused_by":{"type":"illegal_argument_exception","reason":"For input string: \"x\""}},"status":400}`,
		want: opensearch.Error{Type: "mapper_parsing_exception", Reason: `failed to parse field [year] of type [long] in document with id '1'. Preview of field's value: 'x'; illegal_argument_exception: For input string: "x"`},
	},
	{
		name: "no such API", status: 405, request: "POST /", body: `{"error":"Incorrect HTTP method for uri [/] and method [POST], allowed: [GET, DELETE, HEAD]","status":405}`,
		want: opensearch.Error{Reason: "Incorrect HTTP method for uri [/] and method [POST], allowed: [GET, DELETE, HEAD]"},
	},
	{
		name: "rejected", to: domainHost, status: 429, header: "Retry-After: 90", request: "POST /_bulk",
		body: `{"error":{"root_cause":[{"type":"rejected_execution_exception","reason":"rejected execution of coordinating operation"}],"type":"rejected_execution_exception","reason":"rejected execution of coordinating operation"},"status":429}`,
		want: opensearch.Error{Type: "rejected_execution_exception", Reason: "rejected execution of coordinating operation", RetryAfter: 90 * time.Second},
	},
	{
		name: "throttled by the service", to: domainHost, status: 429, header: "X-Amzn-RequestId: 0c5d-1", body: `{"message":"Too Many Requests"}`, request: "GET /",
		want: opensearch.Error{Reason: "Too Many Requests", RetryAfter: 0, RequestID: "0c5d-1"},
	},
	{
		name: "disks are full", to: domainHost, status: 403, request: "PUT /movies/_doc/1",
		body: `{"error":{"root_cause":[],"type":"cluster_block_exception","reason":"index [movies] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"},"status":403}`,
		want: opensearch.Error{Type: "cluster_block_exception", Reason: "index [movies] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"},
	},
	{
		name: "denied by IAM", to: domainHost, status: 403, request: "POST /movies/_bulk",
		body: `{"Message":"User: arn:aws:sts::123456789012:assumed-role/load/me is not authorized to perform: es:ESHttpPost because no identity-based policy allows the es:ESHttpPost action"}`,
		want: opensearch.Error{Reason: "User: arn:aws:sts::123456789012:assumed-role/load/me is not authorized to perform: es:ESHttpPost because no identity-based policy allows the es:ESHttpPost action"},
	},
	{
		name: "denied by fine-grained access control", to: domainHost, status: 403, request: "POST /movies/_bulk",
		body: `{"error":{"root_cause":[{"type":"security_exception","reason":"no permissions for [indices:data/write/bulk] and User [name=arn:aws:iam::123456789012:role/load, backend_roles=[], requestedTenant=null]"}],` +
			`"type":"security_exception","reason":"no permissions for [indices:data/write/bulk] and User [name=arn:aws:iam::123456789012:role/load, backend_roles=[], requestedTenant=null]"},"status":403}`,
		want: opensearch.Error{Type: "security_exception", Reason: "no permissions for [indices:data/write/bulk] and User [name=arn:aws:iam::123456789012:role/load, backend_roles=[], requestedTenant=null]"},
	},
	{
		name: "wrong signature", to: domainHost, status: 403, header: "X-Amzn-ErrorType: InvalidSignatureException:http://internal.amazon.com/coral/",
		body: `{"message":"` + strings.ReplaceAll(signatureQuote, "\n", `\n`) + `"}`,
		want: opensearch.Error{Type: "InvalidSignatureException", Reason: "The request signature we calculated does not match the signature you provided."},
	},
	{
		name: "expired credentials", to: domainHost, status: 403, body: `{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"The security token included in the request is expired"}`,
		want: opensearch.Error{Type: "ExpiredTokenException", Reason: "The security token included in the request is expired"},
	},
	{
		name: "denied by Serverless", to: collectionHost, status: 403, request: "POST /movies/_bulk",
		body: `{"status":403,"request-id":"42972d1c-ecd9","error":{"reason":"403 Forbidden","type":"Forbidden"}}`,
		want: opensearch.Error{Type: "Forbidden", Reason: "403 Forbidden", RequestID: "42972d1c-ecd9"},
	},
	{name: "denied to create", to: collectionHost, status: 403, request: "PUT /movies", body: `{}`},
	{name: "denied to describe", to: collectionHost, status: 403, request: "HEAD /movies"},
	{name: "denied to read", to: collectionHost, status: 403, request: "POST /movies/_search", body: `{}`},
	{name: "denied to delete", to: collectionHost, status: 401, request: "DELETE /movies", body: `{}`},
	{name: "denied to update", to: collectionHost, status: 403, request: "PUT /movies/_mapping", body: `{}`},
	{name: "denied to write", to: collectionHost, status: 403, request: "PUT /movies/_doc/1", body: `{}`},
	{name: "denied the aliases", to: collectionHost, status: 403, request: "POST /_aliases", body: `{}`},
	{name: "denied to see aliases", to: collectionHost, status: 403, request: "GET /_alias/x", body: `{}`},
	{name: "denied to delete an alias", to: collectionHost, status: 403, request: "DELETE /movies/_alias/x", body: `{}`},
	{
		name: "capacity", to: collectionHost, status: 402, request: "POST /movies/_bulk",
		body: `{"status":402,"error":{"type":"service_quota_exceeded_exception","reason":"maximum OCU capacity reached"}}`,
		want: opensearch.Error{Type: "service_quota_exceeded_exception", Reason: "maximum OCU capacity reached"},
	},
	{name: "no such API of Serverless", to: collectionHost, status: 404, request: "POST /_reindex"},
	{name: "too large for a domain", to: domainHost, status: 413, request: "POST /_bulk", body: `{"Message":"Request size exceeded 10485760 bytes"}`, want: opensearch.Error{Reason: "Request size exceeded 10485760 bytes"}},
	{name: "too large", status: 413, request: "POST /_bulk", body: ""},
	{name: "security plugin", status: 401, header: "Content-Type: text/plain", body: "Unauthorized", want: opensearch.Error{Reason: "Unauthorized"}},
	{
		name: "load balancer", status: 503, header: "Content-Type: text/html", request: "POST /_bulk",
		body: "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n",
		want: opensearch.Error{Reason: "503 Service Temporarily Unavailable"},
	},
	{name: "page without a title", status: 400, body: "<p>Bad <b>Request</b></p>", want: opensearch.Error{Reason: "Bad Request"}},
	{name: "nothing", status: 500, request: "POST /_bulk"},
	{name: "unknown status", status: 599, request: "POST /_bulk"},
	{name: "other JSON", status: 400, body: `{"ok":false}`, want: opensearch.Error{Reason: `{"ok":false}`}},
	{name: "error of another type", status: 400, body: `{"error":[1,2],"message":7}`, want: opensearch.Error{Reason: `{"error":[1,2],"message":7}`}},
	{name: "broken JSON", status: 400, body: `{"error":{"type":"x"`, want: opensearch.Error{Reason: `{"error":{"type":"x"`}},
	{name: "nulls", status: 400, body: `{"error":{"type":null,"reason":null,"root_cause":null,"caused_by":null},"status":400}`,
		want: opensearch.Error{Reason: `{"error":{"type":null,"reason":null,"root_cause":null,"caused_by":null},"status":400}`}},
	{name: "what is not to be printed", status: 400, body: "\x1b[2Jcleared\x00\r\nPUT /x\u202e", want: opensearch.Error{Reason: `\u001b[2Jcleared\u0000 PUT /x\u202e`}},
	{name: "long", status: 400, body: strings.Repeat("ü", 5000), want: opensearch.Error{Reason: strings.Repeat("ü", 1000) + "…"}},
	{
		name: "echoes the request", to: domainHost, status: 400, body: "ECHO",
		want: opensearch.Error{Reason: "GET /movies Authorization: … X-Amz-Security-Token: …"},
	},
}

// talk answers as a refusal says.
func talk(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		if body == "ECHO" {
			body = fmt.Sprintf("%s %s\nAuthorization: %s\nX-Amz-Security-Token: %s\n", r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"))
		}
		io.WriteString(w, body)
	}
}

func TestErrors(t *testing.T) {
	var texts strings.Builder
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(talk(test.status, test.header, test.body))
			defer server.Close()
			opts := opensearch.ConnOptions{Endpoints: []string{"http://search.example.com"}, HTTPClient: to(server)}
			if test.to != "" {
				opts.Endpoints = []string{"https://" + test.to}
				opts.Credentials = temporary{}
			}
			conn, err := opensearch.NewConn(opts)
			if err != nil {
				t.Fatal(err)
			}
			method, path, _ := strings.Cut(test.request, " ")
			if method == "" {
				method, path = "GET", "/movies"
			}
			_, err = conn.Do(t.Context(), opensearch.Request{Method: method, Path: path, Once: true})
			got, ok := errors.AsType[*opensearch.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			want := test.want
			if got.Type != want.Type || got.Reason != want.Reason || got.Index != want.Index || got.RequestID != want.RequestID || got.RetryAfter != want.RetryAfter {
				t.Errorf("got  %#v\nwant %#v", *got, want)
			}
			if got.Status != test.status || got.Method != method || got.Path != path || got.Endpoint != opts.Endpoints[0] || got.Attempt != 1 {
				t.Errorf("got %#v", *got)
			}
			if strings.Contains(err.Error(), "session-token") || strings.Contains(err.Error(), "Signature=") {
				t.Errorf("a secret is in %v", err)
			}
			fmt.Fprintf(&texts, "%s\n    %v\n", test.name, err)
		})
	}
	golden.Equal(t, "testdata/golden/errors.txt", texts.String())
}

// temporary are credentials with a session token.
type temporary struct{}

func (temporary) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "secret", SessionToken: "session-token-1234"}, nil
}

// to sends all requests to one server.
func to(server *httptest.Server) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}}
}

func TestNotSigned(t *testing.T) {
	for _, test := range []struct {
		name string
		opts opensearch.ConnOptions
		want string
	}{
		{"without credentials", opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}}, "the request was not signed: set Credentials"},
		{"with a password", opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}, Username: "u", Password: "p"}, "allow es:ESHttp* to every principal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			cloud.HandleHTTP(domainHost, talk(403, "", `{"Message":"User: anonymous is not authorized to perform: es:ESHttpGet"}`))
			test.opts.HTTPClient = cloud.HTTPClient()
			conn, err := opensearch.NewConn(test.opts)
			if err != nil {
				t.Fatal(err)
			}
			_, err = conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUnreachableVPC(t *testing.T) {
	conn, err := opensearch.NewConn(opensearch.ConnOptions{
		Endpoints: []string{"https://vpc-movies-abc.eu-west-1.es.amazonaws.com"}, Attempts: 1,
		HTTPClient: client(func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/a\x1b"})
	want := `GET /a\u001b at https://vpc-movies-abc.eu-west-1.es.amazonaws.com: lookup : no such host ` +
		"(a domain in a VPC is reached from within it, or through a VPN or a tunnel)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// FuzzError has bodies and headers of anybody become errors of one line and bounded
// length that hold no secret.
func FuzzError(f *testing.F) {
	for _, test := range refusals {
		f.Add(test.status, strings.TrimPrefix(test.header, "Retry-After: "), test.body)
	}
	f.Add(302, "://", "")
	f.Add(429, "99999999999999999999", `{"error":{"caused_by":{"caused_by":{"caused_by":{"caused_by":{"caused_by":{"caused_by":{"reason":"deep"}}}}}}}}`)
	f.Add(403, "Bearer session-token-1234", `{"error":{"root_cause":[{}],"index":7}}`)
	f.Fuzz(func(t *testing.T, status int, header, body string) {
		if status < 300 || status > 599 {
			return
		}
		answer := client(func(r *http.Request) (*http.Response, error) {
			h := http.Header{"Retry-After": {header}, "X-Amzn-Errortype": {header}, "Location": {header}, "X-Request-Id": {r.Header.Get("Authorization")}}
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body + r.Header.Get("X-Amz-Security-Token"))), Request: r}, nil
		})
		conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{"https://" + domainHost}, Credentials: temporary{}, HTTPClient: answer})
		if err != nil {
			t.Fatal(err)
		}
		_, err = conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/", Once: true})
		got, ok := errors.AsType[*opensearch.Error](err)
		if !ok || got.Status != status || got.RetryAfter < 0 || got.RetryAfter > 24*time.Hour {
			t.Fatalf("got %#v", err)
		}
		text := err.Error()
		if strings.ContainsAny(text, "\n\r\x00\x1b") || strings.Contains(text, "Signature=") || !strings.Contains(header, "session-token-1234") && !strings.Contains(body, "session-token-1234") && strings.Contains(text, "session-token-1234") {
			t.Errorf("got %q", text)
		}
		if len(text) > 50_000 {
			t.Errorf("got %d bytes", len(text))
		}
	})
}
