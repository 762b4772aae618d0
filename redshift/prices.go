package redshift

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	pricingsdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	pricingtypes "github.com/aws/aws-sdk-go-v2/service/pricing/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// A priceQuestion says which prices are needed, all of one Region.
type priceQuestion struct {
	Region     string
	Serverless bool     // for workgroups
	NodeTypes  []string // for clusters of these
	Currency   string   // ISO 4217

	// Given are prices that are known, and need not be in the list.
	Given []chargeback.Price

	// reservations asks for what the account of the clients reserved in the Region, too.
	reservations bool
}

// readPrices asks for prices, and for reservations. Prices are the current ones: the list
// that is asked tells no earlier ones.
//
// Notes tell what was assumed, and what is unknown as it could not be read: these begin
// with "unknown: ". What is denied is unknown. Anything else that goes wrong is an error.
func readPrices(ctx context.Context, c Clients, ask priceQuestion) (chargeback.Prices, []string, error) {
	if err := ask.check(c); err != nil {
		return chargeback.Prices{}, nil, err
	}
	r := priceReader{clients: c, ask: ask}
	for _, read := range []func(context.Context) error{r.readList, r.readNodes, r.readRPUs} {
		if err := read(ctx); err != nil {
			return chargeback.Prices{}, nil, reason.Cause(ctx, err)
		}
	}
	return r.prices, r.notes, nil
}

// pricePermissions returns what readPrices needs. None of the actions knows resources.
func pricePermissions(ask priceQuestion) awspatterns.Policy {
	anywhere := []string{"*"}
	p := awspatterns.Policy{{Action: "pricing:GetProducts", Resources: anywhere}}
	if ask.nodes() {
		p = append(p, awspatterns.Permission{Action: "redshift:DescribeReservedNodes", Resources: anywhere})
	}
	if ask.rpus() {
		p = append(p, awspatterns.Permission{Action: "redshift-serverless:ListReservations", Resources: anywhere})
	}
	return p
}

func (ask priceQuestion) nodes() bool { return ask.reservations && len(ask.NodeTypes) > 0 }
func (ask priceQuestion) rpus() bool  { return ask.reservations && ask.Serverless }

var (
	priceCurrency = regexp.MustCompile(`^[A-Z]{3}$`)
	priceNodeType = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)+$`)
)

// check refuses what cannot be asked with the clients.
func (ask priceQuestion) check(c Clients) error {
	if ask.Region == "" {
		return errors.New("prices: no Region")
	}
	if !priceCurrency.MatchString(ask.Currency) {
		return fmt.Errorf("prices: %.20q is no code of a currency, such as USD", ask.Currency)
	}
	for _, t := range ask.NodeTypes {
		if !priceNodeType.MatchString(t) {
			return fmt.Errorf("prices: %.80q is no node type, such as ra3.4xlarge", t)
		}
	}
	switch {
	case c.Pricing == nil:
		return errors.New("prices: the clients have no Pricing: set it, or give fixed prices")
	case ask.nodes() && c.Redshift == nil:
		return errors.New("prices: the clients have no Redshift, which tells of reserved nodes")
	case ask.rpus() && c.Serverless == nil:
		return errors.New("prices: the clients have no Serverless, which tells of reservations")
	case ask.reservations && c.Region != ask.Region:
		return fmt.Errorf("prices: reservations are told in their Region, %s, and the clients are those of %q", ask.Region, c.Region)
	}
	return nil
}

// A priceReader collects what readPrices returns.
type priceReader struct {
	clients Clients
	ask     priceQuestion
	prices  chargeback.Prices
	notes   []string
}

func (r *priceReader) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *priceReader) unknown(format string, args ...any) { r.note("unknown: "+format, args...) }

// unread notes that something may not be read, or returns err if that is not why.
func (r *priceReader) unread(what string, err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if code := api.ErrorCode(); strings.HasPrefix(code, "AccessDenied") || strings.HasPrefix(code, "Unauthorized") {
			r.unknown("%s: %s", what, reason.Of(err))
			return nil
		}
	}
	return fmt.Errorf("read %s, which is not done with FixedPrices: %w", what, err)
}

// priceService is that of Redshift in the price list.
const priceService = "AmazonRedshift"

// families are the product families that the needed prices are in.
func (ask priceQuestion) families() []string {
	var all []string
	if ask.Serverless {
		all = append(all, "Serverless")
	}
	if len(ask.NodeTypes) > 0 {
		all = append(all, "Compute Instance", "Redshift Concurrency Scaling", "Redshift Data Scan")
	}
	if len(all) > 0 {
		all = append(all, "Redshift Managed Storage")
	}
	return all
}

// readList reads the on-demand prices.
func (r *priceReader) readList(ctx context.Context) error {
	families := r.ask.families()
	if len(families) == 0 {
		return nil
	}
	var products []chargeback.Product
	for _, family := range families {
		found, err := r.readFamily(ctx, family)
		if err != nil {
			return r.unread("prices of Redshift in "+r.ask.Region, err)
		}
		products = append(products, found...)
	}
	prices, notes, err := chargeback.PricesFrom(products, r.ask.Currency)
	if err != nil {
		return err
	}
	r.prices.List, r.notes = prices, append(r.notes, notes...)
	r.note("prices are those that the AWS Price List has now: it tells no earlier ones")
	if r.ask.Serverless && !r.ask.given(chargeback.Transfer, "") {
		r.note("data sharing across Regions has no price from the AWS Price List: AWS documents no usage type for it; give a fixed price")
	}
	r.noteMissing()
	return nil
}

// readFamily reads the products of a family that the needed prices may follow from.
//
// TERM_MATCH matches a whole value. A usage type cannot be asked for: its prefix, which
// depends on the Region, is not documented, and CONTAINS finds reservations, too.
func (r *priceReader) readFamily(ctx context.Context, family string) ([]chargeback.Product, error) {
	filter := func(field, value string) pricingtypes.Filter {
		return pricingtypes.Filter{Type: pricingtypes.FilterTypeTermMatch, Field: &field, Value: &value}
	}
	pages := pricingsdk.NewGetProductsPaginator(r.clients.Pricing, &pricingsdk.GetProductsInput{
		ServiceCode: aws.String(priceService), FormatVersion: aws.String("aws_v1"), MaxResults: aws.Int32(100),
		Filters: []pricingtypes.Filter{filter("regionCode", r.ask.Region), filter("productFamily", family)},
	})
	var products []chargeback.Product
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, doc := range page.PriceList {
			p, err := chargeback.ParseProduct([]byte(doc))
			if err != nil {
				return nil, err
			}
			if r.ask.needs(p) {
				products = append(products, p)
			}
		}
	}
	return products, nil
}

// needs reports whether a product is in the Region and of a node type that is asked for, or
// of none. Managed storage of no node type is that of workgroups.
func (ask priceQuestion) needs(p chargeback.Product) bool {
	if t := p.NodeType(); t != "" {
		return p.Region == ask.Region && slices.Contains(ask.NodeTypes, t)
	}
	return p.Region == ask.Region && (ask.Serverless || p.Family != "Redshift Managed Storage")
}

// given reports whether a price is known that fits.
func (ask priceQuestion) given(kind chargeback.Kind, nodeType string) bool {
	return slices.ContainsFunc(ask.Given, func(p chargeback.Price) bool {
		return p.Kind == kind && (p.Region == "" || p.Region == ask.Region) && (p.NodeType == "" || p.NodeType == nodeType)
	})
}

// noteMissing tells of prices that nearly every bill needs, and that neither the list has nor
// are given.
func (r *priceReader) noteMissing() {
	missing := func(kind chargeback.Kind, nodeType string) {
		listed := slices.ContainsFunc(r.prices.List, func(p chargeback.Price) bool { return p.Kind == kind && p.NodeType == nodeType })
		if !listed && !r.ask.given(kind, nodeType) {
			r.unknown("price of %s in %s: the AWS Price List has none that fits; give a fixed price", strings.TrimSpace(string(kind)+" "+nodeType), r.ask.Region)
		}
	}
	if r.ask.Serverless {
		missing(chargeback.Compute, "")
		missing(chargeback.Storage, "")
	}
	for _, t := range r.ask.NodeTypes {
		missing(chargeback.Nodes, t)
	}
}
