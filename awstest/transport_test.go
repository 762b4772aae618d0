package awstest_test

import (
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
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns/awstest"
)

const domain = "https://search-d.eu-west-1.es.amazonaws.com"

// newDomain answers with what it got and from whom.
func newDomain(c *awstest.Cloud) (served *int) {
	served = new(int)
	c.HandleHTTP("search-d.eu-west-1.es.amazonaws.com", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*served++
		body, err := io.ReadAll(r.Body)
		who := awstest.CallerOf(r.Context())
		w.Header().Set("X-Who", strings.TrimSpace(who.Account+" "+who.Region))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s %s %s %s %v", r.Method, r.Host, r.URL, body, err)
	}))
	return served
}

func newRequest(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A signing says how to sign; its zero value signs as the services want it.
type signing struct {
	service, account, secret, hash string
	age                            time.Duration
	noHash                         bool // leave out X-Amz-Content-Sha256
}

func (s signing) sign(t *testing.T, r *http.Request) {
	t.Helper()
	c, err := awstest.Credentials(cmp.Or(s.account, account)).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.SecretAccessKey = cmp.Or(s.secret, c.SecretAccessKey)
	var body []byte
	if r.GetBody != nil {
		b, _ := r.GetBody()
		body, _ = io.ReadAll(b)
	}
	sum := sha256.Sum256(body)
	hash := cmp.Or(s.hash, hex.EncodeToString(sum[:]))
	if !s.noHash {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	err = v4.NewSigner().SignHTTP(t.Context(), c, r, hash, cmp.Or(s.service, "es"), region, time.Now().Add(-s.age))
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n := int64(len(body)); res.ContentLength != n || res.Header.Get("Content-Length") != fmt.Sprint(n) {
		t.Errorf("Content-Length is %d and %q, want %d", res.ContentLength, res.Header.Get("Content-Length"), n)
	}
	return string(body)
}

// message returns what a service says in JSON.
func message(t *testing.T, res *http.Response) string {
	t.Helper()
	var body struct{ Message string }
	if err := json.Unmarshal([]byte(read(t, res)), &body); err != nil {
		t.Error(err)
	}
	if got := res.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	if res.Header.Get("X-Amzn-RequestId") == "" {
		t.Error("the answer has no request ID")
	}
	return body.Message
}

func TestSignedRequest(t *testing.T) {
	for _, service := range []string{"es", "aoss", "neptune-db"} {
		t.Run(service, func(t *testing.T) {
			cloud := awstest.New(t)
			newDomain(cloud)
			r := newRequest(t, "PUT", domain+"/index/_doc/1?refresh=true#fragment", `{"a": 1}`)
			signing{service: service}.sign(t, r)
			res, err := cloud.HTTPClient().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			want := `PUT search-d.eu-west-1.es.amazonaws.com /index/_doc/1?refresh=true {"a": 1} <nil>`
			if got := read(t, res); got != want || res.StatusCode != http.StatusCreated || res.Header.Get("X-Who") != account+" "+region {
				t.Errorf("status %d to %s: %s, want %s", res.StatusCode, res.Header.Get("X-Who"), got, want)
			}
			if res.Request != r || res.Status != "201 Created" || res.Proto != "HTTP/1.1" {
				t.Errorf("the response is not whole: %+v", res)
			}
			call := cloud.Calls()[0]
			if call.Name() != service+".PUT" || call.Caller != (awstest.Caller{Account: account, Region: region}) ||
				call.Attempt != 1 || call.Input != nil || call.Err != nil || call.Target != "PUT "+r.URL.String() ||
				call.Header.Get("Authorization") != r.Header.Get("Authorization") {
				t.Errorf("logged %+v", call)
			}
		})
	}
}

// What signers do differently, and is right.
func TestSignaturesThatAreAccepted(t *testing.T) {
	for _, test := range []struct {
		name    string
		url     string
		body    string
		signing signing
		before  func(*http.Request)
		after   func(*http.Request)
	}{
		{name: "no body", url: "/"},
		{name: "no hash header", url: "/", body: "x", signing: signing{noHash: true}},
		{name: "unsigned payload", url: "/", body: "x", signing: signing{hash: "UNSIGNED-PAYLOAD"}},
		{name: "other account", url: "/", signing: signing{account: "2"}},
		{name: "almost too old", url: "/", signing: signing{age: 14 * time.Minute}},
		{name: "almost too early", url: "/", signing: signing{age: -14 * time.Minute}},
		{name: "port", url: ":443/"},
		{name: "other port", url: ":9200/"},
		{name: "path to escape", url: "/a%2Fb/c d/*/_search"},
		{name: "query to sort", url: "/?z=1&a=2&a=1&empty&space=a+b"},
		{name: "opaque path", url: "/", before: func(r *http.Request) { r.URL.Opaque = "//" + r.URL.Host + "/a%2Fb" }},
		{name: "headers", url: "/", before: func(r *http.Request) {
			r.Header["X-Two"] = []string{" one", "two  2"}
			r.Header["x-small"] = []string{"s"}
			r.Header.Set("X-Amz-Security-Token", "token")
		}},
		{name: "header added later", url: "/", after: func(r *http.Request) { r.Header.Set("X-Later", "1") }},
		{name: "length not signed", url: "/", body: "hello", before: func(r *http.Request) { r.ContentLength = -1 }},
		{name: "no spaces", url: "/", after: func(r *http.Request) {
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ", ", ","))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				newDomain(cloud)
				r := newRequest(t, "POST", domain+strings.ReplaceAll(test.url, " ", "%20"), test.body)
				if test.before != nil {
					test.before(r)
				}
				test.signing.sign(t, r)
				if test.after != nil {
					test.after(r)
				}
				res, err := cloud.HTTPClient().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				if body := read(t, res); res.StatusCode != http.StatusCreated {
					t.Errorf("status %d: %s", res.StatusCode, body)
				}
				if want := cmp.Or(test.signing.account, account); cloud.Calls()[0].Account != want {
					t.Errorf("logged account %q, want %s", cloud.Calls()[0].Account, want)
				}
			})
		})
	}
}

func TestSignaturesThatAreRefused(t *testing.T) {
	const mismatch, expired, unknown = "does not match the signature you provided", "Signature expired", "security token included in the request is invalid"
	replace := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			signed := r.Header.Get("Authorization")
			if !strings.Contains(signed, old) {
				panic(signed)
			}
			r.Header.Set("Authorization", strings.Replace(signed, old, new, 1))
		}
	}
	for _, test := range []struct {
		name    string
		signing signing
		change  func(*http.Request) // after signing
		want    string
	}{
		{"wrong secret", signing{secret: "guessed"}, nil, mismatch},
		{"unknown key", signing{}, replace("AKIATEST", "AKIAREAL"), unknown},
		{"key of no account", signing{}, replace("AKIATEST"+account, "AKIATEST"), unknown},
		{"key of another account", signing{}, replace("AKIATEST1", "AKIATEST2"), mismatch},
		{"too old", signing{age: 16 * time.Minute}, nil, expired},
		{"too early", signing{age: -16 * time.Minute}, nil, expired},
		{"no date", signing{}, func(r *http.Request) { r.Header.Del("X-Amz-Date") }, expired},
		{"other date", signing{}, func(r *http.Request) {
			r.Header.Set("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))
		}, mismatch},
		{"other Region", signing{}, replace("/eu-west-1/", "/us-east-1/"), mismatch},
		{"other service", signing{}, replace("/es/", "/aoss/"), mismatch},
		{"other scope", signing{}, replace("/aws4_request", ""), mismatch},
		{"other end of scope", signing{}, replace("/aws4_request", "/aws5_request"), mismatch},
		{"other date in scope", signing{}, replace("/20000101/", "/20000102/"), mismatch},
		{"other algorithm", signing{}, replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), mismatch},
		{"Version 4a", signing{}, replace("/eu-west-1/", "/"), mismatch},
		{"header not there", signing{}, replace("SignedHeaders=", "SignedHeaders=x-more;"), mismatch},
		{"host not signed", signing{}, replace("host;", ""), mismatch},
		{"no signature", signing{}, func(r *http.Request) {
			before, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", before)
		}, mismatch},
		{"nothing but the algorithm", signing{}, func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 ") }, unknown},
		{"other method", signing{}, func(r *http.Request) { r.Method = "DELETE" }, mismatch},
		{"other path", signing{}, func(r *http.Request) { r.URL.Path = "/other" }, mismatch},
		{"other query", signing{}, func(r *http.Request) { r.URL.RawQuery = "q=1" }, mismatch},
		{"other signed header", signing{}, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, mismatch},
		{"other host", signing{}, func(r *http.Request) { r.Host = "elsewhere" }, mismatch},
		{"other body", signing{}, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("HELLO")) }, mismatch},
		{"other body without hash header", signing{noHash: true}, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("HELLO")) }, mismatch},
		{"wrong hash", signing{hash: strings.Repeat("0", 64)}, nil, mismatch},
		{"Serverless without hash header", signing{service: "aoss", noHash: true}, nil, mismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				served := newDomain(cloud)
				r := newRequest(t, "POST", domain+"/index", "hello")
				r.Header.Set("Content-Type", "application/json")
				test.signing.sign(t, r)
				if test.change != nil {
					test.change(r)
				}
				res, err := cloud.HTTPClient().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				if got := message(t, res); res.StatusCode != http.StatusForbidden || !strings.Contains(got, test.want) {
					t.Errorf("status %d: %s, want 403: %s", res.StatusCode, got, test.want)
				}
				if *served != 0 {
					t.Error("the handler ran")
				}
				if e, ok := errors.AsType[smithy.APIError](cloud.Calls()[0].Err); !ok || e.ErrorCode() != res.Header.Get("X-Amzn-ErrorType") {
					t.Errorf("logged %v, answered with code %q", cloud.Calls()[0].Err, res.Header.Get("X-Amzn-ErrorType"))
				}
			})
		})
	}
}

func TestRequestsWithoutSignature(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"none":  func(*http.Request) {},
		"basic": func(r *http.Request) { r.SetBasicAuth("master", "secret") },
		"query": func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=00" },
	} {
		t.Run(name, func(t *testing.T) {
			cloud := awstest.New(t)
			newDomain(cloud)
			r := newRequest(t, "GET", domain+":9200/", "")
			change(r)
			res, err := cloud.HTTPClient().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if read(t, res); res.StatusCode != http.StatusCreated || res.Header.Get("X-Who") != "" {
				t.Errorf("status %d to %q", res.StatusCode, res.Header.Get("X-Who"))
			}
			call := cloud.Calls()[0]
			if call.Name() != "search-d.eu-west-1.es.amazonaws.com:9200.GET" || call.Caller != (awstest.Caller{}) {
				t.Errorf("logged %+v", call)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	cloud := awstest.New(nil)
	for _, host := range []string{"a.test", "a.test:8182", "B.test:80", "[::1]:1", "::2"} {
		cloud.HandleHTTP(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, host) }))
	}
	for url, want := range map[string]string{
		"http://a.test":       "a.test",
		"https://A.TEST:443/": "a.test",
		"https://A.test:8182": "a.test:8182",
		"http://b.test:80":    "B.test:80",
		"http://[::1]:1/":     "[::1]:1",
		"http://[::2]:1/":     "::2",
	} {
		res, err := cloud.HTTPClient().Get(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
		} else if got := read(t, res); got != want {
			t.Errorf("%s is answered by %s, want %s", url, got, want)
		}
	}
	if err := cloud.Err(); err != nil {
		t.Error(err)
	}
}

func TestHostThatNobodyHandles(t *testing.T) {
	for _, url := range []string{"https://b.test/", "https://a.test/"} {
		tb := &recorder{}
		cloud := awstest.New(tb)
		cloud.HandleHTTP("a.test:8182", http.NotFoundHandler())
		const want = "nobody handles"
		if _, err := cloud.HTTPClient().Get(url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
		if len(tb.errs) != 1 || !strings.Contains(tb.errs[0], want) || !strings.Contains(tb.errs[0], "GET "+url) || cloud.Count() != 1 {
			t.Errorf("%s: reported %q", url, tb.errs)
		}
	}
}

func TestResponses(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 10_000)
	for _, test := range []struct {
		name, method string
		handler      http.HandlerFunc
		status       int
		body         string
		length       string
	}{
		{"nothing", "GET", func(http.ResponseWriter, *http.Request) {}, 200, "", "0"},
		{"text", "GET", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }, 200, text, "160000"},
		{"flushed", "GET", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			io.WriteString(w, "b")
		}, 200, "ab", "2"},
		{"error", "POST", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusConflict) }, 409, "no\n", "3"},
		{"status alone", "PUT", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, 502, "", "0"},
		{"no content", "DELETE", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, 204, "", ""},
		{"not modified", "GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, "", ""},
		{"HEAD", "HEAD", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }, 200, "", "5"},
		{"HEAD with length", "HEAD", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "9") }, 200, "", "9"},
		{"wrong length", "GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "hello")
		}, 200, "hello", "5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			cloud.HandleHTTP("a.test", test.handler)
			res, err := cloud.HTTPClient().Do(newRequest(t, test.method, "http://a.test/", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != test.status || string(body) != test.body {
				t.Errorf("got %d with %d bytes, %v; want %d with %d", res.StatusCode, len(body), err, test.status, len(test.body))
			}
			if got := res.Header.Get("Content-Length"); got != test.length {
				t.Errorf("Content-Length %q, want %q", got, test.length)
			}
		})
	}
}

func TestRedirectIsFollowed(t *testing.T) {
	cloud := awstest.New(t)
	cloud.HandleHTTP("a.test", http.RedirectHandler("http://b.test/there", http.StatusTemporaryRedirect))
	cloud.HandleHTTP("b.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	res, err := cloud.HTTPClient().Do(newRequest(t, "PUT", "http://a.test/here", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, res); got != "hello" {
		t.Errorf("got %q", got)
	}
	if got, want := cloud.Operations(), []string{"a.test.PUT", "b.test.PUT"}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
}

// closer tells whether a body was closed, as a RoundTripper must.
type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestRequestBodies(t *testing.T) {
	for _, test := range []struct {
		name   string
		reader io.Reader
		length int64
		want   string // of the error
	}{
		{"known length", strings.NewReader("hello"), 5, ""},
		{"unknown length", io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo")), -1, ""},
		{"too short", strings.NewReader("hello"), 9, "ContentLength=9 with Body length 5"},
		{"too long", strings.NewReader("hello"), 3, "ContentLength=3 with Body length"},
		{"broken", brokenReader{}, 5, errOther.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			cloud.HandleHTTP("a.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ContentLength != test.length {
					t.Errorf("the handler gets length %d, want %d", r.ContentLength, test.length)
				}
				io.Copy(w, r.Body)
			}))
			body := &closer{Reader: test.reader}
			r := newRequest(t, "PUT", "http://a.test/", "")
			r.Body, r.ContentLength = body, test.length
			res, err := cloud.HTTPClient().Do(r)
			if body.closed == 0 {
				t.Error("the body was not closed")
			}
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) || cloud.Count() != 0 {
					t.Errorf("got %v after %d calls, want %s and none", err, cloud.Count(), test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, res); got != "hello" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestFaultsOfHTTP(t *testing.T) {
	for _, test := range []struct {
		name    string
		fault   awstest.Fault
		status  int    // 0 for an error of the transport
		code    string // of the answer
		message string // of the answer
		served  int
	}{
		{"throttled", awstest.Fault{Err: awstest.Throttled()}, 429, "ThrottlingException", "Rate exceeded", 0},
		{"denied, by service", awstest.Fault{Operation: "es.*", Err: awstest.Denied()}, 403, "AccessDenied", "Access Denied", 0},
		{"by operation", awstest.Fault{Operation: "es.POST", Err: awstest.Error(503, "Unavailable", "")}, 503, "Unavailable", "Unavailable", 0},
		{"applied", awstest.Fault{Err: awstest.Error(500, "InternalFailure", `say "sorry"`), Applied: true}, 500, "InternalFailure", `say "sorry"`, 1},
		{"no API error", awstest.Fault{Err: awstest.Status(502, errOther)}, 502, "", "another error", 0},
		{"bare response error", awstest.Fault{Err: &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 504}}, Err: errOther,
		}}}, 504, "", "another error", 0},
		{"without status", awstest.Fault{Err: errOther}, 0, "", "", 0},
		{"crash", awstest.Fault{Err: awstest.ErrCrash}, 0, "", "", 0},
		{"status 0", awstest.Fault{Err: awstest.Status(0, errOther)}, 0, "", "", 0},
		{"by account and Region", awstest.Fault{Account: account, Region: region, Err: errOther}, 0, "", "", 0},
		{"other account", awstest.Fault{Account: "2", Err: errOther}, 201, "", "", 1},
		{"other operation", awstest.Fault{Operation: "es.GET", Err: errOther}, 201, "", "", 1},
		{"first attempt", awstest.Fault{Attempts: 1, Err: errOther}, 0, "", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			served := newDomain(cloud)
			hits := cloud.Inject(test.fault)
			r := newRequest(t, "POST", domain+"/_bulk", "hello")
			signing{}.sign(t, r)
			res, err := cloud.HTTPClient().Do(r)
			switch {
			case test.status == 0:
				if !errors.Is(err, test.fault.Err) {
					t.Errorf("got %v, want %v", err, test.fault.Err)
				}
			case err != nil:
				t.Fatal(err)
			case res.StatusCode != test.status || res.Header.Get("X-Amzn-ErrorType") != test.code:
				t.Errorf("status %d, code %q, want %d, %q", res.StatusCode, res.Header.Get("X-Amzn-ErrorType"), test.status, test.code)
			case test.status != http.StatusCreated:
				if got := message(t, res); got != test.message {
					t.Errorf("message %q, want %q", got, test.message)
				}
			}
			if *served != test.served {
				t.Errorf("the handler ran %d times, want %d", *served, test.served)
			}
			hit := test.status != http.StatusCreated
			if (hits() == 1) != hit || (cloud.Calls()[0].Err != nil) != hit {
				t.Errorf("%d hits, logged %v", hits(), cloud.Calls()[0].Err)
			}
		})
	}
}

// A client without the SDK repeats a request itself, and nothing tells that it does.
func TestAttemptsOfHTTP(t *testing.T) {
	status := 200
	var failure error
	cloud := awstest.New(t)
	cloud.HandleHTTP("a.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	cloud.Inject(awstest.Fault{Match: func(awstest.Call) bool { return failure != nil }, Err: errOther})
	for i, test := range []struct {
		body, as string
		status   int
		want     int // the attempt
	}{
		{"a", "", 200, 1},
		{"a", "", 503, 1},
		{"b", "", 429, 1}, // another request
		{"a", "", 429, 2},
		{"a", "", 0, 3}, // an error
		{"a", "", 200, 4},
		{"a", "", 500, 1},
		{"a", "2", 200, 1}, // another account
		{"a", "", 403, 2},  // nobody repeats that
		{"a", "", 200, 1},
		{"b", "", 200, 2},
		{"b", "", -1, 1}, // a crash
		{"b", "", 0, 1},  // the next process
		{"b", "", -1, 2},
		{"b", "", 200, 1},
	} {
		status, failure = max(test.status, 200), nil
		switch test.status {
		case 0:
			failure = errOther
		case -1:
			cloud.CrashAfter(1)
		}
		r := newRequest(t, "POST", "https://a.test/", test.body)
		if test.as != "" {
			signing{account: test.as}.sign(t, r)
		}
		if res, err := cloud.HTTPClient().Do(r); (err != nil) != (test.status <= 0) || err == nil && res.StatusCode != test.status {
			t.Fatalf("request %d: %v, %v", i+1, res, err)
		}
		if got := cloud.Calls()[i].Attempt; got != test.want {
			t.Errorf("request %d is attempt %d, want %d", i+1, got, test.want)
		}
		if test.status == -1 {
			cloud.Recover()
		}
	}
}

func TestFaultOfFirstAttemptsOfHTTP(t *testing.T) {
	cloud := awstest.New(t)
	served := newDomain(cloud)
	hits := cloud.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()})
	for _, body := range []string{"a", "b"} {
		for i, want := range []int{429, 429, 201, 429} { // having succeeded, a request is new
			r := newRequest(t, "POST", domain, body)
			signing{age: time.Duration(i) * time.Second}.sign(t, r)
			res, err := cloud.HTTPClient().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if read(t, res); res.StatusCode != want {
				t.Errorf("request %d of %s has status %d, want %d", i+1, body, res.StatusCode, want)
			}
		}
	}
	if hits() != 6 || *served != 2 || len(cloud.Operations()) != 4 {
		t.Errorf("%d hits, %d served, operations %v; want 6, 2 and four", hits(), *served, cloud.Operations())
	}
}

// Equal requests at the same time are no retries of each other.
func TestAttemptsOfConcurrentHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDomain(cloud)
		cloud.Inject(awstest.Fault{Err: awstest.Throttled()})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { cloud.HTTPClient().Get(domain) })
		}
		wg.Wait()
		cloud.HTTPClient().Get(domain)
		for i, want := range []int{1, 1, 3} {
			if got := cloud.Calls()[i].Attempt; got != want {
				t.Errorf("request %d is attempt %d, want %d", i+1, got, want)
			}
		}
	})
}

func TestCrashesOfHTTP(t *testing.T) {
	cloud := awstest.New(t)
	served := newDomain(cloud)
	for _, crash := range []func(){
		func() { cloud.CrashBefore(1) },
		func() { cloud.CrashAfter(1) },
	} {
		crash()
		for range 2 {
			if _, err := cloud.HTTPClient().Get(domain); !errors.Is(err, awstest.ErrCrash) {
				t.Errorf("got %v", err)
			}
		}
		cloud.Recover()
	}
	if *served != 1 {
		t.Errorf("the handler ran %d times, want once: in the crash after", *served)
	}
	if _, err := cloud.HTTPClient().Get(domain); err != nil || *served != 2 {
		t.Errorf("after Recover: %v", err)
	}
}

func TestMaxCallsOfHTTP(t *testing.T) {
	cloud := awstest.New(nil)
	cloud.MaxCalls = 1
	newDomain(cloud)
	for i := range 2 {
		if _, err := cloud.HTTPClient().Get(domain); (err != nil) != (i == 1) {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
	if cloud.Err() == nil {
		t.Error("nothing was reported")
	}
}

func TestContextOfHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.Latency = time.Second
		served := newDomain(cloud)
		start := time.Now()
		if _, err := cloud.HTTPClient().Get(domain); err != nil || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		cloud.Inject(awstest.Fault{Latency: time.Hour})

		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errOther)
		defer cancel()
		_, err := cloud.HTTPClient().Do(newRequest(t, "GET", domain, "").WithContext(ctx))
		if !errors.Is(err, errOther) {
			t.Errorf("got %v, want the cause of the context's end", err)
		}

		c := cloud.HTTPClient()
		c.Timeout = time.Minute
		start = time.Now()
		_, err = c.Get(domain)
		if e, ok := errors.AsType[*url.Error](err); !ok || !e.Timeout() || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v, want a timeout", err, time.Since(start))
		}
		if *served != 1 {
			t.Errorf("the handler ran %d times, want once", *served)
		}
	})
}

// The handler sees when the client goes away.
func TestHandlerGetsContextOfRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		ended := false
		cloud.HandleHTTP("a.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			ended = true
		}))
		c := cloud.HTTPClient()
		c.Timeout = time.Second
		c.Get("http://a.test/")
		if !ended {
			t.Error("the context of the handler did not end")
		}
	})
}

// A handler that aborts is a server that breaks the connection: the client gets an
// error, the log has it, and the effect remains.
func TestHandlerThatAborts(t *testing.T) {
	cloud := awstest.New(t)
	effects := 0
	cloud.HandleHTTP("a.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		effects++
		fmt.Fprint(w, "half an answer")
		panic(http.ErrAbortHandler)
	}))
	_, err := cloud.HTTPClient().Get("http://a.test/")
	if !errors.Is(err, io.ErrUnexpectedEOF) || effects != 1 || cloud.Calls()[0].Err == nil {
		t.Errorf("got %v, %d effects, log %v", err, effects, cloud.Calls())
	}
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.HandleHTTP("a.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}))
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errOther)
		defer cancel()
		if _, err := cloud.HTTPClient().Do(newRequest(t, "GET", "http://a.test/", "").WithContext(ctx)); !errors.Is(err, errOther) {
			t.Errorf("got %v, want the cause of the context's end", err)
		}
	})
}

func TestHTTPAndSDKShareTheLog(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	newDomain(cloud)
	put(t.Context(), client(cloud), "k", bytes.NewReader(nil))
	r := newRequest(t, "GET", domain, "")
	signing{}.sign(t, r)
	if _, err := cloud.HTTPClient().Do(r); err != nil {
		t.Fatal(err)
	}
	if got, want := cloud.Operations(), []string{"S3.PutObject", "es.GET"}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
}

func TestMalformedRequest(t *testing.T) {
	cloud := awstest.New(t)
	r := newRequest(t, "GET", domain, "")
	r.Method = "GET IT"
	if _, err := cloud.HTTPClient().Transport.RoundTrip(r); err == nil || cloud.Count() != 0 {
		t.Errorf("got %v after %d calls, want an error and none", err, cloud.Count())
	}
}

// FuzzAuthorization finds no Authorization header that makes a caller of somebody
// without his signature. It begins with one that is right.
func FuzzAuthorization(f *testing.F) {
	const (
		credential = "Credential=AKIATEST123456789012/20000101/eu-west-1/es/aws4_request"
		headers    = "SignedHeaders=content-length;host;x-amz-content-sha256;x-amz-date"
		signature  = "Signature=2ac245ab6ed4b8f34d2bb7b18df8b9bcbf010a5d66730d14cd39f4f8ddd77bb9"
	)
	right := strings.Join([]string{"AWS4-HMAC-SHA256 " + credential, headers, signature}, ", ")
	f.Add(right)
	f.Add(strings.Replace(right, credential, credential+", Credential=AKIATEST2/20000101/eu-west-1/es/aws4_request", 1))
	f.Add(strings.Replace(right, credential, "Credential=AKIATEST2/20000101/eu-west-1/es/aws4_request, "+credential, 1))
	f.Add(strings.Replace(right, "eu-west-1/", "", 1))
	f.Add(strings.Replace(right, "HMAC", "ECDSA-P256", 1))
	f.Add(strings.Replace(right, "content-length;", ";;content-length;", 1))
	f.Add(strings.Replace(right, ", ", ",", -1))
	f.Add("AWS4-HMAC-SHA256")
	f.Add("AWS4- Credential=AKIATEST////, SignedHeaders=, Signature=")
	f.Add("AWS4-HMAC-SHA256 Credential=AKIATEST1/////,=,==,Signature")
	f.Add("Basic Credential=AKIATEST1")
	f.Add("Bearer \x00\r\nX-Amz-Date: now")
	f.Fuzz(func(t *testing.T, authorization string) {
		synctest.Test(t, func(t *testing.T) { // where it is always the same second
			cloud := awstest.New(t)
			newDomain(cloud)
			r := newRequest(t, "POST", domain, "hello")
			signing{}.sign(t, r)
			if r.Header.Get("Authorization") != right {
				t.Fatalf("the right header is %s", r.Header.Get("Authorization"))
			}
			r.Header.Set("Authorization", authorization)
			res, err := cloud.HTTPClient().Do(r)
			if err != nil {
				return // such a header cannot be sent
			}
			who := res.Header.Get("X-Who")
			if read(t, res); who == "" {
				return
			}
			for _, part := range []string{"AWS4-HMAC-SHA256 ", credential, headers, signature} {
				if !strings.Contains(authorization, part) || who != account+" "+region {
					t.Errorf("%q is accepted as %s", authorization, who)
				}
			}
		})
	})
}
