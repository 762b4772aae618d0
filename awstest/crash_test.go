package awstest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func TestCrashes(t *testing.T) {
	before, after := (*awstest.Cloud).CrashBefore, (*awstest.Cloud).CrashAfter
	for _, test := range []struct {
		name  string
		crash func(*awstest.Cloud, int)
		k     int
		want  []string // what the calls "now 1" to "now 4" leave
		fails []int    // which of them fail
	}{
		{"before 1", before, 1, nil, []int{1, 2, 3, 4}},
		{"after 1", after, 1, []string{"now 1"}, []int{1, 2, 3, 4}},
		{"before 3", before, 3, []string{"now 1", "now 2"}, []int{3, 4}},
		{"after 3", after, 3, []string{"now 1", "now 2", "now 3"}, []int{3, 4}},
		{"before the last", before, 4, []string{"now 1", "now 2", "now 3"}, []int{4}},
		{"not reached", after, 5, []string{"now 1", "now 2", "now 3", "now 4"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			o := newObjects(cloud)
			c := client(cloud)
			put(t.Context(), c, "earlier", nil) // k counts from now
			test.crash(cloud, test.k)
			if cloud.Crashed() {
				t.Error("crashed before the calls")
			}
			var fails []int
			for i := range 4 {
				err := put(t.Context(), c, fmt.Sprint("now ", i+1), nil)
				if err != nil {
					fails = append(fails, i+1)
				}
				if err != nil && !errors.Is(err, awstest.ErrCrash) || !errors.Is(err, cloud.Calls()[i+1].Err) {
					t.Errorf("call %d returns %v and is logged with %v", i+1, err, cloud.Calls()[i+1].Err)
				}
			}
			if want := append([]string{"earlier"}, test.want...); !slices.Equal(o.keys(), want) {
				t.Errorf("objects %q, want %q", o.keys(), want)
			}
			if !slices.Equal(fails, test.fails) || cloud.Crashed() != (test.fails != nil) {
				t.Errorf("calls %v fail, want %v; crashed: %t", fails, test.fails, cloud.Crashed())
			}
			if cloud.Count() != 5 {
				t.Errorf("%d attempts, want 5: a crash is not retried", cloud.Count())
			}

			cloud.Recover()
			if err := put(t.Context(), c, "later", nil); err != nil || cloud.Crashed() {
				t.Errorf("after Recover: %v, crashed: %t", err, cloud.Crashed())
			}
		})
	}
}

// inFlight starts n calls that take effect in second 1 and are answered in
// minute 1, and returns a function that waits for them and counts which got
// ErrCrash.
func inFlight(t *testing.T, cloud *awstest.Cloud, n int) (lost func() int) {
	c := client(cloud)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			errs[i] = get(t.Context(), c, fmt.Sprint(i))
		})
	}
	time.Sleep(time.Second)
	return func() int {
		wg.Wait()
		crashed := 0
		for _, err := range errs {
			if errors.Is(err, awstest.ErrCrash) {
				crashed++
			} else if err != nil {
				t.Errorf("a call in flight returns %v", err)
			}
		}
		return crashed
	}
}

func TestCrashLosesAnswersInFlight(t *testing.T) {
	nothing, crash := func(*awstest.Cloud) {}, func(c *awstest.Cloud) { c.CrashBefore(1) }
	for _, test := range []struct {
		name    string
		meet    func(*awstest.Cloud)
		then    func(*awstest.Cloud) // while the calls are in flight
		lost    int
		effects int32
	}{
		{"no crash", nothing, nothing, 0, 6},
		{"recovered without a crash", nothing, (*awstest.Cloud).Recover, 0, 6},
		{"before", crash, nothing, 5, 5},
		{"after", func(c *awstest.Cloud) { c.CrashAfter(1) }, nothing, 5, 6},
		{"recovered", crash, (*awstest.Cloud).Recover, 5, 5},
		{"next crash point", crash, func(c *awstest.Cloud) { c.CrashBefore(9) }, 5, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				var effects atomic.Int32
				awstest.Handle(cloud, func(context.Context, *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
					effects.Add(1)
					time.Sleep(time.Minute)
					return nil, nil
				})
				lost := inFlight(t, cloud, 5)
				test.meet(cloud)
				var one sync.WaitGroup
				one.Go(func() { get(t.Context(), client(cloud), "meets it") })
				time.Sleep(time.Second)
				test.then(cloud)
				if got := lost(); got != test.lost {
					t.Errorf("%d of 5 answers in flight are lost, want %d", got, test.lost)
				}
				if got := effects.Load(); got != test.effects {
					t.Errorf("%d calls had their effect, want %d", got, test.effects)
				}
				one.Wait()
			})
		})
	}
}

// What a process sent before it died may arrive when the next one runs. It has
// its effect then, but nobody is told.
func TestCallThatArrivesAfterRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.Latency = time.Minute
		o := newObjects(cloud)
		var late error
		var wg sync.WaitGroup
		cloud.CrashBefore(1)
		wg.Go(func() { put(t.Context(), client(cloud), "dies", nil) })
		time.Sleep(time.Second)
		wg.Go(func() { late = put(t.Context(), client(cloud), "late", nil) })
		time.Sleep(time.Minute - time.Second/2)
		cloud.Recover()
		wg.Wait()
		if !errors.Is(late, awstest.ErrCrash) || !slices.Equal(o.keys(), []string{"late"}) {
			t.Errorf("the late call returns %v and leaves %v, want ErrCrash and its effect", late, o.keys())
		}
	})
}

func TestCrashAfterWithFault(t *testing.T) {
	cloud := awstest.New(t)
	o := newObjects(cloud)
	cloud.Inject(awstest.Fault{Err: awstest.Denied()})
	cloud.CrashAfter(1)
	if err := put(t.Context(), client(cloud), "k", nil); !errors.Is(err, awstest.ErrCrash) || len(o.data) != 0 {
		t.Errorf("got %v, objects %v; want ErrCrash, and that the fault kept the call from its effect", err, o.keys())
	}
}

func TestLaterCrashPointReplaces(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	cloud.CrashBefore(1)
	cloud.CrashBefore(2)
	c := client(cloud)
	if err := put(t.Context(), c, "k", nil); err != nil {
		t.Errorf("call 1: %v", err)
	}
	if err := put(t.Context(), c, "k", nil); !errors.Is(err, awstest.ErrCrash) {
		t.Errorf("call 2: %v", err)
	}
}

func TestLocal(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(*awstest.Cloud)
		want    error
		written bool
	}{
		{"undisturbed", func(*awstest.Cloud) {}, nil, true},
		{"crash before", func(c *awstest.Cloud) { c.CrashBefore(1) }, awstest.ErrCrash, false},
		{"crash after", func(c *awstest.Cloud) { c.CrashAfter(1) }, awstest.ErrCrash, true},
		{"fault", func(c *awstest.Cloud) { c.Inject(awstest.Fault{Operation: "local.*", Err: errOther}) }, errOther, false},
		{"applied fault", func(c *awstest.Cloud) {
			c.Inject(awstest.Fault{Operation: "local.WriteFile", Err: errOther, Applied: true})
		}, errOther, true},
		{"fault elsewhere", func(c *awstest.Cloud) { c.Inject(awstest.Fault{Operation: "S3.*", Err: errOther}) }, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			test.prepare(cloud)
			file := filepath.Join(t.TempDir(), "file")
			err := cloud.Local(t.Context(), "WriteFile", "file", func() error { return os.WriteFile(file, nil, 0o600) })
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if _, err := os.Stat(file); (err == nil) != test.written {
				t.Errorf("the file: %v, want it written: %t", err, test.written)
			}
			call := cloud.Calls()[0]
			if call.String() != "local.WriteFile file" || call.Attempt != 1 || call.Input != nil || !errors.Is(call.Err, test.want) {
				t.Errorf("logged %+v", call)
			}
		})
	}
}

func TestLocalReturnsErrorOfStep(t *testing.T) {
	cloud := awstest.New(t)
	if err := cloud.Local(t.Context(), "WriteFile", "", func() error { return errOther }); err != errOther {
		t.Errorf("got %v", err)
	}
	if got := cloud.Operations(); !slices.Equal(got, []string{"local.WriteFile"}) {
		t.Errorf("operations %v", got)
	}
}

// copyAll is a pattern that can be repeated after a crash at any call.
func copyAll(ctx context.Context, c *s3.Client, keys []string) error {
	for _, key := range keys {
		to := "copy/" + key
		_, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: &to})
		if err == nil {
			continue
		}
		if _, missing := errors.AsType[*s3types.NotFound](err); !missing {
			return err
		}
		from, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &key})
		if err != nil {
			return err
		}
		data, err := io.ReadAll(from.Body)
		if err != nil {
			return err
		}
		if err := put(ctx, c, to, bytes.NewReader(data)); err != nil {
			return err
		}
	}
	return nil
}

func TestRunsAgainAfterEveryCrash(t *testing.T) {
	run := func(crash func(*awstest.Cloud)) (state string, calls int) {
		cloud := awstest.New(t)
		o := newObjects(cloud)
		o.data["1"], o.data["2"] = []byte("one"), []byte("two")
		crash(cloud)
		if err := copyAll(t.Context(), client(cloud), []string{"1", "2"}); errors.Is(err, awstest.ErrCrash) != cloud.Crashed() {
			t.Errorf("got %v, crashed: %t", err, cloud.Crashed())
		}
		if cloud.Crashed() {
			cloud.Recover()
			if err := copyAll(t.Context(), client(cloud), []string{"1", "2"}); err != nil {
				t.Error(err)
			}
		}
		return fmt.Sprintf("%s", o.data), cloud.Count()
	}
	want, calls := run(func(*awstest.Cloud) {})
	if calls != 6 || !strings.Contains(want, "copy/2:two") {
		t.Fatalf("%d calls leave %s", calls, want)
	}
	for k := 1; k <= calls; k++ {
		if got, _ := run(func(c *awstest.Cloud) { c.CrashBefore(k) }); got != want {
			t.Errorf("crash before %d leaves %s, want %s", k, got, want)
		}
		if got, _ := run(func(c *awstest.Cloud) { c.CrashAfter(k) }); got != want {
			t.Errorf("crash after %d leaves %s, want %s", k, got, want)
		}
	}
}

// The calls of a proof's Start do not count, also those that are answered later.
func TestCallsAcrossStart(t *testing.T) {
	proof := awstest.Proof[*awstest.Cloud]{
		Start: func(c *awstest.Cloud) *awstest.Cloud {
			awstest.Handle(c, func(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
				if *in.Key != "slow" {
					return nil, nil
				}
				time.Sleep(time.Minute)
				return nil, awstest.Denied()
			})
			c.MaxCalls = 3
			for range 2 {
				go get(context.Background(), client(c), "slow")
			}
			time.Sleep(time.Second)
			return c
		},
		Run: func(ctx context.Context, c *awstest.Cloud, _ *awstest.Cloud) error {
			if c.Count() != len(c.Calls()) {
				t.Errorf("the log has %d calls of %d", len(c.Calls()), c.Count())
			}
			err := get(ctx, client(c), "fast")
			time.Sleep(2 * time.Minute)
			for i, call := range c.Calls() {
				if call.Err != nil && !errors.Is(call.Err, awstest.ErrCrash) {
					t.Errorf("call %d is logged with the answer of another: %v", i+1, call.Err)
				}
			}
			return err
		},
		State: func(*awstest.Cloud) string { return "" },
	}
	t.Run("converges", proof.Converges)
}
