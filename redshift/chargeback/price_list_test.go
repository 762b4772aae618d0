package chargeback

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// product is a document of the price list.
func product(sku, usageType, unit, usd string, more ...string) string {
	attributes := fmt.Sprintf(`"usagetype":%q,"regionCode":"us-east-1"`, usageType)
	for _, m := range more {
		attributes += "," + m
	}
	return fmt.Sprintf(`{"product":{"sku":%q,"productFamily":"Serverless","attributes":{%s}},"serviceCode":"AmazonRedshift","terms":{"OnDemand":{"%s.JRTCKXETXF":{"effectiveDate":"2026-11-01T00:00:00Z","priceDimensions":{"%s.JRTCKXETXF.6YS6EN2CT7":{"unit":%q,"beginRange":"0","endRange":"Inf","pricePerUnit":{"USD":%q}}}}}}}`,
		sku, attributes, sku, sku, unit, usd)
}

func parseAll(t *testing.T, docs ...string) (products []Product) {
	t.Helper()
	for _, doc := range docs {
		p, err := ParseProduct([]byte(doc), "USD")
		if err != nil {
			t.Fatal(err)
		}
		products = append(products, p)
	}
	return products
}

// TestExactUsageType has the reservations, which a search for a part of the usage type finds
// first, beside the price on demand.
func TestExactUsageType(t *testing.T) {
	prices, notes, err := PricesFrom(parseAll(t,
		product("AAA", "USE1-Redshift:ServerlessUsage-CR-1YR-AU", "Quantity", "2716.0000000000"),
		product("BBB", "USE1-Redshift:ServerlessUsage-CR-1YR-NU", "RPU-Hr", "0.3000000000"),
		product("CCC", "USE1-Redshift:ServerlessUsage", "RPU-Hr", "0.3750000000"),
		product("DDD", "XX-USE1-Redshift:ServerlessUsage", "RPU-Hr", "9"),
		product("EEE", "Redshift:ServerlessUsage", "RPU-Hr", "0.375"),
		product("FFF", "USE1-RMS:Serverless", "GB-Mo", "0.024"),
		product("GGG", "USE1-RMS:ra3.4xlarge", "GB-Mo", "0.0261"),
		product("HHH", "Node:ra3.4xlarge", "Hrs", "3.26"),
		product("III", "CS:ra3.4xlarge", "seconds", "0.0009"),
		product("JJJ", "USE1-DataScanned", "Terabytes", "5"),
		product("KKK", "USE1-DataScanned", "Terabytes", "0", `"concurrencyscalingfreeusage":"Yes"`),
		product("LLL", "USE1-Redshift:PaidSnapshots", "GB-Mo", "0.023"),
	))
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	want := []Price{
		{Kind: Compute, Region: "us-east-1", Amount: "0.375", Unit: "RPU-hour", Source: "AWS Price List: sku CCC, USE1-Redshift:ServerlessUsage, effective 2026-11-01"},
		{Kind: Storage, Region: "us-east-1", Amount: "0.024", Unit: "GB-month", Source: "AWS Price List: sku FFF, USE1-RMS:Serverless, effective 2026-11-01"},
		{Kind: Storage, Region: "us-east-1", NodeType: "ra3.4xlarge", Amount: "0.0261", Unit: "GB-month", Source: "AWS Price List: sku GGG, USE1-RMS:ra3.4xlarge, effective 2026-11-01"},
		{Kind: Nodes, Region: "us-east-1", NodeType: "ra3.4xlarge", Amount: "3.26", Unit: "node-hour", Source: "AWS Price List: sku HHH, Node:ra3.4xlarge, effective 2026-11-01"},
		{Kind: Spectrum, Region: "us-east-1", Amount: "5", Unit: "TB", Source: "AWS Price List: sku JJJ, USE1-DataScanned, effective 2026-11-01"},
	}
	if !slices.Equal(prices, want) {
		t.Errorf("got %v", prices)
	}
	if err := (Prices{Prices: prices}).validate(); err != nil {
		t.Error(err)
	}
}

func TestPricesDiffer(t *testing.T) {
	_, _, err := PricesFrom(parseAll(t,
		product("AAA", "USE1-Redshift:ServerlessUsage", "RPU-Hr", "0.375"), product("BBB", "Redshift:ServerlessUsage", "RPU-Hr", "0.36")))
	if err == nil || !strings.Contains(err.Error(), "AAA") || !strings.Contains(err.Error(), "BBB") {
		t.Errorf("got %v", err)
	}
}

func TestTieredPrice(t *testing.T) {
	doc := strings.Replace(product("AAA", "USE1-DataScanned", "Terabytes", "5"), `"Inf"`, `"1000"`, 1)
	prices, notes, err := PricesFrom(parseAll(t, doc))
	if len(prices) > 0 || len(notes) != 1 || err != nil {
		t.Errorf("got %v, %q, %v", prices, notes, err)
	}
}

func TestParseProductRefuses(t *testing.T) {
	for doc, want := range map[string]string{
		`{`:  "unexpected end",
		`{}`: "without a sku",
		product("AAA", "USE1-Redshift:ServerlessUsage", "RPU-Hr", "free"):                                    "free",
		product("AAA", "USE1-Redshift:ServerlessUsage", "RPU-Hr", "-1"):                                      "-1",
		strings.Replace(product("AAA", "USE1-Redshift:ServerlessUsage", "RPU-Hr", "1"), `"USD"`, `"CNY"`, 1): "in CNY",
	} {
		if _, err := ParseProduct([]byte(doc), "USD"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", doc, err, want)
		}
	}
}

func FuzzParseProduct(f *testing.F) {
	f.Add([]byte(product("AAA", "USE1-Redshift:ServerlessUsage", "RPU-Hr", "0.375")))
	f.Add([]byte(`{"product":{"sku":"A","attributes":{"usagetype":"Node:ra3.large"}},"terms":{"OnDemand":{"a":{"priceDimensions":{"b":{"unit":"Hrs","pricePerUnit":{"USD":"1E5"}}}}}}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := ParseProduct(doc, "USD")
		if err != nil {
			return
		}
		prices, _, err := PricesFrom([]Product{p})
		if err != nil {
			t.Fatal(err)
		}
		if err := (Prices{Prices: prices}).validate(); err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
	})
}
