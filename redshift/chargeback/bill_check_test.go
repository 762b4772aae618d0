package chargeback

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// billToSpoil returns a bill of four lines for two charges, and one beside them.
func billToSpoil(t *testing.T) Bill {
	t.Helper()
	w := workgroupOf("")
	w.Rules = map[Kind]Rule{"": {Shares: map[string]string{"a": "1", "b": "2"}}}
	return billOfFound(t, optionsOf(w), found{
		charged: []charged{
			chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 30)),
			chargeOf(w, Storage, byDay, minuteOf("2026-10-06 00:00:00", 60)),
		},
		beside: []charged{chargeOf(w, Optimization, byDay, minuteOf("2026-10-06 00:00:00", 60))},
	})
}

func TestCheckRefusesABillThatWasChanged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Bill)
		want   string
	}{
		{"total", func(b *Bill) { b.Total++ }, "the charges add up to 0.90, the total is 0.900001"},
		{"charge and total", func(b *Bill) { b.Total, b.Charges[0].Amount = b.Total+1, b.Charges[0].Amount+1 }, "of charge 0, 0.300001 for compute"},
		{"amount", func(b *Bill) { b.Lines[0].Amount-- }, "0.000001 and a quantity of 0 are on no line"},
		{"amount too much", func(b *Bill) { b.Lines[3].Amount++ }, "with it, lines have more than charge 1, 0.60"},
		{"amounts of two charges", func(b *Bill) { b.Lines[0].Amount--; b.Lines[1].Amount++ }, "lines"},
		{"quantity", func(b *Bill) { b.Lines[0].Quantity-- }, "0.00 and a quantity of 1 are on no line"},
		{"quantity too much", func(b *Bill) { b.Lines[3].Quantity++ }, "lines have more than charge 1"},
		{"against the sign", func(b *Bill) { b.Lines[0].Amount, b.Lines[1].Amount = -1, 1 }, "its sign is not that of its charge"},
		{"line lost", func(b *Bill) { b.Lines = b.Lines[1:] }, "are on no line"},
		{"line twice", func(b *Bill) { b.Lines = slices.Insert(b.Lines, 1, b.Lines[0]) }, "lines[1]: it is not in order"},
		{"order", func(b *Bill) { b.Lines[0], b.Lines[1] = b.Lines[1], b.Lines[0] }, "lines[1]: it is not in order"},
		{"index", func(b *Bill) { b.Lines[3].Charge = 2 }, "lines[3]: there is no charge 2"},
		{"negative index", func(b *Bill) { b.Lines[0].Charge = -1 }, "lines[0]: there is no charge -1"},
		{"kind", func(b *Bill) { b.Lines[3].Kind = Transfer }, `lines[3]: it is transfer of`},
		{"unit", func(b *Bill) { b.Lines[3].Unit = "z" }, `lines[3]: there is no unit "z"`},
		{"day", func(b *Bill) { b.Lines[3].Day = october.To }, "lines[3]: 2026-10-07T00:00:00Z is no day of the period"},
		{"time of day", func(b *Bill) { b.Lines[3].Day = b.Lines[3].Day.Add(time.Hour) }, "is no day of the period"},
		{"beside", func(b *Bill) { b.Beside[0].Amount-- }, "beside: of charge 0"},
		{"wrapping round", func(b *Bill) {
			b.Charges[0].Amount, b.Charges[1].Amount = math.MaxInt64, math.MaxInt64
			b.Total = -2
		}, "charges[1]: the sum is too large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := billToSpoil(t)
			if err := b.Check(); err != nil {
				t.Fatal(err)
			}
			tt.change(&b)
			if err := b.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %s", err, tt.want)
			}
		})
	}
}

func TestBillFromJSONChecks(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(billToSpoil(t))
	if err != nil {
		t.Fatal(err)
	}
	var b Bill
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if err := b.Check(); err != nil {
		t.Error(err)
	}
	again, err := json.Marshal(b)
	if err != nil || string(again) != string(text) {
		t.Errorf("%s, %v, want %s", again, err, text)
	}
}

// Printed cents add up to the printed total, where rounding each on its own would not.
func TestCentsAddUp(t *testing.T) {
	t.Parallel()
	w := workgroupOf("")
	w.Rules = map[Kind]Rule{"": {Shares: map[string]string{"a": "1", "b": "1", "c": "1"}}}
	c := chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 100))
	b := billOf(t, optionsOf(w), c, chargeOf(w, Storage, byDay, minuteOf("2026-10-05 00:00:00", 100)))
	alone, together := 0, Amount(0)
	units := b.ByUnit()
	for _, u := range units {
		alone += int(u.Amount+oneCent/2) / oneCent
		together += u.Cents
		if u.Cents%oneCent != 0 || len(u.Kinds) != 2 || u.Kinds[0].Kind != Compute || u.Kinds[0].Amount+u.Kinds[1].Amount != u.Amount {
			t.Errorf("%+v", u)
		}
	}
	if len(units) != 3 || alone != 201 || together != b.Total || b.Total != 2_000_000 {
		t.Errorf("%d units, %d cents alone, %s together, total %s", len(units), alone, together, b.Total)
	}
}

func TestPartsThatAreNotTheCharge(t *testing.T) {
	t.Parallel()
	w := workgroupOf("a")
	for name, change := range map[string]func(*charged){
		"less":     func(c *charged) { c.parts[0].quantity-- },
		"negative": func(c *charged) { c.parts[0].quantity, c.parts[1].quantity = -1, c.Quantity+1 },
		"none":     func(c *charged) { c.parts, c.Quantity = nil, 0 },
		"too much": func(c *charged) { c.parts[0].quantity, c.parts[1].quantity = math.MaxInt64, math.MaxInt64 },
	} {
		c := chargeOf(w, Compute, byQueries, minuteOf("2026-10-05 00:00:00", 1), minuteOf("2026-10-05 00:01:00", 1))
		change(&c)
		if b, err := computeBill(t.Context(), optionsOf(w), found{charged: []charged{c}}); err == nil {
			t.Errorf("%s: %+v, want an error", name, b)
		}
	}
}
