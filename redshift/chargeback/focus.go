package chargeback

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// FOCUSOptions are what a bill does not know of itself.
type FOCUSOptions struct {
	// BillingAccount is the ID of the account that is invoiced, such as that of the payer of
	// the organization. It has no default.
	BillingAccount string

	// AccountNames are names of accounts, by ID. Those without one have their ID for a name.
	AccountNames map[string]string

	// InvoiceIssuer is who invoices. Defaults to "AWS".
	InvoiceIssuer string
}

// A focusColumn is a column and how it is filled.
type focusColumn struct {
	name string
	of   func(*focusRow) string
}

// A focusRow is what columns are filled from.
type focusRow struct {
	bill      *Bill
	line      *Line
	charge    Charge
	unit      Unit
	measure   measure
	warehouse focusWarehouse
	opts      *FOCUSOptions
}

// WriteFOCUS writes the lines of the bill as CSV with the columns of "Cost and Usage" of
// FOCUS 1.2, a row for each line: what a unit pays for a day. Times are in UTC, numbers have
// no exponent, and null is empty. What is beside the total or has no price has no row. The
// error is that of the writer, or tells that there is no BillingAccount, or that the bill does
// not add up.
//
// It is a bill of the library, to be joined with others of its kind. Do not add it to the
// export of AWS for the same time: each cost would be there twice.
//
//   - Cost: BilledCost adds up to the total of the bill exactly. It is the usage at the prices
//     of the bill, not an amount of an invoice, and has what reservations cost by the hour,
//     upfront charges spread over the term, where FOCUS has the purchase. EffectiveCost,
//     ContractedCost and ListCost equal it, as FOCUS has it where a unit price is not known.
//     ContractedUnitPrice is the price after discounts, and times PricingQuantity the cost
//     but for rounding (a millionth for each row). ListUnitPrice is null: a bill
//     has prices after discounts alone.
//   - Quantity: ConsumedQuantity is in the unit that was metered, PricingQuantity in that of
//     the price list (a GB has 1,024 MB, a GB-month the hours of its month). Both are null for
//     charges from a bill without a quantity, where FOCUS wants a number, and ConsumedQuantity
//     for what was reserved and not used.
//   - Time: BillingPeriodStart and BillingPeriodEnd are the period of the bill, ChargePeriodStart
//     and ChargePeriodEnd the day. Compute is booked when a transaction ends.
//   - Charge: ChargeCategory is Usage, or Adjustment for the kind "other". ChargeClass is null:
//     a bill does not know what it corrects. ChargeFrequency is Recurring for what was reserved
//     and not used. PricingCategory is Committed for that, and Standard for the rest, also for
//     usage that a reservation covered at its price: x_PriceSource tells.
//   - Account: BillingAccountId, BillingAccountName and InvoiceIssuerName are of the options,
//     SubAccountId and SubAccountName the account of the warehouse, null if the description
//     names none. ProviderName and PublisherName are "AWS".
//   - Resource: ResourceId is the ARN of a cluster whose account and Region are known, else the
//     name, for the ARN of a workgroup has an ID that a bill does not have; ResourceType is
//     "Cluster" or "Workgroup". RegionName is the ID. All are null for what belongs to no
//     warehouse.
//   - Tags are those of the unit, as a JSON object, null without any.
//   - SkuId and SkuPriceId are null: a price has a text of where it is from, which is
//     x_PriceSource. Not there are AvailabilityZone, InvoiceId (a bill is not an invoice),
//     the columns of commitment discounts and capacity reservations (a line does not tell
//     which one), SkuMeter, SkuPriceDetails, the types of accounts, and those of a pricing
//     currency, as there is one currency.
//   - x_Unit (null if not attributed), x_CostCenter, x_Kind, x_Warehouse (key), x_Owner,
//     x_Basis (what the share follows from), x_PriceSource and x_Provisional (true or false)
//     are the library's own.
//
// Texts that a spreadsheet would calculate are changed as by [Bill.WriteCSV], tags are not.
func (b Bill) WriteFOCUS(w io.Writer, opts FOCUSOptions) error {
	if opts.BillingAccount == "" {
		return errors.New("chargeback: write FOCUS: BillingAccount is missing: it is the ID of the account that is invoiced")
	}
	if err := b.checkLineSum(); err != nil {
		return fmt.Errorf("chargeback: write FOCUS: %w", err)
	}
	c := csv.NewWriter(w)
	cells := make([]string, len(focusColumns))
	for i, column := range focusColumns {
		cells[i] = column.name
	}
	err := c.Write(cells)
	for i := range b.Lines {
		row := b.focusRow(&b.Lines[i], &opts)
		for k, column := range focusColumns {
			cells[k] = column.of(&row)
		}
		if err == nil {
			err = c.Write(cells)
		}
	}
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("chargeback: write FOCUS: %w", err)
	}
	return nil
}

func (b *Bill) focusRow(l *Line, opts *FOCUSOptions) focusRow {
	r := focusRow{bill: b, line: l, charge: b.chargeOf(l), unit: b.unit(l.Unit), measure: measureOf(l.Kind, l.Day), opts: opts}
	r.warehouse = focusWarehouseOf(l.Warehouse)
	if unit := r.charge.Price.Unit; r.measure.large == "" {
		r.measure.counted, r.measure.large = unit, unit
	}
	return r
}

// focusColumns are the columns in the order of the specification, by name.
var focusColumns = []focusColumn{
	{"BilledCost", (*focusRow).cost},
	{"BillingAccountId", func(r *focusRow) string { return csvText(r.opts.BillingAccount) }},
	{"BillingAccountName", func(r *focusRow) string { return r.accountName(r.opts.BillingAccount) }},
	{"BillingCurrency", func(r *focusRow) string { return csvText(r.bill.Currency) }},
	{"BillingPeriodEnd", func(r *focusRow) string { return focusTime(r.bill.Period.To) }},
	{"BillingPeriodStart", func(r *focusRow) string { return focusTime(r.bill.Period.From) }},
	{"ChargeCategory", (*focusRow).category},
	{"ChargeClass", null},
	{"ChargeDescription", (*focusRow).description},
	{"ChargeFrequency", (*focusRow).frequency},
	{"ChargePeriodEnd", func(r *focusRow) string { return focusTime(r.line.Day.AddDate(0, 0, 1)) }},
	{"ChargePeriodStart", func(r *focusRow) string { return focusTime(r.line.Day) }},
	{"ConsumedQuantity", (*focusRow).consumed},
	{"ConsumedUnit", (*focusRow).consumedUnit},
	{"ContractedCost", (*focusRow).cost},
	{"ContractedUnitPrice", func(r *focusRow) string { return focusNumber(r.charge.Price.Amount) }},
	{"EffectiveCost", (*focusRow).cost},
	{"InvoiceIssuerName", (*focusRow).issuer},
	{"ListCost", (*focusRow).cost},
	{"ListUnitPrice", null},
	{"PricingCategory", (*focusRow).pricing},
	{"PricingQuantity", (*focusRow).priced},
	{"PricingUnit", (*focusRow).pricedUnit},
	{"ProviderName", aws},
	{"PublisherName", aws},
	{"RegionId", func(r *focusRow) string { return csvText(r.warehouse.region) }},
	{"RegionName", func(r *focusRow) string { return csvText(r.warehouse.region) }},
	{"ResourceId", func(r *focusRow) string { return csvText(r.warehouse.id) }},
	{"ResourceName", func(r *focusRow) string { return csvText(r.warehouse.name) }},
	{"ResourceType", func(r *focusRow) string { return r.warehouse.kind }},
	{"ServiceCategory", func(*focusRow) string { return "Databases" }},
	{"ServiceName", func(*focusRow) string { return "Amazon Redshift" }},
	{"ServiceSubcategory", func(*focusRow) string { return "Data Warehouses" }},
	{"SkuId", null},
	{"SkuPriceId", null},
	{"SubAccountId", func(r *focusRow) string { return csvText(r.warehouse.account) }},
	{"SubAccountName", func(r *focusRow) string { return r.accountName(r.warehouse.account) }},
	{"Tags", (*focusRow).tags},
	{"x_Basis", func(r *focusRow) string { return csvText(string(r.line.Basis)) }},
	{"x_CostCenter", func(r *focusRow) string { return csvText(r.unit.CostCenter) }},
	{"x_Kind", func(r *focusRow) string { return csvText(string(r.line.Kind)) }},
	{"x_Owner", func(r *focusRow) string { return csvText(r.line.Owner) }},
	{"x_PriceSource", func(r *focusRow) string { return csvText(r.charge.Price.Source) }},
	{"x_Provisional", func(r *focusRow) string { return fmt.Sprint(len(r.bill.Provisional) > 0) }},
	{"x_Unit", func(r *focusRow) string { return csvText(r.line.Unit) }},
	{"x_Warehouse", func(r *focusRow) string { return csvText(r.line.Warehouse) }},
}

func null(*focusRow) string { return "" }
func aws(*focusRow) string  { return "AWS" }

func (r *focusRow) cost() string { return textMillionths(int64(r.line.Amount)) }

func (r *focusRow) issuer() string {
	if r.opts.InvoiceIssuer == "" {
		return "AWS"
	}
	return csvText(r.opts.InvoiceIssuer)
}

func (r *focusRow) accountName(id string) string {
	if name := r.opts.AccountNames[id]; name != "" {
		return csvText(name)
	}
	return csvText(id)
}

func (r *focusRow) category() string {
	if r.line.Kind == Other {
		return "Adjustment"
	}
	return "Usage"
}

// unused reports whether the line is for what was reserved and not used.
func (r *focusRow) unused() bool { return r.line.Kind == Reservation || r.line.Kind == UnusedNodes }

func (r *focusRow) frequency() string {
	if r.unused() {
		return "Recurring"
	}
	return "Usage-Based"
}

func (r *focusRow) pricing() string {
	if r.unused() {
		return "Committed"
	}
	return "Standard"
}

func (r *focusRow) description() string {
	text := "Amazon Redshift " + textState(r.line.Kind, r.line.state())
	if r.warehouse.name != "" {
		text += " of " + r.warehouse.name
	}
	return csvText(text + ", allocated by " + string(r.line.Basis))
}

// measured reports whether there is a quantity; a charge that is taken from a bill may have
// none.
func (r *focusRow) measured() bool {
	return measureOf(r.line.Kind, r.line.Day).counted != "" || r.line.Quantity != 0
}

func (r *focusRow) consumes() bool {
	return r.measured() && !r.unused() && r.line.Kind != Other
}

func (r *focusRow) consumed() string {
	if !r.consumes() {
		return ""
	}
	return textTrim(textMillionths(r.line.Quantity))
}

func (r *focusRow) consumedUnit() string {
	if !r.consumes() {
		return ""
	}
	return csvText(r.measure.counted)
}

// priced returns the quantity with as many digits as a price times it needs to be right to
// a millionth.
func (r *focusRow) priced() string {
	if !r.measured() {
		return ""
	}
	return textTrim(r.measure.of(r.line.Quantity).FloatString(15))
}

func (r *focusRow) pricedUnit() string {
	if !r.measured() {
		return ""
	}
	return csvText(r.measure.large)
}

// tags returns the tags of the unit in order of their keys. Characters that are not seen are
// escaped as JSON does it, so that tags are not altered.
func (r *focusRow) tags() string {
	if len(r.unit.Tags) == 0 {
		return ""
	}
	text, err := json.Marshal(r.unit.Tags)
	if err != nil {
		return "" // strings are always marshaled
	}
	var b strings.Builder
	for _, c := range string(text) {
		if s := string(c); printable.Replace(s) == s {
			b.WriteString(s)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func focusTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// focusNumber returns a decimal number as FOCUS writes it, empty if it is none.
func focusNumber(text string) string {
	if strings.ContainsAny(text, "eE") {
		r, err := billedNumber(text)
		if err != nil {
			return ""
		}
		return decimalText(r)
	}
	if _, ok := new(big.Rat).SetString(text); !ok || strings.ContainsAny(text, "/pPxX_+") {
		return ""
	}
	return text
}

// A focusWarehouse is a warehouse as a resource.
type focusWarehouse struct{ account, region, kind, name, id string }

func focusWarehouseOf(key string) focusWarehouse {
	w, ok := warehouseOf(key)
	if !ok {
		return focusWarehouse{id: key, name: key}
	}
	r := focusWarehouse{account: w.Account, region: w.Region, kind: "Workgroup", name: w.Workgroup, id: w.Workgroup}
	if w.Cluster != "" {
		r.kind, r.name, r.id = "Cluster", w.Cluster, w.Cluster
		if w.Account != "" && w.Region != "" {
			r.id = "arn:" + focusPartition(w.Region) + ":redshift:" + w.Region + ":" + w.Account + ":cluster:" + w.Cluster
		}
	}
	return r
}

func focusPartition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
