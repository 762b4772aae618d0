package chargeback

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// csvColumns are the columns of WriteCSV.
var csvColumns = []string{
	"day", "unit", "cost_center", "kind", "warehouse", "owner", "basis", "quantity", "quantity_unit",
	"price", "price_unit", "price_source", "charge", "amount", "currency", "period_from", "period_to", "provisional",
}

// WriteCSV writes the lines of the bill as a table, a row for each, after a row of the names
// of the columns. Amounts have six digits after the point, and add up to the total exactly;
// quantities have six too, and are in the unit of the kind (such as RPU-Seconds; see [Kind]),
// not in that of the price. A unit that is empty is not attributed. What is beside the total
// or has no price has no row.
//
// So that a spreadsheet does not calculate what a name holds, texts that begin with =, +, -,
// @, a tab or a line end have an apostrophe before them, and characters that are not seen are
// U+FFFD: as JSON, a bill has the names as they are.
//
// A bill whose lines or charges do not add up to its total is an error, and nothing is written.
func (b Bill) WriteCSV(w io.Writer) error {
	if err := b.checkLineSum(); err != nil {
		return fmt.Errorf("chargeback: write CSV: %w", err)
	}
	c := csv.NewWriter(w)
	err := c.Write(csvColumns)
	for i := range b.Lines {
		if err == nil {
			err = c.Write(b.csvRow(&b.Lines[i]))
		}
	}
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("chargeback: write CSV: %w", err)
	}
	return nil
}

func (b *Bill) csvRow(l *Line) []string {
	p := b.chargeOf(l).Price
	unit := measureOf(l.Kind, l.Day).counted
	if unit == "" {
		unit = p.Unit
	}
	return []string{
		csvDay(l.Day), csvText(l.Unit), csvText(b.unit(l.Unit).CostCenter), csvText(string(l.Kind)), csvText(l.Warehouse),
		csvText(l.Owner), csvText(string(l.Basis)), textMillionths(l.Quantity), csvText(unit),
		csvText(p.Amount), csvText(p.Unit), csvText(p.Source), strconv.Itoa(l.Charge), textMillionths(int64(l.Amount)), csvText(b.Currency),
		csvDay(b.Period.From), csvDay(b.Period.To), strconv.FormatBool(len(b.Provisional) > 0),
	}
}

func csvDay(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// csvFormula are what texts begin with that a spreadsheet calculates, in both widths.
const csvFormula = "=+-@\t\r\n＝＋－＠"

// csvText keeps a spreadsheet from calculating what a name holds ("CSV Injection" of OWASP),
// and a terminal from obeying it.
func csvText(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if text != "" && strings.ContainsRune(csvFormula, first) {
		text = "'" + text
	}
	return printable.Replace(text)
}
