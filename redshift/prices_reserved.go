package redshift

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshiftsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// readNodes reads the reserved nodes.
func (r *priceReader) readNodes(ctx context.Context) error {
	if !r.ask.nodes() {
		return nil
	}
	pages := redshiftsdk.NewDescribeReservedNodesPaginator(r.clients.Redshift, &redshiftsdk.DescribeReservedNodesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			r.prices.Nodes = nil
			return r.unread("reserved nodes in "+r.ask.Region, err)
		}
		for _, n := range page.ReservedNodes {
			if err := r.addNode(n); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(r.prices.Nodes, func(a, b chargeback.NodeReservation) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// addNode adds a reservation of nodes, if what it costs and when is known.
func (r *priceReader) addNode(n redshifttypes.ReservedNode) error {
	t := reservedTerm{
		name: "reserved node " + aws.ToString(n.ReservedNodeId), state: aws.ToString(n.State),
		currency: aws.ToString(n.CurrencyCode), seconds: int64(aws.ToInt32(n.Duration)),
		upfront: aws.ToFloat64(n.FixedPrice), hourly: []float64{aws.ToFloat64(n.UsagePrice)},
	}
	if n.StartTime != nil {
		t.interval = chargeback.Interval{From: n.StartTime.UTC(), To: n.StartTime.UTC().Add(time.Duration(t.seconds) * time.Second)}
	}
	for _, c := range n.RecurringCharges {
		if f := aws.ToString(c.RecurringChargeFrequency); f != "Hourly" {
			t.odd = fmt.Sprintf("it has a charge with the frequency %q", f)
		}
		t.hourly = append(t.hourly, aws.ToFloat64(c.RecurringChargeAmount))
	}
	if aws.ToInt32(n.NodeCount) < 1 || n.NodeType == nil {
		t.odd = "its nodes are not told"
	}
	hourly, err := r.hourly(t)
	if hourly == "" {
		return err
	}
	r.prices.Nodes = append(r.prices.Nodes, chargeback.NodeReservation{
		ID: aws.ToString(n.ReservedNodeId), Region: r.ask.Region, NodeType: *n.NodeType, Nodes: int64(*n.NodeCount),
		Hourly: hourly, Interval: t.interval, Source: fmt.Sprintf("%s in %s, %s", t.name, r.ask.Region, aws.ToString(n.OfferingType)),
	})
	return nil
}

// readRPUs reads the reservations of serverless capacity.
func (r *priceReader) readRPUs(ctx context.Context) error {
	if !r.ask.rpus() {
		return nil
	}
	pages := serverlesssdk.NewListReservationsPaginator(r.clients.Serverless, &serverlesssdk.ListReservationsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			r.prices.RPUs = nil
			return r.unread("reservations of serverless capacity in "+r.ask.Region, err)
		}
		for _, v := range page.ReservationsList {
			if err := r.addRPUs(v); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(r.prices.RPUs, func(a, b chargeback.ServerlessReservation) int { return cmp.Compare(a.ID, b.ID) })
	r.note("reservations of serverless capacity are those that the account of the clients has in %s: accounts of one payer share theirs ("+
		`"Billing for serverless reservations"), and those of other accounts are not told`, r.ask.Region)
	return nil
}

// addRPUs adds a reservation of serverless capacity. The charges are those of its offering,
// which anyone may buy any capacity of: they are for one RPU.
func (r *priceReader) addRPUs(v serverlesstypes.Reservation) error {
	t := reservedTerm{name: "reservation " + aws.ToString(v.ReservationId), state: aws.ToString(v.Status), odd: "its offering is not told"}
	var offering serverlesstypes.OfferingType
	if o := v.Offering; o != nil {
		offering = o.OfferingType
		t.currency, t.seconds, t.upfront, t.hourly, t.odd = aws.ToString(o.CurrencyCode), int64(o.Duration), o.UpfrontCharge, []float64{o.HourlyCharge}, ""
	}
	if v.StartDate != nil {
		t.interval = chargeback.Interval{From: v.StartDate.UTC(), To: v.StartDate.UTC().Add(time.Duration(t.seconds) * time.Second)}
		if v.EndDate != nil {
			t.interval.To = v.EndDate.UTC()
		}
	}
	if v.Capacity < 1 {
		t.odd = fmt.Sprintf("its capacity is %d RPUs", v.Capacity)
	}
	hourly, err := r.hourly(t)
	if hourly == "" {
		return err
	}
	r.noteDear(t.name, hourly)
	r.prices.RPUs = append(r.prices.RPUs, chargeback.ServerlessReservation{
		ID: aws.ToString(v.ReservationId), Region: r.ask.Region, RPUs: int64(v.Capacity), Hourly: hourly, Interval: t.interval,
		Source: fmt.Sprintf("%s in %s, %s", t.name, r.ask.Region, offering),
	})
	return nil
}

// noteDear tells of a reservation of RPUs that costs more than they do on demand. AWS does
// not say in so many words that charges of offerings are for one RPU.
func (r *priceReader) noteDear(name, hourly string) {
	for _, p := range r.prices.List {
		onDemand, ok := new(big.Rat).SetString(p.Amount)
		if reserved, _ := new(big.Rat).SetString(hourly); ok && p.Kind == chargeback.Compute && reserved.Cmp(onDemand) > 0 {
			r.note("%s costs %s for an RPU and hour, more than the %s on demand: check whether its charges are for one RPU", name, hourly, p.Amount)
		}
	}
}

// A reservedTerm is what a reservation of either kind costs and when.
type reservedTerm struct {
	name     string
	state    string
	currency string // as told; empty if it is not
	interval chargeback.Interval
	seconds  int64     // that upfront is for
	upfront  float64   // of one node or RPU
	hourly   []float64 // that add up
	odd      string    // why the reservation cannot be used
}

// hourly returns what one node or RPU costs in an hour, with the upfront charge spread over
// the term. It is empty for a reservation that is not in effect, or about which too little
// is known, which it notes. Another currency is an error.
func (r *priceReader) hourly(t reservedTerm) (string, error) {
	switch t.state {
	case "payment-failed":
		return "", nil // nothing was reserved
	case "pending-payment", "payment-pending":
		r.note("%s is left out: its payment is pending", t.name)
		return "", nil
	case "active", "exchanging", "retired":
	default:
		t.odd = cmp.Or(t.odd, fmt.Sprintf("its state is %.40q", t.state))
	}
	if t.currency != "" && t.currency != r.ask.Currency {
		return "", fmt.Errorf("prices: %s is paid for in %q, not in %s: describe the bill in that currency, or give fixed prices", t.name, t.currency, r.ask.Currency)
	}
	sum, err := t.sum()
	if err != nil {
		t.odd = cmp.Or(t.odd, err.Error())
	}
	switch {
	case t.odd != "":
	case t.interval.From.IsZero() || !t.interval.To.After(t.interval.From):
		t.odd = "its term is not told"
	case t.state == "retired" && t.interval.To.After(time.Now()):
		t.odd = "it was retired before the end of its term, and it is not told when"
	}
	if t.odd != "" {
		r.unknown("%s is left out: %s", t.name, t.odd)
		return "", nil
	}
	if t.currency == "" {
		r.note("%s does not tell its currency: it is taken for %s", t.name, r.ask.Currency)
	}
	return hourlyText(sum), nil
}

// sum returns the charge for an hour, exactly as the decimal numbers of the answer have it.
func (t reservedTerm) sum() (*big.Rat, error) {
	sum := new(big.Rat)
	for _, f := range t.hourly {
		n, err := exactDecimal(f)
		if err != nil {
			return nil, err
		}
		sum.Add(sum, n)
	}
	upfront, err := exactDecimal(t.upfront)
	if err != nil {
		return nil, err
	}
	if upfront.Sign() > 0 {
		if t.seconds < 1 {
			return nil, fmt.Errorf("its term is %d seconds", t.seconds)
		}
		sum.Add(sum, upfront.Mul(upfront, big.NewRat(3600, t.seconds)))
	}
	if sum.Sign() == 0 {
		return nil, errors.New("it tells no charge")
	}
	return sum, nil
}

// exactDecimal returns the decimal number that was answered and that the SDK made a float of:
// the shortest that is read as this float.
func exactDecimal(f float64) (*big.Rat, error) {
	n, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok || n.Sign() < 0 {
		return nil, fmt.Errorf("a charge of it is %v", f)
	}
	return n, nil
}

// hourlyText writes a number with up to 12 digits after the point: a millionth of the
// currency in a million hours.
func hourlyText(n *big.Rat) string {
	return strings.TrimSuffix(strings.TrimRight(n.FloatString(12), "0"), ".")
}
