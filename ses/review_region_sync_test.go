package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	standin "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

func onlyLists() ses.RegionSyncOptions {
	return ses.RegionSyncOptions{Options: region.Options{Only: []region.Kind{region.SuppressionList}, TwoWaySuppression: true}}
}

func planOf(t *testing.T, w *syncWorld, opts ses.RegionSyncOptions) ses.RegionSyncPlan {
	t.Helper()
	plan, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func applyOf(t *testing.T, w *syncWorld, plan ses.RegionSyncPlan) {
	t.Helper()
	if _, err := ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), plan); err != nil {
		t.Fatalf("%v\n%s", err, plan)
	}
}

// fillSuppressed puts n addresses onto the list of a Region.
func (w *syncWorld) fillSuppressed(where, at string, n int) {
	w.region(where).FillSuppressed(n, func(i int) (string, sestypes.SuppressionListReason) {
		return fmt.Sprintf("a%06d@%s", i, at), sestypes.SuppressionListReasonBounce
	})
}

// TestReviewLongListBack decides about a bucket for each direction by what goes in it.
func TestReviewLongListBack(t *testing.T) {
	tests := []struct {
		name              string
		missing, extra    int
		bucket, atPrimary string
		blocked           string // the Region
	}{
		{"much comes back, no bucket there", 1, 1500, "staging", "", syncPrimary},
		{"much goes, little comes back", 1500, 1, "staging", "", ""},
		{"much comes back, little goes", 1, 1500, "", "staging-primary", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSyncWorld(awstest.New(t))
				w.ses.PageSize = 0
				w.fillSuppressed(syncPrimary, "p.example", test.missing)
				w.fillSuppressed(syncSecondary, "s.example", test.extra)
				opts := onlyLists()
				opts.StagingBucket, opts.PrimaryStagingBucket = test.bucket, test.atPrimary
				plan := planOf(t, w, opts)
				var blocked string
				for _, c := range plan.Changes {
					if c.Action == awspatterns.Blocked {
						blocked += c.Resource.Region
					}
				}
				if blocked != test.blocked {
					t.Fatalf("blocked in %q\n%s", blocked, plan)
				}
				if blocked == "" {
					applyOf(t, w, plan)
					if again := planOf(t, w, opts); len(again.Changes) > 0 {
						t.Errorf("again:\n%s", again)
					}
				}
			})
		})
	}
}

// TestReviewStricterBack carries a complaint to a primary that has the address as bounced.
func TestReviewStricterBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSyncWorld(awstest.New(t))
		w.region(syncPrimary).Suppress("", "ann@example.net", "BOUNCE")
		w.region(syncSecondary).Suppress("", "ann@example.net", "COMPLAINT")
		plan := planOf(t, w, onlyLists())
		if len(plan.Changes) != 1 || !plan.Steps[0].Primary {
			t.Fatalf("the plan:\n%s", plan)
		}
		applyOf(t, w, plan)
		if got := w.region(syncPrimary).Dump(); !strings.Contains(got, "COMPLAINT") {
			t.Errorf("the primary:\n%s", got)
		}
		if again := planOf(t, w, onlyLists()); len(again.Changes) > 0 {
			t.Errorf("again:\n%s", again)
		}
	})
}

// TestReviewTenantListTooLong does not begin what takes days.
func TestReviewTenantListTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.MaxCalls = 100_000
		w := newSyncWorld(c)
		w.ses.PageSize = 0
		for _, where := range []string{syncPrimary, syncSecondary} {
			did(w.sdk(where).CreateTenant(t.Context(), &sesv2.CreateTenantInput{TenantName: aws.String("acme"), SuppressionAttributes: &sestypes.TenantSuppressionAttributes{
				SuppressionScope: "TENANT", SuppressedReasons: []sestypes.SuppressionListReason{"BOUNCE"},
			}}))
		}
		for i := range 10_001 {
			w.region(syncPrimary).Suppress("acme", fmt.Sprintf("%d@example.org", i), "BOUNCE")
		}
		if plan := planOf(t, w, onlyLists()); plan.Count(awspatterns.Blocked) != 1 || !strings.Contains(plan.String(), "import jobs know no tenants") {
			t.Errorf("the plan:\n%s", plan)
		}
	})
}

// TestReviewAccountUnread does not take an account that could not be read for one in the
// sandbox.
func TestReviewAccountUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, n := range []int{5, 1500} {
			w := newSyncWorld(awstest.New(t))
			w.ses.PageSize = 0
			w.fillSuppressed(syncPrimary, "p.example", n)
			w.Inject(awstest.Fault{Operation: "SESv2.GetAccount", Region: syncSecondary, Err: awstest.Denied()})
			opts := onlyLists()
			opts.StagingBucket = "staging"
			plan := planOf(t, w, opts)
			if text := plan.String(); plan.Count(awspatterns.Unknown) == 0 || strings.Contains(text, "the account is in the sandbox") || plan.Applies() {
				t.Errorf("%d:\n%s", n, text)
			}
		}
	})
}

// TestReviewDeleteUsed keeps what something of a kind that is not kept the same uses.
func TestReviewDeleteUsed(t *testing.T) {
	for _, kind := range []region.Kind{region.Pools, region.Templates, region.Sets} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSyncWorld(awstest.New(t))
				ctx, sdk, mark := t.Context(), w.sdk(syncSecondary), []sestypes.Tag{{Key: aws.String(region.MarkTag), Value: aws.String(syncPrimary)}}
				did(sdk.CreateDedicatedIpPool(ctx, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("old"), Tags: mark}))
				did(sdk.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{
					ConfigurationSetName: aws.String("old"), DeliveryOptions: &sestypes.DeliveryOptions{SendingPoolName: aws.String("old")}, Tags: mark,
				}))
				did(sdk.CreateEmailTemplate(ctx, &sesv2.CreateEmailTemplateInput{
					TemplateName: aws.String("old"), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("x"), Text: aws.String("y")}, Tags: mark,
				}))
				did(sdk.CreateTenant(ctx, &sesv2.CreateTenantInput{TenantName: aws.String("acme")}))
				for _, resource := range []string{"template/old", "configuration-set/old"} {
					did(sdk.CreateTenantResourceAssociation(ctx, &sesv2.CreateTenantResourceAssociationInput{
						TenantName: aws.String("acme"), ResourceArn: aws.String("arn:aws:ses:eu-west-1:123456789012:" + resource),
					}))
				}
				plan := planOf(t, w, ses.RegionSyncOptions{Options: region.Options{Only: []region.Kind{kind}, Delete: true}})
				if plan.Count(awspatterns.Delete) > 0 || plan.Count(awspatterns.Blocked) != 1 {
					t.Errorf("the plan:\n%s", plan)
				}
			})
		})
	}
}

// TestReviewSecondsRates foretells by the rates that there are.
func TestReviewSecondsRates(t *testing.T) {
	for _, rate := range []float64{0.5, 10} {
		synctest.Test(t, func(t *testing.T) {
			w := newSyncWorld(awstest.New(t))
			w.ses.PageSize = 0
			for i := range 100 {
				did(w.sdk(syncPrimary).CreateEmailTemplate(t.Context(), &sesv2.CreateEmailTemplateInput{
					TemplateName: aws.String(fmt.Sprint("t", i)), TemplateContent: &sestypes.EmailTemplateContent{Subject: aws.String("x"), Text: aws.String("y")},
				}))
			}
			opts := ses.RegionSyncOptions{Options: region.Options{Only: []region.Kind{region.Templates}}, Rates: ses.Rates{"CreateEmailTemplate": rate}}
			plan := planOf(t, w, opts)
			begin := time.Now()
			applyOf(t, w, plan)
			if took := time.Since(begin).Seconds(); took < plan.Seconds-2 || took > plan.Seconds*1.5+2 {
				t.Errorf("rate %v: took %.0f s, foretold %.0f", rate, took, plan.Seconds)
			}
		})
	}
}

// TestReviewSecondsNotMore checks that applying a whole world takes at least what is foretold.
func TestReviewSecondsNotMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(awstest.New(t))
		opts := syncOptions()
		opts.ContactAttributes, opts.ConvertToReplica, opts.TwoWaySuppression = true, true, true
		for _, change := range []func(*syncWorld){func(*syncWorld) {}, changedWorld} {
			change(w)
			plan := planOf(t, w, opts)
			begin := time.Now()
			applyOf(t, w, plan)
			if took := time.Since(begin).Seconds(); took < plan.Seconds-2 {
				t.Errorf("took %.0f s, foretold %.0f", took, plan.Seconds)
			}
		}
	})
}

// TestReviewRefuses has more of what is refused before the first call.
func TestReviewRefuses(t *testing.T) {
	c := awstest.New(t)
	w := &syncWorld{Cloud: c}
	for name, change := range map[string]func(*ses.RegionSyncOptions){
		"an endless rate": func(o *ses.RegionSyncOptions) { o.Rates = ses.Rates{"GetAccount": math.Inf(1)} },
		"no price":        func(o *ses.RegionSyncOptions) { o.ManagedPoolPrice = math.NaN() },
		"endless price":   func(o *ses.RegionSyncOptions) { o.ManagedPoolPrice = math.Inf(1) },
	} {
		opts := syncOptions()
		change(&opts)
		if _, err := ses.PlanRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), opts); err == nil || c.Count() > 0 {
			t.Errorf("%s: %v after %d calls", name, err, c.Count())
		}
	}
}

// TestReviewApplyClients applies with clients that lack something: that is an error.
func TestReviewApplyClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSyncWorld(awstest.New(t))
		w.ses.PageSize = 0
		w.fillSuppressed(syncPrimary, "p.example", 1500)
		opts := onlyLists()
		opts.StagingBucket = "staging"
		plan := planOf(t, w, opts)
		before := w.Count()
		for name, change := range map[string]func(p, s *ses.Clients){
			"S3":  func(_, s *ses.Clients) { s.S3 = nil },
			"SES": func(p, _ *ses.Clients) { p.SES = nil },
			"STS": func(_, s *ses.Clients) { s.STS = nil },
		} {
			p, s := w.clients(syncPrimary), w.clients(syncSecondary)
			change(&p, &s)
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%s: panic: %v", name, r)
					}
				}()
				if _, err := ses.ApplyRegionSync(t.Context(), p, s, plan); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s: got %v", name, err)
				}
			}()
		}
		if w.Count() != before {
			t.Errorf("%d calls", w.Count()-before)
		}
	})
}

// TestReviewOnlyPermissions compares what is declared with what is called for each kind alone.
func TestReviewOnlyPermissions(t *testing.T) {
	for _, kind := range region.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := smallWorld(awstest.New(t))
				if _, _, err := w.sync(t.Context(), syncOptions()); err != nil {
					t.Fatal(err)
				}
				changedWorld(w)
				opts := syncOptions()
				opts.Only, opts.Delete, opts.ConvertToReplica = []region.Kind{kind}, true, true
				before := len(w.Calls())
				plan := planOf(t, w, opts)
				planned := len(w.Calls())
				_, err := ses.ApplyRegionSync(t.Context(), w.clients(syncPrimary), w.clients(syncSecondary), plan)
				if err != nil && !errors.Is(err, awspatterns.ErrIncomplete) { // the VDM of a set waits for that of the account
					t.Fatalf("%v\n%s", err, plan)
				}
				tables := []awstest.Actions{standin.Actions, s3.Actions, sts.Actions}
				primary, secondary := ses.RegionSyncPermissions(opts)
				missing := func(p awspatterns.Policy, calls []awstest.Call) {
					t.Helper()
					for _, call := range calls {
						found := false
						for _, table := range tables {
							for _, action := range table[call.Service+"."+call.Operation] {
								for _, permission := range p {
									found = found || permission.Action == action
								}
							}
						}
						if !found {
							t.Errorf("%s in %s is not declared", call.Operation, call.Region)
						}
					}
				}
				missing(primary.Plan, callsIn(w.Calls()[before:planned], syncPrimary))
				missing(secondary.Plan, callsIn(w.Calls()[before:planned], syncSecondary))
				missing(primary.Apply, callsIn(w.Calls()[planned:], syncPrimary))
				missing(secondary.Apply, callsIn(w.Calls()[planned:], syncSecondary))
			})
		})
	}
}

// TestReviewKeptPlan applies one plan, kept as JSON, after a kill before and after each call.
// What creates and what changes takes longer; TestRegionSyncProof has it with plans made anew.
func TestReviewKeptPlan(t *testing.T) {
	sweep(t)
	deleting := syncOptions()
	deleting.Delete = true
	for name, test := range map[string]struct {
		start func(*awstest.Cloud) *syncWorld
		opts  ses.RegionSyncOptions
	}{
		"delete": {after(emptiedWorld), deleting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := map[*syncWorld][]byte{}
			awstest.Proof[*syncWorld]{
				Start: func(c *awstest.Cloud) *syncWorld {
					w := test.start(c)
					plan, err := ses.PlanRegionSync(context.Background(), w.clients(syncPrimary), w.clients(syncSecondary), test.opts)
					if err != nil {
						panic(err)
					}
					text, err := json.Marshal(plan)
					if err != nil {
						panic(err)
					}
					kept[w] = text
					return w
				},
				Run: func(ctx context.Context, _ *awstest.Cloud, w *syncWorld) error {
					var plan ses.RegionSyncPlan
					if err := json.Unmarshal(kept[w], &plan); err != nil {
						return err
					}
					_, err := ses.ApplyRegionSync(ctx, w.clients(syncPrimary), w.clients(syncSecondary), plan)
					return err
				},
				State: (*syncWorld).state,
			}.Converges(t)
		})
	}
}

// TestReviewSenderOfSubdomain sends from a domain that is verified, although the identity of
// the subdomain is not: what a plan takes for verified is not waited for.
func TestReviewSenderOfSubdomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSyncWorld(awstest.New(t))
		ctx := t.Context()
		for _, where := range []string{syncPrimary, syncSecondary} {
			w.domain(where, "example.com")
			did(w.sdk(where).CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("us@example.com")}))
		}
		did(w.sdk(syncPrimary).CreateCustomVerificationEmailTemplate(ctx, &sesv2.CreateCustomVerificationEmailTemplateInput{
			TemplateName: aws.String("confirm"), FromEmailAddress: aws.String("us@example.com"), TemplateSubject: aws.String("Is it you?"),
			TemplateContent: aws.String("<p>Click"), SuccessRedirectionURL: aws.String("https://example.com/yes"), FailureRedirectionURL: aws.String("https://example.com/no"),
		}))
		plan := planOf(t, w, ses.RegionSyncOptions{Options: region.Options{Only: []region.Kind{region.Verification}}})
		if plan.Count(awspatterns.Create) != 1 {
			t.Fatalf("the plan:\n%s", plan)
		}
		applyOf(t, w, plan)
	})
}
