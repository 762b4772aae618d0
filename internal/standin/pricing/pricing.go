// Package pricing stands in for the AWS Price List Query API: GetProducts, by terms that
// match, in pages.
package pricing

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of the price list need ("Actions, resources, and
// condition keys for AWS Price List" in the Service Authorization Reference).
var Actions = awstest.Actions{"Pricing.GetProducts": {"pricing:GetProducts"}}

// A Product is one of the price list, on demand.
type Product struct {
	SKU, Family, UsageType, Region, Unit, USD string
	Attributes                                map[string]string
}

// A World is the price list. Set its fields before the first call.
type World struct {
	Products []Product
	PageSize int // defaults to 100, the most that there are on a page
}

// Serve makes w answer the calls of c.
func Serve(c *awstest.Cloud, w *World) { awstest.Handle(c, w.getProducts) }

// attribute is one that can be filtered by.
func (p Product) attribute(name string) string {
	switch name {
	case "productFamily":
		return p.Family
	case "usagetype":
		return p.UsageType
	case "regionCode":
		return p.Region
	}
	return p.Attributes[name]
}

func (w *World) getProducts(_ context.Context, in *sdk.GetProductsInput) (*sdk.GetProductsOutput, error) {
	if aws.ToString(in.ServiceCode) != "AmazonRedshift" {
		return nil, awstest.Status(http.StatusBadRequest, &types.InvalidParameterException{Message: aws.String("Invalid service code")})
	}
	var found []Product
	for _, p := range w.Products {
		if p.fits(in.Filters) {
			found = append(found, p)
		}
	}
	from, err := strconv.Atoi(aws.ToString(in.NextToken))
	if in.NextToken != nil && (err != nil || from < 0 || from > len(found)) {
		return nil, awstest.Status(http.StatusBadRequest, &types.InvalidNextTokenException{Message: aws.String("Invalid token")})
	}
	size := w.PageSize
	if size == 0 {
		size = 100
	}
	out := &sdk.GetProductsOutput{FormatVersion: aws.String("aws_v1")}
	to := min(from+size, len(found))
	for _, p := range found[from:to] {
		doc, err := p.Document()
		if err != nil {
			return nil, err
		}
		out.PriceList = append(out.PriceList, doc)
	}
	if to < len(found) {
		out.NextToken = aws.String(strconv.Itoa(to))
	}
	return out, nil
}

// fits reports whether all filters match.
func (p Product) fits(filters []types.Filter) bool {
	for _, f := range filters {
		if p.attribute(aws.ToString(f.Field)) != aws.ToString(f.Value) {
			return false
		}
	}
	return true
}

// Document is the product as GetProducts returns it.
func (p Product) Document() (string, error) {
	attributes := map[string]string{"usagetype": p.UsageType, "regionCode": p.Region, "servicecode": "AmazonRedshift"}
	for name, value := range p.Attributes {
		attributes[name] = value
	}
	type m = map[string]any
	term, rate := p.SKU+".JRTCKXETXF", p.SKU+".JRTCKXETXF.6YS6EN2CT7"
	doc, err := json.Marshal(m{
		"product":     m{"sku": p.SKU, "productFamily": p.Family, "attributes": attributes},
		"serviceCode": "AmazonRedshift",
		"terms": m{"OnDemand": m{term: m{
			"effectiveDate": "2026-11-01T00:00:00Z",
			"priceDimensions": m{rate: m{
				"unit": p.Unit, "beginRange": "0", "endRange": "Inf", "description": fmt.Sprintf("$%s per %s", p.USD, p.Unit),
				"pricePerUnit": m{"USD": p.USD},
			}},
		}}},
		"version": "20261101000000",
	})
	return string(doc), err
}

// Redshift is what the price list has of Amazon Redshift in a Region, among it what must not
// be taken for a price on demand.
func Redshift(region, prefix string) []Product {
	node := map[string]string{"instanceType": "ra3.4xlarge"}
	return []Product{
		{SKU: "RSV1", Family: "Serverless", UsageType: prefix + "Redshift:ServerlessUsage-CR-1YR-AU", Region: region, Unit: "Quantity", USD: "2716.0000000000"},
		{SKU: "RSV2", Family: "Serverless", UsageType: prefix + "Redshift:ServerlessUsage-CR-1YR-NU", Region: region, Unit: "RPU-Hr", USD: "0.3000000000"},
		{SKU: "RPU1", Family: "Serverless", UsageType: prefix + "Redshift:ServerlessUsage", Region: region, Unit: "RPU-Hr", USD: "0.3750000000"},
		{SKU: "RMS1", Family: "Redshift Managed Storage", UsageType: prefix + "RMS:Serverless", Region: region, Unit: "GB-Mo", USD: "0.0240000000"},
		{SKU: "RMS2", Family: "Redshift Managed Storage", UsageType: prefix + "RMS:ra3.4xlarge", Region: region, Unit: "GB-Mo", USD: "0.0240000000", Attributes: node},
		{SKU: "NODE", Family: "Compute Instance", UsageType: prefix + "Node:ra3.4xlarge", Region: region, Unit: "Hrs", USD: "3.2600000000", Attributes: node},
		{SKU: "SCAN", Family: "Redshift Data Scan", UsageType: prefix + "DataScanned", Region: region, Unit: "Terabytes", USD: "5.0000000000"},
		{SKU: "SNAP", Family: "Storage Snapshot", UsageType: prefix + "Redshift:PaidSnapshots", Region: region, Unit: "GB-Mo", USD: "0.0230000000"},
	}
}
