package opensearch_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

const (
	domainHost     = "search-movies-abc.eu-west-1.es.amazonaws.com"
	collectionHost = "1tg2xudton46knx2a95g.us-east-1.aoss.amazonaws.com"
	account        = "123456789012"
)

// connect returns a connection to a host of the cloud, with the credentials of
// the account.
func connect(t testing.TB, cloud *awstest.Cloud, opts opensearch.ConnOptions) *opensearch.Conn {
	t.Helper()
	opts.HTTPClient = cloud.HTTPClient()
	if opts.Username == "" && opts.Credentials == nil {
		opts.Credentials = awstest.Credentials(account)
	}
	conn, err := opensearch.NewConn(opts)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestSigned(t *testing.T) {
	paths := []string{
		"/", "/movies/_bulk", "/movies/", "/a%25b/_search", "/%3Clogs-%7Bnow%2Fd%7D%3E/_doc/1", "/<logs-{now%2fd}>",
		"/with%20space", "/sch%C3%B6n/_doc/%E6%97%A5%E6%9C%AC", "/schön", "/a,b*,-c/_search", "/idx/_doc/a+b@c:d;e=f&g!$'()~", "/.kibana",
	}
	for _, host := range []string{domainHost, collectionHost} {
		for _, path := range paths {
			t.Run(host+path, func(t *testing.T) {
				cloud := awstest.New(t)
				cloud.HandleHTTP(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					if r.Header.Get("X-Amz-Content-Sha256") == "" {
						t.Error("no hash of the payload")
					}
					io.WriteString(w, awstest.CallerOf(r.Context()).Account+" "+r.URL.Path+" "+r.URL.RawQuery+" "+string(body))
				}))
				conn := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://" + host}})
				response, err := conn.Do(t.Context(), opensearch.Request{
					Method: "POST", Path: path, Query: url.Values{"q": {"a b+c,ü"}, "pretty": {""}}, Body: []byte(`{"a":1}`),
				})
				if err != nil {
					t.Fatal(err)
				}
				plain, _ := url.PathUnescape(path)
				if want := account + " " + plain + " pretty=&q=a%20b%2Bc%2C%C3%BC " + `{"a":1}`; string(response.Body) != want {
					t.Errorf("got  %s\nwant %s", response.Body, want)
				}
				if response.Status != 200 || response.Endpoint != "https://"+host || response.Attempt != 1 {
					t.Errorf("got %+v", response)
				}
			})
		}
	}
}

func TestWrongKey(t *testing.T) {
	cloud := awstest.New(t)
	cloud.HandleHTTP(domainHost, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("reached") }))
	conn := connect(t, cloud, opensearch.ConnOptions{
		Endpoints:   []string{"https://" + domainHost},
		Credentials: wrongKey{},
	})
	_, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
	refused, ok := errors.AsType[*opensearch.Error](err)
	if !ok || refused.Status != 403 || cloud.Count() != 1 {
		t.Errorf("got %v after %d requests", err, cloud.Count())
	}
}
