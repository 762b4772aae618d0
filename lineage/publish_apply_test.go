package lineage_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/lineage"
)

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

// TestApplyPublishMeanwhile lets another hand and S3 itself interfere while
// a plan for staleSite is applied.
func TestApplyPublishMeanwhile(t *testing.T) {
	const all = "applied report.md, applied index.html, applied graph.dot, applied nodes.csv"
	conflict := awstest.Error(409, "ConditionalRequestConflict", "A conflicting conditional operation is currently in progress")
	tests := []struct {
		name   string
		happen func(w *world)
		want   string
		stale  bool   // ErrStale
		code   string // of the error of S3 that is kept; there is none if this is empty
		says   string
	}{
		{
			name: "a conflict on create",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.PutObject", Attempts: 1, Match: on("report.md"), Err: conflict})
			},
			want: all,
		},
		{
			name:   "a conflict on delete",
			happen: func(w *world) { w.Inject(awstest.Fault{Operation: "S3.DeleteObject", Attempts: 1, Err: conflict}) },
			want:   all,
		},
		{
			name:   "conflicts until the retries end, once",
			happen: func(w *world) { w.Inject(awstest.Fault{Operation: "S3.PutObject", Times: 3, Err: conflict}) },
			want:   all,
		},
		{
			name:   "conflicts without end",
			happen: func(w *world) { w.Inject(awstest.Fault{Operation: "S3.PutObject", Err: conflict}) },
			want:   "failed report.md, pending index.html, pending graph.dot, pending nodes.csv",
			stale:  true, code: "ConditionalRequestConflict", says: "create S3 object s3://graphs/site/report.md",
		},
		{
			name:   "created before it is written",
			happen: func(w *world) { w.before("S3.PutObject", "report.md", func() { w.put("site/report.md", "mine", nil) }) },
			want:   "failed report.md, pending index.html, pending graph.dot, pending nodes.csv",
			stale:  true, code: "PreconditionFailed",
		},
		{
			name: "overwritten before it is written",
			happen: func(w *world) {
				w.before("S3.PutObject", "index.html", func() { w.put("site/index.html", "mine", nil) })
			},
			want:  "applied report.md, failed index.html, pending graph.dot, pending nodes.csv",
			stale: true, code: "PreconditionFailed",
		},
		{
			name: "deleted before it is written",
			happen: func(w *world) {
				w.before("S3.PutObject", "index.html", func() { w.s3.Delete(bucket, "site/index.html") })
			},
			want:  "applied report.md, failed index.html, pending graph.dot, pending nodes.csv",
			stale: true, code: "NoSuchKey",
		},
		{
			name: "deleted after it was listed",
			happen: func(w *world) {
				w.before("S3.HeadObject", "graph.dot", func() { w.s3.Delete(bucket, "site/graph.dot") })
			},
			want: "applied report.md, applied index.html, already graph.dot, applied nodes.csv",
		},
		{
			name: "deleted before it is deleted",
			happen: func(w *world) {
				w.before("S3.DeleteObject", "graph.dot", func() { w.s3.Delete(bucket, "site/graph.dot") })
			},
			want: all, // who did it cannot be told
		},
		{
			name: "overwritten before it is deleted",
			happen: func(w *world) {
				w.before("S3.DeleteObject", "graph.dot", func() { w.put("site/graph.dot", "mine", nil) })
			},
			want:  "applied report.md, applied index.html, failed graph.dot, pending nodes.csv",
			stale: true, code: "PreconditionFailed",
		},
		{
			name: "the answer of a deletion is lost",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.DeleteObject", Attempts: 1, Applied: true, Err: serverError()})
			},
			want: all,
		},
		{
			name: "the bucket is gone",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.PutObject", Err: awstest.Error(404, "NoSuchBucket", "The specified bucket does not exist")})
			},
			want: "failed report.md, pending index.html, pending graph.dot, pending nodes.csv",
			code: "NoSuchBucket",
		},
		{
			name:   "it may not be written",
			happen: func(w *world) { w.Inject(awstest.Fault{Operation: "S3.PutObject", Err: awstest.Denied()}) },
			want:   "failed report.md, pending index.html, pending graph.dot, pending nodes.csv",
			code:   "AccessDenied", says: "the permission is missing",
		},
		{
			name:   "deleted before it is looked at",
			happen: func(w *world) { w.s3.Delete(bucket, "site/index.html") },
			want:   "applied report.md, failed index.html, pending graph.dot, pending nodes.csv",
			stale:  true,
		},
		{
			name: "another process is working on the bucket",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.PutObject", Err: awstest.Error(409, "OperationAborted", "")})
			},
			want: "failed report.md, pending index.html, pending graph.dot, pending nodes.csv",
			code: "OperationAborted",
		},
		{
			name: "it cannot be looked at before it is deleted",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.HeadObject", Match: on("graph.dot"), Err: serverError()})
			},
			want: "applied report.md, applied index.html, failed graph.dot, pending nodes.csv",
			code: "InternalError",
		},
		{
			name: "it may not be looked at before it is deleted",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.HeadObject", Match: on("graph.dot"), Err: awstest.Error(403, "Forbidden", "")})
			},
			want: "applied report.md, applied index.html, failed graph.dot, pending nodes.csv",
			code: "Forbidden", says: "the permission is missing",
		},
		{
			name: "it cannot be listed before it is deleted",
			happen: func(w *world) {
				w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Match: on("graph.dot"), Err: serverError()})
			},
			want: "applied report.md, applied index.html, failed graph.dot, pending nodes.csv",
			code: "InternalError",
		},
		{
			name:   "who calls cannot be told",
			happen: func(w *world) { w.Inject(awstest.Fault{Operation: "STS.*", Err: serverError()}) },
			want:   "pending report.md, pending index.html, pending graph.dot, pending nodes.csv",
			code:   "InternalError",
		},
	}
	for _, versioned := range []bool{false, true} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, versioned %t", test.name, versioned), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := publishedSite(t, s3.Bucket{Versioned: versioned, ListPrefix: "site/"})
					w.s3.Delete(bucket, "site/old")
					w.s3.Delete(bucket, "site/report.md")
					w.putMarked("site/graph.dot", "stale")
					w.putMarked("site/nodes.csv", "stale")
					opts := options()
					opts.HTML.Title = "Films"
					plan := planned(t, w, opts)
					test.happen(w)
					got, err := applied(t, w, plan)
					if got != test.want {
						t.Errorf("got  %s\nwant %s", got, test.want)
					}
					if failed := strings.Contains(test.want, "pending"); (err != nil) != failed || errors.Is(err, awspatterns.ErrStale) != test.stale {
						t.Fatalf("got %v, want an error: %t, ErrStale: %t", err, failed, test.stale)
					}
					var code string
					if api, ok := errors.AsType[smithy.APIError](err); ok {
						code = api.ErrorCode()
					}
					if code != test.code {
						t.Errorf("got %v, want the cause %q", err, test.code)
					}
					if err != nil && !strings.Contains(err.Error(), test.says) {
						t.Errorf("got %v, which does not say %q", err, test.says)
					}
				})
			})
		}
	}
}

// TestApplyPublishAgain applies a plan with deletions twice.
func TestApplyPublishAgain(t *testing.T) {
	for _, b := range []s3.Bucket{{}, {ListPrefix: "site/"}, {Versioned: true}, {KMSKey: kmsKey}} {
		w := publishedSite(t, b)
		opts := options()
		opts.HTML.Title = "Films"
		plan := planned(t, w, opts)
		for _, want := range []string{"applied index.html, applied old", "already index.html, already old"} {
			if got, err := applied(t, w, plan); err != nil || got != want {
				t.Errorf("%+v: got %s and %v, want %s", b, got, err, want)
			}
		}
	}
}

// TestApplyPublishFoundOther changes, one at a time, all that tells an object from
// another, between planning and applying.
func TestApplyPublishFoundOther(t *testing.T) {
	for name, edit := range map[string]func(out *sdk.HeadObjectOutput){
		"nothing": func(*sdk.HeadObjectOutput) {},
		"time zone": func(out *sdk.HeadObjectOutput) {
			out.LastModified = aws.Time(out.LastModified.In(time.FixedZone("", 3600)))
		},
		"ETag":          func(out *sdk.HeadObjectOutput) { out.ETag = aws.String(`"other"`) },
		"version":       func(out *sdk.HeadObjectOutput) { out.VersionId = aws.String("other") },
		"time":          func(out *sdk.HeadObjectOutput) { out.LastModified = aws.Time(out.LastModified.Add(time.Second)) },
		"content type":  func(out *sdk.HeadObjectOutput) { out.ContentType = aws.String("text/plain") },
		"cache control": func(out *sdk.HeadObjectOutput) { out.CacheControl = aws.String("private") },
		"KMS key":       func(out *sdk.HeadObjectOutput) { out.SSEKMSKeyId = aws.String(kmsKey) },
		"mark":          func(out *sdk.HeadObjectOutput) { out.Metadata = nil },
	} {
		for _, key := range []string{"site/index.html", "site/old"} { // an update and a deletion
			t.Run(key+" "+name, func(t *testing.T) {
				w := publishedSite(t, s3.Bucket{Versioned: true})
				opts := options()
				opts.HTML.Title = "Films"
				plan := planned(t, w, opts)
				c := w.clients()
				c.S3 = head{c.S3, func(of string, out *sdk.HeadObjectOutput) {
					if of == key {
						edit(out)
					}
				}}
				before, _ := w.s3.Get(bucket, key)
				_, err := lineage.ApplyPublish(t.Context(), c, plan)
				if name == "nothing" || name == "time zone" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if !errors.Is(err, awspatterns.ErrStale) || !strings.Contains(err.Error(), key) {
					t.Errorf("got %v, want ErrStale", err)
				}
				if now, exists := w.s3.Get(bucket, key); !exists || string(now.Body) != string(before.Body) {
					t.Error("it was changed all the same")
				}
			})
		}
	}
}

// TestApplyPublishRewritten applies a plan once more after another hand has written
// the page again with the content that it has.
func TestApplyPublishRewritten(t *testing.T) {
	for _, test := range []struct {
		name    string
		rewrite func(in *sdk.PutObjectInput)
		again   []string // of a new plan
	}{
		{name: "as it was", rewrite: func(*sdk.PutObjectInput) {}},
		{"its mark removed", func(in *sdk.PutObjectInput) { in.Metadata = nil }, []string{"blocked index.html: "}},
		{"its content type", func(in *sdk.PutObjectInput) { in.ContentType = aws.String("text/plain") }, []string{"update index.html: content type"}},
		{"its cache control", func(in *sdk.PutObjectInput) { in.CacheControl = aws.String("private") }, []string{"update index.html: cache control"}},
		{"its checksum", func(in *sdk.PutObjectInput) { in.ChecksumAlgorithm = s3types.ChecksumAlgorithmCrc32 }, []string{"update index.html: content"}},
	} {
		for _, applies := range []bool{false, true} { // before
			t.Run(fmt.Sprintf("%s, applied %t", test.name, applies), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // so that the time is the same
					w := newWorld(awstest.New(t), s3.Bucket{})
					opts := options()
					opts.HTML.Title = "Yesterday"
					if err := publish(t.Context(), w.clients(), opts); err != nil {
						t.Fatal(err)
					}
					plan := planned(t, w, options())
					if applies {
						if _, err := applied(t, w, plan); err != nil {
							t.Fatal(err)
						}
					}
					w.rewrite(t, "site/index.html", test.rewrite)
					writes := w.s3.Writes()
					_, err := applied(t, w, plan)
					// That its checksum alone is gone, is seen only if the plan was applied.
					if want := test.again != nil && (applies || test.name != "its checksum"); errors.Is(err, awspatterns.ErrStale) != want || !want && err != nil {
						t.Errorf("got %v, want ErrStale: %t", err, want)
					} else if want && w.s3.Writes() > writes {
						t.Error("it was written")
					}
					if again := planned(t, w, options()); applies && !slices.Equal(brief(again), test.again) {
						t.Errorf("planning again gave %q, want %q", brief(again), test.again)
					}
				})
			})
		}
	}
}

// TestApplyPublishOldPlan applies an old plan after a newer one, which has put
// back what the old plan found.
func TestApplyPublishOldPlan(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		t.Run(fmt.Sprintf("versioned %t", versioned), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t), s3.Bucket{Versioned: versioned})
				var plans []lineage.PublishPlan
				for _, title := range []string{"A", "B", "A"} {
					opts := options()
					opts.HTML.Title = title
					plan := planned(t, w, opts)
					if _, err := applied(t, w, plan); err != nil {
						t.Fatal(err)
					}
					plans = append(plans, plan)
					time.Sleep(2 * time.Second) // S3 knows times in seconds
				}
				writes := w.s3.Writes()
				if _, err := applied(t, w, plans[1]); !errors.Is(err, awspatterns.ErrStale) || w.s3.Writes() > writes {
					t.Errorf("got %v, want ErrStale", err)
				}
				if states, err := applied(t, w, plans[2]); err != nil || states != "already index.html" {
					t.Errorf("the newest plan: got %s and %v", states, err)
				}
			})
		})
	}
}

// TestApplyPublishUnreadable adopts an object whose content is not to be had, and
// that is overwritten meanwhile.
func TestApplyPublishUnreadable(t *testing.T) {
	w := publishedSite(t, s3.Bucket{})
	w.s3.DenyKMS(kmsKey)
	w.s3.Put(bucket, "site/report.md", s3.Object{Body: []byte("theirs"), KMSKey: kmsKey})
	opts := options()
	opts.Adopt = true
	plan := planned(t, w, opts)
	w.s3.Put(bucket, "site/report.md", s3.Object{Body: []byte("theirs, too"), KMSKey: kmsKey})
	if _, err := applied(t, w, plan); err == nil || w.body(t, "site/report.md") != "theirs, too" {
		t.Errorf("got %v", err)
	}
}

// TestApplyPublishClients lacks each member of Clients.
func TestApplyPublishClients(t *testing.T) {
	w := newWorld(awstest.New(t), s3.Bucket{})
	plan := planned(t, w, options())
	for want, drop := range map[string]func(c *lineage.Clients){
		"no S3 client":  func(c *lineage.Clients) { c.S3 = nil },
		"no STS client": func(c *lineage.Clients) { c.STS = nil },
		"no Region":     func(c *lineage.Clients) { c.Region = "" },
	} {
		c := w.clients()
		drop(&c)
		before := w.Count()
		result, err := lineage.ApplyPublish(t.Context(), c, plan)
		if err == nil || !strings.Contains(err.Error(), want) || w.Count() > before || len(result.Outcomes) != 3 {
			t.Errorf("applying: got %v after %d calls, %d outcomes; want %q", err, w.Count()-before, len(result.Outcomes), want)
		}
		if _, err := lineage.PlanPublish(t.Context(), c, options()); err == nil || !strings.Contains(err.Error(), want) || w.Count() > before {
			t.Errorf("planning: got %v, want %q", err, want)
		}
	}
}

// TestApplyPublishResealed changes a plan and seals it again: changes and objects
// must fit all the same.
func TestApplyPublishResealed(t *testing.T) {
	const update, remove = 0, 1
	for name, change := range map[string]func(p *lineage.PublishPlan){
		"deletes what it adopts":        func(p *lineage.PublishPlan) { p.Changes[remove].Adopts = true },
		"deletes what was not found":    func(p *lineage.PublishPlan) { p.Objects[remove].Found = nil },
		"deletes with content":          func(p *lineage.PublishPlan) { p.Objects[remove].SHA256 = p.Objects[update].SHA256 },
		"deletes what is to be written": func(p *lineage.PublishPlan) { p.Changes[update].Action = awspatterns.Delete },
		"writes no content":             func(p *lineage.PublishPlan) { p.Objects[update].SHA256 = "" },
		"is about another object":       func(p *lineage.PublishPlan) { p.Changes[remove].Resource.ID = "s3://graphs/site/other" },
		"is about another bucket":       func(p *lineage.PublishPlan) { p.Bucket = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			w := publishedSite(t, s3.Bucket{})
			opts := options()
			opts.HTML.Title = "Films"
			plan := planned(t, w, opts)
			change(&plan)
			if err := apply.Seal(&plan.Plan, &plan); err != nil {
				t.Fatal(err)
			}
			before := w.Count()
			states, err := applied(t, w, plan)
			if !errors.Is(err, awspatterns.ErrAltered) || w.Count() > before || !strings.HasPrefix(states, "pending ") {
				t.Errorf("got %s and %v after %d calls, want ErrAltered", states, err, w.Count()-before)
			}
		})
	}
}
