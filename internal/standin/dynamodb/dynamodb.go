// Package dynamodb stands in for Amazon DynamoDB.
//
// It keeps tables and answers as the SDK answers: with the errors and limits of
// the API reference. It knows PutItem, GetItem, DeleteItem and Query, and making,
// describing and deleting tables. Of expressions it knows few forms, of keys
// strings and binaries. What it does not know it refuses, and so it does with any
// field of a request that it does not look at; it never pretends.
//
// A read that is not consistent is answered with what was there before the last
// write of an item for as long as [Service.Lag], so that code that forgets
// ConsistentRead fails its tests.
//
// Tables never throttle. Tests inject that with [awstest.Cloud.Inject].
package dynamodb

import (
	"context"
	"sync"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Service is Amazon DynamoDB in all accounts and Regions of a Cloud. Its methods
// may be called from several goroutines. They are not calls: the log of the Cloud
// does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most items that one page of a query holds.
	PageSize int

	// Lag is how long reads that are not consistent do not see a write. New sets one
	// second.
	Lag time.Duration

	// Making is how long it takes to make and to delete a table. Defaults to no
	// time: the answer says that it has begun, and the next call finds it done.
	Making time.Duration

	// mu is held only while touching what is below, never while calling back or
	// sleeping: a goroutine that waits for a mutex holds up a synctest bubble.
	mu     sync.Mutex
	tables map[tableName]*table
	writes int
}

// New returns a DynamoDB without tables, and makes it answer the calls of c. Set
// its fields before the first call.
func New(c *awstest.Cloud) *Service {
	s := &Service{Lag: time.Second, tables: map[tableName]*table{}}
	awstest.Handle(c, s.createTable)
	awstest.Handle(c, s.describeTable)
	awstest.Handle(c, s.deleteTable)
	awstest.Handle(c, s.putItem)
	awstest.Handle(c, s.deleteItem)
	awstest.Handle(c, s.getItem)
	awstest.Handle(c, s.query)
	s.handleSettings(c)
	return s
}

// Writes returns how often calls wrote or deleted an item so far. A call that was
// refused changes nothing.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// open returns a table for a call that reads or writes items. The caller holds
// s.mu.
func (s *Service) open(ctx context.Context, name *string) (*table, error) {
	t, err := s.find(ctx, name)
	if err == nil && t.status() != active {
		err = noSuchTable()
	}
	return t, err
}
