package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// novemberBill is the bill of three units that the tests of the package write.
func novemberBill(t *testing.T) chargeback.Bill {
	t.Helper()
	text, err := os.ReadFile("../../redshift/chargeback/testdata/bill.json")
	if err != nil {
		t.Fatal(err)
	}
	var b chargeback.Bill
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Lines) != 600 {
		t.Fatalf("the bill has %d lines", len(b.Lines))
	}
	return b
}

// sixtyUnits divides the lines of a bill among so many units.
func sixtyUnits(b chargeback.Bill) chargeback.Bill {
	for i := range b.Lines {
		b.Lines[i].Unit = fmt.Sprintf("unit %02d", i%60)
	}
	return b
}

// hostileBill has names that are markup, very long, or written from right to left.
func hostileBill(b chargeback.Bill) chargeback.Bill {
	trap := "</td><script>alert(1)</script><img src=http://127.0.0.1:1/x onerror=alert(2)>\u202e" + strings.Repeat("long", 100)
	b.Currency = "USD" + trap
	for i := range b.Lines {
		b.Lines[i].Unit += trap
		b.Lines[i].Owner += trap
	}
	for i := range b.Charges {
		b.Charges[i].Price.Source += trap
		b.Charges[i].Warehouse += trap
	}
	b.Provisional, b.Notes = []string{trap}, []string{trap}
	return b
}

// TestBillPage opens the page of a bill: nothing is wider than the window, in one that is
// large or narrow, nothing is asked of the network, and nothing is reported.
func TestBillPage(t *testing.T) {
	for name, test := range map[string]struct {
		bill chargeback.Bill
		bars int
	}{
		"three":   {novemberBill(t), 4},
		"sixty":   {sixtyUnits(novemberBill(t)), 14},
		"hostile": {hostileBill(novemberBill(t)), 4},
		"nothing": {chargeback.Bill{}, 0},
	} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				var page bytes.Buffer
				if err := test.bill.WriteHTML(&page); err != nil {
					t.Fatal(err)
				}
				p := openHTML(t, page.Bytes(), scheme)
				want(p, `document.querySelectorAll(".bar").length`, test.bars)
				want(p, `document.querySelectorAll("img, iframe, a").length`, 0)
				for _, width := range []int64{1440, 400} {
					p.do(chromedp.EmulateViewport(width, 900))
					want(p, `document.documentElement.scrollWidth <= window.innerWidth`, true)
					want(p, `[...document.querySelectorAll(".tiles li, .card, .total, .proof, .problem, details")].filter(e => e.scrollWidth > e.clientWidth + 1).length`, 0)
					p.screenshot(fmt.Sprintf("bill-%s-%s-%d", name, scheme, width))
				}
			})
		}
	}
}

// TestBillPageDraws: bars are as long as what units pay, and the days as high.
func TestBillPageDraws(t *testing.T) {
	b := novemberBill(t)
	var page bytes.Buffer
	if err := b.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	p := openHTML(t, page.Bytes(), "light")
	want(p, `document.querySelector(".total b").textContent`, "6,588.40")
	want(p, `getComputedStyle(document.querySelector(".proof")).color`, "rgb(24, 121, 78)")

	// What is drawn to the right of zero, for each unit, over what it pays (without the
	// credit, which is to the left).
	longest := get[[]float64](p, `(() => {
		const zero = document.querySelector("#units .zero").getBoundingClientRect().left;
		return [...document.querySelectorAll("#units .bar")].map(bar => Math.max(...[...bar.querySelectorAll("rect")].map(r => r.getBoundingClientRect().right)) - zero);
	})()`)
	pays := map[string]float64{}
	for _, l := range b.Lines {
		if l.Amount > 0 {
			pays[l.Unit] += float64(l.Amount)
		}
	}
	for i, unit := range []string{"sales", "etl", "marketing", ""} {
		if got, want := longest[i]/longest[0], pays[unit]/pays["sales"]; got < want-.01 || got > want+.01 {
			t.Errorf("the bar of %q is %.3f of the first, want %.3f", unit, got, want)
		}
	}
	// A colour for each: hatched for what is idle, and no two kinds alike.
	want(p, `new Set([...document.querySelectorAll("#units .keys rect")].map(e => getComputedStyle(e).fill)).size == document.querySelectorAll("#units .keys rect").length`, true)
	want(p, `new Set([...document.querySelectorAll("#days .keys rect")].map(e => getComputedStyle(e).fill)).size`, 4)
	want(p, `getComputedStyle(document.querySelector("#units rect.c-idle")).fill.includes("#hatch")`, true)
	want(p, `new Set([...document.querySelectorAll("#days .plot .stretch rect")].map(e => e.getAttribute("x"))).size`, 30)
	// Labels of the chart are inside it, also in a narrow window.
	p.do(chromedp.EmulateViewport(400, 900))
	want(p, `(() => {
		const box = e => e.getBoundingClientRect();
		const plot = box(document.querySelector("#days .card"));
		return [...document.querySelectorAll("#days .plot text")].filter(e => box(e).left < plot.left || box(e).right > plot.right).length;
	})()`, 0)
}
