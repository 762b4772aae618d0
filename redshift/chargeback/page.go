package chargeback

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/page"
	"github.com/awspatterns/awspatterns/internal/printable"
)

var (
	//go:embed page/page.css
	pageCSS string
	//go:embed page/bill.html
	billHTML string
)

// How much a page shows. Units are all in the table; charts fold the small ones.
const (
	mostPageRows   = 1000
	mostPageOwners = 50 // of a unit
	mostChartUnits = 14
	mostColours    = 8
)

// WriteHTML writes the bill as a page: one file that asks the network for nothing and runs
// no script. It has the total, what units pay by kind and by day as charts, a table of units
// and kinds in cents that add up (as [Bill.String] rounds), who used it inside units, charges
// with the sources of their prices, that the lines add up to them, and what is left out or
// assumed. Names are escaped and made safe to look at. Charts fold small units into one, of
// other lists the page shows a part and says so; [Bill.WriteCSV] has all lines.
func (b Bill) WriteHTML(w io.Writer) error {
	t, err := template.New("body").Parse(billHTML)
	var body strings.Builder
	if err == nil {
		err = t.Execute(&body, b.page())
	}
	if err == nil {
		err = page.Document{Title: pageTitle(&b), Style: pageCSS, Body: body.String()}.Write(w)
	}
	if err != nil {
		return fmt.Errorf("chargeback: write HTML: %w", err)
	}
	return nil
}

func pageTitle(b *Bill) string { return "Chargeback of Amazon Redshift, " + textPeriod(b.Period) }

// pageText makes a text safe to look at, and cuts it.
func pageText(text string) string { return textCut(printable.Replace(text), 300) }

// A billPage is what the page is filled with. All its texts are safe.
type billPage struct {
	Period, Currency, Total, Proof string
	AddsUp                         bool
	Provisional, Notes             []string
	Tiles                          []pageTile
	Units                          *unitChart
	Days                           *dayChart
	Kinds                          []pageCell // heads of the table
	Table                          []pageUnit
	Totals                         []pageCell
	Owners                         []pageOwners
	Charges, Beside, Unpriced      pageList
	Gaps, Crossing                 pageList
	TableNote                      string
}

// A pageTile is a number that is shown large.
type pageTile struct{ Class, Name, Number, More string }

// A pageCell is a cell of the table, empty without a line.
type pageCell struct{ Class, Text string }

// A pageUnit is a row of the table.
type pageUnit struct {
	Class, Name, CostCenter string
	Cells                   []pageCell
	Idle, Total, Share      string
}

// pageOwners are the owners of a unit.
type pageOwners struct {
	Unit, Total, Note string
	Rows              []pageOwner
	Open              bool
}

type pageOwner struct{ Name, Amount, Share string }

// A pageList is a table of texts. Columns whose name begins with ">" are numbers.
type pageList struct {
	Heads []pageHead
	Rows  [][]pageCell
	Note  string
}

type pageHead struct{ Class, Name string }

func newPageList(heads ...string) pageList {
	var l pageList
	for _, head := range heads {
		name, number := strings.CutPrefix(head, ">")
		class := ""
		if number {
			class = "n"
		}
		l.Heads = append(l.Heads, pageHead{class, pageText(name)})
	}
	return l
}

func (l *pageList) add(cells ...string) {
	row := make([]pageCell, len(cells))
	for i, text := range cells {
		row[i] = pageCell{l.Heads[i].Class, pageText(text)}
	}
	l.Rows = append(l.Rows, row)
}

// shown tells how much of a list is shown.
func shown(shown, all int) string {
	if shown < all {
		return fmt.Sprintf("the first %d of %d", shown, all)
	}
	return fmt.Sprint(all)
}

func pageTexts(texts []string) []string {
	safe := make([]string, 0, min(len(texts), mostPageRows))
	for _, text := range texts[:min(len(texts), mostPageRows)] {
		safe = append(safe, pageText(text))
	}
	return safe
}
