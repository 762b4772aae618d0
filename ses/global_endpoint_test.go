package ses_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
)

// briefPlan tells each change by its action and fields.
func briefPlan(p awspatterns.Plan) string {
	var lines []string
	for _, c := range p.Changes {
		line := string(c.Action)
		if c.Adopts {
			line += " (adopts)"
		}
		for _, f := range c.Fields {
			line += fmt.Sprintf(", %s: %s > %s", f.Name, f.Old, f.New)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// TestPlanGlobalEndpoint goes through what can be there and what can be wanted.
func TestPlanGlobalEndpoint(t *testing.T) {
	keep := ses.GlobalEndpointOptions{Name: "mail"}
	tag := ses.GlobalEndpointOptions{Name: "mail", Tags: map[string]string{"team": ""}}
	replace := ses.GlobalEndpointOptions{Name: "mail", Replace: true}
	adopt := ses.GlobalEndpointOptions{Name: "mail", Adopt: true}
	remove := ses.GlobalEndpointOptions{Name: "mail", Delete: true}
	both := ses.GlobalEndpointOptions{Name: "mail", Replace: true, Adopt: true}
	const (
		right = endpointSecondary
		wrong = "us-east-1"
		mark  = "tag awspatterns:global-endpoint: "
		to    = ", secondary Region: us-east-1 > eu-central-1"
		newID = ", EndpointId: 00000001.g3h > (new)"
	)
	none := newEndpointWorld
	is := func(secondary string, status sestypes.Status, ours bool) func(*awstest.Cloud) *endpointWorld {
		if !ours {
			return endpointThere(secondary, status)
		}
		return endpointThere(secondary, status, endpointMark(secondary))
	}
	created := "create, Regions:  > eu-west-1 and eu-central-1, " + mark + " > eu-central-1"
	for _, test := range []struct {
		name  string
		start func(*awstest.Cloud) *endpointWorld
		opts  ses.GlobalEndpointOptions
		want  string
	}{
		{"none", none, keep, created},
		{"none, tags", none, tag, created + `, tag team:  > ""`},
		{"none, delete", none, remove, ""},
		{"none, replace", none, replace, created},
		{"ready", is(right, sestypes.StatusReady, true), keep, ""},
		{"ready, replace", is(right, sestypes.StatusReady, true), replace, ""},
		{"ready, tag", is(right, sestypes.StatusReady, true), tag, `update, tag team:  > ""`},
		{"ready, delete", is(right, sestypes.StatusReady, true), remove, "delete, EndpointId: 00000001.g3h > "},
		{"foreign", is(right, sestypes.StatusReady, false), keep, ""},
		{"foreign, adopt", is(right, sestypes.StatusReady, false), adopt, "update (adopts), " + mark + " > eu-central-1"},
		{"foreign, tag", is(right, sestypes.StatusReady, false), tag, `blocked, tag team:  > ""`},
		{"foreign, delete", is(right, sestypes.StatusReady, false), remove, "blocked"},
		{"creating", is(right, sestypes.StatusCreating, true), keep, "update, status: CREATING > READY"},
		{"creating, tag", is(right, sestypes.StatusCreating, true), tag, `update, status: CREATING > READY, tag team:  > ""`},
		{"creating, foreign", is(right, sestypes.StatusCreating, false), keep, "update, status: CREATING > READY"},
		{"deleting", is(right, sestypes.StatusDeleting, true), keep, created},
		{"deleting, delete", is(right, sestypes.StatusDeleting, false), remove, "delete"},
		{"wrong", is(wrong, sestypes.StatusReady, true), keep, "blocked" + to},
		{"wrong, adopt", is(wrong, sestypes.StatusReady, false), adopt, "blocked" + to},
		{"wrong, replace", is(wrong, sestypes.StatusReady, true), replace, "replace" + to + newID + ", " + mark + "us-east-1 > eu-central-1"},
		{"wrong, foreign, replace", is(wrong, sestypes.StatusReady, false), replace, "blocked"},
		{"wrong, foreign, replace and adopt", is(wrong, sestypes.StatusReady, false), both, "replace (adopts)" + to + newID + ", " + mark + " > eu-central-1"},
		{"wrong, delete", is(wrong, sestypes.StatusReady, true), remove, "delete, EndpointId: 00000001.g3h > "},
		{"failed", is(right, sestypes.StatusFailed, true), keep, "blocked"},
		{"failed, replace", is(right, sestypes.StatusFailed, true), replace, "replace" + newID},
		{"failed, delete", is(right, sestypes.StatusFailed, true), remove, "delete, EndpointId: 00000001.g3h > "},
	} {
		t.Run(test.name, func(t *testing.T) {
			inEndpointWorld(t, test.start, func(t *testing.T, w *endpointWorld) {
				plan, err := w.plan(t.Context(), test.opts)
				if err != nil {
					t.Fatal(err)
				}
				if got := briefPlan(plan.Plan); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				creates := plan.Count(awspatterns.Create)+plan.Count(awspatterns.Replace) > 0
				if (len(plan.Costs) > 0) != creates {
					t.Errorf("costs %v", plan.Costs)
				}
			})
		})
	}
}

// What plans look like to who approves them.
func TestGlobalEndpointPlanText(t *testing.T) {
	replace := endpointCases()["replace"]
	replace.opts.Messages, replace.opts.Premium = 2e6, .00003
	for name, c := range map[string]endpointCase{
		"create": endpointCases()["create"], "replace": replace, "delete": endpointCases()["delete"],
		"blocked": {replace.start, ses.GlobalEndpointOptions{Name: "mail"}},
	} {
		inEndpointWorld(t, c.start, func(t *testing.T, w *endpointWorld) {
			plan, err := w.plan(t.Context(), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, "testdata/golden/global_endpoint_"+name+".txt", plan.String())
		})
	}
}

func TestApplyGlobalEndpoint(t *testing.T) {
	for name, c := range endpointCases() {
		t.Run(name, func(t *testing.T) {
			inEndpointWorld(t, c.start, func(t *testing.T, w *endpointWorld) {
				result, err := w.apply(t.Context(), c.opts)
				if err != nil {
					t.Fatal(err)
				}
				out, err := sesv2.NewFromConfig(w.Config(endpointPrimary, endpointAccount)).
					GetMultiRegionEndpoint(t.Context(), &sesv2.GetMultiRegionEndpointInput{EndpointName: aws.String("mail")})
				if c.opts.Delete {
					if _, gone := errors.AsType[*sestypes.NotFoundException](err); !gone || result.EndpointID != "" {
						t.Errorf("got %v, id %q", err, result.EndpointID)
					}
					return
				}
				if err != nil || result.EndpointID != *out.EndpointId || out.Status != sestypes.StatusReady {
					t.Errorf("got %q, there is %v, %v", result.EndpointID, out, err)
				}
				// The second time, planning tells the id and applying calls nothing.
				plan, err := w.plan(t.Context(), c.opts)
				if err != nil || !plan.Empty() {
					t.Errorf("planning again: %v\n%s", err, plan)
				}
				n := w.Count()
				again, err := w.applyPlan(t.Context(), plan)
				if err != nil || again.EndpointID != result.EndpointID || w.Count() != n {
					t.Errorf("applying nothing: %v, %q, after %d calls", err, again.EndpointID, w.Count()-n)
				}
			})
		})
	}
}

// TestGlobalEndpointFails has SES fail to provision the endpoint: that is told when it is
// seen, and the endpoint is replaced only if the options say so.
func TestGlobalEndpointFails(t *testing.T) {
	inEndpointWorld(t, newEndpointWorld, func(t *testing.T, w *endpointWorld) {
		w.primary.FailEndpoint("mail", 1)
		began := time.Now()
		result, err := w.apply(t.Context(), ses.GlobalEndpointOptions{Name: "mail"})
		failed, ok := errors.AsType[*ses.EndpointFailedError](err)
		if !ok || failed.Name != "mail" || failed.EndpointID == "" || result.EndpointID != "" {
			t.Fatalf("got %v, %+v", err, result)
		}
		if !strings.HasPrefix(err.Error(), "ses: apply global endpoint mail: ") || !strings.Contains(err.Error(), "Replace") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %v", took)
		}
		if _, err := w.apply(t.Context(), ses.GlobalEndpointOptions{Name: "mail"}); !errors.Is(err, awspatterns.ErrIncomplete) {
			t.Errorf("without Replace: got %v", err)
		}
		replaced, err := w.apply(t.Context(), ses.GlobalEndpointOptions{Name: "mail", Replace: true})
		if err != nil || replaced.EndpointID == failed.EndpointID || replaced.EndpointID == "" {
			t.Errorf("with Replace: got %q, %v", replaced.EndpointID, err)
		}
	})
}

// TestGlobalEndpointPatience has an endpoint that takes longer than the options say.
func TestGlobalEndpointPatience(t *testing.T) {
	for name, c := range map[string]endpointCase{
		"create": endpointCases()["create"], "replace": endpointCases()["replace"], "delete": endpointCases()["delete"],
	} {
		t.Run(name, func(t *testing.T) {
			inEndpointWorld(t, c.start, func(t *testing.T, w *endpointWorld) {
				w.ses.Settle = time.Hour
				c.opts.Wait = 5 * time.Minute
				time.Sleep(2 * time.Hour) // what was there has settled
				began := time.Now()
				_, err := w.apply(t.Context(), c.opts)
				if err == nil || !strings.Contains(err.Error(), "after 5m0s: apply the plan again later") {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took < 5*time.Minute || took > 6*time.Minute {
					t.Errorf("it took %v", took)
				}
				c.opts.Wait = 3 * time.Hour
				if _, err := w.apply(t.Context(), c.opts); err != nil {
					t.Errorf("again, with more patience: %v", err)
				}
			})
		})
	}
}

// TestGlobalEndpointStale has another hand change the endpoint between planning and
// applying.
func TestGlobalEndpointStale(t *testing.T) {
	cases := endpointCases()
	for _, test := range []struct {
		name   string
		c      endpointCase
		meddle func(w *endpointWorld)
		is     error
	}{
		{"created by another", cases["create"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", endpointSecondary, sestypes.StatusReady)
		}, awspatterns.ErrStale},
		{"created with another Region", cases["create"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", "us-east-1", sestypes.StatusReady, endpointMark("us-east-1"))
		}, awspatterns.ErrStale},
		{"created as planned", cases["create"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", endpointSecondary, sestypes.StatusReady, endpointMark(endpointSecondary))
		}, nil},
		{"replaced by another", cases["replace"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", "us-east-1", sestypes.StatusReady, endpointMark("us-east-1"))
		}, awspatterns.ErrStale},
		{"another one to delete", cases["delete"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", "us-east-1", sestypes.StatusReady, endpointMark("us-east-1"))
		}, awspatterns.ErrStale},
		{"another one to tag", cases["tag"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", endpointSecondary, sestypes.StatusReady, endpointMark(endpointSecondary))
		}, awspatterns.ErrStale},
		{"it is being deleted", cases["tag"], func(w *endpointWorld) {
			w.primary.MakeEndpoint("mail", endpointSecondary, sestypes.StatusDeleting)
		}, awspatterns.ErrStale},
	} {
		t.Run(test.name, func(t *testing.T) {
			inEndpointWorld(t, test.c.start, func(t *testing.T, w *endpointWorld) {
				plan, err := w.plan(t.Context(), test.c.opts)
				if err != nil {
					t.Fatal(err)
				}
				test.meddle(w)
				before := w.dump()
				if _, err := w.applyPlan(t.Context(), plan); !errors.Is(err, test.is) {
					t.Errorf("got %v, want %v", err, test.is)
				}
				if got := w.dump(); got != before {
					t.Errorf("it left\n%sof\n%s", got, before)
				}
			})
		})
	}
}

// TestGlobalEndpointDeletedMeanwhile has another hand delete the endpoint while it is waited
// for.
func TestGlobalEndpointDeletedMeanwhile(t *testing.T) {
	inEndpointWorld(t, newEndpointWorld, func(t *testing.T, w *endpointWorld) {
		go func() {
			time.Sleep(15 * time.Second)
			w.primary.MakeEndpoint("mail", endpointSecondary, sestypes.StatusDeleting)
		}()
		if _, err := w.apply(t.Context(), ses.GlobalEndpointOptions{Name: "mail"}); !errors.Is(err, awspatterns.ErrStale) {
			t.Errorf("got %v", err)
		}
	})
}

// TestGlobalEndpointCancelled ends the context while it is waited.
func TestGlobalEndpointCancelled(t *testing.T) {
	inEndpointWorld(t, newEndpointWorld, func(t *testing.T, w *endpointWorld) {
		why := errors.New("shut down")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 12*time.Second, why)
		defer cancel()
		result, err := w.apply(ctx, ses.GlobalEndpointOptions{Name: "mail"})
		if !errors.Is(err, why) || result.EndpointID != "" {
			t.Errorf("got %v, %+v", err, result)
		}
		if _, err := w.apply(t.Context(), ses.GlobalEndpointOptions{Name: "mail"}); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

func TestGlobalEndpointLimit(t *testing.T) {
	inEndpointWorld(t, newEndpointWorld, func(t *testing.T, w *endpointWorld) {
		w.Inject(awstest.Fault{Operation: "SESv2.CreateMultiRegionEndpoint", Err: awstest.Status(http.StatusBadRequest,
			&sestypes.LimitExceededException{Message: aws.String("too many")})})
		_, err := w.apply(t.Context(), ses.GlobalEndpointOptions{Name: "mail"})
		if _, limit := errors.AsType[*sestypes.LimitExceededException](err); !limit || !strings.Contains(err.Error(), "no longer used") {
			t.Errorf("got %v", err)
		}
	})
}

// TestGlobalEndpointRefused gives what cannot be: nothing is called.
func TestGlobalEndpointRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(o *ses.GlobalEndpointOptions, primary, secondary *ses.Clients)
		want  string
	}{
		{"no name", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Name = "" }, "the Name"},
		{"a dot", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Name = "a.b" }, "the Name"},
		{"a line", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Name = "mail\n" }, "the Name"},
		{"too long", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Name = strings.Repeat("a", 65) }, "the Name"},
		{"both", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Delete, o.Replace = true, true }, "Delete and Replace"},
		{"wait", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Wait = -1 }, "the Wait"},
		{"premium", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Premium = math.NaN() }, "Premium is NaN"},
		{"messages", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Messages = math.Inf(1) }, "Messages is +Inf"},
		{"the mark", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) {
			o.Tags = map[string]string{"awspatterns:global-endpoint": "x"}
		}, "not the caller's"},
		{"aws:", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Tags = map[string]string{"AWS:x": "x"} }, "not the caller's"},
		{"rates", func(o *ses.GlobalEndpointOptions, _, _ *ses.Clients) { o.Rates = ses.Rates{"TagResource": 0} }, "rates: TagResource"},
		{"one Region", func(_ *ses.GlobalEndpointOptions, p, s *ses.Clients) { s.Region = p.Region }, "both Regions"},
		{"no Region", func(_ *ses.GlobalEndpointOptions, _, s *ses.Clients) { s.Region = "" }, "no Region"},
		{"no SES", func(_ *ses.GlobalEndpointOptions, p, _ *ses.Clients) { p.SES = nil }, "no SES client"},
		{"no STS", func(_ *ses.GlobalEndpointOptions, _, s *ses.Clients) { s.STS = nil }, "no STS client"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newEndpointWorld(awstest.New(t))
			opts := ses.GlobalEndpointOptions{Name: "mail"}
			primary, secondary := w.clients()
			test.spoil(&opts, &primary, &secondary)
			_, err := ses.PlanGlobalEndpoint(t.Context(), primary, secondary, opts)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "ses: plan global endpoint") || w.Count() != 0 {
				t.Errorf("got %v after %d calls", err, w.Count())
			}
		})
	}
}

// TestGlobalEndpointElsewhere applies a plan with other clients, and one that was altered.
func TestGlobalEndpointElsewhere(t *testing.T) {
	inEndpointWorld(t, newEndpointWorld, func(t *testing.T, w *endpointWorld) {
		plan, err := w.plan(t.Context(), ses.GlobalEndpointOptions{Name: "mail", Messages: 10, MaxMessages: 20})
		if err != nil {
			t.Fatal(err)
		}
		in := func(region, account string) ses.Clients { return ses.NewClients(w.Config(region, account)) }
		for name, c := range map[string][2]ses.Clients{
			"another account":   {in(endpointPrimary, "999999999999"), in(endpointSecondary, "999999999999")},
			"two accounts":      {in(endpointPrimary, endpointAccount), in(endpointSecondary, "999999999999")},
			"two partitions":    {in(endpointPrimary, endpointAccount), in("us-gov-west-1", endpointAccount)},
			"another secondary": {in(endpointPrimary, endpointAccount), in("us-east-1", endpointAccount)},
			"swapped":           {in(endpointSecondary, endpointAccount), in(endpointPrimary, endpointAccount)},
		} {
			if _, err := ses.ApplyGlobalEndpoint(t.Context(), c[0], c[1], plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		altered := plan
		altered.Options.Delete = true
		if _, err := w.applyPlan(t.Context(), altered); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("altered: got %v", err)
		}
		dear, err := w.plan(t.Context(), ses.GlobalEndpointOptions{Name: "mail", Messages: 10, MaxMessages: 5})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.applyPlan(t.Context(), dear); !errors.Is(err, awspatterns.ErrCeiling) {
			t.Errorf("too many messages: got %v", err)
		}
		if got := w.dump(); strings.Contains(got, "mail") {
			t.Errorf("it left\n%s", got)
		}
	})
}

// TestGlobalEndpointKeepsTags: an endpoint that takes the place of another has its tags, too.
func TestGlobalEndpointKeepsTags(t *testing.T) {
	tags := []sestypes.Tag{endpointMark("us-east-1"), {Key: aws.String("cost"), Value: aws.String("7")}, {Key: aws.String("team"), Value: aws.String("old")}}
	opts := ses.GlobalEndpointOptions{Name: "mail", Replace: true, Tags: map[string]string{"team": "new"}}
	inEndpointWorld(t, endpointThere("us-east-1", sestypes.StatusReady, tags...), func(t *testing.T, w *endpointWorld) {
		if _, err := w.apply(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		if got, want := w.dump(), "tags awspatterns:global-endpoint=eu-central-1 cost=7 team=new\n"; !strings.Contains(got, want) {
			t.Errorf("it left\n%s", got)
		}
	})
	for len(tags) < 50 {
		tags = append(tags, sestypes.Tag{Key: aws.String(fmt.Sprint("k", len(tags))), Value: aws.String("")})
	}
	inEndpointWorld(t, endpointThere("us-east-1", sestypes.StatusReady, tags...), func(t *testing.T, w *endpointWorld) {
		opts.Tags = map[string]string{"one": "more"}
		plan, err := w.plan(t.Context(), opts)
		if err != nil || briefPlan(plan.Plan) != "blocked" {
			t.Errorf("51 tags: got %v, %s", err, briefPlan(plan.Plan))
		}
	})
}

// TestGlobalEndpointTwice has two processes do the same at the same time.
func TestGlobalEndpointTwice(t *testing.T) {
	for _, name := range []string{"create", "replace", "delete"} {
		c := endpointCases()[name]
		inEndpointWorld(t, c.start, func(t *testing.T, w *endpointWorld) {
			w.primary.EndpointLag = 3 * time.Second
			var results [2]ses.GlobalEndpointResult
			var errs [2]error
			var wg sync.WaitGroup
			for i := range results {
				wg.Go(func() { results[i], errs[i] = w.apply(t.Context(), c.opts) })
			}
			wg.Wait()
			if errs[0] != nil || errs[1] != nil || results[0].EndpointID != results[1].EndpointID {
				t.Errorf("%s: got %v, %v, %q", name, errs[0], errs[1], []string{results[0].EndpointID, results[1].EndpointID})
			}
			if plan, err := w.plan(t.Context(), c.opts); err != nil || !plan.Empty() {
				t.Errorf("%s: it left, with %v\n%s", name, err, plan)
			}
		})
	}
}
