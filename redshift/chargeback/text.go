package chargeback

import (
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// mostTextRows is how many rows of a list a text shows; units and kinds are never left out.
const mostTextRows = 1000

// String returns the bill for a person: what units pay by kind, in cents that add up (what
// is lost by rounding goes where most was lost, so that a cell may be a cent off), what is
// idle or not attributed, the charges with their prices and where these are from, that the
// lines add up to them, and what is left out or assumed. What names hold is made safe to look
// at, long ones are cut to 80 characters. Of a list it shows the first 1,000 rows, and says
// how many there are; [Bill.WriteCSV] has all lines, with all digits.
func (b Bill) String() string {
	t := textBill{Bill: &b, sums: b.sums()}
	t.head()
	t.units()
	t.owners()
	t.charges()
	t.proof()
	t.beside()
	t.unpriced()
	t.gaps()
	t.crossing()
	t.list("Assumed", b.Notes)
	return t.String()
}

// WriteText writes the text of [Bill.String].
func (b Bill) WriteText(w io.Writer) error {
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("chargeback: write text: %w", err)
	}
	return nil
}

// A textBill is the text of a bill as it is made.
type textBill struct {
	*Bill
	strings.Builder
	sums billSums
}

func (t *textBill) String() string { return t.Builder.String() }

func (t *textBill) head() {
	fmt.Fprintf(t, "Chargeback of Amazon Redshift, %s\n", textPeriod(t.Period))
	fmt.Fprintf(t, "Total %s %s\n", textCents(t.sums.cents), textName(t.Currency))
	if len(t.Provisional) > 0 {
		t.list("PROVISIONAL, this bill may still change", t.Provisional)
	}
	if len(t.Unpriced) > 0 {
		t.WriteString("\nINCOMPLETE: there is usage without a price, see below\n")
	}
}

// list writes texts below a title.
func (t *textBill) list(title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	fmt.Fprintf(t, "\n%s:\n", title)
	for i, text := range texts {
		if i == mostTextRows {
			fmt.Fprintf(t, "  and %d more\n", len(texts)-i)
			break
		}
		fmt.Fprintf(t, "  - %s\n", textCut(printable.Escape(text), 400))
	}
}

func (t *textBill) units() {
	t.WriteString("\nWho pays\n")
	rows := textRows{right: "00100", most: -1}
	rows.add("UNIT", "KIND", t.amountTitle(), "OF TOTAL", "")
	for _, u := range t.sums.units {
		rows.add(unitText(u.name), "", textCents(u.cents), textPercent(u.amount, t.sums.lines), t.costCenter(u.name))
		for _, c := range u.cells {
			rows.add("", textState(c.kind, c.state), textCents(c.cents), "", "")
		}
	}
	rows.add("TOTAL", "", textCents(t.sums.cents), "", "")
	rows.write(t)
	s := t.sums
	fmt.Fprintf(t, "\n  of it not attributed %s, idle %s, idle and spread %s, harvest %s\n",
		textCents(s.centsOfNone()), textCents(s.centsOf(stateIdle)), textCents(s.centsOf(stateSpread)), textCents(s.centsOf(stateHarvest)))
}

// costCenter returns that of a unit, with its word.
func (t *textBill) costCenter(unit string) string {
	if c := t.unit(unit).CostCenter; c != "" {
		return "cost center " + c
	}
	return ""
}

// unit returns what the description says of a unit.
func (b *Bill) unit(name string) Unit {
	for _, u := range b.Units {
		if u.Name == name && name != "" {
			return u
		}
	}
	return Unit{Name: name}
}

func (t *textBill) amountTitle() string { return strings.ToUpper(textName(t.Currency)) }

func (t *textBill) owners() {
	owners := t.Bill.owners(t.sums)
	if len(owners) == 0 {
		return
	}
	t.WriteString("\nInside units\n")
	rows := textRows{right: "001", most: mostTextRows}
	rows.add("UNIT", "OWNER", t.amountTitle())
	for _, o := range owners {
		rows.add(unitText(o.unit), ownerText(o.owner), textCents(o.cents))
	}
	rows.write(t)
}

func (t *textBill) charges() {
	t.WriteString("\nCharges\n")
	rows := textRows{right: "001010", most: mostTextRows}
	rows.add("WAREHOUSE", "KIND", "QUANTITY", "PRICE", t.amountTitle(), "SOURCE OF THE PRICE")
	cents, days := t.chargeCents(), t.chargeDays()
	for i, c := range t.Bill.Charges {
		rows.add(warehouseText(c.Warehouse), string(c.Kind), textQuantity(c.Kind, c.Quantity, c.Price, days[i]),
			textPrice(c.Price), textCents(cents[i]), c.Price.Source)
	}
	rows.write(t)
}

// proof shows that the lines add up to the charges.
func (t *textBill) proof() { fmt.Fprintf(t, "\n%s.\n", t.sums.proof(t.Bill)) }

// proof returns a sentence on whether the lines and the total are the sum of the charges.
func (s *billSums) proof(b *Bill) string {
	if !s.addUp(b) {
		return fmt.Sprintf("THE LINES DO NOT ADD UP TO THE CHARGES: lines %s, charges %s, total %s",
			textExact(s.lines), textExact(s.charges), textExact(b.Total))
	}
	return fmt.Sprintf("The lines add up to the charges: %s = %s (%s, %s)", textExact(s.lines), textExact(s.charges),
		textCount(len(b.Lines), "line"), textCount(len(b.Charges), "charge"))
}

func (s *billSums) addUp(b *Bill) bool { return s.lines == s.charges && s.lines == b.Total }

func (t *textBill) beside() {
	if len(t.Beside) == 0 {
		return
	}
	t.WriteString("\nBeside the total\n")
	rows := textRows{right: "00011", most: mostTextRows}
	rows.add("UNIT", "WAREHOUSE", "KIND", "QUANTITY", t.amountTitle())
	for _, l := range t.besideSums() {
		rows.add(unitText(l.Unit), warehouseText(l.Warehouse), string(l.Kind), textQuantity(l.Kind, l.Quantity, Price{}, t.Period.From), textExact(l.Amount))
	}
	rows.write(t)
}

func (t *textBill) unpriced() {
	if len(t.Unpriced) == 0 {
		return
	}
	t.WriteString("\nWithout a price\n")
	rows := textRows{right: "00010", most: mostTextRows}
	rows.add("WAREHOUSE", "KIND", "NODE TYPE", "QUANTITY", "WHY")
	for _, u := range t.Unpriced {
		rows.add(warehouseText(u.Warehouse), string(u.Kind), u.NodeType, textQuantity(u.Kind, u.Quantity, Price{}, t.Period.From), u.Reason)
	}
	rows.write(t)
}

func (t *textBill) gaps() {
	if len(t.Gaps) == 0 {
		return
	}
	t.WriteString("\nNot known\n")
	rows := textRows{right: "0000", most: mostTextRows}
	rows.add("WAREHOUSE", "TABLE", "TIME", "WHY")
	for _, g := range t.Gaps {
		rows.add(warehouseText(g.Warehouse), string(g.Table), textInterval(g.Interval), g.Reason)
	}
	rows.write(t)
}

func (t *textBill) crossing() {
	if len(t.Crossing) == 0 {
		return
	}
	t.WriteString("\nTransactions that were open at the end, billed when they end\n")
	rows := textRows{right: "0100", most: mostTextRows}
	rows.add("WAREHOUSE", "TRANSACTION", "USER", "START", "END")
	for _, c := range t.Crossing {
		rows.add(warehouseText(c.Warehouse), fmt.Sprint(c.Transaction), c.User, c.Start.UTC().Format("2006-01-02 15:04:05"), textCrossingEnd(c))
	}
	rows.write(t)
}
