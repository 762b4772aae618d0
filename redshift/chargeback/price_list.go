package chargeback

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A Product is what a document of the AWS Price List tells of a product of Amazon Redshift.
type Product struct {
	SKU        string
	Family     string // productFamily
	UsageType  string
	Region     string // regionCode
	NodeType   string // instanceType
	Free       bool   // concurrencyscalingfreeusage
	Effective  string // date
	Currency   string
	Amount     string // per Unit, on demand
	Unit       string // as AWS writes it
	Tiered     bool   // Amount is that of a first part only
	Unreserved bool   // there are terms on demand
}

// ParseProduct reads one document of the price list, as GetProducts returns it. Prices in
// several currencies are those of the one that is asked for.
func ParseProduct(doc []byte, currency string) (Product, error) {
	var d struct {
		Product struct {
			SKU           string            `json:"sku"`
			ProductFamily string            `json:"productFamily"`
			Attributes    map[string]string `json:"attributes"`
		} `json:"product"`
		Terms struct {
			OnDemand map[string]struct {
				EffectiveDate   string `json:"effectiveDate"`
				PriceDimensions map[string]struct {
					Unit         string            `json:"unit"`
					BeginRange   string            `json:"beginRange"`
					EndRange     string            `json:"endRange"`
					PricePerUnit map[string]string `json:"pricePerUnit"`
				} `json:"priceDimensions"`
			} `json:"OnDemand"`
		} `json:"terms"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return Product{}, fmt.Errorf("chargeback: price list: %w", err)
	}
	if d.Product.SKU == "" {
		return Product{}, fmt.Errorf("chargeback: price list: a product without a sku")
	}
	p := Product{
		SKU: d.Product.SKU, Family: d.Product.ProductFamily, UsageType: d.Product.Attributes["usagetype"], Region: d.Product.Attributes["regionCode"],
		NodeType: d.Product.Attributes["instanceType"], Free: strings.EqualFold(d.Product.Attributes["concurrencyscalingfreeusage"], "Yes"),
	}
	for _, name := range slices.Sorted(maps.Keys(d.Terms.OnDemand)) {
		term := d.Terms.OnDemand[name]
		for _, dimension := range slices.Sorted(maps.Keys(term.PriceDimensions)) {
			rate := term.PriceDimensions[dimension]
			amount, ok := rate.PricePerUnit[currency]
			if !ok {
				return p, fmt.Errorf("chargeback: price list: sku %s has no price in %s, but in %s", p.SKU, currency, strings.Join(slices.Sorted(maps.Keys(rate.PricePerUnit)), ", "))
			}
			exact, err := decimal(amount)
			if err != nil {
				return p, fmt.Errorf("chargeback: price list: sku %s: %w", p.SKU, err)
			}
			amount = decimalText(exact)
			p.Tiered = p.Tiered || p.Unreserved || rate.EndRange != "" && rate.EndRange != "Inf"
			p.Unreserved, p.Amount, p.Unit, p.Currency, p.Effective = true, amount, rate.Unit, currency, term.EffectiveDate
		}
	}
	return p, nil
}

// usageTypes are those of the price list that are prices, behind the code of a Region:
// exactly, since reservations begin alike ("ServerlessUsage-CR-1YR-AU").
var usageTypes = regexp.MustCompile(`^(?:[A-Z0-9]+-)?(Redshift:ServerlessUsage|RMS:Serverless|RMS:[a-z0-9]+\.[a-z0-9]+|Node:[a-z0-9]+\.[a-z0-9]+|DataScanned|Redshift:DataScanned)$`)

// price is that of a product, if it is one of a kind.
func (p Product) price() (Price, bool) {
	m := usageTypes.FindStringSubmatch(p.UsageType)
	if m == nil || p.Free || !p.Unreserved {
		return Price{}, false
	}
	price := Price{Region: p.Region, Amount: p.Amount, Source: fmt.Sprintf("AWS Price List: sku %s, %s, effective %.10s", p.SKU, p.UsageType, p.Effective)}
	name, nodeType, _ := strings.Cut(m[1], ":")
	switch {
	case m[1] == "Redshift:ServerlessUsage":
		price.Kind = Compute
	case m[1] == "RMS:Serverless":
		price.Kind = Storage
	case name == "RMS":
		price.Kind, price.NodeType = Storage, nodeType
	case name == "Node":
		price.Kind, price.NodeType = Nodes, nodeType
	default:
		price.Kind = Spectrum
	}
	price.Unit = priceUnits[price.Kind].unit
	return price, slices.Contains(listUnits[price.Kind], strings.ToLower(p.Unit))
}

// listUnits are how the price list writes the units of prices.
var listUnits = map[Kind][]string{
	Compute:  {"rpu-hr", "rpu-hour", "rpu-hrs"},
	Storage:  {"gb-mo", "gb-month"},
	Nodes:    {"hrs", "hr", "hours"},
	Spectrum: {"terabytes", "terabyte", "tb"},
}

// PricesFrom returns the prices of products: RPU-hours and storage of Redshift Serverless,
// nodes and their managed storage, and Redshift Spectrum, on demand. Other products are left
// out, also those for concurrency scaling, which has the price of the nodes, and for data
// between Regions, whose usage type AWS does not document. Tiered prices are left out with a
// note. Two products for one thing with different prices are an error.
func PricesFrom(products []Product) (prices []Price, notes []string, err error) {
	type thing struct {
		kind             Kind
		region, nodeType string
	}
	seen := map[thing]int{}
	ordered := slices.SortedFunc(slices.Values(products), func(a, b Product) int { return strings.Compare(a.SKU, b.SKU) })
	for _, p := range ordered {
		price, ok := p.price()
		if !ok {
			continue
		}
		if p.Tiered {
			notes = append(notes, fmt.Sprintf("the price list has %s in tiers, which are not reckoned with: give its price", p.UsageType))
			continue
		}
		key := thing{price.Kind, price.Region, price.NodeType}
		if i, twice := seen[key]; twice {
			a, err := decimal(prices[i].Amount)
			b, err2 := decimal(price.Amount)
			if err != nil || err2 != nil || a.Cmp(b) != 0 {
				return nil, nil, fmt.Errorf("chargeback: price list: %s costs %s (%s) and %s (%s)", price.Kind, prices[i].Amount, prices[i].Source, price.Amount, price.Source)
			}
			continue
		}
		seen[key] = len(prices)
		prices = append(prices, price)
	}
	return prices, notes, nil
}
