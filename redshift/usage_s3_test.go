package redshift_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

const (
	usageBucket = "usage"
	usagePrefix = "redshift #1+%2F/"
	usageKey    = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	usageOf     = "111111111111/us-east-1/workgroup/sales"
)

// A usageWorld is AWS with a bucket, of which only what is below the prefix may be listed.
type usageWorld struct {
	*awstest.Cloud
	s3 *s3.Service
}

func newUsageWorld(cloud *awstest.Cloud) *usageWorld {
	w := &usageWorld{cloud, s3.New(cloud)}
	w.s3.PageSize = 3
	w.s3.CreateBucket(usageBucket, s3.Bucket{Owner: "111111111111", Region: "us-east-1", ListPrefix: usagePrefix})
	return w
}

func (w *usageWorld) store(t *testing.T, opts redshift.UsageBucketOptions) chargeback.Store {
	t.Helper()
	client := s3sdk.NewFromConfig(w.Config("us-east-1", "111111111111"))
	store, err := redshift.NewUsageBucket(client, usageBucket, usagePrefix, opts)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// TestUsageStores checks what the interface promises, for each Store.
func TestUsageStores(t *testing.T) {
	for name, open := range map[string]func(*testing.T) chargeback.Store{
		"memory": func(*testing.T) chargeback.Store { return chargeback.NewMemory() },
		"folder": func(t *testing.T) chargeback.Store { return chargeback.NewFolder(t.TempDir() + "/new") },
		"bucket": func(t *testing.T) chargeback.Store {
			return newUsageWorld(awstest.New(t)).store(t, redshift.UsageBucketOptions{Owner: "111111111111", KMSKey: usageKey})
		},
	} {
		for what, test := range map[string]func(*testing.T, chargeback.Store){
			"writes": usageWrites, "lists": usageLists, "races": usageRaces, "ends": usageEnds, "merges": usageMerges,
		} {
			t.Run(name+" "+what, func(t *testing.T) { test(t, open(t)) })
		}
	}
}

func usageWrites(t *testing.T, store chargeback.Store) {
	if _, _, err := store.Get(t.Context(), "a/missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	version := ""
	seen := []string{""}
	for _, body := range []string{"one", "", "two", strings.Repeat("three", 1000)} {
		const name = "a~b/day=2026-11-01/hour=12.csv.gz"
		for _, wrong := range append(seen[:len(seen)-1:len(seen)-1], "d41d8cd98f00b204e9800998ecf8427f") {
			if err := store.Put(t.Context(), name, wrong, []byte("wrong")); !errors.Is(err, chargeback.ErrConflict) || !strings.Contains(err.Error(), name) {
				t.Errorf("version %q: got %v", wrong, err)
			}
		}
		if err := store.Put(t.Context(), name, version, []byte(body)); err != nil {
			t.Fatal(err)
		}
		got, next, err := store.Get(t.Context(), name)
		if err != nil || string(got) != body || slices.Contains(seen, next) {
			t.Errorf("got %q, version %q, and %v", got, next, err)
		}
		if again, same, err := store.Get(t.Context(), name); err != nil || same != next || !bytes.Equal(again, got) {
			t.Errorf("got another version, %q, and %v", same, err)
		}
		version, seen = next, append(seen, next)
	}
}

func usageNames(t *testing.T, store chargeback.Store, prefix string) (names []string) {
	t.Helper()
	for name, err := range store.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func usageLists(t *testing.T, store chargeback.Store) {
	if got := usageNames(t, store, ""); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	all := []string{"a-b/c", "a/b", "a/b-c", "a/c/d", "a/c/e=1", "ab", "b/%2f~/x", "c"}
	for _, name := range slices.Backward(all) {
		if err := store.Put(t.Context(), name, "", []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/c", "a/c/", "a/c/d", "b/%2", "b/%2f~/", "d", "d/", "a/b/c/", "c"} {
		want := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !strings.HasPrefix(name, prefix) })
		if got := usageNames(t, store, prefix); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", prefix, got, want)
		}
	}
	for range store.List(t.Context(), "") {
		break
	}
}

// usageRaces has several write the same version: one of them does.
func usageRaces(t *testing.T, store chargeback.Store) {
	version := ""
	for round := range 4 {
		errs := make([]error, 4)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { errs[i] = store.Put(t.Context(), "a/b", version, fmt.Append(nil, round, " ", i)) })
		}
		group.Wait()
		winner := slices.Index(errs, nil)
		body, next, err := store.Get(t.Context(), "a/b")
		if winner < 0 || err != nil || string(body) != fmt.Sprint(round, " ", winner) {
			t.Fatalf("got %q and %v, winner %d of %v", body, err, winner, errs)
		}
		for i, err := range errs {
			if i != winner && !errors.Is(err, chargeback.ErrConflict) {
				t.Errorf("writer %d: got %v", i, err)
			}
		}
		version = next
	}
}

// usageEnds calls with names that are none, and with a context that has ended.
func usageEnds(t *testing.T, store chargeback.Store) {
	for _, name := range []string{"", "a\nb", "é", "a\x00"} {
		_, _, err := store.Get(t.Context(), name)
		if putErr := store.Put(t.Context(), name, "", nil); putErr == nil || err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(putErr, chargeback.ErrConflict) {
			t.Errorf("%q: got %v and %v", name, err, putErr)
		}
	}
	if err := store.Put(t.Context(), "a", "", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if _, _, err := store.Get(ctx, "a"); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if err := store.Put(ctx, "b", "", nil); !errors.Is(err, enough) || errors.Is(err, chargeback.ErrConflict) {
		t.Errorf("got %v", err)
	}
	n := 0
	for _, err := range store.List(ctx, "") {
		if n++; !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("got %d", n)
	}
}

var usageNoon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// usageBatch returns minutes from one to before another, on several days.
func usageBatch(from, to int) func(func(chargeback.Minute, error) bool) {
	return func(yield func(chargeback.Minute, error) bool) {
		for i := from; i < to; i++ {
			if !yield(chargeback.Minute{Start: usageNoon.Add(time.Duration(i) * 4 * time.Hour), Charged: int64(i)}, nil) {
				return
			}
		}
	}
}

func usageRead(t *testing.T, store chargeback.Store) (charged []int64) {
	t.Helper()
	in := chargeback.Interval{From: usageNoon.AddDate(0, 0, -1), To: usageNoon.AddDate(0, 1, 0)}
	for m, err := range chargeback.Read[chargeback.Minute](t.Context(), chargeback.Archive{Store: store}, usageOf, in) {
		if err != nil {
			t.Fatal(err)
		}
		charged = append(charged, m.Charged)
	}
	return charged
}

// usageMerges has several merge batches that overlap, at once.
func usageMerges(t *testing.T, store chargeback.Store) {
	errs := make([]error, 3)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() {
			_, errs[i] = chargeback.Merge(t.Context(), chargeback.Archive{Store: store}, usageOf, usageBatch(4*i, 4*i+8))
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := usageRead(t, store); len(got) != 16 || got[0] != 0 || got[15] != 15 || !slices.IsSorted(got) {
		t.Errorf("got %v", got)
	}
}

func TestNewUsageBucket(t *testing.T) {
	client := s3sdk.NewFromConfig(awstest.New(t).Config("us-east-1", "111111111111"))
	for _, test := range []struct{ bucket, prefix, want string }{
		{usageBucket, "", ""},
		{usageBucket, strings.Repeat("p", 511) + "/", ""},
		{usageBucket, strings.Repeat("p", 512) + "/", "more than 512"},
		{usageBucket, "a", "does not end in a slash"},
		{usageBucket, "é/", "printable ASCII"},
		{"Usage", "", "no name of a general purpose bucket"},
		{"arn:aws:s3:::usage", "", "no name of a general purpose bucket"},
	} {
		_, err := redshift.NewUsageBucket(client, test.bucket, test.prefix, redshift.UsageBucketOptions{})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %.20q: got %v, want %q", test.bucket, test.prefix, err, test.want)
		}
	}
	if _, err := redshift.NewUsageBucket(nil, usageBucket, "", redshift.UsageBucketOptions{}); err == nil {
		t.Error("no client is no error")
	}
}

// harvestOf is what a harvest does with its archive: merge what is new, then cover it.
func harvestOf(ctx context.Context, store chargeback.Store) error {
	a := chargeback.Archive{Store: store}
	if _, err := chargeback.Merge(ctx, a, usageOf, usageBatch(0, 12)); err != nil {
		return err
	}
	return a.Cover(ctx, usageOf, func(c *chargeback.Coverage) {
		*c = c.With(chargeback.Minutes, chargeback.Interval{From: usageNoon, To: usageNoon.Add(time.Hour)})
	})
}

var usageProof = awstest.Proof[*usageWorld]{
	Start: newUsageWorld,
	Run: func(ctx context.Context, _ *awstest.Cloud, w *usageWorld) error {
		client := s3sdk.NewFromConfig(w.Config("us-east-1", "111111111111"))
		store, err := redshift.NewUsageBucket(client, usageBucket, usagePrefix, redshift.UsageBucketOptions{})
		if err != nil {
			return err
		}
		return harvestOf(ctx, store)
	},
	State:     func(w *usageWorld) string { return fmt.Sprintf("%s%d writes", w.s3.Dump(), w.s3.Writes()) },
	NoDeletes: true,
}

// TestUsageBucketConverges kills a harvest at each of its calls, loses answers and has calls
// fail: it ends with the same objects, and nothing is written twice.
func TestUsageBucketConverges(t *testing.T) {
	t.Run("converges", usageProof.Converges)
	t.Run("failures", usageProof.Failures)
}

// TestUsageBucketConflicts has S3 answer that a write met another one.
func TestUsageBucketConflicts(t *testing.T) {
	busy := awstest.Error(409, "ConditionalRequestConflict", "A conflicting conditional operation is currently in progress")
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		want  string // of the error; empty if it is written
	}{
		{"once", awstest.Fault{Attempts: 1, Err: busy}, ""},
		{"once, and it took effect", awstest.Fault{Attempts: 1, Err: busy, Applied: true}, ""},
		{"always", awstest.Fault{Err: busy}, "ConditionalRequestConflict"},
		{"always, and it took effect", awstest.Fault{Err: busy, Applied: true}, ""},
		{"the answer is lost", awstest.Fault{Attempts: 1, Err: awstest.Error(500, "InternalError", "lost"), Applied: true}, ""},
		{"denied", awstest.Fault{Err: awstest.Denied()}, "the permission is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newUsageWorld(awstest.New(t))
				store := w.store(t, redshift.UsageBucketOptions{})
				version := ""
				test.fault.Operation = "S3.PutObject"
				for _, body := range []string{"created", "replaced"} {
					w.Inject(test.fault)
					err := store.Put(t.Context(), "a/b", version, []byte(body))
					if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || errors.Is(err, chargeback.ErrConflict)) {
						t.Errorf("%s: got %v, want %q", body, err, test.want)
					}
					w.ClearFaults()
					if test.want != "" {
						if err := store.Put(t.Context(), "a/b", version, []byte(body)); err != nil {
							t.Fatal(err)
						}
					}
					got, next, err := store.Get(t.Context(), "a/b")
					if err != nil || string(got) != body {
						t.Errorf("got %q and %v", got, err)
					}
					version = next
				}
			})
		})
	}
	t.Run("and nobody may read", func(t *testing.T) {
		w := newUsageWorld(awstest.New(t))
		store := w.store(t, redshift.UsageBucketOptions{})
		if err := store.Put(t.Context(), "a", "", []byte("one")); err != nil {
			t.Fatal(err)
		}
		w.Inject(awstest.Fault{Operation: "S3.GetObject", Err: awstest.Denied()})
		err := store.Put(t.Context(), "a", "", []byte("two"))
		if err == nil || errors.Is(err, chargeback.ErrConflict) || !strings.Contains(err.Error(), "PreconditionFailed") || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("got %v", err)
		}
	})
}

// TestUsageBucketBodies breaks connections while an object is read, and replaces it.
func TestUsageBucketBodies(t *testing.T) {
	w := newUsageWorld(awstest.New(t))
	store := w.store(t, redshift.UsageBucketOptions{})
	old, replaced := strings.Repeat("old", 100), strings.Repeat("new", 100)
	if err := store.Put(t.Context(), "a", "", []byte(old)); err != nil {
		t.Fatal(err)
	}
	_, version, err := store.Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	w.s3.BreakBody(usageBucket, usagePrefix+"a", 40, nil)
	if got, again, err := store.Get(t.Context(), "a"); err != nil || string(got) != old || again != version {
		t.Errorf("got %q, version %s, and %v", got, again, err)
	}
	w.s3.BreakBody(usageBucket, usagePrefix+"a", 40, func() { w.s3.Put(usageBucket, usagePrefix+"a", s3.Object{Body: []byte(replaced)}) })
	got, changed, err := store.Get(t.Context(), "a")
	if err != nil || string(got) != replaced || changed == version {
		t.Errorf("got %q, version %s, and %v", got, changed, err)
	}
	if err := store.Put(t.Context(), "a", changed, []byte("x")); err != nil {
		t.Errorf("the version is not that of what was read: %v", err)
	}
	var again func()
	again = func() { w.s3.BreakBody(usageBucket, usagePrefix+"a", 0, again) }
	again()
	if got, _, err := store.Get(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("got %q and %v", got, err)
	}
}

func TestUsageBucketPermissions(t *testing.T) {
	for name, test := range map[string]struct {
		opts   redshift.UsageBucketOptions
		policy awspatterns.Policy
	}{
		"plain": {redshift.UsageBucketOptions{Owner: "111111111111"}, redshift.UsageBucketPermissions(usageBucket, usagePrefix, "")},
		"KMS":   {redshift.UsageBucketOptions{KMSKey: usageKey}, redshift.UsageBucketPermissions(usageBucket, usagePrefix, usageKey)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newUsageWorld(awstest.New(t))
			store := w.store(t, test.opts)
			for range 2 {
				if err := harvestOf(t.Context(), store); err != nil {
					t.Fatal(err)
				}
			}
			if got := usageRead(t, store); len(got) != 12 {
				t.Errorf("got %v", got)
			}
			awstest.CheckPermissions(t, test.policy, w.Calls(), s3.Actions)
		})
	}
	target := awspatterns.Target{Partition: "aws-cn", Account: "111111111111", Region: "cn-north-1"}
	golden.Equal(t, "testdata/golden/policy_usage_bucket.json",
		string(redshift.UsageBucketPermissions(usageBucket, "us*ge/", "arn:aws-cn:kms:cn-north-1:111111111111:key/1").Document(target)))
}
