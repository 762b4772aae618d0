package lineage_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	bucket  = "graphs"
)

// A world is an account with one bucket.
type world struct {
	*awstest.Cloud
	s3 *s3.Service
}

func newWorld(c *awstest.Cloud, b s3.Bucket) *world {
	w := &world{Cloud: c, s3: s3.New(c)}
	sts.Handle(c)
	b.Owner, b.Region = account, region
	w.s3.CreateBucket(bucket, b)
	return w
}

func (w *world) clients() lineage.Clients { return lineage.NewClients(w.Config(region, account)) }

// body returns what is at a key.
func (w *world) body(t *testing.T, key string) string {
	t.Helper()
	o, ok := w.s3.Get(bucket, key)
	if !ok {
		t.Fatalf("nothing at %s", key)
	}
	return string(o.Body)
}

func (w *world) put(key, body string, metadata map[string]string) (etag, version string) {
	return w.s3.Put(bucket, key, s3.Object{Body: []byte(body), Metadata: metadata})
}

// graph is what the tests publish.
var graph = sync.OnceValue(func() *dag.Graph { return merged(lake, warehouse) })

// otherGraph is the graph of a day before.
var otherGraph = sync.OnceValue(func() *dag.Graph { return merged(lake) })

func merged(manifests ...string) *dag.Graph {
	var opts lineage.MergeDAGOptions
	for _, m := range manifests {
		opts.Projects = append(opts.Projects, lineage.Project{Manifest: lineage.Document{Reader: strings.NewReader(m)}})
	}
	result, err := lineage.MergeDAG(context.Background(), lineage.Clients{}, opts)
	if err != nil {
		panic(err)
	}
	return result.Graph
}

// exampleClients are clients of an account with the bucket "graphs".
func exampleClients() lineage.Clients {
	return newWorld(awstest.New(nil), s3.Bucket{}).clients()
}
