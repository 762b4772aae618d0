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

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/lineage"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

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

func TestPublish(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	ctx, c := t.Context(), w.clients()
	opts := options()
	plan, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil {
		t.Fatal(err)
	}
	var told []awspatterns.Outcome
	plan.Progress = func(o awspatterns.Outcome) { told = append(told, o) }
	result, err := lineage.ApplyPublish(ctx, c, plan)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range result.Outcomes {
		got = append(got, fmt.Sprint(o.State, " ", o.Action, " ", o.Resource))
	}
	want := []string{
		"applied create S3 object s3://graphs/site/graph.json",
		"applied create S3 object s3://graphs/site/report.md",
		"applied create S3 object s3://graphs/site/index.html",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got outcomes %q, want %q", got, want)
	}
	if len(told) != len(want) {
		t.Errorf("progress was told %d outcomes, want %d", len(told), len(want))
	}
	if result.Page != "s3://graphs/site/index.html" {
		t.Errorf("got page %s", result.Page)
	}
	var page strings.Builder
	html := dag.HTMLOptions{Links: []dag.PageLink{{Text: "graph.json", URL: "graph.json"}, {Text: "report.md", URL: "report.md"}}}
	if err := graph().WriteHTML(&page, html); err != nil {
		t.Fatal(err)
	}
	if w.body(t, "site/index.html") != page.String() {
		t.Error("the page is not that of WriteHTML")
	}
	if read, err := dag.ReadJSON(strings.NewReader(w.body(t, "site/graph.json"))); err != nil || len(read.Nodes) != len(graph().Nodes) {
		t.Errorf("reading graph.json: %v", err)
	}
	o, _ := w.s3.Get(bucket, "site/index.html")
	if o.ContentType != "text/html; charset=utf-8" || o.CacheControl != "no-cache" {
		t.Errorf("got content type %q and cache control %q", o.ContentType, o.CacheControl)
	}

	again, err := lineage.PlanPublish(ctx, c, opts)
	if err != nil || !again.Empty() {
		t.Errorf("planning again gave %v and\n%s", err, again)
	}
	before := w.Count()
	if _, err := lineage.ApplyPublish(ctx, c, again); err != nil || w.Count() != before {
		t.Errorf("applying an empty plan made %d calls and returned %v", w.Count()-before, err)
	}
}

// TestPublishPlanText shows all kinds of changes.
func TestPublishPlanText(t *testing.T) { synctest.Test(t, testPublishPlanText) }

func testPublishPlanText(t *testing.T) { // in a bubble, where the time is known
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

// TestApplyPublishRefuses lists what keeps a plan from being applied, and checks
// that nothing is written then.
func TestApplyPublishRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world, c *lineage.Clients, p *lineage.PublishPlan)
		want   error
	}{
		{"other account", func(w *world, c *lineage.Clients, _ *lineage.PublishPlan) {
			*c = lineage.NewClients(w.Config(region, "999999999999"))
		}, awspatterns.ErrWrongAccount},
		{"other Region", func(w *world, c *lineage.Clients, _ *lineage.PublishPlan) {
			*c = lineage.NewClients(w.Config("us-east-1", account))
		}, awspatterns.ErrWrongAccount},
		{"other bucket", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) { p.Bucket = "other" }, awspatterns.ErrAltered},
		{"fewer changes", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) { p.Changes = p.Changes[1:] }, awspatterns.ErrAltered},
		{"other graph", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) { p.Graph = otherGraph() }, awspatterns.ErrAltered},
		{"other pattern", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) { p.Pattern = "ses.RegionSync" }, awspatterns.ErrAltered},
		{"other format", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) { p.Format++ }, awspatterns.ErrAltered},
		{"resealed, another object", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) {
			p.Objects[0].Key = "elsewhere/graph.json"
			if err := apply.Seal(&p.Plan, p); err != nil {
				panic(err)
			}
		}, awspatterns.ErrAltered},
		{"resealed, objects gone", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) {
			p.Objects = nil
			if err := apply.Seal(&p.Plan, p); err != nil {
				panic(err)
			}
		}, awspatterns.ErrAltered},
		{"ceiling", func(_ *world, _ *lineage.Clients, p *lineage.PublishPlan) {
			p.Costs[1].Ceiling = p.Costs[1].Quantity / 2
			if err := apply.Seal(&p.Plan, p); err != nil {
				panic(err)
			}
		}, awspatterns.ErrCeiling},
		{"created meanwhile", func(w *world, _ *lineage.Clients, _ *lineage.PublishPlan) {
			w.put("site/graph.json", "mine", nil)
		}, awspatterns.ErrStale},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(awstest.New(t), s3.Bucket{})
			c := w.clients()
			plan, err := lineage.PlanPublish(t.Context(), c, options())
			if err != nil {
				t.Fatal(err)
			}
			test.change(w, &c, &plan)
			before := w.s3.Writes()
			result, err := lineage.ApplyPublish(t.Context(), c, plan)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if n := w.s3.Writes() - before; n > 0 {
				t.Errorf("%d writes", n)
			}
			if len(result.Outcomes) != len(plan.Changes) {
				t.Errorf("%d outcomes for %d changes", len(result.Outcomes), len(plan.Changes))
			}
		})
	}
	t.Run("no graph", func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{})
		plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
		if err != nil {
			t.Fatal(err)
		}
		plan.Graph = nil
		if _, err = lineage.ApplyPublish(t.Context(), w.clients(), plan); err == nil || !strings.Contains(err.Error(), "set it again") {
			t.Errorf("got %v", err)
		}
	})
}

// TestApplyPublishStale changes each object between plan and application.
func TestApplyPublishStale(t *testing.T) {
	for _, key := range []string{"site/graph.json", "site/report.md", "site/index.html", "site/graph.dot"} {
		for _, how := range []string{"overwritten", "deleted", "its mark removed"} {
			t.Run(key+" "+how, func(t *testing.T) {
				w := staleSite(awstest.New(t))
				opts := options()
				opts.CacheControl = "max-age=60" // so that all files change
				plan, err := lineage.PlanPublish(t.Context(), w.clients(), opts)
				if err != nil {
					t.Fatal(err)
				}
				o, existed := w.s3.Get(bucket, key)
				switch how {
				case "overwritten":
					w.put(key, "by another hand", o.Metadata)
				case "deleted":
					w.s3.Delete(bucket, key)
				default:
					o.Metadata = nil
					w.s3.Put(bucket, key, o)
				}
				left, _ := w.s3.Get(bucket, key)
				result, err := lineage.ApplyPublish(t.Context(), w.clients(), plan)
				if how == "deleted" && (!existed || key == "site/graph.dot") {
					if err != nil { // it was not there, or is to go anyway
						t.Fatal(err)
					}
					return
				}
				if !errors.Is(err, awspatterns.ErrStale) || !strings.Contains(err.Error(), key) {
					t.Errorf("got %v, want ErrStale with %s", err, key)
				}
				if len(result.Outcomes) != len(plan.Changes) {
					t.Errorf("got %d outcomes for %d changes", len(result.Outcomes), len(plan.Changes))
				}
				if now, _ := w.s3.Get(bucket, key); string(now.Body) != string(left.Body) {
					t.Errorf("%s was overwritten or deleted", key)
				}
			})
		}
	}
}

// TestPublishAtOnce applies two plans that were made of the same state.
func TestPublishAtOnce(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{Versioned: true})
	var plans [3]lineage.PublishPlan
	for i, g := range []*dag.Graph{graph(), graph(), otherGraph()} {
		opts := options()
		opts.Graph = g
		var err error
		if plans[i], err = lineage.PlanPublish(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
	}
	var errs [3]error
	done := make(chan int)
	for i := range 2 {
		go func() {
			_, errs[i] = lineage.ApplyPublish(t.Context(), w.clients(), plans[i])
			done <- i
		}()
	}
	<-done
	<-done
	if err := errors.Join(errs[:]...); err != nil {
		t.Errorf("two applications of one graph at once: %v", err)
	}
	if w.s3.Writes() != 3 {
		t.Errorf("got %d writes, want 3", w.s3.Writes())
	}
	if _, err := lineage.ApplyPublish(t.Context(), w.clients(), plans[2]); !errors.Is(err, awspatterns.ErrStale) {
		t.Errorf("a plan for another graph: got %v, want ErrStale", err)
	}
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

// TestPublishIncomplete checks what is done of a plan that could not read all.
func TestPublishIncomplete(t *testing.T) {
	w := staleSite(awstest.New(t))
	w.Inject(awstest.Fault{Operation: "S3.HeadObject", Err: awstest.Denied(), Match: func(c awstest.Call) bool {
		return strings.Contains(c.Target, "nodes.csv")
	}})
	plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
	if err != nil || !plan.Incomplete {
		t.Fatalf("got %v and\n%s", err, plan)
	}
	result, err := lineage.ApplyPublish(t.Context(), w.clients(), plan)
	if !errors.Is(err, awspatterns.ErrIncomplete) {
		t.Errorf("got %v, want ErrIncomplete", err)
	}
	var got []string
	for _, o := range result.Outcomes {
		got = append(got, fmt.Sprint(o.State, " ", strings.TrimPrefix(o.Resource.ID, "s3://graphs/site/")))
	}
	want := []string{"applied report.md", "applied index.html", "left graph.dot", "left nodes.csv"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if w.body(t, "site/graph.dot") != "stale" {
		t.Error("a stale object was deleted")
	}
}

// TestPublishMany removes stale objects over several pages of a listing.
func TestPublishMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t), s3.Bucket{})
		w.MaxCalls = 100_000
		for i := range 2500 {
			key := fmt.Sprintf("site/old/%04d", i)
			var metadata map[string]string
			if i%100 == 0 {
				metadata = map[string]string{"awspatterns": lineage.Mark(bucket, "site/", key)}
			}
			w.put(key, "old", metadata)
		}
		plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
		if err != nil {
			t.Fatal(err)
		}
		if plan.Count(awspatterns.Delete) != 25 || plan.Count(awspatterns.Create) != 3 {
			t.Errorf("got\n%s", plan)
		}
		if _, err := lineage.ApplyPublish(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
	})
}

// TestApplyPublishDenied denies each call of an application in turn, after the
// plan was made: what is then not known is neither written nor deleted.
func TestApplyPublishDenied(t *testing.T) {
	calls := func() []awstest.Call {
		w := staleSite(awstest.New(t))
		plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
		if err != nil {
			t.Fatal(err)
		}
		planned := w.Count()
		if _, err := lineage.ApplyPublish(t.Context(), w.clients(), plan); err != nil {
			t.Fatal(err)
		}
		return w.Calls()[planned:]
	}()
	for _, denied := range calls {
		t.Run(denied.Name()+" "+denied.Target, func(t *testing.T) {
			w := staleSite(awstest.New(t))
			plan, err := lineage.PlanPublish(t.Context(), w.clients(), options())
			if err != nil {
				t.Fatal(err)
			}
			before := map[string]s3.Object{}
			for _, o := range plan.Objects {
				before[o.Key], _ = w.s3.Get(bucket, o.Key)
			}
			writes := w.s3.Writes()
			hits := w.Inject(awstest.Fault{Err: awstest.Denied(), Match: func(c awstest.Call) bool { return c.String() == denied.String() }})
			result, err := lineage.ApplyPublish(t.Context(), w.clients(), plan)
			if err == nil || hits() == 0 {
				t.Fatalf("got %v after %d hits", err, hits())
			}
			if result.Outcomes[0].State == awspatterns.Pending && w.s3.Writes() > writes {
				t.Errorf("%d writes, and nothing was begun", w.s3.Writes()-writes)
			}
			for i, o := range result.Outcomes {
				now, _ := w.s3.Get(bucket, plan.Objects[i].Key)
				same := string(now.Body) == string(before[plan.Objects[i].Key].Body)
				if (o.State == awspatterns.Applied) == same {
					t.Errorf("%s is %s, and unchanged: %t", o.Resource, o.State, same)
				}
			}
		})
	}
}

// TestPublishCancelled ends the context at each call.
func TestPublishCancelled(t *testing.T) {
	why := errors.New("shut down")
	for k := 1; ; k++ {
		w := staleSite(awstest.New(t))
		ctx, cancel := context.WithCancelCause(t.Context())
		calls := 0
		w.Inject(awstest.Fault{Match: func(awstest.Call) bool {
			if calls++; calls == k {
				cancel(why)
			}
			return false
		}})
		err := publish(ctx, w.clients(), options())
		if calls < k {
			break // there is no k-th call
		}
		if err != nil && !errors.Is(err, why) {
			t.Errorf("cancelled at call %d: got %v, want the cause", k, err)
		}
		if err := publish(t.Context(), w.clients(), options()); err != nil {
			t.Errorf("publishing again after it was cancelled at call %d: %v", k, err)
		}
	}
}
