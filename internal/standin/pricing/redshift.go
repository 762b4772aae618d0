package pricing

import (
	"encoding/base32"
	"hash/fnv"
	"slices"
	"strings"
)

// A redshiftRegion is how a Region is named in the price list, and what Redshift costs
// there. Prices are those that AWS has published, where they are known to us: us-east-1,
// and serverless compute and storage elsewhere. The others are made up.
type redshiftRegion struct {
	code, location, prefix string
	currency               string // USD if empty
	rpu, storage           string
	nodes                  []redshiftNode
}

type redshiftNode struct {
	name, hour, second string // second is of concurrency scaling
}

var redshiftRegions = []redshiftRegion{
	{"us-east-1", "US East (N. Virginia)", "USE1", "", "0.375", "0.024", []redshiftNode{
		{"dc2.large", "0.25", "0.00007"}, {"ra3.xlplus", "1.086", "0.0003"}, {"ra3.4xlarge", "3.26", "0.0009"}, {"ra3.16xlarge", "13.04", "0.00362"},
	}},
	{"us-east-2", "US East (Ohio)", "USE2", "", "0.36", "0.024", []redshiftNode{{"ra3.4xlarge", "3.26", "0.0009"}}},
	{"us-west-2", "US West (Oregon)", "USW2", "", "0.36", "0.024", []redshiftNode{{"ra3.4xlarge", "3.26", "0.0009"}}},
	{"eu-west-1", "EU (Ireland)", "EU", "", "0.387", "0.024", []redshiftNode{{"ra3.4xlarge", "3.606", "0.001"}, {"ra3.16xlarge", "14.424", "0.004"}}},
	{"ap-southeast-1", "Asia Pacific (Singapore)", "APS1", "", "0.45", "0.0261", []redshiftNode{{"ra3.4xlarge", "3.909", "0.00109"}}},
	{"cn-northwest-1", "China (Ningxia)", "CNW1", "CNY", "3.1", "0.18", []redshiftNode{{"ra3.4xlarge", "22.5", "0.00625"}}},
}

// Redshift returns products of Amazon Redshift in a Region: us-east-1, us-east-2, us-west-2,
// eu-west-1, ap-southeast-1 or cn-northwest-1. Beside those that one looks for there are
// reservations of serverless capacity, whose usage types begin as that of serverless compute
// does, free concurrency scaling, snapshots with a price by tiers, reserved terms of nodes,
// and products of other families.
func Redshift(region string) []Product {
	i := slices.IndexFunc(redshiftRegions, func(r redshiftRegion) bool { return r.code == region })
	if i < 0 {
		panic("pricing: no prices for " + region)
	}
	r := redshiftRegions[i]
	products := []Product{
		r.product("Serverless", r.prefix+"-Redshift:ServerlessUsage", "RunServerlessCompute:001", "RPU-Hr", r.rpu),
		r.product("Serverless", r.prefix+"-Redshift:ServerlessUsage-CR-1YR-AU", "RunServerlessCompute:001", "RPU", "2716"),
		r.product("Serverless", r.prefix+"-Redshift:ServerlessUsage-CR-1YR-NU", "RunServerlessCompute:001", "RPU-Hr", "0.293"),
		r.product("Redshift Managed Storage", r.prefix+"-RMS:Serverless", "", "GB-Mo", r.storage),
		r.product("Redshift Data Scan", r.usage("DataScanned"), "RunQuery:0001", "Terabytes", "5"),
		r.product("Data Transfer", r.prefix+"-DataTransfer-Out-Bytes", "", "GB", "0.02"),
	}
	snapshots := r.product("Storage Snapshot", r.usage("PaidSnapshots"), "", "GB-Mo", "")
	snapshots.Tiers = []Tier{{"0", "51200", "0.023"}, {"51200", "512000", "0.022"}, {"512000", "", "0.021"}}
	products = append(products, snapshots)
	for _, n := range r.nodes {
		products = append(products, r.node(n)...)
	}
	return products
}

// node returns the products of a node type.
func (r redshiftRegion) node(n redshiftNode) []Product {
	node := r.product("Compute Instance", r.usage("Node:"+n.name), "RunComputeNode:0001", "Hrs", n.hour)
	node.Reserved = []Reserved{{1, "", "0.1"}, {3, "100", "0"}}
	scaling := r.product("Redshift Concurrency Scaling", r.usage("CS:"+n.name), "RunComputeNode:0001", "seconds", n.second)
	scaling.Attributes["concurrencyscalingfreeusage"] = "No"
	free := r.product("Redshift Concurrency Scaling", r.usage("CSFreeUsage:"+n.name), "RunComputeNode:0001", "seconds", "0")
	free.Attributes["concurrencyscalingfreeusage"] = "Yes"
	products := []Product{node, scaling, free}
	if n.name[0] == 'r' {
		products = append(products, r.product("Redshift Managed Storage", r.usage("RMS:"+n.name), "", "GB-Mo", r.storage))
	}
	for _, p := range products {
		p.Attributes["instanceType"] = n.name
	}
	return products
}

// usage returns a usage type of clusters, which has no prefix in us-east-1.
func (r redshiftRegion) usage(name string) string {
	if r.code == "us-east-1" {
		return name
	}
	return r.prefix + "-" + name
}

func (r redshiftRegion) product(family, usage, operation, unit, price string) Product {
	return Product{
		SKU: sku(r.code + " " + usage), Family: family, Unit: unit, Currency: r.currency, Tiers: []Tier{{Price: padded(price)}},
		Attributes: map[string]string{
			"servicecode": "AmazonRedshift", "servicename": "Amazon Redshift", "location": r.location, "locationType": "AWS Region",
			"regionCode": r.code, "usagetype": usage, "operation": operation,
		},
	}
}

// padded writes a price with ten decimals, as the list does.
func padded(price string) string {
	whole, part, _ := strings.Cut(price, ".")
	return whole + "." + (part + "0000000000")[:10]
}

// sku returns 16 letters and digits, the same for the same name.
func sku(name string) string {
	h := fnv.New128a()
	h.Write([]byte(name))
	return base32.StdEncoding.EncodeToString(h.Sum(nil))[:16]
}
