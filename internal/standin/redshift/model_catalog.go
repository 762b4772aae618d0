package redshift

// A catalog is what the databases of a warehouse hold.
type catalog struct{}

func newCatalog(admin string) catalog { return catalog{} }
