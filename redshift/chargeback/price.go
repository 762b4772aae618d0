package chargeback

// A Price is what a unit of a kind costs.
type Price struct {
	Kind     Kind   `json:"kind"`
	Region   string `json:"region,omitempty"`    // empty for all
	NodeType string `json:"node_type,omitempty"` // of Nodes, UnusedNodes, ScalingTime and Storage of clusters; empty for all

	// Amount is a decimal number, of the currency per Unit, such as "0.375".
	Amount string `json:"amount"`
	Unit   string `json:"unit"` // RPU-hour, GB-month, GB, TB or node-hour; charges of ScalingTime have it per hour of a cluster

	// Source tells where it is from, such as "fixed", or the SKU and date of the price
	// list. It is on every line.
	Source string `json:"source"`
}

// A Discount is a factor on prices of the price list, those of Prices.List.
type Discount struct {
	Kind   Kind   `json:"kind,omitempty"` // empty for all
	Factor string `json:"factor"`         // decimal number, such as "0.93" for 7 percent off
	Source string `json:"source"`         // such as "EDP 2026"
}

// A ServerlessReservation are RPUs that are paid for each hour, used or not. All
// workgroups of the payer share it.
type ServerlessReservation struct {
	ID       string   `json:"id"`
	Region   string   `json:"region,omitempty"` // whose workgroups use it; empty for all
	RPUs     int64    `json:"rpus"`
	Hourly   string   `json:"hourly"` // decimal number, for one RPU and hour, with the upfront charge spread over the term
	Interval Interval `json:"interval"`
	Source   string   `json:"source"`
}

// A NodeReservation are nodes of a type in a Region that are paid for each hour, used or
// not. All clusters of the account share it.
type NodeReservation struct {
	ID       string   `json:"id"`
	Region   string   `json:"region"`
	NodeType string   `json:"node_type"`
	Nodes    int64    `json:"nodes"`
	Hourly   string   `json:"hourly"` // decimal number, for one node and hour, with the fixed price spread over the term
	Interval Interval `json:"interval"`
	Source   string   `json:"source"`
}

// Prices are all that is known of prices. Those of Prices are taken as they are, and go
// before those of List, which Discounts are applied to. Of either, the first that fits is
// taken; one with a Region or node type goes before one without.
type Prices struct {
	Prices    []Price                 `json:"prices,omitempty"`
	List      []Price                 `json:"list,omitempty"`
	Discounts []Discount              `json:"discounts,omitempty"`
	RPUs      []ServerlessReservation `json:"rpus,omitempty"`
	Nodes     []NodeReservation       `json:"nodes,omitempty"`
}
