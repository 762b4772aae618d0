package chargeback

import "time"

// BillOptions say what to bill.
type BillOptions struct {
	Description Description `json:"description"`
	Period      Interval    `json:"period"` // whole days, in UTC
	Prices      Prices      `json:"prices"`

	// OptimizationInTotal charges for automatic optimization on extra compute; its lines
	// are beside the total otherwise.
	OptimizationInTotal bool `json:"optimization_in_total,omitempty"`

	// ScalingCredits are what clusters had of free credits for concurrency scaling at the
	// beginning of what was harvested, by key. Defaults to none, with a note.
	ScalingCredits map[string]time.Duration `json:"scaling_credits,omitempty"`

	// External are charges that no view tells, such as for snapshots.
	External []External `json:"external,omitempty"`

	// Usage is where the harvested usage is.
	Usage Archive `json:"-"`

	// Progress, if set, is told of what is done, by one goroutine at a time.
	Progress func(Progress) `json:"-"`
}

// An External is a charge that is taken from a bill.
type External struct {
	Kind         Kind      `json:"kind"`
	Warehouse    string    `json:"warehouse,omitempty"`     // key; empty if it is not known
	Unit         string    `json:"unit,omitempty"`          // who pays; empty for no one
	Day          time.Time `json:"day"`                     // midnight UTC
	Quantity     int64     `json:"quantity,omitempty"`      // in millionths of QuantityUnit
	QuantityUnit string    `json:"quantity_unit,omitempty"` // as in lines for kinds that are measured, such as MB for Spectrum
	Amount       Amount    `json:"amount"`
	Source       string    `json:"source"`
}

// Progress is how far a bill is.
type Progress struct {
	Warehouse string
	Done      int // of All warehouses
	All       int
	Queries   int64 // read so far
}
