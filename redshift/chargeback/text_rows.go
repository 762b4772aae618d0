package chargeback

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A textRows is a table of cells that are safe, of which only the first rows are written.
type textRows struct {
	right string // which columns are aligned right: a 1 for each that is
	most  int    // rows below the title, or all if it is negative
	rows  [][]string
	wide  []int
	left  int
}

func (t *textRows) add(cells ...string) {
	if t.most >= 0 && len(t.rows) > t.most {
		t.left++
		return
	}
	for i, cell := range cells {
		cells[i] = textName(cell)
		if i == len(t.wide) {
			t.wide = append(t.wide, 0)
		}
		t.wide[i] = max(t.wide[i], utf8.RuneCountInString(cells[i]))
	}
	t.rows = append(t.rows, cells)
}

func (t *textRows) write(b *textBill) {
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", t.wide[i]-utf8.RuneCountInString(cell))
			if i < len(t.right) && t.right[i] == '1' {
				line.WriteString("  " + pad + cell)
			} else {
				line.WriteString("  " + cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if t.left > 0 {
		fmt.Fprintf(b, "  and %d more\n", t.left)
	}
}
