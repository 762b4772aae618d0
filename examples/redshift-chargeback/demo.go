package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/clock"
	"github.com/awspatterns/awspatterns/internal/standin/costexplorer"
	"github.com/awspatterns/awspatterns/internal/standin/pricing"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// Where AnyCompany is in this process, and the month that it bills.
const (
	company = "111122223333"
	region  = "us-east-1"
)

var october = chargeback.Interval{
	From: time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC),
	To:   time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC),
}

// AnyCompany harvests its workgroups every 5 days, since the views keep 7, and its cluster
// each day: what nodes it has is known at the moments of harvests alone.
const (
	harvestEvery = 24 * time.Hour
	eachDays     = 5
)

// demonstrate harvests and bills a month of AnyCompany.
func (s *settings) demonstrate(ctx context.Context, w io.Writer) error {
	cloud := awstest.New(nil)
	now := october.From.Add(-harvestEvery)
	world := newWorld(cloud, func() time.Time { return now })
	costs := &costexplorer.World{Now: october.To.Add(5 * 24 * time.Hour)}
	costexplorer.Serve(cloud, costs)
	pricing.Serve(cloud).Add(pricing.Redshift(region)...)
	clients := redshift.NewClients(cloud.Config(region, company))

	d, err := parseDescription(anyCompanyJSON)
	if err != nil {
		return err
	}
	usage := chargeback.Archive{Store: chargeback.NewMemory()}
	fmt.Fprintf(w, "AnyCompany harvests its %d warehouses for a month, before their views forget. The last times:\n\n", len(world.Warehouses()))
	last := map[string]redshift.HarvestedWarehouse{}
	for days := 0; now.Before(october.To.Add(2 * harvestEvery)); days, now = days+1, now.Add(harvestEvery) {
		var due []share.Warehouse
		for _, at := range warehouses(d) {
			if at.Cluster != "" || days%eachDays == 3 {
				due = append(due, at)
			}
		}
		result, err := redshift.Harvest(clock.With(ctx, func() time.Time { return now }), clients.Only(), redshift.HarvestOptions{Warehouses: due, At: now, Usage: usage})
		if err != nil {
			return err
		}
		for _, h := range result.Warehouses {
			last[h.Warehouse.Key()] = h
		}
	}
	for _, at := range warehouses(d) {
		fmt.Fprintln(w, harvestLine(last[at.Key()]))
	}
	opts := redshift.ChargebackOptions{BillOptions: chargeback.BillOptions{
		Description: d, Period: october, Usage: usage,
		Prices: chargeback.Prices{Prices: []chargeback.Price{{Kind: chargeback.Transfer, Amount: "0.02", Unit: "GB", Source: "fixed"}}},
	}}
	result, err := redshift.Chargeback(ctx, clients, opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", result.Bill)
	costs.Rows = charged(result.Bill)
	compared, err := redshift.Reconcile(ctx, clients, redshift.ReconcileOptions{Bill: result.Bill})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n", compared)
	s.payer = company
	return s.write(w, result.Bill)
}

// newWorld makes Redshift in this process: a workgroup for each of two business units and the
// shared ETL cluster, with what they ran in the month and around it.
func newWorld(cloud *awstest.Cloud, now func() time.Time) *standin.World {
	all := standin.New()
	sts.Handle(cloud)
	standin.Serve(cloud, all).PageSize = 20_000 // fewer calls, which Harvest makes no faster than AWS allows
	all.AddSuperusers("IAM:awstest")
	all.Now, all.RecordUsage = now, true
	sales := all.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "sales", BaseCapacity: 32})
	marketing := all.AddWorkgroup(standin.Warehouse{Account: company, Region: region, Name: "marketing", BaseCapacity: 8})
	etl := all.AddCluster(standin.Warehouse{Account: company, Region: region, Name: "etl", NodeType: "ra3.4xlarge"})
	etl.AddDatabase("prod", "")
	from, to := october.From.AddDate(0, 0, -2), october.To.AddDate(0, 0, 5)
	sales.SetUsage(standin.GenerateUsage(1, standin.Workload{
		From: from, To: to, Serverless: true, Capacity: 32, PerDay: 60, Databases: []string{"dev"}, StorageMB: 200 << 10,
		Users: []string{"sam", "ann", "dashboards"}, Labels: []string{"", "forecast"},
	}))
	marketing.SetUsage(standin.GenerateUsage(2, standin.Workload{
		From: from, To: to, Serverless: true, Capacity: 8, PerDay: 40, Databases: []string{"dev"}, StorageMB: 20 << 10,
		Users: []string{"max", "mia"}, Labels: []string{"campaigns", "newsletter"},
	}))
	etl.SetUsage(standin.GenerateUsage(3, standin.Workload{
		From: from, To: to, PerDay: 400, Databases: []string{"prod"}, StorageMB: 3 << 20,
		Users: []string{"etl_sales", "etl_marketing", "dev_ci"}, Labels: []string{"", "sales", "marketing"},
	}))
	return all
}

// charged is what AWS charges for the warehouses of a bill: 7 percent less for compute than
// its price list says, and snapshots, which no view tells of.
func charged(b chargeback.Bill) []costexplorer.Row {
	types := map[chargeback.Kind]struct {
		name, unit string
		size       int64 // units of the bill in one
	}{
		chargeback.Compute:     {"USE1-Redshift:ServerlessUsage", "RPU-Hr", 3600},
		chargeback.Nodes:       {"USE1-Node:ra3.4xlarge", "Hrs", 3600},
		chargeback.ScalingTime: {"USE1-CS:ra3.4xlarge", "seconds", 1},
		chargeback.Spectrum:    {"USE1-DataScanned", "Terabytes", 1 << 20},
		chargeback.Storage:     {"USE1-RMS:Serverless", "GB-Mo", 1024 * 31 * 24},
		chargeback.Transfer:    {"USE1-USW2-AWS-Out-Bytes", "GB", 1024},
	}
	var rows []costexplorer.Row
	for _, l := range b.Lines {
		t := types[l.Kind]
		row := costexplorer.Row{
			Day: l.Day, Account: company, Region: region, Service: "Amazon Redshift", RecordType: "Usage",
			UsageType: t.name, Unit: t.unit, Quantity: big.NewRat(l.Quantity, t.size*1_000_000).FloatString(10), Cost: l.Amount.String(),
		}
		switch {
		case l.Kind == chargeback.Compute:
			row.Cost = big.NewRat(int64(l.Amount)*93, 100_000_000).FloatString(10)
		case l.Kind == chargeback.Storage && l.Warehouse == (share.Warehouse{Cluster: "etl"}).Key():
			row.UsageType = "USE1-RMS:ra3.4xlarge"
		}
		rows = append(rows, row)
	}
	return append(rows, costexplorer.Row{
		Day: b.Period.From, Account: company, Region: region, Service: "Amazon Redshift", RecordType: "Usage",
		UsageType: "USE1-Redshift:PaidSnapshots", Quantity: "100", Unit: "GB-Mo", Cost: "2.30",
	})
}
