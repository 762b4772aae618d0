package opensearch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/opensearch"
)

// TestIngestPermissions compares what is declared with what is called.
func TestIngestPermissions(t *testing.T) {
	const account, region, kmsKey = "111111111111", "eu-west-1", "arn:aws:kms:eu-west-1:111111111111:key/1"
	domain := "arn:aws:es:" + region + ":" + account + ":domain/movies"
	collection := "arn:aws:aoss:" + region + ":" + account + ":collection/abc"
	tests := []struct {
		name    string
		product opensearch.Product
		standin standin.Product
		change  func(*opensearch.IngestOptions)
	}{
		{"domain", opensearch.Domain, standin.Domain, func(o *opensearch.IngestOptions) { o.ARN = domain }},
		{"domain tuned", opensearch.Domain, standin.Domain, func(o *opensearch.IngestOptions) { o.ARN, o.Tune = domain, true }},
		{"collection", opensearch.Serverless, standin.Search, func(o *opensearch.IngestOptions) { o.ARN = collection }},
		{"objects", opensearch.Domain, standin.Domain, func(o *opensearch.IngestOptions) {
			o.ARN, o.KMSKey = domain, kmsKey
			o.Documents, o.Version, o.Objects = nil, "", []string{"s3://data/one.jsonl", "s3://data/more/"}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newIngestWorld(awstest.New(t))
			w.server.Product = test.standin
			w.put(t, "/docs", `{}`)
			store := s3.New(w.cloud)
			store.CreateBucket("data", s3.Bucket{Region: region, Owner: account})
			for _, key := range []string{"one.jsonl", "more/two.jsonl", "more/three.jsonl"} {
				store.Put("data", key, s3.Object{Body: []byte(fmt.Sprintf(`{"key":%q}`, key)), KMSKey: kmsKey})
			}
			cfg := w.cloud.Config(region, account)
			clients := opensearch.NewClients(cfg)
			var err error
			clients.Conn, err = opensearch.NewConn(opensearch.ConnOptions{
				Endpoints: []string{testHost}, Product: test.product, HTTPClient: w.cloud.HTTPClient(), Credentials: cfg.Credentials, Region: region,
			})
			if err != nil {
				t.Fatal(err)
			}
			opts := opensearch.IngestOptions{Index: "docs", Documents: numbered(10), Version: "1", Checkpoint: w.checkpoint}
			test.change(&opts)
			begun := w.cloud.Count()
			if _, err := opensearch.Ingest(t.Context(), clients, opts); err != nil {
				t.Fatal(err)
			}
			var calls []awstest.Call
			for _, call := range w.cloud.Calls()[begun:] {
				if call.Service != "local" {
					calls = append(calls, call)
				}
			}
			p := opensearch.IngestPermissions(opts)
			if len(p.Plan) > 0 || len(p.Beside) == 0 || !strings.Contains(strings.Join(p.Beside, "\n"), "index") {
				t.Errorf("got %+v", p)
			}
			awstest.CheckPermissions(t, p.Apply, calls, standin.Actions, s3.Actions)
		})
	}
}
