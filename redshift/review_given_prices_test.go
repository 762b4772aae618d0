package redshift_test

import (
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/pricing"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// TestReviewGivenPrices bills a Region that the price list does not have: prices that are
// given are known.
func TestReviewGivenPrices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		_, opts := newBillWorld(awstest.New(t))
		w := newHarvestWorld(cloud)
		w.world.RecordUsage = false
		pricing.Serve(cloud).Add(pricing.Redshift("us-east-1")...)
		unknown := func(prices ...chargeback.Price) int {
			opts.Prices.Prices = prices
			result, err := redshift.Chargeback(t.Context(), redshift.NewClients(cloud.Config(region, company)), opts)
			if err != nil {
				t.Fatal(err)
			}
			return len(result.Unknown)
		}
		compute := chargeback.Price{Kind: chargeback.Compute, Region: region, Amount: "0.4", Unit: "RPU-hour", Source: "fixed"}
		storage := chargeback.Price{Kind: chargeback.Storage, Amount: "0.03", Unit: "GB-month", Source: "fixed"}
		nodes := chargeback.Price{Kind: chargeback.Nodes, NodeType: "ra3.4xlarge", Amount: "4", Unit: "node-hour", Source: "fixed"}
		elsewhere := chargeback.Price{Kind: chargeback.Nodes, Region: "us-east-1", Amount: "4", Unit: "node-hour", Source: "fixed"}
		if n := unknown(); n != 3 {
			t.Errorf("%d prices are unknown, want those of compute, storage and nodes", n)
		}
		if n := unknown(compute, elsewhere); n != 2 {
			t.Errorf("%d prices are unknown, want those of storage and nodes", n)
		}
		if n := unknown(compute, storage, nodes); n != 0 {
			t.Errorf("%d prices are unknown, and all are given", n)
		}
	})
}
