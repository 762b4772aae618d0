package redshift

import (
	"sync"
	"time"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Data is the Redshift Data API in front of a [World], in all accounts and Regions of a
// Cloud. Set its fields before the first call, or while nothing runs: they are read as
// statements go on, the functions often, and these must not call the Data.
//
// A statement goes from SUBMITTED over PICKED and STARTED to its end by the clock, whether
// anybody asks or not, and is run once. Unless told otherwise it does so at once.
//
// Messages of errors are those that users report, where they do. Not reported, and so our
// own, are those about paused clusters, busy sessions and limits. Of the settings that
// statements make in a session the query group alone is kept. Not known are CSV results, DbGroups, lists of
// statements, databases, schemas and tables, and IAM Identity Center.
type Data struct {
	// Pace is how long statements stay in the states before their end.
	Pace DataPace

	// Slow tells how much longer a statement runs, in STARTED.
	Slow func(sql string) time.Duration

	// Block tells of statements that run until they are cancelled, or for 24 hours.
	Block func(sql string) bool

	// Fail tells of an error that a statement ends in, instead of being run.
	Fail func(sql string) error

	// RunAt is the state in which SQL takes effect: SUBMITTED, STARTED or, by default,
	// FINISHED, that is as the statement leaves STARTED. What takes effect earlier is not
	// undone if the statement is cancelled.
	RunAt datatypes.StatusString

	// Identity is who makes a call, as "user/name" or "role/name". By default everybody
	// is "user/awstest", as in the stand-in for STS.
	Identity func(awstest.Caller) string

	// Secrets by ARN or name. Each is of the account and Region that asks for it.
	Secrets map[string]DataSecret

	// PageSize is the most rows of a page of results, by default 1,000.
	PageSize int

	// RefuseWaits refuses every DescribeStatement and GetStatementResult that would wait
	// for a statement, as if too many did.
	RefuseWaits bool

	// CancelEarly allows to cancel what was not started. The API reference says "To be
	// canceled, a query must be running".
	CancelEarly bool

	// Rates are how many calls of an operation an account may make in a Region in a
	// second, by name. Those left out are not limited. [DataRates] are those of AWS.
	Rates map[string]int

	// Limits. Each is as in the documentation if it is zero ("Considerations when calling
	// the Amazon Redshift Data API").
	MaxActive   int // statements of a warehouse that are not ended: 500
	MaxBatch    int // statements of a batch: 40
	MaxText     int // bytes of a statement: 200 KB
	MaxSessions int // of a warehouse: 500
	MaxResult   int // bytes of a result: 500 MB
	MaxRow      int // bytes of a row of it: 64 KB

	// ControlPageSize, if not zero, is the most items that a page of DescribeClusters,
	// DescribeDataShares, DescribeReservedNodes or ListReservations holds, whatever is
	// asked for.
	ControlPageSize int

	world *World
	sql   func(*Warehouse, Session, []string, map[string]string, bool) []Outcome // runs statements

	mu       sync.Mutex
	runs     map[string]*dataRun // by ID
	active   []*dataRun          // those that are not ended, as they were submitted
	tokens   map[dataToken]dataSubmission
	sessions []*dataSession
	calls    map[dataCall][]time.Time
	log      []Ran
	made     int // runs and sessions so far
	timer    *time.Timer
}

// A DataPace is how long statements stay in the states before their end.
type DataPace struct{ Submitted, Picked, Started DataStay }

// A DataStay ends when its time is over and that many calls of DescribeStatement have
// seen the state.
type DataStay struct {
	For   time.Duration
	Polls int
}

// A DataSecret is what the Data API reads of a secret.
type DataSecret struct {
	User    string
	Cluster string // dbClusterIdentifier; a call with another is refused
}

// A Ran is a statement that was run, with or without success.
type Ran struct {
	Warehouse, Database, User, SQL string
	Token                          string // of the call
}

// DataRates returns how many calls a second AWS allows an account in a Region, by
// operation ("Quotas for Amazon Redshift Data API").
func DataRates() map[string]int {
	return map[string]int{
		"ExecuteStatement": 30, "BatchExecuteStatement": 20, "DescribeStatement": 100,
		"GetStatementResult": 20, "CancelStatement": 3, "ListSessions": 3,
	}
}

// Serve returns a Data in front of w, and makes it and the control planes of clusters and
// of Redshift Serverless answer the calls of c.
func Serve(c *awstest.Cloud, w *World) *Data {
	d := &Data{world: w, sql: (*Warehouse).Run, runs: map[string]*dataRun{}, tokens: map[dataToken]dataSubmission{}, calls: map[dataCall][]time.Time{}}
	dataHandle(c, d, "ExecuteStatement", d.executeStatement)
	dataHandle(c, d, "BatchExecuteStatement", d.batchExecuteStatement)
	dataHandle(c, d, "DescribeStatement", d.describeStatement)
	dataHandle(c, d, "GetStatementResult", d.getStatementResult)
	dataHandle(c, d, "CancelStatement", d.cancelStatement)
	dataHandle(c, d, "ListSessions", d.listSessions)
	serveControl(c, d)
	serveServerless(c, w)
	return d
}

// Statements returns what was run, in order.
func (d *Data) Statements() []Ran {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.advance()
	return append([]Ran(nil), d.log...)
}

// Settle brings all statements to their end, whatever their pace, but those that block.
// After a test killed a program, it tells what became of what the program had submitted.
func (d *Data) Settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.advance()
	for _, r := range append([]*dataRun(nil), d.active...) {
		for r.status != datatypes.StatusStringStarted {
			d.step(r, time.Now())
		}
		for !r.over() && !d.blocks(r) {
			d.step(r, time.Now())
		}
	}
	d.schedule()
}
