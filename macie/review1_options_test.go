package macie_test

import (
	"strings"
	"testing"

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
