package redshift_test

import (
	"context"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/pricing"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// newBillWorld is a harvestWorld with a price list, in the Region that it is of.
func newBillWorld(cloud *awstest.Cloud) (*harvestWorld, redshift.ChargebackOptions) {
	w := newHarvestWorld(cloud)
	w.world.RecordUsage = false
	pricing.Serve(cloud).Add(slices.Concat(pricing.Redshift(region), pricing.Redshift("us-east-1"))...)
	today := time.Now().UTC().Truncate(24 * time.Hour)
	return w, redshift.ChargebackOptions{BillOptions: chargeback.BillOptions{
		Description: chargeback.Description{
			Units:      []chargeback.Unit{{Name: "sales"}, {Name: "data"}},
			Warehouses: []chargeback.Warehouse{{Warehouse: both[0], Unit: "sales", By: chargeback.ByUser}, {Warehouse: both[1], Unit: "data"}},
		},
		Period: chargeback.Interval{From: today.AddDate(0, 0, -2), To: today},
	}}
}

func (w *harvestWorld) bill(ctx context.Context, opts redshift.ChargebackOptions) (redshift.ChargebackResult, error) {
	return redshift.Chargeback(ctx, redshift.NewClients(w.cloud.Config(region, company)), opts)
}

// TestChargeback bills what was harvested into memory: compute is the sum of charged_seconds
// at the price of an RPU-hour, to the millionth, and who ran pays.
func TestChargeback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		result, err := w.bill(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		var seconds int64
		for _, m := range w.sales.Usage().Minutes {
			if !m.Start.Before(opts.Period.From) && m.Start.Before(opts.Period.To) {
				seconds += m.Charged
			}
		}
		want, _ := new(big.Rat).Mul(big.NewRat(seconds, 3600), big.NewRat(387, 1000)).Float64()
		var got, lines chargeback.Amount
		for _, c := range result.Charges {
			if c.Kind == chargeback.Compute {
				got += c.Amount
				if !strings.Contains(c.Price.Source, "EU-Redshift:ServerlessUsage") {
					t.Errorf("the price is that of %s", c.Price.Source)
				}
			}
		}
		for _, l := range result.Lines {
			lines += l.Amount
			if l.Kind == chargeback.Compute && l.Owner == "" {
				t.Errorf("a line without an owner: %+v", l)
			}
		}
		if diff := float64(got)/1e6 - want; seconds == 0 || diff > 1e-6 || diff < -1e-6 {
			t.Errorf("compute is %s, want %v", got, want)
		}
		if lines != result.Total || result.Check() != nil {
			t.Errorf("lines add up to %s of %s, %v", lines, result.Total, result.Check())
		}
		if result.Harvested == nil || len(result.Harvested.Warehouses) != 2 || len(result.Unknown) > 0 {
			t.Errorf("harvested %v, unknown %q", result.Harvested, result.Unknown)
		}
	})
}

// TestChargebackHarvested bills from an archive without a call to a warehouse.
func TestChargebackHarvested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		if _, err := w.harvest(t.Context(), both...); err != nil {
			t.Fatal(err)
		}
		before := len(w.cloud.Calls())
		opts.Usage = w.usage
		if _, err := w.bill(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		calls := slices.DeleteFunc(w.cloud.Calls()[before:], func(c awstest.Call) bool { return c.Service == "local" })
		awstest.CheckPermissions(t, redshift.ChargebackPermissions(opts).Apply, calls, standin.Actions, pricing.Actions)
		for _, call := range calls {
			if call.Service == "Pricing" && call.Region != "us-east-1" {
				t.Errorf("the price list is asked for in %s", call.Region)
			}
		}
	})
}

// TestChargebackFixed asks for nothing.
func TestChargebackFixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		if _, err := w.harvest(t.Context(), both...); err != nil {
			t.Fatal(err)
		}
		opts.Usage, opts.FixedPrices = w.usage, true
		opts.Prices.Prices = []chargeback.Price{{Kind: chargeback.Compute, Amount: "0.36", Unit: "RPU-hour", Source: "fixed"}}
		before := len(w.cloud.Calls())
		result, err := w.bill(t.Context(), opts)
		if err != nil || len(result.Charges) != 1 || len(result.Unpriced) == 0 {
			t.Fatal(result.Charges, result.Unpriced, err)
		}
		for _, call := range w.cloud.Calls()[before:] {
			if call.Service != "local" {
				t.Errorf("%s is called", call.Operation)
			}
		}
	})
}

// TestChargebackReservations reads what is reserved, on several pages, and spreads what was
// paid before over the term.
func TestChargebackReservations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		start := time.Now().AddDate(0, -1, 0)
		for i := range 3 {
			w.world.AddReservedNodes(company, region, redshifttypes.ReservedNode{
				ReservedNodeId: aws.String("node" + string(rune('a'+i))), NodeType: aws.String("ra3.4xlarge"), NodeCount: aws.Int32(1),
				State: aws.String("active"), StartTime: &start, Duration: aws.Int32(31536000), FixedPrice: aws.Float64(8760), UsagePrice: aws.Float64(0.5),
				RecurringCharges: []redshifttypes.RecurringCharge{{RecurringChargeAmount: aws.Float64(0.25), RecurringChargeFrequency: aws.String("Hourly")}},
			})
		}
		end := start.AddDate(1, 0, 0)
		w.world.AddReservations(company, region, serverlesstypes.Reservation{
			ReservationId: aws.String("rpus"), Capacity: 4, Status: aws.String("active"), StartDate: &start, EndDate: &end,
			Offering: &serverlesstypes.ReservationOffering{Duration: 31536000, HourlyCharge: 0.3, OfferingType: serverlesstypes.OfferingTypeNoUpfront},
		})
		result, err := w.bill(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		prices := map[string]bool{}
		for _, c := range result.Charges {
			prices[string(c.Kind)+" "+c.Price.Amount] = true
		}
		if !prices["reservation 0.3"] || !prices["compute 0.3"] {
			t.Errorf("charged at %v", prices)
		}
		nodes := 0
		for _, c := range result.Charges {
			if (c.Kind == chargeback.Nodes || c.Kind == chargeback.UnusedNodes) && c.Price.Amount == "1.75" {
				nodes++
			}
		}
		if nodes == 0 {
			t.Errorf("no node at 1.75 an hour: %v", prices)
		}
	})
}

// TestChargebackDenied has prices that are denied told, and not taken for none.
func TestChargebackDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		w.cloud.Inject(awstest.Fault{Operation: "Redshift Serverless.ListReservations", Err: awstest.Error(http.StatusBadRequest, "AccessDeniedException", "no")})
		result, err := w.bill(t.Context(), opts)
		if err != nil || len(result.Unknown) != 1 || !strings.Contains(result.Unknown[0], "reservations of serverless capacity") {
			t.Fatalf("unknown %q, %v", result.Unknown, err)
		}
		if !slices.ContainsFunc(result.Provisional, func(s string) bool { return strings.Contains(s, "reservations") }) {
			t.Errorf("provisional %q", result.Provisional)
		}
	})
}

func TestChargebackRefuses(t *testing.T) {
	t.Parallel()
	cloud := awstest.New(t)
	opts := redshift.ChargebackOptions{}
	if _, err := redshift.Chargeback(t.Context(), redshift.NewClients(cloud.Config(region, company)), opts); err == nil || len(cloud.Calls()) > 0 {
		t.Errorf("%v after %d calls", err, len(cloud.Calls()))
	}
}

// TestChargebackEnds ends with the context, and tells why it ended.
func TestChargebackEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if _, err := w.bill(ctx, opts); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}
