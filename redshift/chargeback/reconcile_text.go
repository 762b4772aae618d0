package chargeback

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// String returns the reconciliation as a table for a person: what adds up, then the causes,
// the usage types and the notes. What names hold is made safe to look at.
func (r Reconciliation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "The bill and AWS, %s to %s, in %s\n\n",
		r.Period.From.Format(time.DateOnly), r.Period.To.AddDate(0, 0, -1).Format(time.DateOnly), printable.Escape(r.Currency))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "unit\tkind\tthe bill\tAWS\tdifference\t")
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", r.unitText(f.Unit), printable.Escape(string(f.Kind)), moneyText(f.Ours), moneyText(f.Billed), moneyText(f.Difference))
	}
	fmt.Fprintf(w, "total\t\t%s\t%s\t%s\t\n", moneyText(r.Ours), moneyText(r.Billed), moneyText(r.Difference))
	w.Flush()
	r.causesText(&b)
	r.typesText(&b)
	for i, note := range r.Notes {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "Note: %s.\n", note)
	}
	return b.String()
}

// unitText is what a unit is called in a text.
func (r Reconciliation) unitText(unit string) string {
	switch {
	case unit != "":
		return nameText(unit)
	case r.TagKey == "":
		return "(all)"
	}
	return "(none)"
}

func (r Reconciliation) causesText(b *strings.Builder) {
	for _, f := range r.Findings {
		if len(f.Causes) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s, %s: %s\n", r.unitText(f.Unit), printable.Escape(string(f.Kind)), moneyText(f.Difference))
		for _, cause := range f.Causes {
			fmt.Fprintf(b, "  %s, %s: %s\n", moneyText(cause.Amount), cause.Reason, cause.Detail)
		}
	}
}

func (r Reconciliation) typesText(b *strings.Builder) {
	if len(r.UsageTypes) == 0 {
		return
	}
	b.WriteString("\nWhat AWS charged for\n")
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, u := range r.UsageTypes {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", nameText(u.UsageType), u.Kind, moneyText(u.Cost))
	}
	w.Flush()
}

// WriteCSV writes the findings, a row for each cause with its amount; one without
// a difference has a row without a cause. The amounts of the finding are on each of its
// rows, so that only the column cause_amount can be added up.
func (r Reconciliation) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"unit", "kind", "currency", "ours", "billed", "difference", "cause", "cause_amount", "detail"})
	for _, f := range r.Findings {
		row := []string{csvName(f.Unit), csvName(string(f.Kind)), csvName(r.Currency), moneyText(f.Ours), moneyText(f.Billed), moneyText(f.Difference)}
		causes := f.Causes
		if len(causes) == 0 {
			causes = []Cause{{}}
		}
		for _, cause := range causes {
			out.Write(append(row[:6:6], string(cause.Reason), moneyText(cause.Amount), csvName(cause.Detail)))
		}
	}
	out.Flush()
	return out.Error()
}

// csvName keeps a name from being a formula of a spreadsheet.
func csvName(s string) string {
	s = printable.Escape(s)
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune(csvFormula, first) {
		return "'" + s
	}
	return s
}
