package chargeback

// A Kind is what is charged for.
type Kind string

// The kinds, with the units that quantities are counted in.
const (
	Compute      Kind = "compute"      // RPU-seconds of a workgroup, from charged_seconds
	Reservation  Kind = "reservation"  // RPU-seconds reserved and not used
	Storage      Kind = "storage"      // MB-hours of managed storage
	Transfer     Kind = "transfer"     // MB, of 2²⁰ bytes, for data sharing across Regions
	Nodes        Kind = "nodes"        // node-seconds of a cluster
	UnusedNodes  Kind = "unused-nodes" // node-seconds reserved and not used
	ScalingTime  Kind = "scaling"      // seconds of concurrency scaling clusters, free credits deducted
	Spectrum     Kind = "spectrum"     // MB scanned, of 2²⁰ bytes
	Snapshots    Kind = "snapshots"    // of the bill alone: no view tells
	Optimization Kind = "optimization" // RPU-seconds for automatic optimization; outside the total by default
	Other        Kind = "other"        // of the bill alone
)
