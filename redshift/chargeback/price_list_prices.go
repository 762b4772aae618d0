package chargeback

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// PricesFrom returns the on-demand prices in a currency that products of the price list
// tell, in order of kind, Region and node type. It takes
//
//   - Compute from the usage type Redshift:ServerlessUsage and Storage of workgroups from
//     RMS:Serverless, with or without the prefix of a Region. Nothing may follow them:
//     Redshift:ServerlessUsage-CR-1YR-AU and -NU are the prices of reservations,
//   - Storage of clusters from the usage type RMS:<node type>,
//   - Nodes from the family Compute Instance,
//   - ScalingTime from the family Redshift Concurrency Scaling without free usage, which the
//     list has for seconds of a node: the price is for an hour of a node,
//   - Spectrum from the family Redshift Data Scan,
//
// and passes over all other products. There is no usage type documented for data sharing
// across Regions, so Transfer has no price.
//
// Notes tell of products that had to be left out, such as those whose price depends on how
// much is used, and two of the same kind, Region and node type with different prices. One
// without a price in the currency is an error.
func PricesFrom(products []Product, currency string) (prices []Price, notes []string, err error) {
	type key struct {
		kind             Kind
		region, nodeType string
	}
	type found struct {
		Price
		sku       string
		ambiguous bool
	}
	all := map[key]found{}
	sorted := slices.SortedStableFunc(slices.Values(products), func(a, b Product) int { return cmp.Compare(a.SKU, b.SKU) })
	for _, p := range sorted {
		kind := p.kind()
		if kind == "" {
			continue
		}
		price, why, err := p.price(kind, currency)
		if err != nil {
			return nil, nil, err
		}
		if why != "" {
			notes = append(notes, fmt.Sprintf("price list: sku %s, %s, is left out: %s", p.SKU, p.UsageType, why))
			continue
		}
		k := key{kind, price.Region, price.NodeType}
		other, ok := all[k]
		if ok && other.Amount != price.Amount {
			notes = append(notes, fmt.Sprintf("price list: the price of %s is ambiguous in %s, and left out: sku %s has %s, sku %s has %s",
				strings.TrimSpace(string(kind)+" "+price.NodeType), p.Region, other.sku, other.Amount, p.SKU, price.Amount))
			other.ambiguous = true
			all[k] = other
		}
		if !ok {
			all[k] = found{Price: price, sku: p.SKU}
		}
	}
	for _, f := range all {
		if !f.ambiguous {
			prices = append(prices, f.Price)
		}
	}
	slices.SortFunc(prices, func(a, b Price) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Region, b.Region), cmp.Compare(a.NodeType, b.NodeType))
	})
	return prices, notes, nil
}

// usageTypePrefix is that of usage types in most Regions, such as USE1-.
const usageTypePrefix = `^([A-Z0-9]+-)?`

var (
	listServerless = regexp.MustCompile(usageTypePrefix + `Redshift:ServerlessUsage$`)
	listManaged    = regexp.MustCompile(usageTypePrefix + `RMS:([A-Za-z0-9.]+)$`)
)

// listManagedServerless is the managed storage of workgroups, which have no node type.
const listManagedServerless = "Serverless"

// kind returns what a product is a price of, empty if it is of nothing that is billed here.
func (p Product) kind() Kind {
	switch {
	case listServerless.MatchString(p.UsageType):
		return Compute
	case listManaged.MatchString(p.UsageType):
		return Storage
	case p.Family == "Compute Instance" && p.InstanceType != "":
		return Nodes
	case p.Family == "Redshift Concurrency Scaling" && p.InstanceType != "" && p.FreeUsage == "No":
		return ScalingTime
	case p.Family == "Redshift Data Scan":
		return Spectrum
	}
	return ""
}

// NodeType returns the node type that the price of a product is for, as DescribeClusters
// writes it; empty if it is for none.
func (p Product) NodeType() string {
	switch kind := p.kind(); kind {
	case Nodes, ScalingTime:
		return strings.ToLower(p.InstanceType)
	case Storage:
		if name := listManaged.FindStringSubmatch(p.UsageType)[2]; name != listManagedServerless {
			return strings.ToLower(name)
		}
	}
	return ""
}

// A listUnit is a unit of prices, by how the list may write it.
type listUnit struct {
	unit   string // of the Price
	factor int64  // how many of the list's are one of these
}

var (
	listHours   = listUnit{"node-hour", 1}
	listSeconds = listUnit{"node-hour", 3600}
	listUnits   = map[Kind]map[string]listUnit{
		Compute:     {"rpu-hr": {"RPU-hour", 1}, "rpu-hrs": {"RPU-hour", 1}, "rpu-hour": {"RPU-hour", 1}, "rpu-hours": {"RPU-hour", 1}},
		Storage:     {"gb-mo": {"GB-month", 1}, "gb-month": {"GB-month", 1}},
		Nodes:       {"hrs": listHours, "hr": listHours, "hour": listHours, "hours": listHours, "node-hour": listHours},
		ScalingTime: {"seconds": listSeconds, "second": listSeconds, "node-second": listSeconds, "node-seconds": listSeconds},
		Spectrum:    {"terabytes": {"TB", 1}, "terabyte": {"TB", 1}, "tb": {"TB", 1}},
	}
)

// price returns the price of a product, or why it has none.
func (p Product) price(kind Kind, currency string) (price Price, why string, err error) {
	if p.Region == "" {
		return Price{}, "it names no Region", nil
	}
	rate, why := p.flat()
	if why != "" {
		return Price{}, why, nil
	}
	unit, ok := listUnits[kind][strings.ToLower(rate.Unit)]
	if !ok {
		return Price{}, fmt.Sprintf("its unit is %.80q", rate.Unit), nil
	}
	amount, ok := rate.Amounts[currency]
	if !ok {
		return Price{}, "", fmt.Errorf("price list: sku %s, %s, has no price in %q but in %q: describe the bill in the currency of the price list, or set FixedPrices and give them",
			p.SKU, p.UsageType, currency, slices.Sorted(maps.Keys(rate.Amounts)))
	}
	exact, ok := new(big.Rat).SetString(amount)
	if !ok {
		return Price{}, "", fmt.Errorf("price list: sku %s: %.80q is no decimal number", p.SKU, amount)
	}
	exact.Mul(exact, new(big.Rat).SetInt64(unit.factor))
	return Price{
		Kind: kind, Region: p.Region, NodeType: p.NodeType(), Amount: listAmount(exact), Unit: unit.unit,
		Source: fmt.Sprintf("AWS Price List: sku %s, %s, effective %s", p.SKU, p.UsageType, rate.Effective.Format("2006-01-02")),
	}, "", nil
}

// flat returns the rate that any usage has, or why there is none.
func (p Product) flat() (Rate, string) {
	switch len(p.OnDemand) {
	case 0:
		return Rate{}, "it has no on-demand price"
	case 1:
	default:
		return Rate{}, fmt.Sprintf("it has %d on-demand prices, such as for ranges of usage", len(p.OnDemand))
	}
	r := p.OnDemand[0]
	if strings.Trim(r.Begin, "0.") != "" || r.End != listNoEnd {
		return Rate{}, fmt.Sprintf("its price is that of usage from %s to %s", r.Begin, r.End)
	}
	return r, ""
}

// listAmount writes a number whose decimal expansion ends, as those of the list do.
func listAmount(n *big.Rat) string {
	text := n.FloatString(18)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
