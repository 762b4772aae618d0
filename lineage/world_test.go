package lineage_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

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

func options() lineage.PublishOptions {
	return lineage.PublishOptions{Graph: graph(), Bucket: bucket, Prefix: "site/", RemoveStale: true}
}

// publish plans and applies.
func publish(ctx context.Context, c lineage.Clients, opts lineage.PublishOptions) error {
	plan, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil {
		return err
	}
	_, err = lineage.ApplyPublish(ctx, c, plan)
	return err
}

// staleSite is a bucket in which an earlier graph was published, one file of it
// was lost, files of an earlier version of this library lie about, and others
// have put their own.
func staleSite(c *awstest.Cloud) *world {
	w := newWorld(c, s3.Bucket{Versioned: true, ListPrefix: "site/"}) // as the declared policy has it
	opts := options()
	opts.HTML.Title = "Yesterday"
	if err := publish(context.Background(), w.clients(), opts); err != nil {
		panic(err)
	}
	w.s3.Delete(bucket, "site/report.md")
	for _, key := range []string{"site/graph.dot", "site/nodes.csv"} {
		w.put(key, "stale", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", key)})
	}
	w.put("site/notes.txt", "mine", nil)
	w.put("site/copy/index.html", "a copy", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site/index.html")})
	w.put("site/inner/index.html", "a site in the site", map[string]string{"awspatterns": lineage.Mark(bucket, "site/inner/", "site/inner/index.html")})
	return w
}

const kmsKey = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// hostile are names that need care on their way through XML, URLs and terminals.
var hostile = []string{
	"a b", "a+b", "a%20b", "a&b<c>", "ä/ö", "..hidden", "\u202etxt.exe", "tab\there", "bell\x07", "#fragment", "q?v=1", "💥",
}

// brief tells each change in a line.
func brief(plan lineage.PublishPlan) []string {
	var lines []string
	for _, c := range plan.Changes {
		var fields []string
		for _, f := range c.Fields {
			fields = append(fields, f.Name)
		}
		line := fmt.Sprintf("%s %s: %s", c.Action, strings.TrimPrefix(c.Resource.ID, "s3://graphs/site/"), strings.Join(fields, ", "))
		if c.Adopts {
			line += " (adopted)"
		}
		lines = append(lines, line)
	}
	return lines
}

// planned returns a plan, which must not be refused.
func planned(t *testing.T, w *world, opts lineage.PublishOptions) lineage.PublishPlan {
	t.Helper()
	plan, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// applied applies a plan, and returns what became of each change.
func applied(t *testing.T, w *world, plan lineage.PublishPlan) (states string, err error) {
	t.Helper()
	result, err := lineage.ApplyPublish(t.Context(), w.clients(), plan)
	if len(result.Outcomes) != len(plan.Changes) {
		t.Errorf("got %d outcomes for %d changes", len(result.Outcomes), len(plan.Changes))
	}
	var got []string
	for _, o := range result.Outcomes {
		got = append(got, fmt.Sprint(o.State, " ", strings.TrimPrefix(o.Resource.ID, "s3://graphs/site/")))
	}
	return strings.Join(got, ", "), err
}

// publishedSite is a bucket with a site, and a stale object below it.
func publishedSite(t *testing.T, b s3.Bucket) *world {
	t.Helper()
	w := newWorld(awstest.New(t), b)
	if err := publish(t.Context(), w.clients(), options()); err != nil {
		t.Fatal(err)
	}
	w.putMarked("site/old", "stale")
	return w
}

// putMarked stores an object as if this library had published it.
func (w *world) putMarked(key, body string) {
	w.put(key, body, map[string]string{"awspatterns": lineage.Mark(bucket, "site/", key)})
}

// rewrite writes an object again by another hand, with its SHA-256 and what change
// changes.
func (w *world) rewrite(t *testing.T, key string, change func(in *sdk.PutObjectInput)) {
	t.Helper()
	o, _ := w.s3.Get(bucket, key)
	in := &sdk.PutObjectInput{
		Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(string(o.Body)), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
		ContentType: &o.ContentType, CacheControl: &o.CacheControl, Metadata: o.Metadata,
	}
	change(in)
	if _, err := sdk.NewFromConfig(w.Config(region, account)).PutObject(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// on matches calls about a key: those that name it, and the listing that looks
// for it.
func on(name string) func(awstest.Call) bool {
	return func(c awstest.Call) bool {
		switch in := c.Input.(type) {
		case *sdk.HeadObjectInput:
			return *in.Key == "site/"+name
		case *sdk.PutObjectInput:
			return *in.Key == "site/"+name
		case *sdk.DeleteObjectInput:
			return *in.Key == "site/"+name
		case *sdk.ListObjectsV2Input:
			return aws.ToString(in.Prefix) == "site/"+name
		}
		return false
	}
}

// before runs then before each call to an operation about a key arrives. It may
// call the stand-in.
func (w *world) before(operation, name string, then func()) {
	w.Inject(awstest.Fault{Operation: operation, Match: func(c awstest.Call) bool {
		if on(name)(c) {
			then()
		}
		return false
	}})
}

// head is an S3 client whose answers to HeadObject are edited.
type head struct {
	lineage.S3API
	edit func(key string, out *sdk.HeadObjectOutput)
}

func (h head) HeadObject(ctx context.Context, in *sdk.HeadObjectInput, f ...func(*sdk.Options)) (*sdk.HeadObjectOutput, error) {
	out, err := h.S3API.HeadObject(ctx, in, f...)
	if err == nil {
		h.edit(*in.Key, out)
	}
	return out, err
}

func serverError() error {
	return awstest.Error(500, "InternalError", "We encountered an internal error.")
}
