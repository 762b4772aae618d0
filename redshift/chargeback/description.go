package chargeback

import (
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A Description says who is billed for what.
type Description struct {
	Currency   string      `json:"currency,omitempty"` // ISO 4217; defaults to USD
	Units      []Unit      `json:"units"`
	Warehouses []Warehouse `json:"warehouses"`
}

// A Unit is who is billed, such as a business unit.
type Unit struct {
	Name       string            `json:"name"`
	CostCenter string            `json:"cost_center,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"` // for the FOCUS columns
}

// A Warehouse is a workgroup or a cluster, and who pays for it.
type Warehouse struct {
	share.Warehouse

	// Unit pays for all of it; empty if it is shared.
	Unit string `json:"unit,omitempty"`

	// Rules say how a shared one is charged to units, by kind. Kinds without one have that
	// of the empty Kind.
	Rules map[Kind]Rule `json:"rules,omitempty"`

	// By is what the charges for compute are told apart by inside a unit; empty for
	// nothing. Roles are, for ByRole, those that count, the first that a user has winning.
	By    By       `json:"by,omitempty"`
	Roles []string `json:"roles,omitempty"`

	// Idle says what becomes of charges for times in which nothing ran. IdleUnit is who
	// pays for IdleOwner.
	Idle     Idle   `json:"idle,omitempty"`
	IdleUnit string `json:"idle_unit,omitempty"`
}

// A Rule says how a kind of charge of a shared warehouse is charged to units. Exactly one
// of its fields is set.
type Rule struct {
	// ByStorage charges by what the tables of schemas take: units by schema, named
	// "database.schema" or "schema".
	ByStorage map[string]string `json:"by_storage,omitempty"`

	// ByUsage charges by what ran: units by what queries bear.
	ByUsage *UsageRule `json:"by_usage,omitempty"`

	// Shares charges by fixed shares: decimal numbers by unit, of any sum.
	Shares map[string]string `json:"shares,omitempty"`
}

// A UsageRule finds the unit of a query: by label first, then user, role and database. One
// that has none goes to Rest, or is not attributed.
type UsageRule struct {
	Labels    map[string]string `json:"labels,omitempty"`
	Users     map[string]string `json:"users,omitempty"`
	Roles     map[string]string `json:"roles,omitempty"`
	Databases map[string]string `json:"databases,omitempty"`
	Rest      string            `json:"rest,omitempty"`
}

// By is what charges are told apart by.
type By string

// The ways.
const (
	ByNothing  By = ""
	ByUser     By = "user"
	ByRole     By = "role"
	ByLabel    By = "label"
	ByDatabase By = "database"
)

// Idle is what becomes of charges for times in which nothing ran.
type Idle string

// The ways.
const (
	// IdleExplicit makes lines of it: of the unit of the warehouse, or of no unit if it is
	// shared, with Owner "(idle)".
	IdleExplicit Idle = ""

	// IdleSpread adds it to the other lines of the warehouse and kind, by their amounts,
	// on the same day if there are any, else over the period.
	IdleSpread Idle = "spread"

	// IdleOwner charges it to IdleUnit.
	IdleOwner Idle = "owner"
)
