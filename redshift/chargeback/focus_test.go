package chargeback

import (
	"encoding/json"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

var (
	focusDecimal  = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`) // NumericFormat: no exponent, no plus, no commas
	focusPrice    = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	focusDateTime = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`) // DateTimeFormat
	focusCurrency = regexp.MustCompile(`^[A-Z]{3}$`)
	focusUnit     = regexp.MustCompile(`^(RPU-(Seconds|Hours)|MB-Hours|GB-Months|Node-(Seconds|Hours)|Seconds|Hours|[KMGT]?B)$`) // UnitFormat
	focusAny      = regexp.MustCompile(`(?s).`)
)

// A focusRule is what the specification says of a column: whether it may be null, and its
// values.
type focusRule struct {
	column string
	null   bool
	values *regexp.Regexp
}

func oneOf(values ...string) *regexp.Regexp {
	for i, v := range values {
		values[i] = regexp.QuoteMeta(v)
	}
	return regexp.MustCompile(`^(` + strings.Join(values, "|") + `)$`)
}

// focusRules are the columns of the specification ("Cost and Usage" of FOCUS 1.2, Content
// Constraints and allowed values), without those that WriteFOCUS says it leaves out.
var focusRules = []focusRule{
	{"BilledCost", false, focusDecimal},
	{"BillingAccountId", false, focusAny},
	{"BillingAccountName", true, focusAny},
	{"BillingCurrency", false, focusCurrency},
	{"BillingPeriodEnd", false, focusDateTime},
	{"BillingPeriodStart", false, focusDateTime},
	{"ChargeCategory", false, oneOf("Usage", "Purchase", "Tax", "Credit", "Adjustment")},
	{"ChargeClass", true, oneOf("Correction")},
	{"ChargeDescription", true, focusAny},
	{"ChargeFrequency", false, oneOf("One-Time", "Recurring", "Usage-Based")},
	{"ChargePeriodEnd", false, focusDateTime},
	{"ChargePeriodStart", false, focusDateTime},
	{"ConsumedQuantity", true, focusDecimal},
	{"ConsumedUnit", true, focusUnit},
	{"ContractedCost", false, focusDecimal},
	{"ContractedUnitPrice", true, focusPrice},
	{"EffectiveCost", false, focusDecimal},
	{"InvoiceIssuerName", false, focusAny},
	{"ListCost", false, focusDecimal},
	{"ListUnitPrice", true, focusPrice},
	{"PricingCategory", true, oneOf("Standard", "Dynamic", "Committed", "Other")},
	{"PricingQuantity", true, focusDecimal},
	{"PricingUnit", true, focusUnit},
	{"ProviderName", false, focusAny},
	{"PublisherName", false, focusAny},
	{"RegionId", true, focusAny},
	{"RegionName", true, focusAny},
	{"ResourceId", true, focusAny},
	{"ResourceName", true, focusAny},
	{"ResourceType", true, focusAny},
	{"ServiceCategory", false, oneOf("Databases")},
	{"ServiceName", false, focusAny},
	{"ServiceSubcategory", false, oneOf("Caching", "Data Warehouses", "Ledger Databases", "NoSQL Databases", "Relational Databases", "Time Series Databases", "Other (Databases)")},
	{"SkuId", true, focusAny},
	{"SkuPriceId", true, focusAny},
	{"SubAccountId", true, focusAny},
	{"SubAccountName", true, focusAny},
	{"Tags", true, regexp.MustCompile(`(?s)^\{.+\}$`)},
}

func focusOf(b Bill) func(io.Writer) error {
	return func(w io.Writer) error {
		return b.WriteFOCUS(w, FOCUSOptions{BillingAccount: "999999999999", AccountNames: map[string]string{"222222222222": "Sales"}})
	}
}

// withReservation is the bill of three units and what was reserved and not used.
func withReservation() Bill {
	b := threeUnits()
	b.charged(Charge{"", Reservation, 5 * 3_600_000_000, Price{Amount: "0.2", Unit: "RPU-hour", Source: "reservation r-1"}, 1_000_000}, payingAccount{"etl", OwnerIdle, BasisIdle, 1})
	b.charged(Charge{marketingWarehouse, Transfer, 64 << 10 * 1_000_000, Price{Amount: "0.02", Unit: "GB", Source: "fixed"}, 1_280_000}, payingAccount{"marketing", "", BasisWhole, 1})
	return b
}

func TestFOCUSColumns(t *testing.T) {
	text, rows := csvTable(t, focusOf(withReservation()))
	header, _, _ := strings.Cut(text, "\n")
	var want []string
	for _, r := range focusRules {
		want = append(want, r.column)
	}
	names := strings.Split(header, ",")
	var got, own []string
	for _, name := range names {
		if strings.HasPrefix(name, "x_") {
			own = append(own, name)
		} else {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, want) || !slices.IsSorted(got) || len(own) != 8 {
		t.Errorf("columns are %q and %q, want %q", got, own, want)
	}
	for i, row := range rows {
		for _, r := range focusRules {
			switch value := row[r.column]; {
			case value == "" && !r.null:
				t.Errorf("row %d: %s is null", i, r.column)
			case value != "" && !r.values.MatchString(value):
				t.Errorf("row %d: %s is %q", i, r.column, value)
			}
		}
		if t.Failed() {
			break
		}
	}
}

// TestFOCUSRules: what the specification says of columns together.
func TestFOCUSRules(t *testing.T) {
	_, rows := csvTable(t, focusOf(withReservation()))
	together := func(row map[string]string, columns ...string) bool {
		for _, c := range columns {
			if (row[c] == "") != (row[columns[0]] == "") {
				return false
			}
		}
		return true
	}
	for i, row := range rows {
		kind := Kind(row["x_Kind"])
		measured := kind != Other && kind != Snapshots
		for name, ok := range map[string]bool{
			"units of quantities":    together(row, "ConsumedQuantity", "ConsumedUnit") && together(row, "PricingQuantity", "PricingUnit"),
			"identity and name":      together(row, "RegionId", "RegionName") && together(row, "SubAccountId", "SubAccountName") && together(row, "ResourceId", "ResourceName", "ResourceType"),
			"cost without list":      row["ListUnitPrice"] != "" || row["ListCost"] == row["BilledCost"],
			"usage is measured":      !measured || row["PricingQuantity"] != "",
			"consumed is used":       (row["ConsumedQuantity"] != "") == (measured && kind != Reservation),
			"adjustment":             (row["ChargeCategory"] == "Adjustment") == (kind == Other),
			"reserved and unused":    (row["ChargeFrequency"] == "Recurring") == (kind == Reservation) && (row["PricingCategory"] == "Committed") == (kind == Reservation),
			"a day":                  row["ChargePeriodStart"] < row["ChargePeriodEnd"] && row["ChargePeriodStart"] >= row["BillingPeriodStart"] && row["ChargePeriodEnd"] <= row["BillingPeriodEnd"],
			"the period":             row["BillingPeriodStart"] == "2026-11-01T00:00:00Z" && row["BillingPeriodEnd"] == "2026-12-01T00:00:00Z",
			"not attributed is null": (row["x_Unit"] == "") == (row["x_CostCenter"] == "" && row["Tags"] == "" && row["x_Unit"] != "etl"),
		} {
			if !ok {
				t.Fatalf("row %d: %s: %q", i, name, row)
			}
		}
	}
}

// TestFOCUSCost: the cost adds up to the total, and is the price times the quantity.
func TestFOCUSCost(t *testing.T) {
	for name, b := range map[string]Bill{"three": withReservation(), "sixty": sixtyUnits(), "hostileName": hostileName(), "empty": {}} {
		_, rows := csvTable(t, focusOf(b))
		want := big.NewRat(int64(b.Total), 1_000_000)
		for _, column := range []string{"BilledCost", "EffectiveCost", "ContractedCost", "ListCost"} {
			if got := sumOf(t, rows, column); got.Cmp(want) != 0 || len(rows) != len(b.Lines) {
				t.Errorf("%s: %s of %d rows is %s, want %s", name, column, len(rows), got, want)
			}
		}
	}
	b := Bill{Currency: "USD", Period: Interval{november(1), november(2)}}
	for i, test := range []struct {
		kind     Kind
		quantity int64
		price    Price
		amount   Amount
	}{
		{Compute, 61_234_567, Price{Amount: "0.375", Unit: "RPU-hour"}, 6_379}, // 0.0063786...
		{Storage, 123_456_789_000_000, Price{Amount: "0.024", Unit: "GB-month"}, 4_018_776},
		{Nodes, 86_400_000_000, Price{Amount: "1.086", Unit: "node-hour"}, 26_064_000},
		{Transfer, 61_035_156_250, Price{Amount: "0.02", Unit: "GB"}, 1_192_093},
		{Spectrum, 117_301_940_918, Price{Amount: "5", Unit: "TB"}, 559_339},
	} {
		b.Charges = append(b.Charges, Charge{salesWarehouse, test.kind, test.quantity, test.price, test.amount})
		b.Lines = append(b.Lines, Line{Day: november(1), Kind: test.kind, Charge: i, Quantity: test.quantity, Amount: test.amount})
		b.Total += test.amount
	}
	_, rows := csvTable(t, focusOf(b))
	for _, row := range rows {
		one := []map[string]string{row}
		product := sumOf(t, one, "ContractedUnitPrice")
		product.Mul(product, sumOf(t, one, "PricingQuantity"))
		if off := product.Sub(product, sumOf(t, one, "ContractedCost")); off.Abs(off).Cmp(big.NewRat(1, 1_000_000)) > 0 {
			t.Errorf("%s: %s times %s is not %s", row["x_Kind"], row["ContractedUnitPrice"], row["PricingQuantity"], row["ContractedCost"])
		}
	}
}

func TestFOCUSResources(t *testing.T) {
	for key, want := range map[string]focusWarehouse{
		"1/us-east-1/cluster/etl":     {"1", "us-east-1", "Cluster", "etl", "arn:aws:redshift:us-east-1:1:cluster:etl"},
		"1/cn-north-1/cluster/etl":    {"1", "cn-north-1", "Cluster", "etl", "arn:aws-cn:redshift:cn-north-1:1:cluster:etl"},
		"1/us-gov-west-1/cluster/etl": {"1", "us-gov-west-1", "Cluster", "etl", "arn:aws-us-gov:redshift:us-gov-west-1:1:cluster:etl"},
		"//cluster/etl":               {"", "", "Cluster", "etl", "etl"},
		"1/us-east-1/workgroup/sales": {"1", "us-east-1", "Workgroup", "sales", "sales"},
		"":                            {},
	} {
		if got := focusWarehouseOf(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
}

func TestFOCUSTags(t *testing.T) {
	b := hostileName()
	_, rows := csvTable(t, focusOf(b))
	seen := 0
	for _, row := range rows {
		if row["Tags"] == "" {
			continue
		}
		var tags map[string]string
		if err := json.Unmarshal([]byte(row["Tags"]), &tags); err != nil || len(tags) != 1 || tags[trap] != trap {
			t.Fatalf("%q: %v", row["Tags"], err)
		}
		seen++
	}
	if seen < 100 {
		t.Errorf("%d rows have tags", seen)
	}
}

func TestFOCUSNumbers(t *testing.T) {
	for text, want := range map[string]string{"0.375": "0.375", "3": "3", "": "", "1e3": "1000", "2.5e-4": "0.00025", "1e": "", "1/3": "", "+1": "", "0x10": "", "none": "", "1_000": ""} {
		if got := focusNumber(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestFOCUSRefuses(t *testing.T) {
	var b strings.Builder
	if err := threeUnits().WriteFOCUS(&b, FOCUSOptions{}); err == nil || !strings.Contains(err.Error(), "BillingAccount is missing") || b.Len() > 0 {
		t.Errorf("got %v after %d bytes", err, b.Len())
	}
}

func TestFOCUSGolden(t *testing.T) {
	text, rows := csvTable(t, focusOf(withReservation()))
	var picked strings.Builder
	lines := strings.SplitAfter(text, "\n")
	picked.WriteString(lines[0])
	last := ""
	for i, row := range rows { // the first of each charge
		if c := row["x_Kind"] + row["x_Warehouse"]; c != last {
			picked.WriteString(lines[i+1])
			last = c
		}
	}
	golden.Equal(t, "testdata/focus.csv", picked.String())
}
