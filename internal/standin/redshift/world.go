// Package redshift is a stand-in for Amazon Redshift: warehouses with databases, schemas,
// tables, users, roles, grants and datashares, behind the Data API and the control planes
// of clusters and of Redshift Serverless.
package redshift

import (
	"sync"
	"time"
)

// A World is all the warehouses that there are, of all accounts and Regions. In each of
// these, warehouses are told apart by their names: a cluster and a workgroup must not have
// the same one, as they may in AWS. A World may be used by several goroutines.
type World struct {
	mu         sync.Mutex
	warehouses []*Warehouse
	superusers map[string]bool // users that are superusers as soon as they are seen
	committed  commitments

	// LeaveOut has the views about grants show only what their pages name: neither ALTER
	// and TRUNCATE of tables nor DROP of schemas. SHOW GRANTS shows them.
	LeaveOut bool

	// Now is the clock of the views about usage, by default time.Now. Set it, and
	// RecordUsage, before statements are run.
	Now func() time.Time

	// RecordUsage adds every statement to the usage of its warehouse ([Warehouse.Usage]):
	// the query with its label, the transaction and, of a workgroup, what it is charged: a
	// minute of its base capacity if nothing ran in the minute before, and the seconds
	// after that.
	RecordUsage bool
}

// A Warehouse is a provisioned cluster or a serverless workgroup with its namespace.
type Warehouse struct {
	Account, Region string
	Name            string // identifier of the cluster, or name of the workgroup
	Serverless      bool
	Namespace       string // GUID
	NodeType        string // of a cluster, such as "ra3.4xlarge"
	Slices          int    // of a cluster
	Version         string // such as "1.0.78890"
	Status          string // "available", "paused", …
	BaseCapacity    int    // RPU, of a workgroup
	CaseSensitive   bool   // enable_case_sensitive_identifier

	// OldUsage has a workgroup lack the newest column of SYS_SERVERLESS_USAGE.
	OldUsage bool

	world *World
	usage usageLog
	catalog
}

// A Session is how a statement is run: connected to a database as a user.
type Session struct {
	Database string
	User     string

	// Label, if set, is the query group, which SET query_group changes. It is kept for one
	// call otherwise.
	Label *string
}

// A Column is one of a result.
type Column struct {
	Name string
	Type string // as the Data API names it: varchar, bpchar, bool, int2, int4, int8, float8, numeric, timestamp, timestamptz, date
}

// A Result is what a statement returned.
type Result struct {
	Columns []Column // none for a statement without a result set
	Rows    [][]any  // string, bool, int64, float64, []byte or nil
	Rowed   int64    // rows affected
}

// An Outcome is what became of a statement: a result, an error of the database, or neither
// if it was not run since one before it failed.
type Outcome struct {
	Result Result
	Err    error
	Ran    bool
}
