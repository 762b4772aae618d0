package redshift_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// TestReviewReservationsElsewhere bills warehouses of another Region than that of the clients,
// whose reservations cannot be asked for: the bill tells.
func TestReviewReservationsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		if _, err := w.harvest(t.Context(), both...); err != nil {
			t.Fatal(err)
		}
		opts.Usage = w.usage
		told := func(clients string) bool {
			result, err := redshift.Chargeback(t.Context(), redshift.NewClients(w.cloud.Config(clients, company)), opts)
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(result.Notes, func(s string) bool { return strings.Contains(s, "reservations in "+region) })
		}
		if told(region) || !told("us-east-1") {
			t.Errorf("told of its own Region %v, of another %v", told(region), told("us-east-1"))
		}
	})
}

// TestReviewReservationsTwice charges a reservation that is given and read once, as it is
// given.
func TestReviewReservationsTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newBillWorld(awstest.New(t))
		start := time.Now().AddDate(0, -1, 0)
		end := start.AddDate(1, 0, 0)
		w.world.AddReservations(company, region, serverlesstypes.Reservation{
			ReservationId: aws.String("rpus"), Capacity: 4, Status: aws.String("active"), StartDate: &start, EndDate: &end,
			Offering: &serverlesstypes.ReservationOffering{Duration: 31536000, HourlyCharge: 0.3},
		})
		w.world.AddReservedNodes(company, region, redshifttypes.ReservedNode{
			ReservedNodeId: aws.String("nodes"), NodeType: aws.String("ra3.4xlarge"), NodeCount: aws.Int32(9), State: aws.String("active"),
			StartTime: &start, Duration: aws.Int32(31536000), UsagePrice: aws.Float64(1.5),
		})
		once, err := w.bill(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		in := chargeback.Interval{From: start.UTC(), To: end.UTC()}
		opts.Prices.RPUs = []chargeback.ServerlessReservation{{ID: "rpus", Region: region, RPUs: 4, Hourly: "0.3", Interval: in, Source: "given"}}
		opts.Prices.Nodes = []chargeback.NodeReservation{{ID: "nodes", Region: region, NodeType: "ra3.4xlarge", Nodes: 9, Hourly: "1.5", Interval: in, Source: "given"}}
		given, err := w.bill(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		if once.Total == 0 || given.Total != once.Total {
			t.Errorf("given and read, it is %s; read alone, %s", given.Total, once.Total)
		}
	})
}
