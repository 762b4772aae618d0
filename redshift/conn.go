package redshift

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// ConnOptions configure a [Conn].
type ConnOptions struct {
	// Warehouse to run statements in. Exactly one of its Cluster and Workgroup is set;
	// Database defaults to "dev". Its Account and Region are not looked at: the clients
	// decide on them.
	Warehouse share.Warehouse

	// StatementName is what statements are called in ListStatements, at most 2,048
	// bytes. Empty for none.
	StatementName string

	// Patience is for how long all calls that ask after a running statement, or read its
	// result, may fail before it is given up; each call has been repeated by the client
	// by then. What is throttled is not counted: that is repeated as long as the context
	// lasts. Defaults to 10 minutes.
	Patience time.Duration

	// Progress, if set, is told of each statement and batch that was submitted, and
	// whenever its state is known anew. It is called by one goroutine at a time, which
	// goes on when it returns, and must not use the connection.
	Progress func(Progress)
}

// Progress is how far a statement is.
type Progress struct {
	ID      string        // of the statement, or of the batch
	SQL     string        // shortened; of a batch that of its first statement
	Count   int           // of statements: 1 if it is no batch
	Status  string        // such as "STARTED" or "FINISHED"
	Elapsed time.Duration // since it was submitted
}

// A Conn runs statements in one database of a warehouse, through the Data API: there is no
// connection to keep and no driver. Its methods may be called from several goroutines.
//
// It keeps to the quotas of the Data API, which hold for an account and Region and cannot be
// raised: each second 30 calls of ExecuteStatement, 20 of BatchExecuteStatement, 100 of
// DescribeStatement, 20 of GetStatementResult and 3 of CancelStatement. Each Conn counts for
// itself: what several of them, or other programs, are too fast for is throttled by the
// service and repeated, as long as the context lasts.
//
// A statement wakes a serverless workgroup that is asleep, which costs at least what
// [share.WakeCost] tells, also if it only reads system tables.
type Conn struct {
	data  DataAPI
	opts  ConnOptions
	rates dataRates

	plain    atomic.Bool // the service knows no WaitTimeSeconds
	progress sync.Mutex  // held while Progress is called
}

// dataRates keep the quotas of the operations.
type dataRates struct{ execute, batch, describe, result, cancel *pace.Limiter }

const (
	connDatabase    = "dev"
	defaultPatience = 10 * time.Minute
)

// NewConn returns a Conn. It makes no call: what is wrong with the options alone is told
// now, and whether the warehouse is there by the first statement.
func NewConn(c Clients, opts ConnOptions) (*Conn, error) {
	if opts.Warehouse.Database == "" {
		opts.Warehouse.Database = connDatabase
	}
	if opts.Patience == 0 {
		opts.Patience = defaultPatience
	}
	if err := opts.check(c); err != nil {
		return nil, fmt.Errorf("redshift: new connection: %w", err)
	}
	return &Conn{data: c.Data, opts: opts, rates: newRates()}, nil
}

func (o ConnOptions) check(c Clients) error {
	w := o.Warehouse
	switch {
	case c.Data == nil:
		return errors.New("there is no Clients.Data")
	case w.Cluster == "" && w.Workgroup == "":
		return errors.New("the warehouse has neither a Cluster nor a Workgroup: set one")
	case w.Cluster != "" && w.Workgroup != "":
		return fmt.Errorf("the warehouse is both cluster %q and workgroup %q: set one", w.Cluster, w.Workgroup)
	case w.Secret != "" && w.User != "":
		return fmt.Errorf("the warehouse has both a Secret and a User, %q: set one or neither", w.User)
	case w.User != "" && w.Workgroup != "":
		return fmt.Errorf("workgroup %q with User %q: only a cluster is connected to as a User; leave it empty or set a Secret", w.Workgroup, w.User)
	case o.Patience < 0:
		return fmt.Errorf("a negative Patience: %v", o.Patience)
	case len(o.StatementName) > maxStatementName:
		return fmt.Errorf("a StatementName of %d bytes, more than %d", len(o.StatementName), maxStatementName)
	}
	return nil
}

// newRates makes limiters for the quotas of an account and Region, which cannot be raised
// ("Quotas for Amazon Redshift Data API", Management Guide).
func newRates() dataRates {
	return dataRates{
		execute: pace.NewAtOnce(30), batch: pace.NewAtOnce(20), describe: pace.NewAtOnce(100),
		result: pace.NewAtOnce(20), cancel: pace.NewAtOnce(3),
	}
}

func (c *Conn) report(s submitted, status string) {
	if c.opts.Progress == nil {
		return
	}
	c.progress.Lock()
	defer c.progress.Unlock()
	c.opts.Progress(Progress{
		ID: s.id, SQL: shortened(s.statements[0].SQL), Count: len(s.statements),
		Status: status, Elapsed: time.Since(s.begun),
	})
}
