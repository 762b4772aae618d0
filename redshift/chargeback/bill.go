package chargeback

import "time"

// An Amount is money, in millionths of the currency.
type Amount int64

// A Bill is who owes what for a period.
type Bill struct {
	Currency string   `json:"currency"`
	Period   Interval `json:"period"`

	// Units are those of the description, with their cost centers and tags.
	Units []Unit `json:"units,omitempty"`

	// Charges are what the warehouses cost, Lines who pays. Total is the sum of the
	// charges, and of the lines, exactly.
	Charges []Charge `json:"charges"`
	Lines   []Line   `json:"lines"`
	Total   Amount   `json:"total"`

	// Beside are lines outside the total, such as automatic optimization, of which AWS
	// does not say whether charged_seconds has it already. Their charges are those of
	// BesideCharges, whose sum they are.
	Beside        []Line   `json:"beside,omitempty"`
	BesideCharges []Charge `json:"beside_charges,omitempty"`

	// Unpriced is usage without a price; the bill is incomplete then.
	Unpriced []Unpriced `json:"unpriced,omitempty"`

	// Provisional tells why the bill may still change; empty if it does not.
	Provisional []string `json:"provisional,omitempty"`

	// Gaps are times whose usage was not harvested, or could not be read.
	Gaps []Gap `json:"gaps,omitempty"`

	// Crossing are transactions that were open at the end of the period: what they used is
	// booked, and billed, when they end.
	Crossing []Crossing `json:"crossing,omitempty"`

	// Notes are what was assumed.
	Notes []string `json:"notes,omitempty"`
}

// A Charge is what a warehouse cost, of a kind and at a price.
type Charge struct {
	Warehouse string `json:"warehouse"` // key; empty for what belongs to none, such as an unused reservation
	Kind      Kind   `json:"kind"`
	Quantity  int64  `json:"quantity"` // in millionths of the unit of the kind
	Price     Price  `json:"price"`
	Amount    Amount `json:"amount"`
}

// A Line is what a unit pays for a day, of a warehouse, kind and price.
type Line struct {
	Unit      string    `json:"unit"` // empty if it is attributed to none
	Day       time.Time `json:"day"`  // midnight UTC
	Kind      Kind      `json:"kind"`
	Warehouse string    `json:"warehouse"`
	Owner     string    `json:"owner,omitempty"` // user, role, label or database; OwnerIdle, OwnerHarvest or OwnerOpen
	Charge    int       `json:"charge"`          // index of the charge, with its price
	Quantity  int64     `json:"quantity"`        // in millionths of the unit of the kind
	Amount    Amount    `json:"amount"`
	Basis     Basis     `json:"basis"` // what the share follows from
}

// Owners that are no names.
const (
	OwnerIdle    = "(idle)"    // nothing ran
	OwnerHarvest = "(harvest)" // what Harvest itself ran
	OwnerNone    = "(none)"    // without a role, label or user
)

// HarvestLabel is the query group of what Harvest runs.
const HarvestLabel = "awspatterns-harvest"

// A Basis is what a share follows from.
type Basis string

// The bases.
const (
	BasisWhole        Basis = "whole warehouse"
	BasisQueries      Basis = "queries"
	BasisTransactions Basis = "open transactions" // no query ran, but a transaction was open
	BasisSchemas      Basis = "storage of schemas"
	BasisShares       Basis = "fixed shares"
	BasisScans        Basis = "bytes scanned"
	BasisIdle         Basis = "idle"
	BasisSpread       Basis = "idle, spread"
	BasisNone         Basis = "not attributed"
)

// An Unpriced is usage whose price is not known.
type Unpriced struct {
	Warehouse string `json:"warehouse"`
	Kind      Kind   `json:"kind"`
	NodeType  string `json:"node_type,omitempty"`
	Quantity  int64  `json:"quantity"` // in millionths of the unit of the kind
	Reason    string `json:"reason"`
}

// A Gap is a time of a table that is not known.
type Gap struct {
	Warehouse string   `json:"warehouse"`
	Table     Table    `json:"table"`
	Interval  Interval `json:"interval"`
	Reason    string   `json:"reason"`
}

// A Crossing is a transaction that was open at the end of the period.
type Crossing struct {
	Warehouse   string    `json:"warehouse"`
	Transaction int64     `json:"transaction"`
	User        string    `json:"user"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end,omitzero"` // zero if it was not seen to end
}
