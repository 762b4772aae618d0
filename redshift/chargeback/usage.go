package chargeback

import "time"

// A Minute is a row of SYS_SERVERLESS_USAGE: what a workgroup used in an interval, which is
// a minute. Its key is Start.
type Minute struct {
	Start, End     time.Time
	ComputeSeconds int64 // RPU-seconds consumed, in thousandths; without minimum charges
	Charged        int64 // RPU-seconds charged; booked when transactions end
	Extra          int64 // RPU-seconds charged for automatic optimizations on extra compute
	StorageMB      int64 // on average
	TransferBytes  int64 // for data sharing across Regions
}

// A Query is a row of SYS_QUERY_HISTORY that has ended. Its key is ID.
type Query struct {
	ID, Transaction  int64
	User             string
	Label            string // query group
	Database         string
	Type             string        // such as SELECT
	Status           string        // success, failed or canceled
	ComputeType      string        // primary, secondary or primary-scale, of a cluster; empty of a workgroup
	CacheHit         bool          // answered from the result cache: it used no compute
	Start, End       time.Time     // with the time in the queue
	Elapsed, Queued  time.Duration // to the microsecond
	Execution        time.Duration
	ResultCacheQuery int64
}

// A Transaction is a row of SYS_TRANSACTION_HISTORY. Its key is ID.
type Transaction struct {
	ID         int64
	User       string
	Status     string // committed or rolledback
	Start, End time.Time
}

// An Open is a transaction that had not ended when usage was harvested: one with a query
// that was planned, queued, running or returning, or one that the view of transactions
// shows as open. Its key is Taken and Transaction.
type Open struct {
	Taken       time.Time
	Transaction int64
	User        string
	Start       time.Time // of the transaction, or of its first query that is known
}

// A SchemaSize is what the tables of a schema took when usage was harvested, from
// SVV_TABLE_INFO. Its key is Taken, Database and Schema.
type SchemaSize struct {
	Taken            time.Time
	Database, Schema string
	MB               int64
}

// A Scaling is a row of SVCS_CONCURRENCY_SCALING_USAGE: a time in which one concurrency
// scaling cluster ran queries. Its key is Start and End.
type Scaling struct {
	Start, End time.Time
	Seconds    int64
	Queries    int64
}

// A Scan is what a query read through Redshift Spectrum, from SYS_EXTERNAL_QUERY_DETAIL.
// Its key is Query.
type Scan struct {
	Query int64
	User  string
	End   time.Time
	Bytes int64
}

// A Membership is a role of a user, or of another role, when usage was harvested. Its key is
// all of it.
type Membership struct {
	Taken  time.Time
	Member string
	IsRole bool // Member is a role
	Role   string
}

// A ClusterState is what the control plane said of a cluster when usage was harvested. Its
// key is Taken.
type ClusterState struct {
	Taken    time.Time
	Status   string // such as available or paused
	NodeType string
	Nodes    int64
	MultiAZ  bool
	Created  time.Time // of the cluster
}

// A Table is one of the tables of usage.
type Table string

// The tables.
const (
	Minutes      Table = "minutes"
	Queries      Table = "queries"
	Transactions Table = "transactions"
	Opens        Table = "open"
	SchemaSizes  Table = "schemas"
	Scalings     Table = "scaling"
	Scans        Table = "scans"
	Memberships  Table = "members"
	States       Table = "states"
)

// An Interval is a time from From until before To, in UTC.
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Coverage tells what of a warehouse was harvested. It is written when the rows are.
type Coverage struct {
	Warehouse string `json:"warehouse"` // its key
	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`

	// Covered are the times whose rows are all there, by table, in order and apart.
	// Tables that are taken at moments (open, schemas, members, states) have the moments
	// in Taken.
	Covered map[Table][]Interval  `json:"covered"`
	Taken   map[Table][]time.Time `json:"taken,omitempty"`

	// Denied are the tables that could not be read at the last harvest, and why.
	Denied map[Table]string `json:"denied,omitempty"`
}
