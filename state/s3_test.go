package state_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/state"
)

func TestNewS3(t *testing.T) {
	client := newWorld(t).s3Client()
	for _, test := range []struct{ bucket, prefix, want string }{
		{bucket, "", ""},
		{bucket, "a/", ""},
		{bucket, strings.Repeat("p", 255) + "/", ""},
		{bucket, strings.Repeat("p", 256) + "/", "more than 256 bytes"},
		{bucket, "a", "does not end in a slash"},
		{bucket, "a\xff/", "is not UTF-8"},
		{"", "", "no name of a general purpose bucket"},
		{"Records", "", "no name of a general purpose bucket"},
		{"arn:aws:s3:::records", "", "no name of a general purpose bucket"},
	} {
		_, err := state.NewS3(client, test.bucket, test.prefix, state.S3Options{})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %.20q: got %v, want %q", test.bucket, test.prefix, err, test.want)
		}
	}
	if _, err := state.NewS3(nil, bucket, "", state.S3Options{}); err == nil {
		t.Error("no client is no error")
	}
}

// put writes an object as somebody else may.
func (w *world) put(key, body string) {
	w.t.Helper()
	if _, err := w.s3Client().PutObject(w.t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body)}); err != nil {
		w.t.Fatal(err)
	}
}

// TestConflictsInS3 has S3 answer that a write met another one.
func TestConflictsInS3(t *testing.T) {
	busy := awstest.Error(409, "ConditionalRequestConflict", "A conflicting conditional operation is currently in progress")
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		want  string // "written", "conflict" or the code of an error
	}{
		{"once", awstest.Fault{Attempts: 1, Err: busy}, "written"},
		{"once, and it took effect", awstest.Fault{Attempts: 1, Err: busy, Applied: true}, "written"},
		{"always", awstest.Fault{Err: busy}, "ConditionalRequestConflict"},
		{"always, and it took effect", awstest.Fault{Err: busy, Applied: true}, "written"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				store := w.inS3(state.S3Options{})
				batch := batchOf(2)
				if err := store.Put(t.Context(), batch[:1]); err != nil {
					t.Fatal(err)
				}
				test.fault.Operation = "S3.PutObject"
				w.Inject(test.fault)
				before := slices.Clone(batch)
				err := store.Put(t.Context(), batch) // a replacement and a creation
				if (err == nil) != (test.want == "written") || errors.Is(err, state.ErrConflict) || err != nil && strings.Count(err.Error(), test.want) != 2 {
					t.Errorf("got %v, want %s", err, test.want)
				}
				for i := range batch {
					if (batch[i].Version != before[i].Version) != (test.want == "written") {
						t.Errorf("record %d has the version %q", i, batch[i].Version)
					}
				}
				if err == nil && !sameRecords(listed(t, store), batch) {
					t.Errorf("got %v, want %v", listed(t, store), batch)
				}
			})
		})
	}
	t.Run("always, and somebody else has won", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			store := w.inS3(state.S3Options{})
			stale := batchOf(1)
			if err := store.Put(t.Context(), stale); err != nil {
				t.Fatal(err)
			}
			if err := store.Put(t.Context(), slices.Clone(stale)); err != nil {
				t.Fatal(err)
			}
			w.Inject(awstest.Fault{Operation: "S3.PutObject", Err: busy})
			if err := store.Put(t.Context(), stale); !errors.Is(err, state.ErrConflict) {
				t.Errorf("got %v, want a conflict", err)
			}
		})
	})
}

// TestRefusedAndUnreadable denies the look at what has refused a write: whether
// that was an earlier attempt of it, cannot be told.
func TestRefusedAndUnreadable(t *testing.T) {
	w := newWorld(t)
	store := w.inS3(state.S3Options{})
	if err := store.Put(t.Context(), batchOf(1)); err != nil {
		t.Fatal(err)
	}
	w.Inject(awstest.Fault{Operation: "S3.GetObject", Err: awstest.Denied()})
	err := store.Put(t.Context(), batchOf(1))
	if err == nil || errors.Is(err, state.ErrConflict) || !strings.Contains(err.Error(), "PreconditionFailed") || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got %v", err)
	}
}

// TestBrokenBodies breaks connections while a record is read.
func TestBrokenBodies(t *testing.T) {
	w := newWorld(t)
	store := w.inS3(state.S3Options{})
	batch := batchOf(3)
	if err := store.Put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	breakAll := func(then func()) {
		for _, r := range batch {
			w.s3.BreakBody(bucket, state.NameIn(prefix, r.Set, r.Key), 40, then)
		}
	}
	breakAll(nil)
	if got := listed(t, store); !sameRecords(got, batch) {
		t.Errorf("got %v", got)
	}
	var again func()
	again = func() { breakAll(again) }
	breakAll(again)
	if got, err := store.Get(t.Context(), "set", "001"); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("got %v and %v", got, err)
	}
}

// TestForeignObjects puts objects that are no records below the prefix.
func TestForeignObjects(t *testing.T) {
	name := func(key string) string { return state.NameIn(prefix, "set", key) }
	long := strings.Repeat("k", state.MaxKey)
	w := newWorld(t)
	store := w.inS3(state.S3Options{})
	records := []state.Record{{Set: "set", Key: "a"}, {Set: "set", Key: "b"}, {Set: "set", Key: long}, {Set: "set", Key: long[1:] + "l"}}
	if err := store.Put(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	a, _ := w.s3.Get(bucket, name("a"))
	cut, _ := w.s3.Get(bucket, name(long))
	for what, object := range map[string]struct{ key, body string }{
		"text":                         {name("b"), "hello"},
		"nothing":                      {name("b"), ""},
		"JSON":                         {name("b"), "{}\n"},
		"a later format":               {name("b"), strings.Replace(string(a.Body), `State":1`, `State":2`, 1)},
		"another record":               {name("b"), string(a.Body)},
		"too much":                     {name("b"), strings.Replace(string(a.Body), `"a"`, `"b"`, 1) + strings.Repeat("x", 10*state.MaxValue)},
		"a header without end":         {name("b"), strings.TrimSpace(string(a.Body))},
		"a name that spells nothing":   {state.NameIn(prefix, "set", "b") + "/x", ""},
		"a name in capitals":           {strings.TrimSuffix(name("b"), "c8") + "C8", string(a.Body)},
		"a name of other bits":         {name("b")[:len(name("b"))-1] + "9", strings.Replace(string(a.Body), `"a"`, `"b"`, 1)},
		"another record in a cut name": {name(long[1:] + "l"), string(cut.Body)},
		"text in a cut name":           {name(long[1:] + "l"), "hello"},
		"a cut name of no record":      {strings.TrimRight(name(long), "0123456789abcdefghijklmnopqrstuv") + "x", string(cut.Body)},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			w.s3.CreateBucket(bucket, s3.Bucket{Owner: account, Region: region})
			store := w.inS3(state.S3Options{})
			if err := store.Put(t.Context(), []state.Record{{Set: "set", Key: "a"}, {Set: "set", Key: long}}); err != nil {
				t.Fatal(err)
			}
			w.put(object.key, object.body)
			var last error
			for r, err := range store.List(t.Context(), "set", "") {
				if last = err; err == nil && r.Key != "a" && r.Key != long {
					t.Errorf("got %+v", r)
				}
			}
			if last == nil || !strings.Contains(last.Error(), object.key) {
				t.Errorf("got %v, want an error with %s", last, object.key)
			}
		})
	}
	t.Run("beside the set", func(t *testing.T) {
		w := newWorld(t)
		w.s3.CreateBucket(bucket, s3.Bucket{Owner: account, Region: region})
		store := w.inS3(state.S3Options{})
		folder := strings.TrimSuffix(name("a"), "c4")
		for _, key := range []string{folder, "other", prefix + "notes.txt", strings.TrimSuffix(folder, "/")} { // the first is what the console makes of a folder
			w.put(key, "")
		}
		if got := listed(t, store); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

// TestDeletedWhileListed deletes objects between the listing and the reading.
func TestDeletedWhileListed(t *testing.T) {
	w := newWorld(t)
	store := w.inS3(state.S3Options{})
	batch := batchOf(60)
	for i := range 5 {
		batch = append(batch, state.Record{Set: "set", Key: strings.Repeat("k", 1000) + fmt.Sprint(i)})
	}
	if err := store.Put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	gone := []int{0, 30, 61, 64}
	listed, n := false, 0
	w.Inject(awstest.Fault{Operation: "S3.GetObject", Match: func(awstest.Call) bool {
		if !listed {
			listed = true
			for _, i := range gone {
				w.s3.Delete(bucket, state.NameIn(prefix, "set", batch[i].Key))
			}
		}
		return false
	}})
	for r, err := range store.List(t.Context(), "set", "") {
		if err != nil {
			t.Fatal(err)
		}
		for slices.Contains(gone, n) {
			n++
		}
		if r.Key != batch[n].Key {
			t.Fatalf("got %.10q, want %.10q", r.Key, batch[n].Key)
		}
		n++
	}
	if n != 64 {
		t.Errorf("the last one is %d", n)
	}
}

// TestListLeavesNothing stops lists early: their goroutines end with them.
func TestListLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		w := newWorld(t)
		store := w.inS3(state.S3Options{})
		if err := store.Put(t.Context(), batchOf(100)); err != nil {
			t.Fatal(err)
		}
		w.Latency = 1e9
		// A list that ends early waits for nothing that it has begun.
		w.Inject(awstest.Fault{Operation: "S3.GetObject", Latency: 1e15, Match: func(c awstest.Call) bool { return keyOf(c) > "005" }})
		begun := time.Now()
		before := runtime.NumGoroutine()
		for stop := range 5 {
			n := 0
			for _, err := range store.List(t.Context(), "set", "") {
				if n++; n > stop {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(begun); took > time.Hour {
				t.Errorf("after %d records it took %v", n, took)
			}
			// A list that left its readers would leave ten; the runtime has some of its own.
			if left := runtime.NumGoroutine() - before; left > 3 {
				t.Errorf("%d goroutines are left", left)
			}
		}
	})
}

// TestReadAhead counts how far a list reads ahead of a slow loop.
func TestReadAhead(t *testing.T) {
	w := newWorld(t)
	store := w.inS3(state.S3Options{})
	if err := store.Put(t.Context(), batchOf(60)); err != nil {
		t.Fatal(err)
	}
	before, n := w.count("S3.GetObject"), 0
	for _, err := range store.List(t.Context(), "set", "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if ahead := w.count("S3.GetObject") - before - n; ahead > 16 {
			t.Fatalf("%d records are read ahead", ahead)
		}
	}
	if got := w.count("S3.GetObject") - before; got != 60 || n != 60 {
		t.Errorf("read %d objects for %d records", got, n)
	}
}

func (w *world) count(operation string) int {
	n := 0
	for _, call := range w.Calls() {
		if call.Name() == operation {
			n++
		}
	}
	return n
}

// TestS3Requests checks what the requests say beside the record.
func TestS3Requests(t *testing.T) {
	w := newWorld(t)
	store := w.inS3(state.S3Options{Owner: account, KMSKey: kmsKey})
	if err := store.Put(t.Context(), batchOf(1)); err != nil {
		t.Fatal(err)
	}
	_ = store.Put(t.Context(), batchOf(1)) // refused, so that it is looked at
	listed(t, store)
	if _, err := store.Get(context.Background(), "set", "missing"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, call := range w.Calls() {
		var owner *string
		switch in := call.Input.(type) {
		case *s3sdk.PutObjectInput:
			owner = in.ExpectedBucketOwner
			if aws.ToString(in.SSEKMSKeyId) != kmsKey || in.IfNoneMatch == nil {
				t.Errorf("%s: key %v, if none match %v", call, in.SSEKMSKeyId, in.IfNoneMatch)
			}
		case *s3sdk.GetObjectInput:
			owner = in.ExpectedBucketOwner
		case *s3sdk.ListObjectsV2Input:
			owner = in.ExpectedBucketOwner
		default:
			continue
		}
		seen[call.Name()] = true
		if aws.ToString(owner) != account {
			t.Errorf("%s: expects the owner %q", call, aws.ToString(owner))
		}
	}
	if len(seen) != 3 {
		t.Errorf("saw %v", seen)
	}
}
