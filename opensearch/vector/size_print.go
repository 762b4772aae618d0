package vector

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// String returns the result as a table for people, as Table writes it.
func (r SizeVectorIndexResult) String() string {
	var b strings.Builder
	r.Table(&b) // a Builder has no errors
	return b.String()
}

// Table writes the result as a table for people: the techniques that can be had, best
// first, then those that cannot with why, warnings, notes, and the claims of the article.
func (r SizeVectorIndexResult) Table(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s vectors of %s dimensions, OpenSearch %s, %s\n\n", grouped(r.Vectors), grouped(int64(r.Dimension)), printable.Escape(r.Version), replicas(r.Replicas))
	rows := [][]string{r.head()}
	for i, t := range r.Techniques {
		if len(t.Excluded) == 0 {
			rows = append(rows, r.row(i+1, t))
		}
	}
	writeRows(&b, rows)
	r.writeExcluded(&b)
	r.writeDocumented(&b)
	r.writeWarnings(&b)
	writeList(&b, "Notes", r.Notes)
	r.writeClaims(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func replicas(n int) string {
	if n == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", n)
}

// head returns the names of the columns. Those of which nothing is known are left out,
// here and by row.
func (r SizeVectorIndexResult) head() []string {
	u := r.unit()
	head := []string{"", "technique", "memory " + u.decimalName, u.binaryName, "vs fp32", "disk " + u.decimalName}
	if r.counted() {
		head = append(head, "nodes")
	}
	if r.Currency != "" {
		head = append(head, printable.Escape(r.Currency)+"/month")
	}
	return append(head, "rescored", fmt.Sprintf("recall@%d", r.K))
}

func (r SizeVectorIndexResult) row(place int, t TechniqueSize) []string {
	u := r.unit()
	row := []string{
		fmt.Sprint(place), printable.Escape(t.Name), inUnits(t.Memory.Total, u.decimal), inUnits(t.Memory.Total, u.binary),
		fmt.Sprintf("%.2fx", t.Memory.Compression), inUnits(t.Disk, u.decimal),
	}
	if r.counted() {
		row = append(row, fmt.Sprint(t.Nodes))
	}
	if r.Currency != "" {
		row = append(row, fmt.Sprintf("%.2f", t.MonthlyCost))
	}
	return append(row, rescoredWord(t), recallWord(t.Recall))
}

// unit returns the unit of the table: GB and GiB, or MB and MiB if that is enough for all.
func (r SizeVectorIndexResult) unit() unitPair {
	most := int64(0)
	for _, t := range r.Techniques {
		most = max(most, t.Memory.Total)
	}
	return unitOf(most)
}

// counted tells whether nodes were counted.
func (r SizeVectorIndexResult) counted() bool {
	for _, t := range r.Techniques {
		if t.Nodes != 0 {
			return true
		}
	}
	return false
}

// rescoredWord returns how many times more candidates are scored again than results
// are asked for.
func rescoredWord(t TechniqueSize) string {
	switch {
	case t.Oversample != 0:
		return fmt.Sprintf("asked %gx", t.Oversample)
	case !t.Rescoring.Known:
		return "unknown"
	case t.Rescoring.Factor == 0:
		return "no"
	default:
		return fmt.Sprintf("%gx", t.Rescoring.Factor)
	}
}

// recallWord returns a recall with where it lies, and ~ before one that is extrapolated.
func recallWord(r *RecallAt) string {
	if r == nil {
		return "unknown"
	}
	word := fmt.Sprintf("%.3f (%.3f to %.3f)", r.Recall, r.Low, r.High)
	if r.Extrapolated {
		return "~" + word
	}
	return word
}

// writeRows writes rows with columns of one width: the second one, of names, begins
// alike, the others end alike.
func writeRows(b *strings.Builder, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 1 {
				cell, pad = cell+pad, ""
			}
			line.WriteString("  " + pad + cell)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// writeExcluded writes why techniques are not among those above.
func (r SizeVectorIndexResult) writeExcluded(b *strings.Builder) {
	name := func(t TechniqueSize) string {
		if t.Recall != nil {
			return t.Name + ": " + recallWord(t.Recall)
		}
		return t.Name
	}
	byReason(b, "Not among them", r.Techniques, name, func(t TechniqueSize) []string { return t.Excluded })
}

// writeDocumented writes where the documentation has another memory, and which.
func (r SizeVectorIndexResult) writeDocumented(b *strings.Builder) {
	name := func(t TechniqueSize) string { return bothUnits(t.Memory.Documented) + ": " + t.Name }
	byReason(b, "What the documentation counts otherwise, without replicas", r.Techniques, name, func(t TechniqueSize) []string {
		if len(t.Excluded) > 0 || t.Memory.Documented == t.Memory.Primary {
			return nil
		}
		return []string{t.Memory.Note}
	})
}

// writeWarnings writes what to know of those that can be had.
func (r SizeVectorIndexResult) writeWarnings(b *strings.Builder) {
	name := func(t TechniqueSize) string { return t.Name }
	byReason(b, "Warnings", r.Techniques, name, func(t TechniqueSize) []string {
		if len(t.Excluded) > 0 {
			return nil
		}
		return t.Warnings
	})
}

// byReason writes each reason once, with the techniques that it holds for.
func byReason(b *strings.Builder, title string, all []TechniqueSize, name func(TechniqueSize) string, reasons func(TechniqueSize) []string) {
	var order []string
	names := map[string][]string{}
	for _, t := range all {
		for _, reason := range reasons(t) {
			if names[reason] == nil {
				order = append(order, reason)
			}
			names[reason] = append(names[reason], name(t))
		}
	}
	if len(order) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, reason := range order {
		fmt.Fprintf(b, "  - %s\n", printable.Escape(reason))
		for _, name := range withoutModes(names[reason]) {
			fmt.Fprintf(b, "      %s\n", printable.Escape(name))
		}
	}
}

// withoutModes returns names, of which those that are there with both modes become one
// without.
func withoutModes(names []string) (short []string) {
	other := map[Mode]Mode{InMemory: OnDisk, OnDisk: InMemory}
	for _, name := range names {
		i := strings.LastIndex(name, ", ")
		if i < 0 || !slices.Contains(names, name[:i+2]+string(other[Mode(name[i+2:])])) {
			short = append(short, name)
		} else if !slices.Contains(short, name[:i]) {
			short = append(short, name[:i])
		}
	}
	return short
}

func writeList(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, line := range lines {
		fmt.Fprintf(b, "  - %s\n", printable.Escape(line))
	}
}

func (r SizeVectorIndexResult) writeClaims(b *strings.Builder) {
	if len(r.Claims) == 0 {
		return
	}
	b.WriteString("\nWhat an article claims of a billion vectors of 384 dimensions, neither measured nor calculated here:\n")
	rows := [][]string{{"", "technique", "recall@100", "p90", "dollars"}}
	for _, c := range r.Claims {
		rows = append(rows, []string{"", printable.Escape(c.Technique), printable.Escape(c.Recall), printable.Escape(c.Latency), printable.Escape(c.Cost)})
	}
	writeRows(b, rows)
	fmt.Fprintf(b, "  %s\n", printable.Escape(r.Claims[0].Source))
}
