package macie_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
)

// TestScanIdentifiersTwice refuses what Macie would refuse, before pages are paid for.
func TestScanIdentifiersTwice(t *testing.T) {
	for _, ids := range []macie.Identifiers{
		{Custom: []string{"a", "a"}}, {Custom: []string{""}},
		{Selector: "INCLUDE", Managed: []string{"NAME", "NAME"}}, {Selector: "EXCLUDE", Managed: []string{""}},
		{AllowLists: []string{"a", "b", "a"}},
	} {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		opts := w.options()
		opts.Identifiers = ids
		if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "twice") || w.Count() != 0 {
			t.Errorf("%+v: %d calls, %v", ids, w.Count(), err)
		}
	}
}

// TestScanBesideOriginals has originals in folders that are called as those of the
// results are.
func TestScanBesideOriginals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		opts := w.options()
		opts.Results, opts.BesideOriginals, opts.AllNames = macie.ResultsLocation{Bucket: scans}, true, true
		for _, key := range []string{"ocr/passport.png", "texts/2024/card.png", "texts/letter.txt"} {
			w.put(key, pngOf(card))
		}
		w.mustScan(t, opts)
		for key, i := range imagesOf(t, w.mustScan(t, opts)) {
			want := macie.StateFinding
			if len(key) > 64 {
				want = macie.StateSkipped
			}
			if i.State != want {
				t.Errorf("%s is %s: %s", key, i.State, i.Reason)
			}
		}
	})
}

// TestScanLargeCeilings has ceilings that no number of pages reaches, or that are one
// to the page.
func TestScanLargeCeilings(t *testing.T) {
	for _, test := range []struct{ cost, price float64 }{
		{math.Inf(1), 0.0015}, {1e300, 1e-10}, {math.MaxFloat64, 1}, {1, math.SmallestNonzeroFloat64}, {0.0015, 0.0015},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			w.put("a.png", pngOf(card))
			opts := w.options()
			opts.MaxCost, opts.Prices.Page = test.cost, test.price
			if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err != nil {
				t.Errorf("%v at %v: %v", test.cost, test.price, err)
			}
		})
	}
}
