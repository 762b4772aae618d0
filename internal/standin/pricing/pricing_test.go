package pricing

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

const account = "123456789012"

func world(t *testing.T) (*List, *awstest.Cloud, *sdk.Client) {
	cloud := awstest.New(t)
	l := Serve(cloud)
	for _, r := range redshiftRegions {
		l.Add(Redshift(r.code)...)
	}
	return l, cloud, client(cloud, "us-east-1")
}

func client(cloud *awstest.Cloud, region string) *sdk.Client {
	return sdk.NewFromConfig(cloud.Config(region, account), func(o *sdk.Options) { o.RetryMaxAttempts = 1 })
}

func filters(parts ...string) (all []types.Filter) {
	for i := 0; i < len(parts); i += 3 {
		all = append(all, types.Filter{Field: &parts[i], Type: types.FilterType(parts[i+1]), Value: &parts[i+2]})
	}
	return all
}

// usageTypes returns those of the products that a call returns, in order of their SKUs.
func usageTypes(t *testing.T, c *sdk.Client, f []types.Filter) string {
	t.Helper()
	out, err := c.GetProducts(t.Context(), &sdk.GetProductsInput{ServiceCode: aws.String("AmazonRedshift"), Filters: f, FormatVersion: aws.String("aws_v1")})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, doc := range out.PriceList {
		var d struct {
			Product struct {
				Attributes map[string]string
			}
		}
		if err := json.Unmarshal([]byte(doc), &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d.Product.Attributes["usagetype"])
	}
	return strings.Join(all, " ")
}

func TestFilters(t *testing.T) {
	_, cloud, c := world(t)
	in := func(more ...string) []types.Filter {
		return filters(append([]string{"regionCode", "TERM_MATCH", "ap-southeast-1"}, more...)...)
	}
	for _, test := range []struct {
		filters []types.Filter
		want    string
	}{
		{in("usagetype", "EQUALS", "APS1-Redshift:ServerlessUsage"), "APS1-Redshift:ServerlessUsage"},
		{in("productFamily", "TERM_MATCH", "Compute Instance"), "APS1-Node:ra3.4xlarge"},
		{in("usagetype", "CONTAINS", "ServerlessUsage", "usagetype", "NONE_OF", "APS1-Redshift:ServerlessUsage,APS1-Redshift:ServerlessUsage-CR-1YR-AU"), "APS1-Redshift:ServerlessUsage-CR-1YR-NU"},
		{in("usagetype", "ANY_OF", "RMS:ra3.4xlarge,APS1-RMS:ra3.4xlarge"), "APS1-RMS:ra3.4xlarge"},
		{in("concurrencyscalingfreeusage", "EQUALS", "No"), "APS1-CS:ra3.4xlarge"},
		{in("usagetype", "EQUALS", "Redshift:ServerlessUsage"), ""},
		{in("memory", "EQUALS", "96 GiB"), ""},
		{filters("regionCode", "EQUALS", "cn-northwest-1"), ""}, // in another partition
	} {
		if got := usageTypes(t, c, test.filters); got != test.want {
			t.Errorf("%v: got %s, want %s", test.filters, got, test.want)
		}
	}
	if n := strings.Count(usageTypes(t, c, in("usagetype", "CONTAINS", "Redshift:ServerlessUsage")), "ServerlessUsage"); n != 3 {
		t.Errorf("%d of three", n)
	}
	if got := usageTypes(t, client(cloud, "cn-northwest-1"), filters("productFamily", "EQUALS", "Compute Instance")); got != "CNW1-Node:ra3.4xlarge" {
		t.Errorf("in China: %s", got)
	}
	awstest.CheckPermissions(t, awspatterns.Policy{{Action: "pricing:GetProducts", Resources: []string{"*"}}}, cloud.Calls(), Actions)
}

func TestPages(t *testing.T) {
	l, _, c := world(t)
	in := func(token *string) *sdk.GetProductsInput {
		return &sdk.GetProductsInput{ServiceCode: aws.String("AmazonRedshift"), Filters: filters("productFamily", "EQUALS", "Serverless"), MaxResults: aws.Int32(7), NextToken: token}
	}
	seen, sizes := map[string]bool{}, ""
	var token *string
	for {
		out, err := c.GetProducts(t.Context(), in(token))
		if err != nil {
			t.Fatal(err)
		}
		sizes += fmt.Sprint(len(out.PriceList), " ")
		for _, doc := range out.PriceList {
			seen[doc] = true
		}
		if out.NextToken == nil {
			break
		}
		token = out.NextToken
	}
	if sizes != "7 7 1 " || len(seen) != 15 {
		t.Errorf("pages of %s, %d products", sizes, len(seen))
	}
	other := in(token)
	other.Filters = nil
	for _, wrong := range []*sdk.GetProductsInput{other, in(aws.String("x")), in(aws.String("0-" + digestOf(other)))} {
		_, err := c.GetProducts(t.Context(), wrong)
		if _, ok := errors.AsType[*types.InvalidNextTokenException](err); !ok {
			t.Errorf("got %v", err)
		}
	}
	l.ExpireTokens()
	_, err := c.GetProducts(t.Context(), in(token))
	if _, ok := errors.AsType[*types.ExpiredNextTokenException](err); !ok {
		t.Errorf("got %v", err)
	}
	l.PageSize = 2
	if out, err := c.GetProducts(t.Context(), in(nil)); err != nil || len(out.PriceList) != 2 {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestRefused(t *testing.T) {
	_, cloud, c := world(t)
	service := aws.String("AmazonRedshift")
	for _, in := range []sdk.GetProductsInput{
		{ServiceCode: service, MaxResults: aws.Int32(0)}, {ServiceCode: service, MaxResults: aws.Int32(101)}, {ServiceCode: service, FormatVersion: aws.String("aws_v2")},
		{ServiceCode: service, Filters: filters("regionCode", "LIKE", "eu-west-1")}, {ServiceCode: service, Filters: filters("regionCode", "EQUALS", "")},
	} {
		_, err := c.GetProducts(t.Context(), &in)
		if _, ok := errors.AsType[*types.InvalidParameterException](err); !ok {
			t.Errorf("%+v: got %v", in, err)
		}
	}
	_, err := c.GetProducts(t.Context(), &sdk.GetProductsInput{ServiceCode: aws.String("Redshift")})
	if _, ok := errors.AsType[*types.NotFoundException](err); !ok {
		t.Errorf("got %v", err)
	}
	_, err = client(cloud, "eu-west-1").GetProducts(t.Context(), &sdk.GetProductsInput{ServiceCode: service})
	if dns, ok := errors.AsType[*net.DNSError](err); !ok || !dns.IsNotFound {
		t.Errorf("got %v", err)
	}
}

// TestDocument shows a document with everything that one may have.
func TestDocument(t *testing.T) {
	p := Product{
		SKU: "ABC", Family: "Storage Snapshot", Unit: "GB-Mo", Currency: "CNY", Attributes: map[string]string{"servicecode": "AmazonRedshift", "usagetype": "S"},
		Tiers: []Tier{{"0", "5", "2"}, {"5", "", "1"}}, Reserved: []Reserved{{3, "100", "0"}},
	}
	const want = `{"product":{"attributes":{"servicecode":"AmazonRedshift","usagetype":"S"},"productFamily":"Storage Snapshot","sku":"ABC"},"publicationDate":"2026-11-10T18:04:11Z","serviceCode":"AmazonRedshift",` +
		`"terms":{"OnDemand":{"ABC.JRTCKXETXF":{"effectiveDate":"2026-11-01T00:00:00Z","offerTermCode":"JRTCKXETXF","priceDimensions":{` +
		`"ABC.JRTCKXETXF.6YS6EN2CT7":{"appliesTo":[],"beginRange":"0","description":"2 CNY per GB-Mo for S","endRange":"5","pricePerUnit":{"CNY":"2"},"rateCode":"ABC.JRTCKXETXF.6YS6EN2CT7","unit":"GB-Mo"},` +
		`"ABC.JRTCKXETXF.6YS6EN2CT8":{"appliesTo":[],"beginRange":"5","description":"1 CNY per GB-Mo for S","endRange":"Inf","pricePerUnit":{"CNY":"1"},"rateCode":"ABC.JRTCKXETXF.6YS6EN2CT8","unit":"GB-Mo"}},"sku":"ABC","termAttributes":{}}},` +
		`"Reserved":{"ABC.RSV6EN2CT7":{"effectiveDate":"2026-11-01T00:00:00Z","offerTermCode":"RSV6EN2CT7","priceDimensions":{` +
		`"ABC.RSV6EN2CT7.6YS6EN2CT7":{"appliesTo":[],"beginRange":"0","description":"0 CNY per GB-Mo for S","endRange":"Inf","pricePerUnit":{"CNY":"0"},"rateCode":"ABC.RSV6EN2CT7.6YS6EN2CT7","unit":"GB-Mo"},` +
		`"ABC.RSV6EN2CT7.6YS6EN2CT8":{"appliesTo":[],"beginRange":"0","description":"100 CNY per Quantity for S","endRange":"Inf","pricePerUnit":{"CNY":"100"},"rateCode":"ABC.RSV6EN2CT7.6YS6EN2CT8","unit":"Quantity"}},` +
		`"sku":"ABC","termAttributes":{"LeaseContractLength":"3yr","OfferingClass":"standard","PurchaseOption":"All Upfront"}}}},"version":"20261110180411"}`
	if got := p.Document(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAddTwice(t *testing.T) {
	l := &List{}
	l.Add(Product{SKU: "B"}, Product{SKU: "A"})
	defer func() {
		if r := recover(); r != "pricing: two products have the SKU A" {
			t.Errorf("got %v", r)
		}
	}()
	l.Add(Product{SKU: "A"})
}
