package ses

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses/region"
)

// both returns those of the first set with what the second adds.
func both[K comparable, V any](a, b map[K]V) map[K]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// TestSuppressionSync writes what a list lacks, one by one and by import jobs.
func TestSuppressionSync(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 5, 8, 9, 20} { // up to three one by one, up to four in a job
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inLists(t, func(t *testing.T, w *listWorld) {
				suppress(w.home, addresses("missing", n)...)
				suppress(w.home, addresses("same", 6)...)
				suppress(w.away, addresses("same", 6)...)
				suppress(w.away, addresses("extra", 3)...)
				w.home.Suppress("", "complains@example.com", sestypes.SuppressionListReasonComplaint)
				w.away.Suppress("", "complains@example.com", sestypes.SuppressionListReasonBounce)
				w.home.Suppress("", "bounces@example.com", sestypes.SuppressionListReasonBounce)
				w.away.Suppress("", "bounces@example.com", sestypes.SuppressionListReasonComplaint)

				want := both(w.away.Suppressed(""), w.home.Suppressed(""))
				want["bounces@example.com"] = sestypes.SuppressionListReasonComplaint
				home := w.home.Suppressed("")
				w.mustSync(t)
				if got := w.away.Suppressed(""); !maps.Equal(got, want) {
					t.Errorf("got %v\nwant %v", got, want)
				}
				if !maps.Equal(w.home.Suppressed(""), home) {
					t.Error("the primary has changed")
				}
				jobs := w.calls("CreateImportJob", listAway, 0)
				if lacks := n + 1; lacks <= 3 && jobs > 0 || lacks > 3 && jobs != (lacks-1+3)/4 {
					t.Errorf("%d jobs for %d addresses", jobs, lacks)
				}
			})
		})
	}
}

// TestSuppressionBothWays has what only the secondary suppresses, and what complained only
// there, go back to the primary.
func TestSuppressionBothWays(t *testing.T) {
	for _, n := range []int{1, 12} {
		inLists(t, func(t *testing.T, w *listWorld) {
			w.back = true
			suppress(w.home, addresses("home", n)...)
			suppress(w.away, addresses("away", n)...)
			suppress(w.home, addresses("both", n)...)
			for _, a := range addresses("both", n) {
				w.away.Suppress("", a, sestypes.SuppressionListReasonComplaint)
			}
			w.mustSync(t)
			want := both(w.home.Suppressed(""), w.away.Suppressed(""))
			if len(want) != 3*n || !maps.Equal(w.home.Suppressed(""), want) || !maps.Equal(w.away.Suppressed(""), want) {
				t.Errorf("primary %v\nsecondary %v", w.home.Suppressed(""), w.away.Suppressed(""))
			}
			if r := want["both00@example.com"]; r != sestypes.SuppressionListReasonComplaint {
				t.Errorf("a complaint became a %s", r)
			}
		})
	}
}

// TestSuppressionReads counts the calls of comparing: one for each page of each Region.
func TestSuppressionReads(t *testing.T) {
	tests := []struct{ home, away, homeCalls, awayCalls int }{
		{0, 0, 1, 1}, {1, 1000, 1, 1}, {1001, 0, 2, 1}, {2000, 2001, 2, 3},
	}
	for _, test := range tests {
		inLists(t, func(t *testing.T, w *listWorld) {
			w.aws.PageSize = 0
			fill := func(i int) (string, sestypes.SuppressionListReason) {
				return fmt.Sprintf("a%06d@example.com", i), sestypes.SuppressionListReasonBounce
			}
			w.home.FillSuppressed(test.home, fill)
			w.away.FillSuppressed(test.away, fill)
			p, err := w.pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			told := map[string][]int{}
			begun, from := time.Now(), w.cloud.Count()
			d := p.suppressionDifference(t.Context(), "", func(region string, done int) { told[region] = append(told[region], done) })
			if d.Primary != test.home || d.Secondary != test.away {
				t.Errorf("%+v", d)
			}
			home, away := w.calls("ListSuppressedDestinations", listHome, from), w.calls("ListSuppressedDestinations", listAway, from)
			if home != test.homeCalls || away != test.awayCalls || w.cloud.Count()-from != home+away {
				t.Errorf("%d and %d: %d and %d calls of %d", test.home, test.away, home, away, w.cloud.Count()-from)
			}
			if len(told[listHome]) != home || test.home > 0 && slices.Max(told[listHome]) != test.home {
				t.Errorf("told of %v", told)
			}
			if least := time.Duration(home+away-2) * time.Second; time.Since(begun) < least {
				t.Errorf("%d calls in %s", home+away, time.Since(begun))
			}
		})
	}
}

// TestSuppressionUnread has one of the Regions unreadable: then nothing is known, and the
// reason does not differ between requests.
func TestSuppressionUnread(t *testing.T) {
	for _, where := range []string{listHome, listAway} {
		inLists(t, func(t *testing.T, w *listWorld) {
			suppress(w.home, addresses("a", 30)...)
			suppress(w.away, addresses("b", 30)...)
			p, err := w.pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.cloud.Inject(awstest.Fault{Operation: "SESv2.ListSuppressedDestinations", Region: where, Skip: 2, Err: awstest.Denied()})
			d := p.suppressionDifference(t.Context(), "", nil)
			if d.Where != where || !strings.Contains(d.Unread, "ListSuppressedDestinations: AccessDenied") {
				t.Errorf("%+v", d)
			}
			if again := p.suppressionDifference(t.Context(), "", nil); again.Unread != d.Unread {
				t.Errorf("%q and %q", d.Unread, again.Unread)
			}
			if d.Missing+d.Extra+d.Primary+d.Secondary > 0 || d.Digest != "" || d.Sample != nil {
				t.Errorf("half of a difference: %+v", d)
			}
		})
	}
}

// TestSuppressionCanceled ends comparing with the cause of the context.
func TestSuppressionCanceled(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 40)...)
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		d := p.suppressionDifference(ctx, "", func(string, int) { cancel(errors.New("shut down")) })
		if d.Unread != "shut down" || d.Primary > 0 {
			t.Errorf("%+v", d)
		}
	})
}

// TestSuppressionMoving compares a list that changes while it is read, so that an address is
// on two of its pages.
func TestSuppressionMoving(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		pages, n := 0, 0
		awstest.Handle(w.cloud, func(ctx context.Context, in *sesv2.ListSuppressedDestinationsInput) (*sesv2.ListSuppressedDestinationsOutput, error) {
			out := &sesv2.ListSuppressedDestinationsOutput{}
			if awstest.CallerOf(ctx).Region == listAway {
				return out, nil
			}
			if pages++; pages < 5 {
				out.NextToken = ptr(fmt.Sprint(pages))
			}
			for i := n; i < n+10; i++ {
				reason := sestypes.SuppressionListReasonBounce
				if pages%2 == 0 {
					reason = sestypes.SuppressionListReasonComplaint
				}
				out.SuppressedDestinationSummaries = append(out.SuppressedDestinationSummaries, sestypes.SuppressedDestinationSummary{
					EmailAddress: ptr(fmt.Sprintf("a%d@example.com", i)), Reason: reason,
				})
			}
			n += 5 // half of a page once more
			return out, nil
		})
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := p.suppressionDifference(t.Context(), "", nil); d.Missing != 30 || d.Primary != 30 {
			t.Errorf("%+v", d)
		}
	})
}

// TestSuppressionOddities reads answers that it cannot work with.
func TestSuppressionOddities(t *testing.T) {
	for name, out := range map[string]*sesv2.ListSuppressedDestinationsOutput{
		"a reason that this version does not know": {SuppressedDestinationSummaries: []sestypes.SuppressedDestinationSummary{{EmailAddress: ptr("a@x.org"), Reason: "BOREDOM"}}},
		"one token": {NextToken: ptr("again")},
	} {
		inLists(t, func(t *testing.T, w *listWorld) {
			awstest.Handle(w.cloud, func(context.Context, *sesv2.ListSuppressedDestinationsInput) (*sesv2.ListSuppressedDestinationsOutput, error) {
				return out, nil
			})
			p, err := w.pair(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if d := p.suppressionDifference(t.Context(), "", nil); !strings.Contains(d.Unread, name) {
				t.Errorf("%s: %+v", name, d)
			}
		})
	}
}

// TestSuppressionTenant compares and writes the list of a tenant, which import jobs do not
// know. In the secondary the tenant may be yet to be made.
func TestSuppressionTenant(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		w.tenant = "acme"
		make := func(where string) {
			if _, err := w.client(where).CreateTenant(t.Context(), &sesv2.CreateTenantInput{TenantName: &w.tenant}); err != nil {
				t.Fatal(err)
			}
		}
		make(listHome)
		for _, a := range addresses("a", 9) {
			w.home.Suppress("acme", a, sestypes.SuppressionListReasonBounce)
		}
		suppress(w.home, addresses("account", 5)...)
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := p.suppressionDifference(t.Context(), "acme", nil); d.Missing != 9 || d.Secondary != 0 || d.Tenant != "acme" || d.Unread != "" {
			t.Errorf("%+v", d)
		}
		make(listAway)
		w.mustSync(t)
		if got := w.away.Suppressed("acme"); len(got) != 9 || len(w.away.Suppressed("")) > 0 {
			t.Errorf("got %v and %v", got, w.away.Suppressed(""))
		}
		if n := w.calls("CreateImportJob", listAway, 0); n > 0 {
			t.Errorf("%d jobs", n)
		}
	})
}

func TestListNeedsStaging(t *testing.T) {
	type difference = region.ListDifference
	for _, test := range []struct {
		d                            difference
		needs, needsThere, needsBack bool // the difference, and steps in both directions
		tooLongThere, tooLongBack    bool
		writes, writesBack           int
	}{
		{d: difference{}},
		{d: difference{Missing: 600, Different: 400}, writes: 1000},
		{d: difference{Missing: 600, Different: 401}, writes: 1001, needs: true, needsThere: true},
		{d: difference{Missing: 5, Extra: 700, Stricter: 301}, writes: 5, writesBack: 1001, needsBack: true},
		{d: difference{Tenant: "acme", Missing: 10_000, Extra: 10_001}, writes: 10_000, writesBack: 10_001, tooLongBack: true},
		{d: difference{Tenant: "acme", Missing: 10_001}, writes: 10_001, tooLongThere: true},
		{d: difference{List: "news", Missing: 100_000}, writes: 100_000},
	} {
		step := region.Step{Value: &region.Value{List: &test.d}}
		back := step
		back.Primary = true
		if listWrites(step) != test.writes || listWrites(back) != test.writesBack {
			t.Errorf("%+v: writes %d and %d", test.d, listWrites(step), listWrites(back))
		}
		if listNeedsStaging(test.d) != test.needs || stepNeedsStaging(step) != test.needsThere || stepNeedsStaging(back) != test.needsBack {
			t.Errorf("%+v: staging %t, %t, %t", test.d, listNeedsStaging(test.d), stepNeedsStaging(step), stepNeedsStaging(back))
		}
		if (stepTooLong(step) != "") != test.tooLongThere || (stepTooLong(back) != "") != test.tooLongBack {
			t.Errorf("%+v: too long %q, %q", test.d, stepTooLong(step), stepTooLong(back))
		}
	}
	if stepNeedsStaging(region.Step{}) || stepTooLong(region.Step{}) != "" {
		t.Error("a step without a list")
	}
}

// TestSuppressionGrown applies a plan of a short list that got long meanwhile, without a
// bucket.
func TestSuppressionGrown(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 4)...)
		w.staging = staging{}
		if err := w.sync(t.Context()); !errors.Is(err, awspatterns.ErrStale) || !strings.Contains(err.Error(), "staging bucket") {
			t.Errorf("got %v", err)
		}
		if n := len(w.away.Suppressed("")); n > 0 {
			t.Errorf("wrote %d", n)
		}
	})
}

// TestSuppressionRefused has SES refuse one of the addresses: the others are written, and the
// error tells which was not, masked.
func TestSuppressionRefused(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 3)...)
		w.cloud.Inject(awstest.Fault{
			Operation: "SESv2.PutSuppressedDestination", Err: awstest.Status(400, &sestypes.BadRequestException{Message: ptr("no such mailbox")}),
			Match: func(c awstest.Call) bool {
				return *c.Input.(*sesv2.PutSuppressedDestinationInput).EmailAddress == "a01@example.com"
			},
		})
		err := w.sync(t.Context())
		if err == nil || !strings.Contains(err.Error(), "1 entries were refused") || !strings.Contains(err.Error(), "a***@example.com in us-east-1") ||
			strings.Contains(err.Error(), "a01") || !strings.Contains(err.Error(), "no such mailbox") {
			t.Errorf("got %v", err)
		}
		if got := w.away.Suppressed(""); len(got) != 2 {
			t.Errorf("wrote %v", got)
		}
	})
}

// TestSuppressionStep refuses a step without its list.
func TestSuppressionStep(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []region.Step{{Kind: region.SuppressionList}, {Kind: region.Contacts, Value: &region.Value{}}} {
			_, looked := p.suppressionLook(t.Context(), step)
			_, contact := p.contactLook(t.Context(), step)
			for _, err := range []error{looked, contact, p.suppressionApply(t.Context(), step, w.staging, nil), p.contactApply(t.Context(), step, w.staging, nil)} {
				if !errors.Is(err, awspatterns.ErrAltered) {
					t.Errorf("got %v", err)
				}
			}
		}
	})
}

// TestSuppressionLookedAt has applying read the list of the target once, and not again after
// the look.
func TestSuppressionLookedAt(t *testing.T) {
	inLists(t, func(t *testing.T, w *listWorld) {
		suppress(w.home, addresses("a", 2)...)
		suppress(w.away, addresses("b", 40)...)
		p, err := w.pair(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		step := w.steps(w.difference(t.Context(), p))[0]
		from := w.cloud.Count()
		if _, err := p.suppressionLook(t.Context(), step); err != nil {
			t.Fatal(err)
		}
		if err := p.suppressionApply(t.Context(), step, w.staging, nil); err != nil {
			t.Fatal(err)
		}
		if n := w.calls("ListSuppressedDestinations", listAway, from); n != 10 {
			t.Errorf("%d calls for 10 pages", n)
		}
		if n := w.calls("ListSuppressedDestinations", listHome, from); n != 2 {
			t.Errorf("%d calls for 1 page to look at and to write", n)
		}
		if p.lookedAt != nil {
			t.Error("the list is still in memory")
		}
	})
}

func ptr[T any](v T) *T { return &v }
