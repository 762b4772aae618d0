package chargeback

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// billedNovember is a day of the month of most tests.
func billedNovember(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }

// A reconcileBill makes bills of lines.
type reconcileBill struct{ Bill }

func newReconcileBill(days int) *reconcileBill {
	return &reconcileBill{Bill{Currency: "USD", Period: Interval{billedNovember(1), billedNovember(1 + days)}}}
}

// add charges a unit for a quantity of the unit of the kind, in whole ones.
func (b *reconcileBill) add(day int, unit string, k Kind, p Price, quantity int64, a Amount) {
	p.Kind = k
	b.Charges = append(b.Charges, Charge{Kind: k, Quantity: quantity * 1_000_000, Price: p, Amount: a})
	b.Lines = append(b.Lines, Line{
		Unit: unit, Day: billedNovember(day), Kind: k, Charge: len(b.Charges) - 1, Quantity: quantity * 1_000_000, Amount: a, Basis: BasisWhole,
	})
	b.Total += a
}

func used(day int, usageType, group, quantity, unit, cost string) Billed {
	return Billed{
		Day: billedNovember(day), UsageType: usageType, RecordType: "Usage", Group: group,
		Quantity: quantity, Unit: unit, Cost: cost, Currency: "USD",
	}
}

func (row Billed) as(recordType string) Billed {
	row.RecordType = recordType
	return row
}

// compared compares, and checks what holds for all comparisons.
func compared(t *testing.T, b Bill, billed []Billed, o CompareOptions) Reconciliation {
	t.Helper()
	r, err := CompareBill(b, billed, o)
	if err != nil {
		t.Fatal(err)
	}
	checkReconciliation(t, r)
	return r
}

// checkReconciliation checks that all adds up.
func checkReconciliation(t *testing.T, r Reconciliation) {
	t.Helper()
	var ours, billed, types Amount
	for _, f := range r.Findings {
		var causes Amount
		for _, c := range f.Causes {
			causes += c.Amount
			if c.Amount == 0 || c.Detail == "" || c.Reason == "" {
				t.Errorf("%s, %s: a cause without an amount, a detail or a reason: %+v", f.Unit, f.Kind, c)
			}
		}
		if causes != f.Difference || f.Difference != f.Billed-f.Ours {
			t.Errorf("%q, %s: ours %d, billed %d, difference %d, causes %d", f.Unit, f.Kind, f.Ours, f.Billed, f.Difference, causes)
		}
		ours += f.Ours
		billed += f.Billed
	}
	for _, u := range r.UsageTypes {
		types += u.Cost
	}
	if ours != r.Ours || billed != r.Billed || r.Difference != billed-ours || types != billed {
		t.Errorf("findings add up to %d and %d, usage types to %d; in all %d, %d, %d", ours, billed, types, r.Ours, r.Billed, r.Difference)
	}
}

// causesOf returns the causes of a finding as "reason amount".
func causesOf(r Reconciliation, unit string, k Kind) (causes []string) {
	for _, f := range r.Findings {
		if f.Unit == unit && f.Kind == k {
			for _, c := range f.Causes {
				causes = append(causes, fmt.Sprintf("%s %s", c.Reason, moneyText(c.Amount)))
			}
		}
	}
	return causes
}

func detailOf(r Reconciliation, unit string, k Kind, reason Reason) string {
	for _, f := range r.Findings {
		for _, c := range f.Causes {
			if f.Unit == unit && f.Kind == k && c.Reason == reason {
				return c.Detail
			}
		}
	}
	return ""
}

var (
	rpuPrice  = Price{Amount: "0.36", Unit: "RPU-hour", Source: "fixed"}
	serverUse = "USW2-Redshift:ServerlessUsage"
)

func TestCompareBill(t *testing.T) {
	t.Parallel()
	oneDay := func() *reconcileBill {
		b := newReconcileBill(1)
		b.add(1, "sales", Compute, rpuPrice, 36_000, 3_600_000) // 10 RPU-hours at 0.36
		return b
	}
	tests := []struct {
		name   string
		bill   *reconcileBill
		billed []Billed
		o      CompareOptions
		unit   string
		kind   Kind
		causes []string
		detail string // of the first cause
	}{
		{name: "equal", bill: oneDay(), kind: Compute, billed: []Billed{used(1, serverUse, "", "10", "RPU-Hr", "3.6")}},
		{
			name: "discount", bill: oneDay(), kind: Compute, billed: []Billed{used(1, serverUse, "", "10", "RPU-Hr", "3.24")},
			causes: []string{"price -0.36"}, detail: "AWS charged 0.324 for a RPU-hour, the bill 0.36: 10 percent less",
		},
		{
			name: "more usage", bill: oneDay(), kind: Compute, billed: []Billed{used(1, serverUse, "", "12.5", "RPU-Hr", "4.5")},
			causes: []string{"usage 0.90"}, detail: "AWS counts 2.5 RPU-hours more: other warehouses or accounts, or booked on another day",
		},
		{
			name: "more usage and a discount", bill: oneDay(), kind: Compute, billed: []Billed{used(1, serverUse, "", "12.5", "RPU-Hr", "4.05")},
			causes: []string{"usage 0.90", "price -0.45"},
		},
		{
			name: "rounding", bill: oneDay(), kind: Compute, billed: []Billed{used(1, serverUse, "", "10", "RPU-Hr", "3.6000014")},
			causes: []string{"rounding 0.000001"}, detail: "each of 1 lines and 1 rows is rounded to a millionth",
		},
		{
			name: "AWS has nothing", bill: oneDay(), kind: Compute, causes: []string{"usage -3.60"},
			detail: "AWS counts 10 RPU-hours less: booked on another day, or in an account that was not asked for",
		},
		{
			name: "late by the flag", bill: oneDay(), kind: Compute, causes: []string{"late -0.36"},
			billed: []Billed{estimated(used(1, serverUse, "", "9", "RPU-Hr", "3.24"))},
			detail: "AWS counts 1 RPU-hour less, and AWS may count more yet: 2026-11-01",
		},
		{
			name: "late by the clock", bill: oneDay(), kind: Compute, causes: []string{"late -0.36"}, o: CompareOptions{Now: billedNovember(3)},
			billed: []Billed{used(1, serverUse, "", "9", "RPU-Hr", "3.24")},
		},
		{
			name: "estimated, and not late", bill: oneDay(), kind: Compute, causes: []string{"usage -0.36"}, o: CompareOptions{Now: billedNovember(5)},
			billed: []Billed{estimated(used(1, serverUse, "", "9", "RPU-Hr", "3.24"))},
		},
		{
			name: "the same day in another order", bill: withLine(oneDay(), 1, "sales", Storage, Price{}, 1024*720, 24_000), kind: Storage,
			billed: []Billed{used(1, "USW2-RMS:Serverless", "", "1", "GB-Mo", "0.024"), used(1, serverUse, "", "10", "RPU-Hr", "3.6")},
		},
		{
			name: "a usage type that begins alike", bill: oneDay(), kind: Reservation,
			billed: []Billed{used(1, serverUse+"-CR-1YR-AU", "", "8", "RPU-1yr", "100")},
			causes: []string{"reservation 100.00"},
		},
		{
			name: "usage that a reservation covers", bill: oneDay(), kind: Compute,
			billed: []Billed{used(1, serverUse, "", "4", "RPU-Hr", "1.44"), used(1, serverUse, "", "6", "RPU-Hr", "0").as("DiscountedUsage")},
			causes: []string{"reservation -2.16"}, detail: "AWS has it as DiscountedUsage 0.00",
		},
		{
			name: "fee of a reservation", bill: oneDay(), kind: UnusedNodes,
			billed: []Billed{used(1, "USW2-HeavyUsage:ra3.4xlarge", "", "24", "Hrs", "40").as("Recurring")},
			causes: []string{"reservation 40.00"}, detail: "AWS has it as Recurring 40.00",
		},
		{
			name: "fee with the usage type of what it covers", bill: oneDay(), kind: Reservation,
			billed: []Billed{used(1, serverUse, "", "24", "RPU-Hr", "7").as("RIFee")}, causes: []string{"reservation 7.00"},
		},
		{
			name: "fee without a usage type", bill: oneDay(), kind: Other,
			billed: []Billed{used(1, "", "", "", "", "5").as("Fee")}, causes: []string{"reservation 5.00"},
		},
		{
			name: "a day on which the bill has nothing", bill: oneDay(), kind: Compute, o: CompareOptions{Period: Interval{billedNovember(1), billedNovember(3)}},
			billed: []Billed{used(1, serverUse, "", "10", "RPU-Hr", "3.6"), used(2, serverUse, "", "1", "RPU-Hr", "0.324")},
			causes: []string{"usage 0.36", "price -0.036"}, detail: "AWS counts 1 RPU-hour more: other warehouses or accounts, or booked on another day",
		},
		{
			name: "a unit with a price of its own", bill: withLine(oneDay(), 1, "marketing", Compute, rpuPrice, 36_000, 4_000_000),
			o: CompareOptions{TagKey: "unit"}, unit: "marketing", kind: Compute,
			billed: []Billed{used(1, serverUse, "sales", "10", "RPU-Hr", "3.6"), used(1, serverUse, "marketing", "11", "RPU-Hr", "4.4")},
			causes: []string{"usage 0.40"},
		},
		{
			name: "credits", bill: oneDay(), kind: Compute, causes: []string{"credit -1.00", "refund -0.50", "tax 0.70"},
			billed: []Billed{
				used(1, serverUse, "", "10", "RPU-Hr", "3.6"), used(1, serverUse, "", "0", "RPU-Hr", "-1").as("Credit"),
				used(1, serverUse, "", "0", "RPU-Hr", "-0.5").as("Refund"), used(1, serverUse, "", "0", "N/A", "0.7").as("Tax"),
			},
			detail: "AWS has it as Credit -1.00",
		},
		{
			name: "record types as both write them", bill: oneDay(), kind: Other, causes: []string{"discount -3.00", "other 1.00"},
			billed: []Billed{
				used(1, "", "", "", "", "-1").as("Enterprise Discount Program Discount"), used(1, "", "", "", "", "-2").as("EdpDiscount"),
				used(1, "", "", "", "", "1").as("Something new"),
			},
		},
		{
			name: "snapshots", bill: oneDay(), kind: Snapshots, causes: []string{"unseen 2.30"},
			billed: []Billed{used(1, "USW2-Redshift:PaidSnapshots", "", "100", "GB-Mo", "2.3")},
			detail: "no view of Redshift tells it: USW2-Redshift:PaidSnapshots",
		},
		{
			name: "a unit that is not known", bill: oneDay(), kind: Compute, causes: []string{"unsplit 0.40"},
			billed: []Billed{used(1, serverUse, "", "10", "N/A", "4")},
			detail: "usage or price: AWS counts in N/A, which cannot be compared",
		},
		{
			name: "free scaling", bill: withLine(oneDay(), 1, "", ScalingTime, Price{}, 100, 90_000), kind: ScalingTime,
			billed: []Billed{used(1, "CS:ra3.4xlarge", "", "100", "seconds", "0.09"), used(1, "CSFreeUsage:ra3.4xlarge", "", "3600", "seconds", "0")},
		},
		{
			name: "optimization in the total is compute", bill: withLine(oneDay(), 1, "sales", Optimization, rpuPrice, 3600, 360_000), kind: Compute,
			billed: []Billed{used(1, serverUse, "", "11", "RPU-Hr", "3.96")},
		},
		{
			name: "by the tag", bill: oneDay(), o: CompareOptions{TagKey: "unit", UnitOf: map[string]string{"S": "sales"}}, unit: "sales", kind: Compute,
			billed: []Billed{used(1, serverUse, "S", "10", "RPU-Hr", "3.6"), used(1, serverUse, "marketing", "1", "RPU-Hr", "0.36")},
		},
		{
			name: "of another unit", bill: oneDay(), o: CompareOptions{TagKey: "unit"}, unit: "marketing", kind: Compute,
			billed: []Billed{used(1, serverUse, "sales", "8", "RPU-Hr", "2.88"), used(1, serverUse, "marketing", "3", "RPU-Hr", "1.08")},
			causes: []string{"usage 0.36", "units 0.72"}, detail: "AWS counts 1 RPU-hour more, and the bill has none: USW2-Redshift:ServerlessUsage",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := compared(t, test.bill.Bill, test.billed, test.o)
			if got := causesOf(r, test.unit, test.kind); !slices.Equal(got, test.causes) {
				t.Errorf("causes %q, want %q\n%v", got, test.causes, r)
			}
			if test.detail != "" {
				reason, _, _ := strings.Cut(test.causes[0], " ")
				if got := detailOf(r, test.unit, test.kind, Reason(reason)); got != test.detail {
					t.Errorf("detail %q, want %q", got, test.detail)
				}
			}
			if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Unit == test.unit && f.Kind == test.kind }) {
				t.Errorf("nothing is found of %q, %s: %v", test.unit, test.kind, r)
			}
		})
	}
}

func estimated(row Billed) Billed {
	row.Estimated = true
	return row
}

func withLine(b *reconcileBill, day int, unit string, k Kind, p Price, quantity int64, a Amount) *reconcileBill {
	b.add(day, unit, k, p, quantity, a)
	return b
}

// Usage on a day that was not harvested is a gap; less usage there is none.
func TestCompareBillGap(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(2)
	b.add(1, "sales", Compute, rpuPrice, 36_000, 3_600_000)
	b.add(2, "sales", Compute, rpuPrice, 36_000, 3_600_000)
	b.Gaps = []Gap{{Table: Minutes, Interval: Interval{billedNovember(2).Add(time.Hour), billedNovember(2).Add(2 * time.Hour)}}, {Table: Queries, Interval: b.Period}}
	r := compared(t, b.Bill, []Billed{used(1, serverUse, "", "11", "RPU-Hr", "3.96"), used(2, serverUse, "", "12", "RPU-Hr", "4.32")}, CompareOptions{})
	if got, want := causesOf(r, "", Compute), []string{"usage 0.36", "gap 0.72"}; !slices.Equal(got, want) {
		t.Errorf("causes %q, want %q", got, want)
	}
	if got, want := detailOf(r, "", Compute, ReasonGap), "AWS counts 2 RPU-hours more on days that were not harvested whole: 2026-11-02"; got != want {
		t.Errorf("detail %q, want %q", got, want)
	}
}

// Prices of two Regions do not mix, where the bill tells Regions.
func TestCompareBillRegions(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(1)
	b.add(1, "", Compute, Price{Region: "us-west-2"}, 36_000, 3_600_000)
	b.add(1, "", Compute, Price{Region: "eu-central-1"}, 36_000, 4_510_000)
	r := compared(t, b.Bill, []Billed{used(1, serverUse, "", "10", "RPU-Hr", "3.6"), used(1, "EUC1-Redshift:ServerlessUsage", "", "20", "RPU-Hr", "9.02")}, CompareOptions{})
	if got, want := causesOf(r, "", Compute), []string{"usage 4.51"}; !slices.Equal(got, want) {
		t.Errorf("causes %q, want %q", got, want)
	}
}

func TestCompareBillNodeTypes(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(1)
	b.add(1, "", Nodes, Price{Region: "us-east-1", NodeType: "ra3.xlplus"}, 3600, 1_086_000)
	b.add(1, "", Nodes, Price{Region: "us-east-1", NodeType: "ra3.16xlarge"}, 3600, 13_040_000)
	r := compared(t, b.Bill, []Billed{used(1, "Node:ra3.xlplus", "", "1", "Hrs", "1.086"), used(1, "Node:ra3.16xlarge", "", "2", "Hrs", "26.08")}, CompareOptions{})
	if got, want := causesOf(r, "", Nodes), []string{"usage 13.04"}; !slices.Equal(got, want) {
		t.Errorf("causes %q, want %q", got, want)
	}
}

func TestCompareBillRefuses(t *testing.T) {
	t.Parallel()
	row := used(1, serverUse, "", "1", "RPU-Hr", "1")
	tests := []struct {
		name   string
		change func(*Bill, *Billed)
		want   string
	}{
		{"currency", func(_ *Bill, r *Billed) { r.Currency = "EUR" }, `its currency is "EUR", the bill's "USD"`},
		{"cost", func(_ *Bill, r *Billed) { r.Cost = "1/3" }, `cost: "1/3" is no decimal number`},
		{"no cost", func(_ *Bill, r *Billed) { r.Cost = "" }, `cost: "" is no decimal number`},
		{"quantity", func(_ *Bill, r *Billed) { r.Quantity = "NaN" }, `quantity: "NaN" is no decimal number`},
		{"huge exponent", func(_ *Bill, r *Billed) { r.Quantity = "1E999999999" }, "is no decimal number"},
		{"huge cost", func(_ *Bill, r *Billed) { r.Cost = "1E15" }, "more than can be counted"},
		{"time of day", func(_ *Bill, r *Billed) { r.Day = r.Day.Add(time.Hour) }, "is not midnight"},
		{"charge", func(b *Bill, _ *Billed) { b.Lines[0].Charge = 7 }, "there is no charge 7"},
		{"line's day", func(b *Bill, _ *Billed) { b.Lines[0].Day = b.Lines[0].Day.Add(time.Minute) }, "is not midnight"},
		{"sum", func(b *Bill, r *Billed) { b.Lines[0].Amount, r.Cost = math.MaxInt64, "-1E12" }, "add up to more than can be counted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, row := newReconcileBill(1), row
			b.add(1, "sales", Compute, rpuPrice, 1, 1)
			test.change(&b.Bill, &row)
			if _, err := CompareBill(b.Bill, []Billed{row}, CompareOptions{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// reconciledMonth is a bill of three units and what AWS charged for it.
func reconciledMonth() (Bill, []Billed) {
	b := newReconcileBill(3)
	var rows []Billed
	for day := 1; day <= 3; day++ {
		b.add(day, "sales", Compute, rpuPrice, 36_000, 3_600_000)
		b.add(day, "marketing", Compute, rpuPrice, 18_000, 1_800_000)
		b.add(day, "sales", Storage, Price{Amount: "0.024"}, 1024*720*2, 48_000)
		b.add(day, "", Nodes, Price{NodeType: "ra3.4xlarge"}, 2*86_400, 156_480_000)
		rows = append(rows,
			used(day, serverUse, "sales", "9", "RPU-Hr", "3.0132"), used(day, serverUse, "marketing", "6", "RPU-Hr", "2.0088"),
			used(day, "USW2-RMS:Serverless", "sales", "2.0000000014", "GB-Mo", "0.0480000000336"),
			used(day, "USW2-Node:ra3.4xlarge", "", "48", "Hrs", "0").as("DiscountedUsage"),
			used(day, "USW2-Redshift:PaidSnapshots", "", "3.5", "GB-Mo", "0.0805"),
			used(day, "USW2-Redshift:NewThing", "=cmd|' /C calc'!A0", "1", "Units", "0.01"),
		)
	}
	b.Lines = append(b.Lines, Line{Unit: "sales", Day: billedNovember(9), Kind: Compute, Amount: 5})
	b.Beside = []Line{{Unit: "marketing", Day: billedNovember(2), Kind: Optimization, Amount: 250_000}}
	b.Provisional = []string{"2 transactions were open at its end"}
	rows = append(rows,
		estimated(used(3, serverUse, "sales", "0.5", "RPU-Hr", "0.1674")),
		used(1, "USW2-HeavyUsage:ra3.4xlarge", "", "144", "Hrs", "300").as("Recurring"),
		used(1, "", "", "", "", "-12.5").as("Credit"),
	)
	return b.Bill, rows
}

func TestReconciliationText(t *testing.T) {
	t.Parallel()
	b, rows := reconciledMonth()
	r := compared(t, b, rows, CompareOptions{TagKey: "unit"})
	golden.Equal(t, "testdata/reconcile/units.txt", r.String())
	var csv strings.Builder
	if err := r.WriteCSV(&csv); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/reconcile/units.csv", csv.String())
	golden.Equal(t, "testdata/reconcile/kinds.txt", compared(t, b, rows, CompareOptions{}).String())
	for i := range rows {
		rows[i].Group = ""
	}
	golden.Equal(t, "testdata/reconcile/tag-not-active.txt", compared(t, b, rows, CompareOptions{TagKey: "unit\x1b[2J"}).String())
}

// The order of rows and lines does not matter.
func TestCompareBillOrder(t *testing.T) {
	t.Parallel()
	b, rows := reconciledMonth()
	want := compared(t, b, rows, CompareOptions{TagKey: "unit"})
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		r.Shuffle(len(b.Lines), func(i, j int) { b.Lines[i], b.Lines[j] = b.Lines[j], b.Lines[i] })
		if got := compared(t, b, rows, CompareOptions{TagKey: "unit"}); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got\n%v\nwant\n%v", seed, got, want)
		}
	}
}

func TestExternals(t *testing.T) {
	t.Parallel()
	b, rows := reconciledMonth()
	rows = append(rows, used(2, "USW2-DataScanned", "sales", "0.5", "Terabytes", "2.5"), used(2, "USW2-DataScanned", "sales", "0.25", "Terabytes", "1.25"))
	o := CompareOptions{TagKey: "unit", UnitOf: map[string]string{"=cmd|' /C calc'!A0": "sales"}}
	got, err := Externals(rows, b, o)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, e := range got {
		text = append(text, fmt.Sprintf("%s %q %s %d %s %s %s", e.Day.Format(time.DateOnly), e.Unit, e.Kind, e.Quantity, e.QuantityUnit, moneyText(e.Amount), e.Source))
	}
	want := []string{
		`2026-11-01 "" snapshots 3500000 GB-Mo 0.0805 Cost Explorer USW2-Redshift:PaidSnapshots`,
		`2026-11-01 "sales" other 1000000 Units 0.01 Cost Explorer USW2-Redshift:NewThing`,
		`2026-11-02 "" snapshots 3500000 GB-Mo 0.0805 Cost Explorer USW2-Redshift:PaidSnapshots`,
		`2026-11-02 "sales" other 1000000 Units 0.01 Cost Explorer USW2-Redshift:NewThing`,
		`2026-11-02 "sales" spectrum 786432000000 MB 3.75 Cost Explorer USW2-DataScanned`,
		`2026-11-03 "" snapshots 3500000 GB-Mo 0.0805 Cost Explorer USW2-Redshift:PaidSnapshots`,
		`2026-11-03 "sales" other 1000000 Units 0.01 Cost Explorer USW2-Redshift:NewThing`,
	}
	if !slices.Equal(text, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(text, "\n"), strings.Join(want, "\n"))
	}
	b.Charges = append(b.Charges, Charge{Kind: Spectrum, Price: Price{Source: "Cost Explorer"}})
	if again, err := Externals(rows, b, o); err != nil || !slices.Equal(again, got) {
		t.Errorf("of a bill that has them: %v, %v", again, err)
	}
	b.Charges = append(b.Charges, Charge{Kind: Spectrum, Price: Price{Amount: "5", Source: "fixed"}})
	got, err = Externals(rows, b, o)
	if err != nil || slices.ContainsFunc(got, func(e External) bool { return e.Kind == Spectrum }) {
		t.Errorf("with Spectrum in the bill: %v, %v", got, err)
	}
}

// A bill that has what no view tells from AWS differs in it no longer.
func TestExternalsAddUp(t *testing.T) {
	t.Parallel()
	b, rows := reconciledMonth()
	o := CompareOptions{TagKey: "unit"}
	externals, err := Externals(rows, b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range externals {
		b.Charges = append(b.Charges, Charge{Kind: e.Kind, Amount: e.Amount, Price: Price{Kind: e.Kind, Source: e.Source}})
		b.Lines = append(b.Lines, Line{Unit: e.Unit, Day: e.Day, Kind: e.Kind, Charge: len(b.Charges) - 1, Quantity: e.Quantity, Amount: e.Amount})
	}
	r := compared(t, b, rows, o)
	for _, f := range r.Findings {
		if slices.ContainsFunc(f.Causes, func(c Cause) bool { return c.Reason == ReasonUnseen }) {
			t.Errorf("%q, %s: %+v", f.Unit, f.Kind, f.Causes)
		}
	}
}

// A day is the same in every time zone that it begins in with UTC.
func TestCompareBillZones(t *testing.T) {
	t.Parallel()
	b := newReconcileBill(1)
	b.add(1, "", Compute, rpuPrice, 3600, 360_000)
	b.Lines[0].Day = b.Lines[0].Day.In(time.FixedZone("", 0))
	row := used(1, serverUse, "", "1", "RPU-Hr", "0.36")
	row.Day = row.Day.In(time.FixedZone("elsewhere", 7200))
	if r := compared(t, b.Bill, []Billed{row}, CompareOptions{}); r.Difference != 0 || len(causesOf(r, "", Compute)) > 0 {
		t.Error(r)
	}
}

// Whatever both bills say, all adds up (checkReconciliation), with what an Amount holds.
func TestCompareBillAddsUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := randomBill(r)
		rows := randomRows(r)
		o := CompareOptions{TagKey: pick(r, "", "unit"), Now: pick(r, time.Time{}, billedNovember(4))}
		got, err := CompareBill(b, rows, o)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkReconciliation(t, got)
		var ours Amount
		exact := new(big.Rat)
		for _, line := range b.Lines {
			ours += line.Amount
		}
		for _, row := range rows {
			cost, _ := billedNumber(row.Cost)
			exact.Add(exact, cost)
		}
		off := exact.Sub(exact.Mul(exact, millionths), new(big.Rat).SetInt64(int64(got.Billed)))
		if bound := big.NewRat(int64(got.RoundedRows), 2); ours != got.Ours || off.Abs(off).Cmp(bound) > 0 {
			t.Errorf("seed %d: ours %d, want %d; AWS off by %s, at most %s", seed, got.Ours, ours, off.FloatString(3), bound.FloatString(3))
		}
		if t.Failed() {
			t.Fatalf("seed %d: %v", seed, got)
		}
	}
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func randomBill(r *rand.Rand) Bill {
	b := newReconcileBill(3)
	b.Gaps = []Gap{{Table: Minutes, Interval: Interval{billedNovember(2), billedNovember(3)}}}
	for range r.IntN(30) {
		p := Price{Region: pick(r, "", "us-east-1", "us-west-2"), NodeType: pick(r, "", "ra3.4xlarge")}
		b.add(1+r.IntN(3), pick(r, "", "a", "b"), pick(r, kindOrder...), p, r.Int64N(1<<pick(r, 1, 20, 40)), Amount(r.Int64N(1<<pick(r, 1, 20, 45)))-5)
	}
	return b.Bill
}

func randomRows(r *rand.Rand) (rows []Billed) {
	for range r.IntN(30) {
		row := used(1+r.IntN(3), pick(r, "", "USE1-", "USW2-", "ZZZ9-")+pick(r,
			"Redshift:ServerlessUsage", "RMS:Serverless", "RMS:ra3.4xlarge", "Node:ra3.4xlarge", "Node:dc2.large", "HeavyUsage:ra3.4xlarge",
			"CS:ra3.4xlarge", "CSFreeUsage:ra3.4xlarge", "DataScanned", "USW2-AWS-Out-Bytes", "x"),
			pick(r, "", "a", "b", "c"), fmt.Sprintf("%d.%09d", r.IntN(1000), r.IntN(1e9)), pick(r, "RPU-Hr", "GB-Mo", "Hrs", "seconds", "TB", "GB", "N/A"),
			fmt.Sprintf("%d.%010d", r.IntN(100000)-3, r.Int64N(1e10)))
		row.RecordType = pick(r, "", "Usage", "Usage", "DiscountedUsage", "Credit", "Recurring", "odd", "Rounding error")
		row.Estimated = r.IntN(3) == 0
		rows = append(rows, row)
	}
	return rows
}

func TestUsageTypeOf(t *testing.T) {
	t.Parallel()
	tests := map[string]usageType{
		"USE1-Redshift:ServerlessUsage":              {kind: Compute, region: "us-east-1"},
		"Redshift:ServerlessUsage":                   {kind: Compute, region: "us-east-1"},
		"EUC1-Redshift:ServerlessUsage-CR-1YR-AU":    {kind: Reservation, region: "eu-central-1"},
		"EUC1-Redshift:ServerlessUsage-CR-1YR-NU":    {kind: Reservation, region: "eu-central-1"},
		"EUC1-Redshift:ServerlessUsage-CR-3YR-NU":    {kind: Other, region: "eu-central-1"},
		"XYZ1-RMS:Serverless":                        {kind: Storage},
		"EU-RMS:ra3.xlplus":                          {kind: Storage, region: "eu-west-1", nodeType: "ra3.xlplus"},
		"Node:dc2.large":                             {kind: Nodes, region: "us-east-1", nodeType: "dc2.large"},
		"APS3-HeavyUsage:ra3.4xlarge":                {kind: UnusedNodes, region: "ap-south-1", nodeType: "ra3.4xlarge"},
		"CS:ra3.4xlarge":                             {kind: ScalingTime, region: "us-east-1", nodeType: "ra3.4xlarge"},
		"CSFreeUsage:ra3.4xlarge":                    {kind: ScalingTime, region: "us-east-1", nodeType: "ra3.4xlarge", free: true},
		"USW2-DataScanned":                           {kind: Spectrum, region: "us-west-2"},
		"USW2-Redshift:PaidSnapshots":                {kind: Snapshots, region: "us-west-2"},
		"USE1-USW2-Redshift:InterRegionSnapshotCopy": {kind: Snapshots, region: "us-east-1"},
		"USE1-EUC1-AWS-Out-Bytes":                    {kind: Transfer, region: "us-east-1"},
		"USE1-Node:":                                 {kind: Other, region: "us-east-1"},
		"Nodes:dc2.large":                            {kind: Other, region: "us-east-1"},
		"":                                           {kind: Other, region: "us-east-1"},
	}
	for name, want := range tests {
		if got := usageTypeOf(name); got != want {
			t.Errorf("%q: got %+v, want %+v", name, got, want)
		}
	}
}

func TestBilledAmount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		want  Amount
		exact bool
	}{
		{"1.5", 1_500_000, true},
		{"-0.000001", -1, true},
		{"0.0000005", 0, false}, // half to even
		{"0.0000015", 2, false},
		{"-0.0000005", 0, false},
		{"-0.0000015", -2, false},
		{"-0.00000051", -1, false},
		{"4.0E-10", 0, false},
		{"1.25e2", 125_000_000, true},
		{"0", 0, true},
	}
	for _, test := range tests {
		if got, exact, err := billedAmount(test.text); got != test.want || exact != test.exact || err != nil {
			t.Errorf("%s: %d, %v, %v; want %d, %v", test.text, got, exact, err, test.want, test.exact)
		}
	}
}

var billedDecimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func FuzzBilledAmount(f *testing.F) {
	for _, seed := range []string{"1.5", "-0.0000005", "4.0E-10", "1/3", "0x1p3", "1_000", "+1", ".5", "1.", "1E999999999", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, exact, err := billedAmount(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || !billedDecimal.MatchString(s) {
			t.Fatalf("%q was taken for a decimal number", s)
		}
		want.Mul(want, millionths)
		off := new(big.Rat).Sub(want, new(big.Rat).SetInt64(int64(a)))
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 || exact != (off.Sign() == 0) {
			t.Errorf("%q gives %d, exact %v", s, a, exact)
		}
	})
}

func FuzzUsageTypeOf(f *testing.F) {
	for _, seed := range []string{"USE1-Redshift:ServerlessUsage", "USE1-USW2-Redshift:InterRegionSnapshotCopy", "-", "A1-", "CSFreeUsage:", "EU-RMS:x:y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		u := usageTypeOf(name)
		if u.nodeType != "" && !strings.HasSuffix(name, ":"+u.nodeType) || u.free && u.kind != ScalingTime {
			t.Errorf("%q: %+v", name, u)
		}
		if with := usageTypeOf("EUC1-" + name); u.kind != Other && with.kind != u.kind && regionCodes[strings.Split(name, "-")[0]] == "" && !strings.Contains(name, "-") {
			t.Errorf("%q is %s, with a Region %s", name, u.kind, with.kind)
		}
	})
}
