package ses_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/servicequotas"
	sesworld "github.com/awspatterns/awspatterns/internal/standin/ses"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

func TestReadinessOfANewRegion(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		r := w.check(t, ses.ReadinessOptions{})
		if r.Ready() || r.Count(region.Blocks) == 0 {
			t.Error("ready")
		}
		golden.Equal(t, "testdata/golden/readiness_new.txt", r.String())
	})
}

func TestReadinessOfLevelRegions(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		w.level()
		r := w.check(t, ses.ReadinessOptions{})
		if !r.Ready() || len(r.Findings) > 0 {
			t.Errorf("got\n%s", r)
		}
		if r := w.check(t, ses.ReadinessOptions{SkipLists: true}); r.Ready() || r.Count(region.NotKnown) != 2 {
			t.Errorf("without lists:\n%s", r)
		}
	})
}

// TestReadyAfterRegionSync has the synchronization make the secondary, and a person what only
// a person can: then readiness, which looks at both in its own way, finds nothing.
func TestReadyAfterRegionSync(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		there := w.ses.Region(readyAccount, readySecondary)
		there.ProductionAccess(true)
		there.SetQuota(50_000, 14, 0)
		w.ses.Region(readyAccount, readyPrimary).MakeEndpoint("global", readySecondary, sestypes.StatusReady)
		w.must(w.client(readySecondary).CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("hello@example.com")}))
		there.ConfirmAddress("hello@example.com")
		for range 3 {
			w.sync(t)
			if strings.Contains(there.Dump(), "pool bulk, STANDARD, 0 addresses") {
				there.AddIPs("bulk", 2, 2)
			}
			time.Sleep(time.Minute)
		}
		if r := w.check(t, ses.ReadinessOptions{}); !r.Ready() {
			t.Errorf("got\n%s", r)
		}
	})
}

// TestReadinessWithRequests checks that what was requested of Service Quotas is told.
func TestReadinessWithRequests(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		w.level()
		w.ses.Region(readyAccount, readySecondary).SetQuota(200, 14, 0)
		if err := w.run(t.Context(), ses.LimitsOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := w.check(t, ses.ReadinessOptions{}).String(); !strings.Contains(got, "the last request, for 50,000, is PENDING") {
			t.Errorf("got\n%s", got)
		}
	})
}

// TestReadinessOnlyReads checks the calls, and that each Region is read once.
func TestReadinessOnlyReads(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		before := w.Count()
		w.check(t, ses.ReadinessOptions{})
		requests := map[string]int{}
		for _, c := range w.Calls()[before:] {
			if !strings.HasPrefix(c.Operation, "Get") && !strings.HasPrefix(c.Operation, "List") {
				t.Errorf("called %s", c)
			}
			requests[c.Request()]++
		}
		for request, n := range requests {
			if n > 1 {
				t.Errorf("called %d times: %s", n, request)
			}
		}
	})
}

// TestReadinessDenied denies each operation in each Region: it is unknown then, and nothing
// that was wrong is fine.
func TestReadinessDenied(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		w.level()
		before := w.Count()
		w.check(t, ses.ReadinessOptions{})
		operations := map[string]bool{}
		for _, c := range w.Calls()[before:] {
			operations[c.Name()] = true
		}
		for operation := range operations {
			for _, where := range []string{readyPrimary, readySecondary} {
				hits := w.Inject(awstest.Fault{Operation: operation, Region: where, Err: awstest.Denied()})
				primary, secondary := w.clients()
				r, err := ses.CheckReadiness(t.Context(), primary, secondary, ses.ReadinessOptions{})
				w.ClearFaults()
				switch {
				case hits() == 0:
					t.Errorf("%s in %s was not called", operation, where)
				case strings.HasPrefix(operation, "STS."):
					if err == nil {
						t.Errorf("%s in %s: no error", operation, where)
					}
				case err != nil:
					t.Errorf("%s in %s: %v", operation, where, err)
				case hits() > 0 && (r.Ready() || r.Count(region.NotKnown) == 0):
					t.Errorf("%s denied in %s: got\n%s", operation, where, r)
				}
			}
		}
	})
}

func TestReadinessEnds(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		why := errors.New("shut down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(500*time.Millisecond, func() { cancel(why) })
		primary, secondary := w.clients()
		if _, err := ses.CheckReadiness(ctx, primary, secondary, ses.ReadinessOptions{}); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}

func TestReadinessRefuses(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		primary, secondary := w.clients()
		before := w.Count()
		for name, opts := range map[string]ses.ReadinessOptions{
			"negative": {ReadinessOptions: region.ReadinessOptions{MaxSendRate: -1}},
			"ARN":      {ReadinessOptions: region.ReadinessOptions{Options: region.Options{ARNs: map[string]string{"a": "b"}}}},
			"rates":    {Rates: ses.Rates{"GetAccount": 0}},
		} {
			_, err := ses.CheckReadiness(t.Context(), primary, secondary, opts)
			if err == nil || !strings.HasPrefix(err.Error(), "ses: check readiness of eu-west-1 and us-east-1: ") {
				t.Errorf("%s: got %v", name, err)
			}
			if _, err := ses.FailoverDrill(t.Context(), primary, secondary, ses.FailoverDrillOptions{ReadinessOptions: opts}); err == nil {
				t.Errorf("drill, %s: no error", name)
			}
		}
		for name, opts := range map[string]ses.FailoverDrillOptions{
			"Region": {Lost: "eu-north-1"},
			"volume": {Volumes: map[string]float64{"example.com": -1}},
		} {
			if _, err := ses.FailoverDrill(t.Context(), primary, secondary, opts); err == nil || !strings.HasPrefix(err.Error(), "ses: failover drill of ") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := ses.CheckReadiness(t.Context(), primary, primary, ses.ReadinessOptions{}); err == nil {
			t.Error("one Region: no error")
		}
		if w.Count() != before {
			t.Error("something was called")
		}
	})
}

func TestFailoverDrill(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		primary, secondary := w.clients()
		r, err := ses.FailoverDrill(t.Context(), primary, secondary, ses.FailoverDrillOptions{
			Lost: region.BothLost, Volumes: map[string]float64{"example.com": 25_000, "hello@example.com": 5_000},
		})
		if err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, "testdata/golden/drill_new.txt", r.String())
		if r, err = ses.FailoverDrill(t.Context(), primary, secondary, ses.FailoverDrillOptions{}); err != nil || len(r.Losses) != 1 || r.Losses[0].Lost != readyPrimary {
			t.Errorf("got %v, %v", r, err)
		}
		if r, err = ses.FailoverDrill(t.Context(), primary, secondary, ses.FailoverDrillOptions{Lost: readySecondary}); err != nil || len(r.Losses) != 1 || r.Losses[0].Left != readyPrimary {
			t.Errorf("got %v, %v", r, err)
		}
	})
}

func TestFailoverDrillOfLevelRegions(t *testing.T) {
	inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
		w.level()
		primary, secondary := w.clients()
		r, err := ses.FailoverDrill(t.Context(), primary, secondary, ses.FailoverDrillOptions{Lost: region.BothLost})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range r.Losses {
			stays := func(i region.DrillItem) bool { return i.Verdict != region.Notes }
			if len(l.Findings) > 0 || slices.ContainsFunc(l.Items, stays) || l.Volume.Stays != 0 || l.Volume.AtLeast || l.Volume.Recipients != 40_000 {
				t.Errorf("got\n%s", l)
			}
		}
	})
}

// TestReadinessPermissions compares what is declared with what is called in each Region.
func TestReadinessPermissions(t *testing.T) {
	only := region.ReadinessOptions{Options: region.Options{Only: []region.Kind{region.Templates, region.Destinations}}}
	for name, opts := range map[string]ses.ReadinessOptions{
		"all": {}, "without lists": {SkipLists: true}, "some": {ReadinessOptions: only}, "attributes": {ContactAttributes: true},
	} {
		t.Run(name, func(t *testing.T) {
			inReadinessWorld(t, func(t *testing.T, w *readinessWorld) {
				w.level()
				before := w.Count()
				w.check(t, opts)
				primary, secondary := ses.ReadinessPermissions(opts)
				for name, p := range map[string]awspatterns.Permissions{readyPrimary: primary, readySecondary: secondary} {
					awstest.CheckPermissions(t, p.Apply, callsIn(w.Calls()[before:], name), sesworld.Actions, servicequotas.Actions, sts.Actions)
				}
			})
		})
	}
}
