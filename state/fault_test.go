package state_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	dynamodbsdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/state"
)

// A remote is a store that is reached by calls.
type remote struct {
	name           string
	open           func(*world) state.Store
	put, get, list string // operations
	throttled      error
}

var remotes = []remote{
	{
		name: "S3", put: "S3.PutObject", get: "S3.GetObject", list: "S3.ListObjectsV2",
		open:      func(w *world) state.Store { return w.inS3(state.S3Options{Owner: account}) },
		throttled: awstest.Error(503, "SlowDown", "Please reduce your request rate."),
	},
	{
		name: "DynamoDB", put: "DynamoDB.PutItem", get: "DynamoDB.GetItem", list: "DynamoDB.Query",
		open:      (*world).inDynamoDB,
		throttled: awstest.Status(400, &dynamodbtypes.ProvisionedThroughputExceededException{}),
	},
}

func lost() error { return awstest.Error(500, "InternalError", "the answer was lost") }

// forEachRemote runs a test for each remote store, in a bubble.
func forEachRemote(t *testing.T, test func(t *testing.T, w *world, r remote, store state.Store)) {
	t.Helper()
	for _, r := range remotes {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				test(t, w, r, r.open(w))
			})
		})
	}
}

func batchOf(n int) []state.Record {
	batch := make([]state.Record, n)
	for i := range batch {
		batch[i] = state.Record{Set: "set", Key: fmt.Sprintf("%03d", i), Value: fmt.Append(nil, "value ", i)}
	}
	return batch
}

func listed(t *testing.T, s state.Store) []state.Record {
	t.Helper()
	var all []state.Record
	for r, err := range s.List(t.Context(), "set", "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func sameRecords(a, b []state.Record) bool {
	return slices.EqualFunc(a, b, func(a, b state.Record) bool {
		return a.Set == b.Set && a.Key == b.Key && a.Version == b.Version && string(a.Value) == string(b.Value)
	})
}

// TestAnswersLost loses the first answer of every write, for records that are
// created and for those that are replaced.
func TestAnswersLost(t *testing.T) {
	forEachRemote(t, func(t *testing.T, w *world, r remote, store state.Store) {
		batch := batchOf(40)
		for range 2 {
			hits := w.Inject(awstest.Fault{Operation: r.put, Attempts: 1, Applied: true, Err: lost()})
			if err := store.Put(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if hits() != len(batch) {
				t.Fatalf("%d answers were lost", hits())
			}
			w.ClearFaults()
			if got := listed(t, store); !sameRecords(got, batch) {
				t.Errorf("got %v, want %v", got, batch)
			}
		}
	})
}

// TestAnswersLostOfRefused loses the first answers of writes that were refused:
// they stay refused.
func TestAnswersLostOfRefused(t *testing.T) {
	forEachRemote(t, func(t *testing.T, w *world, r remote, store state.Store) {
		stored := batchOf(1)
		if err := store.Put(t.Context(), stored); err != nil {
			t.Fatal(err)
		}
		hits := w.Inject(awstest.Fault{Operation: r.put, Attempts: 1, Applied: true, Err: lost()})
		for _, version := range []string{"", "wrong"} {
			other := batchOf(1)
			other[0].Version = version
			if err := store.Put(t.Context(), other); !errors.Is(err, state.ErrConflict) {
				t.Errorf("got %v, want a conflict", err)
			}
		}
		if hits() != 2 || !sameRecords(listed(t, store), stored) {
			t.Errorf("after %d faults got %v", hits(), listed(t, store))
		}
	})
}

// TestAnswersLostAndReplaced lets another process replace what a write, whose
// answer was lost, has written before it is repeated. The first write then is no
// success that anybody can tell, and must not take the other's version.
func TestAnswersLostAndReplaced(t *testing.T) {
	forEachRemote(t, func(t *testing.T, w *world, r remote, other state.Store) {
		mine := batchOf(1)
		w.Inject(awstest.Fault{Operation: r.put, Times: 1, Applied: true, Err: lost()})
		retries := 0
		store := r.open(newClient(w, func(operation string, attempt int) {
			if !strings.HasSuffix(r.put, operation) || attempt != 2 {
				return
			}
			retries++
			theirs, err := other.Get(context.WithoutCancel(t.Context()), "set", "000")
			if err != nil || theirs.Version == "" {
				t.Fatalf("got %+v and %v", theirs, err)
			}
			theirs.Value = []byte("theirs")
			if err := other.Put(t.Context(), []state.Record{theirs}); err != nil {
				t.Error(err)
			}
		}))
		err := store.Put(t.Context(), mine)
		if !errors.Is(err, state.ErrConflict) || retries != 1 || mine[0].Version != "" {
			t.Errorf("got %v and the version %q, want a conflict", err, mine[0].Version)
		}
		if got := listed(t, store); len(got) != 1 || string(got[0].Value) != "theirs" {
			t.Errorf("got %v", got)
		}
	})
}

func TestThrottled(t *testing.T) {
	forEachRemote(t, func(t *testing.T, w *world, r remote, store state.Store) {
		batch := batchOf(75) // more than a page
		for _, operation := range []string{r.put, r.get, r.list} {
			w.Inject(awstest.Fault{Operation: operation, Attempts: 1, Err: r.throttled})
		}
		if err := store.Put(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, store); !sameRecords(got, batch) {
			t.Errorf("got %d records", len(got))
		}
		if got, err := store.Get(t.Context(), "set", "007"); err != nil || string(got.Value) != "value 7" {
			t.Errorf("got %v and %v", got, err)
		}
	})
}

// TestFailures lets calls fail for good: the error names what and where, and
// nothing is said to be written.
func TestFailures(t *testing.T) {
	forEachRemote(t, func(t *testing.T, w *world, r remote, store state.Store) {
		stored := batchOf(20)
		if err := store.Put(t.Context(), stored); err != nil {
			t.Fatal(err)
		}
		onKey7 := func(c awstest.Call) bool { return keyOf(c) == "007" }
		w.Inject(awstest.Fault{Operation: r.put, Match: onKey7, Err: awstest.Denied()})
		batch := slices.Clone(stored)
		batch[3].Version = "wrong"
		err := store.Put(t.Context(), batch)
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "AccessDenied" || !strings.Contains(err.Error(), `"set": "007": `) {
			t.Errorf("got %v, want the denial for 007", err)
		}
		conflict, ok := errors.AsType[*state.ConflictError](err)
		if !ok || conflict.Key != "003" {
			t.Errorf("got %v, want the conflict of 003", err)
		}
		for i, b := range batch {
			if written := b.Version != stored[i].Version && i != 3; written != (i != 7 && i != 3) {
				t.Errorf("%s: written %t", b.Key, written)
			}
		}
		w.Inject(awstest.Fault{Operation: r.get, Match: onKey7, Err: awstest.Denied()})
		if got, err := store.Get(t.Context(), "set", "007"); err == nil || !strings.Contains(err.Error(), `"set": "007": `) || got.Version != "" {
			t.Errorf("Get: got %v and %v", got, err)
		}
		w.Inject(awstest.Fault{Operation: r.list, Err: awstest.Denied()})
		for got, err := range store.List(t.Context(), "set", "") {
			if err == nil || !strings.Contains(err.Error(), `list "set": `) || got.Version != "" {
				t.Errorf("List: got %v and %v", got, err)
			}
		}
	})
}

// keyOf returns the key of the record that a call is about, if it is no hostile
// one.
func keyOf(c awstest.Call) string {
	switch in := c.Input.(type) {
	case *dynamodbsdk.PutItemInput:
		return string(in.Item["Key"].(*dynamodbtypes.AttributeValueMemberB).Value)
	case *dynamodbsdk.GetItemInput:
		return string(in.Key["Key"].(*dynamodbtypes.AttributeValueMemberB).Value)
	case *s3sdk.PutObjectInput:
		return state.KeyOf(aws.ToString(in.Key))
	case *s3sdk.GetObjectInput:
		return state.KeyOf(aws.ToString(in.Key))
	}
	return ""
}

// TestMissing looks at stores whose bucket or table is not there: nothing is
// taken for absent or for a conflict.
func TestMissing(t *testing.T) {
	w := newWorld(t)
	gone, err := state.NewS3(w.s3Client(), "no-such-bucket", "", state.S3Options{})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := state.NewS3(w.s3Client(), bucket, prefix, state.S3Options{Owner: "210987654321"})
	if err != nil {
		t.Fatal(err)
	}
	w.s3.CreateBucket("elsewhere", s3.Bucket{Owner: account, Region: "us-west-2"})
	elsewhere, err := state.NewS3(w.s3Client(), "elsewhere", "", state.S3Options{})
	if err != nil {
		t.Fatal(err)
	}
	for want, store := range map[string]state.Store{
		"NoSuchBucket":                    gone,
		"the bucket has another owner":    theirs,
		"the bucket is in another Region": elsewhere,
		"there is no such table":          state.NewDynamoDB(w.dynamoDBClient(), "no-such-table"),
	} {
		if got, err := store.Get(t.Context(), "set", "key"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Get: got %v and %v, want %q", got, err, want)
		}
		batch := []state.Record{{Set: "set", Key: "new"}, {Set: "set", Key: "old", Version: "1"}}
		if err := store.Put(t.Context(), batch); err == nil || errors.Is(err, state.ErrConflict) || strings.Count(err.Error(), want) != 2 {
			t.Errorf("Put: got %v, want %q twice", err, want)
		}
		n := 0
		for _, err := range store.List(t.Context(), "set", "") {
			if n++; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("List: got %v, want %q", err, want)
			}
		}
		if n != 1 {
			t.Errorf("List: got %d errors, want %q", n, want)
		}
	}
}

// TestCanceledMeanwhile ends the context of a batch while it is written: what was
// written is known, and what was not begun is counted.
func TestCanceledMeanwhile(t *testing.T) {
	forEachRemote(t, func(t *testing.T, w *world, r remote, store state.Store) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		batch := batchOf(100)
		calls := 0
		w.Inject(awstest.Fault{Operation: r.put, Match: func(awstest.Call) bool {
			if calls++; calls == 50 {
				cancel(cause)
			}
			return false
		}})
		err := store.Put(ctx, batch)
		if !errors.Is(err, cause) || errors.Is(err, state.ErrConflict) || !strings.Contains(err.Error(), "of 100 records were not begun") {
			t.Fatalf("got %v", err)
		}
		stored := map[string]string{}
		for _, r := range listed(t, store) {
			stored[r.Key] = r.Version
		}
		written := 0
		for _, b := range batch {
			if b.Version != "" {
				written++
				if stored[b.Key] != b.Version {
					t.Errorf("%s is stored as %q, want %q", b.Key, stored[b.Key], b.Version)
				}
			}
		}
		if written < 30 || written > 50+16 {
			t.Errorf("%d were written", written)
		}
	})
}

// TestCrashes kills a process before and after each of its calls, and runs it
// again: every record is then written, and none twice.
func TestCrashes(t *testing.T) {
	const records = 20
	run := func(ctx context.Context, store state.Store) error { // writes what is not there yet
		var missing []state.Record
		for _, r := range batchOf(records) {
			stored, err := store.Get(ctx, r.Set, r.Key)
			if err != nil {
				return err
			}
			if stored.Version == "" {
				missing = append(missing, r)
			}
		}
		return store.Put(ctx, missing)
	}
	for _, r := range remotes {
		for _, applied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, applied %t", r.name, applied), func(t *testing.T) {
				crashed := 0
				for k := 1; ; k++ {
					w := newWorld(t)
					made, before := w.s3.Writes()+w.dynamodb.Writes(), w.Count()
					if applied {
						w.CrashAfter(k)
					} else {
						w.CrashBefore(k)
					}
					err := run(t.Context(), r.open(w))
					if !w.Crashed() {
						if err != nil || w.Count() == before {
							t.Errorf("got %v after %d calls", err, w.Count()-before)
						}
						break
					}
					if crashed++; err == nil {
						t.Errorf("killed at call %d, and no error", k)
					}
					w.Recover()
					if err := run(t.Context(), r.open(w)); err != nil {
						t.Fatalf("killed at call %d: %v", k, err)
					}
					if got := len(listed(t, r.open(w))); got != records {
						t.Errorf("killed at call %d: %d records", k, got)
					}
					if got := w.s3.Writes() + w.dynamodb.Writes() - made; got != records {
						t.Errorf("killed at call %d: %d writes", k, got)
					}
				}
				if crashed < 2*records {
					t.Errorf("killed %d times", crashed)
				}
			})
		}
	}
}
