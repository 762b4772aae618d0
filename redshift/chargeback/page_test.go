package chargeback

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// pageOf returns the page of a bill. LOOK=folder keeps it, for a person to look at.
func pageOf(t *testing.T, b Bill) string {
	t.Helper()
	var page strings.Builder
	if err := b.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/"+strings.ReplaceAll(t.Name(), "/", "-")+".html", []byte(page.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return page.String()
}

func TestPage(t *testing.T) {
	golden.Equal(t, "testdata/bill.html", pageOf(t, threeUnits()))
}

// TestBillJSON keeps the bill that the page is opened with in a browser, and a reader finds
// in it all that was written.
func TestBillJSON(t *testing.T) {
	text, err := json.MarshalIndent(threeUnits(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/bill.json", string(text)+"\n")
	var b Bill
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if b.String() != threeUnits().String() {
		t.Error("the bill that was read is another one")
	}
}

// TestPageHostile: whatever names hold, the page has no markup of theirs, runs nothing and
// asks the network for nothing.
func TestPageHostile(t *testing.T) {
	got, plain := pageOf(t, hostileName()), pageOf(t, threeUnits())
	body := got[strings.Index(got, "<body>"):]
	for _, bad := range []string{"alert(1)</script>", "<img", "\x1b", "\u202e", "\" onmouseover", "href=\"", "src=\"", " style=", "ZgotmplZ"} {
		if strings.Contains(body, bad) {
			t.Errorf("there is %q", bad)
		}
	}
	if strings.Count(got, "<script") != strings.Count(plain, "<script") {
		t.Error("there are other scripts")
	}
	if !strings.Contains(body, "&lt;script&gt;alert(1)") || !strings.Contains(got, "default-src 'none'") {
		t.Error("names are missing, or the policy is")
	}
}

// boxPattern finds what a chart draws across.
var boxPattern = regexp.MustCompile(`<rect class="(c[^"]+)" x="([^"]+)%" y="([^"]+)" width="([^"]+)%" height="([^"]+)">`)

// checkBoxes fails the test for a box that is outside of its chart, and returns their number.
func checkBoxes(t *testing.T, name, page string) int {
	t.Helper()
	boxes := boxPattern.FindAllStringSubmatch(page, -1)
	if all := strings.Count(page, `"><title>`); len(boxes) != all {
		t.Errorf("%s: %d boxes, of which %d are well-formed", name, all, len(boxes))
	}
	for _, box := range boxes {
		var at [4]float64
		for i, text := range box[2:] {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatalf("%s: %s", name, box[0])
			}
			at[i] = n
		}
		if x, y, width, height := at[0], at[1], at[2], at[3]; !(x >= 0 && width >= 0 && x+width <= 100.01 && y >= 0 && height >= 0 && y+height <= dayAbove+dayHeight+.1) {
			t.Errorf("%s: %s is outside", name, box[0])
		}
	}
	return len(boxes)
}

// TestPageFolds: of sixty units charts show the large ones, and the table all.
func TestPageFolds(t *testing.T) {
	got := pageOf(t, sixtyUnits())
	if n := checkBoxes(t, "sixty", got); n < mostChartUnits+30*mostColours {
		t.Errorf("there are %d boxes", n)
	}
	if n := strings.Count(got, `role="listitem"`); n != mostChartUnits {
		t.Errorf("%d units have a bar", n)
	}
	if !strings.Contains(got, "<bdi>47 others</bdi>") || !strings.Contains(got, "<bdi>53 others</bdi>") {
		t.Error("the charts do not say how many units are folded")
	}
	table := got[strings.Index(got, `<table class="sums">`):]
	if n := strings.Count(table[:strings.Index(table, "</table>")], "<tr>"); n != 1+60+1 {
		t.Errorf("the table has %d rows", n)
	}
}

func TestPageOfUnusualBills(t *testing.T) {
	negative := threeUnits()
	for i := range negative.Lines {
		negative.Lines[i].Amount *= -1
	}
	for i := range negative.Charges {
		negative.Charges[i].Amount *= -1
	}
	negative.Total *= -1
	zero := threeUnits()
	for i := range zero.Lines {
		zero.Lines[i].Amount = 0
	}
	for i := range zero.Charges {
		zero.Charges[i].Amount = 0
	}
	zero.Total = 0
	year := sixtyUnits()
	year.Period.To = november(1).AddDate(1, 0, 0)
	strange := threeUnits()
	strange.Lines[0].Kind, strange.Lines[0].Charge = "something new", 99
	strange.Lines[1].Charge = -1
	for i := range strange.Units {
		strange.Units[i].Name = "7 others"
	}
	one := Bill{Currency: "USD", Period: Interval{november(1), november(2)}}
	one.Lines = []Line{{Unit: "u", Day: november(1), Kind: Compute, Amount: 1}}
	one.Charges, one.Total = []Charge{{Amount: 1}}, 1
	for name, test := range map[string]struct {
		bill  Bill
		boxes int
		says  string
	}{
		"negative": {negative, 130, "<b>-6,588.40</b>"},
		"zero":     {zero, 0, "<b>0.00</b>"},
		"year":     {year, 15, "Cost by month"},
		"strange":  {strange, 130, "something new"},
		"one":      {one, 2, "0.000001 = 0.000001 (1 line, 1 charge)"},
		"nothing":  {Bill{}, 0, "<b>0.00</b>"},
	} {
		got := pageOf(t, test.bill)
		if n := checkBoxes(t, name, got); n < test.boxes || test.boxes == 0 && n > 0 {
			t.Errorf("%s: there are %d boxes", name, n)
		}
		if !strings.Contains(got, test.says) || strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
			t.Errorf("%s: the page does not say %q, or says what is no number", name, test.says)
		}
	}
}

func TestFoldUnits(t *testing.T) {
	var s billSums
	for i := range 6 {
		s.units = append(s.units, unitSum{name: fmt.Sprint("u", i), amount: Amount(60 - 10*i), cents: 1})
	}
	s.units[5].amount = -100 // far below zero is large, too
	s.units = append(s.units, unitSum{amount: 1, cents: 1})
	var names []string
	var amount, cents Amount
	for _, u := range s.foldUnits(4) {
		names = append(names, u.name)
		amount, cents = amount+u.amount, cents+u.cents
	}
	if got := strings.Join(names, ","); got != "u0,u1,u5,3 others," || amount != 60+50+40+30+20-100+1 || cents != 7 {
		t.Errorf("got %q, %d, %d", got, amount, cents)
	}
	if got := s.foldUnits(6); len(got) != 7 {
		t.Errorf("%d units, want all", len(got))
	}
}

func TestDayChartBooksLines(t *testing.T) {
	b := threeUnits()
	s := b.sums()
	starts, title := b.buckets()
	if len(starts) != 30 || title != "day" {
		t.Fatalf("%d buckets by %s", len(starts), title)
	}
	var sum Amount
	for _, day := range b.byDay(starts, s.units) {
		for _, amount := range day {
			sum += amount
		}
	}
	if sum != b.Total {
		t.Errorf("the chart has %d, want %d", sum, b.Total)
	}
	b.Period.To = november(1).AddDate(0, 14, 0)
	if starts, title = b.buckets(); len(starts) != 14 || title != "month" || !starts[2].Equal(time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d buckets by %s", len(starts), title)
	}
}

func TestNiceStep(t *testing.T) {
	for step, want := range map[float64]float64{0: oneCent, 9_999: oneCent, 10_001: 20_000, 21_000: 50_000, 1e9: 1e9, 7e9: 1e10} {
		if got := niceStep(step); got < want*.999 || got > want*1.001 {
			t.Errorf("%g: got %g, want %g", step, got, want)
		}
	}
}
