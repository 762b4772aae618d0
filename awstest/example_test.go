package awstest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/lineage"
)

// tablesOf is code of your own: it merges what two teams publish and names the
// tables of the result.
func tablesOf(ctx context.Context, c lineage.Clients, bucket string) ([]string, error) {
	var opts lineage.MergeDAGOptions
	for _, team := range []string{"lake", "dwh"} {
		opts.Projects = append(opts.Projects, lineage.Project{
			Name:     team,
			Manifest: lineage.Document{S3: lineage.S3Object{Bucket: bucket, Key: team + "/manifest.json"}},
		})
	}
	result, err := lineage.MergeDAG(ctx, c, opts)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, node := range result.Graph.Nodes {
		names = append(names, node.ID)
	}
	return names, nil
}

// artifacts answers GetObject from a map.
func artifacts(cloud *awstest.Cloud, manifests map[string]string) {
	awstest.Handle(cloud, func(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
		text, ok := manifests[*in.Key]
		if !ok {
			return nil, awstest.Status(404, &s3types.NoSuchKey{})
		}
		return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader(text)), ETag: aws.String(`"1"`)}, nil
	})
}

func Example() {
	cloud := awstest.New(nil) // in a test: awstest.New(t)
	artifacts(cloud, map[string]string{
		"lake/manifest.json": `{"nodes": {"model.lake.orders": {"name": "orders"}}}`,
		"dwh/manifest.json":  `{"nodes": {"model.dwh.report": {"name": "report"}}}`,
	})
	clients := lineage.NewClients(cloud.Config("eu-central-1", "123456789012"))

	fmt.Println(tablesOf(context.Background(), clients, "artifacts"))
	fmt.Println(len(cloud.Calls()), "calls, unexpected:", cloud.Err())
	// Output:
	// [dwh/model.dwh.report lake/model.lake.orders] <nil>
	// 2 calls, unexpected: <nil>
}

// TestTablesOf is how a test of your own looks: in a bubble, where the SDK's
// backoff takes no time.
func TestTablesOf(t *testing.T) {
	tests := []struct {
		name  string
		fault awstest.Fault
		calls int
		want  string // in the error
	}{
		{"throttled twice", awstest.Fault{Attempts: 2, Err: awstest.Throttled()}, 6, ""},
		{"one manifest denied", awstest.Fault{Skip: 1, Times: 1, Err: awstest.Denied()}, 2, "needs s3:GetObject"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				artifacts(cloud, map[string]string{"lake/manifest.json": `{"nodes": {}}`, "dwh/manifest.json": `{"nodes": {}}`})
				test.fault.Operation = "S3.GetObject"
				cloud.Inject(test.fault)

				_, err := tablesOf(t.Context(), lineage.NewClients(cloud.Config("eu-central-1", "123456789012")), "artifacts")
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if cloud.Count() != test.calls {
					t.Errorf("got %d calls, want %d", cloud.Count(), test.calls)
				}
			})
		})
	}
	t.Run("missing", func(t *testing.T) {
		cloud := awstest.New(t)
		artifacts(cloud, nil)
		_, err := tablesOf(t.Context(), lineage.NewClients(cloud.Config("eu-central-1", "123456789012")), "artifacts")
		if _, missing := errors.AsType[*s3types.NoSuchKey](err); !missing {
			t.Errorf("got %v, want NoSuchKey", err)
		}
	})
}
