package lineage

// Clients are the AWS clients that this package works with. It needs none yet.
type Clients struct{}
