package awstest_test

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
)

// benchmark gets one small object over and over.
func benchmark(b *testing.B, c *s3.Client) {
	in := &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")}
	b.ReportAllocs()
	for b.Loop() {
		out, err := c.GetObject(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, out.Body); n != 5 || err != nil {
			b.Fatalf("got %d bytes, %v", n, err)
		}
		out.Body.Close()
	}
}

func BenchmarkCall(b *testing.B) {
	for _, latency := range []time.Duration{0, time.Microsecond} {
		b.Run("latency="+latency.String(), func(b *testing.B) {
			cloud := awstest.New(b)
			cloud.Latency, cloud.MaxCalls, cloud.LogLimit = latency, math.MaxInt, -1
			awstest.Handle(cloud, func(context.Context, *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
				return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader("hello")), ContentLength: aws.Int64(5)}, nil
			})
			benchmark(b, client(cloud))
		})
	}
}

// BenchmarkHTTPServer is BenchmarkCall with a server on the loopback interface in
// place of the Cloud.
func BenchmarkHTTPServer(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer server.Close()
	cfg := awstest.New(b).Config(region, account)
	cfg.APIOptions, cfg.HTTPClient, cfg.BaseEndpoint = nil, awshttp.NewBuildableClient(), &server.URL
	benchmark(b, s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }))
}
