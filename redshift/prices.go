package redshift

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	pricingsdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	pricingtypes "github.com/aws/aws-sdk-go-v2/service/pricing/types"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// A priceQuestion is what to ask for of a Region.
type priceQuestion struct {
	region, currency     string
	serverless, clusters bool
	reservations         bool // those of the account of the clients, in its Region
}

// readPrices asks the price list, and for reservations. What could not be read is told in
// unknown: it is not taken for none.
func readPrices(ctx context.Context, c Clients, q priceQuestion) (p chargeback.Prices, unknown []string, err error) {
	note := func(what string, err error) error {
		if err == nil || ctx.Err() != nil {
			return ended(ctx)
		}
		unknown = append(unknown, what+": "+reason.Of(err))
		return nil
	}
	products, err := readProducts(ctx, c, q)
	if err := note("the price list of "+q.region, err); err != nil {
		return p, nil, err
	}
	var notes []string
	if p.Prices, notes, err = chargeback.PricesFrom(products); err != nil {
		return p, nil, err
	}
	unknown = append(unknown, notes...)
	if q.clusters && q.reservations {
		p.Nodes, err = readReservedNodes(ctx, c, q)
		if err := note("reserved nodes", err); err != nil {
			return p, nil, err
		}
	}
	if q.serverless && q.reservations {
		p.RPUs, err = readReservations(ctx, c, q)
		if err := note("serverless reservations", err); err != nil {
			return p, nil, err
		}
	}
	return p, unknown, nil
}

// readProducts reads all products of Amazon Redshift in a Region. Those with a usage type of
// no price are left out when they are read.
func readProducts(ctx context.Context, c Clients, q priceQuestion) ([]chargeback.Product, error) {
	if c.Pricing == nil {
		return nil, errNoPricing
	}
	pages := pricingsdk.NewGetProductsPaginator(c.Pricing, &pricingsdk.GetProductsInput{
		ServiceCode: aws.String("AmazonRedshift"),
		Filters: []pricingtypes.Filter{
			{Field: aws.String("regionCode"), Type: pricingtypes.FilterTypeTermMatch, Value: &q.region},
		},
		FormatVersion: aws.String("aws_v1"),
	})
	var all []chargeback.Product
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, doc := range page.PriceList {
			product, err := chargeback.ParseProduct([]byte(doc), q.currency)
			if err != nil {
				return nil, err
			}
			all = append(all, product)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the price list has nothing of Amazon Redshift in Region %s", q.region)
	}
	return all, nil
}

// readReservedNodes reads the reserved nodes of the account. An hour costs the usage price,
// the recurring charges, and the fixed price over the term.
func readReservedNodes(ctx context.Context, c Clients, q priceQuestion) ([]chargeback.NodeReservation, error) {
	var all []chargeback.NodeReservation
	pages := redshiftsdk.NewDescribeReservedNodesPaginator(c.Redshift, &redshiftsdk.DescribeReservedNodesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, n := range page.ReservedNodes {
			if r, ok, err := nodeReservation(n, q); err != nil {
				return nil, fmt.Errorf("reserved nodes %s: %w", aws.ToString(n.ReservedNodeId), err)
			} else if ok {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// paid are the states of what is paid for, or was.
func paid(state string) bool {
	return state == "active" || state == "retired" || state == "exchanging"
}

func nodeReservation(n redshifttypes.ReservedNode, q priceQuestion) (chargeback.NodeReservation, bool, error) {
	seconds := int64(aws.ToInt32(n.Duration))
	if !paid(aws.ToString(n.State)) || seconds <= 0 || n.StartTime == nil {
		return chargeback.NodeReservation{}, false, nil
	}
	if currency := aws.ToString(n.CurrencyCode); currency != "" && currency != q.currency {
		return chargeback.NodeReservation{}, false, fmt.Errorf("paid in %s, and the bill is in %s", currency, q.currency)
	}
	hourly := []float64{aws.ToFloat64(n.UsagePrice)}
	for _, r := range n.RecurringCharges {
		if frequency := aws.ToString(r.RecurringChargeFrequency); frequency != "Hourly" {
			return chargeback.NodeReservation{}, false, fmt.Errorf("a charge recurs %q: want Hourly", frequency)
		}
		hourly = append(hourly, aws.ToFloat64(r.RecurringChargeAmount))
	}
	price, err := hourlyPrice(hourly, aws.ToFloat64(n.FixedPrice), seconds)
	from := n.StartTime.UTC()
	return chargeback.NodeReservation{
		ID: aws.ToString(n.ReservedNodeId), Region: q.region, NodeType: aws.ToString(n.NodeType), Nodes: int64(aws.ToInt32(n.NodeCount)), Hourly: price,
		Interval: chargeback.Interval{From: from, To: from.Add(time.Duration(seconds) * time.Second)},
		Source:   "DescribeReservedNodes, " + aws.ToString(n.OfferingType),
	}, true, err
}

// readReservations reads the serverless reservations that the account sees.
func readReservations(ctx context.Context, c Clients, q priceQuestion) ([]chargeback.ServerlessReservation, error) {
	var all []chargeback.ServerlessReservation
	pages := serverlesssdk.NewListReservationsPaginator(c.Serverless, &serverlesssdk.ListReservationsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.ReservationsList {
			if one, ok, err := serverlessReservation(r, q); err != nil {
				return nil, fmt.Errorf("reservation %s: %w", aws.ToString(r.ReservationId), err)
			} else if ok {
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// serverlessReservation reads one. AWS does not say whether the charges of the offering are
// of one RPU or of all; those of the price list are of one.
func serverlessReservation(r serverlesstypes.Reservation, q priceQuestion) (chargeback.ServerlessReservation, bool, error) {
	if !paid(aws.ToString(r.Status)) || r.StartDate == nil || r.EndDate == nil || r.Offering == nil || r.Offering.Duration <= 0 {
		return chargeback.ServerlessReservation{}, false, nil
	}
	if currency := aws.ToString(r.Offering.CurrencyCode); currency != "" && currency != q.currency {
		return chargeback.ServerlessReservation{}, false, fmt.Errorf("paid in %s, and the bill is in %s", currency, q.currency)
	}
	price, err := hourlyPrice([]float64{r.Offering.HourlyCharge}, r.Offering.UpfrontCharge, int64(r.Offering.Duration))
	return chargeback.ServerlessReservation{
		ID: aws.ToString(r.ReservationId), RPUs: int64(r.Capacity), Hourly: price,
		Interval: chargeback.Interval{From: r.StartDate.UTC(), To: r.EndDate.UTC()},
		Source:   "ListReservations, " + string(r.Offering.OfferingType),
	}, true, err
}

// hourlyPrice adds up what an hour costs, with what was paid up front spread over a term in
// seconds, as a decimal number of up to 12 decimals. Numbers of floating point are those of
// their shortest decimal text, which is what AWS wrote.
func hourlyPrice(hourly []float64, upfront float64, seconds int64) (string, error) {
	sum, err := exact(upfront)
	if err != nil {
		return "", err
	}
	sum.Mul(sum, big.NewRat(3600, seconds))
	for _, h := range hourly {
		part, err := exact(h)
		if err != nil {
			return "", err
		}
		sum.Add(sum, part)
	}
	text := sum.FloatString(12)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), nil
}

func exact(f float64) (*big.Rat, error) {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok || f < 0 {
		return nil, fmt.Errorf("%v is no price", f)
	}
	return r, nil
}

var errNoPricing = errors.New("the clients have no Pricing: use NewClients, or set FixedPrices")

// pricePermissions are those for asking.
func pricePermissions(d chargeback.Description) awspatterns.Policy {
	all := awspatterns.Policy{{Action: "pricing:GetProducts", Resources: []string{"*"}}}
	serverless, clusters := false, false
	for _, w := range d.Warehouses {
		serverless, clusters = serverless || w.Workgroup != "", clusters || w.Cluster != ""
	}
	if clusters {
		all = append(all, awspatterns.Permission{Action: "redshift:DescribeReservedNodes", Resources: []string{"arn:${Partition}:redshift:${Region}:${Account}:*"}})
	}
	if serverless {
		all = append(all, awspatterns.Permission{Action: "redshift-serverless:ListReservations", Resources: []string{"*"}})
	}
	return all
}
