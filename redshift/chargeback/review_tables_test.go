package chargeback

import (
	"io"
	"strings"
	"testing"
)

// TestReviewTablesAddUp has no table of lines that do not add up to the total.
func TestReviewTablesAddUp(t *testing.T) {
	t.Parallel()
	b := threeUnits()
	b.Lines[3].Amount++
	for name, write := range map[string]func(io.Writer) error{"csv": b.WriteCSV, "focus": focusOf(b)} {
		var out strings.Builder
		if err := write(&out); err == nil || !strings.Contains(err.Error(), "add up") || out.Len() > 0 {
			t.Errorf("%s: %v, and %d bytes are written", name, err, out.Len())
		}
	}
}
