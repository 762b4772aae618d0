package opensearch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

func TestServerlessRefuses(t *testing.T) {
	s := opensearch.New()
	s.Product = opensearch.Search
	ok(t, s, "PUT", "/a", `{"mappings":{"properties":{"n":{"type":"long"}}}}`)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/", "", 404, ""},
		{"POST", "/a/_refresh", "", 404, ""},
		{"GET", "/_cluster/health", "", 404, ""},
		{"POST", "/a/_forcemerge", "", 404, ""},
		{"GET", "/a/_stats", "", 404, ""},
		{"POST", "/_reindex", `{}`, 404, ""},
		{"POST", "/a/_delete_by_query", `{}`, 404, ""},
		{"POST", "/a/_bulk?refresh=true", lines("index", 0, 1), 400, "true refresh policy is not supported."},
		{"POST", "/a/_bulk?refresh=wait_for", lines("index", 0, 1), 400, "wait_for refresh policy is not supported."},
		{"PUT", "/b", `{"settings":{"number_of_replicas":7}}`, 200, "acknowledged"},
		{"GET", "/b/_settings?flat_settings=true", "", 200, `"index.number_of_replicas":"1"`},
		{"DELETE", "/b", "", 200, "acknowledged"},
		{"PUT", "/a/_settings", `{"number_of_replicas":0}`, 400, "unknown setting [index.number_of_replicas]"},
		{"POST", "/a/_bulk", lines("index", 0, 1), 200, `"_shards":{"total":0,"successful":0,"failed":0},"_seq_no":0,"_primary_term":0,"status":201`},
		{"GET", "/a/_doc/0", "", 200, `"n":0`},
		{"GET", "/a/_count", "", 200, `"count":0`},
		{"POST", "/_aliases", `{"actions":[{"add":{"index":"a","alias":"b"}}]}`, 200, "acknowledged"},
	} {
		status, answer := send(t, s, c.method, c.path, c.body)
		if status != c.status || !strings.Contains(answer, c.want) || c.want == "" && answer != "" {
			t.Errorf("%s %s: got %d %s", c.method, c.path, status, answer)
		}
	}
}

func TestServerlessIDs(t *testing.T) {
	for _, product := range []opensearch.Product{opensearch.VectorSearch, opensearch.TimeSeries} {
		s := opensearch.New()
		s.Product = product
		answer := ok(t, s, "POST", "/a/_bulk", "{\"create\":{\"_id\":\"1\"}}\n{}\n{\"create\":{}}\n{}\n{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{},\"doc_as_upsert\":true}\n")
		if got := fmt.Sprint(statuses(t, answer)); got != "[400 201 400]" ||
			!strings.Contains(answer, `"error":{"type":"illegal_argument_exception","reason":"Document ID is not supported in create/index operation request"}`) ||
			!strings.Contains(answer, `"_id":"1%3A0%3A`) {
			t.Errorf("%s: got %s", product, answer)
		}
	}
}

func TestServerlessRefresh(t *testing.T) {
	for product, interval := range map[opensearch.Product]time.Duration{opensearch.Search: 10 * time.Second, opensearch.VectorSearch: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := opensearch.New()
			s.Product = product
			ok(t, s, "POST", "/a/_bulk", "{\"index\":{}}\n{}\n")
			time.Sleep(interval - time.Nanosecond)
			before := count(t, s, "a")
			time.Sleep(time.Nanosecond)
			if after := count(t, s, "a"); before != 0 || after != 1 {
				t.Errorf("%s: got %d before and %d after", product, before, after)
			}
		})
	}
}

// call makes a request through the Cloud, signed for a service, if any.
func call(t *testing.T, cloud *awstest.Cloud, service, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if service != "" {
		credentials, err := awstest.Credentials("123456789012").Retrieve(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(body))
		hash := hex.EncodeToString(sum[:])
		r.Header.Set("X-Amz-Content-Sha256", hash)
		if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hash, service, "eu-west-1", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := cloud.HTTPClient().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func TestSignatures(t *testing.T) {
	for _, c := range []struct {
		product opensearch.Product
		service string
		status  int
		want    string
	}{
		{opensearch.Domain, "es", 200, "acknowledged"},
		{opensearch.Domain, "", 403, `{"Message":"User: anonymous is not authorized to perform: es:ESHttpPut because`},
		{opensearch.Domain, "aoss", 403, "anonymous"},
		{opensearch.Search, "aoss", 200, "acknowledged"},
		{opensearch.Search, "", 403, `"type":"Forbidden"`},
		{opensearch.Search, "es", 403, "Forbidden"},
		{opensearch.SelfManaged, "", 200, "acknowledged"},
	} {
		cloud := awstest.New(t)
		s := opensearch.New()
		s.Product = c.product
		s.Handle(cloud, "d.eu-west-1.es.amazonaws.com")
		status, answer := call(t, cloud, c.service, "PUT", "https://d.eu-west-1.es.amazonaws.com/a", "{}")
		if status != c.status || !strings.Contains(answer, c.want) || s.Requests() != 1 {
			t.Errorf("%s, signed for %q: got %d %s, %d requests", c.product, c.service, status, answer, s.Requests())
		}
	}
}

func TestActionsFitTheLog(t *testing.T) {
	cloud := awstest.New(t)
	s := opensearch.New()
	s.Product = opensearch.Domain
	s.Handle(cloud, "d.eu-west-1.es.amazonaws.com")
	for _, method := range []string{"PUT", "GET", "HEAD", "POST", "DELETE"} {
		call(t, cloud, "es", method, "https://d.eu-west-1.es.amazonaws.com/a", "")
	}
	for _, c := range cloud.Calls() {
		if opensearch.Actions[c.Name()] == nil {
			t.Errorf("no actions for %s", c.Name())
		}
	}
}

func TestBasicAuthentication(t *testing.T) {
	s := opensearch.New()
	s.Username, s.Password = "admin", "secret"
	server := over(t, s)
	for _, c := range []struct {
		user, password string
		status         int
	}{{"admin", "secret", 200}, {"admin", "wrong", 401}, {"", "", 401}} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.user != "" {
			r.SetBasicAuth(c.user, c.password)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s:%s: got %d", c.user, c.password, answer.StatusCode)
		}
	}
}

func TestVersions(t *testing.T) {
	s := opensearch.New()
	s.Version, s.Distribution, s.ClusterUUID, s.ClusterName = "3.1.0", "elasticsearch", "uuid", "prod"
	answer := ok(t, s, "GET", "/", "")
	for _, want := range []string{`"number" : "3.1.0"`, `"distribution" : "elasticsearch"`, `"cluster_uuid" : "uuid"`, `"cluster_name" : "prod"`} {
		if !strings.Contains(answer, want) {
			t.Errorf("no %s in %s", want, answer)
		}
	}
}

// A domain is answered for by the service before it.
func TestTooLargeForDomain(t *testing.T) {
	s := opensearch.New()
	s.Product, s.MaxContentLength = opensearch.Domain, 10<<20
	status, answer := send(t, s, "POST", "/a/_bulk", string(bytes.Repeat([]byte("x"), 10<<20+1)))
	if status != 413 || answer != `{"Message":"Request size exceeded 10485760 bytes"}` {
		t.Errorf("got %d %s", status, answer)
	}
}
