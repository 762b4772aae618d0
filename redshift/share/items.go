package share

// Warehouses returns the warehouses of the description, the producer first, each once.
func (d Description) Warehouses() []Warehouse { return nil }

// Key tells warehouses apart: by account, Region and name, not by how to connect.
func (w Warehouse) Key() string { return "" }

// String returns what people call the warehouse.
func (w Warehouse) String() string { return "" }

// Key tells items apart. It holds no attribute.
func (i Item) Key() string { return "" }

// String returns the item as a person reads it.
func (i Item) String() string { return "" }

// Wanted returns the items that the description asks for, sorted. It needs the namespaces
// that were found: consumers without one are left out.
func Wanted(d Description, s State) []Item { return nil }

// Have returns what was found, as items, of what is described and what is owned.
func Have(d Description, s State, owned []Item) []Item { return nil }
