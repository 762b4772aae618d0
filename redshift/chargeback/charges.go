package chargeback

import "time"

// A sharing is how the parts of a charge are shared by what ran.
type sharing string

const (
	byDay     sharing = ""        // by nothing: storage, transfer, what is reserved and unused
	byQueries sharing = "queries" // by the execution of queries; of a cluster those of its own nodes
	byScaling sharing = "scaling" // by the execution of queries on concurrency scaling clusters
	byScans   sharing = "scans"   // by the bytes that queries scanned, in whose window they ended
)

// A charged is a charge, and the parts of it.
type charged struct {
	Charge
	sharing sharing
	unit    string // pays for all of it, as it is said of an External; empty if rules decide
	parts   []part // in order of their booking
}

// A part is a piece of a charge that was booked in one go.
type part struct {
	booked   time.Time // decides on the day
	window   Interval  // whoever was active in it shares the part
	quantity int64     // in millionths of the unit of the kind
}
