package opensearch_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

func TestNewConnRefuses(t *testing.T) {
	const domain, collection = "https://" + domainHost, "https://" + collectionHost
	credentials := awstest.Credentials(account)
	tests := []struct {
		name string
		opts opensearch.ConnOptions
		want string
	}{
		{"nothing", opensearch.ConnOptions{}, "Endpoints is empty"},
		{"no URL", opensearch.ConnOptions{Endpoints: []string{"%"}}, "Endpoints[0]: not a URL"},
		{"no scheme", opensearch.ConnOptions{Endpoints: []string{domainHost}}, "Endpoints[0]: not a URL such as https://"},
		{"no scheme, but a port", opensearch.ConnOptions{Endpoints: []string{"localhost:9200"}}, "Endpoints[0]: not a URL"},
		{"no host", opensearch.ConnOptions{Endpoints: []string{"https://:9200"}}, "Endpoints[0]: not a URL"},
		{"other scheme", opensearch.ConnOptions{Endpoints: []string{"ftp://a"}}, `Endpoints[0]: has the scheme "ftp"`},
		{"path", opensearch.ConnOptions{Endpoints: []string{domain + "/_search"}}, "leave them out"},
		{"query", opensearch.ConnOptions{Endpoints: []string{domain + "/?pretty"}}, "leave them out"},
		{"empty query", opensearch.ConnOptions{Endpoints: []string{domain + "/?"}}, "leave them out"},
		{"fragment", opensearch.ConnOptions{Endpoints: []string{domain + "/#x"}}, "leave them out"},
		{"user", opensearch.ConnOptions{Endpoints: []string{"https://me:hunter2222@localhost:9200"}}, "put it into Username and Password"},
		{"broken user", opensearch.ConnOptions{Endpoints: []string{"https://me:hunter2222/@localhost"}}, "not a URL"},
		{"twice", opensearch.ConnOptions{Endpoints: []string{domain, domain + ":443/"}}, "Endpoints[1]: " + domain + " is named twice"},
		{"not encrypted", opensearch.ConnOptions{Endpoints: []string{"http://" + domainHost}}, "must be https"},
		{"not encrypted, own name", opensearch.ConnOptions{Endpoints: []string{"http://search.example.com"}, Product: opensearch.Domain}, "must be https"},
		{"two products", opensearch.ConnOptions{Endpoints: []string{domain, collection}}, "Endpoints[1]: " + collectionHost + " is of another product (serverless)"},
		{"other than Product", opensearch.ConnOptions{Endpoints: []string{domain}, Product: opensearch.SelfManaged}, "another product (domain)"},
		{"domain and own name", opensearch.ConnOptions{Endpoints: []string{domain, "https://search.example.com"}}, "another product (self-managed)"},
		{"two Regions", opensearch.ConnOptions{Endpoints: []string{domain, "https://vpc-movies-abc.eu-west-2.es.amazonaws.com"}}, "another Region"},
		{"other than Region", opensearch.ConnOptions{Endpoints: []string{domain}, Region: "us-east-1", Credentials: credentials}, "another Region than the others or Region (us-east-1)"},
		{"product", opensearch.ConnOptions{Endpoints: []string{domain}, Product: "opensearch"}, `Product is "opensearch": it is "domain", "serverless", "self-managed" or empty`},
		{"timeout", opensearch.ConnOptions{Endpoints: []string{domain}, Timeout: -1}, "Timeout is -1ns: it must not be negative"},
		{"attempts", opensearch.ConnOptions{Endpoints: []string{domain}, Attempts: -1}, "Attempts is -1: it must not be negative"},
		{"two ways in", opensearch.ConnOptions{Endpoints: []string{domain}, Credentials: credentials, Username: "u", Password: "p"}, "both Credentials and Username"},
		{"no password", opensearch.ConnOptions{Endpoints: []string{domain}, Username: "u"}, "Username and Password belong together"},
		{"no name", opensearch.ConnOptions{Endpoints: []string{domain}, Password: "hunter2222"}, "Username and Password belong together"},
		{"colon", opensearch.ConnOptions{Endpoints: []string{domain}, Username: "a:b", Password: "p"}, "colon"},
		{"password for Serverless", opensearch.ConnOptions{Endpoints: []string{collection}, Username: "u", Password: "p"}, "signed requests only: set Credentials"},
		{"Serverless without credentials", opensearch.ConnOptions{Endpoints: []string{collection}}, "Credentials are missing"},
		{"what to sign for", opensearch.ConnOptions{Endpoints: []string{"https://search.example.com"}, Credentials: credentials}, `set Product to "domain" or "serverless"`},
		{"where to sign for", opensearch.ConnOptions{Endpoints: []string{"https://search.example.com"}, Credentials: credentials, Product: opensearch.Domain}, "Region is empty"},
		{"configuration API", opensearch.ConnOptions{Endpoints: []string{"https://es.eu-west-1.amazonaws.com"}}, "configuration API"},
		{"account without collection", opensearch.ConnOptions{Endpoints: []string{"https://123456789012.aoss.us-east-1.on.aws"}, Credentials: credentials}, "set Collection"},
		{"collection without account", opensearch.ConnOptions{Endpoints: []string{collection}, Credentials: credentials, Collection: "movies"}, "leave Collection out"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, err := opensearch.NewConn(test.opts)
			if err == nil || conn != nil || !strings.HasPrefix(err.Error(), "opensearch: connect: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
	_, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{"x", "y"}, Timeout: -time.Second})
	if got := strings.Count(err.Error(), "\n"); got != 2 {
		t.Errorf("not all three problems are told: %v", err)
	}
}

// scope answers nothing and keeps what the last request was signed for.
type scope struct{ host, credential, collection string }

func (s *scope) Do(r *http.Request) (*http.Response, error) {
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	s.credential, _, _ = strings.Cut(after, ",")
	s.host = r.URL.Scheme + "://" + r.URL.Host
	if strings.Contains(r.Header.Get("Authorization"), "x-amz-aoss-collection-name") {
		s.collection = r.Header.Get("X-Amz-Aoss-Collection-Name")
	}
	return nil, errors.New("enough")
}

func TestHostNames(t *testing.T) {
	tests := []struct {
		endpoint string
		given    opensearch.ConnOptions
		product  opensearch.Product
		scope    string // Region and service that is signed for
	}{
		{endpoint: "https://search-movies-abc.eu-west-1.es.amazonaws.com", product: opensearch.Domain, scope: "eu-west-1/es"},
		{endpoint: "HTTPS://Search-Movies-abc.EU-west-1.es.amazonaws.com:443/", product: opensearch.Domain, scope: "eu-west-1/es"},
		{endpoint: "https://vpc-movies-abc.us-gov-west-1.es.amazonaws.com", product: opensearch.Domain, scope: "us-gov-west-1/es"},
		{endpoint: "https://vpc-endpoint-abc.us-east-1.es.amazonaws.com", product: opensearch.Domain, scope: "us-east-1/es"},
		{endpoint: "https://search-movies-abc.aos.eu-west-1.on.aws", product: opensearch.Domain, scope: "eu-west-1/es"},
		{endpoint: "https://search-movies-abc.cn-north-1.es.amazonaws.com.cn", product: opensearch.Domain, scope: "cn-north-1/es"},
		{endpoint: "https://search-movies-abc.aos.cn-north-1.on.amazonwebservices.com.cn", product: opensearch.Domain, scope: "cn-north-1/es"},
		{endpoint: "https://abc.us-east-1.aoss.amazonaws.com", product: opensearch.Serverless, scope: "us-east-1/aoss"},
		{endpoint: "https://abc.us-east-1.aoss-fips.amazonaws.com", product: opensearch.Serverless, scope: "us-east-1/aoss"},
		{endpoint: "https://abc.aoss.us-east-1.on.aws", product: opensearch.Serverless, scope: "us-east-1/aoss"},
		{endpoint: "https://abc.aoss-fips.us-east-1.on.aws", product: opensearch.Serverless, scope: "us-east-1/aoss"},
		{endpoint: "https://123456789012.aoss.us-east-1.on.aws", given: opensearch.ConnOptions{Collection: "movies"}, product: opensearch.Serverless, scope: "us-east-1/aoss"},
		{
			endpoint: "https://search.example.com", given: opensearch.ConnOptions{Product: opensearch.Domain, Region: "eu-central-1"},
			product: opensearch.Domain, scope: "eu-central-1/es",
		},
		{
			endpoint: "http://localhost:9200", given: opensearch.ConnOptions{Product: opensearch.Serverless, Region: "eu-central-1"},
			product: opensearch.Serverless, scope: "eu-central-1/aoss",
		},
		{endpoint: "http://search.example.com:9200", product: opensearch.SelfManaged},
		{endpoint: "http://[::1]:9200", product: opensearch.SelfManaged},
		{endpoint: "https://notes.amazonaws.com", product: opensearch.SelfManaged},
		{endpoint: "https://a.b.eu-west-1.es.amazonaws.com", product: opensearch.SelfManaged},
		{endpoint: "https://search-x.eu-west-1.es.amazonaws.com.evil.example", product: opensearch.SelfManaged},
	}
	for _, test := range tests {
		t.Run(test.endpoint, func(t *testing.T) {
			var got scope
			opts := test.given
			opts.Endpoints, opts.HTTPClient, opts.Attempts = []string{test.endpoint}, &got, 1
			if test.scope != "" {
				opts.Credentials = awstest.Credentials(account)
			}
			conn, err := opensearch.NewConn(opts)
			if err != nil {
				t.Fatal(err)
			}
			conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
			_, signed, _ := strings.Cut(got.credential, "/")
			_, signed, _ = strings.Cut(signed, "/") // key and date
			signed = strings.TrimSuffix(signed, "/aws4_request")
			host := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(test.endpoint), "/"), ":443")
			if conn.Product() != test.product || signed != test.scope || got.host != host || got.collection != test.given.Collection {
				t.Errorf("got %s, signed for %q, %+v", conn.Product(), signed, got)
			}
		})
	}
}

func TestBasic(t *testing.T) {
	cloud := awstest.New(t)
	cloud.HandleHTTP("search.example.com", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "admin" || password != "pa:ss" || r.Header.Get("X-Amz-Date") != "" {
			t.Errorf("got %s %s", user, password)
		}
		if got := r.Header.Get("User-Agent"); !strings.HasPrefix(got, "awspatterns/") {
			t.Errorf("got user agent %q", got)
		}
	}))
	conn := connect(t, cloud, opensearch.ConnOptions{Endpoints: []string{"https://search.example.com"}, Username: "admin", Password: "pa:ss"})
	if _, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"}); err != nil {
		t.Error(err)
	}
}

func TestCredentials(t *testing.T) {
	cause := errors.New("no role")
	cloud := awstest.New(t)
	cloud.HandleHTTP(domainHost, http.NotFoundHandler())
	asked := 0
	conn := connect(t, cloud, opensearch.ConnOptions{
		Endpoints:   []string{"https://" + domainHost},
		Credentials: provider(func(context.Context) error { asked++; return cause }),
	})
	_, err := conn.Do(t.Context(), opensearch.Request{Method: "GET", Path: "/"})
	broken, ok := errors.AsType[*opensearch.ConnError](err)
	if !ok || broken.Sent || !broken.Permanent || !errors.Is(err, cause) || !errors.Is(err, opensearch.ErrCredentials) {
		t.Errorf("got %#v", err)
	}
	if cloud.Count() != 0 || asked != 1 {
		t.Errorf("%d requests, asked %d times", cloud.Count(), asked)
	}
}
