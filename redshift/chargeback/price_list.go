package chargeback

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// A Product is a product of Amazon Redshift in the AWS Price List, as far as prices follow
// from it: what it is, where, and what it costs on demand. Reserved terms are left out.
type Product struct {
	SKU          string
	Family       string // such as "Compute Instance"
	Region       string
	UsageType    string // such as "USE1-Redshift:ServerlessUsage"
	InstanceType string // node type, as the list writes it
	FreeUsage    string // attribute concurrencyscalingfreeusage: "Yes", "No" or none
	OnDemand     []Rate // in order of their codes
}

// A Rate is a price dimension of an on-demand term: what a unit costs in a range of usage.
type Rate struct {
	Code       string
	Unit       string            // as the list writes it, such as "Hrs"
	Begin, End string            // of the range: decimal numbers, "Inf" for no end
	Amounts    map[string]string // decimal numbers by currency
	Effective  time.Time         // since when the term is
}

// ParseProduct parses a document of the PriceList that GetProducts of the AWS Price List
// returns (format aws_v1; "Reading the service price list file for an AWS service", Billing
// and Cost Management). It refuses a document whose parts that a [Product] has are not as
// documented, and passes over all others.
func ParseProduct(doc []byte) (Product, error) {
	var d struct {
		Product struct {
			SKU           string                     `json:"sku"`
			ProductFamily string                     `json:"productFamily"`
			Attributes    map[string]json.RawMessage `json:"attributes"`
		} `json:"product"`
		Terms struct {
			OnDemand map[string]listTerm `json:"OnDemand"`
		} `json:"terms"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return Product{}, fmt.Errorf("price list: document of a product: %w", err)
	}
	p := Product{SKU: d.Product.SKU, Family: d.Product.ProductFamily}
	if !listSKU.MatchString(p.SKU) {
		return Product{}, fmt.Errorf("price list: document of a product: its SKU is %.80q", p.SKU)
	}
	err := p.parseAttributes(d.Product.Attributes)
	for _, code := range slices.Sorted(maps.Keys(d.Terms.OnDemand)) {
		if err == nil {
			err = p.parseTerm(d.Terms.OnDemand[code])
		}
	}
	if err != nil {
		return Product{}, fmt.Errorf("price list: sku %s: %w", p.SKU, err)
	}
	return p, nil
}

// parseAttributes takes the attributes of exactly these names: the list has usagetype, and
// decoding into a struct would take a usageType, too.
func (p *Product) parseAttributes(attributes map[string]json.RawMessage) error {
	for _, a := range []struct {
		name  string
		value *string
	}{
		{"regionCode", &p.Region}, {"usagetype", &p.UsageType}, {"instanceType", &p.InstanceType}, {"concurrencyscalingfreeusage", &p.FreeUsage},
	} {
		raw, ok := attributes[a.name]
		if ok && json.Unmarshal(raw, a.value) != nil {
			return fmt.Errorf("attribute %s is not a text", a.name)
		}
		if !listAttribute.MatchString(*a.value) {
			return fmt.Errorf("attribute %s is %.80q", a.name, *a.value)
		}
	}
	return nil
}

// listTerm is an on-demand term of a product.
type listTerm struct {
	EffectiveDate   time.Time           `json:"effectiveDate"`
	PriceDimensions map[string]listRate `json:"priceDimensions"`
}

type listRate struct {
	Unit         string            `json:"unit"`
	BeginRange   string            `json:"beginRange"`
	EndRange     string            `json:"endRange"`
	PricePerUnit map[string]string `json:"pricePerUnit"`
}

func (p *Product) parseTerm(t listTerm) error {
	if t.EffectiveDate.IsZero() {
		return errors.New("an on-demand term has no effective date")
	}
	for _, code := range slices.Sorted(maps.Keys(t.PriceDimensions)) {
		d := t.PriceDimensions[code]
		r := Rate{
			Code: code, Unit: d.Unit, Begin: cmp.Or(d.BeginRange, "0"), End: cmp.Or(d.EndRange, listNoEnd),
			Amounts: d.PricePerUnit, Effective: t.EffectiveDate.UTC(),
		}
		if !listDecimal.MatchString(r.Begin) || r.End != listNoEnd && !listDecimal.MatchString(r.End) {
			return fmt.Errorf("price dimension %.80q has the range from %.80q to %.80q", code, r.Begin, r.End)
		}
		for _, currency := range slices.Sorted(maps.Keys(r.Amounts)) {
			if !listDecimal.MatchString(r.Amounts[currency]) {
				return fmt.Errorf("price dimension %.80q costs %.80q %.10q", code, r.Amounts[currency], currency)
			}
		}
		p.OnDemand = append(p.OnDemand, r)
	}
	return nil
}

const listNoEnd = "Inf"

var (
	listSKU       = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
	listAttribute = regexp.MustCompile(`^[ -~]{0,200}$`)
	listDecimal   = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,18})?$`)
)

// ParseProducts parses a JSON array of documents of products, such as a file of them.
func ParseProducts(docs []byte) ([]Product, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(docs, &all); err != nil {
		return nil, fmt.Errorf("price list: %w", err)
	}
	var products []Product
	for _, doc := range all {
		p, err := ParseProduct(bytes.TrimSpace(doc))
		if err != nil {
			return nil, err
		}
		products = append(products, p)
	}
	return products, nil
}
