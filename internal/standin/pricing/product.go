package pricing

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
)

// A Product is what AWS sells at a price.
type Product struct {
	SKU        string
	Family     string
	Attributes map[string]string // with servicecode, usagetype and regionCode
	Unit       string
	Currency   string // USD if empty
	Tiers      []Tier // of the on-demand term; none for a product without one
	Reserved   []Reserved
}

// A Tier is a price for usage from Begin, by default 0, to End, by default without end.
type Tier struct {
	Begin, End string
	Price      string
}

// A Reserved is a reserved term.
type Reserved struct {
	Years   int
	Upfront string // empty for none
	Hourly  string
}

// effective is since when all prices are.
const (
	effective = "2026-11-01T00:00:00Z"
	published = "2026-11-10T18:04:11Z"
	version   = "20261110180411"
)

func (p Product) partition() string {
	if strings.HasPrefix(p.Attributes["regionCode"], "cn-") {
		return "aws-cn"
	}
	return "aws"
}

// attribute returns what filters compare, empty if the product does not have it.
func (p Product) attribute(field string) string {
	switch field {
	case "ServiceCode":
		return p.Attributes["servicecode"]
	case "productFamily":
		return p.Family
	case "sku":
		return p.SKU
	}
	return p.Attributes[field]
}

// Document returns the product as GetProducts does, in the format aws_v1.
func (p Product) Document() string {
	type object = map[string]any
	terms := object{}
	if len(p.Tiers) > 0 {
		dimensions := object{}
		for i, t := range p.Tiers {
			code := p.SKU + "." + onDemand + "." + rate(i)
			dimensions[code] = p.dimension(code, t, p.Unit)
		}
		terms["OnDemand"] = object{p.SKU + "." + onDemand: p.term(onDemand, object{}, dimensions)}
	}
	reserved := object{}
	for i, r := range p.Reserved {
		offer := "RSV" + rate(i)[3:]
		dimensions, option := object{}, "No Upfront"
		code := p.SKU + "." + offer + "." + rate(0)
		dimensions[code] = p.dimension(code, Tier{Price: r.Hourly}, p.Unit)
		if r.Upfront != "" {
			option, code = "All Upfront", p.SKU+"."+offer+"."+rate(1)
			dimensions[code] = p.dimension(code, Tier{Price: r.Upfront}, "Quantity")
		}
		reserved[p.SKU+"."+offer] = p.term(offer, object{
			"LeaseContractLength": strconv.Itoa(r.Years) + "yr", "OfferingClass": "standard", "PurchaseOption": option,
		}, dimensions)
	}
	if len(reserved) > 0 {
		terms["Reserved"] = reserved
	}
	return marshal(object{
		"product":     object{"sku": p.SKU, "productFamily": p.Family, "attributes": maps.Clone(p.Attributes)},
		"serviceCode": p.Attributes["servicecode"], "terms": terms, "version": version, "publicationDate": published,
	})
}

// onDemand is the code of all on-demand terms.
const onDemand = "JRTCKXETXF"

func rate(n int) string { return "6YS6EN2CT" + strconv.Itoa(7+n) }

func (p Product) term(code string, attributes, dimensions map[string]any) map[string]any {
	return map[string]any{"sku": p.SKU, "offerTermCode": code, "effectiveDate": effective, "termAttributes": attributes, "priceDimensions": dimensions}
}

func (p Product) dimension(code string, t Tier, unit string) map[string]any {
	currency := cmp.Or(p.Currency, "USD")
	return map[string]any{
		"rateCode": code, "unit": unit, "beginRange": cmp.Or(t.Begin, "0"), "endRange": cmp.Or(t.End, "Inf"), "appliesTo": []string{},
		"description":  t.Price + " " + currency + " per " + unit + " for " + p.Attributes["usagetype"],
		"pricePerUnit": map[string]string{currency: t.Price},
	}
}

func marshal(v any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // maps of strings
	}
	return strings.TrimSpace(text.String())
}
