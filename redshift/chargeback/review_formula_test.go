package chargeback

import (
	"strings"
	"testing"
)

// TestReviewReconciliationFormulas has no cell that a spreadsheet calculates.
func TestReviewReconciliationFormulas(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a"} {
		r := compared(t, newReconcileBill(1).Bill, []Billed{used(1, serverUse, name, "1", "RPU-Hr", "0.36")}, CompareOptions{TagKey: "unit"})
		_, rows := csvTable(t, r.WriteCSV)
		if got := rows[0]["unit"]; !strings.HasPrefix(got, "'") {
			t.Errorf("%q is written as %q", name, got)
		}
	}
}
