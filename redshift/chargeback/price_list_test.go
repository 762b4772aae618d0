package chargeback

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// listFile is products in the form that GetProducts returns, as the stand-in for the price
// list makes them: no answer of AWS.
const listFile = "testdata/price_list/us-east-1.json"

func listProducts(t testing.TB) []Product {
	t.Helper()
	text, err := os.ReadFile(listFile)
	if err != nil {
		t.Fatal(err)
	}
	products, err := ParseProducts(text)
	if err != nil {
		t.Fatal(err)
	}
	return products
}

func listLines(prices []Price) string {
	var b strings.Builder
	for _, p := range prices {
		fmt.Fprintf(&b, "%s %s %s: %s per %s (%s)\n", p.Kind, p.Region, p.NodeType, p.Amount, p.Unit, p.Source)
	}
	return b.String()
}

func TestPricesFrom(t *testing.T) {
	t.Parallel()
	prices, notes, err := PricesFrom(listProducts(t), "USD")
	if err != nil || len(notes) > 0 {
		t.Fatalf("got %q, %v", notes, err)
	}
	golden.Equal(t, "testdata/price_list/us-east-1.txt", listLines(prices))
	again := listProducts(t)
	slices.Reverse(again)
	other, _, err := PricesFrom(again, "USD")
	if err != nil || !slices.Equal(other, prices) {
		t.Errorf("in another order: %v\n%s", err, listLines(other))
	}
}

// TestReservationsAreNoOnDemandPrice is about those whose usage types begin as that of
// serverless compute does: a filter for a part of it finds the 2,716 USD first.
func TestReservationsAreNoOnDemandPrice(t *testing.T) {
	t.Parallel()
	products := listProducts(t)
	reservations := 0
	for _, p := range products {
		if strings.Contains(p.UsageType, "ServerlessUsage-CR-1YR-") {
			reservations++
		}
	}
	if reservations != 2 {
		t.Fatalf("%d reservations in %s", reservations, listFile)
	}
	for _, usage := range []string{
		"USE1-Redshift:ServerlessUsage-CR-1YR-AU", "USE1-Redshift:ServerlessUsage-CR-1YR-NU", "Redshift:ServerlessUsage-CR-1YR-AU",
		"USE1-Redshift:ServerlessUsageX", "use1-Redshift:ServerlessUsage", "X-Y-Redshift:ServerlessUsage", "-Redshift:ServerlessUsage",
		"USE1-redshift:serverlessusage", "USE1-Redshift:ServerlessUsage\n", "USE1-RMS:", "USE1-RMS:Serverless-CR", "",
	} {
		if kind := (Product{Family: "Serverless", UsageType: usage}).kind(); kind != "" {
			t.Errorf("%q is %s", usage, kind)
		}
	}
	for usage, want := range map[string]Kind{
		"Redshift:ServerlessUsage": Compute, "APS1-Redshift:ServerlessUsage": Compute, "RMS:Serverless": Storage, "EU-RMS:ra3.4xlarge": Storage,
	} {
		if kind := (Product{UsageType: usage}).kind(); kind != want {
			t.Errorf("%q is %q, want %s", usage, kind, want)
		}
	}
}

// one returns a product with one price.
func one(sku, family, usage, unit, amount string) Product {
	return Product{
		SKU: sku, Family: family, Region: "eu-west-1", UsageType: usage,
		OnDemand: []Rate{{Code: sku, Unit: unit, Begin: "0", End: "Inf", Amounts: map[string]string{"USD": amount}}},
	}
}

func TestPricesFromOdd(t *testing.T) {
	t.Parallel()
	rpu := func(sku, amount string, change ...func(*Product)) Product {
		p := one(sku, "Serverless", "EU-Redshift:ServerlessUsage", "RPU-Hr", amount)
		for _, c := range change {
			c(&p)
		}
		return p
	}
	for _, test := range []struct {
		name     string
		products []Product
		want     string // amounts
		note     string
		err      string
	}{
		{"none", nil, "", "", ""},
		{"the same twice", []Product{rpu("B", "0.3870"), rpu("A", "0.387")}, "0.387", "", ""},
		{"two prices", []Product{rpu("B", "0.4"), rpu("A", "0.387")}, "", "compute is ambiguous in eu-west-1, and left out: sku A has 0.387, sku B has 0.4", ""},
		{"two prices of three", []Product{rpu("B", "0.4"), rpu("A", "0.387"), rpu("C", "0.387")}, "", "compute is ambiguous in eu-west-1", ""},
		{"another Region", []Product{rpu("B", "0.4", func(p *Product) { p.Region = "us-east-1" }), rpu("A", "0.387")}, "0.387 0.4", "", ""},
		{"another currency", []Product{rpu("A", "1", func(p *Product) { p.OnDemand[0].Amounts = map[string]string{"CNY": "1"} })}, "", "", `sku A, EU-Redshift:ServerlessUsage, has no price in "USD" but in ["CNY"]`},
		{"no Region", []Product{rpu("A", "1", func(p *Product) { p.Region = "" })}, "", "sku A, EU-Redshift:ServerlessUsage, is left out: it names no Region", ""},
		{"no price", []Product{rpu("A", "1", func(p *Product) { p.OnDemand = nil })}, "", "it has no on-demand price", ""},
		{"tiers", []Product{rpu("A", "1", func(p *Product) {
			p.OnDemand = []Rate{p.OnDemand[0], p.OnDemand[0]}
			p.OnDemand[0].End, p.OnDemand[1].Begin = "100", "100"
		})}, "", "it has 2 on-demand prices", ""},
		{"a first tier alone", []Product{rpu("A", "1", func(p *Product) { p.OnDemand[0].End = "100" })}, "", "usage from 0 to 100", ""},
		{"a last tier alone", []Product{rpu("A", "1", func(p *Product) { p.OnDemand[0].Begin = "100" })}, "", "usage from 100 to Inf", ""},
		{"a beginning with decimals", []Product{rpu("A", "1", func(p *Product) { p.OnDemand[0].Begin = "0.000" })}, "1", "", ""},
		{"another unit", []Product{rpu("A", "1", func(p *Product) { p.OnDemand[0].Unit = "RPU" })}, "", `its unit is "RPU"`, ""},
		{"nothing", []Product{rpu("A", "0.0000000000")}, "0", "", ""},
		{"seconds of a node", []Product{func() Product {
			p := one("A", "Redshift Concurrency Scaling", "EU-CS:ra3.4xlarge", "Seconds", "0.0009055556")
			p.InstanceType, p.FreeUsage = "ra3.4xlarge", "No"
			return p
		}()}, "3.26000016", "", ""},
		{"free scaling", []Product{func() Product {
			p := one("A", "Redshift Concurrency Scaling", "EU-CSFreeUsage:ra3.4xlarge", "seconds", "0")
			p.InstanceType, p.FreeUsage = "ra3.4xlarge", "Yes"
			return p
		}()}, "", "", ""},
		{"scaling that may be free", []Product{func() Product {
			p := one("A", "Redshift Concurrency Scaling", "EU-CS:ra3.4xlarge", "seconds", "0")
			p.InstanceType = "ra3.4xlarge"
			return p
		}()}, "", "", ""},
		{"capital letters", []Product{func() Product {
			p := one("A", "Compute Instance", "EU-Node:RA3.4XLarge", "Hrs", "3.26")
			p.InstanceType = "RA3.4XLarge"
			return p
		}()}, "3.26", "", ""},
		{"other families", []Product{one("A", "Storage Snapshot", "EU-PaidSnapshots", "GB-Mo", "0.023"), one("B", "Compute Instance", "EU-Node", "Hrs", "1")}, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			prices, notes, err := PricesFrom(test.products, "USD")
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var amounts []string
			for _, p := range prices {
				amounts = append(amounts, p.Amount)
				if p.NodeType != strings.ToLower(p.NodeType) {
					t.Errorf("node type %s", p.NodeType)
				}
			}
			if got := strings.Join(amounts, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := strings.Join(notes, "\n"); !strings.Contains(got, test.note) || (got == "") != (test.note == "") {
				t.Errorf("notes %q, want %q", got, test.note)
			}
		})
	}
}

func TestParseProduct(t *testing.T) {
	t.Parallel()
	const good = `{"product":{"sku":"ABC","productFamily":"Serverless","attributes":{"regionCode":"eu-west-1","usagetype":"EU-Redshift:ServerlessUsage","usageType":7,"vcpu":{}}},
		"terms":{"OnDemand":{"ABC.J":{"effectiveDate":"2026-11-01T00:00:00Z","priceDimensions":{"ABC.J.6":{"unit":"RPU-Hr","pricePerUnit":{"USD":"0.3870000000"},"beginRange":"0","endRange":"Inf"}}}},
		"Reserved":{"x":7}},"version":7}`
	p, err := ParseProduct([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p); got != "{ABC Serverless eu-west-1 EU-Redshift:ServerlessUsage   [{ABC.J.6 RPU-Hr 0 Inf map[USD:0.3870000000] 2026-11-01 00:00:00 +0000 UTC}]}" {
		t.Errorf("got %s", got)
	}
	for _, change := range [][2]string{
		{`"sku":"ABC"`, `"sku":""`}, {`"sku":"ABC"`, `"sku":"A-B"`}, {`"sku":"ABC"`, `"sku":7`}, {`"product":`, `"produkt":`},
		{`"usagetype":"EU-Redshift:ServerlessUsage"`, `"usagetype":7`}, {`"usagetype":"EU-`, `"usagetype":"\u0007EU-`}, {`"regionCode":"eu-west-1"`, `"regionCode":["eu-west-1"]`},
		{`"effectiveDate":"2026-11-01T00:00:00Z",`, ``}, {`"effectiveDate":"2026-11-01T00:00:00Z"`, `"effectiveDate":"yesterday"`},
		{`"USD":"0.3870000000"`, `"USD":0.387`}, {`"USD":"0.3870000000"`, `"USD":"-0.3"`}, {`"USD":"0.3870000000"`, `"USD":"1e3"`}, {`"USD":"0.3870000000"`, `"USD":""`}, {`"USD":"0.3870000000"`, `"USD":"1,5"`},
		{`"beginRange":"0"`, `"beginRange":"x"`}, {`"endRange":"Inf"`, `"endRange":"-1"`}, {`"version":7}`, `"version":7`}, {`"version":7}`, `"version":7} {}`},
	} {
		doc := strings.Replace(good, change[0], change[1], 1)
		if doc == good {
			t.Fatalf("%s is not in it", change[0])
		}
		if p, err := ParseProduct([]byte(doc)); err == nil || !strings.HasPrefix(err.Error(), "price list: ") {
			t.Errorf("with %s: %v, %v", change[1], p, err)
		}
	}
	if _, err := ParseProducts([]byte(`[{}]`)); err == nil {
		t.Error("took a product without a SKU")
	}
	if _, err := ParseProducts([]byte(`{}`)); err == nil {
		t.Error("took an object for an array")
	}
}

// FuzzParseProduct shows that what is parsed is as documented, and that its price, if it
// has one, is a decimal number of a known unit.
func FuzzParseProduct(f *testing.F) {
	text, err := os.ReadFile(listFile)
	if err != nil {
		f.Fatal(err)
	}
	var docs []json.RawMessage
	if err := json.Unmarshal(text, &docs); err != nil {
		f.Fatal(err)
	}
	for _, doc := range docs {
		f.Add([]byte(doc))
	}
	units := []string{"RPU-hour", "GB-month", "node-hour", "TB"}
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := ParseProduct(doc)
		again, errAgain := ParseProduct(doc)
		if fmt.Sprint(p, err) != fmt.Sprint(again, errAgain) {
			t.Fatalf("%v, %v and %v, %v", p, err, again, errAgain)
		}
		if err != nil {
			return
		}
		prices, notes, err := PricesFrom([]Product{p, p}, "USD")
		if err != nil || len(notes) > 0 {
			if len(prices) > 0 {
				t.Fatalf("prices %v with %q, %v", prices, notes, err)
			}
			return
		}
		if len(prices) > 1 || len(prices) == 1 != (p.kind() != "") {
			t.Fatalf("%q has %v", p.UsageType, prices)
		}
		for _, price := range prices {
			if !listDecimal.MatchString(price.Amount) && len(price.Amount) < 20 || !slices.Contains(units, price.Unit) || !listAttribute.MatchString(price.Region+price.NodeType) {
				t.Fatalf("got %+v", price)
			}
		}
	})
}
