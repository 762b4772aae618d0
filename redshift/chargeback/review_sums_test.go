package chargeback

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestReviewSumsRandom rounds bills of any signs and sizes: cells add up to units, units to the
// total, owners to units, charges to the total, and no cell is two cents off.
func TestReviewSumsRandom(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	sizes := []int64{3, 9_999, 20_000, 1_000_000_000, 1 << 55}
	for range 500 {
		b := Bill{Currency: "JPY", Period: Interval{november(1), november(3)}}
		for i := range 1 + r.IntN(12) {
			amount := Amount(r.Int64N(sizes[r.IntN(len(sizes))]))
			if r.IntN(3) == 0 {
				amount = -amount
			}
			b.Charges = append(b.Charges, Charge{Kind: kindOrder[r.IntN(len(kindOrder))], Amount: amount})
			b.Lines = append(b.Lines, Line{
				Unit: []string{"", "a", "b", "c"}[r.IntN(4)], Owner: []string{"", "u", "v", OwnerIdle}[r.IntN(4)], Day: november(1 + r.IntN(2)),
				Kind: b.Charges[i].Kind, Charge: i, Amount: amount,
			})
			b.Total += amount
		}
		s := b.sums()
		var units, exact Amount
		for _, u := range s.units {
			var cells Amount
			for _, c := range u.cells {
				cells += c.cents
				if off := c.cents - c.amount; off >= 2*oneCent || off <= -2*oneCent || c.cents%oneCent != 0 {
					t.Fatalf("%d is %d in cents", c.amount, c.cents)
				}
			}
			if cells != u.cents {
				t.Fatalf("cells are %d, the unit %d", cells, u.cents)
			}
			units, exact = units+u.cents, exact+u.amount
		}
		var charges, owners Amount
		for _, c := range b.chargeCents() {
			charges += c
		}
		all := b.owners(s)
		for _, o := range all {
			owners += o.cents
		}
		if units != s.cents || charges != s.cents || exact != b.Total || len(all) > 0 && owners != s.cents || !s.addUp(&b) {
			t.Fatalf("units %d, charges %d, owners %d, in all %d of %d", units, charges, owners, s.cents, b.Total)
		}
		var page strings.Builder
		if err := b.WriteHTML(&page); err != nil || strings.Contains(page.String(), "NaN") || strings.Contains(page.String(), "Inf") || strings.Contains(page.String(), `width="-`) {
			t.Fatal(err)
		}
	}
}
