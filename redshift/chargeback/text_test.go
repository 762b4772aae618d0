package chargeback

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestText(t *testing.T) {
	golden.Equal(t, "testdata/bill.txt", threeUnits().String())
}

// TestSumsInCents: cells add up to units, units, owners and charges to the total, which is
// the exact one rounded.
func TestSumsInCents(t *testing.T) {
	for name, b := range map[string]Bill{"three": threeUnits(), "sixty": sixtyUnits(), "thirds": thirds()} {
		s := b.sums()
		if exact := (b.Total + oneCent/2) / oneCent * oneCent; s.cents != exact {
			t.Errorf("%s: the total is %d, want %d", name, s.cents, exact)
		}
		var units, owners, charges Amount
		for _, u := range s.units {
			var cells Amount
			for _, c := range u.cells {
				if d := c.cents - c.amount; d <= -2*oneCent || d >= 2*oneCent || c.cents%oneCent != 0 {
					t.Errorf("%s: %s, %s is %d for %d", name, u.name, c.kind, c.cents, c.amount)
				}
				cells += c.cents
			}
			if cells != u.cents {
				t.Errorf("%s: cells of %s are %d, want %d", name, u.name, cells, u.cents)
			}
			if d := u.cents - u.amount; d <= -oneCent || d >= oneCent {
				t.Errorf("%s: %s is %d for %d", name, u.name, u.cents, u.amount)
			}
			units += u.cents
		}
		for _, o := range b.owners(s) {
			owners += o.cents
		}
		for _, c := range b.chargeCents() {
			charges += c
		}
		if units != s.cents || owners != s.cents || charges != s.cents {
			t.Errorf("%s: units are %d, owners %d, charges %d, want %d", name, units, owners, charges, s.cents)
		}
	}
}

// thirds is a bill whose amounts are all halves or thirds of a cent.
func thirds() Bill {
	b := Bill{Period: Interval{november(1), november(4)}, Charges: []Charge{{Amount: 50_000}}, Total: 50_000}
	for i, amount := range []Amount{3_333, 6_667, 5_000, 5_000, 13_334, 6_666, 10_000} {
		b.Lines = append(b.Lines, Line{Unit: string(rune('a' + i/3)), Day: november(1 + i/3), Kind: kindOrder[i], Owner: string(rune('x' + i%2)), Amount: amount})
	}
	return b
}

func TestTextSaysThatLinesDoNotAddUp(t *testing.T) {
	b := threeUnits()
	b.Lines[7].Amount++
	if text := b.String(); !strings.Contains(text, "\nTHE LINES DO NOT ADD UP TO THE CHARGES: lines 6,588.398836, charges 6,588.398835, total 6,588.398835.\n") {
		t.Errorf("the text does not say it:\n%s", text)
	}
	if got := pageOf(t, b); strings.Count(got, "THE LINES DO NOT ADD UP") != 2 || !strings.Contains(got, `class="proof wrong"`) {
		t.Error("the page does not say it")
	}
}

func TestTextHostile(t *testing.T) {
	text := hostileName().String()
	if strings.ContainsAny(text, "\x1b\u202e\t\r") || !strings.Contains(text, `\u202e`) {
		t.Error("the text holds what moves a cursor")
	}
	for line := range strings.Lines(text) {
		if len(line) > 1500 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
}

func TestTextBounded(t *testing.T) {
	b := Bill{Currency: "USD", Period: Interval{november(1), november(2)}}
	for i := range 1200 {
		b.Charges = append(b.Charges, Charge{Warehouse: salesWarehouse, Kind: Other, Amount: 1_000_000})
		b.Lines = append(b.Lines, Line{Unit: "u", Owner: strings.Repeat("o", i), Day: november(1), Kind: Other, Charge: i, Amount: 1_000_000})
		b.Gaps = append(b.Gaps, Gap{Warehouse: salesWarehouse, Table: Queries, Interval: b.Period})
		b.Notes = append(b.Notes, "note")
		b.Total += 1_000_000
	}
	if text := b.String(); strings.Count(text, "  and 200 more\n") != 4 { // owners, charges, gaps and notes
		t.Errorf("the text does not say what is left out: %d times", strings.Count(text, "more\n"))
	}
	page := pageOf(t, b)
	for _, want := range []string{"Charges <small>the first 1000 of 1200</small>", "Not known <small>the first 1000 of 1200</small>", "<small>the first 50 of 1200</small>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestTextOfNothing(t *testing.T) {
	for name, b := range map[string]Bill{"nothing": {}, "no lines": {Currency: "USD", Period: Interval{november(1), november(2)}}} {
		if text := b.String(); !strings.Contains(text, "The lines add up to the charges: 0.000000 = 0.000000 (0 lines, 0 charges).") || !strings.Contains(text, "Total 0.00") {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
}

func TestTextNumbers(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0.000000", 1: "0.000001", -1: "-0.000001", 1_234_567_890: "1234.567890", -25_000_000: "-25.000000",
		math.MaxInt64: "9223372036854.775807", math.MinInt64: "-9223372036854.775808",
	} {
		if got := textMillionths(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	for a, want := range map[Amount]string{0: "0.00", 10_000: "0.01", -10_000: "-0.01", 999_990_000: "999.99", 1_000_000_000: "1,000.00", -1_234_567_890_000: "-1,234,567.89"} {
		if got := textCents(a); got != want {
			t.Errorf("%d: got %s, want %s", a, got, want)
		}
	}
	if got := textExact(-123_456_000_001); got != "-123,456.000001" {
		t.Errorf("got %s", got)
	}
}

func TestTextQuantity(t *testing.T) {
	february := time.Date(2026, time.February, 3, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		kind     Kind
		quantity int64
		at       time.Time
		want     string
	}{
		{Compute, 3_600_000_000, february, "1 RPU-hours"},
		{Compute, 60_000_000, february, "0.017 RPU-hours"},
		{Compute, 1, february, "0.000000000278 RPU-hours"},
		{Compute, 0, february, "0 RPU-hours"},
		{Reservation, 36_000_000_000_000, february, "10,000 RPU-hours"},
		{Nodes, 5_400_000_000, february, "1.5 node-hours"},
		{ScalingTime, 1_800_000_000, february, "0.5 hours"},
		{Storage, 1024 * 672 * 1_000_000, february, "1 GB-months"},    // 28 days
		{Storage, 1024 * 720 * 1_000_000, november(9), "1 GB-months"}, // 30 days
		{Transfer, 3 << 10 * 1_000_000, february, "3 GB"},
		{Spectrum, 1 << 20 * 1_000_000, february, "1 TB"},
		{Spectrum, -1 << 19 * 1_000_000, february, "-0.5 TB"},
		{Snapshots, 0, february, ""},
		{Snapshots, 7_000_000, february, "7 GB"},
	} {
		if got := textQuantity(test.kind, test.quantity, Price{Unit: "GB"}, test.at); got != test.want {
			t.Errorf("%d of %s: got %q, want %q", test.quantity, test.kind, got, test.want)
		}
	}
}

func TestTextNames(t *testing.T) {
	for key, want := range map[string]string{
		salesWarehouse:        "workgroup sales in account 222222222222 in us-east-1",
		"//cluster/etl":       "cluster etl",
		"":                    "(no warehouse)",
		"a/b/namespace/c":     "a/b/namespace/c",
		"a/b/cluster":         "a/b/cluster",
		"a/b/workgroup/with/": "workgroup with/ in account a in b",
	} {
		if got := warehouseText(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
	if got := textName(strings.Repeat("é", 90)); got != strings.Repeat("é", 79)+"…" {
		t.Errorf("got %q", got)
	}
}

func TestWriteText(t *testing.T) {
	var b strings.Builder
	if err := threeUnits().WriteText(&b); err != nil || b.String() != threeUnits().String() {
		t.Errorf("got %v", err)
	}
	if err := threeUnits().WriteText(&full{}); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("got %v", err)
	}
}
