package redshift

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// ChargebackOptions say who is billed for what, for which period, and at which prices.
type ChargebackOptions struct {
	// BillOptions are those of the bill. Without a Store in Usage, the warehouses are
	// harvested into memory first, which reaches back 7 days at most. What is asked for is
	// added to the List of Prices, and to its reservations but for those that have an ID which
	// is given. Reservations are asked for in the Region of the clients; a note tells of others.
	chargeback.BillOptions

	// FixedPrices asks neither the price list nor for reservations: only Prices are known.
	FixedPrices bool `json:"fixed_prices,omitempty"`

	// Harvest are the options of a harvest into memory. Its Warehouses are those of the
	// Description.
	Harvest HarvestOptions `json:"harvest,omitzero"`
}

// A ChargebackResult is a bill.
type ChargebackResult struct {
	chargeback.Bill

	// Harvested is what was harvested into memory, if no Store was given.
	Harvested *HarvestResult `json:"harvested,omitempty"`

	// Unknown are prices and reservations that could not be read. The bill is provisional
	// then.
	Unknown []string `json:"unknown,omitempty"`
}

// Chargeback bills business units for the warehouses that they use. The lines add up to
// the charges exactly.
//
// Usage is taken from what [Harvest] has kept, and gaps in it are named. Prices are those
// of the options, then those of the price list, of reserved nodes and of serverless
// reservations; each line has the source of its price. What has no price is listed in
// Unpriced, and no amount is made up. It changes nothing in the account; with a harvest
// into memory it runs statements, which wake a workgroup that is asleep.
//
// The bill is Provisional as long as usage of the period may be to come: see
// [chargeback.Bill].
//
// IAM actions: [ChargebackPermissions].
func Chargeback(ctx context.Context, c Clients, opts ChargebackOptions) (ChargebackResult, error) {
	result, err := bill(ctx, c, opts)
	if err != nil {
		return ChargebackResult{}, fmt.Errorf("redshift: chargeback: %w", reason.Cause(ctx, err))
	}
	return result, nil
}

func bill(ctx context.Context, c Clients, opts ChargebackOptions) (ChargebackResult, error) {
	var result ChargebackResult
	if err := opts.BillOptions.Validate(); err != nil {
		return result, err
	}
	if opts.Usage.Store == nil {
		harvested, err := harvestForBill(ctx, c, &opts)
		if err != nil {
			return result, err
		}
		result.Harvested = &harvested
	}
	var notes []string
	if !opts.FixedPrices {
		var err error
		if notes, err = askPrices(ctx, c, &opts); err != nil {
			return result, err
		}
	}
	var err error
	if result.Bill, err = chargeback.ComputeBill(ctx, opts.BillOptions); err != nil {
		return result, err
	}
	for _, note := range notes {
		if what, unknown := strings.CutPrefix(note, unknownPrefix); unknown {
			result.Unknown = append(result.Unknown, what)
			result.Provisional = append(result.Provisional, "not known: "+what)
			continue
		}
		result.Notes = append(result.Notes, note)
	}
	return result, nil
}

// harvestForBill harvests the warehouses of a bill into memory.
func harvestForBill(ctx context.Context, c Clients, opts *ChargebackOptions) (HarvestResult, error) {
	h := opts.Harvest
	h.Usage = chargeback.Archive{Store: chargeback.NewMemory()}
	h.Warehouses = warehousesOf(opts.Description)
	opts.Usage = h.Usage
	return harvest(ctx, c.Only(), h)
}

func warehousesOf(d chargeback.Description) []share.Warehouse {
	all := make([]share.Warehouse, len(d.Warehouses))
	for i, w := range d.Warehouses {
		all[i] = w.Warehouse
	}
	return all
}

// askPrices adds what the price list and the reservations tell to the prices of the options.
// Notes begin with unknownPrefix if something could not be read.
func askPrices(ctx context.Context, c Clients, opts *ChargebackOptions) (notes []string, err error) {
	questions, err := priceQuestions(ctx, c, opts.BillOptions)
	if err != nil {
		return nil, err
	}
	given := opts.Prices
	opts.Prices.List, opts.Prices.RPUs, opts.Prices.Nodes = slices.Clip(given.List), slices.Clip(given.RPUs), slices.Clip(given.Nodes) // the caller's
	for _, q := range questions {
		prices, told, err := readPrices(ctx, c, q)
		if err != nil {
			return nil, err
		}
		opts.Prices.List = append(opts.Prices.List, prices.List...)
		opts.Prices.RPUs = append(opts.Prices.RPUs, notGiven(prices.RPUs, given.RPUs, func(r chargeback.ServerlessReservation) string { return r.ID })...)
		opts.Prices.Nodes = append(opts.Prices.Nodes, notGiven(prices.Nodes, given.Nodes, func(r chargeback.NodeReservation) string { return r.ID })...)
		notes = append(notes, told...)
		if !q.reservations {
			notes = append(notes, fmt.Sprintf("reservations in %s were not asked for, since the clients are those of %s: give them with the prices", q.Region, cmp.Or(c.Region, "no Region")))
		}
	}
	return notes, nil
}

// notGiven returns the reservations that were read and not given, too: they would be charged
// twice.
func notGiven[R any](read, given []R, id func(R) string) []R {
	return slices.DeleteFunc(read, func(r R) bool {
		return slices.ContainsFunc(given, func(g R) bool { return id(g) == id(r) })
	})
}

const unknownPrefix = "unknown: "

// priceQuestions are one for each Region.
func priceQuestions(ctx context.Context, c Clients, o chargeback.BillOptions) ([]priceQuestion, error) {
	byRegion := map[string]*priceQuestion{}
	for _, w := range o.Description.Warehouses {
		region, err := regionOf(ctx, c, o.Usage, w.Warehouse)
		if err != nil {
			return nil, err
		}
		q := byRegion[region]
		if q == nil {
			q = &priceQuestion{
				Region: region, Currency: cmp.Or(o.Description.Currency, "USD"), reservations: region == c.Region,
				Given: slices.Concat(o.Prices.Prices, o.Prices.List),
			}
			byRegion[region] = q
		}
		if w.Workgroup != "" {
			q.Serverless = true
			continue
		}
		if q.NodeTypes, err = addNodeTypes(ctx, o, w.Key(), q.NodeTypes); err != nil {
			return nil, err
		}
	}
	var all []priceQuestion
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		all = append(all, *byRegion[region])
	}
	return all, nil
}

// addNodeTypes adds those that a cluster had in and around the period.
func addNodeTypes(ctx context.Context, o chargeback.BillOptions, key string, all []string) ([]string, error) {
	look := chargeback.Interval{From: o.Period.From.AddDate(0, 0, -7), To: o.Period.To.AddDate(0, 0, 7)}
	for s, err := range chargeback.Read[chargeback.ClusterState](ctx, o.Usage, key, look) {
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, s.NodeType) && s.NodeType != "" {
			all = append(all, s.NodeType)
		}
	}
	slices.Sort(all)
	return all, nil
}

// regionOf is the Region of a warehouse, as it was described, harvested, or the clients are.
func regionOf(ctx context.Context, c Clients, usage chargeback.Archive, w share.Warehouse) (string, error) {
	coverage, err := usage.Coverage(ctx, w.Key())
	if err != nil {
		return "", err
	}
	region := cmp.Or(w.Region, coverage.Region, c.Region)
	if region == "" {
		return "", fmt.Errorf("%s: its Region is not known: set Clients.Region, or that of the warehouse", w)
	}
	return region, nil
}

// ChargebackPermissions returns what Chargeback needs.
func ChargebackPermissions(opts ChargebackOptions) awspatterns.Permissions {
	var p awspatterns.Permissions
	if opts.Usage.Store == nil {
		h := opts.Harvest
		h.Warehouses = warehousesOf(opts.Description)
		p = HarvestPermissions(h)
	} else {
		p.Beside = []string{"what the Store of Usage needs of the service that it is in, such as UsageBucketPermissions"}
	}
	if !opts.FixedPrices {
		ask := priceQuestion{reservations: true}
		for _, w := range opts.Description.Warehouses {
			if w.Workgroup != "" {
				ask.Serverless = true
			} else {
				ask.NodeTypes = []string{"*"} // whichever it has
			}
		}
		p.Apply = append(p.Apply, pricePermissions(ask)...)
	}
	return p
}
