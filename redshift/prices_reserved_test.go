package redshift

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"
)

// TestReadReservedNodes shows what becomes of a reserved node: what it costs in an hour, a note,
// or an error.
func TestReadReservedNodes(t *testing.T) {
	type node = redshifttypes.ReservedNode
	long := func(n *node) { n.StartTime = aws.Time(time.Now().Add(-time.Hour)) }
	for _, test := range []struct {
		name   string
		change func(*node)
		hourly string
		note   string
		err    string
	}{
		{"as it is", func(*node) {}, "1.3", "", ""},
		{"floats are the decimal numbers that they were", func(n *node) {
			n.FixedPrice, n.UsagePrice = nil, aws.Float64(0.1)
			n.RecurringCharges = append(n.RecurringCharges, n.RecurringCharges[0])
		}, "0.5", "", ""},
		{"digits without end", func(n *node) { n.FixedPrice, n.UsagePrice, n.RecurringCharges = aws.Float64(1), nil, nil }, "0.000114155251", "", ""},
		{"no upfront", func(n *node) { n.FixedPrice = aws.Float64(0) }, "0.3", "", ""},
		{"being exchanged", func(n *node) { n.State = aws.String("exchanging") }, "1.3", "", ""},
		{"retired at its end", func(n *node) {
			n.State, n.StartTime = aws.String("retired"), aws.Time(time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC))
		}, "1.3", "", ""},
		{"retired before its end", func(n *node) { long(n); n.State = aws.String("retired") }, "", "unknown: reserved node x is left out: it was retired before the end of its term, and it is not told when", ""},
		{"not paid", func(n *node) { n.State = aws.String("payment-failed") }, "", "", ""},
		{"not paid yet", func(n *node) { n.State = aws.String("pending-payment") }, "", "reserved node x is left out: its payment is pending", ""},
		{"a state of later days", func(n *node) { n.State = aws.String("paused") }, "", `unknown: reserved node x is left out: its state is "paused"`, ""},
		{"no state", func(n *node) { n.State = nil }, "", `its state is ""`, ""},
		{"no start", func(n *node) { n.StartTime = nil }, "", "its term is not told", ""},
		{"no duration", func(n *node) { n.Duration = nil }, "", "its term is 0 seconds", ""},
		{"no duration, no upfront", func(n *node) { n.Duration, n.FixedPrice = nil, nil }, "", "its term is not told", ""},
		{"no charge", func(n *node) { n.FixedPrice, n.UsagePrice, n.RecurringCharges = nil, nil, nil }, "", "it tells no charge", ""},
		{"a charge below 0", func(n *node) { n.UsagePrice = aws.Float64(-1) }, "", "a charge of it is -1", ""},
		{"a charge that is no number", func(n *node) { n.FixedPrice = aws.Float64(math.NaN()) }, "", "a charge of it is NaN", ""},
		{"a charge without end", func(n *node) { n.FixedPrice = aws.Float64(math.Inf(1)) }, "", "a charge of it is +Inf", ""},
		{"by the month", func(n *node) {
			n.RecurringCharges = []redshifttypes.RecurringCharge{{RecurringChargeAmount: aws.Float64(1), RecurringChargeFrequency: aws.String("Monthly")}}
		}, "", `it has a charge with the frequency "Monthly"`, ""},
		{"no nodes", func(n *node) { n.NodeCount = nil }, "", "its nodes are not told", ""},
		{"no type", func(n *node) { n.NodeType = nil }, "", "its nodes are not told", ""},
		{"another currency", func(n *node) { n.CurrencyCode = aws.String("CNY") }, "", "", `prices: reserved node x is paid for in "CNY", not in USD`},
		{"no currency", func(n *node) { n.CurrencyCode = nil }, "1.3", "reserved node x does not tell its currency: it is taken for USD", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := priceReader{ask: priceBoth}
			err := r.addNode(priceNode("x", test.change))
			got := ""
			for _, n := range r.prices.Nodes {
				got += n.Hourly
			}
			if got != test.hourly {
				t.Errorf("got %q, want %q", got, test.hourly)
			}
			checkPriceNotes(t, r.notes, test.note, err, test.err)
		})
	}
}

func checkPriceNotes(t *testing.T, notes []string, note string, err error, text string) {
	t.Helper()
	if got := strings.Join(notes, "\n"); !strings.Contains(got, note) || (got == "") != (note == "") {
		t.Errorf("notes %q, want %q", got, note)
	}
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %q", err, text)
	}
}

func TestReadReservedRPUs(t *testing.T) {
	type rpus = serverlesstypes.Reservation
	for _, test := range []struct {
		name   string
		change func(*rpus)
		hourly string
		note   string
		err    string
	}{
		{"as it is", func(*rpus) {}, "0.3", "", ""},
		{"all upfront", func(r *rpus) { r.Offering.HourlyCharge, r.Offering.UpfrontCharge = 0, 2716 }, "0.310045662100", "", ""},
		{"no end", func(r *rpus) { r.EndDate = nil }, "0.3", "", ""},
		{"no start", func(r *rpus) { r.StartDate = nil }, "", "unknown: reservation x is left out: its term is not told", ""},
		{"an end before the start", func(r *rpus) { r.EndDate = aws.Time(priceStart.Add(-time.Hour)) }, "", "its term is not told", ""},
		{"no offering", func(r *rpus) { r.Offering = nil }, "", "its offering is not told", ""},
		{"no charge", func(r *rpus) { r.Offering.HourlyCharge = 0 }, "", "it tells no charge", ""},
		{"no capacity", func(r *rpus) { r.Capacity = 0 }, "", "its capacity is 0 RPUs", ""},
		{"not paid yet", func(r *rpus) { r.Status = aws.String("payment-pending") }, "", "reservation x is left out: its payment is pending", ""},
		{"not paid", func(r *rpus) { r.Status = aws.String("payment-failed") }, "", "", ""},
		{"another currency", func(r *rpus) { r.Offering.CurrencyCode = aws.String("CNY") }, "", "", `reservation x is paid for in "CNY", not in USD`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := priceReader{ask: priceBoth}
			err := r.addRPUs(priceReservation("x", test.change))
			got := ""
			for _, v := range r.prices.RPUs {
				got += v.Hourly
				if d := v.Interval.To.Sub(v.Interval.From); d != priceYear*time.Second || v.RPUs != 64 {
					t.Errorf("got %+v", v)
				}
			}
			if got != strings.TrimRight(test.hourly, "0") {
				t.Errorf("got %q, want %q", got, test.hourly)
			}
			checkPriceNotes(t, r.notes, test.note, err, test.err)
		})
	}
}

// TestDearReservation is about charges that cannot be those of one RPU.
func TestDearReservation(t *testing.T) {
	w := newPriceWorld(t)
	w.world.AddReservations(priceAccount, priceRegion, priceReservation("dear", func(r *serverlesstypes.Reservation) { r.Offering.HourlyCharge *= 64 }), priceReservation("usual"))
	prices, notes := w.ask(t, priceBoth)
	if len(prices.RPUs) != 2 || !slices.Contains(notes, "reservation dear costs 19.2 for an RPU and hour, more than the 0.387 on demand: check whether its charges are for one RPU") {
		t.Errorf("got %+v, %q", prices.RPUs, notes)
	}
	if n := len(slices.DeleteFunc(notes, func(n string) bool { return !strings.Contains(n, "on demand: check") })); n != 1 {
		t.Errorf("%d such notes", n)
	}
}
