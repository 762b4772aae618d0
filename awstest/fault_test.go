package awstest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
)

// script makes six calls without retries, none of which fails by itself, and
// returns the cloud and which calls failed:
//
//	1 S3.PutObject a           of account 1 in us-east-1
//	2 S3.GetObject a           of account 1 in us-east-1
//	3 S3.PutObject b           of account 1 in us-east-1
//	4 S3.PutObject c           of account 2 in us-east-1
//	5 S3.GetObject a           of account 2 in us-west-2
//	6 STS.GetCallerIdentity    of account 2 in us-west-2
func script(ctx context.Context, cloud *awstest.Cloud) (failed []int) {
	config := func(region, account string) aws.Config {
		cfg := cloud.Config(region, account)
		cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
		return cfg
	}
	one, two := s3.NewFromConfig(config("us-east-1", "1")), s3.NewFromConfig(config("us-east-1", "2"))
	west := config("us-west-2", "2")
	for i, call := range []func() error{
		func() error { return put(ctx, one, "a", nil) },
		func() error { return get(ctx, one, "a") },
		func() error { return put(ctx, one, "b", nil) },
		func() error { return put(ctx, two, "c", nil) },
		func() error { return get(ctx, s3.NewFromConfig(west), "a") },
		func() error {
			_, err := sts.NewFromConfig(west).GetCallerIdentity(ctx, nil)
			return err
		},
	} {
		if call() != nil {
			failed = append(failed, i+1)
		}
	}
	return failed
}

// scripted returns a Cloud for script.
func scripted(t *testing.T) (*awstest.Cloud, *objects) {
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(context.Context, *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
		return nil, nil
	})
	o := newObjects(cloud)
	o.data["a"] = nil
	return cloud, o
}

func TestFaults(t *testing.T) {
	err := awstest.Denied()
	isKey := func(key string) func(awstest.Call) bool {
		return func(c awstest.Call) bool {
			in, ok := c.Input.(*s3.PutObjectInput)
			return ok && *in.Key == key
		}
	}
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		want  []int // calls that fail
	}{
		{"all", awstest.Fault{Err: err}, []int{1, 2, 3, 4, 5, 6}},
		{"operation", awstest.Fault{Operation: "S3.PutObject", Err: err}, []int{1, 3, 4}},
		{"service", awstest.Fault{Operation: "S3.*", Err: err}, []int{1, 2, 3, 4, 5}},
		{"other service", awstest.Fault{Operation: "STS.*", Err: err}, []int{6}},
		{"no such operation", awstest.Fault{Operation: "S3.Put", Err: err}, nil},
		{"account", awstest.Fault{Account: "2", Err: err}, []int{4, 5, 6}},
		{"Region", awstest.Fault{Region: "us-west-2", Err: err}, []int{5, 6}},
		{"account and Region", awstest.Fault{Account: "2", Region: "us-east-1", Err: err}, []int{4}},
		{"account without calls", awstest.Fault{Account: "3", Err: err}, nil},
		{"match", awstest.Fault{Match: isKey("b"), Err: err}, []int{3}},
		{"operation and match", awstest.Fault{Operation: "S3.GetObject", Match: isKey("b"), Err: err}, nil},
		{"skip", awstest.Fault{Skip: 4, Err: err}, []int{5, 6}},
		{"skip all", awstest.Fault{Skip: 6, Err: err}, nil},
		{"times", awstest.Fault{Times: 2, Err: err}, []int{1, 2}},
		{"skip and times", awstest.Fault{Skip: 1, Times: 2, Err: err}, []int{2, 3}},
		{"skip counts matching calls", awstest.Fault{Operation: "S3.GetObject", Skip: 1, Times: 1, Err: err}, []int{5}},
		{"attempts", awstest.Fault{Attempts: 1, Err: err}, []int{1, 2, 3, 4, 5, 6}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud, _ := scripted(t)
			hits := cloud.Inject(test.fault)
			if got := script(t.Context(), cloud); !slices.Equal(got, test.want) {
				t.Errorf("calls %v fail, want %v", got, test.want)
			}
			if hits() != len(test.want) {
				t.Errorf("%d hits, want %d", hits(), len(test.want))
			}
			for i, call := range cloud.Calls() {
				if hit := slices.Contains(test.want, i+1); hit != (call.Err != nil) {
					t.Errorf("call %d is logged with error %v", i+1, call.Err)
				}
			}
		})
	}
}

func TestTwoFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, o := scripted(t)
		slow := cloud.Inject(awstest.Fault{Latency: time.Minute})
		first := cloud.Inject(awstest.Fault{Operation: "S3.PutObject", Skip: 1, Times: 1, Err: errOther, Latency: time.Second})
		second := cloud.Inject(awstest.Fault{Operation: "S3.*", Err: awstest.Denied(), Applied: true, Latency: time.Hour})
		start := time.Now()
		if got, want := script(t.Context(), cloud), []int{1, 2, 3, 4, 5}; !slices.Equal(got, want) {
			t.Errorf("calls %v fail, want %v", got, want)
		}
		if slow() != 6 || first() != 1 || second() != 4 {
			t.Errorf("the faults hit %d, %d and %d times, want 6, 1 and 4", slow(), first(), second())
		}
		want := 6*time.Minute + time.Second + 4*time.Hour + 6*time.Microsecond
		if took := time.Since(start); took != want {
			t.Errorf("the calls took %v, want the latencies of those that decide, %v", took, want)
		}
		if third := cloud.Calls()[2].Err; !errors.Is(third, errOther) {
			t.Errorf("call 3 returns %v, want the error of the fault injected first", third)
		}
		if got, want := o.keys(), []string{"a", "c"}; !slices.Equal(got, want) {
			t.Errorf("objects %v, want %v: the fault that decided for b is not Applied", got, want)
		}
	})
}

// A fault counts all calls that it is for, also those that another one decides.
func TestSkipCountsCallsThatAnotherFaultDecides(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second awstest.Fault
		want          []string // what the calls return
	}{
		{"not yet its turn", awstest.Fault{Times: 2}, awstest.Fault{Skip: 3, Times: 1}, []string{"1", "1", "", "2", "", ""}},
		{"its turn is taken", awstest.Fault{Times: 2}, awstest.Fault{Skip: 1, Times: 1}, []string{"1", "1", "2", "", "", ""}},
		{"in between", awstest.Fault{Skip: 1, Times: 1}, awstest.Fault{Skip: 2}, []string{"", "1", "2", "2", "2", "2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud, _ := scripted(t)
			test.first.Err, test.second.Err = errors.New("1"), errors.New("2")
			cloud.Inject(test.first)
			hits := cloud.Inject(test.second)
			script(t.Context(), cloud)
			var got []string
			decided := 0
			for _, call := range cloud.Calls() {
				switch call.Err {
				case nil:
					got = append(got, "")
				case test.second.Err:
					decided++
					fallthrough
				default:
					got = append(got, call.Err.Error())
				}
			}
			if !slices.Equal(got, test.want) || hits() != decided {
				t.Errorf("got %q with %d hits of the second fault, want %q", got, hits(), test.want)
			}
		})
	}
}

func TestClearFaults(t *testing.T) {
	cloud, _ := scripted(t)
	hits := cloud.Inject(awstest.Fault{Err: awstest.Denied()})
	script(t.Context(), cloud)
	cloud.ClearFaults()
	if failed := script(t.Context(), cloud); failed != nil || hits() != 6 {
		t.Errorf("calls %v fail without faults; %d hits, want 6", failed, hits())
	}
}

// With Attempts, every call succeeds in the end.
func TestFaultOfFirstAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		o := newObjects(cloud)
		hits := cloud.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled()})
		c := client(cloud)
		for i := range 3 {
			out, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("bucket"), Key: aws.String(fmt.Sprint(i)), Body: strings.NewReader("hello"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if results, ok := retry.GetAttemptResults(out.ResultMetadata); !ok || len(results.Results) != 3 {
				t.Errorf("the SDK counts %d attempts, want 3", len(results.Results))
			}
		}
		if hits() != 6 || cloud.Count() != 9 || len(cloud.Operations()) != 3 {
			t.Errorf("%d hits, %d attempts, operations %v; want 6, 9 and three", hits(), cloud.Count(), cloud.Operations())
		}
		if got := string(o.data["2"]); got != "hello" {
			t.Errorf("stored %q", got)
		}
	})
}

// The handler runs, and the caller sees an error.
func TestAppliedFault(t *testing.T) {
	for _, test := range []struct {
		err      error
		effects  int
		succeeds bool
	}{
		{awstest.Throttled(), 2, true}, // the SDK asks again
		{awstest.Denied(), 1, false},
	} {
		t.Run(test.err.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				var bodies []string
				awstest.Handle(cloud, func(_ context.Context, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
					data, err := io.ReadAll(in.Body)
					bodies = append(bodies, string(data))
					return nil, err
				})
				hits := cloud.Inject(awstest.Fault{Times: 1, Applied: true, Err: test.err})
				err := put(t.Context(), client(cloud), "k", strings.NewReader("hello"))
				if test.succeeds != (err == nil) || !test.succeeds && !errors.Is(err, test.err) {
					t.Errorf("got %v", err)
				}
				if want := slices.Repeat([]string{"hello"}, test.effects); !slices.Equal(bodies, want) || hits() != 1 {
					t.Errorf("%d hits; the handler got %q, want %q", hits(), bodies, want)
				}
				if first := cloud.Calls()[0].Err; !errors.Is(first, test.err) {
					t.Errorf("the first call is logged with %v", first)
				}
			})
		})
	}
}

// An error of the handler itself gives way to that of the fault.
func TestAppliedFaultHidesHandlersError(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	cloud.Inject(awstest.Fault{Applied: true, Err: errOther})
	if err := get(t.Context(), client(cloud), "none"); !errors.Is(err, errOther) {
		t.Errorf("got %v", err)
	}
}

func TestFaultLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		o := newObjects(cloud)
		hits := cloud.Inject(awstest.Fault{Operation: "S3.PutObject", Latency: time.Minute})
		start := time.Now()
		if err := put(t.Context(), client(cloud), "k", nil); err != nil {
			t.Errorf("a call that is only delayed returns %v", err)
		}
		if took := time.Since(start); took != time.Minute+time.Microsecond || hits() != 1 {
			t.Errorf("%d calls were delayed for %v, want 1 for a minute", hits(), took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if err := put(ctx, client(cloud), "late", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call that is delayed for too long returns %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it returned after %v, want its timeout", took)
		}
		if got, want := o.keys(), []string{"k"}; !slices.Equal(got, want) {
			t.Errorf("objects %v, want %v", got, want)
		}
	})
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    error
		status int
		code   string
		fault  smithy.ErrorFault
	}{
		{"Throttled", awstest.Throttled(), 429, "ThrottlingException", smithy.FaultClient},
		{"Denied", awstest.Denied(), 403, "AccessDenied", smithy.FaultClient},
		{"Error", awstest.Error(503, "SlowDown", "Please reduce your request rate."), 503, "SlowDown", smithy.FaultServer},
		{"Status", awstest.Status(404, &s3types.NoSuchKey{}), 404, "NoSuchKey", smithy.FaultClient},
	} {
		t.Run(test.name, func(t *testing.T) {
			if e, ok := errors.AsType[*awshttp.ResponseError](test.err); !ok || e.HTTPStatusCode() != test.status || e.ServiceRequestID() == "" {
				t.Errorf("%v is no ResponseError with status %d and a request ID", test.err, test.status)
			}
			e, ok := errors.AsType[smithy.APIError](test.err)
			if !ok || e.ErrorCode() != test.code || e.ErrorFault() != test.fault {
				t.Errorf("%v is no APIError with code %s and fault %v", test.err, test.code, test.fault)
			}
		})
	}
}
