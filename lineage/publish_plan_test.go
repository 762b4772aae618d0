package lineage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

// TestPublishPlanText shows all kinds of changes.
func TestPublishPlanText(t *testing.T) { synctest.Test(t, testPublishPlanText) }

// testPublishPlanText runs in a bubble, where the time is known.
func testPublishPlanText(t *testing.T) {
	w := staleSite(awstest.New(t))
	w.put("site/report.md", "a report by hand", nil)
	w.Inject(awstest.Fault{Operation: "S3.HeadObject", Err: awstest.Denied(), Match: func(c awstest.Call) bool {
		return strings.Contains(c.Target, "nodes.csv")
	}})
	opts := options()
	opts.Prices = lineage.PublishPrices{Put: 0.0000054, Storage: 0.0245}
	opts.MaxBytes = 1 << 20
	plan, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatal(err)
	}
	var markdown strings.Builder
	if err := plan.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/publish_plan.txt", plan.String())
	golden.Equal(t, "testdata/golden/publish_plan.md", markdown.String())
	golden.Equal(t, "testdata/golden/publish_plan.json", string(text)+"\n")
}

// TestPlanPublish tells what is planned for what was found.
func TestPlanPublish(t *testing.T) {
	tests := []struct {
		name   string
		found  func(w *world)
		change func(o *lineage.PublishOptions)
		want   []string
	}{
		{name: "as it was"},
		{
			name:   "other title",
			change: func(o *lineage.PublishOptions) { o.HTML.Title = "Films" },
			want:   []string{"update index.html: content"},
		},
		{
			name:   "other graph",
			change: func(o *lineage.PublishOptions) { o.Graph = otherGraph() },
			want:   []string{"update graph.json: content", "update report.md: content", "update index.html: content"},
		},
		{
			name:   "other cache control",
			change: func(o *lineage.PublishOptions) { o.CacheControl = "max-age=60" },
			want:   []string{"update graph.json: cache control", "update report.md: cache control", "update index.html: cache control"},
		},
		{
			name:   "KMS key",
			change: func(o *lineage.PublishOptions) { o.KMSKey = kmsKey },
			want:   []string{"update graph.json: KMS key", "update report.md: KMS key", "update index.html: KMS key"},
		},
		{
			name:  "page lost",
			found: func(w *world) { w.s3.Delete(bucket, "site/index.html") },
			want:  []string{"create index.html: content, content type, cache control"},
		},
		{
			name:  "overwritten by another hand",
			found: func(w *world) { w.put("site/report.md", "mine", nil) },
			want:  []string{"blocked report.md: "},
		},
		{
			name:   "overwritten by another hand, adopted",
			found:  func(w *world) { w.put("site/report.md", "mine", nil) },
			change: func(o *lineage.PublishOptions) { o.Adopt = true },
			want:   []string{"update report.md: content, content type, cache control (adopted)"},
		},
		{
			name: "content changed under the mark",
			found: func(w *world) {
				w.put("site/report.md", "changed", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site/report.md")})
			},
			want: []string{"update report.md: content, content type, cache control"},
		},
		{
			name: "a stale file",
			found: func(w *world) {
				w.put("site/old.html", "old", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site/old.html")})
			},
			want: []string{"delete old.html: content"},
		},
		{
			name: "a stale file, not asked for",
			found: func(w *world) {
				w.put("site/old.html", "old", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site/old.html")})
			},
			change: func(o *lineage.PublishOptions) { o.RemoveStale = false },
		},
		{
			name: "files of others",
			found: func(w *world) {
				w.put("site/notes.txt", "mine", nil)
				w.put("site/copy.html", "a copy", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site/index.html")})
				w.put("site/in/index.html", "a site in the site", map[string]string{"awspatterns": lineage.Mark(bucket, "site/in/", "site/in/index.html")})
				w.put("site.html", "beside", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site.html")})
			},
		},
		{
			name: "hostile names",
			found: func(w *world) {
				for _, name := range hostile {
					w.put("site/"+name, "old", map[string]string{"awspatterns": lineage.Mark(bucket, "site/", "site/"+name)})
				}
			},
			want: func() (want []string) {
				for _, name := range slices.Sorted(slices.Values(hostile)) {
					want = append(want, "delete "+name+": content")
				}
				return want
			}(),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(awstest.New(t), s3.Bucket{})
			w.s3.PageSize = 2
			opts := options()
			if err := publish(t.Context(), w.clients(), opts); err != nil {
				t.Fatal(err)
			}
			if test.found != nil {
				test.found(w)
			}
			if test.change != nil {
				test.change(&opts)
			}
			plan, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := brief(plan); !slices.Equal(got, test.want) {
				t.Fatalf("got  %q\nwant %q", got, test.want)
			}
			_, err = lineage.ApplyPublish(t.Context(), w.clients(), plan)
			if plan.Count(awspatterns.Blocked) > 0 {
				if !errors.Is(err, awspatterns.ErrIncomplete) {
					t.Errorf("applying a blocked plan returned %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if again, err := lineage.PlanPublish(t.Context(), w.clients(), opts); err != nil || !again.Empty() {
				t.Errorf("planning again gave %v and\n%s", err, again)
			}
		})
	}
}

func TestPlanPublishRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(o *lineage.PublishOptions)
		want   string
	}{
		{"no graph", func(o *lineage.PublishOptions) { o.Graph = nil }, "no Graph"},
		{"no bucket", func(o *lineage.PublishOptions) { o.Bucket = "" }, "no name of a bucket"},
		{"bucket ARN", func(o *lineage.PublishOptions) { o.Bucket = "arn:aws:s3:::graphs" }, "no name of a bucket"},
		{"directory bucket", func(o *lineage.PublishOptions) { o.Bucket = "graphs--use1-az4--x-s3" }, "directory bucket"},
		{"no slash", func(o *lineage.PublishOptions) { o.Prefix = "site" }, "does not end with a slash"},
		{"leading slash", func(o *lineage.PublishOptions) { o.Prefix = "/site/" }, "begins with a slash"},
		{"dots", func(o *lineage.PublishOptions) { o.Prefix = "a/../b/" }, `has a part ".."`},
		{"not UTF-8", func(o *lineage.PublishOptions) { o.Prefix = "\xff/" }, "not UTF-8"},
		{"long", func(o *lineage.PublishOptions) { o.Prefix = strings.Repeat("x", 1014) + "/" }, "1015 bytes"},
		{"owner", func(o *lineage.PublishOptions) { o.Owner = "me" }, "no account id"},
		{"key alias", func(o *lineage.PublishOptions) { o.KMSKey = "alias/site" }, "no ARN of a key"},
		{"bytes", func(o *lineage.PublishOptions) { o.MaxBytes = -1 }, "MaxBytes is -1"},
		{"price", func(o *lineage.PublishOptions) { o.Prices.Put = -1 }, "no prices"},
		{"infinite price", func(o *lineage.PublishOptions) { o.Prices.Storage = math.Inf(1) }, "no prices"},
		{"no number", func(o *lineage.PublishOptions) { o.Prices.Storage = math.NaN() }, "no prices"},
		{"IP address", func(o *lineage.PublishOptions) { o.Bucket = "192.168.1.1" }, "no name of a bucket"},
		{"two dots", func(o *lineage.PublishOptions) { o.Bucket = "a..b" }, "no name of a bucket"},
		{"cache control", func(o *lineage.PublishOptions) { o.CacheControl = "no\ncache" }, "not printable ASCII"},
		{"title", func(o *lineage.PublishOptions) { o.HTML.Title = "\xff" }, "not UTF-8"},
		{"focus", func(o *lineage.PublishOptions) { o.HTML.Focus = "nowhere" }, "nowhere"},
		{"link", func(o *lineage.PublishOptions) {
			o.HTML.Links = []dag.PageLink{{Text: "x", URL: "javascript:alert(1)"}}
		}, "neither relative nor https"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(awstest.New(t), s3.Bucket{})
			opts := options()
			test.change(&opts)
			_, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if w.Count() > 0 {
				t.Errorf("refused after %d calls", w.Count())
			}
		})
	}
	w := newWorld(awstest.New(t), s3.Bucket{})
	c := w.clients()
	c.Region = ""
	if _, err := lineage.PlanPublish(t.Context(), c, options()); err == nil || !strings.Contains(err.Error(), "no Region") || w.Count() > 0 {
		t.Errorf("without a Region: %v", err)
	}
	if _, err := lineage.PlanPublish(t.Context(), lineage.Clients{}, options()); err == nil || !strings.Contains(err.Error(), "no S3 client") {
		t.Errorf("without clients: %v", err)
	}
}

// TestPlanPublishBucket tells errors about the bucket from what cannot be read.
func TestPlanPublishBucket(t *testing.T) {
	plan := func(t *testing.T, w *world, region, account string, change func(o *lineage.PublishOptions)) (lineage.PublishPlan, error) {
		opts := options()
		change(&opts)
		return lineage.PlanPublish(t.Context(), lineage.NewClients(w.Config(region, account)), opts)
	}
	nothing := func(*lineage.PublishOptions) {}
	t.Run("missing", func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{})
		_, err := plan(t, w, region, account, func(o *lineage.PublishOptions) { o.Bucket = "other" })
		if err == nil || !strings.Contains(err.Error(), "NoSuchBucket") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("in another Region", func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{})
		_, err := plan(t, w, "us-east-1", account, nothing)
		if err == nil || !strings.Contains(err.Error(), "another Region") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("of another account", func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{Readers: []string{"999999999999"}, Writers: []string{"999999999999"}})
		p, err := plan(t, w, region, "999999999999", nothing)
		if err != nil || !p.Incomplete || p.Applies() {
			t.Errorf("got %v and\n%s", err, p)
		}
		p, err = plan(t, w, region, "999999999999", func(o *lineage.PublishOptions) { o.Owner = account })
		if err != nil || p.Count(awspatterns.Create) != 3 {
			t.Errorf("with Owner: got %v and\n%s", err, p)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{})
		ctx, cancel := context.WithCancel(t.Context())
		w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Match: func(awstest.Call) bool { cancel(); return true }})
		w.put("site/index.html", "", nil)
		_, err := lineage.PlanPublish(ctx, w.clients(), options())
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// TestPublishPlanJSON applies a plan that was kept.
func TestPublishPlanJSON(t *testing.T) {
	w := staleSite(awstest.New(t))
	plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var kept lineage.PublishPlan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.String() != plan.String() {
		t.Errorf("got\n%s\nwant\n%s", kept, plan)
	}
	kept.Graph = graph()
	if _, err := lineage.ApplyPublish(t.Context(), w.clients(), kept); err != nil {
		t.Fatal(err)
	}
	if again, err := lineage.PlanPublish(t.Context(), w.clients(), options()); err != nil || !again.Empty() {
		t.Errorf("planning again gave %v and\n%s", err, again)
	}
}

// TestPlanPublishUnknown tells what is planned if S3 does not answer, or the
// bucket changes meanwhile.
func TestPlanPublishUnknown(t *testing.T) {
	const (
		deleteOld     = "delete old: content"
		internalError = "S3 %s: InternalError: We encountered an internal error."
	)
	fault := func(operation, name string, err error) func(w *world) {
		return func(w *world) { w.Inject(awstest.Fault{Operation: operation, Match: on(name), Err: err}) }
	}
	tests := []struct {
		name    string
		keep    bool // RemoveStale is not set
		happen  func(w *world)
		want    []string
		reason  string // of the first change
		left    string // by applying; all is applied if this is empty
		refused string // by planning
	}{
		{name: "all is well", happen: func(*world) {}, want: []string{deleteOld}},
		{
			name: "a file is deleted after it was listed",
			happen: func(w *world) {
				w.before("S3.HeadObject", "report.md", func() { w.s3.Delete(bucket, "site/report.md") })
			},
			want: []string{"create report.md: content, content type, cache control", deleteOld},
		},
		{
			name:   "a stale object is deleted after it was listed",
			happen: func(w *world) { w.before("S3.HeadObject", "old", func() { w.s3.Delete(bucket, "site/old") }) },
		},
		{
			name: "a file is looked at in vain", happen: fault("S3.HeadObject", "report.md", serverError()),
			want: []string{"unknown report.md: ", deleteOld}, reason: fmt.Sprintf(internalError, "HeadObject"), left: "left report.md, left old",
		},
		{
			name: "a file is looked for in vain", keep: true, happen: fault("S3.ListObjectsV2", "report.md", serverError()),
			want: []string{"unknown report.md: "}, reason: fmt.Sprintf(internalError, "ListObjectsV2"), left: "left report.md",
		},
		{
			name: "a stale object is looked at in vain", happen: fault("S3.HeadObject", "old", serverError()),
			want: []string{"unknown old: "}, reason: fmt.Sprintf(internalError, "HeadObject"), left: "left old",
		},
		{
			name: "the prefix is listed in vain", happen: fault("S3.ListObjectsV2", "", serverError()),
			want: []string{"unknown : "}, reason: fmt.Sprintf(internalError, "ListObjectsV2"), left: "left ",
		},
		{
			name: "a file may not be read", happen: fault("S3.HeadObject", "report.md", awstest.Error(403, "Forbidden", "")),
			want: []string{"unknown report.md: ", deleteOld}, reason: "S3 HeadObject: Forbidden", left: "left report.md, left old",
		},
		{
			name: "its key may not be used", // which HeadObject alone does not tell from a foreign object
			happen: func(w *world) {
				o, _ := w.s3.Get(bucket, "site/report.md")
				o.KMSKey = kmsKey
				w.s3.Put(bucket, "site/report.md", o)
				w.s3.DenyKMS(kmsKey)
			},
			want: []string{"unknown report.md: ", deleteOld}, reason: "S3 HeadObject: Forbidden: Forbidden", left: "left report.md, left old",
		},
		{
			name: "no answer", happen: fault("S3.HeadObject", "report.md", errors.New("read tcp 127.0.0.1:58094->127.0.0.1:80: reset")),
			want: []string{"unknown report.md: ", deleteOld}, reason: "S3 HeadObject: no answer", left: "left report.md, left old",
		},
		{name: "the listing is refused", happen: fault("S3.ListObjectsV2", "", awstest.Error(400, "InvalidArgument", "no")), refused: "InvalidArgument"},
		{name: "the looking for a file is refused", keep: true, happen: fault("S3.ListObjectsV2", "report.md", awstest.Error(400, "InvalidArgument", "no")), refused: "site/report.md"},
	}
	for _, test := range tests {
		for _, listPrefix := range []string{"", "site/"} { // with the second, HeadObject answers 403 for a missing key
			t.Run(fmt.Sprintf("%s, listing %q", test.name, listPrefix), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := publishedSite(t, s3.Bucket{ListPrefix: listPrefix})
					test.happen(w)
					opts := options()
					opts.RemoveStale = !test.keep
					plan, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
					if test.refused != "" {
						if err == nil || !strings.Contains(err.Error(), test.refused) {
							t.Errorf("got %v, want %q", err, test.refused)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					if got := brief(plan); !slices.Equal(got, test.want) {
						t.Fatalf("got %q, want %q", got, test.want)
					}
					if plan.Incomplete != (test.left != "") {
						t.Errorf("incomplete: %t", plan.Incomplete)
					}
					if test.reason != "" && plan.Changes[0].Reason != test.reason {
						t.Errorf("got reason %q, want %q", plan.Changes[0].Reason, test.reason)
					}
					w.ClearFaults()
					states, err := applied(t, w, plan)
					if errors.Is(err, awspatterns.ErrIncomplete) != (test.left != "") || test.left == "" && err != nil {
						t.Errorf("applying returned %v", err)
					}
					if test.left != "" && states != test.left {
						t.Errorf("got %q, want %q", states, test.left)
					}
				})
			})
		}
	}
}

// TestPlanPublishDigest plans twice what cannot be read, with errors that differ in
// what is by chance.
func TestPlanPublishDigest(t *testing.T) {
	for _, test := range []struct {
		name string
		err  func(i int) error
	}{
		{"port", func(i int) error { return fmt.Errorf("read tcp 127.0.0.1:%d->127.0.0.1:80: connection reset", i) }},
		{"session", func(i int) error {
			return awstest.Error(403, "AccessDenied", fmt.Sprintf("User: arn:aws:sts::123456789012:assumed-role/Deploy/run-%d is not authorized", i))
		}},
	} {
		for _, operation := range []string{"S3.ListObjectsV2", "S3.HeadObject"} {
			t.Run(test.name+" "+operation, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := publishedSite(t, s3.Bucket{})
					var digests [2]string
					for i := range digests {
						w.ClearFaults()
						w.Inject(awstest.Fault{Operation: operation, Err: test.err(i)})
						plan := planned(t, w, options())
						digests[i] = plan.Digest
						kept, err := json.Marshal(plan)
						if err != nil || !plan.Incomplete || strings.Contains(string(kept), "awstest-request") {
							t.Errorf("got %v and %s", err, kept)
						}
					}
					if digests[0] != digests[1] {
						t.Error("two digests of one state")
					}
				})
			})
		}
	}
}

// TestPlanPublishChecksum edits the checksum that S3 tells: one of another content
// is not taken for that of the file.
func TestPlanPublishChecksum(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(out *sdk.HeadObjectOutput)
		old  string // none if the file is not updated
	}{
		{"of the whole object", func(out *sdk.HeadObjectOutput) { out.ChecksumType = s3types.ChecksumTypeFullObject }, ""},
		{"of its parts", func(out *sdk.HeadObjectOutput) { out.ChecksumType = s3types.ChecksumTypeComposite }, "SHA-256 not known"},
		{"of its parts, by its form", func(out *sdk.HeadObjectOutput) { out.ChecksumSHA256 = aws.String(*out.ChecksumSHA256 + "-3") }, "SHA-256 not known"},
		{"none", func(out *sdk.HeadObjectOutput) { out.ChecksumSHA256 = nil }, "SHA-256 not known"},
		{"short", func(out *sdk.HeadObjectOutput) { out.ChecksumSHA256 = aws.String("AAAA") }, "SHA-256 000000"},
		{"alike in what is shown of it", func(out *sdk.HeadObjectOutput) {
			out.ChecksumSHA256 = aws.String((*out.ChecksumSHA256)[:20] + strings.Repeat("A", 23) + "=")
		}, "SHA-256 cb3beee70ecd9389"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := publishedSite(t, s3.Bucket{})
			w.s3.Delete(bucket, "site/old")
			c := w.clients()
			c.S3 = head{c.S3, func(key string, out *sdk.HeadObjectOutput) {
				if key == "site/report.md" {
					test.edit(out)
				}
			}}
			plan, err := lineage.PlanPublish(t.Context(), c, options())
			if err != nil {
				t.Fatal(err)
			}
			var old string
			if len(plan.Changes) == 1 && strings.HasPrefix(brief(plan)[0], "update report.md: content") {
				_, old, _ = strings.Cut(plan.Changes[0].Fields[0].Old, ", ")
			}
			if old != test.old || plan.Empty() != (old == "") {
				t.Errorf("got %q, want %q\n%s", old, test.old, plan)
			}
		})
	}
}

// TestPlanPublishLooks checks what is listed, up to how many keys, and what is
// looked at: each object once, and those of others only to find what is stale.
func TestPlanPublishLooks(t *testing.T) {
	for removeStale, want := range map[bool]string{
		false: "head graph.json, head index.html, head report.md, list graph.json 1, list index.html 1, list report.md 1",
		true:  "head graph.json, head index.html, head old, head report.md, head theirs, list  0",
	} {
		w := publishedSite(t, s3.Bucket{})
		w.put("site/theirs", "theirs", nil)
		before := w.Count()
		opts := options()
		opts.RemoveStale = removeStale
		planned(t, w, opts)
		var looks []string
		for _, call := range w.Calls()[before:] {
			switch in := call.Input.(type) {
			case *sdk.HeadObjectInput:
				looks = append(looks, "head "+strings.TrimPrefix(*in.Key, "site/"))
			case *sdk.ListObjectsV2Input:
				looks = append(looks, fmt.Sprint("list ", strings.TrimPrefix(*in.Prefix, "site/"), " ", aws.ToInt32(in.MaxKeys)))
			}
		}
		slices.Sort(looks)
		if got := strings.Join(looks, ", "); got != want {
			t.Errorf("remove stale %t: got %s, want %s", removeStale, got, want)
		}
	}
}
