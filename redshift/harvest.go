package redshift

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// retention is for how long the views keep what was used ("SYS_SERVERLESS_USAGE"; the
// others keep it for about as long), less a minute in which rows may be half gone.
const retention = 7*24*time.Hour - time.Minute

// Defaults of HarvestOptions.
const (
	defaultSettle  = 30 * time.Minute
	defaultOverlap = time.Hour
)

// HarvestOptions say whose usage to keep, and where.
type HarvestOptions struct {
	Warehouses []share.Warehouse `json:"warehouses"`

	// Databases are those whose schemas are measured, by the key of their warehouse.
	// Defaults to the one connected to; each further one takes a request of its own.
	Databases map[string][]string `json:"databases,omitempty"`

	// At is the moment of the harvest. Defaults to now, and cannot be later.
	At time.Time `json:"at,omitzero"`

	// Settle is how old rows have to be, since the latest may still change. Defaults to
	// 30 minutes. Overlap is for how long what was harvested is read again, to find rows
	// that came late; transactions that were open are read again from their start.
	// Defaults to an hour.
	Settle  time.Duration `json:"settle,omitempty"`
	Overlap time.Duration `json:"overlap,omitempty"`

	// PricePerRPUHour is for telling what a harvest costs at least; 0 if it is not known.
	PricePerRPUHour float64 `json:"price_per_rpu_hour,omitempty"`

	// Usage is where rows are kept.
	Usage chargeback.Archive `json:"-"`

	// Progress, if set, is told of each warehouse, one at a time.
	Progress func(HarvestProgress) `json:"-"`
}

// HarvestProgress is how far a harvest is.
type HarvestProgress struct {
	Warehouse string // its key
	Table     chargeback.Table
	Merged    chargeback.Merged
	Done      bool // with the warehouse
}

// A HarvestResult tells what was harvested of each warehouse, in the order of the options.
type HarvestResult struct {
	Warehouses []HarvestedWarehouse `json:"warehouses"`
}

// A HarvestedWarehouse is what was harvested of one.
type HarvestedWarehouse struct {
	Warehouse share.Warehouse `json:"warehouse"`
	Account   string          `json:"account,omitempty"`
	Region    string          `json:"region,omitempty"`

	// Interval is the time whose rows were read, with the overlap. Skipped tells why
	// nothing was asked of the database, such as that it is paused.
	Interval chargeback.Interval `json:"interval"`
	Skipped  string              `json:"skipped,omitempty"`

	// Tables tells what became of the rows. Denied are tables that could not be read, and
	// why; the others were.
	Tables map[chargeback.Table]chargeback.Merged `json:"tables,omitempty"`
	Denied map[chargeback.Table]string            `json:"denied,omitempty"`

	// Lost are times whose rows were no longer there.
	Lost []chargeback.Interval `json:"lost,omitempty"`

	// Cost is what asking costs at least if the workgroup was asleep.
	Cost *awspatterns.Cost `json:"cost,omitempty"`

	// Error is why the warehouse was not harvested.
	Error string `json:"error,omitempty"`
}

// A HarvestError is that of one warehouse.
type HarvestError struct {
	Warehouse share.Warehouse
	Err       error
}

func (e *HarvestError) Error() string { return e.Warehouse.String() + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *HarvestError) Unwrap() error { return e.Err }

// Harvest keeps what warehouses have used, before their views forget it after 7 days: rows
// of SYS_SERVERLESS_USAGE, SYS_QUERY_HISTORY (without the text of queries),
// SYS_TRANSACTION_HISTORY, SVCS_CONCURRENCY_SCALING_USAGE, SYS_EXTERNAL_QUERY_DETAIL and
// SVV_TABLE_INFO, who has which role, and the state of clusters. It is to run at least once
// in 6 days, better each hour or day.
//
// Each run reads what is new, and what may have changed, and keeps each row once: it can
// be run again after it was stopped at any point, and several at a time. All of a warehouse
// is asked for in one request, so that a workgroup that is asleep is woken at most once. It
// is then charged for at least 60 seconds of its base capacity, which the result tells; the
// statements have the query group of [chargeback.HarvestLabel], and are lines of their own
// in the bill. Nothing is asked if there is nothing new, and a paused cluster is left alone.
//
// The user of a database has to be a superuser: what the views show others is a part, which
// counts as denied, and is a gap in the bill.
//
// One warehouse that fails stops no other. The error joins a [*HarvestError] for each that
// could not be harvested; the result has all of them.
//
// IAM actions and database privileges: [HarvestPermissions].
func Harvest(ctx context.Context, clients ClientsFunc, opts HarvestOptions) (HarvestResult, error) {
	result, err := harvest(ctx, clients, opts)
	if err != nil {
		return result, fmt.Errorf("redshift: harvest: %w", reason.Cause(ctx, err))
	}
	return result, nil
}

func harvest(ctx context.Context, clients ClientsFunc, opts HarvestOptions) (HarvestResult, error) {
	if err := opts.complete(clients); err != nil {
		return HarvestResult{}, err
	}
	k, told := newConnector(clients), oneAtATime(opts.Progress)
	result := HarvestResult{Warehouses: make([]HarvestedWarehouse, len(opts.Warehouses))}
	errs := make([]error, len(opts.Warehouses))
	parallel.ForEach(len(opts.Warehouses), readers, func(i int) {
		h := harvester{opts: opts, progress: told}
		h.result.Warehouse = opts.Warehouses[i]
		if err := h.run(ctx, k); err != nil {
			h.result.Error = reason.Of(err)
			errs[i] = &HarvestError{opts.Warehouses[i], err}
		}
		result.Warehouses[i] = h.result
	})
	return result, errors.Join(errs...)
}

// complete checks options and fills in what is left to us.
func (o *HarvestOptions) complete(clients ClientsFunc) error {
	if err := checkWarehouses(clients, o.Warehouses); err != nil {
		return err
	}
	keys := map[string]bool{}
	for _, w := range o.Warehouses {
		keys[w.Key()] = true
	}
	for key, names := range o.Databases {
		switch {
		case !keys[key]:
			return fmt.Errorf("databases of %q, which is the key of none of the warehouses", key)
		case slices.Contains(names, ""):
			return fmt.Errorf("a database of %q has no name", key)
		}
	}
	now := time.Now()
	switch {
	case o.Usage.Store == nil:
		return errors.New("no Usage.Store to keep rows in")
	case o.Settle < 0 || o.Overlap < 0:
		return errors.New("the Settle and Overlap cannot be negative")
	case o.At.After(now):
		return fmt.Errorf("at %s, which is in the future", o.At.Format(time.RFC3339))
	}
	if o.At.IsZero() {
		o.At = now
	}
	if o.Settle == 0 {
		o.Settle = defaultSettle
	}
	if o.Overlap == 0 {
		o.Overlap = defaultOverlap
	}
	o.At = o.At.UTC().Truncate(time.Minute)
	if o.Settle >= retention-min(o.Overlap, retention) { // their sum may be more than a Duration holds
		return fmt.Errorf("the Settle of %s and the Overlap of %s are too long together: the views keep rows for 7 days", o.Settle, o.Overlap)
	}
	return nil
}
