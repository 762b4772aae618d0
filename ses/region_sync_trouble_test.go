package ses_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// TestRegionSyncManyTemplates copies 10,000 templates, every hundredth call of which SES
// throttles: it takes the hours that SES takes, which the plan has foretold.
func TestRegionSyncManyTemplates(t *testing.T) {
	sweep(t)
	const templates = 10_000
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.MaxCalls, c.LogLimit = 200_000, -1
		w := newSyncWorld(c)
		w.ses.PageSize = 0
		sdk := w.sdk(syncPrimary)
		for i := range templates {
			did(sdk.CreateEmailTemplate(t.Context(), &sesv2.CreateEmailTemplateInput{
				TemplateName: aws.String(fmt.Sprintf("t%05d", i)), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String(fmt.Sprint(i)), Text: aws.String("…")},
			}))
		}
		c.Inject(awstest.Fault{Operation: "SESv2.CreateEmailTemplate", Match: everyHundredth(), Err: awstest.Status(429, &sestypes.TooManyRequestsException{})})
		opts := ses.RegionSyncOptions{Options: region.Options{Only: []region.Kind{region.Templates}}}
		begin := time.Now()
		plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), opts)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 200*time.Second || took > 6*time.Minute { // 100 pages, and 50 templates in a second
			t.Errorf("planning took %v", took)
		}
		begin = time.Now()
		result, err := ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), plan)
		if err != nil || len(result.Outcomes) != templates {
			t.Fatalf("%d outcomes, %v", len(result.Outcomes), err)
		}
		took, foretold := time.Since(begin), time.Duration(plan.Seconds*float64(time.Second))
		if foretold < (templates-1)*time.Second || took < foretold || took > 2*foretold {
			t.Errorf("took %v, foretold %v", took, foretold)
		}
	})
}

// everyHundredth matches every hundredth first attempt, not its retries.
func everyHundredth() func(awstest.Call) bool {
	n := 0
	return func(c awstest.Call) bool {
		if c.Attempt > 1 {
			return false
		}
		n++
		return n%100 == 0
	}
}

// TestRegionSyncConcurrentEdits has SES answer each write once that somebody else changes the
// same thing at the same time.
func TestRegionSyncConcurrentEdits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		hits := w.Inject(awstest.Fault{
			Operation: "SESv2.*", Attempts: 1, Err: awstest.Status(500, &sestypes.ConcurrentModificationException{}),
			Match: func(c awstest.Call) bool {
				return strings.HasPrefix(c.Operation, "Create") || strings.HasPrefix(c.Operation, "Put") || strings.HasPrefix(c.Operation, "Delete")
			},
		})
		if _, _, err := w.sync(t.Context(), syncOptions()); err != nil {
			t.Fatal(err)
		}
		if hits() < 10 {
			t.Errorf("only %d writes met another", hits())
		}
	})
}

// TestRegionSyncStale changes something after the plan was made, in either Region: that
// change is not made, and nothing after it.
func TestRegionSyncStale(t *testing.T) {
	tests := []struct {
		name   string
		change func(context.Context, *syncWorld)
		stays  string // in the secondary
	}{
		{"the template in the primary", func(ctx context.Context, w *syncWorld) {
			did(w.sdk(syncPrimary).UpdateEmailTemplate(ctx, &sesv2.UpdateEmailTemplateInput{
				TemplateName: aws.String("welcome"), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("Hey")},
			}))
		}, ""},
		{"a template of that name in the secondary", func(ctx context.Context, w *syncWorld) {
			did(w.sdk(syncSecondary).CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
				TemplateName: aws.String("welcome"), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("Mine")},
			}))
		}, `template welcome: subject "Mine"`},
		{"a set of that name in the secondary", func(ctx context.Context, w *syncWorld) {
			did(w.sdk(syncSecondary).CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("news")}))
		}, `"TlsPolicy":"OPTIONAL"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := smallWorld(awstest.New(t))
				plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), syncOptions())
				if err != nil {
					t.Fatal(err)
				}
				test.change(t.Context(), w)
				result, err := ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), plan)
				if !errors.Is(err, awspatterns.ErrStale) {
					t.Fatalf("got %v", err)
				}
				i := slices.IndexFunc(result.Outcomes, func(o awspatterns.Outcome) bool { return o.State == awspatterns.Failed })
				for _, o := range result.Outcomes[i+1:] {
					if o.State != awspatterns.Pending {
						t.Errorf("%s: %s", o.Resource, o.State)
					}
				}
				if !strings.Contains(w.region(syncSecondary).Dump(), test.stays) {
					t.Errorf("what somebody else made is gone:\n%s", w.region(syncSecondary).Dump())
				}
			})
		})
	}
}

// TestRegionSyncSandbox has a secondary in the sandbox, where no mail goes out to anybody.
func TestRegionSyncSandbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		w.region(syncSecondary).ProductionAccess(false)
		w.ses.PageSize = 0
		suppressed(w, 1200)
		opts := syncOptions()
		opts.StagingBucket = "staging"
		plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), opts)
		if err != nil {
			t.Fatal(err)
		}
		text := plan.String()
		for _, want := range []string{"production access", "x   blocked suppression list account in eu-west-1"} {
			if !strings.Contains(text, want) {
				t.Errorf("the plan lacks %q:\n%s", want, text)
			}
		}
		if _, err := ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), plan); !errors.Is(err, awspatterns.ErrIncomplete) {
			t.Errorf("got %v", err)
		}
	})
}

// TestRegionSyncTwoAtOnce runs two processes at the same time: both end, or one finds that
// the other was there, and the next run has nothing to do.
func TestRegionSyncTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.Seed = 7
		w := smallWorld(c)
		errs := make(chan error)
		for range 2 {
			go func() {
				_, _, err := w.sync(t.Context(), syncOptions())
				errs <- err
			}()
		}
		for range 2 {
			if err := <-errs; err != nil && !errors.Is(err, awspatterns.ErrStale) {
				t.Error(err)
			}
		}
		if _, _, err := w.sync(t.Context(), syncOptions()); err != nil {
			t.Fatal(err)
		}
		again, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), syncOptions())
		if err != nil || again.Applies() {
			t.Errorf("%v\n%s", err, again)
		}
	})
}

// TestRegionSyncRefuses has what is refused before the first call.
func TestRegionSyncRefuses(t *testing.T) {
	c := awstest.New(t)
	w := &syncWorld{Cloud: c}
	good := func() (ses.Clients, ses.Clients, ses.RegionSyncOptions) {
		return w.clients(syncPrimary), w.clients(syncSecondary), syncOptions()
	}
	tests := []struct {
		name   string
		change func(p, s *ses.Clients, o *ses.RegionSyncOptions)
		want   string
	}{
		{"one Region", func(_, s *ses.Clients, _ *ses.RegionSyncOptions) { s.Region = syncPrimary }, "two Regions"},
		{"no client", func(p, _ *ses.Clients, _ *ses.RegionSyncOptions) { p.SES = nil }, "Clients lack SES"},
		{"no S3", func(_, s *ses.Clients, o *ses.RegionSyncOptions) { s.S3, o.StagingBucket = nil, "b" }, "S3"},
		{"a rate", func(_, _ *ses.Clients, o *ses.RegionSyncOptions) { o.Rates = ses.Rates{"GetAccount": -1} }, "GetAccount"},
		{"a kind", func(_, _ *ses.Clients, o *ses.RegionSyncOptions) { o.Only = []region.Kind{"mailbox"} }, "mailbox"},
		{"a price", func(_, _ *ses.Clients, o *ses.RegionSyncOptions) { o.ManagedPoolPrice = -1 }, "ManagedPoolPrice"},
		{"a prefix", func(_, _ *ses.Clients, o *ses.RegionSyncOptions) { o.StagingPrefix = "/x" }, "StagingPrefix"},
		{"an ARN", func(_, _ *ses.Clients, o *ses.RegionSyncOptions) { o.ARNs = map[string]string{"topic": "topic"} }, "topic"},
		{"a MAIL FROM", func(_, _ *ses.Clients, o *ses.RegionSyncOptions) {
			o.MailFrom = map[string]string{"example.com": "not a domain"}
		}, "not a domain"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, s, o := good()
			test.change(&p, &s, &o)
			_, err := ses.PlanRegionSync(t.Context(), p, s, o)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "ses: plan region sync: ") {
				t.Errorf("got %v", err)
			}
		})
	}
	if n := c.Count(); n > 0 {
		t.Errorf("%d calls", n)
	}
}

// TestRegionSyncAltered applies plans that are not what was planned.
func TestRegionSyncAltered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), syncOptions())
		if err != nil {
			t.Fatal(err)
		}
		before := w.state()
		renamed := plan
		renamed.Steps = slices.Clone(plan.Steps)
		renamed.Steps[0].Name = "another"
		if _, err := ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), renamed); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("another name: got %v", err)
		}
		if _, err := ses.ApplyRegionSync(t.Context(), w.clients(syncSecondary), w.clients(syncPrimary), plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
			t.Errorf("the Regions swapped: got %v", err)
		}
		if w.state() != before {
			t.Error("something was changed")
		}
	})
}
