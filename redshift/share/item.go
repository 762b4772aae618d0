package share

import "github.com/awspatterns/awspatterns"

// A Kind is what an [Item] is.
type Kind string

// The kinds of items, in the order in which they are made.
const (
	KindDatashare     Kind = "datashare"      // of the producer
	KindGrant         Kind = "grant"          // a privilege, of a datashare, role or user
	KindConsumer      Kind = "consumer"       // usage of a datashare by a namespace or account
	KindAuthorization Kind = "authorization"  // of another account, by the producer's
	KindAssociation   Kind = "association"    // of the datashare with a namespace, by the consumer's account
	KindDatabase      Kind = "database"       // of a consumer, made of the datashare
	KindDatabaseUsage Kind = "database usage" // of such a database, by a role or user
)

// An Item is one thing that sharing consists of. What is wanted, what was found and what an
// earlier plan made are sets of items, and are compared by Key.
type Item struct {
	Kind      Kind      `json:"kind"`
	Warehouse Warehouse `json:"warehouse"`         // that has it: the producer or a consumer
	Namespace string    `json:"namespace"`         // of Warehouse, GUID: a warehouse keeps it when it is renamed or described otherwise
	Account   string    `json:"account,omitempty"` // of Warehouse, as it was found
	Datashare string    `json:"datashare"`
	Producer  string    `json:"producer,omitempty"` // namespace of the producer, GUID

	Grant    *Grant `json:"grant,omitempty"`    // of a KindGrant or KindDatabaseUsage
	Consumer UsedBy `json:"consumer,omitzero"`  // of a KindConsumer, KindAuthorization or KindAssociation
	Database string `json:"database,omitempty"` // of a KindDatabase; of a KindDatashare, the one whose objects it shares

	// Of what is not part of the Key: attributes that are set again where they differ.
	PublicAccessible bool   `json:"public_accessible,omitempty"` // of a KindDatashare
	Writes           bool   `json:"writes,omitempty"`            // of a KindAuthorization or KindAssociation
	ConsumerARN      string `json:"consumer_arn,omitempty"`      // of a KindAssociation
	ConsumerRegion   string `json:"consumer_region,omitempty"`   // likewise
}

// A Decision is what follows from a description, what was found, and what an earlier plan
// made.
type Decision struct {
	// Steps are what to do, in order. Those whose Change does not apply are told to a
	// person.
	Steps []Step

	// Drift is what differs from the description or from what was made, whether a step
	// mends it or not.
	Drift []Drift

	// Forget are items that were made, are not wanted, and are gone.
	Forget []Item

	Costs []awspatterns.Cost

	// Notes are what to know that neither stops nor changes anything, sorted.
	Notes []string
}

// A Step is one change of a plan and how it is made: by one SQL statement or by one call of
// the control plane. It is neither for a change that is left to a person, nor for one that
// adopts what is there: then there is nothing to do but to remember the items.
type Step struct {
	Change    awspatterns.Change `json:"-"` // of the plan that the step is in
	Warehouse Warehouse          `json:"warehouse,omitzero"`
	SQL       string             `json:"sql,omitempty"`
	Call      *Call              `json:"call,omitempty"`

	// Items are what the step makes or, if Revokes is set, takes away; of a step that is
	// left to a person, what it holds back.
	Items   []Item `json:"items,omitempty"`
	Revokes bool   `json:"revokes,omitempty"`
}

// A Call is one call of the control plane, for a datashare and another account.
type Call struct {
	Operation      string `json:"operation"` // AuthorizeDataShare, DeauthorizeDataShare, AssociateDataShareConsumer or DisassociateDataShareConsumer
	DatashareARN   string `json:"datashare_arn"`
	Consumer       string `json:"consumer,omitempty"` // account
	ConsumerARN    string `json:"consumer_arn,omitempty"`
	ConsumerRegion string `json:"consumer_region,omitempty"`
	AllowWrites    bool   `json:"allow_writes,omitempty"`
}

// Drift is one difference between what is there and what should be.
type Drift struct {
	Item   Item   `json:"item"`
	How    How    `json:"how"`
	Reason string `json:"reason,omitempty"`
}

// How is the way in which something drifted.
type How string

// The ways. Missing is made again and Unwanted is taken away; Foreign is left alone, unless
// told to adopt it: Reason tells.
const (
	Missing  How = "missing"  // made by an earlier plan, and gone
	Changed  How = "changed"  // with another attribute than described
	Unwanted How = "unwanted" // made by an earlier plan, and no longer described
	Foreign  How = "foreign"  // neither described nor made by an earlier plan
)
