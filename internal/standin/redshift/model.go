package redshift

// A catalog is what the databases of a warehouse hold.
type catalog struct{}
