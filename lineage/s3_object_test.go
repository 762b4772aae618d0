package lineage_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/lineage"
)

func gzipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

// inS3 is a project whose manifest is an object.
func inS3(o lineage.S3Object) lineage.Project {
	o.Bucket, o.Key = bucket, "lake/manifest.json"
	return lineage.Project{Manifest: lineage.Document{S3: o}}
}

// TestMergeDAGFromS3 reads objects in all ways in which they can be named, broken
// and forbidden. The first version of the object is the manifest, the second
// one another.
func TestMergeDAGFromS3(t *testing.T) {
	const other = `{"metadata": {"project_name": "other"}, "nodes": {}, "sources": {}}`
	overwrite := func(w *world) { w.put("lake/manifest.json", other, nil) }
	tests := []struct {
		name    string
		bucket  s3.Bucket
		body    []byte // defaults to the manifest
		before  func(w *world, o *lineage.S3Object)
		project string // read; empty for an error
		is      error
		says    []string
		gets    int // default 1
	}{
		{name: "plain", project: "lake"},
		{name: "gzipped", body: gzipped(lake), project: "lake"},
		{
			name: "pinned by version", bucket: s3.Bucket{Versioned: true}, project: "lake",
			before: func(w *world, o *lineage.S3Object) {
				_, o.VersionID = w.put("lake/manifest.json", lake, nil)
				overwrite(w)
			},
		},
		{
			name: "pinned by ETag", project: "lake",
			before: func(w *world, o *lineage.S3Object) { o.ETag, _ = w.put("lake/manifest.json", lake, nil) },
		},
		{
			name: "pinned by ETag without quotes", project: "lake",
			before: func(w *world, o *lineage.S3Object) {
				etag, _ := w.put("lake/manifest.json", lake, nil)
				o.ETag = strings.Trim(etag, `"`)
			},
		},
		{
			name: "pinned by the ETag of another content",
			before: func(w *world, o *lineage.S3Object) {
				o.ETag, _ = w.put("lake/manifest.json", lake, nil)
				overwrite(w)
			},
			is: lineage.ErrObjectChanged, says: []string{"s3://graphs/lake/manifest.json", "no longer has the ETag"},
		},
		{
			name:   "missing",
			before: func(w *world, o *lineage.S3Object) { w.s3.Delete(bucket, "lake/manifest.json") },
			is:     &s3types.NoSuchKey{}, says: []string{"s3://graphs/lake/manifest.json"},
		},
		{
			name:   "missing version",
			bucket: s3.Bucket{Versioned: true},
			before: func(w *world, o *lineage.S3Object) { o.VersionID = "none" },
			says:   []string{"Invalid version id"},
		},
		{
			name: "denied",
			before: func(w *world, o *lineage.S3Object) {
				w.Inject(awstest.Fault{Operation: "S3.GetObject", Err: awstest.Denied()})
			},
			says: []string{"AccessDenied", "needs s3:GetObject", "s3:ListBucket"},
		},
		{
			name:   "KMS key denied",
			bucket: s3.Bucket{KMSKey: kmsKey},
			before: func(w *world, o *lineage.S3Object) { w.s3.DenyKMS(kmsKey) },
			says:   []string{"kms:Decrypt", kmsKey},
		},
		{
			name:   "of another owner",
			before: func(w *world, o *lineage.S3Object) { o.Owner = "999999999999" },
			says:   []string{"AccessDenied"},
		},
		{
			name: "throttled", project: "lake", gets: 3,
			before: func(w *world, o *lineage.S3Object) {
				w.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()})
			},
		},
		{
			name: "connection breaks", project: "lake", gets: 2,
			before: func(w *world, o *lineage.S3Object) {
				w.s3.BreakBody(bucket, "lake/manifest.json", 100, func() {})
			},
		},
		{
			name: "connection breaks at the end", body: gzipped(lake), project: "lake",
			before: func(w *world, o *lineage.S3Object) {
				w.s3.BreakBody(bucket, "lake/manifest.json", int64(len(gzipped(lake))), func() {})
			},
		},
		{
			name: "connection breaks, overwritten meanwhile", gets: 2,
			before: func(w *world, o *lineage.S3Object) {
				w.s3.BreakBody(bucket, "lake/manifest.json", 100, func() { overwrite(w) })
			},
			is: lineage.ErrObjectChanged, says: []string{"reading on at byte 100"},
		},
		{
			name: "connection breaks, overwritten meanwhile, version pinned", gets: 2, project: "lake",
			bucket: s3.Bucket{Versioned: true},
			before: func(w *world, o *lineage.S3Object) {
				_, o.VersionID = w.put("lake/manifest.json", lake, nil)
				w.s3.BreakBody(bucket, "lake/manifest.json", 100, func() { overwrite(w) })
			},
		},
		{
			name: "connection keeps breaking", gets: 6,
			before: func(w *world, o *lineage.S3Object) {
				var again func()
				again = func() { w.s3.BreakBody(bucket, "lake/manifest.json", 10, again) }
				again()
			},
			says: []string{"unexpected EOF"},
		},
		{
			name: "deleted while the connection is broken", gets: 2,
			before: func(w *world, o *lineage.S3Object) {
				w.s3.BreakBody(bucket, "lake/manifest.json", 10, func() { w.s3.Delete(bucket, "lake/manifest.json") })
			},
			is: &s3types.NoSuchKey{}, says: []string{"reading on at byte 10"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t), test.bucket)
				body := lake
				if test.body != nil {
					body = string(test.body)
				}
				w.put("lake/manifest.json", body, nil)
				var object lineage.S3Object
				if test.before != nil {
					test.before(w, &object)
				}
				project := inS3(object)
				result, err := lineage.MergeDAG(t.Context(), w.clients(), lineage.MergeDAGOptions{Projects: []lineage.Project{project}})
				if test.project != "" {
					if err != nil || result.Graph.Report.Projects[0].Name != test.project {
						t.Fatalf("got %+v, %v", result, err)
					}
				} else {
					checkError(t, err, test.is, test.says)
				}
				if want := max(test.gets, 1); w.Count() != want {
					t.Errorf("got %d calls, want %d: %v", w.Count(), want, w.Calls())
				}
			})
		})
	}
}

func checkError(t *testing.T, err, is error, says []string) {
	t.Helper()
	if _, ok := errors.AsType[*lineage.ProjectError](err); !ok {
		t.Fatalf("got %v, want a ProjectError", err)
	}
	if _, missing := is.(*s3types.NoSuchKey); missing {
		if _, ok := errors.AsType[*s3types.NoSuchKey](err); !ok {
			t.Errorf("got %v, want NoSuchKey", err)
		}
	} else if is != nil && !errors.Is(err, is) {
		t.Errorf("got %v, want %v", err, is)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("got %v, which does not say %q", err, s)
		}
	}
}

func TestMergeDAGFromS3Refuses(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	for _, test := range []struct {
		document lineage.Document
		clients  lineage.Clients
		want     string
	}{
		{lineage.Document{S3: lineage.S3Object{Bucket: "b", Key: "k"}}, lineage.Clients{}, "no S3 client"},
		{lineage.Document{S3: lineage.S3Object{Key: "k"}}, w.clients(), "without a Bucket"},
		{lineage.Document{S3: lineage.S3Object{Bucket: "b"}}, w.clients(), "without a Key"},
		{lineage.Document{S3: lineage.S3Object{Bucket: "b/c", Key: "k"}}, w.clients(), "slash"},
		{lineage.Document{S3: lineage.S3Object{Bucket: "b", Key: "k"}, Reader: strings.NewReader("")}, w.clients(), "a File or a Reader, too"},
		{lineage.Document{S3: lineage.S3Object{Bucket: "b", Key: "k"}, File: "x.json"}, w.clients(), "a File or a Reader, too"},
	} {
		for _, p := range []lineage.Project{{Manifest: test.document}, {Manifest: text(lake), Catalog: test.document}} {
			_, err := lineage.MergeDAG(t.Context(), test.clients, lineage.MergeDAGOptions{Projects: []lineage.Project{p}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		}
	}
	if w.Count() > 0 {
		t.Errorf("refused after %d calls", w.Count())
	}
}

// TestMergeDAGFromS3Cancelled ends the context while a body is read.
func TestMergeDAGFromS3Cancelled(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	w.put("lake/manifest.json", lake, nil)
	ctx, cancel := context.WithCancel(t.Context())
	w.s3.BreakBody(bucket, "lake/manifest.json", 50, cancel)
	_, err := lineage.MergeDAG(ctx, w.clients(), lineage.MergeDAGOptions{Projects: []lineage.Project{inS3(lineage.S3Object{})}})
	if err == nil || w.Count() != 1 {
		t.Errorf("got %v after %d calls", err, w.Count())
	}
}

// TestMergeDAGPermissions compares what is declared with what is called.
func TestMergeDAGPermissions(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{Versioned: true})
	_, version := w.put("lake/manifest.json", lake, nil)
	w.put("lake/catalog.json", lakeCatalog, nil)
	object := func(key, version string) lineage.Document {
		return lineage.Document{S3: lineage.S3Object{Bucket: bucket, Key: key, VersionID: version, KMSKey: kmsKey}}
	}
	opts := lineage.MergeDAGOptions{Projects: []lineage.Project{
		{Manifest: object("lake/manifest.json", version), Catalog: object("lake/catalog.json", "")},
		{Manifest: text(warehouse)},
	}}
	if _, err := lineage.MergeDAG(t.Context(), w.clients(), opts); err != nil {
		t.Fatal(err)
	}
	declared := lineage.MergeDAGPermissions(opts)
	if len(declared.Plan) > 0 {
		t.Errorf("got permissions %v for a plan that there is not", declared.Plan)
	}
	awstest.CheckPermissions(t, declared.Apply, w.Calls(), s3.Actions)
	want := "[kms:Decrypt s3:GetObject s3:GetObjectVersion]"
	if got := fmt.Sprint(declared.Apply.Actions()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if p := lineage.MergeDAGPermissions(lineage.MergeDAGOptions{Projects: opts.Projects[1:]}); len(p.Apply) > 0 {
		t.Errorf("got %v for a reader", p)
	}
}

// TestNewClients checks that requests name this library.
func TestNewClients(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	var agent string
	cfg := w.Config(region, account)
	cfg.AppID = "app"
	c := lineage.NewClients(cfg)
	w.put("lake/manifest.json", lake, nil)
	w.Inject(awstest.Fault{Match: func(call awstest.Call) bool { agent = call.Header.Get("User-Agent"); return false }})
	if _, err := lineage.MergeDAG(t.Context(), c, lineage.MergeDAGOptions{Projects: []lineage.Project{inS3(lineage.S3Object{})}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(agent, "awspatterns/") || !strings.Contains(agent, "app/app") {
		t.Errorf("got user agent %q", agent)
	}
	if c.Region != region {
		t.Errorf("got Region %q", c.Region)
	}
}
