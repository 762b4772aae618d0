package awstest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// HandleHTTP makes h answer the requests of [Cloud.HTTPClient] to a host. With a
// port it is for that port of the host, without one for all that have no handler
// of their own. h gets the request as a server does, and [CallerOf] of its
// context tells who signed it. If it panics with [http.ErrAbortHandler], the
// connection breaks.
func (c *Cloud) HandleHTTP(host string, h http.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts[strings.ToLower(host)] = h
}

// HTTPClient returns a client for services that are called without a client of
// the SDK, such as OpenSearch and Neptune. The log, faults, latency and crash
// points are the same for its requests as for the SDK's.
//
// A request with an Authorization header of Signature Version 4 is verified: if it
// was not signed with [Credentials], was changed since, or was signed more than 15
// minutes from now, it is answered with status 403. Other requests, also those
// with a signature in the query, reach the handler as of no account.
//
// An injected error that has an HTTP status, such as [Throttled], becomes a
// response with that status. Any other is an error of the client, like one of
// the network.
func (c *Cloud) HTTPClient() *http.Client { return &http.Client{Transport: transport{c}} }

type transport struct{ cloud *Cloud }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	arrived, body, err := transmit(r)
	if err != nil {
		return nil, err
	}
	s, signed := parseSignature(arrived.Header.Get("Authorization"))
	call := Call{
		Service:   cmp.Or(s.service, r.URL.Host),
		Operation: arrived.Method,
		Caller:    Caller{Account: s.account, Region: s.region},
		Target:    arrived.Method + " " + r.URL.String(),
		Header:    arrived.Header.Clone(),
	}
	call.request = madeUp.ReplaceAllString(call.String(), "") + " " + digest(body)
	call.Attempt = t.cloud.nextAttempt(call)
	answer := httptest.NewRecorder()
	err = t.cloud.do(r.Context(), call, func(ctx context.Context) error {
		h := t.cloud.host(r.URL)
		if h == nil {
			return t.cloud.problem(fmt.Errorf("awstest: nobody handles %s", call))
		}
		if signed {
			if err := s.verify(arrived, body); err != nil {
				return err
			}
		}
		if err := serve(h, answer, arrived.WithContext(ctx)); err != nil {
			return err
		}
		if answer.Code >= http.StatusBadRequest {
			return refused{Error(answer.Code, http.StatusText(answer.Code), answer.Body.String())}
		}
		return nil
	})
	if _, ok := errors.AsType[refused](err); ok {
		err = nil // the response is the handler's own
	} else if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && e.HTTPStatusCode() != 0 {
		answer, err = refusal(e), nil
	}
	t.cloud.ended(call, err, answer.Code)
	if _, ok := errors.AsType[*smithy.CanceledError](err); ok && r.Context().Err() != nil {
		return nil, context.Cause(r.Context()) // as net/http says it
	} else if err != nil {
		return nil, err
	}
	return receive(answer, r)
}

// serve calls a handler. What a server does about a panic with ErrAbortHandler is to
// break the connection.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case v != http.ErrAbortHandler:
			panic(v)
		case r.Context().Err() != nil:
			err = &smithy.CanceledError{Err: r.Context().Err()}
		default:
			err = fmt.Errorf("awstest: the server broke the connection: %w", io.ErrUnexpectedEOF)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// refused is what the log has for a response of a handler that is an error.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

func (c *Cloud) nextAttempt(call Call) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed[call.key()] + 1
}

// ended counts how often in a row an HTTP request failed. What a crash ends is not
// repeated by the process that made it.
func (c *Cloud) ended(call Call, err error, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case errors.Is(err, ErrCrash):
	case err != nil || status >= 500 || status == http.StatusTooManyRequests:
		c.failed[call.key()]++
	default:
		delete(c.failed, call.key())
	}
}

// madeUp is what presigning adds to a URL and what differs each time.
var madeUp = regexp.MustCompile(`X-Amz-(Credential|Date|Security-Token|Signature)=[^&]*`)

// transmit sends r through a buffer, so that what arrives is what a server would
// read: a body as long as its Content-Length, canonical headers, no fragment.
func transmit(r *http.Request) (*http.Request, []byte, error) {
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, nil, err
	}
	arrived, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(arrived.Body)
	arrived.Body = io.NopCloser(bytes.NewReader(body))
	return arrived, body, err
}

// receive is the way back of transmit.
func receive(answer *httptest.ResponseRecorder, r *http.Request) (*http.Response, error) {
	sent := answer.Result()
	sent.Request = r
	if n := answer.Body.Len(); n > 0 || r.Method != http.MethodHead {
		sent.ContentLength = int64(n)
	}
	var wire bytes.Buffer
	if err := sent.Write(&wire); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(&wire), r)
}

// refusal returns an error as the services put it that speak JSON.
func refusal(e *smithyhttp.ResponseError) *httptest.ResponseRecorder {
	answer, message := httptest.NewRecorder(), fmt.Sprint(e.Err)
	if api, ok := errors.AsType[smithy.APIError](e); ok {
		answer.Header().Set("X-Amzn-ErrorType", api.ErrorCode())
		message = cmp.Or(api.ErrorMessage(), api.ErrorCode())
	}
	answer.Header().Set("Content-Type", "application/json")
	answer.Header().Set("X-Amzn-RequestId", requestID)
	answer.WriteHeader(e.HTTPStatusCode())
	json.NewEncoder(answer).Encode(map[string]string{"message": message}) // cannot fail
	return answer
}

func (c *Cloud) host(u *url.URL) http.Handler {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.hosts[strings.ToLower(u.Host)]; ok {
		return h
	}
	return c.hosts[strings.ToLower(u.Hostname())]
}

// A signature is what an Authorization header says, in Signature Version 4.
type signature struct {
	algorithm, credential               string
	accessKey, account, region, service string   // of the credential
	headers                             []string // that were signed, in lower case
	value                               string   // in hexadecimal digits
}

func parseSignature(authorization string) (s signature, signed bool) {
	algorithm, params, _ := strings.Cut(authorization, " ")
	if !strings.HasPrefix(algorithm, "AWS4-") {
		return s, false
	}
	s.algorithm = algorithm
	for param := range strings.SplitSeq(params, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(param), "="); name {
		case "Credential": // key/date/Region/service/aws4_request; Version 4a has no Region
			scope := strings.Split(value, "/")
			s.credential, s.accessKey, s.account, s.region, s.service = value, scope[0], "", "", ""
			if account, ok := strings.CutPrefix(s.accessKey, keyPrefix); ok {
				s.account = account
			}
			if len(scope) == 5 {
				s.region, s.service = scope[2], scope[3]
			}
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.value = value
		}
	}
	return s, true
}

const (
	maxSkew    = 15 * time.Minute // between the time of a signature and that of the service
	timeFormat = "20060102T150405Z"
)

// verify signs r again, from the headers that were signed, and compares.
func (s signature) verify(r *http.Request, body []byte) error {
	if s.account == "" {
		return Error(http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	date := r.Header.Get("X-Amz-Date")
	signed, err := time.Parse(timeFormat, date)
	if err != nil || time.Since(signed).Abs() > maxSkew {
		return Error(http.StatusForbidden, "InvalidSignatureException",
			fmt.Sprintf("Signature expired: %s is not within 15 minutes of %s.", date, time.Now().UTC().Format(timeFormat)))
	}
	hash, ok := payloadHash(r, body, s.service)
	right := s.again(r, len(body), hash, signed)
	if !ok || s.algorithm != right.algorithm || s.credential != right.credential || s.value != right.value ||
		!slices.Equal(s.headers, right.headers) {
		return Error(http.StatusForbidden, "InvalidSignatureException",
			"The request signature we calculated does not match the signature you provided. "+
				"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// payloadHash returns what stands for the body in the signature, and whether that
// is true of it. OpenSearch Serverless alone demands the header.
func payloadHash(r *http.Request, body []byte, service string) (string, bool) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	switch said := r.Header.Get("X-Amz-Content-Sha256"); said {
	case "UNSIGNED-PAYLOAD":
		return said, true
	case "":
		return hash, service != "aoss"
	default:
		return hash, said == hash
	}
}

// again returns the signature that r should have.
func (s signature) again(r *http.Request, length int, hash string, date time.Time) signature {
	again := &http.Request{Method: r.Method, URL: new(*r.URL), Host: r.Host, Header: http.Header{}}
	for _, name := range s.headers {
		if name = http.CanonicalHeaderKey(name); r.Header[name] != nil {
			again.Header[name] = slices.Clone(r.Header[name])
		}
	}
	if slices.Contains(s.headers, "content-length") {
		again.ContentLength = int64(length)
	}
	credentials := aws.Credentials{AccessKeyID: s.accessKey, SecretAccessKey: secret(s.accessKey)}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.service == "s3" })
	signer.SignHTTP(r.Context(), credentials, again, hash, s.service, s.region, date) // cannot fail
	right, _ := parseSignature(again.Header.Get("Authorization"))
	return right
}
