package redshift

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	pricingsdk "github.com/aws/aws-sdk-go-v2/service/pricing"
	pricingtypes "github.com/aws/aws-sdk-go-v2/service/pricing/types"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/pricing"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

const (
	priceAccount = "111122223333"
	priceRegion  = "eu-west-1"
)

// A priceWorld is an account with workgroups and clusters in eu-west-1.
type priceWorld struct {
	cloud *awstest.Cloud
	list  *pricing.List
	data  *standin.Data
	world *standin.World
}

func newPriceWorld(t *testing.T) *priceWorld {
	w := &priceWorld{cloud: awstest.New(t), world: standin.New()}
	w.list, w.data = pricing.Serve(w.cloud), standin.Serve(w.cloud, w.world)
	for _, r := range []string{"us-east-1", priceRegion, "cn-northwest-1"} {
		w.list.Add(pricing.Redshift(r)...)
	}
	return w
}

// priceYear is a term in seconds, and priceStart when the ones of these tests begin.
const priceYear = 365 * 24 * 3600

var priceStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func priceNode(id string, change ...func(*redshifttypes.ReservedNode)) redshifttypes.ReservedNode {
	n := redshifttypes.ReservedNode{
		ReservedNodeId: &id, NodeType: aws.String("ra3.4xlarge"), NodeCount: aws.Int32(4), State: aws.String("active"), CurrencyCode: aws.String("USD"),
		StartTime: &priceStart, Duration: aws.Int32(priceYear), FixedPrice: aws.Float64(8760), UsagePrice: aws.Float64(0.1), OfferingType: aws.String("Partial Upfront"),
		RecurringCharges: []redshifttypes.RecurringCharge{{RecurringChargeAmount: aws.Float64(0.2), RecurringChargeFrequency: aws.String("Hourly")}},
	}
	for _, c := range change {
		c(&n)
	}
	return n
}

func priceReservation(id string, change ...func(*serverlesstypes.Reservation)) serverlesstypes.Reservation {
	r := serverlesstypes.Reservation{
		ReservationId: &id, Capacity: 64, Status: aws.String("active"), StartDate: &priceStart, EndDate: aws.Time(priceStart.AddDate(1, 0, 0)),
		Offering: &serverlesstypes.ReservationOffering{CurrencyCode: aws.String("USD"), Duration: priceYear, HourlyCharge: 0.3, OfferingType: serverlesstypes.OfferingTypeNoUpfront},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

// priceBoth asks for all that there is.
var priceBoth = priceQuestion{Region: priceRegion, Serverless: true, NodeTypes: []string{"ra3.4xlarge"}, Currency: "USD", reservations: true}

func (w *priceWorld) clients(region string) Clients {
	return NewClients(w.cloud.Config(region, priceAccount))
}

func (w *priceWorld) ask(t *testing.T, ask priceQuestion) (chargeback.Prices, []string) {
	t.Helper()
	prices, notes, err := readPrices(t.Context(), w.clients(ask.Region), ask)
	if err != nil {
		t.Fatal(err)
	}
	return prices, notes
}

func priceLines(p chargeback.Prices, notes []string) string {
	var b strings.Builder
	for _, p := range p.List {
		fmt.Fprintf(&b, "%s %s %s: %s per %s (%s)\n", p.Kind, p.Region, p.NodeType, p.Amount, p.Unit, p.Source)
	}
	term := func(i chargeback.Interval) string {
		return i.From.Format(time.DateTime) + " to " + i.To.Format(time.DateTime)
	}
	for _, n := range p.Nodes {
		fmt.Fprintf(&b, "%s: %d of %s in %s, %s, %s an hour (%s)\n", n.ID, n.Nodes, n.NodeType, n.Region, term(n.Interval), n.Hourly, n.Source)
	}
	for _, r := range p.RPUs {
		fmt.Fprintf(&b, "%s: %d RPUs, %s, %s an hour (%s)\n", r.ID, r.RPUs, term(r.Interval), r.Hourly, r.Source)
	}
	for _, n := range notes {
		fmt.Fprintln(&b, "-", n)
	}
	return b.String()
}

func TestReadPrices(t *testing.T) {
	w := newPriceWorld(t)
	w.list.PageSize, w.data.ControlPageSize = 1, 1
	w.world.AddReservedNodes(priceAccount, priceRegion, priceNode("node-b"), priceNode("node-a", func(n *redshifttypes.ReservedNode) {
		n.FixedPrice, n.UsagePrice, n.RecurringCharges = aws.Float64(20000), nil, nil
	}))
	w.world.AddReservedNodes(priceAccount, "us-east-1", priceNode("elsewhere"))
	w.world.AddReservations(priceAccount, priceRegion, priceReservation("rpu-b"), priceReservation("rpu-a", func(r *serverlesstypes.Reservation) {
		r.Offering.UpfrontCharge, r.Offering.HourlyCharge, r.Offering.OfferingType = 2716, 0, serverlesstypes.OfferingTypeAllUpfront
	}))
	prices, notes := w.ask(t, priceBoth)
	golden.Equal(t, "testdata/prices.txt", priceLines(prices, notes))
	listed := 0
	for _, call := range w.cloud.Calls() {
		in, ok := call.Input.(*pricingsdk.GetProductsInput)
		if !ok {
			continue
		}
		listed++
		if call.Region != "us-east-1" {
			t.Errorf("the price list is asked for in %s", call.Region)
		}
		if len(in.Filters) != 2 || *in.MaxResults != 100 || slices.ContainsFunc(in.Filters, func(f pricingtypes.Filter) bool { return f.Type != pricingtypes.FilterTypeTermMatch }) {
			t.Errorf("asked with %+v", in)
		}
	}
	if listed < 10 {
		t.Errorf("%d pages of one product", listed)
	}
	awstest.CheckPermissions(t, pricePermissions(priceBoth), w.cloud.Calls(), pricing.Actions, standin.Actions)
}

// TestReadPricesLittle shows that only what is asked for is read.
func TestReadPricesLittle(t *testing.T) {
	for name, test := range map[string]struct {
		ask  priceQuestion
		want string // operations
		got  string // prices
	}{
		"nothing":    {priceQuestion{Region: priceRegion, Currency: "USD", reservations: true}, "", ""},
		"workgroups": {priceQuestion{Region: priceRegion, Currency: "USD", Serverless: true}, "GetProducts GetProducts", "compute storage"},
		"clusters": {
			priceQuestion{Region: priceRegion, Currency: "USD", NodeTypes: []string{"ra3.4xlarge"}}, "GetProducts GetProducts GetProducts GetProducts",
			"nodes ra3.4xlarge scaling ra3.4xlarge spectrum storage ra3.4xlarge",
		},
		"reserved nodes": {
			priceQuestion{Region: "us-east-1", Currency: "USD", NodeTypes: []string{"dc2.large"}, reservations: true}, "GetProducts GetProducts GetProducts GetProducts DescribeReservedNodes",
			"nodes dc2.large scaling dc2.large spectrum",
		},
		"China": {priceQuestion{Region: "cn-northwest-1", Currency: "CNY", Serverless: true, reservations: true}, "GetProducts GetProducts ListReservations", "compute storage"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPriceWorld(t)
			prices, _ := w.ask(t, test.ask)
			var got, calls []string
			for _, p := range prices.List {
				got = append(got, strings.TrimSpace(string(p.Kind)+" "+p.NodeType))
			}
			for _, c := range w.cloud.Calls() {
				calls = append(calls, c.Operation)
				if want := pricingRegion(test.ask.Region); c.Service == "Pricing" && c.Region != want {
					t.Errorf("asked in %s, want %s", c.Region, want)
				}
			}
			if strings.Join(got, " ") != test.got || strings.Join(calls, " ") != test.want {
				t.Errorf("got %q with %q", got, calls)
			}
			if len(calls) > 0 {
				awstest.CheckPermissions(t, pricePermissions(test.ask), w.cloud.Calls(), pricing.Actions, standin.Actions)
			}
		})
	}
}

func TestReadPricesMissing(t *testing.T) {
	w := newPriceWorld(t)
	_, notes := w.ask(t, priceQuestion{Region: "eu-south-2", Currency: "USD", Serverless: true, NodeTypes: []string{"ra3.4xlarge"}})
	for _, want := range []string{"compute", "storage", "nodes ra3.4xlarge"} {
		if !slices.Contains(notes, "unknown: price of "+want+" in eu-south-2: the AWS Price List has none that fits; give a fixed price") {
			t.Errorf("no note about %s: %q", want, notes)
		}
	}
	_, _, err := readPrices(t.Context(), w.clients("cn-northwest-1"), priceQuestion{Region: "cn-northwest-1", Currency: "USD", Serverless: true})
	if err == nil || !strings.Contains(err.Error(), `has no price in "USD" but in ["CNY"]`) {
		t.Errorf("got %v", err)
	}
}

// TestDeniedPricesAreUnknown shows that reservations that may not be read are unknown, and so are
// prices; what could be read of pages before is not taken for all.
func TestDeniedPricesAreUnknown(t *testing.T) {
	for _, test := range []struct {
		operation, note string
		prices, n, r    int
		code            string
		skip            int
	}{
		{operation: "Pricing.GetProducts", note: "unknown: prices of Redshift in eu-west-1: Pricing GetProducts: AccessDeniedException: no", code: "AccessDeniedException", n: 2, r: 2},
		{operation: "Pricing.GetProducts", note: "unknown: prices of Redshift in eu-west-1: Pricing GetProducts: AccessDeniedException: no", code: "AccessDeniedException", skip: 3, n: 2, r: 2},
		{operation: "Redshift.DescribeReservedNodes", note: "unknown: reserved nodes in eu-west-1: Redshift DescribeReservedNodes: AccessDenied: no", code: "AccessDenied", prices: 6, r: 2},
		{operation: "Redshift.DescribeReservedNodes", note: "unknown: reserved nodes in eu-west-1: Redshift DescribeReservedNodes: UnauthorizedOperation: no", code: "UnauthorizedOperation", skip: 1, prices: 6, r: 2},
		{operation: "Redshift Serverless.ListReservations", note: "unknown: reservations of serverless capacity in eu-west-1: Redshift Serverless ListReservations: AccessDeniedException: no", code: "AccessDeniedException", prices: 6, n: 2},
		{operation: "Redshift Serverless.ListReservations", note: "unknown: reservations of serverless capacity in eu-west-1: Redshift Serverless ListReservations: AccessDeniedException: no", code: "AccessDeniedException", skip: 1, prices: 6, n: 2},
	} {
		t.Run(fmt.Sprint(test.operation, test.skip), func(t *testing.T) {
			w := newPriceWorld(t)
			w.data.ControlPageSize = 1
			w.world.AddReservedNodes(priceAccount, priceRegion, priceNode("a"), priceNode("b"))
			w.world.AddReservations(priceAccount, priceRegion, priceReservation("a"), priceReservation("b"))
			hits := w.cloud.Inject(awstest.Fault{Operation: test.operation, Skip: test.skip, Err: awstest.Error(http.StatusForbidden, test.code, "no")})
			prices, notes := w.ask(t, priceBoth)
			if got := [3]int{len(prices.List), len(prices.Nodes), len(prices.RPUs)}; got != [3]int{test.prices, test.n, test.r} {
				t.Errorf("got %v", got)
			}
			if hits() == 0 || !slices.Contains(notes, test.note) {
				t.Errorf("%d hits, notes %q", hits(), notes)
			}
		})
	}
}

func TestReadPricesTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newPriceWorld(t)
		w.world.AddReservedNodes(priceAccount, priceRegion, priceNode("a"))
		want, wantNotes := w.ask(t, priceBoth)
		hits := w.cloud.Inject(awstest.Fault{Attempts: 1, Err: awstest.Throttled()})
		got, notes := w.ask(t, priceBoth)
		if priceLines(got, notes) != priceLines(want, wantNotes) || hits() < 6 {
			t.Errorf("throttled %d times: %s", hits(), priceLines(got, notes))
		}
		w.cloud.ClearFaults()
		for _, operation := range []string{"Pricing.GetProducts", "Redshift.DescribeReservedNodes", "Redshift Serverless.ListReservations"} {
			w.cloud.Inject(awstest.Fault{Operation: operation, Err: awstest.Throttled()})
			prices, notes, err := readPrices(t.Context(), w.clients(priceRegion), priceBoth)
			if err == nil || !strings.HasPrefix(err.Error(), "read ") || !strings.Contains(err.Error(), "ThrottlingException") || notes != nil || len(prices.List) > 0 {
				t.Errorf("%s: got %v, %v, %v", operation, prices, notes, err)
			}
			w.cloud.ClearFaults()
		}
		why := errors.New("shut down")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if _, _, err := readPrices(ctx, w.clients(priceRegion), priceBoth); !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
	})
}

func TestReadPricesBadDocument(t *testing.T) {
	w := newPriceWorld(t)
	awstest.Handle(w.cloud, func(context.Context, *pricingsdk.GetProductsInput) (*pricingsdk.GetProductsOutput, error) {
		return &pricingsdk.GetProductsOutput{PriceList: []string{`{"product":{"sku":"ABC","attributes":{"usagetype":7}}}`}}, nil
	})
	_, _, err := readPrices(t.Context(), w.clients(priceRegion), priceBoth)
	if err == nil || err.Error() != "read prices of Redshift in eu-west-1, which is not done with FixedPrices: price list: sku ABC: attribute usagetype is not a text" {
		t.Errorf("got %v", err)
	}
}

// TestReadPricesRefused shows that nothing is called with a question that is wrong.
func TestReadPricesRefused(t *testing.T) {
	w := newPriceWorld(t)
	ask := func(change func(*priceQuestion, *Clients)) (priceQuestion, Clients) {
		q, c := priceBoth, w.clients(priceRegion)
		change(&q, &c)
		return q, c
	}
	for want, change := range map[string]func(*priceQuestion, *Clients){
		"no Region":                   func(q *priceQuestion, _ *Clients) { q.Region = "" },
		`"usd" is no code`:            func(q *priceQuestion, _ *Clients) { q.Currency = "usd" },
		`"" is no code`:               func(q *priceQuestion, _ *Clients) { q.Currency = "" },
		`"ra3" is no node type`:       func(q *priceQuestion, _ *Clients) { q.NodeTypes = []string{"dc2.large", "ra3"} },
		"no Pricing":                  func(_ *priceQuestion, c *Clients) { c.Pricing = nil },
		"no Redshift":                 func(_ *priceQuestion, c *Clients) { c.Redshift = nil },
		"no Serverless":               func(_ *priceQuestion, c *Clients) { c.Serverless = nil },
		`those of "us-east-1"`:        func(_ *priceQuestion, c *Clients) { c.Region = "us-east-1" },
		"in their Region, us-east-2,": func(q *priceQuestion, _ *Clients) { q.Region = "us-east-2" },
	} {
		q, c := ask(change)
		if _, _, err := readPrices(t.Context(), c, q); err == nil || !strings.HasPrefix(err.Error(), "prices: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if n := w.cloud.Count(); n != 0 {
		t.Errorf("%d calls", n)
	}
}
